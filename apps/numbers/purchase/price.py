"""What an order costs, now and by the month, and what paying it would leave. Nothing here spends."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count

from apps.accounts.models import User
from apps.changes import approvals
from apps.connections.services import describe_error
from apps.numbers.models import CartState, Number, Purchase
from apps.numbers.purchase.work import client_of
from apps.ui.formatting import money
from apps.ui.patterns import Cost
from apps.vendors.core.billing import Billing
from apps.vendors.core.client import Client
from apps.vendors.core.errors import VendorError


@dataclass(frozen=True, slots=True)
class Monthly:
    """What the numbers will cost a month: an estimate from what like numbers cost now, or nothing."""

    amount: Decimal | None
    each: Decimal | None
    basis: str  # where it comes from, in words


@dataclass(frozen=True)
class PaymentPreview:
    """What paying would do. `token` is what `pay` wants back; `typed` what a person must type besides, or "".

    `standing` says whether a second person is needed first.
    """

    purchase: Purchase
    numbers: int
    amount: Decimal | None
    currency: str
    per_order_cost: Decimal | None
    taxes: Decimal | None
    other_charges: Decimal | None
    discount: Decimal | None
    balance_before: Decimal | None
    balance_after: Decimal | None
    monthly: Monthly
    token: str = ""
    typed: str = ""
    obstacles: list[str] = field(default_factory=list)  # why it cannot be paid now
    problem: dict[str, Any] | None = None  # why the balance could not be read, in words for the screen
    standing: approvals.Standing | None = None

    @property
    def can_pay(self) -> bool:
        return not self.obstacles and bool(self.token) and not (self.standing and self.standing.blocked)


def quote(purchase: Purchase, person: User) -> PaymentPreview:
    """Say what paying would cost and leave, to somebody who may buy but need not own it; it cannot be paid with.

    Reads the balance. Raises PermissionDenied, NotConfigured.
    """
    return priced(purchase, *balance_of(purchase, client_of(purchase, person)))


def priced(purchase: Purchase, balance: Decimal | None, problem: dict[str, Any] | None) -> PaymentPreview:
    """Say what paying would cost and leave; without a token."""
    count = purchase.numbers.filter(state=CartState.ORDERED).count()
    after = balance - purchase.amount if balance is not None and purchase.amount is not None else None
    obstacles = []
    if purchase.amount is None:
        obstacles.append("The carrier states no price for this order, so it cannot be confirmed here.")
    if not count:
        obstacles.append("The order holds no numbers.")
    if after is not None and after < 0:
        missing = money(-after, purchase.currency)
        obstacles.append(f"The balance does not cover it: {missing} are missing. Add funds to the account, then pay.")
    return PaymentPreview(
        purchase=purchase,
        numbers=count,
        amount=purchase.amount,
        currency=purchase.currency,
        per_order_cost=purchase.per_order_cost,
        taxes=purchase.taxes,
        other_charges=purchase.other_charges,
        discount=purchase.discount,
        balance_before=balance,
        balance_after=after,
        monthly=_monthly(purchase, count),
        obstacles=obstacles,
        problem=problem,
    )


def costs_of(purchase: Purchase) -> list[Cost]:
    """Return what the order costs, as lines."""
    discount = -purchase.discount if purchase.discount else None
    parts = (
        ("Included: per order", purchase.per_order_cost),
        ("Included: taxes", purchase.taxes),
        ("Included: other charges", purchase.other_charges),
        ("Included: discount", discount),
    )
    return [*(Cost(label, amount) for label, amount in parts if amount), Cost("To pay now", purchase.amount, total=True)]


def balance_of(purchase: Purchase, client: Client) -> tuple[Decimal | None, dict[str, Any] | None]:
    """Return the account's balance, or why it could not be read, in words for the screen; both None without a call for it."""
    if not client.supports(Billing):
        return None, None
    try:
        entry = client.capability(Billing).balance()
    except VendorError as error:
        return None, describe_error(error, purchase.connection, doing="state the balance")
    return (entry.balance if entry else None), None


def _monthly(purchase: Purchase, count: int) -> Monthly:
    """Estimate the monthly cost from the rate that most of the account's like numbers have."""
    like = Number.objects.filter(
        connection=purchase.connection, kind=purchase.kind, did_type=purchase.did_type, missing_since=None
    ).exclude(monthly_rate=None)
    found = like.order_by().values_list("monthly_rate").annotate(Count("pk"))
    each, seen = max(found, key=lambda row: (row[1], row[0]), default=(None, 0))
    if each is None:
        return Monthly(None, None, "The carrier states no monthly price for an order, and there are no like numbers to go by.")
    kind = "toll-free" if purchase.kind == "tollfree" else "local"
    basis = f"An estimate: {seen:,} of the account's {kind} {purchase.did_type} numbers cost {money(each)} a month each. "
    return Monthly(each * count, each, basis + "The carrier states no monthly price for an order.")
