"""Paying as something that is approved: the order, its numbers and its price, and nothing else."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.changes.approvals import ApprovalKind, over_limit, register
from apps.changes.models import ApprovalPolicy
from apps.connections.models import Connection
from apps.numbers.models import FINISHED, CartState, Purchase, PurchaseState
from apps.numbers.purchase import price, rows
from apps.numbers.purchase.access import PERMISSION, not_now
from apps.numbers.purchase.work import counted
from apps.ui.formatting import money
from apps.ui.paging import keyset_page
from apps.vendors.core.errors import VendorError

PAGE = 100
_BOUGHT = (CartState.ORDERED, CartState.ALLOCATED)


@register
class PaymentApproval(ApprovalKind):
    """The payment of one order."""

    key = "numbers.payment"
    noun = "payment"
    template = "numbers/market/_approval.html"

    def find(self, subject: str) -> Purchase | None:
        found = Purchase.objects.select_related("connection", "owner")
        return found.filter(public_id=UUID(subject.split()[-1])).first()

    def subject(self, thing: Purchase) -> str:
        return f"purchase {thing.public_id}"

    def title(self, thing: Purchase) -> str:
        return f"Pay {money(thing.amount, thing.currency)} for {counted(len(_numbers(thing)))}"

    def url(self, thing: Purchase) -> str:
        return thing.get_absolute_url()

    def permission(self, thing: Purchase) -> str:
        return PERMISSION

    def view_permission(self, thing: Purchase) -> str:
        return "numbers.orders"

    def owner(self, thing: Purchase) -> User:
        return thing.owner

    def connections(self, thing: Purchase) -> list[Connection]:
        return [thing.connection]

    def reasons(self, thing: Purchase, policy: ApprovalPolicy) -> list[str]:
        why = over_limit(policy, thing.amount, thing.currency)
        return [why] if why else []

    def fingerprint(self, thing: Purchase) -> str:
        trunk_group = [thing.trunk_group_id, thing.trunk_group]
        amount = None if thing.amount is None else f"{thing.amount.normalize():f}"
        whole = [thing.connection_id, thing.order_id, amount, thing.currency, trunk_group, _numbers(thing)]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()

    def facts(self, thing: Purchase) -> Mapping[str, Any]:
        amount = money(thing.amount, thing.currency)
        return {"order": thing.order_id, "amount": amount, "numbers": len(_numbers(thing)), "trunk_group": thing.trunk_group}

    def obstacle(self, thing: Purchase) -> str:
        if thing.state != PurchaseState.ORDERED:
            return not_now(thing)
        return "" if thing.amount is not None else "The carrier states no price for this order, so it cannot be approved."

    def is_over(self, thing: Purchase) -> bool:
        return thing.state in FINISHED

    def shown(self, thing: Purchase, person: User, cursor: str) -> Mapping[str, Any]:
        """Return the order with its numbers; to who could pay it also the balance, which is asked for now."""
        quote = None
        if person.may(PERMISSION) and thing.state == PurchaseState.ORDERED:
            try:
                quote = price.quote(thing, person)
            except VendorError as error:  # the connection is disabled, say
                return {**self._order(thing, cursor), "quote_problem": error.user_message}
        return {**self._order(thing, cursor), "preview": quote}

    def _order(self, thing: Purchase, cursor: str) -> dict[str, Any]:
        bought = thing.numbers.filter(state__in=_BOUGHT)
        return {
            "purchase": thing,
            "page": keyset_page(bought, ("number", "pk"), cursor, PAGE),
            "count": bought.count(),
            "costs": price.costs_of(thing),
            "may_open": True,
        }


def _numbers(purchase: Purchase) -> list[str]:
    return rows.numbers_in(purchase, *_BOUGHT)
