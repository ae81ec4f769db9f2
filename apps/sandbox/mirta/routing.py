"""Where calls go: destinations and their tags, hunt lists, menus, conditions, flows, variables."""

import re
from typing import Any

from .answers import Answer, Rows
from .calls import Context, Result, Said, operation, stamp
from .managedb import DELETE, echo, keyed, own
from .pbx import Row

# Tag → the kind of object its id is of; other tags are taken as they come.
TARGETS = {
    "EXT": "extension", "SMS": "extension", "PLAYBACK": "mediafile", "CONDITION": "condition", "VOICEMAIL": "voicemail",
    "IVR": "ivr", "HUNTLIST": "huntlist", "FLOW": "flow", "MEETME": "conference", "QUEUE": "queue", "CUSTOM": "custom",
    "MUSICONHOLD": "musiconhold", "PHONEBOOK": "phonebook", "RESPONSEPATH": "responsepath",
}  # fmt: skip
# What is being routed → the kind its id is of.
_SOURCES = {"DID": "did", "CONDITION": "condition", "NOTCONDITION": "condition", "IVR": "ivr", "QUEUE": "queue", "FLOW": "flow"}
_TAG = re.compile(r"([A-Z]+)-(\d*)")
_STATES = ("INUSE", "NOT_INUSE", "UNAVAILABLE", "RINGING")


def destinations(ctx: Context, sources: tuple[str, ...], ref: str) -> dict[str, Row]:
    """The destinations of an object, by id, in their order; empty `sources` or `ref` stand for any."""
    found = {}
    for key, row in ctx.pbx.of("destination", ctx.tenant).items():
        if (not sources or row["de_typesrc"] in sources) and ref in ("", row["de_typeidsrc"]):
            found[key] = ctx.pbx.shown("destination", key)
    return found


def set_destinations(ctx: Context, source: str, ref: str, tags: list[str]) -> None:
    """Replace the destinations of an object."""
    for key in destinations(ctx, (source,), ref):
        del ctx.pbx.table("destination")[key]
    add_destinations(ctx.pbx, ctx.tenant, source, ref, tags)


def add_destinations(pbx: Any, tenant: str, source: str, ref: str, tags: list[str]) -> None:
    for order, tag in enumerate(tags):
        kind, _, target = tag.partition("-")
        row = {"de_typesrc": source, "de_typeidsrc": ref, "de_order": str(order), "de_typedst": kind}
        pbx.add("destination", {**row, "de_typeiddst": target, "de_tag": tag}, tenant)


def _tags(ctx: Context) -> list[str]:
    """The tags in `jsondata`, in order; one that names nothing of the tenant's spoils them all."""
    data = ctx.json("jsondata")
    tags = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(tags, list):
        raise Said
    for tag in tags:
        fits = _TAG.fullmatch(str(tag))
        if fits is None or fits[1] in TARGETS and fits[2] not in ctx.pbx.of(TARGETS[fits[1]], ctx.tenant):
            raise Said
    return [str(tag) for tag in tags]


@operation("MANAGEDB destination list", admin=True)
def destination_list(ctx: Context) -> Result:
    source = ctx.text("typesrc").upper()
    return keyed(destinations(ctx, (source,) if source else (), ctx.text("typeidsrc")))


@operation("MANAGEDB destination replace", "typesrc typeidsrc jsondata", admin=True, tenanted=True, writes=True)
def destination_replace(ctx: Context) -> Result:
    source, ref = ctx.text("typesrc").upper(), ctx.text("typeidsrc")
    kind = _SOURCES.get(re.split("[_-]", source)[0])
    if kind:
        ctx.row(kind, ref)
    set_destinations(ctx, source, ref, _tags(ctx))
    return echo(ctx, DELETE, "de_destinations", {"de_typesrc": source, "de_typeidsrc": ref})


@operation("MANAGEDB huntlist getextensions", "objectid", admin=True)
def huntlist_get(ctx: Context) -> Result:
    own(ctx, "huntlist")
    rows = destinations(ctx, ("HUNTLIST",), ctx.text("objectid")).values()
    return Answer([row["de_tag"] for row in rows], always_json=True)


@operation("MANAGEDB huntlist setextensions", "objectid jsondata", admin=True, writes=True)
def huntlist_set(ctx: Context) -> Result:
    ctx.tenant = own(ctx, "huntlist")["_te"]
    set_destinations(ctx, "HUNTLIST", ctx.text("objectid"), _tags(ctx))
    return echo(ctx, DELETE, "he_huntlistextensions", {"he_hu_id": ctx.text("objectid")})


@operation("MANAGEDB ivr getdestinations", "objectid", admin=True)
def ivr_destinations(ctx: Context) -> Result:
    """Those of every key, with the prompt's media file."""
    prompt = own(ctx, "ivr").get("iv_me_id")
    rows = destinations(ctx, (), ctx.text("objectid"))
    shown = {ref: row for ref, row in rows.items() if row["de_typesrc"].startswith("IVR")}
    if prompt:
        source = {"de_id": "0", "de_typesrc": "IVR_PROMPT", "de_typeidsrc": ctx.text("objectid"), "de_order": "0"}
        shown["0"] = {**source, "de_typedst": "PLAYBACK", "de_typeiddst": prompt, "de_tag": f"PLAYBACK-{prompt}"}
    return keyed(shown)


@operation("MANAGEDB condition getdestinations", "objectid", admin=True)
def condition_destinations(ctx: Context) -> Result:
    own(ctx, "condition")
    return keyed(destinations(ctx, ("CONDITION", "NOTCONDITION"), ctx.text("objectid")))


@operation("MANAGEDB condition getextendedinfos", "objectid", admin=True)
def condition_infos(ctx: Context) -> Result:
    return Answer(own(ctx, "condition").get("_infos", []), always_json=True)


@operation("MANAGEDB condition replaceextendedinfos", "objectid jsondata", admin=True, writes=True)
def condition_replace(ctx: Context) -> Result:
    """Weekday, from, to: one row for each span."""
    row, infos = own(ctx, "condition"), ctx.json("jsondata")
    if not isinstance(infos, list) or not all(isinstance(info, dict) and "param1" in info for info in infos):
        raise Said
    row["_infos"] = [{name: str(value) for name, value in info.items()} for info in infos]
    return echo(ctx, DELETE, "ce_conditionextendedinfos", {"ce_co_id": ctx.text("objectid")})


@operation("MANAGEDB provider listroutes", "objectid", admin=True)
def provider_routes(ctx: Context) -> Result:
    own(ctx, "provider")
    routes = {ref: ctx.pbx.shown("route", ref) for ref in ctx.pbx.of("route")}
    return keyed({ref: row for ref, row in routes.items() if row["dl_pr_id"] == ctx.text("objectid")})


# Flows and variables.


@operation("FLOWS", tenanted=True)
def flows(ctx: Context) -> Result:
    return Rows([ctx.pbx.shown("flow", ref) for ref in ctx.pbx.of("flow", ctx.tenant)])


@operation("INFO flow", "id")
def flow(ctx: Context) -> Result:
    state = ctx.row("flow", ctx.text("id"))["st_state"]
    return Answer(state, state)


@operation("SETFLOW", "number state/value", writes=True)
def setflow(ctx: Context) -> Result:
    ref, row = ctx.found("flow", fl_number=ctx.text("number"))
    state = ctx.text("state").upper()
    if state and state not in _STATES:
        raise Said
    if state:
        row["st_state"] = state
    if ctx.text("value"):
        row["fl_value"] = ctx.text("value")
    row["st_timestamp"] = stamp(ctx.now)
    return f"OK|{ref}|"


@operation("INFO variable", "id")
def variable(ctx: Context) -> Result:
    value = ctx.row("variable", ctx.text("id"))["va_value"]
    return Answer(value, value)
