"""Every operation of the carrier, by the command line, against the carrier over HTTP: once as it should be, once not."""

import io
import json

import pytest
from django.core.management import call_command

from apps.connections import services
from apps.vendors.core.registry import vendors

OPERATIONS = vendors.get("carrier").operations


@pytest.fixture
def connection(db, carrier):
    return services.add_connection(
        name="main-carrier", vendor="carrier", fields=carrier.credentials | {"card_payments": "yes"}, actor=None,
        base_url=carrier.url,
    )  # fmt: skip


def test_all_of_them_in_the_order_of_a_working_day(connection, carrier, tmp_path):
    called = set()

    def call(name, *files, **params):
        pairs = [part for key, value in params.items() for part in ("-p", f"{key}={value}")]
        out = io.StringIO()
        call_command("vendor", "call", "main-carrier", name, *pairs, *[f"--file={file}" for file in files], stdout=out)
        called.add(name)
        return json.loads(out.getvalue())

    assert "WA" in call("stock.states")
    assert call("stock.exchanges", state="WA")[0]["NPANXX"]
    local = call("stock.search", state="WA")[0]["TN"]
    assert call("stock.search_toll_free", tfn_prefix="866")[0]["TN"].startswith("+1866")

    assert call("trunks.add", title="New edge", primary_ip="192.0.2.40", billing_type="Metered")
    trunk = call("trunks.list")[0]["id"]
    assert call("trunks.change", trunk_id=trunk, title="Edge")
    assert call("termination.trunks.add", title="Out", ip="192.0.2.50", ports=10)
    outbound = call("termination.trunks.list")[0]["id"]
    assert call("termination.trunks.disable", tg_id=outbound)

    held = call("cart.reserve", category="landline", state="WA", number=local)
    many = call("cart.reserve_many", category="landline", state="WA", quantity="3")
    released = call("cart.release", reserve_id=many["reserveId"], numbers=many["TNs"][0])
    assert released["Removed TNs"] == many["TNs"][:1]
    order = call("orders.generate", trunk_id=trunk, reserve_id=held["reserveId"])
    order_id = next(order[key] for key in ("orderId", "orderno", "orderNo") if order.get(key))
    assert call("orders.process", order_id=order_id)["success"]
    assert len(call("orders.list", order_id=order_id)) == 1

    owned = [row["didnumber"] for row in call("numbers.list", status="1")]
    assert local in owned
    assert call("numbers.change", numbers=local, status="0")["success"]
    assert call("numbers.cancel", numbers=local)["success"]

    assert call("porting.check", numbers="2063334444")["accepted"] == ["+12063334444"]
    loa, bill = tmp_path / "loa.pdf", tmp_path / "bill.pdf"
    loa.write_bytes(b"%PDF-1.4 loa")
    bill.write_bytes(b"%PDF-1.4 bill")
    assert call(
        "porting.order", f"loa={loa}", f"carrier_bill={bill}", numbers="2063334444", category="landline",
        subscriber_type="business", authorizing_person="Ann Owner",
    )  # fmt: skip
    assert call("porting.list")

    month = carrier.clock()
    assert call("traffic.numbers", numbers=owned[0])
    assert call("traffic.trunks", tg_id=trunk)
    assert call("traffic.months", year=month.year)
    assert call("call_records.days")
    assert call("termination.traffic.trunks", tg_id=outbound)
    assert call("termination.traffic.months", year=month.year)
    assert call("termination.call_records.days")

    assert call("billing.invoices")
    assert call("billing.ledger")
    assert call("billing.payments")
    assert call(
        "billing.pay", first_name="Ann", last_name="Owner", card_number="4111111111111111", cvv="123",
        expiry_month="12", expiry_year=month.year + 2,
    )["success"]  # fmt: skip
    assert called == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_wrong_parameter_ends_with_3_and_is_named(connection, carrier, capsys, name):
    with pytest.raises(SystemExit) as ended:
        call_command("vendor", "call", "main-carrier", name, "-p", "colour=red")
    error = json.loads(capsys.readouterr().err)
    assert ended.value.code == 3
    assert error["error"] == "InvalidParameters"
    assert "colour: no such parameter" in error["message"]
    assert carrier.log.as_json() == []
