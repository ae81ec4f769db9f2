"""Which vendors there are. Ours register by import; third-party drivers by the entry point group `patchbay.vendors`."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
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

log = logging.getLogger(__name__)
OURS = ("carrier", "solswitch", "mirta", "sipxcom", "pbxware")


class Codec(Protocol):
    """How one vendor's requests are spelled and its replies are read."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        """Return the request for cleaned `values`, with the endpoint's credentials in it."""
        ...

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        """Return the reply's data, or raise what the vendor says went wrong (never leave that to the HTTP status alone)."""
        ...


def _as_it_is(_: Operation, text: str) -> str:
    return text


@dataclass(frozen=True)
class Vendor:
    """A vendor system: what an operator enters to connect it, what it can be asked, and how.

    `fields` are the credentials (secret) and options of a connection; `probe` is (operation, parameters) of the cheapest read
    that needs the credentials. `cloak` takes out of a reply's text what no declared name covers (a token that is the whole
    answer, an echoed statement) before it is shown or logged. `account` is the field that names the customer, where a
    connection is one customer's account as a whole.
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
    account: str = ""
    cloak: Callable[[Operation, str], str] = _as_it_is

    def client(
        self, endpoint: Endpoint, *, observer: Observer | None = None, pool: Pool | None = None, customer: str = ""
    ) -> Client:
        """Return a client for one system of this vendor; `observer` is told of every call, `customer` is whom all are for."""
        return Client(self, endpoint, observer=observer, pool=pool, customer=customer)

    def reading(self, endpoint: Endpoint) -> Reading:
        """Return how this connection's times and amounts are read (option `time_zone`, an IANA name, or its default)."""
        usual = next((param.default for param in self.fields if param.name == "time_zone"), None) or "UTC"
        name = str(endpoint.options.get("time_zone") or usual)
        try:
            return Reading(ZoneInfo(name), self.currency)
        except (ZoneInfoNotFoundError, ValueError):
            raise NotConfigured(f"The connection's time zone {name!r} is not known.", vendor=self.key) from None

    def behind(self, capability: type) -> Sequence[Operation]:
        """Return the operations that the vendor's door calls, as the door itself names them in `uses`.

        None for a door the vendor does not offer, and for one that calls none.
        """
        return self._behind.get(capability, ())

    @cached_property
    def _behind(self) -> Mapping[type, Sequence[Operation]]:
        client = self.client(Endpoint("https://vendor.example"))  # for the doors to be made with; nothing is sent
        made = {capability: make(client) for capability, make in self.capabilities.items()}
        return {
            capability: tuple(self.operations[name] for name in dict.fromkeys(getattr(door, "uses", ())))
            for capability, door in made.items()
        }

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


def _third_party() -> Iterator[Vendor]:
    """Yield the drivers that installed packages declare; one that does not load is logged, and the others work on."""
    for entry in entry_points(group="patchbay.vendors"):
        try:
            vendor = entry.load()
            if not isinstance(vendor, Vendor):
                raise TypeError(f"{entry.value} is a {type(vendor).__name__}, not a Vendor")
        except Exception:
            log.exception("The driver %r of %s is left out.", entry.name, entry.value)
        else:
            yield vendor


class Registry:
    """All vendors, loaded at first use."""

    @cached_property
    def _vendors(self) -> dict[str, Vendor]:
        found = [import_module(f"apps.vendors.{key}").vendor for key in OURS]
        for vendor in _third_party():
            if any(vendor.key == known.key for known in found):
                log.error("The driver %r is left out: there is one of that key already.", vendor.key)
            else:
                found.append(vendor)
        return {vendor.key: vendor for vendor in found}

    def all(self) -> Iterator[Vendor]:
        """Yield every vendor, ours first."""
        yield from self._vendors.values()

    def get(self, key: str) -> Vendor:
        """Return the vendor called `key`; KeyError names the ones there are."""
        try:
            return self._vendors[key]
        except KeyError:
            raise KeyError(f"no vendor {key!r}; there are: {', '.join(self._vendors)}") from None


vendors = Registry()
