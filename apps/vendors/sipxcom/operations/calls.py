"""What a user does with calls: place one, see those in progress, forward; and conferences with their commands."""

from typing import Any

from apps.vendors.core import errors, replies
from apps.vendors.core.operation import Effect, Operation, required_when
from apps.vendors.core.params import Param
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import NOTHING, as_json, as_xml
from apps.vendors.sipxcom.operations.fields import (
    REST,
    Refusals,
    choice,
    count,
    each,
    epoch,
    flag,
    names,
    nested,
    number,
    plain,
    quoted,
    record,
    rows_of,
    segment,
    text,
)

AREA = "calls"
_CALL: dict[str, Any] = {"area": AREA, "source": "Call", "base": REST, "acting": True}
_TO = segment(
    "to", "A number, or a user name; user@host is refused by the server.", encode=lambda to: quoted("".join(to.split()))
)
_PUT_ONLY = "405: calls are placed by PUT."
_FORWARD: dict[str, Any] = {"area": AREA, "source": "Call forwarding", "base": REST, "acting": True}
_KIND = choice("type", "If no response|At the same time", required=True)
_RING = (
    text("number", required=True),
    _KIND,
    count("expiration", "Seconds.", required=True),
    flag("enabled", required=True),
)
RING_ROW = {"expiration": replies.integer, "enabled": replies.flag}
_OWN_RINGING = count("expiration", "Seconds the user's own phones ring; 0 unless given.")
_DAYS = "1 Sunday to 7 Saturday, 0 every day, -1 weekdays, -2 weekend."
_CLOCK = (count("hours", wire="hrs", required=True), count("minutes", wire="min", required=True))
_PERIODS = rows_of(
    "periods", count("day", _DAYS, wire="scheduledDay", minimum=-2, required=True), nested("start", *_CLOCK, required=True),
    nested("end", *_CLOCK, required=True), required=True,
)  # fmt: skip
_SCHEDULE_ROW: dict[str, Any] = {"scheduleId": replies.text}
_SCHEDULE_REFUSALS: Refusals = {
    422: (errors.Rejected, "The schedule cannot be saved: no periods, overlapping ones, or a name that is taken"),
}
CALL_ROW: dict[str, Any] = {
    "start-time": epoch, "duration": lambda value, _: None if value in (None, "") else int(value) // 1000,
    "internal": replies.flag,
}  # fmt: skip


def _forwarding() -> list[Operation]:
    return [
        record(
            "my.forward.read", "GET /my/forward", "How one's calls are forwarded", Effect.READ,
            read=readers.tree("call-sequence", lists="rings"),
            returns=replies.obj(
                required=("rings",), rings=each(**RING_ROW), expiration=replies.integer, withVoicemail=replies.flag
            ), **_FORWARD,
        ),
        record(
            "my.forward.set", "PUT /my/forward", "Set how one's calls are forwarded; drops schedules", Effect.WRITE,
            rows_of("rings", *_RING, required=True), _OWN_RINGING, body=as_xml("call-sequence", rings="ring"),
            read=readers.nothing, repeatable=True, outcome_from="my.forward.read", **_FORWARD,
        ),
        record(
            "my.callfwd.read", "GET /my/callfwd", "How one's calls are forwarded, with schedules", Effect.READ,
            returns=replies.obj(required=("rings",), rings=each(), withVM=replies.flag), **_FORWARD,
        ),
        record(
            "my.callfwd.set", "PUT /my/callfwd", "Set how one's calls are forwarded, with schedules", Effect.WRITE,
            rows_of("rings", *_RING, count("schedule", "Id of a schedule.", wire="scheduleId"), required=True),
            flag("with_voicemail", wire="withVM"), _OWN_RINGING, body=as_json(), read=readers.nothing, repeatable=True,
            outcome_from="my.callfwd.read", **_FORWARD,
        ),
        record(
            "my.schedules.list", "GET /my/callfwdschedule", "List one's schedules and those of one's groups", Effect.READ,
            at="/rest/my/callfwdsched", returns=replies.rows(required=("scheduleId",), **_SCHEDULE_ROW), **_FORWARD,
        ),
        record(
            "my.schedules.add", "PUT /my/callfwdschedule", "Add a schedule of one's own", Effect.WRITE,
            text("name", required=True),
            text("description"), _PERIODS, at="POST /rest/my/callfwdsched", body=as_json(), read=readers.nothing,
            refusals=_SCHEDULE_REFUSALS, outcome_from="my.schedules.list", **_FORWARD,
        ),
        record(
            "my.schedules.read", "GET /my/callfwdsched/{id}", "Read a schedule", Effect.READ, number("id"),
            returns=replies.obj(required=("scheduleId",), **_SCHEDULE_ROW), **_FORWARD,
        ),
        record(
            "my.schedules.change", "PUT /my/callfwdsched/{id}", "Set a whole schedule", Effect.WRITE, number("id"),
            text("name", required=True), text("description"), _PERIODS, body=as_json(), read=readers.nothing, repeatable=True,
            refusals=_SCHEDULE_REFUSALS, outcome_from="my.schedules.read", **_FORWARD,
        ),
        record(
            "my.schedules.remove", "DELETE /my/callfwdsched/{id}", "Delete a schedule", Effect.DESTRUCTIVE, number("id"),
            read=readers.nothing, refusals=_SCHEDULE_REFUSALS, outcome_from="my.schedules.list", **_FORWARD,
        ),
    ]  # fmt: skip


_CONFERENCES: dict[str, Any] = {"area": AREA, "source": "Conferences", "base": REST, "acting": True}
_NOT_OWNER = (errors.Forbidden, "Only the conference's owner may do that")
_ROOM = plain("name", "Name of the conference.")
_ROOM_FIELDS = (
    flag("enabled"),
    text("new_name", "Another name for it.", wire="newName"),
    text("description"),
    flag("autorecord", wire="autorecorded", also=("autoRecord",)),
    text("access_code", "PIN of participants.", wire="accessCode", pattern=r"\d+", hint="give digits", secret=True),
    text("moderator_code", "PIN of moderators.", wire="moderatorCode", pattern=r"\d+", hint="give digits", secret=True),
    flag("quickstart", also=("quickStart",)),
    flag("video"),
    flag("send_active_video_only", wire="sendActiveVideoOnly"),
    count("max_members", wire="maxMembers"),
    text("moh", "Music on hold."),
    flag("entry_tone", wire="playEntryToneEnabled"),
    flag("exit_tone", wire="playExitToneEnabled"),
    flag("name_on_entry", wire="recordAndPlayNameOnEntryEnabled"),
    flag("name_on_exit", wire="recordAndPlayNameOnExitEnabled"),
)
_CODES = ("accessCode", "moderatorCode")
_FLAGS = dict.fromkeys(
    ("enabled", "autorecorded", "quickstart", "video", "sendActiveVideoOnly", "playEntryToneEnabled", "playExitToneEnabled",
     "recordAndPlayNameOnEntryEnabled", "recordAndPlayNameOnExitEnabled"), replies.flag
)  # fmt: skip
_MEMBER_ROW: dict[str, Any] = {"id": replies.text, "canHear": replies.flag, "canSpeak": replies.flag}


def _rooms() -> list[Operation]:
    return [
        record(
            "my.conferences.list", "GET /my/conferences", "List one's conferences", Effect.READ,
            read=readers.tree("conferences", whole=True),
            returns=replies.rows(required=("name",), secrets=_CODES, enabled=replies.flag), **_CONFERENCES,
        ),
        record(
            "my.conferences.members", "GET /my/conferencedetails/{confName}", "Who is in a conference now", Effect.READ,
            plain("name", "Name of the conference.", wire="confName"), read=readers.tree("conference", lists="members"),
            returns=replies.obj(
                required=("extension",), locked=replies.flag, members=each(**_MEMBER_ROW)
            ),
            refusals={403: _NOT_OWNER, 406: (errors.Conflict, "Nobody is in this conference now")}, **_CONFERENCES,
        ),
        record(
            "my.conferences.read", "GET /my/conferences/{name}", "Read the settings of a conference", Effect.READ, _ROOM,
            read=readers.tree("setting"), returns=replies.obj(
                required=("name",), secrets=_CODES, maxMembers=replies.integer, **_FLAGS
            ), **_CONFERENCES,
        ),
        record(
            "my.conferences.change", "PUT /my/conferences/{name}", "Change settings of a conference; others stay", Effect.WRITE,
            _ROOM, *_ROOM_FIELDS, body=as_xml("setting", rename={"newName": "name"}), read=readers.nothing, repeatable=True,
            outcome_from="my.conferences.read", **_CONFERENCES,
        ),
    ]  # fmt: skip


# Commands. Each argument follows the command behind an &, in the same part of the address.


def _argument(name: str, help: str = "", *, required: bool = True, **options: Any) -> Param:
    return text(name, help, required=required, **{"encode": _behind, **options})


def _behind(value: str) -> str:
    return "&" + quoted(value)


_ROOM_OF = plain("conference", "Name of the conference.", wire="conference-name")
_MEMBER = _argument("member", "Id of a member, or all or last.")
_LEVEL = _argument("level", "New value; told unless given.", required=False)
_CALLER = (
    _argument("endpoint", "Endpoint and destination, like sofia/default/1000@host."),
    _argument("caller_number", required=False),
    _argument("caller_name", "With a number only.", required=False),
)
_COMMAND_REFUSALS: Refusals = {
    400: (errors.Rejected, "The conference server does not take this command"),
    403: _NOT_OWNER,
    404: (errors.NotFound, "There is no such conference"),
}
# An argument counts by its place: none may be left out before one that is given.
_IN_ORDER = {
    "caller_name": (required_when("caller_number", "caller_name"),),
    "which": (required_when("which", "member"),),
}
# Command → title, effect, whether sending it twice does no harm, arguments.
_COMMANDS: dict[str, tuple[str, Effect, bool, tuple[Param, ...]]] = {
    "bgdial": ("Call somebody into a conference, without waiting", Effect.WRITE, False, _CALLER),
    "deaf": ("Make a member deaf", Effect.WRITE, True, (_MEMBER,)),
    "dial": ("Call somebody into a conference", Effect.WRITE, False, _CALLER),
    "dtmf": ("Send tones to a member", Effect.WRITE, False, (_MEMBER, _argument("digits"))),
    "energy": ("Set how loud a member must be to be heard", Effect.WRITE, True, (_MEMBER, _LEVEL)),
    "hup": ("Remove a member without a sound", Effect.DESTRUCTIVE, False, (_MEMBER,)),
    "kick": ("Remove a member", Effect.DESTRUCTIVE, False, (_MEMBER,)),
    "list": (
        "List the members as text", Effect.READ, True,
        (_argument("delimiter", "Put between fields.", required=False, encode=lambda sign: "&delim" + _behind(sign)),),
    ),
    "lock": ("Let nobody else in", Effect.WRITE, True, ()),
    "mute": ("Mute a member", Effect.WRITE, True, (_MEMBER,)),
    "norecord": ("Stop recording", Effect.WRITE, True, (_argument("file", "A file's name, or all."),)),
    "nopin": ("Remove the PIN", Effect.WRITE, True, ()),
    "pin": (
        "Set the PIN", Effect.WRITE, True, (_argument("pin", pattern=r"\d{4,}", hint="give 4 digits or more", secret=True),)
    ),
    "play": (
        "Play a file", Effect.WRITE, False, (_argument("file"), _argument("to", "async, or a member's id.", required=False))
    ),
    "record": ("Record the conference", Effect.WRITE, False, (_argument("file"),)),
    "relate": (
        "Keep a member from hearing or speaking to another", Effect.WRITE, True,
        (_MEMBER, _argument("other"), _argument("relation", "nospeak, nohear or clear.", required=False)),
    ),
    "say": ("Speak a text to everybody", Effect.WRITE, False, (_argument("text"),)),
    "saymember": ("Speak a text to a member", Effect.WRITE, False, (_MEMBER, _argument("text"))),
    "stop": (
        "Stop what is played", Effect.WRITE, True,
        (_argument("which", "current, all, async or last.", required=False), _argument("member", required=False)),
    ),
    "transfer": (
        "Move members to another conference", Effect.WRITE, False,
        (
            _argument("to", "Name of the other conference."),
            names(
                "members", "Ids of members, parted by commas.", required=True,
                encode=lambda members: "".join(map(_behind, members)),
            ),
        ),
    ),
    "unmute": ("Let a member speak again", Effect.WRITE, True, (_MEMBER,)),
    "undeaf": ("Let a member hear again", Effect.WRITE, True, (_MEMBER,)),
    "unlock": ("Let others in again", Effect.WRITE, True, ()),
    "volume_in": ("Set how loud a member is heard", Effect.WRITE, True, (_MEMBER, _LEVEL)),
    "volume_out": ("Set how loud a member hears", Effect.WRITE, True, (_MEMBER, _LEVEL)),
    "xml_list": ("List the members", Effect.READ, True, ()),
}  # fmt: skip


def _command(name: str) -> Operation:
    title, effect, repeatable, arguments = _COMMANDS[name]
    path = f"/rest/my/conference/{{conference-name}}/{name}"
    read = readers.conference_members if name == "xml_list" else readers.command
    return record(
        f"my.conference.{name}", f"PUT {path}", title, effect, _ROOM_OF, *arguments,
        at=f"GET {path}" + "".join(f"{{{argument.wire}}}" for argument in arguments), read=read,
        returns=replies.obj(required=("members",) if name == "xml_list" else ("text",)),
        repeatable=repeatable and effect is not Effect.DESTRUCTIVE,
        outcome_from="" if effect is Effect.READ else "my.conferences.members", refusals=_COMMAND_REFUSALS, area=AREA,
        source="FreeSWITCH conference commands", acting=True,
        rules=next((_IN_ORDER[argument.name] for argument in arguments if argument.name in _IN_ORDER), ()),
    )  # fmt: skip


OPERATIONS: list[Operation] = [
    record(
        "my.calls.list", "GET /my/activecdrs", "One's calls in progress", Effect.READ, read=readers.tree("cdrs", whole=True),
        returns=replies.rows(**CALL_ROW), area=AREA, source="Active CDRs", base=REST, acting=True,
    ),
    record("my.call", "PUT /my/call/{to}", "Ring one's phones, then call somebody", Effect.WRITE, _TO, body=NOTHING,
           read=readers.nothing, outcome_from="my.calls.list", **_CALL),
    record("calls.place", "PUT /call/{to}", "Ring one's phones, then call somebody", Effect.WRITE, _TO, body=NOTHING,
           read=readers.nothing, outcome_from="my.calls.list", **_CALL),
    record("my.call.by_get", "GET /my/call/{to}", "Call somebody, for clients without PUT", Effect.WRITE, _TO,
           not_callable=_PUT_ONLY, **_CALL),
    record("calls.place.by_get", "GET /call/{to}", "Call somebody, for clients without PUT", Effect.WRITE, _TO,
           not_callable=_PUT_ONLY, **_CALL),
    *_forwarding(),
    *_rooms(),
    *[_command(name) for name in _COMMANDS],
]  # fmt: skip
