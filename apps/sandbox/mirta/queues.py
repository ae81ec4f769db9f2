"""Queues and their agents: who is logged in, who waits, counters since the last reset."""

from collections.abc import Callable
from datetime import datetime

from . import traffic
from .answers import Answer, Rows, bars, record
from .calls import ZONE, Context, Result, Said, operation, stamp
from .devices import extension_of, peer_name, state_of, talking
from .pbx import Row
from .reports import queue_of
from .traffic import PbxCall

_MISSING = "Missing {0} parameter"
NONE = "NONE"


def _queue(ctx: Context, *names: str) -> str:
    """The id of the queue meant, by id or by number."""
    for name in names:
        wanted = ctx.text(name)
        if not wanted:
            continue
        if "number" in name:
            return ctx.found("queue", qu_number=wanted)[0]
        ctx.row("queue", wanted)
        return wanted
    raise Said


def agents_of(ctx: Context, queue: str = "") -> dict[str, Row]:
    return {ref: row for ref, row in ctx.pbx.of("agent", ctx.tenant).items() if queue in ("", row["queue"])}


def _state(ctx: Context, row: Row, busy: dict[tuple[str, str], str]) -> str:
    found = ctx.pbx.find("extension", row["_te"], ex_number=row["number"])
    return state_of(ctx, *found, busy) if found else "UNAVAILABLE"


def _today(ctx: Context, queue: str) -> list[PbxCall]:
    """The queue's calls since its counters were reset: midnight, or later by hand."""
    tenant = ctx.pbx.table("queue")[queue]["_te"]
    start = ctx.local.replace(hour=0, minute=0, second=0, microsecond=0)
    reset = ctx.pbx.fact("reset").get(queue)
    if reset:
        start = max(start, datetime.fromisoformat(reset))
    found = traffic.begun(ctx.pbx, tenant, ctx.now, start.astimezone(ctx.now.tzinfo), ctx.now)
    return [call for call in found if queue_of(ctx, call) == queue]


@operation("INFO queues")
def queues(ctx: Context) -> Result:
    names = {ref: row["qu_name"] for ref, row in ctx.pbx.of("queue", ctx.tenant).items()}
    return Answer(names or [], "|".join(f"{ref}: {name}" for ref, name in names.items()))


@operation("INFO queue", "id")
def queue_info(ctx: Context) -> Result:
    """Twenty-three counters."""
    queue = _queue(ctx, "id")
    busy, rows = talking(ctx, ctx.tenant), list(agents_of(ctx, queue).values())
    states = [_state(ctx, row, busy) for row in rows]
    calls = _today(ctx, queue)
    taken, waited = [call for call in calls if call.answered], [call.hold for call in calls]
    talk = sum(call.seconds - call.hold for call in taken)
    free = sum(1 for row, state in zip(rows, states, strict=True) if state == "NOT_INUSE" and row["paused"] == "0")
    waiting = _waiting(ctx, queue)
    longest = int(max(((ctx.now - call.at).total_seconds() for call in waiting), default=0))
    values = {
        "agentsavailable": free, "agentslogged": len(rows), "agentspaused": sum(row["paused"] == "1" for row in rows),
        "agentsbusy": states.count("INUSE"), "agentsringing": 0, "agentsunavailable": states.count("UNAVAILABLE"),
        "callswaiting": len(waiting), "callstalking": len(_live(ctx, queue)) - len(waiting), "longestwaiting": longest,
        "calls": len(calls), "callsanswered": len(taken), "callsabandoned": len(calls) - len(taken), "callstransferred": 0,
        "callsexitkey": 0, "callstimeout": 0, "callsoverflow": 0, "maxholdtime": max(waited, default=0),
        "totalholdtime": sum(waited), "totaltalktime": talk, "averagetalktime": talk // len(taken) if taken else 0,
        "servicelevel": 60, "servicelevelperf": 100 * sum(hold <= 60 for hold in waited) // len(waited) if waited else 100,
        "averageholdtime": sum(waited) // len(waited) if waited else 0,
    }  # fmt: skip
    return record({name: str(value) for name, value in values.items()})


def _live(ctx: Context, queue: str) -> list[PbxCall]:
    return [call for call in traffic.live(ctx.pbx, ctx.tenant, ctx.now) if queue_of(ctx, call) == queue]


def _waiting(ctx: Context, queue: str) -> list[PbxCall]:
    """Callers that nobody has answered yet."""
    return [call for call in _live(ctx, queue) if call.waits(ctx.now)]


@operation("INFO queuecallers", "id")
def queuecallers(ctx: Context) -> Result:
    rows = [
        {"position": str(place + 1), "callerid": call.caller, "calleridname": call.caller_name, "uniqueid": call.uniqueid,
         "wait": str(int((ctx.now - call.at).total_seconds())), "start": stamp(call.at)}
        for place, call in enumerate(_waiting(ctx, _queue(ctx, "id")))
    ]  # fmt: skip
    return Rows(rows)


def _agents(*, connected: bool) -> Callable[[Context], Result]:
    def run(ctx: Context) -> Result:
        """Keyed by agent, columns by place alone: 1 availability, 2 the phone's state; null for a queue that is not there."""
        busy, shown = talking(ctx, ctx.tenant), {}
        queue = ctx.text("queue")
        if queue and queue not in ctx.pbx.of("queue", ctx.tenant):
            return Answer(None)
        for row in agents_of(ctx, queue).values():
            state = _state(ctx, row, busy)
            if connected and state != "INUSE":
                continue
            available = "paused" if row["paused"] == "1" else "available"
            texts = (available, state, *[""] * 5, row["extension"], row["extension"])
            places = ("1", "2", "4", "5", "6", "7", "8", "10", "11")
            shown[row["extension"]] = {"0": 0, **dict(zip(places, texts, strict=True))}
        return Answer(shown or None, "".join(f"{agent}:{row['2'].title()}|" for agent, row in shown.items()))

    return run


operation("INFO agents")(_agents(connected=False))
operation("INFO agentsconnected")(_agents(connected=True))


@operation("INFO agentsdelay")
def agentsdelay(ctx: Context) -> Result:
    """How long each agent let callers wait today."""
    rows = []
    for row in agents_of(ctx, ctx.text("queue")).values():
        taken = [call for call in _today(ctx, row["queue"]) if call.answered and call.person == row["number"]]
        total = sum(call.hold for call in taken)
        average = str(total // len(taken)) if taken else "0"
        rows.append({
            "queue": row["queue"], "agent": row["extension"], "calls": str(len(taken)), "delay": average,
            "maxdelay": str(max((call.hold for call in taken), default=0)),
        })  # fmt: skip
    return Rows(rows)


# AGENT: one agent, in one queue or all of them.


def _places(ctx: Context) -> dict[str, Row]:
    """The agent's places in the queues meant; nothing is said when there are none."""
    number = extension_of(ctx, "extension")[1]["ex_number"]
    everywhere = "ALL" in (ctx.text("queue").upper(), ctx.text("queuenumber").upper())
    queue = "" if everywhere or not ctx.text("queue", "queuenumber") else _queue(ctx, "queue", "queuenumber")
    found = {ref: row for ref, row in agents_of(ctx, queue).items() if row["number"] == number}
    if not found:
        raise Said
    return found


@operation("AGENT listqueues", "extension", tenanted=True)
def agent_queues(ctx: Context) -> Result:
    rows = []
    for row in _places(ctx).values():
        queue = ctx.pbx.table("queue")[row["queue"]]
        rows.append({
            "qu_id": row["queue"], "qu_number": queue["qu_number"], "qu_name": queue["qu_name"], "extension": row["extension"],
            "paused": row["paused"], "pausereason": row["reason"], "penalty": row["penalty"],
        })  # fmt: skip
    return Rows(rows)


def _pausing(name: str, paused: str) -> None:
    @operation(f"AGENT {name}", "extension queue/queuenumber", tenanted=True, writes=True)
    def act(ctx: Context) -> Result:
        for row in _places(ctx).values():
            row["paused"], row["reason"] = paused, ctx.text("pausereason") if paused == "1" else ""
        return "OK"


_pausing("pause", "1")
_pausing("unpause", "0")


@operation("AGENT del", "extension queue/queuenumber", tenanted=True, writes=True)
def agent_del(ctx: Context) -> Result:
    for ref in _places(ctx):
        del ctx.pbx.table("agent")[ref]
    return "OK"


# QUEUE: the agents of one queue.


def _shown(ctx: Context, row: Row) -> Row:
    names = {"number": "extension", "extension": "username", "type": "type", "order": "order", "penalty": "penalty"}
    return {**{ours: row[name] for name, ours in names.items()}, "paused": row["paused"]}


@operation("QUEUE list", "number/id", tenanted=True, missing=_MISSING)
def queue_list(ctx: Context) -> Result:
    names = [row["extension"] for row in agents_of(ctx, _queue(ctx, "number", "id")).values()]
    return Answer([{"0": name, "extension": name} for name in names], bars([*names, ""]) if names else "")


@operation("QUEUE fulllist", "number/id", tenanted=True, missing=_MISSING)
def queue_fulllist(ctx: Context) -> Result:
    busy, rows = talking(ctx, ctx.tenant), []
    for row in agents_of(ctx, _queue(ctx, "number", "id")).values():
        rows.append({**_shown(ctx, row), "pausereason": row["reason"], "state": _state(ctx, row, busy)})
    return Rows(rows)


@operation("QUEUE add", "number/id extension", tenanted=True, writes=True, missing=_MISSING)
def queue_add(ctx: Context) -> Result:
    """Adds an agent, or changes the one that is there."""
    queue = _queue(ctx, "number", "id")
    ref, extension = extension_of(ctx, "extension")
    number = extension["ex_number"]
    held = next((row for row in agents_of(ctx, queue).values() if row["number"] == number), None)
    sent = {name: ctx.text(name) for name in ("order", "type", "penalty", "paused") if ctx.text(name)}
    if held is not None:
        held.update(sent)
        return "OK"
    order = str(len(agents_of(ctx, queue)) + 1)
    ctx.pbx.add("agent", {**new_agent(queue, ref, number, ctx.pbx.code(ctx.tenant), order), **sent}, ctx.tenant)
    return "OK"


def new_agent(queue: str, ref: str, number: str, code: str, order: str) -> Row:
    """An agent that follows no further destinations and takes calls."""
    more = {"type": "NF", "order": order, "penalty": "0", "paused": "0", "reason": ""}
    return {"queue": queue, "_extension": ref, "number": number, "extension": peer_name(number, code), **more}


@operation("QUEUE del", "number/id extension", tenanted=True, writes=True, missing=_MISSING)
def queue_del(ctx: Context) -> Result:
    queue, number = _queue(ctx, "number", "id"), extension_of(ctx, "extension")[1]["ex_number"]
    gone = [ref for ref, row in agents_of(ctx, queue).items() if row["number"] == number]
    if not gone:
        raise Said
    for ref in gone:
        del ctx.pbx.table("agent")[ref]
    return "OK"


@operation("QUEUE clean", "number/id", tenanted=True, writes=True, missing=_MISSING)
def queue_clean(ctx: Context) -> Result:
    for ref in agents_of(ctx, _queue(ctx, "number", "id")):
        del ctx.pbx.table("agent")[ref]
    return "OK"


@operation("QUEUE log", "number/id event", tenanted=True, writes=True, missing=_MISSING)
def queue_log(ctx: Context) -> Result:
    """An entry of the caller's own in the queue's log."""
    nowhere = NONE in (ctx.text("number").upper(), ctx.text("id").upper())
    queue = "" if nowhere else _queue(ctx, "number", "id")
    name = ctx.pbx.table("queue")[queue]["qu_name"] if queue else NONE
    row = {"queue": queue, "time": ctx.now.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S"), "qu_name": name}
    row |= {"disposition": ctx.text("event"), "agent": ctx.text("extension") or NONE, "callid": ctx.text("uniqid")}
    row |= {f"data{number}": ctx.text(f"data{number}") for number in range(1, 6)}
    ctx.pbx.add("event", row, ctx.tenant)
    return "OK"


@operation("QUEUERESET", "queueid", writes=True)
def queue_reset(ctx: Context) -> Result:
    ctx.row("queue", ctx.text("queueid"))
    ctx.pbx.fact("reset")[ctx.text("queueid")] = ctx.now.isoformat()
    return "OK"
