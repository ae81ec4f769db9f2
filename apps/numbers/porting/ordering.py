"""Placing a port order: the call that spends. It is made once; a lost answer is settled from the carrier's list of orders."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.intents import Finding, IntentKind, Verdict, Withdrawn
from apps.changes.models import Intent
from apps.numbers.models import PortNumber, PortOrder, PortPaper, PortState
from apps.numbers.models.porting import Line
from apps.numbers.porting import calendar, papers
from apps.numbers.porting.access import audit, event, lane, locked, settle
from apps.numbers.porting.reasons import NOT_TAKEN
from apps.ui.formatting import money
from apps.vendors.core import numbers as n
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import OutcomeUnknown

LEFT_OUT = "The carrier left it out when it took the order."


def facts(order: n.PortOrder) -> dict[str, Any]:
    """Return a port order as JSON."""
    return {
        "order_id": order.order_id,
        "placed_at": order.placed_at.isoformat() if order.placed_at else "",
        "status": order.status,
        "amount": "" if order.amount is None else str(order.amount),
        "currency": order.currency,
        "numbers": list(order.numbers),
    }


@intents.register
class PlacePort(IntentKind):
    """Order a port-in, which is charged at once. Without a trace a person decides: it is never sent again by itself."""

    key = "numbers.port"
    spends = True
    recheck_refusal = True
    claim_seconds = 600
    settle_seconds = 180

    def prepare(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        """Note the orders there are, so that a new one can be told; ours alone once it was sent."""
        if intent.attempts:
            return {}
        orders = client.capability(n.Porting).orders()
        ours = _numbers(intent)
        known_here = PortOrder.objects.filter(request__connection=intent.connection_id).exclude(order_id="")
        known = set(known_here.values_list("order_id", flat=True))
        outside = _holding(_recent(orders, intent), ours, known)
        if outside is not None:
            raise Withdrawn(
                f"The carrier's list shows port order {outside.order_id} with numbers of this one. It was not made here, so "
                "nothing was sent. Wait for its end, or take these numbers out.",
                facts(outside),
            )
        return {"known_orders": [order.order_id for order in orders]}

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        placed = client.capability(n.Porting).order(_request(intent), Confirmation("intent", str(intent.key)))
        if not placed.order_id:
            raise OutcomeUnknown("The carrier's answer names no order.", vendor=client.vendor.key, operation="porting.order")
        return facts(placed)

    def look(self, intent: Intent, client: Client) -> Finding:
        """A new order with our numbers is the proof: no number is in two open port orders."""
        orders = client.capability(n.Porting).orders()
        made = _holding(orders, _numbers(intent), set(intent.expected.get("known_orders", ())))
        if made is None:
            says = "The carrier's list of port orders shows no new one with these numbers."
            return Finding(Verdict.NOTHING, says, {"orders": len(orders)})
        says = f"The carrier's list shows the new port order {made.order_id} with these numbers: it was made."
        return Finding(Verdict.DONE, says, {"order_id": made.order_id, "numbers": len(made.numbers)}, facts(made))

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        adopt(locked(intent.params["order"]), result, intent.confirmed_by)
        return {**result, "numbers": len(result["numbers"])}

    def not_done(self, intent: Intent, message: str) -> None:
        _reopen(intent, f"It was not ordered. {message}")

    def not_sent(self, intent: Intent, message: str) -> None:
        PortOrder.objects.filter(pk=intent.params["order"], state=PortState.ORDERING).update(
            message=f"Not ordered yet, and nothing was sent. {message}"
        )

    def undecided(self, intent: Intent, finding: Finding) -> None:
        order = locked(intent.params["order"])
        if order.state == PortState.ORDERING:
            order.message = finding.says
            settle(order, None, PortState.UNCERTAIN)
            event(order, "uncertain", "Whether the order was made is not certain yet.", public=False)

    def late(self, intent: Intent, result: Mapping[str, Any]) -> None:
        """It was settled as not made and asked anew meanwhile: there may be two, which a person must hear of."""
        order = locked(intent.params["order"])
        text = f"A late answer of the carrier names order {result['order_id']} for an earlier try. Compare it with this one."
        order.message = text
        order.save(update_fields=["message"])
        event(order, "late", text, public=False)

    def waiting(self, intent: Intent) -> str:
        return (
            "The carrier did not answer when asked to order the port. It is not known yet whether it was ordered. "
            "Its list of port orders is being checked; nothing is sent again."
        )


def intent_for(order: PortOrder, actor: User) -> Intent:
    """Store the confirmed intent to place an order. It names the order alone: account and PIN stay where they are sealed."""
    return intents.draft(
        PlacePort,
        connection=order.request.connection,
        actor=actor,
        about=f"port {order.public_id}",
        subject=f"port order {order.public_id}",
        lane=lane(order.request.connection),
        params={"order": order.pk},
        expected={"numbers": order.numbers.count()},
        confirmed=True,
    )


def adopt(order: PortOrder, result: Mapping[str, Any], actor: User | None) -> None:
    """Store what the carrier says of the order it made; in a transaction, the order locked."""
    if order.order_id:
        return
    order.order_id, order.status_code = result["order_id"], result["status"]
    order.known_code = order.status_code
    order.placed_at = datetime.fromisoformat(result["placed_at"]) if result["placed_at"] else None
    order.amount = Decimal(result["amount"]) if result["amount"] else None
    order.currency = result["currency"]
    order.submitted_at = order.submitted_at or timezone.now()
    ours = set(order.numbers.values_list("number", flat=True))
    taken = ours & set(result["numbers"]) or ours  # a reply that names none says nothing of them
    settle(order, taken, PortState.SUBMITTED)
    price = f" for {money(order.amount, order.currency)}" if order.amount is not None else ""
    order.message = f"The carrier took it as order {order.order_id}{price}."
    text = f"Ordered: {_counted(len(taken))}."
    event(order, "ordered", text, status_code=order.status_code, actor=actor)
    event(order, "carrier", order.message, status_code=order.status_code, public=False, actor=actor)
    left_out(order, ours - taken)
    order.save()
    audit(
        "ordered",
        order.request,
        actor,
        order=order,
        effect="purchase",
        params={"order": order.order_id, "numbers": len(taken), "left_out": len(ours - taken)},
    )


def left_out(order: PortOrder, numbers: Iterable[str]) -> None:
    """Mark numbers that the carrier did not take as rejected; in a transaction, the order locked."""
    named = sorted(numbers)
    if not named:
        return
    settle(order, named, PortState.EXCEPTION, reason=NOT_TAKEN, reason_note=LEFT_OUT)
    event(order, "left_out", f"{_counted(len(named)).capitalize()} left out by the carrier: it cannot take them.")


def _request(intent: Intent) -> n.PortRequest:
    order = PortOrder.objects.select_related("request").get(pk=intent.params["order"])
    kept = order.secrets.open() if order.line == Line.WIRELESS else {}
    held = list(order.papers.all())
    return n.PortRequest(
        numbers=tuple(sorted(_numbers(intent))),
        kind=order.kind,
        subscriber_type=order.subscriber,
        authorizing_person=order.authorised_person,
        papers=papers.packed([one for one in held if one.kind == PortPaper.Kind.LOA], f"{order.label}-loa"),
        bill=papers.packed([one for one in held if one.kind == PortPaper.Kind.BILL], f"{order.label}-bill"),
        foc_date=calendar.moment(order.wanted_on, order.country) if order.wanted_on else None,
        wireless_account=kept.get("account", ""),
        wireless_pin=kept.get("pin", ""),
    )


def _numbers(intent: Intent) -> set[str]:
    return set(PortNumber.objects.filter(order=intent.params["order"]).values_list("number", flat=True))


def _holding(orders: Iterable[n.PortOrder], numbers: set[str], known: set[str]) -> n.PortOrder | None:
    """Return the order, of those not `known`, that holds most of `numbers`; None if none holds any."""
    best = max(
        (order for order in orders if order.order_id not in known),
        key=lambda order: len(numbers.intersection(order.numbers)),
        default=None,
    )
    return best if best is not None and numbers.intersection(best.numbers) else None


def _recent(orders: Iterable[n.PortOrder], intent: Intent) -> list[n.PortOrder]:
    """Leave out orders from long before: a number may have come, gone and come again."""
    since = intent.created_at - timedelta(days=calendar.MOST_DAYS)
    return [order for order in orders if order.placed_at is None or order.placed_at >= since]


def _reopen(intent: Intent, message: str) -> None:
    order = locked(intent.params["order"])
    if order.state in {PortState.ORDERING, PortState.UNCERTAIN}:
        order.message = message
        settle(order, None, PortState.DRAFT)
        event(order, "not_ordered", message, public=False)


def _counted(count: int) -> str:
    return "one number" if count == 1 else f"{count:,} numbers"
