"""The carrier's doors over real HTTP against its sandbox."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from apps.sandbox import world
from apps.sandbox.carrier import CarrierSandbox
from apps.vendors.core import billing, errors, numbers, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

SURE = Confirmation("test", "carrier")
OURS = f"+1{world.DENTAL.numbers[0]}"
PORTABLE = "+12065201234"


@pytest.fixture
def carrier() -> Iterator[CarrierSandbox]:
    with CarrierSandbox(stock=3_000) as sandbox:
        yield sandbox


@pytest.fixture
def client(carrier: CarrierSandbox) -> Client:
    return vendors.get("carrier").client(Endpoint(base_url=carrier.url, credentials=carrier.credentials, read_timeout=10))


def test_numbers_are_found_reserved_ordered_and_paid_for(client: Client) -> None:
    market = client.capability(numbers.NumberMarket)
    assert "WA" in market.areas()
    assert market.rate_centres("WA")
    seattle = numbers.StockQuery(kind=numbers.LOCAL, area="WA")
    found = market.search(seattle)
    assert market.search(numbers.StockQuery(kind=numbers.TOLL_FREE, prefix="855"))
    held = market.reserve(found[0].number, seattle)
    market.release(held.reservation_id, [found[0].number], SURE)
    many = market.reserve_many(seattle, 2)
    (group, *_) = client.capability(routing.Trunks).list()
    order = market.order(many.reservation_id, group.trunk_group_id)
    assert set(order.numbers) == set(many.numbers)
    market.process(order.order_id, SURE)
    assert market.orders(order.order_id)[0].numbers == order.numbers
    inventory = client.capability(numbers.NumberInventory)
    owned = inventory.list(order_id=order.order_id)
    assert {one.number for one in owned} == set(many.numbers)
    inventory.change(many.numbers, status=numbers.INACTIVE)
    assert {one.status for one in inventory.list(order_id=order.order_id)} == {numbers.INACTIVE}
    inventory.cancel(many.numbers[:1], SURE)
    assert inventory.list(order_id=order.order_id, status=numbers.CANCELLED)[0].number == many.numbers[0]


def test_a_number_leads_to_a_trunk_group(client: Client, carrier: CarrierSandbox) -> None:
    door, groups = client.capability(routing.NumberRouting), client.capability(routing.Trunks).list()
    account = carrier.credentials["accountno"]
    now = door.read(account, OURS)
    assert now is not None
    assert (now.kind, now.ref) == ("trunk_group", carrier.account.numbers[OURS[2:]].trunk_id)
    other = next(group for group in groups if group.trunk_group_id != now.ref)
    # The list shows addresses alone: groups that share them are told apart all the same.
    twin, theirs = carrier.account.trunks[now.ref], carrier.account.trunks[other.trunk_group_id]
    theirs.primary_ip, theirs.secondary_ip = twin.primary_ip, twin.secondary_ip
    door.point(account, OURS, "trunk_group", other.trunk_group_id)
    moved = door.read(account, OURS)
    assert moved is not None
    assert (moved.ref, moved.name) == (other.trunk_group_id, other.title)
    with pytest.raises(errors.Unsupported, match="trunk group"):
        door.point(account, OURS, "ivr", "1")
    for tenant, number in ((account, "+12065550100"), ("999", OURS)):
        with pytest.raises(errors.NotFound):
            door.read(tenant, number)


def test_its_one_account_is_its_one_customer(client: Client, carrier: CarrierSandbox) -> None:
    door = client.capability(people.Tenants)
    (account,) = door.list("")
    assert account.ref == carrier.credentials["accountno"]
    assert door.get("", account.ref) == account
    with pytest.raises(errors.NotFound):
        door.get("", "999")
    with pytest.raises(errors.Unsupported, match="own portal"):
        door.add("", {})


def test_what_numbers_cost_a_month(client: Client) -> None:
    door = client.capability(billing.Rates)
    rate = next(rate for rate in door.list() if rate.prefix == OURS)
    assert (rate.per_minute, rate.currency) == (None, "USD")
    assert isinstance(rate.per_month, Decimal)
    with pytest.raises(errors.Unsupported, match="plans"):
        door.list("gold")


def test_traffic_by_number_group_and_month(client: Client) -> None:
    door = client.capability(reports.Traffic)
    (figures,) = door.numbers([OURS])
    assert (figures.processed or 0) >= (figures.completed or 0)
    year = date.today().year
    for direction in (routing.ORIGINATION, routing.TERMINATION):
        (group, *_) = client.capability(routing.Trunks).list(direction)
        assert door.trunk_groups([group.trunk_group_id], direction=direction)
        assert door.months(year, direction=direction)
    with pytest.raises(errors.Unsupported, match="figures"):
        door.counters("")


def test_money_and_call_records(client: Client) -> None:
    money = client.capability(billing.Billing)
    assert money.balance() == money.ledger()[0]
    assert money.payments()
    assert money.fetch(money.invoices()[0].link).content.startswith(b"%PDF")
    records = client.capability(reports.CallRecords)
    for direction in (routing.ORIGINATION, routing.TERMINATION):
        assert b"," in records.fetch(records.days(direction=direction)[0].completed_link).content


def test_porting_and_termination(client: Client) -> None:
    porting = client.capability(numbers.Porting)

    assert porting.check([PORTABLE]).accepted == (PORTABLE,)
    papers = Upload("loa.pdf", b"%PDF-1.4 letter")
    asked = numbers.PortRequest(
        numbers=(PORTABLE,), kind=numbers.LOCAL, subscriber_type="business", authorizing_person="Ann Lee", papers=papers,
        bill=papers,
    )  # fmt: skip
    made = porting.order(asked, SURE)
    assert porting.orders(made.order_id)[0].numbers == (PORTABLE,)
    trunks = client.capability(routing.Trunks)
    before = {group.trunk_group_id for group in trunks.list(routing.TERMINATION)}
    trunks.add(routing.TERMINATION, {"title": "Out", "ip": "203.0.113.9", "ports": 10})
    (new,) = {group.trunk_group_id for group in trunks.list(routing.TERMINATION)} - before
    trunks.disable(new, SURE)
    assert trunks.list(routing.TERMINATION, new)[0].status != "active"
    hosts = {"primary_ip": "203.0.113.60"}
    trunks.add(routing.ORIGINATION, {"title": "In", "billing_type": "Metered", **hosts})
    added = next(group for group in trunks.list() if group.title == "In")
    trunks.change(added.trunk_group_id, {"title": "Inward", **hosts})
    assert trunks.list(trunk_group_id=added.trunk_group_id)[0].title == "Inward"
