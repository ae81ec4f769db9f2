"""The support matrix tells what the registry holds, in the README as well."""

import ast
import re
from pathlib import Path

import pytest

from apps.vendors.core import matrix
from apps.vendors.core.operation import Effect
from apps.vendors.core.registry import OURS, vendors

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def test_the_readme_shows_the_matrix_as_it_is() -> None:
    shown = README.read_text().partition("<!-- matrix -->\n")[2].partition("\n<!-- /matrix -->")[0]
    assert shown == matrix.markdown(), "put the output of `manage.py vendor matrix` between the README's matrix marks"


def test_areas_add_up_to_the_vendor() -> None:
    for vendor in vendors.all():
        counted = matrix.areas(vendor)
        for area in counted:
            assert sum(int(part.split()[0]) for part in area.checked.split(", ") if part) == area.total
        assert sum(area.total + area.not_callable for area in counted) == len(vendor.operations)
        for effect in Effect:
            of_effect = [op for op in vendor.operations.values() if op.effect is effect and not op.not_callable]
            assert sum(area.effects[effect] for area in counted) == len(of_effect)


def test_what_cannot_be_called_says_why_and_is_refused() -> None:
    record = vendors.get("solswitch").operations["tolls.sync"]
    assert "Toll Sync" in record.not_callable
    assert record.describe()["not_callable"] == record.not_callable
    assert [area.not_callable for area in matrix.areas(vendors.get("solswitch")) if area.title == "billing"] == [1]


def test_doors_are_the_same_for_every_vendor_and_offered_by_their_own() -> None:
    titles = {tuple(door.title for door in matrix.doors(vendor)) for vendor in vendors.all()}
    assert len(titles) == 1
    for vendor in vendors.all():
        assert sum(door.offered for door in matrix.doors(vendor)) == len(vendor.capabilities)
    assert not any(door.offered or door.acts or door.checks for door in matrix.doors(None))


def test_a_door_is_told_by_the_operations_behind_it() -> None:
    told = {(vendor.key, door.title): door for vendor in vendors.all() for door in matrix.doors(vendor)}
    assert told["carrier", "Number market"].does == "read, change, spend money"
    assert told["carrier", "Number market"].checked == "against the document, seen in the field"
    assert told["pbxware", "Live calls"].does == "read"
    assert told["solswitch", "Fax"].does == "change"
    assert told["sipxcom", "Fax"].checked == "read off the server's source"
    assert not told["sipxcom", "Traffic"].acts
    assert sum(map(len, matrix.ACTS.values())) == len(set().union(*matrix.ACTS.values())) == len(Effect)


@pytest.mark.parametrize("key", OURS)
def test_what_a_door_names_it_calls(key: str) -> None:
    """The other way round, that a door names what it calls, is watched in every test of this folder (see conftest)."""
    vendor, written = vendors.get(key), _written(key)
    for capability in vendor.capabilities:
        idle = [operation.name for operation in vendor.behind(capability) if not written.fullmatch(operation.name)]
        assert not idle, f"{capability.__name__} of {key} calls none of {idle}"


def _written(key: str) -> re.Pattern[str]:
    """What matches each name of an operation that stands in the doors' source, whole or put together, outside of `uses`."""
    found = set()
    for path in (ROOT / "apps/vendors" / key).rglob("*.py"):
        if "operations" in path.parts:
            continue
        tree = _Left().visit(ast.parse(path.read_text()))
        within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
                found.add(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]*" for part in node.values]  # type: ignore[arg-type]
                found.add("".join(parts))
    return re.compile("|".join(sorted(found)))


class _Left(ast.NodeTransformer):
    """Takes out what doors name themselves."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return None if names & {"uses", "also"} else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign | None:
        return None if isinstance(node.target, ast.Name) and node.target.id == "also" else node
