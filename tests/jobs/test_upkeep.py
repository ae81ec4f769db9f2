"""What the portal does for itself: looking at connections nobody uses, and forgetting routine jobs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.services import add_connection
from apps.jobs import services
from apps.jobs.models import Job, JobState, Schedule
from apps.jobs.upkeep import KEPT_SCHEDULED, PROBED_AFTER
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.people import ClientFor
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_upkeep(settings: object) -> None:
    settings.CELERY_BROKER_URL = "memory://"  # type: ignore[attr-defined]  # nobody listens: the test runs its jobs itself
    Schedule.objects.all().delete()
    for key in ("connections.probe", "jobs.forget"):
        services.schedule(key, key, title=key, every=timedelta(minutes=1))


def connect(name: str, url: str, **fields: object) -> Connection:
    made = add_connection(name=name, vendor="carrier", actor=None, base_url=url, fields={"token": "t", "accountno": "1"})
    Connection.objects.filter(pk=made.pk).update(**fields)
    return made


def test_connections_that_nobody_used_are_looked_at(carrier: CarrierSandbox) -> None:
    now = timezone.now()
    quiet = connect("quiet", carrier.url, last_ok_at=now - PROBED_AFTER - timedelta(seconds=1))
    down = connect("down", "http://127.0.0.1:9")
    connect("busy", carrier.url, last_ok_at=now - timedelta(minutes=1))
    connect("off", carrier.url, enabled=False)
    (job,) = services.start_scheduled()
    assert sorted(job.items.values_list("key", flat=True)) == ["down", "quiet"]
    assert run(job).state == JobState.DONE
    quiet.refresh_from_db()
    down.refresh_from_db()
    assert quiet.last_failed_at > now  # it answered, and refused the credential
    assert "Nothing was sent" in down.last_error
    assert services.start_scheduled() == []


def test_only_routine_that_ended_well_is_forgotten(submit: object, ada: object) -> None:
    old = timezone.now() - KEPT_SCHEDULED - timedelta(minutes=1)
    asked = submit(count=1)  # type: ignore[operator]
    made = {
        state: services.submit("test.noop", title=state, actor=None, items=[{"key": "1"}])
        for state in (JobState.DONE, JobState.FAILED, JobState.NEEDS_PERSON)
    }
    fresh = services.submit("test.noop", title="fresh", actor=None, items=[{"key": "1"}])
    Job.objects.filter(pk__in=[asked.pk, made[JobState.DONE].pk]).update(state=JobState.DONE, finished_at=old)
    Job.objects.filter(pk=made[JobState.FAILED].pk).update(state=JobState.FAILED, finished_at=old)
    Job.objects.filter(pk=made[JobState.NEEDS_PERSON].pk).update(state=JobState.NEEDS_PERSON, finished_at=old)
    Job.objects.filter(pk=fresh.pk).update(state=JobState.DONE, finished_at=timezone.now())
    (job,) = services.start_scheduled()
    assert run(job).state == JobState.DONE
    left = set(Job.objects.exclude(pk=job.pk).values_list("title", flat=True))
    assert left == {asked.title, "failed", "needs_person", "fresh"}


def test_routine_is_shown_to_who_asks_for_it(ada: object, client_for: ClientFor) -> None:
    done = services.submit("test.noop", title="Every minute", actor=None, items=[{"key": "1"}])
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE, finished_at=timezone.now())
    client = client_for("ada")
    assert "Every minute" not in client.get("/jobs/").content.decode()
    assert "Every minute" in client.get("/jobs/?person=schedule").content.decode()
    Job.objects.filter(pk=done.pk).update(state=JobState.FAILED)
    assert "Every minute" in client.get("/jobs/").content.decode()
