"""Answers that are lost, broken or late, and workers killed between steps: ordered at most once, nothing left unsaid."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.changes.models import Intent, IntentState
from apps.jobs import runner
from apps.jobs.models import Job
from apps.numbers.models import PortOrder, PortState
from apps.numbers.porting import services
from tests.jobs.conftest import until
from tests.numbers.porting.conftest import THREE

pytestmark = pytest.mark.django_db(transaction=True)
CALL = "generate_lnp_order"
NOT_DONE = ["drop_before", "html500", "503", "down", "redirect"]
DONE = ["drop_after", "truncated", "empty", "garbage", "list"]


def go_on(desk, port, most=6):
    """Go on as a person would, until the port is ordered."""
    for _ in range(most):
        order = desk.order
        if order.state == PortState.SUBMITTED:
            return order
        if order.state == PortState.UNCERTAIN:
            try:
                services.say_not_ordered(order, desk.ada)
            except services.NotPossible:
                services.check_again(order, desk.ada)
        elif order.state == PortState.DRAFT:
            desk.submit(port)
        desk.run()
    raise AssertionError(f"not ordered after {most} steps: {desk.order.state} {desk.order.message}")


@pytest.mark.parametrize("fault", [*NOT_DONE, *DONE, "429"])
def test_whatever_happens_to_the_answer_it_is_ordered_once(desk, fault):
    port = desk.ready()
    desk.carrier.faults.set(fault, CALL, times=1, value=0 if fault in {"429", "503"} else None)
    desk.submit(port)
    desk.run()
    order = go_on(desk, port)
    assert list(desk.carrier.account.port_orders) == [order.order_id]
    desk.sound(debits=1)


@pytest.mark.parametrize("fault", DONE)
def test_a_lost_answer_is_settled_from_the_list_and_never_sent_again(desk, fault):
    port = desk.ready()
    desk.carrier.faults.set(fault, CALL, times=1)
    desk.submit(port)
    desk.run()
    assert desk.order.state == PortState.SUBMITTED
    assert desk.carrier.log.count(CALL) == 1
    intent = Intent.objects.get()
    assert "shows the new port order" in intent.evidence["finding"]["says"]
    desk.sound(debits=1)


def test_without_a_trace_a_person_decides(desk):
    port = desk.ready()
    desk.carrier.faults.set("drop_before", CALL, times=1)
    desk.submit(port)
    desk.run()
    order = desk.order
    assert order.state == PortState.UNCERTAIN
    assert order.intent.state == IntentState.UNKNOWN
    assert "shows no new one" in services.check_again(order, desk.ada)
    services.say_not_ordered(order, desk.ada)
    assert desk.order.state == PortState.DRAFT
    assert all(job.is_final for job in Job.objects.all())
    desk.sound(debits=0)


def test_not_ordered_is_not_believed_when_the_list_shows_it(desk):
    port = desk.ready()
    desk.carrier.faults.set("drop_before", CALL, times=1)
    desk.submit(port)
    desk.run()
    order = desk.order
    assert order.state == PortState.UNCERTAIN
    # It turns up late after all: somebody at the carrier typed it in.
    _elsewhere(desk, THREE)
    with pytest.raises(services.NotPossible, match="new port order"):
        services.say_not_ordered(order, desk.ada)
    assert desk.order.state == PortState.SUBMITTED
    desk.sound(debits=1)


def test_an_order_made_elsewhere_with_these_numbers_stops_ours(desk):
    port = desk.ready()
    _elsewhere(desk, THREE[:1])
    desk.submit(port)
    desk.run()
    assert desk.order.state == PortState.DRAFT
    assert "It was not made here" in desk.order.message
    assert desk.carrier.log.count(CALL) == 1


@pytest.mark.parametrize("fault", ["drop_before", "html500", "garbage"])
def test_a_list_that_cannot_be_read_is_no_proof(desk, fault):
    port = desk.ready()
    desk.carrier.faults.set("drop_after", CALL, times=1)
    desk.submit(port)
    job = Job.objects.get()
    runner.run(job.pk)  # sent; from now on the list is read
    desk.carrier.faults.set(fault, "get_lnp_orders", times=5)
    desk.run()
    go_on(desk, port)
    assert desk.carrier.log.count(CALL) == 1
    desk.sound(debits=1)


# --- real workers -----------------------------------------------------------------------------------------------

PLACES = ["claimed", "asked", "acted", "replied", "stored"]
PATIENCE = 120  # seconds, for a machine that has much else to do


@pytest.fixture
def worker_for(worker_process, tmp_path):
    """A function: a worker that stops at a place, or one that goes on as usual."""

    def start(place: str = "") -> Any:
        environ = {"JOB_LEASE_SECONDS": "1", "JOB_SWEEP_SECONDS": "0.1", "INTENT_PATIENCE": "0.01"}
        if place in {"claimed", "replied", "stored"}:
            environ |= {
                "EXTRA_APPS": "tests.numbers.purchase",
                "PATCHBAY_TEST_STOP_AT": f"{place} numbers.port",
                "PATCHBAY_TEST_REACHED": str(tmp_path / "reached"),
            }
        return worker_process(**environ)

    return start


@pytest.mark.kill
@pytest.mark.parametrize("place", PLACES)
def test_a_worker_killed_there_is_made_good_by_the_next(desk, worker_for, tmp_path: Path, place):
    port = desk.ready()
    job = desk.submit(port)
    if place == "asked":
        desk.carrier.faults.set("slow", CALL, times=1, delay=1.2)
    if place == "acted":
        desk.carrier.faults.set("slow_after", CALL, times=1, delay=30)
    worker = worker_for(place)
    if place in {"asked", "acted"}:
        until(lambda: desk.carrier.log.count(CALL), seconds=PATIENCE, what="the carrier was not asked")
        if place == "acted":
            until(lambda: desk.new_debits, seconds=PATIENCE, what="the carrier did not act")
    else:
        until((tmp_path / "reached").exists, seconds=PATIENCE, what="the worker did not come to the place")
    worker.kill()
    after = worker_for()
    ended = {PortState.SUBMITTED, PortState.UNCERTAIN}
    until(lambda: desk.order.state in ended, seconds=PATIENCE, what="nobody took it up")
    until(lambda: Job.objects.get(pk=job.pk).is_final, seconds=PATIENCE)
    after.stop()
    if place == "claimed":
        assert desk.order.state == PortState.UNCERTAIN
        assert desk.carrier.log.count(CALL) == 0
    else:
        assert desk.carrier.log.count(CALL) == 1
    go_on(desk, port)
    assert desk.carrier.log.count(CALL) == 1
    assert PortOrder.objects.count() == 1
    desk.sound(debits=1)


def _elsewhere(desk, numbers):
    """Order these numbers past Patchbay, with the same account."""
    form = {
        **desk.carrier.credentials, "numbers": ",".join(number[1:] for number in numbers), "category": "landline",
        "subscriberType": "business", "loaAuthorizingPerson": "Some Body",
    }  # fmt: skip
    files = dict.fromkeys(("loa_doc", "carrier_doc"), ("x.pdf", b"%PDF", "application/pdf"))
    reply = httpx.post(f"{desk.carrier.url}/{CALL}", data=form, files=files, timeout=10)
    assert reply.status_code == 200, reply.text
