"""Gateways: /api/gateways, their ports and their settings."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.models import GATEWAYS, Model, gateway_model
from apps.sandbox.sipxcom.routes import Context, route
from apps.sandbox.sipxcom.settings import TREES, Tree, forget
from apps.sandbox.sipxcom.system import Row

from . import settings
from .beans import done, given, listed, missing, shown

CALLER: dict[str, Any] = {
    "defaultCallerAlias": str, "anonymous": bool, "ignoreUserInfo": bool, "transformUserExtension": bool, "addPrefix": str,
    "keepDigits": int, "displayName": str, "urlParameters": str,
}  # fmt: skip
MODEL: dict[str, Any] = {"modelId": str, "label": str, "vendor": str, "versions": [str]}
BRANCH: dict[str, Any] = {"id": int, "name": str, "*": True}
FIELDS: dict[str, Any] = {
    "name": str, "serialNo": str, "deviceVersion": str, "description": str, "enabled": bool, "address": str, "addressPort": int,
    "outboundAddress": str, "outboundPort": int, "addressTransport": str, "prefix": str, "shared": bool,
    "useInternalBridge": bool,
}  # fmt: skip
BEAN = {"id": int, **FIELDS, "model": MODEL, "branch": BRANCH, "callerAliasInfo": CALLER}
# What Java has in a field that was left out.
_ZERO = {bool: False, int: 0, str: None}


def zeroed(values: Row, fields: dict[str, Any]) -> Row:
    return {name: _ZERO[kind] if values.get(name) is None else values[name] for name, kind in fields.items()}


def gateway(ctx: Context) -> Row:
    """The gateway of that id or serial number. Raises 404."""
    ref = ctx.path["id"]
    row = ctx.system.get("gateway", int(ref)) if ref.isdecimal() else ctx.system.find("gateway", serialNo=ref)
    if row is None:
        raise missing()
    return row


def port(ctx: Context) -> Row:
    found = next((each for each in gateway(ctx)["ports"] if str(each["id"]) == ctx.path["port"]), None)
    if found is None:
        raise missing()
    return found


def bean(ctx: Context, row: Row) -> Row:
    """As it is shown; the serial number is never copied."""
    branch = ctx.system.get("branch", row["branch"])
    model: Model | None = gateway_model(row["model"])
    return {
        "id": row["id"], **{name: row[name] for name in FIELDS}, "serialNo": None, "model": model and model.bean,
        "branch": {name: branch[name] for name in ("id", "name", "description")} if branch else None,
        "callerAliasInfo": row["callerAliasInfo"],
    }  # fmt: skip


@route("GET", "/api/gateways")
def read_all(ctx: Context) -> Reply:
    return listed(ctx, "Gateways", "Gateway", [bean(ctx, row) for row in ctx.system.rows("gateway")])


@route("POST", "/api/gateways")
def create(ctx: Context) -> Reply:
    row = ctx.system.add("gateway", {**_sent(ctx), "ports": []})
    return done(row["id"])


@route("GET", "/api/gateways/models")
def models(ctx: Context) -> Reply:
    return listed(ctx, "Models", "Model", [model.bean for model in GATEWAYS])


@route("GET", "/api/gateways/{id}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Gateway", bean(ctx, gateway(ctx)))


@route("PUT", "/api/gateways/{id}")
def update(ctx: Context) -> Reply:
    row = gateway(ctx)
    row.update(_sent(ctx))
    return done(row["id"])


@route("DELETE", "/api/gateways/{id}")
def delete(ctx: Context) -> Reply:
    row = gateway(ctx)
    ctx.system.remove("gateway", row)
    forget(ctx.system, f"gateway/{row['id']}")
    return done()


@route("GET", "/api/gateways/{id}/ports")
def ports(ctx: Context) -> Reply:
    return listed(ctx, "Ports", "Port", [{"id": each["id"]} for each in gateway(ctx)["ports"]])


@route("POST", "/api/gateways/{id}/ports")
def add_port(ctx: Context) -> Reply:
    gateway(ctx)["ports"].append({"id": ctx.system.new_id("port")})
    return done()


@route("DELETE", "/api/gateways/{id}/ports/{port}")
def remove_port(ctx: Context) -> Reply:
    gateway(ctx)["ports"].remove(port(ctx))
    return done()


def _sent(ctx: Context) -> Row:
    """The whole gateway as it was sent; what was left out is empty. Raises 404 for a model nobody knows."""
    sent = given(ctx, BEAN)
    model = (sent["model"] or {}).get("modelId")
    if gateway_model(model) is None:
        raise missing("No such phone model defined")  # the server's own words
    branch = ctx.system.find("branch", name=(sent["branch"] or {}).get("name"))
    caller = zeroed(sent["callerAliasInfo"] or {}, CALLER)
    held = branch["id"] if branch else None
    return {**zeroed(sent, FIELDS), "model": model, "branch": held, "callerAliasInfo": caller}


def _gateway_settings(ctx: Context) -> tuple[str, Tree]:
    return f"gateway/{gateway(ctx)['id']}", TREES["gateway"]


def _port_settings(ctx: Context) -> tuple[str, Tree]:
    return f"gateway/{gateway(ctx)['id']}/port/{port(ctx)['id']}", TREES["port"]


settings.register("/api/gateways/{id}", _gateway_settings)
settings.register("/api/gateways/{id}/ports/{port}", _port_settings)
