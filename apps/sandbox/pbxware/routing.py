"""DIDs and their groups, rules on callers, IVRs, ring groups, paging groups, operation times, routes and destinations."""

import re
from typing import Any

from .calls import Context, Refused, number, operation
from .objects import Kind, register
from .pbx import Row

DID_TO = (
    "Extension", "Multi User", "Ring Group", "IVR", "Queues", "External Number", "IVR tree", "Voicemail", "Remote Access",
    "Conferences", "Trunk", "Fax to E-mail", "Phone Callback", "Deny Access", "CRM Routing", "Agents", "ARI Application",
    "Parking Lot",
)  # fmt: skip
CALLER_TO = (
    "network user", "network user (Forward DID)", "ring group", "ivr", "queue", "voicemail", "remote access", "conference",
    "trunk", "fax", "deny access", "crm routing",
)  # fmt: skip


def _check_did(ctx: Context, row: Row) -> None:
    kind = row.get("dest_type", "")
    if not (kind.isdecimal() and int(kind) < len(DID_TO)):
        raise Refused(f"Required field 'dest_type={kind}' contains invalid data (Regex: ^[0-9]+$)")
    if kind not in ("12", "13") and not row.get("destination"):
        raise Refused("Required field 'destination' is missing")
    if row.get("trunk") not in ctx.pbx.table("trunk"):
        raise Refused(f"Trunk with ID '{row.get('trunk')}' not found.")
    for ref, held in ctx.pbx.table("did").items():
        if held["did"] == row["did"] and ref != ctx.text("id"):
            raise Refused(f"DID {row['did']} already exists.")


def _did(ctx: Context, ref: str, row: Row) -> Row:
    return {
        "number": row["did"],
        "number2": row.get("did_2") or None,
        "server": row["server"],
        "trunk": row["trunk"],
        "type": DID_TO[int(row["dest_type"])],
        "ext": row.get("destination", ""),
        "e164": row.get("e164") or None,
        "e164_2": row.get("e164_2") or None,
        "status": "disabled" if row.get("disabled") == "1" else "enabled",
        "name": row.get("name", ""),
        "sms_enabled": row.get("sms_enabled"),
        "e911": row.get("e911", "0"),
        "prioritize_clirouting": row.get("prioritize_clirouting", "0"),
    }


register(
    Kind("did", "did", "DID", "trunk did dest_type destination disabled", _did, scoped=True, delete_master=True,
         check=_check_did, added="DID ID: {ref}.")
)  # fmt: skip


@operation("did.list", "server")
def list_dids(ctx: Context) -> Any:
    rows = ctx.pbx.of("did", ctx.tenant).items()
    stamp = ctx.now.timestamp()
    wanted = ctx.text("ext")
    return {
        ref: _did(ctx, ref, row) for ref, row in rows if wanted in ("", row.get("destination")) and row.get("_from", 0) <= stamp
    } or []


register(
    Kind("didgroup", "didgroup", "DID Group", "group_name tenantid min_did max_did", lambda ctx, ref, row: {
        "group_name": row["group_name"], "max_did": row["max_did"], "min_did": row["min_did"], "tenant": row["tenantid"],
    }, master=True)
)  # fmt: skip


def _caller_rules(action: str, table: str, needs: str) -> None:
    """Rules on callers of a DID, or of a tenant; kept under whose they are."""

    def whose(ctx: Context) -> str:
        if table == "tenant":
            if ctx.text("tenant") not in ctx.pbx.table("tenant"):
                raise Refused("Invalid Server ID is specified.")
            return f"tenant {ctx.text('tenant')}"
        ctx.row("did", "DID")
        return f"did {ctx.text('id')}"

    def rule(ctx: Context) -> tuple[str, Row]:
        ref = ctx.text("cliroutingid")
        row = ctx.pbx.table("cli").get(ref)
        if row is None or row["whose"] != whose(ctx):
            raise Refused(f"CLI Routing ID {ref} not found.")
        return ref, row

    fields = ("callerid", "dest_type", "destination", "matchexplicitly")

    @operation(f"{action}.list", needs)
    def listed(ctx: Context) -> Any:
        owner = whose(ctx)
        found = {
            ref: {
                "callerid": row["callerid"],
                "ext": row.get("destination", ""),
                "type": CALLER_TO[int(row["dest_type"])],
                "matchtype": row["matchexplicitly"],
            }
            for ref, row in ctx.pbx.table("cli").items()
            if row["whose"] == owner
        }
        return {"success": found or []} if table == "tenant" or not found else found

    @operation(f"{action}.add", f"{needs} callerid dest_type destination matchexplicitly", writes=True)
    def add(ctx: Context) -> Any:
        row = {name: ctx.text(name) for name in fields}
        ref = ctx.pbx.add("cli", {**row, "whose": whose(ctx)})
        return {"success": f"CLI Routing ID: {ref}.", "id": ref}

    @operation(f"{action}.edit", f"{needs} cliroutingid", writes=True)
    def edit(ctx: Context) -> Any:
        ref, row = rule(ctx)
        row.update({name: ctx.text(name) for name in fields if name in ctx.params})
        return {"success": f"CLI Routing ID: {ref}.", "id": ref}

    @operation(f"{action}.delete", f"{needs} cliroutingid", writes=True)
    def delete(ctx: Context) -> Any:
        del ctx.pbx.table("cli")[rule(ctx)[0]]
        return {"success": "CLI Routing successfully deleted!"}


_caller_rules("did.clirouting", "did", "id server")
_caller_rules("tenant.clirouting", "tenant", "tenant")


def _check_ivr(ctx: Context, row: Row) -> None:
    if " " in row["name"]:
        raise Refused(f"Required field 'name={row['name']}' contains invalid data (Regex: ^\\S+$)")
    if not row["greeting"].startswith("greeting-"):
        raise Refused(f"Required field 'greeting={row['greeting']}' contains invalid data (Regex: ^greeting-)")


def _ivr(ctx: Context, ref: str, row: Row) -> Row:
    keys: Row = {}
    for name, value in row.items():
        if match := re.fullmatch(r"keymap\[(.)\]\[(\w+)\]", name):
            keys.setdefault(match.group(1), {})["value" if match.group(2) == "destination" else "type"] = value
    return {
        "name": row["name"],
        "type": "0",
        "ext": row["ext"],
        "keymap": keys,
        "status": "disabled" if row.get("status") == "0" else "enabled",
        "operator": row.get("operator", ""),
    }


register(
    Kind("ivr", "ivr", "IVR", "name ext greeting keymap", _ivr, numbered="ext", scoped=True, check=_check_ivr,
         added="IVR ID: {ref}.")
)  # fmt: skip


def _ring_group(ctx: Context, ref: str, row: Row) -> Row:
    return {
        "name": row["name"],
        "ext": row["ext"],
        "destinations": row.get("extensions", ""),
        "last_dest": row.get("last_dest", ""),
        "last_dest_vm": row.get("last_dest_vm", "no"),
    }


register(Kind("ring_group", "ring_group", "Ring Group", "name ext", _ring_group, numbered="ext", scoped=True))


@operation("ring_group.configuration", "server id")
def ring_group_configuration(ctx: Context) -> Any:
    row = ctx.row("ring_group", "Ring Group")
    listed = _ring_group(ctx, "", row)
    options = {name: value for name, value in row.items() if name not in ("name", "ext", "extensions", "server")}
    return {ctx.text("id"): {name: listed[name] for name in ("name", "ext", "destinations")} | {"options": options}}


def _erg(ctx: Context, ref: str, row: Row) -> Row:
    strategy = row.get("ring_strategy", "ringall")
    return {"name": row["name"], "number": row["ext"], "strategy": strategy, "members": row.get("members", [])}


register(
    Kind("erg", "erg", "ERG", "name ext max_wait_callers rings_answer", _erg, numbered="ext", added="ERG ID: {ref}.")
)  # fmt: skip


@operation("erg.members", "server id numbers penalties", writes=True)
def erg_members(ctx: Context) -> Any:
    ctx.sized("numbers", "penalties")
    row = ctx.row("erg", "ERG")
    members = {member["ext"]: member for member in row.get("members", [])}
    for ext, penalty in zip(ctx.split("numbers"), ctx.split("penalties"), strict=True):
        members[ext] = {"ext": ext, "penalty": penalty}
    row["members"] = list(members.values())
    return {"success": f"ERG ID: {ctx.text('id')}", "id": ctx.text("id")}


def _paging(ctx: Context, ref: str, row: Row) -> Row:
    destinations = [number(part) for part in row.get("destinations", "").split(",") if part]
    return {
        "name": row["name"],
        "number": number(row["number"]),
        "quiet": int(row.get("quiet", 0)),
        "destinations": destinations,
    }


register(
    Kind("paging_group", "paging_group", "Paging Group", "name number", _paging, numbered="number",
         deleted="Deleted Paging Group with ID {ref} successfully.")
)  # fmt: skip


@operation("route.list")
def routes(ctx: Context) -> Any:
    return {ref: [row["code"], row["name"]] for ref, row in ctx.pbx.table("route").items()}


@operation("destination.list")
def destinations(ctx: Context) -> Any:
    rows = ctx.pbx.table("destination").items()
    route, group = ctx.text("route"), ctx.text("dgroup")
    return {ref: row for ref, row in rows if route in ("", row["route"]) and group in ("", row["destination_group"])} or []


@operation("destination.groups")
def destination_groups(ctx: Context) -> Any:
    return {ref: row["name"] for ref, row in ctx.pbx.table("dgroup").items()}


# Operation times: what is kept of them stands under kind and id.

_TABLES = {"did": "did", "ivr": "ivr", "dial_group": "ring_group", "queues": "queue", "erg": "erg"}
_GROUPS = {
    "closed_dates": {
        "description": "closed_dates_desc", "destination": "closed_dates_dest", "date_from": "closed_dates_date_from",
        "date_to": "closed_dates_date_to", "time_from": "closed_dates_time_from", "time_to": "closed_dates_time_to",
    },
    "custom_destinations": {
        "destination": "custom_destinations_dest", "is_open_range": "custom_destinations_is_open",
        "days": "custom_destinations_days", "time_from": "custom_destinations_time_from",
        "time_to": "custom_destinations_time_to",
    },
    "open_days": {
        "description": "open_days_desc", "days": "open_days", "time_from": "open_days_time_from",
        "time_to": "open_days_time_to",
    },
}  # fmt: skip
_ALWAYS_OPEN: Row = {
    "status": "off", "greeting": "", "default_dest_ext": "", "default_dest_is_vm": "no",
    "closed_dates": [], "custom_destinations": [], "open_days": [],
}  # fmt: skip


def _subject(ctx: Context, kind: str) -> str:
    """The id of what operation times are asked about: by id, number, extension or tenant."""
    table, ref = _TABLES.get(kind), ctx.text("id")
    if kind == "servers":
        ref = ref or ctx.text("server")
        known = ref in ctx.pbx.table("tenant")
    elif kind == "routes":
        known = ref in ctx.pbx.table("route")
    else:
        wanted = ctx.text("number") or ctx.text("ext")
        if not ref and wanted:
            field = "did" if kind == "did" else "ext"
            found = ctx.pbx.find(str(table), ctx.tenant, **{field: wanted})
            ref = found[0] if found else ""
        known = ref in ctx.pbx.table(str(table))
    if not known:
        raise Refused(f"Operation Times destination '{ref}' not found.")
    return ref


def _operation_times(kind: str) -> None:
    @operation(f"otimes.{kind}.list")
    def listed(ctx: Context) -> Any:
        ref = _subject(ctx, kind)
        return {ref: ctx.pbx.table("otimes").get(f"{kind} {ref}", _ALWAYS_OPEN)}

    @operation(f"otimes.{kind}.set", "id" if kind in ("servers", "routes") else "id server", writes=True)
    def set_(ctx: Context) -> Any:
        ref = _subject(ctx, kind)
        state = dict(_ALWAYS_OPEN)
        state.update(
            {
                name: ctx.text(name)
                for name in ("status", "greeting", "default_dest_ext", "default_dest_is_vm")
                if ctx.text(name)
            }
        )
        for group, fields in _GROUPS.items():
            columns = {ours: ctx.lists.get(f"{wire}[]", []) for ours, wire in fields.items()}
            if len({len(column) for column in columns.values()}) > 1:
                raise Refused(f"Fields {' and '.join(fields.values())} must match in size")
            state[group] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        ctx.pbx.table("otimes")[f"{kind} {ref}"] = state
        return {"success": "Edited Operation Times successfully."}


for _kind in ("did", "ivr", "dial_group", "servers", "routes", "queues", "erg"):
    _operation_times(_kind)
