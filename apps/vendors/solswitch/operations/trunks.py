"""Trunks and SIP accounts."""

from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, required_when
from apps.vendors.core.params import Param
from apps.vendors.solswitch import decode
from apps.vendors.solswitch.operations.fields import VIEW, customer, flag, identifier, optional, record

_ACCOUNT_FLAGS = (
    "NAT", "DeleteBlock", "FaxCodec", "VoiceCodec", "VoiceCodec1", "VoiceCodec2", "VoiceCodec3", "VoiceCodec4", "Debug",
    "G722Codec", "G729Codec", "DynamicFeatures", "SIPPostAPI", "AllowInternational", "SIPNotifyAPI", "StayInAudioPath",
    "Active",
)  # fmt: skip
_TRUNK_FLAGS = (
    "UseDIDTable", "UseRouteGroup", "UseLocalRouting", "AccessibleSID", "Record", "ApplyToll", "UseE164", "CanConf",
    "UnlimitedOutbound", "AutoLearnRoutes", "AutoLearnValidated",
)  # fmt: skip
_TYPES = {"static": "static", "dynamic": "dynamic", "register": "register"}

_ACCOUNT: tuple[Param, ...] = (
    customer("CustID"),
    params.text("description", wire="Description", required=True),
    params.text("username", wire="Username", required=True, help="For static and dynamic accounts."),
    params.choice("type", _TYPES, wire="Type", required=True),
    params.secret("password", wire="Password", help="For static and dynamic accounts."),
    params.text("host", wire="Host", help="For static accounts."),
    params.text("register_username", wire="RegisterUsername", help="For register accounts."),
    params.secret("register_password", wire="RegisterPassword", help="For register accounts."),
    params.text("register_name", wire="RegisterName", help="Name or billing number, for register accounts."),
    params.text("register_domain", wire="RegisterDomain", help="For register accounts."),
    params.choice("dtmf_mode", {"rfc2833": "rfc2833", "inband": "inband"}, wire="DTMFMode",
                  help="The switch takes rfc2833 when left out."),
    params.integer("port", wire="Port", minimum=1, maximum=65535, help="The switch takes 5060 when left out."),
    params.text("notify_email", wire="NotifyEmail", pattern=r"[^@\s]+@[^@\s]+", hint="give an e-mail address"),
    params.choice("transport", {"UDP": "UDP", "TCP": "TCP", "SRTP": "SRTP"}, wire="TransportType",
                  help="The switch takes UDP when left out."),
    params.text("acl_allow", wire="ACLAllow", help="Addresses that may use it."),
    params.text("acl_deny", wire="ACLDeny", help="Addresses that may not."),
    flag("nat", "NAT", default="1"),
    flag("delete_block", "DeleteBlock", default="0"),
    flag("fax_codec", "FaxCodec", default="0"),
    flag("voice_codec", "VoiceCodec", default="0"),
    *(flag(f"voice_codec_{n}", f"VoiceCodec{n}", default="0") for n in range(1, 5)),
    flag("debug", "Debug", default="0"),
    flag("g722_codec", "G722Codec", default="0"),
    flag("g729_codec", "G729Codec", default="0"),
    flag("dynamic_features", "DynamicFeatures", default="1"),
    flag("sip_post_api", "SIPPostAPI", default="0"),
    flag("allow_international", "AllowInternational", default="0"),
    flag("sip_notify_api", "SIPNotifyAPI", default="0"),
    flag("stay_in_audio_path", "StayInAudioPath", default="1"),
    flag("active", "Active", default="1"),
)  # fmt: skip
_ACCOUNT_NEEDS = (
    required_when("password", "type", "static", "dynamic"),
    required_when("host", "type", "static"),
    *(required_when(f"register_{part}", "type", "register") for part in ("username", "password", "name", "domain")),
)
_ORDERS = {
    "g": "ascending in sequence", "G": "descending in sequence", "r": "ascending by turns", "R": "descending by turns",
}  # fmt: skip


def _order(value: object) -> str:
    """A line card's order: one letter, whose case matters."""
    if str(value).strip() not in _ORDERS:
        raise ValueError("choose one of: " + ", ".join(f"{key} ({label})" for key, label in _ORDERS.items()))
    return str(value).strip()


_TRUNK: tuple[Param, ...] = (
    params.text("name", wire="Name", required=True),
    params.text("description", wire="Description", required=True),
    params.choice("type", {"1": "SIP account", "2": "Line card"}, wire="TrunkType", required=True),
    identifier("sip_account_id", "SIPAccountsID", required=True, help="The SIP account it uses."),
    params.integer("channel_group", wire="ChannelGroup", minimum=0, maximum=9, help="Of a line card."),
    Param("channel_order", "choice", _order, wire="ChannelOrder", choices=_ORDERS, help="Of a line card."),
    identifier("route_group_id", "RouteGroupID"),
    params.text("add_prefix", wire="AddPrefix", pattern=r"[0-9*#+]*", hint="give digits", help="Put before dialled numbers."),
    params.integer("strip_digits", wire="StripDigit", minimum=0, help="How many digits are cut off DIDs."),
    params.integer("call_limit", wire="CallLimit", minimum=0, help="Calls at once; 0 is no limit."),
    flag("use_did_table", "UseDIDTable", default="0"),
    flag("use_route_group", "UseRouteGroup", default="0"),
    flag("use_local_routing", "UseLocalRouting", default="0"),
    flag("accessible_sid", "AccessibleSID", default="0"),
    flag("record", "Record", "Calls are recorded.", "0"),
    flag("apply_toll", "ApplyToll", default="0"),
    flag("use_e164", "UseE164", default="0"),
    flag("can_conf", "CanConf", default="0"),
    flag("unlimited_outbound", "UnlimitedOutbound", default="0"),
    flag("auto_learn_routes", "AutoLearnRoutes", default="0"),
    params.secret("auto_learn_api_key", wire="AutoLearnAPIKey"),
    params.integer("auto_learn_weight", wire="AutoLearnWeight", help="The switch takes 23 when left out."),
    flag("auto_learn_validated", "AutoLearnValidated", default="0"),
)
_ACCOUNT_FIELDS: dict[str, Any] = dict.fromkeys(_ACCOUNT_FLAGS, replies.flag)
_TRUNK_FIELDS: dict[str, Any] = dict.fromkeys(_TRUNK_FLAGS, replies.flag)
_ACCOUNT_SECRETS = ("Password", "RegisterPassword")
_TRUNK_SECRETS = ("AutoLearnAPIKey",)

OPERATIONS = [
    record(
        "sip_accounts.list", "sipaccounts/view", "SIP accounts", Effect.READ, *VIEW,
        area="devices", source="/api/sipaccounts/view/", decode=decode.rows, owner="CustID",
        returns=replies.rows(
            required=("ID",), secrets=_ACCOUNT_SECRETS, ID=replies.text, CustID=replies.text, Port=replies.integer,
            **_ACCOUNT_FIELDS,
        ),
    ),
    record(
        "sip_accounts.add", "sipaccounts/add", "Add a SIP account", Effect.WRITE, *_ACCOUNT,
        area="devices", source="/api/sipaccounts/add/", rules=_ACCOUNT_NEEDS, outcome_from="sip_accounts.list",
        returns=replies.done(ID=replies.text),
    ),
    record(
        "sip_accounts.change", "sipaccounts/edit", "Change a SIP account", Effect.WRITE,
        identifier("id", required=True), *optional(_ACCOUNT),
        area="devices", source="/api/sipaccounts/edit/", repeatable=True, outcome_from="sip_accounts.list",
        returns=replies.done(),
    ),
    record(
        "sip_accounts.remove", "sipaccounts/delete", "Delete a SIP account", Effect.DESTRUCTIVE,
        identifier("id", required=True),
        area="devices", source="/api/sipaccounts/delete/", outcome_from="sip_accounts.list", returns=replies.done(),
    ),
    record(
        "trunks.list", "trunks/view", "Trunks", Effect.READ, *VIEW,
        area="routing", source="/api/trunks/view/", decode=decode.rows,
        returns=replies.rows(
            required=("ID",), secrets=_TRUNK_SECRETS, ID=replies.text, SIPAccountsID=replies.text, CallLimit=replies.integer,
            **_TRUNK_FIELDS,
        ),
    ),
    record(
        "trunks.add", "trunks/add", "Add a trunk", Effect.WRITE, *_TRUNK,
        area="routing", source="/api/trunks/add/", outcome_from="trunks.list", returns=replies.done(ID=replies.text),
    ),
    record(
        "trunks.change", "trunks/edit", "Change a trunk", Effect.WRITE, identifier("id", required=True), *optional(_TRUNK),
        area="routing", source="/api/trunks/edit/", repeatable=True, outcome_from="trunks.list", returns=replies.done(),
    ),
    record(
        "trunks.remove", "trunks/delete", "Delete a trunk", Effect.DESTRUCTIVE, identifier("id", required=True),
        area="routing", source="/api/trunks/delete/", outcome_from="trunks.list", returns=replies.done(),
    ),
]  # fmt: skip
