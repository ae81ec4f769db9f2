"""Promises about the repository itself: what is documented exists, and nothing is in it that should not be."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "portal/settings.py").read_text()
VARIABLES = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
# Larger files of text under static/ are somebody else's packages: those come from their registry.
LARGEST_OF_OURS = 60_000


def committed() -> list[Path]:
    """Return the files of the repository, or skip outside of a checkout."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout: what is committed cannot be listed")
    return [path for name in listing.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", README))
    assert VARIABLES - documented == set()


def test_compose_sets_only_what_there_is() -> None:
    service = (ROOT / "compose.yaml").read_text().split("services:")[0]
    names = {name.removesuffix("_FILE") for name in re.findall(r"^    ([A-Z_]+):", service, re.MULTILINE)}
    assert names
    assert names <= VARIABLES


def test_commands_of_the_readme_exist() -> None:
    table = README.split("## The command line")[1].split("\n## ")[0]
    named = {row.split()[0] for row in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)}
    assert {"demo", "sandbox", "connection", "vendor", "audit", "keys"} <= named
    assert named <= get_commands().keys()


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md", ".ci/run"):
        named = set(re.findall(r"(?:`|step \S+ )make ([a-z-]+)", (ROOT / page).read_text()))
        assert named <= targets, page


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text()):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_python_locks_pin_hashes_and_name_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    pinned = re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^]]*])?==[^\\]+\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert "://" not in text


def test_the_front_end_lock_names_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_no_copies_of_front_end_packages_are_committed() -> None:
    for path in committed():
        name = path.relative_to(ROOT).as_posix()
        assert not re.search(r"\.min\.(js|css)$|(^|/)(node_modules|vendor)/", name), name
        if name.startswith("static/") and path.suffix in {".js", ".css"}:
            assert path.stat().st_size < LARGEST_OF_OURS, name


def test_no_secrets_are_committed() -> None:
    for path in committed():
        assert path.name not in {"secrets.env", ".env"}, path
        assert path.suffix not in {".sqlite3", ".pyc"}, path
        # Put together here, so that this file does not find itself.
        assert b"-----BEGIN " + b"PRIVATE KEY" not in path.read_bytes(), path
