"""Jobs of the test kinds, and ways to run them: in this process, or in a real worker."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.jobs import runner, services
from apps.jobs.models import Job
from tests.jobs import kinds

Submit = Callable[..., Job]


@pytest.fixture(autouse=True)
def _running() -> None:
    runner.stopping.clear()


@pytest.fixture
def submit(request: pytest.FixtureRequest, tmp_path: Path, ada: User, settings: Settings) -> Submit:
    """A function that stores a job of `count` items, or of the given scripts, for ada."""
    if "worker_process" not in request.fixturenames:
        settings.CELERY_BROKER_URL = "memory://"  # nobody listens: the test runs its jobs itself

    def make(kind: str = "test.ledger", count: int = 3, *, scripts: list[Any] | None = None, **more: Any) -> Job:
        items = [{"key": f"line-{n}", "label": f"Line {n}"} for n in range(count)]
        if scripts is not None:
            kind = "test.script"
            params = [{"do": script} if isinstance(script, str) else script for script in scripts]
            items = [{"key": f"s{n}", "label": f"Script {n}", "params": each} for n, each in enumerate(params)]
        params = {"folder": str(tmp_path), **more.pop("params", {})}
        fields = {"title": "A job of the tests", "actor": ada, "items": items, **more}
        return services.submit(kind, params=params, **fields)

    return make


@pytest.fixture
def ledger(tmp_path: Path) -> Callable[[], list[str]]:
    """What the job of this test has done in the world outside, line by line."""
    return lambda: kinds.lines(tmp_path)


def run(job: Job) -> Job:
    """Do what one wake-up does, here and now."""
    runner.run(job.pk)
    job.refresh_from_db()
    return job


def until(done: Callable[[], Any], seconds: float = 30, what: str = "") -> Any:
    """Wait until `done()` is true and return it; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := done()):
        assert time.monotonic() < deadline, what or "it did not happen in time"
        time.sleep(0.02)
    return answer
