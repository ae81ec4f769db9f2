"""Real workers, killed with SIGKILL between any two steps: paid at most once, no number lost, nothing left unsaid."""

from datetime import timedelta

import pytest

from apps.changes.models import Intent
from apps.jobs.models import Job, JobState
from apps.numbers.models import CartState, PurchaseState
from apps.numbers.purchase import services
from tests.jobs.conftest import until
from tests.numbers.purchase.conftest import SEATTLE, WASHINGTON
from tests.numbers.purchase.test_lost import buy

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = {
    "bulkreserve": ("numbers.reserve.many", lambda shop: shop.ask(10)),
    "gen_order": ("numbers.order", lambda shop: (shop.fill(12), shop.make_order())[1]),
    "process_order": ("numbers.pay", lambda shop: (shop.order(12), shop.pay())[1]),
}
# Where the worker dies: before the first byte, while the carrier has the request, after it acted, with its answer in
# hand, and after that was stored.
PLACES = ["claimed", "asked", "acted", "replied", "stored"]
PATIENCE = 120  # seconds, for a machine that has much else to do
HELD = 1.2  # seconds that the carrier holds a request


@pytest.fixture
def worker_for(worker_process, tmp_path):
    """A function: a worker that stops at a place on an intent of a kind, or one that goes on as usual."""

    def start(place="", kind=""):
        environ = {"JOB_LEASE_SECONDS": "1", "JOB_SWEEP_SECONDS": "0.1", "INTENT_PATIENCE": "0.01"}
        if place in {"claimed", "replied", "stored"}:
            environ |= {
                "EXTRA_APPS": "tests.numbers.purchase",
                "PATCHBAY_TEST_STOP_AT": f"{place} {kind}",
                "PATCHBAY_TEST_REACHED": str(tmp_path / "reached"),
            }
        return worker_process(**environ)

    return start


def kill_there(shop, worker_for, tmp_path, call, place):
    """Begin the work of `call` and kill the worker at `place`; return the job."""
    kind, begin = CALLS[call]
    job = begin(shop)
    calls = shop.carrier.log.count(call)
    if place == "asked":
        shop.carrier.faults.set("slow", call, times=1, delay=HELD)
    if place == "acted":
        shop.carrier.faults.set("slow_after", call, times=1, delay=30)
    worker = worker_for(place, kind)
    if place in {"claimed", "replied", "stored"}:
        until((tmp_path / "reached").exists, seconds=PATIENCE, what="the worker did not come to the place")
    else:
        until(lambda: shop.carrier.log.count(call) > calls, seconds=PATIENCE, what="the carrier was not asked")
        if place == "acted":
            until(lambda: _acted(shop, call), seconds=PATIENCE, what="the carrier did not act")
    worker.kill()
    return job


def _acted(shop, call):
    account = shop.carrier.account
    return {
        "bulkreserve": lambda: len(account.cart) >= 10,
        "gen_order": lambda: shop.new_orders,
        "process_order": lambda: shop.new_debits,
    }[call]()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("call", CALLS)
def test_a_worker_killed_there_is_made_good_by_the_next(shop, worker_for, tmp_path, call, place):
    job = kill_there(shop, worker_for, tmp_path, call, place)
    worker = worker_for()
    until(lambda: Job.objects.get(pk=job.pk).is_final, seconds=PATIENCE, what="the job was not taken up again")
    worker.stop()
    sent = Intent.objects.filter(kind=CALLS[call][0]).latest("pk")
    if call == "process_order" and place == "claimed":
        # Nothing proves that nothing was sent: a person decides, on a fresh look.
        assert shop.view().headline == "Whether the order was paid is not certain"
        assert shop.carrier.log.count("process_order") == 0
    elif place != "claimed":
        assert sent.attempts == 1
        assert shop.carrier.log.count(call) == 1
    shop.sound(debits=shop.new_debits)
    if shop.purchase.state != PurchaseState.PAID:
        buy(shop)
    assert len(shop.new_orders) == 1
    assert shop.carrier.log.count("process_order") == 1
    shop.sound(debits=1)


def test_a_lost_reservation_is_only_probable_until_the_order_proves_it(shop, worker_for, tmp_path):
    job = kill_there(shop, worker_for, tmp_path, "bulkreserve", "acted")
    worker_for()
    until(lambda: Job.objects.get(pk=job.pk).is_final, seconds=PATIENCE)
    assert shop.states == {"uncertain": 10}
    assert any("probably in the cart" in said for said in shop.view().uncertain)


def test_giving_up_goes_on_after_a_kill(shop, worker_for):
    shop.fill(150, WASHINGTON)
    services.abandon(shop.purchase, shop.ada)
    shop.carrier.faults.set("slow_after", "remove_reserved", times=1, delay=30)
    worker = worker_for()
    until(lambda: len(shop.carrier.account.cart) == 50, seconds=PATIENCE)
    worker.kill()
    worker_for()
    until(lambda: shop.purchase.state == PurchaseState.ABANDONED, seconds=PATIENCE)
    assert shop.carrier.account.cart == []
    assert shop.states == {"released": 150}
    shop.sound()


def test_two_workers_and_doubled_wake_ups_pay_once(shop, worker_for):
    from apps.jobs.tasks import wake

    shop.order(12)
    worker_for()
    worker_for()
    job = shop.pay()
    for _ in range(5):
        wake(job.pk)  # in this process, as a third worker
    until(lambda: Job.objects.get(pk=job.pk).is_final, seconds=PATIENCE)
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    assert shop.carrier.log.count("process_order") == 1
    shop.sound(debits=1)


def test_what_a_dead_web_process_left_is_taken_up(shop, worker_for):
    """A number is reserved while a person waits, and the process that serves them dies before the answer."""
    from apps.jobs.services import schedule

    number = _leave_sending(shop)
    schedule("numbers.tend", "numbers.tend", title="Take up purchases", every=timedelta(seconds=1))
    worker_for()
    until(lambda: not shop.view().jobs and shop.states, seconds=PATIENCE, what="nobody took it up")
    assert shop.numbers(CartState.UNCERTAIN) == [number]
    shop.sound()


def _leave_sending(shop):
    """Do what `services.add` does until the carrier has acted, and no further."""
    from apps.changes import intents

    class Died(BaseException):
        pass

    replied = intents.services._replied

    def die(*_args):
        raise Died

    intents.services._replied = die
    [number] = shop.free()
    try:
        with pytest.raises(Died):
            services.add(shop.start(), shop.ada, [number], SEATTLE)
    finally:
        intents.services._replied = replied
    return number
