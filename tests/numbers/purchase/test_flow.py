"""A purchase as it goes when nothing goes wrong, and who may do what of it."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import AuditEntry
from apps.changes.models import Intent, IntentState
from apps.jobs.models import Job, JobState
from apps.numbers.models import CartState, Number, Purchase, PurchaseState, Question
from apps.numbers.purchase import services
from apps.numbers.services.inventory import sync
from apps.vendors.core.errors import NotConfigured
from apps.vendors.core.numbers import StockQuery
from tests.numbers.purchase.conftest import SEATTLE, TOLL_FREE, WASHINGTON

pytestmark = pytest.mark.django_db(transaction=True)


# --- filling the cart -----------------------------------------------------------------------------------------


def test_single_numbers_are_reserved_while_one_waits(shop):
    chosen = shop.free(count=3)
    added = services.add(shop.start(), shop.ada, chosen, SEATTLE)
    assert added.reserved == chosen
    assert added.job is None
    assert shop.carrier.account.cart == [number[2:] for number in chosen]
    assert shop.purchase.reservation_id == shop.carrier.account.reserve_id
    view = shop.view()
    assert (view.in_cart, view.state, view.tone) == (3, "filling", "info")
    assert view.headline == "3 numbers in the cart"
    shop.sound()


def test_a_second_click_adds_nothing(shop):
    chosen = shop.free(count=2)
    services.add(shop.start(), shop.ada, chosen, SEATTLE)
    again = services.add(shop.start(), shop.ada, [*chosen, chosen[0]], SEATTLE)
    assert again.known == chosen
    assert shop.carrier.log.count("reserve") == 2


def test_more_than_a_few_single_numbers_are_a_job(shop):
    chosen = shop.free(count=8)
    added = services.add(shop.start(), shop.ada, chosen, SEATTLE)
    assert added.job.total == 8
    assert services.add(shop.start(), shop.ada, chosen, SEATTLE).known == chosen
    [job] = shop.run()
    assert (job.state, job.message) == (JobState.DONE, "8 of 8 numbers are in the cart.")
    assert shop.numbers(CartState.RESERVED) == chosen
    shop.sound()


def test_a_number_that_is_gone_is_said_and_the_others_are_reserved(shop):
    first, second = shop.free(count=2)
    shop.carrier.stock.take(first[2:])
    added = services.add(shop.start(), shop.ada, [first, second], SEATTLE)
    assert added.reserved == [second]
    assert "refused" in added.refused[first]
    shop.sound()


def test_toll_free_numbers_too(shop):
    [number] = [f"+1{text}" for text in shop.carrier.stock.blocks(toll_free=True, prefix="866")[0].numbers()][:1]
    assert services.add(shop.start(), shop.ada, [number], TOLL_FREE).reserved == [number]
    shop.fill(12, TOLL_FREE)
    assert shop.view().in_cart == 13
    shop.sound()


def test_hundreds_are_split_over_calls_and_exchanges(shop):
    shop.carrier.add_stock("206556", "WA", "SEATTLE", 1500)
    second = StockQuery(area="WA", npa_nxx="206556")
    shop.ask(1400, SEATTLE, second)
    [job] = shop.run()
    assert job.state == JobState.DONE
    assert shop.view().in_cart == 1400
    sizes = [entry.params["quantity"] for entry in shop.carrier.log if entry.operation == "bulkreserve"]
    assert sizes == ["31", "249", "280", "280", "280", "280"]  # what Seattle had, then the other exchange
    assert shop.carrier.log.count("searchdid") == 2
    shop.sound()


def test_short_stock_is_a_success_that_says_how_much_is_missing(shop):
    shop.ask(100)
    [job] = shop.run()
    assert job.state == JobState.DONE
    assert job.message == "31 of 100 numbers are in the cart. 69 are missing: the carrier had no more of what was asked for."
    assert [item.result["missing"] for item in job.items.order_by("position")] == [19, 50]
    assert shop.carrier.log.count("bulkreserve") == 1  # what was seen to be sold out is not asked for
    shop.sound()


def test_a_carrier_that_gives_fewer_than_it_has_is_believed(shop):
    shop.carrier.faults.set("partial", "bulkreserve", value=7)
    shop.ask(20)
    [job] = shop.run()
    assert job.items.get().result == {"reserved": 7, "uncertain": 0, "unasked": 0, "missing": 13}
    shop.sound()


def test_no_stock_at_all_fails_with_a_sentence(shop):
    for number in shop.free(count=50):
        shop.carrier.stock.take(number[2:])
    shop.ask(5)
    [job] = shop.run()
    assert job.state == JobState.FAILED
    assert job.items.get().message == "The carrier has no numbers of 206-219 (WA) left."
    assert shop.carrier.log.count("bulkreserve") == 0


def test_one_form_is_one_job_however_often_it_is_sent(shop):
    assert shop.ask(10, form="once") == shop.ask(10, form="once")
    shop.run()
    assert shop.view().in_cart == 10


@pytest.mark.parametrize("quantity", [0, 20_001])
def test_a_quantity_that_makes_no_sense_is_named(shop, quantity):
    with pytest.raises(services.NotPossible, match="1 to 20,000"):
        shop.ask(quantity)


@pytest.mark.parametrize("query", [StockQuery(), StockQuery(kind="tollfree"), StockQuery(area="WA", city="SEATTLE")])
def test_a_search_that_cannot_be_made_is_named(shop, query):
    with pytest.raises(services.NotPossible):
        shop.ask(5, query)


def test_chosen_numbers_are_released_and_no_others(shop):
    shop.fill(10)
    first, *rest = shop.numbers(CartState.RESERVED)
    released = services.release(shop.purchase, shop.ada, [first])
    assert released.removed == 1
    assert shop.numbers(CartState.RESERVED) == rest
    assert shop.carrier.account.cart == [number[2:] for number in rest]
    entry = AuditEntry.objects.get(action="vendor.call.started")
    assert entry.params["confirmed_by"].startswith("intent ")
    shop.sound()


def test_releasing_nothing_sends_nothing(shop):
    shop.fill(3)
    assert services.release(shop.purchase, shop.ada, ["+12065560100"]).removed == 0
    assert services.release(shop.purchase, shop.ada, []).removed == 0
    assert shop.carrier.log.count("remove_reserved") == 0
    assert len(shop.carrier.account.cart) == 3


def test_many_are_released_by_a_job(shop):
    shop.fill(250, WASHINGTON)
    keep, *away = shop.numbers(CartState.RESERVED)
    assert services.release(shop.purchase, shop.ada, away).job.total == 3
    [job] = shop.run()
    assert job.message == "249 numbers released."
    assert shop.carrier.account.cart == [keep[2:]]
    shop.sound()


def test_a_released_number_can_be_added_again(shop):
    shop.fill(2)
    number = shop.numbers(CartState.RESERVED)[0]
    services.release(shop.purchase, shop.ada, [number])
    assert services.add(shop.purchase, shop.ada, [number], SEATTLE).reserved == [number]
    shop.sound()


# --- order and payment ----------------------------------------------------------------------------------------


def test_the_order_holds_exactly_the_cart(shop):
    purchase = shop.order(12)
    assert purchase.state == PurchaseState.ORDERED
    assert purchase.order_id == shop.new_orders[0]
    assert purchase.message == f"Order {purchase.order_id} holds exactly the 12 numbers of the cart."
    assert shop.states == {"ordered": 12}
    assert "Nothing is paid yet." in shop.view().certain
    shop.sound()


def test_the_preview_says_what_it_costs_and_leaves(shop):
    sync(shop.main)
    purchase = shop.order(12)
    preview = services.preview_payment(purchase, shop.ada)
    assert preview.numbers == 12
    assert preview.amount == Decimal(shop.carrier.account.orders[purchase.order_id].amount) / 100
    parts = preview.per_order_cost, preview.taxes, preview.other_charges, preview.discount
    assert all(part is not None for part in parts)
    assert preview.balance_before == shop.carrier.account.balance
    assert preview.balance_after == preview.balance_before - preview.amount
    assert preview.can_pay
    assert preview.monthly.amount == 12 * preview.monthly.each
    assert preview.monthly.basis.startswith("An estimate:")


def test_without_like_numbers_there_is_no_estimate(shop):
    preview = services.preview_payment(shop.order(), shop.ada)
    assert preview.monthly.amount is None
    assert "states no monthly price" in preview.monthly.basis


def test_paying_debits_once_and_brings_the_numbers(shop):
    purchase = shop.order(12)
    before = shop.carrier.account.balance
    job = shop.pay()
    assert job.title == f"Pay ${purchase.amount:.2f} for 12 numbers"
    shop.run()
    purchase = shop.purchase
    assert purchase.state == PurchaseState.PAID
    assert shop.carrier.account.balance == before - purchase.amount
    assert shop.states == {"allocated": 12}
    bought = Number.objects.filter(order_id=purchase.order_id)
    assert set(bought.values_list("number", flat=True)) == set(shop.numbers(CartState.ALLOCATED))
    assert bought.first().trunk_group_id == purchase.trunk_group_id
    view = shop.view()
    assert (view.tone, view.uncertain, view.actions) == ("success", [], frozenset())
    shop.sound(debits=1)


def test_every_step_is_in_the_log(shop):
    shop.order()
    shop.pay()
    shop.run()
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", "operation"))
    for expected in (
        ("numbers.purchase.started", ""),
        ("numbers.purchase.asked_for_many", ""),
        ("vendor.call", "cart.reserve_many"),
        ("numbers.purchase.order_asked", ""),
        ("vendor.call", "orders.generate"),
        ("numbers.purchase.confirmed", ""),
        ("intent.confirmed", ""),
        ("vendor.call.started", "orders.process"),
        ("vendor.call", "orders.process"),
        ("intent.settled", ""),
    ):
        assert expected in actions
    assert actions.index(("numbers.purchase.confirmed", "")) < actions.index(("vendor.call.started", "orders.process"))


def test_two_confirmations_are_one_payment(shop):
    purchase = shop.order()
    preview = services.preview_payment(purchase, shop.ada)
    other_tab = services.preview_payment(purchase, shop.ada)
    assert preview.token == other_tab.token
    first = services.pay(purchase, shop.ada, preview.token)
    assert services.pay(purchase, shop.ada, other_tab.token) == first
    shop.run()
    with pytest.raises(services.NotPossible, match="paid and finished"):
        services.pay(purchase, shop.ada, preview.token)
    shop.sound(debits=1)


def test_two_clicks_on_the_order_are_one_order(shop):
    shop.fill()
    assert shop.make_order() == shop.make_order()
    shop.run()
    assert len(shop.new_orders) == 1
    shop.sound()


def test_a_token_of_another_preview_pays_nothing(shop):
    purchase = shop.order()
    for token in ("", "nonsense", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(services.NotPossible, match="out of date"):
            services.pay(purchase, shop.ada, token)
    assert shop.new_debits == 0


def test_a_preview_at_another_price_is_out_of_date(shop):
    purchase = shop.order()
    old = services.preview_payment(purchase, shop.ada)
    Purchase.objects.filter(pk=purchase.pk).update(amount=purchase.amount + 1)
    new = services.preview_payment(purchase, shop.ada)
    assert new.token != old.token
    with pytest.raises(services.NotPossible, match="out of date"):
        services.pay(purchase, shop.ada, old.token)


def test_a_price_that_changed_at_the_carrier_is_not_paid_but_shown(shop):
    purchase = shop.order()
    shop.pay()
    shop.carrier.account.orders[purchase.order_id].amount += 500
    [job] = shop.run()
    assert job.state == JobState.FAILED
    purchase = shop.purchase
    assert purchase.state == PurchaseState.ORDERED
    assert "Nothing was sent" in purchase.message
    preview = services.preview_payment(purchase, shop.ada)
    assert preview.amount == Decimal(shop.carrier.account.orders[purchase.order_id].amount) / 100
    shop.pay()
    shop.run()
    shop.sound(debits=1)


def test_an_order_with_other_numbers_is_not_paid(shop):
    purchase = shop.order()
    job = shop.pay()
    missing = shop.carrier.account.orders[purchase.order_id].numbers.pop()
    shop.run()
    assert shop.carrier.log.count("process_order") == 0
    job.refresh_from_db()
    assert "1 fewer" in job.items.get().message
    assert shop.purchase.question == Question.ORDER_DIFFERS
    assert shop.view().fewer == [f"+1{missing}"]
    services.accept_order(shop.purchase, shop.ada)
    shop.pay()
    shop.run()
    assert shop.states == {"allocated": 9, "refused": 1}
    shop.sound(debits=1)


def test_a_low_balance_is_said_before_and_checked_again(shop):
    purchase = shop.order()
    job = shop.pay()
    shop.carrier.set_balance("1.00")
    shop.run()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "The balance is $1.00" in shop.purchase.message
    assert shop.carrier.log.count("process_order") == 0
    preview = services.preview_payment(purchase, shop.ada)
    assert not preview.can_pay
    assert "does not cover it" in preview.obstacles[0]
    shop.carrier.set_balance("500.00")
    shop.pay()
    shop.run()
    shop.sound(debits=1)


def test_an_order_paid_elsewhere_is_found_paid(shop):
    purchase = shop.order()
    shop.pay()
    shop.outside("process_order", orderId=purchase.order_id)
    shop.run()
    assert shop.purchase.state == PurchaseState.PAID
    assert "had been paid before" in shop.purchase.message
    assert shop.carrier.log.count("process_order") == 1
    assert shop.states == {"allocated": 10}
    shop.sound(debits=1)


# --- who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["sam", "aud"])
def test_only_buyers_buy(shop, who, request):
    person = request.getfixturevalue(who)
    shop.fill(2)
    for act in (
        lambda: services.start(shop.main, person),
        lambda: services.add(shop.purchase, person, shop.free(), SEATTLE),
        lambda: services.reserve_many(shop.purchase, person, [SEATTLE], 1, token="x"),
        lambda: services.release(shop.purchase, person, shop.numbers(CartState.RESERVED)),
        lambda: services.make_order(shop.purchase, person, "1"),
        lambda: services.preview_payment(shop.purchase, person),
        lambda: services.pay(shop.purchase, person, "x"),
        lambda: services.abandon(shop.purchase, person),
        lambda: services.take_over(shop.purchase, person),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert services.view_of(shop.purchase, person).actions == frozenset()
    assert len(shop.carrier.account.cart) == 2


def test_a_second_buyer_is_told_who_buys_and_since_when(shop, bea):
    shop.fill(2)
    for act in (
        lambda: services.start(shop.main, bea),
        lambda: services.add(shop.purchase, bea, shop.free(), SEATTLE),
        lambda: services.make_order(shop.purchase, bea, "1"),
        lambda: services.abandon(shop.purchase, bea),
    ):
        with pytest.raises(services.HeldByOther) as refusal:
            act()
        assert "Ada Admin has been buying on main since" in refusal.value.message
    assert services.view_of(shop.purchase, bea).actions == {"take_over"}
    assert len(shop.carrier.account.cart) == 2


def test_an_administrator_takes_over_and_that_is_logged(shop, bea):
    shop.fill(2)
    services.take_over(shop.purchase, bea)
    with pytest.raises(services.HeldByOther):
        services.add(shop.purchase, shop.ada, shop.free(), SEATTLE)
    entry = AuditEntry.objects.get(action="numbers.purchase.taken_over")
    assert (entry.before, entry.after) == ({"owner": "ada"}, {"owner": "bea"})
    assert services.start(shop.main, bea) == shop.purchase


def test_after_a_payment_the_next_may_buy(shop, bea):
    shop.order()
    shop.pay()
    shop.run()
    assert services.start(shop.main, bea).owner == bea


def test_a_disabled_connection_sells_nothing(shop):
    purchase = shop.fill(2)
    shop.main.enabled = False
    shop.main.save()
    with pytest.raises(services.NotPossible):
        services.start(shop.main, shop.ada)
    with pytest.raises(NotConfigured):
        services.add(Purchase.objects.get(pk=purchase.pk), shop.ada, shop.free(), SEATTLE)


# --- giving up ------------------------------------------------------------------------------------------------


def test_an_empty_purchase_is_given_up_at_once(shop, bea):
    services.abandon(shop.start(), shop.ada)
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert services.start(shop.main, bea).owner == bea


def test_giving_up_releases_the_numbers_by_name(shop, bea):
    shop.fill(150, WASHINGTON)
    stranger = shop.outside_reserves(3)
    assert services.abandon(shop.purchase, shop.ada).state == PurchaseState.ABANDONING
    with pytest.raises(services.HeldByOther):
        services.start(shop.main, bea)
    shop.run()
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert "150 numbers were released" in shop.purchase.message
    assert shop.carrier.account.cart == [number[2:] for number in stranger]
    services.start(shop.main, bea)
    shop.sound()


def test_what_cannot_be_released_is_named(shop):
    shop.fill(10)
    shop.carrier.faults.set("http200_errors", "remove_reserved")
    shop.carrier.account.reserve_id = "999999"  # the carrier does not know the cart any more
    services.abandon(shop.purchase, shop.ada)
    shop.run()
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert "10 numbers could not be released" in shop.purchase.message
    assert shop.states == {"left": 10}
    assert any("left behind" in said for said in shop.view().uncertain)
    shop.sound()


def test_an_unpaid_order_stays_and_is_named(shop):
    purchase = shop.order()
    services.preview_payment(purchase, shop.ada)
    services.abandon(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert f"Order {purchase.order_id} stays at the carrier" in shop.purchase.message
    assert not Intent.objects.filter(state=IntentState.DRAFT).exists()
    shop.sound()


def test_nothing_is_given_up_while_it_is_at_work(shop):
    shop.ask(10)
    with pytest.raises(services.NotPossible, match="still at work"):
        services.abandon(shop.purchase, shop.ada)
    with pytest.raises(services.NotPossible, match="still at work"):
        shop.make_order()


def test_an_empty_cart_is_not_ordered(shop):
    shop.start()
    with pytest.raises(services.NotPossible, match="empty"):
        shop.make_order()
    with pytest.raises(services.NotPossible, match="trunk group"):
        services.make_order(shop.purchase, shop.ada, "")
    assert Job.objects.count() == 0


def test_a_trunk_group_the_carrier_refuses_reopens_the_cart(shop):
    shop.fill(3)
    services.make_order(shop.purchase, shop.ada, "1")
    [job] = shop.run()[-1:]
    assert job.state == JobState.FAILED
    assert shop.purchase.state == PurchaseState.FILLING
    assert shop.purchase.message.startswith("No order was made.")
    shop.make_order()
    shop.run()
    assert shop.purchase.state == PurchaseState.ORDERED
    shop.sound()
