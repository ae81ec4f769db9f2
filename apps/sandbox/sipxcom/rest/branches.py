"""Branches: /rest/branch."""

from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import NO_ID, Enveloped, by_id, envelope, listed, represented
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import Row, System
from apps.sandbox.sipxcom.trees import children, only, rest_body, text_of

ADDRESS = ("street", "city", "country", "state", "zip", "officeDesignation")
FIELDS = ("name", "description", "phoneNumber", "faxNumber")


def shown(row: Row) -> Row:
    address = {"id": row["id"], **{name: row["address"].get(name) for name in ADDRESS}}
    numbers = {name: row[name] for name in ("phoneNumber", "faxNumber")}
    return {"id": row["id"], "name": row["name"], "description": row["description"], "address": address, **numbers}


def short(system: System, ref: int | None) -> Row | None:
    """A branch as users show it."""
    row = system.get("branch", ref) if ref else None
    return {name: row[name] for name in ("id", "name", "description")} if row else None


def branch_of(ctx: Context, element: Element) -> int | None:
    """The id of the branch that an element names, by id; None when it names none."""
    child = element.find("branch")
    if child is None or not (ref := text_of(child, "id")):
        return None
    row = ctx.system.get("branch", ref)
    if row is None:
        raise failed("org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException", f"No row: [Branch#{ref}]")
    found: int = row["id"]
    return found


@route("GET", "/rest/branch")
def read_all(ctx: Context) -> Reply:
    fields = ("name", "description", "city", "officeDesignation")
    return listed(ctx, "branch", "branches", "branch", ctx.system.rows("branch"), shown, fields)


@route("PUT", "/rest/branch")
def create(ctx: Context) -> Reply:
    values = _sent(ctx)
    if ctx.system.find("branch", name=values["name"]):
        raise Enveloped("ERROR_CREATE_FAILED", string=values["name"], additionalMessage="A branch with this name exists")
    return envelope("SUCCESS_CREATED", id=ctx.system.add("branch", values)["id"])


@route("DELETE", "/rest/branch")
def delete_none(ctx: Context) -> Reply:
    raise Enveloped(NO_ID)


@route("GET", "/rest/branch/{id}")
def read(ctx: Context) -> Reply:
    return represented(ctx, "branch", shown(by_id(ctx, "branch")))


@route("PUT", "/rest/branch/{id}")
def update(ctx: Context) -> Reply:
    values, row = _sent(ctx), by_id(ctx, "branch")
    if ctx.system.find("branch", name=values["name"]) not in (None, row):
        raise Enveloped("ERROR_UPDATE_FAILED", id=row["id"], additionalMessage="A branch with this name exists")
    row.update(values)
    return envelope("SUCCESS_UPDATED", id=row["id"])


@route("DELETE", "/rest/branch/{id}")
def delete(ctx: Context) -> Reply:
    row = by_id(ctx, "branch")
    ctx.system.remove("branch", row)
    for kind in ("user", "ugroup", "gateway"):
        for held in ctx.system.rows(kind):
            if held["branch"] == row["id"]:
                held["branch"] = None
    return envelope("SUCCESS_DELETED", id=row["id"])


def _sent(ctx: Context) -> Row:
    """The whole branch as it was sent: what was left out is cleared."""
    root = rest_body(ctx, "branch")
    only(root, "id", "address", *FIELDS)
    values: Row = {name: text_of(root, name) for name in FIELDS}
    if not values["name"]:
        raise Enveloped("ERROR_VALIDATION_FAILED", additionalMessage="Name must be specified")
    address = root.find("address")
    if address is None:
        raise failed("java.lang.NullPointerException", "null")
    only(address, "id", *ADDRESS)
    return {**values, "address": {child.tag: (child.text or "").strip() for child in children(root, "address")}}
