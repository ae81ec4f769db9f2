"""What people and other apps can do with jobs, and what they cannot."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.jobs import services
from apps.jobs.kinds import JobKind, register
from apps.jobs.lease import Lease
from apps.jobs.models import ItemState, Job, JobItem, JobState, Schedule
from apps.jobs.tasks import wake
from tests.jobs.conftest import run
from tests.jobs.kinds import Noop

pytestmark = pytest.mark.django_db(transaction=True)


def states(job):
    return list(job.items.values_list("state", flat=True))


# --- submit ---------------------------------------------------------------------------------------------------


def test_submit_stores_the_job_its_items_and_who_asked(submit, ada):
    connection = Connection.objects.create(name="main-carrier", vendor="carrier", base_url="https://example.net")
    job = submit(count=3, connection=connection, return_url="/numbers/cart/?a=1")
    assert (job.state, job.total, job.created_by) == (JobState.QUEUED, 3, ada)
    assert job.connection_name == "main-carrier"
    assert list(job.items.values_list("position", "key", "label", "state"))[1] == (1, "line-1", "Line 1", "pending")
    entry = AuditEntry.objects.get(action="job.submitted")
    assert (entry.actor, entry.target) == (ada, f"job {job.public_id}")


@pytest.mark.parametrize(
    "params",
    [{"token": "abc"}, {"deep": [{"api_key": "abc"}]}, {"Password": "abc"}, {"credentials": {"user": "a"}}],
)
def test_submit_refuses_what_looks_like_a_secret(submit, params):
    with pytest.raises(services.SecretInParams) as refusal:
        submit(params=params)
    assert "abc" not in str(refusal.value)
    with pytest.raises(services.SecretInParams):
        services.submit("test.noop", title="x", actor=None, items=[{"key": "1", "params": params}])
    assert not Job.objects.exists()


@pytest.mark.parametrize("url", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_submit_refuses_to_lead_elsewhere(submit, url):
    with pytest.raises(ValueError, match="return_url"):
        submit(return_url=url)


def test_submit_refuses_doubled_items_and_unknown_kinds(submit):
    with pytest.raises(ValueError, match="'a'"):
        submit(items=[{"key": "a"}, {"key": "b"}, {"key": "a"}])
    with pytest.raises(KeyError):
        submit("no.such.kind")
    assert not Job.objects.exists()
    assert not JobItem.objects.exists()


def test_two_kinds_cannot_share_a_key():
    with pytest.raises(ValueError, match="test.noop"):

        @register
        class Second(JobKind):
            key = "test.noop"
            title = "Another"

    assert register(Noop) is Noop  # loading a module twice is harmless


def test_workers_are_woken_on_commit_only(submit, settings, monkeypatch):
    woken = []
    monkeypatch.setattr(wake, "apply_async", lambda args, **options: woken.append((args, options)))
    with transaction.atomic():
        job = submit()
        settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
        services.submit("test.noop", title="x", actor=None)
        assert woken == []
    other = Job.objects.get(title="x")
    assert woken == [((other.pk,), {"retry": False})]  # nothing but the key; without a broker nothing at all
    with transaction.atomic():
        services.submit("test.noop", title="rolled back", actor=None)
        transaction.set_rollback(True)
    assert len(woken) == 1
    assert job.state == JobState.QUEUED


def test_a_broker_that_is_down_costs_the_request_nothing(settings, monkeypatch, submit):
    def down(*_, **__):
        raise ConnectionRefusedError

    submit()
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(wake, "apply_async", down)
    job = services.submit("test.noop", title="x", actor=None)
    assert job.state == JobState.QUEUED


# --- cancel, pause, resume, retry -------------------------------------------------------------------------------


def test_cancel_before_the_first_worker_is_final_at_once(submit, ada, ledger):
    job = services.cancel(submit(count=3), ada)
    assert (job.state, job.skipped, job.left) == (JobState.CANCELLED, 3, 0)
    assert states(job) == ["skipped"] * 3
    assert job.message == "0 of 3 lines done, 3 not started."
    assert run(job).state == JobState.CANCELLED
    assert ledger() == []


def test_cancel_while_it_runs_is_a_flag(submit, ada):
    job = submit(count=3)
    Lease.claim(job.pk)
    job = services.cancel(job, ada)
    assert (job.state, job.cancel_requested) == (JobState.RUNNING, True)


def test_cancel_of_a_begun_job_lets_the_kind_tidy_up(submit, ada, ledger):
    job = submit(count=3)
    Job.objects.update(attempt=1, state=JobState.PAUSED)
    job = services.cancel(job, ada)
    assert (job.state, job.cancel_requested) == (JobState.QUEUED, True)
    job = run(job)
    assert (job.state, job.cancel_requested) == (JobState.CANCELLED, False)
    assert ledger() == ["cancelled"]


def test_cancel_settles_first_what_a_dead_worker_left(submit, ada, ledger):
    job = submit(count=2)
    Lease.claim(job.pk)
    job.items.filter(position=0).update(state=ItemState.RUNNING, tries=1)
    services.cancel(job, ada)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    job = run(job)
    assert job.state == JobState.CANCELLED
    assert ledger() == ["asked line-0", "cancelled"]
    assert states(job) == ["skipped", "skipped"]


@pytest.mark.parametrize("action", [services.cancel, services.pause, services.resume, services.retry_failed])
def test_after_the_end_there_is_nothing_to_do(submit, ada, action):
    job = run(submit())
    with pytest.raises(services.NotPossible):
        action(job, ada)
    assert not AuditEntry.objects.exclude(action="job.submitted").exists()


def test_pause_and_resume_of_a_waiting_job(submit, ada, sam, ledger):
    job = services.pause(submit(), ada)
    assert run(job).state == JobState.PAUSED
    assert ledger() == []
    job = services.resume(job, sam)
    assert (job.state, job.requested_by, job.created_by) == (JobState.QUEUED, sam, ada)
    assert run(job).state == JobState.DONE


def test_a_pause_can_be_taken_back_before_the_worker_sees_it(submit, ada):
    job = submit()
    Lease.claim(job.pk)
    services.pause(job, ada)
    job = services.resume(job, ada)
    assert (job.state, job.pause_requested) == (JobState.RUNNING, False)


def test_retry_runs_the_failed_items_alone(submit, ada, ledger):
    job = run(submit(scripts=["ok", "refuse", "fail"]))
    done = job.items.get(key="s0")
    job.items.filter(key="s1").update(params={"do": "ok"})
    job = run(services.retry_failed(job, ada))
    assert states(job) == ["done", "done", "failed"]
    assert ledger() == ["s0 ok", "s1 refuse", "s2 fail", "s1 ok", "s2 fail"]
    assert job.items.get(key="s0").finished_at == done.finished_at
    assert (job.state, job.done, job.failed) == (JobState.FAILED, 2, 1)
    assert not job.items.get(key="s1").message


def test_two_people_retrying_at_once_is_one_retry(submit, ada, sam):
    job = run(submit(scripts=["refuse"]))
    services.retry_failed(job, ada)
    with pytest.raises(services.NotPossible):
        services.retry_failed(job, ada)


def test_every_act_is_audited_with_its_actor(submit, ada):
    job = submit(scripts=["refuse"])
    services.pause(job, ada)
    services.resume(job, ada)
    run(job)
    services.retry_failed(job, ada)
    services.cancel(job, ada)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "actor__username"))
    assert actions == [(f"job.{name}", "ada") for name in ("submitted", "paused", "resumed", "retried", "cancelled")]
    assert "Cancelled by ada." in job.lines.values_list("text", flat=True)


# --- what needs a person ----------------------------------------------------------------------------------------


@pytest.fixture
def unsettled(submit):
    job = run(submit(scripts=["lost", "ok"]))
    assert job.state == JobState.NEEDS_PERSON
    return job.items.get(key="s0")


def test_a_person_settles_an_item_as_done(unsettled, ada):
    job = services.settle(unsettled, ada, "done", "Seen in the vendor's portal")
    assert (job.state, job.done, job.unsettled) == (JobState.DONE, 2, 0)
    unsettled.refresh_from_db()
    assert unsettled.message == "Settled by ada: Seen in the vendor's portal"
    assert AuditEntry.objects.filter(action="job.item_settled").exists()


def test_a_person_settles_an_item_as_failed_and_may_run_it_again(unsettled, ada):
    job = services.settle(unsettled, ada, "failed")
    assert (job.state, job.failed) == (JobState.FAILED, 1)
    assert services.retry_failed(job, ada).state == JobState.QUEUED


def test_a_person_has_it_checked_again(unsettled, ada, ledger):
    JobItem.objects.filter(pk=unsettled.pk).update(params={"do": "lost", "evidence": "done"})
    job = run(services.settle(unsettled, ada, "check"))
    assert job.state == JobState.DONE
    assert ledger() == ["s0 lost", "s0 asked", "s1 ok", "s0 asked"]
    unsettled.refresh_from_db()
    assert unsettled.message == "Found at the vendor."


def test_an_item_is_settled_once(unsettled, ada):
    services.settle(unsettled, ada, "done")
    with pytest.raises(services.NotPossible):
        services.settle(unsettled, ada, "failed")


# --- who may ----------------------------------------------------------------------------------------------------


def test_a_support_agent_may_stop_but_not_restart_what_spends(submit, sam):
    job = submit(scripts=["refuse"])  # this kind wants numbers.buy
    services.pause(job, sam)
    with pytest.raises(PermissionDenied):
        services.resume(job, sam)
    services.cancel(job, sam)


def test_an_auditor_may_only_look(submit, aud):
    job = submit()
    assert services.allowed(aud, job, "view")
    for action in (services.pause, services.cancel):
        with pytest.raises(PermissionDenied):
            action(job, aud)


def test_losing_a_role_takes_the_retry_of_ones_own_job_away(submit, ada):
    job = run(submit(scripts=["refuse"]))
    ada.role = Role.AUDITOR
    with pytest.raises(PermissionDenied):
        services.retry_failed(job, ada)


# --- schedules --------------------------------------------------------------------------------------------------


def test_a_due_schedule_becomes_one_job(ada):
    services.schedule("sync", "test.noop", title="Sync", every=timedelta(hours=1))
    assert len(services.start_scheduled()) == 1
    assert services.start_scheduled() == []
    row = Schedule.objects.get()
    assert row.next_run_at > timezone.now() + timedelta(minutes=59)
    assert row.last_job.created_by is None


def test_a_scheduled_run_that_is_still_at_work_is_not_doubled():
    services.schedule("sync", "test.noop", title="Sync", every=timedelta(hours=1))
    services.start_scheduled()
    Schedule.objects.update(next_run_at=timezone.now())
    assert services.start_scheduled() == []
    Job.objects.update(state=JobState.DONE)
    Schedule.objects.update(next_run_at=timezone.now())
    assert len(services.start_scheduled()) == 1


def test_a_schedule_can_be_changed_and_switched_off():
    services.schedule("sync", "test.noop", title="Sync", every=timedelta(hours=1))
    services.schedule("sync", "test.noop", title="Sync more", every=timedelta(hours=2), enabled=False)
    assert Schedule.objects.get().title == "Sync more"
    assert services.start_scheduled() == []


# --- what the frame shows ----------------------------------------------------------------------------------------


def test_the_bell_the_count_and_the_search(submit, ada, sam):
    job = run(submit(scripts=["refuse"], title="Move 300 numbers"))
    assert [notice.title for notice in services.notices(ada)] == ["Move 300 numbers: failed"]
    assert services.notices(sam) == []
    assert services.attention(ada) == 1
    assert services.attention(sam) == 0
    assert [hit.label for hit in services.search(sam, "300 num")] == ["Move 300 numbers"]
    assert services.notifications(ada) == [job]
    assert services.mark_seen(ada, job) == 1
    assert services.notifications(ada) == []
    assert services.attention(ada) == 0


def test_a_strip_says_that_no_worker_is_there(submit, ada):
    job = submit()
    assert services.strips(ada) == []
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now() - timedelta(minutes=5))
    assert services.strips(ada)[0].text.startswith("No worker is running: jobs wait since ")
    other = submit()
    Lease.claim(other.pk)
    assert services.strips(ada) == []  # somebody works; the first one just waits its turn
