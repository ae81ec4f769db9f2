"""Changing numbers: plans for the trunk group, for active and inactive, and for giving numbers back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.changes.models import Plan, PlanStep, Reversal, StepState
from apps.changes.registry import Draft, PlanKind, Reading, Seen, Touch, register
from apps.changes.services import draw_up
from apps.connections.models import Connection
from apps.numbers.emergency import guard
from apps.numbers.models import InventoryRead, Number, Sighting
from apps.numbers.services.inventory import recount
from apps.numbers.services.live import Held, read_some
from apps.numbers.services.storing import Source, store
from apps.ui.formatting import phone, status_word
from apps.ui.frame import Panel
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.numbers import ACTIVE, CANCELLED, INACTIVE, NumberInventory

# What is compared before and after; a trunk group that cannot be told by id is compared by what the carrier shows.
TRUNK_GROUP, STATUS = "Trunk group", "Status"


def _trunk_group(group_id: str, shown: str) -> str:
    return group_id or shown


class NumberPlan(PlanKind):
    """What all changes of numbers share."""

    view_permission = "numbers.carrier"
    object_kind = "number"
    object_param = "numbers"
    noun = ("number", "numbers")
    area = "Numbers"
    operation = "numbers.change"
    permission = "numbers.change"
    gives_up: ClassVar[Q | None] = None  # the steps that take a number out of service: not without a look at 911

    def against(self, plan: Plan) -> dict[str, list[str]]:
        """Return what stands against giving up the plan's numbers on account of 911, by number."""
        return self._against(plan.steps.all())

    def touched(self, steps: QuerySet[PlanStep]) -> frozenset[Touch]:
        return super().touched(steps) | (frozenset({Touch.EMERGENCY}) if self._against(steps) else frozenset())

    def _against(self, steps: QuerySet[PlanStep]) -> dict[str, list[str]]:
        return {} if self.gives_up is None else guard.reasons_for(steps.filter(self.gives_up).values("object_ref"))

    def notes(self, steps: Sequence[PlanStep]) -> Mapping[str, str]:
        if self.gives_up is None:
            return {}
        reasons = guard.reasons_for([step.object_ref for step in steps])
        return {number: f"911: {'; '.join(told)}." for number, told in reasons.items()}

    def panel(self, plan: Plan, person: User) -> Panel | None:
        return guard.panel(plan, person) if self.gives_up is not None else None

    def read(self, client: Client, connection: Connection, steps: Sequence[PlanStep]) -> Reading:
        began = timezone.now()
        targets = {str(step.params.get("trunk_group_id", "")) for step in steps}
        held = read_some(client, connection, [step.object_ref for step in steps], trunk_group_ids=targets)
        # Of the whole plan, for the next call may look at this reading too.
        against = guard.hindrances(steps[0].plan, self.against(steps[0].plan)) if steps else {}
        return Reading({number: _seen(one, against.get(number, "")) for number, one in held.items()}, began)

    def keep(self, connection: Connection, steps: Sequence[PlanStep], found: Reading, plan: Plan | None) -> None:
        held = [seen.record for step in steps if (seen := found.things.get(step.object_ref)) and seen.record is not None]
        source = Source(Sighting.PLAN, plan.applied_by, str(plan.public_id)) if plan else Source()
        store(connection, held, read_from=found.began, source=source)

    def obstacle(self, step: PlanStep, seen: Seen) -> str:
        if seen.values[STATUS] == CANCELLED:
            return "It is cancelled: the carrier takes no changes to it."
        return super().obstacle(step, seen)

    def set_size(self, connection: Connection) -> int:
        kept = InventoryRead.objects.filter(connection=connection).first()
        return kept.total if kept else 0

    def url(self, step: PlanStep) -> str:
        return reverse("numbers:detail", args=[step.object_ref])

    def tenant_of(self, steps: QuerySet[PlanStep]) -> Tenant | None:
        rows = Number.objects.filter(connection__in=steps.values("connection"), number__in=steps.values("object_ref"))
        found = list(rows.order_by().values_list("tenant", flat=True).distinct()[:2])
        return Tenant.objects.filter(pk=found[0]).first() if len(found) == 1 else None

    def finished(self, plan: Plan) -> None:
        for connection in Connection.objects.filter(plan_steps__plan=plan).distinct():
            recount(connection)


@register
class ChangeTrunkGroup(NumberPlan):
    """Point numbers at a trunk group."""

    key = "numbers.trunk_group"
    title = "Change trunk group"
    verb = "Move"

    def act(self, plan: Plan, subject: str) -> str:
        return f"Move {subject} {'back' if plan.undo_of_id else 'to ' + plan.params['trunk_group']}"

    def send(self, client: Client, steps: Sequence[PlanStep], confirmation: Confirmation) -> None:
        numbers = [step.object_ref for step in steps]
        client.capability(NumberInventory).change(numbers, trunk_group_id=steps[0].params["trunk_group_id"])

    def undo(self, step: PlanStep) -> Draft | None:
        # Back to a group we know by its id; to what the carrier merely shows there is no call.
        kept = InventoryRead.objects.filter(connection=step.connection).first()
        known = {group["id"] for group in kept.trunk_groups} if kept else set()
        if step.now not in known:
            return None
        return _reversed(step, {"trunk_group_id": step.now})


@register
class ChangeStatus(NumberPlan):
    """Make numbers active or inactive."""

    key = "numbers.status"
    title = "Change status"
    verb = "Change"
    gives_up: ClassVar[Q | None] = Q(after=INACTIVE)

    def act(self, plan: Plan, subject: str) -> str:
        return f"Change {subject} back" if plan.undo_of_id else f"Make {subject} {plan.params['status']}"

    def send(self, client: Client, steps: Sequence[PlanStep], confirmation: Confirmation) -> None:
        client.capability(NumberInventory).change([step.object_ref for step in steps], status=steps[0].params["status"])

    def undo(self, step: PlanStep) -> Draft | None:
        return _reversed(step, {"status": step.now}) if step.now in {ACTIVE, INACTIVE} else None


@register
class CancelNumbers(NumberPlan):
    """Give numbers back to the carrier, for good."""

    key = "numbers.cancel"
    title = "Cancel numbers"
    verb = "Cancel"
    operation = "numbers.cancel"
    permission = "numbers.cancel"
    gives_up: ClassVar[Q | None] = Q()
    reversal: ClassVar[Reversal] = Reversal.ONE_WAY
    touches = frozenset({Touch.CANCELLATION})

    def read(self, client: Client, connection: Connection, steps: Sequence[PlanStep]) -> Reading:
        found = super().read(client, connection, steps)
        # A carrier may list cancelled numbers or drop them; an empty list says nothing, though.
        absent = {step.object_ref for step in steps} - found.things.keys() if found.things else set()
        gone = Seen({STATUS: CANCELLED, TRUNK_GROUP: ""}, {STATUS: "Cancelled"})
        return Reading({**found.things, **dict.fromkeys(absent, gone)}, found.began)

    def send(self, client: Client, steps: Sequence[PlanStep], confirmation: Confirmation) -> None:
        client.capability(NumberInventory).cancel([step.object_ref for step in steps], confirmation)

    def brake(self, plan: Plan, going: Mapping[Connection, int]) -> tuple[str, str]:
        count = sum(going.values())
        typed = str(count)
        if count == 1 and (step := plan.steps.filter(state=StepState.PENDING).first()):
            typed = step.object_ref[-4:]
        return typed, "A cancelled number goes back to the carrier and may be sold to anybody."


def move(
    rows: QuerySet[Number],
    connection: Connection,
    trunk_group: Mapping[str, str],
    *,
    actor: User,
    at_once: bool = False,
    return_url: str = "",
) -> Plan:
    """Draw up the plan that points the rows on `connection` at a trunk group ({"id", "title"}).

    Raises as `apps.changes.services.draw_up` does.
    """
    group_id, title = trunk_group["id"], trunk_group["title"]
    drafts = (
        _draft(row, TRUNK_GROUP, _trunk_group(row.trunk_group_id, row.trunk_group), group_id, {"trunk_group_id": group_id},
               now_label=row.trunk_group, after_label=title)
        for row in _each(rows.filter(connection=connection))
    )  # fmt: skip
    subject = _subject(rows.filter(connection=connection))
    return draw_up(
        ChangeTrunkGroup.key,
        drafts,
        title=f"Move {subject} to {title}",
        actor=actor,
        params={"trunk_group_id": group_id, "trunk_group": title},
        at_once=at_once,
        return_url=return_url,
    )


def set_status(rows: QuerySet[Number], status: str, *, actor: User, at_once: bool = False, return_url: str = "") -> Plan:
    """Draw up the plan that makes the rows active or inactive. Raises as `move`; ValueError for another status."""
    if status not in {ACTIVE, INACTIVE}:
        raise ValueError(f"{status!r} is no status a plan can set")
    if at_once and status == INACTIVE and guard.reasons_for(rows.order_by().values("number")):
        at_once = False  # it will be refused: the plan says why, and whom to ask
    return draw_up(
        ChangeStatus.key,
        _status_drafts(rows, status),
        title=f"Make {_subject(rows)} {status}",
        actor=actor,
        params={"status": status},
        at_once=at_once,
        return_url=return_url,
    )


def cancel(rows: QuerySet[Number], *, actor: User, return_url: str = "") -> Plan:
    """Draw up the plan that gives the rows' numbers back to the carrier. Raises as `move`."""
    return draw_up(
        CancelNumbers.key,
        _status_drafts(rows, CANCELLED),
        title=f"Cancel {_subject(rows)}",
        actor=actor,
        params={"status": CANCELLED},
        return_url=return_url,
    )


# --- inside -----------------------------------------------------------------------------------------------


def _seen(held: Held, hindrance: str) -> Seen:
    return Seen(
        hindrance=hindrance,
        values={
            TRUNK_GROUP: _trunk_group(held.trunk_group_id, held.trunk_group),
            STATUS: held.owned.status,
        },
        labels={TRUNK_GROUP: held.trunk_group, STATUS: status_word(held.owned.status)},
        record=held,
    )


def _status_drafts(rows: QuerySet[Number], status: str) -> Iterator[Draft]:
    for row in _each(rows):
        yield _draft(row, STATUS, row.status, status, {"status": status},
                     now_label=status_word(row.status), after_label=status_word(status))  # fmt: skip


def _draft(
    row: Number, field: str, now: str, after: str, params: Mapping[str, str], *, now_label: str, after_label: str
) -> Draft:
    return Draft(
        connection=row.connection,
        object_ref=row.number,
        label=phone(row.number),
        field=field,
        now=now,
        after=after,
        params=params,
        now_label=now_label,
        after_label=after_label,
    )


def _reversed(step: PlanStep, params: Mapping[str, str]) -> Draft:
    return Draft(
        connection=step.connection,
        object_ref=step.object_ref,
        label=step.label,
        field=step.field,
        now=step.after,
        after=step.now,
        params=params,
        now_label=step.after_label,
        after_label=step.now_label,
    )


def _each(rows: QuerySet[Number]) -> Iterator[Number]:
    needed = rows.select_related("connection").defer("record").order_by("number", "pk")
    return needed.iterator(chunk_size=2000)


def _subject(rows: QuerySet[Number]) -> str:
    found = list(rows.order_by("number").values_list("number", flat=True)[:2])
    return phone(found[0]) if len(found) == 1 else f"{rows.order_by().count():,} numbers"
