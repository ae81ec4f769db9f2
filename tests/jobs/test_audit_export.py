"""Exports of the audit log: a job writes exactly what the filter showed; the file is its person's alone, for a day."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.canonical import digest
from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.jobs.auditing import exports
from apps.jobs.models import Job, JobState
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def log() -> None:
    for number in range(7):
        ticket = "T-1" if number % 2 else "T-2"
        target = '=1+1,"x"' if number == 1 else "+12065550100"
        record("a.b", actor=None, ticket=ticket, target=target, params={"n": number, "ü": "é"}, error="two\nlines")


def exported(client, query: str, form: str) -> tuple[Job, str]:
    answer = client.post(f"/audit/export/?{query}", {"format": form})
    assert answer.status_code == 302, answer.text
    job = run(Job.objects.latest("pk"))
    assert job.state == JobState.DONE, job.message
    got = client.get(job.return_url)
    assert got.status_code == 200
    assert got["Cache-Control"] == "no-store"
    return job, b"".join(got.streaming_content).decode()


def test_csv_holds_exactly_what_the_filter_shows(client_for, log, monkeypatch):
    monkeypatch.setattr(exports, "STRETCH", 2)  # many parts
    job, text = exported(client_for("aud"), "ticket=T-1", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["sequence"] for row in rows] == [
        str(pk) for pk in AuditEntry.objects.filter(ticket="T-1").order_by("pk").values_list("pk", flat=True)
    ]
    assert rows[0]["target"] == '\'=1+1,"x"'  # no formula for a spreadsheet
    assert rows[1]["target"] == "+12065550100"
    assert json.loads(rows[0]["params"]) == {"n": 1, "ü": "é"}
    assert "3 entries exported" in job.message
    assert not list(exports.file_of(job).parent.glob("*.part"))


def test_json_can_be_verified_elsewhere(client_for, log, monkeypatch):
    monkeypatch.setattr(exports, "STRETCH", 3)
    _, text = exported(client_for("aud"), "", "json")
    entries = json.loads(text)
    assert len(entries) >= 7
    for one, after in zip(entries, entries[1:], strict=False):
        assert after["previous_hash"] == one["hash"]
        assert digest({name: value for name, value in one.items() if name != "hash"}) == one["hash"]


def test_what_comes_later_is_not_in_it(client_for, log):
    client = client_for("aud")
    last = AuditEntry.objects.order_by("-pk")[0].pk
    client.post("/audit/export/", {"format": "json"})
    record("a.later", actor=None)
    job = run(Job.objects.latest("pk"))
    assert max(one["sequence"] for one in json.loads(exports.file_of(job).read_text())) == last


def test_nothing_to_export_is_an_empty_file(client_for, log):
    assert json.loads(exported(client_for("aud"), "ticket=T-none", "json")[1]) == []
    assert exported(client_for("aud"), "ticket=T-none", "csv")[1].count("\n") == 1


def test_days_are_those_of_the_person(client_for, aud):
    User.objects.filter(pk=aud.pk).update(time_zone="America/Los_Angeles")
    with time_machine.travel(datetime(2026, 3, 2, 7, 59, tzinfo=UTC)):
        late_on_the_first = record("a.b", actor=None)
    with time_machine.travel(datetime(2026, 3, 2, 8, 1, tzinfo=UTC)):
        record("a.b", actor=None)
    _, text = exported(client_for("aud"), "since=2026-03-01&until=2026-03-01", "json")
    assert [one["sequence"] for one in json.loads(text)] == [late_on_the_first.sequence]


def test_exporting_and_fetching_are_in_the_log(client_for, log, aud):
    job, _ = exported(client_for("aud"), "ticket=T-1", "csv")
    written, fetched = AuditEntry.objects.filter(action__in=["audit.exported", "audit.downloaded"]).order_by("pk")
    assert written.params["filter"] == fetched.params["filter"] == "ticket=T-1"
    assert (written.params["entries"], written.actor, fetched.actor) == (3, aud, aud)
    assert written.target == fetched.target == f"job {job.public_id}"
    assert written.request_id == job.request_id


def test_the_file_is_its_persons_alone_and_for_a_day(client_for, log):
    job, _ = exported(client_for("aud"), "", "csv")
    assert client_for("ada").get(job.return_url).status_code == 404
    assert client_for("sam").get(job.return_url).status_code == 403
    assert oct(exports.file_of(job).parent.stat().st_mode)[-3:] == "700"
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        answer = client_for("aud").get(job.return_url)
        assert answer.status_code == 410
        assert "kept for 24 hours" in answer.text
        exports.remove_expired()
    assert not exports.file_of(job).exists()


def test_a_filter_that_cannot_be_read_exports_nothing(client_for, log):
    for answer in (
        client_for("aud").post("/audit/export/?since=yesterday", {"format": "csv"}),
        client_for("aud").post("/audit/export/", {"format": "exe"}),
    ):
        assert answer.status_code == 422
    assert not Job.objects.filter(kind="audit.export").exists()


def test_the_page_before_says_how_many(client_for, log):
    page = client_for("aud").get("/audit/export/?ticket=T-1")
    assert "3 entries with: " in page.text
    assert "ticket T-1" in page.text
    assert "cannot be read" in client_for("aud").get("/audit/export/?since=yesterday").text
