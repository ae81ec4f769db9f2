"""Calls: the carrier's own in the records, live ones that end, and what may be done to them; time, and faults."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, OUTBOUND, calls_of
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.calls import ZONE

from .conftest import NOON, PATH, Clock

Call = Callable[..., httpx.Response]
YESTERDAY = {"start": "2026-03-10", "end": "2026-03-11"}


def _rows(call: Call, **params: str) -> list[dict[str, str]]:
    reply = call("INFO simplecdrs", format="json", **params)
    return reply.json() if reply.content else []


def test_call_records_are_the_carriers(call: Call, pbx: MirtaSandbox) -> None:
    day = NOON.date() - timedelta(days=1)
    carried = set()
    for number in (*world.FREIGHT.numbers, *world.FREIGHT.toll_free):
        for direction, side in (("IN", INBOUND), ("OUT", OUTBOUND)):
            for one in calls_of(pbx.seed, side, number, day):
                at = one.at.replace(tzinfo=UTC).astimezone(ZONE)
                carried.add((direction, f"{at:%Y-%m-%d %H:%M:%S}", one.far, str(one.seconds)))
    rows = _rows(call, tenant="CASCADE", **YESTERDAY)
    far = {"IN": "sc_calleridnum", "OUT": "sc_dialednum"}
    ours = {
        (row["sc_direction"], row["sc_start"], row[far[row["sc_direction"]]], row["sc_duration"])
        for row in rows
        if row["sc_direction"] in far
    }
    assert carried == ours
    assert {row["sc_disposition"] for row in rows} <= {"ANSWERED", "NO ANSWER", "BUSY", "CONGESTION", "FAILED"}
    starts = [row["sc_start"] for row in rows]
    assert starts == sorted(starts)


def test_a_bare_end_is_its_midnight_and_no_start_is_today(call: Call) -> None:
    assert _rows(call, tenant="HARBOR", start="2026-03-10", end="2026-03-10") == []
    assert {row["sc_start"][:10] for row in _rows(call, tenant="HARBOR", **YESTERDAY)} == {"2026-03-10"}
    assert {row["sc_start"][:10] for row in _rows(call, tenant="HARBOR")} == {"2026-03-11"}
    timed = _rows(call, tenant="HARBOR", start="2026-03-10 09:00:00", end="2026-03-10 10:00:00")
    assert timed
    assert all("2026-03-10 09" <= row["sc_start"] < "2026-03-10 10" for row in timed)


def test_filters_take_several_values_in_any_case(call: Call) -> None:
    found = _rows(call, tenant="HARBOR", direction="in,OUT", **YESTERDAY)
    assert {row["sc_direction"] for row in found} == {"IN", "OUT"}
    phones = _rows(call, tenant="HARBOR", phone="101,103", **YESTERDAY)
    ends = ("sc_calleridnum", "sc_dialednum", "sc_whoanswered")
    assert phones
    assert all({"101", "103"} & {row[name] for name in ends} for row in phones)
    one = found[0]["sc_uniqueid"]
    assert [row["sc_uniqueid"] for row in _rows(call, tenant="HARBOR", uniqueid=one, **YESTERDAY)] == [one]


def test_ninety_days_are_kept(call: Call) -> None:
    rows = _rows(call, tenant="HARBOR", start="2025-01-01")
    first = datetime.strptime(rows[0]["sc_start"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    assert NOON - timedelta(days=91) < first < NOON - timedelta(days=88)


def test_queue_logs_tell_who_answered_and_who_gave_up(call: Call) -> None:
    rows = call("INFO queuelogs", tenant="CASCADE", start="2026-02-01", format="json").json()
    assert {row["disposition"] for row in rows} == {"ANSWERED", "ABANDONED"}
    lost = next(row for row in rows if row["disposition"] == "ABANDONED")
    assert (lost["agent"], lost["ex_name"]) == (None, None)
    taken = next(row for row in rows if row["disposition"] == "ANSWERED")
    assert taken["agent"] == f"{taken['ex_number']}-CASCADE"
    assert call("INFO queuelogs", tenant="CASCADE", start="2026-02-01", format="csv").text.startswith("time,qu_name,")


def test_live_calls_end_and_stand_in_the_records(call: Call, clock: Clock) -> None:
    live = call("CHANNELS", format="json").json()
    assert live
    ids = {channel[13] for channel in live}
    assert call("COUNTCALLS").text == str(len(ids))
    node = live[0][13].partition("-")[0]
    assert {channel[13].partition("-")[0] for channel in call("CHANNELS", nodename=node, format="json").json()} == {node}
    assert not ids & {row["sc_uniqueid"] for row in _rows(call, tenant="%", start="2026-03-11")}
    clock.now = NOON + timedelta(hours=2)
    assert not ids & {channel[13] for channel in call("CHANNELS", format="json").json()}
    assert ids <= {row["sc_uniqueid"] for row in _rows(call, tenant="%", start="2026-03-11")}


def test_who_talks_is_in_use_everywhere(call: Call) -> None:
    talking = {row[7] for row in call("CHANNELS", tenant="HARBOR", format="json").json() if len(row[7]) == 3}
    number = talking.pop()
    assert call("INFO extstate", tenant="HARBOR", id=number).text.startswith("INUSE|")
    states = {row["st_extension"]: row["st_state"] for row in call("BLFS", tenant="HARBOR", format="json").json()}
    assert states[f"{number}-HARBOR"] == "INUSE"
    assert call("GETCURRENTCALLS", tenant="HARBOR", phone=number, format="json").json()


def test_a_dialled_call_is_up_ends_and_leaves_a_recording(call: Call, clock: Clock) -> None:
    said = call("DIAL", tenant="HARBOR", source="101", dest="12065550142", timeout="60").text
    word, _, ref, rest = said.split("|")
    assert (word.lower(), rest) == ("success", "")
    assert call("INFO call", tenant="HARBOR", id=ref, format="json").json()["status"] == "UP"
    assert call("INFO recording", tenant="HARBOR", id=ref).content == b""
    clock.now = NOON + timedelta(minutes=5)
    assert call("INFO recording", tenant="HARBOR", id=ref).headers["Content-Type"] == "audio/mpeg"
    csv = call("INFO cdrs", tenant="HARBOR", format="csv").text
    assert ref in csv
    assert call("INFO recording", tenant="CASCADE", id=ref).content == b""


def test_calls_are_hung_up_and_transferred(call: Call) -> None:
    first = call("CHANNELS", tenant="HARBOR", format="json").json()[0]
    call("TRANSFER", tenant="HARBOR", channel=first[0], dest="102")
    call("HANGUP", tenant="HARBOR", channel=first[0])
    assert first[13] not in {row[13] for row in call("CHANNELS", tenant="HARBOR", format="json").json()}
    call("DIAL", tenant="HARBOR", source="104", dest="12065550142")
    assert call("HANGUP", tenant="HARBOR", extension="104-HARBOR").text.startswith("Success|")
    assert call("GETCURRENTCALLS", tenant="HARBOR", phone="104", format="json").content == b""


def test_a_userfield_grows(call: Call) -> None:
    uniqueid = _rows(call, tenant="HARBOR", **YESTERDAY)[0]["sc_uniqueid"]
    for word in ("paid", "-twice"):
        call("CDR update", tenant="HARBOR", uniqueid=uniqueid, field="userfield", value=word)
    assert call("CDR get", tenant="HARBOR", uniqueid=uniqueid, field="userfield", format="json").text == "paid-twice"


def test_statistics_begin_anew(call: Call, pbx: MirtaSandbox, clock: Clock) -> None:
    clock.now = NOON + timedelta(hours=4)
    ref = next(iter(pbx.pbx.of("queue", "2")))
    counters = call("INFO queue", tenant="CASCADE", id=ref, format="json").json()
    assert len(counters) == 46
    assert int(counters["calls"]) > 0
    call("QUEUERESET", tenant="CASCADE", queueid=ref)
    assert call("INFO queue", tenant="CASCADE", id=ref, format="json").json()["calls"] == "0"


@pytest.mark.parametrize(("fault", "body"), [("zero_bytes", ""), ("bracket", "]"), ("null", "null")])
def test_bodies_that_say_nothing(call: Call, pbx: MirtaSandbox, fault: str, body: str) -> None:
    pbx.faults.set(fault, "DND set", times=1)
    assert call("DND set", tenant="HARBOR", number="101", value="on").text == body
    assert call("DND get", tenant="HARBOR", number="101").text == "on"


def test_the_key_may_be_refused_under_a_json_label(call: Call, pbx: MirtaSandbox) -> None:
    pbx.faults.set("too_bad", "DND set")
    reply = call("DND set", tenant="HARBOR", number="101", value="on", format="json")
    assert reply.text.startswith("Too bad")
    assert reply.headers["Content-Type"] == "application/json"
    assert call("DND get", tenant="HARBOR", number="101").text == ""


def test_a_call_without_its_id_hangs(pbx: MirtaSandbox, http: httpx.Client) -> None:
    query = {"key": pbx.credentials["key"], "tenant": "HARBOR", "reqtype": "INFO", "info": "call"}
    with pytest.raises(httpx.ReadTimeout):
        http.get(PATH, params=query, timeout=0.5)
    started = time.perf_counter()
    assert http.get(PATH, params={**query, "id": "nosuch"}).content == b""
    assert time.perf_counter() - started < 1


def test_it_can_be_as_slow_as_in_the_field(call: Call, pbx: MirtaSandbox) -> None:
    pbx.faults.set("field_speed")
    started = time.perf_counter()
    call("CHANNELS", nodename="srv01")
    assert 0.3 < time.perf_counter() - started < 3


def test_who_waits_in_a_queue_has_nobody_on_the_line(call: Call, pbx: MirtaSandbox, clock: Clock) -> None:
    rows = call("INFO queuelogs", tenant="CASCADE", start="2026-03-10", end="2026-03-11", format="json").json()
    held = next(row for row in rows if row["disposition"] == "ANSWERED" and int(row["holdtime"]) > 5)
    begun = datetime.strptime(held["time"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    queue = next(iter(pbx.pbx.of("queue", "2")))
    clock.now = begun + timedelta(seconds=2)
    waiting = call("INFO queuecallers", tenant="CASCADE", id=queue, format="json").json()
    assert held["callid"] in {row["uniqueid"] for row in waiting}
    assert [row[5] for row in call("CHANNELS", tenant="CASCADE", format="json").json() if row[13] == held["callid"]] == [
        "Queue"
    ]
    clock.now = begun + timedelta(seconds=int(held["holdtime"]) + 1)
    assert call("INFO queuecallers", tenant="CASCADE", id=queue, format="json").content == b""
    assert len([row for row in call("CHANNELS", tenant="CASCADE", format="json").json() if row[13] == held["callid"]]) == 2
