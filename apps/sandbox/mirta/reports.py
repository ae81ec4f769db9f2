"""What calls leave behind: call records, histories, queue and menu logs, recordings and their transcripts."""

from collections.abc import Callable, Iterable

from apps.sandbox.core import Reply

from . import traffic
from .answers import HTML, JSON, Answer, Rows, record
from .audio import MPEG, sound
from .calls import ALL, ZONE, Context, Result, Said, operation, stamp
from .devices import peer_name
from .pbx import Row
from .traffic import IN, LOCAL, OUT, QUEUE, PbxCall

RECORDING_TAKES = 5  # seconds until the file is there
_NO_ID = "No id specified"
# A tenant's own template for CSV, and the administrator's: another order, other columns.
_TENANT_COLUMNS = (
    "accountcode", "start", "answer", "end", "clid", "realsrc", "firstdst", "src", "dst", "lastdst", "wherelanded",
    "duration", "billsec", "disposition", "cc_cost", "cc_buy", "cc_country", "cc_network", "userfield", "uniqueid",
    "prevuniqueid", "linkedid", "srcCallID", "originateid", "peeraccount", "pincode", "dcontext", "dstchannel", "lastapp",
)  # fmt: skip
_ADMIN_COLUMNS = (
    "uniqueid", "linkedid", "accountcode", "direction", "start", "answer", "end", "realsrc", "firstdst", "lastdst", "clid",
    "duration", "billsec", "disposition", "cc_cost", "cc_buy", "userfield", "originateid", "wherelanded",
)  # fmt: skip


def calls(ctx: Context) -> list[PbxCall]:
    """The finished calls of the span asked for."""
    return traffic.begun(ctx.pbx, ctx.tenant, ctx.now, *ctx.span())


def _matches(ctx: Context, row: Row, filters: dict[str, Iterable[str]]) -> bool:
    """Whether a row passes every filter that was sent; each takes several values, parted by commas, in any case."""
    for name, columns in filters.items():
        wanted = {value.strip().lower() for value in ctx.text(name).split(",") if value.strip()}
        if wanted and not wanted & {str(row[column]).lower() for column in columns}:
            return False
    return True


def _simple(ctx: Context, call: PbxCall) -> Row:
    return {
        "sc_te_id": call.tenant, "tenantcode": ctx.pbx.code(call.tenant), "sc_start": stamp(call.at),
        "sc_direction": call.direction, "sc_calleridnum": call.caller, "sc_calleridname": call.caller_name,
        "sc_dialednum": call.dialled, "sc_disposition": call.disposition, "sc_duration": str(call.seconds),
        "sc_uniqueid": call.uniqueid, "sc_whoanswered": call.person if call.answered else "",
    }  # fmt: skip


@operation("INFO simplecdrs")
def simplecdrs(ctx: Context) -> Result:
    filters: dict[str, Iterable[str]] = {
        "id": ("sc_uniqueid",), "uniqueid": ("sc_uniqueid",), "calleridnum": ("sc_calleridnum",),
        "calleridname": ("sc_calleridname",), "disposition": ("sc_disposition",), "direction": ("sc_direction",),
        "whoanswered": ("sc_whoanswered",), "phone": ("sc_whoanswered", "sc_calleridnum", "sc_dialednum"),
    }  # fmt: skip
    rows = [_simple(ctx, call) for call in calls(ctx)]
    return Rows([row for row in rows if _matches(ctx, row, filters)], csv=True, malformed=True)


def _full(ctx: Context, call: PbxCall) -> Row:
    code, start = ctx.pbx.code(call.tenant), stamp(call.at)
    billed = -(-call.seconds // 6) * 6 if call.direction == OUT else 0
    cost = billed / 60 * 0.0069
    far = peer_name(call.person, code) if call.person and call.direction != OUT else "carrier"
    return {
        "accountcode": code, "start": start, "answer": start if call.answered else "", "end": stamp(call.ends),
        "clid": f'"{call.caller_name}" <{call.caller}>', "realsrc": call.caller, "firstdst": call.dialled, "src": call.caller,
        "dst": call.dialled, "lastdst": call.person or call.dialled, "wherelanded": call.way if call.direction == IN else "",
        "duration": str(call.seconds), "billsec": str(call.seconds), "disposition": call.disposition,
        "cc_cost": f"{cost * 1.5:.4f}", "cc_buy": f"{cost:.4f}", "cc_country": "" if call.direction == LOCAL else "USA",
        "cc_network": "", "userfield": ctx.pbx.fact("userfield").get(call.uniqueid, ""), "uniqueid": call.uniqueid,
        "prevuniqueid": "", "linkedid": call.uniqueid, "srcCallID": f"{call.mark:08x}@192.0.2.10",
        "originateid": call.originate, "peeraccount": peer_name(call.person, code) if call.person else "", "pincode": "",
        "dcontext": f"authenticated-{code}", "dstchannel": f"SIP/{far}-{call.mark:08x}",
        "lastapp": "Queue" if call.way == QUEUE else "Dial", "direction": call.direction,
    }  # fmt: skip


@operation("INFO cdrs")
def cdrs(ctx: Context) -> Result:
    """CSV is good; JSON is glued together by hand, so that the quotes of `clid` break it, and `]` when there is nothing."""
    filters: dict[str, Iterable[str]] = {
        "id": ("uniqueid",), "uniqueid": ("uniqueid",), "linkedid": ("linkedid",), "src": ("src",), "firstdst": ("firstdst",),
        "direction": ("direction",), "phone": ("realsrc", "firstdst", "lastdst"),
    }  # fmt: skip
    full = [row for row in (_full(ctx, call) for call in calls(ctx)) if _matches(ctx, row, filters)]
    columns = _ADMIN_COLUMNS if ctx.params.get("tenant") in (None, "", ALL) else _TENANT_COLUMNS
    rows = [{name: row[name] for name in columns} for row in full]
    if ctx.text("format").lower() != JSON:
        return Rows(rows, csv=True)
    glued = ",\n".join("{" + ",".join(f'"{name}":"{value}"' for name, value in row.items()) + "}" for row in rows)
    return f"[{glued}\n]" if rows else "]"


@operation("CDR get", "uniqueid field")
def cdr_get(ctx: Context) -> Result:
    """The field as it stands, whatever the format."""
    call = _call(ctx, "uniqueid")
    row = _full(ctx, call)
    return str(row.get(ctx.text("field"), ""))


@operation("CDR update", "uniqueid field value", writes=True)
def cdr_update(ctx: Context) -> Result:
    """Adds to the end of the field; `userfield` alone may be changed."""
    call = _call(ctx, "uniqueid")
    if ctx.text("field") != "userfield":
        raise Said
    held = ctx.pbx.fact("userfield")
    held[call.uniqueid] = held.get(call.uniqueid, "") + ctx.text("value")
    return "OK"


def _call(ctx: Context, name: str) -> PbxCall:
    call = traffic.find(ctx.pbx, ctx.tenant, ctx.text(name), ctx.now)
    if call is None:
        raise Said
    return call


def _dialled(wanted: Callable[[PbxCall], bool]) -> Callable[[Context], Result]:
    def run(ctx: Context) -> Result:
        """How often and how long each extension called (and was called)."""
        sums: dict[tuple[str, str], list[int]] = {}
        for call in calls(ctx):
            if wanted(call) and call.person:
                whose = sums.setdefault((call.tenant, call.person), [0, 0, 0])
                whose[0] += 1
                whose[1] += call.answered
                whose[2] += call.seconds
        rows = [
            {"tenantcode": ctx.pbx.code(tenant), "extension": person, "calls": str(count), "answered": str(answered),
             "duration": str(seconds)}
            for (tenant, person), (count, answered, seconds) in sorted(sums.items())
        ]  # fmt: skip
        return Rows(rows)

    return run


operation("INFO outdialed")(_dialled(lambda call: call.direction == OUT))
operation("INFO simpledialed")(_dialled(lambda call: call.direction != LOCAL))


def queue_of(ctx: Context, call: PbxCall) -> str:
    """The queue the call waited in: the tenant's first."""
    return next(iter(ctx.pbx.of("queue", call.tenant)), "") if call.way == QUEUE else ""


@operation("INFO queuelogs")
def queuelogs(ctx: Context) -> Result:
    """Queue calls, each with the whole row of the extension that answered, or nulls; `]` when there are none."""
    rows: list[Row] = []
    for call in calls(ctx):
        queue = queue_of(ctx, call)
        if not queue or ctx.text("queue", "id") not in ("", queue):
            continue
        found = ctx.pbx.find("extension", call.tenant, ex_number=call.person) if call.answered else None
        columns = [name for ref in list(ctx.pbx.of("extension", call.tenant))[:1] for name in ctx.pbx.shown("extension", ref)]
        agent = ctx.pbx.shown("extension", found[0]) if found else dict.fromkeys(columns)
        rows.append({
            "time": stamp(call.at), "qu_name": ctx.pbx.table("queue")[queue]["qu_name"], "callerid": call.caller,
            "disposition": call.disposition if call.answered else "ABANDONED",
            "agent": peer_name(call.person, ctx.pbx.code(call.tenant)) if call.answered else None,
            "holdtime": str(call.hold), "calltime": str(call.seconds - call.hold) if call.answered else None, "origpos": "1",
            "callid": call.uniqueid, **{name: agent.get(name) for name in columns},
        })  # fmt: skip
    for row in ctx.pbx.of("event", ctx.tenant).values():
        if ctx.text("queue", "id") in ("", row["queue"]):
            rows.append({name: value for name, value in row.items() if not name.startswith("_") and name != "queue"})
    return Rows(rows, empty="]", csv=True)


@operation("INFO ivrlogs")
def ivrlogs(ctx: Context) -> Result:
    rows = []
    for call in calls(ctx):
        menu = next(iter(ctx.pbx.of("ivr", call.tenant).values()), None)
        if menu and call.way == traffic.IVR:
            rows.append({
                "il_datetime": stamp(call.at), "tenantcode": ctx.pbx.code(call.tenant), "iv_name": menu["iv_name"],
                "il_uniqueid": call.uniqueid, "il_callerid": call.caller, "il_digit": str(call.mark % 3 + 1),
            })  # fmt: skip
    return Rows(rows, csv=True)


# Recordings.


def _recorded(ctx: Context) -> PbxCall:
    call = _call(ctx, "id")
    if not (call.recorded or call.originate) or (ctx.now - call.ends).total_seconds() < RECORDING_TAKES:
        raise Said
    return call


def _metadata(ctx: Context, call: PbxCall) -> Row:
    return {
        "uniqueid": call.uniqueid, "originateid": call.originate, "tenantcode": ctx.pbx.code(call.tenant),
        "datetime": stamp(call.at), "src": call.caller, "dst": call.dialled, "direction": call.direction,
        "duration": str(call.seconds), "filename": f"{call.at.astimezone(ZONE):%Y/%m/%d}/{call.uniqueid}.mp3",
    }  # fmt: skip


@operation("INFO recordings")
def recordings(ctx: Context) -> Result:
    rows = [_metadata(ctx, call) for call in calls(ctx) if call.recorded or call.originate]
    return Rows(rows)


@operation("INFO inforecording", "id", missing=_NO_ID)
def inforecording(ctx: Context) -> Result:
    return record(_metadata(ctx, _recorded(ctx)))


def _audio(name: str, disposition: str) -> None:
    @operation(name, "id", missing=_NO_ID)
    def run(ctx: Context) -> Result:
        """The sound; without one an empty page."""
        try:
            call = _recorded(ctx)
        except Said as said:
            return Reply(said.text.encode(), content_type=HTML)
        headers = {"Content-Disposition": f'{disposition}; filename="{call.uniqueid}.mp3"'}
        return Reply(sound(call.uniqueid, call.seconds), content_type=MPEG, headers=headers)


_audio("INFO recording", "attachment")
_audio("INFO playrecording", "inline")


@operation("INFO transcript", "id", missing=_NO_ID)
def transcript(ctx: Context) -> Result:
    call = _recorded(ctx)
    company = ctx.pbx.table("tenant")[call.tenant]["te_name"]
    text = f"Thank you for calling {company}, how can I help you? I wanted to ask about our last order."
    return Answer({"uniqueid": call.uniqueid, "transcript": text}, text)
