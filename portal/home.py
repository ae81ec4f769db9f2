"""The home page: cards that apps contribute, and a checklist until the first number is bought."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.apps import apps
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from apps.ui.frame import Panel
from portal.hooks import contributions

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """One line of the checklist."""

    title: str
    text: str
    url: str
    done: bool


# title, text, view, permission, models of which a first row makes it done
_STEPS = (
    (
        "Connect the carrier",
        "Enter its address and credentials, and test them. Credentials are stored encrypted and never shown again.",
        "connections:add",
        "connections.manage",
        ("connections.Connection",),
    ),
    (
        "Find numbers",
        "Search the carrier's stock by state, rate centre or pattern, and put what you like into the cart.",
        "numbers:search",
        "numbers.search",
        ("numbers.CartNumber", "numbers.Number"),
    ),
    (
        "Order and pay",
        "See the price, the monthly cost and the balance afterwards before anything is bought.",
        "numbers:cart",
        "numbers.buy",
        ("numbers.Number",),
    ),
)


def checklist(user: Any) -> list[Step]:
    """Return the first steps that `user` may take; empty once all are done."""
    steps = [_step(*step) for step in _STEPS if user.may(step[3])]
    shown = [step for step in steps if step]
    return [] if all(step.done for step in shown) else shown


def _step(title: str, text: str, view: str, permission: str, models: tuple[str, ...]) -> Step | None:
    try:
        url = reverse(view)
    except NoReverseMatch:
        return None
    return Step(title, text, url, any(apps.get_model(model).objects.exists() for model in models))


def panels(request: HttpRequest) -> list[tuple[Panel, SafeString | None]]:
    """Return the cards of the home page with their HTML; None for one that failed to draw."""
    return [(panel, _draw(panel, request)) for _, found in contributions("home_panels", request.user) for panel in found]


def _draw(panel: Panel, request: HttpRequest) -> SafeString | None:
    try:
        return render_to_string(panel.template, panel.context, request)
    except Exception:
        log.exception("home_panel_failed", panel=panel.title)
        return None
