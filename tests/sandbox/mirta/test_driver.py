"""Every operation of the driver, called over HTTP on things that are there: each one is answered and read."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.calls import OPERATIONS, ZONE
from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

from .conftest import NOON
from .walk import params

VENDOR = vendors.get("mirta")
ALL = list(VENDOR.operations.values())
SURE = Confirmation("test", "walk")


def client_of(pbx: MirtaSandbox, credentials: dict[str, str]) -> Client:
    options = {name: value for name, value in credentials.items() if name != "key"}
    return VENDOR.client(Endpoint(pbx.url, {"key": credentials["key"]}, options, read_timeout=10))


@pytest.fixture(scope="module")
def connected(running: MirtaSandbox) -> Iterator[Client]:
    return client_of(running, running.credentials)


@pytest.fixture
def driver(pbx: MirtaSandbox, connected: Client) -> Client:
    return connected


def _asked(pbx: MirtaSandbox, operation: Operation) -> dict[str, Any]:
    """The walk's fields under the driver's names."""
    fields, files = params(pbx, operation.documented_as[0])
    ours = {param.wire: param.name for param in operation.params}
    sent: dict[str, Any] = {ours[wire]: value for wire, value in fields.items() if wire in ours}
    return sent | {ours[wire]: Upload(name, content) for wire, (name, content) in files.items()}


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_every_operation_is_answered(pbx: MirtaSandbox, driver: Client, operation: Operation) -> None:
    driver.call(operation.name, _asked(pbx, operation), confirmation=SURE)
    assert pbx.log.count(operation.documented_as[0]) >= 1


def test_the_driver_has_every_operation_of_the_sandbox() -> None:
    assert {name for operation in ALL for name in operation.documented_as} == set(OPERATIONS)


def test_a_tenants_key_reads_its_tenant_and_no_database(pbx: MirtaSandbox) -> None:
    client = client_of(pbx, pbx.other_credentials)
    assert client.call("channels.count")["total"] > 0
    assert client.call("info.queues", {"tenant": "HARBOR"})
    for name, given in (("dids.list", {"tenant": "HARBOR"}), ("info.queues", {"tenant": "CASCADE"})):
        with pytest.raises(errors.AuthFailed):
            client.call(name, given)


def test_a_read_only_key_writes_nothing(pbx: MirtaSandbox) -> None:
    client = client_of(pbx, pbx.read_only_credentials)
    with pytest.raises(errors.AuthFailed):
        client.call("dnd.set", {"tenant": "HARBOR", "number": "101", "value": True})
    assert client.call("dnd.get", {"tenant": "HARBOR", "number": "101"})["value"] == ""


def test_the_last_day_of_a_span_is_whole(pbx: MirtaSandbox, driver: Client) -> None:
    day = (NOON - timedelta(days=1)).astimezone(ZONE).date()
    rows = driver.call("info.simplecdrs", {"tenant": "HARBOR", "start": str(day), "end": str(day)})
    moments = [row["sc_start"] for row in rows]
    assert {moment.astimezone(ZONE).date() for moment in moments} == {day}
    assert max(moments).astimezone(ZONE).hour == 23
    assert not any(name.isdigit() for row in rows for name in row)


def test_the_statement_that_a_write_echoes_stays_out_of_its_result(pbx: MirtaSandbox, driver: Client) -> None:
    ref = next(iter(pbx.pbx.of("extension", "1")))
    changed = {"tenant": "HARBOR", "id": ref, "jsondata": {"secret": "Winter-horse-42"}}
    assert "Winter-horse-42" not in str(driver.call("extensions.change", changed))
    assert pbx.pbx.table("extension")[ref]["secret"] == "Winter-horse-42"


@pytest.mark.parametrize("fault", ["zero_bytes", "bracket", "null"])
def test_nothing_in_a_list_is_no_rows(pbx: MirtaSandbox, driver: Client, fault: str) -> None:
    pbx.faults.set(fault, "INFO simplecdrs")
    assert driver.call("info.simplecdrs", {"tenant": "HARBOR"}) == []


def test_nothing_after_a_write_is_no_yes(pbx: MirtaSandbox, driver: Client) -> None:
    pbx.faults.set("zero_bytes", "SMS")
    sent = {"tenant": "HARBOR", "source": "12062194100", "dest": "12065550142", "message": "Hello"}
    with pytest.raises(errors.VendorError) as raised:
        driver.call("messages.send", sent)
    assert raised.value.sent != "no"


def test_rows_without_doubles_are_read_as_well(pbx: MirtaSandbox, driver: Client) -> None:
    twice = driver.call("info.dids", {"tenant": "HARBOR"})
    pbx.faults.set("single_keys")
    assert driver.call("info.dids", {"tenant": "HARBOR"}) == twice


def test_the_sentence_about_the_key_is_found_under_a_json_label(pbx: MirtaSandbox, driver: Client) -> None:
    pbx.faults.set("too_bad")
    with pytest.raises(errors.AuthFailed):
        driver.call("info.queues", {"tenant": "HARBOR"})
