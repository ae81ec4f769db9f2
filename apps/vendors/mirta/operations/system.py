"""The system itself: its help, counts, licence, settings, signing in, groups of its users."""

import re
from collections.abc import Mapping
from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import one_of
from apps.vendors.mirta import decode
from apps.vendors.mirta.operations.fields import (
    SECRETS,
    any_tenant,
    destroy,
    flag,
    identifier,
    listing,
    number,
    read,
    tenant,
    text,
    told,
    words,
    write,
)

_HOLDS_A_SECRET = re.compile(r"(?i)passw|secret|pin\Z|token|2fa|api_?key")
_VALIDITY = r"(?i)once|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?"
_COUNTS = replies.obj(total=replies.integer)
_NODE = text("nodename", "Only this node, which is much quicker.")


def _no_secret(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
    """A setting has one value and no name of its own, so a secret in it could not be masked."""
    if _HOLDS_A_SECRET.search(str(cleaned.get("name") or "")):
        return {"name": "this setting holds a secret: keep it in the PBX's own portal"}
    return {}


def _setting() -> Any:
    return text("name", "Internal name of the setting.", required=True, pattern=r"\w{1,80}", hint="give the internal name")


def _login() -> tuple[Any, Any]:
    return text("username", required=True), params.secret("password", required=True)


def _group(name: str = "usergroupid") -> Any:
    return identifier(name, "Id of the user group.", required=True)


_TENANT_ID = identifier("tenantid", "Id of the tenant, not its code.", required=True)
_USER_ID = identifier("userid", "Id of the user.", required=True)

OPERATIONS = [
    read(
        "peers.count", "COUNTPEERS", "Number of peers", any_tenant(),
        area="devices", decode=decode.counts, returns=_COUNTS, timeout=60, slow=True,
    ),
    read(
        "channels.count", "COUNTCHANNELS", "Number of channels", _NODE, any_tenant(),
        area="calls", decode=decode.counts, returns=_COUNTS, timeout=30,
    ),
    listing("peers.list", "CHANSIPPEERS", "Registered SIP peers", any_tenant(), area="devices", timeout=60, slow=True),
    listing("blfs.list", "BLFS", "Busy lamps: peers and flows", tenant(), area="devices"),
    read(
        "dnd.get", "DND get", "Do not disturb of an extension", tenant(), number(required=True),
        area="extensions", decode=decode.state, fresh=True,
    ),
    write(
        "dnd.set", "DND set", "Set do not disturb of an extension", tenant(), number(required=True),
        flag("value", "Left out: off.", true="on", false=""),
        area="extensions", repeatable=True, outcome_from="dnd.get",
    ),
    listing("flows.list", "FLOWS", "Flows and their state", tenant(), area="routing", fresh=True),
    read(
        "calls.count", "COUNTCALLS", "Number of calls",
        area="calls", decode=decode.counts, returns=_COUNTS, timeout=30,
    ),
    read("licence.days", "LICENSEDAYS", "Days until the licence ends", area="system", decode=decode.days),
    told("system.help", "HELP", "The PBX's own description of its calls", area="system", decode=decode.page),
    read(
        "settings.get", "SETTING get", "Setting of a tenant", tenant(), _setting(),
        area="system", decode=decode.state, fresh=True, rules=(_no_secret,),
    ),
    write(
        "settings.set", "SETTING set", "Set a setting of a tenant", tenant(), _setting(), text("value", "Left out: none."),
        area="system", repeatable=True, outcome_from="settings.get", rules=(_no_secret,),
    ),
    told("auth.check", "CHECKAUTH", "Check a user's password", *_login(), area="system", posted=True),
    write(
        "auth.token.generate", "AUTHTOKEN generate", "Make a token a user may sign in with once, or until a day",
        text("user", "User name.", required=True),
        text("validity", "ONCE, or a date and time.", required=True, pattern=_VALIDITY,
             hint="give ONCE, or a day and time like 2026-03-31 14:30:00"),
        area="system", decode=decode.token, returns=replies.obj(secrets=("token", *SECRETS)), hidden=True,
    ),
    destroy(
        "auth.token.reset", "AUTHTOKEN reset", "Take away a user's token", text("user", "User name.", required=True),
        area="system",
    ),
    told(
        "auth.webrtc", "GETWEBRTCAUTH", "WebRTC details of an extension's user", *_login(),
        area="devices", decode=decode.hidden, posted=True, hidden=True,
    ),
    listing("user_groups.list", "USERGROUP list", "User groups", area="system", fresh=True),
    listing("user_groups.tenants", "USERGROUP listtenants", "Tenants of a user group", _group(), area="system", fresh=True),
    listing("user_groups.users", "USERGROUP listusers", "Users of a user group", _group(), area="system", fresh=True),
    write(
        "user_groups.tenants.add", "USERGROUP addtenant", "Add a tenant to a user group", _group(), _TENANT_ID,
        area="system", outcome_from="user_groups.tenants",
    ),
    destroy(
        "user_groups.tenants.remove", "USERGROUP deltenant", "Take a tenant from a user group", _group(), _TENANT_ID,
        area="system", outcome_from="user_groups.tenants",
    ),
    write(
        "user_groups.users.add", "USERGROUP adduser", "Add a user to a user group", _group(), _USER_ID,
        flag("inherit", "The user has the group's rights.", wire="inerith", true="on", false=""),
        area="system", outcome_from="user_groups.users",
    ),
    destroy(
        "user_groups.users.remove", "USERGROUP deluser", "Take a user from a user group", _group(), _USER_ID,
        area="system", outcome_from="user_groups.users",
    ),
    destroy(
        "peers.reboot", "REBOOT", "Reboot phones", tenant(), text("peer", "Peer name, or ALL: every phone.", required=True),
        area="devices",
    ),
    destroy(
        "peers.unregister", "UNREGISTER", "Unregister phones", tenant(),
        text("peer", "Peer name, or ALL: every phone.", required=True),
        area="devices", outcome_from="peers.list",
    ),
    write(
        "flows.set", "SETFLOW", "Set a flow", tenant(), number(required=True, help="Number of the flow."),
        words("state", "INUSE|NOT_INUSE|UNAVAILABLE|RINGING"), text("value"),
        area="routing", repeatable=True, outcome_from="flows.list", rules=(one_of("state", "value"),),
    ),
]  # fmt: skip
