"""User groups: /rest/user-group."""

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import Enveloped, by_id, envelope, listed, represented
from apps.sandbox.sipxcom.routes import Context, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import only, rest_body, text_of

from . import branches


@route("GET", "/rest/user-group")
def read_all(ctx: Context) -> Reply:
    rows = ctx.system.rows("ugroup")
    return listed(ctx, "user-group", "groups", "group", rows, lambda row: _shown(ctx, row), ("name", "description"))


@route("PUT", "/rest/user-group")
def create(ctx: Context) -> Reply:
    values = _sent(ctx)
    if ctx.system.find("ugroup", name=values["name"]):
        raise Enveloped("ERROR_CREATE_FAILED", string=values["name"], additionalMessage="A group with this name exists")
    row = ctx.system.add("ugroup", {**values, "permissions": {}, "erl": ""})
    return envelope("SUCCESS_CREATED", id=row["id"])


@route("GET", "/rest/user-group/{id}")
def read(ctx: Context) -> Reply:
    return represented(ctx, "group", _shown(ctx, by_id(ctx, "ugroup")))


@route("PUT", "/rest/user-group/{id}")
def update(ctx: Context) -> Reply:
    values, row = _sent(ctx), by_id(ctx, "ugroup")
    if ctx.system.find("ugroup", name=values["name"]) not in (None, row):
        raise Enveloped("ERROR_UPDATE_FAILED", id=row["id"], additionalMessage="A group with this name exists")
    row.update(values)
    return envelope("SUCCESS_UPDATED", id=row["id"])


@route("DELETE", "/rest/user-group/{id}")
def delete(ctx: Context) -> Reply:
    row = by_id(ctx, "ugroup")
    ctx.system.remove("ugroup", row)
    for user in ctx.system.rows("user"):
        user["groups"] = [ref for ref in user["groups"] if ref != row["id"]]
    return envelope("SUCCESS_DELETED", id=row["id"])


def _shown(ctx: Context, row: Row) -> Row:
    branch = ctx.system.get("branch", row["branch"]) if row["branch"] else None
    head = {name: row[name] for name in ("id", "name", "description")}
    return {**head, "branch": branches.shown(branch) if branch else None}


def _sent(ctx: Context) -> Row:
    root = rest_body(ctx, "group")
    only(root, "id", "name", "description", "branch")
    name = text_of(root, "name")
    if not name:
        raise Enveloped("ERROR_VALIDATION_FAILED", additionalMessage="Name must be specified")
    return {"name": name, "description": text_of(root, "description"), "branch": branches.branch_of(ctx, root)}
