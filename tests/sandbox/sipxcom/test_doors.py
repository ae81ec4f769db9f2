"""The neutral doors of the driver, opened on this sandbox: what people see of a campus in the portal."""

from typing import Any

import pytest

from apps.sandbox import world
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.vendors.core import calls, errors, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

DENTAL, FREIGHT, _ = world.TENANTS
CONFIRMED = Confirmation("test", "doors")
OTHERWISE = {
    routing.NumberRouting, routing.Emergency, people.ExtensionFeatures, people.Registrations, calls.Voicemail,
    calls.Fax, reports.Health,
}  # fmt: skip
LISTED = [capability for capability in vendors.get("sipxcom").capabilities if capability not in OTHERWISE]


@pytest.fixture
def driver(sipxcom: SipxcomSandbox) -> Client:
    return vendors.get("sipxcom").client(Endpoint(base_url=sipxcom.url, credentials=sipxcom.credentials, read_timeout=10))


@pytest.mark.parametrize("capability", LISTED, ids=lambda each: each.__name__)
def test_every_directory_lists(driver: Client, capability: type[Any]) -> None:
    door: Any = driver.capability(capability)
    whole = door.list("")
    assert whole or capability is calls.LiveCalls
    door.list("1")


def test_customers_are_branches_with_their_people_and_phones(driver: Client) -> None:
    tenants = driver.capability(people.Tenants).list("")
    assert [tenant.name for tenant in tenants] == [tenant.key for tenant in world.TENANTS]
    extensions = driver.capability(people.Extensions).list("2")
    assert [one.number for one in extensions] == [person.extension for person in FREIGHT.people]
    assert len(driver.capability(people.Phones).list("2")) == len(FREIGHT.people)
    assert len(driver.capability(people.Registrations).list("2")) == len(FREIGHT.people)


def test_numbers_are_those_of_the_world(driver: Client) -> None:
    dids = driver.capability(routing.Dids).list("1")
    elsewhere = {*DENTAL.numbers[10:12], DENTAL.numbers[-2]}
    assert {did.number.removeprefix("+1") for did in dids} == {*DENTAL.numbers, *DENTAL.toll_free} - elsewhere


def test_emergency_locations_of_places_and_people(driver: Client) -> None:
    door = driver.capability(routing.Emergency)
    assert [record.subject for record in door.records("")] == [tenant.numbers[-1] for tenant in world.TENANTS]
    known = {record.subject: record.covered for record in door.records("1")}
    assert known == {"101": True, "102": False, "103": False, "104": False}


def test_a_number_moves_to_somebody_else(driver: Client, sipxcom: SipxcomSandbox) -> None:
    door, number = driver.capability(routing.Dids), DENTAL.numbers[0]
    door.change("1", number, {"destination_kind": "extension", "destination_ref": "3"})
    user = sipxcom.system.get("user", 3)
    assert user
    assert number in user["aliases"]


def test_a_ring_that_is_lost_is_noticed(driver: Client, sipxcom: SipxcomSandbox) -> None:
    door = driver.capability(routing.RingGroups)
    rings = [{"userName": "101"}, {"userName": "102"}]
    door.change("1", "180", {"rings": rings})
    sipxcom.faults.set("ring_lost")
    with pytest.raises(errors.OutcomeUnknown, match="without 102"):
        door.change("1", "180", {"rings": rings})


def test_superadmin_is_not_believed_to_be_deleted(driver: Client) -> None:
    door = driver.capability(people.Extensions)
    with pytest.raises(errors.VendorError):
        door.remove("", "1", CONFIRMED)


def test_one_page_more_ends_all_the_same(driver: Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("one_page_more")
    assert len(driver.capability(people.Tenants).list("")) == len(world.TENANTS)


def test_health_without_the_closed_product(driver: Client, sipxcom: SipxcomSandbox) -> None:
    assert driver.capability(reports.Health).read().edition == "Uniteme"
    sipxcom.faults.set("open_source")
    health = driver.capability(reports.Health).read()
    assert (health.edition, health.registered) == ("sipXcom", 11)


def test_the_variations_are_told_as_what_they_are(driver: Client, sipxcom: SipxcomSandbox) -> None:
    for fault in ("broken_500", "html_error"):
        sipxcom.faults.set(fault)
        with pytest.raises(errors.VendorError):
            driver.call("branches.list")
        sipxcom.faults.clear()
    sipxcom.faults.set("digest_only")
    with pytest.raises(errors.AuthFailed):
        driver.call("branches.list")
    sipxcom.faults.clear()
    sipxcom.faults.set("erl_in_a_list")
    assert driver.call("emergency.locations.read", {"elin": DENTAL.numbers[-1]})
