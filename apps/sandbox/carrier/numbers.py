"""The account's own numbers."""

from typing import Any

from .accounts import ACTIVE, CANCELLED, INACTIVE, Account, Owned, TrunkGroup, money
from .calls import Context, Refused, operation
from .cart import CATEGORIES
from .orders import active_trunk

STATUSES = (INACTIVE, ACTIVE, CANCELLED)
_NO_TRUNK = TrunkGroup("", "", "", "", primary_port="")


@operation("getnumbers")
def list_numbers(ctx: Context) -> dict[str, Any]:
    category = ctx.params.choice("category", CATEGORIES)
    status = ctx.params.choice("status", STATUSES)
    trunk_id = ctx.params.digits("trunkId", 1, 12)
    orderno = ctx.params.digits("orderno", 1, 12)
    rows = [
        _row(ctx.account, number)
        for number in ctx.account.numbers.values()
        if category in ("", "tollfree" if number.toll_free else "landline")
        and status in ("", number.status)
        and trunk_id in ("", number.trunk_id)
        and orderno in ("", number.orderno)
    ]
    return {"data": rows}


@operation("updatenumber", writes=True)
def update_numbers(ctx: Context) -> dict[str, Any]:
    """All of the numbers or none; with the variation `partial` the first half alone, and no word of it.

    A cancelled number is nobody's any more and cannot be changed.
    """
    names = ctx.params.numbers("number", 10)
    status = ctx.params.choice("status", STATUSES)
    trunk = active_trunk(ctx, "trunkId") if ctx.params.text("trunkId") or not status else None
    owned = owned_numbers(ctx, names)
    if any(number.status == CANCELLED for number in owned):
        raise Refused("number")
    if ctx.faults("partial"):
        owned = owned[: int(ctx.faults.value("partial", str(max(1, len(owned) // 2))))]
    for number in owned:
        number.status = status or number.status
        number.trunk_id = trunk.id if trunk else number.trunk_id
    return {"success": "Trunk successfully Updated."}


def owned_numbers(ctx: Context, names: list[str]) -> list[Owned]:
    """The account's numbers of these names, all of them."""
    if not all(name in ctx.account.numbers for name in names):
        raise Refused("number")
    return [ctx.account.numbers[name] for name in names]


def _row(account: Account, number: Owned) -> dict[str, str]:
    trunk = account.trunks.get(number.trunk_id, _NO_TRUNK)
    return {
        "didnumber": number.number,
        "trunkGroup": trunk.primary_ip,
        "prefix1": trunk.primary_prefix,
        "trunkGroup2": trunk.secondary_ip,
        "prefix2": trunk.secondary_prefix,
        "didRate": money(number.rate),
        "didType": number.did_type,
        "orderType": number.order_type,
        "status": number.status,
        "cnam": number.cnam,
    }
