"""A carrier over real HTTP, and connections to it."""

from collections.abc import Iterator

import pytest

from apps.connections import services
from apps.connections.models import Connection
from apps.connections.services import health
from apps.sandbox.carrier import CarrierSandbox


@pytest.fixture(scope="session")
def carrier_server() -> Iterator[CarrierSandbox]:
    with CarrierSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def carrier(carrier_server: CarrierSandbox) -> CarrierSandbox:
    """The sandbox carrier as it was seeded, without faults."""
    carrier_server.faults.clear()
    carrier_server.reset()
    carrier_server.log.clear()
    return carrier_server


@pytest.fixture
def connection(db: None, carrier: CarrierSandbox) -> Connection:
    """An enabled connection to the sandbox carrier."""
    return services.add_connection(
        name="main-carrier", vendor="carrier", fields=carrier.credentials, actor=None, base_url=carrier.url
    )


@pytest.fixture(autouse=True)
def forget_health() -> None:
    """What this process last wrote about a connection must not hold back another test's writes."""
    health._seen.clear()
