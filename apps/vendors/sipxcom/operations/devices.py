"""Phones, their lines and groups, phone groups, registrations."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.errors import Forbidden
from apps.vendors.core.operation import Effect, Operation, one_of, together
from apps.vendors.core.params import Param, integer, ip
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import Body, as_json
from apps.vendors.sipxcom.operations.fields import (
    API,
    DONE,
    MADE,
    SECRET_SETTING,
    count,
    each,
    epoch,
    names,
    plain,
    record,
    rows_of,
    secret,
    segment,
    text,
    tree_path,
)
from apps.vendors.sipxcom.operations.gateways import model
from apps.vendors.sipxcom.operations.settings import SETTINGS, settings

AREA = "devices"
_PHONES: dict[str, Any] = {"area": AREA, "source": "Phones", "base": API}
LINE_ROW: dict[str, Any] = {"id": replies.text, "userId": replies.text}
_GROUP_ROW: dict[str, Any] = {"id": replies.text, "weight": replies.integer, "count": replies.integer}
PHONE_ROW: dict[str, Any] = {"id": replies.text, "lines": each(**LINE_ROW), "groups": each(**_GROUP_ROW)}
PHONE = segment("id", "Id of the phone, or its MAC address.", wire="phoneId")
_SERIAL = segment("serial", "MAC address, or id, of the phone.", wire="serialNumber")
_COPIED = "405: a copying error of the document; models are read only."
_ASKED = (integer("start", minimum=0, help="From this row, the first being 0."), integer("limit", minimum=1, help="Rows."))
_WINDOW: dict[str, Any] = {"query": ("start", "limit"), "rules": (together("start", "limit"),)}

_GROUPS: dict[str, Any] = {"area": AREA, "source": "Phone groups", "base": API}
_GROUP = segment("id", "Id or name of the phone group.", wire="phoneGroupId")
_OF_GROUP = segment("group", "Id or name of the phone group.", wire="groupId")
_MODEL = segment("model", "Id of the model.", wire="modelName")
_MODEL_DOC = "/{groupId}/model/{modelName}/settings"
_MODEL_AT = f"/api/phoneGroups{_MODEL_DOC}"
_NO_BODY = Body("application/json", lambda _: "")

_REGISTRATIONS: dict[str, Any] = {"area": AREA, "source": "Registrations", "base": API}
REGISTRATION_ROW: dict[str, Any] = {"expires": epoch, "secondsToExpire": replies.integer}
_ROWS = replies.rows("registrations", required=("contact",), **REGISTRATION_ROW)


def _phones() -> list[Operation]:
    return [
        record(
            "phones.list", "GET /phones", "List the phones", Effect.READ, *_ASKED,
            returns=replies.rows("phones", required=("id",), secrets=("password",), **PHONE_ROW), **_WINDOW, **_PHONES,
        ),
        record(
            "phones.read", "GET /phones/{phoneId}", "Read a phone", Effect.READ, PHONE,
            returns=replies.obj(required=("id",), secrets=("password",), **PHONE_ROW), **_PHONES,
        ),
        record(
            "phones.change", "PUT /phones/{phoneId}", "Change a phone; its model and lines stay, groups are only added",
            Effect.WRITE, PHONE, text("serial", "MAC address; cleared if left out.", wire="serialNo", also=("serialNumber",)),
            text("description", "Cleared if left out."), text("device_version", "Cleared if left out.", wire="deviceVersion"),
            _joined(), model(help="Ignored by the server."), body=as_json(), read=readers.identifier, returns=MADE,
            repeatable=True, outcome_from="phones.read", **_PHONES,
        ),
        record(
            "phones.add", "POST /phones", "Add a phone; lines are added afterwards", Effect.WRITE,
            text("serial", "MAC address.", wire="serialNo", also=("serialNumber",), required=True), model(required=True),
            text("description"), text("device_version", wire="deviceVersion"), _joined(), body=as_json(),
            read=readers.identifier, returns=MADE, outcome_from="phones.list", **_PHONES,
        ),
        record(
            "phones.remove", "DELETE /phones/{phoneId}", "Delete a phone", Effect.DESTRUCTIVE, PHONE, read=readers.nothing,
            outcome_from="phones.list", **_PHONES,
        ),
        record(
            "phones.restart", "PUT /api/phones/{serialNumber}/sendProfile/restart", "Send a phone its profile and restart it",
            Effect.WRITE, _SERIAL, body=_NO_BODY, read=readers.nothing, area=AREA, source="Phones",
        ),
        record(
            "phones.profile", "GET /phones/{serialNumber}/profile/{name}", "Download a file of a phone's profile", Effect.READ,
            plain("serial", "MAC address of the phone.", wire="serialNumber"), segment("name", "Name of the file."),
            at="/rest/phone/{serialNumber}/profile/{name}", read=readers.download, returns=replies.file(), **_PHONES,
        ),
        record(
            "phones.models", "GET /phones/models", "List the phone models; always whole, whatever the document says of pages",
            Effect.READ, returns=replies.rows("models", required=("modelId",)), **_PHONES,
        ),
        record(
            "phones.models.change", "PUT /phones/models", "Change the models", Effect.WRITE, not_callable=_COPIED, **_PHONES
        ),
        record(
            "phones.models.remove", "DELETE /phones/models", "Delete the models", Effect.DESTRUCTIVE, not_callable=_COPIED,
            **_PHONES,
        ),
        record(
            "phones.groups.list", "GET /phones/{phoneId}/groups", "List the groups of a phone", Effect.READ, PHONE,
            returns=replies.rows("groups", required=("id",), **_GROUP_ROW), **_PHONES,
        ),
        record(
            "phones.groups.leave_all", "DELETE /phones/{phoneId}/groups", "Take a phone out of all groups", Effect.DESTRUCTIVE,
            PHONE, read=readers.nothing, outcome_from="phones.groups.list", **_PHONES,
        ),
        record(
            "phones.groups.join", "POST /phones/{phoneId}/groups/{groupName}", "Put a phone into a group, made if need be",
            Effect.WRITE, PHONE, segment("group", wire="groupName"), body=_NO_BODY, read=readers.nothing, repeatable=True,
            outcome_from="phones.groups.list", **_PHONES,
        ),
        record(
            "phones.groups.leave", "DELETE /phones/{phoneId}/groups/{groupName}", "Take a phone out of a group",
            Effect.DESTRUCTIVE, PHONE, segment("group", wire="groupName"), read=readers.nothing,
            outcome_from="phones.groups.list", **_PHONES,
        ),
        *settings(
            "phones.settings", "/phones/{phoneId}/settings", PHONE, leaf="/{settingPath}", area=AREA, source="Phones",
            acts="read set reset",
        ),
        *_lines(),
    ]  # fmt: skip


def _joined() -> Param:
    return names("groups", "Names of phone groups, made if need be.", each_as=lambda name: {"name": name})


def _lines() -> list[Operation]:
    line = segment("line", "Id of the line.", wire="lineId")
    return [
        record(
            "phones.lines.list", "GET /phones/{phoneId}/lines", "List the lines of a phone", Effect.READ, PHONE,
            returns=replies.rows("lines", required=("id",), secrets=("password",), **LINE_ROW), **_PHONES,
        ),
        record(
            "phones.lines.add", "POST /phones/{phoneId}/lines", "Add a line: a user's, or an external one", Effect.WRITE, PHONE,
            text("user", "User name or alias. With it nothing else counts; without it the line is an external one."),
            text("uri"), text("extension"), text("display_name", wire="displayName"), secret("password"),
            text("registration_server", wire="registrationServer"),
            text("registration_port", wire="registrationServerPort"), text("voicemail"), rules=(one_of("user", "uri"),),
            body=as_json(), read=readers.nothing, outcome_from="phones.lines.list", **_PHONES,
        ),
        record(
            "phones.lines.remove_all", "DELETE /phones/{phoneId}/lines", "Delete all lines of a phone", Effect.DESTRUCTIVE,
            PHONE, read=readers.nothing, outcome_from="phones.lines.list", **_PHONES,
        ),
        *settings(
            "phones.lines.settings", "/phones/{phoneId}/lines/{lineId}/settings", PHONE, line, leaf="/{settingPath}", area=AREA,
            source="Phones", acts="read set reset",
        ),
    ]  # fmt: skip


def _phone_groups() -> list[Operation]:
    path = "/phoneGroups/{phoneGroupId}"
    shared: dict[str, Any] = {"area": AREA, "source": "Phone groups"}
    moved: dict[str, Any] = {
        "body": _NO_BODY,
        "read": readers.identifier,
        "returns": MADE,
        "outcome_from": "phone_groups.list",
        **shared,
    }
    return [
        record(
            "phone_groups.list", "GET /phoneGroups", "List the phone groups", Effect.READ,
            returns=replies.rows("groups", required=("id",), **_GROUP_ROW), **_GROUPS,
        ),
        record(
            "phone_groups.read", f"GET {path}", "Read a phone group", Effect.READ, _GROUP,
            returns=replies.obj(required=("id",), **_GROUP_ROW), **_GROUPS,
        ),
        record(
            "phone_groups.change", f"PUT {path}", "Change a phone group", Effect.WRITE, _GROUP, text("name", required=True),
            text("description"), count("weight", "Its place among the groups.", required=True), body=as_json(),
            read=readers.identifier, returns=MADE, repeatable=True, outcome_from="phone_groups.read", **_GROUPS,
        ),
        record(
            "phone_groups.remove", f"DELETE {path}", "Delete a phone group; protected ones are refused", Effect.DESTRUCTIVE,
            _GROUP, read=readers.nothing,
            refusals={403: (Forbidden, "The group is protected, or this user may not delete groups")},
            outcome_from="phone_groups.list", **_GROUPS,
        ),
        record(
            "phone_groups.models", "GET /{groupId}/models", "List the phone models, whatever the group", Effect.READ, _OF_GROUP,
            at="/api/phoneGroups/{groupId}/models", returns=replies.rows("models", required=("modelId",)), **shared,
        ),
        record(
            "phone_groups.up", "PUT /{groupId}/up", "Move a phone group up by one", Effect.WRITE, _OF_GROUP,
            at="/api/phoneGroups/{groupId}/up", **moved,
        ),
        record(
            "phone_groups.down", "PUT /{groupId}/down", "Move a phone group down by one", Effect.WRITE, _OF_GROUP,
            at="/api/phoneGroups/{groupId}/down", **moved,
        ),
        record(
            "phone_groups.model.settings.list", f"GET {_MODEL_DOC}", "List a model's default settings; not the group's values",
            Effect.READ, _OF_GROUP, _MODEL, at=_MODEL_AT, read=readers.settings, returns=SETTINGS, hidden=SECRET_SETTING,
            **shared,
        ),
        record(
            "phone_groups.model.settings.set_many", f"PUT {_MODEL_DOC}", "Set several settings of a model in a group",
            Effect.WRITE, _OF_GROUP, _MODEL,
            rows_of("settings", text("path", required=True), text("value", required=True), required=True), at=_MODEL_AT,
            body=as_json(), read=readers.nothing, repeatable=True, outcome_from="phone_groups.model.settings.list",
            hidden=SECRET_SETTING, **shared,
        ),
        record(
            "phone_groups.model.settings.reset_all", f"DELETE {_MODEL_DOC}", "Reset all settings of a model in a group",
            Effect.DESTRUCTIVE, _OF_GROUP, _MODEL, at=_MODEL_AT, read=readers.nothing,
            not_callable="405: settings are reset one by one, with phone_groups.model.settings.reset.", **shared,
        ),
        *settings(
            "phone_groups.model.settings", _MODEL_DOC, _OF_GROUP, _MODEL, leaf="/{path:.*}", at=_MODEL_AT,
            path=tree_path(wire="path"), area=AREA, source="Phone groups", acts="read set reset",
        ),
    ]  # fmt: skip


def _registered(name: str, path: str, of: Param, what: str, *, at: str = "", paged: bool = False) -> list[Operation]:
    """Registrations of something, read and taken away; taking away none is a success too."""
    return [
        record(
            f"registrations.{name}.list", f"GET {path}", f"List the registrations of {what}", Effect.READ, of,
            *(_ASKED if paged else ()), at=at, returns=_ROWS, **(_WINDOW if paged else {}), **_REGISTRATIONS,
        ),
        record(
            f"registrations.{name}.remove", f"DELETE {path}", f"Take the registrations of {what} away", Effect.DESTRUCTIVE, of,
            at=at, read=readers.nothing, returns=DONE, outcome_from=f"registrations.{name}.list", **_REGISTRATIONS,
        ),
    ]  # fmt: skip


OPERATIONS: list[Operation] = [
    *_phones(),
    *_phone_groups(),
    record(
        "registrations.list", "GET /registrations", "List the registrations", Effect.READ, *_ASKED, returns=_ROWS, **_WINDOW,
        **_REGISTRATIONS,
    ),
    *_registered(
        "by_user", "/registrations/user/{userId}", segment("user", "User name, alias or id.", wire="userId"), "a user",
        paged=True
    ),
    *_registered(
        "by_phone", "/registrations/serialNo/{serialId}", segment("serial", "MAC address.", wire="serialId"), "a phone"
    ),
    *_registered("by_address", "/registrations/ip/{ip}", ip("ip", required=True), "an address"),
    *_registered(
        "by_call", "/registrations/callId/{callId}", segment("call", "Call-ID of the registration.", wire="callId"),
        "a Call-ID", at="/api/registrations/callid/{callId}",
    ),
    *_registered(
        "by_server", "/registrations/server/{serverId}", segment("server", "Id or full name.", wire="serverId"), "a server",
        paged=True,
    ),
]  # fmt: skip
