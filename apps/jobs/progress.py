"""The pulse of a run: a thread that renews the lease and moves the counters while the items are worked on."""

import threading
import time
from collections import Counter, deque
from typing import Self

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models import Count

from apps.jobs.lease import Lease
from apps.jobs.models import ItemState, Job
from apps.jobs.outcomes import counters

_FLUSH = 0.5  # seconds between two movements of the bar
_WINDOW = 60.0  # seconds that the pace looks back
_OPEN = (ItemState.PENDING, ItemState.RUNNING)

log = structlog.get_logger(__name__)


class Progress:
    """Counts of one run, written at most every `_FLUSH` seconds, and the lease that is kept with them.

    A context manager; `lost` is set once the lease is gone, and nothing is written any more.
    """

    def __init__(self, job: Job, lease: Lease) -> None:
        self.lost = threading.Event()
        self._lease = lease
        self._counts = Counter(dict(job.items.order_by().values_list("state").annotate(Count("pk"))))
        self._lock = threading.Lock()
        self._moved = False
        self._samples: deque[tuple[float, int]] = deque([(time.monotonic(), self._over)])
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{lease.pk}-pulse", daemon=True)

    def __enter__(self) -> Self:
        self.flush()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def counts(self) -> dict[str, int]:
        """The job's counter fields as they stand now."""
        with self._lock:
            return counters(self._counts)

    @property
    def left(self) -> int:
        """Items that still wait or run."""
        with self._lock:
            return sum(self._counts[state] for state in _OPEN)

    def moved(self, before: str, after: str, count: int = 1) -> None:
        """Count items that went from one state to another."""
        with self._lock:
            self._counts[before] -= count
            self._counts[after] += count
            self._moved = self._moved or after not in _OPEN

    def flush(self) -> None:
        """Write the counters and renew the lease; sets `lost` if that is no longer ours to do."""
        with self._lock:
            changes: dict[str, float] = dict(counters(self._counts))
            if self._moved:
                changes["crashes"] = 0
            changes["pace"] = self._pace()
            self._moved = False
        if not self._lease.renew(**changes):
            self.lost.set()

    @property
    def _over(self) -> int:
        return sum(count for state, count in self._counts.items() if state not in _OPEN)

    def _pace(self) -> float:
        """Items a second over the last minute of this run."""
        now = time.monotonic()
        self._samples.append((now, self._over))
        while len(self._samples) > 2 and now - self._samples[1][0] >= _WINDOW:
            self._samples.popleft()
        since, over = self._samples[0]
        return max(self._over - over, 0) / (now - since) if now - since > 0.2 else 0.0

    def _beat(self) -> None:
        renew_every = settings.JOB_LEASE_SECONDS / 3
        wait = min(_FLUSH, renew_every)
        last = time.monotonic()
        try:
            while not self._end.wait(wait) and not self.lost.is_set():
                if self._moved or time.monotonic() - last >= renew_every:
                    try:
                        self.flush()
                        last = time.monotonic()
                    except DatabaseError:
                        # Tried again at the next beat. If the lease runs out meanwhile, another worker goes on.
                        log.warning("job.pulse_failed", exc_info=True)
                        connections.close_all()
        finally:
            connections.close_all()
