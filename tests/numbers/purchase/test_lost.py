"""Answers that are lost, late or broken, on every call that writes: at most one debit, no number lost, nothing unsaid."""

import pytest

from apps.changes.models import Intent, IntentState
from apps.jobs import services as jobs
from apps.jobs.models import Job, JobState
from apps.numbers.models import CartState, Number, PurchaseState, Question
from apps.numbers.purchase import services
from apps.vendors.core.errors import OutcomeUnknown
from apps.vendors.core.numbers import StockQuery
from tests.numbers.purchase.conftest import SEATTLE, WASHINGTON

pytestmark = pytest.mark.django_db(transaction=True)

# What the carrier has done when the answer does not come, or is none.
NOT_DONE = ["drop_before", "html500", "503", "down", "redirect"]
DONE = ["drop_after", "truncated", "empty", "garbage", "list"]
WRITES = ["reserve", "bulkreserve", "gen_order", "process_order"]


def buy(shop, most=12, enough=12):
    """Go on as a person would, doing what the purchase says, until it is paid for at least `enough` numbers (2 or 12)."""
    for _ in range(most):
        purchase = shop.start()
        view = shop.view()
        choices = {choice.key for choice in view.choices}
        if purchase.state == PurchaseState.PAID:
            return purchase
        if "say_paid" in choices:
            services.say_paid(purchase, shop.ada)
        elif "say_not_paid" in choices:
            services.say_not_paid(purchase, shop.ada)
        elif "check_again" in choices:
            services.check_again(purchase, shop.ada)
        elif "keep" in choices:
            services.keep(purchase, shop.ada)
        elif view.in_cart < enough and purchase.state == PurchaseState.FILLING:
            services.add(purchase, shop.ada, shop.free(WASHINGTON, count=2), WASHINGTON)
            shop.run()
            if enough > 2:
                shop.ask(10, WASHINGTON)
        elif "make_order" in view.actions:
            shop.make_order()
        elif "pay" in view.actions:
            preview = services.preview_payment(purchase, shop.ada)
            services.pay(purchase, shop.ada, preview.token, typed=preview.typed)
        else:
            raise AssertionError(f"no way on: {view}")
        shop.run()
        if shop.purchase.state == PurchaseState.PAID:
            return shop.purchase
    raise AssertionError(f"not paid after {most} steps: {shop.view()}")


@pytest.mark.parametrize("fault", [*NOT_DONE, *DONE, "429"])
@pytest.mark.parametrize("call", WRITES)
def test_whatever_happens_to_one_answer_it_is_paid_once(shop, call, fault):
    shop.carrier.faults.set(fault, call, times=1, value=0 if fault in {"429", "503"} else None)
    purchase = buy(shop)
    assert len(shop.new_orders) == 1
    assert shop.states.get("allocated", 0) == len(shop.numbers(CartState.ALLOCATED)) >= 12
    assert purchase.order_id == shop.new_orders[0]
    shop.sound(debits=1)


@pytest.mark.parametrize("fault", ["drop_before", "html500", "garbage", "429"])
@pytest.mark.parametrize("read", ["searchdid", "get_new_orders", "getnumbers", "financial_summary"])
def test_whatever_happens_to_a_read_it_is_paid_once(shop, read, fault):
    """Reads are what the evidence rests on: one that fails is asked again, and never taken for "nothing"."""
    shop.carrier.faults.set("drop_after", "process_order", times=1)
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    shop.carrier.faults.set(fault, read, times=4, value=0 if fault in {"429", "503"} else None)
    buy(shop, most=20)
    shop.sound(debits=1)


# --- reserving one --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", DONE)
def test_a_number_whose_answer_was_lost_is_probably_reserved(shop, fault):
    [number] = shop.free()
    shop.carrier.faults.set(fault, "reserve", times=1)
    added = services.add(shop.start(), shop.ada, [number], SEATTLE)
    assert added.uncertain == [number]
    view = shop.view()
    assert view.tone == "warning"
    assert any("probably in the cart" in said for said in view.uncertain)
    assert not any("as reserved" in said for said in view.certain)
    shop.sound()


@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_number_that_is_still_for_sale_was_not_reserved(shop, fault):
    first, second = shop.free(count=2)
    shop.carrier.faults.set(fault, "reserve", times=1)
    added = services.add(shop.start(), shop.ada, [first, second], SEATTLE)
    assert added.checking == [first]
    assert added.not_tried == [second]  # nobody waits for every number of a silent carrier
    shop.run()
    assert shop.states == {}
    intent = Intent.objects.filter(params__number=first).get()
    assert (intent.state, intent.attempts) == (IntentState.REFUSED, 1)
    assert services.add(shop.purchase, shop.ada, [first], SEATTLE).reserved == [first]
    shop.sound()


def test_a_time_out_is_a_lost_answer(shop):
    shop.main.read_timeout = 0.5
    shop.main.save()
    [number] = shop.free()
    shop.carrier.faults.set("slow_after", "reserve", times=1, delay=1.5)
    assert services.add(shop.start(), shop.ada, [number], SEATTLE).uncertain == [number]
    shop.sound()


def test_while_it_is_looked_for_the_screen_says_so(shop, settings):
    settings.INTENT_PATIENCE = 1
    [number] = shop.free()
    shop.carrier.faults.set("drop_before", "reserve", times=1)
    services.add(shop.start(), shop.ada, [number], SEATTLE)
    view = shop.view()
    assert any("did not answer when asked for" in said and "still for sale" in said for said in view.uncertain)
    assert "make_order" not in view.actions
    assert view.jobs[0].kind == "numbers.settle"
    assert view.checks[0].says.endswith("so it was not reserved.")
    with pytest.raises(services.NotPossible):
        shop.make_order()


# --- reserving many -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", DONE)
def test_the_lowest_numbers_are_the_ones_that_were_reserved(shop, fault):
    lowest = shop.free(count=10)
    shop.carrier.faults.set(fault, "bulkreserve", times=1)
    shop.ask(10)
    [job] = shop.run()
    assert job.state == JobState.DONE
    assert "10 more are probably in it" in job.message
    assert shop.numbers(CartState.UNCERTAIN) == lowest
    assert shop.carrier.log.count("bulkreserve") == 1
    shop.sound()


@pytest.mark.parametrize("fault", NOT_DONE)
def test_what_was_not_made_is_made_again(shop, fault):
    lowest = shop.free(count=10)
    shop.carrier.faults.set(fault, "bulkreserve", times=1)
    shop.ask(10)
    shop.run()
    assert shop.numbers(CartState.RESERVED) == lowest
    assert shop.carrier.log.count("bulkreserve") == 2
    shop.sound()


def test_in_the_middle_of_thousands_too(shop):
    shop.carrier.add_stock("206556", "WA", "SEATTLE", 4000)
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1, skip=1)
    shop.carrier.faults.set("drop_before", "bulkreserve", times=1, skip=2)
    shop.fill(3500, WASHINGTON)
    assert shop.states == {"reserved": 2800, "uncertain": 700}
    assert len(shop.carrier.account.cart) == 3500
    shop.sound()


def test_the_order_settles_what_was_only_probable(shop):
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    shop.fill(10)
    shop.fill(3)  # an answer that names the cart
    shop.make_order()
    shop.run()
    assert shop.states == {"ordered": 13}
    assert shop.purchase.state == PurchaseState.ORDERED
    shop.sound()


def test_probable_numbers_that_others_had_bought_are_found_out_by_the_order(shop):
    """The answer was lost, nothing was reserved, and another customer took exactly the lowest numbers."""
    lowest = shop.free(count=10)
    shop.fill(1, StockQuery(area="OR"))
    shop.ask(10)
    shop.carrier.faults.set("drop_before", "bulkreserve", times=1)
    run_selling(shop, lowest)
    assert shop.numbers(CartState.UNCERTAIN) == lowest
    shop.make_order()
    shop.run()
    purchase = shop.purchase
    assert purchase.state == PurchaseState.ORDERED
    assert "10 numbers that were only probably reserved are not in it" in purchase.message
    assert shop.states == {"ordered": 1, "refused": 10}
    shop.sound()


def run_selling(shop, sold):
    """Run the job while another customer buys these numbers, right after it has looked at the stock."""
    carry_out = shop.carrier.carry_out

    def carry_out_and_sell(call):
        reply = carry_out(call)
        if call.operation == "searchdid":
            with shop.carrier.lock:
                for number in sold:
                    shop.carrier.stock.take(number[2:])
        return reply

    shop.carrier.carry_out = carry_out_and_sell
    try:
        shop.run()
    finally:
        del shop.carrier.carry_out


def test_when_the_count_does_not_fit_a_person_decides(shop):
    """Ten were asked for, the answer was lost, and another customer bought three of the same exchange meanwhile."""
    numbers = shop.free(count=20)
    shop.ask(10)
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    run_selling(shop, numbers[12:15])
    view = shop.view()
    assert view.tone == "danger"
    assert view.counts == {"disputed": 13}
    assert [choice.key for choice in view.choices] == ["keep", "release", "leave", "check_again"]
    assert any("13 numbers of 206-219 (WA) are no longer for sale, but 10 were asked for" in said for said in view.uncertain)
    assert shop.purchase.job.state == JobState.NEEDS_PERSON
    with pytest.raises(services.NotPossible, match="Decide about 13 numbers"):
        shop.make_order()
    shop.sound()


@pytest.fixture
def disputed(shop):
    numbers = shop.free(count=20)
    shop.ask(10)
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    run_selling(shop, numbers[12:15])
    shop.carrier.faults.clear()
    shop.ask(2, SEATTLE)  # an answer that names the cart
    shop.run()
    return numbers


def test_kept_numbers_are_settled_by_the_order(shop, disputed):
    assert services.keep(shop.purchase, shop.ada) == 13
    assert not shop.view().choices
    assert not Job.objects.filter(state=JobState.NEEDS_PERSON).exists()
    shop.make_order()
    shop.run()
    assert shop.states == {"ordered": 12, "refused": 3}
    shop.sound()


def test_exactly_the_disputed_numbers_are_released(shop, disputed):
    away = shop.numbers(CartState.DISPUTED)
    released = services.release(shop.purchase, shop.ada, away)
    assert (released.removed, released.not_available) == (10, 3)
    assert shop.states == {"reserved": 2, "released": 10, "refused": 3}
    assert not shop.view().choices
    assert len(shop.carrier.account.cart) == 2
    shop.sound()


def test_numbers_left_alone_show_in_the_order(shop, disputed):
    services.leave(shop.purchase, shop.ada)
    shop.make_order()
    shop.run()
    purchase = shop.purchase
    assert (purchase.state, purchase.question) == (PurchaseState.NEEDS_PERSON, Question.ORDER_DIFFERS)
    assert len(shop.view().more) == 10
    shop.sound()


def test_a_stock_that_cannot_be_asked_leaves_the_question_open(shop):
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    shop.carrier.faults.set("html500", "searchdid", skip=1)
    shop.ask(5)
    shop.run()
    view = shop.view()
    assert [choice.key for choice in view.choices] == ["leave", "check_again"]
    assert any("could not be checked" in said for said in view.uncertain)
    shop.carrier.faults.clear()
    assert "lowest 5 numbers" in services.check_again(shop.purchase, shop.ada)
    assert shop.states == {"uncertain": 5}
    shop.sound()


def test_without_a_cart_number_there_is_no_order_yet(shop):
    shop.carrier.faults.set("drop_after", "bulkreserve", times=1)
    shop.fill(5)
    with pytest.raises(services.NotPossible, match="Reserve one more number"):
        shop.make_order()
    shop.fill(1)
    shop.make_order()
    shop.run()
    assert shop.states == {"ordered": 6}
    shop.sound()


def test_a_carrier_that_stays_away_is_not_asked_for_ever(shop):
    shop.ask(10)
    shop.carrier.close_port()
    try:
        [job] = shop.run()
    finally:
        shop.carrier.open_port()
    assert job.state == JobState.FAILED
    assert job.items.get().sent == "no"
    shop.sound()


def test_calls_that_never_go_out_are_given_up_after_a_few_tries(shop):
    shop.carrier.faults.set("429", "bulkreserve", value=0)
    shop.ask(10)
    [job] = shop.run()
    assert job.state == JobState.FAILED
    assert shop.carrier.log.count("bulkreserve") == 3
    assert not Intent.objects.filter(state=IntentState.CONFIRMED).exists()
    shop.carrier.faults.clear()
    jobs.retry_failed(job, shop.ada)
    shop.run()
    assert shop.view().in_cart == 10
    shop.sound()


# --- releasing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", DONE)
def test_numbers_that_are_for_sale_again_were_released(shop, fault):
    shop.fill(5)
    first, *rest = shop.numbers(CartState.RESERVED)
    shop.carrier.faults.set(fault, "remove_reserved", times=1)
    assert services.release(shop.purchase, shop.ada, [first]).removed == 1
    assert shop.numbers(CartState.RESERVED) == rest
    shop.sound()


@pytest.mark.parametrize("fault", NOT_DONE)
def test_numbers_that_are_not_for_sale_were_not_released(shop, fault):
    shop.fill(5)
    numbers = shop.numbers(CartState.RESERVED)
    shop.carrier.faults.set(fault, "remove_reserved", times=1)
    released = services.release(shop.purchase, shop.ada, numbers[:2])
    assert "did not answer when asked to release" in released.message
    shop.run()
    assert shop.numbers(CartState.RESERVED) == numbers
    assert shop.carrier.log.count("remove_reserved") == 1
    shop.sound()


# --- the order ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", DONE)
def test_an_order_that_was_made_is_found_by_its_numbers(shop, fault):
    shop.carrier.faults.set(fault, "gen_order", times=1)
    purchase = shop.order()
    assert purchase.state == PurchaseState.ORDERED
    assert [purchase.order_id] == shop.new_orders
    assert purchase.amount is not None
    assert shop.carrier.log.count("gen_order") == 1
    shop.sound()


@pytest.mark.parametrize("fault", NOT_DONE)
def test_an_order_that_was_not_made_is_made_again(shop, fault):
    shop.carrier.faults.set(fault, "gen_order", times=1)
    purchase = shop.order()
    assert [purchase.order_id] == shop.new_orders
    assert shop.carrier.log.count("gen_order") == 2
    shop.sound()


def test_an_order_list_that_cannot_be_read_leaves_the_question_open(shop):
    shop.carrier.faults.set("drop_after", "gen_order", times=1)
    shop.carrier.faults.set("html500", "get_new_orders", skip=1)
    purchase = shop.order()
    assert (purchase.state, purchase.question) == (PurchaseState.NEEDS_PERSON, Question.ORDER_UNCERTAIN)
    assert [choice.key for choice in shop.view().choices] == ["check_again", "abandon"]
    assert shop.view().headline == "Whether the order was made is not certain"
    shop.carrier.faults.clear()
    assert "it was made" in services.check_again(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.ORDERED
    shop.sound()


# --- the payment ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", DONE)
def test_a_payment_that_was_made_is_found_by_its_numbers(shop, fault):
    purchase = shop.order()
    shop.carrier.faults.set(fault, "process_order", times=1)
    job = shop.pay()
    shop.run()
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert shop.purchase.state == PurchaseState.PAID
    assert shop.purchase.message == f"All 10 numbers of order {purchase.order_id} are in the account's list: it was paid."
    assert shop.carrier.log.count("process_order") == 1
    shop.sound(debits=1)


@pytest.mark.parametrize("fault", NOT_DONE)
def test_a_payment_without_a_trace_is_never_sent_again_by_itself(shop, fault):
    purchase = shop.order()
    shop.carrier.faults.set(fault, "process_order", times=1)
    job = shop.pay()
    shop.run()
    job.refresh_from_db()
    assert job.state == JobState.NEEDS_PERSON
    view = shop.view()
    assert (view.purchase.state, view.purchase.question) == (PurchaseState.NEEDS_PERSON, Question.PAYMENT_UNCERTAIN)
    assert view.headline == "Whether the order was paid is not certain"
    assert [choice.key for choice in view.choices] == ["check_again", "say_not_paid", "abandon"]
    assert f"No number of order {purchase.order_id} is in the account's list" in view.uncertain[0]
    assert shop.carrier.log.count("process_order") == 1
    with pytest.raises(services.NotPossible):
        services.say_paid(purchase, shop.ada)
    shop.sound(debits=0)


def test_paying_again_wants_a_fresh_look_and_the_order_typed(shop):
    purchase = shop.order()
    shop.carrier.faults.set("drop_before", "process_order", times=1)
    shop.pay()
    shop.run()
    with pytest.raises(services.NotPossible):
        services.preview_payment(purchase, shop.ada)
    assert services.say_not_paid(purchase, shop.ada).state == PurchaseState.ORDERED
    shop.run()
    assert shop.purchase.job.state == JobState.FAILED  # it says so, and asks nobody any more
    preview = services.preview_payment(purchase, shop.ada)
    assert preview.typed == purchase.order_id
    with pytest.raises(services.NotPossible, match="Type"):
        services.pay(purchase, shop.ada, preview.token)
    services.pay(purchase, shop.ada, preview.token, typed=purchase.order_id)
    shop.run()
    assert shop.purchase.state == PurchaseState.PAID
    first, second = Intent.objects.filter(kind="numbers.pay").order_by("pk")
    assert (first.state, second.repeats) == (IntentState.REFUSED, first)
    shop.sound(debits=1)


def test_a_payment_that_turns_up_late_is_not_made_again(shop):
    purchase = shop.order()
    shop.carrier.faults.set("drop_before", "process_order", times=1)
    shop.pay()
    shop.run()
    shop.outside("process_order", orderId=purchase.order_id)  # the carrier works it off at last
    with pytest.raises(services.NotPossible, match="it was paid"):
        services.say_not_paid(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.PAID
    shop.run()
    assert shop.purchase.job.state == JobState.DONE
    assert shop.states == {"allocated": 10}
    shop.sound(debits=1)


def test_an_uncertain_payment_that_turns_out_paid_is_not_given_up(shop):
    purchase = shop.order()
    shop.carrier.faults.set("drop_before", "process_order", times=1)
    shop.pay()
    shop.run()
    shop.outside("process_order", orderId=purchase.order_id)
    with pytest.raises(services.NotPossible, match="not given up"):
        services.abandon(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.PAID


def test_an_uncertain_payment_can_be_given_up_and_stays_flagged(shop, bea):
    purchase = shop.order()
    shop.carrier.faults.set("drop_before", "process_order", times=1)
    shop.pay()
    shop.run()
    services.abandon(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.ABANDONED
    assert "never proven whether that order was paid" in shop.purchase.message
    assert Intent.objects.get(kind="numbers.pay").state == IntentState.UNKNOWN
    assert services.start(shop.main, bea)


def test_a_debit_without_numbers_supports_that_it_was_paid(shop):
    purchase = shop.order()
    shop.carrier.faults.set("drop_after", "process_order", times=1)
    hidden = {}
    shop.pay()
    _hide_numbers(shop, purchase, hidden)
    view = shop.view()
    assert [choice.key for choice in view.choices] == ["check_again", "say_paid", "abandon"]
    assert "A debit of" in view.uncertain[0]
    with pytest.raises(services.NotPossible):
        services.say_not_paid(purchase, shop.ada)
    services.say_paid(purchase, shop.ada)
    assert shop.purchase.state == PurchaseState.PAID
    assert Intent.objects.get(kind="numbers.pay").settled_by == shop.ada
    shop.carrier.account.numbers.update(hidden)
    shop.run()  # the job goes on, and reads the numbers back
    assert shop.states == {"allocated": 10}
    assert Number.objects.filter(order_id=purchase.order_id).count() == 10
    shop.sound(debits=1)


def _hide_numbers(shop, purchase, hidden):
    """Run the payment while the carrier's list does not show the order's numbers yet."""
    account = shop.carrier.account
    carry_out = shop.carrier.carry_out

    def late(call):
        reply = carry_out(call)
        if call.operation == "process_order":
            for number in account.orders[purchase.order_id].numbers:
                hidden[number] = account.numbers.pop(number)
        return reply

    shop.carrier.carry_out = late
    try:
        shop.run()
    finally:
        del shop.carrier.carry_out


def test_numbers_that_show_late_after_a_good_answer_are_waited_for(shop):
    purchase = shop.order()
    hidden = {}
    shop.pay()
    _hide_numbers(shop, purchase, hidden)
    assert shop.purchase.state == PurchaseState.PAID
    assert "10 of them are not in the carrier's list yet" in shop.purchase.message
    assert any("not in the account's list yet" in said for said in shop.view().uncertain)
    shop.carrier.account.numbers.update(hidden)
    shop.sound(debits=1)


def test_what_was_not_sent_can_simply_be_paid_again(shop):
    purchase = shop.order()
    shop.pay()
    shop.carrier.close_port()
    try:
        [job] = shop.run()
    finally:
        shop.carrier.open_port()
    assert job.state == JobState.FAILED
    assert shop.purchase.state == PurchaseState.ORDERED
    assert "nothing was sent" in shop.purchase.message
    preview = services.preview_payment(purchase, shop.ada)
    assert preview.typed == ""
    services.pay(purchase, shop.ada, preview.token)
    shop.run()
    shop.sound(debits=1)


def test_a_balance_that_cannot_be_read_is_said_and_does_not_stand_in_the_way(shop):
    purchase = shop.order()
    shop.carrier.faults.set("html500", "financial_summary", times=3)
    preview = services.preview_payment(purchase, shop.ada)
    assert preview.balance_before is None
    assert preview.problem["title"]
    assert preview.can_pay


def test_a_job_that_is_set_going_again_pays_nothing_twice(shop):
    purchase = shop.order()
    shop.pay()
    shop.carrier.close_port()
    try:
        [job] = shop.run()
    finally:
        shop.carrier.open_port()
    services.pay(purchase, shop.ada, services.preview_payment(purchase, shop.ada).token)
    jobs.retry_failed(job, shop.ada)
    shop.run()
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)


def test_an_unknown_outcome_is_never_swallowed(shop):
    """A release that cannot be settled at once says so, rather than raise into the screen."""
    shop.fill(2)
    shop.carrier.faults.set("drop_before", "remove_reserved", times=1)
    try:
        released = services.release(shop.purchase, shop.ada, shop.numbers(CartState.RESERVED))
    except OutcomeUnknown:
        pytest.fail("the screen would not know what to say")
    assert released.job is not None
