"""What the plan page shows."""

from typing import Any

from django.db.models import Count

from apps.accounts.models import User
from apps.changes.models import Plan, PlanState, PlanStep, Reversal, StepState
from apps.changes.registry import kind_of
from apps.changes.services import counts_of, told
from apps.changes.services.plans import AFRESH, ALREADY, MOVED, RETRYABLE
from apps.ui.paging import keyset_page

PAGE = 50
_LEFT_ALONE = 20


def subject(plan: Plan, count: int) -> str:
    """Return what `count` of the plan's things are called: the one by its name, more by their number."""
    one, many = kind_of(plan).noun
    if count == 1:
        step = plan.steps.exclude(state=StepState.SKIPPED).first() or plan.steps.first()
        return step.label if step else f"1 {one}"
    return f"{count:,} {many}"


def shown(plan: Plan, person: User, cursor: str = "") -> dict[str, Any]:
    """Return the context of the plan page, whatever state the plan is in."""
    kind = kind_of(plan)
    counts = counts_of(plan)
    may = person.may(kind.permission)
    context: dict[str, Any] = {
        "plan": plan,
        "kind": kind,
        "counts": counts,
        "total": sum(counts.values()),
        "may": may,
        "may_audit": person.may("audit.view"),
        "working": plan.is_moving,
        "panel": kind.panel(plan, person),
    }
    if plan.state == PlanState.DRAFT:
        return context | _draft(plan, counts)
    return context | _applied(plan, counts, may, cursor)


def _draft(plan: Plan, counts: dict[str, int]) -> dict[str, Any]:
    kind = kind_of(plan)
    going = plan.steps.filter(state=StepState.PENDING).select_related("connection")
    count = counts.get(StepState.PENDING, 0)
    groups = _groups(plan)
    alone = plan.steps.filter(state=StepState.SKIPPED).exclude(error=ALREADY)
    return {
        "steps": _rows(plan, going.order_by("position")[:PAGE]),
        "more": max(count - PAGE, 0),
        "going": count,
        "button": kind.act(plan, subject(plan, count)),
        "danger": kind.reversal == Reversal.ONE_WAY,
        "read_at": plan.read_at,
        "groups": groups if len(groups) > 1 or count > PAGE else [],
        "alone": list(alone.order_by("position")[:_LEFT_ALONE]),
        "alone_more": max(counts.get(StepState.SKIPPED, 0) - _LEFT_ALONE, 0),
    }


def _applied(plan: Plan, counts: dict[str, int], may: bool, cursor: str) -> dict[str, Any]:
    page = keyset_page(plan.steps.select_related("connection"), ("rank", "position"), cursor, PAGE)
    over = plan.state in AFRESH or plan.state == PlanState.DONE
    moved = plan.steps.filter(error=MOVED).count() if over else 0
    undoable = over and counts.get(StepState.DONE) and not plan.undone_by.exclude(state=PlanState.DISCARDED).exists()
    return {
        "page": page,
        "steps": _rows(plan, page.rows),
        "told": told(plan, counts),
        "settled": sum(counts.get(key, 0) for key in (StepState.DONE, StepState.SKIPPED, "already")),
        "failed": counts.get(StepState.FAILED, 0) + counts.get(StepState.UNKNOWN, 0),
        "retry": plan.steps.filter(RETRYABLE).count() if may and plan.state in AFRESH else 0,
        "moved": moved if may else 0,
        "undo": bool(may and undoable and not plan.undo_of_id and kind_of(plan).reversal == Reversal.REVERSIBLE),
    }


def _rows(plan: Plan, steps: Any) -> list[PlanStep]:
    """Return the steps with the address of their thing; while the plan is a draft their state says nothing."""
    kind, rows = kind_of(plan), list(steps)
    notes = kind.notes(rows)
    for step in rows:
        step.url, step.note = kind.url(step), notes.get(step.object_ref, "")
        if plan.state == PlanState.DRAFT:
            step.state = ""
    return rows


def _groups(plan: Plan) -> list[dict[str, Any]]:
    """Return what the pending steps have in common: so many things from this value to that one."""
    pending = plan.steps.filter(state=StepState.PENDING).order_by()
    groups = pending.values("field", "now_label", "after_label", "connection__name").annotate(count=Count("pk"))
    return list(groups.order_by("-count", "now_label")[:8])
