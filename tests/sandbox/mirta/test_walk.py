"""Every documented operation, asked over HTTP about things that are there: each one is answered."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.mirta.app import name_of
from apps.sandbox.mirta.calls import OPERATIONS

from .conftest import selectors
from .walk import params

Call = Callable[..., httpx.Response]
DOCUMENTED = Path(__file__).parents[2] / "vendors" / "documented.json"
# Nothing but these may answer nothing: their empty reply says something.
EMPTY_MEANS_OFF = {"DND get", "INFO queuecallers"}


@pytest.mark.parametrize("documented", sorted(OPERATIONS))
def test_every_operation_is_answered(pbx: MirtaSandbox, call: Call, documented: str) -> None:
    fields, files = params(pbx, documented)
    reply = call(documented, files=files, **fields)
    assert reply.content or documented in EMPTY_MEANS_OFF
    assert not reply.text.startswith(("Too bad", "Failure"))
    assert pbx.log.count("unknown") == 0


def test_the_documented_ones_are_all_there() -> None:
    documented = json.loads(DOCUMENTED.read_text())
    assert set(OPERATIONS) == {row["operation"] for row in documented if row["vendor"] == "mirta"}
    assert len(OPERATIONS) == 219
    assert {name_of(selectors(name)) for name in OPERATIONS} == set(OPERATIONS)
