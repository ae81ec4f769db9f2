"""Linking tenants to the vendors' own customers, and telling a driver which customer a call is for."""

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Tenant, User
from apps.audit.services import record
from apps.connections.models import Connection, TenantLink
from apps.connections.services.clients import client_for
from apps.vendors.core.people import Tenants, VendorTenant


class Taken(Exception):
    """The tenant or the vendor-side customer is linked already; the message is meant for the screen."""


def customers_at(connection: Connection, *, actor: User | None) -> list[VendorTenant]:
    """Return the vendor's own customers, by name. Raises VendorError; Unsupported where the vendor does not list them."""
    found = client_for(connection, actor=actor).capability(Tenants).list("")
    return sorted(found, key=lambda one: (one.name.casefold(), one.ref))


def linkable(tenant: Tenant, user: User) -> QuerySet[Connection]:
    """Return the connections on which `tenant` has no customer yet, of those `user` may see."""
    return Connection.objects.visible_to(user).exclude(tenant_links__tenant=tenant).order_by("name")


def link(
    tenant: Tenant,
    connection: Connection,
    customer_ref: str,
    *,
    customer_name: str = "",
    actor: User | None,
    actor_label: str = "",
) -> TenantLink:
    """Say that `tenant` is the vendor's customer `customer_ref`. Raises Taken."""
    try:
        with transaction.atomic():
            made = TenantLink.objects.create(
                tenant=tenant, connection=connection, customer_ref=customer_ref, customer_name=customer_name[:200]
            )
            _tell("tenant.linked", made, actor, actor_label)
    except IntegrityError:
        raise Taken(_why_taken(tenant, connection, customer_ref)) from None
    return made


def unlink(found: TenantLink, *, actor: User | None) -> None:
    """Take a link away; nothing changes at the vendor."""
    with transaction.atomic():
        _tell("tenant.unlinked", found, actor, "")
        found.delete()


def listed(user: User) -> QuerySet[Tenant]:
    """Return the tenants `user` may see, each with counts of its numbers, people and links."""
    present = Q(numbers__missing_since__isnull=True, numbers__leads=True)
    return Tenant.objects.visible_to(user).annotate(
        number_count=Count("numbers", filter=present, distinct=True),
        people_count=Count("memberships", distinct=True),
        link_count=Count("links", distinct=True),
    )


def _why_taken(tenant: Tenant, connection: Connection, ref: str) -> str:
    other = TenantLink.objects.filter(connection=connection, customer_ref=ref).select_related("tenant").first()
    if other and other.tenant != tenant:
        return f"Customer {ref} on {connection.name} is linked to another tenant, {other.tenant}."
    return f"{tenant} is linked to a customer on {connection.name} already. Take that link away first."


def _tell(action: str, found: TenantLink, actor: User | None, label: str) -> None:
    record(
        action,
        actor=actor,
        actor_label=label or ("" if actor else "portal"),
        target=found.tenant.name,
        tenant=found.tenant,
        connection_name=found.connection.name,
        connection_id=found.connection_id,
        params={"customer_ref": found.customer_ref, "customer_name": found.customer_name},
    )
