"""Extensions: themselves, their money, their phones and the services they have."""

import re
from typing import Any

from .calls import Context, Refused, number, operation
from .objects import Kind, register
from .pbx import Row

SERVICES = [
    "callerid",
    "callfilters",
    "callscreening",
    "dnd",
    "callpickup",
    "lastcaller",
    "callfwd",
    "followme",
    "instrecord",
    "remoteaccess",
    "phonecallback",
    "grouphunt",
    "mobilenumbers",
    "sppage",
    "blflist",
    "speeddial",
    "delrecordings",
    "listenrecordings",
    "operationtimes",
    "extoperationtimes",
    "callmonitoring",
    "wakeupcall",
    "opwakeupcall",
    "sppagegroups",
    "smsnotifications",
]
# Service → what an edit needs, and the lists among its fields. The others only have a state.
SETTINGS: dict[str, tuple[str, str]] = {
    "callerid": ("callerid", "trunks tcallerids"),
    "callfilters": ("callers dtypes destinations", "callers dtypes destinations"),
    "callscreening": ("destinations delays suspends recordlen", "destinations delays suspends"),
    "dnd": ("", ""),
    "callfwd": ("", ""),
    "followme": ("destinations timeouts", "destinations timeouts"),
    "instrecord": ("silent emailrec", ""),
    "remoteaccess": ("callerids pins requirepin", "callerids pins"),
    "phonecallback": ("callerids numbers", "callerids numbers"),
    "grouphunt": ("destinations delays suspends", "destinations delays suspends"),
    "mobilenumbers": ("mobiles labels", "mobiles labels"),
    "sppage": ("", "extensions"),
    "blflist": ("", "exts labels blfs"),
    "speeddial": ("codes names destinations", "codes names destinations"),
}
_FORWARDS = {"uncond": "unconditional", "busy": "busy", "noansw": "no answer", "unavail": "line unavailable"}
_NEEDS = "name email location ua status pin incominglimit outgoinglimit voicemail prot secret"
_PASSWORD = r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[%*!_-]).{8,}$"  # noqa: S105 - what the PBX wants of one
_READY_AFTER = 180  # seconds that a fresh tenant refuses extensions


def _check(ctx: Context, row: Row) -> None:
    if "secret" in ctx.params and not re.match(_PASSWORD, ctx.text("secret")):
        raise Refused(f"Required field 'secret={ctx.text('secret')}' contains invalid data (Regex: {_PASSWORD})")
    tenant = ctx.pbx.table("tenant")[row["server"]]
    if ctx.faults("fresh_tenant") or ctx.now.timestamp() < tenant.get("_made", 0) + _READY_AFTER:
        raise Refused("Unable to create extension")
    if not row.get("ext"):
        taken = {held["ext"] for held in ctx.pbx.of("ext", row["server"]).values()}
        row["ext"] = next(str(free) for free in range(100, 9999) if str(free) not in taken)


def _listed(ctx: Context, ref: str, row: Row) -> Row:
    device = ctx.pbx.table("uad").get(row.get("ua", ""), {"name": "generic_sip", "fullname": "Generic SIP"})
    return {
        "name": row.get("name", ""),
        "email": row.get("email", ""),
        "protocol": row.get("prot", "sip"),
        "ext": row["ext"],
        "location": "remote" if row.get("location") == "2" else "local",
        "ua_id": row.get("ua", ""),
        "ua_name": device["name"],
        "ua_fullname": device["fullname"],
        "status": "enabled" if row.get("status", "1") == "1" else "disabled",
        "macaddress": row.get("macaddress", ""),
        "sn": row.get("sn", ""),
        "linenum": row.get("linenum", "1"),
        "user_location": row.get("user_location", ""),
        "department": row.get("department", ""),
    }


register(
    Kind("ext", "ext", "Extension", _NEEDS, _listed, numbered="ext", check=_check, added="Extension ID: {ref}", text_ids=True)
)


def one(ctx: Context) -> tuple[str, Row]:
    """The extension a call names by id or by number, never both."""
    server, ref, ext = ctx.tenant, ctx.text("id"), ctx.text("ext")
    if ref and ext:
        raise Refused("You cannot supply id and ext at the same time!")
    if not ref and not ext:
        raise Refused("Required field 'id' is missing")
    row = ctx.pbx.table("ext").get(ref) if ref else None
    if row is not None and row["server"] == server:
        return ref, row
    found = ctx.pbx.find("ext", server, ext=ext) if ext else None
    if found is None:
        raise Refused(f"Extension '{ref or ext}' not found.")
    return found


@operation("ext.configuration", "server")
def configuration(ctx: Context) -> Any:
    ref, row = one(ctx)
    listed = _listed(ctx, ref, row)
    tenant = ctx.pbx.table("tenant")[row["server"]]
    own = {name: value for name, value in row.items() if name not in (*listed, "pin", "server", "ua", "prot", "department")}
    options = {"type": "friend", "host": "dynamic", "username": tenant["tenant_code"] + row["ext"], **own}
    more = {"options_raw": "", "ua_autoprov": "", "additional_macaddress": row.get("macs", ""), "additional_config": ""}
    return {ref: {**listed, "pin": row.get("pin", ""), "user_language": "en", "smuser": "0", "options": options, **more}}


@operation("ext.slaves", "server")
def slaves(ctx: Context) -> Any:
    _, master = one(ctx)
    rows = ctx.pbx.of("ext", master["server"]).items()
    return {ref: _listed(ctx, ref, row) for ref, row in rows if row.get("slave_accountcode") == master["ext"]} or []


@operation("ext.voicemail.delete", "server ext", writes=True)
def clear_voicemail(ctx: Context) -> Any:
    _, row = one(ctx)
    row["messages"] = 0
    return {"success": f"Voicemails for extension {row['ext']} deleted successfully!"}


@operation("ext.additional_macs", "server id values devices locations", writes=True)
def additional_macs(ctx: Context) -> Any:
    ctx.sized("values", "devices", "locations")
    ref, row = one(ctx)
    row["macs"] = ctx.text("values")
    return {"success": f"Extension ID: {ref}", "id": number(ref)}


# Money.


def _money(name: str, make: Any) -> None:
    @operation(name, "server")
    def read(ctx: Context) -> Any:
        ref, row = one(ctx)
        return {ref: make(row)}


def _funds(row: Row) -> Row:
    balance = sum(float(line["amount"]) for line in row.get("ledger", []))
    funds = balance + float(row.get("creditlimit", 0))
    left = row.get("inclusive_minutes", "No Inclusives spent.")
    return {"account_balance": f"{balance:.5f}", "available_funds": f"{funds:.5f}", "inclusive_minutes": left}


def _rating(row: Row) -> Row:
    return {
        "splan": row.get("service_plan", "1"),
        "slave": "yes" if row.get("acc_slave") == "1" else "no",
        "master_code": row.get("slave_accountcode"),
        "reminder_balance": f"{float(row.get('reminderbalance', 0)):.5f}",
        "credit_limit": f"{float(row.get('creditlimit', 0)):.5f}",
        "splan_date": row.get("service_plan_date", "01-01-2026"),
        "limits": "yes" if row.get("limitenable") == "1" else "no",
        "limit_type": row.get("limittype", "Daily"),
        "soft_limit": row.get("softlimit", "0"),
        "hard_limit": row.get("hardlimit", "0"),
        "email": row.get("notification_email", ""),
    }


for _name in ("ext.billing", "ext.call_rating"):
    _money(_name, _rating)
for _name in ("ext.billing_info", "ext.call_rating_info"):
    _money(_name, _funds)
_money("ext.sms_rating_info", lambda row: {"inclusive_messages_left": row.get("inclusive_messages", "No Inclusives spent.")})


@operation("ext.balance", "server mode amount notes refno", writes=True)
def balance(ctx: Context) -> Any:
    ref, row = one(ctx)
    mode = ctx.text("mode")
    if mode not in ("credit", "debit"):
        raise Refused(f"Required field 'mode={mode}' contains invalid data (Regex: ^(credit|debit)$)")
    amount = f"{'-' if mode == 'debit' else ''}{ctx.text('amount')}"
    line = {"entry_date": f"{ctx.now:%Y-%m-%d}", "refno": ctx.text("refno"), "notes": ctx.text("notes"), "amount": amount}
    row.setdefault("ledger", []).append({**line, "type": mode})
    return {"success": f"Updated balance for Extension ID '{ref}' successfully."}


def _history(ctx: Context) -> Any:
    from .records import window

    first, last = window(ctx, default_end="00:00:00")
    _, row = one(ctx)
    lines = [
        line for line in reversed(row.get("ledger", [])) if f"{first:%Y-%m-%d}" <= line["entry_date"] < f"{last:%Y-%m-%d %H:%M}"
    ]
    lines = [line for line in lines if ctx.text("type") in ("", line["type"]) and ctx.text("refno") in ("", line["refno"])]
    if ctx.text("sum") == "1":
        sums = {kind: sum(float(line["amount"]) for line in lines if line["type"] == kind) for kind in ("credit", "debit")}
        return [{f"sum_{kind}": f"{amount:.5f}" for kind, amount in sums.items()}]
    return lines


for _name in ("ext.billing_history", "ext.call_rating_history"):
    operation(_name, "server start end")(_history)


def _reset(what: str, noun: str) -> None:
    @operation(f"ext.reset_inclusive_{what}", "server", writes=True)
    def reset(ctx: Context) -> Any:
        ref, row = one(ctx)
        row[f"inclusive_{what}"] = "No Inclusives spent."
        return {"success": f"Inclusive {noun} for Extension ID '{ref}' have been reset successfully."}


_reset("minutes", "Minutes")
_reset("messages", "Messages")


# Editions and modules.


@operation("ext.editions_modules.set", "server id", writes=True)
def set_rights(ctx: Context) -> Any:
    ref, row = one(ctx)
    row.update({name: ctx.text(name) for name in ("editions", "modules", "use_department_templates") if name in ctx.params})
    return {"success": f"Extension ID: {ref}", "id": number(ref)}


@operation("ext.editions_modules.configuration", "server id")
def rights(ctx: Context) -> Any:
    ref, row = one(ctx)

    def held(field: str, names: str) -> dict[str, int]:
        given = (row.get(field) or "none").split(",")
        return {name.replace(" ", "_"): int(name in given or "all" in given) for name in names.split("|")}

    return {
        "id": ref,
        "use_department_templates": row.get("use_department_templates", "0"),
        "editions": held("editions", "all|office|business|agent|supervisor|mobile"),
        "modules": held("modules", "all|crm|call popup|skype"),
    }


# Enhanced services.


def _states(row: Row, field: str) -> dict[str, str]:
    return row.setdefault(field, {})


def _state_calls(service: str, suffix: str, accepted: tuple[str, ...]) -> None:
    field = f"states{suffix}"

    @operation(f"ext.es.{service}.get{suffix}", "server id")
    def get(ctx: Context) -> Any:
        return {"state": _states(one(ctx)[1], field).get(service, "no")}

    @operation(f"ext.es.{service}.set{suffix}", "server id state", writes=True)
    def set_(ctx: Context) -> Any:
        ref, row = one(ctx)
        state = ctx.text("state")
        if state not in accepted:
            raise Refused(f"Required field 'state={state}' contains invalid data (Regex: ^({'|'.join(accepted)})$)")
        _states(row, field)[service] = state
        return {"success": f"{ref}: {accepted.index(state)}.", "state": state}


def _settings_calls(service: str, needs: str, lists: str) -> None:
    @operation(f"ext.es.{service}.configuration", "server id")
    def read(ctx: Context) -> Any:
        return one(ctx)[1].get("settings", {}).get(service) or []

    @operation(f"ext.es.{service}.edit", f"server id {needs}", writes=True)
    def edit(ctx: Context) -> Any:
        ref, row = one(ctx)
        if lists and any(name in ctx.params for name in lists.split()) and service != "callerid":
            ctx.sized(*lists.split())
        kept = {name: ctx.split(name) if name in lists.split() else value for name, value in ctx.sent().items()}
        kept = _forwarding(ctx) if service == "callfwd" else kept
        row.setdefault("settings", {}).setdefault(service, {}).update(kept)
        return {"success": f"Extension ID: {ref}"}


def _forwarding(ctx: Context) -> Row:
    """Call forwarding is read in another form than it is written."""
    sent = {key: (ctx.split(f"{key}_dests"), ctx.split(f"{key}_timeouts")) for key in _FORWARDS}
    return {
        "play": ctx.text("play") or "0",
        "cid": ctx.text("cid") or "0",
        "enabled": ctx.split("enabled"),
        "destinations": {_FORWARDS[key]: dests for key, (dests, _) in sent.items()},
        "timeouts": {_FORWARDS[key]: times for key, (_, times) in sent.items()},
    }


def _all_states(suffix: str, accepted: tuple[str, ...], words: str) -> None:
    field = f"states{suffix}"

    @operation(f"ext.es.states.get{suffix}", "server id services")
    def get(ctx: Context) -> Any:
        states = _states(one(ctx)[1], field)
        wanted = SERVICES if "all" in ctx.split("services") else [name for name in ctx.split("services") if name in SERVICES]
        return {service: states.get(service, "no") for service in wanted}

    @operation(f"ext.es.states.set{suffix}", "server id", writes=True)
    def set_(ctx: Context) -> Any:
        states = _states(one(ctx)[1], field)
        if everything := ctx.text("all"):
            states.update(dict.fromkeys(SERVICES, everything))
        states.update({name: ctx.text(name) for name in SERVICES if ctx.text(name) in accepted})
        return {"success": f"Updated Enhanced Service {words}states successfully."}


for _service in SERVICES:
    _state_calls(_service, "", ("no", "yes", "pin"))
    _state_calls(_service, "_osc", ("no", "yes"))
for _service, (_needs, _lists) in SETTINGS.items():
    _settings_calls(_service, _needs, _lists)
_all_states("", ("no", "yes", "pin"), "")
_all_states("_osc", ("no", "yes"), "OSC ")
