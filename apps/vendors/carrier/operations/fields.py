"""Parameters and reply fields that several of the carrier's operations share."""

from collections.abc import Mapping
from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, Rule
from apps.vendors.core.params import Param
from apps.vendors.core.replies import Shape

CATEGORIES = {"landline": "Local", "tollfree": "Toll-free"}
NUMBER_STATUS = {"1": "Active", "0": "Inactive", "2": "Cancelled"}
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU AB BC MB NB NL NS NT NU ON PE QC SK YT"
)


def record(
    name: str,
    documented: str,
    title: str,
    effect: Effect,
    *parameters: Param,
    area: str,
    returns: Shape,
    source: str,
    rules: tuple[Rule, ...] = (),
    **options: Any,
) -> Operation:
    """Declare an operation whose path is its documented name."""
    return Operation(
        name=name,
        title=title,
        area=area,
        effect=effect,
        wire=f"/{documented}",
        returns=returns,
        source=f"carrier: {source}",
        documented_as=(documented,),
        params=parameters,
        rules=rules,
        **options,
    )


def state(**options: Any) -> Param:
    """A US state or Canadian province by its two letters."""

    def clean(value: Any) -> str:
        code = str(value).strip().upper()
        if code not in _STATES.split():
            raise ValueError("give a state or province by its two letters, like WA")
        return code

    return Param("state", "text", clean, help="Two letters, like WA.", **options)


def category(**options: Any) -> Param:
    return params.choice("category", CATEGORIES, **options)


def npa_nxx(wire: str = "npanxx") -> Param:
    return params.code("npa_nxx", "6", wire=wire, help="Area code and exchange, like 206219.")


def toll_free_prefix(**options: Any) -> Param:
    return params.code("tfn_prefix", "3", help="Like 866, 877 or 800.", **options)


def identifier(name: str, wire: str = "", **options: Any) -> Param:
    """An id the carrier gave out: digits, kept as text."""
    return params.text(name, wire=wire, pattern=r"\d{1,20}", hint="give the carrier's id: digits only", **options)


def period() -> tuple[Param, Param]:
    return (
        params.day("first", wire="from", help="First day, like 2026-04-01."),
        params.day("last", wire="to", help="Last day, like 2026-04-30."),
    )


# One cost block stands in new orders, listed orders and port orders alike ("Generate New DID/TFN Order").
ORDER_FIELDS: Mapping[str, Any] = {
    "orderId": replies.text,
    "orderno": replies.text,
    "orderNo": replies.text,
    "Order NO": replies.text,
    "date": replies.moment,
    "amount": replies.money,
    "per_order_cost": replies.money,
    "taxes": replies.money,
    "other_charges": replies.money,
    "discount": replies.money,
    "tg_id": replies.text,
    "orderType": replies.text,
    "didCategory": replies.text,
    "didType": replies.text,
    "sessions": replies.text,
    "status": replies.text,
    "order_status": replies.text,
    "numbers": replies.phones,
}
TRAFFIC_FIELDS: Mapping[str, Any] = {
    "number": replies.text,
    "month": replies.day,
    "processed": replies.integer,
    "completed": replies.integer,
    "acd": replies.seconds,
    "asr": replies.percent,
    "mou": replies.number,
    "peak": replies.integer,
}
