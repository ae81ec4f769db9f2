"""SolSwitch's doors over real HTTP against its sandbox, and what each documented error text means."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.sandbox import world
from apps.sandbox.carrier.records import calls_of
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core import billing, calls, errors, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from apps.vendors.solswitch.live import on_our_host
from apps.vendors.solswitch.refusals import refusal

DENTAL, FREIGHT, WHOLE = "2", "3", ""
SURE = Confirmation("test", "solswitch")
NOON = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # a Tuesday, noon in Toronto


@pytest.fixture
def switch() -> Iterator[SolSwitchSandbox]:
    with SolSwitchSandbox(clock=lambda: NOON) as sandbox:
        yield sandbox


@pytest.fixture
def client(switch: SolSwitchSandbox) -> Client:
    return _client(switch, switch.credentials)


def _client(switch: SolSwitchSandbox, credentials: dict[str, str], **options: Any) -> Client:
    return vendors.get("solswitch").client(Endpoint(base_url=switch.url, credentials=credentials, options=options))


def _busy(switch: SolSwitchSandbox, client: Client) -> calls.LiveCall:
    """A call in progress; one is dialled, so that there is one."""
    client.capability(calls.LiveCalls).dial(DENTAL, "101", "+12065550100")
    return next(call for call in client.capability(calls.LiveCalls).list(DENTAL) if call.destination == "12065550100")


def test_dids_are_scoped_by_customer(client: Client) -> None:
    dids = client.capability(routing.Dids)
    mine = {did.number for did in dids.list(DENTAL)}
    assert mine == {f"+1{number}" for number in (*world.DENTAL.numbers, *world.DENTAL.toll_free)}
    assert dids.add(WHOLE, {"did": "2065550123"}) == "2065550123"
    added = dids.get(WHOLE, "2065550123")
    assert (added.tenant, added.destination_ref) == ("", "")
    with pytest.raises(errors.NotFound):
        dids.remove(DENTAL, world.FREIGHT.numbers[0], SURE)
    dids.remove(DENTAL, world.DENTAL.numbers[0], SURE)
    assert f"+1{world.DENTAL.numbers[0]}" not in {did.number for did in dids.list(DENTAL)}
    with pytest.raises(errors.Unsupported, match="change"):
        dids.change(DENTAL, world.DENTAL.numbers[1], {})


def test_where_a_did_leads(client: Client) -> None:
    door = client.capability(routing.NumberRouting)
    leads = door.read(DENTAL, f"+1{world.DENTAL.numbers[0]}")
    assert leads is not None
    assert leads.kind == "route"
    assert door.read(WHOLE, world.SPARE.numbers[0]) is None
    with pytest.raises(errors.NotFound):
        door.read(DENTAL, world.FREIGHT.numbers[0])
    with pytest.raises(errors.Unsupported):
        door.point(DENTAL, world.DENTAL.numbers[0], "extension", "101")


@pytest.mark.parametrize("fault", ["", "bare_objects"])
def test_emergency(switch: SolSwitchSandbox, client: Client, fault: str) -> None:
    if fault:
        switch.faults.set(fault)
    records = {record.ref: record for record in client.capability(routing.Emergency).records(DENTAL)}
    assert records.keys() == {*world.DENTAL.numbers, *world.DENTAL.toll_free}
    first = records[world.DENTAL.numbers[0]]
    assert first.covered
    assert first.address == "412 Harbor St, Seattle, WA, 98101, US"
    assert not records[world.DENTAL.numbers[-2]].covered


def test_sip_accounts_stay_with_their_customer(client: Client) -> None:
    accounts = client.capability(people.SipAccounts)
    before = accounts.list(DENTAL)
    assert {account.tenant for account in before} == {DENTAL}
    values = {"description": "Lobby", "username": "lobby", "type": "dynamic", "password": "Winter-horse-42"}
    ref = accounts.add(DENTAL, values)
    assert accounts.get(DENTAL, ref).description == "Lobby"
    accounts.change(DENTAL, ref, {"description": "Lobby phone", "active": False, "customer": FREIGHT})
    changed = accounts.get(DENTAL, ref)
    assert (changed.description, changed.status, changed.tenant) == ("Lobby phone", "inactive", DENTAL)
    assert "Winter-horse-42" not in str(changed.raw)
    with pytest.raises(errors.NotFound):
        accounts.change(FREIGHT, ref, {"description": "theirs"})
    with pytest.raises(errors.NotFound):
        accounts.remove(FREIGHT, ref, SURE)
    accounts.remove(DENTAL, ref, SURE)
    assert len(accounts.list(DENTAL)) == len(before)


def test_trunks_belong_to_the_customer_of_their_account(client: Client) -> None:
    trunks = client.capability(routing.SwitchTrunks)
    assert {trunk.name for trunk in trunks.list(WHOLE)} == {"Seattle edge", "Portland edge"}
    assert trunks.list(DENTAL) == []
    own = client.capability(people.SipAccounts).list(DENTAL)[0].ref
    values = {"name": "Alarm", "description": "Alarm panel", "type": "1", "sip_account_id": own}
    ref = trunks.add(DENTAL, values)
    trunks.change(DENTAL, ref, {"call_limit": 2})
    assert trunks.get(DENTAL, ref).channels == 2
    with pytest.raises(errors.NotFound):
        trunks.add(FREIGHT, values)
    with pytest.raises(errors.NotFound):
        trunks.remove(FREIGHT, ref, SURE)
    trunks.remove(DENTAL, ref, SURE)
    assert trunks.list(DENTAL) == []


def test_firewall(client: Client) -> None:
    firewall = client.capability(routing.Firewall)
    values = {"name": "Branch", "rule_type": "Allow", "address_type": "Subnet", "address": "198.51.100.0/24", "position": 1}
    ref = firewall.add(WHOLE, values)
    assert [rule.name for rule in firewall.list(WHOLE)] == ["Branch", "Office", "Scanner"]
    firewall.change(WHOLE, ref, {"name": "Branch office"})
    assert firewall.get(WHOLE, ref).name == "Branch office"
    firewall.remove(WHOLE, ref, SURE)
    with pytest.raises(errors.NotFound):
        firewall.get(WHOLE, ref)


def test_live_calls(switch: SolSwitchSandbox, client: Client) -> None:
    door = client.capability(calls.LiveCalls)
    call = _busy(switch, client)
    assert call.source == "101"
    door.hold(DENTAL, call.ref)
    door.send_tones(DENTAL, call.ref, "12#")
    door.transfer(DENTAL, call.ref, "102")
    assert next(now for now in door.list(DENTAL) if now.ref == call.ref).destination == "102"
    with pytest.raises(errors.NotFound):
        door.hold(FREIGHT, call.ref)
    with pytest.raises(errors.Unsupported, match="end a call"):
        door.hang_up(DENTAL, call.ref, SURE)


def test_calls_end_with_the_clock(switch: SolSwitchSandbox, client: Client) -> None:
    call = _busy(switch, client)
    switch.clock = lambda: NOON + timedelta(minutes=6)
    assert call.ref not in {now.ref for now in client.capability(calls.LiveCalls).list(DENTAL)}
    found = client.capability(reports.CallRecords).between(DENTAL, NOON, NOON + timedelta(minutes=1))
    assert "12065550100" in {record.destination for record in found}


def test_call_records_match_the_carriers(switch: SolSwitchSandbox, client: Client) -> None:
    first, last = NOON - timedelta(days=2), NOON - timedelta(days=1)
    records = list(client.capability(reports.CallRecords).between(DENTAL, first, last))
    assert records
    assert all(first <= record.started_at < last for record in records)
    assert len({record.ref for record in records}) == len(records)
    assert {record.direction for record in records} == {"inbound", "outbound", "internal"}
    inbound = next(record for record in records if record.direction == "inbound")
    day = inbound.started_at.astimezone(UTC).date()
    at = {call.at.replace(tzinfo=UTC) for call in calls_of(switch.seed, "origination", inbound.destination, day)}
    assert inbound.started_at in at or inbound.started_at - timedelta(seconds=4) in at


def test_recordings(switch: SolSwitchSandbox, client: Client) -> None:
    records = list(client.capability(reports.CallRecords).between(DENTAL, NOON - timedelta(days=1), NOON))
    talked = next(record for record in records if record.billed and int(record.call_ref) % 2 == 0)
    door = client.capability(calls.Recordings)
    parts = door.of_call(DENTAL, talked.recording_ref)  # type: ignore[attr-defined]
    file = door.fetch(DENTAL, parts[0].ref)
    assert file.content[:4] == b"RIFF"
    switch.faults.set("not_generated", times=1)
    with pytest.raises(errors.Conflict) as caught:
        door.fetch(DENTAL, talked.recording_ref)
    assert caught.value.retryable
    assert door.fetch(DENTAL, talked.recording_ref).content == file.content
    with pytest.raises(errors.NotFound):
        door.fetch(FREIGHT, talked.recording_ref)
    with pytest.raises(errors.Unsupported):
        door.list(DENTAL, NOON, NOON)


def test_fax(client: Client) -> None:
    fax = client.capability(calls.Fax)
    assert fax.send(DENTAL, f"+1{world.DENTAL.numbers[-1]}", "+12065550100", "https://portal.example.com/f/3a9.pdf") == ""
    with pytest.raises(errors.Rejected) as caught:
        fax.send(DENTAL, f"+1{world.DENTAL.numbers[0]}", "+12065550100", "https://portal.example.com/f/3a9.pdf")
    assert set(caught.value.fields) == {"source"}
    with pytest.raises(errors.Unsupported, match="address"):
        fax.send(DENTAL, "+12062194117", "+12065550100", Upload("a.pdf", b"%PDF"))


def test_queues(client: Client) -> None:
    queues = client.capability(routing.Queues)
    (queue,) = queues.list(DENTAL)
    standing = queues.standing(DENTAL, queue.ref)
    assert (standing.agents_ready, standing.average_hold) == (2, 7)
    agents = queues.agents(DENTAL, queue.ref)
    assert {agent.ref for agent in agents} == {person.extension for person in world.DENTAL.people}
    assert {agent.state for agent in agents} == {"In"}
    with pytest.raises(errors.NotFound):
        queues.get(DENTAL, "999")


def test_traffic(switch: SolSwitchSandbox, client: Client) -> None:
    door = client.capability(reports.Traffic)
    (queue,) = client.capability(routing.Queues).list(DENTAL)
    (counted,) = door.counters(DENTAL)
    assert (counted.subject, counted.kind, counted.name) == (queue.ref, "queue", queue.name)
    assert (counted.calls, counted.abandoned) == (queue.raw["Calls"], queue.raw["Abandoned"])
    asked: list[Callable[[], Any]] = [
        lambda: door.numbers(["+12065550100"]),
        lambda: door.trunk_groups(["1"]),
        lambda: door.months(2026),
    ]
    for ask in asked:
        with pytest.raises(errors.Unsupported, match="own portal"):
            ask()


def test_outbound_routes_are_the_prefixes_of_the_toll_plans(switch: SolSwitchSandbox, client: Client) -> None:
    with pytest.raises(errors.NotConfigured, match="toll_plans"):
        client.capability(routing.OutboundRoutes).list(WHOLE)
    told = _client(switch, switch.credentials, toll_plans="1, 2")
    door = told.capability(routing.OutboundRoutes)
    routes = door.list(WHOLE)
    assert {route.ref.partition(":")[0] for route in routes} == {"1", "2"}
    assert door.get(WHOLE, "1:1705") == next(route for route in routes if route.ref == "1:1705")
    assert (door.get(WHOLE, "1:1705").pattern, door.get(WHOLE, "1:1705").name) == ("1705", "Sudbury, ON")
    assert {rate.plan for rate in told.capability(billing.Rates).list()} == {"1", "2"}
    for ref in ("1:999", "1705"):
        with pytest.raises(errors.NotFound):
            door.get(WHOLE, ref)
    with pytest.raises(errors.Unsupported, match="which customer"):
        door.list(DENTAL)
    with pytest.raises(errors.Unsupported, match="add routes"):
        door.add(WHOLE, {})


def test_follow_me_as_a_feature(client: Client) -> None:
    door = client.capability(people.ExtensionFeatures)
    assert door.features() == {"follow_me": "Find me follow me"}
    assert door.read(WHOLE, DENTAL, "follow_me").values["Numbers"][0] == "101"
    for act in (lambda: door.read(DENTAL, DENTAL, "follow_me"), lambda: door.read(WHOLE, DENTAL, "dnd")):
        with pytest.raises(errors.Unsupported):
            act()
    with pytest.raises(errors.Unsupported, match="own portal"):
        door.write(WHOLE, DENTAL, "follow_me", {})


def test_schedules_events_rates_and_customers(switch: SolSwitchSandbox, client: Client) -> None:
    schedules = client.capability(routing.Schedules)
    assert schedules.get(DENTAL, DENTAL).open_now
    switch.clock = lambda: NOON + timedelta(hours=12)
    assert schedules.get(DENTAL, DENTAL).open_now is False
    with pytest.raises(errors.NotFound):
        schedules.get(FREIGHT, DENTAL)
    client.capability(calls.Events).watch(DENTAL, "101", enabled=True)
    assert switch.switch.table("extension")["101"]["monitored"] is True
    (rate,) = [rate for rate in client.capability(billing.Rates).list("2") if rate.prefix == "44"]
    assert (str(rate.per_minute), rate.currency) == ("0.040", "USD")
    tenants = client.capability(people.Tenants)
    assert tenants.get("", "100002").ref == DENTAL
    new = {
        "route_group_id": "1", "toll_plan_id": "1", "max_sip_accounts": 2, "max_trunks": 1, "customer_number": "200001",
        "first_name": "Ann", "last_name": "Lee", "company": "Lee Optics",
    }  # fmt: skip
    ref = tenants.add("", new)
    assert tenants.get("", "200001").ref == ref
    with pytest.raises(errors.Unsupported):
        tenants.list("")


def test_follow_me_is_shown_to_the_provider_alone(client: Client) -> None:
    door = client.capability(routing.RingGroups)
    assert door.get(WHOLE, DENTAL).members[0] == "101"
    with pytest.raises(errors.Unsupported):
        door.get(DENTAL, DENTAL)


def test_limited_key(switch: SolSwitchSandbox) -> None:
    client = _client(switch, switch.other_credentials)
    assert client.capability(routing.Queues).list(DENTAL)
    with pytest.raises(errors.Forbidden):
        client.capability(routing.Queues).list(FREIGHT)
    period = {"first": "2026-03-30", "last": "2026-03-30"}
    assert all("CallID" in row for row in client.call("tolls.report", {"customer": DENTAL, **period}))


def test_wrong_key_and_none(switch: SolSwitchSandbox) -> None:
    for credentials in ({"key": "wrong-key"}, {}):
        with pytest.raises(errors.AuthFailed):
            _client(switch, credentials).probe()


def test_redirect_is_a_fault_of_the_settings(switch: SolSwitchSandbox, client: Client) -> None:
    switch.faults.set("redirect", "adddid")
    with pytest.raises(errors.NotConfigured) as caught:
        client.call("numbers.add", {"did": "2065550123"})
    assert caught.value.sent == "no"


@pytest.mark.parametrize("fault", ["white_space", "spelled_fail"])
def test_refusals_in_every_spelling(switch: SolSwitchSandbox, client: Client, fault: str) -> None:
    switch.faults.set(fault)
    with pytest.raises(errors.NotFound, match="Time rule not found"):
        client.call("time_rules.read", {"id": "99", "customer": DENTAL})


# The document's list of error messages, and the texts of its samples: text → (operation, class, field).
TEXTS: dict[str, tuple[str, type[errors.VendorError], str]] = {
    "Invalid API function": ("numbers.list", errors.NotFound, ""),
    "Invalid CallID": ("recordings.of_call", errors.Rejected, "call_id"),
    "Unknown CallID": ("recordings.of_call", errors.NotFound, ""),
    "Call did not start": ("calls.dial", errors.VendorFault, ""),
    "Invalid Channel": ("calls.hold", errors.Rejected, "channel"),
    "Unknown Channel": ("calls.hold", errors.NotFound, ""),
    "Invalid Customer ID": ("calls.list", errors.Rejected, "customer"),
    "Unknown Customer ID": ("calls.list", errors.NotFound, ""),
    "No access to customer number 4": ("calls.list", errors.Forbidden, ""),
    "No matching end time": ("calls.records", errors.Rejected, "last"),
    "Invalid date format": ("agents.actions", errors.Rejected, "day"),
    "Invalid Destination": ("calls.transfer", errors.Rejected, "destination"),
    "Invalid DID Provided": ("numbers.add", errors.Rejected, "did"),
    "Invalid Extension Number": ("calls.dial", errors.Rejected, "extension"),
    "Unknown Extension Number": ("calls.dial", errors.NotFound, ""),
    "Invalid Enabled Value": ("extensions.monitor", errors.Rejected, "enabled"),
    "Cannot send fax, no destination number": ("faxes.send", errors.Rejected, "to"),
    "Cannot send fax, no source number": ("faxes.send", errors.Rejected, "source"),
    "From phone number provided is not a valid fax to email account.": ("faxes.send", errors.Rejected, "source"),
    "You must upload a file to fax": ("faxes.send", errors.Rejected, "file"),
    "Error converting file for faxing. If this problem persists, please contact the system administrator.": (
        "faxes.send", errors.Rejected, "file",
    ),
    "Only PDFs are accepted, type Detected: text/plain": ("faxes.send", errors.Rejected, "file"),
    "IP does not have access": ("calls.list", errors.Forbidden, ""),
    "IP address not allowed": ("calls.list", errors.Forbidden, ""),
    "Error with Key": ("calls.list", errors.AuthFailed, ""),
    "Call not recorded": ("recordings.of_call", errors.NotFound, ""),
    "Recording not generated": ("recordings.of_call", errors.Conflict, ""),
    "Time rule not found": ("time_rules.read", errors.NotFound, ""),
    "Invalid Tone": ("calls.send_tones", errors.Rejected, "tones"),
    "Missing required field FirstName": ("customers.add", errors.Rejected, "first_name"),
    "No results to display": ("customers.read", errors.NotFound, ""),
    "No results returned": ("customers.read", errors.NotFound, ""),
    "No Records Found.": ("trunks.remove", errors.NotFound, ""),
    "No data found.": ("scheduled_routes.read", errors.NotFound, ""),
    "Something new": ("trunks.remove", errors.Rejected, ""),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_documented_text(text: str) -> None:
    name, kind, field = TEXTS[text]
    error = refusal(vendors.get("solswitch").operations[name], text)
    assert type(error) is kind
    assert not field or field in getattr(error, "fields", {})
    assert error.retryable is (text == "Recording not generated")


def test_recording_links_stay_on_our_host() -> None:
    due = "/download-file.php?id=621351&sc=a7eb"
    for link in ("switch.example/download-\nfile.php?id=621351&sc=a7eb", f"https://elsewhere.example{due}"):
        assert on_our_host(link) == due
