"""Porting in: what can come, the order with its papers, how it moves on."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.carrier.holidays import after_working_days, federal_holidays, is_working_day

from .conftest import TLS

PORTABLE, DOOMED, REFUSED = "12065201234", "12065201298", "12065201299"
LOA, BILL = b"%PDF-1.4 letter of authority", b"%PDF-1.4 a bill"


@pytest.fixture
def port(carrier, http):
    """Send generate_lnp_order with good papers; `changed` replaces fields, None leaves one out."""

    def port(numbers: str = PORTABLE, **changed):
        form = {
            **carrier.credentials,
            "numbers": numbers,
            "category": "landline",
            "subscriberType": "business",
            "loaAuthorizingPerson": "Mira Castellanos",
            "wirelessPin": "4711",
        }
        files = {"loa_doc": ("loa.pdf", LOA, "application/pdf"), "carrier_doc": ("bill.pdf", BILL, "application/pdf")}
        form |= {name: value for name, value in changed.items() if name not in files}
        files = {name: changed.get(name, file) for name, file in files.items()}
        return http.post(
            "/generate_lnp_order",
            data={name: value for name, value in form.items() if value is not None},
            files={name: file for name, file in files.items() if file},
        )

    return port


def test_portability_is_told_number_by_number(call, carrier, refused):
    ours = f"1{next(iter(carrier.account.numbers))}"
    for_sale = f"1{call('searchdid', state='WA')['DIDs'][0]['TN']}"
    invalid, not_served = "12065551234", "19075201234"
    numbers = [PORTABLE, REFUSED, ours, for_sale, invalid, not_served]
    reply = call("check_lnp", numbers=" , ".join(numbers))
    assert reply["accepted"] == [PORTABLE[1:]]
    assert reply["rejected"] == [number[1:] for number in numbers[1:]]
    for wrong in ("", "2065201234", "22065201234", "1206520123x"):
        assert refused("check_lnp", numbers=wrong) == "Invalid numbers"


def test_an_order_is_for_the_accepted_numbers_and_charged(port, carrier, call):
    before = carrier.account.balance
    reply = port(f"{PORTABLE},{REFUSED}")
    assert reply.status_code == 200
    data = reply.json()
    assert data["acceptedTns"] == [PORTABLE[1:]]
    assert carrier.account.balance == before - Decimal(data["amount"])
    assert call("financial_summary", activitytype="Order (LNP)")["data"][-1]["debit"] == data["amount"]
    row = call("get_lnp_orders", orderId=data["orderNo"])["Orders"][0]
    assert row["numbers"] == [PORTABLE[1:]]
    assert row["orderType"] == "Portin"
    assert row["status"] == "1"
    assert row["billingNumber"] == f"+{PORTABLE}"
    assert (row["subscriberFirstName"], row["subscriberLastName"]) == ("Mira", "Castellanos")
    assert row["immediately"] is False


def test_the_papers_are_kept_and_served(port, call, http):
    row = call("get_lnp_orders", orderId=port().json()["orderNo"])["Orders"][0]
    for link, content in ((row["loa"], LOA), (row["carrier_doc"], BILL)):
        paper = http.get(link)
        assert paper.content == content
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.headers["content-length"] == str(len(content))


def test_a_file_name_does_not_lead_out_of_the_folder(port, call, http):
    evil = ("../../../etc/passwd", LOA, "application/pdf")
    row = call("get_lnp_orders", orderId=port(loa_doc=evil).json()["orderNo"])["Orders"][0]
    assert "/../" not in row["loa"]
    assert http.get(row["loa"]).content == LOA
    assert http.get("/uploads/portin/..%2f..%2fetc%2fpasswd").status_code == 404
    assert http.get("/uploads/portin/no-such-paper.pdf").status_code == 404


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"numbers": None}, "numbers"),
        ({"numbers": REFUSED}, "numbers"),
        ({"numbers": "18445201234"}, "numbers"),
        ({"category": "mobile"}, "category"),
        ({"subscriberType": None}, "subscriberType"),
        ({"loaAuthorizingPerson": " "}, "loaAuthorizingPerson"),
        ({"loa_doc": None}, "loa_doc"),
        ({"carrier_doc": None}, "carrier_doc"),
        ({"requestedFocDate": "soon"}, "requestedFocDate"),
        ({"requestedFocDate": "2015-05-14 16:33:24"}, "requestedFocDate"),
    ],
)
def test_an_order_names_what_is_wrong(port, carrier, changed, parameter):
    before = carrier.account.balance
    reply = port(**{"numbers": PORTABLE, **changed})
    assert (reply.status_code, reply.json()["error"]) == (404, f"Invalid {parameter}")
    assert carrier.account.balance == before
    assert carrier.account.port_orders == {}


def test_a_requested_date_is_a_working_day_far_enough_away(port, carrier, call):
    good = after_working_days(carrier.now().date(), 4)
    sunday = good + timedelta(days=6 - good.weekday())
    assert port(requestedFocDate=f"{sunday} 15:30:00").status_code == 404
    reply = port(requestedFocDate=f"{good}T15:30:00Z").json()
    row = call("get_lnp_orders", orderId=reply["orderNo"])["Orders"][0]
    assert row["requestedFocDate"] == f"{good} 15:30:00"


def test_without_the_money_there_is_no_order(port, carrier):
    carrier.set_balance("0.50")
    assert port().json() == {"status": "404", "error": "Insufficient balance"}
    assert carrier.account.port_orders == {}


def test_an_order_moves_on_by_hand_and_ends_with_numbers(port, carrier, call, http):
    orderno = port().json()["orderNo"]

    def status() -> str:
        return call("get_lnp_orders", orderId=orderno)["Orders"][0]["status"]

    seen = [status()]
    for _ in range(3):
        assert http.post("/_sandbox/advance", json={"orderno": orderno}).status_code == 200
        seen.append(status())
    assert seen == ["1", "2", "3", "4"]
    row = call("getnumbers", orderno=orderno)["data"][0]
    assert (row["didnumber"], row["orderType"], row["status"]) == (PORTABLE[1:], "Portin", "1")
    assert call("get_lnp_orders")["Orders"][0]["actualFocDate"]
    assert call("check_lnp", numbers=PORTABLE)["rejected"] == [PORTABLE[1:]]


def test_an_order_can_be_rejected_by_the_losing_carrier(port, carrier, call):
    orderno = port(DOOMED).json()["orderNo"]
    carrier.advance_ports(steps=5)
    assert call("get_lnp_orders", orderId=orderno)["Orders"][0]["status"] == "5"
    assert call("getnumbers", orderno=orderno)["data"] == []


def test_an_order_moves_on_with_time():
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with CarrierSandbox(stock=500, clock=lambda: now) as carrier:
        form = {"numbers": PORTABLE, "category": "landline", "subscriberType": "business"}
        form |= {**carrier.credentials, "loaAuthorizingPerson": "Mira Castellanos"}
        files = {"loa_doc": ("loa.pdf", LOA), "carrier_doc": ("bill.pdf", BILL)}
        httpx.post(f"{carrier.url}/generate_lnp_order", data=form, files=files, verify=TLS)

        def order() -> dict:
            return httpx.post(f"{carrier.url}/get_lnp_orders", data=carrier.credentials, verify=TLS).json()["Orders"][0]

        assert order()["status"] == "1"
        now += timedelta(days=1, hours=1)
        assert (order()["status"], order()["lastModifiedDate"]) == ("2", "2026-03-03T09:00:00Z")
        now += timedelta(days=5)
        owned = httpx.post(f"{carrier.url}/getnumbers", data={**carrier.credentials, "orderno": order()["orderno"]}, verify=TLS)
        assert [row["didnumber"] for row in owned.json()["data"]] == [PORTABLE[1:]]
        assert order()["status"] == "4"
        assert order()["actualFocDate"] == "2026-03-10 15:30:00"


def test_uploads_are_posted(http, carrier):
    assert http.get("/generate_lnp_order", params=carrier.credentials).status_code == 404


def test_port_orders_of_others_are_unknown(port, carrier, refused):
    orderno = port().json()["orderNo"]
    assert refused("get_lnp_orders", orderId="1") == "Invalid orderId"
    assert refused("get_lnp_orders", who=carrier.other_credentials, orderId=orderno) == "Invalid orderId"


def test_working_days_know_weekends_and_holidays():
    assert not is_working_day(date(2026, 7, 3))  # the Fourth falls on a Saturday
    assert not is_working_day(date(2026, 11, 26))
    assert date(2026, 5, 25) in federal_holidays(2026)
    assert is_working_day(date(2026, 5, 26))
    assert after_working_days(date(2026, 11, 25), 1) == date(2026, 11, 27)
