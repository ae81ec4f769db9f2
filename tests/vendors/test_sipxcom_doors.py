"""sipXcom's neutral doors, each over real HTTP against the sandbox sipXcom."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.sandbox.sipxcom import SipxcomSandbox
from apps.vendors.core import calls, errors, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.params import Upload
from apps.vendors.core.redact import MASK
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

CONFIRMED = Confirmation("test", "sipxcom")
NOW = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
DENTAL, FREIGHT, EVERYTHING = "1", "2", ""


@pytest.fixture(scope="module")
def running() -> Iterator[SipxcomSandbox]:
    with SipxcomSandbox(clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def pbx(running: SipxcomSandbox) -> SipxcomSandbox:
    running.reset()
    running.faults.clear()
    return running


@pytest.fixture
def client(pbx: SipxcomSandbox) -> Client:
    return vendors.get("sipxcom").client(Endpoint(base_url=pbx.url, credentials=pbx.credentials, read_timeout=10))


@pytest.fixture
def own(pbx: SipxcomSandbox) -> Client:
    """The client of an ordinary user, 101."""
    return vendors.get("sipxcom").client(Endpoint(base_url=pbx.url, credentials=pbx.other_credentials, read_timeout=10))


def test_probe(client: Client) -> None:
    assert client.probe() > 0


def test_probe_says_when_the_role_is_missing(own: Client) -> None:
    with pytest.raises(errors.Forbidden):
        own.probe()


def test_unsupported_doors_say_where_to_go(client: Client) -> None:
    with pytest.raises(errors.Unsupported, match="own portal"):
        client.capability(reports.CallRecords)


# Numbers.


def test_dids_are_aliases_and_group_numbers(client: Client) -> None:
    door = client.capability(routing.Dids)
    mine = {did.number: (did.destination_kind, did.destination) for did in door.list(DENTAL)}
    assert mine["+12062194101"] == ("extension", "Mira Castellanos")
    assert mine["+18554207710"][0] == "ring_group"
    assert not mine.keys() & {did.number for did in door.list(FREIGHT)}
    ref = door.add(DENTAL, {"number": "206-555-0199", "destination_kind": "extension", "destination_ref": "102"})
    assert door.get(DENTAL, ref).destination == "Owen Tran"
    with pytest.raises(errors.NotFound):
        door.get(FREIGHT, ref)
    with pytest.raises(errors.NotFound):
        door.remove(FREIGHT, ref, CONFIRMED)
    door.remove(DENTAL, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(DENTAL, ref)
    with pytest.raises(errors.InvalidParameters):
        door.add(DENTAL, {"number": "reception", "destination_kind": "extension", "destination_ref": "102"})


def test_a_number_moves_and_the_rest_of_the_user_stays(client: Client) -> None:
    people_of = client.capability(people.Extensions)
    before = {user.number: user.raw for user in people_of.list(DENTAL)}
    door = client.capability(routing.NumberRouting)
    door.point(DENTAL, "+12062194101", "extension", "104")
    found = door.read(DENTAL, "2062194101")
    assert found
    assert (found.kind, found.name) == ("extension", "Walt Sorensen")
    after = {user.number: user.raw for user in people_of.list(DENTAL)}
    assert set(after["101"]["aliases"]) == set(before["101"]["aliases"]) - {"2062194101"}
    assert set(after["104"]["aliases"]) == set(before["104"]["aliases"]) | {"2062194101"}
    for kept in ("groups", "branch", "emailAddress", "lastName"):
        assert after["101"][kept] == before["101"][kept]


def test_a_number_never_goes_to_another_tenant(client: Client) -> None:
    door = client.capability(routing.NumberRouting)
    with pytest.raises(errors.NotFound):
        door.point(DENTAL, "+12062194101", "extension", "201")
    with pytest.raises(errors.Unsupported):
        door.point(DENTAL, "+12062194101", "ivr", "100")
    found = door.read(DENTAL, "2062194101")
    assert found
    assert found.name == "Mira Castellanos"


def test_a_number_that_cannot_be_given_is_given_back(client: Client) -> None:
    door = client.capability(routing.NumberRouting)
    with pytest.raises(errors.Conflict):  # the group has a DID
        door.point(DENTAL, "+12062194101", "ring_group", "180")
    found = door.read(DENTAL, "2062194101")
    assert found
    assert found.name == "Mira Castellanos"


def test_emergency(client: Client, pbx: SipxcomSandbox) -> None:
    door = client.capability(routing.Emergency)
    places = door.records(EVERYTHING)
    assert places[0].elin == "2062194117"
    people_there = {record.subject: record for record in door.records(DENTAL)}
    door.change(DENTAL, "user:104", {"elin": "2062194117"}, CONFIRMED)
    assert {record.subject: record for record in door.records(DENTAL)}["104"].elin == "2062194117"
    assert "412 Harbor" in door.records(DENTAL)[0].address or people_there
    with pytest.raises(errors.NotFound):
        door.change(DENTAL, "user:201", {"elin": "2062194117"}, CONFIRMED)
    door.change(EVERYTHING, "location:2062194117", {"location": "412 Harbor St, second floor"}, CONFIRMED)
    assert door.records(EVERYTHING)[0].address == "412 Harbor St, second floor"
    assert door.values(door.records(EVERYTHING)[0])["description"]  # what was not given stays
    assert set(door.customers()) > {EVERYTHING, DENTAL}
    door.add(EVERYTHING, "location:2062194116", {"location": "9 Pier Rd"}, CONFIRMED)
    assert door.read(EVERYTHING, "location:2062194116").address == "9 Pier Rd"
    phone = pbx.system.rows("phone")[0]["serialNo"]
    group, phones = (pbx.system.rows(kind)[0]["name"] for kind in ("ugroup", "pgroup"))
    for ref in ("user:104", f"phone:{phone}", f"group:{group}", f"phone_group:{phones}"):
        door.change(EVERYTHING, ref, {"elin": "2062194116"}, CONFIRMED)
        assert door.read(EVERYTHING, ref).elin == "2062194116", ref
    door.change(EVERYTHING, "user:104", {"elin": ""}, CONFIRMED)
    assert door.read(EVERYTHING, "user:104").covered is False
    door.remove(EVERYTHING, "location:2062194116", CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.read(EVERYTHING, "location:2062194116")
    assert [field.name for field in door.fields("user:104")] == ["elin"]
    assert door.fields("user:104", "add") == ()


def test_emergency_is_the_closed_products(client: Client, pbx: SipxcomSandbox) -> None:
    pbx.faults.set("open_source")
    with pytest.raises(errors.Unsupported, match="Uniteme"):
        client.capability(routing.Emergency).records(EVERYTHING)
    assert client.capability(reports.Health).read().edition == "sipXcom"


# Routing.


def test_trunks(client: Client) -> None:
    door = client.capability(routing.SwitchTrunks)
    ref = door.add(
        EVERYTHING,
        {"name": "spare", "model": "sipTrunkStandard", "address": "203.0.113.77", "enabled": True, "branch": "harbor-dental",
         "caller_alias": {"keepDigits": 4}},
    )  # fmt: skip
    door.change(EVERYTHING, ref, {"address": "203.0.113.78"})
    now = door.get(EVERYTHING, ref)
    assert (now.name, now.host, now.status) == ("spare", "203.0.113.78", "enabled")
    assert now.raw["callerAliasInfo"]["keepDigits"] == 4
    assert [trunk.ref for trunk in door.list(DENTAL)] == [ref]
    with pytest.raises(errors.NotFound):
        door.change(FREIGHT, ref, {"address": "203.0.113.79"})
    door.remove(EVERYTHING, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(EVERYTHING, ref)


def test_hunt_groups(client: Client) -> None:
    door = client.capability(routing.RingGroups)
    (desk,) = door.list(DENTAL)
    assert (desk.ref, desk.members) == ("180", ("101", "102", "103"))
    door.change(DENTAL, "180", {"description": "All of us", "fallbackDestination": "sip:104@campus"})
    again = door.get(DENTAL, "180")
    assert (again.members, again.raw["did"], again.raw["description"]) == (desk.members, desk.raw["did"], "All of us")
    assert again.raw["fallbackDestination"] == "sip:104@campus"
    ref = door.add(
        DENTAL, {"name": "night", "extension": "181", "rings": [{"user_name": "104", "expiration": 30, "enabled": True}]}
    )
    assert door.get(DENTAL, ref).members == ("104",)
    with pytest.raises(errors.NotFound):
        door.remove(FREIGHT, ref, CONFIRMED)
    door.remove(DENTAL, ref, CONFIRMED)
    assert [group.ref for group in door.list(DENTAL)] == ["180"]


def test_a_ring_that_is_dropped_in_silence_is_found_out(client: Client) -> None:
    rings = [
        {"user_name": "101", "expiration": 20, "enabled": True},
        {"user_name": "nobody", "expiration": 20, "enabled": True},
    ]
    with pytest.raises(errors.OutcomeUnknown, match="nobody"):
        client.capability(routing.RingGroups).change(DENTAL, "180", {"rings": rings})


def test_page_groups(client: Client) -> None:
    door = client.capability(routing.PagingGroups)
    assert [group.number for group in door.list(DENTAL)] == ["11"]  # the whole campus is nobody's own
    ref = door.add(
        DENTAL, {"number": 44, "enabled": True, "timeout": 30, "sound": "chime.wav", "users": [{"user_name": "104"}]}
    )
    door.change(DENTAL, ref, {"timeout": 60})
    now = door.get(DENTAL, ref)
    assert (now.members, now.raw["timeout"]) == (("104",), 60)
    door.remove(DENTAL, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(DENTAL, ref)


def test_park_orbits_and_attendants(client: Client) -> None:
    door = client.capability(routing.ParkingOrbits)
    orbit = door.list(EVERYTHING)[0]
    door.change(EVERYTHING, orbit.ref, {"extension": "177"})
    now = door.get(EVERYTHING, orbit.ref)
    assert (now.number, now.name, now.raw["music"]) == ("177", orbit.name, orbit.raw["music"])
    assert door.list(DENTAL) == []
    menus = client.capability(routing.Ivrs)
    assert menus.list(EVERYTHING)[0].ref == "operator"
    with pytest.raises(errors.Unsupported):
        menus.add(EVERYTHING, {"name": "x"})


def test_schedules(client: Client) -> None:
    door = client.capability(routing.Schedules)
    names = {schedule.name: schedule for schedule in door.list(EVERYTHING)}
    hours = names["harbor-dental-hours"]
    assert [(period["start"], period["stop"]) for period in hours.periods][0] == ("08:00", "17:30")
    door.change(EVERYTHING, hours.ref, {"periods": [{"day": "Monday", "start": "09:00", "stop": "12:30"}]})
    (period,) = door.get(EVERYTHING, hours.ref).periods
    assert (period["scheduledDay"], period["start"], period["stop"]) == ("Monday", "09:00", "12:30")
    ref = door.add(EVERYTHING, {"name": "Late", "periods": [{"day": "Friday", "start": "15:00", "stop": "22:00"}]})
    door.remove(EVERYTHING, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(EVERYTHING, ref)


def test_special_mode_is_a_switch(client: Client) -> None:
    door = client.capability(routing.Schedules)
    client.call("auto_attendants.special.select", {"attendant": "operator"})
    door.flip(EVERYTHING, "special_mode", on=True)
    assert door.get(EVERYTHING, "special_mode").open_now is True
    door.flip(EVERYTHING, "special_mode", on=False)
    assert door.get(EVERYTHING, "special_mode").open_now is False
    with pytest.raises(errors.Unsupported):
        door.flip(DENTAL, "special_mode", on=True)


def test_media(client: Client) -> None:
    door = client.capability(routing.Media)
    ref = door.add(EVERYTHING, {"file": Upload("spring.wav", b"RIFF....WAVE", "audio/x-wav")})
    assert door.get(EVERYTHING, ref).kind == "music"
    with pytest.raises(errors.Conflict):
        door.add(EVERYTHING, {"file": Upload("spring.wav", b"RIFF....WAVE", "audio/x-wav")})
    door.remove(EVERYTHING, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(EVERYTHING, ref)
    assert door.list(DENTAL) == []


# People and devices.


def test_tenants_are_branches(client: Client) -> None:
    door = client.capability(people.Tenants)
    assert [tenant.name for tenant in door.list("")][:2] == ["harbor-dental", "cascade-freight"]
    door.change("", DENTAL, {"phone_number": "2062194109"})
    raw = door.get("", DENTAL).raw
    assert (raw["phoneNumber"], raw["address"]["city"], raw["name"]) == ("2062194109", "Seattle", "harbor-dental")
    ref = door.add("", {"name": "annex"})
    door.remove("", ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get("", ref)


def test_extensions(client: Client) -> None:
    door = client.capability(people.Extensions)
    assert [user.number for user in door.list(DENTAL)] == ["101", "102", "103", "104"]
    ref = door.add(
        DENTAL, {"username": "105", "first_name": "Spare", "last_name": "Desk", "pin": "48211590", "aliases": ["desk5"]}
    )
    door.change(DENTAL, ref, {"last_name": "Room"})
    now = door.get(DENTAL, ref)
    assert (now.name, now.raw["aliases"], now.raw["branch"]["id"]) == ("Spare Room", ["desk5"], DENTAL)
    with pytest.raises(errors.NotFound):
        door.change(FREIGHT, ref, {"last_name": "Stolen"})
    door.remove(DENTAL, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(DENTAL, ref)


def test_a_removal_that_lies_is_found_out(client: Client) -> None:
    with pytest.raises(errors.OutcomeUnknown, match="still"):
        client.capability(people.Extensions).remove(EVERYTHING, "1", CONFIRMED)  # superadmin is kept


def test_a_user_group_can_be_a_tenant(client: Client) -> None:
    staff = next(group["id"] for group in client.call("user_groups.list")["groups"] if group["name"] == "harbor-dental-staff")
    found = client.capability(people.Extensions).list(f"group:{staff}")
    assert [user.number for user in found] == ["101", "102", "103", "104"]


def test_rights(client: Client) -> None:
    door = client.capability(people.VendorUsers)
    mira = door.list(DENTAL)[0]
    assert "Voicemail" in mira.rights
    door.change(DENTAL, mira.ref, {"permissions": [{"name": "Voicemail", "value": "DISABLE"}]})
    assert "Voicemail" not in door.get(DENTAL, mira.ref).rights
    with pytest.raises(errors.NotFound):
        door.get(FREIGHT, mira.ref)


def test_phones(client: Client) -> None:
    door = client.capability(people.Phones)
    phone = door.list(DENTAL)[0]
    assert (phone.mac, phone.lines) == ("64167f000101", ("101",))
    assert {line["password"] for line in phone.raw["lines"]} <= {MASK, None, ""}
    door.change(DENTAL, phone.ref, {"description": "Corner office"})
    now = door.get(DENTAL, phone.ref)
    assert (now.name, now.mac, now.lines) == ("Corner office", phone.mac, phone.lines)
    door.restart(DENTAL, phone.ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.restart(FREIGHT, phone.ref, CONFIRMED)


def test_registrations(client: Client) -> None:
    door = client.capability(people.Registrations)
    mine = door.list(DENTAL)
    assert {one.user for one in mine} == {"101", "102", "103", "104"}
    assert mine[0].expires_at
    assert mine[0].expires_at.tzinfo
    door.remove(DENTAL, "101", CONFIRMED)
    assert "101" not in {one.user for one in door.list(DENTAL)}
    with pytest.raises(errors.NotFound):
        door.remove(DENTAL, "201", CONFIRMED)


def test_phone_books(client: Client) -> None:
    door = client.capability(people.PhoneBooks)
    assert door.list(EVERYTHING)[0].number == "2062194100"
    assert door.list(DENTAL) == []
    with pytest.raises(errors.Unsupported):
        door.add(EVERYTHING, {})


# What is the signed-in user's.


def test_features(own: Client) -> None:
    door = own.capability(people.ExtensionFeatures)
    for key in door.features():
        assert door.read(DENTAL, "101", key).key == key
    rings = [{"number": "104", "type": "If no response", "expiration": 15, "enabled": True}]
    door.write(DENTAL, "101", "forwarding", {"rings": rings, "expiration": 20})
    now = door.read(DENTAL, "101", "forwarding")
    assert now.enabled
    assert [ring["number"] for ring in now.values["rings"]] == ["104"]
    door.write(DENTAL, "101", "forwarding", {"rings": [], "expiration": 20})
    assert door.read(DENTAL, "101", "forwarding").values["rings"] == []
    door.write(DENTAL, "101", "voicemail", {"greeting": "OUT_OF_OFFICE"})
    assert door.read(DENTAL, "101", "voicemail").values["greeting"] == "OUT_OF_OFFICE"
    with pytest.raises(errors.Unsupported):
        door.write(DENTAL, "101", "schedules", {})
    with pytest.raises(errors.NotConfigured):
        door.read(DENTAL, "102", "forwarding")


def test_features_of_another_user_with_their_password(client: Client, pbx: SipxcomSandbox) -> None:
    door = client.capability(people.ExtensionFeatures)
    credentials = pbx.other_credentials
    other = door.acting_as(credentials["username"], credentials["password"])  # type: ignore[attr-defined]
    assert other.read(DENTAL, "101", "speed_dial").values
    fax = client.capability(calls.Fax).acting_as(credentials["username"], credentials["password"])  # type: ignore[attr-defined]
    line = fax.line(DENTAL, "101")
    assert line == calls.FaxLine(line.extension, line.number, line.raw)
    assert line.extension
    with pytest.raises(errors.NotConfigured):
        fax.line(DENTAL, "102")
    with pytest.raises(errors.Unsupported, match="own portal"):
        fax.send(DENTAL, "101", "+12065550142", Upload("a.pdf", b"%PDF"))


def test_live_calls_and_voicemail(own: Client) -> None:
    door = own.capability(calls.LiveCalls)
    door.dial(DENTAL, "101", "102")
    with pytest.raises(errors.NotConfigured):
        door.dial(DENTAL, "102", "103")
    with pytest.raises(errors.Unsupported):
        door.hang_up(DENTAL, "", CONFIRMED)
    assert all(call.started_at for call in door.list(DENTAL))
    mail = own.capability(calls.Voicemail)
    message = mail.messages(DENTAL, "101")[0]
    assert (message.folder, message.seconds, message.caller) == ("inbox", 12, "12065550140")
    with pytest.raises(errors.Unsupported):
        mail.fetch(DENTAL, "101", message.ref)


def test_conferences(own: Client) -> None:
    door = own.capability(calls.Conferences)
    (room,) = door.list(DENTAL)
    assert door.get(DENTAL, room.ref).members == 3
    door.change(DENTAL, room.ref, {"max_members": 5})
    assert own.call("my.conferences.read", {"name": room.ref})["maxMembers"] == 5
    with pytest.raises(errors.NotFound):
        door.change(DENTAL, "cascade-freight-room", {"max_members": 5})
    with pytest.raises(errors.Unsupported):
        door.add(DENTAL, {"name": "x"})


def test_health(client: Client) -> None:
    health = client.capability(reports.Health).read()
    assert (health.edition, health.registered) == ("Uniteme", 11)
    assert health.licence_days
