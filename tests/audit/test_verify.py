"""Whatever is done to the log behind its back, the walk finds it and says where."""

import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F, QuerySet

from apps.accounts.models import User
from apps.audit import verify
from apps.audit.chain import SEALED, seal
from apps.audit.models import AuditEntry, AuditHead
from apps.audit.search import words_of
from apps.audit.services import record
from apps.audit.verify import Head, Verification

pytestmark = pytest.mark.django_db

OTHER = {
    "at": F("at") + timedelta(seconds=1),
    "connection_id": 8,
    "tenant_id": 8,
    "params": {"numbers": ["+12065550199"], "nested": {"a": 1}},
    "before": None,
    "after": {"status": "cancelled"},
    "duration": 0.26,
    "previous_hash": "0" * 64,
}


def findings(known: Head | None = None) -> list[tuple[int, str]]:
    return [(finding.sequence, finding.text) for finding in Verification(known).findings()]


def rewrite(entry: AuditEntry, **fields: object) -> None:
    """Change an entry as an attacker who knows how the chain is made would: with a fitting hash."""
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.hash, entry.search = seal(entry), words_of(entry)
    QuerySet(AuditEntry).filter(pk=entry.pk).update(**{name: getattr(entry, name) for name in (*fields, "hash", "search")})


def test_an_untouched_log_is_whole(five):
    walk = Verification()
    assert list(walk.findings()) == []
    assert (walk.count, walk.head) == (5, Head(5, five[-1].hash))


def test_an_empty_log_is_whole():
    assert findings() == []


@pytest.mark.parametrize("name", [name for name in SEALED if name != "sequence"])
def test_an_edit_of_any_field_is_found(name, five, tampered):
    if name == "actor_id":
        OTHER[name] = User.objects.create(username="eve", email="eve@example.net").pk
    tampered.filter(pk=3).update(**{name: OTHER.get(name, "other")})
    assert any(sequence == 3 for sequence, text in findings())


def test_an_edit_with_a_fitting_hash_is_found_at_the_next_entry(five, tampered):
    rewrite(five[2], outcome="refused")
    assert findings() == [(4, "does not follow #3: one of the two was rewritten or put in")]


def test_an_edit_of_the_last_entry_with_a_fitting_hash_is_found(five, tampered):
    rewrite(five[4], outcome="refused")
    assert findings() == [(5, "is not the entry the log ended with: its end was rewritten")]


def test_a_changed_hash_is_found(five, tampered):
    tampered.filter(pk=2).update(hash="f" * 64)
    assert [sequence for sequence, _ in findings()] == [2, 3]


@pytest.mark.parametrize(("gone", "where"), [([1], 1), ([3], 3), ([2, 3, 4], 2), ([5], 5), ([4, 5], 4)])
def test_missing_entries_are_found(gone, where, five, tampered):
    tampered.filter(pk__in=gone).delete()
    [(sequence, text)] = findings()
    assert sequence == where
    assert "missing" in text


def test_a_log_cut_off_and_continued_is_found(five, tampered):
    tampered.filter(pk__gte=4).delete()
    record("a.b", actor=None)
    assert findings() == [(4, "to #5 are missing (2 entries)")]


def test_a_log_emptied_altogether_is_found(five, tampered):
    tampered.all().delete()
    assert findings() == [(1, "to #5 are missing (5 entries)")]


def test_swapped_entries_are_found(five, tampered):
    tampered.filter(pk=2).update(sequence=99)
    tampered.filter(pk=3).update(sequence=2)
    tampered.filter(pk=99).update(sequence=3)
    assert {2, 3} <= {sequence for sequence, _ in findings()}


def test_an_entry_put_in_behind_the_end_is_found(five, tampered):
    forged = AuditEntry(sequence=6, at=five[4].at, action="a.b", outcome="ok", previous_hash=five[4].hash)
    forged.hash, forged.search = seal(forged), words_of(forged)
    forged.save()
    assert findings() == [(6, "was put in behind the end of the log")]


def test_an_entry_put_in_before_the_beginning_is_found(five, tampered):
    forged = AuditEntry(sequence=0, at=five[0].at, action="a.b", outcome="ok", previous_hash="0" * 64)
    forged.hash, forged.search = seal(forged), words_of(forged)
    forged.save()
    assert findings()[0] == (0, "was put in before the beginning of the log")


def test_a_log_rewritten_from_one_entry_on_is_found_by_a_head_kept_elsewhere(five, tampered):
    kept = Head(4, five[3].hash)
    for entry, before in zip(five[2:], five[1:], strict=False):
        rewrite(entry, outcome="refused", previous_hash=before.hash)
    AuditHead.objects.update(hash=five[4].hash)
    assert findings() == []
    assert findings(kept) == [(4, "is not the entry that had this number when the head was noted")]


def test_a_log_cut_off_together_with_its_head_is_found_by_a_head_kept_elsewhere(five, tampered):
    kept = Head(5, five[4].hash)
    tampered.filter(pk__gte=4).delete()
    AuditHead.objects.update(sequence=3, hash=five[2].hash)
    assert findings() == []
    assert findings(kept) == [(4, "to #5 are missing (2 entries)")]


def test_an_entry_hidden_from_the_search_is_found(five, tampered):
    tampered.filter(pk=2).update(search="")
    assert findings() == [(2, "was hidden from the search: its search text was changed")]


def test_a_deleted_head_is_found(five):
    AuditHead.objects.all().delete()
    assert findings() == [(5, "nothing says any more how far the log reached")]


def test_chunks_do_not_change_what_is_found(five, tampered, monkeypatch):
    monkeypatch.setattr(verify, "CHUNK", 2)
    assert findings() == []
    tampered.filter(pk=3).delete()
    assert findings() == [(3, "is missing")]


def test_entries_appended_during_the_walk_are_no_fault(five, monkeypatch):
    monkeypatch.setattr(verify, "CHUNK", 2)
    walk = Verification()
    original = walk._entry

    def append_meanwhile(entry):
        if entry.sequence in {2, 5}:
            record("a.b", actor=None)
        return original(entry)

    monkeypatch.setattr(walk, "_entry", append_meanwhile)
    assert list(walk.findings()) == []
    assert walk.count >= 6


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_auditentry SET action = 'x' WHERE sequence = 2", "DELETE FROM audit_auditentry WHERE sequence = 2"],
)
def test_the_database_itself_refuses_to_change_entries(statement, five, append_only_triggers):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert findings() == []


def test_the_triggers_can_be_installed_and_removed():
    migration = import_module("apps.audit.migrations.0003_append_only")
    assert set(migration.INSTALL) == set(migration.REMOVE) == {"sqlite", "postgresql"}


def test_verify_prints_the_count_and_the_head(five, capsys):
    call_command("audit", "verify")
    out = capsys.readouterr().out
    assert "whole: 5 entries" in out
    assert f"5:{five[4].hash}" in out


def test_verify_fails_and_says_where(five, tampered, capsys):
    tampered.filter(pk=2).update(outcome="ok, really")
    with pytest.raises(CommandError, match=r"broken: 5 entries read, 1 fault\.") as raised:
        call_command("audit", "verify")
    assert raised.value.returncode == 1
    assert "#2: was changed" in capsys.readouterr().err


def test_verify_takes_a_head(five):
    call_command("audit", "verify", "--head", f"3:{five[2].hash}")
    with pytest.raises(CommandError):
        call_command("audit", "verify", "--head", f"3:{'0' * 64}")
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("audit", "verify", "--head", "three")


def test_export_writes_json_lines(five, capsys):
    call_command("audit", "export")
    exported = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["sequence"] for line in exported] == [1, 2, 3, 4, 5]
    assert exported[4]["hash"] == five[4].hash
    assert exported[0]["params"] == five[0].params
    assert set(exported[0]) == {*SEALED, "hash"} - {"reason"}  # nobody gave one
    assert AuditEntry.objects.get(pk=6).action == "audit.exported"


def test_export_filters_by_time_and_action(five, capsys, tmp_path):
    record("sign_in.failed", actor=None)
    record("sign_out", actor=None)
    call_command("audit", "export", "--action", "sign_in.", "--action", "sign_out")
    assert len(capsys.readouterr().out.splitlines()) == 2
    day = five[0].at.date()
    call_command("audit", "export", "--from", str(day), "--to", str(day), "--output", str(tmp_path / "log.jsonl"))
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 8  # the export before this one is an entry too
    call_command("audit", "export", "--to", str(day - timedelta(days=1)))
    assert capsys.readouterr().out == ""
    with pytest.raises(CommandError, match="2026-11-21T10:00"):
        call_command("audit", "export", "--from", "yesterday")
    with pytest.raises(CommandError, match="Cannot write"):
        call_command("audit", "export", "--output", str(tmp_path / "missing" / "log.jsonl"))
