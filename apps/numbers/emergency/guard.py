"""The guard: what would give up a 911 number is refused, unless an administrator overrides that for one plan, with a reason.

It stands in the plan kinds' reading, so that it looks when a plan is drawn up and again right before each call is sent; an
override covers exactly the reasons that stood when it was given.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.audit.services import record
from apps.changes import services as changes
from apps.changes.models import Plan, PlanState
from apps.changes.registry import kind_of
from apps.numbers.models import SAID, EmergencyOverride, EmergencySnapshot
from apps.ui.frame import Panel

PERMISSION = "numbers.911.override"
_NAMED = 3  # extensions that a reason names; the rest is a count
_AUDITED = 50  # numbers that the audit entry names


def reasons_for(numbers: Iterable[str] | QuerySet) -> dict[str, list[str]]:
    """Return why each of these numbers (E.164, or a query of them) may not be given up; those that may are not in it."""
    wanted = numbers if isinstance(numbers, QuerySet) else list(numbers)
    about = Q(number__in=wanted, covered=True) | Q(elin__in=wanted)
    rows = EmergencySnapshot.objects.filter(SAID).filter(about).exclude(kind="tenant").select_related("connection")
    found: defaultdict[str, list[str]] = defaultdict(list)
    shown: defaultdict[tuple[str, str, str], list[EmergencySnapshot]] = defaultdict(list)
    for row in rows.defer("record").order_by("connection__name", "kind", "subject", "pk"):
        if row.kind == "location":
            place = f" of {row.address}" if row.address else ""
            found[row.elin].append(f"it is the ELIN{place} on {row.connection.name}")
        elif row.kind == "number":
            found[row.number].append(f"{row.connection.name} says that it is covered")
        else:
            shown[(row.elin, row.connection.name, row.kind)].append(row)
    several = _with_another(row for rows in shown.values() for row in rows)
    for (number, connection, kind), people in shown.items():
        found[number].append(_shown_by(people, connection, kind, several))
    return dict(found)


def losing(row: EmergencySnapshot) -> list[str]:
    """Return why this extension's or group's 911 number may not be taken from it: it has no other; empty when it has."""
    several = _with_another([row])
    return [] if several else [_shown_by([row], row.connection.name, row.kind, several)]


def standing_in(row: EmergencySnapshot) -> list[str]:
    """Return who stands in a location, and would stand in none once it is removed."""
    rows = EmergencySnapshot.objects.filter(SAID, connection=row.connection, elin=row.elin).order_by("kind", "subject")
    groups: defaultdict[str, list[EmergencySnapshot]] = defaultdict(list)
    for one in rows.exclude(kind__in=["location", "tenant"]).defer("record"):
        groups[one.kind].append(one)
    several = _with_another(one for people in groups.values() for one in people)
    return [_shown_by(people, row.connection.name, kind, several) for kind, people in groups.items()]


def hindrances(plan: Plan, reasons: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return what stands against each thing of a plan as a sentence, less what an override of this plan covers."""
    allowed = {ref: set(told) for one in EmergencyOverride.objects.filter(plan=plan) for ref, told in one.refused.items()}
    return {ref: _sentence(told) for ref, told in reasons.items() if told and not set(told) <= allowed.get(ref, set())}


def refused(plan: Plan) -> dict[str, list[str]]:
    """Return what the guard holds against the plan's things now, by object_ref; overrides are not looked at."""
    found: Any = getattr(kind_of(plan), "against", None)
    return found(plan) if found else {}


def overrides(plan: Plan) -> list[EmergencyOverride]:
    """Return the overrides of a plan, newest first."""
    return list(EmergencyOverride.objects.filter(plan=plan).select_related("by"))


def override(plan: Plan, reason: str, actor: User) -> EmergencyOverride:
    """Let `plan` do what the guard refuses now, and read its things again. Raises PermissionDenied, changes.NotPossible."""
    if not actor.may(PERMISSION):
        raise PermissionDenied(PERMISSION)
    if plan.state != PlanState.DRAFT:
        raise changes.NotPossible("Only a plan that was not applied yet can be overridden. Nothing was changed.")
    against = refused(plan)
    if not hindrances(plan, against):
        raise changes.NotPossible("Nothing of this plan is refused on account of 911.")
    with transaction.atomic():
        made = EmergencyOverride.objects.create(plan=plan, refused=against, reason=reason, by=actor)
        record(
            "numbers.911.overridden",
            actor=actor,
            target=next(iter(against)) if len(against) == 1 else f"{len(against)} numbers",
            ticket=plan.ticket,
            reason=reason,
            params={
                "plan": str(plan.public_id),
                "kind": plan.kind,
                "title": plan.title,
                "count": len(against),
                "refused": dict(list(against.items())[:_AUDITED]),
            },
        )
        changes.read_again(plan, actor)
    return made


def panel(plan: Plan, person: User) -> Panel | None:
    """Return the card of the plan page that says what is refused and what was overridden, or None."""
    given = overrides(plan)
    against = refused(plan) if plan.state == PlanState.DRAFT else {}
    standing = hindrances(plan, against)
    if not (given or standing):
        return None
    context = {
        "plan": plan,
        "count": len(standing),
        "overrides": given,
        "may_override": bool(standing) and person.may(PERMISSION),
    }
    return Panel("911", "numbers/emergency/_override.html", context)


# --- inside -----------------------------------------------------------------------------------------------


def _with_another(rows: Iterable[EmergencySnapshot]) -> set[tuple[str, str]]:
    """Return (key, number) of the extensions that have another 911 number besides this one."""
    people = list(rows)
    others = EmergencySnapshot.objects.filter(SAID, key__in={row.key for row in people}).exclude(elin="").order_by()
    have: defaultdict[str, set[str]] = defaultdict(set)
    for key, elin in others.values_list("key", "elin"):
        have[key].add(elin)
    return {(row.key, row.elin) for row in people if have[row.key] - {row.elin}}


def _shown_by(people: Sequence[EmergencySnapshot], connection: str, kind: str, several: set[tuple[str, str]]) -> str:
    last = [row for row in people if (row.key, row.elin) not in several]
    told = last or list(people)
    names = ", ".join(row.subject for row in told[:_NAMED])
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    noun = kind.replace("_", " ") + ("s" if len(told) > 1 else "")
    if last:
        return f"it is the last 911 number of {noun} {names}{more} on {connection}"
    return f"{noun} {names}{more} on {connection} {'show' if len(told) > 1 else 'shows'} it to 911"


def _sentence(told: Sequence[str]) -> str:
    text = "; ".join(told)
    return f"911: {text}. Giving it up takes an administrator's override."[:500]
