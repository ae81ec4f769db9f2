"""What connections contribute to the frame: search hits, the home panel, the strip when one is down."""

from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import User
from apps.connections.models import Connection, Health
from apps.ui.frame import Hit, Panel, Strip


def search(user: User, text: str) -> list[Hit]:
    """Return connections whose name, vendor or address contains `text`."""
    if not user.may("connections.view"):
        return []
    found = Connection.objects.filter(Q(name__icontains=text) | Q(vendor__icontains=text) | Q(base_url__icontains=text))
    return [
        Hit("Connection", connection.name, f"{connection.health.label} · {connection.base_url}", _url(connection), "plug")
        for connection in found[:5]
    ]


def home_panels(user: User) -> list[Panel]:
    """Return the card with every connection's health."""
    if not user.may("connections.view"):
        return []
    connections = list(Connection.objects.all())
    if not connections:
        return []
    return [Panel("Connections", "connections/_home_panel.html", {"connections": connections}, reverse("connections:list"))]


def strips(user: User) -> list[Strip]:
    """Return a line for each connection that is down: everybody who works with it must know."""
    if not user.may("connections.view"):
        return []
    failing = [connection for connection in Connection.objects.filter(enabled=True) if connection.health is Health.FAILING]
    return [
        Strip(f"{connection.name} is failing: {connection.last_error}", "danger", _url(connection), "See its page")
        for connection in failing
    ]


def attention(user: User) -> int:
    """Return how many connections are failing, for those who can put it right."""
    return len(strips(user)) if user.may("connections.manage") else 0


def _url(connection: Connection) -> str:
    return reverse("connections:detail", args=[connection.name])
