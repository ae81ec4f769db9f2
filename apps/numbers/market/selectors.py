"""What the buying screens show besides the purchase itself: the cart in short, its stages, trunk groups, orders."""

from dataclasses import dataclass, field
from typing import Any

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import client_for, describe_error
from apps.numbers.models import HELD, CartNumber, CartState, Purchase, PurchaseState
from apps.numbers.purchase.services import PurchaseView, active, owner_line, view_of
from apps.ui.patterns import Stage, stages
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import NumberMarket, NumberOrder
from apps.vendors.core.routing import TrunkGroup, Trunks

SHOWN_IN_CART = 8
_STAGE = {
    PurchaseState.FILLING: 0,
    PurchaseState.ORDERING: 1,
    PurchaseState.ORDERED: 2,
    PurchaseState.PAYING: 2,
    PurchaseState.PAID: 4,
}


@dataclass
class Cart:
    """The cart of a carrier's account in short, for this person; `view` is None when nobody is buying."""

    connection: Connection
    may_buy: bool
    view: PurchaseView | None = None
    newest: list[CartNumber] = field(default_factory=list)

    @property
    def purchase(self) -> Purchase | None:
        return self.view.purchase if self.view else None

    @property
    def held_by_other(self) -> str:
        """Who holds the cart and since when, if that is somebody else."""
        return owner_line(self.view.purchase) if self.view and not self.view.mine else ""

    @property
    def working(self) -> bool:
        """Whether something is under way, so that the screen keeps asking."""
        return bool(self.view and self.view.jobs)

    @property
    def more(self) -> int:
        held = sum(self.view.counts.get(state, 0) for state in SHOWN) if self.view else 0
        return held - len(self.newest)


SHOWN = (*HELD, CartState.ORDERED, CartState.ALLOCATED)


def cart_of(connection: Connection, person: User) -> Cart:
    """Return the cart of a connection."""
    cart = Cart(connection, person.may("numbers.buy"))
    purchase = active(connection)
    if purchase is not None:
        cart.view = view_of(purchase, person)
        cart.newest = list(purchase.numbers.filter(state__in=SHOWN).order_by("-changed_at", "number")[:SHOWN_IN_CART])
    return cart


def stamp(view: PurchaseView) -> str:
    """Return a mark that changes when the purchase's page must be drawn anew; progress alone does not count."""
    purchase = view.purchase
    parts = [purchase.state, purchase.question, purchase.owner_id, view.to_decide, len(view.jobs)]
    return "-".join(str(part) for part in parts if part not in ("", None))


def purchase_stages(purchase: Purchase) -> list[Stage]:
    """Return where a purchase stands, as the stages of a wizard."""
    titles = [("Fill the cart", ""), ("Make the order", ""), ("Look and pay", ""), ("Yours", "")]
    if purchase.state == PurchaseState.NEEDS_PERSON:
        return stages(titles, 2 if purchase.order_id else 1)
    return stages(titles, _STAGE.get(PurchaseState(purchase.state), 0))


def trunk_groups(connection: Connection, person: User) -> tuple[list[TrunkGroup], dict[str, Any] | None]:
    """Return the trunk groups that numbers can be pointed at, and why they could not be read, in words."""
    try:
        client = client_for(connection, actor=person)
        return (list(client.capability(Trunks).list()) if client.supports(Trunks) else []), None
    except VendorError as error:
        return [], describe_error(error, connection, doing="list its trunk groups")


def carrier_orders(connection: Connection, person: User) -> tuple[list[NumberOrder], dict[str, Any] | None]:
    """Return the account's orders as the carrier lists them now, newest first, and why not, in words."""
    try:
        orders = client_for(connection, actor=person).capability(NumberMarket).orders()
    except VendorError as error:
        return [], describe_error(error, connection, doing="list its orders")
    return sorted(orders, key=lambda order: (str(order.placed_at or ""), order.order_id), reverse=True), None
