"""Intents against a vendor that keeps a ledger, so that a write sent twice is seen."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.changes import intents
from apps.changes.intents import Already, Finding, IntentKind, NotPossible, NoTrace, Verdict, Waiting, Withdrawn
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.vendors.core.errors import OutcomeUnknown, RateLimited, Rejected, Unreachable

pytestmark = pytest.mark.django_db


@dataclass
class Vendor:
    """What the vendor did, and how it is to behave: one word a call, the last one for good."""

    replies: list[str] = field(default_factory=lambda: ["yes"])
    sees: list[str] = field(default_factory=lambda: ["ledger"])
    ledger: list[str] = field(default_factory=list)
    hook: Any = None  # called when a write arrives

    def write(self, key: str) -> str:
        if self.hook:
            self.hook()
        word = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if word == "unreachable":
            raise Unreachable("No way to it.")
        if word == "slow down":
            raise RateLimited("Too fast.")
        if word == "no":
            raise Rejected("Not like this.")
        if word != "lost before":
            self.ledger.append(key)
        if word.startswith("lost"):
            raise OutcomeUnknown("No answer came.")
        return f"receipt {len(self.ledger)}"

    def look(self, key: str) -> Finding:
        word = self.sees.pop(0) if len(self.sees) > 1 else self.sees[0]
        if word == "away":
            raise Unreachable("No way to it.")
        if word == "unclear":
            return Finding(Verdict.UNCLEAR, "Half of it is there.", {"half": True})
        if word == "ledger" and key in self.ledger:
            return Finding(Verdict.DONE, "The ledger shows it.", {"lines": len(self.ledger)}, {"receipt": "from the ledger"})
        return Finding(Verdict.NOTHING, "The ledger shows nothing.")


class _Write(IntentKind):
    claim_seconds = 60
    settle_seconds = 20

    def prepare(self, intent, client):
        if intent.params.get("prepare") == "withdraw":
            raise Withdrawn("The price changed.")
        if intent.params.get("prepare") == "already":
            raise Already(Finding(Verdict.DONE, "Somebody had done it."))
        if intent.params.get("prepare") == "away":
            raise Unreachable("No way to it.")
        return {"read": 1}

    def send(self, intent, client):
        return {"receipt": client.write(str(intent.key))}

    def look(self, intent, client):
        return client.look(str(intent.key))

    def done(self, intent, result, *, proven):
        return {**result, "proven": proven}

    def late(self, intent, result):
        Intent.objects.filter(pk=intent.pk).update(result={**intent.result, "late": result["receipt"]})


@intents.register
class Ask(_Write):
    key = "test.ask"
    spends = True


@intents.register
class Again(_Write):
    key = "test.again"
    no_trace = NoTrace.RESEND


@intents.register
class Leave(_Write):
    key = "test.leave"
    no_trace = NoTrace.NOT_DONE


@intents.register
class Doubt(_Write):
    key = "test.doubt"
    recheck_refusal = True


@pytest.fixture(autouse=True)
def impatient(settings):
    settings.INTENT_PATIENCE = 0.005  # a claim lives 0.3 s, evidence is looked for 0.1 s long


@pytest.fixture
def vendor():
    return Vendor()


@pytest.fixture
def intent(ada):
    """A function: a confirmed intent of a kind."""
    connection = Connection.objects.create(name="main", vendor="carrier", base_url="http://127.0.0.1:1")

    def make(kind=Ask, **more):
        return intents.draft(kind, connection=connection, actor=ada, **{"confirmed": True, **more})

    return make


def until_settled(intent, vendor):
    """Advance as a job does, waiting as long as it is told to."""
    deadline = timezone.now() + timedelta(seconds=20)
    while timezone.now() < deadline:
        try:
            return intents.advance(intent, vendor)
        except Waiting as waiting:
            threading.Event().wait(waiting.seconds)
    raise AssertionError("it never settled")


# --- the way there --------------------------------------------------------------------------------------------


def test_a_confirmed_intent_is_sent_once_and_keeps_what_came(intent, vendor):
    made = intents.advance(intent(), vendor)
    assert made.state == IntentState.DONE
    assert made.result == {"receipt": "receipt 1", "proven": True}
    assert made.expected == {"read": 1}
    assert intents.advance(made, vendor).state == IntentState.DONE
    assert len(vendor.ledger) == 1


def test_a_draft_is_never_sent(intent, vendor):
    with pytest.raises(NotPossible):
        intents.advance(intent(confirmed=False), vendor)
    assert vendor.ledger == []


def test_the_first_of_two_clicks_confirms(intent, ada):
    made = intent(confirmed=False)
    again = Intent.objects.get(pk=made.pk)
    assert intents.confirm(made, ada)
    assert not intents.confirm(again, ada)
    assert made.confirmed_by == ada
    assert AuditEntry.objects.filter(action="intent.confirmed").count() == 1


def test_sending_is_committed_before_the_first_byte(intent, vendor):
    made = intent()
    seen = []
    vendor.hook = lambda: seen.append(Intent.objects.get(pk=made.pk))
    intents.advance(made, vendor)
    assert seen[0].state == IntentState.SENDING
    assert seen[0].claim_owner
    assert seen[0].expected == {"read": 1}


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_sends(intent, vendor):
    made = intent()
    gate = threading.Event()
    vendor.hook = lambda: gate.wait(0.05)
    outcomes = []

    def work():
        try:
            outcomes.append(intents.advance(Intent.objects.get(pk=made.pk), vendor).state)
        except Waiting:
            outcomes.append("waiting")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.refresh_from_db()
    assert len(vendor.ledger) == 1, outcomes
    assert made.attempts == 1
    assert made.state == IntentState.DONE


def test_of_one_subject_one_intent_is_open_or_done(intent, vendor):
    made = intent(subject="order 1")
    with pytest.raises(IntegrityError):
        intent(subject="order 1")
    intents.advance(made, vendor)
    with pytest.raises(IntegrityError):
        intent(subject="order 1")


def test_a_refused_intent_frees_its_subject(intent, vendor):
    vendor.replies = ["no"]
    with pytest.raises(Rejected):
        intents.advance(intent(subject="order 1"), vendor)
    assert intent(subject="order 1").state == IntentState.CONFIRMED


def test_in_one_lane_one_call_is_under_way(intent, vendor):
    first, second = intent(lane="cart 1"), intent(lane="cart 1")
    caught = []

    def meanwhile():
        vendor.hook = None
        with pytest.raises(Waiting) as waiting:
            intents.advance(second, vendor)
        caught.append(waiting.value.message)

    vendor.hook = meanwhile
    intents.advance(first, vendor)
    assert "under way" in caught[0]
    assert intents.advance(second, vendor).state == IntentState.DONE
    assert len(vendor.ledger) == 2


# --- no, and not yet ------------------------------------------------------------------------------------------


def test_what_was_not_sent_is_confirmed_again(intent, vendor):
    vendor.replies = ["unreachable", "yes"]
    made = intent()
    with pytest.raises(Unreachable):
        intents.advance(made, vendor)
    made.refresh_from_db()
    assert (made.state, made.message) == (IntentState.CONFIRMED, "No way to it.")
    assert intents.advance(made, vendor).state == IntentState.DONE
    assert len(vendor.ledger) == 1


def test_being_told_to_slow_down_is_not_a_refusal(intent, vendor):
    vendor.replies = ["slow down", "yes"]
    made = intent()
    with pytest.raises(RateLimited):
        intents.advance(made, vendor)
    assert intents.advance(made, vendor).state == IntentState.DONE


def test_a_refusal_settles_it(intent, vendor):
    vendor.replies = ["no"]
    made = intent()
    with pytest.raises(Rejected):
        intents.advance(made, vendor)
    made.refresh_from_db()
    assert (made.state, made.message) == (IntentState.REFUSED, "Not like this.")
    assert made.evidence["error"]["error"] == "Rejected"


def test_a_refusal_of_what_had_happened_before_is_seen_through(intent, vendor):
    vendor.replies = ["no"]
    made = intent(Doubt)
    vendor.ledger.append(str(made.key))
    assert intents.advance(made, vendor).state == IntentState.DONE


def test_what_no_longer_holds_is_withdrawn_before_it_is_sent(intent, vendor):
    made = intents.advance(intent(params={"prepare": "withdraw"}), vendor)
    assert (made.state, made.message) == (IntentState.REFUSED, "The price changed.")
    assert vendor.ledger == []


def test_what_has_happened_already_is_not_sent(intent, vendor):
    made = intents.advance(intent(params={"prepare": "already"}), vendor)
    assert (made.state, made.message) == (IntentState.DONE, "Somebody had done it.")
    assert vendor.ledger == []


def test_a_read_that_fails_beforehand_leaves_it_confirmed(intent, vendor):
    made = intent(params={"prepare": "away"})
    with pytest.raises(Unreachable):
        intents.advance(made, vendor)
    made.refresh_from_db()
    assert made.state == IntentState.CONFIRMED
    assert made.attempts == 0


# --- lost answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Ask, Again, Leave])
def test_a_lost_answer_is_settled_by_the_evidence(intent, vendor, kind):
    vendor.replies = ["lost after"]
    made = until_settled(intent(kind), vendor)
    assert made.state == IntentState.DONE
    assert made.result == {"receipt": "from the ledger", "proven": False}
    assert made.message == "The ledger shows it."
    assert made.evidence["error"]["sent"] == "unknown"
    assert len(vendor.ledger) == 1


def test_no_trace_is_no_proof_before_the_request_must_be_dead(intent, vendor, settings):
    settings.INTENT_PATIENCE = 1
    vendor.replies = ["lost before"]
    made = intent(Again)
    for _ in range(4):
        with pytest.raises(Waiting) as waiting:
            intents.advance(made, vendor)
    assert made.state == IntentState.SENDING
    assert 0 < waiting.value.seconds <= 20
    assert "Nothing is sent again" in waiting.value.message
    assert len(made.checks) == 4


def test_a_late_trace_still_counts(intent, vendor):
    vendor.replies = ["lost before"]
    made = intent()
    with pytest.raises(Waiting):
        intents.advance(made, vendor)
    vendor.ledger.append(str(made.key))  # the vendor was slow
    assert until_settled(made, vendor).state == IntentState.DONE
    assert len(vendor.ledger) == 1


def test_without_a_trace_what_spends_waits_for_a_person(intent, vendor):
    vendor.replies = ["lost before"]
    made = until_settled(intent(Ask), vendor)
    assert (made.state, made.message) == (IntentState.UNKNOWN, "The ledger shows nothing.")
    assert len(made.checks) >= intents.services.CHECKS_NEEDED
    assert AuditEntry.objects.filter(action="intent.undecided").count() == 1
    assert vendor.ledger == []


def test_without_a_trace_what_spends_nothing_is_sent_again(intent, vendor):
    vendor.replies = ["lost before", "yes"]
    made = until_settled(intent(Again), vendor)
    assert made.state == IntentState.DONE
    assert made.attempts == 2
    assert len(vendor.ledger) == 1


def test_it_is_not_sent_again_for_ever(intent, vendor):
    vendor.replies = ["lost before"]
    made = until_settled(intent(Again), vendor)
    assert made.state == IntentState.REFUSED
    assert made.attempts == Again.max_attempts
    assert "tried 3 times" in made.message


def test_without_a_trace_some_are_settled_as_not_done(intent, vendor):
    vendor.replies = ["lost before"]
    made = until_settled(intent(Leave), vendor)
    assert (made.state, made.attempts) == (IntentState.REFUSED, 1)


def test_signs_that_do_not_fit_need_a_person(intent, vendor):
    vendor.replies, vendor.sees = ["lost after"], ["unclear"]
    made = until_settled(intent(Again), vendor)
    assert (made.state, made.message) == (IntentState.UNKNOWN, "Half of it is there.")
    assert made.last_check["facts"] == {"half": True}


def test_a_vendor_that_cannot_be_asked_is_no_evidence(intent, vendor):
    vendor.replies, vendor.sees = ["lost before"], ["away"]
    made = until_settled(intent(Again), vendor)
    assert made.state == IntentState.UNKNOWN
    assert "could not be checked" in made.message
    assert made.attempts == 1


def test_found_sending_it_is_not_sent_again(intent, vendor):
    """As after a SIGKILL: the row says sending, nobody is there any more."""
    made = intent(Ask)
    Intent.objects.filter(pk=made.pk).update(
        state=IntentState.SENDING, claim_owner="gone", sent_at=timezone.now(), claim_until=timezone.now()
    )
    assert until_settled(made, vendor).state == IntentState.UNKNOWN
    assert vendor.ledger == []


def test_an_answer_after_all_outweighs_what_was_concluded(intent, vendor):
    """The sender was only slow: meanwhile somebody looked and found nothing."""
    made = intent(Ask)
    vendor.hook = lambda: Intent.objects.filter(pk=made.pk).update(state=IntentState.UNKNOWN)
    assert intents.advance(made, vendor).state == IntentState.DONE
    assert made.result["proven"] is True


def test_an_answer_after_somebody_else_settled_it_is_not_lost(intent, vendor):
    made = intent(Again)

    def meanwhile():
        vendor.hook = None
        Intent.objects.filter(pk=made.pk).update(state=IntentState.DONE, claim_owner="another", result={"receipt": "theirs"})

    vendor.hook = meanwhile
    intents.advance(made, vendor)
    made.refresh_from_db()
    assert made.result == {"receipt": "theirs", "late": "receipt 1"}
    assert AuditEntry.objects.filter(action="intent.late_reply").count() == 1


# --- people ---------------------------------------------------------------------------------------------------


@pytest.fixture
def unknown(intent, vendor):
    vendor.replies = ["lost before"]
    return until_settled(intent(Ask, subject="order 1"), vendor)


def test_looking_again_settles_what_can_be_proven(unknown, vendor):
    assert intents.check(unknown, vendor).verdict is Verdict.NOTHING
    assert unknown.state == IntentState.UNKNOWN
    vendor.ledger.append(str(unknown.key))
    assert intents.check(unknown, vendor).verdict is Verdict.DONE
    assert unknown.state == IntentState.DONE


def test_a_person_can_say_that_it_was_done(unknown, ada):
    intents.accept_done(unknown, ada, {"receipt": "seen by ada"}, "Ada saw it.")
    assert (unknown.state, unknown.settled_by, unknown.message) == (IntentState.DONE, ada, "Ada saw it.")
    with pytest.raises(NotPossible):
        intents.accept_done(unknown, ada, {}, "Again.")


def test_a_person_can_say_that_it_was_not_done_after_a_fresh_look(unknown, ada, vendor):
    checks = len(unknown.checks)
    intents.accept_not_done(unknown, ada, vendor, "Ada says no.")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.settled_by) == (IntentState.REFUSED, ada)
    assert len(unknown.checks) == checks + 1


@pytest.mark.parametrize("sees", ["unclear", "away"])
def test_but_not_when_the_look_shows_something_else(unknown, ada, vendor, sees):
    vendor.sees = [sees]
    with pytest.raises(NotPossible):
        intents.accept_not_done(unknown, ada, vendor, "Ada says no.")
    assert unknown.state == IntentState.UNKNOWN


def test_a_look_that_proves_it_wins_over_the_person(unknown, ada, vendor):
    vendor.ledger.append(str(unknown.key))
    with pytest.raises(NotPossible, match="shows it"):
        intents.accept_not_done(unknown, ada, vendor, "Ada says no.")
    assert unknown.state == IntentState.DONE


def test_what_may_have_cost_money_is_not_dropped(unknown, ada):
    with pytest.raises(NotPossible):
        intents.drop(unknown, ada, "Never mind.")


def test_settling_never_sends(intent, vendor):
    """For calls whose sender has gone: what was not done stays undone."""
    vendor.replies = ["lost before"]
    made = intent(Again)
    with pytest.raises(Waiting):
        intents.advance(made, vendor)
    vendor.replies = ["yes"]
    while made.state not in {IntentState.REFUSED, IntentState.DONE}:
        try:
            intents.settle(made, vendor)
        except Waiting as waiting:
            threading.Event().wait(waiting.seconds)
    assert made.state == IntentState.REFUSED
    assert vendor.ledger == []
