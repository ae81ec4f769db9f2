"""MiRTA's doors over real HTTP against the sandbox PBX, each from two tenants' sides."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.sandbox import world
from apps.sandbox.mirta import MirtaSandbox
from apps.vendors.core import billing, calls, errors, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.params import Upload
from apps.vendors.core.redact import MASK
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from tests.vendors.wire import ReplyServer, says

SURE = Confirmation("test", "mirta")
NOON = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)  # a Wednesday, noon in New York
DENTAL, FREIGHT, WHOLE = "HARBOR", "CASCADE", ""


@pytest.fixture(scope="module")
def running() -> Iterator[MirtaSandbox]:
    with MirtaSandbox(clock=lambda: NOON) as sandbox:
        yield sandbox


@pytest.fixture
def pbx(running: MirtaSandbox) -> MirtaSandbox:
    running.reset()
    return running


def _client(pbx: MirtaSandbox, credentials: dict[str, str]) -> Client:
    options = {name: value for name, value in credentials.items() if name != "key"}
    return vendors.get("mirta").client(Endpoint(pbx.url, {"key": credentials["key"]}, options, read_timeout=10))


@pytest.fixture
def client(pbx: MirtaSandbox) -> Client:
    return _client(pbx, pbx.credentials)


def test_probe_with_every_kind_of_key(pbx: MirtaSandbox) -> None:
    for credentials in (pbx.credentials, pbx.other_credentials, pbx.read_only_credentials):
        assert _client(pbx, credentials).probe() > 0
    with pytest.raises(errors.AuthFailed, match="key or the tenant"):
        _client(pbx, {**pbx.credentials, "key": "wrong"}).probe()


def test_dids(client: Client) -> None:
    door = client.capability(routing.Dids)
    mine = {did.number for did in door.list(DENTAL)}
    assert {f"+1{number}" for number in (*world.DENTAL.numbers, *world.DENTAL.toll_free)} <= mine
    assert not mine & {f"+1{number}" for number in world.FREIGHT.numbers}
    assert len(door.list(WHOLE)) > len(mine)
    ref = door.add(DENTAL, {"di_number": "12065550199", "di_comment": "Spare"})
    door.change(DENTAL, ref, {"di_comment": "Fax"})
    main = next(did for did in door.list(DENTAL) if did.number == f"+1{world.DENTAL.numbers[0]}")
    assert (main.destination_kind, main.destination) == ("condition", f"CONDITION-{main.destination_ref}")
    assert door.get(DENTAL, main.ref) == main
    assert door.get(DENTAL, ref).label == "Fax"
    for act in (lambda: door.get(FREIGHT, ref), lambda: door.change(FREIGHT, ref, {"di_comment": "Ours"})):
        with pytest.raises(errors.NotFound):
            act()
    with pytest.raises(errors.NotFound):
        door.remove(FREIGHT, ref, SURE)
    with pytest.raises(errors.Conflict):
        door.add(FREIGHT, {"di_number": "12065550199"})
    for moved in ({"di_te_id": "2"}, {"te_code": FREIGHT}):
        with pytest.raises(errors.InvalidParameters, match="stays with its tenant"):
            door.change(DENTAL, ref, moved)
    door.remove(DENTAL, ref, SURE)
    assert ref not in {did.ref for did in door.list(DENTAL)}


def test_secrets_stop_at_the_door(client: Client) -> None:
    rows: list[dict[str, Any]] = [one.raw for one in client.capability(people.Extensions).list(DENTAL)]
    rows += [one.raw for one in client.capability(routing.SwitchTrunks).list(WHOLE)]
    rows += [one.raw for one in client.capability(people.VendorUsers).list(WHOLE)]
    rows += [one.raw for one in client.capability(people.Tenants).list(WHOLE)]
    rows += [one.raw for one in client.capability(routing.Dids).list(WHOLE)]
    rows += [one.raw for one in client.capability(people.Phones).list(DENTAL)]
    rows += [one.raw for one in client.capability(calls.Conferences).list(DENTAL)]
    told = [
        (name, value) for row in rows for name, value in row.items() if value and name.endswith(("password", "secret", "pin"))
    ]
    assert told
    assert {value for name, value in told if name != "dl_usepin"} == {MASK}


def test_number_routing(client: Client) -> None:
    door = client.capability(routing.NumberRouting)
    number = f"+1{world.DENTAL.numbers[0]}"
    before = door.read(DENTAL, number)
    assert before
    assert (before.kind, before.name) == ("condition", "Opening hours")
    (group, *_) = client.capability(routing.RingGroups).list(DENTAL)
    door.point(DENTAL, number, "ring_group", group.ref)
    after = door.read(DENTAL, world.DENTAL.numbers[0])
    assert after
    assert (after.kind, after.ref, after.name, after.members) == (
        "ring_group",
        group.ref,
        "Front desk",
        (f"HUNTLIST-{group.ref}",),
    )
    with pytest.raises(errors.NotFound):
        door.read(FREIGHT, number)
    (theirs, *_) = client.capability(routing.RingGroups).list(FREIGHT)
    with pytest.raises(errors.NotFound):
        door.point(DENTAL, number, "ring_group", theirs.ref)
    with pytest.raises(errors.Unsupported):
        door.point(DENTAL, number, "hologram", "1")


@pytest.mark.parametrize("fault", [None, "no_sql_echo"])
def test_blocked_callers_and_writes_that_say_nothing(client: Client, pbx: MirtaSandbox, fault: str | None) -> None:
    if fault:
        pbx.faults.set(fault)
    door = client.capability(routing.CallerRules)
    ref = door.add(DENTAL, {"bl_callerid": "19005550100"})
    door.change(DENTAL, ref, {"bl_callerid": "19765550100"})
    assert door.get(DENTAL, ref).caller == "19765550100"
    door.remove(DENTAL, ref, SURE)
    assert [rule.caller for rule in door.list(DENTAL)] == ["12125550199"]


def test_emergency(client: Client) -> None:
    door = client.capability(routing.Emergency)
    records = {record.ref: record for record in door.records(DENTAL)}
    numbers = [record for record in records.values() if record.kind == "number"]
    assert {record.covered for record in numbers} >= {True, False}
    first = next(record for record in records.values() if record.kind == "extension")
    assert first.elin == f"+1{world.DENTAL.numbers[0]}"
    door.change(DENTAL, first.ref, {"ex_emergencycidnum": "12065550111"}, SURE)
    bare = next(record for record in numbers if record.covered is False)
    door.change(DENTAL, bare.ref, {"di_allowemergency": "on"}, SURE)
    now = {record.ref: record for record in door.records(DENTAL)}
    assert (now[first.ref].caller_id, now[bare.ref].covered) == ("12065550111", True)
    for ref, values in ((first.ref, {"secret": "x"}), ("tenant:1", {"ex_emergencycidnum": "1"})):
        with pytest.raises((errors.Unsupported, errors.NotFound)):
            door.change(DENTAL, ref, values, SURE)
    with pytest.raises(errors.NotFound):
        door.change(FREIGHT, first.ref, {"ex_emergencycidnum": "1"}, SURE)


def test_trunks_and_routes_are_the_systems(client: Client) -> None:
    trunks, routes = client.capability(routing.SwitchTrunks), client.capability(routing.OutboundRoutes)
    assert {trunk.host for trunk in trunks.list(WHOLE)} == {world.EDGE_ADDRESSES[0], world.EDGE_ADDRESSES[2]}
    assert [route.emergency for route in routes.list(DENTAL)].count(True) == 1
    assert {trunk.ref for trunk in trunks.list(DENTAL)} == {route.trunk for route in routes.list(DENTAL)}
    with pytest.raises(errors.Unsupported, match="whole system"):
        trunks.change(DENTAL, trunks.list(DENTAL)[0].ref, {"pr_disabled": True})
    ref = trunks.add(WHOLE, {"pr_name": "New", "pr_peername": "new", "pr_tech": "SIP"})
    trunks.change(WHOLE, ref, {"pr_disabled": True})
    assert trunks.get(WHOLE, ref).status == "disabled"
    assert ref not in {trunk.ref for trunk in trunks.list(DENTAL)}
    trunks.remove(WHOLE, ref, SURE)


def test_ivrs_ring_groups_and_media(client: Client) -> None:
    ivrs = client.capability(routing.Ivrs)
    ref = ivrs.add(DENTAL, {"iv_name": "Night menu", "iv_timeout": 5})
    assert ivrs.get(DENTAL, ref).name == "Night menu"
    ivrs.remove(DENTAL, ref, SURE)
    groups = client.capability(routing.RingGroups)
    assert {group.kind for group in groups.list(DENTAL)} == {"ring_group", "virtual_extension"}
    tags = [f"EXT-{one.ref}" for one in client.capability(people.Extensions).list(DENTAL)[:2]]
    ref = groups.add(DENTAL, {"hu_name": "Two", "hu_number": "181", "members": tags})
    assert groups.get(DENTAL, ref).members == tuple(tags)
    groups.change(DENTAL, ref, {"hu_name": "One", "members": tags[:1]})
    one = groups.get(DENTAL, ref)
    assert (one.name, one.members) == ("One", tuple(tags[:1]))
    groups.remove(DENTAL, ref, SURE)
    virtual = next(group for group in groups.list(DENTAL) if group.kind == "virtual_extension")
    groups.change(DENTAL, virtual.ref, {"members": ["101", "102", "103"]})
    assert groups.get(DENTAL, virtual.ref).members == ("101", "102", "103")
    theirs = f"EXT-{client.capability(people.Extensions).list(FREIGHT)[0].ref}"
    for ref, member in ((groups.list(DENTAL)[0].ref, theirs), (virtual.ref, "201"), (virtual.ref, "201-CASCADE")):
        with pytest.raises(errors.NotFound):
            groups.change(DENTAL, ref, {"members": [*groups.get(DENTAL, ref).members, member]})
    with pytest.raises(errors.Unsupported, match="deletes"):
        groups.change(DENTAL, virtual.ref, {"members": ["101"]})
    media = client.capability(routing.Media)
    assert {one.kind for one in media.list(DENTAL)} == {"prompt", "music"}
    ref = media.add(DENTAL, {"mu_name": "Loud"})
    media.change(DENTAL, ref, {"mu_name": "Louder"})
    assert media.get(DENTAL, ref).name == "Louder"
    media.remove(DENTAL, ref, SURE)
    with pytest.raises(errors.NotFound):
        media.get(DENTAL, ref)


def test_queues(client: Client) -> None:
    door = client.capability(routing.Queues)
    (queue,) = door.list(DENTAL)
    assert len(door.agents(DENTAL, queue.ref)) == 3
    client.call("agents.pause", {"tenant": DENTAL, "extension": "101-HARBOR", "queue": queue.ref})
    assert [agent.paused for agent in door.agents(DENTAL, queue.ref)].count(True) == 1
    standing = door.standing(DENTAL, queue.ref)
    assert standing.agents_ready is not None
    assert standing.average_hold is not None
    with pytest.raises(errors.NotFound):
        door.agents(FREIGHT, queue.ref)
    ref = door.add(DENTAL, {"qu_name": "Second", "qu_number": "151"})
    door.remove(DENTAL, ref, SURE)


def test_schedules(client: Client) -> None:
    door = client.capability(routing.Schedules)
    found = {one.kind: one for one in door.list(DENTAL)}
    hours, flow = door.get(DENTAL, found["condition"].ref), found["flow"]
    assert len(hours.periods) == 5
    door.change(DENTAL, hours.ref, {"periods": [{"param1": "6", "param2": "9:00", "param3": "12:00"}]})
    assert [row["param1"] for row in door.get(DENTAL, hours.ref).periods] == ["6"]
    assert flow.open_now is False
    door.flip(DENTAL, flow.ref, on=True)
    assert door.get(DENTAL, flow.ref).open_now is True
    for act in (lambda: door.flip(DENTAL, hours.ref, on=True), lambda: door.remove(DENTAL, flow.ref, SURE)):
        with pytest.raises(errors.Unsupported):
            act()
    with pytest.raises(errors.NotFound):
        door.flip(FREIGHT, flow.ref, on=True)
    ref = door.add(DENTAL, {"co_name": "Saturday", "co_type": "WEEKTIME"})
    door.remove(DENTAL, ref, SURE)


def test_tenants_and_users(client: Client) -> None:
    door = client.capability(people.Tenants)
    assert {one.ref for one in door.list(WHOLE)} == {"HARBOR", "CASCADE", "BLUEDOOR"}
    assert door.get(WHOLE, DENTAL).limits["maxextensions"] == 50
    assert door.add(WHOLE, {"te_code": "NEW", "te_name": "New customer"}) == "NEW"
    door.change(WHOLE, "NEW", {"te_disabled": True})
    assert next(one for one in door.list(WHOLE) if one.ref == "NEW").status == "disabled"
    door.remove(WHOLE, "NEW", SURE)
    with pytest.raises(errors.NotFound):
        door.get(WHOLE, "NEW")
    users = client.capability(people.VendorUsers)
    assert {user.name for user in users.list(FREIGHT)} == {"northline", "dana.cascade-freight"}
    with pytest.raises(errors.Unsupported):
        users.remove(FREIGHT, users.list(FREIGHT)[0].ref, SURE)


def test_extensions_and_their_features(client: Client) -> None:
    door = client.capability(people.Extensions)
    values = {"ex_number": "150", "ex_name": "Ada Ruiz", "ex_tech": "SIP", "secret": "Strong-Enough1"}
    ref = door.add(DENTAL, values)
    door.change(DENTAL, ref, {"ex_name": "Ada R."})
    one = door.get(DENTAL, ref)
    assert (one.number, one.name, one.technology) == ("150", "Ada R.", "SIP")
    assert "Strong-Enough1" not in str(one.raw)
    features = client.capability(people.ExtensionFeatures)
    features.write(DENTAL, ref, "dnd", {"value": True})
    assert features.read(DENTAL, "150", "dnd").enabled is True
    features.write(DENTAL, ref, "dnd", {"value": False})
    assert features.read(DENTAL, ref, "dnd").enabled is False
    assert features.read(DENTAL, "101", "blf").values["st_state"]
    for feature in ("blf", "followme"):
        with pytest.raises(errors.Unsupported):
            features.write(DENTAL, ref, feature, {"value": True})
    with pytest.raises(errors.NotFound):
        features.read(FREIGHT, ref, "dnd")
    with pytest.raises(errors.Conflict):
        door.add(DENTAL, values)
    door.remove(DENTAL, ref, SURE)


def test_devices(client: Client) -> None:
    phones = client.capability(people.Phones)
    first = phones.list(DENTAL)[0]
    assert first.mac == "0004f2000101"
    phones.restart(DENTAL, first.ref, SURE)
    phones.restart(DENTAL, "101-HARBOR", SURE)
    with pytest.raises(errors.NotFound):
        phones.restart(FREIGHT, first.ref, SURE)
    with pytest.raises(errors.Unsupported):
        phones.restart(FREIGHT, "101-HARBOR", SURE)
    with pytest.raises(errors.Unsupported):
        phones.remove(DENTAL, first.ref, SURE)
    registered = client.capability(people.Registrations)
    found = registered.list(DENTAL)
    assert found
    assert all(one.user.endswith("-HARBOR") and one.address.startswith("192.0.2.") for one in found)
    registered.remove(DENTAL, found[0].user, SURE)
    with pytest.raises(errors.NotFound):
        registered.remove(FREIGHT, found[0].user, SURE)
    with pytest.raises(errors.NotFound):
        registered.remove(DENTAL, "ALL", SURE)
    assert client.capability(people.SipAccounts).list(DENTAL)
    with pytest.raises(errors.Unsupported):
        client.capability(people.SipAccounts).add(DENTAL, {})


def test_phone_books(client: Client) -> None:
    door = client.capability(people.PhoneBooks)
    before = door.list(DENTAL)
    assert before[0].book == "Default"
    ref = door.add(DENTAL, {"phonebook": "Default", "NAME": "Ross", "PHONE1": "12065550142"})
    assert door.get(DENTAL, ref).name == "Ross"
    with pytest.raises(errors.Unsupported):
        door.change(DENTAL, ref, {"NAME": "Rose"})
    with pytest.raises(errors.NotFound):
        door.remove(FREIGHT, ref, SURE)
    door.remove(DENTAL, ref, SURE)
    assert door.list(DENTAL) == before
    with pytest.raises(errors.NotFound):
        door.add(DENTAL, {"phonebook": "Nobody's", "NAME": "Ross"})


def test_live_calls(client: Client) -> None:
    door = client.capability(calls.LiveCalls)
    assert door.dial(DENTAL, "101", "+12065550142")
    call = next(one for one in door.list(DENTAL) if "12065550142" in one.destination)
    assert call.started_at
    with pytest.raises(errors.NotFound):
        door.hang_up(FREIGHT, call.ref, SURE)
    door.transfer(DENTAL, call.ref, "+12065550117")
    door.hang_up(DENTAL, call.ref, SURE)
    assert call.ref not in {one.ref for one in door.list(DENTAL)}
    for act in (lambda: door.hold(DENTAL, call.ref), lambda: door.send_tones(DENTAL, call.ref, "1")):
        with pytest.raises(errors.Unsupported):
            act()


def test_call_records_and_recordings(client: Client) -> None:
    door = client.capability(reports.CallRecords)
    first, last = NOON - timedelta(days=2), NOON - timedelta(hours=1)
    found = list(door.between(DENTAL, first, last))
    assert len({call.ref for call in found}) == len(found) > 20
    assert all(first <= call.started_at < last for call in found)
    assert {"inbound", "outbound"} <= {call.direction for call in found}
    assert {call.tenant for call in found} == {DENTAL}
    with pytest.raises(errors.Unsupported):
        door.days()
    recordings = client.capability(calls.Recordings)
    one = recordings.list(DENTAL, first, last)[0]
    assert recordings.fetch(DENTAL, one.ref).content_type == "audio/mpeg"
    assert recordings.transcript(DENTAL, one.ref)
    for ref in (one.ref, "15a4cfe6429054"):
        with pytest.raises(errors.NotFound):
            recordings.fetch(FREIGHT, ref)


def test_voicemail(client: Client) -> None:
    door = client.capability(calls.Voicemail)
    boxes = door.mailboxes(DENTAL)
    assert "101" in boxes
    box = next(box for box in boxes if any(not one.heard for one in door.messages(DENTAL, box)))
    message = next(one for one in door.messages(DENTAL, box) if not one.heard)
    assert (message.folder, message.heard) == ("INBOX", False)
    assert message.received_at
    assert door.fetch(DENTAL, box, message.ref).content
    door.mark(DENTAL, box, message.ref, heard=True)
    assert next(one for one in door.messages(DENTAL, box) if one.ref == message.ref).heard
    with pytest.raises(errors.NotFound):
        door.delete(FREIGHT, box, message.ref, SURE)
    door.delete(DENTAL, box, message.ref, SURE)
    assert message.ref not in {one.ref for one in door.messages(DENTAL, box)}


def test_messages_faxes_conferences_campaigns(client: Client, pbx: MirtaSandbox) -> None:
    door = client.capability(calls.Messaging)
    ref = door.send(DENTAL, f"+1{world.DENTAL.numbers[0]}", "+12065550142", "Your crown is ready")
    found = door.list(DENTAL, NOON - timedelta(days=3), NOON + timedelta(minutes=1))
    assert next(one for one in found if one.ref == ref).text == "Your crown is ready"
    assert {one.direction for one in found} == {"outbound", "inbound"}
    fax = client.capability(calls.Fax)
    sent = fax.send(DENTAL, world.DENTAL.numbers[0], "+12065550142", Upload("a.pdf", b"%PDF-1.4 x"))
    assert fax.status(DENTAL, sent) == "SENDING"
    with pytest.raises(errors.NotFound):
        fax.status(FREIGHT, sent)
    for act in (
        lambda: fax.send(DENTAL, "1", "2", "https://x.example/a.pdf"), lambda: fax.fetch(DENTAL, "1"),
        lambda: fax.line(DENTAL, "101"),
    ):  # fmt: skip
        with pytest.raises(errors.Unsupported):
            act()
    rooms = client.capability(calls.Conferences)
    room = rooms.add(DENTAL, {"cr_number": "171", "cr_name": "Second", "pin": "5678"})
    assert rooms.get(DENTAL, room).number == "171"
    rooms.remove(DENTAL, room, SURE)
    campaigns = client.capability(calls.Campaigns)
    held = pbx.pbx.of("campaign", "1")
    ref = next(ref for ref, row in held.items() if row["ca_type"] == "ONDEMAND")
    for run in (campaigns.start, campaigns.pause, campaigns.resume, campaigns.stop):
        run(DENTAL, ref)


def test_money_and_health(client: Client) -> None:
    door = client.capability(billing.TenantBalances)
    before = door.read(DENTAL).amount
    client.call("balance.add", {"tenant": DENTAL, "amount": "-1.50", "description": "x"}, confirmation=SURE)
    assert door.read(DENTAL) == billing.TenantBalance(DENTAL, before - Decimal("1.50"), "USD")
    assert client.capability(reports.Health).read().licence_days == 212


def test_traffic(client: Client) -> None:
    door = client.capability(reports.Traffic)
    (whole,) = door.counters(WHOLE)
    assert (whole.subject, whole.kind) == ("", "system")
    assert whole.calls is not None
    own, queue = door.counters(DENTAL)
    assert (own.subject, own.kind, queue.kind, queue.name) == (DENTAL, "tenant", "queue", "Harbor Street Dental desk")
    assert (own.channels or 0) <= (whole.channels or 0)
    assert queue.answered is not None
    with pytest.raises(errors.Unsupported, match="own portal"):
        door.numbers(["+12065550100"])


def test_a_tenants_own_key_reads_what_it_may(pbx: MirtaSandbox) -> None:
    client = _client(pbx, pbx.other_credentials)
    assert client.capability(routing.Dids).list(DENTAL)
    assert client.capability(people.Extensions).list(DENTAL)
    assert [queue.name for queue in client.capability(routing.Queues).list(DENTAL)] == ["Harbor Street Dental desk"]
    assert client.capability(calls.Voicemail).mailboxes(DENTAL)
    assert client.capability(calls.Messaging).list(DENTAL, NOON - timedelta(days=3), NOON)
    assert list(client.capability(reports.CallRecords).between(DENTAL, NOON - timedelta(days=2), NOON))
    assert client.capability(people.PhoneBooks).list(DENTAL)
    assert client.capability(people.Registrations).list(DENTAL)
    for look in (lambda: client.capability(routing.Dids).list(FREIGHT), lambda: client.capability(routing.Ivrs).list(DENTAL)):
        with pytest.raises(errors.AuthFailed):
            look()


# Rows of somebody else, which a PBX that does not scope would hand out.


def _answers(server: ReplyServer, *bodies: str) -> None:
    server.answer(*(says(body) for body in bodies))


@pytest.mark.parametrize("owner", [{"te_code": "CASCADE"}, {"di_te_id": "2"}])
def test_rows_of_another_tenant_are_dropped(
    client_of: Callable[..., Client], server: ReplyServer, owner: dict[str, str]
) -> None:
    mine = {"te_code": "HARBOR"} if "te_code" in owner else {"di_te_id": "1"}
    dids = {"7": {"di_id": "7", "di_number": "12065550100", **mine}, "8": {"di_id": "8", "di_number": "15035550100", **owner}}
    tenants = {"1": {"te_id": "1", "te_code": "HARBOR"}, "2": {"te_id": "2", "te_code": "CASCADE"}}
    _answers(server, json.dumps(dids), json.dumps(tenants))
    found = client_of("mirta").capability(routing.Dids).list("HARBOR")
    assert [did.ref for did in found] == ["7"]


def test_records_of_another_tenant_are_dropped(client_of: Callable[..., Client], server: ReplyServer) -> None:
    row = '{{"tenantcode": "{}", "sc_start": "2026-03-11 15:00:00", "sc_uniqueid": "n-1773240000.{}"}}'
    _answers(server, f"[{row.format('CASCADE', 1)}, {row.format('HARBOR', 2)}]")
    found = list(client_of("mirta").capability(reports.CallRecords).between("HARBOR", NOON - timedelta(hours=2), NOON))
    assert [call.call_ref for call in found] == ["n-1773240000.2"]


def test_a_removal_that_does_not_happen_is_found_out(client_of: Callable[..., Client], server: ReplyServer) -> None:
    _answers(server, '{"7": {"co_id": "7", "co_name": "Hours"}}', '{"co_id": "7"}', "OK", '{"7": {"co_id": "7"}}')
    with pytest.raises(errors.OutcomeUnknown, match="still lists"):
        client_of("mirta").capability(routing.Schedules).remove("HARBOR", "condition:7", SURE)


def test_a_change_that_is_met_with_silence_and_not_made(client_of: Callable[..., Client], server: ReplyServer) -> None:
    held = '{"7": {"iv_id": "7", "iv_name": "Main"}}'
    _answers(server, held, '{"iv_id": "7", "iv_name": "Main"}', "", held, '{"iv_id": "7", "iv_name": "Main"}')
    with pytest.raises(errors.OutcomeUnknown):
        client_of("mirta").capability(routing.Ivrs).change("HARBOR", "7", {"iv_name": "Night"})


def test_every_door_is_tried_here() -> None:
    tried: dict[str, Any] = dict(globals())
    source = "\n".join(str(fn.__code__.co_names) for name, fn in tried.items() if name.startswith("test_"))
    assert [door.__name__ for door in vendors.get("mirta").capabilities if door.__name__ not in source] == []
