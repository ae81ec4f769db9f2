"""MANAGEDB: the database behind the PBX, object by object. Only the administrator may; lists and rows are always JSON.

`add` answers with the new id, every other write with the statement it ran, secrets and all.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .answers import Answer
from .calls import SELECTORS, Context, Result, Said, operation
from .pbx import KINDS, Row

INSERT, UPDATE, DELETE = "INSERT INTO", "UPDATE", "DELETE FROM"
_FILTER = re.compile(r"\s*(\w+)\s*=\s*'([^']*)'\s*")


@dataclass(frozen=True)
class Managed:
    """An object with its actions; `needs` are columns that a new one must have, `unique` the one nobody else may have."""

    name: str
    needs: str = ""
    unique: str = ""
    actions: str = "list get add update delete"
    defaults: Mapping[str, str] = field(default_factory=dict)


_DIGITS = ("ex_number", "di_number", "cr_number", "qu_number")
_OFF = dict.fromkeys(("ex_dnd", "ex_mailbox", "ex_email", "ex_cidnum", "ex_cidname", "ex_emergencycidnum", "ex_recording"), "")
OBJECTS = (
    Managed("tenant", "te_code te_name", "te_code", defaults={"te_disabled": "", "te_timezone": "", "te_payment_type": ""}),
    Managed("mediafile", "me_name", defaults={"me_format": "", "me_size": "0", "me_md5": "", "me_type": "FILE"}),
    Managed("huntlist", "hu_name", defaults={"hu_number": "", "hu_type": "SEQUENTIAL", "hu_ringtime": "20"}),
    Managed("extension", "ex_number", "ex_number", defaults={"ex_name": "", "ex_tech": "SIP", "ex_callallowed": "all", **_OFF}),
    Managed("user", "us_username", "us_username", defaults={"us_up_id": "1"}),
    Managed("conference", "cr_number", "cr_number", defaults={"cr_name": "", "pin": ""}),
    Managed("provider", "pr_name pr_peername", "pr_peername", defaults={"pr_tech": "SIP", "pr_disabled": "", "host": ""}),
    Managed("route", "dl_rp_id dl_name", defaults={"dl_regex": "", "dl_pr_id": "", "dl_emergencyroute": "", "dl_usepin": ""}),
    Managed("did", "di_number", "di_number", defaults={"di_country": "", "di_area": "", "di_comment": "", "di_recording": "",
                                                       "di_fax": "no", "di_maxchannels": "", "di_allowemergency": ""}),
    Managed("ivr", "iv_name", defaults={"iv_timeout": "10", "iv_digittimeout": "3", "iv_maxloops": "3", "iv_language": "en"}),
    Managed("custom", "cu_name cu_ct_id", defaults={"cu_param1": "", "cu_param2": "", "cu_param3": ""}),
    Managed("musiconhold", "mu_name", defaults={"mu_custom": "", "mu_default": "", "mu_volume": "0"}),
    Managed("voicemail", "mailbox", "mailbox", defaults={"password": "", "fullname": "", "email": ""}),
    Managed("calleridblacklist", "bl_callerid", "bl_callerid", defaults={"bl_reason": ""}),
    Managed("condition", "co_name", defaults={"co_type": "WEEKTIME", "co_timezone": ""}),
    Managed("phone", "ph_name ph_mac", "ph_mac", "list get update add", {"ph_pm_id": ""}),
    Managed("phonephonebook", "pp_name", defaults={"pp_url": ""}),
    Managed("queue", "qu_name", "qu_number", defaults={"qu_number": "", "strategy": "RINGALL", "timeout": "30"}),
    Managed("customtype", actions="list get"),
    Managed("routingprofile", actions="list get"),
)  # fmt: skip


def listed(ctx: Context, kind: str) -> dict[str, Row]:
    """The tenant's rows as they are shown, by id."""
    return {ref: ctx.pbx.shown(kind, ref) for ref in ctx.pbx.of(kind, ctx.tenant if KINDS[kind].owner else "")}


def keyed(rows: Mapping[str, Any]) -> Answer:
    """An object keyed by id; PHP has an empty list where nothing is in it."""
    return Answer(dict(rows) or [], always_json=True)


def echo(ctx: Context, verb: str, table: str, where: Row, values: Row | None = None) -> str:
    """What a write says: the statement it ran, as far as anybody could tell, or nothing."""
    parts = [verb, table, *(["SET", _quoted(values, ", ")] if values else [])]
    if verb != INSERT:
        parts += ["WHERE", _quoted(where, " AND ")]
    return "" if ctx.faults("no_sql_echo") else " ".join(parts)


def own(ctx: Context, kind: str) -> Row:
    """The row under `objectid`; nothing is said when it is not the tenant's."""
    if not KINDS[kind].owner:
        row = ctx.pbx.table(kind).get(ctx.text("objectid"))
        if row is None:
            raise Said
        return row
    return ctx.row(kind, ctx.text("objectid"))


def sent(ctx: Context) -> Row:
    """The columns in `jsondata`, as a database keeps them: text or nothing."""
    data = ctx.json("jsondata")
    if not isinstance(data, dict) or not data:
        raise Said
    return {name: _column(value) for name, value in data.items() if not name.startswith("_") and name not in SELECTORS}


def _column(value: Any) -> str | None:
    if isinstance(value, bool):
        return "on" if value else ""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _quoted(row: Row, between: str) -> str:
    return between.join(f"{name}='{value or ''}'" for name, value in row.items())


def _register(managed: Managed) -> None:
    kind, what = managed.name, KINDS[managed.name]
    actions = managed.actions.split()

    @operation(f"MANAGEDB {kind} list", admin=True)
    def list_(ctx: Context) -> Result:
        rows = listed(ctx, kind)
        if kind == "route" and ctx.text("routingprofileid"):
            rows = {ref: row for ref, row in rows.items() if row["dl_rp_id"] == ctx.text("routingprofileid")}
        if kind == "tenant" and ctx.text("filter"):
            fits = _FILTER.fullmatch(ctx.text("filter"))
            if fits is None:
                raise Said
            rows = {ref: row for ref, row in rows.items() if (row.get(fits[1]) or "") == fits[2]}
        return keyed(rows)

    if "get" in actions:

        @operation(f"MANAGEDB {kind} get", "objectid", admin=True)
        def get(ctx: Context) -> Result:
            own(ctx, kind)
            return Answer(ctx.pbx.shown(kind, ctx.text("objectid")), always_json=True)

    if "add" in actions:

        @operation(f"MANAGEDB {kind} add", "jsondata", admin=True, tenanted=bool(what.owner), writes=True)
        def add(ctx: Context) -> Result:
            row = {**managed.defaults, **sent(ctx)}
            if not all(row.get(name) for name in managed.needs.split()):
                raise Said
            _check(ctx, managed, row, "")
            ref = ctx.pbx.add(kind, row, ctx.tenant if what.owner else "")
            return Answer({what.key: ref}, always_json=True)

    if "update" in actions:

        @operation(f"MANAGEDB {kind} update", "objectid jsondata", admin=True, writes=True)
        def update(ctx: Context) -> Result:
            row, changed = own(ctx, kind), sent(ctx)
            _check(ctx, managed, changed, ctx.text("objectid"))
            row.update({name: value for name, value in changed.items() if name not in (what.key, what.owner)})
            return echo(ctx, UPDATE, what.table, {what.key: ctx.text("objectid")}, changed)

    if "delete" in actions:

        @operation(f"MANAGEDB {kind} delete", "objectid", admin=True, writes=True)
        def delete(ctx: Context) -> Result:
            own(ctx, kind)
            del ctx.pbx.table(kind)[ctx.text("objectid")]
            _forget(ctx, kind, ctx.text("objectid"))
            return echo(ctx, DELETE, what.table, {what.key: ctx.text("objectid")})


def _check(ctx: Context, managed: Managed, row: Row, ref: str) -> None:
    """Numbers are digits, and nobody else may have them; DIDs and what has no tenant are unique in the whole system."""
    name, owner = managed.unique, KINDS[managed.name].owner
    if not name or not row.get(name):
        return
    if name in _DIGITS and not row[name].lstrip("+").isdecimal():
        raise Said
    tenant = ctx.pbx.table(managed.name)[ref]["_te"] if ref else ctx.tenant
    rows = ctx.pbx.of(managed.name, tenant if owner and managed.name != "did" else "")
    if any(other != ref and held.get(name) == row[name] for other, held in rows.items()):
        raise Said(f"Duplicate entry '{row[name]}' for key '{name}'")


def _forget(ctx: Context, kind: str, ref: str) -> None:
    """All that was the tenant's goes with it; a queue takes its agents along, an extension its places."""
    dropped = {"tenant": ("_te",), "queue": ("queue",), "extension": ("_extension",)}.get(kind, ())
    for table in ctx.pbx.tables.values():
        for key in [key for key, row in table.items() if any(row.get(name) == ref for name in dropped)]:
            del table[key]


for _managed in OBJECTS:
    _register(_managed)
