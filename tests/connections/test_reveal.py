"""Revealing a credential: who may, what is recorded first, and that no cache keeps it."""

import pytest
from django.db import DatabaseError

from apps.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
ADDRESS = "/connections/main-carrier/reveal/"
REASON = "Moving the account to the new switch"


def credential(connection) -> str:
    return connection.credentials.open()["token"]


def test_it_is_shown_in_one_answer_that_nobody_keeps(connection, client_for, ada):
    client = client_for(ada)
    before = client.get(ADDRESS)
    assert credential(connection) not in before.text
    for headers in ({}, {"hx-request": "true"}):
        answer = client.post(ADDRESS, {"field": "token", "reason": REASON, "ticket": "T-7"}, headers=headers)
        assert answer.status_code == 200
        assert credential(connection) in answer.text
        assert 'data-hide-after="30"' in answer.text
        assert "no-store" in answer["Cache-Control"]
        assert ("<html" in answer.text) is not bool(headers)
    assert credential(connection) not in client.get(ADDRESS).text


def test_who_looked_when_and_why_is_in_the_log(connection, client_for, ada):
    client_for(ada).post(ADDRESS, {"field": "token", "reason": REASON, "ticket": "T-7"})
    entry = AuditEntry.objects.get(action="connection.credential_revealed")
    assert (entry.actor, entry.reason, entry.ticket) == (ada, REASON, "T-7")
    assert (entry.connection_name, entry.target) == ("main-carrier", "main-carrier: Token")
    assert credential(connection) not in str(vars(entry))
    assert REASON in client_for("aud").get(entry.get_absolute_url()).text


def test_nothing_is_shown_when_it_cannot_be_recorded(connection, client_for, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk full")

    client = client_for("ada")
    client.raise_request_exception = False
    monkeypatch.setattr("apps.connections.reveal.record", fail)
    answer = client.post(ADDRESS, {"field": "token", "reason": REASON})
    assert answer.status_code == 500
    assert credential(connection) not in answer.text


@pytest.mark.parametrize(
    "typed",
    [{"field": "token"}, {"field": "token", "reason": "why"}, {"field": "accountno", "reason": REASON}, {"reason": REASON}],
)
def test_without_a_reason_or_for_what_is_no_secret_nothing_is_shown(typed, connection, client_for):
    answer = client_for("ada").post(ADDRESS, typed)
    assert answer.status_code == 422
    assert credential(connection) not in answer.text
    assert not AuditEntry.objects.filter(action="connection.credential_revealed").exists()


@pytest.mark.parametrize("person", ["sam", "aud"])
def test_only_administrators_may(person, connection, client_for):
    answer = client_for(person).post(ADDRESS, {"field": "token", "reason": REASON})
    assert answer.status_code == 403
    assert credential(connection) not in answer.text
    assert AuditEntry.objects.filter(action="access.denied", error="Needs the permission connections.reveal.").exists()
    assert "Reveal a credential" not in client_for(person).get("/connections/main-carrier/").text
