"""Dashboard, monitor, licence, server configuration, tenant packages, departments, apps and ARI applications."""

from collections.abc import Mapping
from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    all_of,
    choices,
    count,
    flag,
    identifier,
    items,
    optional,
    record,
    rows,
    server,
    server_one,
    text,
    texts_in,
)

EDITIONS = "all|none|agent|office|business|operator|supervisor|mobile|web"
MODULES = "all|none|crm|call popup|skype|omni channel|customer survey"
_IN_USE = replies.obj(required=("inuse",), inuse=replies.percent)


def _one_tenant() -> params.Param:
    return server(required=False, help="Only this tenant.")


def _restricted(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
    if cleaned.get("restrict_splans") and "allowed_service_plans" not in cleaned:
        return {"allowed_service_plans": "is required when service plans are restricted"}
    return {}


_PACKAGE = (
    text("name", required=True),
    flag("restrict_splans", "Restrict service plans.", required=True),
    items("allowed_service_plans", help="Ids of service plans, parted by commas; required when plans are restricted."),
    identifier("service_plan", help="Default service plan."),
    flag("call_recordings", "Call recordings.", required=True),
    flag("monitoring", "Call monitoring.", required=True),
    flag("call_screening", "Call screening.", required=True),
    count("extensions", "How many extensions.", required=True),
    count("voicemails", "How many mailboxes.", required=True),
    count("queues", "How many queues.", required=True),
    count("ivrs", "How many IVRs.", required=True),
    count("cfs", "How many conferences.", required=True),
    count("rgroups", "How many ring groups.", required=True),
    count("hot_desking", "How many hot desking phones.", required=True),
)

DASHBOARD = [
    record(
        "dashboard.extensions_online", "dashboard.ext_online", "Extensions online", Effect.READ, _one_tenant(),
        area="reports", source="Extensions Online", returns=replies.obj(required=("count",), count=replies.integer),
    ),
    record(
        "dashboard.services", "dashboard.services", "State of the PBX's services", Effect.READ,
        area="system", source="Services", returns=replies.obj(),
    ),
    record(
        "dashboard.registrations", "dashboard.sip_registrations", "How many devices are registered", Effect.READ,
        _one_tenant(),
        area="devices", source="SIP Registrations",
        returns=replies.obj(
            "SIP Registrations", success=replies.integer, failed=replies.integer, lagged=replies.integer
        ),
    ),
    record(
        "dashboard.calls", "dashboard.calls", "Calls now, in the last hour and today", Effect.READ, _one_tenant(),
        area="calls", source="Calls Overview",
        returns=replies.obj(**all_of("now|last hour|today|answared calls", replies.integer)),
    ),
    record(
        "dashboard.app_editions", "dashboard.glocom_editions", "Apps signed in, by edition", Effect.READ, _one_tenant(),
        area="reports", source="GloCOM Editions",
        returns=replies.obj(
            **all_of("office|business|agent|supervisor|ios|android", replies.integer)
        ),
    ),
    record(
        "dashboard.app_users", "dashboard.glocom_users", "App users signed in", Effect.READ, _one_tenant(),
        area="reports", source="GloCOM Users", returns=replies.obj(glocom_users=replies.integer),
    ),
    record(
        "dashboard.licensing", "dashboard.licensing", "How much of the licence is used", Effect.READ, _one_tenant(),
        area="system", source="Licensing", returns=replies.obj(),
    ),
    record(
        "dashboard.disk", "dashboard.disk_usage", "Disk in use", Effect.READ,
        area="system", source="Disk usage", returns=_IN_USE,
    ),
    record(
        "dashboard.cpu", "dashboard.cpu", "Processor in use", Effect.READ, area="system", source="CPU", returns=_IN_USE
    ),
    record(
        "dashboard.memory", "dashboard.memory", "Memory in use", Effect.READ,
        area="system", source="Memory", returns=_IN_USE,
    ),
]  # fmt: skip

MONITOR = [
    record(
        "monitor.extensions", "monitor.list", "Extensions: online, on a call, do not disturb", Effect.READ, _one_tenant(),
        area="devices", source="Monitor extensions", decode=decode.keyed,
        returns=rows(ext=replies.text, dnd=replies.flag, on_call=replies.flag),
    ),
    record(
        "monitor.live_calls", "monitor.live_calls", "Calls in progress", Effect.READ, _one_tenant(),
        area="calls", source="Live calls", decode=decode.keyed, returns=rows(timestamp=replies.integer),
    ),
    record(
        "monitor.trunks", "monitor.trunks", "Trunks: online or not", Effect.READ,
        area="routing", source="Monitor: Trunks", decode=decode.keyed, returns=rows(),
    ),
]  # fmt: skip

LICENCE = [
    record(
        "licence.refresh", "license.refresh", "Refresh the licence", Effect.WRITE,
        area="system", source="License Refresh", repeatable=True, outcome_from="licence.refreshed",
        returns=replies.obj(required=("status",)),
    ),
    record(
        "licence.refreshed", "license.last_refreshed", "When the licence was refreshed", Effect.READ,
        area="system", source="License last refreshed", returns=replies.obj(required=("last_refreshed",)),
    ),
    record(
        "licence.read", "license.info", "Edition, version and limits", Effect.READ,
        area="system", source="License information",
        returns=replies.obj(required=("Edition",), secrets=("license", "license key", "license_key", "key", "serial")),
    ),
    record(
        "server.read", "server.configuration", "Settings of the server", Effect.READ,
        area="system", source="Server Configuration", returns=replies.obj(secrets=("smtp_pass",)),
    ),
]  # fmt: skip

PACKAGES = [
    record(
        "packages.read", "package.configuration", "Settings of a tenant package", Effect.READ, identifier(required=True),
        area="system", source="Tenant Package Configuration", decode=decode.one,
        returns=replies.obj(id=replies.text, **all_of("ext|voicemail|queues|ivr|cf|rgroups|hot_desking", replies.integer)),
    ),
    record(
        "packages.list", "package.list", "Tenant packages", Effect.READ,
        area="system", source="Listing Tenant Packages", decode=decode.names, returns=rows(),
        none_when="No tenant packages present",
    ),
    record(
        "packages.add", "package.add", "Add a tenant package", Effect.WRITE, *_PACKAGE,
        area="system", source="Adding Tenant Packages", rules=(_restricted,), outcome_from="packages.list",
    ),
    record(
        "packages.change", "package.edit", "Change a tenant package", Effect.WRITE,
        server_one(), identifier(required=True), *optional(_PACKAGE),
        area="system", source="Editing Tenant Packages", rules=(_restricted,),
        repeatable=True, outcome_from="packages.read",
    ),
    record(
        "packages.remove", "package.delete", "Delete a tenant package", Effect.DESTRUCTIVE,
        server_one(), identifier(required=True),
        area="system", source="Deleting Tenant Packages", outcome_from="packages.list",
    ),
]  # fmt: skip


def rights() -> tuple[params.Param, ...]:
    """Editions of the app and modules of the PBX that somebody may use."""
    return choices("editions", EDITIONS), choices("modules", MODULES)


APPS = [
    record(
        "apps.list", "apps.list", "Editions and modules: how many, and who has them", Effect.READ, server(),
        area="extensions", source="Listing Apps", decode=decode.editions,
        returns=replies.rows(total=replies.integer, in_use=replies.integer, extensions=texts_in),
    ),
    record(
        "apps.templates.set", "apps.templates.set", "Set a department's editions and modules", Effect.WRITE,
        server(), identifier("department_id", required=True), *rights(),
        area="extensions", source="Setting Apps Templates", repeatable=True, outcome_from="apps.templates.list",
    ),
    record(
        "apps.templates.list", "apps.templates.list", "Departments' editions and modules", Effect.READ, server(),
        area="extensions", source="Listing Apps Templates", decode=decode.keyed, returns=rows(department_id=replies.text),
    ),
    record(
        "departments.list", "department.list", "Departments", Effect.READ, _one_tenant(),
        area="extensions", source="Listing Departments", decode=decode.keyed, returns=rows(),
    ),
    record(
        "departments.add", "department.add", "Add a department", Effect.WRITE, server(), text("name", required=True),
        area="extensions", source="Adding Departments", outcome_from="departments.list",
    ),
    record(
        "departments.change", "department.edit", "Rename a department", Effect.WRITE,
        server(), identifier(required=True), text("name"),
        area="extensions", source="Editing Departments", repeatable=True, outcome_from="departments.list",
    ),
    record(
        "departments.remove", "department.delete", "Delete a department", Effect.DESTRUCTIVE,
        server(), identifier(required=True),
        area="extensions", source="Deleting Departments", outcome_from="departments.list",
    ),
    record(
        "ari.list", "ari.list", "ARI applications", Effect.READ,
        area="system", source="List ARI Applications", decode=decode.keyed, returns=rows(secrets=("password",)),
    ),
    record(
        "ari.permissions", "ari.tenant_permissions.list", "Which tenants may use which ARI applications", Effect.READ,
        area="system", source="List ARI Server/Tenant Permissions", decode=decode.keyed, returns=rows(),
    ),
]  # fmt: skip

OPERATIONS = [*DASHBOARD, *MONITOR, *LICENCE, *PACKAGES, *APPS]
