"""Clients for connections: every write they send is audited, every call updates the health."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from django.db import DatabaseError

from apps.accounts.models import Tenant, User
from apps.audit.services import HERE, record
from apps.connections.models import Connection, TenantLink
from apps.connections.outbound import outbound_rules
from apps.connections.services import health
from apps.connections.services.wording import describe_error
from apps.connections.signals import about_to_send
from apps.connections.vault import Unreadable
from apps.vendors.core.client import Client, Endpoint, Exchange, Observer
from apps.vendors.core.errors import NotConfigured, VendorError
from apps.vendors.core.operation import Effect
from apps.vendors.core.registry import Vendor, vendors
from apps.vendors.core.transport import Pool

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a test found: what was tried, the seconds it took, and the error in words, or None."""

    tried: str
    seconds: float
    problem: dict[str, Any] | None

    @property
    def ok(self) -> bool:
        return self.problem is None


def client_for(
    connection: Connection,
    *,
    actor: User | None = None,
    actor_label: str = "",
    ticket: str = "",
    tenant: Tenant | None = None,
    also: Observer | None = None,
) -> Client:
    """Return a client for an enabled connection; raises NotConfigured with what to do.

    With a tenant every call names the customer it is linked to there, or is refused before anything is sent; what the
    vendor does not scope is filtered here (apps/vendors/core/customers.py). No link is a NotConfigured too.

    Reads leave no audit entry; every other call leaves "vendor.call", and one that deletes or spends leaves
    "vendor.call.started" before its first byte. `also` is told of every exchange as well.
    """
    if not connection.enabled:
        raise NotConfigured(
            f"{connection.name} is disabled. An administrator can enable it on its page.",
            vendor=connection.vendor,
            code="disabled",
        )
    customer = customer_of(tenant, connection) if tenant else ""
    audit = _Auditor(connection, actor, actor_label, ticket, tenant)

    def observe(exchange: Exchange) -> None:
        audit(exchange)
        if also is not None:
            also(exchange)

    return _vendor(connection).client(_endpoint(connection), observer=observe, customer=customer)


def customer_of(tenant: Tenant, connection: Connection) -> str:
    """Return the vendor-side customer that a driver call for `tenant` names.

    Raises NotConfigured (code "not_linked") where there is no link: nothing is ever sent for a customer by default.
    """
    found = TenantLink.objects.filter(tenant=tenant, connection=connection).values_list("customer_ref", flat=True).first()
    if not found:
        raise NotConfigured(
            f"{tenant.name} is not linked to a customer on {connection.name}, so nothing was sent. "
            "Link it on the tenant's page first.",
            vendor=connection.vendor,
            code="not_linked",
        )
    return found


def enabled_connections(capability: type | None = None, *, user: User | None = None) -> list[Connection]:
    """Return the enabled connections, by name; with a capability, those whose vendor offers it.

    With `user`, those that this person is not kept from.
    """
    rows = Connection.objects.visible_to(user) if user else Connection.objects.all()
    found = []
    for connection in rows.filter(enabled=True):
        try:
            vendor = vendors.get(connection.vendor)
        except KeyError:  # a third-party driver that is no longer installed
            continue
        if capability is None or capability in vendor.capabilities:
            found.append(connection)
    return found


def probe(connection: Connection) -> Trial:
    """Call the vendor's cheap read once and keep the outcome; a disabled connection can be tested too."""
    return _try(connection, keep=True)


def probe_unsaved(connection: Connection) -> Trial:
    """Test what a form holds before it is saved; nothing is stored."""
    return _try(connection, keep=False)


def _try(connection: Connection, *, keep: bool) -> Trial:
    tried = ""
    problem: VendorError | None = None
    begun = time.perf_counter()
    try:
        vendor = _vendor(connection)
        tried = vendor.operations[vendor.probe[0]].title
        with _own_client(vendor, connection) as client:
            client.probe()
    except VendorError as error:
        problem = error
    seconds = time.perf_counter() - begun
    if keep:
        health.note(connection, seconds=seconds, error=problem, at_once=True)
    return Trial(tried, seconds, describe_error(problem, connection) if problem else None)


@contextmanager
def _own_client(vendor: Vendor, connection: Connection) -> Iterator[Client]:
    """A client with a pool of its own: a test shows what a new TCP connection meets."""
    endpoint = _endpoint(connection)
    pool = Pool(endpoint)
    try:
        yield vendor.client(endpoint, pool=pool)
    finally:
        pool.close()


def _vendor(connection: Connection) -> Vendor:
    try:
        return vendors.get(connection.vendor)
    except KeyError:
        raise NotConfigured(
            f"No driver for {connection.vendor!r} is installed.", vendor=connection.vendor, code="no_driver"
        ) from None


def _endpoint(connection: Connection) -> Endpoint:
    return Endpoint(
        base_url=connection.base_url,
        # A driver finds everything an operator entered in one place; which of it is secret its fields say.
        credentials={**connection.options, **_credentials(connection)},
        options=connection.options,
        verify_tls=connection.verify_tls,
        ca_pem=connection.ca_pem,
        connect_timeout=connection.connect_timeout,
        read_timeout=connection.read_timeout,
        rate_per_second=connection.rate_per_second,
        concurrency=connection.concurrency,
        outbound=outbound_rules(),
        pool_key=f"connection-{connection.pk}-{connection.revision}" if connection.pk else "",
    )


def _credentials(connection: Connection) -> Mapping[str, Any]:
    try:
        return connection.credentials.open()
    except Unreadable:
        raise NotConfigured(
            f"The stored credentials of {connection.name} cannot be read with any key in CREDENTIAL_KEYS. "
            "Put the key back, or enter the credentials anew.",
            vendor=connection.vendor,
            code="unreadable_credentials",
        ) from None


@dataclass(frozen=True, slots=True)
class _Auditor:
    """The observer of one client."""

    connection: Connection
    actor: User | None
    actor_label: str
    ticket: str
    tenant: Tenant | None

    def __call__(self, exchange: Exchange) -> None:
        if exchange.phase == "started":
            about_to_send.send(Connection, connection=self.connection, exchange=exchange, actor=self.actor)
            # Before the first byte: if this cannot be written, nothing is sent.
            self._record("vendor.call.started", exchange)
            return
        # The vendor has acted: a database that fails now must not turn a known outcome into an exception.
        try:
            if exchange.effect is not Effect.READ:
                self._record("vendor.call", exchange)
            health.note(self.connection, seconds=exchange.duration, error=exchange.error)
        except DatabaseError:
            log.exception(
                "vendor_call_not_recorded",
                connection=self.connection.name,
                operation=exchange.operation,
                exchange_id=exchange.id,
                outcome=exchange.outcome,
                sent=exchange.sent,
            )

    def _whose(self, exchange: Exchange) -> Tenant | Literal["here"] | None:
        """Return whose matter a call is: the client's tenant's, else of whom it names the customer."""
        if self.tenant is not None:
            return self.tenant
        named = exchange.customers
        if not named:
            return HERE
        links = TenantLink.objects.filter(connection=self.connection, customer_ref__in=named).select_related("tenant")
        found = {link.tenant_id: link.tenant for link in links[:2]}
        return next(iter(found.values())) if len(found) == len(named) == 1 else None

    def _record(self, action: str, exchange: Exchange) -> None:
        finished = exchange.phase == "finished"
        params = exchange.params
        if exchange.confirmation is not None:
            params["confirmed_by"] = f"{exchange.confirmation.kind} {exchange.confirmation.reference}"
        record(
            action,
            actor=self.actor,
            actor_label=self.actor_label,
            ticket=self.ticket,
            tenant=self._whose(exchange),
            connection_name=self.connection.name,
            connection_id=self.connection.pk,
            operation=exchange.operation,
            effect=exchange.effect.value,
            params=params,
            outcome=exchange.outcome if finished else "started",
            error=exchange.error.user_message if exchange.error else "",
            sent=exchange.sent if finished else "",
            duration=exchange.duration if finished else None,
            exchange_id=exchange.id,
        )
