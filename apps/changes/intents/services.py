"""Intents from the click to the last proof. Every move is one conditional update: whoever loses it does nothing.

`sending` is committed before the first byte. What is found sending is never sent again: it is settled from evidence
(`IntentKind.look`), or by a person.
"""

import os
import socket
import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.changes import approvals
from apps.changes.intents.kinds import Already, Finding, IntentKind, NoTrace, Verdict, Withdrawn, kinds
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.ui.formatting import money
from apps.vendors.core.client import Client
from apps.vendors.core.errors import NotSent, Refused, VendorError

CHECKS_KEPT = 20
CHECKS_NEEDED = 2  # looks that found nothing, before nothing counts as a proof

log = structlog.get_logger(__name__)


class Waiting(Exception):
    """Not yet: look again after `seconds`. The message tells people what is not known."""

    def __init__(self, seconds: float, message: str) -> None:
        self.seconds = seconds
        self.message = message
        super().__init__(message)


class NotPossible(Exception):
    """The intent does not stand, or the evidence does not speak, for that; the message says so to people."""


def kind_of(intent: Intent) -> IntentKind:
    """Return the intent's kind; KeyError when no installed app knows it."""
    return kinds[intent.kind]


# --- before sending -------------------------------------------------------------------------------------------


def draft(
    kind: type[IntentKind],
    *,
    connection: Connection,
    actor: User | None,
    about: str = "",
    subject: str = "",
    lane: str = "",
    params: Mapping[str, Any] | None = None,
    expected: Mapping[str, Any] | None = None,
    amount: Decimal | None = None,
    currency: str = "",
    confirmed: bool = False,
    key: uuid.UUID | None = None,
    repeats: Intent | None = None,
) -> Intent:
    """Store an intent, as a draft or confirmed at once; IntegrityError if its subject has one that is open or done.

    One that is confirmed at once raises as `confirm` does.
    """
    intent = Intent(
        key=key or uuid.uuid4(),
        kind=kind.key,
        connection=connection,
        about=about,
        subject=subject,
        lane=lane,
        params=dict(params or {}),
        expected=dict(expected or {}),
        amount=amount,
        currency=currency,
        created_by=actor,
        repeats=repeats,
    )
    if confirmed:
        intent.state, intent.confirmed_by, intent.confirmed_at = IntentState.CONFIRMED, actor, timezone.now()
        _guard(intent)
    with transaction.atomic():
        intent.save(force_insert=True)
    return intent


def confirm(intent: Intent, actor: User | None) -> bool:
    """Confirm a draft; False if it is none any more, as after the first of two clicks.

    Raises NeedsApproval for one that spends more than one person may.
    """
    drafts = Intent.objects.filter(pk=intent.pk, state=IntentState.DRAFT)
    with transaction.atomic():
        won = bool(drafts.update(state=IntentState.CONFIRMED, confirmed_by=actor, confirmed_at=timezone.now()))
        if won:
            intent.refresh_from_db()
            _guard(intent)
            _record("intent.confirmed", intent, actor)
    return won


def withdraw(intent: Intent, message: str, actor: User | None = None) -> bool:
    """Take back what was never sent; False if it is not a draft or confirmed any more. Its subject is free again."""
    with transaction.atomic():
        return _settle(
            intent, (IntentState.DRAFT, IntentState.CONFIRMED), IntentState.REFUSED, message=message, settled_by=actor
        )


# --- sending and settling -------------------------------------------------------------------------------------


def advance(intent: Intent, client: Client) -> Intent:
    """Take a confirmed intent as far as it goes now: send it, or look what became of it if it was cut off.

    Returns it done, refused or unknown. Raises Waiting while it is too early to tell or another call is under way in
    its lane, and the VendorError when the vendor refused (it is settled) or nothing was sent (it is confirmed again).
    """
    if intent.state != IntentState.CONFIRMED:  # else the claim finds out
        intent.refresh_from_db()
    while True:
        if intent.state == IntentState.CONFIRMED:
            _send(intent, client)
        elif intent.state == IntentState.SENDING:
            _look(intent, client)
        elif intent.state == IntentState.DRAFT:
            raise NotPossible("This was never confirmed, so it is not sent.")
        else:
            return intent


def settle(intent: Intent, client: Client, message: str = "It was not done, and nobody waits for it any more.") -> Intent:
    """Find out what became of an intent that was cut off, without ever sending it: what was not done stays undone.

    Raises Waiting while nothing is proven.
    """
    intent.refresh_from_db()
    if intent.state == IntentState.SENDING:
        _look(intent, client)
        intent.refresh_from_db()
    if intent.state == IntentState.CONFIRMED:
        withdraw(intent, message)
        intent.refresh_from_db()
    return intent


def check(intent: Intent, client: Client) -> Finding:
    """Look for evidence once more, whatever was found before; a proof that it happened settles it.

    For intents that are being sent or need a person; NotPossible for others.
    """
    intent.refresh_from_db()
    if intent.state not in {IntentState.SENDING, IntentState.UNKNOWN}:
        raise NotPossible("It is certain already what became of this.")
    finding = _ask(intent, client)
    if finding.verdict is Verdict.DONE:
        _done(intent, finding.result, finding=finding)
    else:
        _note_check(intent, finding)
    intent.refresh_from_db()
    return finding


def accept_done(intent: Intent, actor: User, result: Mapping[str, Any], message: str) -> None:
    """Settle an unknown intent as done because a person says so. NotPossible when it is not unknown any more."""
    won = _done(intent, result, states=(IntentState.UNKNOWN,), settled_by=actor, message=message)
    if not won:
        raise NotPossible("This is settled already.")


def accept_not_done(intent: Intent, actor: User, client: Client, message: str) -> None:
    """Settle an unknown intent as not done, on a person's word and a fresh look that finds nothing.

    NotPossible when the look shows anything else, or the request may still be alive.
    """
    if intent.claim_until and timezone.now() < intent.claim_until:
        raise NotPossible("It is too early: the request may still be under way at the vendor.")
    finding = check(intent, client)
    if finding.verdict is not Verdict.NOTHING:
        raise NotPossible(finding.says)
    with transaction.atomic():
        if not _settle(intent, (IntentState.UNKNOWN,), IntentState.REFUSED, message=message, settled_by=actor):
            raise NotPossible("This is settled already.")


def drop(intent: Intent, actor: User, message: str) -> bool:
    """Give up an unknown intent that spends nothing, on a person's word alone; False if it is not unknown any more."""
    if kind_of(intent).spends:
        raise NotPossible("What may have cost money is settled by evidence.")
    with transaction.atomic():
        return _settle(intent, (IntentState.UNKNOWN,), IntentState.REFUSED, message=message, settled_by=actor)


def _guard(intent: Intent) -> None:
    if kind_of(intent).spends:
        approvals.guard_spending(intent)


def _send(intent: Intent, client: Client) -> None:
    kind = kind_of(intent)
    try:
        expected = dict(kind.prepare(intent, client))
    except Withdrawn as reason:
        with transaction.atomic():
            _settle(intent, (IntentState.CONFIRMED,), IntentState.REFUSED, reason=reason, message=str(reason))
        return
    except Already as known:
        _done(intent, known.finding.result, states=(IntentState.CONFIRMED,), finding=known.finding)
        return
    except VendorError as error:
        _not_sent(intent, error, state=IntentState.CONFIRMED)
        raise
    owner = f"{socket.gethostname()[:50]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
    if not _claim(intent, kind, owner, expected):
        return
    try:
        result = kind.send(intent, client)
    except VendorError as error:
        if isinstance(error, NotSent) or error.sent == "no":
            _not_sent(intent, error, state=IntentState.SENDING, claim_owner=owner)
            raise
        if isinstance(error, Refused):
            _refused(intent, client, error)
            return
        _lost(intent, owner, error)
    else:
        _replied(intent, owner, result)


def _claim(intent: Intent, kind: IntentKind, owner: str, expected: Mapping[str, Any]) -> bool:
    """Commit that it is being sent; False if somebody else was quicker. Waiting if its lane is taken."""
    now = timezone.now()
    try:
        with transaction.atomic():
            return _change(
                intent,
                {"state": IntentState.CONFIRMED},
                state=IntentState.SENDING,
                claim_owner=owner,
                claim_until=now + timedelta(seconds=kind.claim_seconds * settings.INTENT_PATIENCE),
                sent_at=now,
                attempts=intent.attempts + 1,
                expected={**intent.expected, **expected},
                evidence={"not_sent": intent.evidence.get("not_sent", 0)},
                message="",
            )
    except IntegrityError:
        raise Waiting(1, "Another call on this cart is under way; this one waits for it.") from None


def _replied(intent: Intent, owner: str, result: Mapping[str, Any]) -> None:
    """Store a good reply. It outweighs whatever was concluded meanwhile, unless somebody else sent it again."""
    states = (IntentState.SENDING, IntentState.UNKNOWN, IntentState.CONFIRMED, IntentState.REFUSED)
    try:
        if _done(intent, result, states=states, owner=owner, proven=True):
            return
    except IntegrityError:  # its subject was taken up anew
        pass
    log.warning("intent.late_reply", intent=str(intent.key), kind=intent.kind, state=intent.state)
    with transaction.atomic():
        intent.refresh_from_db()
        kind_of(intent).late(intent, result)
        _record("intent.late_reply", intent, None)


def _not_sent(intent: Intent, error: VendorError, **where: Any) -> None:
    """Nothing was sent: it is confirmed again, and may be sent again."""
    evidence = {"not_sent": intent.evidence.get("not_sent", 0) + 1}
    back = {"state": IntentState.CONFIRMED, "claim_until": None, "message": error.user_message, "evidence": evidence}
    with transaction.atomic():
        if _change(intent, where, **back):
            kind_of(intent).not_sent(intent, error.user_message)


def _refused(intent: Intent, client: Client, error: VendorError) -> None:
    """The vendor said no: settled, unless a look shows that it had happened before."""
    if kind_of(intent).recheck_refusal:
        finding = _ask(intent, client)
        if finding.verdict is Verdict.DONE:
            _done(intent, finding.result, finding=finding)
            return
    with transaction.atomic():
        evidence = {**intent.evidence, "error": {**error.as_dict(), "exchange_id": error.exchange_id}}
        _settle(intent, (IntentState.SENDING,), IntentState.REFUSED, message=error.user_message, evidence=evidence)
    raise error


def _lost(intent: Intent, owner: str, error: VendorError) -> None:
    """No answer to trust: from now on only evidence speaks, and finding nothing must last a while to count."""
    until = timezone.now() + timedelta(seconds=kind_of(intent).settle_seconds * settings.INTENT_PATIENCE)
    _change(
        intent,
        {"state": IntentState.SENDING, "claim_owner": owner},
        claim_until=until,
        message=error.user_message,
        evidence={**intent.evidence, "error": {**error.as_dict(), "exchange_id": error.exchange_id}},
    )


def _look(intent: Intent, client: Client) -> None:
    """Look for evidence of an intent that is being sent and act on it; Waiting while nothing is proven."""
    kind = kind_of(intent)
    finding = _ask(intent, client)
    if finding.verdict is Verdict.DONE:
        _done(intent, finding.result, finding=finding)
        return
    checks = _note_check(intent, finding)
    now, until = timezone.now(), intent.claim_until or timezone.now()
    found_nothing = sum(check["verdict"] == Verdict.NOTHING for check in checks)
    patience = timedelta(seconds=kind.settle_seconds * settings.INTENT_PATIENCE)
    too_early = now < until + (patience if finding.verdict is Verdict.BLIND else timedelta())
    if too_early or (finding.verdict is Verdict.NOTHING and found_nothing < CHECKS_NEEDED):
        raise Waiting(_pause(intent), kind.waiting(intent))
    sending = {"state": IntentState.SENDING}
    with transaction.atomic():
        if finding.verdict is not Verdict.NOTHING or kind.no_trace is NoTrace.ASK:
            if _change(intent, sending, state=IntentState.UNKNOWN, message=finding.says):
                kind.undecided(intent, finding)
                _record("intent.undecided", intent, None)
        elif kind.no_trace is NoTrace.RESEND and intent.attempts < kind.max_attempts:
            if _change(intent, sending, state=IntentState.CONFIRMED, message=finding.says):
                _record("intent.settled", intent, None)
        else:
            tried = f" It was tried {intent.attempts} times." if intent.attempts > 1 else ""
            _settle(intent, (IntentState.SENDING,), IntentState.REFUSED, message=finding.says + tried)


def _ask(intent: Intent, client: Client) -> Finding:
    try:
        return kind_of(intent).look(intent, client)
    except VendorError as error:
        return Finding(Verdict.BLIND, f"It could not be checked whether this took effect: {error.user_message}")


def _note_check(intent: Intent, finding: Finding) -> list[dict[str, Any]]:
    """Keep a look that settled nothing, and return those since the intent was sent."""
    entry = {
        "at": timezone.now().isoformat(),
        "verdict": finding.verdict.value,
        "says": finding.says,
        "facts": dict(finding.facts),
    }
    checks = [*intent.checks, entry][-CHECKS_KEPT:]
    intent.evidence = {**intent.evidence, "checks": checks}
    states = (IntentState.SENDING, IntentState.UNKNOWN)
    Intent.objects.filter(pk=intent.pk, state__in=states).update(evidence=intent.evidence)
    return checks


def _done(
    intent: Intent,
    result: Mapping[str, Any],
    *,
    states: tuple[IntentState, ...] = (IntentState.SENDING, IntentState.UNKNOWN),
    owner: str = "",
    proven: bool = False,
    finding: Finding | None = None,
    settled_by: User | None = None,
    message: str = "",
) -> bool:
    """Settle an intent as done and store what it brought; False if it is not in one of `states` any more."""
    evidence = dict(intent.evidence)
    if finding is not None:
        evidence["finding"] = {"says": finding.says, "facts": dict(finding.facts)}
    where = {"state__in": states, **({"claim_owner": owner} if owner else {})}
    with transaction.atomic():
        won = _change(
            intent,
            where,
            state=IntentState.DONE,
            settled_at=timezone.now(),
            settled_by=settled_by,
            evidence=evidence,
            message=message or (finding.says if finding else ""),
        )
        if not won:
            return False
        kept = kind_of(intent).done(intent, result, proven=proven)
        Intent.objects.filter(pk=intent.pk).update(result=dict(kept))
        intent.result = dict(kept)
        # The call itself is in the log. What it does not tell is who else concluded what, and that money was spent.
        if kind_of(intent).spends or not proven:
            _record("intent.settled", intent, settled_by)
    return True


def _settle(
    intent: Intent, states: tuple[IntentState, ...], to: IntentState, *, reason: Withdrawn | None = None, **fields: Any
) -> bool:
    """Settle an intent as not done; False if it is not in one of `states` any more."""
    if not _change(intent, {"state__in": states}, state=to, settled_at=timezone.now(), **fields):
        return False
    if reason is None:
        kind_of(intent).not_done(intent, intent.message)
    else:
        kind_of(intent).withdrawn(intent, reason)
    if intent.confirmed_at:
        _record("intent.settled", intent, fields.get("settled_by"))
    return True


def _change(intent: Intent, where: Mapping[str, Any], **fields: Any) -> bool:
    """Change an intent if it still is as `where` says, and return whether it was. It is as stored afterwards."""
    won = bool(Intent.objects.filter(pk=intent.pk, **where).update(**fields))
    if won:
        for name, value in fields.items():
            setattr(intent, name, value)
    else:
        intent.refresh_from_db()
    return won


def _pause(intent: Intent) -> float:
    """Return the seconds until the next look: soon at first, then less often, and once when nothing proves it."""
    now = timezone.now()
    waited = (now - (intent.sent_at or now)).total_seconds()
    pause = min(max(waited / 2, settings.INTENT_PATIENCE), 30 * settings.INTENT_PATIENCE)
    left = ((intent.claim_until or now) - now).total_seconds()
    return min(pause, left) if left > 0 else pause


def _record(action: str, intent: Intent, actor: User | None) -> None:
    outcome = {IntentState.DONE: "ok", IntentState.REFUSED: "not_done"}.get(IntentState(intent.state), intent.state)
    last = intent.last_check
    audit.record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        connection_id=intent.connection_id,
        connection_name=intent.connection.name,
        target=intent.subject or intent.about,
        params={
            "intent": str(intent.key),
            "kind": intent.kind,
            "about": intent.about,
            **({"amount": money(intent.amount, intent.currency)} if intent.amount is not None else {}),
            **({"evidence": intent.evidence.get("finding") or last} if intent.evidence else {}),
        },
        outcome=outcome,
        error=intent.message if intent.state != IntentState.DONE else "",
    )
