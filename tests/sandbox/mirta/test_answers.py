"""How the sandbox PBX talks: HTTP 200 for everything, bars or JSON, columns twice, nothing at all for nothing found."""

import csv
import io
import json
from collections.abc import Callable

import httpx
import pytest

from apps.sandbox.mirta import MirtaSandbox
from tests.sandbox.conftest import TLS

from .conftest import PATH

Call = Callable[..., httpx.Response]


def test_one_sentence_for_all_that_is_wrong_with_the_key(call: Call, pbx: MirtaSandbox) -> None:
    theirs = pbx.other_credentials["key"]
    read_only = pbx.read_only_credentials["key"]
    sentences = {
        call("INFO queues", key="wrong", tenant="HARBOR").text,
        call("INFO queues", key="", tenant="HARBOR").text,
        call("INFO queues", tenant="NOSUCH").text,
        call("BLFS").text,
        call("INFO queues", key=theirs).text,
        call("INFO queues", key=theirs, tenant="CASCADE").text,
        call("INFO simplecdrs", key=theirs, tenant="%").text,
        call("MANAGEDB did list", key=theirs, tenant="HARBOR").text,
        call("COUNTCALLS", key=theirs, tenant="HARBOR").text,
        call("DND set", key=read_only, tenant="HARBOR", number="101", value="on").text,
    }
    (sentence,) = sentences
    assert sentence.startswith("Too bad")
    assert sentence.endswith("mistaken the security api key.")
    assert call("COUNTCHANNELS", key=theirs).text == "Wrong or missing tenant"


def test_the_label_follows_the_format_asked_for(call: Call) -> None:
    assert call("INFO queues", key="wrong", format="json").headers["Content-Type"] == "application/json"
    assert call("INFO queues", key="wrong").headers["Content-Type"] == "text/html; charset=UTF-8"


def test_selectors_are_read_in_any_case(pbx: MirtaSandbox, http: httpx.Client) -> None:
    query = {"key": pbx.credentials["key"], "tenant": "HARBOR"}
    spelled = [
        {"reqtype": "INFO", "info": "EXTENSIONS"}, {"reqtype": "info", "info": "extensions"},
        {"reqtype": "Info", "info": "Extensions"},
    ]  # fmt: skip
    assert len({http.get(PATH, params={**query, **words}).text for words in spelled}) == 1
    phones = [{"object": "PHONE", "action": "LIST"}, {"object": "phones", "action": "list"}]
    assert len({http.get(PATH, params={**query, "reqtype": "managedb", **words}).text for words in phones}) == 1


def test_selectors_may_come_in_the_form_and_the_path_may_be_the_vendors(pbx: MirtaSandbox, http: httpx.Client) -> None:
    form = {"key": pbx.credentials["key"], "tenant": "HARBOR", "reqtype": "INFO", "info": "queues"}
    assert "Harbor" in http.post("/mirtapbx/proxyapi.php", data=form).text
    assert http.get("/elsewhere.php").status_code == 404


@pytest.mark.parametrize(
    ("documented", "params"),
    [
        ("INFO nosuchthing", {}),
        ("NOSUCHTHING", {}),
        ("INFO queues", {"format": "xml"}),
        ("INFO extensions", {"format": "csv"}),
        ("INFO simplecdrs", {"format": "json", "start": "2026-03-11", "end": "2026-03-11"}),
        ("INFO simplecdrs", {"format": "json", "start": "yesterday"}),
        ("INFO queue", {}),
        ("INFO queue", {"id": "999999"}),
        ("INFO recording", {"id": "srv01-1700000000.1"}),
        ("VOICEMAIL messages", {"mailbox": "999"}),
        ("CDR get", {"uniqueid": "zzz", "field": "userfield"}),
        ("MANAGEDB did get", {"objectid": "999999"}),
        ("MANAGEDB did update", {"objectid": "1", "jsondata": "no json"}),
        ("DND set", {"number": "999", "value": "on"}),
        ("HANGUP", {"channel": "SIP/nobody-1"}),
    ],
)
def test_nothing_is_nothing(call: Call, documented: str, params: dict[str, str]) -> None:
    assert call(documented, tenant="HARBOR", **params).content == b""


def test_some_nothings_are_something(call: Call) -> None:
    past = {"tenant": "HARBOR", "start": "2015-01-01", "end": "2015-02-01", "format": "json"}
    assert call("INFO cdrs", **past).text == "]"
    assert call("INFO queuelogs", **past).text == "]"
    assert call("INFO agents", tenant="HARBOR", queue="999999", format="json").text == "null"
    assert call("INFO extstate", tenant="HARBOR", id="999").text == "\n"


def test_some_missing_parameters_are_named(call: Call) -> None:
    assert call("INFO recording", tenant="HARBOR").text == "No id specified"
    assert "extension" in call("INFO extstate", tenant="HARBOR").text.lower()
    assert "phonebook" in call("PHONEBOOK getall", tenant="HARBOR").text
    assert "extension" in call("QUEUE add", tenant="HARBOR", number="150").text
    assert "number" in call("VIRTUALEXT list", tenant="HARBOR").text


def test_columns_come_twice_and_all_values_are_text(call: Call, pbx: MirtaSandbox) -> None:
    rows = call("INFO simplecdrs", tenant="HARBOR", format="json").json()
    assert all(len(row) == 22 for row in rows)
    assert all(row[str(place)] == value for row in rows for place, value in enumerate(list(row.values())[1::2]))
    assert {type(value) for row in rows for value in row.values()} == {str}
    (did, *_) = call("INFO dids", tenant="HARBOR", format="json").json()
    assert did["te_recordingpassword"] == did[str(list(did).index("te_recordingpassword") // 2)]
    extension = call("INFO extensions", tenant="HARBOR", format="json").json()[0]
    assert not any(name.isdigit() for name in extension)
    assert extension["secret"]
    pbx.faults.set("single_keys")
    assert len(call("INFO simplecdrs", tenant="HARBOR", format="json").json()[0]) == 11


def test_plain_is_parted_by_bars_and_simplecdrs_breaks_it(call: Call) -> None:
    header, first, *_ = call("INFO extensions", tenant="HARBOR").text.splitlines()
    assert header == "Number|Name|Tech|State|Username|Password"
    assert first.startswith("101|Mira Castellanos|SIP|")
    assert call("INFO queues", tenant="HARBOR").text.endswith(": Harbor Street Dental desk")
    assert call("INFO dids", tenant="HARBOR").text.count("\n") == 1 + 18 + 1 + 4
    header, *_ = call("INFO simplecdrs", tenant="HARBOR").text.splitlines()
    assert header.startswith("0|sc_te_id|1|tenantcode|")
    assert header.endswith("|")
    assert "|10|sc_whoanswered1|1|HARBOR|HARBOR|" in header


def test_call_records_are_csv_with_the_tenants_columns_or_the_administrators(call: Call) -> None:
    ours = _table(call("INFO cdrs", tenant="HARBOR", format="csv").text)
    all_ = _table(call("INFO cdrs", tenant="%", format="csv").text)
    assert list(ours[0])[0] == "accountcode"
    assert list(all_[0])[0] == "uniqueid"
    assert {row["accountcode"] for row in ours} == {"HARBOR"}
    assert {row["accountcode"] for row in all_} == {"HARBOR", "CASCADE", "BLUEDOOR"}
    assert set(all_[0]) != set(ours[0])
    with pytest.raises(ValueError, match="delimiter"):
        call("INFO cdrs", tenant="HARBOR", format="json").json()


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_agents_are_keyed_by_name_with_places_for_columns(call: Call) -> None:
    agents = call("INFO agents", tenant="HARBOR", format="json").json()
    assert set(agents) == {"101-HARBOR", "102-HARBOR", "103-HARBOR"}
    row = agents["101-HARBOR"]
    assert list(row) == ["0", "1", "2", "4", "5", "6", "7", "8", "10", "11"]
    assert row["0"] == 0
    assert row["11"] == "101-HARBOR"
    assert call("INFO agents", tenant="HARBOR").text.startswith("101-HARBOR:")


def test_the_database_is_always_json_keyed_by_id_and_updates_echo_sql(call: Call, pbx: MirtaSandbox) -> None:
    reply = call("MANAGEDB did list", tenant="HARBOR")
    assert reply.headers["Content-Type"] == "application/json"
    rows = reply.json()
    assert all(ref == row["di_id"] for ref, row in rows.items())
    added = call("MANAGEDB did add", tenant="HARBOR", jsondata=json.dumps({"di_number": "12065550177"})).json()
    ref = added["di_id"]
    echoed = call("MANAGEDB did update", objectid=ref, jsondata=json.dumps({"di_comment": "Test"})).text
    assert echoed == f"UPDATE di_dids SET di_comment='Test' WHERE di_id='{ref}'"
    assert call("MANAGEDB did get", objectid=ref).json()["di_comment"] == "Test"
    pbx.faults.set("no_sql_echo", "MANAGEDB did delete")
    assert call("MANAGEDB did delete", objectid=ref).content == b""
    assert call("MANAGEDB did get", objectid=ref).content == b""


def test_a_callback_makes_json_a_script(call: Call) -> None:
    reply = call("INFO queues", tenant="HARBOR", format="json", callback="show")
    assert reply.text.startswith("show({")
    assert reply.headers["Content-Type"] == "application/javascript"


def test_recordings_are_sound_and_a_missing_one_is_an_empty_page(call: Call) -> None:
    found = call("INFO recordings", tenant="HARBOR", format="json").json()
    reply = call("INFO recording", tenant="HARBOR", id=found[0]["uniqueid"])
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert reply.content[:3] == b"ID3"
    assert b"\xff\xfb" in reply.content
    missing = call("INFO recording", tenant="HARBOR", id="srv01-1700000000.1")
    assert missing.headers["Content-Type"].startswith("text/html")


def test_secrets_stay_out_of_what_people_look_at(pbx: MirtaSandbox, call: Call) -> None:
    call("INFO extensions", tenant="HARBOR")
    call("MANAGEDB extension add", tenant="HARBOR", jsondata=json.dumps({"ex_number": "119", "secret": "Winter-horse-42"}))
    shown = "".join(httpx.get(f"{pbx.url}/_sandbox/{page}", verify=TLS).text for page in ("state", "requests"))
    held = [row.get(name) for row in pbx.pbx.table("extension").values() for name in ("secret", "password", "ex_webpassword")]
    held += [row["imappassword"] for row in pbx.pbx.table("voicemail").values() if "imappassword" in row]
    assert not [secret for secret in [*filter(None, held), pbx.credentials["key"], "Winter-horse-42"] if secret in shown]
