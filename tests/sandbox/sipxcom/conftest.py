"""A sipXcom for each test, and clients: the administrator, an ordinary user, and the driver."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from apps.sandbox.sipxcom import SipxcomSandbox
from tests.sandbox.conftest import TLS

# A Tuesday morning in Seattle, with calls going on.
MORNING = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
XML = {"Content-Type": "text/xml"}
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture(scope="module")
def running() -> Iterator[SipxcomSandbox]:
    with SipxcomSandbox(clock=lambda: MORNING) as sandbox:
        yield sandbox


@pytest.fixture
def sipxcom(running: SipxcomSandbox) -> SipxcomSandbox:
    """As it is when it is new."""
    running.reset()
    return running


@pytest.fixture
def admin(sipxcom: SipxcomSandbox) -> Iterator[httpx.Client]:
    with client(sipxcom, **sipxcom.credentials) as http:
        yield http


@pytest.fixture
def mira(sipxcom: SipxcomSandbox) -> Iterator[httpx.Client]:
    """An ordinary user: extension 101."""
    with client(sipxcom, **sipxcom.other_credentials) as http:
        yield http


def client(sandbox: SipxcomSandbox, username: str = "", password: str = "") -> httpx.Client:
    auth = (username, password) if username else None
    return httpx.Client(base_url=f"{sandbox.url}/sipxconfig", auth=auth, timeout=10, verify=TLS)
