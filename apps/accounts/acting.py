"""For whom and under which ticket something is done: what every audit entry written meanwhile says, and what a job takes along.

A request sets it from its session, a job from its row, the command line from its options.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from apps.accounts.models import Tenant, User
from apps.accounts.scope import acted_for


@dataclass(frozen=True, slots=True)
class Acting:
    """What is known of why something is done; without a tenant it is a matter of who acts."""

    tenant: Tenant | None = None
    ticket: str = ""
    reason: str = ""

    def stored(self) -> dict[str, Any]:
        """Return what is known as JSON, for `resumed`."""
        known = {"tenant": self.tenant.pk if self.tenant else None, "ticket": self.ticket, "reason": self.reason}
        return {name: value for name, value in known.items() if value}


_NOTHING = Acting()
_now: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """Return what holds now."""
    return _now.get() or _NOTHING


def acting_of(actor: User | None) -> Acting:
    """Return what holds now for `actor`: without a tenant of its own, the one they see as, chose or belong to."""
    now = acting()
    return now if now.tenant else replace(now, tenant=acted_for(actor))


@contextmanager
def under(*, tenant: Tenant | None = None, ticket: str = "", reason: str = "") -> Iterator[None]:
    """Let what is given hold until the end of the block; what is empty stays as it was."""
    given = {name: value for name, value in (("tenant", tenant), ("ticket", ticket), ("reason", reason)) if value}
    token = _now.set(replace(acting(), **given))  # type: ignore[arg-type]
    try:
        yield
    finally:
        _now.reset(token)


def resumed(known: Mapping[str, Any], tenant: Tenant | None = None) -> dict[str, Any]:
    """Return what `Acting.stored` made, for `under`; `tenant` comes before the one that is stored."""
    if tenant is None and known.get("tenant"):
        tenant = Tenant.objects.filter(pk=known["tenant"]).first()
    return {"tenant": tenant, "ticket": known.get("ticket", ""), "reason": known.get("reason", "")}
