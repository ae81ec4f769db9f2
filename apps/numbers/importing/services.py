"""An import from upload to proof: read, checked, applied once, compared with what was read back."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.changes.models import Plan, PlanState, PlanStep, StepState
from apps.connections.models import Connection
from apps.jobs.services import submit
from apps.numbers.importing import reading
from apps.numbers.importing.checking import Checker
from apps.numbers.importing.reading import Unreadable
from apps.numbers.models import ImportPlan, ImportRow, ImportRun, ImportState, Number, RowState
from apps.numbers.services import plans, tenancy

CHECK, APPLY = "numbers.import_check", "numbers.import_apply"
PART = 500  # rows that are held at a time
OPEN = (RowState.READY, RowState.WAITING, RowState.FAILED)
_WAITING_PLAN = {PlanState.READING, PlanState.DRAFT, PlanState.UNREADABLE, PlanState.APPLYING}
_ALREADY = "AlreadySo"


_Thing = TypeVar("_Thing")


class NotPossible(Exception):
    """The import is not in a state for that; the message says so in one sentence."""


def take(name: str, content: bytes, actor: User) -> ImportRun:
    """Keep an uploaded file and begin its dry run. Raises PermissionDenied, Unreadable."""
    _allow(actor)
    form = reading.kind_of(content)
    reading.columns_of(content, form)
    with transaction.atomic():
        run = ImportRun.objects.create(name=name[:200], form=form, upload=content, created_by=actor)
        _submit(run, CHECK, f"Check {run.name}", actor, [{"key": "file", "label": run.name}])
        record("numbers.import_checked", actor=actor, target=f"import {run.public_id}", params={"file": run.name})
    return run


def check(run: ImportRun, person: User) -> int:
    """Read the file and store what each row would do; return how many rows there are. May begin anew at any time."""
    run.rows.all().delete()
    checker, count = Checker(run, person), 0
    try:
        for part in _parts(reading.rows_of(bytes(run.upload), run.form)):
            ImportRow.objects.bulk_create(checker.check(part))
            count += len(part)
        if not count:
            raise Unreadable("The file has headings and no rows.")
    except Unreadable as error:
        run.rows.all().delete()
        _move(run, ImportState.READING, ImportState.UNREADABLE, problem=str(error)[:500])
        return 0
    _move(run, ImportState.READING, ImportState.CHECKED, checked_at=timezone.now())
    return count


def apply(run: ImportRun, actor: User) -> ImportRun:
    """Start what the dry run shows. Of any number of calls one starts it; NotPossible for the others.

    Numbers go to their tenants at once; for trunk groups and status plans are drawn up, one for each target. Raises
    PermissionDenied.
    """
    _allow(actor)
    with transaction.atomic():
        targets = list(_targets(run))
        if not targets:
            raise NotPossible("There is nothing to change.")
        if not _move(run, ImportState.CHECKED, ImportState.APPLYING, applied_at=timezone.now()):
            raise NotPossible("This import is not waiting to be applied; nothing was started twice.")
        _submit(run, APPLY, f"Import {run.name}", actor, targets)
        record(
            "numbers.imported",
            actor=actor,
            target=f"import {run.public_id}",
            params={"file": run.name, "rows": run.rows.count(), "to_change": run.rows.filter(state=RowState.READY).count()},
        )
    return run


def discard(run: ImportRun, actor: User) -> ImportRun:
    """Put an import away that was not applied. Raises PermissionDenied, NotPossible."""
    _allow(actor)
    if not _move(run, ImportState.CHECKED, ImportState.DISCARDED):
        raise NotPossible("Only a dry run can be put away.")
    return run


def give(run: ImportRun, tenant: Tenant | None, actor: User) -> int:
    """Give the tenant what the rows say, of what still belongs to whom the dry run showed; return how many changed hands.

    May run again: what belongs to the tenant already stays so. Raises PermissionDenied.
    """
    unmoved = Q(from_tenant=F("number__tenant")) | Q(from_tenant=None, number__tenant=None)
    rows = run.rows.filter(unmoved, gives=True, to_tenant=tenant, state__in=OPEN)
    mine = Number.objects.visible_to(actor).filter(pk__in=rows.values("number"))
    return tenancy.assign(mine, tenant, actor=actor).changed


def plan(run: ImportRun, key: str, actor: User) -> Plan:
    """Draw up the plan of one target ("status:…" or "group:connection:id"), once. Raises as `changes.draw_up` does."""
    known = ImportPlan.objects.filter(run=run, key=key).select_related("plan").first()
    if known:
        return known.plan
    what, _, target = key.partition(":")
    mine = Number.objects.visible_to(actor)
    ready = run.rows.filter(state__in=OPEN)
    with transaction.atomic():
        if what == "status":
            rows = mine.filter(pk__in=ready.filter(to_status=target).values("number"))
            drawn = plans.set_status(rows, target, actor=actor, return_url=run.get_absolute_url())
        else:
            connection, _, group = target.partition(":")
            wanted = ready.filter(to_group=group, number__connection=int(connection))
            title = wanted.values_list("to_group_title", flat=True).first() or group
            rows = mine.filter(pk__in=wanted.values("number"))
            drawn = plans.move(
                rows,
                Connection.objects.get(pk=connection),
                {"id": group, "title": title},
                actor=actor,
                return_url=run.get_absolute_url(),
            )
        ImportPlan.objects.create(run=run, key=key, plan=drawn)
    return drawn


def applied(run: ImportRun) -> None:
    """Every target was seen to: say how the rows stand. Comes again when people retried what failed."""
    _move(run, ImportState.APPLYING, ImportState.APPLIED)
    settle(run, anew=True)


def catch_up(run: ImportRun) -> ImportRun:
    """Bring an import up to date: with a job that ended without saying so, and with what became of its plans."""
    if run.is_working and run.job and run.job.is_final:
        if run.state == ImportState.READING:
            _move(run, ImportState.READING, ImportState.UNREADABLE, problem=run.job.message or "Reading it was stopped.")
        else:
            _move(run, ImportState.APPLYING, ImportState.APPLIED)
    if run.state == ImportState.APPLIED:
        settle(run)
    return run


def settle(run: ImportRun, *, anew: bool = False) -> None:
    """Compare what the rows wanted with what was read back: done is a row whose every value is there."""
    plans_now = list(run.plans.order_by("pk").values_list("pk", "state", "finished_at"))
    standing = {pk: state for pk, state, _ in plans_now}
    mark = "; ".join(f"{pk} {state} {at}" for pk, state, at in plans_now) or "none"
    if run.settled == mark and not anew:
        return
    rows = (
        run.rows.filter(state__in=OPEN).order_by("line").select_related("number__tenant", "to_tenant").defer("number__record")
    )
    for part in _parts(rows.iterator(chunk_size=PART)):
        steps = _steps(run, part)
        found: dict[tuple[RowState, str], list[int]] = {}
        for row in part:
            verdict = _verdict(row, steps, standing)
            if verdict != (row.state, row.message):
                found.setdefault(verdict, []).append(row.pk)
        for (state, message), pks in found.items():
            ImportRow.objects.filter(pk__in=pks).update(state=state, message=message)
    ImportRun.objects.filter(pk=run.pk).update(settled=mark)
    run.settled = mark


def counts_of(run: ImportRun) -> dict[str, int]:
    """Return how many rows are in each state."""
    return dict(run.rows.order_by().values_list("state").annotate(Count("pk")))


# --- inside -----------------------------------------------------------------------------------------------


def _allow(actor: User) -> None:
    if not actor.may("numbers.import"):
        raise PermissionDenied("numbers.import")


def _move(run: ImportRun, state: ImportState, to: ImportState, **more: object) -> bool:
    """Put the import into another state if it is in `state`; the conditional update is the lock."""
    moved = ImportRun.objects.filter(pk=run.pk, state=state).update(state=to, **more)
    run.refresh_from_db(fields=["state", "problem", "checked_at", "applied_at"])
    return bool(moved)


def _submit(run: ImportRun, kind: str, title: str, actor: User, items: list[dict[str, str]]) -> None:
    run.job = submit(
        kind,
        title=title,
        actor=actor,
        params={"import": str(run.public_id)},
        items=items,
        return_url=run.get_absolute_url(),
    )
    run.save(update_fields=["job"])


def _targets(run: ImportRun) -> Iterator[dict[str, str]]:
    """Yield the items of the job: first what is this portal's alone, then a plan for each target."""
    ready = run.rows.filter(state=RowState.READY).order_by()
    given = ready.filter(gives=True).values_list("to_tenant", "to_tenant__name").annotate(Count("pk"))
    for pk, name, count in given.order_by("to_tenant__name"):
        yield {"key": f"tenant:{pk or ''}", "label": f"{name or 'No tenant'}: {_numbers(count)}"}
    groups = ready.exclude(to_group="").values_list("number__connection", "to_group", "to_group_title")
    for connection, group, title, count in groups.annotate(Count("pk")).order_by("number__connection", "to_group"):
        yield {"key": f"group:{connection}:{group}", "label": f"Plan for {title}: {_numbers(count)}"}
    states = ready.exclude(to_status="").values_list("to_status").annotate(Count("pk")).order_by("to_status")
    for status, count in states:
        yield {"key": f"status:{status}", "label": f"Plan for {status}: {_numbers(count)}"}


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count:,} numbers"


def _parts(things: Iterable[_Thing]) -> Iterator[list[_Thing]]:
    rest = iter(things)
    while part := list(islice(rest, PART)):
        yield part


_Steps = dict[tuple[str, int, str], tuple[int, str, str, str]]


def _steps(run: ImportRun, rows: list[ImportRow]) -> _Steps:
    numbers = {row.number.number for row in rows if row.number}
    found = PlanStep.objects.filter(plan__in=run.plans.all(), object_kind="number", object_ref__in=numbers)
    return {
        (number, connection, name): (plan, state, error, message)
        for number, connection, name, plan, state, error, message in found.values_list(
            "object_ref", "connection", "field", "plan", "state", "error", "message"
        )
    }


def _verdict(row: ImportRow, steps: _Steps, standing: dict[int, str]) -> tuple[RowState, str]:
    """Return how one row stands, and why it is not done."""
    number = row.number
    if number is None:
        return RowState.FAILED, "The number is not there any more."
    waiting, wrong = "", []
    if row.gives and number.tenant_id != row.to_tenant_id:
        wrong.append(f"It belongs to {number.tenant.name if number.tenant else 'no tenant'} now: it was changed meanwhile.")
    for name, wanted, now in (
        (plans.TRUNK_GROUP, row.to_group, number.trunk_group_id),
        (plans.STATUS, row.to_status, number.status),
    ):
        if not wanted:
            continue
        plan_id, state, error, message = steps.get((number.number, number.connection_id, name), (0, "", "", ""))
        if state == StepState.DONE or error == _ALREADY:
            continue
        if standing.get(plan_id) in _WAITING_PLAN:
            waiting = f"{name}: its plan waits for you."
        elif standing.get(plan_id) == PlanState.DISCARDED:
            wrong.append(f"{name}: its plan was put away.")
        elif now != wanted:
            wrong.append(f"{name}: {message or 'no plan was drawn up.'}")
    if wrong:
        return RowState.FAILED, " ".join(wrong)[:500]
    return (RowState.WAITING, waiting) if waiting else (RowState.DONE, "")
