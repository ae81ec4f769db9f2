"""Every operation of the driver, called over HTTP on things that are there: each one is answered and done."""

from typing import Any

import pytest

from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.pbxware.calls import OPERATIONS
from apps.sandbox.pbxware.records import day_of
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.operation import Operation
from apps.vendors.core.registry import vendors
from tests.vendors.cases import minimal

from .conftest import NOON

ALL = list(vendors.get("pbxware").operations.values())
CONFIRMED = Confirmation("test", "walk")
MASTER = ("packages.", "trunks.", "did_groups.", "tenants.", "devices.")
# The first part of an operation's name → the table whose first row it is called on.
TABLES = {
    "packages": "package", "extensions": "ext", "features": "ext", "trunks": "trunk", "sms.trunks": "sms_trunk", "dids": "did",
    "did_groups": "didgroup", "ivrs": "ivr", "ring_groups": "ring_group", "enhanced_ring_groups": "erg",
    "paging_groups": "paging_group", "departments": "department", "service_plans": "splan", "devices": "uad",
    "schedules.did": "did", "schedules.ivr": "ivr", "schedules.dial_group": "ring_group", "schedules.routes": "route",
    "schedules.queues": "queue", "schedules.erg": "erg", "sms.tenants.set": "sms_trunk",
}  # fmt: skip
NEW = {
    "ext": "777",
    "did": "2065550199",
    "tenant_code": "777",
    "number": "778",
    "package": "1",
    "provider_id": "20",
    "dest_type": "0",
}


def _params(pbx: PbxwareSandbox, operation: Operation) -> dict[str, Any]:
    """The documented call, on what this PBX has."""
    params = dict(minimal(operation))
    state, name = pbx.pbx, operation.name
    table = next((TABLES[prefix] for prefix in sorted(TABLES, key=len, reverse=True) if name.startswith(prefix)), "tenant")
    if "server" in params:
        master = name.startswith(MASTER) or name == "dids.remove"
        params["server"] = "1" if master and "callers" not in name else "2"
    if "tenant" in params:
        params["tenant"] = "2"
    if "id" in params:
        rows = {ref: row for ref, row in state.table(table).items() if row.get("server") in (None, "1", "2")}
        params["id"] = "2" if table == "tenant" else next(iter(rows))
    if "department_id" in params:
        params["department_id"] = next(iter(state.table("department")))
    if "rule" in params:
        whose = "did" if name.startswith("dids") else "tenant 2"
        params["rule"] = next(ref for ref, row in state.table("cli").items() if row["whose"].startswith(whose))
    if name.endswith(".add"):
        params |= {key: value for key, value in NEW.items() if key in params}
    elif params.get("ext"):
        params["ext"] = "101"
    if "uniqueid" in params:
        params["uniqueid"] = next(leg.uniqueid for leg in day_of(state.seed, "harbor-dental", NOON.date()) if _past(leg))
    if name in {"dids.add", "dids.change"}:
        params["trunk"] = next(iter(state.table("trunk")))
    if name == "tenants.trunks.set":
        params = {"tenant": "2", "trunks": list(state.table("trunk"))[:1]}
    return params


def _past(leg: Any) -> bool:
    return leg.recorded and leg.at + 3600 < NOON.timestamp()


@pytest.mark.parametrize("operation", ALL, ids=lambda op: op.name)
def test_every_operation_is_answered(pbx: PbxwareSandbox, driver: Client, operation: Operation) -> None:
    if operation.name == "packages.remove":
        pbx.pbx.add("package", {"name": "Nobody's"}, "0")
        pbx.pbx.tables["package"] = dict(sorted(pbx.pbx.table("package").items()))
    if operation.name == "trunks.remove":
        pbx.pbx.table("did").clear()
    driver.call(operation.name, _params(pbx, operation), confirmation=CONFIRMED)


def test_the_sandbox_has_the_documented_operations() -> None:
    assert set(OPERATIONS) == {name for operation in ALL for name in operation.documented_as}
