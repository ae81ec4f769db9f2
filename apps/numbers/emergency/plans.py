"""Changing what systems say of 911: always a plan, one call a step, read back, with before and after in the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.changes.models import Plan, PlanStep, Reversal, StepState
from apps.changes.registry import Draft, PlanKind, Reading, Seen, Touch, register
from apps.changes.services import draw_up
from apps.connections.models import Connection
from apps.numbers.emergency import guard, inventory
from apps.numbers.models import SAID, EmergencySnapshot
from apps.ui.formatting import phone
from apps.ui.frame import Panel
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound
from apps.vendors.core.routing import Emergency, EmergencyField, EmergencyRecord
from apps.vendors.core.values import to_e164

CHANGE, ADD, REMOVE = "change", "add", "remove"
WHOLE = "Emergency location"  # the field of a step that adds or removes a record


class EmergencyPlan(PlanKind):
    """What all changes of 911 records share. A step's params: act, scope, ref, values (of the vendor's own fields)."""

    permission = "numbers.911.change"
    view_permission = "numbers.carrier"
    object_kind = "emergency"
    noun = ("911 entry", "911 entries")
    area = "911"
    operation = "emergency.change"
    touches = frozenset({Touch.EMERGENCY})
    chunk = 1

    def against(self, plan: Plan) -> dict[str, list[str]]:
        """Return what stands against taking a 911 number away from somebody, by object_ref."""
        found = {}
        for step in plan.steps.filter(after=""):
            if told := _losing(step):
                found[step.object_ref] = told
        return found

    def panel(self, plan: Plan, person: User) -> Panel | None:
        return guard.panel(plan, person)

    def read(self, client: Client, connection: Connection, steps: Sequence[PlanStep]) -> Reading:
        began = timezone.now()
        door = client.capability(Emergency)
        against = guard.hindrances(steps[0].plan, self.against(steps[0].plan)) if steps else {}
        things = {}
        for step in steps:
            hindrance = against.get(step.object_ref, "")
            try:
                found = door.read(step.params["scope"], step.params["ref"])
            except NotFound:
                # What is to be added is not there yet, and what was removed is not there any more.
                if step.params["act"] != CHANGE:
                    things[step.object_ref] = Seen({WHOLE: ""})
                continue
            things[step.object_ref] = _seen(door, found, hindrance)
        return Reading(things, began)

    def send(self, client: Client, steps: Sequence[PlanStep], confirmation: Confirmation) -> None:
        door, (step,) = client.capability(Emergency), steps
        scope, ref, values = (step.params[name] for name in ("scope", "ref", "values"))
        if step.params["act"] == ADD:
            door.add(scope, ref, values, confirmation)
        elif step.params["act"] == REMOVE:
            door.remove(scope, ref, confirmation)
        else:
            door.change(scope, ref, values, confirmation)

    def keep(self, connection: Connection, steps: Sequence[PlanStep], found: Reading, plan: Plan | None) -> None:
        for step in steps:
            seen = found.things.get(step.object_ref)
            if seen is not None and seen.record is not None:
                inventory.absorb(connection, step.params["scope"], [seen.record], found.began)
            elif seen is not None and plan is not None:
                inventory.vanish(connection, step.params["scope"], step.params["ref"])

    def brake(self, plan: Plan, going: Mapping[Connection, int]) -> tuple[str, str]:
        return "911", "This changes what happens when somebody calls for help, or where help is sent."

    def url(self, step: PlanStep) -> str:
        row = _snapshot(step).only("key").first()
        return reverse("numbers:emergency_record", args=[row.pk]) if row else ""

    def finished(self, plan: Plan) -> None:
        """Write one entry with before and after; what each call sent has its own."""
        steps = list(plan.steps.select_related("connection").order_by("position"))
        done = [step for step in steps if step.state == StepState.DONE]
        record(
            "numbers.911.changed",
            actor=plan.applied_by,
            target=steps[0].label if len(steps) == 1 else f"{len(steps)} 911 entries",
            ticket=plan.ticket,
            connection_name=steps[0].connection.name,
            connection_id=steps[0].connection_id,
            params={"plan": str(plan.public_id), "kind": plan.kind},
            outcome="ok" if len(done) == len(steps) else "partial" if done else "failed",
            before={f"{step.label}: {step.field}": step.now_label for step in done},
            after={f"{step.label}: {step.field}": step.after_label for step in done},
        )


@register
class ChangeEmergency(EmergencyPlan):
    """Change fields of 911 records, or add one."""

    key = "numbers.emergency.change"
    title = "Change 911"
    verb = "Change"

    def act(self, plan: Plan, subject: str) -> str:
        step = plan.steps.first()
        verb = {ADD: "Add", REMOVE: "Remove"}.get(step.params["act"] if step else "", "Change")
        return f"{verb} {subject}{' back' if plan.undo_of_id else ''}"

    def undo(self, step: PlanStep) -> Draft | None:
        act = step.params["act"]
        if act == ADD:
            params = {**step.params, "act": REMOVE}
        elif act == CHANGE:
            (name,) = step.params["values"]
            params = {**step.params, "values": {name: step.now}}
        else:
            return None
        return Draft(
            connection=step.connection, object_ref=step.object_ref, label=step.label, field=step.field, now=step.after,
            after=step.now, params=params, now_label=step.after_label, after_label=step.now_label,
        )  # fmt: skip


@register
class RemoveEmergency(EmergencyPlan):
    """Remove a 911 record; who stood in it stands nowhere afterwards, which no call puts back."""

    key = "numbers.emergency.remove"
    title = "Remove from 911"
    verb = "Remove"
    operation = "emergency.remove"
    reversal: ClassVar[Reversal] = Reversal.ONE_WAY


def change(
    connection: Connection,
    scope: str,
    ref: str,
    label: str,
    fields: Iterable[EmergencyField],
    now: Mapping[str, str],
    values: Mapping[str, str],
    *,
    actor: User,
    return_url: str = "",
) -> Plan:
    """Draw up the plan that sets fields of one record: a step for each that differs. Raises as `draw_up` does."""
    drafts = [
        Draft(
            connection=connection,
            object_ref=f"{scope}/{ref}"[:100],
            label=label,
            field=field.label,
            now=now.get(field.name, ""),
            now_label=_told(field, now.get(field.name, "")),
            after=values[field.name],
            after_label=_told(field, values[field.name]) or "none",
            params={
                "act": CHANGE,
                "scope": scope,
                "ref": ref,
                "values": {field.name: values[field.name]},
                "identity": field.identity,
            },
        )
        for field in fields
        if field.name in values and values[field.name] != now.get(field.name, "")
    ]
    return draw_up(ChangeEmergency.key, drafts, title=f"Change 911: {label}", actor=actor, return_url=return_url)


def add(connection: Connection, ref: str, label: str, values: Mapping[str, str], *, actor: User, return_url: str = "") -> Plan:
    """Draw up the plan that adds a location to the whole system. Raises as `draw_up` does."""
    told = _whole(values)
    draft = Draft(
        connection=connection, object_ref=f"/{ref}"[:100], label=label, field=WHOLE, now="", now_label="none", after=told,
        params={"act": ADD, "scope": "", "ref": ref, "values": dict(values)},
    )  # fmt: skip
    return draw_up(ChangeEmergency.key, [draft], title=f"Add to 911: {label}", actor=actor, return_url=return_url)


def remove(row: EmergencySnapshot, values: Mapping[str, str], *, actor: User, return_url: str = "") -> Plan:
    """Draw up the plan that removes a location. Raises as `draw_up` does."""
    label = label_of(row)
    draft = Draft(
        connection=row.connection, object_ref=f"{row.scope}/{row.ref}"[:100], label=label, field=WHOLE, now=_whole(values),
        after="", after_label="removed", params={"act": REMOVE, "scope": row.scope, "ref": row.ref, "values": {}},
    )  # fmt: skip
    return draw_up(RemoveEmergency.key, [draft], title=f"Remove from 911: {label}", actor=actor, return_url=return_url)


def label_of(row: EmergencySnapshot) -> str:
    """Return what a record is called on a plan: "Extension 101", "Location +1 206-555-0100"."""
    return f"{row.kind.replace('_', ' ').capitalize()} {phone(row.subject)}"


# --- inside -----------------------------------------------------------------------------------------------


def _seen(door: Emergency, found: EmergencyRecord, hindrance: str) -> Seen:
    values = door.values(found)
    fields = {field.name: field for field in door.fields(found.ref)}
    seen = {fields[name].label: value for name, value in values.items()}
    labels = {fields[name].label: _told(fields[name], value) for name, value in values.items()}
    return Seen({**seen, WHOLE: _whole(values)}, labels, found, hindrance)


def _whole(values: Mapping[str, str]) -> str:
    return " · ".join(value for value in values.values() if value)[:200]


def _told(field: EmergencyField, value: str) -> str:
    if field.kind == "flag":
        return "Yes" if value else "No"
    if field.kind == "number" and value:
        try:
            return phone(to_e164(value))
        except ValueError:
            return value
    return value


def _snapshot(step: PlanStep) -> Any:
    return EmergencySnapshot.objects.filter(
        SAID, connection=step.connection_id, scope=step.params["scope"], ref=step.params["ref"]
    )


def _losing(step: PlanStep) -> list[str]:
    """Return who would lose a 911 number by this step, which leaves a field or a record empty."""
    row = _snapshot(step).select_related("connection").first()
    if row is None:
        return []
    if row.kind == "location":
        return guard.standing_in(row) if step.params["act"] == REMOVE else []
    if row.kind == "number":
        return [f"{row.connection.name} says that it is covered"] if row.covered and step.now == "on" else []
    if row.elin and step.params.get("identity"):
        return guard.losing(row)
    return []
