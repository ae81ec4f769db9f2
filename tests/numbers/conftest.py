"""A sandbox carrier over real HTTP, the connection to it, and ways to run the jobs of a test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import add_connection
from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.sandbox.carrier import CarrierSandbox

Work = Callable[[], list[Job]]
Working = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def _carrier() -> Iterator[CarrierSandbox]:
    with CarrierSandbox(port=0, stock=4_000) as sandbox:
        yield sandbox


@pytest.fixture
def carrier(_carrier: CarrierSandbox) -> CarrierSandbox:
    """A carrier as it was when it started, without faults."""
    _carrier.faults.clear()
    _carrier.seed_state()
    return _carrier


@pytest.fixture
def main(carrier: CarrierSandbox, transactional_db: None, ada: User) -> Connection:
    """The connection to the carrier's demo account."""
    return add_connection(name="main", vendor="carrier", fields=carrier.credentials, base_url=carrier.url, actor=ada)


@pytest.fixture
def work(transactional_db: None, settings: Settings) -> Work:
    """A function that does what a worker does until nothing is due, and returns the jobs it ran."""
    settings.CELERY_BROKER_URL = "memory://"  # nobody listens: the test runs its jobs itself
    runner.stopping.clear()

    def run() -> list[Job]:
        done: list[int] = []
        while job := Job.objects.filter(state=JobState.QUEUED).order_by("pk").first():
            runner.run(job.pk)
            done.append(job.pk)
        return list(Job.objects.filter(pk__in=done).order_by("pk"))

    return run


@pytest.fixture
def working(work: Work) -> Working:
    """A context in which a worker thread runs whatever is submitted."""

    @contextmanager
    def beside() -> Iterator[None]:
        end = threading.Event()

        def loop() -> None:
            while not end.wait(0.02):
                work()
            connections.close_all()

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    return beside


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a worker there is nothing that a page could wait for."""
    monkeypatch.setattr("apps.numbers.views.WAIT_SECONDS", 0)
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 0)
