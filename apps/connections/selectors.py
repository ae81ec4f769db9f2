"""What the screens of connections show."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.connections.chart import health_chart
from apps.connections.models import Connection
from apps.connections.param_fields import label
from apps.connections.services import readable_credentials
from apps.connections.vault import Unreadable
from apps.ui.patterns import PageTab
from apps.vendors.core import matrix
from apps.vendors.core.registry import Vendor, vendors

SAMPLES_SHOWN = 300


@dataclass(frozen=True)
class Fact:
    """One of the vendor's fields as the page shows it; a secret only as set or not."""

    label: str
    value: str
    secret: bool


def connections_with_vendors(user: User) -> list[tuple[Connection, Vendor | None]]:
    """Return the connections `user` may see with their drivers, None where that is no longer installed."""
    return [(connection, _vendor(connection)) for connection in Connection.objects.visible_to(user)]


def abilities(user: User) -> dict[str, bool]:
    """Return what the buttons of these screens depend on."""
    return {
        "may_manage": user.may("connections.manage"),
        "may_reveal": user.may("connections.reveal"),
        "may_test": user.may("console.read"),
        "may_audit": user.may("audit.view"),
    }


def tabs(connection: Connection, user: User, active: str) -> list[PageTab]:
    """Return the tabs of a connection's page that `user` may open; none when there is but one."""
    if not user.may("console.read"):
        return []
    return [
        PageTab("Overview", address(connection), active == "overview"),
        PageTab("Console", reverse("connections:console", args=[connection.name]), active == "console"),
    ]


def detail(connection: Connection, user: User) -> dict[str, Any]:
    """Return what the page of a connection shows to `user`."""
    vendor = _vendor(connection)
    samples, doors = list(connection.samples.all()[:SAMPLES_SHOWN]), matrix.doors(vendor)
    calls = AuditEntry.objects.filter(connection_name=connection.name, action="vendor.call")
    return {
        "connection": connection,
        "vendor": vendor,
        "page_tabs": tabs(connection, user, "overview"),
        **abilities(user),
        "samples": samples[:10],
        "chart": health_chart(samples),
        "facts": _facts(connection, vendor) if vendor else [],
        "readable": _readable(connection),
        "offered": [door for door in doors if door.offered],
        "missing": [door for door in doors if not door.offered],
        "effects": matrix.EFFECTS,
        "areas": matrix.areas(vendor) if vendor else [],
        "calls": calls.select_related("actor").order_by("-at", "-sequence")[:8],
    }


def address(connection: Connection) -> str:
    """Return where the page of a connection is."""
    return reverse("connections:detail", args=[connection.name])


def _vendor(connection: Connection) -> Vendor | None:
    try:
        return vendors.get(connection.vendor)
    except KeyError:
        return None


def _facts(connection: Connection, vendor: Vendor) -> list[Fact]:
    stored = readable_credentials(connection)
    known = {**stored, **connection.options}
    facts = []
    for param in vendor.fields:
        value = known.get(param.name)
        if param.secret:
            shown = "set" if value else "not set"
        elif isinstance(value, bool):
            shown = "Yes" if value else "No"
        else:
            shown = "" if value is None else str(value)
        facts.append(Fact(label(param.name), shown, param.secret))
    return facts


def _readable(connection: Connection) -> bool:
    try:
        connection.credentials.open()
    except Unreadable:
        return False
    return True
