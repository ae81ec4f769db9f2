"""What keeps the log provable over years: anchors of what was cut, signed checkpoints, rights on PostgreSQL."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from importlib import import_module
from os import urandom
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.audit import retention
from apps.audit.checkpoints import read_checkpoints, write_checkpoint
from apps.audit.models import AuditAnchor, AuditEntry, AuditHead
from apps.audit.services import record
from apps.audit.verify import Verification
from apps.jobs import services as jobs
from apps.jobs.models import JobState, Schedule
from tests.fixtures.database import remove_triggers
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kept(settings, tmp_path: Path) -> None:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.AUDIT_RETENTION_DAYS = 30
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def year(db: None) -> None:
    """Ten entries, one each ten days."""
    for number in range(10):
        with time_machine.travel(BEGIN + timedelta(days=10 * number), tick=False):
            record("a.b", actor=None, target=f"thing {number}")


def cut_on(day: int) -> AuditAnchor | None:
    with time_machine.travel(BEGIN + timedelta(days=day), tick=False):
        return retention.cut()


def findings(**more: object) -> list[str]:
    return [str(finding) for finding in Verification(checkpoints=read_checkpoints(), **more).findings()]


def test_old_entries_are_cut_off_and_the_rest_still_proves_itself(year, append_only_triggers):
    anchor = cut_on(75)
    assert (anchor.first, anchor.through) == (1, 5)  # days 0 to 40; the limit is day 45
    assert list(AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True)) == [6, 7, 8, 9, 10, 11]
    last = AuditEntry.objects.get(pk=11)
    assert (last.action, last.target, last.actor_label) == ("audit.cut", "#1 to #5", "portal")
    walk = Verification()
    assert list(walk.findings()) == []
    assert (walk.count, walk.cut) == (6, 5)
    second = cut_on(95)
    assert (second.first, second.through) == (6, 7)
    assert findings() == []
    assert cut_on(95) is None


def test_what_was_cut_is_not_found_by_searching(year, client_for):
    cut_on(75)
    page = client_for("aud").get("/audit/", {"q": "thing 2"}, headers={"hx-request": "true"})
    assert [entry.sequence for entry in page.context["listing"].rows] == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_search WHERE audit_search MATCH '\"thing 2\"'")
            assert cursor.fetchone() == (0,)


def test_the_first_entry_left_says_what_lies_before_it(year, client_for):
    cut_on(75)
    page = client_for("aud").get("/audit/6/")
    assert "It follows #5, which was kept long enough and cut off." in page.text
    assert page.context["holds"]


def test_nothing_is_cut_without_the_setting_or_from_a_broken_log(year, settings):
    settings.AUDIT_RETENTION_DAYS = 0
    assert cut_on(400) is None
    settings.AUDIT_RETENTION_DAYS = 30
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET target = 'other' WHERE sequence = 2")
    with pytest.raises(retention.Broken, match="#2: was changed"):
        cut_on(75)
    assert AuditEntry.objects.count() == 10
    with pytest.raises(CommandError, match="Nothing was cut"):
        call_command("audit", "cut")


def test_a_log_of_which_all_is_old_goes_on_after_the_cut(year):
    cut_on(400)
    assert list(AuditEntry.objects.values_list("sequence", "action")) == [(11, "audit.cut")]
    record("a.b", actor=None)
    assert findings() == []


@pytest.mark.parametrize(
    ("forgery", "said"),
    [
        ("UPDATE audit_auditanchor SET through = 6", "not signed with one of our keys"),
        ("UPDATE audit_auditanchor SET hash = repeat('0', 64)", "not signed with one of our keys"),
        ("UPDATE audit_auditanchor SET key = 'feedfeedfeedfeed'", "not signed with one of our keys"),
        ("UPDATE audit_auditanchor SET signature = 'none'", "not signed with one of our keys"),
        ("UPDATE audit_auditanchor SET first = 2", "without an anchor"),
        ("DELETE FROM audit_auditanchor", "#1: to #5 are missing"),
    ],
)
def test_a_forged_anchor_excuses_nothing(forgery, said, year):
    cut_on(75)
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute(forgery if connection.vendor == "postgresql" else forgery.replace("repeat('0', 64)", f"'{'0' * 64}'"))
    assert any(said in finding for finding in findings())


def test_entries_cut_past_the_portal_are_missed_though_somebody_writes_an_anchor(year):
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE sequence <= 5")
    sixth = AuditEntry.objects.get(pk=6)
    now = datetime.now(UTC)
    AuditAnchor.objects.create(
        first=1, through=5, hash=sixth.previous_hash, older_than=now, at=now, key="0" * 16, signature="AAAA"
    )
    assert "#1: to #5 were cut off by an anchor that is not signed with one of our keys" in findings()
    assert "#1: to #5 are missing (5 entries)" in findings()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET action = 'x' WHERE sequence = 7",
        "DELETE FROM audit_auditentry WHERE sequence = 7",
        "DELETE FROM audit_auditentry",
        "UPDATE audit_auditanchor SET through = 9",
        "DELETE FROM audit_auditanchor",
    ],
)
def test_the_door_opens_for_nothing_else(statement, year, append_only_triggers):
    cut_on(75)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert findings() == []


# --- checkpoints -------------------------------------------------------------------------------------------


def test_checkpoints_are_checked_by_verify(year, capsys):
    call_command("audit", "checkpoint")
    cut_on(75)
    call_command("audit", "checkpoint")
    call_command("audit", "verify")
    out = capsys.readouterr().out
    assert "2 signed checkpoints agree." in out
    assert "Up to #5 it was cut off by retention" in out


def test_an_empty_log_has_nothing_to_sign():
    assert write_checkpoint() is None


def test_a_log_rewritten_whole_is_found_by_a_checkpoint(year):
    path = write_checkpoint()
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry")
        cursor.execute("DELETE FROM audit_audithead")
    for _ in range(12):
        record("a.b", actor=None)
    assert findings() == [f"#10: is not the entry that had this number when {path.name} was signed"]


def test_a_log_put_back_to_an_older_state_is_found_by_a_checkpoint(year):
    write_checkpoint()
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry WHERE sequence > 4")
    AuditHead.objects.update(sequence=4, hash=AuditEntry.objects.get(pk=4).hash)
    assert findings() == ["#5: to #10 are missing (6 entries)"]


@pytest.mark.parametrize("field", ["kind", "sequence", "hash", "at", "public_key", "key", "signature", ""])
def test_a_changed_checkpoint_is_found(field, year):
    path = write_checkpoint()
    said = json.loads(path.read_text())
    if field:
        said[field] = 4 if field == "sequence" else "0" * 64
    path.write_text(json.dumps(said) if field else "{")
    assert len(findings()) == 1
    assert findings()[0].startswith(path.name)


def test_a_renamed_checkpoint_is_found(year):
    path = write_checkpoint()
    path.rename(path.with_name(path.name.replace("-10.json", "-9.json")))
    assert "has another number in its name" in findings()[0]


def test_a_new_key_in_front_leaves_what_the_old_one_signed(year, settings):
    write_checkpoint()
    cut_on(75)
    new = urlsafe_b64encode(urandom(32)).decode()
    old = settings.AUDIT_SIGNING_KEYS
    settings.AUDIT_SIGNING_KEYS = [new, *old]
    write_checkpoint()
    assert findings() == []
    settings.AUDIT_SIGNING_KEYS = [new]
    assert any("not signed with one of our keys" in finding for finding in findings())


# --- the daily job -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_each_day_a_job_proves_cuts_and_signs(settings):
    record("a.b", actor=None)
    job = run(jobs.submit("audit.upkeep", title="Prove the audit log", actor=None, items=[{"key": "log"}]))
    assert job.state == JobState.DONE
    assert "1 entry is whole. Signed in checkpoint-" in job.items.get().message
    assert len(list(settings.AUDIT_CHECKPOINT_DIR.glob("checkpoint-*.json"))) == 1
    remove_triggers()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET target = 'other'")
    job = run(jobs.submit("audit.upkeep", title="Prove the audit log", actor=None, items=[{"key": "log"}]))
    assert job.state == JobState.FAILED
    assert "The audit log is broken: #1: was changed" in job.items.get().message
    assert len(list(settings.AUDIT_CHECKPOINT_DIR.glob("checkpoint-*.json"))) == 1  # a broken log is not signed


def test_the_daily_job_is_scheduled():
    import_module("apps.audit.migrations.0007_schedule").start(apps, None)
    assert Schedule.objects.get(key="audit.upkeep").every == timedelta(days=1)


# --- rights on PostgreSQL ----------------------------------------------------------------------------------


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL has roles")
def test_the_role_of_the_portal_reads_and_appends_and_cuts_through_the_door(year, append_only_triggers):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE patchbay_app_test")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO patchbay_app_test")
    call_command("audit", "restrict", "patchbay_app_test")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE patchbay_app_test")
    for statement in (
        "UPDATE audit_auditentry SET action = 'x'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "DELETE FROM audit_auditanchor",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "SELECT audit_cut(5)",  # no anchor says so
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied|must be owner|append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    record("a.b", actor=None)
    assert cut_on(75).through == 5
    assert findings() == []
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_rights_cannot_be_set_for_the_owner_or_elsewhere():
    with pytest.raises(CommandError, match="owns the table" if connection.vendor == "postgresql" else "Only PostgreSQL"):
        call_command("audit", "restrict", connection.settings_dict["USER"] or "patchbay")
