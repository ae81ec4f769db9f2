"""The life of a plan: drawn up, read, shown, applied once, tried again, undone."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.acting import acting
from apps.accounts.models import User
from apps.audit.services import HERE, record
from apps.changes import approvals
from apps.changes.approvals.plans import PlanApproval, leave_of
from apps.changes.errors import NeedsApproval, NotPossible
from apps.changes.models import Approval, Plan, PlanState, PlanStep, Reversal, StepState
from apps.changes.registry import Draft, PlanKind, going_of, kind_of, kinds
from apps.connections.models import Connection
from apps.jobs import services as jobs
from apps.jobs.models import Job

MOST_STEPS = 20_000
_BATCH = 1000
AFRESH = frozenset({PlanState.PARTIAL, PlanState.FAILED, PlanState.UNKNOWN})
# Why a step was left alone, kept in its `error`.
ALREADY, MOVED, GONE, OBSTACLE, STOPPED = "AlreadySo", "Moved", "Gone", "Obstacle", "Stopped"
RETRYABLE = Q(state__in=[StepState.FAILED, StepState.UNKNOWN, StepState.PENDING, StepState.SENDING]) | Q(
    state=StepState.SKIPPED, error=STOPPED
)


class TooMany(NotPossible):
    """More things than one plan holds."""


def draw_up(
    kind: str,
    drafts: Iterable[Draft],
    *,
    title: str,
    actor: User,
    params: Mapping[str, object] | None = None,
    at_once: bool = False,
    return_url: str = "",
    ticket: str = "",
    undo_of: Plan | None = None,
) -> Plan:
    """Store a plan and have its things read at the vendor; the plan becomes a draft when that is done.

    With `at_once` (for one small step that can be undone) it is applied without asking, against the value the
    person saw. Raises PermissionDenied, TooMany, and NotPossible when there is nothing to change.
    """
    plan_kind = kinds[kind]
    _allow(plan_kind, actor)
    # Gathered before the transaction: on SQLite nobody else writes while it is open.
    batches = list(_batches(drafts, plan_kind.chunk))
    if not batches:
        raise NotPossible("There is nothing to change.")
    with transaction.atomic():
        plan = Plan.objects.create(
            kind=kind,
            title=title[:200],
            params=dict(params or {}),
            created_by=actor,
            at_once=at_once,
            return_url=return_url,
            ticket=ticket or acting().ticket,
            undo_of=undo_of,
            state=PlanState.APPLYING if at_once else PlanState.READING,
        )
        _store_steps(plan, plan_kind, batches)
        if at_once and PlanApproval.wanted(plan):
            # Not without being looked at: it becomes a draft like any other.
            at_once = plan.at_once = False
            plan.state = PlanState.READING
            plan.save(update_fields=["at_once", "state"])
        if at_once:
            _go(plan, actor)
        else:
            _read(plan)
    return plan


def read_again(plan: Plan, actor: User) -> Plan:
    """Read the things of a plan anew, before it is applied. Raises PermissionDenied, NotPossible."""
    _allow(kind_of(plan), actor)
    with transaction.atomic():
        _move(plan, {PlanState.DRAFT, PlanState.UNREADABLE}, PlanState.READING, problem=None)
        plan.steps.update(state=StepState.PENDING, message="", error="", finished_at=None)
        _read(plan)
    return plan


def apply(plan: Plan, actor: User) -> Plan:
    """Start what the plan says. Of any number of calls one starts it; NotPossible for the others.

    Whether the brake's count was typed is for the form to see. Raises PermissionDenied, and NeedsApproval when a rule wants a
    second person and nobody has approved exactly this.
    """
    _allow(kind_of(plan), actor)
    with _as_stored(plan), transaction.atomic():
        _move(plan, {PlanState.DRAFT}, PlanState.APPLYING)
        approvals.clear(PlanApproval, plan, actor, used_for=leave_of(plan))
        _go(plan, actor)
    return plan


def ask_approval(plan: Plan, actor: User, reason: str) -> Approval:
    """Ask for the second person that the plan needs. Raises PermissionDenied, NotPossible."""
    return approvals.ask(PlanApproval, plan, actor, reason)


def discard(plan: Plan, actor: User) -> Plan:
    """Put a plan away that was not applied. Raises PermissionDenied, NotPossible."""
    _allow(kind_of(plan), actor)
    with transaction.atomic():
        _move(plan, {PlanState.DRAFT, PlanState.UNREADABLE}, PlanState.DISCARDED, finished_at=timezone.now())
        _record("plan.discarded", plan, actor)
    return plan


def retry(plan: Plan, actor: User) -> Plan:
    """Send what failed, was cut off or is not certain again, and that alone; each is read before it is sent.

    Raises PermissionDenied, NotPossible when nothing is left to do or it is being done already, and NeedsApproval when a rule
    that came later wants a second person.
    """
    _allow(kind_of(plan), actor)
    with _as_stored(plan), transaction.atomic():
        left = plan.steps.filter(RETRYABLE)
        if not left.exists():
            raise NotPossible("There is nothing left to try again.")
        _move(plan, AFRESH, PlanState.APPLYING, finished_at=None)
        _may_go_on(plan)
        # What may have been sent keeps its state: it is looked at before it is sent again.
        left.exclude(state__in=[StepState.SENDING, StepState.UNKNOWN]).update(
            state=StepState.PENDING, message="", error="", sent="", finished_at=None
        )
        _go(plan, actor, again=True)
    return plan


def undo(plan: Plan, actor: User) -> Plan:
    """Draw up the plan that takes back what this one did. Raises as `draw_up` does."""
    kind = kind_of(plan)
    done = plan.steps.filter(state=StepState.DONE, reversal=Reversal.REVERSIBLE).exclude(error=ALREADY)
    steps = done.select_related("connection").order_by("position")
    drafts = (draft for step in steps.iterator(chunk_size=_BATCH) if (draft := kind.undo(step)))
    return draw_up(
        plan.kind,
        drafts,
        title=f"Undo: {plan.title}",
        actor=actor,
        params={"undo": True},
        at_once=plan.at_once,
        return_url=plan.return_url,
        ticket=plan.ticket,
        undo_of=plan,
    )


def anew(plan: Plan, actor: User) -> Plan:
    """Draw up a new plan for the things that had moved when this one came to them. Raises as `draw_up` does."""
    moved = plan.steps.filter(state=StepState.SKIPPED, error=MOVED).select_related("connection").order_by("position")
    drafts = (
        Draft(
            connection=step.connection,
            object_ref=step.object_ref,
            label=step.label,
            field=step.field,
            now=step.now,
            now_label=step.now_label,
            after=step.after,
            after_label=step.after_label,
            params=step.params,
        )
        for step in moved
    )
    return draw_up(
        plan.kind,
        drafts,
        title=plan.title,
        actor=actor,
        params=plan.params,
        return_url=plan.return_url,
        ticket=plan.ticket,
    )


def wait_for(plan: Plan, seconds: float) -> Plan:
    """Give a worker a moment, so that a quick change shows its result at once; return the plan as it is then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (plan.is_working or (plan.job and not plan.job.is_final)):
        time.sleep(0.05)
        plan.refresh_from_db()
    return plan


def catch_up(plan: Plan) -> Plan:
    """Settle a plan whose job ended without saying so (stopped by a fault, or cancelled before it began)."""
    if plan.is_working and plan.job and plan.job.is_final:
        conclude(plan) if plan.state == PlanState.APPLYING else unreadable(plan, None)
        plan.refresh_from_db()
    return plan


def ready(plan: Plan) -> None:
    """Everything was asked: make the plan a draft, with the brake it needs, unless something could not be read."""
    going = going_of(plan)
    typed, brake = kind_of(plan).brake(plan, going) if going else ("", "")
    Plan.objects.filter(pk=plan.pk, state=PlanState.READING).update(
        state=PlanState.DRAFT, read_at=timezone.now(), typed=typed, brake=brake, problem=None
    )


def unreadable(plan: Plan, problem: Mapping[str, object] | None) -> None:
    """The vendor could not be asked: say why; nothing can be applied."""
    Plan.objects.filter(pk=plan.pk, state=PlanState.READING).update(
        state=PlanState.UNREADABLE, problem=dict(problem) if problem else None
    )


def conclude(plan: Plan) -> None:
    """Say how an applied plan ended, from its steps: what was not begun is left alone, what was cut off is unknown."""
    now = timezone.now()
    plan.steps.filter(state=StepState.PENDING).update(
        state=StepState.SKIPPED, error=STOPPED, message="Not begun: it was stopped before.", finished_at=now
    )
    plan.steps.filter(state=StepState.SENDING).update(
        state=StepState.UNKNOWN, message="Cut off while it was sent.", finished_at=now
    )
    counts = counts_of(plan)
    state = _ended(counts)
    if Plan.objects.filter(pk=plan.pk, state=PlanState.APPLYING).update(state=state, finished_at=now):
        plan.state, plan.finished_at = state, now
        kind_of(plan).finished(plan)
        _record("plan.finished", plan, plan.applied_by, outcome=_outcome(state), after=counts)


def resume(plan: Plan) -> bool:
    """Before a batch runs: whether the plan is being applied, or may be again because people retried its job.

    Raises NeedsApproval when it may not be taken up again without a second person.
    """
    with transaction.atomic():
        open_again = Plan.objects.filter(pk=plan.pk, state__in=AFRESH).update(state=PlanState.APPLYING, finished_at=None)
        if open_again:
            _may_go_on(plan)
    return bool(open_again) or Plan.objects.filter(pk=plan.pk, state=PlanState.APPLYING).exists()


def counts_of(plan: Plan) -> dict[str, int]:
    """Return how many steps are in each state, those that were so already counted by themselves."""
    rows = plan.steps.order_by().values_list("state", "error").annotate(Count("pk"))
    counts: dict[str, int] = {}
    for state, error, number in rows:
        key = "already" if error == ALREADY else state
        counts[key] = counts.get(key, 0) + number
    return counts


def told(plan: Plan, counts: Mapping[str, int]) -> str:
    """Say how it stands in one sentence: "197 of 200 numbers changed, 2 failed, 1 left alone."."""
    one, many = kind_of(plan).noun
    total = sum(counts.values())
    noun = one if total == 1 else many
    done = counts.get("done", 0)
    if done == total:
        return f"{one.capitalize()} changed." if total == 1 else f"All {total:,} {noun} changed."
    parts = [f"{done:,} of {total:,} {noun} changed"]
    words = (("failed", "failed"), ("unknown", "not certain"), ("already", "so already"), ("skipped", "left alone"))
    parts += [f"{counts[key]:,} {word}" for key, word in words if counts.get(key)]
    return ", ".join(parts) + "."


def plans_of(object_kind: str, object_ref: str, connection: Connection, limit: int = 20) -> list[PlanStep]:
    """Return the newest steps of applied plans that concern one thing, each with its plan and the people of it."""
    steps = PlanStep.objects.filter(object_ref=object_ref, object_kind=object_kind, connection=connection)
    shown = steps.filter(plan__applied_at__isnull=False).select_related("plan", "plan__created_by", "plan__applied_by")
    return list(shown.order_by("-pk")[:limit])


# --- inside -----------------------------------------------------------------------------------------------


@contextmanager
def _as_stored(plan: Plan) -> Iterator[None]:
    """Leave the plan in memory as it is stored, when what was done to it is taken back for want of a second person."""
    try:
        yield
    except NeedsApproval:
        plan.refresh_from_db()
        raise


def _may_go_on(plan: Plan) -> None:
    """Raise NeedsApproval for a plan that was applied before a rule asked for a second person, and is taken up again.

    One that was approved goes on with what was approved: its steps are the same, and each is done once.
    """
    reasons = PlanApproval.wanted(plan, left=RETRYABLE)
    if reasons and not approvals.was_cleared(PlanApproval, plan, leave_of(plan)):
        raise NeedsApproval(reasons, "Draw up a new plan for what is left.")


def _allow(kind: PlanKind, actor: User) -> None:
    if not actor.may(kind.permission):
        raise PermissionDenied(kind.permission)


def _move(plan: Plan, states: Iterable[PlanState], to: PlanState, **changes: object) -> None:
    """Put the plan into another state if it is in one of `states`; the conditional update is the lock."""
    if not Plan.objects.filter(pk=plan.pk, state__in=states).update(state=to, **changes):
        plan.refresh_from_db()
        raise NotPossible(_why_not(plan))
    plan.refresh_from_db()


def _why_not(plan: Plan) -> str:
    if plan.state == PlanState.APPLYING:
        return "This plan is being applied already; nothing was started twice."
    if plan.is_final:
        return "This plan is over already; nothing was started again."
    return "This plan is still being read. Wait until its values are there."


def _store_steps(plan: Plan, kind: PlanKind, batches: Sequence[Sequence[Draft]]) -> None:
    """Store the steps in the order they are sent; a batch is what fits into one call."""
    drafts = ((batch, draft) for batch, group in enumerate(batches) for draft in group)
    rows = [_step(plan, kind, draft, position, batch) for position, (batch, draft) in enumerate(drafts)]
    PlanStep.objects.bulk_create(rows, batch_size=_BATCH)


def _batches(drafts: Iterable[Draft], size: int) -> Iterator[list[Draft]]:
    found: dict[tuple[int, str, str], Draft] = {}
    for draft in drafts:
        found[(draft.connection.pk, _key(draft), draft.object_ref)] = draft
        if len(found) > MOST_STEPS:
            raise TooMany(f"One plan takes at most {MOST_STEPS:,} at a time. Narrow the filter, or do it in parts.")
    ordered = sorted(found.items(), key=lambda pair: pair[0])
    for _, group in groupby(ordered, key=lambda pair: pair[0][:2]):
        same = [draft for _, draft in group]
        yield from (same[at : at + size] for at in range(0, len(same), size))


def _key(draft: Draft) -> str:
    return json.dumps(draft.params, sort_keys=True, default=str)


def _step(plan: Plan, kind: PlanKind, draft: Draft, position: int, batch: int) -> PlanStep:
    return PlanStep(
        plan=plan,
        position=position,
        batch=batch,
        connection=draft.connection,
        operation=kind.operation,
        params=dict(draft.params),
        object_kind=kind.object_kind,
        object_ref=draft.object_ref,
        label=draft.label,
        field=draft.field,
        now=draft.now,
        now_label=draft.now_label or draft.now,
        after=draft.after,
        after_label=draft.after_label or draft.after,
        reversal=kind.reversal,
    )


def _read(plan: Plan) -> None:
    """Submit the job that reads the live values; in the portal's own name, so that nobody is told of its end."""
    connections = Connection.objects.filter(plan_steps__plan=plan).distinct()
    items = [{"key": str(one.pk), "label": f"Read what {one.name} holds"} for one in connections]
    plan.job = _submit("changes.read", f"Read: {plan.title}", plan, None, items)
    plan.save(update_fields=["job"])


def _go(plan: Plan, actor: User, *, again: bool = False) -> None:
    """Submit the job that sends the plan's open batches, and record who let it go."""
    left = plan.steps.filter(RETRYABLE)
    batches = dict(left.order_by("batch").values_list("batch").annotate(Count("pk")))
    if not batches:
        raise NotPossible("There is nothing to change.")
    first = dict(left.order_by("-position").values_list("batch", "label"))
    noun = kind_of(plan).noun
    items = [{"key": str(batch), "label": _batch_label(first[batch], count, noun)} for batch, count in batches.items()]
    plan.job = _submit("changes.apply", plan.title, plan, actor, items)
    if not again:
        plan.applied_by, plan.applied_at = actor, timezone.now()
    plan.save(update_fields=["job", "applied_by", "applied_at"])
    _record("plan.retried" if again else "plan.applied", plan, actor, steps=sum(batches.values()))


def _batch_label(first: str, count: int, noun: tuple[str, str]) -> str:
    return first if count == 1 else f"{first} and {count - 1:,} more {noun[1] if count > 2 else noun[0]}"


def _submit(kind: str, title: str, plan: Plan, actor: User | None, items: list[dict[str, str]]) -> Job:
    connections = list(Connection.objects.filter(plan_steps__plan=plan).distinct()[:2])
    return jobs.submit(
        kind,
        title=title,
        actor=actor,
        connection=connections[0] if len(connections) == 1 else None,
        params={"plan": str(plan.public_id), "plan_kind": plan.kind},
        items=items,
        return_url=plan.get_absolute_url(),
    )


def _ended(counts: Mapping[str, int]) -> PlanState:
    if counts.get("unknown"):
        return PlanState.UNKNOWN
    if not (counts.get("failed") or counts.get("skipped")):
        return PlanState.DONE
    return PlanState.PARTIAL if counts.get("done") else PlanState.FAILED


def _outcome(state: PlanState) -> str:
    return {PlanState.DONE: "ok", PlanState.PARTIAL: "partial", PlanState.UNKNOWN: "unknown"}.get(state, "failed")


def _record(action: str, plan: Plan, actor: User | None, *, outcome: str = "ok", after: object = None, **more: object) -> None:
    record(
        action,
        actor=actor,
        target=f"plan {plan.public_id}",
        tenant=kind_of(plan).tenant_of(plan.steps.all()) or HERE,
        ticket=plan.ticket,
        params={"kind": plan.kind, "title": plan.title, **plan.params, **more},
        outcome=outcome,
        after=after,
    )
