"""Starting the job that reads the 911 records, and saying how old what we show is."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import enabled_connections
from apps.jobs import services as jobs
from apps.jobs.models import FINAL, Job
from apps.numbers.models import EmergencyRead
from apps.vendors.core.routing import Emergency

KIND = "numbers.emergency.sync"


class NothingToRead(Exception):
    """No enabled connection says anything about 911."""


def items_for(connections: Iterable[Connection], *, accept_missing: bool = False) -> list[dict[str, Any]]:
    """Return the job items that read these connections."""
    params = {"accept_missing": True} if accept_missing else {}
    return [{"key": str(one.pk), "label": one.name, "params": params} for one in connections]


def read_all(actor: User, *, return_url: str = "") -> Job:
    """Start reading the 911 records of all connections, or return the job that is at it already.

    Raises PermissionDenied, NothingToRead.
    """
    if not actor.may("numbers.search"):
        raise PermissionDenied("numbers.search")
    if running := reading_now():
        return running
    return _submit(enabled_connections(Emergency, user=actor), actor, return_url)


def accept_missing(connection: Connection, actor: User, *, return_url: str = "") -> Job:
    """Read a connection's 911 records again, and this time believe what they lack. Raises PermissionDenied."""
    if not actor.may("numbers.911.change"):
        raise PermissionDenied("numbers.911.change")
    return _submit([connection], actor, return_url, accept=True)


def reading_now() -> Job | None:
    """Return the job that reads the 911 records now, if there is one."""
    return Job.objects.filter(kind=KIND).exclude(state__in=FINAL).order_by("-pk").first()


def reads(user: User) -> QuerySet[EmergencyRead]:
    """Return how the last reading of each connection went, of those this person is not kept from."""
    rows = EmergencyRead.objects.filter(connection__in=Connection.objects.visible_to(user), connection__enabled=True)
    return rows.select_related("connection").order_by("connection__name")


def _submit(connections: Sequence[Connection], actor: User, return_url: str, *, accept: bool = False) -> Job:
    if not connections:
        raise NothingToRead
    names = connections[0].name if len(connections) == 1 else f"{len(connections)} connections"
    return jobs.submit(
        KIND,
        title=f"Read the 911 records of {names}",
        actor=actor,
        connection=connections[0] if len(connections) == 1 else None,
        items=items_for(connections, accept_missing=accept),
        return_url=return_url,
        exclusive=KIND,
    )
