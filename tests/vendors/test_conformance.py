"""What every operation of every driver must do; a new record is under these tests the moment it exists."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from apps.vendors.core.client import Client, Exchange
from apps.vendors.core.errors import InvalidParameters, Unconfirmed, VendorError
from apps.vendors.core.operation import Operation
from tests.vendors.cases import all_cases, all_operations, answer_of, as_json, minimal, run, wrong_for
from tests.vendors.conftest import arrived, credentials, sent_credentials
from tests.vendors.wire import ReplyServer, says

ClientOf = Callable[..., Client]
CASES = all_cases()
BY_CASE = pytest.mark.parametrize(("operation", "case"), CASES, ids=[f"{op.vendor}-{op.name}-{c['case']}" for op, c in CASES])
BY_OPERATION = pytest.mark.parametrize("operation", all_operations(), ids=lambda op: f"{op.vendor}-{op.name}")


@BY_CASE
def test_case(client_of: ClientOf, server: ReplyServer, operation: Operation, case: dict[str, Any]) -> None:
    server.answer(answer_of(case))
    client = client_of(operation.vendor)
    if "error" in case:
        _refused(client, operation, case)
        return
    assert as_json(run(client, operation, case)) == case["expected"]
    (seen,) = server.seen
    found, fields = arrived(seen, client.vendor)
    assert fields == case["sent"]
    assert found == case.get("credentials", sent_credentials(client.vendor))
    assert (seen.method, seen.target.partition("?")[0]) == (case.get("method", seen.method), case.get("path", seen.path))
    assert seen.body.decode() == case.get("body", seen.body.decode())
    assert {name: [file, text.decode()] for name, (file, text) in seen.files.items()} == case.get("files", {})


def _refused(client: Client, operation: Operation, case: dict[str, Any]) -> None:
    with pytest.raises(VendorError) as caught:
        run(client, operation, case)
    error, due = caught.value, case["error"]
    assert type(error).__name__ == due["class"]
    assert error.sent == due["sent"]
    assert due.get("says", "") in str(error)
    assert getattr(error, "fields", {}) == due.get("fields", {})
    assert (error.vendor, error.operation) == (operation.vendor, operation.name)
    assert error.exchange_id


@BY_OPERATION
def test_missing_parameters_are_all_named_and_nothing_is_sent(
    client_of: ClientOf, server: ReplyServer, operation: Operation
) -> None:
    required = {param.name for param in operation.params if param.required and param.default is None}
    if not required:
        return
    server.answer(says("{}"))
    with pytest.raises(InvalidParameters) as caught:
        client_of(operation.vendor).call(operation.name, {})
    assert required <= set(caught.value.fields)
    assert caught.value.sent == "no"
    assert not server.seen


@BY_OPERATION
def test_wrong_values_are_all_named_in_one_report(operation: Operation) -> None:
    wrong = {param.name: value for param in operation.params if (value := wrong_for(param)) is not None}
    with pytest.raises(InvalidParameters) as caught:
        operation.validate({**minimal(operation), **wrong, "no_such_parameter": "x"})
    assert set(caught.value.fields) >= {*wrong, "no_such_parameter"}


@BY_OPERATION
def test_vendor_names_are_accepted_for_ours(operation: Operation) -> None:
    ours = minimal(operation)
    wires = {param.name: param.wire for param in operation.params}
    assert operation.validate({wires[name]: value for name, value in ours.items()}) == operation.validate(ours)


@BY_OPERATION
def test_destructive_and_paid_calls_need_a_confirmation(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], operation: Operation
) -> None:
    if not operation.effect.needs_confirmation:
        return
    server.answer(says("{}"))
    with pytest.raises(Unconfirmed) as caught:
        client_of(operation.vendor).call(operation.name, minimal(operation))
    assert caught.value.sent == "no"
    assert not server.seen
    assert not exchanges


@BY_CASE
def test_observer_hears_of_every_call(
    client_of: ClientOf, server: ReplyServer, exchanges: list[Exchange], operation: Operation, case: dict[str, Any]
) -> None:
    server.answer(answer_of(case))
    try:
        run(client_of(operation.vendor), operation, case)
        outcome = "ok"
    except VendorError as error:
        outcome = type(error).__name__
    last = exchanges[-1]
    assert (last.phase, last.outcome, last.operation) == ("finished", outcome, operation.name)
    assert last.duration > 0
    assert len(exchanges) == (2 if operation.effect.needs_confirmation else 1)


def test_changed_credential_is_used(client_of: ClientOf, server: ReplyServer) -> None:
    for operation in all_operations():
        vendor = operation.vendor
        server.answer(says('{"status": "200"}'))
        given = {name: f"changed-{value}" for name, value in credentials(client_of(vendor).vendor).items()}
        sent = {name: f"changed-{value}" for name, value in sent_credentials(client_of(vendor).vendor).items()}
        with contextlib.suppress(VendorError):
            client_of(vendor, credentials=given).call(operation.name, minimal(operation), confirmation=None)
        if server.seen:
            assert arrived(server.seen[0], client_of(vendor).vendor)[0] == sent
