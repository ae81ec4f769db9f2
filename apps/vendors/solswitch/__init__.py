"""Sunwire SolSwitch: DIDs, trunks, SIP accounts, live calls, queues, call records and tolls of a multi-customer soft-switch.

NOTES.md holds what its document leaves open.
"""

from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor
from apps.vendors.solswitch.capabilities import CAPABILITIES
from apps.vendors.solswitch.codec import DEFAULT_ZONE, SolSwitchCodec
from apps.vendors.solswitch.operations import operations


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value).strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("give a time zone by its name, like America/Toronto or UTC") from None


vendor = Vendor(
    key="solswitch",
    title="SolSwitch",
    blurb="Sunwire's soft-switch: DIDs, trunks, SIP accounts, live calls, queues, call records, tolls.",
    url_example="https://switch.example.com",
    fields=(
        params.secret(
            "key", wire="Key", help="An API key of the switch; leave it out if the switch allows this address alone."
        ),
        Param("time_zone", "text", _zone, default=DEFAULT_ZONE, help="The zone the switch keeps its time in."),
        params.choice(
            "currency", {"USD": "USD", "CAD": "CAD"}, default="USD", help="The currency of its toll rates; it does not say."
        ),
        params.text(
            "toll_plans",
            pattern=r"\d+(?:[ ,]+\d+)*",
            hint="give ids like 1, 2",
            help="The ids of its toll plans, parted by commas; it has no call that lists them.",
        ),
    ),
    codec=SolSwitchCodec(),
    operations=operations,
    probe=("numbers.list", {}),
    capabilities=CAPABILITIES,
)
