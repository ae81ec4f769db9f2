"""docs/asvs.md answers every requirement of OWASP ASVS 5.0.0 at levels 1 and 2, and names tests that exist."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# All requirements of levels 1 and 2, each with its level: "V1.1.1 2".
KNOWN = dict(line.split() for line in (Path(__file__).parent / "asvs_ids.txt").read_text().splitlines())
_ROW = re.compile(r"^\| (V[\d.]+) \| (\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = _ROW.findall((ROOT / "docs/asvs.md").read_text())
NODES = sorted({node for *_, answer in ROWS for node in re.findall(r"`(tests/[^`]+)`", answer)})


@cache
def _tests_in(path: Path) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_list_is_the_whole_standard() -> None:
    """It counts 70 requirements of level 1 and 183 of level 2, in chapters 1 to 17."""
    assert Counter(KNOWN.values()) == {"1": 70, "2": 183}
    assert {int(name[1:].split(".")[0]) for name in KNOWN} == set(range(1, 18))


def test_each_requirement_is_answered_once_and_at_its_level() -> None:
    assert [(name, level) for name, level, *_ in ROWS] == list(KNOWN.items())


@pytest.mark.parametrize(("name", "answer"), [(row[0], row[3]) for row in ROWS])
def test_an_answer_is_a_test_or_a_reason(name: str, answer: str) -> None:
    without_tests = re.sub(r"`tests/[^`]+`", "", answer)
    assert without_tests != answer or re.match(r"(N/A|Not met|Reason)", answer), f"{name} names no test and no reason"
    if reason := re.search(r"(?:N/A|Not met|Reason)[^:]*: *(.*)", answer):
        assert len(reason[1]) > 10, f"{name} does not say why"


@pytest.mark.parametrize("node", NODES)
def test_each_test_that_is_named_exists(node: str) -> None:
    path, _, name = node.partition("::")
    assert (ROOT / path).is_file(), path
    assert name in _tests_in(ROOT / path)
