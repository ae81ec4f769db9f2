"""What a worker process does besides running tasks: it looks for due rows, and it lets go when told to stop.

Started as `celery -A portal worker --pool threads -c 4`. With no broker (`memory://`) this sweep is what wakes
every job; with one it finds what a lost message or a dead worker left behind. The threads pool is the one to
use: jobs wait on the network, and a SIGTERM reaches all of them, so that each stops after its running item.
"""

import threading
import time

import structlog
from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from celery.worker import state as celery_state
from django.conf import settings
from django.db import DatabaseError, connections

from apps.jobs import runner
from apps.jobs.lease import due
from apps.jobs.services import start_scheduled
from apps.jobs.tasks import wake

_SCHEDULES_EVERY = 1.0  # seconds
_WAKE_AGAIN = 2.0  # seconds until a row that is still due is woken once more

log = structlog.get_logger(__name__)


class Dispatcher(threading.Thread):
    """Turns due rows into wake-ups, as many as this worker has free places for."""

    def __init__(self, places: int) -> None:
        super().__init__(name="jobs-dispatcher", daemon=True)
        self._places = places
        self._woken: dict[int, float] = {}  # primary key → when
        self._schedules_at = 0.0
        self._end = threading.Event()

    def run(self) -> None:
        """Sweep until stopped; a database that does not answer is asked again."""
        pause = settings.JOB_SWEEP_SECONDS
        while not self._end.wait(pause):
            try:
                self.sweep()
                pause = settings.JOB_SWEEP_SECONDS
            except DatabaseError:
                log.warning("jobs.sweep_failed", exc_info=True)
                connections.close_all()
                pause = min(pause * 2, 10)
            except Exception:  # noqa: BLE001  (a broker that is away: the rows wait, and so do we)
                log.warning("jobs.wake_failed", exc_info=True)
                pause = min(pause * 2, 10)
        connections.close_all()

    def sweep(self) -> int:
        """Wake what is due, and start what is scheduled; return the number of wake-ups sent."""
        now = time.monotonic()
        if now - self._schedules_at >= _SCHEDULES_EVERY:
            self._schedules_at = now
            start_scheduled()
        free = self._places - len(celery_state.reserved_requests)
        if free <= 0:
            return 0
        self._woken = {pk: at for pk, at in self._woken.items() if now - at < _WAKE_AGAIN}
        found = due().exclude(pk__in=list(self._woken)).values_list("pk", flat=True)[:free]
        for pk in found:
            wake.apply_async((pk,), retry=False)
            self._woken[pk] = now
        return len(found)

    def stop(self) -> None:
        """End the thread; returns at once."""
        self._end.set()


_dispatchers: list[Dispatcher] = []


@worker_ready.connect
def _start(sender: object, **_: object) -> None:
    runner.stopping.clear()
    dispatcher = Dispatcher(places=sender.controller.concurrency)  # type: ignore[attr-defined]
    _dispatchers.append(dispatcher)
    dispatcher.start()


@worker_shutting_down.connect
@worker_shutdown.connect
def _stop(**_: object) -> None:
    """Let every runner stop after its running items; their jobs are queued again and go on elsewhere."""
    runner.stopping.set()
    while _dispatchers:
        _dispatchers.pop().stop()
