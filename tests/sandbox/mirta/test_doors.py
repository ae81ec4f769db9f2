"""The neutral doors of the driver on a PBX that answers and remembers: what is written is there afterwards."""

from datetime import timedelta

import pytest

from apps.sandbox.core.pdf import pdf
from apps.sandbox.mirta import MirtaSandbox
from apps.vendors.core import billing, calls, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.params import Upload

from .conftest import NOON
from .test_driver import client_of

TENANT = "HARBOR"
SURE = Confirmation("test", "doors")


@pytest.fixture
def client(pbx: MirtaSandbox) -> Client:
    return client_of(pbx, pbx.credentials)


def test_a_number_is_added_pointed_and_removed(client: Client, pbx: MirtaSandbox) -> None:
    dids, ways = client.capability(routing.Dids), client.capability(routing.NumberRouting)
    ref = dids.add(TENANT, {"di_number": "12065550177"})
    dids.change(TENANT, ref, {"di_comment": "Test"})
    assert dids.get(TENANT, ref).label == "Test"
    main = next(did for did in dids.list(TENANT) if did.number == "+12062194100")
    assert ways.read(TENANT, main.ref).kind == "condition"
    dids.remove(TENANT, ref, SURE)
    assert ref not in pbx.pbx.table("did")


@pytest.mark.parametrize("fault", ["no_sql_echo", "zero_bytes"])
def test_a_silent_write_is_read_back(client: Client, pbx: MirtaSandbox, fault: str) -> None:
    dids = client.capability(routing.Dids)
    ref = dids.list(TENANT)[0].ref
    pbx.faults.set(fault, "MANAGEDB did update")
    dids.change(TENANT, ref, {"di_comment": "Silent"})
    assert dids.get(TENANT, ref).label == "Silent"


def test_one_tenants_things_are_nobody_elses(client: Client) -> None:
    for door in (routing.Dids, routing.Queues, routing.Ivrs, people.Extensions, calls.Conferences):
        refs = [{one.ref for one in client.capability(door).list(code)} for code in (TENANT, "CASCADE", "BLUEDOOR")]
        assert all(refs)
        assert len(set.union(*refs)) == sum(map(len, refs)), door


def test_queues_stand_and_have_agents(client: Client, pbx: MirtaSandbox) -> None:
    queues = client.capability(routing.Queues)
    (queue,) = queues.list(TENANT)
    assert {agent.ref for agent in queues.agents(TENANT, queue.ref)} == {"101-HARBOR", "102-HARBOR", "103-HARBOR"}
    counted = {one.subject: one for one in client.capability(reports.Traffic).counters(TENANT)}
    assert (counted[queue.ref].answered or 0) > 0


def test_hours_and_switches_are_schedules(client: Client) -> None:
    schedules = client.capability(routing.Schedules)
    hours, switch = schedules.list(TENANT)
    assert len(schedules.get(TENANT, hours.ref).periods) == 5
    schedules.flip(TENANT, switch.ref, on=True)
    assert schedules.get(TENANT, switch.ref).open_now


def test_live_calls_are_dialled_and_ended(client: Client, pbx: MirtaSandbox) -> None:
    live = client.capability(calls.LiveCalls)
    assert live.dial(TENANT, "101", "+12065550142") in pbx.pbx.table("dialled")
    mine = next(call for call in live.list(TENANT) if call.destination.endswith("2065550142"))
    live.hang_up(TENANT, mine.ref, SURE)
    assert mine.ref not in {call.ref for call in live.list(TENANT)}


def test_what_calls_leave_is_found(client: Client) -> None:
    recordings, records = client.capability(calls.Recordings), client.capability(reports.CallRecords)
    found = recordings.list(TENANT, NOON - timedelta(days=1), NOON)
    assert recordings.fetch(TENANT, found[0].ref).content.startswith(b"ID3")
    assert recordings.transcript(TENANT, found[0].ref)
    rows = list(records.between(TENANT, NOON - timedelta(days=1), NOON))
    assert {row.direction for row in rows} == {"inbound", "outbound", "internal"}
    assert all(NOON - timedelta(days=1) <= row.started_at <= NOON for row in rows if row.started_at)


def test_messages_are_heard_and_sent(client: Client, pbx: MirtaSandbox) -> None:
    voicemail = client.capability(calls.Voicemail)
    new = next(one for one in voicemail.messages(TENANT, "101") if not one.heard)
    voicemail.mark(TENANT, "101", new.ref, heard=True)
    assert all(one.heard for one in voicemail.messages(TENANT, "101"))
    voicemail.delete(TENANT, "101", new.ref, SURE)
    assert new.ref not in {one.ref for one in voicemail.messages(TENANT, "101")}
    sent = client.capability(calls.Messaging).send(TENANT, "+12062194100", "+12065550142", "Hello")
    assert pbx.pbx.table("sms")[sent]["sm_message"] == "Hello"
    letter = Upload("letter.pdf", pdf("Letter", ["Hello"]))
    fax = client.capability(calls.Fax).send(TENANT, "+12062194117", "+12065550142", letter)
    assert fax in pbx.pbx.table("fax")


def test_health_and_money(client: Client) -> None:
    assert client.capability(reports.Health).read().licence_days == 212
    assert client.capability(billing.TenantBalances).read(TENANT).amount > 0
