"""The navigation: by what people look for, not by vendor. An entry shows once its address exists and the role may."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, get_urlconf, reverse


@dataclass(frozen=True)
class Entry:
    """A place in the portal. `app` names the app whose `attention(user)` gives the count."""

    label: str
    icon: str
    view: str
    permission: str = ""
    app: str = ""
    children: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry as one person sees it on one page."""

    label: str
    icon: str
    url: str
    active: bool = False
    count: int = 0
    children: tuple["Link", ...] = ()
    area: str = ""  # the entry it stands under


MAIN = (
    Entry("Home", "home", "home"),
    Entry(
        "Numbers",
        "hash",
        "numbers:list",
        "numbers.view",
        app="numbers",
        children=(
            Entry("My numbers", "list-numbers", "numbers:list", "numbers.view"),
            Entry("Find numbers", "search", "numbers:search", "numbers.search"),
            Entry("Cart", "shopping-cart", "numbers:cart", "numbers.search"),
            Entry("Orders", "receipt", "numbers:orders", "numbers.orders"),
            Entry("911", "urgent", "numbers:emergency", "numbers.view"),
            Entry("Porting", "transfer-in", "numbers:port_list", "numbers.port.view"),
        ),
    ),
    Entry("Routing", "route", "routing:list", "routing.view", app="routing"),
    Entry("Devices", "device-landline-phone", "devices:list", "devices.view", app="devices"),
    Entry("Calls", "phone-call", "calls:list", "calls.view", app="calls"),
    Entry("Reports", "chart-histogram", "reports:list", "reports.view", app="reports"),
    Entry("Billing", "credit-card", "billing:list", "billing.view", app="billing"),
    Entry("Tickets", "lifebuoy", "tickets:list", "tickets.view", app="tickets"),
    Entry("Jobs", "stack-2", "jobs:list", "jobs.view", app="jobs"),
)
HOUSE = (
    Entry("Audit", "shield-check", "audit:list", "audit.view", app="audit"),
    Entry(
        "Approvals",
        "user-check",
        "changes:approvals",
        "approvals.view",
        app="changes",
        children=(
            Entry("Requests", "user-check", "changes:approvals", "approvals.view"),
            Entry("Rules", "scale", "changes:approval_rules", "approvals.policy"),
        ),
    ),
    Entry("Connections", "plug-connected", "connections:list", "connections.view", app="connections"),
    Entry("Tenants", "building", "tenants:list", "tenants.view"),
    Entry("Company", "building", "tenants:own", "tenants.own"),
    Entry(
        "People",
        "users",
        "accounts:list",
        "people.manage",
        app="accounts",
        children=(
            Entry("Accounts", "users", "accounts:list", "people.manage"),
            Entry("Roles", "lock", "accounts:permissions", "people.manage"),
        ),
    ),
    Entry("Settings", "settings", "settings", "settings.view"),
)


def navigation(user: Any, path: str, counts: Mapping[str, int]) -> list[list[Link]]:
    """Return the groups of links `user` may see; the one that holds `path` is active and shows its children."""
    groups = [[_link(entry, user, path, counts) for entry in group] for group in (MAIN, HOUSE)]
    return [[link for link in group if link] for group in groups]


def places(user: Any) -> list[Link]:
    """Return every place `user` may open, flat, for the search box."""
    found: dict[str, Link] = {}
    for entry in (*MAIN, *HOUSE):
        for one in (*entry.children, entry):
            if (url := _allowed_url(one, user)) and url not in found:
                found[url] = Link(one.label, one.icon, url, area="" if one is entry else entry.label)
    return list(found.values())


def _link(entry: Entry, user: Any, path: str, counts: Mapping[str, int]) -> Link | None:
    url = _allowed_url(entry, user)
    if not url:
        return None
    children = [_link(child, user, path, {}) for child in entry.children]
    shown = [child for child in children if child]
    inside = _holds(url, path) or any(_holds(child.url, path) for child in shown)
    if not inside or len(shown) < 2:
        shown = []
    # "/numbers/" also begins "/numbers/cart/": of the children only the closest is the one we are on.
    closest = max((child.url for child in shown if _holds(child.url, path)), key=len, default="")
    return Link(
        entry.label,
        entry.icon,
        url,
        active=inside,
        count=counts.get(entry.app, 0),
        children=tuple(Link(child.label, child.icon, child.url, active=child.url == closest) for child in shown),
    )


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _allowed_url(entry: Entry, user: Any) -> str:
    """Return the address of an entry, empty when its area is not there or the role may not open it."""
    url = _url(entry.view, get_urlconf() or settings.ROOT_URLCONF)
    return url if url and (not entry.permission or user.may(entry.permission)) else ""


@lru_cache(maxsize=128)
def _url(view: str, urlconf: str) -> str:
    try:
        return reverse(view, urlconf=urlconf)
    except NoReverseMatch:
        return ""
