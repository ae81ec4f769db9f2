"""Golden networks: the whole outline of numbers whose way is known, on each system and over all of them."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.connections.models import Connection
from apps.numbers.models import InventoryRead, Number
from apps.sandbox import world
from apps.sandbox.mirta.routing import add_destinations
from tests.numbers.journey.conftest import FIFTH, FOURTH, FREE, MAIN, SECOND, SPARE, THIRD, House

ALL_WEEK = [{"param1": str(day), "param2": "0:00", "param3": "24:00"} for day in range(1, 8)]
OFFICE = {"description": "Office", "days": "1,2,3,4,5,6,7", "time_from": "00:00", "time_to": "24:00"}


def hours(house: House, spans: list[dict[str, str]]) -> None:
    """Set the hours of the first tenant's condition on the hosted PBX."""
    pbx = house.mirta.pbx
    found = pbx.find("condition", "1")
    assert found
    pbx.table("condition")[found[0]]["_infos"] = spans


def office_hours(house: House, kind: str, **state: object) -> None:
    """Change the operation times of the first thing of a kind of the first tenant on the office PBX."""
    times = house.pbxware.pbx.table("otimes")
    key = next(key for key in times if key.startswith(f"{kind} "))
    times[key] = {**times[key], **state}


def text(drawn: str) -> str:
    """The outline as it stands in a test, without the indentation of the test."""
    lines = drawn.strip("\n").splitlines()
    cut = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[cut:] for line in lines).rstrip()


def test_hours_menu_queue_and_group_down_to_the_phones(house: House) -> None:
    house.only("hosted-pbx")
    hours(house, ALL_WEEK)
    devices = "hosted-pbx: Registered SIP peers, Phones and 2 more · read just now"
    people = "hosted-pbx: Extensions, Tenants · read just now"
    mailbox = "hosted-pbx: Mailboxes, Tenants · read just now"
    group = "hosted-pbx: Extensions, Tenants and 3 more · read just now"
    assert house.sourced(MAIN) == text(f"""
        Carrier main active | main: Its list of numbers · seen just now
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11 | main: Origination trunk groups · read just now
        Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10 | hosted-pbx: Providers · read just now
        DID +1 206-219-4100 Main number | hosted-pbx: DIDs, Tenants and 2 more · read just now
        Schedule Opening hours open now | hosted-pbx: Conditions, Tenants and 5 more · read just now
          open, now
            IVR Main menu | hosted-pbx: IVRs, Tenants and 5 more · read just now
              key 1
                Queue Harbor Street Dental desk 150 | hosted-pbx: Queues, Tenants and 4 more · read just now
                  agent
                    Extension Mira Castellanos extension 101 · has a mailbox | {people}
                    Device Mira Castellanos's phone 192.0.2.101 · registered | {devices}
                  agent
                    Extension Owen Tran extension 102 · has a mailbox | {people}
                    Device Owen Tran's phone 192.0.2.102 · registered | {devices}
                  agent
                    Extension Priya Natarajan extension 103 · has a mailbox | {people}
                    Device Priya Natarajan's phone 192.0.2.103 · registered | {devices}
                  nobody answers
                    Voicemail Mira Castellanos 101 | {mailbox}
              key 2
                Ring group Front desk 160 | {group}
                  rings
                    Extension Mira Castellanos extension 101 · has a mailbox | {people}
                    Device Mira Castellanos's phone 192.0.2.101 · registered | {devices}
                  rings
                    Extension Owen Tran extension 102 · has a mailbox | {people}
                    Device Owen Tran's phone 192.0.2.102 · registered | {devices}
                  rings
                    Extension Priya Natarajan extension 103 · has a mailbox | {people}
                    Device Priya Natarajan's phone 192.0.2.103 · registered | {devices}
              key 3
                Voicemail Mira Castellanos 101 | {mailbox}
              no key
                Ring group Front desk 160 See above Shown in full elsewhere on this page. | {group}
          closed, not now
            Voicemail Mira Castellanos 101 | {mailbox}
    """)


def test_closed_now_is_marked_on_both_ways(house: House) -> None:
    house.only("hosted-pbx")
    hours(house, [])
    lines = house.outline(MAIN).splitlines()
    assert lines[4:6] == ["Schedule Opening hours closed now", "  open, not now"]
    assert lines[-2:] == ["  closed, now", "    Voicemail Mira Castellanos 101"]


def test_a_switch_with_one_way_and_a_group_behind_it(house: House) -> None:
    house.only("hosted-pbx")
    assert house.outline(FOURTH) == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
        Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10
        DID +1 206-219-4103
        Switch Night switch switched off
        Ring group Front desk 160
          rings
            Extension Mira Castellanos extension 101 · has a mailbox
            Device Mira Castellanos's phone 192.0.2.101 · registered
          rings
            Extension Owen Tran extension 102 · has a mailbox
            Device Owen Tran's phone 192.0.2.102 · registered
          rings
            Extension Priya Natarajan extension 103 · has a mailbox
            Device Priya Natarajan's phone 192.0.2.103 · registered
    """)


def test_announcements_on_the_way_virtual_extensions_conferences_and_custom_destinations(house: House) -> None:
    house.only("hosted-pbx")
    pbx = house.mirta.pbx

    def ref(kind: str, **wanted: str) -> str:
        found = pbx.find(kind, "1", **wanted)
        assert found
        return found[0]

    did = ref("did", di_number=FIFTH[1:])
    table = pbx.table("destination")
    for key in [key for key, row in table.items() if row["de_typesrc"] == "DID" and row["de_typeidsrc"] == did]:
        del table[key]
    menu = pbx.add("ivr", {"iv_name": "Late menu", "iv_me_id": ""}, "1")
    add_destinations(pbx, "1", "DID", did, [f"PLAYBACK-{ref('mediafile')}", f"IVR-{menu}"])
    everybody = ref("extension", ex_tech="VIRTUAL")
    for source, tag in (
        ("IVR_WRONG", f"CUSTOM-{ref('custom')}"),
        ("IVR_SHARP", f"MEETME-{ref('conference')}"),
        ("IVR_0", f"EXT-{everybody}"),
    ):
        add_destinations(pbx, "1", source, menu, [tag])
    assert house.outline(FIFTH) == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
        Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10
        DID +1 206-219-4104
        IVR Late menu
          key 0
            Ring group Everybody 190
              rings
                Extension Mira Castellanos extension 101 · has a mailbox
                Device Mira Castellanos's phone 192.0.2.101 · registered
              rings
                Extension Owen Tran extension 102 · has a mailbox
                Device Owen Tran's phone 192.0.2.102 · registered
          key #
            Conference Meeting room 170
          wrong key
            Custom destination Mobile of the boss
    """)


def test_hours_of_menus_and_groups_and_what_a_number_rings_told_by_the_did(house: House) -> None:
    house.only("office-pbx")
    office_hours(house, "ivr", open_days=[OFFICE])
    office_hours(house, "dial_group", open_days=[])
    times, menus = "Operation times of IVRs · read just now", "IVRs · read just now"
    devices = "office-pbx: Extensions: online, on a call, do not disturb, Extensions · read just now"
    assert house.sourced(MAIN) == text(f"""
        Carrier main active | main: Its list of numbers · seen just now
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11 | main: Origination trunk groups · read just now
        Switch trunk Carrier-Seattle on office-pbx Routed here: told by the DID, not by the trunk. | office-pbx: Trunks · read just now
        DID +1 206-219-4100 Main | office-pbx: DIDs · read just now
        Schedule Hours of MainMenu open now | office-pbx: {times}
          open, now
            IVR MainMenu 190 | office-pbx: {menus}
              key 1
                Schedule Hours of Front desk closed now | office-pbx: Operation times of ring groups · read just now
                  open, not now
                    Ring group Front desk 180 | office-pbx: Ring groups, Enhanced ring groups · read just now
                      rings
                        Extension Mira Castellanos extension 101 | office-pbx: Extensions · read just now
                        Device Yealink T41 192.0.2.101 · registered | {devices}
                      rings
                        Extension Owen Tran extension 102 | office-pbx: Extensions · read just now
                        Device Yealink T46G 192.0.2.102 · registered | {devices}
                      rings
                        Extension Priya Natarajan extension 103 | office-pbx: Extensions · read just now
                        Device Polycom VVX 411 192.0.2.103 · registered | {devices}
                      nobody answers
                        Voicemail 101 | office-pbx: Extensions · read just now
                  New Year, 2027-01-01, not now
                    Extension Mira Castellanos extension 101 | office-pbx: Extensions · read just now
                    Device Yealink T41 192.0.2.101 · registered | {devices}
                  closed, now
                    Voicemail 101 | office-pbx: Extensions · read just now
              key 2
                Extension Mira Castellanos extension 101 | office-pbx: Extensions · read just now
                Device Yealink T41 192.0.2.101 · registered | {devices}
              key 9
                Directory | office-pbx · read just now
              operator
                Extension Mira Castellanos extension 101 | office-pbx: Extensions · read just now
                Device Yealink T41 192.0.2.101 · registered | {devices}
          New Year, 2027-01-01, not now
            Extension Mira Castellanos extension 101 | office-pbx: Extensions · read just now
            Device Yealink T41 192.0.2.101 · registered | {devices}
          closed, not now
            Voicemail 101 | office-pbx: Extensions · read just now
    """)  # noqa: E501


def test_hours_that_follow_the_tenants_and_hours_that_are_off(house: House) -> None:
    house.only("office-pbx")
    office_hours(house, "ivr", status="inherit")
    office_hours(house, "servers", open_days=[OFFICE], default_dest_ext="102", default_dest_is_vm="no")
    office_hours(house, "dial_group", status="off")
    lines = house.outline(MAIN).splitlines()
    assert lines[4:9] == [
        "Schedule Hours of MainMenu open now",
        "  open, now",
        "    IVR MainMenu 190",
        "      key 1",
        "        Ring group Front desk 180",
    ]
    assert lines[-3:] == [
        "  closed, not now",
        "    Extension Owen Tran extension 102",
        "    Device Yealink T46G 192.0.2.102 · registered",
    ]


def test_a_closed_date_sends_calls_elsewhere_today(house: House) -> None:
    house.only("office-pbx")
    today = f"{timezone.now():%Y-%m-%d}"
    dates = {"date_from": today, "date_to": today, "time_from": "00:00", "time_to": "24:00"}
    party = {"description": "Party", "destination": "+12065550142", **dates}
    office_hours(house, "ivr", open_days=[OFFICE], closed_dates=[party])
    lines = house.outline(MAIN).splitlines()
    assert lines[4:6] == ["Schedule Hours of MainMenu closed now", "  open, not now"]
    assert lines[-4:] == [
        f"  Party, {today}, now",
        "    Outside number +1 206-555-0142 leaves this system",
        "  closed, not now",
        "    Voicemail 101",
    ]


def test_a_hunt_group_and_its_fallback(house: House) -> None:
    house.only("campus-pbx")
    people, devices = (
        "campus-pbx: List the users · read just now",
        "campus-pbx: List the registrations, List the phones · read just now",
    )
    assert house.sourced(FREE) == text(f"""
        Carrier main active | main: Its list of numbers · seen just now
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11 | main: Origination trunk groups · read just now
        System campus-pbx Routed here: told by the DID, not by the trunk. | campus-pbx: List the gateways · read just now
        DID +1 855-420-7710 | campus-pbx: List the users, List the hunt groups · read just now
        Ring group harbor-dental-desk 180 | campus-pbx: Read a hunt group · read just now
          rings
            Extension Mira Castellanos extension 101 | {people}
            Device Polycom VVX 411 198.51.100.100 · registered | {devices}
          rings
            Extension Owen Tran extension 102 | {people}
            Device Yealink SIP-T46 198.51.100.101 · registered | {devices}
          rings
            Extension Priya Natarajan extension 103 | {people}
            Device Polycom VVX 311 198.51.100.102 · registered | {devices}
          nobody answers
            Extension Mira Castellanos extension 101 | {people}
            Device Polycom VVX 411 198.51.100.100 · registered | {devices}
    """)


def test_what_a_vendor_does_not_say_is_said_so(house: House) -> None:
    house.only("soft-switch")
    drawn = house.sourced(FREE)
    assert re.sub(r"Route Route \d+", "Route Route 1", drawn) == text("""
        Carrier main active | main: Its list of numbers · seen just now
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11 | main: Origination trunk groups · read just now
        Switch trunk Seattle edge on soft-switch · 192.0.2.10 | soft-switch: Trunks, SIP accounts · read just now
        DID +1 855-420-7710 | soft-switch: DIDs of the whole switch · read just now
        Route Route 1 Not told SolSwitch does not say what is behind this. | soft-switch · no call for it
    """)


def test_systems_the_trunk_group_leads_to_come_first_and_others_that_have_the_number_aside(house: House) -> None:
    lines = house.outline(FIFTH).splitlines()
    assert [line for line in lines if "trunk" in line.lower() or line.strip().startswith("System")] == [
        "Trunk group Seattle edge 192.0.2.10 · 192.0.2.11",
        "    Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10",
        "    Switch trunk Seattle edge on soft-switch · 192.0.2.10",
        "  System campus-pbx It has the number too, but none of its trunks has an address of the carrier's trunk group.",
        "  Switch trunk Carrier-Seattle on office-pbx"
        " It has the number too, but none of its trunks has an address of the carrier's trunk group.",
    ]
    assert [line for line in lines if line.startswith("  ") and not line.startswith("   ")][:2] == [
        "  hosted-pbx",
        "  soft-switch",
    ]
    assert "Also known on" in house.page(FIFTH)


def test_a_trunk_group_may_lead_to_the_address_of_a_system_itself(house: House) -> None:
    house.only("campus-pbx")
    next(iter(house.carrier.account.trunks.values())).primary_ip = "127.0.0.1"
    assert "System" not in house.outline(SECOND)
    assert "Switch trunk campus-pbx on campus-pbx · at its own address" in house.outline(SECOND)


def test_a_number_of_no_tenant_is_looked_for_on_whole_systems(house: House) -> None:
    house.own(SPARE, tenant=None)
    assert house.outline(SPARE) == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
          hosted-pbx
            Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10
            DID +1 206-219-4118 spare Dead end It leads nowhere on this system.
          soft-switch
            Switch trunk Seattle edge on soft-switch · 192.0.2.10
            DID +1 206-219-4118 Dead end It leads nowhere on this system.
    """)
    assert "Asked too, and without this number: campus-pbx, office-pbx." in house.page(SPARE)


def test_a_number_that_is_another_customers_on_a_system_is_found_there(house: House) -> None:
    other = f"+1{world.FREIGHT.numbers[1]}"
    house.own(other)
    house.only("office-pbx")
    assert house.outline(other).splitlines()[3:5] == ["DID +1 503-226-7301", "Extension Luis Ferreira extension 202"]


@pytest.mark.parametrize("who", ["aud", "ops", "ada"])
def test_everybody_of_the_staff_sees_the_same(house: House, who: str) -> None:
    house.only("hosted-pbx")
    assert house.outline(THIRD, who) == house.outline(THIRD)


def test_ages_are_told_where_the_carrier_cannot_be_read(house: House) -> None:
    house.only("campus-pbx")
    long_ago = timezone.now() - timedelta(hours=3)
    Number.objects.update(seen_at=long_ago)
    group = next(iter(house.carrier.account.trunks.values()))
    main = Connection.objects.get(name="main")
    kept = {"id": group.id, "title": group.title, "hosts": ["203.0.113.10"], "numbers": 1}
    InventoryRead.objects.create(connection=main, read_at=long_ago, trunk_groups=[kept])
    house.carrier.close_port()
    lines = house.sourced(SECOND).splitlines()
    assert lines[0] == "Carrier main active | main: Its list of numbers · seen 3 h ago"
    assert lines[1].startswith("Trunk group Seattle edge 203.0.113.10 Not read main cannot be reached.")
    assert lines[1].endswith("| main · seen 3 h ago")
    assert (
        lines[2] == "Switch trunk carrier-seattle on campus-pbx · 203.0.113.10 | campus-pbx: List the gateways · read just now"
    )
