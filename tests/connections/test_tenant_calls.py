"""Calls for a tenant, over HTTP against every sandbox: its customer is named, another refused, nobody else's rows come.

The walk is made of the records: a new operation is in it without anyone remembering.
"""

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from inspect import isfunction, signature
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.models import Tenant, User
from apps.audit.models import AuditEntry
from apps.connections.encoding import dumps
from apps.connections.models import Connection
from apps.connections.services import add_connection, client_for, link
from apps.sandbox import world
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.core import Sandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core.client import Confirmation
from apps.vendors.core.errors import InvalidParameters, NotConfigured, Unsupported, VendorError
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import vendors
from tests.sandbox.mirta.walk import params as mirta_params
from tests.sandbox.pbxware.conftest import NOON
from tests.sandbox.pbxware.test_walk import _params as pbxware_params
from tests.sandbox.sipxcom.test_walk import params_of as sipxcom_params
from tests.sandbox.solswitch.test_solswitch import PARAMS as SOLSWITCH_PARAMS
from tests.vendors.cases import minimal

pytestmark = pytest.mark.django_db
SURE = Confirmation("test", "walk")
# The walks of the sandboxes are about the dental practice: here that is the other tenant, and the freight company is ours.
THEIRS = world.DENTAL


@dataclass(frozen=True)
class System:
    """A vendor: its sandbox, who the two tenants are there, valid calls about the other one, and the other one's rows."""

    sandbox: type[Sandbox]
    ours: str
    theirs: str
    params: Callable[[Any, Operation], Mapping[str, Any]]
    rows: Callable[[Any], Any]


def _mirta(sandbox: MirtaSandbox, operation: Operation) -> dict[str, Any]:
    fields, files = mirta_params(sandbox, operation.documented_as[0])
    ours = {param.wire: param.name for param in operation.params}
    sent: dict[str, Any] = {ours[wire]: value for wire, value in fields.items() if wire in ours}
    return sent | {ours[wire]: Upload(name, content) for wire, (name, content) in files.items()}


def _rows(owner: str, ref: str) -> Callable[[Any], Any]:
    def rows(sandbox: Any) -> Any:
        held = getattr(sandbox, "pbx", None) or sandbox.switch
        kept = {
            name: {key: deepcopy(row) for key, row in table.items() if isinstance(row, dict) and str(row.get(owner)) == ref}
            for name, table in held.tables.items()
        }
        return {name: table for name, table in kept.items() if table}

    return rows


SYSTEMS = {
    "solswitch": System(
        SolSwitchSandbox, "3", "2", lambda _, operation: SOLSWITCH_PARAMS.get(operation.name, {}), _rows("CustID", "2")
    ),
    "mirta": System(MirtaSandbox, "CASCADE", "HARBOR", _mirta, _rows("_tenant", "1")),
    "pbxware": System(PbxwareSandbox, "3", "2", pbxware_params, _rows("server", "2")),
    "sipxcom": System(SipxcomSandbox, "2", "1", sipxcom_params, lambda sandbox: deepcopy(sandbox.dump_state())),
    "carrier": System(CarrierSandbox, "", "other", lambda _, operation: minimal(operation), lambda sandbox: None),
}


def operations(vendor: str) -> list[Operation]:
    return [operation for operation in vendors.get(vendor).operations.values() if not operation.not_callable]


@pytest.fixture(scope="module", params=SYSTEMS)
def running(request: Any) -> Iterator[tuple[str, Any]]:
    with SYSTEMS[request.param].sandbox(clock=lambda: NOON) as sandbox:
        yield request.param, sandbox


@dataclass
class Place:
    vendor: str
    sandbox: Any
    system: System
    connection: Connection
    ours: Tenant
    theirs: Tenant

    def refs(self) -> tuple[str, str]:
        if self.vendor == "carrier":
            return self.sandbox.credentials["accountno"], "774411"
        return self.system.ours, self.system.theirs

    def sent(self) -> int:
        return len(self.sandbox.log.as_json())


@pytest.fixture
def place(running: tuple[str, Any], theirs: Tenant, ours: Tenant, ada: User) -> Place:
    """A connection that both tenants are linked to; `theirs` of the cast is the freight company, which is ours here."""
    vendor, sandbox = running
    sandbox.reset()
    sandbox.log.clear()
    system = SYSTEMS[vendor]
    connection = add_connection(name="system", vendor=vendor, fields=sandbox.credentials, base_url=sandbox.url, actor=ada)
    found = Place(vendor, sandbox, system, connection, ours=theirs, theirs=ours)
    for tenant, ref in zip((found.ours, found.theirs), found.refs(), strict=True):
        link(tenant, connection, ref, actor=ada)
    return found


def call(place: Place, operation: Operation, params: Mapping[str, Any]) -> Any:
    return client_for(place.connection, tenant=place.ours).call(operation.name, params, confirmation=SURE)


def theirs_in(text: str) -> list[str]:
    """What only the other tenant's rows hold."""
    people = [person.last for person in THEIRS.people]
    words = (THEIRS.name, THEIRS.key, *people, *THEIRS.numbers)
    return [word for word in words if re.search(rf"(?i)(?<![a-z]){re.escape(word)}(?![a-z])", text)]


def test_every_operation_with_another_customer_is_refused_before_anything_is_sent(place: Place) -> None:
    wrong = {}
    for operation in operations(place.vendor):
        params = dict(place.system.params(place.sandbox, operation))
        for param in operation.params:
            if param.customer:
                params[param.name] = place.refs()[1]
        if place.vendor == "carrier":
            continue  # its calls name nobody: the account does, and the next test tells them apart
        if any(param.customer for param in operation.params):
            expected: type[VendorError] = InvalidParameters
        elif operation.owner:
            continue  # lists everybody's; the test below looks at the rows
        else:
            expected = Unsupported
        try:
            call(place, operation, params)
            wrong[operation.name] = "was sent"
        except VendorError as error:
            if type(error) is not expected or error.sent != "no":
                wrong[operation.name] = repr(error)
    assert wrong == {}
    assert place.sent() == 0


def test_every_operation_on_things_of_another_customer_gives_and_changes_nothing_of_theirs(place: Place) -> None:
    leaks, counts = {}, {"answered": 0, "refused": 0, "not sent": 0}
    if place.vendor == "carrier":
        return  # the account is the customer: see test_one_account_is_one_customer
    for operation in operations(place.vendor):
        place.sandbox.reset()
        named = {param.name for param in operation.params if param.customer}
        given = {name: value for name, value in place.system.params(place.sandbox, operation).items() if name not in named}
        before = place.system.rows(place.sandbox)
        sent = place.sent()
        try:
            said = dumps(call(place, operation, given))
            counts["answered"] += 1
        except VendorError as error:
            said = str(error)
            counts["refused" if place.sent() > sent else "not sent"] += 1
        asked = str(list(given.values())).lower()
        if found := [word for word in theirs_in(said) if word.lower() not in asked]:
            leaks[operation.name] = f"told of {found[:3]}"
        if place.sent() > sent and place.system.rows(place.sandbox) != before and operation.effect.value != "read":
            leaks[operation.name] = "changed"
    print(place.vendor, counts)
    assert leaks == {}


def test_no_door_gives_rows_of_another_customer(place: Place) -> None:
    vendor, told, asked = vendors.get(place.vendor), {}, 0
    client = client_for(place.connection, tenant=place.ours)
    if place.vendor == "carrier":
        return  # the account is the customer: see test_one_account_is_one_customer
    for capability in vendor.capabilities:
        for name, function in vars(capability).items():
            if name.startswith("_") or not isfunction(function):
                continue
            names = list(signature(function).parameters)[1:]
            if names not in (["tenant"], ["tenant", "ref"]):
                continue
            asked += 1
            try:
                method = getattr(client.capability(capability), name)
                result = method(place.refs()[0], "1") if "ref" in names else method("")
                said = dumps(result)
            except VendorError:
                continue
            if found := theirs_in(said):
                told[f"{capability.__name__}.{name}"] = found[:3]
            with pytest.raises(InvalidParameters):
                method(place.refs()[1], *(["1"] if "ref" in names else []))
    assert told == {}
    assert asked


def test_one_account_is_one_customer(place: Place) -> None:
    if place.vendor != "carrier":
        return
    assert client_for(place.connection, tenant=place.ours).call("stock.states")
    with pytest.raises(NotConfigured, match="linked to 774411"):
        client_for(place.connection, tenant=place.theirs).call("numbers.list")
    with pytest.raises(NotConfigured):
        client_for(place.connection, tenant=place.theirs).download("/files/1")


def test_without_a_link_nothing_is_sent(place: Place) -> None:
    stranger = Tenant.objects.create(name="Stranger", key="stranger")
    with pytest.raises(NotConfigured, match="is not linked to a customer on system, so nothing was sent"):
        client_for(place.connection, tenant=stranger)
    assert place.sent() == 0


def test_the_command_line_for_a_tenant_walks_the_same_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = []
    for operation in operations(place.vendor):
        params = dict(place.system.params(place.sandbox, operation))
        if place.vendor == "carrier" or any(isinstance(value, Upload) for value in params.values()):
            continue
        params |= {param.name: place.refs()[1] for param in operation.params if param.customer}
        lines.append(dumps({"operation": operation.name, "params": params}))
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    out = io.StringIO()
    call_command("vendor", "batch", "system", "--tenant", place.ours.key, stdout=out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(answers) == len(lines)
    sent = {answer["operation"] for answer in answers if answer["ok"]}
    assert sent <= {operation.name for operation in operations(place.vendor) if operation.owner}
    assert {answer["error"] for answer in answers if not answer["ok"]} <= {"InvalidParameters", "Unsupported"}
    assert theirs_in(out.getvalue().replace("\n", " ")) == []


def test_what_is_done_for_a_tenant_is_in_the_log_under_it(place: Place) -> None:
    writes = [one for one in operations(place.vendor) if one.effect.value == "write" and any(p.customer for p in one.params)]
    if not writes:
        return
    for operation in writes[:3]:
        named = {param.name for param in operation.params if param.customer}
        given = {name: value for name, value in place.system.params(place.sandbox, operation).items() if name not in named}
        try:
            call(place, operation, given)
        except VendorError as error:
            if isinstance(error, (InvalidParameters, Unsupported)):
                continue
        entry = AuditEntry.objects.filter(action="vendor.call", operation=operation.name).latest("sequence")
        assert (entry.tenant, entry.tenant_id) == (place.ours.key, place.ours.pk)
        client_for(place.connection).call(operation.name, {**given, **dict.fromkeys(named, place.refs()[1])}, confirmation=SURE)
        assert AuditEntry.objects.latest("sequence").tenant == place.theirs.key  # of whom the call names the customer
        return
