"""Adding, changing, disabling and deleting connections."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.connections.models import Connection, ConsoleCall, HealthSample
from apps.connections.vault import Unreadable
from apps.vendors.core.errors import InvalidParameters
from apps.vendors.core.registry import vendors

# What an operator may set besides the vendor's own fields; the audit entry shows these as they are.
SETTINGS = (
    "base_url",
    "verify_tls",
    "ca_pem",
    "connect_timeout",
    "read_timeout",
    "rate_per_second",
    "concurrency",
)


class ChangedMeanwhile(Exception):
    """Somebody else saved this connection after it was read."""


class InUse(Exception):
    """Other rows refer to the connection; `by` names what they are."""

    def __init__(self, by: list[str]) -> None:
        self.by = by
        super().__init__(f"It is used by {', '.join(by)}; disable it instead.")


def split_fields(
    vendor_key: str, given: Mapping[str, Any], *, stored: Mapping[str, Any] | None = None, moved: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (credentials, options) from what was given for the vendor's declared fields.

    An empty secret falls back to `stored`, unless the address `moved` to another host: else whoever may change
    an address could have a stored secret sent to a host of theirs. InvalidParameters has every fault at once.
    """
    fields = {param.name: param for param in vendors.get(vendor_key).fields}
    faults = {name: f"no such field; this vendor takes: {', '.join(fields)}" for name in given if name not in fields}
    split: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, param in fields.items():
        target = split[0] if param.secret else split[1]
        value = given.get(name)
        try:
            if value not in (None, ""):
                target[name] = param.cleaned(value)
            elif param.secret and stored and name in stored:
                if moved:
                    faults[name] = "must be entered again, because the address leads to another host now"
                target[name] = stored[name]
            elif param.default is not None:
                target[name] = param.default
            elif param.required:
                faults[name] = "is required"
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise InvalidParameters(faults, vendor=vendor_key)
    return split


def prepare_new(*, name: str, vendor: str, fields: Mapping[str, Any], **settings: Any) -> Connection:
    """Return a new connection, checked but not stored; raises as `add_connection` does."""
    credentials, options = split_fields(vendor, fields)
    connection = Connection(name=name, vendor=vendor, credentials=credentials, options=options, **settings)
    connection.full_clean(exclude=["options"])
    return connection


def add_connection(
    *,
    name: str,
    vendor: str,
    fields: Mapping[str, Any],
    actor: User | None,
    actor_label: str = "",
    **settings: Any,
) -> Connection:
    """Store a new connection. `fields` are the vendor's own, `settings` any of SETTINGS.

    Raises ValidationError (settings) or InvalidParameters (fields); an unknown vendor is a LookupError.
    """
    connection = prepare_new(name=name, vendor=vendor, fields=fields, **settings)
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
            record(
                "connection.added",
                actor=actor,
                actor_label=actor_label,
                connection_name=connection.name,
                connection_id=connection.pk,
                params={"vendor": vendor, "entered": sorted(connection.credentials.open())},
                after=_facts(connection),
                target=connection.name,
            )
    except IntegrityError:
        raise ValidationError({"name": "There is already a connection with this name."}) from None
    return connection


def check_fields(
    connection: Connection, fields: Mapping[str, Any], *, base_url: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the (credentials, options) a stored connection would have after a change; raises InvalidParameters."""
    moved = base_url is not None and _host(base_url) != _host(connection.base_url)
    return split_fields(connection.vendor, fields, stored=readable_credentials(connection), moved=moved)


def prepare_change(connection: Connection, *, fields: Mapping[str, Any], **settings: Any) -> Connection:
    """Return the connection as it would be after a change, unsaved; raises as `add_connection` does.

    An empty secret keeps the stored one, unless the address leads to another host now.
    """
    changed = Connection.objects.get(pk=connection.pk)
    changed.credentials, changed.options = check_fields(changed, fields, base_url=settings.get("base_url"))
    for name, value in settings.items():
        setattr(changed, name, value)
    changed.full_clean(exclude=["options"])
    return changed


def change_connection(
    connection: Connection,
    *,
    revision: int,
    fields: Mapping[str, Any],
    actor: User | None,
    actor_label: str = "",
    **settings: Any,
) -> Connection:
    """Save changes to the connection as it was at `revision`, and bump that, so that every process notices.

    Raises ChangedMeanwhile if the row was saved since, else as `prepare_change`.
    """
    before = Connection.objects.get(pk=connection.pk)
    changed = prepare_change(connection, fields=fields, **settings)
    old, new = readable_credentials(before), changed.credentials.open()
    row = Connection.objects.filter(pk=connection.pk, revision=revision)
    with transaction.atomic():
        if not row.update(
            revision=F("revision") + 1,
            credentials=changed.credentials,
            options=changed.options,
            changed_at=timezone.now(),
            **{name: getattr(changed, name) for name in SETTINGS},
        ):
            raise ChangedMeanwhile
        record(
            "connection.changed",
            actor=actor,
            actor_label=actor_label,
            connection_name=changed.name,
            connection_id=changed.pk,
            params={"entered": sorted(name for name, value in new.items() if old.get(name) != value)},
            before=_facts(before),
            after=_facts(changed),
            target=changed.name,
        )
    changed.refresh_from_db()
    return changed


def set_enabled(connection: Connection, enabled: bool, *, actor: User | None, actor_label: str = "") -> bool:
    """Switch a connection on or off; False when it already was. Calls under way go on."""
    with transaction.atomic():
        row = Connection.objects.filter(pk=connection.pk, enabled=not enabled)
        if not row.update(enabled=enabled, revision=F("revision") + 1):
            return False
        record(
            "connection.enabled" if enabled else "connection.disabled",
            actor=actor,
            actor_label=actor_label,
            connection_name=connection.name,
            connection_id=connection.pk,
            params={},
            target=connection.name,
        )
    connection.refresh_from_db()
    return True


def used_by(connection: Connection) -> list[str]:
    """Return what refers to the connection, in words with counts; its own health and console aside."""
    counts = []
    for relation in Connection._meta.related_objects:
        model = relation.related_model
        if model in {HealthSample, ConsoleCall}:
            continue
        if count := model._base_manager.filter(**{relation.field.name: connection}).count():  # type: ignore[union-attr]
            names = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural  # type: ignore[union-attr]
            counts.append(f"{count:,} {names}")
    return counts


def delete_connection(connection: Connection, *, actor: User | None, actor_label: str = "") -> None:
    """Delete a connection that nothing refers to; raises InUse."""
    with transaction.atomic():
        if users := used_by(connection):
            raise InUse(users)
        facts, pk = _facts(connection), connection.pk
        connection.delete()
        record(
            "connection.deleted",
            actor=actor,
            actor_label=actor_label,
            connection_name=connection.name,
            connection_id=pk,
            params={"vendor": connection.vendor},
            before=facts,
            target=connection.name,
        )


def readable_credentials(connection: Connection) -> dict[str, Any]:
    """Return the stored credentials, or nothing when no key reads them: then they are to be entered anew."""
    try:
        return connection.credentials.open()
    except Unreadable:
        return {}


def _host(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _facts(connection: Connection) -> dict[str, Any]:
    """What the audit log keeps of a connection: everything but its credentials."""
    return {name: getattr(connection, name) for name in (*SETTINGS, "enabled")} | {"options": connection.options}
