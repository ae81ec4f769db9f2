"""The user's conferences: settings, who is in them, and the commands that go on to the conference server."""

import re
from collections.abc import Callable
from urllib.parse import unquote
from xml.sax.saxutils import escape

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import done, represented
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Listed, only, rest_body, text_of

LISTED = ("enabled", "name", "description", "extension", "accessCode")
TEXTS = ("name", "description", "accessCode", "moderatorCode")
FLAGS = (
    "enabled", "autorecorded", "quickstart", "video", "sendActiveVideoOnly", "playEntryToneEnabled", "playExitToneEnabled",
    "recordAndPlayNameOnEntryEnabled", "recordAndPlayNameOnExitEnabled",
)  # fmt: skip
SETTINGS = (
    "enabled", "name", "description", "autorecorded", "accessCode", "moderatorCode", "quickstart", "video",
    "sendActiveVideoOnly", "maxMembers", "moh", "playEntryToneEnabled", "playExitToneEnabled",
    "recordAndPlayNameOnEntryEnabled", "recordAndPlayNameOnExitEnabled",
)  # fmt: skip
# Commands for one member, or all: what they change and how.
_MEMBER: dict[str, tuple[str, bool]] = {
    "mute": ("canSpeak", False), "unmute": ("canSpeak", True), "deaf": ("canHear", False), "undeaf": ("canHear", True),
}  # fmt: skip
_LEVELS = {"energy": "energyLevel", "volume_in": "volumeIn", "volume_out": "volumeOut"}
_REMOVING = ("hup", "kick")
# Commands that call somebody in, and so work on an empty room.
_NEED_NOBODY = ("bgdial", "dial", "invite", "inviteim")
# Least and most arguments of what is only acknowledged.
_TOLD = {
    "play": (1, 2), "say": (1, 99), "saymember": (2, 99), "stop": (0, 2), "dtmf": (2, 2), "relate": (2, 3), "transfer": (2, 99),
    "record": (0, 1), "norecord": (1, 1), "pin": (1, 1), "nopin": (0, 0),
}  # fmt: skip


@route("GET", "/rest/my/conferences")
def read_all(ctx: Context) -> Reply:
    own = [row for row in ctx.system.rows("conference") if row["owner"] == ctx.user["id"]]
    rows = [{name: row[name] for name in LISTED} for row in own]
    return represented(ctx, "conferences", Listed("conference", rows))


@route("GET", "/rest/my/conferences/{name}")
def read(ctx: Context) -> Reply:
    """Of any owner."""
    row = ctx.system.find("conference", name=ctx.path["name"])
    if row is None:
        raise Refused(404)
    return represented(ctx, "setting", {name: row[name] for name in SETTINGS})


@route("PUT", "/rest/my/conferences/{name}")
def update(ctx: Context) -> Reply:
    root, row = rest_body(ctx, "setting"), ctx.system.find("conference", name=ctx.path["name"])
    only(root, *SETTINGS)
    if row is None:
        raise failed("java.lang.NullPointerException", "null")
    for name in SETTINGS:
        value = text_of(root, name)
        if value is None:
            continue
        if name in FLAGS:
            row[name] = value.lower() == "true"
        elif name == "maxMembers":
            row[name] = int(value) if value.isdecimal() else 0
        else:
            row[name] = value if value or name not in TEXTS[2:] else None
    return done()


@route("GET", "/rest/my/conferencedetails/{name}")
def details(ctx: Context) -> Reply:
    """406 says that nobody is in it."""
    row = _owned(ctx)
    if not row["members"]:
        raise Refused(406, "Conference is not active")
    head = {"extension": row["extension"], "description": row["description"], "locked": row["locked"]}
    return represented(ctx, "conference", {**head, "members": Listed("member", row["members"])})


@route("GET", "/rest/my/conference/{name}")
def no_command(ctx: Context) -> Reply:
    _owned(ctx)
    raise Refused(400, "No command")


@route("GET", "/rest/my/conference/{name}/{command}", PUT=405)
def command(ctx: Context) -> Reply:
    """Whatever the conference server says comes with 200; it is asked only about a conference that is there and the user's."""
    ctx.accepted("text/plain", "text/xml")
    row = _owned(ctx)
    word, *arguments = [unquote(part) for part in ctx.path["command"].split("&")]
    if word.startswith("invite") and len(arguments) != 1:
        raise Refused(400, "Incorrect command")
    if word == "xml_list":
        return Reply(_xml_list(row).encode(), 200, "text/xml")
    text = (
        _carried_out(ctx, row, word, arguments)
        if row["members"] or word in _NEED_NOBODY
        else f"Conference {row['name']} not found"
    )
    return Reply(f"<command-response>{escape(text)}\n</command-response>".encode(), 200, "text/plain;charset=ISO-8859-1")


def _owned(ctx: Context) -> Row:
    row = ctx.system.find("conference", name=ctx.path["name"])
    if row is None:
        raise Refused(404)
    if row["owner"] != ctx.user["id"]:
        raise Refused(403)
    return row


def _carried_out(ctx: Context, row: Row, word: str, arguments: list[str]) -> str:
    """What the conference server answers; refusals are words as well."""
    if word == "list":
        return "\n".join(_line(member) for member in row["members"])
    if word in ("lock", "unlock"):
        row["locked"] = word == "lock"
        return f"OK {row['name']} {word}ed"
    if word in _NEED_NOBODY:
        return _dial(ctx, row, word, arguments)
    if word in _MEMBER:
        field, value = _MEMBER[word]
        return _each(row, word, arguments, lambda member: member.update({field: value}))
    if word in _REMOVING:
        return _each(row, word, arguments, row["members"].remove)
    if word in _LEVELS:
        field = _LEVELS[word]
        if len(arguments) < 2 or not re.fullmatch(r"-?\d+", arguments[1]):
            return _each(row, word, arguments, lambda member: str(member[field]))
        return _each(row, word, arguments, lambda member: member.update({field: int(arguments[1])}))
    return _told(word, arguments)


def _told(word: str, arguments: list[str]) -> str:
    if word not in _TOLD:
        return f"Conference command '{word}' not found."
    least, most = _TOLD[word]
    if not least <= len(arguments) <= most:
        return f"-ERR {word}: wrong number of arguments"
    return " ".join(["OK", word, *arguments])


def _each(row: Row, word: str, arguments: list[str], act: Callable[[Row], str | None]) -> str:
    """Do something with one member, the last one or all, and tell so line by line, with what `act` adds."""
    if not arguments:
        return f"-ERR {word}: wrong number of arguments"
    wanted = arguments[0]
    members = list(row["members"])
    if wanted == "last":
        members = members[-1:]
    elif wanted != "all":
        members = [member for member in members if str(member["id"]) == wanted]
    if not members:
        return f"Member: {wanted} not found."
    return "\n".join(f"OK {word} {member['id']} {act(member) or ''}".rstrip() for member in members)


def _dial(ctx: Context, row: Row, word: str, arguments: list[str]) -> str:
    """Somebody more is in it: a user by extension, or a number."""
    if not arguments:
        return f"-ERR {word}: wrong number of arguments"
    number = re.sub(r"^.*/|^sip:|@.*$", "", arguments[0])
    user = ctx.system.user(number)
    name = f"{user['firstName']} {user['lastName']}" if user else number
    ref = max((member["id"] for member in row["members"]), default=0) + 1
    row["members"].append(new_member(ref, name, number))
    return f"OK {word} Call Requested: result: [SUCCESS]"


def new_member(ref: int, name: str, number: str) -> Row:
    levels = {"volumeIn": 0, "volumeOut": 0, "energyLevel": 100}
    return {
        "id": ref, "name": f"{name} ({number})", "imId": number, "uuid": f"{ref:08d}-0000-4000-8000-{number:0>12}"[:36],
        **levels, "canHear": True, "canSpeak": True,
    }  # fmt: skip


def _line(member: Row) -> str:
    flags = "|".join(word for word, field in (("hear", "canHear"), ("speak", "canSpeak")) if member[field])
    numbers = ";".join(str(member[name]) for name in ("volumeIn", "volumeOut", "energyLevel"))
    return (
        f"{member['id']};sofia/internal/{member['imId']};{member['uuid']};{member['name']};{member['imId']};{flags};{numbers}"
    )


def _xml_list(row: Row) -> str:
    members = "".join(
        f'<member type="caller"><id>{member["id"]}</id><caller_id_name>{escape(member["name"])}</caller_id_name>'
        f"<caller_id_number>{member['imId']}</caller_id_number><flags><can_hear>{str(member['canHear']).lower()}</can_hear>"
        f"<can_speak>{str(member['canSpeak']).lower()}</can_speak></flags></member>"
        for member in row["members"]
    )
    locked = ' locked="true"' if row["locked"] else ""
    head = f'<conference name="{escape(row["name"])}" member-count="{len(row["members"])}" running="true"{locked}>'
    return f'<?xml version="1.0"?>\n<conferences>{head}<members>{members}</members></conference></conferences>\n'
