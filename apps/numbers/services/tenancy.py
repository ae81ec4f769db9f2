"""Giving numbers to a tenant: a matter of this portal alone, so no vendor is asked and it can be taken back at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.numbers.emergency.standing import hand_over
from apps.numbers.models import Number, NumberChange, Sighting

_NAMED = 50  # numbers that the audit entry names; the history of each number has the rest
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Assigned:
    """How many numbers changed hands, and how many were there already."""

    changed: int
    unchanged: int


def assign(rows: QuerySet[Number], tenant: Tenant | None, *, actor: User | None, actor_label: str = "") -> Assigned:
    """Give the rows to a tenant, None takes them back; each gets a line of history, and the whole an audit entry.

    `rows` are what the actor may see; the actor needs "numbers.assign". Raises PermissionDenied.
    """
    if actor is not None and not actor.may("numbers.assign"):
        raise PermissionDenied("numbers.assign")
    with transaction.atomic():
        found = list(rows.order_by("number", "pk").values_list("pk", "number", "tenant_id", "tenant__name"))
        wanted = tenant.pk if tenant else None
        moving = [row for row in found if row[2] != wanted]
        for start in range(0, len(moving), _CHUNK):
            part = moving[start : start + _CHUNK]
            Number.objects.filter(pk__in=[pk for pk, *_ in part]).update(tenant=tenant)
            NumberChange.objects.bulk_create(
                NumberChange(
                    number_id=pk,
                    field="Tenant",
                    before=name or "",
                    after=tenant.name if tenant else "",
                    source=Sighting.PLAN,
                    actor=actor,
                )
                for pk, _, _, name in part
            )
        if moving:
            hand_over([number for _, number, *_ in moving], wanted)
            _record(moving, tenant, actor, actor_label)
    return Assigned(len(moving), len(found) - len(moving))


def _record(
    moving: Sequence[tuple[int, str, int | None, str | None]], tenant: Tenant | None, actor: User | None, label: str
) -> None:
    owners = sorted({name or "no tenant" for *_, name in moving})
    record(
        "numbers.assigned",
        actor=actor,
        actor_label=label or ("" if actor else "portal"),
        tenant=tenant.key if tenant else "",
        target=moving[0][1] if len(moving) == 1 else f"{len(moving)} numbers",
        params={"count": len(moving), "numbers": [number for _, number, *_ in moving[:_NAMED]]},
        before={"tenant": ", ".join(owners)},
        after={"tenant": tenant.name if tenant else "no tenant"},
    )
