"""A PBX for each test, a way to call it as a client would, and the driver pointed at it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from apps.sandbox.pbxware import PbxwareSandbox
from apps.vendors.core.client import Client
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from tests.sandbox.conftest import TLS

# A Wednesday afternoon in Seattle's winter, with calls of the day behind it.
NOON = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[PbxwareSandbox]:
    with PbxwareSandbox(clock=lambda: NOON) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def connected(running: PbxwareSandbox) -> Client:
    return vendors.get("pbxware").client(Endpoint(base_url=running.url, credentials=running.credentials, read_timeout=10))


@pytest.fixture
def pbx(running: PbxwareSandbox) -> PbxwareSandbox:
    """As it is when it is new."""
    running.reset()
    return running


@pytest.fixture
def driver(pbx: PbxwareSandbox, connected: Client) -> Client:
    return connected


@pytest.fixture
def call(pbx: PbxwareSandbox) -> Iterator[Callable[..., Any]]:
    """`call("ext.list", server="2")`: GET as the document has it; HTTP is 200 whatever happens; gives the JSON."""
    with httpx.Client(base_url=pbx.url, timeout=10, verify=TLS) as http:

        def call(action: str, /, key: str = "", **params: Any) -> Any:
            query = {"apikey": key or pbx.credentials["apikey"], "action": f"pbxware.{action}", **params}
            reply = http.get("/index.php", params=query)
            assert reply.status_code == 200
            return reply.json()

        yield call
