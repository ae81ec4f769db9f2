"""The US wholesale carrier: numbers, porting, trunk groups, traffic, invoices. NOTES.md holds what its document leaves open."""

from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.carrier.capabilities import CAPABILITIES
from apps.vendors.carrier.codec import CarrierCodec
from apps.vendors.carrier.operations import operations
from apps.vendors.core import params
from apps.vendors.core.params import Param
from apps.vendors.core.registry import Vendor


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value).strip()).key
    except (KeyError, ValueError, OSError):
        raise ValueError("give a time zone by its name, like America/New_York or UTC") from None


vendor = Vendor(
    key="carrier",
    title="US wholesale carrier",
    blurb="Buys DIDs and toll-free numbers, ports numbers in, carries calls to and from your switches.",
    account="accountno",
    url_example="https://customer.example-carrier.net/api/did",
    fields=(
        params.text("accountno", required=True, help="Your account number at the carrier."),
        params.secret("token", required=True, help="The API token of the account."),
        Param(
            "time_zone",
            "text",
            _zone,
            default="UTC",
            help="The zone its times are in; the document does not say.",
        ),
        params.boolean("card_payments", default=False, help="Allows card payments from the operation console."),
    ),
    codec=CarrierCodec(),
    operations=operations,
    probe=("stock.states", {}),
    capabilities=CAPABILITIES,
)
