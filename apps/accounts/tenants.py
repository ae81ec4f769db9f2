"""What can be done with tenants and with the limits of people; whoever wants to know listens to `tenant_event`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import Signal
from django.utils.text import slugify

from apps.accounts.models import Membership, Role, Tenant, User
from apps.accounts.scope import CHOSEN, VIEWING

# Something happened to a tenant. Sent inside the transaction that did it, with
#   tenant: Tenant|None  which; None when a person's limits changed
#   actor: User|None     who did it; None is the portal itself
#   action: str          "tenant.added", "tenant.changed", "tenant.view_started", "tenant.view_stopped", "person.limited"
#   target: str          whom or what it happened to
#   before, after        dictionaries of what changed
tenant_event = Signal()


class NotAllowed(Exception):
    """Limits that would lock people out, or make no sense; the message is meant for the screen."""


def free_key(name: str) -> str:
    """Return a key made of `name` that no tenant has."""
    base = slugify(name)[:56].strip("-") or "tenant"
    taken = set(Tenant.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{count}" for count in range(2, len(taken) + 3))) if key not in taken)


@transaction.atomic
def add_tenant(actor: User | None, *, name: str, key: str = "") -> Tenant:
    """Add a tenant; without a key one is made of its name. Raises IntegrityError for a name or key that is taken."""
    tenant = Tenant.objects.create(name=name, key=key or free_key(name))
    _tell("tenant.added", tenant, actor, after=_told({"name": tenant.name, "key": tenant.key}))
    return tenant


@transaction.atomic
def change_tenant(actor: User | None, tenant: Tenant, **fields: Any) -> Tenant:
    """Change name, key or activity; people of a tenant that is not active see nothing."""
    tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
    before = {name: getattr(tenant, name) for name, value in fields.items() if getattr(tenant, name) != value}
    if before:
        after = {name: fields[name] for name in before}
        for name, value in after.items():
            setattr(tenant, name, value)
        tenant.save(update_fields=list(after))
        _tell("tenant.changed", tenant, actor, before=_told(before), after=_told(after))
    return tenant


@transaction.atomic
def limit_person(
    actor: User | None, person: User, *, tenants: Iterable[Tenant] | None = None, connections: Iterable[Any] | None = None
) -> User:
    """Set whom a person belongs to, or to which tenants and connections a member of staff is limited; None leaves it.

    Raises:
        NotAllowed: it would limit `actor` or an administrator.
    """
    before = _limits(person)
    if not person.is_tenant_person and (tenants or connections) and Role.ADMINISTRATOR in {person.role}:
        raise NotAllowed("A platform administrator reaches everything. Give the person another role first.")
    if actor == person:
        raise NotAllowed("You cannot change your own limits. Ask another administrator.")
    if tenants is not None:
        wanted = list(tenants)
        person.memberships.exclude(tenant__in=wanted).delete()
        Membership.objects.bulk_create((Membership(tenant=one, person=person) for one in wanted), ignore_conflicts=True)
    if connections is not None:
        person.connections.set(connections)
    for name in ("memberships_now", "connections_now"):
        person.__dict__.pop(name, None)
    after = _limits(person)
    if after != before:
        _tell("person.limited", None, actor, target=person.username, before=before, after=after)
    return person


def choose(session: SessionBase, tenant: Tenant | None) -> None:
    """Show this tenant alone in lists from now on, or all; the tenant is one that the person may see."""
    if tenant is None:
        session.pop(CHOSEN, None)
    else:
        session[CHOSEN] = tenant.pk


def view_as(session: SessionBase, tenant: Tenant, actor: User, until: datetime) -> None:
    """Begin to see the portal as this tenant's administrator does, until the session ends at the latest.

    The log holds that moment too: whoever closes the browser and never comes back leaves no other end.
    Raises PermissionDenied.
    """
    if not actor.may("tenants.view_as") or not Tenant.objects.visible_to(actor).filter(pk=tenant.pk).exists():
        raise PermissionDenied("tenants.view_as")
    with transaction.atomic():
        session[VIEWING] = tenant.pk
        _tell("tenant.view_started", tenant, actor, after={"ends_at_latest": until.isoformat(timespec="seconds")})


def stop_viewing(session: SessionBase, actor: User) -> Tenant | None:
    """Be oneself again; return the tenant that was seen as, None when there was none."""
    pk = session.pop(VIEWING, None)
    tenant = Tenant.objects.filter(pk=pk).first() if pk else None
    if tenant is not None:
        _tell("tenant.view_stopped", tenant, actor)
    return tenant


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Name fields as the log may show them: whatever is called "key" counts as a secret there."""
    return {"short name" if name == "key" else name: value for name, value in fields.items()}


def _limits(person: User) -> dict[str, Any]:
    return {
        "tenants": sorted(person.memberships.values_list("tenant__key", flat=True)),
        "connections": sorted(person.connections.values_list("name", flat=True)),
    }


def _tell(
    action: str,
    tenant: Tenant | None,
    actor: User | None,
    *,
    target: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    target = target or (tenant.name if tenant else "")
    tenant_event.send(Tenant, action=action, tenant=tenant, actor=actor, target=target, before=before, after=after)
