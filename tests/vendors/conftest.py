"""What tests of drivers share: the scripted server, and a client of any vendor pointed at it."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina

from apps.vendors.core.client import TRIES, Client, Exchange
from apps.vendors.core.registry import Vendor, vendors
from apps.vendors.core.transport import Endpoint
from tests.vendors.wire import ReplyServer, Seen


def credentials(vendor: Vendor) -> dict[str, str]:
    """A unique marker for each credential, easy to search for."""
    return {param.name: f"CANARY-{vendor.key}-{param.name}-5d1f" for param in vendor.fields if param.secret or param.required}


def sent_credentials(vendor: Vendor) -> dict[str, str]:
    """The same markers by the names they go by on the wire."""
    wires = {param.name: param.wire for param in vendor.fields}
    return {wires[name]: value for name, value in credentials(vendor).items()}


def arrived(seen: Seen, vendor: Vendor) -> tuple[dict[str, Any], dict[str, Any]]:
    """The credentials that a request carried, in its Authorization header or among its fields, and the other fields."""
    if seen.basic is not None:
        return dict(zip(("username", "password"), seen.basic, strict=True)), seen.fields
    names = sent_credentials(vendor)
    found = {name: value for name, value in seen.fields.items() if name in names}
    return found, {name: value for name, value in seen.fields.items() if name not in names}


@pytest.fixture(scope="session")
def server() -> Iterator[ReplyServer]:
    server = ReplyServer()
    yield server
    server.close()


@pytest.fixture
def exchanges() -> list[Exchange]:
    return []


@pytest.fixture
def client_of(server: ReplyServer, exchanges: list[Exchange]) -> Callable[..., Client]:
    """Return a function (vendor key, **endpoint overrides) → Client that talks to the scripted server."""

    def make(key: str, **overrides: Any) -> Client:
        vendor = vendors.get(key)
        options = {param.name: True for param in vendor.fields if param.type == "boolean"}
        endpoint = {"base_url": server.url, "credentials": credentials(vendor), "options": options, "read_timeout": 2.0}
        return vendor.client(Endpoint(**{**endpoint, **overrides}), observer=exchanges.append)

    return make


@pytest.fixture(autouse=True)
def _doors_name_what_they_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that calls an operation it does not name in `uses` would be told wrongly by the support matrix."""
    plain = Client.capability

    def capability(self: Client, wanted: type) -> Any:
        named = {operation.name for operation in self.vendor.behind(wanted)}
        watched, call = copy.copy(self), self.call

        def check(name: str, *args: Any, **kwargs: Any) -> Any:
            assert name in named, f"{self.vendor.key}: {wanted.__name__} calls {name}; say so in its `uses`"
            return call(name, *args, **kwargs)

        watched.call = check  # type: ignore[method-assign]
        return plain(watched, wanted)

    monkeypatch.setattr(Client, "capability", capability)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Retries happen, their pauses do not."""
    with stamina.set_testing(True, attempts=TRIES):
        yield
