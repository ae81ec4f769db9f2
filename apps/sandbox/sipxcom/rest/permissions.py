"""Permissions: /rest/permission; those of users and groups: /rest/user-permission, /rest/user-group-permission."""

from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import MISSING, NO_ID, Enveloped, by_id, envelope, listed, represented
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import Row, System
from apps.sandbox.sipxcom.trees import Listed, children, only, rest_body, text_of

from .users import chosen

SHOWN = ("name", "label", "description", "defaultValue", "type", "builtIn")
ENABLE, DISABLE = "ENABLE", "DISABLE"


def word(enabled: bool) -> str:
    return ENABLE if enabled else DISABLE


def effective(system: System, user: Row, permission: Row) -> str:
    """The user's own value, else that of a group, else the default."""
    name = permission["name"]
    if name in user["permissions"]:
        return str(user["permissions"][name])
    groups = (system.get("ugroup", ref) for ref in user["groups"])
    inherited = next((group["permissions"][name] for group in groups if group and name in group["permissions"]), None)
    return str(inherited or word(permission["defaultValue"]))


def has(system: System, user: Row, name: str) -> bool:
    """May the user do what the permission of that name allows?"""
    permission = system.find("permission", name=name)
    return permission is not None and effective(system, user, permission) == ENABLE


# The permissions themselves.


@route("GET", "/rest/permission")
def read_all(ctx: Context) -> Reply:
    rows = ctx.system.rows("permission")
    return listed(
        ctx, "permissions", "permissions", "permission", rows, _shown, ("name", "description", "label", "defaultValue")
    )


@route("PUT", "/rest/permission")
def create(ctx: Context) -> Reply:
    """A permission for calls, under a name that the server gives."""
    values = _sent(ctx)
    if ctx.system.find("permission", label=values["label"]):
        raise Enveloped("ERROR_CREATE_FAILED", string=values["label"], additionalMessage="A permission of this label exists")
    row = ctx.system.add("permission", {**values, "type": "CALL", "builtIn": False})
    row["name"] = f"perm_{row['id']}"
    return envelope("SUCCESS_CREATED", additionalMessage=row["name"])


@route("GET", "/rest/permission/{name}")
def read(ctx: Context) -> Reply:
    return represented(ctx, "permission", _shown(_named(ctx)))


@route("PUT", "/rest/permission/{name}")
def update(ctx: Context) -> Reply:
    values, row = _sent(ctx), _own(ctx, "ERROR_UPDATE_FAILED")
    if ctx.system.find("permission", label=values["label"]) not in (None, row):
        raise Enveloped("ERROR_UPDATE_FAILED", string=row["name"], additionalMessage="A permission of this label exists")
    row.update(values)
    return envelope("SUCCESS_UPDATED", additionalMessage=row["name"])


@route("DELETE", "/rest/permission/{name}")
def delete(ctx: Context) -> Reply:
    row = _own(ctx, "ERROR_DELETE_FAILED")
    ctx.system.remove("permission", row)
    for holder in (*ctx.system.rows("user"), *ctx.system.rows("ugroup")):
        holder["permissions"].pop(row["name"], None)
    return envelope("SUCCESS_DELETED", additionalMessage=row["name"])


def _shown(row: Row) -> Row:
    return {name: row[name] for name in SHOWN}


def _named(ctx: Context) -> Row:
    row = ctx.system.find("permission", name=ctx.path["name"])
    if row is None:
        raise Enveloped(MISSING, additionalMessage=ctx.path["name"])
    return row


def _own(ctx: Context, code: str) -> Row:
    """A permission that is a row of the database; those built in are not, and cannot be written."""
    row = _named(ctx)
    if row["builtIn"]:
        raise Enveloped(code, string=row["name"], additionalMessage="Batch update returned unexpected row count")
    return row


def _sent(ctx: Context) -> Row:
    root = rest_body(ctx, "permission")
    only(root, *SHOWN)
    label = text_of(root, "label")
    if not label:
        raise Enveloped("ERROR_VALIDATION_FAILED", additionalMessage="Label must be specified")
    return {
        "label": label,
        "description": text_of(root, "description"),
        "defaultValue": (text_of(root, "defaultValue") or "").lower() == "true",
    }


# What is permitted.


def _holder(system: System, row: Row, *, user: bool) -> Row:
    settings = []
    for permission in system.rows("permission"):
        default = word(permission["defaultValue"])
        value = effective(system, row, permission) if user else row["permissions"].get(permission["name"], default)
        setting = {name: permission[name] for name in ("name", "label")}
        settings.append({**setting, "value": value, "defaultValue": permission["defaultValue"]})
    names = ("lastName", "firstName") if user else ("name", "description")
    return {"id": row["id"], **{name: row[name] for name in names}, "permissions": Listed("setting", settings)}


@route("GET", "/rest/user-permission", DELETE=405, POST=500)
def read_users(ctx: Context) -> Reply:
    return listed(
        ctx, "user-permission", "users", "user", chosen(ctx), lambda row: _holder(ctx.system, row, user=True),
        ("lastName", "firstName"),
    )  # fmt: skip


@route("GET", "/rest/user-permission/{id}", DELETE=405, POST=500)
def read_user(ctx: Context) -> Reply:
    return represented(ctx, "user", _holder(ctx.system, by_id(ctx, "user"), user=True))


@route("PUT", "/rest/user-permission/{id}")
def update_user(ctx: Context) -> Reply:
    root, row = rest_body(ctx, "user"), by_id(ctx, "user")
    row["permissions"] |= _values(ctx, root, group=False)
    return envelope("SUCCESS_UPDATED", id=row["id"])


@route("GET", "/rest/user-group-permission", DELETE=405, POST=500)
def read_groups(ctx: Context) -> Reply:
    return listed(
        ctx, "user-group-permission", "groups", "group", ctx.system.rows("ugroup"),
        lambda row: _holder(ctx.system, row, user=False), ("name", "description"),
    )  # fmt: skip


@route("GET", "/rest/user-group-permission/{id}", DELETE=405, POST=500)
def read_group(ctx: Context) -> Reply:
    return represented(ctx, "group", _holder(ctx.system, by_id(ctx, "ugroup"), user=False))


@route("PUT", "/rest/user-group-permission/{id}")
def update_group(ctx: Context) -> Reply:
    root, row = rest_body(ctx, "group"), by_id(ctx, "ugroup")
    row["permissions"] |= _values(ctx, root, group=True)
    return envelope("SUCCESS_UPDATED", id=row["id"])


@route("PUT", "/rest/user-permission", "/rest/user-group-permission")
def update_none(ctx: Context) -> Reply:
    raise Enveloped(NO_ID)


def _values(ctx: Context, root: Element, *, group: bool) -> dict[str, str]:
    """The settings that were sent, any subset; fails without any and on a name nobody knows."""
    if root.find("permissions") is None:
        raise failed("java.lang.NullPointerException", "null")
    values = {}
    for setting in children(root, "permissions"):
        only(setting, "name", "label", "value", "defaultValue")
        name, value = text_of(setting, "name") or "", text_of(setting, "value")
        if ctx.system.find("permission", name=name) is None:
            raise failed("java.lang.NullPointerException", "null")
        if value is None and group:
            value = word(text_of(setting, "defaultValue") == "true")
        values[name] = value or ""
    return values
