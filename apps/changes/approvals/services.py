"""A request for a second person, from the question to its one use.

Every move is one conditional update: whoever loses it does nothing. What was approved is known by its fingerprint, and
`clear` compares it with what is about to be done, in the transaction that does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import PERMISSIONS, allows
from apps.accounts.signin.invitations import can_mail
from apps.audit.services import record
from apps.changes.approvals.kinds import ApprovalKind, kinds, thing_of
from apps.changes.approvals.policy import current, over_limit
from apps.changes.errors import NeedsApproval, NotPossible
from apps.changes.models import Approval, ApprovalComment, ApprovalState, Intent
from apps.jobs import services as jobs

DECIDED_WITHIN = timedelta(days=7)
USED_WITHIN = timedelta(days=1)
OPEN = (ApprovalState.ASKED, ApprovalState.APPROVED)
OWN = "Nobody approves their own: somebody else has to decide."


@dataclass(frozen=True)
class Standing:
    """How one thing stands with its second person. `approval` is the newest request for it, good or not."""

    reasons: list[str]  # why a second person is needed; none when nobody is
    approval: Approval | None
    cleared: bool  # somebody approved exactly this
    changed: bool  # what the newest request was about is not what it is now

    @property
    def blocked(self) -> bool:
        """Whether it cannot be done until somebody else agrees."""
        return bool(self.reasons) and not self.cleared

    @property
    def waiting(self) -> bool:
        """Whether exactly this waits for a decision."""
        return bool(self.approval and self.approval.is_waiting and not self.changed)


def standing(kind_of: type[ApprovalKind], thing: Any) -> Standing:
    """Return how `thing` stands now, for its own page."""
    kind = kinds[kind_of.key]
    reasons = kind.reasons(thing, current())
    latest = _requests(kind, thing).select_related("asked_by", "decided_by").first()
    if latest is None:
        return Standing(reasons, None, cleared=False, changed=False)
    same = latest.fingerprint == kind.fingerprint(thing)
    return Standing(reasons, latest, cleared=same and latest.is_good, changed=not same)


# --- asking -------------------------------------------------------------------------------------------------


def ask(kind_of: type[ApprovalKind], thing: Any, actor: User, reason: str) -> Approval:
    """Ask for a second person; a second click returns the same request. Those who can decide are told.

    Raises PermissionDenied, and NotPossible when nobody needs to be asked, or not as things stand.
    """
    kind = kinds[kind_of.key]
    if not actor.may(kind.permission(thing)):
        raise PermissionDenied(kind.permission(thing))
    reason = reason.strip()
    if not reason:
        raise NotPossible("Say why it is wanted, so that somebody else can decide.")
    with transaction.atomic():
        if obstacle := kind.obstacle(thing):
            raise NotPossible(obstacle)
        reasons = kind.reasons(thing, current())
        if not reasons:
            raise NotPossible("No second person is needed for this.")
        known, fingerprint = _requests(kind, thing).filter(state__in=OPEN).first(), kind.fingerprint(thing)
        if known and known.fingerprint == fingerprint and not known.is_over:
            return known
        if known:
            _expire(known, "It changed since, and was asked for anew.")
        try:
            with transaction.atomic():
                approval = _store(kind, thing, actor, reason, reasons, fingerprint)
        except IntegrityError:  # somebody asked at the same moment
            known = _requests(kind, thing).filter(state__in=OPEN).first()
            if known is None:
                raise NotPossible("Somebody asked at the same moment and took it back. Ask again.") from None
            return known
        _tell(approval, deciders(approval), "asked")
        _record("approval.asked", approval, actor, reason=reason, params={"why": reasons, **approval.facts})
    return approval


def withdraw(approval: Approval, actor: User) -> None:
    """Take a request back, waiting or approved. Raises PermissionDenied for anybody but who asked, and NotPossible."""
    if approval.asked_by_id != actor.pk or not actor.may("approvals.view"):
        raise PermissionDenied("withdrawing what somebody else asked for")
    with transaction.atomic():
        _move(approval, Approval.objects.filter(state__in=OPEN), state=ApprovalState.WITHDRAWN, ended_at=timezone.now())
        _record("approval.withdrawn", approval, actor)


def comment(approval: Approval, actor: User, text: str) -> ApprovalComment:
    """Say something about a request that is still open. Raises PermissionDenied, NotPossible."""
    text = text.strip()
    if not may_comment(approval, actor):
        raise PermissionDenied("approvals.decide")
    if not text:
        raise NotPossible("There is nothing to say yet.")
    if approval.is_over:
        raise NotPossible(_why_not(approval))
    with transaction.atomic():
        said = ApprovalComment.objects.create(approval=approval, author=actor, text=text)
        _record("approval.commented", approval, actor, reason=text)
    return said


# --- deciding -----------------------------------------------------------------------------------------------


def cannot_decide(approval: Approval, person: User) -> str:
    """Return why `person` may not decide about a request, as a sentence; "" when they may."""
    if not person.may("approvals.decide") or not person.may(approval.permission):
        return "Your role does not cover deciding about this."
    if not Approval.objects.visible_to(person).filter(pk=approval.pk).exists():
        return "This reaches past what you may see."
    kind, thing = thing_of(approval)
    owners = {approval.asked_by_id, approval.owner_id, kind.owner(thing).pk if kind and thing else None}
    return OWN if person.pk in owners else ""


def may_comment(approval: Approval, person: User) -> bool:
    """Return whether `person` takes part in the conversation: who asked, and who could decide of their kind."""
    return approval.asked_by_id == person.pk or (person.may("approvals.decide") and person.may(approval.permission))


def approve(approval: Approval, actor: User, words: str = "") -> None:
    """Agree to exactly what was asked for. Raises PermissionDenied, and NotPossible when it changed or is over."""
    _permit(approval, actor)
    kind, thing = thing_of(approval)
    if kind is None or thing is None:
        raise NotPossible("What this is about is not there any more.")
    with transaction.atomic():
        if obstacle := kind.obstacle(thing):
            raise NotPossible(obstacle)
        if kind.fingerprint(thing) != approval.fingerprint:
            raise NotPossible("It has changed since it was asked for, so it cannot be approved. It has to be asked for anew.")
        _decide(approval, actor, ApprovalState.APPROVED, words, expires_at=timezone.now() + USED_WITHIN)


def refuse(approval: Approval, actor: User, words: str) -> None:
    """Say no, and why. Raises PermissionDenied, NotPossible."""
    _permit(approval, actor)
    if not words.strip():
        raise NotPossible("Say why not, so that who asked knows what to change.")
    with transaction.atomic():
        _decide(approval, actor, ApprovalState.REFUSED, words)


def _decide(approval: Approval, actor: User, to: ApprovalState, words: str, **more: datetime) -> None:
    waiting = Approval.objects.filter(state=ApprovalState.ASKED)
    _move(approval, waiting, state=to, decided_by=actor, decided_at=timezone.now(), comment=words.strip(), **more)
    _tell(approval, [approval.asked_by], "decided")
    _record(f"approval.{to.value}", approval, actor, reason=words.strip(), params=approval.facts)


def _permit(approval: Approval, actor: User) -> None:
    if why := cannot_decide(approval, actor):
        raise PermissionDenied(why)


# --- using it -----------------------------------------------------------------------------------------------


def clear(kind_of: type[ApprovalKind], thing: Any, actor: User, *, used_for: str) -> Approval | None:
    """Let `thing` be done, in the transaction that does it: use up its approval, if the policy wants one.

    `used_for` names the one thing that is let go; it may be asked about again and again. Raises NeedsApproval.
    """
    kind = kinds[kind_of.key]
    reasons = kind.reasons(thing, current())
    mine = _requests(kind, thing)
    latest = mine.first()
    if latest is None and reasons:
        raise NeedsApproval(reasons)
    if latest is None or (latest.is_over and not reasons):
        return None
    same = mine.filter(fingerprint=kind.fingerprint(thing))
    if used := same.filter(state=ApprovalState.USED, used_for=used_for).first():
        return used
    now = timezone.now()
    good = same.filter(state=ApprovalState.APPROVED, expires_at__gt=now).first()
    if good and Approval.objects.filter(pk=good.pk, state=ApprovalState.APPROVED, expires_at__gt=now).update(
        state=ApprovalState.USED, used_by=actor, ended_at=now, used_for=used_for
    ):
        good.refresh_from_db()
        by = {"asked_by": good.asked_by.get_username(), "approved_by": good.decided_by and good.decided_by.get_username()}
        _record("approval.used", good, actor, params={**good.facts, **by})
        return good
    if reasons:
        raise NeedsApproval(reasons, _what_became(latest, kind.fingerprint(thing)))
    return None


def was_cleared(kind_of: type[ApprovalKind], thing: Any, used_for: str) -> bool:
    """Return whether an approval let `used_for` go: what is carried on needs no second one."""
    return _requests(kinds[kind_of.key], thing).filter(state=ApprovalState.USED, used_for=used_for).exists()


def used_for_intent(intent: Intent) -> str:
    """Return the `used_for` of a payment."""
    return f"intent {intent.key}"


def guard_spending(intent: Intent) -> None:
    """Raise NeedsApproval for an intent over the spending limit that no approval was used for.

    Domain apps call `clear`; this holds for those who forget to.
    """
    why = over_limit(current(), intent.amount, intent.currency)
    if why and not Approval.objects.filter(state=ApprovalState.USED, used_for=used_for_intent(intent)).exists():
        raise NeedsApproval([why])


def expire_due() -> int:
    """Close the requests whose time is over, or whose thing can never be done any more; return how many."""
    return sum(_expire(approval, why) for approval, why in due())


def due() -> Iterable[tuple[Approval, str]]:
    """Yield the open requests that nothing can come of, and why."""
    for approval in Approval.objects.filter(state__in=OPEN):
        kind, thing = thing_of(approval)
        if approval.expires_at <= timezone.now():
            asked = approval.state == ApprovalState.ASKED
            yield approval, "Nobody decided in time." if asked else "It was approved, and not used in time."
        elif kind is None or thing is None or kind.is_over(thing):
            yield approval, "What it was about is over."


def deciders(approval: Approval) -> list[User]:
    """Return the people who can decide about a request now."""
    roles = [role for role in PERMISSIONS["approvals.decide"] if allows(role, approval.permission)]
    people = User.objects.filter(is_active=True, role__in=roles)
    return [person for person in people if not cannot_decide(approval, person)]


# --- inside -------------------------------------------------------------------------------------------------


def _requests(kind: ApprovalKind, thing: Any) -> Any:
    return Approval.objects.filter(kind=kind.key, subject=kind.subject(thing)).order_by("-asked_at", "-pk")


def _store(kind: ApprovalKind, thing: Any, actor: User, reason: str, reasons: list[str], fingerprint: str) -> Approval:
    approval = Approval.objects.create(
        kind=kind.key,
        subject=kind.subject(thing),
        title=kind.title(thing)[:200],
        fingerprint=fingerprint,
        reasons=reasons,
        facts=dict(kind.facts(thing)),
        permission=kind.permission(thing),
        view_permission=kind.view_permission(thing),
        owner=kind.owner(thing),
        reason=reason,
        asked_by=actor,
        expires_at=timezone.now() + DECIDED_WITHIN,
    )
    approval.connections.set(kind.connections(thing))
    return approval


def _move(approval: Approval, rows: Any, **changes: Any) -> None:
    """Change a request if it is among `rows` and its time is not over; NotPossible otherwise. It is as stored afterwards."""
    won = rows.filter(pk=approval.pk, expires_at__gt=timezone.now()).update(**changes)
    approval.refresh_from_db()
    if not won:
        raise NotPossible(_why_not(approval))


def _expire(approval: Approval, why: str) -> bool:
    with transaction.atomic():
        open_ = Approval.objects.filter(pk=approval.pk, state=approval.state)
        if not open_.update(state=ApprovalState.EXPIRED, ended_at=timezone.now(), message=why):
            return False
        approval.refresh_from_db()
        _record("approval.expired", approval, None, params={"why": why})
    return True


def _why_not(approval: Approval) -> str:
    """Say why a request cannot be moved any more; nothing was changed by asking."""
    who = f" by {approval.decided_by}" if approval.decided_by else ""
    words = {
        ApprovalState.APPROVED: f"This was approved already{who}.",
        ApprovalState.REFUSED: f"This was refused already{who}.",
        ApprovalState.WITHDRAWN: f"{approval.asked_by} has withdrawn this.",
        ApprovalState.USED: "This was approved and used already.",
    }
    if approval.state in OPEN and approval.is_over:
        return "Its time is over. It has to be asked for anew."
    return words.get(ApprovalState(approval.state), "This is not open any more.") + " Nothing was changed."


def _what_became(latest: Approval, fingerprint: str) -> str:
    """Say what the newest request for a thing is good for, to who wants to do it."""
    if latest.fingerprint != fingerprint:
        return "It has changed since it was asked for: ask anew."
    if latest.is_waiting:
        return f"{latest.asked_by} has asked, and nobody has decided yet."
    return {
        ApprovalState.REFUSED: f"{latest.decided_by} refused it.",
        ApprovalState.USED: "The approval it had was used already: ask anew.",
        ApprovalState.WITHDRAWN: "The request was withdrawn: ask anew.",
    }.get(ApprovalState(latest.state), "The request ran out: ask anew.")


def _tell(approval: Approval, people: Iterable[User], news: str) -> None:
    """Have a mail sent to each of them, as a job: a mail server that is slow or away holds nobody up."""
    items = [{"key": str(one.pk), "label": str(one)} for one in people if one.email and one.is_active]
    if items and can_mail():
        params = {"approval": str(approval.public_id), "news": news}
        jobs.submit("approvals.mail", title=f"Mail: {approval.title}", actor=None, params=params, items=items)


def _record(action: str, approval: Approval, actor: User | None, *, reason: str = "", params: Any = None) -> None:
    names = list(approval.connections.values_list("pk", "name")[:2])
    one = names[0] if len(names) == 1 else (None, "")
    record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        target=f"approval {approval.public_id}",
        connection_id=one[0],
        connection_name=one[1],
        reason=reason,
        params={
            "about": approval.subject,
            "title": approval.title,
            "asked_by": approval.asked_by.get_username(),
            "fingerprint": approval.fingerprint,
            **(params or {}),
        },
    )
