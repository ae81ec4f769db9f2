"""Park orbits: /api/orbits."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.settings import TREES, Tree, forget
from apps.sandbox.sipxcom.system import SERVER, Row

from . import settings
from .beans import done, given, listed, missing, shown

BASE = "/api/orbits"
BEAN: dict[str, Any] = {
    "id": int, "name": str, "enabled": bool, "extension": str, "description": str, "music": str, "server": str,
}  # fmt: skip


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    return listed(ctx, "Orbits", "Orbit", [_bean(row) for row in ctx.system.rows("orbit")])


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    return done(ctx.system.add("orbit", _sent(ctx, None))["id"])


@route("GET", f"{BASE}/{{id}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "Orbit", _bean(_known(ctx)))


@route("PUT", f"{BASE}/{{id}}")
def update(ctx: Context) -> Reply:
    row = _known(ctx)
    row.update(_sent(ctx, row))
    return done()


@route("DELETE", f"{BASE}/{{id}}")
def delete(ctx: Context) -> Reply:
    row = _known(ctx)
    ctx.system.remove("orbit", row)
    forget(ctx.system, f"orbit/{row['id']}")
    return done()


def _settings(ctx: Context) -> tuple[str, Tree]:
    return f"orbit/{_known(ctx)['id']}", TREES["orbit"]


settings.register(f"{BASE}/{{id}}", _settings)


def _bean(row: Row) -> Row:
    return {name: row[name] for name in BEAN}


def _known(ctx: Context) -> Row:
    row = ctx.system.get("orbit", ctx.path["id"])
    if row is None:
        raise missing()
    return row


def _sent(ctx: Context, row: Row | None) -> Row:
    sent = given(ctx, BEAN)
    if sent["server"] not in (str(SERVER["id"]), SERVER["fqdn"]):
        raise missing("No such server")
    if sent["music"] and sent["music"] not in ctx.system.table("prompt/orbits"):
        raise missing("Prompt not found")
    if sent["extension"] in set(ctx.system.numbers_in_use(but=row)):
        raise failed("org.sipfoundry.sipxconfig.common.ExtensionInUseException", f"Extension {sent['extension']} is in use")
    values = {name: sent[name] for name in ("name", "extension", "description", "music")}
    return {**values, "enabled": bool(sent["enabled"]), "server": SERVER["fqdn"]}
