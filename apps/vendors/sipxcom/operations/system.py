"""Branches, permissions, settings of services, the DNS advisor, the licence, and what concerns the signed-in account."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Checked, Effect, Operation
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import NOTHING, as_xml
from apps.vendors.sipxcom.operations.fields import (
    DONE,
    PAGE_QUERY,
    PAGED,
    REST,
    WRITTEN,
    flag,
    listed,
    nested,
    number,
    paging,
    plain,
    record,
    segment,
    text,
    within,
)
from apps.vendors.sipxcom.operations.settings import settings

AREA = "system"
CLOSED = "Only the closed Uniteme product has this; sipXcom answers 404."
_BRANCH: dict[str, Any] = {"area": AREA, "source": "Branch"}
_ADDRESS = nested(
    "address", text("street"), text("city"), text("country"), text("state"), text("zip"),
    text("office_designation", wire="officeDesignation"),
)  # fmt: skip
_BRANCH_FIELDS = (
    text("name", required=True),
    text("description"),
    _ADDRESS,
    text("phone_number", wire="phoneNumber"),
    text("fax_number", wire="faxNumber"),
)
BRANCH_ROW: dict[str, Any] = {"id": replies.text, "address": within(id=replies.text)}
# The server fails without an address, even an empty one.
_BRANCH_BODY = as_xml("branch", start={"address": {}})

_PERMISSION: dict[str, Any] = {"area": AREA, "source": "Permissions"}
_PERMISSION_ROW: dict[str, Any] = {"defaultValue": replies.flag, "builtIn": replies.flag}
_PERMISSION_FIELDS = (text("description"), flag("default_value", "Granted unless taken away.", wire="defaultValue"))
_LICENCE: dict[str, Any] = {"area": AREA, "source": "License", "checked": Checked.DOCUMENT}
_MY: dict[str, Any] = {"area": AREA, "source": "System", "base": REST, "acting": True}


OPERATIONS: list[Operation] = [
    record(
        "branches.list", "GET /rest/branch", "List the branches", Effect.READ,
        *paging("name|description|city|officedesignation"),
        query=PAGE_QUERY, rules=PAGED, read=readers.tree("branch", lists="branches"), returns=listed("branches", **BRANCH_ROW),
        **_BRANCH,
    ),
    record(
        "branches.read", "GET /rest/branch/{id}", "Read a branch", Effect.READ, number("id"), read=readers.tree("branch"),
        returns=replies.obj(required=("id",), **BRANCH_ROW), **_BRANCH,
    ),
    record(
        "branches.change", "PUT /rest/branch/{id}", "Change a branch; what is left out is cleared", Effect.WRITE, number("id"),
        *_BRANCH_FIELDS, body=_BRANCH_BODY, read=readers.envelope, returns=WRITTEN, repeatable=True,
        outcome_from="branches.read", **_BRANCH,
    ),
    record(
        "branches.add", "PUT /rest/branch", "Add a branch", Effect.WRITE, *_BRANCH_FIELDS, body=_BRANCH_BODY,
        read=readers.envelope, returns=WRITTEN, outcome_from="branches.list", **_BRANCH,
    ),
    record(
        "branches.remove", "DELETE /rest/branch/{id}", "Delete a branch; its users and groups lose it", Effect.DESTRUCTIVE,
        number("id"), read=readers.envelope, returns=WRITTEN, outcome_from="branches.list", **_BRANCH,
    ),
    record(
        "permissions.list", "GET /permission", "List the permissions", Effect.READ,
        *paging("name|description|label|defaultvalue"), base=REST, query=PAGE_QUERY, rules=PAGED,
        read=readers.tree("permissions", lists="permissions"), returns=listed("permissions", **_PERMISSION_ROW), **_PERMISSION,
    ),
    record(
        "permissions.read", "GET /permission/{name}", "Read a permission", Effect.READ, plain("name"), base=REST,
        read=readers.tree("permission"), returns=replies.obj(required=("name",), **_PERMISSION_ROW), **_PERMISSION,
    ),
    record(
        "permissions.change", "PUT /permission/{name}", "Change a permission of one's own making", Effect.WRITE,
        plain("name", "perm_ and a number; built-in ones cannot be written."), text("label", required=True),
        *_PERMISSION_FIELDS, base=REST, body=as_xml("permission"), read=readers.envelope, returns=WRITTEN, repeatable=True,
        outcome_from="permissions.read", **_PERMISSION,
    ),
    record(
        "permissions.add", "PUT /permission", "Add a permission to place calls; the server names it", Effect.WRITE,
        text("label", "Must be unique.", required=True), *_PERMISSION_FIELDS, base=REST, body=as_xml("permission"),
        read=readers.envelope, returns=WRITTEN, outcome_from="permissions.list", **_PERMISSION,
    ),
    record(
        "permissions.remove", "DELETE /permission/{name}", "Delete a permission", Effect.DESTRUCTIVE, plain("name"), base=REST,
        read=readers.envelope, returns=WRITTEN, outcome_from="permissions.list", **_PERMISSION,
    ),
    *settings("dns.settings", "/api/dns/settings", leaf="/{settingPath}", area=AREA, source="DNS"),
    record(
        "dns.advice", "GET /api/dns/advisor/server/{serverId}", "What is missing in the DNS of a server", Effect.READ,
        segment("server", "Id or full name of the server.", wire="serverId"), read=readers.words, returns=replies.obj(),
        area=AREA, source="DNS",
    ),
    *settings("mwi.settings", "/mwi/settings", leaf="/{settingPath}", area=AREA, source="MWI"),
    *settings("imbot.settings", "/imbot/settings", leaf="/{settingPath}", area=AREA, source="My Buddy", acts="list read set"),
    *settings("proxy.settings", "/proxy/settings", leaf="/{settingPath}", area=AREA, source="Proxy"),
    *settings("registrar.settings", "/registrar/settings", leaf="/{settingPath}", area=AREA, source="Registrar"),
    *settings(
        "restserver.settings", "/restserver/settings", leaf="/{settingPath}", area=AREA, source="REST server",
        acts="list read set",
    ),
    *settings("saa.settings", "/saa/settings", leaf="/{settingPath}", area=AREA, source="SAA"),
    record(
        "licence.read", "GET /api/license", f"Read the licence. {CLOSED}", Effect.READ,
        returns=replies.obj(required=("uid",), users=replies.integer, mobileDevices=replies.integer), **_LICENCE,
    ),
    record(
        "licence.set", "POST /api/license/{uid}", f"Set the licence's UID. {CLOSED}", Effect.WRITE,
        segment("uid", "The UID bought."),
        returns=replies.obj(required=("uid",), users=replies.integer, mobileDevices=replies.integer),
        outcome_from="licence.read", repeatable=True, **_LICENCE,
    ),
    record(
        "my.password.set", "PUT /my/portal/password/{password}", "Set one's own portal password", Effect.WRITE,
        segment(
            "password", "At least 8 characters. It is part of the address: the server's own access log keeps it.",
            secret=True, pattern=r"[^/]{8,}", hint="give 8 characters or more, without slashes",
        ),
        body=NOTHING, read=readers.nothing, returns=DONE, repeatable=True, **_MY,
    ),
    record("my.time.read", "GET /my/time", "The server's time, in its own words", Effect.READ, read=readers.said,
           returns=replies.obj(required=("text",)), **_MY),
    record(
        "my.login.read", "GET /my/logindetails", "One's own login and SIP password", Effect.READ,
        read=readers.tree("login-details"),
        returns=replies.obj(required=("userName",), secrets=("sipPassword", "pin"), ldapImAuth=replies.flag), **_MY,
    ),
    record("my.keepalive", "GET /my/keepalive", "Check that the server answers", Effect.READ, read=readers.words,
           returns=replies.obj(), **_MY),
]  # fmt: skip
