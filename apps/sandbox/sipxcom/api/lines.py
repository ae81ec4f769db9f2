"""Lines of phones: a user's, or one at another registrar."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, route
from apps.sandbox.sipxcom.settings import TREES, Tree, forget
from apps.sandbox.sipxcom.system import DOMAIN, Row, System

from . import settings
from .beans import done, given, listed, missing, shown

BASE = "/api/phones/{phone}/lines"
LINE: dict[str, Any] = {
    "id": int, "uri": str, "user": str, "userId": str, "extension": str, "displayName": str, "password": str,
    "registrationServer": str, "registrationServerPort": str, "voicemail": str,
}  # fmt: skip


def phone_of(ctx: Context) -> Row:
    """The phone of that id or serial number; digits that fit an id are one. Raises 404."""
    ref = ctx.path["phone"]
    if ref.isdecimal() and int(ref) < 2**31:
        row = ctx.system.get("phone", int(ref))
    else:
        row = ctx.system.find("phone", serialNo=ref.lower())
    if row is None:
        raise missing()
    return row


def beans(system: System, phone: Row) -> list[Row]:
    return [_bean(system, line) for line in phone["lines"]]


def _bean(system: System, line: Row) -> Row:
    """The password comes in clear, as the server gives it."""
    user = system.get("user", line["user"]) if line.get("user") else None
    if user is None:
        return {name: line.get(name) for name in LINE}
    name = f"{user['firstName']} {user['lastName']}"
    return {
        "id": line["id"], "uri": f'"{name}"<sip:{user["userName"]}@{DOMAIN}>', "user": user["userName"],
        "userId": user["userName"], "extension": user["userName"], "displayName": name, "password": user["sipPassword"],
        "registrationServer": DOMAIN, "registrationServerPort": "5060", "voicemail": user["userName"],
    }  # fmt: skip


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    return listed(ctx, "Lines", "Line", beans(ctx.system, phone_of(ctx)))


@route("POST", BASE)
def add(ctx: Context) -> Reply:
    """A user's line when a user is named, whatever else came; else an external one."""
    phone, sent = phone_of(ctx), given(ctx, LINE)
    line: Row = {"id": 0}
    if sent["user"]:
        user = ctx.system.user(sent["user"])
        if user is None:
            raise missing("User not found")
        line["user"] = user["id"]
    else:
        line |= {name: sent[name] for name in LINE if name not in ("id", "user")}
    line["id"] = ctx.system.new_id("line")
    phone["lines"].append(line)
    return done()


@route("DELETE", BASE)
def remove_all(ctx: Context) -> Reply:
    phone_of(ctx)["lines"] = []
    return done()


@route("GET", f"{BASE}/{{line}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Line", _bean(ctx.system, _line(ctx)))


@route("DELETE", f"{BASE}/{{line}}")
def remove(ctx: Context) -> Reply:
    phone, line = phone_of(ctx), _line(ctx)
    if line not in phone["lines"]:
        raise missing()
    phone["lines"].remove(line)
    forget(ctx.system, f"line/{line['id']}")
    return done()


def _settings(ctx: Context) -> tuple[str, Tree]:
    return f"line/{_line(ctx)['id']}", TREES["line"]


settings.register(f"{BASE}/{{line}}", _settings)


def _line(ctx: Context) -> Row:
    """The line of that id, on whichever phone it is. Raises 404."""
    lines = (line for phone in ctx.system.rows("phone") for line in phone["lines"])
    found = next((line for line in lines if str(line["id"]) == ctx.path["line"]), None)
    if found is None:
        raise missing()
    return found
