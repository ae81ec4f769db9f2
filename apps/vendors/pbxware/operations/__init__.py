"""PBXware's documented operations, area by area."""

from apps.vendors.core.operation import by_name
from apps.vendors.pbxware.operations import (
    calls,
    extensions,
    features,
    messages,
    numbers,
    routing,
    schedules,
    system,
    tenants,
    trunks,
)

operations = by_name(
    "pbxware",
    [
        *system.OPERATIONS,
        *extensions.OPERATIONS,
        *features.OPERATIONS,
        *trunks.OPERATIONS,
        *messages.OPERATIONS,
        *numbers.OPERATIONS,
        *routing.OPERATIONS,
        *schedules.OPERATIONS,
        *calls.OPERATIONS,
        *tenants.OPERATIONS,
    ],
)
