"""What is taken up again by itself when a job was cancelled or a process died, without anybody asking."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.changes.models import Intent, IntentState
from apps.jobs import services as jobs
from apps.jobs.models import Job, JobState, Schedule
from apps.numbers.models import CartState, Purchase, PurchaseState
from apps.numbers.purchase import reserve, services
from apps.numbers.purchase.tending import needing_care
from tests.numbers.purchase.conftest import SEATTLE, WASHINGTON

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_purchase_in_order_is_left_alone(shop):
    purchase = shop.fill(3)
    assert services.tend(purchase) == purchase
    assert needing_care() == []
    shop.make_order()
    assert services.tend(shop.purchase).state == PurchaseState.ORDERING  # its job is at work
    assert Job.objects.count() == 2


def test_a_payment_cancelled_before_it_began_leaves_the_order_unpaid(shop):
    purchase = shop.order()
    jobs.cancel(shop.pay(), shop.ada)
    assert needing_care() == [purchase]
    purchase = services.tend(shop.purchase)
    assert purchase.state == PurchaseState.ORDERED
    assert purchase.message == "It was cut off before anything was sent."
    shop.pay()
    shop.run()
    shop.sound(debits=1)


def test_an_order_cancelled_before_it_began_reopens_the_cart(shop):
    shop.fill(3)
    jobs.cancel(shop.make_order(), shop.ada)
    assert services.tend(shop.purchase).state == PurchaseState.FILLING
    shop.make_order()
    shop.run()
    assert shop.purchase.state == PurchaseState.ORDERED
    shop.sound()


def test_giving_up_that_was_cancelled_ends_and_names_what_is_left(shop):
    shop.fill(150, WASHINGTON)
    services.abandon(shop.purchase, shop.ada)
    jobs.cancel(shop.purchase.job, shop.ada)
    purchase = services.tend(shop.purchase)
    assert purchase.state == PurchaseState.ABANDONED
    assert "150 numbers could not be released" in purchase.message
    shop.sound()


def test_reserving_that_was_cancelled_keeps_what_is_in_the_cart(shop):
    job = shop.ask(200, WASHINGTON)
    shop.carrier.faults.set("slow_after", "bulkreserve", times=1, delay=0.2)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    shop.run()
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    shop.sound()
    assert "add" in shop.view().actions


def test_a_call_nobody_sends_any_more_is_taken_back(shop):
    """The process died between storing what was wanted and sending it."""
    purchase = shop.start()
    [number] = shop.free()
    reserve.one(purchase, shop.ada, number, SEATTLE, key=uuid4())
    Intent.objects.update(confirmed_at="2026-01-01T00:00Z")
    assert needing_care() == [purchase]
    services.tend(purchase)
    assert Intent.objects.get().state == IntentState.REFUSED
    assert services.add(purchase, shop.ada, [number], SEATTLE).reserved == [number]


def test_a_call_whose_sender_died_is_settled_by_a_job(shop):
    purchase = shop.start()
    [number] = shop.free()
    shop.outside("reserve", category="landline", state="WA", number=number[2:])
    reserve.one(purchase, shop.ada, number, SEATTLE, key=uuid4())
    Intent.objects.update(state=IntentState.SENDING, claim_owner="gone", claim_until="2026-01-01T00:00Z", attempts=1)
    assert needing_care() == [purchase]
    services.tend(purchase)
    services.tend(purchase)  # once is enough
    [job] = shop.run()
    assert job.kind == "numbers.settle"
    assert shop.numbers(CartState.UNCERTAIN) == [number]
    assert needing_care() == []
    shop.sound()


def test_the_schedule_starts_a_job_only_when_there_is_something_to_do(shop):
    jobs.schedule("numbers.tend", "numbers.tend", title="Take up purchases", every=timedelta(seconds=1))
    shop.fill(3)
    assert jobs.start_scheduled() == []
    job = shop.make_order()
    jobs.cancel(job, shop.ada)
    Purchase.objects.update(message="")
    Schedule.objects.update(next_run_at="2026-01-01T00:00Z")
    assert [started.kind for started in jobs.start_scheduled()] == ["numbers.tend"]
    shop.run()
    assert shop.purchase.state == PurchaseState.FILLING
