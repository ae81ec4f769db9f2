"""What the sandbox PBX says: refusals in HTTP 200, `[]` for nothing, and the shapes seen in the field."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, calls_of
from apps.sandbox.pbxware import PbxwareSandbox
from tests.sandbox.conftest import TLS

from .conftest import NOON

Call = Callable[..., Any]


def test_refusals_are_words_in_200(call: Call) -> None:
    assert call("ext.list", key="wrong") == {"error": "Invalid API key."}
    assert call("did.list") == {"error": "Required field 'server' is missing"}
    assert call("did.list", server="1") == {"error": "Invalid Server ID is specified."}
    assert call("trunk.delete", server="2", id="1") == {"error": "In tenant mode, make sure server=1."}
    assert "You cannot supply id and ext" in call("ext.configuration", server="2", id="1", ext="101")["error"]


def test_nothing_is_an_empty_list(call: Call, pbx: PbxwareSandbox) -> None:
    assert call("did.list", server="2", ext="999") == []
    assert call("trunk.configuration", trunkid="1", server="1") == []
    assert call("did.clirouting.list", server="2", id=next(reversed(pbx.pbx.of("did", "2")))) == {"success": []}
    pbx.faults.set("empty_object")
    assert call("did.list", server="2", ext="999") == {}


def test_an_action_it_does_not_know_is_a_warning_without_json(pbx: PbxwareSandbox) -> None:
    query = {"apikey": pbx.credentials["apikey"], "action": "pbxware.nothing"}
    reply = httpx.get(f"{pbx.url}/index.php", params=query, verify=TLS)
    assert reply.status_code == 200
    assert "Undefined array key" in reply.text
    assert httpx.get(f"{pbx.url}/api/v7", params=query, verify=TLS).status_code == 404


def test_root_and_post_work_as_well(pbx: PbxwareSandbox) -> None:
    form = {"apikey": pbx.credentials["apikey"], "action": "pbxware.license.info"}
    assert httpx.post(f"{pbx.url}/", data=form, verify=TLS).json()["Edition"] == "Multi-Tenant"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("no_permission", "You do not have permission to execute this action."),
        ("sleeping_key", "API key is suspended due to inactivity."),
    ],
)
def test_keys_may_be_refused_for_other_reasons(call: Call, pbx: PbxwareSandbox, fault: str, text: str) -> None:
    pbx.faults.set(fault, "ext.list")
    assert call("ext.list", server="2") == {"error": text}
    pbx.faults.set("wrapped_error")
    assert call("ext.list", server="2") == [{"error": text}]


def test_ids_are_numbers_on_add_and_text_on_edit(call: Call, pbx: PbxwareSandbox) -> None:
    added = call("paging_group.add", server="2", name="Upstairs", number="171")
    assert isinstance(added["id"], int)
    assert call("paging_group.edit", server="2", id=str(added["id"]), quiet="1")["id"] == str(added["id"])
    pbx.faults.set("ids_as_text")
    assert isinstance(call("paging_group.add", server="2", name="Cellar", number="172")["id"], str)


def test_an_extension_number_is_taken_once(call: Call) -> None:
    assert call("paging_group.add", server="2", name="Desk", number="101") == {"error": "Extension 101 already exists."}
    assert "success" in call("paging_group.add", server="3", name="Desk", number="101")


def test_tenants_do_not_touch_each_others_things(call: Call, pbx: PbxwareSandbox) -> None:
    theirs = next(iter(pbx.pbx.of("ext", "3")))
    assert "not found" in call("ext.edit", server="2", id=theirs, name="Mine now")["error"]
    assert "not found" in call("ext.delete", server="2", id=theirs)["error"]
    assert theirs in pbx.pbx.table("ext")


def test_a_fresh_tenant_takes_no_extensions(call: Call) -> None:
    code = {"tenant_code": "300", "package": "1", "ext_length": "3", "country": "869", "national": "1", "international": "011"}
    made = call("tenant.add", tenant_name="new.example.com", **code)
    person = {"name": "A", "email": "a@b.example", "location": "1", "ua": "50", "status": "1", "pin": "1234", "voicemail": "1"}
    more = {"incominglimit": "1", "outgoinglimit": "1", "prot": "sip", "secret": "Abcdef1!"}
    assert call("ext.add", server=made["id"], **person, **more) == {"error": "Unable to create extension"}
    weak = call("ext.add", server="2", **person, **{**more, "secret": "weak"})
    assert weak["error"].startswith("Required field 'secret=weak' contains invalid data (Regex:")


def test_a_delete_may_lie(call: Call, pbx: PbxwareSandbox) -> None:
    ref = next(iter(pbx.pbx.of("ivr", "2")))
    pbx.faults.set("lying_delete", "ivr.delete", times=1)
    assert "Deleted IVR" in call("ivr.delete", server="2", id=ref)["success"]
    assert ref in call("ivr.list", server="2")
    call("ivr.delete", server="2", id=ref)
    assert call("ivr.list", server="2") == []


def test_what_is_added_may_settle_later(call: Call, pbx: PbxwareSandbox) -> None:
    pbx.faults.set("settles_later", "didgroup.add", value=60)
    group = {"server": "1", "group_name": "New", "tenantid": "2", "min_did": "1", "max_did": "9"}
    ref = str(call("didgroup.add", **group)["id"])
    assert ref not in call("didgroup.list")
    assert ref in pbx.pbx.table("didgroup")


def test_operation_times_are_set_whole(call: Call, pbx: PbxwareSandbox) -> None:
    ref = next(iter(pbx.pbx.of("ivr", "2")))
    days = {"open_days[]": ["1,2,6", "3,4"], "open_days_desc[]": ["A", "B"]}
    assert "must match in size" in call("otimes.ivr.set", id=ref, server="2", **days)["error"]
    hours = {"open_days_time_from[]": ["08:00", "08:30"], "open_days_time_to[]": ["16:30", "17:00"]}
    call("otimes.ivr.set", id=ref, server="2", status="on", **days, **hours)
    state = call("otimes.ivr.list", id=ref, server="2")[ref]
    assert [row["days"] for row in state["open_days"]] == ["1,2,6", "3,4"]
    assert state["closed_dates"] == []


def test_call_records_are_the_carriers(call: Call, pbx: PbxwareSandbox) -> None:
    yesterday = NOON.date().replace(day=NOON.day - 1)
    number = world.FREIGHT.numbers[3]
    carried = calls_of(pbx.seed, INBOUND, number, yesterday)
    theirs = {(one.far, int(one.at.replace(tzinfo=NOON.tzinfo).timestamp()), one.seconds) for one in carried}
    assert theirs
    rows, page = [], 1
    while True:
        reply = call(
            "cdr.download", start="Mar-10-2026", end="Mar-10-2026", server="3", cdrtype="1", limit="1000", page=str(page)
        )
        rows += [dict(zip(reply["header"], row, strict=True)) for row in reply["csv"]]
        if not reply["next_page"]:
            break
        page += 1
    ours = {(row["From"], int(row["Date/Time"]), int(row["Total Duration"])) for row in rows}
    assert theirs <= ours
    moments = [int(row["Date/Time"]) for row in rows]
    assert moments == sorted(moments, reverse=True)


def test_live_calls_end_and_stand_in_the_records() -> None:
    moment = [NOON]
    with PbxwareSandbox(clock=lambda: moment[0]) as sandbox, httpx.Client(base_url=sandbox.url, verify=TLS) as http:
        ask = {"apikey": sandbox.credentials["apikey"], "server": "2"}
        live = http.get("/", params={**ask, "action": "pbxware.monitor.live_calls"}).json()
        assert live
        busy = http.get("/", params={**ask, "action": "pbxware.monitor.list"}).json()
        assert "true" in {row["on_call"] for row in busy.values()}
        moment[0] = NOON.replace(hour=18)
        later = http.get("/", params={**ask, "action": "pbxware.monitor.live_calls"}).json()
        assert not live.keys() & (later or {}).keys()
        query = {**ask, "action": "pbxware.cdr.download", "start": "Mar-11-2026", "end": "Mar-11-2026", "limit": "1000"}
        records = http.get("/", params=query).json()
        assert live.keys() <= {row[records["header"].index("Unique ID")] for row in records["csv"]}


def test_state_outlives_the_process(tmp_path: Any) -> None:
    for expected in (1, 2):
        with PbxwareSandbox(state_dir=tmp_path) as sandbox:
            query = {"apikey": sandbox.credentials["apikey"], "server": "2"}
            assert len(sandbox.pbx.of("department", "2")) == expected
            httpx.get(sandbox.url, params={**query, "action": "pbxware.department.add", "name": "Night"}, verify=TLS)


def test_secrets_stay_out_of_what_people_look_at(pbx: PbxwareSandbox, call: Call) -> None:
    call("ext.list", server="2")
    shown = httpx.get(f"{pbx.url}/_sandbox/state", verify=TLS).text + httpx.get(f"{pbx.url}/_sandbox/requests", verify=TLS).text
    held = [row["secret"] for row in pbx.pbx.table("ext").values()]
    assert not [secret for secret in [*held, pbx.credentials["apikey"]] if secret in shown]
