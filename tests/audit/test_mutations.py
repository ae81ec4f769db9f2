"""Whatever is done to the log, anywhere, by somebody with the database's password: the walk finds it and says where."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.chain import SEALED, seal
from apps.audit.checkpoints import Checkpoint
from apps.audit.models import AuditEntry, AuditHead
from apps.audit.search import words_of
from apps.audit.services import record
from apps.audit.verify import Verification
from tests.fixtures.database import remove_triggers

pytestmark = pytest.mark.django_db
SIZE = 12
PLACES = st.integers(1, SIZE)
EVERY_CASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_OTHER = {
    "at": F("at") + timedelta(seconds=1),
    "connection_id": 8,
    "tenant_id": 8,
    "actor_id": None,
    "params": {"a": 2},
    "before": {"a": 1},
    "after": {"a": 1},
    "duration": 0.5,
}
EDITABLE = [name for name in SEALED if name not in {"sequence", "actor_id"}]


@pytest.fixture
def log(db: None) -> None:
    for number in range(SIZE):
        record("a.b", actor=None, target=f"thing {number}", params={"n": number}, reason="why" if number % 2 else "")
    remove_triggers()


def _findings(checkpoints: list[Checkpoint] | None = None) -> list[int]:
    return [finding.sequence for finding in Verification(checkpoints=checkpoints or []).findings()]


def _after(mutate: Callable[["QuerySet[AuditEntry]"], None], checkpoints: list[Checkpoint] | None = None) -> list[int]:
    """Return the places the walk names after `mutate`, which is undone again."""
    with transaction.atomic():
        mutate(QuerySet(AuditEntry))
        found = _findings(checkpoints)
        transaction.set_rollback(True)
    assert _findings() == []
    return found


def _checkpoint() -> Checkpoint:
    return Checkpoint("checkpoint.json", SIZE, AuditEntry.objects.get(pk=SIZE).hash)


@EVERY_CASE
@given(place=PLACES, field=st.sampled_from(EDITABLE))
def test_edits(log: None, place: int, field: str) -> None:
    found = _after(lambda entries: entries.filter(pk=place).update(**{field: _OTHER.get(field, "other")}))
    assert found[0] == place


@EVERY_CASE
@given(place=PLACES)
def test_edits_with_a_fitting_hash(log: None, place: int) -> None:
    def mutate(entries: "QuerySet[AuditEntry]") -> None:
        entry = entries.get(pk=place)
        entry.outcome = "refused"
        entries.filter(pk=place).update(outcome="refused", hash=seal(entry), search=words_of(entry))

    assert _after(mutate)[0] == min(place + 1, SIZE)  # the next one no longer follows; of the last, the head says so


@EVERY_CASE
@given(first=PLACES, length=st.integers(1, SIZE))
def test_deletions_and_truncations(log: None, first: int, length: int) -> None:
    found = _after(lambda entries: entries.filter(pk__gte=first, pk__lt=first + length).delete())
    assert found == [first]


@EVERY_CASE
@given(place=st.integers(0, SIZE - 1))
def test_truncations_together_with_the_head(log: None, place: int) -> None:
    """The chain alone cannot show these; what was signed before can."""
    kept = _checkpoint()

    def mutate(entries: "QuerySet[AuditEntry]") -> None:
        entries.filter(pk__gt=place).delete()
        last = entries.filter(pk=place).first()
        AuditHead.objects.update(sequence=place, hash=last.hash if last else "0" * 64)

    assert _after(mutate, [kept]) == [place + 1]


@EVERY_CASE
@given(place=st.integers(0, SIZE))
def test_insertions(log: None, place: int) -> None:
    """Put in after `place`, with all that follows moved up and the newcomer sealed as it should be."""

    def mutate(entries: "QuerySet[AuditEntry]") -> None:
        for sequence in range(SIZE, place, -1):
            entries.filter(pk=sequence).update(sequence=sequence + 1)
        before = entries.filter(pk=place).first()
        forged = AuditEntry(
            sequence=place + 1, at=entries.order_by("-sequence")[0].at, action="a.b", outcome="ok",
            previous_hash=before.hash if before else "0" * 64,
        )  # fmt: skip
        forged.hash, forged.search = seal(forged), words_of(forged)
        forged.save()

    assert _after(mutate)[0] in {place + 1, place + 2}


@EVERY_CASE
@given(places=st.lists(PLACES, min_size=2, max_size=2, unique=True))
def test_reorderings(log: None, places: list[int]) -> None:
    one, other = sorted(places)

    def mutate(entries: "QuerySet[AuditEntry]") -> None:
        entries.filter(pk=one).update(sequence=999)
        entries.filter(pk=other).update(sequence=one)
        entries.filter(pk=999).update(sequence=other)

    assert _after(mutate)[0] == one


@EVERY_CASE
@given(place=PLACES)
def test_everything_rewritten_from_one_entry_on(log: None, place: int) -> None:
    """With fitting hashes to the end and a fitting head: only what was signed before shows it."""
    kept = _checkpoint()

    def mutate(entries: "QuerySet[AuditEntry]") -> None:
        previous = entries.get(pk=place).previous_hash
        for entry in entries.filter(pk__gte=place).order_by("sequence"):
            entry.outcome, entry.previous_hash = "refused", previous
            previous = entry.hash = seal(entry)
            entries.filter(pk=entry.pk).update(
                outcome=entry.outcome, previous_hash=entry.previous_hash, hash=entry.hash, search=words_of(entry)
            )
        AuditHead.objects.update(hash=previous)

    assert _after(mutate, [kept]) == [SIZE]
