"""What can be done with connections; the door for other apps."""

from apps.connections.services.clients import (
    Trial,
    client_for,
    customer_of,
    enabled_connections,
    probe,
    probe_unsaved,
)
from apps.connections.services.console import send_from_console
from apps.connections.services.frame import attention, home_panels, search, strips
from apps.connections.services.keys import Rotation, rotate_keys
from apps.connections.services.manage import (
    SETTINGS,
    ChangedMeanwhile,
    InUse,
    add_connection,
    change_connection,
    check_fields,
    delete_connection,
    prepare_change,
    prepare_new,
    readable_credentials,
    set_enabled,
    split_fields,
    used_by,
)
from apps.connections.services.sync import Synced, register_sync, sync_connection
from apps.connections.services.tenants import (
    customers_at,
    link,
    linkable,
    unlink,
)
from apps.connections.services.wording import describe_error

__all__ = [
    "SETTINGS",
    "ChangedMeanwhile",
    "InUse",
    "Rotation",
    "Synced",
    "Trial",
    "add_connection",
    "attention",
    "change_connection",
    "check_fields",
    "client_for",
    "customer_of",
    "customers_at",
    "delete_connection",
    "describe_error",
    "enabled_connections",
    "home_panels",
    "link",
    "linkable",
    "prepare_change",
    "prepare_new",
    "probe",
    "probe_unsaved",
    "readable_credentials",
    "register_sync",
    "rotate_keys",
    "search",
    "send_from_console",
    "set_enabled",
    "split_fields",
    "strips",
    "sync_connection",
    "unlink",
    "used_by",
]
