"""What the commands share: finding things by name, reading parameters, saying what failed."""

import getpass
import json
import mimetypes
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from apps.accounts.models import Tenant
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import InvalidParameters, NotConfigured, Unsupported, VendorError
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.registry import Vendor

ACTOR = "command line"
FAILED = 3


def find_connection(name: str) -> Connection:
    """Return the connection called `name`; NotConfigured names the ones there are."""
    connection = Connection.objects.filter(name=name).first()
    if connection is None:
        names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none"
        raise NotConfigured(f"There is no connection called {name}; there are: {names}.", code="no_connection")
    return connection


def find_tenant(key: str) -> Tenant:
    """Return the tenant with this short name; NotConfigured names the ones there are."""
    tenant = Tenant.objects.filter(key=key).first()
    if tenant is None:
        keys = ", ".join(Tenant.objects.values_list("key", flat=True)) or "none"
        raise NotConfigured(f"There is no tenant called {key}; there are: {keys}.", code="no_tenant")
    return tenant


def client(connection: Connection, tenant: str | None = None) -> Client:
    """Return a client whose calls are audited as the command line's; with a tenant's short name, one for that tenant."""
    return client_for(connection, actor_label=ACTOR, tenant=find_tenant(tenant) if tenant is not None else None)


def confirmation() -> Confirmation:
    """Typing the command is the confirmation; its reference is who typed it."""
    return Confirmation(ACTOR, getpass.getuser())


def find_operation(vendor: Vendor, name: str) -> Operation:
    """Return an operation by our name, or by the documented one where that means one operation only."""
    if operation := vendor.operations.get(name):
        return operation
    meant = [operation for operation in vendor.operations.values() if name in operation.documented_as]
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(operation.name for operation in meant)
        raise Unsupported(f"{vendor.title} documents {name} for several operations: {names}.", vendor=vendor.key)
    near = get_close_matches(name, [*vendor.operations, *vendor.documented], n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise Unsupported(f"{vendor.title} has no operation called {name}.{hint}", vendor=vendor.key)


def read_pairs(pairs: Iterable[str], *, option: str) -> dict[str, Any]:
    """Return NAME=VALUE pairs as a dictionary; a name given more than once makes a list."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise InvalidParameters({"": f"{option} takes NAME=VALUE; one of them has no name or no ="})
        if name not in given:
            given[name] = value
        elif isinstance(given[name], list):
            given[name].append(value)
        else:
            given[name] = [given[name], value]
    return given


def read_json_object(path: str) -> dict[str, Any]:
    """Return the JSON object in the file at `path`, "-" for standard input."""
    try:
        content = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        given = json.loads(content)
    except OSError as error:
        raise InvalidParameters({"": f"{path} cannot be read: {error.strerror}"}) from error
    except ValueError as error:
        raise InvalidParameters({"": f"{path} is not JSON"}) from error
    if not isinstance(given, dict):
        raise InvalidParameters({"": f"{path} must hold one JSON object"})
    return given


def read_files(pairs: Iterable[str]) -> dict[str, Upload]:
    """Return NAME=PATH pairs as uploads."""
    uploads = {}
    for name, path in read_pairs(pairs, option="--file").items():
        try:
            content = Path(path).read_bytes()
        except (OSError, TypeError) as error:
            raise InvalidParameters({name: f"{path} cannot be read"}) from error
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        uploads[name] = Upload(Path(path).name, content, kind)
    return uploads


def error_line(error: VendorError) -> str:
    """Return the one line that scripts read from standard error."""
    return json.dumps({"error": type(error).__name__, "message": error.user_message}, ensure_ascii=False)
