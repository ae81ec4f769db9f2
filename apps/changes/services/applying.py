"""Carrying a plan out: look, send, look again. What the vendor's list says afterwards decides, not its reply.

Every step is compared with the live value before it is sent; one that moved since the plan was read is reported and
left alone. Running a batch a second time is safe: what may have been sent is looked at first.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from apps.accounts.acting import under
from apps.accounts.models import User
from apps.changes.models import Plan, PlanStep, Reversal, StepState
from apps.changes.registry import PlanKind, Reading, kind_of
from apps.changes.services import plans
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation, Exchange
from apps.vendors.core.operation import Effect

FRESH_SECONDS = 20.0  # a reading this young serves the next batch too
MOST_SPLITS = 40  # calls spent on finding which numbers of one batch the vendor will not take
_CHUNK = 500
# A refusal for one of these reasons is not about one of the things in the call.
_GENERAL = (errors.AuthFailed, errors.Forbidden, errors.InsufficientFunds, errors.RateLimited)

Verdict = tuple[StepState, str, str, str, str]  # state, message, error, sent, exchange id


@dataclass
class Memory:
    """What one run of a job has read lately, so that the look after one batch is the look before the next."""

    kept: dict[int, tuple[float, Reading | None]] = field(default_factory=dict)

    def recall(self, connection: Connection, steps: Sequence[PlanStep]) -> Reading | None:
        """Return a reading young enough that covers these things, or None."""
        at, reading = self.kept.get(connection.pk, (0.0, None))
        if reading is None or time.monotonic() - at > FRESH_SECONDS:
            return None
        return reading if all(step.object_ref in reading.things for step in steps) else None

    def store(self, connection: Connection, reading: Reading) -> None:
        self.kept[connection.pk] = (time.monotonic(), reading)


class _Ear:
    """Hears the exchanges of a client and remembers the last one that was more than a question."""

    exchange_id = ""

    def __call__(self, exchange: Exchange) -> None:
        if exchange.effect is not Effect.READ:
            self.exchange_id = exchange.id


def read_connection(plan: Plan, connection: Connection, actor: User | None) -> int:
    """Put what the vendor holds now into the plan's steps on one connection; return how many are left to change.

    Raises VendorError when the vendor cannot be asked.
    """
    kind = kind_of(plan)
    waiting = plan.steps.filter(connection=connection, state=StepState.PENDING)
    steps = list(waiting.select_related("connection"))
    client = client_for(connection, actor=actor, ticket=plan.ticket)
    found = kind.read(client, connection, steps)
    kind.keep(connection, steps, found, None)
    verdicts, moved = {}, []
    for step in steps:
        if verdict := _nothing_to_do(kind, step, found):
            verdicts[step.pk] = verdict
        value, label = _live(step, found)
        if step.object_ref in found.things and step.now != value:
            step.now, step.now_label = value, label
            moved.append(step)
    PlanStep.objects.bulk_update(moved, ["now", "now_label"], batch_size=_CHUNK)
    _store(verdicts)
    return len(steps) - len(verdicts)


def run_batch(plan: Plan, batch: int, actor: User | None, memory: Memory) -> dict[str, int]:
    """Do what is open in one batch and return how many steps ended in which state.

    Raises VendorError when the vendor could not be asked before anything was sent; the steps say so too.
    """
    kind = kind_of(plan)
    open_ = plan.steps.filter(batch=batch).exclude(state__in=[StepState.DONE, StepState.SKIPPED])
    steps = list(open_.order_by("position"))
    if steps:
        # Fresh: it may have been disabled or given a new address since the last batch.
        connection = Connection.objects.get(pk=steps[0].connection_id)
        with under(tenant=kind.tenant_of(plan.steps.filter(batch=batch)), ticket=plan.ticket):
            _Batch(plan, kind, connection, actor, memory).run(steps)
    states = [step.state for step in plan.steps.filter(batch=batch).only("state")]
    return {state: states.count(state) for state in set(states)}


@dataclass
class _Batch:
    """One call's worth of steps, on one connection and with the same parameters."""

    plan: Plan
    kind: PlanKind
    connection: Connection
    actor: User | None
    memory: Memory
    ear: _Ear = field(default_factory=_Ear)
    splits: int = 0

    def run(self, steps: list[PlanStep]) -> None:
        try:
            client = client_for(self.connection, actor=self.actor, ticket=self.plan.ticket, also=self.ear)
            found = self.memory.recall(self.connection, steps) or self._look(client, steps)
        except errors.VendorError as error:
            self._unlooked(steps, error)
            raise
        going = self._judge(steps, found)
        if not going:
            return
        # Committed before the first byte: a worker that dies from here on leaves steps that are looked at again.
        PlanStep.objects.filter(pk__in=[step.pk for step in going]).update(state=StepState.SENDING)
        replies = self._send(client, going)
        self._look_back(client, going, replies)

    def _look(self, client: Client, steps: Sequence[PlanStep], *, changed: bool = False) -> Reading:
        found = self.kind.read(client, self.connection, steps)
        self.memory.store(self.connection, found)
        self.kind.keep(self.connection, steps, found, self.plan if changed else None)
        return found

    def _unlooked(self, steps: Iterable[PlanStep], error: errors.VendorError) -> None:
        """The vendor cannot be asked: nothing is sent, and what may have been sent stays uncertain."""
        verdicts: dict[int, Verdict] = {}
        for step in steps:
            if step.state in {StepState.SENDING, StepState.UNKNOWN}:
                text = f"It may have been sent, and could not be looked at: {error.user_message}"
                verdicts[step.pk] = (StepState.UNKNOWN, text, type(error).__name__, "unknown", step.exchange_id)
            else:
                text = f"Not sent: {error.user_message}"
                verdicts[step.pk] = (StepState.FAILED, text, type(error).__name__, "no", "")
        _store(verdicts)

    def _judge(self, steps: Iterable[PlanStep], found: Reading) -> list[PlanStep]:
        """Settle what needs no call, and return the steps that are to be sent."""
        verdicts: dict[int, Verdict] = {}
        going = []
        for step in steps:
            begun = step.state in {StepState.SENDING, StepState.UNKNOWN}
            verdict = _nothing_to_do(self.kind, step, found)
            if begun and verdict and verdict[2] == plans.ALREADY:
                verdict = (StepState.DONE, "The reply was lost; the vendor's list shows it.", "", "yes", step.exchange_id)
            elif not verdict and _live(step, found)[0] != step.now:
                verdict = (StepState.SKIPPED, _moved(step, found), plans.MOVED, "no", "")
            elif not verdict and begun and step.reversal == Reversal.ONE_WAY:
                # Never a second time by itself: a person looks at this and tries again.
                verdict = (StepState.FAILED, "It was cut off; the vendor's list shows no change.", "", "unknown", "")
            if verdict:
                verdicts[step.pk] = verdict
            else:
                going.append(step)
        _store(verdicts)
        return going

    def _send(self, client: Client, steps: Sequence[PlanStep]) -> dict[int, tuple[errors.VendorError | None, str]]:
        """Send one call; if the vendor refuses some of its things, find them by halves. Error and exchange by step."""
        error: errors.VendorError | None = None
        try:
            self.kind.send(client, steps, Confirmation("plan", str(self.plan.public_id)))
        except errors.VendorError as caught:
            error = caught
        if error and len(steps) > 1 and self._about_one(error) and self.splits < MOST_SPLITS:
            self.splits += 2
            middle = len(steps) // 2
            return self._send(client, steps[:middle]) | self._send(client, steps[middle:])
        return {step.pk: (error, self.ear.exchange_id) for step in steps}

    def _about_one(self, error: errors.VendorError) -> bool:
        """Whether a refusal may be about one of several things, so that the others can go without it."""
        named = getattr(error, "fields", {})
        if named and self.kind.object_param not in named:
            return False
        return isinstance(error, errors.Refused) and not isinstance(error, _GENERAL)

    def _look_back(
        self,
        client: Client,
        steps: list[PlanStep],
        replies: dict[int, tuple[errors.VendorError | None, str]],
    ) -> None:
        """Compare each step with what the vendor holds after the call."""
        try:
            found: Reading | None = self._look(client, steps, changed=True)
        except errors.VendorError:
            found = None
        verdicts = {}
        for step in steps:
            error, exchange = replies[step.pk]
            verdicts[step.pk] = _after(step, error, exchange, found)
        _store(verdicts)


def _nothing_to_do(kind: PlanKind, step: PlanStep, found: Reading) -> Verdict | None:
    """Return why a step needs no call: the thing is gone, is so already, or cannot be changed."""
    seen = found.things.get(step.object_ref)
    if seen is None:
        return StepState.SKIPPED, "The vendor does not list it any more.", plans.GONE, "no", ""
    if _live(step, found)[0] == step.after:
        return StepState.SKIPPED, "It is so already.", plans.ALREADY, "no", ""
    if obstacle := kind.obstacle(step, seen):
        return StepState.SKIPPED, obstacle, plans.OBSTACLE, "no", ""
    return None


def _after(step: PlanStep, error: errors.VendorError | None, exchange: str, found: Reading | None) -> Verdict:
    """Say what became of a step that was sent, from the reply and from what the vendor holds now."""
    name = type(error).__name__ if error else ""
    sent = error.sent if error else "yes"
    if found is None:
        if error and (error.sent == "no" or isinstance(error, errors.Refused)):
            return StepState.FAILED, error.user_message, name, sent, exchange
        text = error.user_message if error else "The vendor said yes, but could not be asked to show it."
        return StepState.UNKNOWN, text, name, "unknown", exchange
    value, label = _live(step, found)
    if value == step.after:
        text = "The reply was lost; the vendor's list shows it." if sent == "unknown" else ""
        return StepState.DONE, text, "", "yes", exchange
    if error and sent == "unknown":
        return StepState.FAILED, "The reply was lost; the vendor's list shows no change.", name, sent, exchange
    if error:
        return StepState.FAILED, error.user_message, name, sent, exchange
    shown = f"still shows {label or 'nothing'}" if value == step.now else f"shows {label or 'nothing'}"
    return StepState.FAILED, f"The vendor said yes, but its list {shown}.", "NotChanged", "yes", exchange


def _live(step: PlanStep, found: Reading) -> tuple[str, str]:
    seen = found.things.get(step.object_ref)
    if seen is None:
        return "", ""
    value = seen.values.get(step.field, "")
    return value, seen.labels.get(step.field, value)


def _moved(step: PlanStep, found: Reading) -> str:
    return f"It moved: {step.now_label or 'nothing'} when the plan was read, {_live(step, found)[1] or 'nothing'} now."


def _store(verdicts: dict[int, Verdict]) -> None:
    """Store outcomes, one update for all steps that share one."""
    alike: defaultdict[Verdict, list[int]] = defaultdict(list)
    for pk, verdict in verdicts.items():
        alike[verdict].append(pk)
    now = timezone.now()
    for (state, message, error, sent, exchange), pks in alike.items():
        for at in range(0, len(pks), _CHUNK):
            PlanStep.objects.filter(pk__in=pks[at : at + _CHUNK]).update(
                state=state, message=message[:500], error=error, sent=sent, exchange_id=exchange, finished_at=now
            )
