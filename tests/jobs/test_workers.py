"""Real worker processes on one database: killed, stopped, frozen and doubled.

The same tests run embedded (SQLite, no broker) and on PostgreSQL with Redis or RabbitMQ.
"""

import os
import signal
import time
from collections import Counter

import pytest

from apps.jobs import services
from apps.jobs.models import Job, JobState
from tests.jobs.conftest import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]

LEASE = 2


@pytest.fixture
def start(worker_process):
    """A function that starts a worker which knows the kinds of these tests."""

    def make(lease: float = LEASE):
        return worker_process(EXTRA_APPS="tests.jobs", JOB_LEASE_SECONDS=str(lease), JOB_SWEEP_SECONDS="0.1")

    return make


def ended(job: Job, seconds: float = 30) -> Job:
    def final() -> bool:
        job.refresh_from_db()
        return job.is_final

    until(final, seconds, f"the job is still {job.state}")
    return job


def effects(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith("asked")]


@pytest.mark.parametrize("step", ["before-line-0", "after-line-0", "before-line-1", "after-line-2", "finish"])
def test_a_worker_killed_at_any_step_leaves_each_item_done_once(submit, start, ledger, tmp_path, step):
    stop = tmp_path / f"stop-{step}"
    stop.touch()
    job = submit(count=3)
    worker = start()
    if step == "finish":
        until(lambda: "finish" in ledger())
    else:
        until((tmp_path / f"at-{step}").exists)
        if step.startswith("after"):
            until(lambda: step.removeprefix("after-") in ledger())
    worker.kill()
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    stop.unlink()
    worker.start()
    job = ended(job)
    assert job.state == JobState.DONE
    assert effects(ledger()) == ["line-0", "line-1", "line-2", "finish"]
    asked = [line for line in ledger() if line.startswith("asked")]
    assert asked == [f"asked {step.removeprefix('before-').removeprefix('after-')}"]
    assert job.attempt == 2
    assert job.done == 3


def test_a_worker_killed_again_and_again_still_gets_it_done(submit, start, ledger):
    job = submit("test.lanes", 60, params={"seconds": 0.05})
    worker = start(lease=1)
    for share in (10, 25, 40):
        until(lambda share=share: len(effects(ledger())) >= share)
        worker.kill()
        worker.start()
    job = ended(job)
    assert job.state == JobState.DONE
    assert Counter(effects(ledger())) == Counter([f"line-{n}" for n in range(60)] + ["finish"])
    assert job.attempt == 4


def test_two_workers_do_no_item_twice(submit, start, ledger):
    jobs = [submit("test.lanes" if n % 2 else "test.ledger", 10, params={"seconds": 0.01}) for n in range(12)]
    start()
    start()
    for job in jobs:
        assert ended(job).state == JobState.DONE
        assert job.attempt == 1
    assert Counter(effects(ledger())) == Counter({f"line-{n}": len(jobs) for n in range(10)} | {"finish": len(jobs)})


def test_a_message_delivered_twice_is_harmless(submit, start, ledger):
    from apps.jobs.tasks import wake

    job = submit(count=5, params={"seconds": 0.1})
    for _ in range(5):
        wake.apply_async((job.pk,))  # without a broker these stay here, and the two sweeps double up instead
    start()
    start()
    assert ended(job).attempt == 1
    assert effects(ledger()) == [f"line-{n}" for n in range(5)] + ["finish"]


def test_a_frozen_worker_that_lost_its_job_changes_nothing_when_it_wakes(submit, start, ledger, tmp_path):
    stop = tmp_path / "stop-after-line-1"
    stop.touch()
    job = submit(count=3)
    frozen = start()
    until(lambda: "line-1" in ledger())
    os.kill(frozen.process.pid, signal.SIGSTOP)
    os.waitpid(frozen.process.pid, os.WUNTRACED)  # returns once it stands still
    stop.unlink()
    start()
    job = ended(job)
    assert "asked line-1" in ledger()
    before = Job.objects.values().get(pk=job.pk)
    os.kill(frozen.process.pid, signal.SIGCONT)
    until(lambda: "job.lease_lost" in frozen.log.read_text())
    time.sleep(0.5)
    assert Job.objects.values().get(pk=job.pk) == before
    assert effects(ledger()) == ["line-0", "line-1", "line-2", "finish"]


def test_a_stopped_worker_finishes_its_item_and_hands_the_job_on_at_once(submit, start, ledger):
    job = submit(count=40, params={"seconds": 0.15})
    worker = start(lease=60)
    until(lambda: len(ledger()) >= 3)
    assert worker.stop() == 0
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == (JobState.QUEUED, "")
    assert job.done == len(ledger()) < 40
    assert not job.items.filter(state="running").exists()
    start(lease=60)
    # Well within the lease of the first worker: nothing had to run out.
    assert ended(job, 50).state == JobState.DONE
    assert ledger() == [f"line-{n}" for n in range(40)] + ["finish"]


def test_cancel_stops_between_two_items(submit, start, ledger, tmp_path):
    stop = tmp_path / "stop-before-line-2"
    stop.touch()
    job = submit(count=6)
    start()
    until((tmp_path / "at-before-line-2").exists)
    services.cancel(job, job.created_by)
    stop.unlink()
    job = ended(job)
    assert job.state == JobState.CANCELLED
    # The item that was at work when the cancel came was not interrupted.
    assert ledger() == ["line-0", "line-1", "line-2", "cancelled"]
    assert (job.done, job.skipped, job.left) == (3, 3, 0)
    assert job.message == "3 of 6 lines done, 3 not started."


def test_pause_keeps_the_place_and_resume_goes_on(submit, start, ledger, tmp_path):
    stop = tmp_path / "stop-before-line-1"
    stop.touch()
    job = submit(count=4)
    start()
    until((tmp_path / "at-before-line-1").exists)
    services.pause(job, job.created_by)
    stop.unlink()

    def state() -> str:
        job.refresh_from_db()
        return job.state

    until(lambda: state() == JobState.PAUSED)
    time.sleep(0.5)
    assert ledger() == ["line-0", "line-1"]
    services.resume(job, job.created_by)
    assert ended(job).state == JobState.DONE
    assert ledger() == ["line-0", "line-1", "line-2", "line-3", "finish"]


def test_a_job_shows_its_progress_while_it_runs(submit, start):
    job = submit(count=30, params={"seconds": 0.1})
    start()
    seen = set()

    def watch() -> bool:
        job.refresh_from_db()
        seen.add(job.done)
        return job.is_final

    until(watch)
    assert len(seen) >= 4
    assert job.done == 30


def test_secrets_of_a_crash_stay_in_the_log_and_the_worker_lives_on(submit, start):
    broken = submit(scripts=["break"])
    worker = start()
    assert ended(broken).state == JobState.FAILED
    assert "canary-in-the-traceback" in worker.log.read_text()
    assert ended(submit(count=1)).state == JobState.DONE
