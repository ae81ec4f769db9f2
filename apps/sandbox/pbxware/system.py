"""The system as a whole: dashboard, monitor, licence, tenants and their packages, departments, device types, plans."""

from typing import Any

from .calls import Context, Refused, number, operation
from .objects import Kind, register
from .pbx import Row
from .records import answered_today, live_calls, today

_SERVICES = ("PBXware", "PBXware service", "PBXware proxy", "Push notification", "Chat server", "Memcached")


def _online(row: Row) -> bool:
    """Whether the extension's phone is registered: all but those disabled and those of every seventh person."""
    return row.get("status", "1") == "1" and int(row["ext"][-2:] or 0) % 7 != 0


def _extensions(ctx: Context) -> dict[str, Row]:
    return ctx.pbx.of("ext", ctx.tenant_or_all)


@operation("dashboard.ext_online")
def ext_online(ctx: Context) -> Any:
    return {"type": "Extensions Online", "count": sum(map(_online, _extensions(ctx).values()))}


@operation("dashboard.services")
def services(ctx: Context) -> Any:
    return dict.fromkeys(_SERVICES, "running")


@operation("dashboard.sip_registrations")
def sip_registrations(ctx: Context) -> Any:
    rows = _extensions(ctx).values()
    online = sum(map(_online, rows))
    return {"SIP Registrations": {"success": online, "failed": len(rows) - online, "lagged": 0}}


@operation("dashboard.calls")
def calls(ctx: Context) -> Any:
    ended, hour = today(ctx), ctx.now.timestamp() - 3600
    return {
        "now": len(live_calls(ctx)),
        "last hour": sum(1 for record in ended if record.at >= hour),
        "today": len(ended),
        "answared calls": answered_today(ctx),
    }


@operation("dashboard.glocom_editions")
def glocom_editions(ctx: Context) -> Any:
    names = ("office", "business", "agent", "supervisor", "ios", "android")
    rows = list(_extensions(ctx).values())
    return {name: sum(1 for row in rows if name in row.get("editions", "").split(",")) for name in names}


@operation("dashboard.glocom_users")
def glocom_users(ctx: Context) -> Any:
    return {"glocom_users": sum(1 for row in _extensions(ctx).values() if row.get("editions") and _online(row))}


@operation("dashboard.licensing")
def licensing(ctx: Context) -> Any:
    server = ctx.tenant_or_all
    used = {"ext": "ext", "ivr": "ivr", "queue": "queue", "conference": "conference"}
    return {name: {"inuse": len(ctx.pbx.of(table, server)), "max": 200} for name, table in used.items()}


def _in_use(name: str, base: int) -> None:
    @operation(f"dashboard.{name}")
    def read(ctx: Context) -> Any:
        return {"inuse": f"{base + ctx.now.minute % 7}%"}


_in_use("disk_usage", 41)
_in_use("cpu", 6)
_in_use("memory", 33)


@operation("monitor.list")
def monitor(ctx: Context) -> Any:
    on_call = {end for call in live_calls(ctx) for end in call.ends}
    shown = {}
    for ref, row in _extensions(ctx).items():
        device = ctx.pbx.table("uad").get(row.get("ua", ""), {"fullname": "Generic SIP"})
        online = _online(row)
        shown[ref] = {
            "name": row.get("name", ""),
            "ext": row["ext"],
            "ip": f"192.0.2.{100 + int(row['ext']) % 100}" if online else "",
            "status": "online" if online else "offline",
            "ua": device["fullname"],
            "dnd": "true" if row.get("states", {}).get("dnd") == "yes" else "false",
            "on_call": "true" if (row["server"], row["ext"]) in on_call else "false",
        }
    return shown or []


@operation("monitor.live_calls")
def monitor_calls(ctx: Context) -> Any:
    return {
        call.uniqueid: {"from": call.source, "to": call.target, "timestamp": str(int(call.at))} for call in live_calls(ctx)
    } or []


@operation("monitor.trunks")
def monitor_trunks(ctx: Context) -> Any:
    rows = ctx.pbx.table("trunk").items()
    return {
        ref: {
            "name": row["name"],
            "ip": f"{row['host']}:5060",
            "status": "online" if row.get("status", "active") == "active" else "offline",
        }
        for ref, row in rows
    } or []


@operation("license.refresh", writes=True)
def refresh(ctx: Context) -> Any:
    ctx.pbx.facts["refreshed"] = ctx.now.timestamp()
    return {"status": "License refresh request processed"}


@operation("license.last_refreshed")
def last_refreshed(ctx: Context) -> Any:
    return {"last_refreshed": f"{ctx.now.fromtimestamp(ctx.pbx.facts['refreshed'], ctx.now.tzinfo):%d %b %Y %H:%M:%S}"}


@operation("license.info")
def licence(ctx: Context) -> Any:
    return ctx.pbx.facts["licence"]


@operation("server.configuration")
def server_configuration(ctx: Context) -> Any:
    return ctx.pbx.facts["server"]


# Packages: what is asked by one name is answered by another.

_ANSWERED = {"extensions": "ext", "voicemails": "voicemail", "ivrs": "ivr", "cfs": "cf"}
_PACKAGE = (
    "name restrict_splans call_recordings monitoring call_screening extensions voicemails queues cfs rgroups hot_desking ivrs"
)


@operation("package.list")
def packages(ctx: Context) -> Any:
    if not ctx.pbx.table("package"):
        raise Refused("No tenant packages present on system.")
    return {ref: row["name"] for ref, row in ctx.pbx.table("package").items()}


@operation("package.configuration", "id")
def package(ctx: Context) -> Any:
    row = ctx.pbx.table("package").get(ctx.text("id"))
    if row is None:
        return []
    names = ("name", "service_plan", "allowed_service_plans", *_PACKAGE.split()[1:])
    return {ctx.text("id"): {_ANSWERED.get(name, name): row.get(name, "") for name in names}}


@operation("package.add", _PACKAGE, writes=True)
def add_package(ctx: Context) -> Any:
    if ctx.text("restrict_splans") == "1" and not ctx.text("allowed_service_plans"):
        raise Refused("Required field 'allowed_service_plans' is missing")
    ref = ctx.pbx.add("package", ctx.sent())
    return {"success": f"Tenant package: {ref}", "id": number(ref)}


@operation("package.edit", "server id", writes=True)
def edit_package(ctx: Context) -> Any:
    ctx.master()
    ctx.row("package", "Tenant package").update(ctx.sent())
    return {"success": f"Tenant package: {ctx.text('id')}", "id": number(ctx.text("id"))}


@operation("package.delete", "server id", writes=True)
def delete_package(ctx: Context) -> Any:
    ctx.master()
    ctx.row("package", "Tenant package")
    if any(row["package"] == ctx.text("id") for row in ctx.pbx.table("tenant").values()):
        raise Refused(f"Tenant package {ctx.text('id')} is in use.")
    del ctx.pbx.table("package")[ctx.text("id")]
    return {"success": f"Tenant package ID: {ctx.text('id')}.", "id": ctx.text("id")}


# Tenants.

_TENANT = "tenant_name tenant_code package ext_length country national international"
_READ_AS = {
    "tenant_name": "server_name", "tenant_code": "tenantcode", "package": "package_id", "localcodecs": "local_codecs",
    "networkcodecs": "network_codecs", "ringtone_local": "ringtonelocal", "local_channels": "incominglimit",
    "remote_channels": "outgoinglimit", "conferences": "conch", "queues": "quech", "auto_attendants": "aach", "dahdi": "zapch",
}  # fmt: skip


@operation("tenant.list")
def tenants(ctx: Context) -> Any:
    shown = {}
    for ref, row in ctx.pbx.table("tenant").items():
        package = ctx.pbx.table("package").get(row["package"], {})
        route = ctx.pbx.table("route").get(row["country"], {})
        shown[ref] = {
            "name": row["tenant_name"],
            "tenantcode": row["tenant_code"],
            "package_id": row["package"],
            "package": package.get("name", ""),
            "ext_length": int(row["ext_length"]),
            "country_id": row["country"],
            "country_code": route.get("code", ""),
        }
    return shown or []


@operation("tenant.configuration", "id")
def tenant(ctx: Context) -> Any:
    row = ctx.pbx.table("tenant").get(ctx.text("id"))
    if row is None:
        return []
    return {ctx.text("id"): {_READ_AS.get(name, name): value for name, value in row.items() if not name.startswith("_")}}


@operation("tenant.add", _TENANT, writes=True)
def add_tenant(ctx: Context) -> Any:
    code = ctx.text("tenant_code")
    if not (len(code) == 3 and code.isdecimal()):
        raise Refused(f"Required field 'tenant_code={code}' contains invalid data (Regex: ^[0-9]{{3}}$)")
    if any(row["tenant_code"] == code for row in ctx.pbx.table("tenant").values()):
        raise Refused(f"Tenant code {code} already exists.")
    _known_package(ctx)
    ref = ctx.pbx.add("tenant", {**ctx.sent(), "_made": ctx.now.timestamp()})
    return {"success": f"Tenant ID: {ref}", "id": number(ref)}


@operation("tenant.edit", "server id", writes=True)
def edit_tenant(ctx: Context) -> Any:
    ctx.master()
    _known_package(ctx)
    kept = {name: value for name, value in ctx.sent().items() if name != "ext_length"}
    ctx.row("tenant", "Tenant").update(kept)
    return {"success": f"Tenant ID: {ctx.text('id')}", "id": ctx.text("id")}


@operation("tenant.delete", "server id", writes=True)
def delete_tenant(ctx: Context) -> Any:
    ctx.master()
    ref = ctx.text("id")
    ctx.row("tenant", "Tenant")
    if not ctx.faults("lying_delete"):
        del ctx.pbx.table("tenant")[ref]
        for table in ("ext", "did", "ivr", "ring_group", "erg", "paging_group", "department", "queue"):
            for other in list(ctx.pbx.of(table, ref)):
                del ctx.pbx.table(table)[other]
    return {"success": f"Deleted Tenant ID {ref} successfully."}


def _known_package(ctx: Context) -> None:
    if ctx.text("package") and ctx.text("package") not in ctx.pbx.table("package"):
        raise Refused(f"Tenant package with ID '{ctx.text('package')}' not found.")


# Departments, apps, ARI, device types.

register(Kind("department", "department", "Department", "name", lambda ctx, ref, row: {"name": row["name"]}))


def _with_name(action: str) -> None:
    """Adding and editing a department answer with its name as well."""
    from .calls import OPERATIONS

    plain = OPERATIONS[action]

    @operation(action, " ".join(plain.needs), writes=True)
    def run(ctx: Context) -> Any:
        reply = plain.run(ctx)
        return {**reply, "id": number(str(reply["id"])), "name": ctx.pbx.table("department")[str(reply["id"])]["name"]}


_with_name("department.add")
_with_name("department.edit")


@operation("apps.list", "server")
def apps(ctx: Context) -> Any:
    rows = ctx.pbx.of("ext", ctx.tenant).values()

    def held(field: str, name: str) -> list[int | str]:
        return [number(row["ext"]) for row in rows if name.lower() in row.get(field, "").split(",")]

    editions = {name: held("editions", name) for name in ("OFFICE", "BUSINESS", "WEB", "AGENT", "SUPERVISOR", "MOBILE")}
    modules = {name: held("modules", name) for name in ("CRM", "Call Popup")}
    return {name: {"total": 100, "in_use": len(exts), "extensions": exts} for name, exts in {**editions, **modules}.items()}


@operation("apps.templates.set", "server department_id", writes=True)
def set_template(ctx: Context) -> Any:
    ref = ctx.text("department_id")
    row = ctx.row("department", "Department", ref)
    row.update({name: ctx.text(name) for name in ("editions", "modules") if name in ctx.params})
    return {"success": f"Department ID: {ref}", "id": number(ref)}


@operation("apps.templates.list", "server")
def templates(ctx: Context) -> Any:
    return {
        ref: {
            "department_id": number(ref),
            "department_name": row["name"],
            "editions": row.get("editions", ""),
            "modules": row.get("modules", ""),
        }
        for ref, row in ctx.pbx.of("department", ctx.tenant).items()
    } or []


@operation("ari.list")
def ari(ctx: Context) -> Any:
    return ctx.pbx.table("ari") or []


@operation("ari.tenant_permissions.list")
def ari_permissions(ctx: Context) -> Any:
    applications = list(ctx.pbx.table("ari"))
    return {ref: {"permission_type": "permit", "applications": applications} for ref in ctx.pbx.table("tenant")} or []


@operation("uads.list")
def devices(ctx: Context) -> Any:
    return {ref: {**row, "enabled": bool(row["enabled"])} for ref, row in ctx.pbx.table("uad").items()}


def _switch(verb: str, *, enabled: bool) -> None:
    @operation(f"uads.{verb}", "server id", writes=True)
    def switch(ctx: Context) -> Any:
        ctx.pbx.table("uad")
        row = ctx.pbx.table("uad").get(ctx.text("id"))
        if row is None:
            raise Refused(f"UAD with ID '{ctx.text('id')}' not found.")
        row["enabled"] = enabled
        return {"success": f"UAD: {ctx.text('id')}.", "id": ctx.text("id")}


_switch("activate", enabled=True)
_switch("deactivate", enabled=False)


# Service plans.


@operation("splan.list")
def plans(ctx: Context) -> Any:
    return ctx.pbx.table("splan") or []


def _plan(ctx: Context) -> Row:
    row = ctx.pbx.table("splan").get(ctx.text("id"))
    if row is None:
        raise Refused(f"Service Plan with ID '{ctx.text('id')}' not found.")
    return row


@operation("splan.rates", "id")
def rates(ctx: Context) -> Any:
    _plan(ctx)
    if ctx.text("dgroup") and not ctx.text("route"):
        raise Refused("Required field 'route' is missing")
    wanted = [ctx.text(name) for name in ("id", "route", "dgroup")]
    rows = ctx.pbx.table("rate").items()
    return {key: row for key, row in rows if all(w in ("", part) for w, part in zip(wanted, key.split(":"), strict=True))} or []


@operation("splan.sms_rates.list")
def sms_rates(ctx: Context) -> Any:
    plan = ctx.text("id") or "1"
    shown = {}
    for ref, row in ctx.pbx.table("sms_trunk").items():
        rate = ctx.pbx.table("sms_rate").get(f"{plan}:{ref}", {})
        prices = {
            name: float(rate.get(name, 0))
            for name in ("national_sms", "international_sms", "national_mms", "international_mms")
        }
        shown[ref] = {"trunk_name": row["name"], **prices, "inclusive_messages": rate.get("inclusive_messages", "0")}
    return shown or []


@operation("splan.sms_rates.edit", "id trunk_id", writes=True)
def edit_sms_rates(ctx: Context) -> Any:
    _plan(ctx)
    trunk = ctx.text("trunk_id")
    if trunk not in ctx.pbx.table("sms_trunk"):
        raise Refused(f"SMS Trunk with ID '{trunk}' not found.")
    kept = {name: value for name, value in ctx.sent().items() if name != "trunk_id"}
    ctx.pbx.table("sms_rate").setdefault(f"{ctx.text('id')}:{trunk}", {}).update(kept)
    return {"success": f"Trunk ID: {trunk}", "id": number(trunk)}
