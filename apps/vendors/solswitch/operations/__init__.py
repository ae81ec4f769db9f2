"""SolSwitch's documented operations, area by area."""

from apps.vendors.core.operation import by_name
from apps.vendors.solswitch.operations import calls, numbers, reports, system, trunks

operations = by_name(
    "solswitch",
    [*numbers.OPERATIONS, *calls.OPERATIONS, *reports.OPERATIONS, *trunks.OPERATIONS, *system.OPERATIONS],
)
