"""The job that reads what the systems say of 911."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.connections.models import Connection
from apps.connections.services import enabled_connections
from apps.jobs.context import Context
from apps.jobs.kinds import JobKind, register
from apps.jobs.models import JobItem, Schedule
from apps.numbers.emergency.inventory import sync
from apps.numbers.emergency.reading import items_for
from apps.vendors.core.routing import Emergency


@register
class SyncEmergency(JobKind):
    """One item for each connection: read everything it says of 911."""

    key = "numbers.emergency.sync"
    title = "Read the 911 records"
    item_noun = ("connection", "connections")
    concurrency = 2
    repeatable = True
    result_fields = {"total": "Read", "appeared": "New", "vanished": "Gone", "held_back": "Held back"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        connection = Connection.objects.get(pk=int(item.key))
        found = sync(connection, actor=ctx.actor, accept_missing=bool(item.params.get("accept_missing")))
        return {
            "total": found.total,
            "appeared": found.appeared,
            "vanished": found.vanished,
            "held_back": found.held_back,
            "message": str(found) if found.held_back else "",
        }

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return items_for(enabled_connections(Emergency)) or None
