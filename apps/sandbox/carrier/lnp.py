"""Porting numbers in: can they come, the order with its papers, and how it moves on.

Which number fares how can be read off it: not a valid number, one that the carrier or an account has already, an area
code without stock, or an ending in 99 is rejected at once; an order with a number that ends in 98 is accepted, then
rejected by the losing carrier.
"""

from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from apps.sandbox.core.credentials import secret
from apps.sandbox.core.numbering import is_toll_free, valid_number
from apps.sandbox.world import TENANTS

from .accounts import ACTIVE, Account, Order, Owned
from .calls import TIME, Context, Refused, operation
from .cart import CATEGORIES
from .holidays import after_working_days, is_working_day
from .orders import PORT_COST, new_order, order_row, priced_fields, wanted_orders

# Raw states; the document does not explain them.
SUBMITTED, CONFIRMED, FOC, COMPLETE, EXCEPTION = "1", "2", "3", "4", "5"
_NEXT = {SUBMITTED: CONFIRMED, CONFIRMED: FOC, FOC: COMPLETE}
SUBSCRIBERS = ("residential", "business")
_SHORTEST_PORT = 4  # working days
_OUR_FIELDS = ("doomed", "changed")


@operation("check_lnp")
def check_portability(ctx: Context) -> dict[str, Any]:
    accepted, rejected = _sort_out(ctx)
    return {"accepted": _shaped(accepted, ctx), "rejected": _shaped(rejected, ctx)}


@operation("generate_lnp_order", writes=True, methods=("POST",))
def generate_port_order(ctx: Context) -> dict[str, Any]:
    """Orders the accepted numbers alone, and charges for them at once: the document has no call that pays later."""
    port = _papers_asked_for(ctx)
    accepted, rejected = _sort_out(ctx)
    wanted = [number for number in accepted if is_toll_free(number) == (ctx.params["category"].lower() == "tollfree")]
    trunk = next((trunk for trunk in ctx.account.trunks.values() if trunk.status == ACTIVE), None)
    if not wanted or trunk is None:
        raise Refused("numbers")
    order = new_order(ctx.carrier.new_id(), ctx.stamp, wanted, trunk, order_type="Portin", each=PORT_COST)
    if ctx.account.balance_cents < order.amount:
        raise Refused(text="Insufficient balance")
    doomed = ctx.faults("lnp_exception") or any(number.endswith("98") for number in wanted)
    order.port = {**port, **_subscriber(port, wanted), "doomed": doomed, "changed": ctx.stamp}
    for name in ("loa_doc", "carrier_doc"):
        order.port[name] = _keep(ctx, order.orderno, name, ctx.files[name])
    ctx.account.port_orders[order.orderno] = order
    ctx.account.book(ctx.stamp, "Order (LNP)", debit=order.amount, reference=order.orderno)
    return {
        "success": "Order Generated Successfully.",
        "orderNo": order.orderno,
        **priced_fields(order),
        "acceptedTns": _shaped(wanted, ctx),
    }


@operation("get_lnp_orders")
def list_port_orders(ctx: Context) -> dict[str, Any]:
    return {"Orders": [_row(ctx, order) for order in wanted_orders(ctx, ctx.account.port_orders)]}


def settle(account: Account, now: datetime, step: timedelta) -> None:
    """Move the account's port orders on by as many states as time has passed for."""
    for order in account.port_orders.values():
        changed = datetime.strptime(order.port["changed"], TIME).replace(tzinfo=now.tzinfo)
        while step and now - changed >= step and order.status in _NEXT:
            changed += step
            _move(account, order, changed, _following(order))


def advance(account: Account, order: Order, now: datetime, *, status: str = "", steps: int = 1, foc: str = "") -> Order:
    """Move the order on by hand: to a raw status, or by steps. With `foc` the losing carrier's date is set, or moves."""
    if foc:
        order.port["actualFocDate"] = datetime.fromisoformat(foc).strftime(TIME)
        steps = 0 if order.status in (FOC, EXCEPTION) else steps
    if status:
        _move(account, order, now, status)
        return order
    for _ in range(steps):
        if order.status in _NEXT:
            _move(account, order, now, _following(order))
    return order


def _following(order: Order) -> str:
    return EXCEPTION if order.port["doomed"] and order.status == CONFIRMED else _NEXT[order.status]


def _move(account: Account, order: Order, now: datetime, status: str) -> None:
    order.status, order.port["changed"] = status, now.strftime(TIME)
    if status in (FOC, COMPLETE) and not order.port["actualFocDate"]:
        order.port["actualFocDate"] = order.port["requestedFocDate"] or _next_foc(now)
    if status != COMPLETE:
        return
    for number in order.numbers:
        if number not in account.numbers:
            account.numbers[number] = Owned(
                number, order.tg_id, order.rate, order.did_type, "Portin", order.orderno, now.strftime(TIME)[:10]
            )


def _sort_out(ctx: Context) -> tuple[list[str], list[str]]:
    """The numbers that were sent (11 digits), as 10 digits: accepted, rejected."""
    asked = ctx.params.numbers("numbers", 11)
    if any(not number.startswith("1") for number in asked):
        raise Refused("numbers")
    numbers = [number[1:] for number in asked]
    accepted = [number for number in numbers if _portable(ctx, number)]
    if ctx.faults("partial"):
        accepted = accepted[: int(ctx.faults.value("partial", str(len(accepted) // 2)))]
    taken = set(accepted)
    return accepted, [number for number in numbers if number not in taken]


def _portable(ctx: Context, number: str) -> bool:
    ours = ctx.carrier.owner_of(number) or ctx.carrier.stock.is_free(number)
    orders = ctx.account.port_orders.values()
    in_open_order = any(number in order.numbers for order in orders if order.status != EXCEPTION)  # one may ask anew
    served = is_toll_free(number) or ctx.carrier.stock.knows_area(number[:3])
    return valid_number(number) and served and not ours and not in_open_order and not number.endswith("99")


def _papers_asked_for(ctx: Context) -> dict[str, Any]:
    """Every documented field but the numbers, checked. PIN and account number of a wireless line are not kept."""
    params = ctx.params
    params.choice("category", CATEGORIES, required=True)
    subscriber = params.choice("subscriberType", SUBSCRIBERS, required=True)
    person = params.text("loaAuthorizingPerson", required=True)
    for name in ("loa_doc", "carrier_doc"):
        if name not in ctx.files or not ctx.files[name].filename:
            raise Refused(name)
    foc = params.text("requestedFocDate")
    if foc:
        foc = _checked_foc(foc, ctx.now)
    return {
        "requestedFocDate": foc,
        "actualFocDate": "",
        "loaAuthorizingPerson": person,
        "subscriberType": subscriber,
    }


def _checked_foc(text: str, now: datetime) -> str:
    """A working day, not sooner than the losing carrier's minimum."""
    try:
        wanted = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Refused("requestedFocDate") from None
    earliest = after_working_days(now.date(), _SHORTEST_PORT)
    if wanted.date() < earliest or not is_working_day(wanted.date()):
        raise Refused("requestedFocDate")
    return wanted.strftime(TIME)


def _next_foc(now: datetime) -> str:
    return f"{after_working_days(now.date(), _SHORTEST_PORT)} 15:30:00"


def _subscriber(port: dict[str, Any], numbers: list[str]) -> dict[str, str]:
    """What a carrier's clerk would read off the papers; here the address of one of the demo's customers."""
    first, _, last = port["loaAuthorizingPerson"].partition(" ")
    address = TENANTS[int(numbers[0]) % len(TENANTS)].address
    return {
        "billingNumber": f"+1{numbers[0]}",
        "subscriberFirstName": first,
        "subscriberLastName": last,
        "addressHouseNumber": address.house,
        "addressStreetName": address.street,
        "addressStreetSuffix": address.suffix,
        "addressCity": address.city,
        "addressStateCode": address.state,
        "addressZip": address.zip,
        "losingCarrierName": "Bandwidth",
    }


def _keep(ctx: Context, orderno: str, field: str, upload: FileStorage) -> str:
    """Store an uploaded paper; gives the name it is served under."""
    original = secure_filename(upload.filename or "") or "paper"
    key = secret(ctx.carrier.seed, "paper", orderno, field, length=12)
    name = f"{orderno}-{field}-{key}-{original}"
    ctx.carrier.uploads.mkdir(parents=True, exist_ok=True)
    upload.save(ctx.carrier.uploads / name)
    return name


def _row(ctx: Context, order: Order) -> dict[str, Any]:
    """One order; the papers' names become links, dates of change come with T and Z as the first sample has them."""
    port = {name: value for name, value in order.port.items() if name not in (*_OUR_FIELDS, "loa_doc", "carrier_doc")}
    papers = f"{ctx.root}/uploads/portin"
    return {
        **order_row(ctx, order),
        **port,
        "lastModifiedDate": order.port["changed"].replace(" ", "T") + "Z",
        "lastModifiedBy": "System",
        "immediately": False,
        "triggered": False,
        "loa": f"{papers}/{order.port['loa_doc']}",
        "carrier_doc": f"{papers}/{order.port['carrier_doc']}",
    }


def _shaped(numbers: list[str], ctx: Context) -> list[Any]:
    """The document's samples are no JSON; a list of numbers is meant. Other readings by variation."""
    match ctx.faults.value("lnp_shape", "separate"):
        case "joined":
            return [" , ".join(numbers)]
        case "nested":
            return [numbers]
        case "documented":
            return [{"braced": numbers}] if numbers else []
        case "keyed":
            return [{str(position): number for position, number in enumerate(numbers)}]
    return list(numbers)
