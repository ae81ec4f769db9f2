"""Every way a call that spends can go wrong, over and over: at most one debit each, and no intent left unflagged.

HARNESS_RUNS says how many times; a thousand take some minutes and are for the eve of a release.
"""

import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connections

from apps.changes.services import NotPossible
from apps.jobs import runner
from apps.numbers.models import PortState, PurchaseState
from apps.numbers.porting import services as porting
from apps.numbers.purchase import services
from tests.jobs.conftest import until
from tests.numbers.porting.conftest import Desk
from tests.numbers.porting.test_lost import go_on
from tests.numbers.purchase.conftest import WASHINGTON, Shop
from tests.numbers.purchase.test_lost import buy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

RUNS = int(os.environ.get("HARNESS_RUNS", "28"))
TROUBLES = [
    "time-out before",
    "reply lost after commit",
    "duplicate message",
    "kill",
    "double click",
    "two tabs",
    "second buyer",
]
PAY, PORT = "process_order", "generate_lnp_order"
PATIENCE = 120  # seconds, for a machine that has much else to do
REFUSED = (services.NotPossible, porting.NotPossible, NotPossible)


def at_once(*acts: Callable[[], object]) -> None:
    """Do all of these at the same time; a refusal is an answer, anything else is raised."""
    faults: list[BaseException] = []
    ready = threading.Barrier(len(acts))

    def do(act: Callable[[], object]) -> None:
        try:
            ready.wait()
            act()
        except REFUSED:
            pass
        except BaseException as fault:  # noqa: BLE001  (raised again in the test's own thread)
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


class Trouble:
    """One thing that goes wrong while `call` is made. `begin` does what the click does, as ada or as the second person."""

    def __init__(self, carrier, worker_process, rng: random.Random) -> None:
        self.carrier, self.worker_process, self.rng = carrier, worker_process, rng

    def strike(self, trouble: str, call: str, begin: Callable[[bool], object], run: Callable[[], object]) -> None:
        if trouble == "time-out before":
            self.carrier.faults.set("drop_before", call, times=1)
        elif trouble == "reply lost after commit":
            self.carrier.faults.set("drop_after", call, times=1)
        if trouble == "kill":
            self._kill(call, begin)
        elif trouble == "duplicate message":
            job = begin(False)
            at_once(lambda: runner.run(job.pk), lambda: runner.run(job.pk))
        elif trouble == "double click":
            at_once(lambda: begin(False), lambda: begin(False))
        elif trouble == "two tabs":
            begin(False)
            with suppress(REFUSED):
                begin(False)
        elif trouble == "second buyer":
            at_once(lambda: begin(False), lambda: begin(True))
        else:
            begin(False)
        run()

    def _kill(self, call: str, begin: Callable[[bool], object]) -> None:
        """Kill a real worker somewhere between the click and the stored answer."""
        calls = self.carrier.log.count(call)
        self.carrier.faults.set("slow", call, times=1, delay=0.3)
        worker = self.worker_process(JOB_LEASE_SECONDS="1", JOB_SWEEP_SECONDS="0.05", INTENT_PATIENCE="0.01")
        begin(False)
        until(lambda: self.carrier.log.count(call) > calls, seconds=PATIENCE, what="the carrier was not asked")
        threading.Event().wait(self.rng.uniform(0, 0.5))
        worker.kill()
        self.carrier.faults.clear()


@pytest.fixture
def trouble(carrier, worker_process, settings) -> Trouble:
    settings.JOB_LEASE_SECONDS = 1
    carrier.set_balance("1000000.00")
    carrier.add_stock("360210", "WA", "OLYMPIA", 2 * RUNS)
    carrier.lnp_step = timedelta()
    return Trouble(carrier, worker_process, random.Random(7))


def test_whatever_goes_wrong_money_is_spent_once(main, carrier, ada, bea, trouble) -> None:
    done: Counter[tuple[str, str]] = Counter()
    for run in range(RUNS):
        what = TROUBLES[run % len(TROUBLES)]
        call = PAY if run // len(TROUBLES) % 2 == 0 else PORT
        carrier.faults.clear()
        if call == PAY:
            _pay(Shop(main, carrier, ada), bea, trouble, what, run)
        else:
            _port(Desk(main, carrier, ada), bea, trouble, what, run)
        done[call, what] += 1
    print(f"\n{RUNS} runs, {len(done)} combinations, each spent at most once")
    assert sum(done.values()) == RUNS


def _pay(shop: Shop, bea, trouble: Trouble, what: str, run: int) -> None:
    shop.forms = run * 1000
    purchase = shop.start()
    services.add(purchase, shop.ada, shop.free(WASHINGTON, count=2), WASHINGTON)
    shop.run()
    shop.make_order()
    shop.run()

    def click(second: bool) -> object:
        person = bea if second else shop.ada
        preview = services.preview_payment(shop.purchase, person)
        return services.pay(shop.purchase, person, preview.token, typed=preview.typed)

    trouble.strike(what, PAY, click, shop.run)
    trouble.carrier.faults.clear()
    if shop.purchase.state != PurchaseState.PAID:
        buy(shop, most=20, enough=2)
    assert shop.purchase.state == PurchaseState.PAID, what
    shop.sound(debits=1)


def _port(desk: Desk, bea, trouble: Trouble, what: str, run: int) -> None:
    # The carrier's stand-in rejects numbers that end in 98 or 99, one way or another.
    port = desk.ready(f"+1206520{1000 + run // 90 * 100 + run % 90:04}")

    def click(second: bool) -> object:
        return porting.submit(port, bea if second else desk.ada, shown)

    shown = desk.shown(port)
    trouble.strike(what, PORT, click, desk.run)
    trouble.carrier.faults.clear()
    order = go_on(desk, port, most=12)
    assert order.state == PortState.SUBMITTED, what
    desk.sound(debits=1)
