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
        for owner in dict.fromkeys(row[2] for row in moving):
            _record([row for row in moving if row[2] == owner], tenant, actor, actor_label)
    return Assigned(len(moving), len(found) - len(moving))


def _record(
    moving: Sequence[tuple[int, str, int | None, str | None]], tenant: Tenant | None, actor: User | None, label: str
) -> None:
    """Write an entry for each tenant concerned: who may read those of one tenant alone must not learn of another."""
    owner = Tenant.objects.filter(pk=moving[0][2]).first() if moving[0][2] else None
    for one in (owner, tenant):
        if one is None and (owner or tenant):
            continue
        record(
            "numbers.assigned",
            actor=actor,
            actor_label=label or ("" if actor else "portal"),
            tenant=one,
            target=moving[0][1] if len(moving) == 1 else f"{len(moving)} numbers",
            params={"count": len(moving), "numbers": [number for _, number, *_ in moving[:_NAMED]]},
            before={"tenant": _named(owner, one)},
            after={"tenant": _named(tenant, one)},
        )


def _named(tenant: Tenant | None, reader: Tenant | None) -> str:
    if tenant is None:
        return "no tenant"
    return tenant.name if tenant == reader else "another tenant"
