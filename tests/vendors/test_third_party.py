"""A driver in a package of its own: installed as packages are, found by a process that starts afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRIVER = """
from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.registry import Vendor

class Codec:
    def request(self, operation, values, endpoint): ...
    def read(self, operation, incoming): ...

listed = Operation(
    "boxes.list", "Boxes", "system", Effect.READ, "list", replies.obj(), "example: List", ("list",), vendor="{key}"
)
vendor = Vendor(
    key="{key}", title="Example switch", blurb="For tests.", fields=(), codec=Codec(),
    operations={{"boxes.list": listed}}, probe=("boxes.list", {{}}),
)
"""


def installed(folder: Path, name: str, module: str, target: str) -> None:
    """Put a package with an entry point where Python looks for packages."""
    (folder / f"{name}.py").write_text(module)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[patchbay.vendors]\n{name} = {target}\n")


def operations(folder: Path) -> tuple[list[dict], str]:
    """Return what `vendor operations` lists in a process that finds packages in `folder`, and what it logs."""
    ran = subprocess.run(
        [sys.executable, "manage.py", "vendor", "operations", "--format", "json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout), ran.stderr


def test_a_driver_is_found_by_its_entry_point_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    installed(tmp_path, "example_switch", DRIVER.format(key="example"), "example_switch:vendor")
    installed(tmp_path, "broken_switch", "raise RuntimeError('not today')", "broken_switch:vendor")
    installed(tmp_path, "wrong_switch", "vendor = 'a text'", "wrong_switch:vendor")
    installed(tmp_path, "second_carrier", DRIVER.format(key="carrier"), "second_carrier:vendor")
    records, said = operations(tmp_path)
    assert [record["name"] for record in records if record["vendor"] == "example"] == ["boxes.list"]
    assert "boxes.list" not in {record["name"] for record in records if record["vendor"] == "carrier"}
    assert {"carrier", "solswitch", "pbxware"} <= {record["vendor"] for record in records}
    for told in ("not today", "not a Vendor", "there is one of that key already"):
        assert told in said
