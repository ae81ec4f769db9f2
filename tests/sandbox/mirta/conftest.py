"""A PBX for each test, and a way to call it as a client would."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from apps.sandbox.mirta import MirtaSandbox
from tests.sandbox.conftest import TLS

# A Wednesday noon in New York, with calls of the day behind it.
NOON = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
PATH = "/pbx/proxyapi.php"


class Clock:
    """The sandbox's time, which a test may move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def running(clock: Clock) -> Iterator[MirtaSandbox]:
    with MirtaSandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def pbx(running: MirtaSandbox, clock: Clock) -> MirtaSandbox:
    """As it is when it is new, at noon."""
    clock.now = NOON
    running.reset()
    return running


@pytest.fixture
def http(pbx: MirtaSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=pbx.url, timeout=20, verify=TLS) as client:
        yield client


@pytest.fixture
def call(pbx: MirtaSandbox, http: httpx.Client) -> Callable[..., httpx.Response]:
    """`call("INFO queues", tenant="HARBOR", format="json")`; writes may be sent as GET as well; HTTP is 200 always."""

    def call(documented: str, /, *, key: str | None = None, files: Any = None, **params: Any) -> httpx.Response:
        query = {**selectors(documented), "key": pbx.credentials["key"] if key is None else key}
        if files or "jsondata" in params or "values" in params:
            reply = http.post(PATH, params=query, data=params, files=files)
        else:
            reply = http.get(PATH, params={**query, **params})
        assert reply.status_code == 200
        return reply

    return call


def selectors(documented: str) -> dict[str, str]:
    """What selects an operation, by its documented name."""
    reqtype, *words = documented.split()
    if reqtype == "MANAGEDB":
        return {"reqtype": reqtype, "object": words[0], "action": words[1]}
    name = {"INFO": "info", "PHONEBOOK": "subreqtype", "PHONEBOOKS": "subreqtype"}.get(reqtype, "action")
    return {"reqtype": reqtype, **({name: words[0]} if words else {})}
