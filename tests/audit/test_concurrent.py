"""Appends from many threads, with a database of their own each, still make one chain."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.audit.verify import Verification

THREADS, EACH = 6, 15


@pytest.mark.django_db(transaction=True)
def test_concurrent_appends_keep_one_chain():
    together = Barrier(THREADS)

    def append(worker: int) -> None:
        together.wait()
        try:
            for turn in range(EACH):
                with transaction.atomic():
                    record("a.b", actor=None, params={"worker": worker, "turn": turn})
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(append, range(THREADS)))

    walk = Verification()
    assert list(walk.findings()) == []
    assert walk.count == THREADS * EACH
    turns = [entry.params["turn"] for entry in AuditEntry.objects.order_by("sequence") if entry.params["worker"] == 0]
    assert turns == list(range(EACH))


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_transaction_rolled_back_leaves_no_gap():
    record("a.first", actor=None)
    with transaction.atomic():
        record("a.lost", actor=None)
        transaction.set_rollback(True)
    record("a.second", actor=None)
    assert list(Verification().findings()) == []
    assert [entry.action for entry in AuditEntry.objects.order_by("sequence")] == ["a.first", "a.second"]
