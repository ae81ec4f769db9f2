"""Users: /rest/user and their pictures."""

import base64
from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import (
    INVALID,
    Enveloped,
    by_id,
    envelope,
    listed,
    represented,
)
from apps.sandbox.sipxcom.people import new_user
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import ADMIN, Row
from apps.sandbox.sipxcom.trees import Listed, children, only, rest_body, text_of

from .branches import branch_of, short

NAMES = ("lastName", "firstName", "userName", "pin", "sipPassword", "emailAddress")
PNG = "image/png"
# One transparent dot.
_PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def chosen(ctx: Context) -> list[Row]:
    """The users that `branch` or `ids` asks for. Without either the server leaves out the first one."""
    users = ctx.system.rows("user")
    if "branch" in ctx.query:
        return [row for row in users if row["branch"] == _number(ctx.query["branch"])]
    if "ids" in ctx.query:
        found = [ctx.system.get("user", _number(ref)) for ref in ctx.query["ids"].split(",")]
        if None in found:
            raise failed("org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException", "No row: [User]")
        return [row for row in found if row]
    return users[1:]


def _number(ref: str) -> int:
    if not ref.isdecimal():
        raise Enveloped(INVALID, string=ref)
    return int(ref)


@route("GET", "/rest/user")
def read_all(ctx: Context) -> Reply:
    fields = ("userName", "lastName", "firstName")
    return listed(ctx, "user", "users", "user", chosen(ctx), lambda row: _shown(ctx, row), fields)


@route("PUT", "/rest/user")
def create(ctx: Context) -> Reply:
    values = _sent(ctx)
    _free(ctx, None, values, "ERROR_CREATE_FAILED", string=values["userName"])
    row = new_user(ctx.system, **{name: values[name] for name in ("userName", "firstName", "lastName")})
    row.update(values)
    return envelope("SUCCESS_CREATED", id=row["id"])


@route("GET", "/rest/user/{id}")
def read(ctx: Context) -> Reply:
    return represented(ctx, "user", _shown(ctx, by_id(ctx, "user")))


@route("PUT", "/rest/user/{id}")
def update(ctx: Context) -> Reply:
    values, row = _sent(ctx), by_id(ctx, "user")
    renamed = values["userName"] != row["userName"]
    if renamed and (row["userName"] == ADMIN or not values["pin"]):
        words = "The superadmin cannot be renamed" if row["userName"] == ADMIN else "A new name wants a new PIN"
        raise Enveloped("ERROR_UPDATE_FAILED", id=row["id"], additionalMessage=words)
    _free(ctx, row, values, "ERROR_UPDATE_FAILED", id=row["id"])
    row.update({name: value for name, value in values.items() if value or name not in ("pin", "sipPassword")})
    return envelope("SUCCESS_UPDATED", id=row["id"])


@route("DELETE", "/rest/user/{id}")
def delete(ctx: Context) -> Reply:
    """Says so of the superadmin too, who stays."""
    row = by_id(ctx, "user")
    if row["userName"] != ADMIN:
        ctx.system.remove("user", row)
        for phone in ctx.system.rows("phone"):
            phone["lines"] = [line for line in phone["lines"] if line.get("user") != row["id"]]
        for group in ctx.system.rows("callgroup"):
            group["rings"] = [ring for ring in group["rings"] if ring["userName"] != row["userName"]]
    return envelope("SUCCESS_DELETED", id=row["id"])


def _shown(ctx: Context, row: Row) -> Row:
    groups = [{name: group[name] for name in ("id", "name", "description")}
              for ref in row["groups"] if (group := ctx.system.get("ugroup", ref))]  # fmt: skip
    return {
        "id": row["id"], **{name: row[name] for name in NAMES}, "pin": "", "sipPassword": "",
        "groups": Listed("group", groups), "branch": short(ctx.system, row["branch"]),
        "aliases": Listed("alias", [{"alias": alias} for alias in row["aliases"]]),
    }  # fmt: skip


def _sent(ctx: Context) -> Row:
    """The whole user as it was sent: groups, branch and aliases that were left out are cleared."""
    root = rest_body(ctx, "user")
    only(root, "id", *NAMES, "groups", "branch", "aliases")
    values: Row = {name: text_of(root, name) for name in NAMES}
    if not values["userName"]:
        raise Enveloped("ERROR_VALIDATION_FAILED", additionalMessage="User name must be specified")
    if values["pin"] is None or values["sipPassword"] is None:
        raise failed("java.lang.NullPointerException", "null")
    aliases = [alias for each in children(root, "aliases") if (alias := text_of(each, "alias"))]
    return {**values, "groups": _groups(ctx, root), "branch": branch_of(ctx, root), "aliases": aliases}


def _groups(ctx: Context, root: Element) -> list[int]:
    found = []
    for element in children(root, "groups"):
        group = ctx.system.get("ugroup", text_of(element, "id"))
        if group is None:
            raise failed("org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException", "No row: [Group]")
        found.append(group["id"])
    return found


def _free(ctx: Context, row: Row | None, values: Row, code: str, **data: object) -> None:
    taken = set(ctx.system.numbers_in_use(but=row))
    used = next((name for name in (values["userName"], *values["aliases"]) if name in taken), None)
    if used:
        raise Enveloped(code, **data, additionalMessage=f"The name {used} is in use")


# Pictures.


@route("GET", "/rest/avatar/{user}")
def picture(ctx: Context) -> Reply:
    ctx.accepted("application/octet-stream", "text/plain")
    user = ctx.system.user(ctx.path["user"])
    held = user["avatar"] if user else ""
    return Reply(base64.b64decode(held) if held else _PICTURE, 200, PNG)


@route("POST", "/rest/avatar/{user}")
def upload(ctx: Context) -> Reply:
    user, files = ctx.system.user(ctx.path["user"]), list(ctx.call.files.values())
    if len(files) != 1:
        raise Refused(417)
    if user is None:
        raise Refused(400)
    user["avatar"] = base64.b64encode(files[0].read()).decode()
    return Reply(b"", content_type="text/plain")
