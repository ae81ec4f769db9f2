"""Peers and the extensions behind them: who is registered, who talks, do-not-disturb, virtual extensions."""

from collections.abc import Iterator

from . import traffic
from .answers import Answer, Rows, pairs
from .calls import Context, Result, Said, operation, stamp
from .pbx import Row

_MISSING = "Missing {0} parameter"
_PLAIN_EXTENSION = {
    "Number": "ex_number", "Name": "ex_name", "Tech": "ex_tech", "State": "st_state", "Username": "username",
    "Password": "password",
}  # fmt: skip


def peer_name(number: str, code: str) -> str:
    return f"{number}-{code}"


def node_of(number: str) -> str:
    return traffic.NODES[int(number[-1]) % 2]


def online(ctx: Context, ref: str, row: Row) -> bool:
    """Whether a phone is registered: SIP ones, but for every seventh person's and those unregistered by hand."""
    number = row["ex_number"]
    gone = ref in ctx.pbx.fact("unregistered")
    return row.get("ex_tech") in ("SIP", "PJSIP") and not gone and number.isdecimal() and int(number[-2:]) % 7 != 0


def talking(ctx: Context, tenant: str) -> dict[tuple[str, str], str]:
    """(tenant, extension) → whom it speaks with."""
    found = {}
    for call in traffic.live(ctx.pbx, tenant, ctx.now):
        for number in call.extensions(ctx.now):
            found[call.tenant, number] = call.dialled if number == call.caller else call.caller
    return found


def state_of(ctx: Context, ref: str, row: Row, busy: dict[tuple[str, str], str]) -> str:
    if (row["_te"], row["ex_number"]) in busy:
        return "INUSE"
    return "NOT_INUSE" if online(ctx, ref, row) else "UNAVAILABLE"


def _peers(ctx: Context) -> Iterator[tuple[str, Row]]:
    return ((ref, row) for ref, row in ctx.pbx.of("extension", ctx.tenant).items() if online(ctx, ref, row))


@operation("COUNTPEERS")
def count_peers(ctx: Context) -> Result:
    nodes = [node_of(row["ex_number"]) for _, row in _peers(ctx)]
    return pairs({**{node: str(nodes.count(node)) for node in traffic.NODES}, "total": str(len(nodes))})


@operation("CHANSIPPEERS")
def peers(ctx: Context) -> Result:
    rows = []
    for ref, row in ctx.pbx.of("extension", ctx.tenant).items():
        up, number = online(ctx, ref, row), row["ex_number"]
        rows.append({
            "node": node_of(number), "name": peer_name(number, ctx.pbx.code(row["_te"])),
            "host": f"192.0.2.{100 + int(number) % 100}" if up else "(Unspecified)", "dynamic": "D", "forcerport": "Yes",
            "comedia": "Yes", "acl": "", "port": "5060" if up else "0", "status": "OK (24 ms)" if up else "UNKNOWN",
            "description": row["ex_name"], "realtime": "Cached RT",
        })  # fmt: skip
    return Rows(rows)


@operation("BLFS", tenanted=True)
def blfs(ctx: Context) -> Result:
    busy, rows = talking(ctx, ctx.tenant), []
    for ref, row in ctx.pbx.of("extension", ctx.tenant).items():
        name = peer_name(row["ex_number"], ctx.pbx.code(ctx.tenant))
        rows.append({"st_extension": name, "st_state": state_of(ctx, ref, row, busy), "st_timestamp": stamp(ctx.now)})
    for row in ctx.pbx.of("flow", ctx.tenant).values():
        name = peer_name(row["fl_number"], ctx.pbx.code(ctx.tenant))
        rows.append({"st_extension": name, "st_state": row["st_state"], "st_timestamp": row["st_timestamp"]})
    return Rows(rows)


@operation("INFO extensions")
def extensions(ctx: Context) -> Result:
    """Whole rows, secrets and all, by name only; `id` and `number` narrow it down."""
    busy, rows = talking(ctx, ctx.tenant), []
    for ref, row in ctx.pbx.of("extension", ctx.tenant).items():
        if ctx.text("id") in ("", ref) and ctx.text("number") in ("", row["ex_number"]):
            rows.append({**ctx.pbx.shown("extension", ref), "st_state": state_of(ctx, ref, row, busy)})
    return Rows(rows, twice=False, titles=_PLAIN_EXTENSION)


def extension_of(ctx: Context, *names: str) -> tuple[str, Row]:
    """The tenant's extension that a number, an id or a user name stands for; else nothing is said."""
    wanted = ctx.text(*names)
    for ref, row in ctx.pbx.of("extension", ctx.tenant).items():
        if wanted in (row["ex_number"], ref, peer_name(row["ex_number"], ctx.pbx.code(row["_te"]))):
            return ref, row
    raise Said


@operation("INFO extstate", "id/ext", missing="Missing extension")
def extstate(ctx: Context) -> Result:
    """State and whom it speaks with; a line break alone when there is no such extension."""
    try:
        ref, row = extension_of(ctx, "ext", "id")
    except Said:
        return Answer("", "\n")
    busy = talking(ctx, ctx.tenant)
    state, other = state_of(ctx, ref, row, busy), busy.get((row["_te"], row["ex_number"]), "")
    return Answer({"extension": row["ex_number"], "state": state, "number": other}, f"{state}|{other}\n")


@operation("INFO regstate", "id/ext", missing="Missing extension")
def regstate(ctx: Context) -> Result:
    ref, row = extension_of(ctx, "ext", "id")
    state = "Registered" if online(ctx, ref, row) else "Unregistered"
    return Answer({"extension": row["ex_number"], "state": state, "node": node_of(row["ex_number"])}, f"{state}\n")


@operation("DND get", "number", tenanted=True)
def dnd_get(ctx: Context) -> Result:
    state = extension_of(ctx, "number")[1].get("ex_dnd") or ""
    return Answer(state, state)


@operation("DND set", "number", tenanted=True, writes=True)
def dnd_set(ctx: Context) -> Result:
    if ctx.text("value") not in ("", "on"):
        raise Said
    extension_of(ctx, "number")[1]["ex_dnd"] = ctx.text("value")
    return "OK"


@operation("MANAGEDB sipregs list", admin=True)
def registrations(ctx: Context) -> Result:
    """The phones that are registered, by the id of their extension."""
    rows: dict[str, Row] = {}
    for ref, row in _peers(ctx):
        number, address = row["ex_number"], f"192.0.2.{100 + int(row['ex_number']) % 100}"
        name = peer_name(number, ctx.pbx.code(row["_te"]))
        rows[ref] = {
            "id": ref, "name": name, "ipaddr": address, "port": "5060", "defaultuser": name,
            "regseconds": str(int(ctx.now.timestamp()) + 300), "fullcontact": f"sip:{name}@{address}:5060",
            "regserver": node_of(number), "useragent": "Yealink SIP-T46S 66.86.0.15", "lastms": "24",
        }  # fmt: skip
    return Answer(rows or [], always_json=True)


def _by_peer(name: str, *, gone: bool) -> None:
    @operation(name, "peer", writes=True)
    def act(ctx: Context) -> Result:
        """Rebooted phones register again; unregistered ones stay away until they are rebooted."""
        refs = list(ctx.pbx.of("extension", ctx.tenant)) if ctx.text("peer") == "ALL" else [extension_of(ctx, "peer")[0]]
        for ref in refs:
            if gone:
                ctx.pbx.fact("unregistered")[ref] = {"at": stamp(ctx.now)}
            else:
                ctx.pbx.fact("unregistered").pop(ref, None)
        return f"Success|{len(refs)}|"


_by_peer("REBOOT", gone=False)
_by_peer("UNREGISTER", gone=True)


def _virtual(ctx: Context) -> dict[str, Row]:
    """The members of the virtual extension."""
    if ctx.pbx.find("extension", ctx.tenant, ex_number=ctx.text("number"), ex_tech="VIRTUAL") is None:
        raise Said
    return {ref: row for ref, row in ctx.pbx.of("virtual", ctx.tenant).items() if row["number"] == ctx.text("number")}


@operation("VIRTUALEXT list", "number", tenanted=True, missing=_MISSING)
def virtual_list(ctx: Context) -> Result:
    return Rows([{"extension": row["extension"], "username": row["username"]} for row in _virtual(ctx).values()])


@operation("VIRTUALEXT add", "number extension", tenanted=True, writes=True, missing=_MISSING)
def virtual_add(ctx: Context) -> Result:
    joined = [row["extension"] for row in _virtual(ctx).values()]
    ref, extension = extension_of(ctx, "extension")
    number = extension["ex_number"]
    if number not in joined:
        row = {"number": ctx.text("number"), "extension": number, "username": peer_name(number, ctx.pbx.code(ctx.tenant))}
        ctx.pbx.add("virtual", {**row, "_extension": ref}, ctx.tenant)
    return "OK"


@operation("VIRTUALEXT del", "number extension", tenanted=True, writes=True, missing=_MISSING)
def virtual_del(ctx: Context) -> Result:
    number = extension_of(ctx, "extension")[1]["ex_number"]
    gone = [ref for ref, row in _virtual(ctx).items() if row["extension"] == number]
    if not gone:
        raise Said
    for ref in gone:
        del ctx.pbx.table("virtual")[ref]
    return "OK"


@operation("VIRTUALEXT clean", "number", tenanted=True, writes=True, missing=_MISSING)
def virtual_clean(ctx: Context) -> Result:
    for ref in _virtual(ctx):
        del ctx.pbx.table("virtual")[ref]
    return "OK"
