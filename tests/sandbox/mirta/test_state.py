"""What the sandbox PBX holds and what changes in it: routing, agents, voicemail, uploads, tenants; kept over restarts."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.core.pdf import pdf
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.seed import ADMIN, password_of

Call = Callable[..., httpx.Response]


def test_all_tenants_have_their_numbers_and_people(call: Call) -> None:
    tenants = call("MANAGEDB tenant list").json()
    assert {row["te_name"] for row in tenants.values()} == {tenant.name for tenant in world.TENANTS}
    for tenant, row in zip(world.TENANTS, tenants.values(), strict=True):
        numbers = {did["di_number"] for did in call("INFO dids", tenant=row["te_code"], format="json").json()}
        assert {f"1{number}" for number in (*tenant.numbers, *tenant.toll_free)} <= numbers
        names = {one["ex_name"] for one in call("INFO extensions", tenant=row["te_code"], format="json").json()}
        assert {person.name for person in tenant.people} <= names


def test_numbers_lead_to_things_that_are_there(call: Call, pbx: MirtaSandbox) -> None:
    ways = set()
    for ref in call("MANAGEDB did list", tenant="HARBOR").json():
        rows = call("MANAGEDB destination list", tenant="HARBOR", typesrc="did", typeidsrc=ref).json()
        ways |= {row["de_typedst"] for row in dict(rows).values()}
    assert {"CONDITION", "IVR", "HUNTLIST", "FLOW", "QUEUE", "EXT", "VOICEMAIL"} <= ways
    kinds = {"CONDITION": "condition", "IVR": "ivr", "HUNTLIST": "huntlist", "FLOW": "flow", "QUEUE": "queue",
             "EXT": "extension", "VOICEMAIL": "voicemail", "PLAYBACK": "mediafile"}  # fmt: skip
    for row in pbx.pbx.table("destination").values():
        assert pbx.pbx.table(kinds[row["de_typedst"]])[row["de_typeiddst"]]["_te"] == row["_te"]


def test_destinations_are_replaced_whole_and_only_by_what_there_is(call: Call) -> None:
    did = next(iter(call("MANAGEDB did list", tenant="HARBOR").json()))
    extension = next(iter(call("MANAGEDB extension list", tenant="HARBOR").json()))
    theirs = next(iter(call("MANAGEDB extension list", tenant="CASCADE").json()))
    where = {"tenant": "HARBOR", "typesrc": "DID", "typeidsrc": did}
    assert call("MANAGEDB destination replace", **where, jsondata=json.dumps([f"EXT-{theirs}"])).content == b""
    assert call("MANAGEDB destination replace", **where, jsondata=json.dumps([f"EXT-{extension}", "SPECIAL-3"])).content
    rows = call("MANAGEDB destination list", **where).json().values()
    assert [row["de_tag"] for row in rows] == [f"EXT-{extension}", "SPECIAL-3"]


def test_weekly_hours_are_replaced(call: Call) -> None:
    ref = next(iter(call("MANAGEDB condition list", tenant="HARBOR").json()))
    assert len(call("MANAGEDB condition getextendedinfos", objectid=ref).json()) == 5
    saturday = [{"param1": "6", "param2": "9:00", "param3": "13:00"}]
    call("MANAGEDB condition replaceextendedinfos", objectid=ref, jsondata=json.dumps(saturday))
    assert call("MANAGEDB condition getextendedinfos", objectid=ref).json() == saturday


def test_a_tenants_key_sees_that_tenant_alone(call: Call, pbx: MirtaSandbox) -> None:
    theirs = pbx.other_credentials["key"]
    assert call("INFO queues", key=theirs, tenant="HARBOR").text
    cascade = next(iter(pbx.pbx.of("queue", "2")))
    assert call("INFO queue", key=theirs, tenant="HARBOR", id=cascade, format="json").content == b""
    assert call("INFO queue", id=cascade, tenant="CASCADE", format="json").content
    call("DND set", key=theirs, tenant="HARBOR", number="101", value="on")
    assert call("DND get", tenant="HARBOR", number="101").text == "on"
    assert call("DND set", key=theirs, tenant="HARBOR", number="201", value="on").content == b""


def test_numbers_belong_to_one_tenant_and_extensions_to_each(call: Call) -> None:
    number = {"di_number": f"1{world.FREIGHT.numbers[0]}"}
    assert call("MANAGEDB did add", tenant="HARBOR", jsondata=json.dumps(number)).text.startswith("Duplicate entry")
    phone = {"ex_number": "201", "ex_name": "Here as well"}
    assert call("MANAGEDB extension add", tenant="HARBOR", jsondata=json.dumps(phone)).json()["ex_id"]
    assert call("MANAGEDB extension add", tenant="HARBOR", jsondata=json.dumps(phone)).text.startswith("Duplicate entry")
    assert call("MANAGEDB extension add", tenant="HARBOR", jsondata=json.dumps({"ex_number": "2x"})).content == b""


def test_agents_come_and_go(call: Call) -> None:
    queue = {"tenant": "HARBOR", "number": "150"}
    assert call("QUEUE list", **queue).text == "101-HARBOR|102-HARBOR|103-HARBOR|"
    call("QUEUE add", **queue, extension="104", penalty="4")
    rows = call("QUEUE fulllist", **queue, format="json").json()
    assert [row["penalty"] for row in rows if row["extension"] == "104"] == ["4"]
    call("AGENT pause", tenant="HARBOR", extension="104-HARBOR", queue="ALL", pausereason="Lunch")
    (paused,) = call("AGENT listqueues", tenant="HARBOR", extension="104", format="json").json()
    assert (paused["paused"], paused["pausereason"]) == ("1", "Lunch")
    call("QUEUE del", **queue, extension="104")
    assert call("AGENT listqueues", tenant="HARBOR", extension="104", format="json").content == b""


def test_an_extension_that_goes_leaves_no_place_behind(call: Call, pbx: MirtaSandbox) -> None:
    ref, _ = pbx.pbx.find("extension", "1", ex_number="102") or ("", {})
    call("MANAGEDB extension delete", objectid=ref)
    assert "102" not in call("QUEUE list", tenant="HARBOR", number="150").text
    assert "102" not in call("VIRTUALEXT list", tenant="HARBOR", number="190").text


def test_voicemail_is_marked_fetched_and_deleted(call: Call) -> None:
    box = {"tenant": "HARBOR", "mailbox": "102"}
    messages = call("VOICEMAIL messages", **box, format="json").json()
    new = next(row for row in messages if row["Dir"].endswith("/INBOX"))
    call("VOICEMAIL markread", **box, msgid=new["Msgid"])
    (seen,) = [row for row in call("VOICEMAIL messages", **box, format="json").json() if row["Msgid"] == new["Msgid"]]
    assert seen["Dir"].endswith("/Old")
    assert call("VOICEMAIL message", **box, msgid=new["Msgid"]).headers["Content-Type"] == "audio/mpeg"
    call("VOICEMAIL delete", **box, msgid=new["Msgid"])
    assert call("VOICEMAIL message", **box, msgid=new["Msgid"]).content == b""


def test_uploads_come_as_the_field_filename(call: Call, pbx: MirtaSandbox) -> None:
    ref = next(iter(pbx.pbx.of("mediafile", "1")))
    assert call("MANAGEDB mediafile updatebinary", objectid=ref, files={"file": ("a.mp3", b"x")}).content == b""
    call("MANAGEDB mediafile updatebinary", objectid=ref, files={"filename": ("a.wav", b"RIFF1234WAVE")})
    assert call("MEDIAFILE getaudio", tenant="HARBOR", objectid=ref).content == b"RIFF1234WAVE"
    assert call("MANAGEDB mediafile get", objectid=ref).json()["me_size"] == "12"
    numbers = {"tenant": "HARBOR", "source_number": "12062194117", "dest_number": "12065550142"}
    sent = call("FAX send", **numbers, files={"filename": ("a.pdf", pdf("Letter", ["Hello"]))}).text
    assert sent.lower().startswith("success|")
    assert call("INFO fax", tenant="HARBOR", id=sent.split("|")[2], format="json").json()["fa_status"] == "SENDING"
    assert call("FAX send", **numbers, files={"filename": ("a.txt", b"Hello")}).text.startswith("Failure|")


def test_money_is_added_and_taken(call: Call) -> None:
    before = float(call("INFO balance", tenant="HARBOR").text)
    call("BALANCE", tenant="HARBOR", amount="-20.50", description="Refund")
    assert float(call("INFO balance", tenant="HARBOR").text) == pytest.approx(before - 20.5)


def test_campaigns_run_in_order(call: Call, pbx: MirtaSandbox) -> None:
    ref, _ = pbx.pbx.find("campaign", "1", ca_type="ONDEMAND") or ("", {})
    assert call("CAMPAIGN pause", campaign=ref).content == b""
    assert [call(f"CAMPAIGN {act}", campaign=ref).text for act in ("start", "pause", "resume", "stop")] == ["OK"] * 4
    call("CAMPAIGN addnumber", campaign=ref, number="12065550188", numberdescription="Test")
    assert "12065550188" in call("CAMPAIGN listnumbers", campaign=ref).text
    call("CAMPAIGN cleannumbers", campaign=ref)
    assert call("CAMPAIGN listnumbers", campaign=ref, format="json").content == b""


def test_phone_books_are_searched_with_percent_signs(call: Call) -> None:
    book = {"tenant": "HARBOR", "phonebook": "Default"}
    call("PHONEBOOK add", **book, values=json.dumps([{"NAME": "Ross", "PHONE1": "1"}, {"NAME": "Rosa", "PHONE1": "2"}]))
    found = call("PHONEBOOK query", **book, field="name", value="ros%", format="json").json()
    assert [row["NAME"] for row in found] == ["Ross", "Rosa"]
    call("PHONEBOOK delete", **book, peid=found[0]["peid"])
    assert call("PHONEBOOK query", **book, field="NAME", value="ross", format="json").content == b""


def test_a_token_for_single_use_serves_once(call: Call, pbx: MirtaSandbox) -> None:
    assert call("CHECKAUTH", username=ADMIN, password="wrong").content == b""
    assert (
        call("CHECKAUTH", username=ADMIN, password=password_of(pbx.seed, ADMIN), format="json").json()["us_username"] == ADMIN
    )
    token = call("AUTHTOKEN generate", user=ADMIN, validity="ONCE").text
    assert call("CHECKAUTH", username=ADMIN, password=token).content
    assert call("CHECKAUTH", username=ADMIN, password=token).content == b""


def test_a_tenant_goes_with_all_that_was_its(call: Call, pbx: MirtaSandbox) -> None:
    assert call("MANAGEDB tenant list", filter="te_disabled='on'").json() == []
    call("MANAGEDB tenant delete", objectid="3")
    assert call("INFO queues", tenant="BLUEDOOR").text.startswith("Too bad")
    assert not any(pbx.pbx.of(kind, "3") for kind in pbx.pbx.tables)
    assert call("CHANNELS", format="json").status_code == 200


def test_state_outlives_the_process(tmp_path: Path) -> None:
    for expected in ("", "on"):
        with MirtaSandbox(state_dir=tmp_path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
            query = {"key": sandbox.credentials["key"], "tenant": "HARBOR", "reqtype": "DND", "number": "101"}
            assert http.get("/pbx/proxyapi.php", params={**query, "action": "get"}).text == expected
            http.get("/pbx/proxyapi.php", params={**query, "action": "set", "value": "on"})
