"""Paying the order: the one call that spends. It is made once, after everything was read again and found equal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from apps.changes import intents
from apps.changes.intents import Already, Finding, IntentKind, Verdict, Withdrawn
from apps.changes.models import Intent
from apps.numbers.models import CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import rows
from apps.numbers.purchase.access import locked
from apps.numbers.purchase.order import adopt, facts
from apps.ui.formatting import money, when
from apps.vendors.core.billing import Billing, LedgerEntry
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, Rejected
from apps.vendors.core.numbers import NumberInventory, NumberMarket, NumberOrder


@intents.register
class PayOrder(IntentKind):
    """Debit the balance and allocate the order's numbers. What is not proven is never sent again by itself."""

    key = "numbers.pay"
    spends = True
    recheck_refusal = True
    claim_seconds = 600
    settle_seconds = 180

    def prepare(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        """Read the order, the account's numbers and the balance again: all must be as it was confirmed."""
        ours = _numbers(intent)
        order_id, price = intent.params["order_id"], money(intent.amount, intent.currency)
        order = _order(client, order_id)
        if order is None:
            raise Withdrawn(f"The carrier does not know order {order_id} any more. Nothing was sent.")
        if set(order.numbers) != ours:
            raise Withdrawn(_other_numbers(order_id, set(order.numbers), ours), facts(order))
        if order.amount != intent.amount or order.currency != intent.currency:
            raise Withdrawn(
                f"Order {order_id} now costs {money(order.amount, order.currency)}, not the {price} that was confirmed. "
                "Nothing was sent. Look at the price and confirm it.",
                facts(order),
            )
        allocated = _allocated(client, order_id) & ours
        if allocated == ours:
            says = f"All {len(ours):,} numbers of order {order_id} were the account's already: it had been paid before. "
            raise Already(Finding(Verdict.DONE, says + "Nothing was sent.", {"allocated": len(ours)}, {"allocated": True}))
        if allocated:
            raise Withdrawn(
                f"{len(allocated):,} of the {len(ours):,} numbers of order {order_id} are the account's already. "
                "Somebody may be paying it elsewhere. Nothing was sent."
            )
        ledger = _ledger(client)
        balance = ledger[0].balance if ledger else None
        if balance is not None and intent.amount is not None and balance < intent.amount:
            raise Withdrawn(
                f"The balance is {money(balance, intent.currency)} and the order costs {price}. "
                "Nothing was sent. Add funds to the account, then pay."
            )
        return {
            "order_status": order.status,
            "balance_before": None if balance is None else str(balance),
            "debit_before": _mark(_debit(ledger, intent.amount)),
        }

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        confirmation = Confirmation("intent", str(intent.key))
        return {"words": client.capability(NumberMarket).process(intent.params["order_id"], confirmation)}

    def look(self, intent: Intent, client: Client) -> Finding:
        """The numbers prove it. A debit of the amount is a strong sign, the order's code alone none: it has no legend."""
        ours, order_id = _numbers(intent), intent.params["order_id"]
        order = _order(client, order_id)
        allocated = _allocated(client, order_id) & ours
        ledger = _ledger(client)
        debit = _debit(ledger, intent.amount)
        if _mark(debit) == intent.expected.get("debit_before"):
            debit = None
        shown = {
            "numbers": len(ours),
            "allocated": len(allocated),
            "debit": debit and {"at": debit.at.isoformat(), "activity": debit.activity, "amount": str(debit.debit)},
            "balance": str(ledger[0].balance) if ledger else None,
            "order_status_before": intent.expected.get("order_status", ""),
            "order_status": order.status if order else None,
        }
        amount = money(intent.amount, intent.currency)
        if allocated == ours:
            says = f"All {len(ours):,} numbers of order {order_id} are in the account's list: it was paid."
            return Finding(Verdict.DONE, says, shown, {"allocated": True})
        held = f"{len(allocated):,} of its {len(ours):,} numbers are in the account's list" if allocated else ""
        if debit:
            rest = f"but only {held}" if held else "but none of its numbers is in the account's list yet"
            return Finding(Verdict.UNCLEAR, f"A debit of {amount} was booked {when(debit.at)}, {rest}.", shown)
        if held:
            return Finding(Verdict.UNCLEAR, f"{held}, and the ledger shows no debit of {amount}.", shown)
        says = f"No number of order {order_id} is in the account's list, and the ledger shows no new debit of {amount}."
        return Finding(Verdict.NOTHING, says, shown)

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        purchase = locked(intent.params["purchase"])
        count = len(_numbers(intent))
        amount = money(intent.amount, intent.currency)
        words = {
            True: f"The carrier confirmed the payment of {amount} for {count:,} numbers.",
            False: intent.message,
        }
        purchase.state, purchase.question, purchase.message = PurchaseState.PAID, "", words[proven]
        purchase.paid_at = purchase.finished_at = intent.settled_at
        purchase.finished_by = intent.confirmed_by
        purchase.save()
        if result.get("allocated"):
            rows.mark(purchase, rows.numbers_in(purchase, CartState.ORDERED), CartState.ALLOCATED)
        return result

    def not_done(self, intent: Intent, message: str) -> None:
        _back_to_ordered(intent, message)

    def withdrawn(self, intent: Intent, reason: Withdrawn) -> None:
        """An order that is not what was confirmed is compared with the cart anew: the next preview shows its price."""
        _back_to_ordered(intent, str(reason))
        if reason.facts:
            purchase = locked(intent.params["purchase"])
            if purchase.state == PurchaseState.ORDERED:
                adopt(purchase, reason.facts, message=str(reason))

    def not_sent(self, intent: Intent, message: str) -> None:
        _back_to_ordered(intent, f"Nothing was paid: nothing was sent. {message}")

    def undecided(self, intent: Intent, finding: Finding) -> None:
        Purchase.objects.filter(pk=intent.params["purchase"], state=PurchaseState.PAYING).update(
            state=PurchaseState.NEEDS_PERSON, question=Question.PAYMENT_UNCERTAIN, message=finding.says
        )

    def waiting(self, intent: Intent) -> str:
        return (
            f"The carrier did not answer after we asked it to pay order {intent.params['order_id']}. "
            "We do not know yet whether it was paid. "
            "We are checking its number list and ledger; nothing will be sent again."
        )


def _numbers(intent: Intent) -> set[str]:
    purchase = Purchase.objects.get(pk=intent.params["purchase"])
    return set(rows.numbers_in(purchase, CartState.ORDERED, CartState.ALLOCATED))


def _order(client: Client, order_id: str) -> NumberOrder | None:
    """Return the order, or None when the carrier does not know it, or no longer lists it."""
    try:
        return next(iter(client.capability(NumberMarket).orders(order_id)), None)
    except (NotFound, Rejected):
        return None


def _allocated(client: Client, order_id: str) -> set[str]:
    if not client.supports(NumberInventory):
        return set()
    return {row.number for row in client.capability(NumberInventory).list(order_id=order_id)}


def _ledger(client: Client) -> list[LedgerEntry]:
    return client.capability(Billing).ledger() if client.supports(Billing) else []


def _debit(ledger: list[LedgerEntry], amount: Decimal | None) -> LedgerEntry | None:
    """Return the newest debit of this amount."""
    return next((entry for entry in ledger if entry.debit and entry.debit == amount), None)


def _mark(entry: LedgerEntry | None) -> list[str] | None:
    """Tell one debit from another of the same amount; the carrier's clock need not agree with ours."""
    return None if entry is None else [entry.at.isoformat(), str(entry.balance)]


def _other_numbers(order_id: str, found: set[str], ours: set[str]) -> str:
    more, fewer = len(found - ours), len(ours - found)
    parts = [f"{more:,} more" if more else "", f"{fewer:,} fewer" if fewer else ""]
    return (
        f"Order {order_id} no longer holds the numbers that were confirmed: "
        f"{' and '.join(part for part in parts if part)}. Nothing was sent."
    )


def _back_to_ordered(intent: Intent, message: str) -> None:
    waiting = (PurchaseState.PAYING, PurchaseState.NEEDS_PERSON)
    Purchase.objects.filter(pk=intent.params["purchase"], state__in=waiting).update(
        state=PurchaseState.ORDERED, question="", message=message
    )
