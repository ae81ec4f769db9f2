"""PBXware: what it says and what we make of it, and each capability over real HTTP against the sandbox PBX."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.sandbox.pbxware import PbxwareSandbox
from apps.vendors.core import billing, calls, errors, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.redact import MASK
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from tests.vendors.wire import ReplyServer, says

ClientOf = Callable[..., Client]
CONFIRMED = Confirmation("test", "pbxware")
NOW = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
DENTAL, FREIGHT = "2", "3"


# What the PBX says.

TEXTS: dict[str, type[errors.VendorError]] = {
    "Invalid API key.": errors.AuthFailed,
    "API key is suspended due to inactivity.": errors.Forbidden,
    "You do not have permission to execute this action.": errors.Forbidden,
    "IP address not allowed": errors.Forbidden,
    "Invalid Server ID is specified.": errors.Rejected,
    "In tenant mode, make sure server=1.": errors.Rejected,
    "Tenant mode is not enabled": errors.Conflict,
    "No tenant packages present on system.": errors.NotFound,
    "Required field 'name' is missing": errors.Rejected,
    "Required field 'ext=100' contains invalid data (Regex: ^[0-9]{3}$)": errors.Rejected,
    "Fields codecs and codecs_ptime must match in size": errors.Rejected,
    "Unable to create extension": errors.Conflict,
    "Extension 101 already exists.": errors.Conflict,
    "Extension '999' not found.": errors.NotFound,
    "Something nobody has seen": errors.Rejected,
    "Failed to generate configuration": errors.VendorFault,
    "SQLSTATE[42S02]: Table 'pbxware.x' doesn't exist": errors.VendorFault,
    "Undefined array key 2": errors.VendorFault,
}


@pytest.mark.parametrize(("text", "kind"), TEXTS.items(), ids=lambda x: x if isinstance(x, str) else "")
@pytest.mark.parametrize("wrapped", [False, True], ids=["object", "list"])
def test_texts(client_of: ClientOf, server: ReplyServer, text: str, kind: type, wrapped: bool) -> None:
    body = f'{{"error": "{text}"}}'
    server.answer(says(f"[{body}]" if wrapped else body))
    with pytest.raises(errors.VendorError) as caught:
        client_of("pbxware").call("extensions.list", {"server": "2"})
    assert type(caught.value) is kind


def test_a_value_that_a_refusal_quotes_is_not_told(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says('{"error": "Required field \'pin=77\' contains invalid data (Regex: ^[0-9]{4}$)"}'))
    with pytest.raises(errors.Rejected) as caught:
        client_of("pbxware").call("extensions.change", {"server": "2", "id": "1", "pin": "77"})
    assert "77" not in str(caught.value)
    assert caught.value.fields == {"pin": "does not have the form the PBX wants"}


@pytest.mark.parametrize(
    "text",
    [
        '<b>Notice</b>: x [0] {1} in <b>/a.php</b><br />\n{"1": {"ext": "1',
        "PHP Warning:  Undefined array key 2 in /a.php on line 3",
        '<html><script>{"a": 1}</script></html>',
        '{"1": {"ext": "101"}} and then more',
    ],
)
def test_half_an_answer_behind_noise_is_none(client_of: ClientOf, server: ReplyServer, text: str) -> None:
    server.answer(says(text))
    with pytest.raises(errors.UnreadableReply):
        client_of("pbxware").call("extensions.list")
    with pytest.raises(errors.OutcomeUnknown):
        client_of("pbxware").call("paging_groups.add", {"server": "2", "name": "A", "number": "170"})


def test_a_write_behind_noise_says_so_and_tells_nothing_of_it(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says('<b>Notice</b>: secret=hunter2 in /a.php<br />\n{"success": "Department ID: 1", "id": 1}'))
    reply = client_of("pbxware").call("departments.add", {"server": "2", "name": "A"})
    assert reply["id"] == "1"
    assert "warning" in reply["noise"]
    assert "hunter2" not in str(reply)


def test_the_key_is_in_the_query_and_nowhere_else(client_of: ClientOf, server: ReplyServer, exchanges: list) -> None:
    server.answer(says("{}"))
    client = client_of("pbxware", base_url=f"{server.url}/")
    client.call("extensions.list")
    assert server.seen[0].path == "/index.php"
    assert server.seen[0].method == "GET"
    assert server.seen[0].fields["apikey"] == client.endpoint.credentials["apikey"]
    assert client.endpoint.credentials["apikey"] not in exchanges[-1].request


def test_values_nobody_knows_are_kept(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says('{"7": {"number": "12125550100", "type": "Hologram", "ext": "9", "status": "resting"}}'))
    (did,) = client_of("pbxware").capability(routing.Dids).list("7")
    assert (did.destination_kind, did.status, did.number) == ("Hologram", "resting", "+12125550100")


def test_pages_of_call_records_are_given_once_and_end(client_of: ClientOf, server: ReplyServer) -> None:
    header = '"header": ["Tenant", "From", "To", "Date/Time", "Total Duration", "Status", "ID"]'
    row = '["201", "Mira (101)", "2065550142", "1773240000", "9", "Answered", "1773240000.1"]'
    late = '["201", "Mira (101)", "2065550142", "1773240060", "9", "No Answer", "1773240060.1"]'
    pages = [
        f'{{"next_page": "1", {header}, "csv": [{late}, {row}]}}',
        f'{{"next_page": true, {header}, "csv": [{row}, {row}]}}',
    ]
    server.answer(*(says(page) for page in pages))  # the last page is answered for ever
    found = list(client_of("pbxware").capability(reports.CallRecords).between("2", NOW - timedelta(days=1), NOW))
    assert [(call.source, call.destination, call.call_ref) for call in found] == [
        ("101", "+12065550142", "1773240060.1"),
        ("101", "+12065550142", "1773240000.1"),
    ]
    assert len(server.seen) == 3


# Capabilities, against the sandbox.


@pytest.fixture(scope="module")
def running() -> Iterator[PbxwareSandbox]:
    with PbxwareSandbox(clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def pbx(running: PbxwareSandbox) -> PbxwareSandbox:
    running.reset()
    return running


@pytest.fixture
def client(pbx: PbxwareSandbox) -> Client:
    return vendors.get("pbxware").client(Endpoint(base_url=pbx.url, credentials=pbx.credentials, read_timeout=10))


def test_probe(client: Client) -> None:
    assert client.probe() > 0


def test_dids(client: Client) -> None:
    door = client.capability(routing.Dids)
    first = door.list(DENTAL)[0]
    assert (first.number, first.destination_kind, first.emergency, first.tenant) == ("+12062194100", "IVR", True, DENTAL)
    ref = door.add(DENTAL, {"trunk": first.trunk, "did": "2065550199", "dest_type": "Extension", "destination": "101"})
    door.change(DENTAL, ref, {"name": "Spare"})
    assert door.get(DENTAL, ref).label == "Spare"
    with pytest.raises(errors.NotFound):
        door.remove(FREIGHT, ref, CONFIRMED)
    door.remove(DENTAL, ref, CONFIRMED)
    with pytest.raises(errors.NotFound):
        door.get(DENTAL, ref)


def test_a_delete_that_lies_is_found_out(client: Client, pbx: PbxwareSandbox) -> None:
    pbx.faults.set("lying_delete")
    door = client.capability(routing.Ivrs)
    with pytest.raises(errors.OutcomeUnknown, match="still lists"):
        door.remove(DENTAL, door.list(DENTAL)[0].ref, CONFIRMED)


def test_number_routing(client: Client) -> None:
    door = client.capability(routing.NumberRouting)
    before = door.read(DENTAL, "206-219-4100")
    assert before
    assert (before.kind, before.number) == ("ivr", "190")
    door.point(DENTAL, "+12062194100", "ring_group", "180")
    after = door.read(DENTAL, "2062194100")
    assert after
    assert (after.kind, after.ref) == ("ring_group", "180")


def test_ranges_and_caller_rules(client: Client) -> None:
    ranges = client.capability(routing.NumberRanges)
    ref = ranges.add(DENTAL, {"group_name": "More", "min_did": "100", "max_did": "199"})
    assert {one.label for one in ranges.list(DENTAL)} == {"Harbor Street Dental block", "More"}
    with pytest.raises(errors.NotFound):
        ranges.change(FREIGHT, ref, {"group_name": "Ours"})
    ranges.change(DENTAL, ref, {"group_name": "Most"})
    ranges.remove(DENTAL, ref, CONFIRMED)
    rules = client.capability(routing.CallerRules)
    ref = rules.add(DENTAL, {"callerid": "1900%", "dest_type": "Deny Access", "matchexplicitly": False})
    rules.change(DENTAL, ref, {"callerid": "1976%"})
    assert "1976%" in {rule.caller for rule in rules.list(DENTAL)}
    rules.remove(DENTAL, ref, CONFIRMED)
    assert [rule.caller for rule in rules.list(DENTAL)] == ["anonymous"]


def test_trunks_and_routes(client: Client) -> None:
    door = client.capability(routing.SwitchTrunks)
    one = door.get("", door.list("")[0].ref)
    assert (one.host, one.channels, one.status) == ("203.0.113.10", 48, "enabled")
    door.change("", one.ref, {"status": "not active"})
    assert door.get("", one.ref).status == "disabled"
    with pytest.raises(errors.Conflict):
        door.remove("", one.ref, CONFIRMED)
    assert "United States" in {route.name for route in client.capability(routing.OutboundRoutes).list(DENTAL)}


def test_ivrs_and_groups(client: Client) -> None:
    ivrs = client.capability(routing.Ivrs)
    ref = ivrs.add(DENTAL, {"name": "Night", "ext": "191", "greeting": "greeting-night", "keymap": "1 ex 101\n* aa 190"})
    assert ivrs.get(DENTAL, ref).raw["keymap"] == {"1": {"type": "ex", "value": "101"}, "*": {"type": "aa", "value": "190"}}
    ivrs.remove(DENTAL, ref, CONFIRMED)
    groups = client.capability(routing.RingGroups)
    assert {one.kind for one in groups.list(DENTAL)} == {"ring_group", "enhanced_ring_group"}
    plain = groups.add(DENTAL, {"name": "Two", "ext": "181", "extensions": "101,102"})
    enhanced = groups.add(DENTAL, {"name": "Line", "ext": "187", "max_wait_callers": 3, "rings_answer": 1})
    groups.change(DENTAL, enhanced, {"name": "Long line"})
    assert groups.get(DENTAL, plain).members == ("101", "102")
    assert groups.get(DENTAL, enhanced).name == "Long line"
    for ref in (plain, enhanced):
        groups.remove(DENTAL, ref, CONFIRMED)
    paging = client.capability(routing.PagingGroups)
    assert paging.list(DENTAL)[0].members == ("101", "102", "103")


def test_schedules_change_one_thing_and_keep_the_rest(client: Client) -> None:
    door = client.capability(routing.Schedules)
    found = {one.ref.partition(":")[0]: one for one in door.list(DENTAL)}
    assert set(found) == {"servers", "ivr", "dial_group", "erg", "queues"}
    menu = found["ivr"]
    door.flip(DENTAL, menu.ref, on=False)
    off = door.get(DENTAL, menu.ref)
    assert off.raw["status"] == "off"
    assert off.periods == menu.periods
    times = {"open_days_desc": ["All"], "open_days": ["1,2"], "open_days_time_from": ["09:00"], "open_days_time_to": ["12:00"]}
    door.change(DENTAL, menu.ref, times)
    changed = door.get(DENTAL, menu.ref)
    assert [row["days"] for row in changed.raw["open_days"]] == ["1,2"]
    assert changed.raw["closed_dates"] == menu.raw["closed_dates"]
    with pytest.raises(errors.Unsupported):
        door.add(DENTAL, {})


def test_queues_are_known_by_the_dids_that_ring_them(client: Client) -> None:
    door, schedules = client.capability(routing.Queues), client.capability(routing.Schedules)
    (queue,) = door.list(DENTAL)
    assert (queue.kind, queue.number) == ("queue", door.get(DENTAL, queue.ref).number)
    hours = next(one for one in schedules.list(DENTAL) if one.ref.startswith("queues:"))
    assert hours == replace(schedules.get(DENTAL, hours.ref), name=queue.name)
    schedules.flip(DENTAL, hours.ref, on=True)
    assert door.get(DENTAL, queue.ref).raw["status"] == "on"
    with pytest.raises(errors.NotFound):
        door.get(DENTAL, "999")
    with pytest.raises(errors.Unsupported, match="as a schedule"):
        door.change(DENTAL, queue.ref, {})
    with pytest.raises(errors.Unsupported, match="own portal"):
        door.standing(DENTAL, queue.ref)


def test_tenants(client: Client, pbx: PbxwareSandbox) -> None:
    door = client.capability(people.Tenants)
    assert [one.code for one in door.list("")] == ["201", "202", "203"]
    assert door.get("", DENTAL).limits["incominglimit"] == 20
    values = {"tenant_name": "new.example.com", "tenant_code": "300", "package": "1", "ext_length": 3, "country": "869"}
    pbx.faults.set("drop_after", "tenant.add", times=1)  # it succeeds, and nobody hears of it
    ref = door.add("", {**values, "national": "1", "international": "011"})
    assert door.get("", ref).code == "300"
    door.change("", ref, {"status": "Suspended"})
    assert door.get("", ref).status == "suspended"
    door.remove("", ref, CONFIRMED)
    assert len(door.list("")) == 3
    pbx.faults.set("drop_before", "tenant.add", times=1)
    with pytest.raises(errors.OutcomeUnknown):
        door.add("", {**values, "national": "1", "international": "011"})


def test_extensions_and_their_features(client: Client) -> None:
    door = client.capability(people.Extensions)
    values = {"name": "Ada", "email": "ada@x.example", "location": "1", "ua": "135", "status": "1", "pin": "8411"}
    limits = {"incominglimit": 2, "outgoinglimit": 2, "voicemail": True, "prot": "sip", "secret": "Strong-Enough1"}
    ref = door.add(DENTAL, {**values, **limits, "ext": "150"})
    door.change(DENTAL, ref, {"name": "Ada L."})
    one = door.get(DENTAL, ref)
    assert (one.number, one.name, one.voicemail) == ("150", "Ada L.", True)
    assert "Strong-Enough1" in str(client.call("extensions.read", {"server": DENTAL, "id": ref}))
    assert "Strong-Enough1" not in str(one.raw)
    assert "8411" not in str(one.raw)
    features = client.capability(people.ExtensionFeatures)
    assert len(features.features()) == 25
    features.write(DENTAL, ref, "followme", {"destinations": ["101", "102"], "timeouts": ["10", "12"], "state": "yes"})
    followed = features.read(DENTAL, ref, "followme")
    assert followed.enabled
    assert followed.values["destinations"] == ["101", "102"]
    with pytest.raises(errors.Unsupported):
        features.write(DENTAL, ref, "callpickup", {"what": "ever"})
    door.remove(DENTAL, ref, CONFIRMED)


def test_devices(client: Client) -> None:
    phones = client.capability(people.Phones)
    one = phones.list(DENTAL)[0]
    assert (one.mac, one.model, one.lines) == ("0004f2000101", "Yealink T41", ("101",))
    with pytest.raises(errors.Unsupported):
        phones.restart(DENTAL, one.ref, CONFIRMED)
    assert {row.user for row in client.capability(people.Registrations).list(DENTAL)} == {"101", "102", "103", "104"}
    users = client.capability(people.VendorUsers)
    ref = users.list(DENTAL)[0].ref
    users.change(DENTAL, ref, {"editions": "office"})
    assert users.list(DENTAL)[0].rights == ("office", "crm")


def test_calls(client: Client) -> None:
    (live, *_) = client.capability(calls.LiveCalls).list(DENTAL)
    assert live.source.startswith("10")
    assert live.started_at
    assert live.started_at <= NOW
    with pytest.raises(errors.Unsupported):
        client.capability(calls.LiveCalls).hang_up(DENTAL, live.ref, CONFIRMED)
    recordings = client.capability(calls.Recordings)
    found = recordings.list(DENTAL, NOW - timedelta(days=1), NOW)
    assert recordings.transcript(DENTAL, found[0].ref).startswith("Thank you for calling")
    with pytest.raises(errors.NotFound):
        recordings.transcript(DENTAL, "1.1")
    box = client.capability(calls.Voicemail)
    assert "101" in box.mailboxes(DENTAL)
    box.delete(DENTAL, "101", "all", CONFIRMED)
    with pytest.raises(errors.Unsupported):
        box.delete(DENTAL, "101", "1", CONFIRMED)


@pytest.mark.parametrize("fault", ["shifting_pages", "no_tenant_column", "next_page_as_text", None])
def test_call_records(client: Client, pbx: PbxwareSandbox, fault: str | None) -> None:
    door = client.capability(reports.CallRecords)
    first = NOW - timedelta(days=6)
    plain = [call.ref for call in door.between(DENTAL, first, NOW)]
    if fault:
        pbx.faults.set(fault)
    found = list(door.between(DENTAL, first, NOW))
    assert [call.ref for call in found] == plain
    assert len(plain) > 1000
    assert len(set(plain)) == len(plain)
    assert all(first <= call.started_at < NOW for call in found)
    assert {"Answered", "Not Answered"} <= {call.disposition for call in found}
    assert any(call.recording_ref for call in found)
    with pytest.raises(errors.Unsupported):
        door.days()


def test_messages(client: Client) -> None:
    door = client.capability(calls.Messaging)
    door.send(DENTAL, "", "+12065550142", "Your crown is ready")
    found = door.list(DENTAL, NOW - timedelta(days=3), NOW + timedelta(minutes=1))
    assert [message.direction for message in found].count("outbound") == 2
    with pytest.raises(errors.Unsupported):
        door.send(DENTAL, "+12065550100", "+12065550142", "x")


def test_emergency(client: Client) -> None:
    door = client.capability(routing.Emergency)
    assert DENTAL in door.customers()
    own, main, *others = door.records(DENTAL)
    assert own.raw["appassword"] == MASK
    assert (own.kind, own.address, main.covered) == ("tenant", "", True)  # a header's name is no address
    assert {other.covered for other in others if other.kind == "number"} == {True, False}
    person = next(other for other in others if other.kind == "extension")
    assert (person.elin, door.values(person)) == (main.subject, {"emergencycid": main.subject})
    assert "pin" not in person.raw
    door.change(DENTAL, person.ref, {"emergencycid": "+12065550111"}, CONFIRMED)
    assert door.read(DENTAL, person.ref).elin == "+12065550111"
    assert door.read(DENTAL, person.ref).raw["callerid"] == person.raw["callerid"]
    door.change(DENTAL, own.ref, {"emerg_location_header": "civic"}, CONFIRMED)
    assert door.values(door.read(DENTAL, own.ref))["emerg_location_header"] == "civic"
    assert door.read(DENTAL, main.ref).covered
    assert (door.fields(main.ref), door.fields(own.ref, "add")) == ((), ())
    for attempt in (
        lambda: door.change(DENTAL, main.ref, {}, CONFIRMED),
        lambda: door.add(DENTAL, "did:9", {}, CONFIRMED),
        lambda: door.remove(DENTAL, main.ref, CONFIRMED),
    ):
        with pytest.raises(errors.Unsupported):
            attempt()
    with pytest.raises(errors.NotFound):
        door.read(DENTAL, "tenant:3")


def test_money_and_health(client: Client) -> None:
    ref = client.capability(people.Extensions).list(DENTAL)[0].ref
    door = client.capability(billing.ExtensionBalances)
    before = door.read(DENTAL, ref)
    assert before.balance == Decimal("21.60000")
    door.book(DENTAL, ref, Decimal("-1.60"), "R1", "call", CONFIRMED)
    assert door.read(DENTAL, ref).balance == Decimal("20.00000")
    entries = door.entries(DENTAL, ref, NOW.date() - timedelta(days=60), NOW.date())
    assert [entry.amount for entry in entries] == [Decimal("-1.60"), Decimal("-3.40"), Decimal("25.00")]
    rates = client.capability(billing.Rates).list()
    assert {(rate.prefix, rate.per_minute) for rate in rates} >= {("1", Decimal("0.01200")), ("1888", Decimal("0.00000"))}
    (whole,), (own,) = (client.capability(reports.Traffic).counters(tenant) for tenant in ("", DENTAL))
    assert (whole.kind, own.kind, own.subject) == ("system", "tenant", DENTAL)
    assert (own.today or 0) >= (own.answered or 0) > 0
    assert (whole.today or 0) > (own.today or 0)
    with pytest.raises(errors.Unsupported):
        client.capability(reports.Traffic).months(2026)
    health = client.capability(reports.Health).read()
    assert (health.version, health.edition) == ("8.1.0", "Multi-Tenant")
    assert health.registered


def test_every_door_is_tried_here() -> None:
    tried: dict[str, Any] = dict(globals())
    source = "\n".join(str(fn.__code__.co_names) for name, fn in tried.items() if name.startswith("test_"))
    assert [door.__name__ for door in vendors.get("pbxware").capabilities if door.__name__ not in source] == []
