"""Stock, cart and the account's numbers ("Origination API")."""

from typing import Any

from apps.vendors.carrier.operations.fields import (
    NUMBER_STATUS,
    category,
    identifier,
    npa_nxx,
    record,
    state,
    toll_free_prefix,
)
from apps.vendors.core import params, replies
from apps.vendors.core.operation import Checked, Effect, one_of, required_when

RELEASED: dict[str, Any] = {"Removed TNs": replies.phones, "TNs not available": replies.phones}

OPERATIONS = [
    record(
        "stock.states", "availabilitystate", "States with stock", Effect.READ,
        area="numbers", returns=replies.texts("data"), source="State Availability",
    ),
    record(
        "stock.exchanges", "availabilitynpanxx", "Exchanges with stock in a state", Effect.READ,
        state(required=True),
        area="numbers", source="NPANXX Availability", checked=Checked.FIELD,
        returns=replies.rows("data", NPANXX=replies.text, NPA=replies.text, RateCenter=replies.text, required=("NPANXX",)),
    ),
    record(
        "stock.search", "searchdid", "Local numbers for sale", Effect.READ,
        state(required=True),
        npa_nxx("NPANXX"),
        params.phone("number", wire="NPANXXYYYY", help="One number, to see whether it is for sale."),
        area="numbers", source="DID Availability", checked=Checked.FIELD,
        # The document says DIDs; a client saw data.Numbers, absent when nothing matches.
        returns=replies.rows("DIDs", "Numbers", sparse=True, TN=replies.phone, statusid=replies.text, required=("TN",)),
    ),
    record(
        "stock.search_toll_free", "searchtfn", "Toll-free numbers for sale", Effect.READ,
        toll_free_prefix(required=True),
        area="numbers", source="TFN Availability",
        returns=replies.rows("TFNs", "Numbers", sparse=True, TN=replies.phone, statusid=replies.text, required=("TN",)),
    ),
    record(
        "cart.reserve", "reserve", "Reserve a number", Effect.WRITE,
        category(required=True),
        state(),
        npa_nxx(),
        params.text("city"),
        toll_free_prefix(),
        params.phone("number", required=True),
        rules=(
            required_when("state", "category", "landline"),
            required_when("tfn_prefix", "category", "tollfree"),
        ),
        area="numbers", source="Reserve New Number", outcome_from="stock.search",
        returns=replies.obj(reserveId=replies.text, TNs=replies.phones, required=("reserveId",)),
    ),
    record(
        "cart.reserve_many", "bulkreserve", "Reserve many numbers", Effect.WRITE,
        category(required=True),
        state(),
        npa_nxx(),
        params.text("city"),
        toll_free_prefix(),
        params.integer("quantity", minimum=1, maximum=1000, required=True),
        rules=(required_when("tfn_prefix", "category", "tollfree"),),
        area="numbers", source="Bulk Reserve Number", outcome_from="stock.search", timeout=120,
        returns=replies.obj(reserveId=replies.text, TNs=replies.phones, required=("reserveId",)),
    ),
    record(
        "cart.release", "remove_reserved", "Take numbers out of the cart", Effect.DESTRUCTIVE,
        identifier("reserve_id", "reserveId", required=True),
        params.phones("numbers", wire="number", help="Without any, the carrier empties the whole cart of the account."),
        area="numbers", source="Remove Reserved Number", outcome_from="stock.search",
        returns=replies.obj(**RELEASED),
    ),
    record(
        "numbers.list", "getnumbers", "Numbers of the account", Effect.READ,
        category(),
        params.choice("status", NUMBER_STATUS),
        identifier("trunk_id", "trunkId"),
        identifier("order_id", "orderno"),
        area="numbers", source="Get My Numbers", slow=True, timeout=120, max_bytes=256 * 1024 * 1024,
        returns=replies.rows(
            "data",
            didnumber=replies.phone, trunkGroup=replies.text, prefix1=replies.text, trunkGroup2=replies.text,
            prefix2=replies.text, didRate=replies.money, didType=replies.text, orderType=replies.text,
            status=replies.text, cnam=replies.text, required=("didnumber",),
        ),
    ),
    record(
        "numbers.change", "updatenumber", "Change trunk group or status of numbers", Effect.WRITE,
        params.phones("numbers", wire="number", required=True),
        identifier("trunk_id", "trunkId"),
        params.choice("status", {"1": "Active", "0": "Inactive"}, help="Cancelling is an operation of its own."),
        rules=(one_of("trunk_id", "status"),),
        area="numbers", source="Update My Number", repeatable=True, outcome_from="numbers.list", timeout=120,
        returns=replies.done(success=replies.text),
    ),
    record(
        "numbers.cancel", "updatenumber", "Cancel numbers", Effect.DESTRUCTIVE,
        params.phones("numbers", wire="number", required=True),
        params.choice("status", {"2": "Cancelled"}, default="2"),
        area="numbers", source="Update My Number", outcome_from="numbers.list", timeout=120,
        returns=replies.done(success=replies.text),
    ),
]  # fmt: skip
