"""What each fault on the wire means for a read, a repeatable write and a call that must never be sent twice."""

import contextlib
import gzip
import socket
from collections.abc import Callable

import httpx
import pytest

from apps.vendors.core import errors
from apps.vendors.core.client import Client
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.registry import Vendor, vendors
from apps.vendors.core.transport import Endpoint, Incoming
from tests.vendors.cases import CONFIRMED, all_operations, answer_of, as_json, cases_of, minimal, run
from tests.vendors.wire import Answer, ReplyServer, breaks_off, drops, endless, hangs, says

ClientOf = Callable[..., Client]
HTML = "<!doctype html><title>Oops</title><h1>Internal error</h1>"


def _kind(operation: Operation) -> str:
    if operation.effect is Effect.READ:
        return "read"
    return "repeatable" if operation.may_repeat else "once"


def _sample() -> list[Operation]:
    """One operation of each vendor for each kind: what a fault means depends on nothing else."""
    found: dict[tuple[str, str], Operation] = {}
    for operation in all_operations():
        found.setdefault((operation.vendor, _kind(operation)), operation)
    return list(found.values())


SAMPLE = pytest.mark.parametrize("operation", _sample(), ids=lambda op: f"{op.vendor}-{_kind(op)}")
WRITES = pytest.mark.parametrize(
    "operation", [op for op in all_operations() if _kind(op) == "once"], ids=lambda op: f"{op.vendor}-{op.name}"
)

# fault → (class for a read, tries of a read, tries of a repeatable write); a write is always OutcomeUnknown, once is once.
FAULTS: dict[str, tuple[Answer, type[errors.VendorError], int, int]] = {
    "500_html": (says(HTML, status=500, kind="text/html"), errors.VendorFault, 2, 2),
    "502": (says(HTML, status=502, kind="text/html"), errors.VendorFault, 3, 3),
    "504": (says("", status=504), errors.VendorFault, 3, 3),
    "dropped": (drops, errors.VendorFault, 3, 3),
    "html_where_json_is_due": (says(HTML, kind="text/html"), errors.UnreadableReply, 1, 1),
    "html_called_json": (says(HTML), errors.UnreadableReply, 1, 1),
    "empty": (says(""), errors.UnreadableReply, 1, 1),
    "half_a_json": (says('{"status": "200", "data": [{"x": '), errors.UnreadableReply, 1, 1),
    "half_an_xml": (says("<branch><id>2</id><na", kind="text/xml"), errors.UnreadableReply, 1, 1),
    "xml_with_a_dtd": (says("<!DOCTYPE b [<!ENTITY e 'x'>]><b>&e;</b>", kind="text/xml"), errors.UnreadableReply, 1, 1),
    "list_where_an_object_is_due": (says("[1, 2]"), errors.UnreadableReply, 1, 1),
    "not_gzip": (says("certainly not gzip", Content_Encoding="gzip"), errors.UnreadableReply, 1, 1),
    "not_text": (says(b"\xff\xfe\x00\x01binary", kind="application/octet-stream"), errors.UnreadableReply, 1, 1),
}


@SAMPLE
@pytest.mark.parametrize("fault", FAULTS)
def test_fault(client_of: ClientOf, server: ReplyServer, operation: Operation, fault: str) -> None:
    answer, read_class, read_tries, write_tries = FAULTS[fault]
    server.answer(answer)
    with pytest.raises(errors.VendorError) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    error, kind = caught.value, _kind(operation)
    assert type(error) is (read_class if kind == "read" else errors.OutcomeUnknown)
    assert error.sent == ("yes" if kind == "read" else "unknown")
    assert len(server.seen) == {"read": read_tries, "repeatable": write_tries, "once": 1}[kind]


@WRITES
@pytest.mark.parametrize("answer", [drops, says(HTML, status=500, kind="text/html")], ids=["dropped", "500"])
def test_what_spends_deletes_or_adds_is_sent_once(
    client_of: ClientOf, server: ReplyServer, operation: Operation, answer: Answer
) -> None:
    server.answer(answer)
    with pytest.raises(errors.OutcomeUnknown) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert len(server.seen) == 1
    assert not caught.value.retryable
    assert "not known" in str(caught.value)


@SAMPLE
def test_body_that_breaks_off(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    server.answer(breaks_off('{"status": "200", "data": []}'))
    with pytest.raises(errors.VendorError) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert type(caught.value) is (errors.VendorFault if _kind(operation) == "read" else errors.OutcomeUnknown)


@SAMPLE
def test_no_answer_in_time(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    server.answer(hangs(1.0))
    with pytest.raises(errors.VendorError) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED, timeout=0.2)
    assert type(caught.value) is (errors.VendorFault if _kind(operation) == "read" else errors.OutcomeUnknown)
    assert "in time" in str(caught.value)


@SAMPLE
def test_nobody_listens(client_of: ClientOf, operation: Operation) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(errors.Unreachable) as caught:
        client_of(operation.vendor, base_url=url).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert caught.value.sent == "no"
    assert caught.value.retryable
    assert "Nothing was sent" in str(caught.value)


@SAMPLE
def test_asked_to_slow_down(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    server.answer(says("", status=429, Retry_After="2"))
    with pytest.raises(errors.RateLimited) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert caught.value.retry_after == 2
    assert caught.value.sent == "no"
    assert len(server.seen) == (1 if _kind(operation) == "once" else 3)


@SAMPLE
def test_read_recovers_when_the_fault_passes(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    if _kind(operation) != "read":
        return
    case = next(case for case in cases_of(operation) if "expected" in case)
    server.answer(drops, says(HTML, status=502), answer_of(case))
    assert as_json(run(client_of(operation.vendor), operation, case)) == case["expected"]


@SAMPLE
def test_redirects_are_not_followed(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    server.answer(says("", status=302, Location="http://elsewhere.example/steal"))
    with pytest.raises(errors.VendorError) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert "redirected" in str(caught.value)
    assert len(server.seen) == 1


@SAMPLE
def test_endless_body_is_cut_off(client_of: ClientOf, server: ReplyServer, operation: Operation) -> None:
    server.answer(endless)
    with pytest.raises(errors.VendorError) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert caught.value.code == "too_large"
    assert "cut off" in str(caught.value)


@pytest.mark.parametrize("vendor", list(vendors.all()), ids=lambda vendor: vendor.key)
@pytest.mark.parametrize("packed", [True, False], ids=["gzip_bomb", "50_mb"])
def test_reply_too_large_is_cut_off(client_of: ClientOf, server: ReplyServer, vendor: Vendor, packed: bool) -> None:
    size = 200 if packed else 50
    body = b" " * (size * 1024 * 1024)
    server.answer(says(gzip.compress(body, compresslevel=1), Content_Encoding="gzip") if packed else says(body))
    name, params = vendor.probe
    with pytest.raises(errors.UnreadableReply) as caught:
        client_of(vendor.key).call(name, params)
    assert caught.value.code == "too_large"
    assert "cut off" in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "not a url", "http://", "http://exa mple.invalid"])
def test_unusable_address(client_of: ClientOf, url: str) -> None:
    with pytest.raises(errors.NotSent) as caught:
        client_of("carrier", base_url=url).call("stock.states")
    assert caught.value.sent == "no"


def test_tls_that_cannot_be_agreed(client_of: ClientOf, server: ReplyServer) -> None:
    with pytest.raises(errors.Unreachable) as caught:
        client_of("carrier", base_url=server.url.replace("http:", "https:")).call("stock.states")
    assert "TLS" in str(caught.value)


def test_downloads_stay_on_the_vendors_host(client_of: ClientOf, server: ReplyServer) -> None:
    client = client_of("carrier")
    server.answer(says("a,b\n1,2\n", kind="text/csv"))
    file = client.download("/uploads/cdr/2026-04-29.csv")
    assert (file.name, file.content_type, file.content) == ("2026-04-29.csv", "text/csv", b"a,b\n1,2\n")
    with pytest.raises(errors.NotConfigured) as caught:
        client.download("http://169.254.169.254/latest/meta-data")
    assert "169.254.169.254" in str(caught.value)
    server.answer(says("gone", status=404, kind="text/plain"))
    with pytest.raises(errors.NotFound):
        client.download("/uploads/cdr/1999-01-01.csv")


def test_option_that_the_owner_must_turn_on(client_of: ClientOf, server: ReplyServer) -> None:
    operation = client_of("carrier").operation("billing.pay")
    server.answer(says("{}"))
    with pytest.raises(errors.NotConfigured) as caught:
        client_of("carrier", options={}).call(operation.name, minimal(operation), confirmation=CONFIRMED)
    assert "card_payments" in str(caught.value)
    assert not server.seen


STRANGE = (
    "{}", "[]", "null", "1", '"x"', "[1]", "[[1]]", '[{"a": 1}]', '{"a": {"b": [1, {"c": null}]}}', '{"data": 3}',
    '{"status": "200"}', '{"status": "200", "data": "x"}', '{"Status": "OK"}', '{"Status": "OK", "1": 3, "Data": [[1]]}',
    '{"csv": [1], "header": 3}', '{"1": ["x"], "2": {"3": 4}}', "OK", "Success|1|", "|", "<a/>", "<a><b>1</b><b><c/></b></a>",
)  # fmt: skip


@pytest.mark.parametrize("operation", all_operations(), ids=lambda op: f"{op.vendor}-{op.name}")
def test_strange_answers_are_read_or_refused(operation: Operation) -> None:
    """Whatever a vendor answers with 200, the driver ends in a result or in one of its own errors."""
    vendor = vendors.get(operation.vendor)
    reading = vendor.reading(Endpoint("http://vendor.example"))
    for text in STRANGE:
        for kind in ("application/json", "text/xml"):
            reply = Incoming(200, httpx.Headers({"content-type": kind}), text.encode())
            with contextlib.suppress(errors.VendorError):
                operation.returns.read(vendor.codec.read(operation, reply), reading)
