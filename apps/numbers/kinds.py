"""The jobs of this app; each part declares its own beside what it does."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.connections.models import Connection
from apps.jobs.context import Context
from apps.jobs.kinds import JobKind, register
from apps.jobs.models import JobItem, Schedule
from apps.numbers.emergency import kinds as _emergency  # noqa: F401  (declares the reading of 911 records)
from apps.numbers.exporting import kinds as _exporting  # noqa: F401  (declares the job of an export)
from apps.numbers.importing import kinds as _importing  # noqa: F401  (declares the jobs of an import)
from apps.numbers.porting import kinds as _porting  # noqa: F401  (declares the jobs of the porting desk)
from apps.numbers.purchase import kinds as _purchase  # noqa: F401  (declares the jobs of a purchase)
from apps.numbers.services.inventory import sync
from apps.numbers.services.reading import items_for, readable


@register
class SyncNumbers(JobKind):
    """One item for each connection: read its whole list."""

    key = "numbers.sync"
    title = "Read the numbers"
    item_noun = ("connection", "connections")
    concurrency = 2
    repeatable = True
    result_fields = {
        "total": "Listed",
        "appeared": "Appeared",
        "changed": "Changed",
        "vanished": "Vanished",
        "held_back": "Held back",
    }

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        connection = Connection.objects.get(pk=int(item.key))
        found = sync(connection, actor=ctx.actor, accept_missing=bool(item.params.get("accept_missing")))
        return {
            "total": found.total,
            "appeared": found.appeared,
            "changed": found.changed,
            "vanished": found.vanished,
            "held_back": found.held_back,
            "message": str(found) if found.held_back else "",
        }

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return items_for(readable()) or None
