"""Auto attendants, hunt groups, page groups, park orbits, music on hold and the settings of the IVR."""

from typing import Any

from apps.vendors.core import errors, replies
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import NOTHING, as_json
from apps.vendors.sipxcom.operations.fields import (
    API,
    DONE,
    MADE,
    Refusals,
    choice,
    count,
    flag,
    number,
    plain,
    record,
    rows_of,
    segment,
    text,
)
from apps.vendors.sipxcom.operations.settings import prompts, settings

AREA = "routing"
_AA: dict[str, Any] = {"area": AREA, "source": "Auto attendant"}
_SWITCHED: dict[str, Any] = {"read": readers.nothing, "repeatable": True, "outcome_from": "auto_attendants.list", **_AA}
_ATTENDANT = plain("attendant", "operator, afterhour, or xcf- and the id of one's own.")
_ATTENDANT_REFUSALS: Refusals = {
    400: (errors.NotFound, "There is no such auto attendant"),
    409: (errors.Conflict, "Special mode is on: turn it off first"),
}
_DIAL_CODE = plain("code", "What is dialled to reach the attendant's rule.")

_HUNT: dict[str, Any] = {"area": AREA, "source": "Hunt groups"}
HUNT_ROW: dict[str, Any] = {
    "enabled": replies.flag, "voicemailFallback": replies.flag, "userForward": replies.flag, "useFwdTimers": replies.flag,
}  # fmt: skip
_RINGS = rows_of(
    "rings",
    text("user_name", wire="userName", required=True),
    choice("type", "If no response|At the same time", wire="typeStr", help="Left out for the first ring."),
    flag("enabled"),
    count("expiration", "Seconds."),
    wire="ringBeans",
    help="Who rings, in order. A ring with an unknown user is dropped in silence: read back.",
)
_HUNT_FIELDS = (
    text("description"),
    flag("enabled"),
    text("did", "A DID that rings the group."),
    text("fallback", "Where a call goes that nobody takes.", wire="fallbackDestination"),
    flag("voicemail_fallback", "To the mailbox of the last one in the list.", wire="voicemailFallback"),
    flag("user_forward", "Members' own forwarding applies.", wire="userForward"),
    flag("use_forward_timers", "Members' own timers apply.", wire="useFwdTimers"),
)
_HUNT_BODY: dict[str, Any] = {"start": {"ringBeans": []}}  # the server fails without a list of rings

_PAGE: dict[str, Any] = {"area": AREA, "source": "Page groups", "base": API}
_USER_SECRETS = ("sipPassword", "pintoken", "voicemailPin")  # of the users inside, should the server send them
PAGE_ROW: dict[str, Any] = {
    "id": replies.text,
    "enabled": replies.flag,
    "pageGroupNumber": replies.text,
    "timeout": replies.integer,
}
_PAGE_FIELDS = (
    count("number", "What is dialled behind the paging prefix.", wire="pageGroupNumber", also=("groupNumber",), required=True),
    flag("enabled"),
    count("timeout", "Seconds."),
    text("sound", "A sound file of the page groups' prompts."),
    text("description"),
    rows_of("users", count("id"), text("user_name", wire="userName", help="User name or alias.")),
)
_PAGE_BODY = as_json(start={"users": []})

_ORBIT: dict[str, Any] = {"area": AREA, "source": "Park orbits", "base": API}
ORBIT_ROW: dict[str, Any] = {"id": replies.text, "enabled": replies.flag}
_ORBIT_FIELDS = (
    text("name", required=True),
    text("extension", required=True),
    text("server", "Full name or id of the server it runs on; the server wants one.", required=True),
    flag("enabled"),
    text("description"),
    text("music", "A sound file of the orbits' prompts."),
)
_ORBIT_ID = number("id", wire="orbitId")


def _auto_attendants() -> list[Operation]:
    special = "/rest/auto-attendant/{attendant}/special"
    live = "/rest/auto-attendant/livemode/{code}"
    return [
        record(
            "auto_attendants.list", "GET /rest/auto-attendant", "List the auto attendants", Effect.READ,
            read=readers.tree("autoAttendants", whole=True),
            returns=replies.rows(required=("name",), specialSelected=replies.flag), **_AA,
        ),
        record(
            "auto_attendants.special_mode.read", "GET /rest/auto-attendant/specialmode", "Whether special mode is on",
            Effect.READ, read=readers.tree("specialAttendant"),
            returns=replies.obj(required=("specialMode",), specialMode=replies.flag), **_AA,
        ),
        record(
            "auto_attendants.special_mode.on", "PUT /rest/auto-attendant/specialmode",
            "Turn special mode on; the selected attendant is forgotten: select it again", Effect.WRITE, body=NOTHING,
            **_SWITCHED,
        ),
        record(
            "auto_attendants.special_mode.off", "DELETE /rest/auto-attendant/specialmode",
            "Turn special mode off, which forgets the selected attendant", Effect.WRITE, **_SWITCHED,
        ),
        record(
            "auto_attendants.special.select", f"PUT {special}", "Select the attendant of special mode", Effect.WRITE,
            _ATTENDANT, body=NOTHING, refusals=_ATTENDANT_REFUSALS, **_SWITCHED,
        ),
        record(
            "auto_attendants.special.deselect", f"DELETE {special}", "Take the selection back", Effect.WRITE, _ATTENDANT,
            refusals=_ATTENDANT_REFUSALS, **_SWITCHED,
        ),
        record(
            "auto_attendants.live_mode.on", f"PUT {live}", "Enable the attendant rule with this code", Effect.WRITE, _DIAL_CODE,
            body=NOTHING, **_SWITCHED,
        ),
        record(
            "auto_attendants.live_mode.off", f"DELETE {live}", "Disable the attendant rule with this code", Effect.WRITE,
            _DIAL_CODE, **_SWITCHED,
        ),
        *settings("ivr.settings", "/ivr/settings", area=AREA, source="IVR", acts="list set reset"),
    ]  # fmt: skip


def _hunt_groups() -> list[Operation]:
    path, which = "/api/callgroups/{extension}", segment("extension", "Extension of the group.")
    return [
        record(
            "hunt_groups.list", "GET /api/callgroups", "List the hunt groups", Effect.READ,
            returns=replies.rows("callGroups", required=("extension",), **HUNT_ROW), **_HUNT,
        ),
        record(
            "hunt_groups.starting", "GET /api/callgroups/prefix/{prefix}", "List the hunt groups whose extension begins so",
            Effect.READ, segment("prefix"), returns=replies.rows("callGroups", required=("extension",), **HUNT_ROW), **_HUNT,
        ),
        record(
            "hunt_groups.read", f"GET {path}", "Read a hunt group", Effect.READ, which,
            returns=replies.obj(required=("extension",), **HUNT_ROW), **_HUNT,
        ),
        record(
            "hunt_groups.add", "POST /api/callgroups", "Add a hunt group", Effect.WRITE, text("name", required=True),
            text("extension", required=True), *_HUNT_FIELDS, _RINGS, body=as_json(**_HUNT_BODY), read=readers.identifier,
            returns=MADE, outcome_from="hunt_groups.list", **_HUNT,
        ),
        record(
            "hunt_groups.change", f"PUT {path}", "Change a hunt group; what is left out is cleared", Effect.WRITE, which,
            text("name", required=True), text("new_extension", "Unless it stays.", wire="newExtension"), *_HUNT_FIELDS, _RINGS,
            body=as_json(**_HUNT_BODY, rename={"newExtension": "extension"}), keep=("extension",), read=readers.identifier,
            returns=MADE, repeatable=True, outcome_from="hunt_groups.list", **_HUNT,
        ),
        record(
            "hunt_groups.duplicate", f"POST {path}/duplicate/{{newExtension}}",
            "Copy a hunt group; the copy is disabled and has no DID", Effect.WRITE, which,
            segment("new_extension", wire="newExtension"), body=as_json(), read=readers.identifier, returns=MADE,
            outcome_from="hunt_groups.list", **_HUNT,
        ),
        record(
            "hunt_groups.rotate", f"POST {path}/rotate/{{count}}", "Move the rings behind a member to the front", Effect.WRITE,
            which, segment("member", "Extension of a member; the document calls it a count.", wire="ringExt", also=("count",)),
            at="/api/callgroups/{extension}/rotate/{ringExt}", body=as_json(), read=readers.identifier, returns=MADE,
            outcome_from="hunt_groups.read", **_HUNT,
        ),
        record(
            "hunt_groups.remove", f"DELETE {path}", "Delete a hunt group; an unknown one is answered like a known one",
            Effect.DESTRUCTIVE, which, read=readers.nothing, returns=DONE, outcome_from="hunt_groups.list", **_HUNT,
        ),
    ]  # fmt: skip


def _page_groups() -> list[Operation]:
    path, which = "/pagegroups/{pagegroupId}", number("id", wire="pagegroupId")
    return [
        record(
            "page_groups.list", "GET /pagegroups", "List the page groups", Effect.READ,
            returns=replies.rows("groups", required=("id",), secrets=_USER_SECRETS, **PAGE_ROW), **_PAGE,
        ),
        record(
            "page_groups.read", f"GET {path}", "Read a page group", Effect.READ, which,
            returns=replies.obj(required=("id",), secrets=_USER_SECRETS, **PAGE_ROW), **_PAGE,
        ),
        record(
            "page_groups.add", "POST /pagegroups", "Add a page group; its id is not told", Effect.WRITE, *_PAGE_FIELDS,
            body=_PAGE_BODY, read=readers.nothing, outcome_from="page_groups.list", **_PAGE,
        ),
        record(
            "page_groups.change", f"PUT {path}", "Change a page group; what is left out is cleared", Effect.WRITE, which,
            *_PAGE_FIELDS, body=_PAGE_BODY, read=readers.nothing, repeatable=True, outcome_from="page_groups.read", **_PAGE,
        ),
        record(
            "page_groups.remove", f"DELETE {path}", "Delete a page group", Effect.DESTRUCTIVE, which, read=readers.nothing,
            outcome_from="page_groups.list", **_PAGE,
        ),
        *settings("page_groups.settings", "/pagegroups/settings", area=AREA, source="Page groups", acts="list set reset"),
        *prompts("page_groups.prompts", "/pagegroups/prompts", area=AREA, source="Page groups"),
    ]  # fmt: skip


def _orbits() -> list[Operation]:
    path = "/orbits/{orbitId}"
    return [
        record(
            "orbits.list", "GET /orbits", "List the park orbits", Effect.READ,
            returns=replies.rows("orbits", required=("id",), **ORBIT_ROW), **_ORBIT,
        ),
        record(
            "orbits.read", f"GET {path}", "Read a park orbit", Effect.READ, _ORBIT_ID,
            returns=replies.obj(required=("id",), **ORBIT_ROW), **_ORBIT,
        ),
        record(
            "orbits.add", "POST /orbits", "Add a park orbit", Effect.WRITE, *_ORBIT_FIELDS, body=as_json(),
            read=readers.identifier, returns=MADE, outcome_from="orbits.list", **_ORBIT,
        ),
        record(
            "orbits.change", f"PUT {path}", "Change a park orbit; what is left out is cleared", Effect.WRITE, _ORBIT_ID,
            *_ORBIT_FIELDS, body=as_json(), read=readers.nothing, repeatable=True, outcome_from="orbits.read",
            **_ORBIT,
        ),
        record(
            "orbits.remove", f"DELETE {path}", "Delete a park orbit", Effect.DESTRUCTIVE, _ORBIT_ID, read=readers.nothing,
            outcome_from="orbits.list", **_ORBIT,
        ),
        *settings(
            "orbits.settings", "/orbits/{orbitId}/settings", _ORBIT_ID, area=AREA, source="Park orbits", acts="list set reset"
        ),
        *prompts("orbits.prompts", "/orbits/prompts", area=AREA, source="Park orbits"),
    ]  # fmt: skip


OPERATIONS: list[Operation] = [
    *_auto_attendants(),
    *_hunt_groups(),
    *_page_groups(),
    *_orbits(),
    *settings("moh.settings", "/moh/settings", leaf="/{settingPath}", area=AREA, source="Music on hold"),
    *prompts("moh.prompts", "/moh/prompts", area=AREA, source="Music on hold", remove=True),
]
