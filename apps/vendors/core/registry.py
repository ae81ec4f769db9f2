"""Which vendors there are. Ours register by import; third-party drivers by the entry point group `patchbay.vendors`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.vendors.core.client import Client, Observer
from apps.vendors.core.errors import NotConfigured
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Param
from apps.vendors.core.replies import Reading
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing, Pool

OURS = ("carrier", "solswitch", "sipxcom", "pbxware")


class Codec(Protocol):
    """How one vendor's requests are spelled and its replies are read."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        """Return the request for cleaned `values`, with the endpoint's credentials in it."""
        ...

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        """Return the reply's data, or raise what the vendor says went wrong (never leave that to the HTTP status alone)."""
        ...


@dataclass(frozen=True)
class Vendor:
    """A vendor system: what an operator enters to connect it, what it can be asked, and how.

    `fields` are the credentials (secret) and options of a connection; `probe` is (operation, parameters) of the cheapest read
    that needs the credentials.
    """

    key: str
    title: str
    blurb: str
    fields: tuple[Param, ...]
    codec: Codec
    operations: Mapping[str, Operation]
    probe: tuple[str, Mapping[str, Any]]
    capabilities: Mapping[type, Callable[[Client], Any]] = field(default_factory=dict)
    url_example: str = "https://"
    currency: str = "USD"

    def client(self, endpoint: Endpoint, *, observer: Observer | None = None, pool: Pool | None = None) -> Client:
        """Return a client for one system of this vendor; `observer` is told of every call."""
        return Client(self, endpoint, observer=observer, pool=pool)

    def reading(self, endpoint: Endpoint) -> Reading:
        """Return how this connection's times and amounts are read (option `time_zone`, an IANA name, or its default)."""
        usual = next((param.default for param in self.fields if param.name == "time_zone"), None) or "UTC"
        name = str(endpoint.options.get("time_zone") or usual)
        try:
            return Reading(ZoneInfo(name), self.currency)
        except (ZoneInfoNotFoundError, ValueError):
            raise NotConfigured(f"The connection's time zone {name!r} is not known.", vendor=self.key) from None

    @cached_property
    def documented(self) -> Mapping[str, Operation]:
        """Operations by the vendor's own name; where several records share one, the first declared."""
        found: dict[str, Operation] = {}
        for operation in self.operations.values():
            for name in operation.documented_as:
                found.setdefault(name, operation)
        return found

    def find(self, name: str) -> Operation | None:
        """Return the operation by our name or, failing that, by the vendor's."""
        return self.operations.get(name) or self.documented.get(name)


class Registry:
    """All vendors, loaded at first use."""

    @cached_property
    def _vendors(self) -> dict[str, Vendor]:
        found = [import_module(f"apps.vendors.{key}").vendor for key in OURS]
        found += [entry.load() for entry in entry_points(group="patchbay.vendors")]
        return {vendor.key: vendor for vendor in found}

    def get(self, key: str) -> Vendor:
        """Return the vendor called `key`; KeyError names the ones there are."""
        try:
            return self._vendors[key]
        except KeyError:
            raise KeyError(f"no vendor {key!r}; there are: {', '.join(self._vendors)}") from None

    def all(self) -> Iterator[Vendor]:
        """Yield every vendor, ours first."""
        yield from self._vendors.values()


vendors = Registry()
