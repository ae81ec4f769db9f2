"""Starting the job that reads the lists, and saying how old what we show is."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import enabled_connections
from apps.jobs import services as jobs
from apps.jobs.models import FINAL, Job
from apps.numbers.models import InventoryRead
from apps.vendors.core.numbers import NumberInventory
from apps.vendors.core.routing import Dids

KIND = "numbers.sync"


class NothingToRead(Exception):
    """No enabled connection offers a list of its numbers."""


def items_for(connections: Iterable[Connection], *, accept_missing: bool = False) -> list[dict[str, Any]]:
    """Return the job items that read these connections."""
    params = {"accept_missing": True} if accept_missing else {}
    return [{"key": str(one.pk), "label": one.name, "params": params} for one in connections]


def readable(user: User | None = None) -> list[Connection]:
    """Return the enabled connections that have numbers: carriers' first, so that theirs lead from the start."""
    carriers = enabled_connections(NumberInventory, user=user)
    return [*carriers, *(one for one in enabled_connections(Dids, user=user) if one not in carriers)]


def read_lists(actor: User, *, return_url: str = "") -> Job:
    """Start reading the lists of all connections, or return the job that is at it already.

    Raises PermissionDenied, NothingToRead.
    """
    if not actor.may("numbers.search"):
        raise PermissionDenied("numbers.search")
    if running := reading_now():
        return running
    return _submit(readable(actor), actor, return_url)


def accept_missing(connection: Connection, actor: User, *, return_url: str = "") -> Job:
    """Read a connection's list again, and this time believe what it lacks. Raises PermissionDenied."""
    if not actor.may("numbers.change"):
        raise PermissionDenied("numbers.change")
    return _submit([connection], actor, return_url, accept=True)


def reading_now() -> Job | None:
    """Return the job that reads the lists now, if there is one."""
    return Job.objects.filter(kind=KIND).exclude(state__in=FINAL).order_by("-pk").first()


def reads(user: User | None = None) -> QuerySet[InventoryRead]:
    """Return how the last read of each connection went; with `user`, of those this person is not kept from."""
    rows = InventoryRead.objects.select_related("connection").order_by("connection__name")
    return rows.filter(connection__in=Connection.objects.visible_to(user)) if user else rows


def _submit(connections: Sequence[Connection], actor: User, return_url: str, *, accept: bool = False) -> Job:
    if not connections:
        raise NothingToRead
    names = connections[0].name if len(connections) == 1 else f"{len(connections)} connections"
    return jobs.submit(
        KIND,
        title=f"Read the numbers of {names}",
        actor=actor,
        connection=connections[0] if len(connections) == 1 else None,
        items=items_for(connections, accept_missing=accept),
        return_url=return_url,
        exclusive=KIND,
    )
