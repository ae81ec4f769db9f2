"""What comes out of the cart again, what a person decides about single numbers, and giving a purchase up."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.jobs.models import Job
from apps.numbers.models import HELD, TO_DECIDE, CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import release as releasing
from apps.numbers.purchase import rows
from apps.numbers.purchase.access import NotPossible, intents_of, jobs_of, locked, name_of, own
from apps.numbers.purchase.work import advance_soon, audit, client_of, close_items, release_job, settle_job
from apps.vendors.core.client import Client
from apps.vendors.core.errors import VendorError

NO_CART_ID = (
    "The carrier names its cart in the answer to a reservation, and that answer was lost. "
    "Reserve one more number: its answer names the cart, and then this can be done."
)


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did: counts, the job that does it, or the sentence that says what is not known yet."""

    removed: int = 0
    not_available: int = 0  # the carrier says they were not in the cart
    message: str = ""
    job: Job | None = None


def release(purchase: Purchase, actor: User, numbers: Sequence[str]) -> Released:
    """Take exactly these numbers out of the cart: at once when one call does, else as a job.

    Raises PermissionDenied, HeldByOther, NotPossible, and VendorError when the carrier refused or was not reached.
    """
    client = client_of(purchase, actor)
    with transaction.atomic():
        purchase = own(purchase, actor, PurchaseState.FILLING)
        chosen = _still_held(purchase, numbers)
        if not chosen:
            return Released(message="None of these numbers is in the cart any more.")
        if any(intent.kind == releasing.ReleaseNumbers.key for intent in intents_of(purchase)):
            raise NotPossible("Numbers are being released already. Wait until the carrier has answered.")
        batches = releasing.batches(purchase, chosen)
        if any(not cart_id for cart_id, _ in batches):
            raise NotPossible(NO_CART_ID)
        audit("numbers.purchase.released", purchase, actor, params={"count": len(chosen), "numbers": chosen[:100]})
        if len(batches) > 1 or jobs_of(purchase):
            return Released(job=release_job(purchase, actor, batches))
        [(cart_id, batch)] = batches
        intent = releasing.intent_for(purchase, actor, cart_id, batch)
    return _release_now(purchase, actor, intent, client)


def keep(purchase: Purchase, actor: User, numbers: Sequence[str] = ()) -> int:
    """Count numbers that wait for a decision as being in the cart (all of them, when none is named); how many."""
    return _decide(purchase, actor, numbers, "keep")


def leave(purchase: Purchase, actor: User, numbers: Sequence[str] = ()) -> int:
    """Leave numbers that wait for a decision alone: not counted, not released. The order will show them if they are in."""
    return _decide(purchase, actor, numbers, "leave")


def abandon(purchase: Purchase, actor: User) -> Purchase:
    """Give a purchase up: its numbers are released by name, as a job, and then the connection is free for others.

    An order that was made stays unpaid at the carrier, which documents no call to withdraw it. While it is not certain
    whether it was paid, a fresh look must not show that it was. Raises PermissionDenied, HeldByOther, NotPossible.
    """
    client = client_of(purchase, actor)
    own(purchase, actor)
    _look_once_more(purchase, client)
    with transaction.atomic():
        open_states = (PurchaseState.FILLING, PurchaseState.ORDERED, PurchaseState.NEEDS_PERSON, PurchaseState.ABANDONING)
        purchase = own(purchase, actor, *open_states)
        if busy := jobs_of(purchase):
            raise NotPossible(f"“{busy[0].title}” is still at work. Cancel it or wait for it, then give the purchase up.")
        if any(intent.state == IntentState.SENDING for intent in intents_of(purchase)):
            raise NotPossible("A call is under way. Wait until it is known what became of it.")
        close_questions(purchase, actor, every=True)
        _withdraw_drafts(purchase, actor)
        audit("numbers.purchase.abandoned", purchase, actor, params={"state": purchase.state, "order": purchase.order_id})
        batches = releasing.batches(purchase, rows.numbers_in(purchase, *HELD))
        if batches and all(cart_id for cart_id, _ in batches):
            Purchase.objects.filter(pk=purchase.pk).update(
                state=PurchaseState.ABANDONING,
                finished_by=actor,
                message="Its numbers are being released; then others can buy on this connection.",
            )
            release_job(purchase, actor, batches, closing=True)
        else:
            Purchase.objects.filter(pk=purchase.pk).update(finished_by=actor)
            finish_abandoned(purchase)
        close_items(purchase, actor)
    purchase.refresh_from_db()
    return purchase


def finish_abandoned(purchase: Purchase) -> None:
    """End a purchase that was given up; what could not be released is named as left. In a transaction."""
    fresh = locked(purchase)
    if fresh.is_finished:
        return
    left = rows.numbers_in(fresh, *HELD)
    rows.mark(fresh, left, CartState.LEFT, note="It could not be released, so the carrier may still hold it in its cart.")
    parts = ["Given up."]
    if fresh.order_id:
        parts.append(
            f"Order {fresh.order_id} stays at the carrier, which documents no call to withdraw it. Nothing pays it from here."
        )
    if fresh.question == Question.PAYMENT_UNCERTAIN:
        parts.append("It was never proven whether that order was paid: look at the ledger.")
    if left:
        parts.append(f"{len(left):,} numbers could not be released: the carrier may still hold them in its cart.")
    released = fresh.numbers.filter(state=CartState.RELEASED).count()
    if released:
        parts.append(f"{released:,} numbers were released.")
    fresh.state, fresh.finished_at, fresh.message = PurchaseState.ABANDONED, timezone.now(), " ".join(parts)
    fresh.save(update_fields=["state", "finished_at", "message"])


def open_questions(purchase: Purchase) -> list[Intent]:
    """Return the reservations that a person has to decide on, oldest first."""
    decided = set(purchase.numbers.exclude(state=CartState.DISPUTED).values_list("intent_id", flat=True))
    waiting = set(purchase.numbers.filter(state=CartState.DISPUTED).values_list("intent_id", flat=True))
    return [
        intent
        for intent in intents_of(purchase)
        if intent.state == IntentState.UNKNOWN
        and intent.kind.startswith("numbers.reserve")
        and (intent.pk in waiting or intent.pk not in decided)
    ]


def close_questions(purchase: Purchase, actor: User, *, every: bool = False) -> None:
    """Settle the questions about reservations that were answered number by number; with `every`, all of them."""
    still_open = set() if every else {intent.pk for intent in open_questions(purchase)}
    for intent in intents_of(purchase):
        unknown = intent.state == IntentState.UNKNOWN and intent.kind.startswith("numbers.reserve")
        if unknown and intent.pk not in still_open:
            intents.drop(intent, actor, f"Decided by {name_of(actor)}.")


def _release_now(purchase: Purchase, actor: User, intent: Intent, client: Client) -> Released:
    try:
        advance_soon(intent, client)
    except intents.Waiting as waiting:
        if intent.state == IntentState.SENDING:
            return Released(message=waiting.message, job=settle_job(purchase, actor, [intent]))
        intents.withdraw(intent, "Another call on the cart was under way.")
        raise NotPossible("Another call on this cart is under way. Nothing was released; try again in a moment.") from None
    except VendorError:
        intents.withdraw(intent, "The carrier did not do it.")
        raise
    close_questions(purchase, actor)
    close_items(purchase, actor)
    removed, absent = intent.result.get("removed", 0), intent.result.get("not_available", 0)
    words = f"{absent:,} of them were not in the cart, says the carrier." if absent else ""
    return Released(removed, absent, words)


def _still_held(purchase: Purchase, numbers: Sequence[str]) -> list[str]:
    held = rows.held(purchase)
    return [number for number in dict.fromkeys(numbers) if number in held]


def _decide(purchase: Purchase, actor: User, numbers: Sequence[str], answer: str) -> int:
    with transaction.atomic():
        purchase = own(purchase, actor, PurchaseState.FILLING)
        waiting = dict(purchase.numbers.filter(state__in=TO_DECIDE).values_list("number", "state"))
        chosen = [number for number in (numbers or waiting) if number in waiting]
        for state, after in _AFTER[answer].items():
            note = f"{name_of(actor)} decided to {answer} it."
            rows.mark(purchase, [number for number in chosen if waiting[number] == state], after, note=note)
        audit(f"numbers.purchase.{answer}", purchase, actor, params={"count": len(chosen), "numbers": chosen[:100]})
        close_questions(purchase, actor, every=answer == "leave" and not numbers)
        close_items(purchase, actor)
    return len(chosen)


def _look_once_more(purchase: Purchase, client: Client) -> None:
    """Before an uncertain order or payment is given up: look; what is proven now is no longer given up."""
    for intent in intents_of(purchase):
        if intent.state == IntentState.UNKNOWN and intent.kind in {"numbers.order", "numbers.pay"}:
            finding = intents.check(intent, client)
            if intent.state == IntentState.DONE:
                raise NotPossible(f"{finding.says} So it was not given up.")


def _withdraw_drafts(purchase: Purchase, actor: User) -> None:
    for intent in intents_of(purchase):
        if intent.state == IntentState.UNKNOWN and intent.kind == "numbers.order":
            intents.drop(intent, actor, f"Given up by {name_of(actor)}.")
        elif intent.state in {IntentState.DRAFT, IntentState.CONFIRMED}:
            intents.withdraw(intent, f"Given up by {name_of(actor)}.", actor)


_AFTER = {
    "keep": {CartState.DISPUTED: CartState.UNCERTAIN, CartState.UNASKED: CartState.RESERVED},
    "leave": {CartState.DISPUTED: CartState.IGNORED, CartState.UNASKED: CartState.IGNORED},
}
