"""Phones: /api/phones, their groups, profiles and settings. The old ways in and out under /rest/phone are here too."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.models import PHONES, phone_model
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.settings import TREES, Tree, forget
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Listed, rest_body, text_of

from . import settings
from .beans import done, given, listed, missing, shown
from .gateways import MODEL
from .lines import beans as line_beans
from .lines import phone_of as phone
from .phone_groups import GROUP, named
from .phone_groups import bean as group_bean

BASE = "/api/phones"
BEAN: dict[str, Any] = {
    "id": int, "serialNo": str, "deviceVersion": str, "description": str, "model": MODEL, "groups": [GROUP],
    "lines": [{"*": True}],
}  # fmt: skip


def new_phone(ctx: Context, serial: str, model: str, version: str | None, description: str | None) -> Row:
    """Add a phone. Fails on a serial number that is taken."""
    if ctx.system.find("phone", serialNo=serial.lower()):
        raise failed("org.sipfoundry.sipxconfig.phone.DuplicateSerialNumberException", f"{serial} already exists")
    row = {"serialNo": serial.lower(), "model": model, "deviceVersion": version, "description": description}
    return ctx.system.add("phone", {**row, "lines": [], "groups": [], "erl": ""})


def bean(ctx: Context, row: Row) -> Row:
    model = phone_model(row["model"])
    groups = [group_bean(found) for ref in row["groups"] if (found := ctx.system.get("pgroup", ref))]
    return {
        "id": row["id"], "serialNo": row["serialNo"], "deviceVersion": row["deviceVersion"], "description": row["description"],
        "model": model and model.bean, "lines": Listed("Line", line_beans(ctx.system, row)) if row["lines"] else None,
        "groups": Listed("Group", groups) if groups else None,
    }  # fmt: skip


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    rows = ctx.system.rows("phone")
    start, limit = ctx.query.get("start", ""), ctx.query.get("limit", "")
    if start.isdecimal() and limit.isdecimal():
        rows = rows[int(start) : int(start) + int(limit)]
    return listed(ctx, "Phones", "Phone", [bean(ctx, row) for row in rows])


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    sent = given(ctx, BEAN)
    model = (sent["model"] or {}).get("modelId")
    if phone_model(model) is None:
        raise missing("No such phone model defined")
    row = new_phone(ctx, sent["serialNo"] or "", str(model), sent["deviceVersion"], sent["description"])
    _join(ctx, row, [each["name"] for each in sent["groups"] or []])
    return done(row["id"])


@route("GET", f"{BASE}/models")
def models(ctx: Context) -> Reply:
    return listed(ctx, "Models", "Model", [model.bean for model in PHONES])


@route("GET", f"{BASE}/{{phone}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Phone", bean(ctx, phone(ctx)))


@route("PUT", f"{BASE}/{{phone}}")
def update(ctx: Context) -> Reply:
    row, sent = phone(ctx), given(ctx, BEAN)
    serial = (sent["serialNo"] or "").lower()
    if ctx.system.find("phone", serialNo=serial) not in (None, row):
        raise failed("org.sipfoundry.sipxconfig.phone.DuplicateSerialNumberException", f"{serial} already exists")
    row |= {"serialNo": serial, "deviceVersion": sent["deviceVersion"], "description": sent["description"]}
    _join(ctx, row, [each["name"] for each in sent["groups"] or []])
    return done(row["id"])


@route("DELETE", f"{BASE}/{{phone}}")
def delete(ctx: Context) -> Reply:
    row = phone(ctx)
    ctx.system.remove("phone", row)
    forget(ctx.system, f"phone/{row['id']}")
    return done()


@route("GET", f"{BASE}/{{phone}}/groups")
def groups(ctx: Context) -> Reply:
    found = [group_bean(row) for ref in phone(ctx)["groups"] if (row := ctx.system.get("pgroup", ref))]
    return listed(ctx, "Groups", "Group", found)


@route("DELETE", f"{BASE}/{{phone}}/groups")
def leave_all(ctx: Context) -> Reply:
    phone(ctx)["groups"] = []
    return done()


@route("POST", f"{BASE}/{{phone}}/groups/{{name}}")
def join(ctx: Context) -> Reply:
    _join(ctx, phone(ctx), [ctx.path["name"]])
    return done()


@route("DELETE", f"{BASE}/{{phone}}/groups/{{name}}")
def leave(ctx: Context) -> Reply:
    row, group = phone(ctx), ctx.system.find("pgroup", name=ctx.path["name"])
    if group is None:
        raise missing()
    row["groups"] = [ref for ref in row["groups"] if ref != group["id"]]
    return done()


@route("PUT", f"{BASE}/{{phone}}/sendProfile", f"{BASE}/{{phone}}/sendProfile/restart")
def send_profile(ctx: Context) -> Reply:
    try:
        row = phone(ctx)
    except Refused:
        raise failed("java.lang.NullPointerException", "null") from None
    row["sent"] = {"at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}", "restart": ctx.call.target.endswith("/restart")}
    return done()


def _settings(ctx: Context) -> tuple[str, Tree]:
    return f"phone/{phone(ctx)['id']}", TREES["phone"]


settings.register(f"{BASE}/{{phone}}", _settings)


def _join(ctx: Context, row: Row, names: list[str]) -> None:
    for name in names:
        ref = named(ctx.system, name)["id"]
        if ref not in row["groups"]:
            row["groups"].append(ref)


# The old resources.


@route("POST", "/rest/phone", GET=404)
def create_several(ctx: Context) -> Reply:
    """Phones from a list; what is wrong with one of them is only logged."""
    for each in rest_body(ctx, "phones"):
        model = phone_model(text_of(each, "model"))
        serial, version = text_of(each, "serialNumber") or "", text_of(each, "version")
        if model is None or ctx.system.find("phone", serialNo=serial.lower()):
            continue
        if model.versions and not version:
            raise failed("java.lang.NullPointerException", "null")
        held = next((known for known in model.versions if version and version in known), None)
        new_phone(ctx, serial, model.id, held, text_of(each, "description"))
    return Reply(b"", content_type="text/plain")


@route("GET", "/rest/phone/{serial}/profile/{name}")
def profile(ctx: Context) -> Reply:
    """The configuration file that the phone is given."""
    row = ctx.system.find("phone", serialNo=ctx.path["serial"].lower())
    if row is None or ctx.path["name"] not in profiles(row):
        raise Refused(404)
    lines = [f"reg.{place}.address={line['userId']}" for place, line in enumerate(line_beans(ctx.system, row), start=1)]
    return Reply("\n".join([f"# {row['serialNo']}", *lines, ""]).encode(), content_type="text/plain")


def profiles(row: Row) -> tuple[str, ...]:
    """The names of a phone's configuration files."""
    return (f"{row['serialNo']}.cfg", f"{row['serialNo']}-registration.cfg")
