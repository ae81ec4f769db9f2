"""Traffic and call records agree with each other; files behind links are real."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

TRAFFIC = ["processed", "completed", "acd", "asr", "mou", "peak"]


def rows_of(http, link: str) -> list[dict[str, str]]:
    reply = http.get(link)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.headers["content-length"] == str(len(reply.content))
    return list(csv.DictReader(reply.text.splitlines()))


@pytest.mark.parametrize("operation", ["daily_cdrs", "daily_cdrs_termination"])
def test_every_finished_day_has_two_files(call, carrier, operation, refused):
    rows = call(operation)["data"]
    assert len(rows) == 90
    yesterday = carrier.now().date() - timedelta(days=1)
    assert rows[0]["date"] == f"{yesterday} 00:00:00"
    assert rows == sorted(rows, key=lambda row: row["date"], reverse=True)
    two = call(operation, from_=str(yesterday - timedelta(days=1)), to=str(yesterday))["data"]
    assert two == rows[:2]
    assert refused(operation, from_="yesterday") == "Invalid from"
    assert refused(operation, from_="2026-02-02", to="2026-02-01") == "Invalid to"


def test_the_files_hold_the_accounts_calls(call, carrier, http):
    friday = next(row for row in call("daily_cdrs")["data"] if datetime.fromisoformat(row["date"]).weekday() == 4)
    answered, failed = rows_of(http, friday["success"]), rows_of(http, friday["failed"])
    assert len(answered) > len(failed) > 0
    assert all(int(row["Duration"]) > 0 and row["Result"] == "200 OK" for row in answered)
    assert all(row["Duration"] == "0" and row["Result"] != "200 OK" for row in failed)
    assert {row["To"][1:] for row in answered + failed} <= set(carrier.account.numbers)
    assert all(row["Call Date"].startswith(friday["date"][:10]) for row in answered + failed)
    assert rows_of(http, friday["success"]) == answered


def test_outbound_files_name_the_number_as_the_caller(call, carrier, http):
    rows = rows_of(http, call("daily_cdrs_termination")["data"][3]["success"])
    assert {row["From"][1:] for row in rows} <= set(carrier.account.numbers)
    assert {row["Trunk Group"] for row in rows} <= {"Seattle out", "Portland out"}


def test_links_of_others_and_guesses_are_not_found(call, carrier, http):
    link = call("daily_cdrs")["data"][0]["success"]
    assert http.get(link.replace("-success-", "-success-0")).status_code == 404
    assert http.get("/uploads/cdrs/anything.csv").status_code == 404
    others = call("daily_cdrs", who=carrier.other_credentials)["data"]
    assert rows_of(http, others[0]["success"]) == []


def test_figures_of_a_number_are_those_of_its_records(call, carrier, http):
    number = next(iter(carrier.account.numbers))
    files = call("daily_cdrs")["data"]
    calls = {"success": 0, "failed": 0}
    for row in files:
        for kind in calls:
            calls[kind] += sum(1 for record in rows_of(http, row[kind]) if record["To"] == f"1{number}")
    row = call("did_stats", number=number)["data"][0]
    assert list(row) == ["accountno", "number", *TRAFFIC]
    assert int(row["completed"]) == calls["success"] > 0
    assert int(row["processed"]) == calls["success"] + calls["failed"]
    assert row["asr"] == f"{100 * calls['success'] // int(row['processed'])}%"


def test_figures_of_several_numbers(call, carrier, refused):
    first, second = list(carrier.account.numbers)[:2]
    assert [row["number"] for row in call("did_stats", number=f"{first}, {second}")["data"]] == [first, second]
    assert refused("did_stats") == "Invalid number"
    assert refused("did_stats", number="2062199999") == "Invalid number"


def test_figures_of_trunk_groups_are_rows_by_number(call, carrier, refused):
    trunks = list(carrier.account.trunks)
    one = call("tg_stats", tg_id=trunks[0])["data"]
    both = call("tg_stats", tg_id=",".join(trunks))["data"]
    assert 0 < len(one) < len(both) == 64
    assert refused("tg_stats") == "Invalid tg_id"
    assert refused("tg_stats", tg_id="1") == "Invalid tg_id"
    out = list(carrier.account.terminations)
    rows = [call("tg_stats_termination", tg_id=trunk)["data"] for trunk in out]
    assert sum(len(part) for part in rows) == 64
    assert refused("tg_stats_termination", tg_id=trunks[0]) == "Invalid tg_id"


@pytest.mark.parametrize("operation", ["monthly_summary", "monthly_summary_termination"])
def test_months_add_up(call, carrier, operation, refused):
    last = carrier.now().date() - timedelta(days=1)
    rows = call(operation, year=str(last.year), month=str(last.month))["data"]
    assert len(rows) == 64
    assert {row["month"] for row in rows} == {f"{last.year}-{last.month:02d}-1"}
    assert len(call(operation, year=str(last.year))["data"]) >= len(rows)
    assert call(operation, year="2015")["data"] == []
    assert refused(operation) == "Invalid year"
    assert refused(operation, year=str(last.year), month="13") == "Invalid month"


def test_a_number_bought_today_has_no_past(call, order):
    made = order(1)
    call("process_order", orderId=made["orderId"])
    row = call("did_stats", number=made["numbers"][0])["data"][0]
    assert [row[name] for name in TRAFFIC] == ["0", "0", "0.00", "0%", "0", "0"]


def test_invoices_are_real_papers(call, http, carrier, refused):
    rows = call("get_invoices")["data"]
    assert len(rows) >= 2
    paper = http.get(rows[0]["file"])
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-1.4")
    assert paper.content.endswith(b"%%EOF\n")
    assert b"Account 1004821" in paper.content
    assert call("get_invoices", from_=rows[0]["date"][:10])["data"] == rows[:1]
    assert refused("get_invoices", from_="13/13/2026") == "Invalid from"
    assert http.get(rows[0]["file"].replace(".pdf", "x.pdf")).status_code == 404


def test_the_ledger_adds_up(call, carrier, refused):
    rows = call("financial_summary")["data"]
    balance = Decimal(0)
    for row in rows:
        balance += Decimal(row["credit"]) - Decimal(row["debit"])
        assert Decimal(row["balance"]) == balance > 0
    assert balance == carrier.account.balance == 5000
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    charges = call("financial_summary", activitytype="Call Charges")["data"]
    assert {row["activity"] for row in charges} == {"Call Charges"}
    assert call("financial_summary", activitytype="All Activity")["data"] == rows
    assert refused("financial_summary", activitytype="Theft") == "Invalid activitytype"


def test_payments_are_filtered(call, refused):
    rows = call("get_payments")["data"]
    assert {row["method"] for row in rows} == {"bank", "paypal", "credit card"}
    assert call("get_payments", referenceno=rows[1]["referenceno"])["data"] == [rows[1]]
    assert [r["method"] for r in call("get_payments", method="Paypal")["data"]] == ["paypal"]
    late = call("get_payments", from_=rows[-1]["date"])["data"]
    assert late == rows[-1:]
    assert refused("get_payments", method="Cash") == "Invalid method"
    assert refused("get_payments", to="never") == "Invalid to"


@pytest.fixture
def card() -> dict[str, str]:
    next_year = str(datetime.now(UTC).year + 1)
    return {
        "firstname": "Dana",
        "lastname": "Okafor",
        "cardnumber": "4111111111111111",
        "expmonth": "7",
        "expyear": next_year,
        "cvv": "123",
    }


def test_a_card_payment_is_booked_with_its_fee(call, carrier, card):
    before = carrier.account.balance
    assert call("make_payment", **card) == {"status": "200", "success": "Payment added successfully."}
    assert carrier.account.balance == before + 97
    assert call("get_payments")["data"][-1]["amount"] == "97.00"


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"firstname": ""}, "firstname"),
        ({"lastname": ""}, "lastname"),
        ({"cardnumber": "4111111111111112"}, "cardnumber"),
        ({"cardnumber": "4000000000000002"}, "cardnumber"),
        ({"expmonth": "13"}, "expmonth"),
        ({"expyear": "2015"}, "expyear"),
        ({"cvv": "12"}, "cvv"),
    ],
)
def test_a_card_payment_names_what_is_wrong(refused, carrier, card, changed, parameter):
    assert refused("make_payment", **{**card, **changed}) == f"Invalid {parameter}"
    assert carrier.account.balance == 5000


def test_nothing_of_a_card_is_kept(call, carrier, card):
    call("make_payment", **card)
    kept = repr(carrier.log.as_json()) + repr(carrier.dump_state())
    assert card["cardnumber"] not in kept
    assert carrier.credentials["token"] not in kept
    assert carrier.log.last("make_payment").params["cvv"] == "•••"
