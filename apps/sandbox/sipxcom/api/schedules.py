"""Schedules: /api/schedules: general, users', groups'. Rows keep minutes of the day, which the bean shows as moments."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import Row, System
from apps.sandbox.sipxcom.trees import JSON, Listed

from .beans import done, given, listed, missing, shown, wanted

BASE = "/api/schedules"
PERIOD: dict[str, Any] = {"enabled": bool, "start": str, "stop": str, "scheduledDay": str}
BEAN: dict[str, Any] = {
    "id": int, "name": str, "description": str, "userId": int, "groupId": int, "type": str,
    "workingTime": {"workingHours": [PERIOD]},
}  # fmt: skip
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Weekdays", "Weekend", "Every_day")
KINDS = {"G": "general", "S": "user", "U": "group"}
GENERAL, USER, GROUP = KINDS
_MINUTE = 60_000


def schedule(ctx: Context) -> Row:
    row = ctx.system.get("schedule", ctx.path["id"])
    if row is None:
        raise missing(f"No row with the given identifier exists: [Schedule#{ctx.path['id']}]")
    return row


def of_user(system: System, user: Row, *, groups: bool) -> list[Row]:
    """A user's own schedules, and those of the user's groups."""
    return [
        row
        for row in system.rows("schedule")
        if (row["type"] == USER and row["userId"] == user["id"])
        or (groups and row["type"] == GROUP and row["groupId"] in user["groups"])
    ]


def bean(ctx: Context, row: Row) -> Row:
    json = wanted(ctx) == JSON
    hours = [_period(each, json) for each in row["periods"]]
    head = {name: row[name] for name in ("id", "name", "description", "userId", "groupId")}
    kind = row["type"] if json else KINDS[row["type"]]
    return {**head, "type": kind, "workingTime": {"workingHours": Listed("WorkingHour", hours)}}


def _period(period: Row, json: bool) -> Row:
    day, start, stop = period["day"], period["start"], period["stop"]
    if json:
        return {"enabled": period["enabled"], "start": start * _MINUTE, "stop": stop * _MINUTE, "scheduledDay": day}
    times = {name: f"1970-01-01T{value // 60:02d}:{value % 60:02d}:00Z" for name, value in (("start", start), ("stop", stop))}
    return {"enabled": period["enabled"], **times, "scheduledDay": day.upper().replace("EVERY_DAY", "EVERYDAY")}


def _many(ctx: Context, rows: list[Row]) -> Reply:
    return listed(ctx, "Schedules", "Schedule", [bean(ctx, row) for row in rows])


@route("GET", f"{BASE}/general")
def general(ctx: Context) -> Reply:
    return _many(ctx, [row for row in ctx.system.rows("schedule") if row["type"] == GENERAL])


@route("GET", f"{BASE}/group")
def of_groups(ctx: Context) -> Reply:
    return _many(ctx, [row for row in ctx.system.rows("schedule") if row["type"] == GROUP])


@route("GET", f"{BASE}/group/{{group}}")
def of_group(ctx: Context) -> Reply:
    """Empty: the id does not arrive in the server's own code."""
    return _many(ctx, [])


@route("GET", f"{BASE}/user/{{user}}/all")
def all_of_user(ctx: Context) -> Reply:
    return _many(ctx, of_user(ctx.system, _user(ctx), groups=True))


@route("GET", f"{BASE}/user/{{user}}/personal")
def personal(ctx: Context) -> Reply:
    return _many(ctx, of_user(ctx.system, _user(ctx), groups=False))


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    return done(ctx.system.add("schedule", _sent(ctx))["id"])


@route("GET", f"{BASE}/{{id}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Schedule", bean(ctx, schedule(ctx)))


@route("PUT", f"{BASE}/{{id}}")
def update(ctx: Context) -> Reply:
    row = schedule(ctx)
    row.update(_sent(ctx))
    return done(row["id"])


@route("DELETE", f"{BASE}/{{id}}")
def delete(ctx: Context) -> Reply:
    ctx.system.remove("schedule", schedule(ctx))
    return done()


@route("POST", f"{BASE}/{{id}}/period")
def add_period(ctx: Context) -> Reply:
    schedule(ctx)["periods"].append(_read(given(ctx, PERIOD)))
    return done()


@route("DELETE", f"{BASE}/{{id}}/period/{{index}}")
def remove_period(ctx: Context) -> Reply:
    """The server copies the periods but one and gets its indices wrong: only the last of two can be taken away."""
    row, index = schedule(ctx), int(ctx.path["index"])
    if index <= 0 or index >= len(row["periods"]):
        raise Refused(404)
    if len(row["periods"]) != 2:
        raise failed("java.lang.ArrayIndexOutOfBoundsException", str(index))
    row["periods"].pop()
    return done()


def _user(ctx: Context) -> Row:
    ref = ctx.path["user"]
    user = ctx.system.get("user", int(ref)) if ref.isdecimal() else None
    if user is None:
        raise missing("User not found")
    return user


def _sent(ctx: Context) -> Row:
    sent = given(ctx, BEAN)
    if sent["workingTime"] is None:
        raise failed("java.lang.NullPointerException", "null")
    kind = next((short for short, name in KINDS.items() if sent["type"] in (short, name)), GENERAL)
    owner = {"userId": sent["userId"] if sent["userId"] is not None else -1, "groupId": sent["groupId"] or -1}
    periods = [_read(each) for each in sent["workingTime"]["workingHours"] or []]
    return {"name": sent["name"], "description": sent["description"], **owner, "type": kind, "periods": periods}


def _read(period: Row) -> Row:
    day = str(period["scheduledDay"] or "").lower().replace("everyday", "every_day")
    named = next((each for each in DAYS if each.lower() == day), None)
    if named is None:
        raise failed("org.codehaus.jackson.map.JsonMappingException", f"Can not construct ScheduledDay from {day!r}")
    minutes = {name: _minutes(period[name]) for name in ("start", "stop")}
    return {"enabled": bool(period["enabled"]), **minutes, "day": named}


def _minutes(moment: str | None) -> int:
    """Minutes of the day, from milliseconds or from a moment as XML has it."""
    if moment is None:
        raise failed("java.lang.NullPointerException", "null")
    if moment.lstrip("-").isdecimal():
        return int(moment) // _MINUTE % 1440
    hours, colon, rest = moment.partition("T")[2].partition(":")
    if not colon or not hours.isdecimal() or not rest[:2].isdecimal():
        raise failed("org.codehaus.jackson.map.JsonMappingException", f"Can not construct java.util.Date from {moment!r}")
    return int(hours) * 60 + int(rest[:2])
