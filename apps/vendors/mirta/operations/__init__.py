"""MiRTA's documented operations, area by area."""

from apps.vendors.core.operation import by_name
from apps.vendors.mirta.operations import calls, info, managed, queues, system

operations = by_name(
    "mirta",
    [*system.OPERATIONS, *calls.OPERATIONS, *queues.OPERATIONS, *info.OPERATIONS, *managed.OPERATIONS],
)
