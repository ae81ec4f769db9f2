"""IVRs, ring groups, enhanced ring groups, paging groups, routes and destinations."""

import re
from collections.abc import Mapping
from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation, equal_length
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    count,
    extension,
    flag,
    identifier,
    items,
    numbers,
    optional,
    record,
    rows,
    server,
    starting,
    text,
    texts_in,
    word,
    words,
)

KEY_TO = {
    "aa": "IVR", "qu": "Queue", "rg": "Ring group", "cf": "Conference", "ex": "Extension", "vm": "Voicemail",
    "cr": "CRM routing", "aatree": "IVR tree", "dy": "Directory", "ra": "Remote access", "fx": "Fax to e-mail",
    "en": "External number", "ari": "ARI application",
}  # fmt: skip
_TENANT = "Id of the tenant, more than 1 in tenant mode; 1 without it."


def _keymap(value: Any) -> dict[str, dict[str, str]]:
    """Keys with where they lead: {"1": {"type": "ex", "destination": "101"}}, or lines like `1 ex 101`."""
    if isinstance(value, str):
        lines = [line.split() for line in re.split(r"[\n;]", value) if line.strip()]
        if any(len(line) not in {2, 3} for line in lines):
            raise ValueError("write a line for each key: the key, what it leads to, and where: 1 ex 101")
        value = {line[0]: dict(zip(("type", "destination"), line[1:], strict=False)) for line in lines}
    if not isinstance(value, Mapping) or not value:
        raise ValueError("give at least one key, like 1 ex 101")
    keys: dict[str, dict[str, str]] = {}
    for key, target in value.items():
        if not re.fullmatch(r"[0-9*]", str(key)):
            raise ValueError(f"{key}: keys are 0 to 9 and *")
        if not isinstance(target, Mapping) or str(target.get("type")) not in KEY_TO:
            raise ValueError(f"{key}: leads to one of {', '.join(f'{code} ({label})' for code, label in KEY_TO.items())}")
        if target["type"] != "dy" and not target.get("destination"):
            raise ValueError(f"{key}: the destination is missing")
        keys[str(key)] = {name: str(target[name]) for name in ("type", "destination") if target.get(name)}
    return keys


def _keymap_fields(value: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {f"keymap[{key}][{name}]": item for key, target in value.items() for name, item in target.items()}


_IVR: tuple[Param, ...] = (
    text("name", "Without spaces.", required=True, pattern=r"\S+", hint="no spaces"),
    extension(required=True),
    starting("greeting", "greeting-", "Sound file", required=True),
    Param(
        "keymap", "keymap", _keymap, encode=_keymap_fields, required=True,
        help="Keys, parted by lines or semicolons, like: 1 ex 101; * aa 190. "
        + ", ".join(f"{code} {label}" for code, label in KEY_TO.items())
        + ".",
    ),
    flag("status", "Enabled."),
    text("operator", "Extension of the operator."),
    text("disablecid", "No caller id; PIN-based IVR only."),
    count("tresponse", "Seconds to wait for a key; 4 unless given."),
    count("rtpdelay", "Seconds."),
    count("tdigit", "Seconds between keys; 1 unless given."),
    count("rings", "Rings to answer; 1 unless given."),
    text("faxemail"),
    text("customring"),
    text("local2fax"),
    text("rangelimit", "Limit what may be dialled."),
    text("rangestart"),
    text("rangeend"),
    words("ringtype", "ring|moh|none"),
    text("moh", "Music on hold class; with ringtype moh."),
    count("loops", "Loops before the timeout; 3 unless given."),
    text("timeoutext", "Extension, or ari- and the id of an ARI application."),
    text("timeoutextvm", "The timeout extension is a mailbox."),
    flag("localdial", "Callers may dial extensions."),
    flag("skip_invalid_selection", "No alert on a wrong key."),
)  # fmt: skip
_RING_GROUP: tuple[Param, ...] = (
    text("name", required=True),
    extension(required=True),
    numbers("extensions", help="Who rings, parted by commas."),
    count("max_limit", "Calls at once; 1 unless given."),
    starting("greeting", "greeting-", "Sound file"),
    word("ganswer", "Answer also without a greeting."),
    starting("timeout_msg", "announce-", "Sound file"),
    count("loops", "Ring loops; 1 unless given."),
    count("timeout", "Seconds; 30 unless given."),
    word("overwrite_timeout", "Force the group's timeout."),
    text("dial_options", "r unless given."),
    word("store_cdr", "Keep records of calls nobody took."),
    text("last_dest", "Last destination."),
    word("last_dest_vm", "The last destination is a mailbox."),
    words("ring_strategy", "all|leastrecent|round|round_memory"),
    text("custom_ringtone"),
    text("callerid", "Replace the caller id."),
    word("record", "Record calls."),
    word("record_silent", "Record without saying so."),
    text("exit_digit"),
    text("exit_ext"),
    text("confirm_calls", "Whoever answers confirms."),
    starting("confirm_msg", "rg-announce-", "Sound file"),
    starting("confirm_answered_msg", "rg-late-announce-", "Sound file"),
    text("call_rating_ext", "Extension that pays."),
    words("looping_mode", "per_ext|circular"),
    word("skip_pbd_local", "No PIN based dialling to local destinations."),
    word("preserve_callerid", "Keep the caller id for external calls."),
    word("member_es_disable", "Members' enhanced services do not apply."),
)
_STRATEGIES = "ringall|linear|leastrecent|fewestcalls|random|rrmemory|rrordered|wrandom"
_ERG: tuple[Param, ...] = (
    text("name", required=True),
    extension(required=True),
    count("max_wait_callers", "Callers that may wait at once.", required=True),
    count("rings_answer", "Rings before the group answers.", required=True),
    text("record", "Record calls."),
    text("wake_mobile", "Wake up mobiles that are asleep."),
    text("replace_cid", "Replace the caller id."),
    text("queue_url", "Address the members' phones open."),
    text("prioritize_timeout"),
    count("max_wait_seconds", "Longest wait."),
    text("max_wait_dest", "Where callers go after it."),
    text("max_wait_dest_vm", "That is a mailbox."),
    text("redirect_dest", "Where callers go when the group is full."),
    text("redirect_vm", "That is a mailbox."),
    text("greeting"),
    text("announce_holdtime"),
    text("announce_position"),
    count("announce_frequency", "Seconds."),
    count("min_announce_frequency", "Seconds."),
    text("announce_r_seconds", "Rounding of the hold time."),
    text("static_login", "Members are always signed in."),
    text("member_es_disable", "Members' enhanced services do not apply."),
    words("ring_strategy", _STRATEGIES),
    count("member_ring_timeout", "Seconds."),
    text("autofill", "Serve callers in parallel."),
    text("ring_inuse", "Ring members on a call."),
    count("retry_timeout", "Seconds."),
    text("timeout_restart", "A busy line starts the timeout anew."),
    count("wrapup_time", "Seconds after a call."),
    text("periodic_announce", "default, or periodic-announce-….gsm",
         pattern=r"default|periodic-announce-.+\.gsm", hint="give default or periodic-announce-NAME.gsm"),
    count("periodic_announce_frequency", "Seconds."),
    count("periodic_announce_startdelay", "Seconds."),
    count("first_periodic_announce", "Deprecated; use periodic_announce_startdelay."),
    text("incoming_options"),
    count("ring_timeout", "Seconds of ringing before music; with the option r."),
    text("use_exit_digit"),
    text("exit_digit"),
    text("exit_dest"),
    text("exit_vm", "That is a mailbox."),
    text("leave_when_empty"),
    text("empty_dest"),
    text("empty_dest_vm", "That is a mailbox."),
    text("enable_notification", "Notify of abandoned calls."),
    text("notification_email"),
)  # fmt: skip
_PAGING: tuple[Param, ...] = (
    text("name", required=True),
    extension("number", required=True),
    flag("quiet", "Quiet mode."),
    numbers("destinations", help="Extensions, parted by commas."),
)


def _kept(
    name: str, documented: str, noun: str, heading: str, parameters: tuple[Param, ...], listed: Operation, **also: Any
) -> list[Operation]:
    """List, add, change and remove of one kind of object."""
    settles = also.pop("settles", f"{name}.list")
    return [
        listed,
        record(
            f"{name}.add", f"{documented}.add", f"Add {noun}", Effect.WRITE, server(help=_TENANT), *parameters,
            area="routing", source=f"Adding {heading}", outcome_from=f"{name}.list",
        ),
        record(
            f"{name}.change", f"{documented}.edit", f"Change {noun}", Effect.WRITE,
            server(help=_TENANT), identifier(required=True), *optional(parameters),
            area="routing", source=f"Editing {heading}", repeatable=True, outcome_from=settles,
        ),
        record(
            f"{name}.remove", f"{documented}.delete", f"Delete {noun}", Effect.DESTRUCTIVE,
            identifier(required=True), server(help=_TENANT),
            area="routing", source=f"Deleting {heading}", outcome_from=f"{name}.list",
        ),
    ]  # fmt: skip


def _listed(name: str, documented: str, title: str, heading: str, *, scoped: bool = False, **fields: Any) -> Operation:
    return record(
        f"{name}.list", f"{documented}.list", title, Effect.READ, server(required=scoped, help=_TENANT),
        area="routing", source=f"Listing {heading}", decode=decode.keyed, returns=rows(**fields),
    )  # fmt: skip


def in_route() -> tuple[Param, Param]:
    return identifier("route", help="Id of a route."), identifier("dgroup", help="Id of a destination group; with route only.")


def needs_route(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
    return {"dgroup": "only together with route"} if "dgroup" in cleaned and "route" not in cleaned else {}


_NUMBERED: dict[str, Any] = {"ext": replies.text}
_GROUP_ROW: dict[str, Any] = {**_NUMBERED, "destinations": texts_in, "last_dest": replies.text}
_PAGING_ROW: dict[str, Any] = {"number": replies.text, "quiet": replies.flag, "destinations": texts_in}

OPERATIONS = [
    *_kept("ivrs", "ivr", "an IVR", "IVRs", _IVR, _listed("ivrs", "ivr", "IVRs", "IVRs", scoped=True, **_NUMBERED)),
    *_kept(
        "ring_groups", "ring_group", "a ring group", "Ring Groups", _RING_GROUP,
        _listed("ring_groups", "ring_group", "Ring groups", "Ring Groups", scoped=True, **_GROUP_ROW),
        settles="ring_groups.read",
    ),
    record(
        "ring_groups.read", "ring_group.configuration", "Settings of a ring group", Effect.READ,
        server(help=_TENANT), identifier(required=True),
        area="routing", source="Ring Group Configuration", decode=decode.one,
        returns=replies.obj(id=replies.text, **_GROUP_ROW),
    ),
    *_kept(
        "enhanced_ring_groups", "erg", "an enhanced ring group", "Enhanced Ring Groups", _ERG,
        _listed("enhanced_ring_groups", "erg", "Enhanced ring groups", "Enhanced Ring Groups", number=replies.text),
    ),
    record(
        "enhanced_ring_groups.members", "erg.members", "Add members to an enhanced ring group", Effect.WRITE,
        server(help=_TENANT), identifier(required=True),
        numbers("numbers", required=True, help="Extensions, parted by commas."),
        items("penalties", pattern=r"\d+", hint="give whole numbers", required=True, help="One for each, parted by commas."),
        area="routing", source="Adding Members", rules=(equal_length("numbers", "penalties"),),
        outcome_from="enhanced_ring_groups.list",
    ),
    *_kept(
        "paging_groups", "paging_group", "a paging group", "Paging Groups", _PAGING,
        _listed("paging_groups", "paging_group", "Paging groups", "Paging Groups", **_PAGING_ROW),
    ),
    record(
        "routes.list", "route.list", "Routes: countries and their codes", Effect.READ,
        area="routing", source="Listing Routes", decode=decode.countries, returns=rows(),
    ),
    record(
        "destinations.list", "destination.list", "Destinations and their codes", Effect.READ, *in_route(),
        area="routing", source="Listing Destinations", rules=(needs_route,), decode=decode.keyed,
        returns=rows(route=replies.text, destination_group=replies.text),
    ),
    record(
        "destinations.groups", "destination.groups", "Groups of destinations", Effect.READ,
        area="routing", source="Destinations Groups", decode=decode.names, returns=rows(),
    ),
]  # fmt: skip
