"""A carrier for each test, and a way to call it as a client would."""

import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest

from apps.sandbox.carrier import CarrierSandbox

Call = Callable[..., dict]
# Made once: it reads every root certificate, which takes longer than a test.
TLS = ssl.create_default_context()


@pytest.fixture
def carrier() -> Iterator[CarrierSandbox]:
    with CarrierSandbox(stock=3_000) as sandbox:
        yield sandbox


@pytest.fixture
def http(carrier: CarrierSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=carrier.url, timeout=10, verify=TLS) as client:
        yield client


@pytest.fixture
def call(carrier: CarrierSandbox, http: httpx.Client) -> Call:
    """`call("reserve", number=…)`: POST a form as the demo account (or as `who`), give the JSON object."""

    def call(operation: str, /, who: dict[str, str] | None = None, **params: str) -> dict:
        form = {**(who or carrier.credentials), **{name.rstrip("_"): value for name, value in params.items()}}
        return http.post(f"/{operation}", data=form).json()

    return call


@pytest.fixture
def refused(carrier: CarrierSandbox, http: httpx.Client) -> Callable[..., str]:
    """The same for calls that must be refused: checks code and shape, gives the error's text."""

    def refused(operation: str, /, who: dict[str, str] | None = None, **params: str) -> str:
        form = {**(who or carrier.credentials), **{name.rstrip("_"): value for name, value in params.items()}}
        reply = http.post(f"/{operation}", data=form)
        assert reply.status_code == 404
        assert reply.json()["status"] == "404"
        assert set(reply.json()) == {"status", "error"}
        return reply.json()["error"]

    return refused


@pytest.fixture
def order(carrier: CarrierSandbox, call: Call) -> Callable[..., dict]:
    """Reserve some Seattle numbers and make the order: gives gen_order's reply (its status is the order's)."""

    def order(quantity: int = 3) -> dict:
        reserved = call("bulkreserve", category="landline", state="WA", quantity=str(quantity))
        trunk = next(iter(carrier.account.trunks))
        return call("gen_order", trunk_id=trunk, reserveId=reserved["reserveId"])

    return order
