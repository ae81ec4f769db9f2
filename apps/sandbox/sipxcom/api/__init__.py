"""/sipxconfig/api: JSON first, XML too, ids bare, settings as text."""

from . import (
    callgroups,
    gateways,
    lines,
    orbits,
    pagegroups,
    phone_groups,
    phones,
    prompts,
    registrations,
    schedules,
    services,
    settings,
)

__all__ = [
    "callgroups", "gateways", "lines", "orbits", "pagegroups", "phone_groups", "phones", "prompts", "registrations",
    "schedules", "services", "settings",
]  # fmt: skip
