"""One worker's turn at a job, in this process and on a real database."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.jobs import runner, services, worker
from apps.jobs.lease import Lease, due
from apps.jobs.models import ItemState, Job, JobState
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


def states(job):
    return list(job.items.values_list("state", flat=True))


def test_items_are_done_once_each_in_order_and_the_closing_step_once(submit, ledger):
    job = run(submit(count=3))
    assert job.state == JobState.DONE
    assert ledger() == ["line-0", "line-1", "line-2", "finish"]
    assert (job.total, job.done, job.failed, job.left) == (3, 3, 0, 0)
    assert job.message == "All 3 lines done."
    item = job.items.first()
    assert item.result == {"line": "line-0"}
    assert item.message == "Wrote line-0"
    assert item.finished_at >= item.started_at
    assert job.lease_owner == ""


def test_a_second_delivery_changes_nothing(submit, ledger):
    job = run(submit())
    before = ledger()
    assert run(job).attempt == 1
    assert ledger() == before


def test_a_job_that_is_taken_is_left_alone(submit, ledger):
    job = submit()
    assert Lease.claim(job.pk)
    assert Lease.claim(job.pk) is None
    run(job)
    assert ledger() == []


def test_a_job_is_not_due_before_its_time(submit, ledger):
    job = submit(run_at=timezone.now() + timedelta(hours=1))
    assert not due().exists()
    assert run(job).state == JobState.QUEUED
    assert ledger() == []


def test_lanes_do_each_item_once(submit, ledger):
    job = run(submit("test.lanes", 40))
    assert job.state == JobState.DONE
    assert sorted(ledger()) == sorted([f"line-{n}" for n in range(40)] + ["finish"])
    assert ledger()[-1] == "finish"


def test_more_items_than_one_chunk(submit, ledger):
    job = run(submit(count=450))
    assert job.done == 450
    assert ledger()[:-1] == [f"line-{n}" for n in range(450)]


@pytest.mark.parametrize(
    ("script", "error", "sent", "reason"),
    [
        ("refuse", "Rejected", "yes", "permanent"),
        ("away", "Unreachable", "no", "exceeded"),
        ("fail", "ItemFailed", "yes", "permanent"),
    ],
)
def test_a_failure_stays_with_its_item(submit, script, error, sent, reason):
    job = run(submit(scripts=["ok", script, "ok"]))
    assert states(job) == ["done", "failed", "done"]
    item = job.items.get(key="s1")
    assert (item.error, item.sent, item.reason) == (error, sent, reason)
    assert item.message
    assert (job.state, job.reason, job.failed) == (JobState.FAILED, reason, 1)
    assert job.message == "2 of 3 items done, 1 failed."


@pytest.mark.parametrize(
    ("evidence", "state", "log"),
    [
        ("done", "done", ["s0 lost", "s0 asked"]),
        ("none", "failed", ["s0 lost", "s0 asked"] * 3),
        ("away", "needs_person", ["s0 lost", "s0 asked"]),
        ("", "needs_person", ["s0 lost", "s0 asked"]),
    ],
)
def test_a_lost_answer_is_settled_by_evidence(submit, ledger, evidence, state, log):
    job = run(submit(scripts=[{"do": "lost", "evidence": evidence}]))
    assert states(job) == [state]
    assert ledger() == log
    item = job.items.get()
    if state == "needs_person":
        assert job.state == JobState.NEEDS_PERSON
        assert item.sent == "unknown"
        assert item.message.startswith("No answer came after the request was sent.")
    if state == "failed":
        assert (item.sent, item.reason) == ("no", "exceeded")  # the check showed that it did not happen


def test_a_check_that_shows_nothing_happened_lets_it_run_again(submit, ledger):
    job = run(submit(scripts=[{"do": "lost ok", "evidence": "none"}, "ok"]))
    assert job.state == JobState.DONE
    assert ledger() == ["s0 lost", "s0 asked", "s1 ok", "s0 ok"]


def test_a_fault_of_ours_stops_the_job_and_shows_a_reference_only(submit, caplog):
    caplog.set_level(logging.ERROR)
    job = run(submit(scripts=["ok", {"do": "break", "evidence": "none"}, "ok"]))
    assert (job.state, job.reason) == (JobState.FAILED, "internal")
    assert states(job) == ["done", "failed", "pending"]
    reference = job.message.split()[-1].rstrip(".")
    shown = job.message + "".join(job.items.values_list("message", flat=True))
    shown += "".join(job.lines.values_list("text", flat=True))
    assert "canary" not in shown
    assert "ZeroDivisionError" not in shown
    assert reference in caplog.text
    assert "canary-in-the-traceback" in caplog.text


def test_after_a_fault_of_ours_an_act_that_may_have_happened_is_not_repeated(submit, ledger):
    job = run(submit(scripts=["break", "ok"]))
    assert states(job) == ["needs_person", "pending"]
    run(services.resume(job, None))
    assert ledger() == ["s0 break", "s0 asked", "s1 ok"]


def test_a_result_that_cannot_be_stored_is_a_fault_of_ours(submit):
    job = run(submit(scripts=["unstorable"]))
    assert (job.state, job.reason) == (JobState.FAILED, "internal")
    assert states(job) == ["needs_person"]


def test_a_vendors_text_that_no_database_takes_is_cleaned(submit):
    job = run(submit(scripts=["nul"]))
    assert job.items.get().message == "Refused by a strange vendor."


def test_an_item_that_is_put_off_waits_while_the_others_go_on(submit, ledger):
    job = run(submit(scripts=["later ok", "ok"]))
    assert job.state == JobState.QUEUED
    assert job.run_at > timezone.now()
    assert job.message == "Waits for the carrier."
    assert ledger() == ["s0 later", "s1 ok"]
    Job.objects.update(run_at=timezone.now())
    # Being put off is not a try: the script says "later" again.
    assert run(job).state == JobState.QUEUED


def test_what_a_dead_worker_left_is_asked_about_before_anything_else(submit, ledger):
    job = submit(count=3)
    lease = Lease.claim(job.pk)
    job.items.filter(position=0).update(state=ItemState.RUNNING, tries=1)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job = run(job)
    assert ledger() == ["asked line-0", "line-0", "line-1", "line-2", "finish"]
    assert job.state == JobState.DONE
    assert not lease.renew()


def test_a_job_that_no_worker_survives_is_given_up(submit, ledger):
    job = submit(count=2)
    for _ in range(runner.MAX_CRASHES + 1):
        assert Lease.claim(job.pk)
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job.items.filter(position=0).update(state=ItemState.RUNNING, tries=1)
    job = run(job)
    assert (job.state, job.reason) == (JobState.FAILED, "timeout")
    assert states(job) == ["needs_person", "pending"]
    assert ledger() == []


def test_a_runner_that_lost_its_lease_touches_nothing(submit, ledger, monkeypatch):
    job = submit(count=3)
    from tests.jobs.kinds import Ledger

    real = Ledger.run_item

    def taken_over(self, ctx, item):
        result = real(self, ctx, item)
        Job.objects.filter(pk=job.pk).update(lease_owner="another", attempt=7)
        return result

    monkeypatch.setattr(Ledger, "run_item", taken_over)
    job = run(job)
    assert (job.state, job.lease_owner, job.attempt) == (JobState.RUNNING, "another", 7)
    assert states(job) == ["running", "pending", "pending"]
    assert ledger() == ["line-0"]


def test_a_worker_that_is_told_to_stop_gives_the_job_back(submit, ledger, monkeypatch):
    job = submit(count=3)
    from tests.jobs.kinds import Ledger

    real = Ledger.run_item

    def stop(self, ctx, item):
        runner.stopping.set()
        assert ctx.stopping
        return real(self, ctx, item)

    monkeypatch.setattr(Ledger, "run_item", stop)
    job = run(job)
    assert (job.state, job.done, job.lease_owner) == (JobState.QUEUED, 1, "")
    assert list(due()) == [job]
    assert run(job).attempt == 1  # this process takes nothing up any more
    runner.stopping.clear()
    monkeypatch.undo()
    assert run(job).state == JobState.DONE
    assert ledger() == ["line-0", "line-1", "line-2", "finish"]


def test_the_closing_step_is_not_repeated_after_a_dead_worker(submit, ledger):
    job = submit(count=1)
    job.items.update(state=ItemState.DONE)
    Lease.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(closing_at=timezone.now(), lease_until=timezone.now() - timedelta(seconds=1))
    assert run(job).state == JobState.DONE
    assert ledger() == ["asked finish"]


@pytest.mark.parametrize(
    ("finish", "state", "reason"),
    [
        ("refuse", JobState.FAILED, "permanent"),
        ("lost", JobState.NEEDS_PERSON, "timeout"),
        ("break", JobState.FAILED, "internal"),
    ],
)
def test_how_a_closing_step_can_end(submit, finish, state, reason):
    job = run(submit("test.closing", 1, params={"finish": finish}))
    assert (job.state, job.reason, job.done) == (state, reason, 1)
    assert job.message


def test_a_closing_step_can_wait_and_then_sum_up(submit, ledger):
    job = run(submit("test.closing", 1, params={"finish": "later"}))
    assert (job.state, job.message) == (JobState.QUEUED, "Waits for the order.")
    Job.objects.update(run_at=timezone.now())
    job = run(job)
    assert (job.state, job.message) == (JobState.DONE, "All five numbers are in the cart.")
    assert job.return_url == "/numbers/cart/"
    assert ledger() == ["line-0", "finish", "finish"]


def test_an_unknown_kind_fails_with_a_reason(submit):
    job = submit()
    Job.objects.update(kind="gone")
    job = run(job)
    assert (job.state, job.reason) == (JobState.FAILED, "config")


def test_one_at_a_time_among_jobs_with_the_same_exclusive_text(submit):
    first, second = submit(exclusive="cart:1"), submit(exclusive="cart:1")
    other = submit(exclusive="cart:2")
    assert Lease.claim(first.pk)
    assert list(due()) == [other]
    assert Lease.claim(second.pk) is None
    assert Lease.claim(other.pk)
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    assert Lease.claim(second.pk)


def test_a_job_without_items_only_has_its_closing_step(submit, ledger):
    job = run(submit(count=0))
    assert (job.state, job.percent, job.message) == (JobState.DONE, 100, "Done.")
    assert ledger() == ["finish"]


# --- the sweep ----------------------------------------------------------------------------------------------------


@pytest.fixture
def woken(monkeypatch):
    sent = []
    monkeypatch.setattr(worker.wake, "apply_async", lambda args, **_: sent.append(args[0]))
    return sent


def test_the_sweep_wakes_as_many_as_there_are_free_places(submit, woken):
    jobs = [submit(count=1) for _ in range(5)]
    submit(count=1, run_at=timezone.now() + timedelta(hours=1))
    sweeper = worker.Dispatcher(places=3)
    assert sweeper.sweep() == 3
    assert woken == [job.pk for job in jobs[:3]]  # the longest waiting first
    sweeper.sweep()
    assert sorted(woken) == [job.pk for job in jobs]  # and none twice in a row


def test_the_sweep_finds_what_a_dead_worker_left_and_what_is_scheduled(submit, woken):
    job = submit(count=1)
    Lease.claim(job.pk)
    services.schedule("nightly", "test.noop", title="Nightly", every=timedelta(days=1))
    worker.Dispatcher(places=4).sweep()
    nightly = Job.objects.get(title="Nightly")
    assert woken == [nightly.pk]
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    worker.Dispatcher(places=4).sweep()
    assert woken == [nightly.pk, nightly.pk, job.pk] or woken == [nightly.pk, job.pk, nightly.pk]
