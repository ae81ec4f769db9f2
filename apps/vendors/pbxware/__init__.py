"""Bicom PBXware: extensions, DIDs, IVRs, ring groups, schedules and call records of a multi-tenant PBX.

NOTES.md holds what its document leaves open.
"""

from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor
from apps.vendors.pbxware.capabilities import CAPABILITIES
from apps.vendors.pbxware.codec import PbxwareCodec
from apps.vendors.pbxware.operations import operations


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value).strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("give a time zone by its name, like America/New_York or UTC") from None


vendor = Vendor(
    key="pbxware",
    title="PBXware",
    blurb="Bicom's PBX: tenants, extensions, DIDs, IVRs, ring groups, schedules, call records.",
    url_example="https://pbx.example.com",
    fields=(
        params.secret("apikey", required=True, help="An API key of the PBX; it needs the permissions for what you do here."),
        Param("time_zone", "text", _zone, default="UTC", help="The zone the PBX keeps its time in."),
    ),
    codec=PbxwareCodec(),
    operations=operations,
    probe=("licence.read", {}),
    capabilities=CAPABILITIES,
)
