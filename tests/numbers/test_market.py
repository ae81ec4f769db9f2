"""The screens of buying: who sees what, what bad input and a carrier in trouble look like, two people at one cart."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.numbers.market import selectors
from apps.numbers.market.stock import pattern_of
from apps.numbers.models import CartState, Purchase
from apps.numbers.purchase import services
from apps.sandbox.carrier import CarrierSandbox

ClientFor = Callable[[User | str | None], Client]
SEARCH = "/numbers/search/"
WA = {"connection": "main", "kind": "local", "area": "WA"}


@pytest.fixture
def ada_client(client_for: ClientFor, main: Connection) -> Client:
    return client_for("ada")


def _text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("person", "status"), [("ada", 200), ("sam", 200), ("aud", 403)])
def test_who_may_search(client_for: ClientFor, main: Connection, person: str, status: int) -> None:
    assert client_for(person).get(SEARCH).status_code == status


def test_support_looks_but_does_not_buy(client_for: ClientFor, main: Connection) -> None:
    sam = client_for("sam")
    page = _text(sam.get(SEARCH, WA))
    assert "numbers for sale" in page
    assert "Reserve this many" not in page
    assert sam.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": 5}).status_code == 403
    assert not Purchase.objects.exists()


def test_search_shows_what_the_carrier_has_now(ada_client: Client, carrier: CarrierSandbox) -> None:
    page = _text(ada_client.get(SEARCH, WA))
    assert "numbers for sale" in page
    fragment = ada_client.get(SEARCH, WA, headers={"hx-request": "true"})
    assert "<html" not in fragment.content.decode()
    assert 'hx-swap-oob="true"' in fragment.content.decode()
    assert "HX-Request" in fragment["Vary"]


def test_toll_free_by_prefix(ada_client: Client) -> None:
    page = _text(ada_client.get(SEARCH, {"connection": "main", "kind": "tollfree", "prefix": "866"}))
    numbers = re.findall(r'name="numbers" value="(\+1\d+)"', page)
    assert numbers
    assert all(number.startswith("+1866") for number in numbers)


def test_pattern_narrows_and_a_wrong_one_is_named_at_its_place(ada_client: Client) -> None:
    page = _text(ada_client.get(SEARCH, {**WA, "pattern": "*7"}))
    numbers = re.findall(r'name="numbers" value="(\+1\d+)"', page)
    assert numbers
    assert all(number.endswith("7") for number in numbers)
    wrong = ada_client.get(SEARCH, {**WA, "pattern": "call-me!"})
    assert wrong.status_code == 422
    assert "use digits" in _text(wrong).lower()
    assert "call-me!" in _text(wrong)


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("0100", "+12065550100", True),
        ("206*00", "+12065550100", True),
        ("206*01", "+12065550100", False),
        ("206???0100", "+12065550100", True),
        ("(206) 555-01", "+12065550100", True),
        ("*206", "+12065550100", False),
    ],
)
def test_patterns(pattern: str, number: str, fits: bool) -> None:
    matches = pattern_of(pattern)
    assert matches is not None
    assert matches(number) is fits


@pytest.mark.parametrize("fault", ["down", "html500", "truncated", "empty", "429"])
def test_a_carrier_in_trouble_says_so_and_keeps_the_page(ada_client: Client, carrier: CarrierSandbox, fault: str) -> None:
    carrier.faults.set(fault, "searchdid")
    response = ada_client.get(SEARCH, WA)
    page = _text(response)
    assert response.status_code == 200
    assert "It was only a question, so nothing changed." in page or "Nothing was sent, so nothing changed." in page
    assert "Try again" in page
    assert "Traceback" not in page


def test_chosen_numbers_are_reserved_while_one_waits(ada_client: Client, carrier: CarrierSandbox) -> None:
    page = _text(ada_client.get(SEARCH, WA))
    chosen = re.findall(r'name="numbers" value="(\+1\d+)"', page)[:3]
    response = ada_client.post(reverse("numbers:add"), {**WA, "act": "add", "numbers": chosen}, follow=True)
    assert "In the cart:" in _text(response)
    assert sorted(carrier.account.cart) == sorted(number[2:] for number in chosen)


def test_nothing_ticked_says_what_to_do(ada_client: Client, carrier: CarrierSandbox) -> None:
    response = ada_client.post(reverse("numbers:add"), {**WA, "act": "add"}, follow=True)
    assert "Tick the numbers you want first." in _text(response)
    assert not carrier.account.cart


@pytest.mark.parametrize("quantity", ["", "0", "20001", "many", "-5", "1e3"])
def test_a_wrong_quantity_is_named_and_nothing_typed_is_lost(ada_client: Client, quantity: str) -> None:
    response = ada_client.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": quantity})
    assert response.status_code == 422
    page = _text(response)
    assert "numbers for sale" in page
    assert f'value="{quantity}"' in page or not quantity
    assert not services.jobs_of(Purchase.objects.get())


def test_second_click_on_reserve_is_the_first_job(ada_client: Client, carrier: CarrierSandbox, work: Callable) -> None:
    form = {**WA, "act": "reserve", "quantity": 40, "token": "0b7e0f8c-one"}
    for _ in range(2):
        ada_client.post(reverse("numbers:add"), form)
    work()
    assert len(carrier.account.cart) == 40


def test_second_buyer_is_told_who_holds_the_cart(client_for: ClientFor, main: Connection, ada: User, work: Callable) -> None:
    services.start(main, ada)
    other = User.objects.create_user("bob", "bob@example.com", "x", role="administrator", first_name="Bob")
    bob = client_for(other)
    response = bob.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": 10}, follow=True)
    page = _text(response)
    assert "Ada Admin has been buying on main since" in page
    purchase = Purchase.objects.get()
    assert "Take it over" in _text(bob.get(purchase.get_absolute_url()))
    bob.post(reverse("numbers:purchase_act", args=[purchase.public_id, "take_over"]))
    purchase.refresh_from_db()
    assert purchase.owner == other


def test_from_cart_to_paid_by_plain_pages(ada_client: Client, carrier: CarrierSandbox, work: Callable) -> None:
    ada_client.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": 30, "token": "t"})
    work()
    purchase = Purchase.objects.get()
    page = _text(ada_client.get(purchase.get_absolute_url()))
    assert "30 numbers in the cart" in page
    group = re.search(r'<option value="(\d+)">', page)
    assert group
    act = lambda action, **data: ada_client.post(  # noqa: E731
        reverse("numbers:purchase_act", args=[purchase.public_id, action]), data, follow=True
    )
    missing = act("make_order")
    assert missing.status_code == 422
    assert "Choose the trunk group" in _text(missing)
    act("make_order", trunk_group=group.group(1))
    work()
    page = _text(ada_client.get(purchase.get_absolute_url()))
    token = re.search(r'name="token" value="([0-9a-f-]{36})"', page)
    assert token
    assert re.search(r"Pay \$[\d.]+ and allocate 30 numbers", page)
    assert "A month, estimated" in page
    debits = len(carrier.account.debits)
    for _ in range(2):  # two tabs, one payment
        act("pay", token=token.group(1))
    work()
    assert len(carrier.account.debits) == debits + 1
    page = _text(ada_client.get(purchase.get_absolute_url()))
    assert "is paid: 30 numbers" in page
    assert purchase.numbers.filter(state=CartState.ALLOCATED).count() == 30
    assert "Paid" in _text(ada_client.get(reverse("numbers:orders")))


def test_release_takes_exactly_what_was_chosen(ada_client: Client, carrier: CarrierSandbox, work: Callable) -> None:
    ada_client.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": 12, "token": "t"})
    work()
    purchase = Purchase.objects.get()
    first, second = purchase.numbers.order_by("number")[:2]
    address = reverse("numbers:purchase_act", args=[purchase.public_id, "release"])
    response = ada_client.post(address, {"ids": [first.pk, second.pk]}, follow=True)
    assert "2 numbers released" in _text(response)
    assert len(carrier.account.cart) == 10
    nothing = ada_client.post(address, {}, follow=True)
    assert "Choose numbers" in _text(nothing)
    assert len(carrier.account.cart) == 10


def test_lost_payment_says_what_is_certain_and_spends_once(
    ada_client: Client, carrier: CarrierSandbox, main: Connection, ada: User, work: Callable
) -> None:
    ada_client.post(reverse("numbers:add"), {**WA, "act": "reserve", "quantity": 6, "token": "t"})
    work()
    purchase = Purchase.objects.get()
    groups, _ = selectors.trunk_groups(main, ada)
    services.make_order(purchase, ada, groups[0].trunk_group_id, groups[0].title)
    work()
    purchase.refresh_from_db()
    preview = services.preview_payment(purchase, ada)
    debits = len(carrier.account.debits)
    carrier.faults.set("drop_after", "process_order", times=1)
    services.pay(purchase, ada, preview.token)
    work()
    page = _text(ada_client.get(purchase.get_absolute_url()))
    assert len(carrier.account.debits) == debits + 1
    assert "is paid" in page or "nothing will be sent again" in page


def test_actions_of_strangers_are_refused(client_for: ClientFor, main: Connection, ada: User) -> None:
    purchase = services.start(main, ada)
    address = reverse("numbers:purchase_act", args=[purchase.public_id, "abandon"])
    assert client_for("sam").post(address).status_code == 403
    assert client_for(None).post(address).status_code == 302
    assert client_for("ada").post(reverse("numbers:purchase_act", args=[purchase.public_id, "explode"])).status_code == 404
    purchase.refresh_from_db()
    assert not purchase.is_finished
