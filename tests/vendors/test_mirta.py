"""MiRTA: what it says and what we make of it, what must not be told, and how it is asked."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation, Exchange
from apps.vendors.core.params import Upload
from apps.vendors.core.redact import MASK
from apps.vendors.core.registry import vendors
from tests.vendors.wire import ReplyServer, says

ClientOf = Callable[..., Client]
CONFIRMED = Confirmation("test", "mirta")
T = {"tenant": "HARBOR"}
DOUBLED = {"0": "7", "di_id": "7", "1": "2062194100", "di_number": "2062194100"}


# What the PBX says.

EVERYWHERE: dict[str, type[errors.VendorError]] = {
    "Too bad... you mistaken the security api key.": errors.AuthFailed,
    "Wrong or missing tenant": errors.AuthFailed,
    "No id specified": errors.Rejected,
}
TO_A_WRITE: dict[str, type[errors.VendorError]] = {
    "Missing extension": errors.Rejected,
    "Invalid number": errors.Rejected,
    "Duplicate entry '101' for key 'ex_number'": errors.Conflict,
    "Agent already present": errors.Conflict,
    "Maximum number of extensions reached": errors.Conflict,
    "Queue is in use": errors.Conflict,
    "Extension not found": errors.NotFound,
    "Operation not allowed": errors.Forbidden,
    "This key is read only": errors.Forbidden,
    "You have an error in your SQL syntax near ''": errors.OutcomeUnknown,
    "Warning: Undefined index: x in /a.php": errors.OutcomeUnknown,
}


@pytest.mark.parametrize(("text", "kind"), EVERYWHERE.items())
@pytest.mark.parametrize("label", ["application/json", "text/html; charset=UTF-8"])
def test_texts_that_mean_the_same_everywhere(
    client_of: ClientOf, server: ReplyServer, text: str, kind: type, label: str
) -> None:
    """The content type is what was asked for, whatever the body is."""
    server.answer(says(text, kind=label))
    for name, params in (("info.dids", T), ("info.recording", {**T, "id": "node1-1.1"}), ("dnd.set", {**T, "number": "101"})):
        with pytest.raises(errors.VendorError) as caught:
            client_of("mirta").call(name, params)
        assert type(caught.value) is kind


@pytest.mark.parametrize(("text", "kind"), TO_A_WRITE.items())
def test_texts_in_answer_to_a_write(client_of: ClientOf, server: ReplyServer, text: str, kind: type) -> None:
    server.answer(says(text, kind="text/html"))
    with pytest.raises(errors.VendorError) as caught:
        client_of("mirta").call("queues.agents.add", {**T, "number": "9200", "extension": "101"})
    assert type(caught.value) is kind


@pytest.mark.parametrize("text", ["OK", "Updated", "Agent added to queue", "281", '{"qa_id": "9"}', "Success|done|9|"])
def test_any_other_sentence_is_yes(client_of: ClientOf, server: ReplyServer, text: str) -> None:
    server.answer(says(text, kind="text/html"))
    assert client_of("mirta").call("queues.agents.add", {**T, "number": "9200", "extension": "101"})


def test_a_missing_parameter_that_is_named_lands_on_its_field(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("Missing extension", kind="text/html"))
    with pytest.raises(errors.Rejected) as caught:
        client_of("mirta").call("queues.agents.add", {**T, "number": "9200", "extension": "101"})
    assert caught.value.fields == {"extension": "is required"}


@pytest.mark.parametrize("body", ["", "]", "[", "null", "\n", "[]", "{}", "false"])
def test_nothing_is_no_rows_for_a_list_and_not_found_for_one_thing(client_of: ClientOf, server: ReplyServer, body: str) -> None:
    client = client_of("mirta")
    server.answer(says(body))
    for name in ("info.simplecdrs", "info.queuelogs", "info.cdrs", "info.agents", "info.queues", "channels.list", "dids.list"):
        assert client.call(name, T) == []
    for name, params in (("dids.get", {**T, "id": "7"}), ("info.config", T), ("info.transcript", {**T, "id": "node1-1.1"})):
        with pytest.raises(errors.NotFound):
            client.call(name, params)
    with pytest.raises(errors.NotFound):
        client.call("info.recording", {**T, "id": "node1-1773240000.48"})


def test_an_empty_answer_to_a_write_is_no_yes(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("", kind="text/html"))
    with pytest.raises(errors.OutcomeUnknown) as caught:
        client_of("mirta").call("dids.remove", {**T, "id": "7"}, confirmation=CONFIRMED)
    assert (caught.value.code, len(server.seen)) == ("empty", 1)


def test_do_not_disturb_is_off_when_nothing_is_said(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("\n"))
    assert client_of("mirta").call("dnd.get", {**T, "number": "101"}) == {"value": ""}


def test_a_transcript_may_begin_like_a_refusal(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("Too bad you missed us, please call again.", kind="text/html"))
    assert client_of("mirta").call("info.transcript", {**T, "id": "node1-1.1"}).startswith("Too bad")


# Forms.


def test_columns_by_position_are_dropped_and_those_alone_are_kept(client_of: ClientOf, server: ReplyServer) -> None:
    client = client_of("mirta")
    server.answer(says(json.dumps([DOUBLED])))
    assert client.call("info.dids") == [{"di_id": "7", "di_number": "2062194100"}]
    server.answer(says('{"101-HARBOR": {"0": 0, "1": "paused", "2": "INUSE"}}'))
    (agent,) = client.call("info.agents", T)
    assert (agent["availability"], agent["state"]) == ("paused", "INUSE")


@pytest.mark.parametrize("body", [{"7": {"di_id": "7"}}, [{"di_id": "7", "id": "7"}], {"di_id": "7", "id": "7"}])
def test_a_list_is_an_object_keyed_by_id_or_a_list_or_one_row(client_of: ClientOf, server: ReplyServer, body: Any) -> None:
    server.answer(says(json.dumps(body)))
    assert client_of("mirta").call("dids.list", T) == [{"di_id": "7", "id": "7"}]


def test_call_records_are_read_by_their_header(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says('duration,start\n"41",2026-03-11 09:40:00\n3,0000-00-00 00:00:00\n', kind="text/html"))
    first, second = client_of("mirta", options={"time_zone": "America/Chicago"}).call("info.cdrs", T)
    assert (first["duration"], first["start"].astimezone(UTC)) == (41, datetime(2026, 3, 11, 14, 40, tzinfo=UTC))
    assert second["start"] is None
    assert server.seen[0].fields["format"] == "csv"


@pytest.mark.parametrize("first", ["Success", "SUCCESS", "success"])
def test_dialling_gives_the_id_between_the_bars(client_of: ClientOf, server: ReplyServer, first: str) -> None:
    server.answer(says(f"{first}|Originate successfully queued|15a4cfe6429054|", kind="text/html"))
    reply = client_of("mirta").call("calls.dial", {**T, "source": "402", "dest": "12065550142"})
    assert reply == {"words": "Originate successfully queued", "id": "15a4cfe6429054"}


@pytest.mark.parametrize("text", ["Failure|Extension is not registered|", "Busy|"])
def test_dialling_that_did_not_work_out(client_of: ClientOf, server: ReplyServer, text: str) -> None:
    server.answer(says(text, kind="text/html"))
    with pytest.raises(errors.Rejected):
        client_of("mirta").call("calls.dial", {**T, "source": "402", "dest": "12065550142"})


def test_a_recording_is_a_file_and_a_page_is_none(client_of: ClientOf, server: ReplyServer) -> None:
    client, wanted = client_of("mirta"), {**T, "id": "node1-1773240000.48"}
    server.answer(says(b"ID3\x00\xff", kind="audio/mpeg", Content_Disposition='inline; filename="../../a.mp3"'))
    file = client.call("info.recording", wanted)
    assert (file.name, file.content_type, file.content) == ("a.mp3", "audio/mpeg", b"ID3\x00\xff")
    server.answer(says("No id specified", kind="audio/mpeg"))
    with pytest.raises(errors.Rejected):
        client.call("info.recording", wanted)
    server.answer(says("<html>login</html>", kind="text/html"))
    with pytest.raises(errors.UnreadableReply):
        client.call("info.recording", wanted)


@pytest.mark.parametrize(
    ("body", "total"), [("7", 7), ('{"node1": "3", "Total": "7"}', 7), ("node1: 3|node2: 4|Total: 7", 7), ('"7"', None)]
)
def test_counts(client_of: ClientOf, server: ReplyServer, body: str, total: int | None) -> None:
    server.answer(says(body))
    if total is None:
        with pytest.raises(errors.UnreadableReply):
            client_of("mirta").call("channels.count")
    else:
        assert client_of("mirta").call("channels.count")["total"] == total


# How it is asked.


def test_a_read_is_a_get_and_a_write_a_form(client_of: ClientOf, server: ReplyServer) -> None:
    client = client_of("mirta")
    server.answer(says("{}"))
    client.call("dids.list", T)
    server.answer(says("OK"))
    read = _sent(client, server, "destinations.list", {**T, "typesrc": "DID", "typeidsrc": "7"}, "{}")
    assert (read.method, read.path, read.body) == ("GET", "/pbx/proxyapi.php", b"")
    assert {"format": "json", "cache": "no"}.items() <= read.fields.items()
    write = _sent(client, server, "dids.change", {**T, "id": "7", "jsondata": {"di_comment": "Spare & more"}}, "OK")
    assert write.method == "POST"
    assert write.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert write.body == b"jsondata=%7B%22di_comment%22%3A+%22Spare+%26+more%22%7D"
    assert {"format", "cache", "callback"}.isdisjoint(write.fields)


def _sent(client: Client, server: ReplyServer, name: str, params: Any, body: str) -> Any:
    server.answer(says(body))
    client.call(name, params)
    return server.seen[0]


def test_no_call_ever_asks_for_a_script_and_every_settling_read_bypasses_the_cache() -> None:
    operations = vendors.get("mirta").operations.values()
    live = {"channels.list", "peers.list"}  # seven seconds and more at the PBX: its cache is wanted
    for operation in operations:
        assert "callback" not in {param.wire for param in operation.params}
        if operation.outcome_from and operation.outcome_from not in live:
            assert vendors.get("mirta").operations[operation.outcome_from].wire.fresh, operation.outcome_from


@pytest.mark.parametrize(
    ("base", "options", "path"),
    [
        ("", {}, "/pbx/proxyapi.php"),
        ("/", {"path": "/mirtapbx/proxyapi.php"}, "/mirtapbx/proxyapi.php"),
        ("", {"path": "x/proxyapi.php"}, "/x/proxyapi.php"),
        ("/own/proxyapi.php", {}, "/own/proxyapi.php"),
        ("/own/proxyapi.php/", {"path": "/pbx/proxyapi.php"}, "/own/proxyapi.php"),
    ],
)
def test_address(client_of: ClientOf, server: ReplyServer, base: str, options: dict[str, str], path: str) -> None:
    server.answer(says("3"))
    client_of("mirta", base_url=server.url + base, options=options).call("calls.count")
    assert server.seen[0].path == path


def test_a_tenants_key_names_its_tenant_where_a_call_names_none(client_of: ClientOf, server: ReplyServer) -> None:
    client = client_of("mirta", options={"tenant": "HARBOR"})
    server.answer(says("3"))
    client.probe()
    assert server.seen[0].fields["tenant"] == "HARBOR"
    server.answer(says("3"))
    client.call("channels.count", {"tenant": "BLUEDOOR"})
    assert server.seen[0].fields["tenant"] == "BLUEDOOR"


@pytest.mark.parametrize("tenant", ["%", "A B", "x' or '1'='1"])
def test_a_tenant_is_a_code(client_of: ClientOf, tenant: str) -> None:
    with pytest.raises(errors.InvalidParameters):
        client_of("mirta").call("dids.list", {"tenant": tenant})


def test_every_tenant_at_once_only_for_call_records(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("]"))
    assert client_of("mirta").call("info.simplecdrs", {"tenant": "%"}) == []
    wild = {op.name for op in vendors.get("mirta").operations.values() if _accepts(op, "%")}
    assert wild == {"info.cdrs", "info.simplecdrs"}


def _accepts(operation: Any, tenant: str) -> bool:
    for param in operation.params:
        if param.name == "tenant":
            try:
                return bool(param.cleaned(tenant))
            except ValueError:
                return False
    return False


def test_info_call_without_an_id_is_never_sent(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("{}"))
    with pytest.raises(errors.InvalidParameters, match="id"):
        client_of("mirta").call("info.call", T)
    assert not server.seen
    assert vendors.get("mirta").operations["info.call"].timeout


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ("2026-03-09", "2026-03-10", ("2026-03-09", "2026-03-11")),
        (date(2026, 2, 28), date(2026, 2, 28), ("2026-02-28", "2026-03-01")),
        ("2026-03-09 08:00:00", "2026-03-10 17:30:00", ("2026-03-09 08:00:00", "2026-03-10 17:30:00")),
        (datetime(2026, 3, 9, 14, 0, tzinfo=UTC), "2026-03-09T15:00:00+00:00", ("2026-03-09 09:00:00", "2026-03-09 10:00:00")),
    ],
)
def test_the_last_day_is_whole_and_moments_are_the_pbxs(
    client_of: ClientOf, server: ReplyServer, start: Any, end: Any, sent: tuple[str, str]
) -> None:
    server.answer(says("]"))
    client_of("mirta", options={"time_zone": "America/Chicago"}).call("info.queuelogs", {**T, "start": start, "end": end})
    assert (server.seen[0].fields["start"], server.seen[0].fields["end"]) == sent


def test_a_period_that_runs_backwards(client_of: ClientOf) -> None:
    for first, last in (
        ("2026-03-10", "2026-03-09"),
        ("2026-03-10", "2026-03-09 10:00:00"),
        ("2026-03-10 11:00", "2026-03-10 10:00"),
    ):
        with pytest.raises(errors.InvalidParameters, match="must not lie before"):
            client_of("mirta").call("info.sms", {**T, "start": first, "end": last})


def test_both_names_of_a_parameter_are_sent(client_of: ClientOf, server: ReplyServer) -> None:
    seen = _sent(client_of("mirta"), server, "settings.get", {**T, "name": "VMAUTORECOVER"}, "yes")
    assert (seen.fields["name"], seen.fields["code"]) == ("VMAUTORECOVER", "VMAUTORECOVER")
    seen = _sent(client_of("mirta"), server, "phonebooks.entries.add", {**T, "phonebook": "D", "values": {"NAME": "R"}}, "OK")
    assert seen.fields["values"] == seen.fields["jsondata"] == '{"NAME": "R"}'


# Columns.


@pytest.mark.parametrize(
    ("name", "given", "fault"),
    [
        ("phones.add", {"ph_name": "A", "ph_mac": "AA:BB:CC:DD:EE:FF:00:11"}, "ph_mac: give twelve hex digits"),
        ("extensions.add", {"ex_name": "A", "ex_tech": "SIP"}, "ex_number: is required"),
        ("extensions.add", {"ex_number": "1", "ex_name": "A", "ex_tech": "ISDN"}, "ex_tech: choose one of"),
        ("users.add", {"us_username": "a", "us_password": "hunter2"}, "us_password: give the SHA-256"),
        ("dids.add", {"di_number": "1", "x; drop": "y"}, "no name of a column"),
        ("dids.add", {"di_number": "1", "di_comment": {"a": 1}}, "di_comment: give one value"),
        ("dids.add", {}, "give columns"),
        ("dids.add", "{", "give JSON"),
        ("destinations.replace", ["101"], "a tag is TYPE-ID"),
        ("conditions.periods.set", [{"param1": "1"}], "param2: is required"),
    ],
)
def test_columns_that_cannot_be_sent(client_of: ClientOf, name: str, given: Any, fault: str) -> None:
    extra = {"typesrc": "DID", "typeidsrc": "7", "id": "7"}
    client = client_of("mirta")
    known = {param.name for param in client.operation(name).params}
    values = {**T, **{key: value for key, value in extra.items() if key in known}, "jsondata": given}
    with pytest.raises(errors.InvalidParameters) as caught:
        client.call(name, {key: value for key, value in values.items() if key in known})
    assert fault in caught.value.fields["jsondata"] or (not given and caught.value.fields["jsondata"])
    assert "hunter2" not in str(caught.value)


def test_columns_that_nobody_listed_pass(client_of: ClientOf, server: ReplyServer) -> None:
    given = {"ph_name": "Desk", "ph_mac": "0004.f200.0101", "ph_newcolumn": "x", "ph_pm_id": ""}
    seen = _sent(client_of("mirta"), server, "phones.change", {**T, "id": "7", "jsondata": given}, "OK")
    assert json.loads(seen.fields["jsondata"]) == {**given, "ph_mac": "00:04:F2:00:01:01"}


@pytest.mark.parametrize("condition", ["te_disabled='on' OR 1=1", "1=1", "te_code='x'; --", "te_name='a'b'"])
def test_the_filter_is_one_column_and_a_plain_value(client_of: ClientOf, condition: str) -> None:
    with pytest.raises(errors.InvalidParameters):
        client_of("mirta").call("tenants.list", {"filter": condition})


# What must not be told.

SECRET_COLUMNS = {
    "secret": "Sip-Secret-77", "password": "Pj-Secret-88", "ex_webpassword": "e3b0c44298fc", "ex_2fa_param1": "JBSWY3DPEH",
    "ex_lockpin": "4471", "te_recordingpassword": "tape-9931", "imappassword": "Mail-77-x", "pin": "567",
    "md5secret": "aa55aa55", "ds_pin": "88112", "us_password": "9f86d081884c", "pincode": "6001",
}  # fmt: skip


def _told(exchange: Exchange) -> str:
    return f"{exchange.params} {exchange.request} {exchange.reply}"


@pytest.mark.parametrize(
    "name", ["extensions.list", "mailboxes.list", "info.extensions", "voicemail.list", "info.dids", "tenants.list"]
)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "broken off"])
def test_secret_columns_are_masked_by_name_and_by_position(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], name: str, cut: bool
) -> None:
    doubled = {str(place): value for place, value in enumerate(SECRET_COLUMNS.values())} if not cut else {}
    body = json.dumps([{"ex_number": "101", **SECRET_COLUMNS, **doubled}])
    server.answer(says(body[:-2] if cut else body))
    client = client_of("mirta")
    params = {} if name == "tenants.list" else T
    if cut:
        with pytest.raises(errors.UnreadableReply) as caught:
            client.call(name, params)
        out = f"{_told(exchanges[-1])} {caught.value.evidence}"
    else:
        result = client.call(name, params)
        out = f"{_told(exchanges[-1])} {client.operation(name).mask(result)}"
        assert result[0]["secret"] == "Sip-Secret-77"
    assert "101" in out
    assert [value for value in SECRET_COLUMNS.values() if value in out] == []


def test_columns_that_end_alike_and_are_no_secret_stay(client_of: ClientOf) -> None:
    masked = client_of("mirta").operation("routes.list").mask([{"dl_usepin": "on", "dl_name": "World"}])
    assert masked == [{"dl_usepin": "on", "dl_name": "World"}]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("extensions.change", {"secret": "Sip-Secret-77", "ex_name": "Mira"}),
        ("mailboxes.change", {"password": "84119", "fullname": "Mira"}),
        ("conferences.change", {"pin": "567", "cr_name": "Mira"}),
        ("users.change", {"us_password": "9f86d081" * 8, "us_username": "mira"}),
        ("providers.change", {"secret": "Trunk-Secret-5", "pr_name": "Mira"}),
    ],
)
def test_what_a_write_echoes_is_not_told(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], name: str, columns: dict[str, str]
) -> None:
    """The PBX answers with the statement it ran, and with it all that was written."""
    pairs = ", ".join(f"{column}='{value}'" for column, value in columns.items())
    server.answer(says(f"Query: UPDATE xx_table SET {pairs} WHERE xx_id='7'", kind="text/html"))
    client = client_of("mirta")
    wanted = {"tenant": "HARBOR", "id": "7", "jsondata": columns}
    reply = client.call(
        name, {key: value for key, value in wanted.items() if key in {p.name for p in client.operation(name).params}}
    )
    assert reply == {"words": "Query: (SQL, not shown)"}
    (secret,) = (value for column, value in columns.items() if column in {"secret", "password", "pin", "us_password"})
    assert secret not in _told(exchanges[-1])
    assert "ira" in exchanges[-1].request


def test_an_sql_error_names_no_secret(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says("You have an error in your SQL: UPDATE ex SET secret='Sip-Secret-77' WHERE", kind="text/html"))
    with pytest.raises(errors.OutcomeUnknown) as caught:
        client_of("mirta").call("extensions.change", {**T, "id": "7", "jsondata": {"secret": "Sip-Secret-77"}})
    assert "Sip-Secret-77" not in f"{caught.value} {caught.value.evidence} {_told(exchanges[-1])}"


def test_a_token_and_webrtc_details_are_not_told(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    client = client_of("mirta")
    server.answer(says("9c1f7be0d2", kind="text/html"))
    reply = client.call("auth.token.generate", {"user": "owen", "validity": "ONCE"})
    assert reply == {"token": "9c1f7be0d2"}
    assert client.operation("auth.token.generate").mask(reply) == {"token": MASK}
    server.answer(says("101-HARBOR|hunter22|wss://pbx.example.com", kind="text/html"))
    client.call("auth.webrtc", {"username": "101", "password": "Harb0r!Street"})
    assert server.seen[0].method == "POST"
    out = "".join(map(_told, exchanges))
    assert [secret for secret in ("9c1f7be0d2", "hunter22", "Harb0r!Street") if secret in out] == []


@pytest.mark.parametrize("name", ["SMTPPASSWORD", "ApiSecret", "ADMINPIN", "API_KEY"])
def test_settings_that_hold_a_secret_stay_where_they_are(client_of: ClientOf, name: str) -> None:
    for operation, extra in (("settings.get", {}), ("settings.set", {"value": "hunter22"})):
        with pytest.raises(errors.InvalidParameters, match="secret") as caught:
            client_of("mirta").call(operation, {**T, "name": name, **extra})
        assert "hunter22" not in str(caught.value)


def test_the_key_is_in_the_query_and_is_not_told(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    client = client_of("mirta")
    server.answer(says("OK"))
    client.call("faxes.send", {**T, "source_number": "1", "dest_number": "2", "document": Upload("a.pdf", b"%PDF")})
    seen = server.seen[0]
    assert seen.files == {"filename": ("a.pdf", b"%PDF")}
    assert seen.fields["key"] == client.endpoint.credentials["key"]
    assert client.endpoint.credentials["key"] not in _told(exchanges[-1])
