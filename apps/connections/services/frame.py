"""What connections contribute to the frame: search hits, the home panel, the strip when one is down."""

from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection, Health
from apps.ui.frame import Hit, Panel, Strip


def search(user: User, text: str) -> list[Hit]:
    """Return tenants by name, and connections whose name, vendor or address contains `text`."""
    return _tenants(user, text) + _connections(user, text)


def _tenants(user: User, text: str) -> list[Hit]:
    if not user.may("tenants.view") or len(text) < 2:
        return []
    found = Tenant.objects.visible_to(user).filter(Q(name__icontains=text) | Q(key__icontains=text))
    return [Hit("Tenant", one.name, one.key, one.get_absolute_url(), "building") for one in found[:5]]


def _connections(user: User, text: str) -> list[Hit]:
    if not user.may("connections.view"):
        return []
    found = Connection.objects.visible_to(user).filter(
        Q(name__icontains=text) | Q(vendor__icontains=text) | Q(base_url__icontains=text)
    )
    return [
        Hit("Connection", connection.name, f"{connection.health.label} · {connection.base_url}", _url(connection), "plug")
        for connection in found[:5]
    ]


def home_panels(user: User) -> list[Panel]:
    """Return the card with every connection's health."""
    if not user.may("connections.view"):
        return []
    connections = list(Connection.objects.visible_to(user))
    if not connections:
        return []
    return [Panel("Connections", "connections/_home_panel.html", {"connections": connections}, reverse("connections:list"))]


def strips(user: User) -> list[Strip]:
    """Return a line while seeing as a tenant or belonging to none, else one for each connection that is down."""
    if user.viewing_as is not None:
        text = f"You see what {user.viewing_as}'s administrator sees. Nothing can be changed meanwhile."
        return [Strip(text, "info", action=reverse("scope:stop"), link="Be yourself again")]
    if user.is_tenant_person and not user.memberships_now:
        return [
            Strip("You belong to no company here yet, so there is nothing to see. Whoever runs this portal can change that.")
        ]
    if not user.may("connections.view"):
        return []
    enabled = Connection.objects.visible_to(user).filter(enabled=True)
    failing = [connection for connection in enabled if connection.health is Health.FAILING]
    return [
        Strip(f"{connection.name} is failing: {connection.last_error}", "danger", _url(connection), "See its page")
        for connection in failing
    ]


def attention(user: User) -> int:
    """Return how many connections are failing, for those who can put it right."""
    return len(strips(user)) if user.may("connections.manage") else 0


def _url(connection: Connection) -> str:
    return reverse("connections:detail", args=[connection.name])
