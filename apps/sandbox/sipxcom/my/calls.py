"""The user's calls: /my/call, forwarding and its schedules, calls in progress."""

import re
from typing import Any
from urllib.parse import unquote

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.api.callgroups import TYPES
from apps.sandbox.sipxcom.api.schedules import DAYS, USER, of_user
from apps.sandbox.sipxcom.envelope import represented
from apps.sandbox.sipxcom.rest.permissions import has
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.traffic import live
from apps.sandbox.sipxcom.trees import Listed, as_int, children, only, rest_body, text_of

from .jackson import answered, done, flag, sent

_CALLEE = re.compile(r"([-_.!~*'()&=+$,;?/a-zA-Z0-9]|%[0-9a-fA-F]{2})+")
# The day of a period as /my counts it; -1 and -2 are weekdays and the weekend.
_NUMBERS = {"Every_day": 0, **{day: place for place, day in enumerate(DAYS[:7], start=1)}, "Weekdays": -1, "Weekend": -2}
_NAMES = {number: day for day, number in _NUMBERS.items()}


@route("PUT", "/rest/my/call/{to}", "/rest/call/{to}", GET=405)
def call(ctx: Context) -> Reply:
    """Ring the user's phones, then the callee. Dots go before the address is checked, so one with a host never passes."""
    callee = re.sub(r"[\[\](){}.-]", "", unquote(ctx.path["to"]))
    if not _CALLEE.fullmatch(callee):
        raise Refused(400, "Invalid SIP URI")
    ctx.system.add("dialled", {"user": ctx.user["userName"], "to": callee, "at": ctx.now.isoformat()})
    return done()


@route("GET", "/rest/my/activecdrs")
def active(ctx: Context) -> Reply:
    mine = [each.bean(ctx.now) for each in live(ctx.system, ctx.now) if each.user == ctx.user["userName"]]
    return represented(ctx, "cdrs", Listed("cdr", mine))


# Forwarding.


@route("GET", "/rest/my/forward")
def forward(ctx: Context) -> Reply:
    held = ctx.user["forward"]
    rings = [{name: ring[name] for name in ("expiration", "type", "enabled", "number")} for ring in held["rings"]]
    data = {"rings": Listed("ring", rings), "expiration": held["expiration"], "withVoicemail": _voicemail(ctx)}
    return represented(ctx, "call-sequence", data)


@route("PUT", "/rest/my/forward")
def set_forward(ctx: Context) -> Reply:
    """All rings anew, their schedules dropped."""
    root = rest_body(ctx, "call-sequence")
    only(root, "rings", "expiration", "withVoicemail")
    rings = []
    for ring in children(root, "rings"):
        only(ring, "expiration", "type", "enabled", "number")
        values = {name: text_of(ring, name) for name in ("type", "enabled", "number", "expiration")}
        values["expiration"] = as_int(values["expiration"], 0)  # type: ignore[assignment]
        rings.append(_ring(values, None))
    ctx.user["forward"] = {"rings": rings, "expiration": as_int(text_of(root, "expiration"), 0)}
    return done()


@route("GET", "/rest/my/callfwd", POST=500, DELETE=500)
def callfwd(ctx: Context) -> Reply:
    held = ctx.user["forward"]
    return answered(ctx, {"rings": held["rings"], "withVM": _voicemail(ctx), "expiration": held["expiration"]})


@route("PUT", "/rest/my/callfwd")
def set_callfwd(ctx: Context) -> Reply:
    data = sent(ctx)
    if not isinstance(data.get("rings"), list):
        raise failed("java.lang.NullPointerException", "null")
    known = {row["id"] for row in of_user(ctx.system, ctx.user, groups=True)}
    rings = []
    for ring in data["rings"]:
        schedule = ring.get("scheduleId")
        rings.append(_ring(ring, schedule if schedule in known else None))
    ctx.user["forward"] = {"rings": rings, "expiration": int(data.get("expiration") or 0)}
    return done()


def _ring(values: Row, schedule: int | None) -> Row:
    kind = values.get("type") if values.get("type") in TYPES else None
    return {
        "expiration": int(values.get("expiration") or 0), "type": kind, "enabled": flag(values.get("enabled")),
        "number": values.get("number"), "scheduleId": schedule,
    }  # fmt: skip


def _voicemail(ctx: Context) -> bool:
    return has(ctx.system, ctx.user, "Voicemail")


# Schedules of forwarding.

SCHEDULES, SCHEDULE = "/rest/my/callfwdsched", "/rest/my/callfwdsched/{id}"


@route("GET", SCHEDULES)
def schedules(ctx: Context) -> Reply:
    return answered(ctx, [_bean(row) for row in of_user(ctx.system, ctx.user, groups=True)])


@route("POST", SCHEDULES)
def add_schedule(ctx: Context) -> Reply:
    owner = {"userId": ctx.user["id"], "groupId": -1, "type": USER}
    ctx.system.add("schedule", {**_schedule(ctx, None), **owner})
    return done()


@route("PUT", SCHEDULES)
@route("DELETE", SCHEDULES)
def no_schedule(ctx: Context) -> Reply:
    raise Refused(403)


@route("GET", SCHEDULE)
def schedule(ctx: Context) -> Reply:
    return answered(ctx, _bean(_known(ctx)))


@route("PUT", SCHEDULE)
def change_schedule(ctx: Context) -> Reply:
    row = _known(ctx)
    row.update(_schedule(ctx, row))
    return done()


@route("DELETE", SCHEDULE)
def remove_schedule(ctx: Context) -> Reply:
    ctx.system.remove("schedule", _known(ctx))
    return done()


def _known(ctx: Context) -> Row:
    """Whose it is is not looked at."""
    row = ctx.system.get("schedule", ctx.path["id"])
    if row is None:
        raise failed("org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException", "No row: [Schedule]")
    return row


def _bean(row: Row) -> Row:
    periods = [
        {"scheduledDay": _NUMBERS[each["day"]], "start": _time(each["start"]), "end": _time(each["stop"])}
        for each in row["periods"]
    ]
    return {"scheduleId": row["id"], "name": row["name"], "description": row["description"], "periods": periods}


def _time(minutes: int) -> Row:
    return {"hrs": minutes // 60, "min": minutes % 60}


def _schedule(ctx: Context, row: Row | None) -> Row:
    data = sent(ctx)
    periods = [_period(each) for each in data.get("periods") or []]
    others = [each["name"] for each in of_user(ctx.system, ctx.user, groups=False) if each is not row]
    overlap = any(
        one is not two and one["day"] == two["day"] and one["start"] < two["stop"] and two["start"] < one["stop"]
        for one in periods
        for two in periods
    )
    if not periods or overlap or data.get("name") in others or any(each["start"] >= each["stop"] for each in periods):
        raise Refused(422, "The schedule cannot be saved")
    return {"name": data.get("name"), "description": data.get("description"), "periods": periods}


def _period(data: Any) -> Row:
    try:
        start, stop = (data[name]["hrs"] * 60 + data[name]["min"] for name in ("start", "end"))
        return {"enabled": True, "start": start, "stop": stop, "day": _NAMES[data["scheduledDay"]]}
    except (TypeError, KeyError):
        raise failed("java.lang.NullPointerException", "null") from None
