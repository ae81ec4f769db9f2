"""From cart to order, from order to numbers: where the money goes."""

from dataclasses import dataclass
from typing import Any

from apps.sandbox.core.numbering import is_toll_free

from .accounts import ACTIVE, ORDER_GENERATED, ORDER_PROCESSED, Order, Owned, TrunkGroup, money
from .calls import Context, Refused, operation

# Cents a month for one number, by category and billing type of its trunk group.
RATES = {
    ("Landline", "Metered"): 60,
    ("Landline", "Unmetered"): 95,
    ("TollFree", "Metered"): 125,
    ("TollFree", "Unmetered"): 175,
}
ORDER_COST = 100
PORT_COST = 450  # each number
TAX_PER_MILLE = 75
RECOVERY_FEE = 5  # each number
DISCOUNT_FROM, DISCOUNT_PER_CENT = 100, 5


@dataclass(frozen=True)
class Price:
    """`amount` is what will be debited; the other fields are its parts, the discount already taken off."""

    amount: int
    per_order_cost: int
    taxes: int
    other_charges: int
    discount: int
    rate: int


def price(quantity: int, rate: int, *, each: int = 0) -> Price:
    """What `quantity` numbers cost: the first month at `rate`, `each` on top, fees and taxes. In cents."""
    numbers = quantity * (rate + each)
    discount = numbers * DISCOUNT_PER_CENT // 100 if quantity >= DISCOUNT_FROM else 0
    taxes = -(-(numbers - discount) * TAX_PER_MILLE // 1000)
    other = quantity * RECOVERY_FEE
    return Price(numbers + ORDER_COST + taxes + other - discount, ORDER_COST, taxes, other, discount, rate)


def new_order(
    orderno: str, date: str, numbers: list[str], trunk: TrunkGroup, *, order_type: str = "New", each: int = 0
) -> Order:
    """An order of these numbers on this trunk group, priced."""
    category = "TollFree" if is_toll_free(numbers[0]) else "Landline"
    cost = price(len(numbers), RATES[category, trunk.billing_type], each=each)
    return Order(
        orderno=orderno,
        date=date,
        amount=cost.amount,
        per_order_cost=cost.per_order_cost,
        taxes=cost.taxes,
        other_charges=cost.other_charges,
        discount=cost.discount,
        tg_id=trunk.id,
        category=category,
        did_type=trunk.billing_type,
        sessions=trunk.sessions,
        rate=cost.rate,
        numbers=numbers,
        order_type=order_type,
    )


def priced_fields(order: Order) -> dict[str, Any]:
    """The fields that every reply about an order has in common, in the document's order."""
    return {
        "date": order.date,
        "amount": money(order.amount),
        "per_order_cost": money(order.per_order_cost),
        "taxes": money(order.taxes),
        "other_charges": money(order.other_charges),
        "discount": money(order.discount),
        "tg_id": order.tg_id,
        "orderType": order.order_type,
        "didCategory": order.category,
        "didType": order.did_type,
        "sessions": order.sessions,
        "status": order.status,
    }


def allocate(ctx: Context, order: Order) -> None:
    """The order's numbers become the account's, active on the order's trunk group."""
    for number in order.numbers:
        ctx.account.numbers[number] = Owned(
            number=number,
            trunk_id=order.tg_id,
            rate=order.rate,
            did_type=order.did_type,
            order_type=order.order_type,
            orderno=order.orderno,
            since=ctx.stamp[:10],
            status=ACTIVE,
        )


@operation("gen_order", writes=True)
def generate_order(ctx: Context) -> dict[str, Any]:
    """The account's whole cart becomes an order, whoever put the numbers there; the next cart has a new id."""
    account = ctx.account
    trunk = active_trunk(ctx, "trunk_id")
    if ctx.params.digits("reserveId", 1, 12, required=True) != account.reserve_id or not account.cart:
        raise Refused("reserveId")
    order = new_order(ctx.carrier.new_id(), ctx.stamp, account.cart, trunk)
    account.orders[order.orderno] = order
    account.cart, account.reserve_id = [], ctx.carrier.new_id()
    return {
        "success": "Order Generated successfully.",
        "orderId": order.orderno,
        **priced_fields(order),
        "numbers": order.numbers,
    }


@operation("process_order", writes=True)
def process_order(ctx: Context) -> dict[str, Any]:
    """Debits the order's amount and allocates its numbers, once. A processed order is refused like an unknown one."""
    account = ctx.account
    order = account.orders.get(ctx.params.digits("orderId", 1, 12, required=True))
    if order is None or order.status != ORDER_GENERATED:
        raise Refused("orderId")
    if account.balance_cents < order.amount:
        raise Refused(text="Insufficient balance")
    account.book(ctx.stamp, "Order (New DIDs)", debit=order.amount, reference=order.orderno)
    order.status = ORDER_PROCESSED
    allocate(ctx, order)
    return {"success": "Order Processed Successfully.", "orderId": order.orderno}


@operation("get_new_orders")
def list_orders(ctx: Context) -> dict[str, Any]:
    return {"Orders": [order_row(ctx, order) for order in wanted_orders(ctx, ctx.account.orders)]}


def wanted_orders(ctx: Context, orders: dict[str, Order]) -> list[Order]:
    """All, or the one that orderId names."""
    orderno = ctx.params.digits("orderId", 1, 12)
    if orderno and orderno not in orders:
        raise Refused("orderId")
    return [orders[orderno]] if orderno else list(orders.values())


def order_row(ctx: Context, order: Order) -> dict[str, Any]:
    head = {"orderno": order.orderno, "accountno": ctx.account.accountno}
    return {**head, **priced_fields(order), "numbers": order.numbers}


def active_trunk(ctx: Context, name: str) -> TrunkGroup:
    """The active origination trunk group that the parameter names."""
    trunk = ctx.account.trunks.get(ctx.params.digits(name, 1, 12, required=True))
    if trunk is None or trunk.status != ACTIVE:
        raise Refused(name)
    return trunk
