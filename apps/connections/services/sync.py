"""Synchronisation: domain apps say what they copy from a vendor, `connection sync` and screens run it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.services.wording import describe_error
from apps.vendors.core.errors import VendorError
from apps.vendors.core.registry import vendors


@dataclass(frozen=True, slots=True)
class Sync:
    """What a domain app synchronises: `run(connection)` returns one sentence about what it found."""

    key: str
    capability: type
    run: Callable[[Connection], str]


@dataclass(frozen=True, slots=True)
class Synced:
    """One outcome: the sentence, or what went wrong."""

    key: str
    ok: bool
    message: str


_syncs: dict[str, Sync] = {}


def register_sync(key: str, capability: type, run: Callable[[Connection], str]) -> None:
    """Offer a synchronisation called `key` ("numbers") for connections with `capability`.

    To be called from `AppConfig.ready`.
    """
    _syncs[key] = Sync(key, capability, run)


def sync_connection(connection: Connection) -> Iterator[Synced]:
    """Run every synchronisation the vendor has the capability for, yielding each outcome as it comes."""
    offered = vendors.get(connection.vendor).capabilities
    for sync in _syncs.values():
        if sync.capability not in offered:
            continue
        try:
            message = sync.run(connection)
        except VendorError as error:
            told = describe_error(error, connection)
            yield Synced(sync.key, False, f"{told['title']}. {told['words'] or told['happened']}")
        else:
            Connection.objects.filter(pk=connection.pk).update(synced_at=timezone.now())
            yield Synced(sync.key, True, message)
