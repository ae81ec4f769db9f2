"""Where there is stock, and which numbers."""

from typing import Any

from apps.sandbox.core.numbering import TOLL_FREE

from .calls import Context, Refused, operation


@operation("availabilitystate")
def availability_by_state(ctx: Context) -> dict[str, Any]:
    return {"data": ctx.carrier.stock.states()}


@operation("availabilitynpanxx")
def availability_by_exchange(ctx: Context) -> dict[str, Any]:
    rows = [
        {
            "NPANXX": block.exchange.npa_nxx,
            "NPA": block.exchange.npa_nxx[:3],
            "RateCenter": block.exchange.rate_center,
        }
        for block in ctx.carrier.stock.blocks(state=_state(ctx))
        if block.has_free
    ]
    return {"data": rows}


@operation("searchdid")
def search_local(ctx: Context) -> dict[str, Any]:
    """The document says nothing of a limit or of pages: all that fits comes at once.

    `ratecenter` is not documented but was sent by a client that worked.
    """
    state = _state(ctx)
    npa_nxx = ctx.params.digits("NPANXX", 6)
    number = ctx.params.digits("NPANXXYYYY", 10)
    blocks = ctx.carrier.stock.blocks(state=state, npa_nxx=npa_nxx or number[:6], city=ctx.params.text("ratecenter"))
    found = [
        (text, block.exchange)
        for block in blocks
        if not number or block.exchange.npa_nxx == number[:6]
        for text in ([number] * ctx.carrier.stock.is_free(number) if number else block.numbers())
    ]
    if not ctx.faults("wrapped"):
        return {"DIDs": [{"TN": text, "statusid": "0"} for text, _ in found]}
    rows = [{"TN": text, "RateCenter": exchange.rate_center, "category": "Landline"} for text, exchange in found]
    return {"Numbers": rows} if rows else {}


@operation("searchtfn")
def search_toll_free(ctx: Context) -> dict[str, Any]:
    prefix = ctx.params.digits("tfn_prefix", 3, required=True)
    if prefix not in TOLL_FREE:
        raise Refused("tfn_prefix")
    blocks = ctx.carrier.stock.blocks(toll_free=True, prefix=prefix)
    return {"TFNs": [{"TN": text, "statusid": "0"} for block in blocks for text in block.numbers()]}


def _state(ctx: Context) -> str:
    state = ctx.params.text("state", required=True).upper()
    if not ctx.carrier.stock.knows_state(state):
        raise Refused("state")
    return state
