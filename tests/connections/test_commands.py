"""The command line, as scripts see it: what it prints, and how it ends."""

import io
import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEntry
from apps.connections import services
from apps.connections.models import Connection
from apps.vendors.core.registry import vendors
from tests.fixtures.processes import environment


class Ended(Exception):
    def __init__(self, code, line):
        self.code = code
        self.error = json.loads(line)


def run(*arguments, stdin=None, monkeypatch=None):
    """Run a command and return its output; raises Ended with the exit code and the one line of standard error."""
    out, err = io.StringIO(), io.StringIO()
    if stdin is not None:
        fed = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", fed)
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as end:
        assert out.getvalue() == ""
        assert err.getvalue().count("\n") == 1
        raise Ended(end.code, err.getvalue()) from None
    return out.getvalue()


def call(*arguments, **options):
    return json.loads(run("vendor", "call", "main-carrier", *arguments, **options))


# --- vendor operations ------------------------------------------------------------------------------------

KEYS = {
    "vendor", "name", "documented_as", "title", "area", "effect", "repeatable", "parameters", "source", "checked",
}  # fmt: skip
PARAMETER_KEYS = {"name", "wire", "type", "required", "choices", "default", "secret", "help"}


def test_operations_as_json_have_exactly_the_documented_keys():
    records = json.loads(run("vendor", "operations", "--format", "json"))
    assert len(records) == sum(len(vendor.operations) for vendor in vendors.all())
    for record in records:
        assert set(record) - {"not_callable"} == KEYS
        for parameter in record["parameters"]:
            assert set(parameter) == PARAMETER_KEYS


def test_operations_of_one_vendor_as_a_table():
    lines = run("vendor", "operations", "--vendor", "carrier").splitlines()
    assert lines[0].split() == ["vendor", "name", "effect", "title"]
    assert len(lines) == 1 + len(vendors.get("carrier").operations)


def test_operations_of_an_unknown_vendor():
    with pytest.raises(Ended) as ended:
        run("vendor", "operations", "--vendor", "nope")
    assert ended.value.code == 3
    assert ended.value.error["error"] == "InvalidParameters"


# --- vendor call ------------------------------------------------------------------------------------------


def test_a_call_prints_the_reply_as_json(connection):
    assert "WA" in call("stock.states")


@pytest.mark.parametrize("arguments", [("stock.search", "-p", "state=WA"), ("searchdid", "-p", "state=WA")])
def test_our_name_and_the_vendors_mean_the_same(connection, arguments):
    assert call(*arguments)[0]["TN"].startswith("+1")


def test_parameters_by_our_name_or_the_wire_name(connection):
    ours = call("stock.search", "-p", "state=WA", "-p", "npa_nxx=206219")
    wire = call("stock.search", "-p", "state=WA", "-p", "NPANXX=206219")
    assert ours == wire
    assert ours


def test_parameters_from_a_file_and_from_standard_input(connection, tmp_path, monkeypatch):
    path = tmp_path / "given.json"
    path.write_text('{"state": "WA"}')
    from_file = call("stock.search", "--json", str(path))
    assert call("stock.search", "--json", "-", stdin=b'{"state": "WA"}', monkeypatch=monkeypatch) == from_file


def test_a_parameter_given_twice_is_a_list(connection):
    numbers = [row["TN"] for row in call("searchdid", "-p", "state=WA")[:2]]
    reply = call("porting.check", *[part for number in numbers for part in ("-p", f"numbers={number}")])
    assert sorted(reply["accepted"] + reply["rejected"]) == sorted(numbers)


def test_files_are_uploaded(connection, tmp_path):
    loa, bill = tmp_path / "loa.pdf", tmp_path / "bill.pdf"
    loa.write_bytes(b"%PDF-1.4 loa")
    bill.write_bytes(b"%PDF-1.4 bill")
    reply = call(
        "generate_lnp_order", "-p", "numbers=2063334444", "-p", "category=landline", "-p", "subscriber_type=business",
        "-p", "authorizing_person=Ann Owner", "--file", f"loa={loa}", "--file", f"carrier_doc={bill}",
    )  # fmt: skip
    assert reply["acceptedTns"] == ["+12063334444"]


def test_decimals_are_text_and_times_are_iso_8601(connection):
    line = call("billing.ledger")[0]
    assert isinstance(line["balance"], str)
    assert line["date"].endswith("+00:00")


def test_paying_needs_no_further_question_and_is_audited_as_the_command_lines(connection):
    reserved = call("bulkreserve", "-p", "category=landline", "-p", "state=WA", "-p", "quantity=2")
    trunk = call("get_trunk")[0]["id"]
    order = call("gen_order", "-p", f"trunk_id={trunk}", "-p", f"reserveId={reserved['reserveId']}")
    order_id = next(order[key] for key in ("orderId", "orderno", "orderNo") if order.get(key))
    call("process_order", "-p", f"orderId={order_id}")
    entry = AuditEntry.objects.get(operation="orders.process", action="vendor.call")
    assert (entry.actor, entry.actor_label, entry.outcome) == (None, "command line", "ok")
    assert entry.params["confirmed_by"].startswith("command line ")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("nowhere", "stock.states"), "NotConfigured", "there are: main-carrier"),
        (("main-carrier", "stock.stats"), "Unsupported", "Did you mean stock.states"),
        (("main-carrier", "updatenumber"), "Unsupported", "numbers.change, numbers.cancel"),
        (("main-carrier", "stock.search"), "InvalidParameters", "state: is required"),
        (("main-carrier", "stock.search", "-p", "state=WA", "-p", "npa_nxx=2"), "InvalidParameters", "give 6 digits"),
        (("main-carrier", "stock.search", "-p", "stat=WA"), "InvalidParameters", "did you mean state"),
        (("main-carrier", "stock.search", "-p", "WA"), "InvalidParameters", "-p takes NAME=VALUE"),
        (("main-carrier", "stock.search", "--json", "/nowhere.json"), "InvalidParameters", "cannot be read"),
        (("main-carrier", "porting.order", "--file", "loa=/nowhere.pdf"), "InvalidParameters", "cannot be read"),
        (("main-carrier", "orders.process", "-p", "order_id=99"), "Rejected", "Invalid orderId"),
        (("main-carrier", "billing.pay"), "NotConfigured", "card_payments"),
    ],
)
def test_what_cannot_be_done_ends_with_3_and_one_line(connection, arguments, error, words):
    with pytest.raises(Ended) as ended:
        run("vendor", "call", *arguments)
    assert ended.value.code == 3
    assert set(ended.value.error) == {"error", "message"}
    assert ended.value.error["error"] == error
    assert words in ended.value.error["message"]


def test_a_disabled_connection_says_so(connection, ada):
    services.set_enabled(connection, False, actor=ada)
    with pytest.raises(Ended) as ended:
        call("stock.states")
    assert ended.value.error["error"] == "NotConfigured"


@pytest.mark.parametrize(
    ("fault", "operation", "arguments", "error"),
    [
        ("html500", "availabilitystate", ("stock.states",), "VendorFault"),
        ("html200", "availabilitystate", ("stock.states",), "UnreadableReply"),
        ("empty", "availabilitystate", ("stock.states",), "UnreadableReply"),
        ("drop_after", "bulkreserve", ("cart.reserve_many", "-p", "category=landline", "-p", "state=WA", "-p", "quantity=1"),
         "OutcomeUnknown"),
        ("html500", "process_order", ("orders.process", "-p", "order_id=99"), "OutcomeUnknown"),
    ],
)  # fmt: skip
def test_a_broken_vendor_ends_with_3_and_one_line(connection, carrier, fault, operation, arguments, error):
    carrier.faults.set(fault, operation)
    with pytest.raises(Ended) as ended:
        call(*arguments)
    assert (ended.value.code, ended.value.error["error"]) == (3, error)


def test_a_real_process_keeps_standard_error_to_that_line_even_when_it_tried_three_times(transactional_db, connection, carrier):
    carrier.faults.set("drop_before", "availabilitystate")
    ended = subprocess.run(
        [sys.executable, "manage.py", "vendor", "call", "main-carrier", "stock.states"],
        cwd=settings.BASE_DIR, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (3, "", 1)
    assert json.loads(ended.stderr)["error"] == "VendorFault"
    assert len(carrier.log.as_json()) == 3


# --- vendor batch -----------------------------------------------------------------------------------------


def test_a_batch_answers_each_line_and_never_stops_for_a_bad_one(connection, monkeypatch):
    lines = [
        b'{"operation": "stock.states"}',
        b"not json",
        b"\xff\xfe",
        b'["a list"]',
        b'{"operation": "stock.search", "params": {"state": "Mars"}}',
        b'{"operation": "process_order", "params": {"orderId": "99"}}',
        b'{"operation": "nope", "params": null}',
        b'{"operation": "stock.search", "params": [1]}',
        b'{"operation": "searchdid", "params": {"state": "WA", "NPANXX": "206219"}}',
    ]
    out = run("vendor", "batch", "main-carrier", stdin=b"\n".join(lines) + b"\n\n", monkeypatch=monkeypatch)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, *[False] * 7, True]
    assert set(answers[0]) == {"operation", "ok", "result"}
    assert {"ok", "error", "sent", "message"} <= set(answers[1])
    assert [answer.get("error") for answer in answers[1:8]] == [
        "InvalidParameters", "InvalidParameters", "InvalidParameters", "InvalidParameters", "Rejected", "Unsupported",
        "InvalidParameters",
    ]  # fmt: skip
    assert [answer["sent"] for answer in answers[4:6]] == ["no", "yes"]
    assert answers[8]["operation"] == "searchdid"


def test_a_batch_answers_before_the_next_line_is_there(connection, monkeypatch):
    """A script may wait for each answer before it writes the next line."""
    out = io.StringIO()

    def lines():
        yield '{"operation": "stock.states"}\n'
        assert out.getvalue().count("\n") == 1
        yield '{"operation": "stock.states"}\n'

    monkeypatch.setattr(sys, "stdin", lines())
    call_command("vendor", "batch", "main-carrier", stdout=out)
    assert out.getvalue().count("\n") == 2


def test_a_bug_in_one_line_leaves_the_others_alone(connection, monkeypatch):
    from apps.vendors.core.client import Client

    real = Client.call

    def breaks_once(self, name, *args, **kwargs):
        monkeypatch.setattr(Client, "call", real)
        raise ZeroDivisionError("secret-in-a-bug")

    monkeypatch.setattr(Client, "call", breaks_once)
    lines = b'{"operation": "stock.states"}\n{"operation": "stock.states"}\n'
    first, second = map(json.loads, run("vendor", "batch", "main-carrier", stdin=lines, monkeypatch=monkeypatch).splitlines())
    assert (first["ok"], first["error"], first["sent"]) == (False, "InternalError", "unknown")
    assert "secret-in-a-bug" not in first["message"]
    assert second["ok"]


def test_a_batch_on_no_connection(db, monkeypatch):
    with pytest.raises(Ended) as ended:
        run("vendor", "batch", "nowhere", stdin=b"{}\n", monkeypatch=monkeypatch)
    assert ended.value.code == 3


# --- vendor capability ------------------------------------------------------------------------------------


def door(*arguments):
    return json.loads(run("vendor", "capability", "main-carrier", *arguments))


@pytest.mark.parametrize("name", ["NumberMarket", "number_market", "numbermarket"])
def test_a_door_is_found_by_its_class_or_in_snake_case(connection, name):
    assert "WA" in door(name, "areas")


def test_the_fields_of_a_query_are_given_by_name_or_as_json(connection):
    by_name = door("NumberMarket", "search", "-p", "area=WA", "-p", "npa_nxx=206219")
    assert by_name[0]["number"].startswith("+1206219")
    assert door("NumberMarket", "search", "-p", 'query={"area": "WA", "npa_nxx": "206219"}') == by_name


def test_numbers_are_coerced_and_records_come_back_as_json(connection):
    held = door("number_market", "reserve_many", "-p", "area=WA", "-p", "quantity=3")
    assert len(held["numbers"]) == 3
    listed = ",".join(held["numbers"][:2])
    released = door("number_market", "release", "-p", f"reservation_id={held['reservation_id']}", "-p", f"numbers={listed}")
    assert sorted(released["removed"]) == sorted(held["numbers"][:2])


def test_a_parameter_of_the_method_wins_over_a_field_of_the_same_name(connection):
    number = door("NumberMarket", "search", "-p", "area=WA")[0]["number"]
    held = door("NumberMarket", "reserve", "-p", f"number={number}", "-p", "area=WA")
    assert held["numbers"] == [number]


def test_money_of_a_door_is_text(connection):
    assert isinstance(door("billing", "balance")["balance"], str)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("LiveCalls", "list"), "Unsupported", "it offers: NumberMarket"),
        (("NumberMarket", "steal"), "Unsupported", "it has: areas"),
        (("NumberMarket", "__init__"), "Unsupported", "it has: areas"),
        (("NumberMarket", "rate_centres"), "InvalidParameters", "area: is required"),
        (("NumberMarket", "reserve_many", "-p", "area=WA", "-p", "quantity=many"), "InvalidParameters", "whole number"),
        (("NumberMarket", "areas", "-p", "colour=red"), "InvalidParameters", "no such parameter; it takes: none"),
        (("NumberMarket", "search", "-p", "query=[1]"), "InvalidParameters", "give a JSON object"),
        (("Billing", "invoices", "-p", "first=soon"), "InvalidParameters", "a date looks like"),
        (("Porting", "order"), "InvalidParameters", "papers: is required"),
    ],
)
def test_a_door_that_cannot_be_called_ends_with_3(connection, arguments, error, words):
    with pytest.raises(Ended) as ended:
        run("vendor", "capability", "main-carrier", *arguments)
    assert ended.value.code == 3
    assert ended.value.error["error"] == error
    assert words in ended.value.error["message"]


# --- connection -------------------------------------------------------------------------------------------


def add(carrier, *arguments, **options):
    return run(
        "connection", "add", "second", "--vendor", "carrier", "--url", carrier.url,
        "--set", f"accountno={carrier.credentials['accountno']}", *arguments, **options,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["plain", "file", "stdin"])
def test_a_secret_comes_as_it_is_from_a_file_or_from_standard_input(db, carrier, tmp_path, monkeypatch, how):
    token = carrier.credentials["token"]
    path = tmp_path / "token"
    path.write_text(token + "\n")
    value = {"plain": token, "file": f"@{path}", "stdin": "-"}[how]
    out = add(carrier, "--set", f"token={value}", stdin=f"{token}\n".encode(), monkeypatch=monkeypatch)
    assert token not in out
    assert Connection.objects.get().credentials.open() == {"token": token}
    assert AuditEntry.objects.get(action="connection.added").actor_label == "command line"


def test_two_at_signs_stand_for_one(db, carrier):
    add(carrier, "--set", "token=@@home")
    assert Connection.objects.get().credentials.open() == {"token": "@home"}


def test_settings_are_stored(db, carrier):
    add(carrier, "--set", "token=x", "--no-verify-tls", "--read-timeout", "9", "--rate", "2.5", "--concurrency", "3")
    stored = Connection.objects.get()
    assert (stored.verify_tls, stored.read_timeout, stored.rate_per_second, stored.concurrency) == (False, 9, 2.5, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--vendor", "nope", "--url", "http://a"), "there are: carrier"),
        (("--vendor", "carrier", "--url", "http://a"), "token: is required"),
        (("--vendor", "carrier", "--url", "http://a", "--set", "token=x", "--set", "acct=1"), "acct: no such field"),
        (("--vendor", "carrier", "--url", "nonsense", "--set", "token=x", "--set", "accountno=1"), "base_url: Enter"),
        (("--vendor", "carrier", "--url", "http://a", "--set", "token=@/nowhere"), "cannot be read"),
    ],
)
def test_a_connection_that_cannot_be_added_says_why(db, arguments, words):
    with pytest.raises(CommandError) as failed:
        run("connection", "add", "second", *arguments)
    assert words in str(failed.value)
    assert not Connection.objects.exists()


def test_list_shows_health_and_no_credential(connection, carrier):
    services.probe(connection)
    out = run("connection", "list")
    assert "main-carrier" in out
    assert " ok " in out
    assert carrier.credentials["token"] not in out


def test_test_says_what_was_tried_and_fails_when_one_does(connection, carrier):
    assert "main-carrier: OK in" in run("connection", "test")
    carrier.faults.set("html500", "availabilitystate")
    with pytest.raises(CommandError, match="The test failed for: main-carrier"):
        run("connection", "test", "main-carrier")


def test_sync_of_an_unknown_connection(db):
    with pytest.raises(CommandError, match="There is no connection called nope"):
        run("connection", "sync", "nope")
