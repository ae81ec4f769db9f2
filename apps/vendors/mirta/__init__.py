"""MiRTA PBX: live state, queues, call records, voicemail, campaigns, and the objects of its database, tenant by tenant.

NOTES.md holds what its document leaves open.
"""

from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor
from apps.vendors.mirta.capabilities import CAPABILITIES
from apps.vendors.mirta.codec import DEFAULT_PATH, DEFAULT_ZONE, MirtaCodec, cloak
from apps.vendors.mirta.operations import operations


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value).strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("give a time zone by its name, like America/Chicago or UTC") from None


vendor = Vendor(
    key="mirta",
    title="MiRTA PBX",
    blurb="A multi-tenant PBX: live calls, queues, call records, voicemail, campaigns, and its whole database.",
    url_example="https://pbx.example.com",
    fields=(
        params.secret("key", required=True, help="The admin key, or one tenant's key; MANAGEDB wants the admin key."),
        params.text(
            "tenant", pattern=r"[A-Za-z0-9_.\-]{1,40}", hint="give a tenant code",
            help="With a tenant's own key: that tenant's code, sent with calls that name no other.",
        ),
        params.text(
            "path", pattern=r"/?[\w./\-]+\.php", hint="give a path that ends in .php", default=DEFAULT_PATH,
            help="Where the PBX keeps its API; /mirtapbx/proxyapi.php on some.",
        ),
        Param("time_zone", "text", _zone, default=DEFAULT_ZONE, help="The zone the PBX keeps its time in."),
        params.text("currency", pattern="[A-Z]{3}", hint="give a code, like USD", default="USD", help="What balances are in."),
    ),
    codec=MirtaCodec(),
    operations=operations,
    probe=("channels.count", {}),
    capabilities=CAPABILITIES,
    cloak=cloak,
)  # fmt: skip
