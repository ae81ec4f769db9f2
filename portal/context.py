"""What the frame around every page needs; worked out only when a template asks, so fragments pay nothing."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from apps.accounts.acting import acting
from apps.accounts.scope import Scope, scope_of
from apps.ui.frame import Notice, Strip
from portal import weaknesses
from portal.hooks import contributions
from portal.navigation import Link, navigation

THEMES = ("light", "dark", "auto")


class Frame:
    """The frame of one request, as `frame` in templates."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)

    @property
    def theme(self) -> str:
        """Return the theme the person chose: light, dark, or auto as the system has it."""
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else "auto"

    @property
    def scheme(self) -> str:
        """Return light or dark, as far as the server can know; `theme.js` remembers what the system said."""
        return next((kind for kind in (self.theme, self.request.COOKIES.get("scheme")) if kind in THEMES[:2]), "light")

    @property
    def signed_in(self) -> bool:
        """Return whether the frame shows navigation and account."""
        return bool(self.user and self.user.is_authenticated)

    @cached_property
    def navigation(self) -> list[list[Link]]:
        """Return the groups of the navigation."""
        if not self.signed_in:
            return []
        counts = dict(contributions("attention", self.user))
        return navigation(self.user, self.request.path, counts)

    @cached_property
    def scope(self) -> Scope:
        """Return what the scope switch shows."""
        return scope_of(self.user) if self.user and self.signed_in else Scope()

    @property
    def names_tickets(self) -> bool:
        """Return whether the bar offers to work under a ticket."""
        return bool(self.user and self.signed_in and self.user.may("tickets.name"))

    @property
    def ticket(self) -> str:
        """Return the ticket the person works under."""
        return acting().ticket

    @cached_property
    def strips(self) -> list[Strip]:
        """Return what everybody must know now."""
        if self.user is None or not self.signed_in:
            return []
        found = [strip for _, strips in contributions("strips", self.user) for strip in strips]
        return [*found, *weaknesses.strips(self.user)]

    @cached_property
    def notices(self) -> list[Notice]:
        """Return what finished or failed lately, newest first."""
        if not self.signed_in:
            return []
        found = [notice for _, notices in contributions("notices", self.user) for notice in notices]
        return sorted(found, key=lambda notice: notice.at, reverse=True)[:10]

    @property
    def unseen(self) -> int:
        """Return how many notices came since the bell was last opened."""
        seen = self.request.session.get("notices_seen", "")
        return sum(notice.at.isoformat() > seen for notice in self.notices)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame, with the navigation this person may see."""
    return {"frame": Frame(request)}
