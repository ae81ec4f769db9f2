"""sipXcom: what it says and what we make of it. Its doors are in test_sipxcom_doors.py."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation, Exchange
from apps.vendors.core.operation import Operation
from apps.vendors.core.redact import MASK
from apps.vendors.core.registry import vendors
from apps.vendors.sipxcom.capabilities.base import paged
from apps.vendors.sipxcom.codec import VARIABLE, base
from tests.vendors.conftest import credentials
from tests.vendors.wire import Answer, ReplyServer, says

ClientOf = Callable[..., Client]
CONFIRMED = Confirmation("test", "sipxcom")
BRANCH = "<branch><id>2</id><name>harbor</name><address/></branch>"
ADD = {"name": "harbor"}
ADDRESSED = [op for op in vendors.get("sipxcom").operations.values() if not op.not_callable and VARIABLE.search(op.wire.path)]


def page(number: int, pages: int, *ids: int) -> str:
    rows = "".join(f"<branch><id>{ref}</id><name>b{ref}</name></branch>" for ref in ids)
    about = f"<totalResults>9</totalResults><currentPage>{number}</currentPage><totalPages>{pages}</totalPages>"
    return f"<branch><metadata>{about}</metadata><branches>{rows}</branches></branch>"


def xml(body: str, **options: Any) -> Answer:
    return says(body, kind="text/xml", **options)


def envelope(code: str, data: str = "", message: str = "Update failed") -> str:
    return f"<response><code>{code}</code><message>{message}</message><data>{data}</data></response>"


# Refusals.

CODES: dict[str, tuple[int, type[errors.VendorError]]] = {
    "ERROR_ID_INVALID": (400, errors.Rejected),
    "ERROR_MISSING_ID": (400, errors.Rejected),
    "ERROR_OBJECT_NOT_FOUND": (400, errors.NotFound),
    "ERROR_VALIDATION_FAILED": (400, errors.Rejected),
    "ERROR_CREATE_FAILED": (500, errors.Rejected),
    "ERROR_UPDATE_FAILED": (500, errors.Rejected),
    "ERROR_DELETE_FAILED": (500, errors.Rejected),
    "ERROR_REFERENCE_EXISTS": (500, errors.Conflict),
    "ERROR_READ_FAILED": (500, errors.OutcomeUnknown),  # what a reading failure means for a write nobody knows
    "SOMETHING_NEW": (400, errors.Rejected),
}


@pytest.mark.parametrize("code", CODES)
def test_codes_of_the_envelope(client_of: ClientOf, server: ReplyServer, code: str) -> None:
    status, kind = CODES[code]
    server.answer(xml(envelope(code, "<additionalMessage>phoneNumber is too long</additionalMessage>"), status=status))
    with pytest.raises(errors.VendorError) as caught:
        client_of("sipxcom").call("branches.add", ADD)
    assert type(caught.value) is kind
    assert "phoneNumber is too long" in str(caught.value)
    if code == "ERROR_VALIDATION_FAILED":
        assert getattr(caught.value, "fields", {}) == {"phone_number": "phoneNumber is too long"}


def test_refusal_in_a_200(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml(envelope("ERROR_OBJECT_NOT_FOUND")))
    with pytest.raises(errors.NotFound):
        client_of("sipxcom").call("branches.read", {"id": "7741"})


STATUSES: dict[int, type[errors.VendorError]] = {
    400: errors.Rejected, 401: errors.AuthFailed, 403: errors.Forbidden, 404: errors.NotFound, 405: errors.Rejected,
    406: errors.Rejected, 409: errors.Conflict, 415: errors.Rejected, 417: errors.Rejected, 422: errors.Rejected,
    429: errors.RateLimited, 501: errors.VendorFault, 502: errors.VendorFault, 503: errors.VendorFault,
    743: errors.Rejected, 744: errors.Rejected, 745: errors.Rejected, 747: errors.Conflict,
}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_statuses(client_of: ClientOf, server: ReplyServer, status: int, kind: str) -> None:
    """Bodies may be pages or texts called JSON: neither is parsed."""
    server.answer(says("<html>Oops</html>" if kind == "text/html" else "Phone not found", status=status, kind=kind))
    with pytest.raises(errors.VendorError) as caught:
        client_of("sipxcom").call("phones.list")
    assert type(caught.value) is STATUSES[status]
    assert "<html>" not in str(caught.value)


EXCEPTIONS: dict[str, type[errors.VendorError]] = {
    '{"error":"The alias "101"\nis taken","type":"org.sipfoundry.sipxconfig.common.UserException"} ': errors.Rejected,
    '{"error":"Duplicate","type":"org.sipfoundry.sipxconfig.common.NameInUseException"}': errors.Conflict,
    '{"error":"null","type":"java.lang.NullPointerException"}': errors.OutcomeUnknown,
    "ExtensionInUseException: extension 4100 is taken": errors.Conflict,
    "UnrecognizedPropertyException: Unrecognized field nmae": errors.Rejected,
    "NullPointerException: null": errors.OutcomeUnknown,
    '{"error":"No row: [Group]","type":"org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException"}': (
        errors.NotFound
    ),
    "": errors.OutcomeUnknown,
}


@pytest.mark.parametrize("body", EXCEPTIONS)
def test_exceptions_in_a_500(client_of: ClientOf, server: ReplyServer, body: str) -> None:
    server.answer(says(body, status=500))
    with pytest.raises(errors.VendorError) as caught:
        client_of("sipxcom").call("hunt_groups.add", {"name": "desk", "extension": "4100"})
    assert type(caught.value) is EXCEPTIONS[body]
    assert len(server.seen) == 1


def test_digest_challenge_is_a_refusal(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("", status=401, WWW_Authenticate='Digest realm="example.org", qop="auth", nonce="x", stale="true"'))
    with pytest.raises(errors.AuthFailed):
        client_of("sipxcom").call("branches.list")
    assert len(server.seen) == 1


CONFERENCE = {
    "Conference weekly not found\n": errors.NotFound,
    "<command-response>Non-Existant ID 99\n</command-response>": errors.NotFound,
    "ERROR: connection refused": errors.OutcomeUnknown,
    "": errors.OutcomeUnknown,
}


@pytest.mark.parametrize("text", CONFERENCE)
def test_conference_server_refuses_in_a_200(client_of: ClientOf, server: ReplyServer, text: str) -> None:
    server.answer(says(text, kind="text/plain"))
    with pytest.raises(errors.VendorError) as caught:
        client_of("sipxcom").call("my.conference.kick", {"conference": "weekly", "member": "99"}, confirmation=CONFIRMED)
    assert type(caught.value) is CONFERENCE[text]


def test_not_callable_says_why(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("{}"))
    refused = [operation for operation in vendors.get("sipxcom").operations.values() if operation.not_callable]
    assert len(refused) == 9
    for operation in refused:
        with pytest.raises(errors.Unsupported, match="405"):
            client_of("sipxcom").call(operation.name, confirmation=CONFIRMED)
    assert not server.seen


def test_resetting_a_setting_that_is_not_there(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says("NullPointerException: null", status=500))
    with pytest.raises(errors.NotFound, match="no such setting"):
        client_of("sipxcom").call("proxy.settings.reset", {"setting_path": "a/b"}, confirmation=CONFIRMED)


def test_a_number_to_call_may_be_written_as_people_do(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says(""))
    client_of("sipxcom").call("my.call", {"to": "+1 (206) 219-4100"})
    assert server.seen[0].target == "/sipxconfig/rest/my/call/%2B1%28206%29219-4100"


# Hostile and broken XML.

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
ATTACKS = {
    "billion_laughs": f"<!DOCTYPE lolz [{LAUGHS}]><branch><id>&a9;</id></branch>",
    "external_entity": '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><branch><id>&x;</id></branch>',
    "remote_dtd": '<!DOCTYPE branch SYSTEM "http://203.0.113.9/x.dtd"><branch><id>2</id></branch>',
    "parameter_entity": '<!DOCTYPE b [<!ENTITY % p SYSTEM "http://203.0.113.9/x"> %p;]><branch/>',
    "deep": "<branch>" + "<a>" * 5000 + "</a>" * 5000 + "</branch>",
    "undeclared_entity": "<branch><id>&nothing;</id></branch>",
    "cut": "<branch><id>2</id>",
    "another_root": "<users/>",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_xml_is_unreadable(client_of: ClientOf, server: ReplyServer, attack: str) -> None:
    server.answer(xml(ATTACKS[attack]))
    with pytest.raises(errors.UnreadableReply) as caught:
        client_of("sipxcom").call("branches.read", {"id": "2"})
    assert "root:" not in str(caught.value)
    with pytest.raises(errors.OutcomeUnknown):
        client_of("sipxcom").call("branches.add", ADD)
    with pytest.raises(errors.UnreadableReply):
        client_of("sipxcom").call("my.voicemail.messages", {"folder": "inbox"})
    with pytest.raises(errors.UnreadableReply):
        client_of("sipxcom").call("my.conference.xml_list", {"conference": "weekly"})


def test_hostile_xml_in_an_error_is_judged_by_its_status(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml(f"<!DOCTYPE lolz [{LAUGHS[:50]}]><response>&a9;</response>", status=404))
    with pytest.raises(errors.NotFound):
        client_of("sipxcom").call("branches.read", {"id": "2"})


# Replies.


def test_xml_and_json_say_the_same(client_of: ClientOf, server: ReplyServer) -> None:
    twin = {"branch": {"metadata": {"totalResults": 1}, "branches": [{"id": 2, "name": "harbor", "address": {"id": 4}}]}}
    server.answer(
        xml("<branch><metadata><totalResults>1</totalResults></metadata><branches><branch><id>2</id><name>harbor</name>"
            "<address><id>4</id></address></branch></branches></branch>"),
        says(json.dumps(twin)),
    )  # fmt: skip
    client = client_of("sipxcom")
    assert client.call("branches.list") == client.call("branches.list")


def test_empty_lists(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml(page(1, 1)), xml("<phonebooks/>"), says('{"phones": []}'))
    client = client_of("sipxcom")
    assert client.call("branches.list")["branches"] == []
    assert client.call("phone_books.list") == []
    assert client.call("phones.list") == []


def test_jackson_routes_answer_latin_1(client_of: ClientOf, server: ReplyServer) -> None:
    body = '{"statusPhonePresence": true, "otpMessage": "Déjà au téléphone"}'.encode("latin-1")
    server.answer(says(body, kind="text/plain; charset=ISO-8859-1"), says(body, kind="text/plain"))
    client = client_of("sipxcom")
    assert client.call("my.im.read")["otpMessage"] == "Déjà au téléphone"
    assert client.call("my.im.read")["otpMessage"] == "Déjà au téléphone"


def test_a_leaf_comes_bare_and_a_node_as_a_list(client_of: ClientOf, server: ReplyServer) -> None:
    leaf = {"path": "a/b", "value": "1"}
    server.answer(says(json.dumps(leaf)), says(json.dumps({"settings": [leaf, leaf]})))
    client = client_of("sipxcom")
    assert len(client.call("mwi.settings.read", {"setting_path": "a/b"})) == 1
    assert len(client.call("mwi.settings.read", {"setting_path": "a"})) == 2


def test_a_write_whose_id_is_missing_is_not_taken_for_done(client_of: ClientOf, server: ReplyServer) -> None:
    for body in ("", "<html>", "{}", "not an id"):
        server.answer(says(body))
        with pytest.raises(errors.OutcomeUnknown):
            client_of("sipxcom").call("hunt_groups.add", {"name": "desk", "extension": "4100"})


def test_pages_end_by_their_count(client_of: ClientOf, server: ReplyServer) -> None:
    """A page behind the end repeats the last one: rows come once, and the count of pages ends it."""
    server.answer(xml(page(1, 3, 1, 2)), xml(page(2, 3, 3, 4)), xml(page(2, 2, 3, 4)))
    assert [row["id"] for row in paged(client_of("sipxcom"), "branches.list", "branches")] == ["1", "2", "3", "4"]
    assert [seen.fields["page"] for seen in server.seen] == ["1", "2", "3"]


# Requests.


@pytest.mark.parametrize("tail", ["", "/", "/sipxconfig", "/sipxconfig/", "/sipxconfig/rest", "/sipxconfig/api/"])
def test_base_url(client_of: ClientOf, server: ReplyServer, tail: str) -> None:
    server.answer(xml(page(1, 1)))
    client_of("sipxcom", base_url=server.url + tail).call("branches.list")
    assert server.seen[0].path == "/sipxconfig/rest/branch"
    assert base(f"https://sipx.example.org{tail}") == "https://sipx.example.org/sipxconfig"


def test_credentials_go_in_the_header_with_the_first_request(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml(page(1, 1)))
    client_of("sipxcom").call("branches.list")
    (seen,) = server.seen
    given = credentials(vendors.get("sipxcom"))
    assert seen.basic == (given["username"], given["password"])
    assert not seen.fields


def test_acting_as_another_user(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says('{"extension": "165"}'))
    client = client_of("sipxcom")
    client.call("my.fax.read", {"acting_user": "101", "acting_password": "päss:word"})
    assert server.seen[0].headers["Authorization"] == "Basic " + b64encode("101:päss:word".encode()).decode()
    assert not server.seen[0].fields
    with pytest.raises(errors.InvalidParameters) as caught:
        client.call("my.fax.read", {"acting_user": "101"})
    assert set(caught.value.fields) == {"acting_password"}


@pytest.mark.parametrize("name", ["front desk", "a/b", "a%20b", "..", "ünder"])
def test_what_the_server_does_not_decode_is_refused_here(client_of: ClientOf, server: ReplyServer, name: str) -> None:
    server.answer(says("{}"))
    for operation in ("phone_books.read", "permissions.read", "my.conferences.read"):
        with pytest.raises(errors.InvalidParameters) as caught:
            client_of("sipxcom").call(operation, {"name": name})
        assert set(caught.value.fields) == {"name"}
    assert not server.seen


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/../b", "..", "a/"])
def test_setting_paths_stay_inside_their_tree(client_of: ClientOf, server: ReplyServer, path: str) -> None:
    server.answer(says("{}"))
    with pytest.raises(errors.InvalidParameters):
        client_of("sipxcom").call("gateways.settings.set", {"id": "1", "setting_path": path, "value": "x"})
    assert not server.seen


def test_addresses_are_encoded_where_the_server_decodes(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says(""))
    client_of("sipxcom").call("phones.groups.join", {"id": "4", "group": "A & B? #1"})
    assert server.seen[0].target == "/sipxconfig/api/phones/4/groups/A%20%26%20B%3F%20%231"


def test_settings_are_plain_text(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(says(""))
    client_of("sipxcom").call("moh.settings.set", {"setting_path": "moh/audio-source", "value": "Zürich"})
    (seen,) = server.seen
    assert seen.headers["Content-Type"].startswith("text/plain")
    assert seen.body == "Zürich".encode()


def test_order_of_the_query_is_the_routes(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml("<phonebook><size>0</size><entries/></phonebook>"))
    client_of("sipxcom").call("my.phonebook.page", {"filter": "x", "end": 5, "start": 0})
    assert server.seen[0].target.endswith("?start=0&end=5&filter=x")


def test_names_of_the_document_are_taken(client_of: ClientOf, server: ReplyServer) -> None:
    server.answer(xml(envelope("SUCCESS_CREATED", "<id>7</id>"), status=201), says("4"))
    client_of("sipxcom").call("users.add", {"username": "101"})
    assert b"<userName>101</userName>" in server.seen[0].body
    client_of("sipxcom").call("phones.add", {"serialNumber": "0004f2a1b2c3", "model": "polycom600"})
    assert server.seen[1].fields["serialNo"] == "0004f2a1b2c3"


def test_members_of_lists_are_checked_together(client_of: ClientOf) -> None:
    rings = [{"userName": "101", "expiration": "soon", "colour": "red"}, {"enabled": True}]
    with pytest.raises(errors.InvalidParameters) as caught:
        client_of("sipxcom").call("hunt_groups.add", {"name": "desk", "extension": "4100", "rings": rings})
    assert "expiration" in caught.value.fields["rings"]
    assert "colour" in caught.value.fields["rings"]
    with pytest.raises(errors.InvalidParameters):
        client_of("sipxcom").call("hunt_groups.add", {"name": "desk", "extension": "4100", "rings": "not JSON"})


# Secrets.


def test_the_authorization_header_comes_out_nowhere(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]
) -> None:
    given = credentials(vendors.get("sipxcom"))
    header = b64encode(f"{given['username']}:{given['password']}".encode()).decode()
    server.answer(says(f"bad header Basic {header}", status=400, kind="text/plain"))
    with pytest.raises(errors.Rejected) as caught:
        client_of("sipxcom").call("branches.list")
    last = exchanges[-1]
    told = f"{caught.value} {caught.value.evidence} {last.request} {last.reply} {last.params}"
    assert header not in told
    assert MASK in told


@pytest.mark.parametrize("path", ["itsp-account/password", "line/sip/AUTH_PASSWORD", "voicemail/pin", "snmp/community"])
def test_settings_that_are_credentials_are_masked(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], path: str
) -> None:
    client = client_of("sipxcom")
    server.answer(says(""))
    client.call("gateways.settings.set", {"id": "1", "setting_path": path, "value": "hunter2-9x"})
    rows = {"settings": [{"path": path, "value": "hunter2-9x"}, {"path": "limits/max-hops", "value": "12"}]}
    server.answer(says(json.dumps(rows)), says(json.dumps(rows)[:-4]))
    found = client.call("gateways.settings.list", {"id": "1"})
    assert [row["value"] for row in client.operation("gateways.settings.list").mask(found)] == [MASK, "12"]
    assert '"12"' in exchanges[-1].reply
    with pytest.raises(errors.UnreadableReply) as caught:
        client.call("gateways.settings.list", {"id": "1"})
    told = [f"{x.params} {x.request} {x.reply} {x.error}" for x in exchanges]
    assert "hunter2" not in f"{told} {caught.value.evidence}"


def test_a_short_secret_setting_is_masked_whole(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says(""))
    client_of("sipxcom").call("phones.settings.set", {"id": "4", "setting_path": "lock/pin", "value": "731"})
    assert "731" not in f"{exchanges[-1].request} {exchanges[-1].params}"


def test_an_ordinary_setting_is_told(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says(""))
    client_of("sipxcom").call("proxy.settings.set", {"setting_path": "limits/max-hops", "value": "12"})
    assert exchanges[-1].params["value"] == "12"


def test_the_key_in_voicemail_links_stays_inside(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    link = "https://pbx.example.org/sipxconfig/rest/private/KEY-77aa/voicemail/inbox/00000012"
    server.answer(
        xml(f'<rss><channel><item><link>{link}</link><enclosure url="{link}" type="audio/wav"/></item></channel></rss>')
    )
    (message,) = client_of("sipxcom").call("my.voicemail.messages", {"folder": "inbox"})
    assert (message["message"], message["type"]) == ("00000012", "audio/wav")
    assert "KEY-77aa" not in f"{message} {exchanges[-1].reply}"


def test_a_phones_profile_is_told_by_its_size(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says('<PHONE reg.1.auth.password="zK7m-3316"/>', kind="text/plain"))
    file = client_of("sipxcom").call("phones.profile", {"serial": "0004f2a1b2c3", "name": "0004f2a1b2c3.cfg"})
    assert b"zK7m-3316" in file.content
    assert exchanges[-1].reply == "HTTP 200 text/plain, 40 bytes"


def test_passwords_that_replies_hold_are_masked(client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange]) -> None:
    server.answer(says('{"lines": [{"id": 9, "password": "zK7m-3316"}]}'))
    client = client_of("sipxcom")
    found = client.call("phones.lines.list", {"id": "4"})
    assert client.operation("phones.lines.list").mask(found) == [{"id": "9", "password": MASK}]
    assert "zK7m-3316" not in exchanges[-1].reply


@pytest.mark.parametrize("operation", ADDRESSED, ids=lambda operation: operation.name)
def test_no_value_leads_the_path_elsewhere(operation: Operation) -> None:
    """What stands in an address stays in its place: no query, fragment, path parameter or way up; slashes in settings alone."""
    for param in operation.params:
        if param.wire not in VARIABLE.findall(operation.wire.path):
            continue
        for value in ("a/../b", "a/b", "a?x=1", "a#b", "..", "a;b", "a\nb", "a b"):
            try:
                spelled = str(param.encoded(param.cleaned(value)))
            except ValueError:
                continue
            assert not {".", ".."} & set(spelled.split("/")), (param.name, value)
            assert not re.search(r"[?#;\s]", spelled), (param.name, value)
            assert "/" not in spelled or param.name == "setting_path", (param.name, value)
