"""Settings: their definitions by group, and their values, which fall back to the default."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .system import DOMAIN, System


@dataclass(frozen=True)
class Setting:
    """A leaf of a tree of settings. `options` are value → label of an enum; a hidden one is kept and never shown."""

    path: str
    type: str
    default: str | None
    label: str
    description: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    hidden: bool = False


Tree = Sequence[Setting]


def _enum(path: str, default: str, label: str, *values: str) -> Setting:
    return Setting(path, "enum", default, label, None, {value: value.capitalize() for value in values})


LEVELS = ("DEBUG", "INFO", "NOTICE", "WARNING", "ERR", "CRIT")
TREES: dict[str, Tree] = {
    "dns": (
        Setting("named-config/forwarders/forwarder_0", "string", None, "Primary external DNS server", "For other domains"),
        Setting("named-config/forwarders/forwarder_1", "string", None, "Secondary external DNS server"),
        Setting("named-config/recursion", "boolean", "1", "Allow recursion"),
        Setting("sys/unmanaged", "boolean", "0", "Unmanaged service"),
        Setting("sys/unmanaged_servers/unmanaged_0", "string", None, "Unmanaged DNS server"),
    ),
    "mwi": (
        _enum("mwi/SIP_MWI_LOG_LEVEL", "NOTICE", "Log level", *LEVELS),
        Setting("mwi/SIP_MWI_PORT", "integer", "5100", "Port", "Where subscriptions are taken"),
    ),
    "moh": (
        _enum("moh/MOH_SOURCE", "FILES_SRC", "Music on hold", "FILES_SRC", "SOUNDCARD_SRC", "NONE_SRC"),
        Setting("moh/sound-file", "file", "default.wav", "Sound file"),
    ),
    "imbot": (
        Setting("imbot/username", "string", "mybuddy", "User name"),
        Setting("imbot/password", "string", None, "Password"),
        _enum("imbot/log-level", "NOTICE", "Log level", *LEVELS),
    ),
    "proxy": (
        Setting("proxy-configuration/SIPX_PROXY_DEFAULT_EXPIRES", "integer", "300", "Default expiration", "In seconds"),
        Setting("proxy-configuration/SIPX_PROXY_DEFAULT_SERIAL_EXPIRES", "integer", "20", "Serial fork expiration"),
        _enum("proxy-configuration/SIPX_PROXY_LOG_LEVEL", "NOTICE", "Log level", *LEVELS),
        Setting("proxy-configuration/SIPX_TRAN_HOOK_FORWARDING", "boolean", "0", "Forward hooks"),
        Setting("limits/max-hops", "integer", "20", "Hop limit"),
        Setting("internal/cookie", "string", None, "Cookie", hidden=True),
    ),
    "registrar": (
        _enum("logging/SIP_REGISTRAR_LOG_LEVEL", "NOTICE", "Log level", *LEVELS),
        Setting("registrar-config/SIP_REGISTRAR_MAX_EXPIRES", "integer", "3600", "Longest registration", "In seconds"),
        Setting("registrar-config/SIP_REGISTRAR_MIN_EXPIRES", "integer", "300", "Shortest registration", "In seconds"),
        Setting("isn/use-isn", "boolean", "0", "Dial ISN numbers"),
    ),
    "restserver": (
        Setting("rest-config/httpsPort", "integer", "6666", "HTTPS port"),
        _enum("rest-config/logLevel", "INFO", "Log level", *LEVELS),
    ),
    "saa": (
        _enum("saa-config/SIP_SAA_LOG_LEVEL", "NOTICE", "Log level", *LEVELS),
        Setting("saa-config/SIP_SAA_PORT", "integer", "5170", "Port"),
    ),
    "ivr": (
        Setting("ivr/cleanVoicemail/startTime", "string", "02:00", "Clean-up at", "Hours and minutes"),
        Setting("ivr/cleanVoicemail/daysToKeepVM", "integer", "7", "Days that deleted messages are kept"),
        Setting("ivr/maxMessageLength", "integer", "300", "Longest message", "In seconds"),
        _enum("ivr/log-level", "NOTICE", "Log level", *LEVELS),
    ),
    "pagegroups": (
        Setting("page-config/prefix", "string", "*77", "Prefix", "Dialled before a page group's number"),
        _enum("page-config/SIP_PAGE_LOG_LEVEL", "NOTICE", "Log level", *LEVELS),
    ),
    "orbit": (
        Setting("general/parkTimeout", "integer", "120", "Call back after", "In seconds"),
        Setting("general/multiple", "boolean", "0", "Several calls at once"),
        _enum("general/transferKey", "0", "Key to leave the orbit", "0", "1", "9", "*"),
    ),
    "phone": (
        Setting("admin/adminPassword", "string", "456", "Administrator's password"),
        Setting("admin/timezone", "string", "America/Los_Angeles", "Time zone"),
        _enum("audio/codec", "G722", "First codec", "G722", "PCMU", "G729"),
        Setting("audio/ringVolume", "integer", "6", "Ring volume"),
        Setting("network/vlanId", "integer", None, "VLAN"),
        Setting("network/lldp", "boolean", "1", "LLDP"),
        Setting("e911/location", "integer", None, "Emergency location", hidden=True),
    ),
    "line": (
        Setting("reg/label", "string", None, "Label"),
        Setting("reg/ringType", "integer", "2", "Ring"),
        Setting("call/missedCallTracking", "boolean", "1", "Missed calls"),
        Setting("reg/server/1/expires", "integer", "3600", "Expiration", "In seconds"),
        _enum("reg/server/1/transport", "DNSnaptr", "Transport", "DNSnaptr", "UDPOnly", "TCPpreferred", "TLS"),
    ),
    "gateway": (
        Setting("itsp-account/user-name", "string", None, "User name"),
        Setting("itsp-account/password", "string", None, "Password"),
        Setting("itsp-account/register-on-initialization", "boolean", "false", "Register"),
        Setting("itsp-account/itsp-registrar-address", "string", None, "Registrar"),
        Setting("limits/max-calls", "integer", "120", "Calls at once"),
        _enum("media/codec", "PCMU", "First codec", "PCMU", "PCMA", "G729"),
    ),
    "port": (
        Setting("line/autodial", "string", f"operator@{DOMAIN}", "Calls to"),
        Setting("line/gain", "integer", "0", "Gain", "In decibels"),
        Setting("line/echoCanceller", "boolean", "1", "Echo canceller"),
    ),
}  # fmt: skip


def leaf(tree: Tree, path: str) -> Setting | None:
    return next((setting for setting in tree if setting.path == path), None)


def under(tree: Tree, path: str) -> list[Setting]:
    """The shown leaves below a node; all of them below ""."""
    inside = f"{path}/" if path else ""
    return [setting for setting in tree if setting.path.startswith(inside) and not setting.hidden]


def value_of(system: System, scope: str, setting: Setting) -> str | None:
    stored = system.value(scope, setting.path)
    return setting.default if stored is None else stored


def store(system: System, scope: str, path: str, value: str) -> None:
    system.table("value").setdefault(scope, {})[path] = value


def forget(system: System, scope: str, path: str = "") -> None:
    """Back to the default: one setting, or all of a scope."""
    if path:
        system.table("value").get(scope, {}).pop(path, None)
    else:
        for held in [held for held in system.table("value") if held == scope or held.startswith(f"{scope}/")]:
            del system.table("value")[held]
