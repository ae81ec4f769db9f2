"""Where calls go on, as each vendor's doors tell it, over real HTTP against the sandboxes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.sandbox import world
from apps.sandbox.core import Sandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.routing import add_destinations
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core import errors, people, routing
from apps.vendors.core.client import Client
from apps.vendors.core.registry import vendors
from apps.vendors.core.routing import Way
from apps.vendors.core.transport import Endpoint
from tests.vendors.wire import ReplyServer, says

NIGHT = [{"param1": str(day), "param2": "0:00", "param3": "24:00"} for day in range(1, 8)]


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Any]]:
    kinds: tuple[type[Sandbox], ...] = (MirtaSandbox, PbxwareSandbox, SipxcomSandbox, SolSwitchSandbox)
    started = {kind.vendor: kind(port=0).start() for kind in kinds}
    yield started
    for one in started.values():
        one.stop()


@pytest.fixture
def systems(running: dict[str, Any]) -> dict[str, Any]:
    for one in running.values():
        one.reset()
    return running


def client(systems: dict[str, Any], vendor: str, **options: Any) -> Client:
    one = systems[vendor]
    given = {**one.credentials, **options}
    return vendors.get(vendor).client(Endpoint(one.url, given, options, read_timeout=10))


# --- MiRTA ------------------------------------------------------------------------------------------------


def test_keys_of_an_ivr_in_the_order_of_a_phones_keys(systems: dict[str, Any]) -> None:
    pbx = systems["mirta"].pbx
    menu = pbx.find("ivr", "1")[0]
    add_destinations(pbx, "1", "IVR_STAR", menu, [f"IVR-{menu}"])
    add_destinations(pbx, "1", "IVR_0", menu, ["PLAYBACK-1", "EXT-99999"])
    door = client(systems, "mirta").capability(routing.Ivrs)
    ways = door.get("HARBOR", menu).ways
    assert ways
    assert [(way.when, way.kind, way.number, way.name) for way in ways] == [
        ("key 0", "extension", "", ""),  # after what is played; and it is no more
        ("key 1", "queue", "150", "Harbor Street Dental desk"),
        ("key 2", "ring_group", "160", "Front desk"),
        ("key 3", "voicemail", "101", "Mira Castellanos"),
        ("key *", "ivr", "", "Main menu"),
        ("no key", "ring_group", "160", "Front desk"),
    ]
    assert all(one.ways is None for one in door.list("HARBOR"))
    with pytest.raises(errors.NotFound):
        door.get("CASCADE", menu)


def test_what_a_way_leads_to_is_named_only_if_it_is_the_tenants(systems: dict[str, Any]) -> None:
    pbx = systems["mirta"].pbx
    menu, theirs = pbx.find("ivr", "1")[0], pbx.find("extension", "2", ex_number="201")[0]
    add_destinations(pbx, "1", "IVR_9", menu, [f"EXT-{theirs}"])
    ways = client(systems, "mirta").capability(routing.Ivrs).get("HARBOR", menu).ways
    assert Way("key 9", "extension", theirs) in (ways or ())


def test_a_dids_destination_that_is_another_tenants_has_no_name(systems: dict[str, Any]) -> None:
    pbx = systems["mirta"].pbx
    did, _ = pbx.find("did", "1", di_number=f"1{world.DENTAL.numbers[1]}")
    for row in pbx.table("destination").values():
        if (row["de_typesrc"], row["de_typeidsrc"]) == ("DID", did):
            row.update(de_typedst="EXT", de_typeiddst="9", de_tag=f"EXT-{pbx.find('extension', '2', ex_number='201')[0]}")
    found = client(systems, "mirta").capability(routing.NumberRouting).read("HARBOR", did)
    assert found
    assert (found.kind, found.name, found.number) == ("extension", "", "")


def test_members_of_hunt_lists_and_virtual_extensions(systems: dict[str, Any]) -> None:
    door = client(systems, "mirta").capability(routing.RingGroups)
    hunt, virtual = (
        next(one for one in door.list("HARBOR") if one.kind == kind) for kind in ("ring_group", "virtual_extension")
    )
    assert [(way.when, way.number) for way in door.get("HARBOR", hunt.ref).ways or ()] == [
        ("rings", "101"),
        ("rings", "102"),
        ("rings", "103"),
    ]
    assert door.get("HARBOR", virtual.ref).ways == (
        Way("rings", "extension", number="101"),
        Way("rings", "extension", number="102"),
    )


def test_a_queues_agents_and_where_it_lets_callers_out(systems: dict[str, Any]) -> None:
    pbx = systems["mirta"].pbx
    queue = pbx.find("queue", "1")[0]
    add_destinations(pbx, "1", "QUEUE-EXITKEY", queue, [f"QUEUE-{queue}"])
    door = client(systems, "mirta").capability(routing.Queues)
    assert [(way.when, way.kind, way.number) for way in door.get("HARBOR", queue).ways or ()] == [
        ("nobody answers", "voicemail", "101"),
        ("exit key", "queue", "150"),
    ]
    assert [one.extension for one in door.agents("HARBOR", queue)] == ["101", "102", "103"]


@pytest.mark.parametrize(
    ("kind", "spans", "open_now"),
    [("WEEKTIME", NIGHT, True), ("WEEKTIME", [], False), ("WEEKTIME", [{"param1": "1", "param2": "?", "param3": "?"}], None),
     ("CALLERID", NIGHT, None)],
)  # fmt: skip
def test_a_condition_is_open_or_closed_or_it_is_not_told(
    systems: dict[str, Any], kind: str, spans: list[dict[str, str]], open_now: bool | None
) -> None:
    pbx = systems["mirta"].pbx
    hours, row = pbx.find("condition", "1")
    row |= {"co_type": kind, "_infos": [{**span, "param1": str(day)} for span in spans for day in range(1, 8)] if spans else []}
    found = client(systems, "mirta").capability(routing.Schedules).get("HARBOR", f"condition:{hours}")
    assert found.open_now is open_now
    assert [(way.when, way.kind) for way in found.ways] == [("open", "ivr"), ("closed", "voicemail")]


def test_a_condition_goes_by_the_clock_of_its_own_zone(systems: dict[str, Any]) -> None:
    pbx = systems["mirta"].pbx
    hours, row = pbx.find("condition", "1")
    for zone, open_now in (("Pacific/Auckland", True), ("Pacific/Honolulu", False)):
        there = datetime.now(ZoneInfo("Pacific/Auckland"))
        span = {"param2": f"{there:%H:%M}", "param3": f"{there + timedelta(hours=1):%H:%M}"}
        row |= {"co_timezone": zone, "_infos": [{"param1": str(day), **span} for day in range(1, 8)]}
        found = client(systems, "mirta").capability(routing.Schedules).get("HARBOR", f"condition:{hours}")
        assert found.open_now is open_now


def test_a_flow_leads_on(systems: dict[str, Any]) -> None:
    found = client(systems, "mirta").capability(routing.Schedules).get("HARBOR", "flow:185")
    assert (found.name, found.open_now) == ("Night switch", False)
    assert [(way.when, way.kind, way.name) for way in found.ways] == [("", "ring_group", "Front desk")]


def test_phones_and_registrations_say_which_extension(systems: dict[str, Any]) -> None:
    asked = client(systems, "mirta")
    assert [one.lines for one in asked.capability(people.Phones).list("HARBOR")] == [("101",), ("102",), ("103",), ("104",)]
    assert {one.extension for one in asked.capability(people.Registrations).list("HARBOR")} == {"101", "102", "103", "104"}


# --- PBXware ----------------------------------------------------------------------------------------------


def test_keys_members_and_last_destinations(systems: dict[str, Any]) -> None:
    asked = client(systems, "pbxware")
    (menu,) = asked.capability(routing.Ivrs).list("2")
    assert menu.ways == (
        Way("key 1", "ring_group", number="180"),
        Way("key 2", "extension", number="101"),
        Way("key 9", "directory"),
        Way("operator", "dialled", number="101"),
    )
    assert (menu.hours, menu.enabled) == (f"ivr:{menu.ref}", True)
    desk, everybody = asked.capability(routing.RingGroups).list("2")
    rings = tuple(Way("rings", "extension", number=number) for number in ("101", "102", "103"))
    assert desk.ways == (*rings, Way("nobody answers", "voicemail", number="101"))
    assert desk.hours == f"dial_group:{desk.ref}"
    assert everybody.ways == (*rings, Way("rings", "extension", number="104"))
    assert everybody.hours == f"erg:{everybody.ref}"


@pytest.mark.parametrize(
    ("keymap", "ways"),
    [
        ('{"type": "Extension", "value": "100"}', (Way("a key", "extension", number="100"),)),
        ('{"5": {"type": "rg", "destination": "180"}}', (Way("key 5", "ring_group", number="180"),)),
        ("[]", ()),
    ],
)
def test_a_keymap_as_the_document_shows_it(
    client_of: Callable[..., Client], server: ReplyServer, keymap: str, ways: tuple[Way, ...]
) -> None:
    row = '"name": "TestIVR", "type": "0", "ext": "103", "status": "enabled", "operator": ""'
    server.answer(says(f'{{"280": {{{row}, "keymap": {keymap}}}}}'))
    (found,) = client_of("pbxware").capability(routing.Ivrs).list("2")
    assert found.ways == ways


def test_a_did_may_go_straight_to_a_multi_user(systems: dict[str, Any]) -> None:
    row = next(row for row in systems["pbxware"].pbx.table("did").values() if row["server"] == "2")
    row.update(dest_type="1", destination="102")
    found = client(systems, "pbxware").capability(routing.NumberRouting).read("2", row["did"])
    assert found
    assert (found.kind, found.number) == ("extension", "102")


def times(systems: dict[str, Any], **state: Any) -> routing.Schedule:
    """The hours of the first tenant's IVR, with these settings, as they are read."""
    table = systems["pbxware"].pbx.table("otimes")
    key = next(key for key in table if key.startswith("ivr "))
    table[key] = {**table[key], "closed_dates": [], **state}
    door = client(systems, "pbxware", time_zone="UTC").capability(routing.Schedules)
    return door.get("2", f"ivr:{key.removeprefix('ivr ')}")


def test_operation_times_are_open_closed_off_or_the_tenants(systems: dict[str, Any]) -> None:
    always = {"description": "", "days": "1,2,3,4,5,6,7", "time_from": "00:00", "time_to": "24:00"}
    found = times(systems, open_days=[always])
    assert (found.applies, found.open_now) == (True, True)
    assert found.ways == (Way("closed", "voicemail", number="101", now=False),)
    found = times(systems, open_days=[], default_dest_is_vm="no", default_dest_ext="900")
    assert found.open_now is False
    assert found.ways == (Way("closed", "dialled", number="900", now=True),)
    found = times(systems, status="off")
    assert (found.applies, found.open_now, found.ways) == (False, True, ())
    table = systems["pbxware"].pbx.table("otimes")
    table["servers 2"] = {**table["servers 2"], "open_days": [always], "default_dest_ext": "103", "closed_dates": []}
    found = times(systems, status="inherit")
    assert found.open_now is True
    assert found.ways == (Way("closed", "voicemail", number="103", now=False),)
    assert times(systems, status="on", open_days=[{**always, "time_from": "?"}]).open_now is None


def test_closed_dates_come_before_times_with_destinations_and_these_before_the_hours(systems: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    always = {"description": "", "days": "1,2,3,4,5,6,7", "time_from": "00:00", "time_to": "24:00"}
    lunch = {"destination": "102", "is_open_range": "no", **{k: v for k, v in always.items() if k != "description"}}
    ends = {"time_from": "00:00", "time_to": "23:59"}
    past = {"description": "Past", "destination": "103", "date_from": "2020-01-01", "date_to": "2020-01-02", **ends}
    today = {
        **past,
        "description": "Today",
        "date_from": f"{now - timedelta(days=1):%Y-%m-%d}",
        "date_to": f"{now + timedelta(days=1):%Y-%m-%d}",
    }
    for dates, taken in (([past], "102"), ([past, today], "103")):
        found = times(systems, open_days=[always], custom_destinations=[lunch], closed_dates=dates)
        assert found.open_now is False
        assert [way.number for way in found.ways if way.now] == [taken]
        assert {way.when for way in found.ways if way.kind == "dialled"} >= {"Past, 2020-01-01"}


# --- sipXcom and SolSwitch --------------------------------------------------------------------------------


def test_rings_and_fallback_of_a_hunt_group(systems: dict[str, Any]) -> None:
    row = systems["sipxcom"].system.rows("callgroup")[0]
    row["rings"][1]["typeStr"] = "If no response"
    row["rings"][2]["enabled"] = False
    door = client(systems, "sipxcom").capability(routing.RingGroups)
    found = door.get("", "180")
    assert found.ways == (
        Way("rings", "extension", number="101"),
        Way("then rings", "extension", number="102"),
        Way("nobody answers", "dialled", number="101"),
    )
    assert found.enabled is True
    row.update(enabled=False, fallbackDestination=None)
    found = door.get("", "180")
    assert (found.enabled, len(found.ways or ())) == (False, 2)


def test_registrations_name_the_user(systems: dict[str, Any]) -> None:
    found = client(systems, "sipxcom").capability(people.Registrations).list("")
    assert "101" in {one.extension for one in found}
    assert all(one.extension == one.user for one in found)


def test_a_trunk_has_the_host_of_its_account(systems: dict[str, Any]) -> None:
    found = client(systems, "solswitch").capability(routing.SwitchTrunks).list("")
    assert [(one.name, one.host) for one in found] == [
        ("Seattle edge", world.EDGE_ADDRESSES[0]),
        ("Portland edge", world.EDGE_ADDRESSES[2]),
    ]
