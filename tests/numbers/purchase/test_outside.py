"""Others at the same cart: a second buyer here, somebody with the account's token elsewhere, two windows at once."""

import threading
from contextlib import contextmanager

import pytest
from django.db import connections

from apps.audit.models import AuditEntry
from apps.jobs import runner
from apps.jobs.models import JobState
from apps.numbers.models import CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import services
from tests.numbers.purchase.conftest import SEATTLE, WASHINGTON

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def after(shop, operation, act, times=1):
    """Let somebody outside act right after the carrier has answered an operation."""
    carry_out, left = shop.carrier.carry_out, [times]

    def and_then(call):
        reply = carry_out(call)
        if call.operation == operation and left[0]:
            left[0] -= 1
            act()
        return reply

    shop.carrier.carry_out = and_then
    try:
        yield
    finally:
        del shop.carrier.carry_out


# --- the cart -------------------------------------------------------------------------------------------------


def test_numbers_that_somebody_added_show_in_the_order_and_wait_for_a_person(shop):
    shop.fill(10)
    strangers = shop.outside_reserves(3)
    shop.make_order()
    shop.run()
    purchase, view = shop.purchase, shop.view()
    assert (purchase.state, purchase.question) == (PurchaseState.NEEDS_PERSON, Question.ORDER_DIFFERS)
    assert view.more == strangers
    assert view.fewer == []
    assert [choice.key for choice in view.choices] == ["accept_order", "check_again", "abandon"]
    assert "13 numbers for $" in view.choices[0].label
    with pytest.raises(services.NotPossible):
        services.preview_payment(purchase, shop.ada)
    shop.sound()


def test_the_order_can_be_accepted_as_it_is_and_paid(shop):
    shop.fill(10)
    strangers = shop.outside_reserves(3)
    shop.make_order()
    shop.run()
    services.accept_order(shop.purchase, shop.ada)
    entry = AuditEntry.objects.get(action="numbers.purchase.order_accepted")
    assert entry.params["more_numbers"] == strangers
    assert shop.states == {"ordered": 13}
    shop.pay()
    shop.run()
    assert shop.states == {"allocated": 13}
    shop.foreign.clear()
    shop.sound(debits=1)


def test_or_given_up(shop):
    shop.fill(10)
    shop.outside_reserves(3)
    shop.make_order()
    shop.run()
    services.abandon(shop.purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert shop.new_debits == 0


def test_numbers_that_somebody_released_are_missed(shop):
    shop.fill(10)
    away = shop.numbers(CartState.RESERVED)[:2]
    cart = shop.purchase.reservation_id
    shop.outside("remove_reserved", reserveId=cart, number=",".join(number[2:] for number in away))
    shop.make_order()
    shop.run()
    assert shop.purchase.question == Question.ORDER_DIFFERS
    assert shop.view().fewer == away
    services.accept_order(shop.purchase, shop.ada)
    assert shop.states == {"ordered": 8, "refused": 2}
    shop.sound()


def test_an_answer_that_names_the_whole_cart_shows_strangers(shop):
    shop.carrier.faults.set("cart_in_reply", "*")
    strangers = shop.outside_reserves(3)
    shop.fill(10)
    view = shop.view()
    assert view.counts == {"reserved": 10, "unasked": 3}
    assert any("3 numbers that nobody here asked for" in said for said in view.uncertain)
    assert "make_order" not in view.actions
    with pytest.raises(services.NotPossible, match="Decide about 3 numbers"):
        shop.make_order()
    assert services.keep(shop.purchase, shop.ada, strangers[:1]) == 1
    services.release(shop.purchase, shop.ada, strangers[1:])
    shop.make_order()
    shop.run()
    assert shop.states == {"ordered": 11, "released": 2}
    shop.sound()


def test_an_answer_that_names_the_whole_cart_proves_what_was_probable(shop):
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    shop.fill(5)
    assert shop.states == {"uncertain": 5}
    shop.carrier.faults.set("cart_in_reply", "*")
    shop.fill(5)
    assert shop.states == {"reserved": 10}
    shop.sound()


# --- the order ------------------------------------------------------------------------------------------------


def test_an_order_that_somebody_made_of_the_cart_is_found(shop):
    shop.fill(10)
    trunk = next(iter(shop.carrier.account.trunks))
    made = shop.outside("gen_order", reserveId=shop.purchase.reservation_id, trunk_id=trunk)["orderId"]
    shop.make_order()
    shop.run()
    view = shop.view()
    assert view.purchase.order_id == made
    assert view.purchase.question == Question.ORDER_DIFFERS
    assert {choice.key for choice in view.choices} == {"accept_order", "refuse_order", "check_again", "abandon"}
    assert shop.carrier.log.count("gen_order") == 1
    services.accept_order(shop.purchase, shop.ada)
    shop.pay()
    shop.run()
    shop.sound(debits=1)


def test_an_order_that_is_none_of_ours_is_left_alone(shop):
    """An old number of ours stands in somebody's order of today: a person says so, and the order is made."""
    shop.fill(10)
    number = shop.numbers(CartState.RESERVED)[0]
    shop.outside_reserves(1)
    trunk = next(iter(shop.carrier.account.trunks))
    kept = list(shop.carrier.account.cart)
    other = shop.outside("gen_order", reserveId=shop.purchase.reservation_id, trunk_id=trunk)["orderId"]
    account = shop.carrier.account
    account.cart = kept[:10]
    account.orders[other].numbers = [number[2:], *kept[10:]]
    cart = account.reserve_id
    Purchase.objects.update(reservation_id=cart)
    shop.make_order()
    shop.run()
    assert shop.purchase.order_id == other
    assert services.check_again(shop.purchase, shop.ada)
    services.refuse_order(shop.purchase, shop.ada)
    assert shop.states == {"reserved": 10}
    shop.make_order()
    shop.run()
    assert shop.purchase.state == PurchaseState.ORDERED
    assert shop.purchase.order_id != other
    assert shop.states == {"ordered": 10}


def test_somebody_is_quicker_with_the_order(shop):
    shop.fill(10)
    trunk = next(iter(shop.carrier.account.trunks))
    cart = shop.purchase.reservation_id
    shop.make_order()
    with after(shop, "get_new_orders", lambda: shop.outside("gen_order", reserveId=cart, trunk_id=trunk)):
        shop.run()
    assert shop.purchase.state == PurchaseState.ORDERED
    assert [shop.purchase.order_id] == shop.new_orders
    shop.sound()


def test_an_order_on_another_trunk_group_waits_for_a_person(shop):
    shop.fill(10)
    first, second = list(shop.carrier.account.trunks)[:2]
    cart = shop.purchase.reservation_id
    services.make_order(shop.purchase, shop.ada, first)
    with after(shop, "get_new_orders", lambda: shop.outside("gen_order", reserveId=cart, trunk_id=second)):
        shop.run()
    assert shop.purchase.question == Question.ORDER_DIFFERS
    assert shop.purchase.difference["trunk_group"] == second


# --- the payment ----------------------------------------------------------------------------------------------


def test_somebody_is_quicker_with_the_payment(shop):
    purchase = shop.order()
    shop.pay()
    with after(shop, "financial_summary", lambda: shop.outside("process_order", orderId=purchase.order_id)):
        shop.run()
    assert shop.carrier.log.count("process_order") == 2
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)


def test_somebody_spends_the_balance_first(shop):
    shop.order()
    shop.pay()
    with after(shop, "financial_summary", lambda: shop.carrier.set_balance("0.00")):
        [job] = shop.run()
    assert job.state == JobState.FAILED
    assert "balance does not cover it" in shop.purchase.message
    assert shop.purchase.state == PurchaseState.ORDERED
    shop.sound()


# --- at once --------------------------------------------------------------------------------------------------


def at_once(*acts):
    """Do all of this at the same time; return what each gave, or the exception."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_people_start_at_once(shop, bea):
    results = at_once(*[lambda who=who: services.start(shop.main, who) for who in (shop.ada, bea) * 3])
    assert Purchase.objects.count() == 1
    owner = shop.purchase.owner
    assert sum(isinstance(result, services.HeldByOther) for result in results) == 3
    assert all(result.owner == owner for result in results if isinstance(result, Purchase))


def test_the_same_number_clicked_in_two_windows(shop):
    shop.start()
    [number] = shop.free()
    results = at_once(*[lambda: services.add(shop.purchase, shop.ada, [number], SEATTLE)] * 4)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(len(result.reserved) for result in results) == 1
    assert shop.carrier.log.count("reserve") == 1
    shop.sound()


def test_different_numbers_in_two_windows(shop):
    shop.start()
    numbers = shop.free(count=4)
    at_once(*[lambda number=number: services.add(shop.purchase, shop.ada, [number], SEATTLE) for number in numbers])
    assert shop.numbers(CartState.RESERVED) == numbers
    shop.sound()


def test_one_form_sent_many_times_at_once(shop):
    shop.start()
    jobs = at_once(*[lambda: shop.ask(10, form="once")] * 4)
    assert len(set(jobs)) == 1
    shop.run()
    assert shop.view().in_cart == 10
    shop.sound()


def test_the_order_clicked_many_times_at_once(shop):
    shop.fill(10)
    jobs = at_once(*[shop.make_order] * 4)
    assert len(set(jobs)) == 1
    shop.run()
    assert len(shop.new_orders) == 1


def test_the_payment_confirmed_many_times_at_once(shop):
    purchase = shop.order()
    token = services.preview_payment(purchase, shop.ada).token
    jobs = at_once(*[lambda: services.pay(purchase, shop.ada, token)] * 6)
    assert len(set(jobs)) == 1
    at_once(*[lambda: runner.run(jobs[0].pk)] * 4)
    shop.run()
    assert shop.carrier.log.count("process_order") == 1
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)


def test_a_single_number_while_thousands_are_reserved(shop):
    shop.ask(100, WASHINGTON)
    added = services.add(shop.purchase, shop.ada, shop.free()[-1:], SEATTLE)
    assert added.job is not None  # it waits its turn
    shop.run()
    assert shop.view().in_cart >= 100
    shop.sound()
