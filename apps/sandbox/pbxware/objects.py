"""Objects that are listed, added, edited and deleted alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .calls import Context, Refused, number, operation
from .pbx import Row

Shown = Callable[[Context, str, Row], Any]


@dataclass(frozen=True)
class Kind:
    """A kind of object. `numbered`: the field that holds its extension, unique in the tenant. `scoped`: list wants a tenant.

    `master`: adding, editing and deleting want server=1. `delete_master`: only deleting does.
    """

    action: str
    table: str
    noun: str
    needs: str
    shown: Shown
    numbered: str = ""
    scoped: bool = False
    master: bool = False
    delete_master: bool = False
    added: str = "{noun} ID: {ref}"
    deleted: str = "Deleted {noun} ID {ref} successfully."
    check: Callable[[Context, Row], None] | None = None
    text_ids: bool = False


def register(kind: Kind) -> None:
    """Give a kind its four operations."""

    @operation(f"{kind.action}.list", "server" if kind.scoped else "")
    def listed(ctx: Context) -> Any:
        server = "" if kind.master and not kind.scoped else ctx.tenant if kind.scoped else ctx.tenant_or_all
        rows = ctx.pbx.of(kind.table, server)
        stamp = ctx.now.timestamp()
        return {ref: kind.shown(ctx, ref, row) for ref, row in rows.items() if row.get("_from", 0) <= stamp} or []

    @operation(f"{kind.action}.add", f"server {kind.needs}".strip(), writes=True)
    def add(ctx: Context) -> Any:
        row: Row = {**ctx.sent(), "server": _server(ctx, kind)}
        if kind.check:
            kind.check(ctx, row)
        _free(ctx, kind, row, "")
        if ctx.faults("settles_later"):
            row["_from"] = ctx.now.timestamp() + float(ctx.faults.value("settles_later", "60"))
        ref = ctx.pbx.add(kind.table, row)
        return done(kind, ref, ref if kind.text_ids else number(ref))

    @operation(f"{kind.action}.edit", "server id", writes=True)
    def edit(ctx: Context) -> Any:
        server, row = _server(ctx, kind), ctx.row(kind.table, kind.noun)
        changed = {**row, **ctx.sent(), "server": row.get("server", server)}
        if kind.check:
            kind.check(ctx, changed)
        _free(ctx, kind, changed, ctx.text("id"))
        row.update(changed)
        return done(kind, ctx.text("id"), ctx.text("id"))

    @operation(f"{kind.action}.delete", "server id", writes=True)
    def delete(ctx: Context) -> Any:
        if kind.delete_master:
            ctx.master()
        else:
            _server(ctx, kind)
        ref = ctx.text("id")
        ctx.row(kind.table, kind.noun)
        if not ctx.faults("lying_delete"):
            del ctx.pbx.table(kind.table)[ref]
        return {"success": kind.deleted.format(noun=kind.noun, ref=ref)}


def done(kind: Kind, ref: str, given: Any) -> Row:
    return {"success": kind.added.format(noun=kind.noun, ref=ref), "id": given}


def _server(ctx: Context, kind: Kind) -> str:
    if kind.master:
        ctx.master()
        return "1"
    return ctx.tenant


def _free(ctx: Context, kind: Kind, row: Row, ref: str) -> None:
    """An extension number is somebody's alone within a tenant."""
    if not kind.numbered or not (wanted := row.get(kind.numbered)):
        return
    for table, field in (("ext", "ext"), ("ivr", "ext"), ("ring_group", "ext"), ("erg", "ext"), ("paging_group", "number")):
        for other, held in ctx.pbx.of(table, row["server"]).items():
            if held.get(field) == wanted and (table, other) != (kind.table, ref):
                raise Refused(f"Extension {wanted} already exists.")
