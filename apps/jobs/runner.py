"""Working on one job: claim, settle what a dead worker left, do the items, close.

Each item is committed as running before its work and as over after it; no transaction is open in between. Every
write asks for the lease in its WHERE, so a runner that lost the job changes nothing.
"""

import json
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connections, transaction
from django.db.models import Count, Exists, F, Q
from django.utils import timezone

from apps.accounts.acting import resumed, under
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, Later, Recovery, Verdict, kind_of
from apps.jobs.lease import Lease
from apps.jobs.models import ItemState, Job, JobItem, JobLogLine, JobState, Reason
from apps.jobs.outcomes import failure, final_state, sentence, storable
from apps.jobs.progress import Progress
from apps.jobs.tasks import wake_on_commit
from apps.vendors.core.errors import VendorError

MAX_CRASHES = 5  # workers that may die on a job in a row, without one item getting over
_CHUNK = 200

log = structlog.get_logger(__name__)
stopping = threading.Event()  # set when this process is to end: every runner stops after its running items


class LeaseLost(Exception):
    """Another worker has the job: stop without touching anything."""


def run(pk: int) -> None:
    """Work on the job with this primary key until it ends, pauses or this process stops; nothing if it is taken."""
    if stopping.is_set():
        return
    lease = Lease.claim(pk)
    if lease is None:
        return
    job = Job.objects.select_related("connection", "requested_by", "tenant").get(pk=pk)
    # One ID from the request over the job to the vendor; what a schedule began has its own.
    request_id = job.request_id or str(job.public_id)
    marks = {"job": str(job.public_id), "job_kind": job.kind, "request_id": request_id}
    with structlog.contextvars.bound_contextvars(**marks), under(**resumed(job.acting, job.tenant)):
        try:
            _run(job, lease)
        except LeaseLost:
            log.warning("job.lease_lost", owner=lease.owner)
        except DatabaseError:
            # Nothing can be stored now; the lease runs out and a worker goes on from the rows.
            log.exception("job.storage_failed")


def _run(job: Job, lease: Lease) -> None:
    kind = kind_of(job)
    if kind is None:
        message = f"No part of this portal knows jobs of the kind {job.kind!r}."
        _end(lease, JobState.FAILED, reason=Reason.CONFIG, message=message)
        return
    with Progress(job, lease) as progress:
        Run(job, kind, lease, progress).go()


_LEVELS = {JobState.FAILED: "error", JobState.NEEDS_PERSON: "warning"}


def _end(lease: Lease, state: JobState, *, message: str, **changes: Any) -> None:
    """End the job and say so in its log, both or neither; raises LeaseLost."""
    flags = {"cancel_requested": False, "pause_requested": False}
    with transaction.atomic():
        message = storable(message)
        if not lease.let_go(state, finished_at=timezone.now(), message=message, **flags, **changes):
            raise LeaseLost
        text = f"{state.label}. {message}"
        JobLogLine.objects.create(job_id=lease.pk, text=text, level=_LEVELS.get(state, "info"))
    log.info("job.ended", state=state.value, reason=str(changes.get("reason", "")))


class Run:
    """One worker's turn at one job."""

    def __init__(self, job: Job, kind: JobKind, lease: Lease, progress: Progress) -> None:
        self.job = job
        self.kind = kind
        self.lease = lease
        self.progress = progress
        self.ctx = Context(job, self._must_stop)
        self.halt = threading.Event()  # no lane begins another item
        self.broken = ""  # the sentence about a fault of ours that stops the job
        self.later: Later | None = None
        self._source = _Source(job)
        # The two gates, built once: an item begins only while nobody asked to stop, and ends only in our hands.
        self._may_begin = JobItem.objects.filter(Exists(lease.open()), state=ItemState.PENDING)
        self._may_end = JobItem.objects.filter(Exists(lease.held()), state=ItemState.RUNNING)

    def go(self) -> None:
        """Carry the job on as far as it goes now."""
        log.info("job.started", attempt=self.job.attempt, left=self.job.left)
        if self.job.attempt == 1:
            self.ctx.log("Started.")
        elif self.job.crashes:
            so_far = sentence(self.kind, self.progress.counts)
            self.ctx.log(f"A worker stopped without a word; another goes on. {so_far}", "warning")
        if self.job.crashes > MAX_CRASHES:
            self._give_up()
            return
        for item in self.ctx.items(ItemState.RUNNING):  # a dead worker left them
            self._ask(item, {"error": "WorkerStopped", "reason": Reason.TIMEOUT, "sent": "unknown"})
        if not self.broken:
            self._work()
        while not self._conclude():
            pass

    # --- items ----------------------------------------------------------------------------------------

    def _work(self) -> None:
        lanes = self.kind.concurrency
        if self.job.connection:
            lanes = min(lanes, self.job.connection.concurrency)
        if lanes == 1:
            self._lane()
            return
        faults: deque[BaseException] = deque()
        threads = [
            threading.Thread(target=copy_context().run, args=(self._threaded_lane, faults), name=f"job-{self.job.pk}-{n}")
            for n in range(lanes)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    def _threaded_lane(self, faults: deque[BaseException]) -> None:
        try:
            self._lane()
        except BaseException as fault:  # noqa: BLE001  (raised again in the runner's own thread)
            self.halt.set()
            faults.append(fault)
        finally:
            connections.close_all()

    def _lane(self) -> None:
        """Do items one after the other until there are none, or a reason to stop."""
        while not self.halt.is_set() and not self._must_stop():
            item = self._source.next()
            if item is None:
                return
            changes = {"state": ItemState.RUNNING, "tries": F("tries") + 1, "started_at": timezone.now()}
            if not self._may_begin.filter(pk=item.pk).update(**changes):
                self.halt.set()
                return
            item.state, item.tries = ItemState.RUNNING, item.tries + 1
            self.progress.moved(ItemState.PENDING, ItemState.RUNNING)
            self._do(item)

    def _do(self, item: JobItem) -> None:
        try:
            result = _plain(self.kind.run_item(self.ctx, item))
        except Later as later:
            self.later = min(self.later or later, later, key=lambda one: one.seconds)
            self._over(item, ItemState.PENDING, message=later.message, tries=item.tries - 1)
        except ItemFailed as error:
            self._over(item, ItemState.FAILED, **failure(error))
        except VendorError as error:
            if error.sent == "unknown":
                self._ask(item, failure(error))
            else:
                self._over(item, ItemState.FAILED, **failure(error))
        except Exception as error:  # noqa: BLE001  (a fault of ours: the job stops, people get a reference)
            self._ask(item, self._break(error, item))
        else:
            self._done(item, result)

    def _ask(self, item: JobItem, known: dict[str, Any]) -> None:
        """Let the kind say what became of an item that was cut off; `known` is what is stored of it until then."""
        try:
            answer = self.kind.recover_item(self.ctx, item)
        except VendorError as error:
            answer = Recovery.needs_person(f"It could not be checked whether this took effect: {error.user_message}")
        except Exception as error:  # noqa: BLE001  (as in _do)
            known = self._break(error, item)
            answer = Recovery.needs_person("")
        first = known.get("message") or "A worker stopped while this was worked on."
        then = answer.message if answer.verdict is Verdict.RETRY and answer.message else _verdicts[answer.verdict]
        self.ctx.log(f"{item.label}: {first} {then}", "warning")
        if answer.verdict is Verdict.DONE:
            self._done(item, _plain(answer.result))
        elif answer.verdict is Verdict.NEEDS_PERSON:
            fields = {**known, "message": f"{first} {answer.message}".strip()}
            self._over(item, ItemState.NEEDS_PERSON, **fields, result=_plain(answer.evidence) or None)
        elif self.broken or item.tries >= self.kind.max_tries:
            reason = known["reason"] if self.broken else Reason.EXCEEDED
            self._over(item, ItemState.FAILED, **{**known, "message": first, "sent": "no", "reason": reason})
        else:
            self._over(item, ItemState.PENDING)
            self._source.again()

    def _done(self, item: JobItem, result: dict[str, Any]) -> None:
        message = str(result.pop("message", ""))
        self._over(item, ItemState.DONE, result=result or None, message=message, error="", reason="", sent="yes")

    def _over(self, item: JobItem, state: ItemState, **fields: Any) -> None:
        """Store how a running item ended; raises LeaseLost if that is no longer ours to say."""
        fields["finished_at"] = None if state == ItemState.PENDING else timezone.now()
        if "message" in fields:
            fields["message"] = storable(fields["message"])
        if not self._may_end.filter(pk=item.pk).update(state=state, **fields):
            raise LeaseLost
        self.progress.moved(ItemState.RUNNING, state)

    # --- the end --------------------------------------------------------------------------------------

    def _conclude(self) -> bool:
        """Leave the job in the state it has come to; False if somebody changed their mind in that moment."""
        flags = self.lease.held().values("cancel_requested", "pause_requested").first()
        if flags is None or self.progress.lost.is_set():
            raise LeaseLost
        counts = self.progress.counts
        if self.broken:
            _end(self.lease, JobState.FAILED, reason=Reason.INTERNAL, message=self.broken, **counts)
        elif flags["cancel_requested"]:
            self._cancel()
        elif flags["pause_requested"]:
            # Conditional: a cancel that comes in just now must not get stuck in a paused row.
            wanted = Q(cancel_requested=False)
            return self.lease.let_go(JobState.PAUSED, wanted, pause_requested=False, **counts)
        elif stopping.is_set():
            self._release(0, "")
        elif self.later:
            self._release(self.later.seconds, self.later.message)
        elif self.progress.left:  # a pause was taken back before it was acted on
            self._release(0, "")
        else:
            self._close()
        return True

    def _release(self, seconds: float, message: str) -> None:
        """Put the job back into the queue, with its items where they are."""
        run_at = timezone.now() + timedelta(seconds=seconds)
        if not self.lease.let_go(JobState.QUEUED, run_at=run_at, message=message, **self.progress.counts):
            raise LeaseLost
        log.info("job.released", seconds=seconds)
        if not seconds:
            wake_on_commit(self.job.pk)

    def _cancel(self) -> None:
        waiting = JobItem.objects.filter(Exists(self.lease.held()), job=self.job, state=ItemState.PENDING)
        self.progress.moved(ItemState.PENDING, ItemState.SKIPPED, waiting.update(state=ItemState.SKIPPED))
        try:
            self.kind.cancelled(self.ctx)
        except Exception as error:  # noqa: BLE001  (as in _do)
            self._break(error)
        counts = self.progress.counts
        message = self.broken or self.ctx.summary or sentence(self.kind, counts)
        reason = Reason.INTERNAL if self.broken else ""
        _end(self.lease, JobState.CANCELLED, message=message, reason=reason, **counts)

    def _close(self) -> None:
        """Run the closing step and end the job."""
        counts = self.progress.counts
        try:
            settled = Recovery.done() if counts["skipped"] else self._finish()
        except Later as later:
            self._reopen()
            self._release(later.seconds, later.message)
            return
        except (VendorError, ItemFailed) as error:
            known = failure(error)
            _end(self.lease, JobState.FAILED, reason=known["reason"], message=known["message"], **counts)
            return
        except Exception as error:  # noqa: BLE001  (as in _do)
            self._break(error)
            _end(self.lease, JobState.FAILED, reason=Reason.INTERNAL, message=self.broken, **counts)
            return
        if settled.verdict is Verdict.NEEDS_PERSON:
            _end(self.lease, JobState.NEEDS_PERSON, reason=Reason.TIMEOUT, message=settled.message, **counts)
            return
        changes: dict[str, Any] = dict(counts)
        if self.ctx.summary_url:
            changes["return_url"] = self.ctx.summary_url
        state = final_state(counts)
        reason = self._main_reason() if state == JobState.FAILED else ""
        _end(self.lease, state, reason=reason, message=self.ctx.summary or sentence(self.kind, counts), **changes)

    def _finish(self) -> Recovery:
        """Call the kind's closing step, or ask what became of it when an earlier worker had begun it."""
        if self.lease.held().filter(closing_at=None).update(closing_at=timezone.now()):
            try:
                self.kind.finish(self.ctx)
            except VendorError as error:
                if error.sent != "unknown":
                    raise
                self.ctx.log(f"Closing step: {error.user_message}", "warning")
            else:
                return Recovery.done()
        elif not self.lease.held().exists():
            raise LeaseLost
        answer = self.kind.recover_finish(self.ctx)
        if answer.verdict is Verdict.RETRY:
            self.kind.finish(self.ctx)
        return answer

    def _reopen(self) -> None:
        if not self.lease.renew(closing_at=None):
            raise LeaseLost

    def _main_reason(self) -> str:
        """The reason that most failed items share."""
        failed = self.job.items.filter(state=ItemState.FAILED).order_by().values_list("reason")
        return max(failed.annotate(Count("pk")), key=lambda row: row[1], default=("", 0))[0]

    def _break(self, error: Exception, item: JobItem | None = None) -> dict[str, Any]:
        """Stop the job over a fault of ours: traceback to the log, a reference to people."""
        reference = uuid.uuid4().hex[:8]
        log.error("job.broke", reference=reference, item=item.key if item else "", exc_info=error)
        self.broken = f"A fault in the portal stopped this job. The server's log has the details under {reference}."
        self.halt.set()
        message = f"A fault in the portal cut this off (reference {reference})."
        return {"error": "InternalError", "message": message, "reason": Reason.INTERNAL, "sent": "unknown"}

    def _give_up(self) -> None:
        """End a job that no worker survives."""
        text = f"{self.job.crashes} workers in a row stopped while this was worked on."
        for item in self.ctx.items(ItemState.RUNNING):
            known = {"error": "WorkerStopped", "reason": Reason.TIMEOUT, "sent": "unknown"}
            self._over(item, ItemState.NEEDS_PERSON, message=text, **known)
        message = f"Given up: {self.job.crashes} workers in a row stopped without getting one item over."
        _end(self.lease, JobState.FAILED, reason=Reason.TIMEOUT, message=message, **self.progress.counts)

    def _must_stop(self) -> bool:
        return stopping.is_set() or self.progress.lost.is_set()


_verdicts = {
    Verdict.DONE: "A check shows that it took effect.",
    Verdict.RETRY: "A check shows that it can safely be done again.",
    Verdict.NEEDS_PERSON: "A person has to look at it.",
}


def _plain(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a copy as JSON stores it, without NUL (see `storable`)."""
    return json.loads(json.dumps(dict(value or {}), cls=DjangoJSONEncoder).replace("\\u0000", ""))


class _Source:
    """The items that wait, in order and in chunks; one for all lanes of a run."""

    def __init__(self, job: Job) -> None:
        self._waiting = JobItem.objects.filter(job=job, state=ItemState.PENDING).order_by("position")
        self._lock = threading.Lock()
        self._chunk: deque[JobItem] = deque()
        self._position = -1
        self._again = False

    def next(self) -> JobItem | None:
        """The next item to do, or None."""
        with self._lock:
            if not self._chunk and not self._fill() and self._again:
                self._again, self._position = False, -1
                self._fill()
            return self._chunk.popleft() if self._chunk else None

    def again(self) -> None:
        """An item went back to waiting: look from the beginning once more."""
        with self._lock:
            self._again = True

    def _fill(self) -> bool:
        self._chunk.extend(self._waiting.filter(position__gt=self._position)[:_CHUNK])
        if self._chunk:
            self._position = self._chunk[-1].position
        return bool(self._chunk)
