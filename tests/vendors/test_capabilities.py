"""Each vendor offers a door for everything its document has calls for, and says plainly what it has none for."""

import pytest

from apps.vendors.core import billing, calls, numbers, people, reports, routing
from apps.vendors.core.client import Client
from apps.vendors.core.errors import Unsupported
from apps.vendors.core.registry import OURS, vendors
from apps.vendors.core.transport import Endpoint

# What there is to do → the doors to it, and the vendors that document calls for it. Where there are two doors, what they
# open differs by the kind of system: numbers rented from a carrier and DIDs on a switch, trunk groups of an account and
# trunks of a switch, the account's money and what a PBX counts for a tenant or an extension.
DOORS: dict[str, tuple[tuple[type, ...], str]] = {
    "number market": ((numbers.NumberMarket,), "carrier"),
    "porting": ((numbers.Porting,), "carrier"),
    "number inventory": ((numbers.NumberInventory, routing.Dids), "carrier solswitch mirta pbxware sipxcom"),
    "number ranges": ((routing.NumberRanges,), "pbxware"),
    "number routing": ((routing.NumberRouting,), "carrier solswitch mirta pbxware sipxcom"),
    "caller rules": ((routing.CallerRules,), "mirta pbxware"),
    "emergency": ((routing.Emergency,), "solswitch mirta pbxware sipxcom"),
    "trunks": ((routing.Trunks, routing.SwitchTrunks), "carrier solswitch mirta pbxware sipxcom"),
    "outbound routes": ((routing.OutboundRoutes,), "solswitch mirta pbxware"),
    "IVRs": ((routing.Ivrs,), "mirta pbxware sipxcom"),
    "ring groups": ((routing.RingGroups,), "solswitch mirta pbxware sipxcom"),
    "queues": ((routing.Queues,), "solswitch mirta pbxware"),
    "paging": ((routing.PagingGroups,), "pbxware sipxcom"),
    "parking": ((routing.ParkingOrbits,), "sipxcom"),
    "schedules and switches": ((routing.Schedules,), "solswitch mirta pbxware sipxcom"),
    "firewall": ((routing.Firewall,), "solswitch"),
    "music and media": ((routing.Media,), "mirta sipxcom"),
    "tenants": ((people.Tenants,), "carrier solswitch mirta pbxware sipxcom"),
    "vendor-side users and rights": ((people.VendorUsers,), "mirta pbxware sipxcom"),
    "extensions": ((people.Extensions,), "mirta pbxware sipxcom"),
    "feature settings": ((people.ExtensionFeatures,), "solswitch mirta pbxware sipxcom"),
    "SIP accounts": ((people.SipAccounts,), "solswitch mirta"),
    "phones": ((people.Phones,), "mirta pbxware sipxcom"),
    "registrations": ((people.Registrations,), "mirta pbxware sipxcom"),
    "phone books": ((people.PhoneBooks,), "mirta sipxcom"),
    "live calls": ((calls.LiveCalls,), "solswitch mirta pbxware sipxcom"),
    "events pushed to us": ((calls.Events,), "solswitch"),
    "recordings and transcripts": ((calls.Recordings,), "solswitch mirta pbxware"),
    "voicemail": ((calls.Voicemail,), "mirta pbxware sipxcom"),
    "messaging": ((calls.Messaging,), "mirta pbxware"),
    "fax": ((calls.Fax,), "solswitch mirta sipxcom"),
    "conferences": ((calls.Conferences,), "mirta sipxcom"),
    "campaigns": ((calls.Campaigns,), "mirta"),
    "call records": ((reports.CallRecords,), "carrier solswitch mirta pbxware"),
    "traffic": ((reports.Traffic,), "carrier solswitch mirta pbxware"),
    "rates": ((billing.Rates,), "carrier solswitch pbxware"),
    "balance and ledger": ((billing.Billing, billing.TenantBalances, billing.ExtensionBalances), "carrier mirta pbxware"),
    "invoices and payments": ((billing.Billing,), "carrier"),
    "health and licence": ((reports.Health,), "mirta pbxware sipxcom"),
}


def _client(key: str) -> Client:
    return vendors.get(key).client(Endpoint("https://vendor.example", pool_key="doors"))


@pytest.mark.parametrize("key", OURS)
@pytest.mark.parametrize("row", DOORS)
def test_a_vendor_offers_what_it_documents_and_nothing_else(row: str, key: str) -> None:
    (doors, having), client = DOORS[row], _client(key)
    offered = [door for door in doors if client.supports(door)]
    if key not in having.split():
        assert not offered, f"{key} documents no calls for {row}"
        for door in doors:
            with pytest.raises(Unsupported, match="do it in its own portal"):
                client.capability(door)
        return
    assert len(offered) == 1, f"{key} documents calls for {row}: one door of {[door.__name__ for door in doors]} is due"
    missing = [name for name in _methods(offered[0]) if not callable(getattr(client.capability(offered[0]), name, None))]
    assert not missing, f"{offered[0].__name__} of {key} lacks {missing}"


def test_every_door_has_its_row() -> None:
    listed = {door for doors, _ in DOORS.values() for door in doors}
    assert {door for key in OURS for door in vendors.get(key).capabilities} == listed


def _methods(protocol: type) -> set[str]:
    """The methods that a door promises."""
    return {name for each in protocol.__mro__ for name, value in vars(each).items() if name[0] != "_" and callable(value)}
