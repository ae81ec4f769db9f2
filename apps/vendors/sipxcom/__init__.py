"""sipXcom (Uniteme): users, phones, gateways, hunt groups, schedules, conferences and settings of a SIP PBX.

NOTES.md holds what its document leaves open.
"""

from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor
from apps.vendors.sipxcom.capabilities import CAPABILITIES
from apps.vendors.sipxcom.codec import SipxcomCodec
from apps.vendors.sipxcom.operations import operations


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value).strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("give a time zone by its name, like America/New_York or UTC") from None


vendor = Vendor(
    key="sipxcom",
    title="sipXcom",
    blurb="SIP PBX: users, phones, gateways, hunt groups, schedules, conferences, settings trees.",
    url_example="https://sipx.example.com",
    fields=(
        params.text(
            "username", required=True, help="An administrator, or a user with the REST permission. /my operations act as them."
        ),
        params.secret("password", required=True, help="That user's password."),
        Param("time_zone", "text", _zone, default="UTC", help="The zone the server keeps its time in."),
    ),
    codec=SipxcomCodec(),
    operations=operations,
    probe=("branches.list", {}),
    capabilities=CAPABILITIES,
)
