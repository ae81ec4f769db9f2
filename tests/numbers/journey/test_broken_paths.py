"""Golden networks: loops, dead ends, systems that are down or slow, and journeys that cost too much."""

import threading
import time
from typing import Any

import pytest

from apps.numbers.journey import trace
from apps.numbers.models import Number
from apps.sandbox.mirta.routing import add_destinations
from tests.numbers.journey.conftest import FIFTH, FREE, MAIN, SECOND, THIRD, House
from tests.numbers.journey.test_known_paths import office_hours, text

HEAD = """Carrier main active
Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10
"""
OFFICE = """Carrier main active
Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
Switch trunk Carrier-Seattle on office-pbx Routed here: told by the DID, not by the trunk.
"""


def ref(house: House, kind: str, **wanted: str) -> str:
    """The id of a row of the first tenant on the hosted PBX."""
    found = house.mirta.pbx.find(kind, "1", **wanted)
    assert found
    return found[0]


def lead(house: House, source: str, of: str, *tags: str) -> None:
    """Make something on the hosted PBX lead to these tags alone."""
    pbx = house.mirta.pbx
    table = pbx.table("destination")
    for key in [key for key, row in table.items() if (row["de_typesrc"], row["de_typeidsrc"]) == (source, of)]:
        del table[key]
    add_destinations(pbx, "1", source, of, list(tags))


def ring(house: House, number: str, *tags: str) -> None:
    """Make a number on the hosted PBX lead to these tags alone."""
    lead(house, "DID", ref(house, "did", di_number=number[1:]), *tags)


def office(house: House, kind: str, place: int = 0) -> dict[str, Any]:
    """A row of the first tenant on the office PBX."""
    rows = [row for row in house.pbxware.pbx.table(kind).values() if row.get("server") == "2"]
    return rows[place]


# --- loops ------------------------------------------------------------------------------------------------


def test_a_menu_whose_keys_come_back_to_it(house: House) -> None:
    house.only("hosted-pbx")
    pbx = house.mirta.pbx
    first, second = (pbx.add("ivr", {"iv_name": name, "iv_me_id": ""}, "1") for name in ("Day menu", "More choices"))
    ring(house, SECOND, f"IVR-{first}")
    lead(house, "IVR_1", first, f"IVR-{second}")
    lead(house, "IVR_TIMEOUT", first, f"IVR-{first}")
    lead(house, "IVR_STAR", second, f"IVR-{first}")
    lead(house, "IVR_2", second, f"CONFERENCE-{first}")
    assert house.outline(SECOND) == HEAD + text("""
        DID +1 206-219-4101
        IVR Day menu
          key 1
            IVR More choices
              key 2
                Conference 127 Dead end There is no such conference on this system.
              key *
                IVR Day menu Loop The call comes back to Day menu: it goes in a circle.
          no key
            IVR Day menu Loop The call comes back to Day menu: it goes in a circle.
    """).replace("Conference 127", f"Conference {first}")


def test_a_group_that_rings_itself(house: House) -> None:
    house.only("hosted-pbx")
    group = ref(house, "huntlist")
    lead(house, "HUNTLIST", group, f"EXT-{ref(house, 'extension', ex_number='102')}", f"HUNTLIST-{group}")
    assert house.outline(THIRD) == HEAD + text("""
        DID +1 206-219-4102
        Ring group Front desk 160
          rings
            Extension Owen Tran extension 102 · has a mailbox
            Device Owen Tran's phone 192.0.2.102 · registered
          rings
            Ring group Front desk 160 Loop The call comes back to Front desk: it goes in a circle.
    """)


def test_opening_hours_that_send_closed_calls_to_what_they_close(house: House) -> None:
    house.only("office-pbx")
    office_hours(house, "dial_group", open_days=[], closed_dates=[], default_dest_ext="180", default_dest_is_vm="no")
    office(house, "ring_group")["extensions"] = "102"
    assert house.outline(FREE) == OFFICE + text("""
        DID +1 855-420-7710
        Schedule Hours of Front desk closed now
          open, not now
            Ring group Front desk 180
              rings
                Extension Owen Tran extension 102
                Device Yealink T46G 192.0.2.102 · registered
              nobody answers
                Voicemail 101
          closed, now
            Schedule Hours of Front desk closed now Loop The call comes back to Hours of Front desk: it goes in a circle.
    """)


def test_hunt_groups_that_fall_back_on_each_other(house: House) -> None:
    house.only("campus-pbx")
    groups = house.sipxcom.system.rows("callgroup")
    groups[0] |= {"rings": groups[0]["rings"][:1], "fallbackDestination": "sip:280@campus"}
    groups[1] |= {"rings": groups[1]["rings"][:1], "fallbackDestination": "sip:180@campus"}
    assert house.outline(FREE) == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
        System campus-pbx Routed here: told by the DID, not by the trunk.
        DID +1 855-420-7710
        Ring group harbor-dental-desk 180
          rings
            Extension Mira Castellanos extension 101
            Device Polycom VVX 411 198.51.100.100 · registered
          nobody answers
            Ring group cascade-freight-desk 280
              rings
                Extension Dana Okafor extension 201
                Device Polycom VVX 411 198.51.100.104 · registered
              nobody answers
                Ring group harbor-dental-desk 180 Loop The call comes back to harbor-dental-desk: it goes in a circle.
    """)


# --- dead ends --------------------------------------------------------------------------------------------


def test_an_extension_whose_phone_is_not_registered(house: House) -> None:
    house.only("hosted-pbx")
    house.mirta.pbx.fact("unregistered")[ref(house, "extension", ex_number="101")] = {"at": ""}
    assert house.outline(FIFTH) == HEAD + text("""
        DID +1 206-219-4104
        Extension Mira Castellanos extension 101 · has a mailbox
        Device Mira Castellanos's phone not registered Dead end Nothing is registered for 101: it does not ring.
    """)


def test_destinations_that_do_not_exist(house: House) -> None:
    house.only("hosted-pbx")
    menu = house.mirta.pbx.add("ivr", {"iv_name": "Old menu", "iv_me_id": ""}, "1")
    ring(house, SECOND, f"IVR-{menu}")
    for source, tag in (
        ("IVR_1", "EXT-99999"), ("IVR_2", "HUNTLIST-99999"), ("IVR_3", "VOICEMAIL-99999"), ("IVR_4", "CONDITION-99999"),
        ("IVR_5", "CUSTOM-99999"), ("IVR_6", f"HUNTLIST-{house.mirta.pbx.add('huntlist', {'hu_name': 'Nobody'}, '1')}"),
        ("IVR_7", f"IVR-{house.mirta.pbx.add('ivr', {'iv_name': 'No keys', 'iv_me_id': ''}, '1')}"),
    ):  # fmt: skip
        lead(house, source, menu, tag)
    assert house.outline(SECOND) == HEAD + text("""
        DID +1 206-219-4101
        IVR Old menu
          key 1
            Extension 99999 Dead end There is no such extension on this system.
          key 2
            Ring group 99999 Dead end There is no such ring group on this system.
          key 3
            Voicemail 99999 Dead end There is no such mailbox on this system.
          key 4
            Schedule 99999 Dead end There is no such schedule on this system.
          key 5
            Custom destination 99999 Dead end There is no such custom destination on this system.
          key 6
            Ring group Nobody Dead end No way on is set: the call ends here.
          key 7
            IVR No keys Dead end No way on is set: the call ends here.
    """)


def test_the_objects_of_other_tenants_do_not_exist_for_a_tenant(house: House) -> None:
    house.only("hosted-pbx")
    theirs = house.mirta.pbx.find("ivr", "2")
    assert theirs
    ring(house, SECOND, f"IVR-{theirs[0]}")
    assert house.outline(SECOND).splitlines()[-1] == f"IVR {theirs[0]} Dead end There is no such IVR on this system."


def test_numbers_inside_that_nothing_answers_to(house: House) -> None:
    house.only("office-pbx")
    office_hours(house, "dial_group", status="off")
    office(house, "ring_group").update(extensions="101,999", last_dest="555", last_dest_vm="no")
    assert house.outline(FREE) == OFFICE + text("""
        DID +1 855-420-7710
        Ring group Front desk 180
          rings
            Extension Mira Castellanos extension 101
            Device Yealink T41 192.0.2.101 · registered
          rings
            Extension 999 Dead end There is no such extension on this system.
          nobody answers
            Inside number 555 Not told PBXware does not say what answers to 555.
    """)


@pytest.mark.parametrize(
    ("change", "last"),
    [
        ({"disabled": "1"}, "DID +1 206-219-4101 Dead end It is turned off on this system."),
        ({"dest_type": "13", "destination": ""}, "No destination Dead end Calls are refused here."),
        ({"dest_type": "5", "destination": "12065550142"}, "Outside number +1 206-555-0142 leaves this system"),
        ({"dest_type": "7", "destination": "104"}, "Voicemail 104"),
        ({"dest_type": "7", "destination": "944"}, "Voicemail 944 Dead end There is no such mailbox on this system."),
    ],
)
def test_what_a_number_may_ring(house: House, change: dict[str, str], last: str) -> None:
    house.only("office-pbx")
    office(house, "did", 1).update(change)
    assert house.outline(SECOND).splitlines()[-1] == last


def test_what_is_turned_off(house: House) -> None:
    house.only("office-pbx", "campus-pbx")
    office_hours(house, "dial_group", status="off")
    office(house, "ext", 1)["status"] = "0"
    house.sipxcom.system.rows("callgroup")[0]["enabled"] = False
    lines = house.outline(FREE).splitlines()
    assert "    Ring group harbor-dental-desk 180 Dead end It is turned off." in lines
    assert "        Extension Owen Tran extension 102 Dead end It is turned off." in lines
    office(house, "ivr")["status"] = "0"
    office_hours(house, "ivr", status="off")
    assert "    IVR MainMenu 190 Dead end It is turned off." in house.outline(MAIN).splitlines()


def test_a_number_no_system_has(house: House) -> None:
    house.own("+12125550177")
    assert house.outline("+12125550177") == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11
          hosted-pbx
            Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10 Dead end Calls arrive here, and hosted-pbx has no such number.
          soft-switch
            Switch trunk Seattle edge on soft-switch · 192.0.2.10 Dead end Calls arrive here, and soft-switch has no such number.
    """)  # noqa: E501
    house.only("campus-pbx", "office-pbx")
    assert house.outline("+12125550177") == text("""
        Carrier main active
        Trunk group Seattle edge 192.0.2.10 · 192.0.2.11 Dead end No connected system has this number: calls end here, or on a system that is not connected.
    """)  # noqa: E501


def test_what_the_carrier_does_not_send_on(house: House) -> None:
    house.only("campus-pbx")
    first = house.outline
    Number.objects.filter(number=SECOND).update(status="inactive")
    assert first(SECOND).splitlines()[0] == (
        "Carrier main inactive Dead end It is inactive at the carrier, which sends no calls on."
    )
    Number.objects.filter(number=SECOND).update(status="active", trunk_group_id="", trunk_group="")
    assert first(SECOND).splitlines()[:2] == [
        "Carrier main active Dead end It points at no trunk group, so calls end at the carrier.",
        "System campus-pbx Routed here: told by the DID, not by the trunk.",
    ]
    Number.objects.filter(number=SECOND).update(trunk_group_id="999999", trunk_group="Gone")
    assert first(SECOND).splitlines()[1].startswith("Trunk group Gone Not read")


def test_a_trunk_that_is_turned_off(house: House) -> None:
    house.only("hosted-pbx")
    next(iter(house.mirta.pbx.table("provider").values()))["pr_disabled"] = "on"
    line = house.outline(FIFTH).splitlines()[2]
    assert line == "Switch trunk Carrier Seattle on hosted-pbx · 192.0.2.10 Dead end This trunk is turned off."


# --- systems that fail ------------------------------------------------------------------------------------


@pytest.mark.parametrize("down", ["mirta", "solswitch", "pbxware", "sipxcom"])
def test_a_system_that_is_down_costs_its_own_part(house: House, down: str) -> None:
    names = {"mirta": "hosted-pbx", "solswitch": "soft-switch", "pbxware": "office-pbx", "sipxcom": "campus-pbx"}
    whole = house.sourced(FIFTH)
    getattr(house, down).close_port()
    lines = house.sourced(FIFTH).splitlines()
    failed = [line for line in lines if "Not read" in line]
    assert len(failed) == 1
    assert failed[0].strip().startswith(f"System {names[down]} Not read {names[down]} cannot be reached.")
    assert failed[0].endswith(f"| {names[down]} · not read")
    kept = [line.strip() for line in whole.splitlines() if "| " in line and f"| {names[down]}" not in line]
    assert [line.strip() for line in lines if "| " in line and f"| {names[down]}" not in line] == kept


def test_a_part_that_fails_costs_itself_alone(house: House) -> None:
    house.only("hosted-pbx")
    ring(house, SECOND, f"QUEUE-{ref(house, 'queue')}")
    house.mirta.faults.set("html500", "INFO agents")
    lines = house.outline(SECOND).splitlines()
    assert lines[4].startswith(
        "Queue Harbor Street Dental desk 150 Not read Its agents could not be read. hosted-pbx has a fault."
    )
    assert lines[5:] == ["  nobody answers", "    Voicemail Mira Castellanos 101"]
    house.mirta.faults.clear()
    house.mirta.faults.set("html500", "CHANSIPPEERS")
    lines = house.outline(FIFTH).splitlines()
    assert lines[-2] == "Extension Mira Castellanos extension 101 · has a mailbox"
    assert lines[-1].startswith("Device Devices Not read hosted-pbx has a fault.")


def test_hours_that_cannot_be_read_do_not_hide_what_is_behind(house: House) -> None:
    house.only("office-pbx")
    house.pbxware.faults.set("html500", "otimes.dial_group.list")
    office(house, "ring_group")["extensions"] = "102"
    lines = house.outline(FREE).splitlines()
    assert lines[4].startswith("Schedule Hours of Front desk Not read office-pbx has a fault.")
    assert lines[5] == "Ring group Front desk 180"


def test_a_slow_system_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "SECONDS", 1.0)
    house.only("hosted-pbx", "campus-pbx")
    house.mirta.faults.set("slow", delay=20)
    began = time.monotonic()
    lines = house.outline(FIFTH).splitlines()
    assert time.monotonic() - began < 6
    assert [line for line in lines if "hosted-pbx" in line][1:] == [
        "    System hosted-pbx Not read hosted-pbx did not answer within 1 seconds."
    ]
    assert "    Extension Walt Sorensen extension 104" in lines
    for late in threading.enumerate():  # what is still under way must not reach the next test's sandbox
        if late.name.startswith("journey"):
            late.join(30)


def test_a_journey_that_takes_too_many_calls_stops_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "CALLS", 8)
    house.only("hosted-pbx")
    lines = house.outline(MAIN).splitlines()
    assert lines[3] == "DID +1 206-219-4100 Main number"
    cut = [line.strip() for line in lines if "Not followed" in line]
    assert cut
    assert all(line.endswith("Not followed further: this took as many calls as one journey may.") for line in cut)
    assert len(house.mirta.log) == 8


def test_each_question_is_asked_once(house: House) -> None:
    house.only("hosted-pbx")
    house.outline(MAIN)
    asked = [(entry.operation, str(entry.params)) for entry in house.mirta.log]
    assert len(asked) == len(set(asked))
    assert len(asked) <= 30


def test_a_connection_without_usable_credentials(house: House) -> None:
    house.only("campus-pbx")
    connection = house.connections["campus-pbx"]
    connection.credentials = {**house.sipxcom.credentials, "password": "wrong"}
    connection.save(update_fields=["credentials"])
    assert "campus-pbx refused our credentials" in house.outline(FIFTH)
