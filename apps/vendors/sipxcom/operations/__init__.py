"""sipXcom's documented operations, area by area."""

from apps.vendors.core.operation import by_name
from apps.vendors.sipxcom.operations import calls, devices, emergency, gateways, own, people, routing, schedules, system

operations = by_name(
    "sipxcom",
    [
        *system.OPERATIONS,
        *people.OPERATIONS,
        *devices.OPERATIONS,
        *gateways.OPERATIONS,
        *routing.OPERATIONS,
        *schedules.OPERATIONS,
        *emergency.OPERATIONS,
        *calls.OPERATIONS,
        *own.OPERATIONS,
    ],
)
