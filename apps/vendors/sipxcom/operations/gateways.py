"""Gateways (trunks), their ports, and the settings of both."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Param
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import as_json
from apps.vendors.sipxcom.operations.fields import (
    API,
    MADE,
    SECRET_SETTING,
    choice,
    count,
    flag,
    nested,
    number,
    record,
    segment,
    text,
    tree_path,
)
from apps.vendors.sipxcom.operations.settings import settings

AREA = "routing"
SOURCE = "Gateways"
_SHARED: dict[str, Any] = {"area": AREA, "source": SOURCE}
GATEWAY_ROW: dict[str, Any] = {
    "id": replies.text, "enabled": replies.flag, "shared": replies.flag, "addressPort": replies.integer,
    "useInternalBridge": replies.flag,
}  # fmt: skip
GATEWAY = segment("id", "Id of the gateway, or its serial number.", wire="gatewayId")


def model(help: str = "Id of the model.", **options: Any) -> Param:
    """A model, by its id."""
    return text("model", help, encode=lambda value: {"modelId": value}, **options)


_FIELDS = (
    text("name", required=True),
    model(required=True),
    text("description"),
    flag("enabled"),
    text("serial", wire="serialNo"),
    text("device_version", wire="deviceVersion"),
    text("address", "Host or address of the other side."),
    count("address_port", wire="addressPort"),
    text("outbound_address", wire="outboundAddress"),
    count("outbound_port", wire="outboundPort"),
    choice("address_transport", "none|udp|tcp|tls", wire="addressTransport"),
    text("prefix", "Put before every number."),
    flag("shared", "For all locations."),
    flag("use_internal_bridge", wire="useInternalBridge"),
    text("branch", "Name of the branch; an unknown one clears it.", encode=lambda value: {"name": value}),
    nested(
        "caller_alias", text("default_caller_alias", wire="defaultCallerAlias"), flag("anonymous"),
        flag("ignore_user_info", wire="ignoreUserInfo"), flag("transform_user_extension", wire="transformUserExtension"),
        text("add_prefix", wire="addPrefix"), count("keep_digits", wire="keepDigits"),
        text("display_name", wire="displayName"), text("url_parameters", wire="urlParameters"), wire="callerAliasInfo",
    ),
)  # fmt: skip
_PORT = number("port", wire="portId")
_PORT_DOC = "/api/gateways/{gatewayId}/port/{portId}/settings"
_PORT_AT = "/api/gateways/{gatewayId}/ports/{portId}/settings"
_ONE_BY_ONE = "405: settings are written and reset one by one, with gateways.ports.settings.set and .reset."


def _whole_port(name: str, verb: str, title: str, effect: Effect) -> Operation:
    """What the document has on the whole tree of a port, and the server does not."""
    return record(
        name, f"{verb} {_PORT_DOC}", title, effect, GATEWAY, _PORT, at=_PORT_AT, read=readers.nothing, not_callable=_ONE_BY_ONE,
        hidden=SECRET_SETTING, **_SHARED,
    )  # fmt: skip


OPERATIONS: list[Operation] = [
    record(
        "gateways.list", "GET /api/gateways", "List the gateways", Effect.READ,
        returns=replies.rows("gateways", required=("id",), **GATEWAY_ROW), **_SHARED,
    ),
    record(
        "gateways.models", "GET /api/gateways/models", "List the gateway models", Effect.READ,
        returns=replies.rows("models", required=("modelId",)), **_SHARED,
    ),
    record(
        "gateways.read", "GET /gateways/{gatewayId}", "Read a gateway", Effect.READ, GATEWAY, base=API,
        returns=replies.obj(required=("id",), **GATEWAY_ROW), **_SHARED,
    ),
    record(
        "gateways.change", "PUT /gateways/{gatewayId}", "Change a gateway; what is left out is cleared", Effect.WRITE, GATEWAY,
        *_FIELDS, base=API, body=as_json(), read=readers.identifier, returns=MADE, repeatable=True,
        outcome_from="gateways.read", **_SHARED,
    ),
    record(
        "gateways.add", "POST /gateways/{gatewayId}", "Add a gateway; the server gives it its id", Effect.WRITE, *_FIELDS,
        at="/api/gateways", body=as_json(), read=readers.identifier, returns=MADE, outcome_from="gateways.list", **_SHARED,
    ),
    record(
        "gateways.remove", "DELETE /gateways/{gatewayId}", "Delete a gateway", Effect.DESTRUCTIVE, GATEWAY, base=API,
        read=readers.nothing, outcome_from="gateways.list", **_SHARED,
    ),
    *settings(
        "gateways.settings", "/api/gateways/{gatewayId}/settings", GATEWAY, leaf="/{path:.*}", path=tree_path(wire="path"),
        area=AREA, source=SOURCE,
    ),
    *settings(
        "gateways.ports.settings", _PORT_DOC, GATEWAY, _PORT, leaf="/{path:.*}", at=_PORT_AT, path=tree_path(wire="path"),
        area=AREA, source=SOURCE,
    ),
    _whole_port("gateways.ports.settings.set_all", "PUT", "Set all settings of a port", Effect.WRITE),
    _whole_port("gateways.ports.settings.reset_all", "DELETE", "Reset all settings of a port", Effect.DESTRUCTIVE),
]  # fmt: skip
