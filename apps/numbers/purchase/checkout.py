"""From a full cart to paid numbers: the order, its price, the payment, and what a person answers when one is uncertain."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.changes import approvals, intents
from apps.changes.models import Approval, Intent, IntentState
from apps.jobs.models import Job
from apps.numbers.models import TO_DECIDE, CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import order as ordering
from apps.numbers.purchase import rows
from apps.numbers.purchase.access import NotPossible, about, intents_of, jobs_of, lane, locked, own
from apps.numbers.purchase.approval import PaymentApproval
from apps.numbers.purchase.clearing import NO_CART_ID, close_questions, open_questions
from apps.numbers.purchase.pay import PayOrder
from apps.numbers.purchase.price import PaymentPreview, balance_of, priced
from apps.numbers.purchase.work import audit, client_of, close_items, counted, submit_work
from apps.ui.formatting import money
from apps.vendors.core.client import Client
from apps.vendors.core.numbers import NumberMarket


def make_order(purchase: Purchase, actor: User, trunk_group_id: str, trunk_group: str = "") -> Job:
    """Make an order of the whole cart, as a job; it spends nothing. `trunk_group` is the group's title, for people.

    Raises PermissionDenied, HeldByOther, NotPossible.
    """
    client_of(purchase, actor)
    if not trunk_group_id:
        raise NotPossible("Choose the trunk group that the numbers will point to.")
    with transaction.atomic():
        if job := _at_work(purchase, PurchaseState.ORDERING, "numbers.order"):
            return job
        purchase = own(purchase, actor, PurchaseState.FILLING)
        _ready_for_order(purchase, actor)
        count = len(rows.in_cart(purchase))
        purchase.state, purchase.question = PurchaseState.ORDERING, ""
        purchase.trunk_group_id, purchase.trunk_group = trunk_group_id, trunk_group
        purchase.message = f"The carrier is asked to make an order of {counted(count)}."
        purchase.save(update_fields=["state", "question", "trunk_group_id", "trunk_group", "message"])
        intent = ordering.intent_for(purchase, actor)
        if purchase.order_id:  # a found order that a person said is another one
            purchase.order_id = ""
            purchase.save(update_fields=["order_id"])
        item = {"key": str(intent.key), "label": f"Order of {counted(count)}", "params": {"intent": intent.pk}}
        job = submit_work("numbers.order", f"Make the order of {counted(count)}", purchase, actor, [item], {})
        audit(
            "numbers.purchase.order_asked",
            purchase,
            actor,
            params={"numbers": count, "trunk_group": trunk_group or trunk_group_id},
        )
    return job


def accept_order(purchase: Purchase, actor: User) -> Purchase:
    """Take the order for what it holds, though it differs from the cart. Raises as `make_order` does."""
    with transaction.atomic():
        purchase = _asked(purchase, actor, Question.ORDER_DIFFERS)
        audit("numbers.purchase.order_accepted", purchase, actor, params=_difference(purchase))
        ordering.accept_difference(purchase)
    return purchase


def refuse_order(purchase: Purchase, actor: User) -> Purchase:
    """Say that the order found at the carrier is not of this cart; the order can then be made. Raises as `make_order`."""
    with transaction.atomic():
        purchase = _asked(purchase, actor, Question.ORDER_DIFFERS)
        if not purchase.difference.get("outside"):
            raise NotPossible("This order was made of this cart. Accept it as it is, or give the purchase up.")
        audit("numbers.purchase.order_refused", purchase, actor, params=_difference(purchase))
        rows.mark(purchase, rows.numbers_in(purchase, CartState.ORDERED), CartState.RESERVED)
        purchase.state, purchase.question, purchase.difference = PurchaseState.FILLING, "", {}
        purchase.message = f"Order {purchase.order_id} belongs to something else. The order of this cart can be made now."
        purchase.save(update_fields=["state", "question", "difference", "message"])
    return purchase


def check_again(purchase: Purchase, actor: User) -> str:
    """Ask the carrier once more about what is not certain, and return the sentence that says what was found.

    Raises PermissionDenied, HeldByOther, NotPossible, VendorError.
    """
    client = client_of(purchase, actor)
    purchase = own(purchase, actor, PurchaseState.NEEDS_PERSON, PurchaseState.FILLING)
    if purchase.question == Question.ORDER_DIFFERS:
        says = _read_order_again(purchase, client)
    else:
        open_ = [intent for intent in intents_of(purchase) if intent.state == IntentState.UNKNOWN]
        says = " ".join(intents.check(intent, client).says for intent in open_)
    purchase.refresh_from_db()
    audit("numbers.purchase.checked", purchase, actor, params={"found": says})
    close_items(purchase, actor)
    return says or "Nothing is uncertain here any more."


def preview_payment(purchase: Purchase, actor: User) -> PaymentPreview:
    """Say what paying would cost and leave, and mint the token that confirms exactly this. Reads the balance.

    Raises PermissionDenied, HeldByOther, NotPossible.
    """
    client = client_of(purchase, actor)
    own(purchase, actor, PurchaseState.ORDERED)
    balance = balance_of(purchase, client)
    with transaction.atomic():
        purchase = own(purchase, actor, PurchaseState.ORDERED)
        preview = priced(purchase, *balance)
        if preview.obstacles:
            return preview
        intent = _payment_draft(purchase, actor, preview.numbers)
    standing = approvals.standing(PaymentApproval, purchase)
    return replace(preview, token=str(intent.key), typed=purchase.order_id if intent.repeats_id else "", standing=standing)


def ask_approval(purchase: Purchase, actor: User, reason: str) -> Approval:
    """Ask for the second person that paying needs. Raises PermissionDenied, HeldByOther, NotPossible."""
    purchase = own(purchase, actor, PurchaseState.ORDERED)
    try:
        return approvals.ask(PaymentApproval, purchase, actor, reason)
    except approvals.NotPossible as refusal:
        raise NotPossible(str(refusal)) from refusal


def pay(purchase: Purchase, actor: User, token: str, *, typed: str = "") -> Job:
    """Pay the order that the preview with this token showed, as a job. A second click returns the same job.

    Before anything is sent the order, the numbers and the balance are read again and must be as confirmed. Raises
    PermissionDenied, HeldByOther, and NotPossible, also when a rule wants a second person and nobody has approved exactly this.
    """
    client_of(purchase, actor)
    with transaction.atomic():
        if job := _at_work(purchase, PurchaseState.PAYING, "numbers.pay"):
            return job
        purchase = own(purchase, actor, PurchaseState.ORDERED)
        intent = _confirmable(purchase, token)
        if intent.repeats_id and typed.strip() != purchase.order_id:
            raise NotPossible(f"An earlier payment of this order is not certain. Type {purchase.order_id} to pay it again.")
        if jobs_of(purchase):
            raise NotPossible("Something is still at work on this purchase. Wait for it, then pay.")
        try:
            approval = approvals.clear(PaymentApproval, purchase, actor, used_for=approvals.used_for_intent(intent))
        except approvals.NeedsApproval as refusal:
            raise NotPossible(str(refusal)) from refusal
        if intent.state == IntentState.DRAFT and not intents.confirm(intent, actor):
            raise NotPossible("This was confirmed already in another window.")
        amount = money(purchase.amount, purchase.currency)
        purchase.state, purchase.message = PurchaseState.PAYING, f"Paying order {purchase.order_id}: {amount}."
        purchase.save(update_fields=["state", "message"])
        item = {"key": str(intent.key), "label": f"Order {purchase.order_id}", "params": {"intent": intent.pk}}
        title = f"Pay {amount} for {counted(intent.expected['numbers'])}"
        job = submit_work("numbers.pay", title, purchase, actor, [item], {"order": purchase.order_id})
        audit(
            "numbers.purchase.confirmed",
            purchase,
            actor,
            effect="purchase",
            params={
                "order": purchase.order_id,
                "amount": amount,
                "numbers": intent.expected["numbers"],
                "intent": token,
                **({"approval": str(approval.public_id), "approved_by": str(approval.decided_by)} if approval else {}),
            },
        )
    return job


def say_paid(purchase: Purchase, actor: User) -> Purchase:
    """Settle an uncertain payment as made, on a person's word. Only when the evidence supports it.

    Raises PermissionDenied, HeldByOther, NotPossible.
    """
    with transaction.atomic():
        purchase = _asked(purchase, actor, Question.PAYMENT_UNCERTAIN)
        intent = uncertain_payment(purchase)
        if not supports_paid(intent):
            raise NotPossible("Nothing the carrier shows supports that it was paid. Check again first.")
        audit("numbers.purchase.said_paid", purchase, actor, params={"order": purchase.order_id, "evidence": intent.last_check})
        intents.accept_done(intent, actor, {}, f"{intent.message} {actor.get_username()} settled it as paid.")
        close_items(purchase, actor)
    purchase.refresh_from_db()
    return purchase


def say_not_paid(purchase: Purchase, actor: User) -> Purchase:
    """Settle an uncertain payment as not made, after a fresh look that finds no sign of it; it can be paid then.

    Raises PermissionDenied, HeldByOther, NotPossible (with what the look found).
    """
    client = client_of(purchase, actor)
    purchase = _asked(purchase, actor, Question.PAYMENT_UNCERTAIN)
    intent = uncertain_payment(purchase)
    try:
        intents.accept_not_done(intent, actor, client, f"{actor.get_username()} settled it as not paid, after a fresh look.")
    except intents.NotPossible as reason:
        raise NotPossible(str(reason)) from reason
    finally:
        close_items(purchase, actor)
    audit("numbers.purchase.said_not_paid", purchase, actor, params={"order": purchase.order_id, "evidence": intent.last_check})
    purchase.refresh_from_db()
    return purchase


def uncertain_payment(purchase: Purchase) -> Intent:
    """Return the payment that needs a person; NotPossible when there is none any more."""
    found = [intent for intent in intents_of(purchase) if intent.kind == PayOrder.key and intent.state == IntentState.UNKNOWN]
    if not found:
        raise NotPossible("It is certain already whether this was paid.")
    return found[-1]


def supports_paid(intent: Intent) -> bool:
    """Return whether the last look showed a sign of the payment: numbers that came, or a debit."""
    facts = (intent.last_check or {}).get("facts", {})
    return bool(facts.get("allocated") or facts.get("debit"))


# --- inside ---------------------------------------------------------------------------------------------------


def _at_work(purchase: Purchase, state: PurchaseState, kind: str) -> Job | None:
    """Return the job that does this already: the answer to a second click."""
    fresh = locked(purchase)
    return fresh.job if fresh.state == state and fresh.job and fresh.job.kind == kind else None


def _asked(purchase: Purchase, actor: User, question: Question) -> Purchase:
    fresh = own(purchase, actor, PurchaseState.NEEDS_PERSON)
    if fresh.question != question:
        raise NotPossible("This question is answered already.")
    return fresh


def _ready_for_order(purchase: Purchase, actor: User) -> None:
    close_questions(purchase, actor)
    if busy := jobs_of(purchase):
        raise NotPossible(f"“{busy[0].title}” is still at work. Wait for it or cancel it, then make the order.")
    if any(intent.state in {IntentState.CONFIRMED, IntentState.SENDING} for intent in intents_of(purchase)):
        raise NotPossible("A call to the carrier is under way. Make the order when it has answered.")
    waiting = purchase.numbers.filter(state__in=TO_DECIDE).count()
    if waiting:
        raise NotPossible(f"Decide about {counted(waiting)} first: an order takes everything that is in the cart.")
    if open_questions(purchase):
        raise NotPossible("It is not clear what the carrier reserved. Check again, or leave it: the order will show.")
    if not rows.in_cart(purchase):
        raise NotPossible("The cart is empty.")
    if not purchase.reservation_id:
        raise NotPossible(NO_CART_ID)


def _read_order_again(purchase: Purchase, client: Client) -> str:
    found = client.capability(NumberMarket).orders(purchase.order_id)
    if not found:
        return f"The carrier does not list order {purchase.order_id} any more."
    with transaction.atomic():
        fresh = locked(purchase)
        if fresh.question == Question.ORDER_DIFFERS:
            ordering.adopt(fresh, {**ordering.facts(found[0]), "outside": fresh.difference.get("outside", False)})
    return fresh.message


def _difference(purchase: Purchase) -> dict[str, Any]:
    """The difference as the log keeps it: counts, and the first of many numbers."""
    more, fewer = purchase.difference.get("more", []), purchase.difference.get("fewer", [])
    return {
        "order": purchase.order_id,
        "more": len(more),
        "fewer": len(fewer),
        "more_numbers": more[:100],
        "fewer_numbers": fewer[:100],
    }


def _payment_draft(purchase: Purchase, actor: User, count: int) -> Intent:
    """Return the intent that this preview confirms: the one there is when it still says the same, else a new one."""
    subject = f"payment of order {purchase.order_id}"
    expected = {"numbers": count, "amount": f"{purchase.amount:f}"}
    before = Intent.objects.filter(connection=purchase.connection, kind=PayOrder.key, subject=subject).order_by("pk")
    for intent in before.filter(state__in=[IntentState.DRAFT, IntentState.CONFIRMED]):
        same = intent.amount == purchase.amount and intent.expected.get("numbers") == count
        if same and intent.params["purchase"] == purchase.pk:
            return intent
        intents.withdraw(intent, "Another preview took its place.", actor)
    uncertain = before.filter(state=IntentState.REFUSED, settled_by__isnull=False, attempts__gt=0).last()
    return intents.draft(
        PayOrder,
        connection=purchase.connection,
        actor=actor,
        about=about(purchase),
        subject=subject,
        lane=lane(purchase.connection),
        params={"purchase": purchase.pk, "order_id": purchase.order_id},
        expected=expected,
        amount=purchase.amount,
        currency=purchase.currency,
        repeats=uncertain,
    )


def _confirmable(purchase: Purchase, token: str) -> Intent:
    stale = NotPossible("What was shown is out of date. Look at the price again, then pay.")
    try:
        intent = Intent.objects.filter(key=UUID(token), kind=PayOrder.key, about=about(purchase)).first()
    except (ValueError, ValidationError):
        raise stale from None
    if intent is None or intent.state not in {IntentState.DRAFT, IntentState.CONFIRMED}:
        raise stale
    if intent.amount != purchase.amount or intent.params["order_id"] != purchase.order_id:
        raise stale
    return intent
