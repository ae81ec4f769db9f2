"""From cart to order to numbers; where the money goes, and that it goes once."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx

from .conftest import TLS


def test_the_whole_cart_becomes_the_order(call, carrier, order):
    cart_id = carrier.account.reserve_id
    call("bulkreserve", category="landline", state="OR", quantity="2")
    reply = order(3)
    assert [number[:3] for number in reply["numbers"]].count("503") == 2
    assert len(reply["numbers"]) == 5
    assert carrier.account.cart == []
    assert carrier.account.reserve_id != cart_id


def test_the_reply_says_status_twice(http, call, carrier):
    reserved = call("bulkreserve", category="landline", state="WA", quantity="1")
    form = {**carrier.credentials, "trunk_id": next(iter(carrier.account.trunks)), "reserveId": reserved["reserveId"]}
    pairs = json.loads(http.post("/gen_order", data=form).content, object_pairs_hook=list)
    assert pairs[0] == ("status", "200")
    assert [value for key, value in pairs if key == "status"] == ["200", "1"]
    documented = (
        "status success orderId date amount per_order_cost taxes other_charges discount tg_id orderType didCategory"
        " didType sessions status numbers"
    )
    assert [key for key, _ in pairs] == documented.split()


def test_the_amount_is_the_sum_of_its_parts(order):
    reply = order(200)
    money = {name: Decimal(reply[name]) for name in ("amount", "per_order_cost", "taxes", "other_charges", "discount")}
    numbers = 200 * Decimal("0.95")
    assert money["discount"] == numbers * Decimal("0.05")
    parts = money["per_order_cost"] + money["taxes"] + money["other_charges"] - money["discount"]
    assert money["amount"] == numbers + parts


def test_an_order_wants_a_trunk_group_and_a_filled_cart(call, carrier, refused):
    trunk, cart = next(iter(carrier.account.trunks)), carrier.account.reserve_id
    assert refused("gen_order", trunk_id=trunk, reserveId=cart) == "Invalid reserveId"
    call("bulkreserve", category="landline", state="WA", quantity="1")
    assert refused("gen_order", trunk_id="1", reserveId=cart) == "Invalid trunk_id"
    assert refused("gen_order", reserveId=cart) == "Invalid trunk_id"
    assert refused("gen_order", trunk_id=trunk, reserveId="1") == "Invalid reserveId"
    foreign = next(iter(carrier.other_account.trunks))
    assert refused("gen_order", trunk_id=foreign, reserveId=cart) == "Invalid trunk_id"


def test_paying_debits_and_allocates(call, carrier, order):
    before, made = carrier.account.balance, order(3)
    reply = call("process_order", orderId=made["orderId"])
    assert reply == {"status": "200", "success": "Order Processed Successfully.", "orderId": made["orderId"]}
    assert carrier.account.balance == before - Decimal(made["amount"])
    line = call("financial_summary", activitytype="Order (New DIDs)")["data"][-1]
    assert (line["debit"], line["balance"]) == (made["amount"], f"{carrier.account.balance:.2f}")
    rows = call("getnumbers", orderno=made["orderId"])["data"]
    assert [row["didnumber"] for row in rows] == made["numbers"]
    assert {(row["status"], row["orderType"], row["didType"], row["didRate"]) for row in rows} == {
        ("1", "New", "Unmetered", "0.95")
    }


def test_numbers_are_nobodys_until_paid(call, order):
    made = order(3)
    assert call("getnumbers", orderno=made["orderId"])["data"] == []
    assert call("searchdid", state="WA", NPANXXYYYY=made["numbers"][0])["DIDs"] == []


def test_a_second_payment_is_refused_and_debits_nothing(call, carrier, order, refused):
    made = order(3)
    call("process_order", orderId=made["orderId"])
    balance = carrier.account.balance
    assert refused("process_order", orderId=made["orderId"]) == "Invalid orderId"
    assert carrier.account.balance == balance
    assert len(carrier.account.debits_of(made["orderId"])) == 1


def test_twenty_payments_at_once_debit_once(carrier, order):
    made, before = order(3), carrier.account.balance

    def pay(_: int) -> int:
        form = {**carrier.credentials, "orderId": made["orderId"]}
        return httpx.post(f"{carrier.url}/process_order", data=form, timeout=10, verify=TLS).status_code

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(pay, range(20)))
    assert codes == [200] + [404] * 19
    assert carrier.account.balance == before - Decimal(made["amount"])
    assert len(carrier.account.debits_of(made["orderId"])) == 1


def test_bulk_reservations_at_once_are_disjoint(carrier):
    carrier.add_stock("425288", "WA", "BELLEVUE", 10_000)

    def reserve(turn: int) -> list[str]:
        who = carrier.credentials if turn % 2 else carrier.other_credentials
        form = {**who, "category": "landline", "npanxx": "425288", "quantity": "120"}
        reply = httpx.post(f"{carrier.url}/bulkreserve", data=form, timeout=10, verify=TLS)
        return reply.json()["TNs"][0].split(" , ")

    with ThreadPoolExecutor(20) as pool:
        got = [number for numbers in pool.map(reserve, range(20)) for number in numbers]
    assert len(got) == len(set(got)) == 2_400
    assert sorted(carrier.account.cart + carrier.other_account.cart) == sorted(got)


def test_without_the_money_nothing_happens(call, carrier, order, refused):
    made = order(3)
    carrier.set_balance("1.00")
    assert refused("process_order", orderId=made["orderId"]) == "Insufficient balance"
    assert carrier.account.balance == Decimal("1.00")
    assert call("getnumbers", orderno=made["orderId"])["data"] == []
    carrier.set_balance(made["amount"])
    call("process_order", orderId=made["orderId"])
    assert carrier.account.balance == 0


def test_orders_are_listed_with_their_raw_status(call, order, refused):
    made = order(3)
    assert call("get_new_orders", orderId=made["orderId"])["Orders"][0]["status"] == "1"
    call("process_order", orderId=made["orderId"])
    everything = call("get_new_orders")["Orders"]
    assert len(everything) > 1
    row = everything[-1]
    assert row["orderno"] == made["orderId"]
    assert row["status"] == "2"
    assert (row["amount"], row["numbers"]) == (made["amount"], made["numbers"])
    assert refused("get_new_orders", orderId="1") == "Invalid orderId"


def test_orders_of_others_are_unknown(carrier, order, refused):
    made = order(3)
    assert refused("process_order", who=carrier.other_credentials, orderId=made["orderId"]) == "Invalid orderId"
    assert refused("get_new_orders", who=carrier.other_credentials, orderId=made["orderId"]) == "Invalid orderId"
