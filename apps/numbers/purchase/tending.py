"""Purchases whose work was cut off: what nobody is at any more is taken up again, and nothing is sent twice."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.numbers.models import FINISHED, Purchase, PurchaseState
from apps.numbers.purchase.access import intents_of, jobs_of, locked
from apps.numbers.purchase.clearing import finish_abandoned
from apps.numbers.purchase.work import settle_job

ORPHAN_SECONDS = 60.0  # a confirmed call that no job sends is sent at once, by whoever confirmed it, or never
_IN_WORK = (PurchaseState.ORDERING, PurchaseState.PAYING, PurchaseState.ABANDONING)
_BY_JOB = {"numbers.order", "numbers.pay"}
CUT_OFF = "It was cut off before anything was sent."


def needing_care() -> list[Purchase]:
    """Return the purchases that `tend` may have something to do for."""
    overdue = Intent.objects.filter(state=IntentState.SENDING, claim_until__lt=timezone.now(), kind__startswith="numbers.")
    old = Intent.objects.filter(state=IntentState.CONFIRMED, kind__startswith="numbers.", confirmed_at__lt=_orphaned_before())
    names = {*overdue.values_list("about", flat=True), *old.values_list("about", flat=True)}
    open_ = Purchase.objects.exclude(state__in=FINISHED).select_related("connection")
    at_work = open_.filter(Q(state__in=_IN_WORK) | Q(pk__in=[int(name.split()[-1]) for name in names]))
    return [purchase for purchase in at_work if not jobs_of(purchase)]


def tend(purchase: Purchase, actor: User | None = None) -> Purchase:
    """Take up what was cut off: find out what became of calls, take back what was never sent. Return it as it is now.

    Does nothing while a job is at work on the purchase, and writes only when there is something to do, so every page that
    shows a purchase may call it.
    """
    if not _has_loose_ends(purchase):
        return purchase
    with transaction.atomic():
        fresh = locked(purchase)
        if fresh.is_finished or jobs_of(fresh):
            return fresh
        for intent in intents_of(fresh):
            if _is_orphan(intent, fresh):
                intents.withdraw(intent, CUT_OFF)
        lost = [intent for intent in intents_of(fresh) if _is_lost(intent)]
        if lost:
            settle_job(fresh, actor, lost)
        elif fresh.state == PurchaseState.ABANDONING:
            finish_abandoned(fresh)
        fresh.refresh_from_db()
    return fresh


def _has_loose_ends(purchase: Purchase) -> bool:
    if purchase.is_finished or jobs_of(purchase):
        return False
    if purchase.state in _IN_WORK:
        return True
    return any(_is_lost(intent) or _is_orphan(intent, purchase) for intent in intents_of(purchase))


def _is_lost(intent: Intent) -> bool:
    """Whether it was being sent by somebody who has gone. The caller knows that no job is at work."""
    by_job = intent.kind in _BY_JOB or bool(intent.params.get("job"))
    return intent.state == IntentState.SENDING and (by_job or intent.is_overdue)


def _is_orphan(intent: Intent, purchase: Purchase) -> bool:
    """Whether it is confirmed and nobody will send it any more. The caller knows that no job is at work."""
    if intent.state != IntentState.CONFIRMED:
        return False
    if intent.kind in _BY_JOB:
        return purchase.state in _IN_WORK
    return bool(intent.confirmed_at and intent.confirmed_at < _orphaned_before())


def _orphaned_before() -> datetime:
    return timezone.now() - timedelta(seconds=ORPHAN_SECONDS * settings.INTENT_PATIENCE)
