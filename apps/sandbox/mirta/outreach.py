"""Phone books, campaigns, and what callers answered along a response path."""

from datetime import timedelta

from . import traffic
from .answers import Rows
from .calls import Context, Result, Said, operation, stamp
from .devices import peer_name
from .pbx import Row
from .reports import queue_of

_MISSING = "Missing {0} parameter"
_STATES = {"start": "STARTED", "stop": "STOPPED", "pause": "PAUSED", "resume": "STARTED"}


@operation("PHONEBOOKS list", tenanted=True)
def phonebooks(ctx: Context) -> Result:
    return Rows([ctx.pbx.shown("phonebook", ref) for ref in ctx.pbx.of("phonebook", ctx.tenant)])


def _entries(ctx: Context) -> dict[str, Row]:
    book = ctx.found("phonebook", pb_name=ctx.text("phonebook"))[0]
    return {ref: row for ref, row in ctx.pbx.of("phonebookentry", ctx.tenant).items() if row["_book"] == book}


def _shown(rows: dict[str, Row]) -> Rows:
    return Rows([
        {"peid": ref, **{name: value for name, value in row.items() if not name.startswith("_")}} for ref, row in rows.items()
    ], twice=False)  # fmt: skip


@operation("PHONEBOOK query", "phonebook field value", tenanted=True, missing=_MISSING)
def phonebook_query(ctx: Context) -> Result:
    """Equal in any case; a percent sign stands for anything."""
    name, wanted = ctx.text("field").upper(), ctx.text("value").lower()
    core = wanted.strip("%")

    def fits(value: str) -> bool:
        begins, ends = wanted.endswith("%"), wanted.startswith("%")
        if begins and ends:
            return core in value
        return value.startswith(core) if begins else value.endswith(core) if ends else value == wanted

    return _shown({ref: row for ref, row in _entries(ctx).items() if fits(str(row.get(name, "")).lower())})


@operation("PHONEBOOK getall", "phonebook", tenanted=True, missing=_MISSING)
def phonebook_getall(ctx: Context) -> Result:
    return _shown(_entries(ctx))


@operation("PHONEBOOK add", "phonebook values/jsondata", tenanted=True, writes=True, missing=_MISSING)
def phonebook_add(ctx: Context) -> Result:
    book, data = ctx.found("phonebook", pb_name=ctx.text("phonebook"))[0], ctx.json("values", "jsondata")
    entries = data if isinstance(data, list) else [data]
    if not entries or not all(isinstance(entry, dict) and entry for entry in entries):
        raise Said
    for entry in entries:
        row = {name.upper(): str(value) for name, value in entry.items()}
        ctx.pbx.add("phonebookentry", {**row, "_book": book}, ctx.tenant)
    return "OK"


@operation("PHONEBOOK delete", "phonebook peid", tenanted=True, writes=True, missing=_MISSING)
def phonebook_delete(ctx: Context) -> Result:
    if ctx.text("peid") not in _entries(ctx):
        raise Said
    del ctx.pbx.table("phonebookentry")[ctx.text("peid")]
    return "OK"


@operation("PHONEBOOK cleanall", "phonebook", tenanted=True, writes=True, missing=_MISSING)
def phonebook_cleanall(ctx: Context) -> Result:
    for ref in _entries(ctx):
        del ctx.pbx.table("phonebookentry")[ref]
    return "OK"


# Campaigns.


def _campaign(act: str) -> None:
    @operation(f"CAMPAIGN {act}", "campaign", writes=True)
    def run(ctx: Context) -> Result:
        """Start and stop work on campaigns on demand alone; only one that runs can be paused, a paused one resumed."""
        row = ctx.row("campaign", ctx.text("campaign"))
        on_demand = row["ca_type"] == "ONDEMAND"
        due = {"pause": "STARTED", "resume": "PAUSED"}.get(act, row["ca_status"])
        if act in ("start", "stop") and not on_demand or row["ca_status"] != due:
            raise Said
        row["ca_status"] = _STATES[act]
        return "OK"


for _act in _STATES:
    _campaign(_act)


def _numbers(ctx: Context) -> dict[str, Row]:
    campaign = ctx.text("campaign")
    ctx.row("campaign", campaign)
    return {ref: row for ref, row in ctx.pbx.table("campaignnumber").items() if row["cn_ca_id"] == campaign}


@operation("CAMPAIGN listnumbers", "campaign")
def campaign_numbers(ctx: Context) -> Result:
    return Rows([ctx.pbx.shown("campaignnumber", ref) for ref in _numbers(ctx)])


@operation("CAMPAIGN addnumber", "campaign number", writes=True)
def campaign_addnumber(ctx: Context) -> Result:
    number = ctx.text("number")
    if number in [row["cn_number"] for row in _numbers(ctx).values()] or not number.lstrip("+").isdecimal():
        raise Said
    tenant = ctx.pbx.table("campaign")[ctx.text("campaign")]["_te"]
    ctx.pbx.add("campaignnumber", target(ctx.text("campaign"), number, ctx.text("numberdescription")), tenant)
    return "OK"


def target(campaign: str, number: str, description: str) -> Row:
    """A number of a campaign that nobody has called yet."""
    row = {"cn_ca_id": campaign, "cn_number": number, "cn_description": description, "cn_disposition": "", "cn_attempts": "0"}
    return {**row, "cn_lastattempt": None, "cn_billsec": "0"}


@operation("CAMPAIGN delnumber", "campaign number", writes=True)
def campaign_delnumber(ctx: Context) -> Result:
    gone = [ref for ref, row in _numbers(ctx).items() if row["cn_number"] == ctx.text("number")]
    if not gone:
        raise Said
    for ref in gone:
        del ctx.pbx.table("campaignnumber")[ref]
    return "OK"


@operation("CAMPAIGN cleannumbers", "campaign", writes=True)
def campaign_clean(ctx: Context) -> Result:
    for ref in _numbers(ctx):
        del ctx.pbx.table("campaignnumber")[ref]
    return "OK"


# Response paths: callers to the queue were asked how they liked it.


def _responses(ctx: Context) -> list[traffic.PbxCall]:
    """The calls of two weeks that went along the path, oldest first."""
    ctx.row("responsepath", ctx.text("id"))
    calls = traffic.begun(ctx.pbx, ctx.tenant, ctx.now, ctx.now - timedelta(days=14), ctx.now)
    kind, wanted = ctx.text("filter").lower(), ctx.text("filterdata")
    found = []
    for call in calls:
        facts = {"queue": queue_of(ctx, call), "answer": _agent(ctx, call), "uniqueid": call.uniqueid}
        if facts["queue"] and call.answered and (kind not in facts or facts[kind] == wanted):
            found.append(call)
    return found


def _agent(ctx: Context, call: traffic.PbxCall) -> str:
    return peer_name(call.person, ctx.pbx.code(call.tenant))


def _steps(ctx: Context, call: traffic.PbxCall) -> Rows:
    steps = (
        ("START", "0", stamp(call.at)), ("CALLERID", "0", f"{call.caller_name} <{call.caller}>"),
        ("QUEUE", queue_of(ctx, call), ""), ("ANSWER", "0", _agent(ctx, call)), ("VARIABLE", "1", str(call.mark % 5 + 1)),
        ("HANGUP", "0", ""),
    )  # fmt: skip
    names = ("UniqueID", "Type", "Type ID", "Value", "Type Name", "Value Name")
    return Rows([dict(zip(names, (call.uniqueid, *step, "", ""), strict=True)) for step in steps], twice=False)


@operation("RESPONSEPATH list", "id", tenanted=True)
def responsepath_list(ctx: Context) -> Result:
    rows = [
        {"rrid": str(call.mark), "uniqueid": call.uniqueid, "datetime": stamp(call.at), "answer": _agent(ctx, call),
         "queue": queue_of(ctx, call), "value": str(call.mark % 5 + 1)}
        for call in _responses(ctx)
    ]  # fmt: skip
    return Rows(rows)


@operation("RESPONSEPATH getid", "id rrid", tenanted=True)
def responsepath_getid(ctx: Context) -> Result:
    found = next((call for call in _responses(ctx) if ctx.text("rrid") in (str(call.mark), call.uniqueid)), None)
    if found is None:
        raise Said
    return _steps(ctx, found)


@operation("RESPONSEPATH getlast", "id", tenanted=True)
def responsepath_getlast(ctx: Context) -> Result:
    found = _responses(ctx)
    if not found:
        raise Said
    return _steps(ctx, found[-1])
