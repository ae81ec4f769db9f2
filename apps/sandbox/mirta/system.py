"""The system as a whole: help, licence, tenant limits and settings, credit, numbers and PIN codes in lists."""

from datetime import date
from decimal import Decimal, InvalidOperation

from .answers import Answer, Rows, record
from .calls import OPERATIONS, Context, Result, Said, operation, stamp

_PLAIN_DID = {
    "Country": "di_country", "Area": "di_area", "Number": "di_number", "Tenant": "te_code", "Comment": "di_comment",
    "Recording": "di_recording", "Faxstation ID": "di_fs_id", "FAX Email": "di_faxemail", "Max Channels": "di_maxchannels",
    "Recording EMail": "di_emailrecording", "SMS Email": "di_smsemail",
}  # fmt: skip
_LIMITS = {"maxchannels": "te_maxchannels", "maxextensions": "te_maxextensions", "maxdids": "te_maxdids"}
LICENSED_UNTIL = "licensed until"


@operation("HELP")
def help_(ctx: Context) -> Result:
    """A page of what can be asked."""
    lines = [f"{name:<40}{', '.join(OPERATIONS[name].needs)}".rstrip() for name in sorted(OPERATIONS)]
    return "<pre>\nRequests and what they need:\n" + "\n".join(lines) + "\n</pre>\n"


@operation("LICENSEDAYS", admin=True)
def licensedays(ctx: Context) -> Result:
    return str((date.fromisoformat(ctx.pbx.fact(LICENSED_UNTIL)["day"]) - ctx.now.date()).days)


@operation("INFO config")
def config(ctx: Context) -> Result:
    """The limits of a tenant, or of all of them together."""
    rows = ctx.pbx.of("tenant").items()
    held = [row for ref, row in rows if ctx.tenant in ("", ref)]
    return record({name: str(sum(int(row.get(column) or 0) for row in held)) for name, column in _LIMITS.items()}, twice=False)


@operation("INFO balance")
def balance(ctx: Context) -> Result:
    """The credit, or with a start what it moved by since: a bare number."""
    rows = ctx.pbx.of("balance", ctx.tenant).values()
    if ctx.text("start"):
        start, end = (stamp(at) for at in ctx.span())
        rows = [row for row in rows if start <= row["ba_datetime"] < end]  # type: ignore[assignment]
    return str(sum((Decimal(row["ba_amount"]) for row in rows), Decimal("0.00")))


@operation("BALANCE", "amount description", tenanted=True, writes=True)
def change_balance(ctx: Context) -> Result:
    try:
        amount = Decimal(ctx.text("amount"))
    except InvalidOperation:
        raise Said from None
    if not amount.is_finite():
        raise Said
    row = {"ba_datetime": stamp(ctx.now), "ba_amount": str(amount), "ba_description": ctx.text("description")}
    ctx.pbx.add("balance", row, ctx.tenant)
    return "OK"


@operation("SETTING get", "name/code", tenanted=True)
def setting_get(ctx: Context) -> Result:
    value = ctx.pbx.fact("setting").get(f"{ctx.tenant}:{ctx.text('name', 'code')}", "")
    return Answer(value, value)


@operation("SETTING set", "name/code", tenanted=True, writes=True)
def setting_set(ctx: Context) -> Result:
    ctx.pbx.fact("setting")[f"{ctx.tenant}:{ctx.text('name', 'code')}"] = ctx.text("value")
    return "OK"


@operation("INFO dids")
def dids(ctx: Context) -> Result:
    """Each DID with the whole row of its tenant, recording server's password and all."""
    rows = []
    for ref, row in ctx.pbx.of("did", ctx.tenant).items():
        owner = ctx.pbx.shown("tenant", row["_te"]) if row["_te"] in ctx.pbx.table("tenant") else {}
        rows.append({**ctx.pbx.shown("did", ref), **owner})
    return Rows(rows, titles=_PLAIN_DID)


@operation("INFO pincodes")
def pincodes(ctx: Context) -> Result:
    return Rows([ctx.pbx.shown("pincode", ref) for ref in ctx.pbx.of("pincode", ctx.tenant)])
