"""The whole house: a carrier and four systems over real HTTP, connected and linked, and a page read as an indented outline."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection
from apps.connections.services import add_connection, link
from apps.numbers.models import Number
from apps.sandbox import world
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.core import Sandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from tests.fixtures.people import ClientFor

NAMES = {"carrier": "main", "solswitch": "soft-switch", "mirta": "hosted-pbx", "pbxware": "office-pbx", "sipxcom": "campus-pbx"}
CUSTOMERS = {"soft-switch": "2", "hosted-pbx": "HARBOR", "office-pbx": "2"}  # of the first tenant of the demo world
MAIN, SECOND, THIRD, FOURTH, FIFTH = (f"+1{number}" for number in world.DENTAL.numbers[:5])
FREE, SPARE = f"+1{world.DENTAL.toll_free[0]}", f"+1{world.SPARE.numbers[0]}"


@dataclass
class House:
    """The sandboxes by vendor, the connections by name, and what a page says of a number."""

    carrier: CarrierSandbox
    solswitch: SolSwitchSandbox
    mirta: MirtaSandbox
    pbxware: PbxwareSandbox
    sipxcom: SipxcomSandbox
    connections: dict[str, Connection]
    tenant: Tenant
    client_for: ClientFor

    def only(self, *names: str) -> None:
        """Disable all systems but these."""
        Connection.objects.exclude(name__in=[*names, NAMES["carrier"]]).update(enabled=False)

    def page(self, number: str, who: Any = "sam") -> str:
        """Return the panel of a number's journey as that person gets it."""
        answer = self.client_for(who).get(f"/numbers/{number}/journey/?read=now", headers={"hx-request": "true"})
        assert answer.status_code == 200
        return answer.content.decode()

    def outline(self, number: str, who: Any = "sam") -> str:
        """Return the journey as an outline, without sources: a line for each hop, indented by the lists around it."""
        return re.sub(r" \|.*", "", self.sourced(number, who))

    def sourced(self, number: str, who: Any = "sam") -> str:
        """Return the same with each hop's source behind a bar."""
        return outline(self.page(number, who))

    def own(self, number: str, **facts: Any) -> Number:
        """Add the number's row at the carrier, pointing at the Seattle trunk group unless said otherwise."""
        group = next(iter(self.carrier.account.trunks.values()))
        usual = {"kind": "local", "status": "active", "trunk_group_id": group.id, "trunk_group": group.title}
        return Number.objects.create(
            connection=self.connections["main"], number=number, **{"tenant": self.tenant, **usual, **facts}
        )


@pytest.fixture(scope="session")
def _sandboxes() -> Iterator[dict[str, Sandbox]]:
    kinds = (CarrierSandbox, SolSwitchSandbox, MirtaSandbox, PbxwareSandbox, SipxcomSandbox)
    running = {kind.vendor: kind(port=0).start() for kind in kinds}
    yield running
    for sandbox in running.values():
        sandbox.stop()


@pytest.fixture
def house(_sandboxes: dict[str, Any], transactional_db: None, ada: User, ours: Tenant, client_for: Callable[..., Any]) -> House:
    """All systems as they were when they started, without faults; the first tenant linked where it is a customer."""
    for sandbox in _sandboxes.values():
        sandbox.open_port()
        sandbox.reset()
    connections = {}
    for vendor, name in NAMES.items():
        sandbox = _sandboxes[vendor]
        connections[name] = add_connection(
            name=name, vendor=vendor, fields=sandbox.credentials, base_url=sandbox.url, actor=ada
        )  # fmt: skip
    for name, customer in CUSTOMERS.items():
        link(ours, connections[name], customer, actor=ada)
    built = House(**_sandboxes, connections=connections, tenant=ours, client_for=client_for)
    for number in (MAIN, SECOND, THIRD, FOURTH, FIFTH, FREE):
        built.own(number)
    return built


class _Outline(HTMLParser):
    """Reads nested lists as indented lines: the text of an item up to the next list."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._depth = 0
        self._text: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ol", "ul", "li", "section"}:
            self._flush()
        if tag in {"ol", "ul"}:
            self._depth += 1
        if tag == "svg":
            self._hidden += 1
        if ("class", "hop-source") in attrs:
            self._text.append("|")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ol", "ul", "li"}:
            self._flush()
        if tag in {"ol", "ul"}:
            self._depth -= 1
        if tag == "svg":
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and not self._hidden:
            self._text.append(data)

    def _flush(self) -> None:
        text = re.sub(r"\s+", " ", " ".join(self._text)).strip()
        if text:
            self.lines.append("  " * (self._depth - 1) + text)
        self._text = []


def outline(page: str) -> str:
    """Return the nested lists of a page as indented lines, each hop with its source behind a bar."""
    reader = _Outline()
    reader.feed(page)
    return "\n".join(reader.lines)
