"""Calls in progress: channels, counts, and the acts on them: originate, hang up, transfer."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import traffic
from .answers import Answer, Rows, bars, pairs, record
from .calls import Context, Result, Said, operation, stamp
from .devices import peer_name
from .pbx import Row
from .traffic import IN, OUT, PbxCall

_ORDER = (
    "channel", "context", "exten", "priority", "state", "application", "data", "callerid", "accountcode", "peeraccount",
    "amaflags", "duration", "bridgeid", "uniqueid",
)  # fmt: skip


@dataclass(frozen=True)
class Channel:
    """One end of a call in progress; `extension` is "" at the carrier's end."""

    name: str
    call: PbxCall
    extension: str
    leads: bool

    def columns(self, ctx: Context) -> Row:
        code = ctx.pbx.code(self.call.tenant)
        end = peer_name(self.extension, code) if self.extension else "carrier"
        context = f"authenticated-{code}" if self.extension else "from-provider"
        number = self.call.dialled if self.leads else self.extension or self.call.dialled
        state = "Up" if self.call.answered else "Ring" if self.leads else "Ringing"
        seconds = str(int((ctx.now - self.call.at).total_seconds()))
        application = ("AppDial", "(Outgoing Line)")
        if self.leads:
            application = ("Queue", "") if self.call.waits(ctx.now) else ("Dial", f"{self.call.dialled},60")
        values = (
            self.name, context, number, "1", state, *application, self.call.caller, end, code, "3", seconds,
            f"{self.call.mark:08x}", self.call.uniqueid,
        )  # fmt: skip
        return dict(zip(_ORDER, values, strict=True))


def channels_of(ctx: Context, tenant: str) -> Iterator[Channel]:
    """Both ends of each call in progress, the one that began it first."""
    for call in traffic.live(ctx.pbx, tenant, ctx.now):
        code = ctx.pbx.code(call.tenant)
        first = "" if call.direction == IN else call.caller
        second = "" if call.direction == OUT else call.person
        for place, extension in enumerate((first,) if call.waits(ctx.now) else (first, second)):
            peer = peer_name(extension, code) if extension else "carrier-in"
            yield Channel(f"SIP/{peer}-{(call.mark + place) % 0xFFFFFFFF:08x}", call, extension, place == 0)


def _on_node(ctx: Context) -> list[Channel]:
    node = ctx.text("nodename")
    return [channel for channel in channels_of(ctx, ctx.tenant) if node in ("", channel.call.node)]


@operation("CHANNELS")
def channels(ctx: Context) -> Result:
    rows = [channel.columns(ctx) for channel in _on_node(ctx)]
    return Answer([list(row.values()) for row in rows], "".join(f"{bars(row.values())}\n" for row in rows))


@operation("CHANNEL", "channel")
def channel(ctx: Context) -> Result:
    return record(_channel(ctx).columns(ctx))


@operation("COUNTCHANNELS", stranger="Wrong or missing tenant")
def count_channels(ctx: Context) -> Result:
    nodes = [ctx.text("nodename")] if ctx.text("nodename") else list(traffic.NODES)
    found = _on_node(ctx)
    counts = {node: str(sum(1 for channel in found if channel.call.node == node)) for node in nodes}
    return pairs({**counts, "total": str(len(found))})


@operation("COUNTCALLS", admin=True)
def count_calls(ctx: Context) -> Result:
    return str(len(traffic.live(ctx.pbx, "", ctx.now)))


@operation("GETCURRENTCALLS", "phone", tenanted=True)
def current_calls(ctx: Context) -> Result:
    ctx.found("extension", ex_number=ctx.text("phone"))
    rows = [channel.columns(ctx) for channel in channels_of(ctx, ctx.tenant) if channel.extension == ctx.text("phone")]
    return Rows(rows if ctx.text("multiple") == "yes" else rows[:1])


@operation("INFO call", "id")
def info_call(ctx: Context) -> Result:
    call = traffic.find(ctx.pbx, ctx.tenant, ctx.text("id"), ctx.now)
    if call is None:
        raise Said
    state = call.disposition if call.ends <= ctx.now else "UP" if call.answered else "RINGING"
    names = (
        "uniqueid",
        "originateid",
        "start",
        "src",
        "dst",
        "direction",
        "status",
        "disposition",
        "duration",
        "billsec",
    )
    seconds = str(min(call.seconds, int((ctx.now - call.at).total_seconds())))
    values = (call.uniqueid, call.originate, stamp(call.at), call.caller, call.dialled, call.direction, state, call.disposition)
    return record(dict(zip(names, (*values, seconds, seconds), strict=True)))


@operation("DIAL", "source/exten dest/phone", tenanted=True, writes=True)
def dial(ctx: Context) -> Result:
    """Success, a sentence and the originate id, each ended by a bar; the call is up at once."""
    source, dest = ctx.text("source", "exten"), ctx.text("dest", "phone")
    if source == "ACCOUNT":
        source = ctx.text("account").partition("-")[0]
    if not source.isdecimal() or not dest.lstrip("+").isdecimal():
        return "Failure|The call cannot be placed|"
    found = ctx.pbx.find("extension", ctx.tenant, ex_number=source)
    if len(source) < 7 and found is None:
        return "Failure|The source is not available|"
    ref = f"{ctx.pbx.seed:x}{int(ctx.now.timestamp() * 1000):x}{len(ctx.pbx.table('dialled')):02x}"
    node = ctx.text("server") if ctx.text("server") in traffic.NODES else traffic.NODES[0]
    unique = f"{node}-{int(ctx.now.timestamp())}.{len(ctx.pbx.table('dialled')) + 1}"
    row = {"source": source, "dest": dest, "at": ctx.now.isoformat(), "timeout": ctx.text("timeout"), "uniqueid": unique}
    row |= {"name": found[1]["ex_name"] if found else source, "recording": ctx.text("recording"), "var": ctx.text("var")}
    ctx.pbx.add("dialled", row, ctx.tenant, ref)
    return f"Success|Call originated|{ref}|"


@operation("HANGUP", "channel/extension/number/source", writes=True)
def hangup(ctx: Context) -> Result:
    """Ends the call on a channel, or all calls of an extension."""
    names, number = ctx.text("channel"), ctx.text("extension", "number", "source")
    ended = [
        channel.call.uniqueid
        for channel in channels_of(ctx, ctx.tenant)
        if channel.name == names
        or channel.extension
        and number in (channel.extension, peer_name(channel.extension, ctx.pbx.code(channel.call.tenant)))
    ]
    if not ended:
        raise Said
    for uniqueid in ended:
        ctx.pbx.fact("call").setdefault(uniqueid, {})["ended"] = ctx.now.isoformat()
    return f"Success|Hung up|{len(set(ended))}|"


def _transfer(name: str) -> None:
    @operation(name, "channel dest", writes=True)
    def transfer(ctx: Context) -> Result:
        call = _channel(ctx).call
        if not ctx.text("dest").lstrip("+*").isdecimal():
            raise Said
        ctx.pbx.fact("call").setdefault(call.uniqueid, {})["moved"] = ctx.text("dest")
        return "Success|Transferred|"


_transfer("TRANSFER")
_transfer("ATXTRANSFER")


def _channel(ctx: Context) -> Channel:
    found = next((channel for channel in channels_of(ctx, ctx.tenant) if channel.name == ctx.text("channel")), None)
    if found is None:
        raise Said
    return found
