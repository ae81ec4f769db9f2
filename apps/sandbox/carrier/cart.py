"""The order cart: one for an account, shared by everybody who uses its token."""

from itertools import chain, islice
from typing import Any

from apps.sandbox.core.numbering import TOLL_FREE

from .calls import Context, Refused, joined, operation
from .stock import Block

CATEGORIES = ("landline", "tollfree")


@operation("reserve", writes=True)
def reserve(ctx: Context) -> dict[str, Any]:
    blocks = _stock_asked_for(ctx, state_required=True)
    number = ctx.params.digits("number", 10, required=True)
    if not ctx.carrier.stock.is_free(number) or all(b.exchange.npa_nxx != number[:6] for b in blocks):
        raise Refused("number")
    return _put_in_cart(ctx, [number])


@operation("bulkreserve", writes=True)
def reserve_many(ctx: Context) -> dict[str, Any]:
    """The first numbers that fit, ascending. Fewer than asked for is a success that names fewer."""
    blocks = _stock_asked_for(ctx, state_required=False)
    quantity = ctx.params.whole("quantity", 1, 1000)
    if ctx.faults("partial"):
        quantity = min(quantity, int(ctx.faults.value("partial", str(max(1, quantity // 2)))))
    numbers = list(islice(chain.from_iterable(block.numbers() for block in blocks), quantity))
    if not numbers:
        raise Refused("quantity")
    return _put_in_cart(ctx, numbers)


@operation("remove_reserved", writes=True)
def remove_reserved(ctx: Context) -> dict[str, Any]:
    """Without a number, or with a blank one, this empties the cart."""
    account = ctx.account
    if ctx.params.digits("reserveId", 1, 12, required=True) != account.reserve_id:
        raise Refused("reserveId")
    asked = ctx.params.numbers("number", 10) if ctx.params.text("number") else list(account.cart)
    in_cart = set(account.cart)
    removed = [number for number in asked if number in in_cart]
    unknown = [number for number in asked if number not in in_cart]
    gone = set(removed)
    account.cart = [number for number in account.cart if number not in gone]
    for number in removed:
        ctx.carrier.stock.give_back(number)
    return {"Removed TNs": joined(removed, ctx.faults), "TNs not available": joined(unknown, ctx.faults)}


def _stock_asked_for(ctx: Context, *, state_required: bool) -> list[Block]:
    """The exchanges that category, state, npanxx, city and tfn_prefix leave."""
    params, stock = ctx.params, ctx.carrier.stock
    if params.choice("category", CATEGORIES, required=True) == "tollfree":
        prefix = params.digits("tfn_prefix", 3, required=True)
        if prefix not in TOLL_FREE:
            raise Refused("tfn_prefix")
        return stock.blocks(toll_free=True, prefix=prefix)
    state = params.text("state", required=state_required).upper()
    npa_nxx, city = params.digits("npanxx", 6), params.text("city")
    if state and not stock.knows_state(state):
        raise Refused("state")
    if npa_nxx and not stock.blocks(npa_nxx=npa_nxx):
        raise Refused("npanxx")
    if city and not stock.blocks(city=city):
        raise Refused("city")
    return stock.blocks(state=state, npa_nxx=npa_nxx, city=city)


def _put_in_cart(ctx: Context, numbers: list[str]) -> dict[str, Any]:
    for number in numbers:
        ctx.carrier.stock.take(number)
    ctx.account.cart += numbers
    shown = ctx.account.cart if ctx.faults("cart_in_reply") else numbers
    return {"reserveId": ctx.account.reserve_id, "TNs": joined(shown, ctx.faults)}
