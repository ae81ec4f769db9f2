"""Every record is whole, and together they are exactly what the vendors document."""

import json
import re
from pathlib import Path

import pytest

from apps.vendors.core.errors import InvalidParameters
from apps.vendors.core.operation import Checked, Effect, Operation
from apps.vendors.core.registry import vendors
from tests.vendors.cases import GAPS, all_operations, cases_of

DOCUMENTED = json.loads((Path(__file__).parent / "documented.json").read_text())
OPERATIONS = all_operations()
# Where a record's effect is not the checklist's, because one documented call became two records.
SPLIT = {("carrier", "updatenumber")}
# What a vendor leaves optional and a record requires: without it SolSwitch acts on customer 1, somebody's real account, and
# MiRTA, given its admin key, on every tenant. Without the number sipXcom might delete every emergency location.
STRICTER = {"solswitch": {"Customer", "customer"}, "mirta": {"tenant"}, "sipxcom": {"elin"}}
# What every record of a kind takes beside what is documented: whose credentials are sent.
BESIDE = {"sipxcom": {"acting_user", "acting_password"}}


def test_every_documented_operation_has_a_record() -> None:
    covered = {(vendor.key, name) for vendor in vendors.all() for name in vendor.documented}
    documented = {(row["vendor"], row["operation"]) for row in DOCUMENTED}
    print(f"{len(covered & documented)} of {len(documented)} documented operations have a record")
    assert covered == documented


@pytest.mark.parametrize("row", DOCUMENTED, ids=lambda row: f"{row['vendor']}-{row['operation']}")
def test_record_has_the_documented_parameters_and_effect(row: dict) -> None:
    records = [op for op in vendors.get(row["vendor"]).operations.values() if row["operation"] in op.documented_as]
    row = row | row.get("server", {})  # what the server's source takes, where that is not what its document says
    declared = {param.wire for record in records for param in record.params} - BESIDE.get(row["vendor"], set())
    required = set.intersection(*({param.wire for param in record.params if param.required} for record in records))
    required -= STRICTER.get(row["vendor"], set()) & set(row["optional"])
    # "id|ext" in the checklist: one of them is required, which a rule of the record sees to.
    named = {name for listed in (*row["required"], *row["optional"]) for name in listed.split("|")}
    assert declared == named
    assert required == {name for name in row["required"] if "|" not in name}
    for either in (name.split("|") for name in row["required"] if "|" in name):
        for record in records:
            with pytest.raises(InvalidParameters) as caught:
                record.validate({})
            assert {param.name for param in record.params if param.wire in either} <= caught.value.fields.keys()
    if (row["vendor"], row["operation"]) in SPLIT:
        assert row["effect"] in {record.effect for record in records}
    else:
        assert {record.effect for record in records} == {row["effect"]}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: f"{op.vendor}-{op.name}")
def test_record_is_whole(operation: Operation) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", operation.name)
    assert operation.title
    assert operation.area
    assert operation.source.startswith(f"{operation.vendor}: ")
    assert operation.checked in Checked
    names = [param.name for param in operation.params]
    assert len(names) == len(set(names))
    assert all(param.choices for param in operation.params if param.type == "choice")
    if operation.outcome_from:
        settles = vendors.get(operation.vendor).operations[operation.outcome_from]
        assert settles.effect is Effect.READ
    if operation.effect.needs_confirmation:
        assert not operation.may_repeat
    json.dumps(operation.describe())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: f"{op.vendor}-{op.name}")
def test_operation_has_a_success_and_a_refusal_case(operation: Operation) -> None:
    cases = cases_of(operation)
    whole = any("expected" in case for case in cases) and any(
        "error" in case and case["error"]["class"] != "UnreadableReply" for case in cases
    )
    if operation.name in GAPS:
        assert not whole, f"{operation.name} has its cases now: take it off the list of gaps"
    else:
        assert whole, f"add cases in tests/vendors/cases/{operation.vendor}/{operation.name}.json"


def test_names_are_spelled_like_the_operations_that_have_cases() -> None:
    known = {(op.vendor, op.name) for op in OPERATIONS}
    files = {(path.parent.name, path.stem) for path in (Path(__file__).parent / "cases").glob("*/*.json")}
    assert files <= known


def test_probe_is_a_read_that_needs_nothing() -> None:
    for vendor in vendors.all():
        name, params = vendor.probe
        assert vendor.operations[name].effect is Effect.READ
        vendor.operations[name].validate(params)
