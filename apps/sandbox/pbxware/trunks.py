"""Trunks, the tenants' share of them, and SMS."""

import base64
import binascii
from datetime import datetime
from typing import Any

from .calls import Context, Refused, number, operation
from .pbx import Row
from .records import window

_NEEDS = (
    "name provider_id type dtmfmode status country national international emerg_trunk host username secret peer_host "
    "peer_username peer_secret insecure looserouting incominglimit outgoinglimit codecs codecs_ptime"
)
_PLACES = (
    "primary_trunk",
    "secondary_trunk",
    "tertiary_trunk",
    "primary_emerg_trunk",
    "secondary_emerg_trunk",
    "tertiary_emerg_trunk",
)
_SMS_NEEDS = {
    "telnyx": ("api_key", "public_key", "messaging_profile_id"),
    "bandwidth": ("username", "password", "user_id", "app_id"),
    "twilio": ("account_sid", "auth_token"),
    "vi": ("secret", "login"),
}


def _provider(ctx: Context, ref: str) -> tuple[str, str]:
    for name, (known, kind) in ctx.pbx.facts["providers"].items():
        if known == ref:
            return name, kind
    raise Refused(f"Provider with ID '{ref}' not found.")


@operation("trunk.list")
def trunks(ctx: Context) -> Any:
    rows = ctx.pbx.table("trunk").items()
    stamp = ctx.now.timestamp()
    return {
        ref: {
            "name": row["name"],
            "protocol": "sip" if _provider(ctx, row["provider_id"])[1] == "voip" else "zaptel",
            "provider_id": row["provider_id"],
            "provider_name": _provider(ctx, row["provider_id"])[0],
            "status": "enabled" if row["status"] == "active" else "disabled",
        }
        for ref, row in rows
        if row.get("_from", 0) <= stamp
    } or []


def _check(ctx: Context, row: Row) -> None:
    _provider(ctx, row["provider_id"])
    if len(row["codecs"].split(",")) != len(row["codecs_ptime"].split(",")):
        raise Refused("Fields codecs and codecs_ptime must match in size")


@operation("trunk.add", f"server {_NEEDS}", writes=True)
def add(ctx: Context) -> Any:
    ctx.master()
    row = ctx.sent()
    _check(ctx, row)
    if ctx.faults("settles_later"):
        row["_from"] = ctx.now.timestamp() + float(ctx.faults.value("settles_later", "60"))
    ref = ctx.pbx.add("trunk", row)
    return {"success": f"Trunk ID: {ref}", "id": number(ref)}


@operation("trunk.edit", "server id", writes=True)
def edit(ctx: Context) -> Any:
    ctx.master()
    row = ctx.row("trunk", "Trunk")
    changed = {**row, **ctx.sent()}
    _check(ctx, changed)
    row.update(changed)
    return {"success": f"Trunk ID: {ctx.text('id')}", "id": ctx.text("id")}


@operation("trunk.delete", "server id", writes=True)
def delete(ctx: Context) -> Any:
    ctx.master()
    ctx.row("trunk", "Trunk")
    if any(row["trunk"] == ctx.text("id") for row in ctx.pbx.table("did").values()):
        raise Refused(f"Trunk {ctx.text('id')} is in use.")
    if not ctx.faults("lying_delete"):
        del ctx.pbx.table("trunk")[ctx.text("id")]
    return {"success": f"Trunk ID: {ctx.text('id')}", "id": ctx.text("id")}


@operation("trunk.configuration", "trunkid server")
def configuration(ctx: Context) -> Any:
    row = ctx.pbx.table("trunk").get(ctx.text("trunkid"))
    if row is None:
        return []
    name, _ = _provider(ctx, row["provider_id"])
    codecs = zip(row["codecs"].split(","), row["codecs_ptime"].split(","), strict=True)
    own = {key: value for key, value in row.items() if key not in ("name", "provider_id", "status", "codecs", "codecs_ptime")}
    options = {**own, "allow": [f"{codec},{time}" for codec, time in codecs]}
    status = "1" if row["status"] == "active" else "0"
    head = {"name": row["name"], "provider_id": row["provider_id"], "provider_name": name, "status": status, "protocol": "sip"}
    return {ctx.text("trunkid"): {**head, "options": options}}


@operation("trunk.providers")
def providers(ctx: Context) -> Any:
    return ctx.pbx.facts["providers"]


def _tenant(ctx: Context) -> Row:
    row = ctx.pbx.table("tenant").get(ctx.text("tenant"))
    if row is None:
        raise Refused("Invalid Server ID is specified.")
    return row


@operation("tenant.trunks.list", "tenant")
def tenant_trunks(ctx: Context) -> Any:
    held = _tenant(ctx).get("_trunks", {})
    if not held:
        return []
    names = {ref: row["name"] for ref, row in ctx.pbx.table("trunk").items()}
    listed = ", ".join(names.get(ref, ref) for ref in held.get("trunks", "").split(",") if ref)
    return {**{place: names.get(held[place], held[place]) for place in _PLACES if held.get(place)}, "trunks": listed}


@operation("tenant.trunks.set", "tenant", writes=True)
def set_tenant_trunks(ctx: Context) -> Any:
    row, given = _tenant(ctx), {name: ctx.text(name) for name in (*_PLACES, "trunks") if name in ctx.params}
    for ref in [part for name, value in given.items() for part in value.split(",") if part]:
        if ref not in ctx.pbx.table("trunk"):
            raise Refused(f"Trunk with ID '{ref}' not found.")
    row.setdefault("_trunks", {}).update(given)
    return {"success": "Success."}


# SMS.


@operation("sms.trunks.list")
def sms_trunks(ctx: Context) -> Any:
    return {ref: {"name": row["name"], "provider": row["provider"]} for ref, row in ctx.pbx.table("sms_trunk").items()} or []


@operation("sms.trunks.configuration", "id")
def sms_trunk(ctx: Context) -> Any:
    row = ctx.pbx.table("sms_trunk").get(ctx.text("id"))
    return {"id": number(ctx.text("id")), **row, "enabled": int(row["enabled"])} if row else []


def _check_sms(ctx: Context, row: Row) -> None:
    for name in _SMS_NEEDS.get(row["provider"], ()):
        if not row.get(name):
            raise Refused(f"Required field '{name}' is missing")
    if row["provider"] not in _SMS_NEEDS:
        raise Refused(f"Required field 'provider={row['provider']}' contains invalid data (Regex: ^({'|'.join(_SMS_NEEDS)})$)")


@operation("sms.trunks.add", "enabled name provider", writes=True)
def add_sms_trunk(ctx: Context) -> Any:
    _check_sms(ctx, ctx.sent())
    ref = ctx.pbx.add("sms_trunk", ctx.sent())
    return {"success": f"SMS Trunk ID: {ref}", "id": number(ref)}


@operation("sms.trunks.edit", "id", writes=True)
def edit_sms_trunk(ctx: Context) -> Any:
    row = ctx.row("sms_trunk", "SMS Trunk")
    changed = {**row, **ctx.sent()}
    _check_sms(ctx, changed)
    row.update(changed)
    return {"success": f"SMS Trunk ID: {ctx.text('id')}", "id": number(ctx.text("id"))}


@operation("sms.trunks.delete", "id", writes=True)
def delete_sms_trunk(ctx: Context) -> Any:
    ctx.row("sms_trunk", "SMS Trunk")
    del ctx.pbx.table("sms_trunk")[ctx.text("id")]
    return {"success": f"Deleted SMS Trunk ID '{ctx.text('id')}' successfully."}


def _sms_of(ctx: Context, tenant: Row) -> Row:
    ref = tenant.get("_sms", "")
    row = ctx.pbx.table("sms_trunk").get(ref)
    if row is None:
        return dict.fromkeys(("id", "enabled", "name", "provider"))
    return {"id": ref, "enabled": row["enabled"], "name": row["name"], "provider": row["provider"]}


@operation("sms.trunks.tenants.list")
def sms_tenants(ctx: Context) -> Any:
    return {ref: _sms_of(ctx, row) for ref, row in ctx.pbx.table("tenant").items()} or []


@operation("sms.trunks.tenants.get", "tenant")
def sms_tenant(ctx: Context) -> Any:
    return _sms_of(ctx, _tenant(ctx))


@operation("sms.trunks.tenants.set", "tenant", writes=True)
def set_sms_tenant(ctx: Context) -> Any:
    if ctx.text("id") and ctx.text("id") not in ctx.pbx.table("sms_trunk"):
        raise Refused(f"SMS Trunk with ID '{ctx.text('id')}' not found.")
    _tenant(ctx)["_sms"] = ctx.text("id")
    return {"success": "Success."}


@operation("sms.send_message", "server to_number body", writes=True)
def send_message(ctx: Context) -> Any:
    server = ctx.tenant
    try:
        body = base64.b64decode(ctx.params["body"], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("Required field 'body' contains invalid data (Regex: base64)") from None
    tenant = ctx.pbx.table("tenant")[server]
    provider = _sms_of(ctx, tenant)["name"]
    if provider is None or not tenant.get("_sms_number"):
        raise Refused("SMS is not enabled for this tenant.")
    row = {"server": server, "provider": provider, "from": tenant["_sms_number"], "to": ctx.text("to_number"), "body": body}
    ctx.pbx.add("sms", {**row, "direction": "Outbound", "date/time": f"{ctx.now:%Y-%m-%d %H:%M:%S}", "status": "COMPLETED"})
    return {"success": "Success."}


@operation("sms.reports.list", "start_date end_date")
def sms_reports(ctx: Context) -> Any:
    first, last = window(ctx, "_date", "_time")
    shown = {}
    for ref, row in ctx.pbx.table("sms").items():
        at = datetime.fromisoformat(row["date/time"]).replace(tzinfo=first.tzinfo)
        wanted = {"direction": "direction", "from_number": "from", "to_number": "to", "server": "server"}
        if first <= at <= last and all(ctx.text(name) in ("", row[field]) for name, field in wanted.items()):
            shown[ref] = {**{k: v for k, v in row.items() if k != "body"}, "error": "", "type": "SMS"}
    return shown or []


@operation("sms.reports.bulk_list", "start_date end_date")
def sms_bulk(ctx: Context) -> Any:
    first, last = window(ctx, "_date", "_time")
    return {
        ref: row
        for ref, row in ctx.pbx.table("sms_bulk").items()
        if first <= datetime.fromisoformat(row["time_start"]).replace(tzinfo=first.tzinfo) <= last
        and ctx.text("status") in ("", row["status"])
        and ctx.text("name") in ("", row["name"])
    } or []
