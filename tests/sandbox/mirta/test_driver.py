"""Every operation of the driver, called over HTTP on things that are there: each one is answered and read."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.calls import OPERATIONS
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

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
