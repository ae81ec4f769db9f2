"""Page groups: /api/pagegroups."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Listed

from .beans import done, given, listed, missing, shown

BASE = "/api/pagegroups"
MEMBER = ("id", "userName", "lastName", "firstName", "aliases")
NULLS = ("sipPassword", "pintoken", "voicemailPin", "branchName", "userProfile", "notified", "groups", "permissions")
FIELDS: dict[str, Any] = {"enabled": bool, "pageGroupNumber": int, "timeout": int, "sound": str, "description": str}
BEAN: dict[str, Any] = {"id": int, **FIELDS, "users": [{"id": int, "userName": str, "*": True}]}
UNKNOWN = "Paging group not found."


def bean(ctx: Context, row: Row) -> Row:
    users = [user for ref in row["users"] if (user := ctx.system.get("user", ref))]
    members = [{**{name: user[name] for name in MEMBER}, **dict.fromkeys(NULLS)} for user in users]
    for member in members:
        member["aliases"] = Listed("Alias", member["aliases"])
    return {"id": row["id"], **{name: row[name] for name in FIELDS}, "users": Listed("User", members) if members else None}


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    return listed(ctx, "Groups", "Group", [bean(ctx, row) for row in ctx.system.rows("paging")])


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    """No id comes back: the list tells."""
    ctx.system.add("paging", _sent(ctx, None))
    return done()


@route("GET", f"{BASE}/{{id}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Group", bean(ctx, _known(ctx)))


@route("PUT", f"{BASE}/{{id}}")
def update(ctx: Context) -> Reply:
    row = _known(ctx)
    row.update(_sent(ctx, row))
    return done()


@route("DELETE", f"{BASE}/{{id}}")
def delete(ctx: Context) -> Reply:
    ctx.system.remove("paging", _known(ctx))
    return done()


def _known(ctx: Context) -> Row:
    row = ctx.system.get("paging", ctx.path["id"])
    if row is None:
        raise missing(UNKNOWN)
    return row


def _sent(ctx: Context, row: Row | None) -> Row:
    sent = given(ctx, BEAN)
    if sent["users"] is None:
        raise failed("java.lang.NullPointerException", "null")
    users = [_member(ctx, each) for each in sent["users"]]
    if sent["sound"] and sent["sound"] not in ctx.system.table("prompt/pagegroups"):
        raise missing("Prompt not found")
    other = ctx.system.find("paging", pageGroupNumber=sent["pageGroupNumber"])
    if other is not None and other is not row:
        raise failed("org.sipfoundry.sipxconfig.common.UserException", "Page group number is in use")
    values = {name: sent[name] if sent[name] is not None else {bool: False, int: 0, str: None}[kind]
              for name, kind in FIELDS.items()}  # fmt: skip
    return {**values, "users": users}


def _member(ctx: Context, sent: Row) -> int:
    user = ctx.system.get("user", sent["id"]) if (sent["id"] or 0) > 0 else ctx.system.user(sent["userName"] or "")
    if user is None:
        raise missing(UNKNOWN)
    ref: int = user["id"]
    return ref
