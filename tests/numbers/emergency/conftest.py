"""Four systems that say something about 911, over real HTTP, and a carrier that does not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import Tenant, User
from apps.changes import services
from apps.changes.models import Plan
from apps.connections.models import Connection
from apps.connections.services import add_connection, link
from apps.numbers.emergency.inventory import sync
from apps.numbers.models import EmergencySnapshot, EmergencySubject, Number
from apps.numbers.services import sync as sync_numbers
from apps.sandbox import world
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from tests.numbers.conftest import Work

KINDS: dict[str, tuple[str, type[Any]]] = {
    "solswitch": ("soft-switch", SolSwitchSandbox),
    "mirta": ("hosted-pbx", MirtaSandbox),
    "pbxware": ("office-pbx", PbxwareSandbox),
    "sipxcom": ("campus-pbx", SipxcomSandbox),
}
# Who the dental practice is on each of them.
DENTAL = {"solswitch": "2", "mirta": "HARBOR", "pbxware": "2", "sipxcom": "1"}


@pytest.fixture(scope="module")
def _systems() -> Iterator[dict[str, Any]]:
    running = {vendor: kind(port=0) for vendor, (_, kind) in KINDS.items()}
    for sandbox in running.values():
        sandbox.__enter__()
    yield running
    for sandbox in running.values():
        sandbox.__exit__(None, None, None)


@pytest.fixture
def systems(_systems: dict[str, Any]) -> dict[str, Any]:
    """The four sandboxes by vendor, as they were seeded and without faults."""
    for sandbox in _systems.values():
        sandbox.faults.clear()
        sandbox.reset()
    return _systems


@pytest.fixture
def connected(systems: dict[str, Any], ada: User, transactional_db: None) -> dict[str, Connection]:
    """The connections to them, by vendor."""
    return {
        vendor: add_connection(
            name=name, vendor=vendor, fields=systems[vendor].credentials, base_url=systems[vendor].url, actor=ada
        )
        for vendor, (name, _) in KINDS.items()
    }


@pytest.fixture
def linked(connected: dict[str, Connection], ours: Tenant, ada: User) -> dict[str, Connection]:
    """The same, with our tenant linked to the dental practice on each."""
    for vendor, connection in connected.items():
        link(ours, connection, DENTAL[vendor], actor=ada)
    return connected


@pytest.fixture
def board(linked: dict[str, Connection], main: Connection, carrier: CarrierSandbox, ours: Tenant) -> dict[str, Connection]:
    """Everything read once: the carrier's numbers, and what the four systems say."""
    sync_numbers(main)
    Number.objects.filter(number__in=[f"+1{number}" for number in world.DENTAL.numbers]).update(tenant=ours)
    for connection in linked.values():
        sync(connection)
    return linked


@pytest.fixture
def plan_of(work: Work) -> Callable[[Plan], Plan]:
    """A function that lets the worker do what is due and returns the plan as it is then."""

    def read(plan: Plan) -> Plan:
        work()
        plan.refresh_from_db()
        return plan

    return read


@pytest.fixture
def applied(plan_of: Callable[[Plan], Plan], ada: User) -> Callable[[Plan], Plan]:
    """A function that applies a draft and returns it as it is when the worker is through."""

    def go(plan: Plan) -> Plan:
        services.apply(plan_of(plan), ada)
        return plan_of(plan)

    return go


def said(connection: Connection, ref: str) -> EmergencySnapshot:
    """Return what a connection says under a reference."""
    return EmergencySnapshot.objects.get(connection=connection, ref=ref)


def line(number: str) -> EmergencySubject:
    """Return the board's line of a number."""
    return EmergencySubject.objects.get(key=f"number:{number}")
