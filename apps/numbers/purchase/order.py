"""Making the order: the first answer of the carrier that shows what was in the cart. It spends nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.intents import Finding, IntentKind, NoTrace, Verdict, Withdrawn
from apps.changes.models import Intent
from apps.numbers.models import IN_CART, CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import rows
from apps.numbers.purchase.access import about, lane, locked
from apps.ui.formatting import money
from apps.vendors.core.client import Client
from apps.vendors.core.errors import OutcomeUnknown
from apps.vendors.core.numbers import NumberMarket, NumberOrder

_AMOUNTS = ("amount", "per_order_cost", "taxes", "other_charges", "discount")
_TEXTS = ("order_id", "trunk_group_id", "kind", "did_type", "status", "currency")
# Where an order still answers for the purchase it was made of.
_OPEN_STATES = (PurchaseState.ORDERING, PurchaseState.NEEDS_PERSON, PurchaseState.FILLING)


def facts(order: NumberOrder) -> dict[str, Any]:
    """Return an order as JSON."""
    return {
        **{name: getattr(order, name) for name in _TEXTS},
        **{name: str(value) for name in _AMOUNTS if (value := getattr(order, name)) is not None},
        "placed_at": order.placed_at.isoformat() if order.placed_at else "",
        "numbers": list(order.numbers),
    }


@intents.register
class MakeOrder(IntentKind):
    """Turn the account's whole cart into an order. Made twice it would find an empty cart, and be refused."""

    key = "numbers.order"
    no_trace = NoTrace.RESEND
    recheck_refusal = True
    settle_seconds = 45

    def prepare(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        """Note the orders there are, so that a new one can be told; ours alone once it was sent."""
        if intent.attempts:
            return {}
        orders = client.capability(NumberMarket).orders()
        purchase = _purchase(intent)
        outside = _holding(_recent(orders, purchase), rows.in_cart(purchase), set(intent.params["not_these"]))
        if outside is not None:
            raise Withdrawn(
                f"The carrier's order list shows order {outside.order_id} with numbers of this cart. It was not made here.",
                {**facts(outside), "outside": True},
            )
        return {"known_orders": [order.order_id for order in orders]}

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        market = client.capability(NumberMarket)
        order = market.order(intent.params["reservation_id"], intent.params["trunk_group_id"])
        if not order.order_id:
            raise OutcomeUnknown("The carrier's answer names no order.", vendor=client.vendor.key, operation="orders.generate")
        return facts(order)

    def look(self, intent: Intent, client: Client) -> Finding:
        orders = client.capability(NumberMarket).orders()
        known = set(intent.expected.get("known_orders", ()))
        made = _holding(orders, rows.in_cart(_purchase(intent)), known)
        if made is None:
            says = "The carrier's order list shows no new order with these numbers, so none was made."
            return Finding(Verdict.NOTHING, says, {"orders": len(orders)})
        says = f"The carrier's order list shows the new order {made.order_id} with numbers of this cart: it was made."
        return Finding(Verdict.DONE, says, {"order_id": made.order_id, "numbers": len(made.numbers)}, facts(made))

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        purchase = locked(intent.params["purchase"])
        if purchase.state in _OPEN_STATES:
            adopt(purchase, result)
        return {**result, "numbers": len(result["numbers"])}

    def not_done(self, intent: Intent, message: str) -> None:
        _reopen(intent, f"No order was made. {message}")

    def withdrawn(self, intent: Intent, reason: Withdrawn) -> None:
        """Somebody else made an order of this cart: whether it is ours now is for a person to say."""
        adopt(locked(intent.params["purchase"]), reason.facts)

    def not_sent(self, intent: Intent, message: str) -> None:
        _reopen(intent, f"No order was made, and nothing was sent. {message}")

    def undecided(self, intent: Intent, finding: Finding) -> None:
        rows_ = Purchase.objects.filter(pk=intent.params["purchase"], state=PurchaseState.ORDERING)
        rows_.update(state=PurchaseState.NEEDS_PERSON, question=Question.ORDER_UNCERTAIN, message=finding.says)

    def waiting(self, intent: Intent) -> str:
        return (
            "The carrier did not answer when asked to make the order. It is not known yet whether it was made. "
            "The order list is being checked; nothing is sent again until that is clear."
        )


def intent_for(purchase: Purchase, actor: User) -> Intent:
    """Store the confirmed intent to make an order of the purchase's cart.

    An order that was found and that a person said is another one (still in `purchase.order_id`) is not taken for it.
    """
    others = Purchase.objects.filter(connection=purchase.connection_id).exclude(order_id="")
    return intents.draft(
        MakeOrder,
        connection=purchase.connection,
        actor=actor,
        about=about(purchase),
        subject=f"order of {about(purchase)}",
        lane=lane(purchase.connection),
        params={
            "purchase": purchase.pk,
            "reservation_id": purchase.reservation_id,
            "trunk_group_id": purchase.trunk_group_id,
            "not_these": list(others.values_list("order_id", flat=True)),
        },
        expected={"numbers": len(rows.in_cart(purchase))},
        confirmed=True,
    )


def adopt(purchase: Purchase, order: Mapping[str, Any], *, message: str = "") -> None:
    """Store what the carrier says of the order, and compare it with the cart; in a transaction, the row locked.

    `message` is what people read when the two are the same.

    Numbers that were only probably in the cart are settled by it. Anything else that differs needs a person.
    """
    _store(purchase, order)
    in_order = set(order["numbers"])
    sure, probable = set(rows.numbers_in(purchase, CartState.RESERVED)), set(rows.numbers_in(purchase, CartState.UNCERTAIN))
    already = set(rows.numbers_in(purchase, CartState.ORDERED))
    more, fewer = in_order - sure - probable - already, (sure | already) - in_order
    rows.mark(purchase, in_order & (sure | probable), CartState.ORDERED, among=IN_CART)
    absent = probable - in_order
    rows.mark(purchase, absent, CartState.REFUSED, note="The order shows that it was not in the cart.")
    trunk = order["trunk_group_id"]
    other_trunk = trunk if purchase.trunk_group_id and trunk not in ("", purchase.trunk_group_id) else ""
    purchase.difference = {
        **({"more": sorted(more)} if more else {}),
        **({"fewer": sorted(fewer)} if fewer else {}),
        **({"trunk_group": other_trunk} if other_trunk else {}),
        **({"outside": True} if order.get("outside") else {}),
    }
    if purchase.difference:
        purchase.state, purchase.question = PurchaseState.NEEDS_PERSON, Question.ORDER_DIFFERS
        purchase.message = f"Order {purchase.order_id} is not what was in the cart here."
    else:
        purchase.state, purchase.question = PurchaseState.ORDERED, ""
        proved = f" {len(absent):,} numbers that were only probably reserved are not in it." if absent else ""
        same = f"Order {purchase.order_id} holds exactly the {len(in_order):,} numbers of the cart.{proved}"
        purchase.message = message or same
    purchase.save()


def accept_difference(purchase: Purchase) -> None:
    """Take the order for what it holds, on a person's word; in a transaction, the row locked."""
    more, fewer = purchase.difference.get("more", []), purchase.difference.get("fewer", [])
    note = "The order holds it, though nobody here put it into the cart."
    rows.put(purchase, more, CartState.ORDERED, intent=None, note=note)
    rows.mark(purchase, fewer, CartState.REFUSED, note="Reserved here, but the order came without it.")
    purchase.state, purchase.question, purchase.difference = PurchaseState.ORDERED, "", {}
    count = purchase.numbers.filter(state=CartState.ORDERED).count()
    purchase.message = f"Order {purchase.order_id} was accepted as it is: {count:,} numbers for {_price(purchase)}."
    purchase.save()


def _store(purchase: Purchase, order: Mapping[str, Any]) -> None:
    purchase.order_id = order["order_id"]
    purchase.ordered_at = datetime.fromisoformat(order["placed_at"]) if order["placed_at"] else None
    for name in _AMOUNTS:
        setattr(purchase, name, Decimal(order[name]) if name in order else None)
    purchase.kind, purchase.did_type = order["kind"], order["did_type"]
    purchase.currency, purchase.order_status = order["currency"], order["status"]


def _price(purchase: Purchase) -> str:
    return money(purchase.amount, purchase.currency) if purchase.amount is not None else "a price the carrier does not state"


def _holding(orders: list[NumberOrder], numbers: set[str], known: set[str]) -> NumberOrder | None:
    """Return the order, of those not `known`, that holds most of `numbers`; None if none holds any."""
    best = max(
        (order for order in orders if order.order_id not in known),
        key=lambda order: len(numbers.intersection(order.numbers)),
        default=None,
    )
    return best if best is not None and numbers.intersection(best.numbers) else None


def _recent(orders: list[NumberOrder], purchase: Purchase) -> list[NumberOrder]:
    """Leave out orders from before the purchase; a day is allowed for the carrier's clock and time zone."""
    since = purchase.started_at - timedelta(days=1)
    return [order for order in orders if order.placed_at is None or order.placed_at >= since]


def _reopen(intent: Intent, message: str) -> None:
    waiting = (PurchaseState.ORDERING, PurchaseState.NEEDS_PERSON)
    Purchase.objects.filter(pk=intent.params["purchase"], state__in=waiting, order_id="").update(
        state=PurchaseState.FILLING, question="", message=message
    )


def _purchase(intent: Intent) -> Purchase:
    return Purchase.objects.get(pk=intent.params["purchase"])
