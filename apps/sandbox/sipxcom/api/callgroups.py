"""Hunt groups: /api/callgroups, addressed by extension."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Listed

from .beans import done, given, listed, shown

BASE = "/api/callgroups"
RING: dict[str, Any] = {"typeStr": str, "userName": str, "enabled": bool, "expiration": int, "*": True}
FIELDS: dict[str, Any] = {
    "enabled": bool, "name": str, "extension": str, "did": str, "description": str, "fallbackDestination": str,
    "voicemailFallback": bool, "userForward": bool, "useFwdTimers": bool,
}  # fmt: skip
TYPES = ("If no response", "At the same time")
_DEFAULTS = {"enabled": False, "voicemailFallback": True, "userForward": True, "useFwdTimers": False}


def bean(row: Row) -> Row:
    """A hunt group as it is shown, without an id; the first ring has no type."""
    rings = [{**ring, "typeStr": ring["typeStr"] if place else None} for place, ring in enumerate(row["rings"])]
    return {**{name: row[name] for name in FIELDS}, "ringBeans": Listed("Ring", rings)}


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    return listed(ctx, "CallGroups", "CallGroup", [bean(row) for row in ctx.system.rows("callgroup")])


@route("GET", f"{BASE}/prefix/{{prefix}}")
def by_prefix(ctx: Context) -> Reply:
    rows = ctx.system.rows("callgroup")
    if any(not row["extension"] for row in rows):
        raise failed("java.lang.NullPointerException", "null")
    return listed(ctx, "CallGroups", "CallGroup", [bean(r) for r in rows if r["extension"].startswith(ctx.path["prefix"])])


@route("GET", f"{BASE}/{{extension}}")
def read(ctx: Context) -> Reply:
    row = ctx.system.find("callgroup", extension=ctx.path["extension"])
    return Reply(b"", 204) if row is None else shown(ctx, "CallGroup", bean(row))


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    return done(ctx.system.add("callgroup", _sent(ctx, None))["id"])


@route("PUT", f"{BASE}/{{extension}}")
def update(ctx: Context) -> Reply:
    row = _known(ctx)
    row.update(_sent(ctx, row))
    return done(row["id"])


@route("DELETE", f"{BASE}/{{extension}}")
def delete(ctx: Context) -> Reply:
    row = ctx.system.find("callgroup", extension=ctx.path["extension"])
    if row is not None:
        ctx.system.remove("callgroup", row)
    return done()


@route("POST", f"{BASE}/{{extension}}/duplicate/{{new}}")
def duplicate(ctx: Context) -> Reply:
    row, new = _known(ctx), ctx.path["new"]
    _free(ctx, None, {"name": None, "extension": new, "did": None})
    rings = [dict(ring) for ring in row["rings"]]
    names = {each["name"] for each in ctx.system.rows("callgroup")}
    place = next(each for each in range(1, len(names) + 2) if f"{row['name']}Copy{each}" not in names)
    copy = {**row, "name": f"{row['name']}Copy{place}", "extension": new, "enabled": False, "did": None, "rings": rings}
    ctx.system.add("callgroup", copy)
    return done(row["id"])


@route("POST", f"{BASE}/{{extension}}/rotate/{{ring}}")
def rotate(ctx: Context) -> Reply:
    """The rings after that of a member come to the front."""
    row, user = _known(ctx), ctx.system.user(ctx.path["ring"])
    place = next((n for n, ring in enumerate(row["rings"]) if user and ring["userName"] == user["userName"]), -1)
    if place < 0 or place == len(row["rings"]) - 1:
        return done(ctx.path["extension"])
    row["rings"] = row["rings"][place + 1 :] + row["rings"][: place + 1]
    return done(row["id"])


def _known(ctx: Context) -> Row:
    row = ctx.system.find("callgroup", extension=ctx.path["extension"])
    if row is None:
        raise failed("java.lang.NullPointerException", "null")
    return row


def _sent(ctx: Context, row: Row | None) -> Row:
    """The whole group as it was sent; a ring of a user nobody knows is only logged."""
    sent = given(ctx, {**FIELDS, "ringBeans": [RING]})
    if sent["ringBeans"] is None:
        raise failed("java.lang.NullPointerException", "null")
    _free(ctx, row, sent)
    rings = []
    for ring in sent["ringBeans"]:
        user = ctx.system.user(ring["userName"] or "")
        if user is not None:
            kind = ring["typeStr"] if ring["typeStr"] in TYPES else TYPES[0]
            name, enabled = user["userName"], bool(ring["enabled"])
            rings.append({"typeStr": kind, "userName": name, "enabled": enabled, "expiration": ring["expiration"] or 0})
    if ctx.faults("ring_lost"):
        rings = rings[:-1]
    values = {name: _DEFAULTS.get(name) if sent[name] is None else sent[name] for name in FIELDS}
    return {**values, "rings": rings}


def _free(ctx: Context, row: Row | None, sent: Row) -> None:
    """Fails when the name, the extension or the DID is somebody's."""
    taken = set(ctx.system.numbers_in_use(but=row))
    names = {each["name"] for each in ctx.system.rows("callgroup") if each is not row}
    for name in ("name", "extension", "did"):
        value = sent[name]
        if value and value in (names if name == "name" else taken):
            kind = "NameInUseException" if name == "name" else "ExtensionInUseException"
            raise failed(f"org.sipfoundry.sipxconfig.common.{kind}", f"{name.capitalize()} {value} is in use")
