"""Neutral doors for routing: trunk groups towards us (origination) and from us (termination)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.vendors.core.client import Confirmation
from apps.vendors.core.directory import Directory

ORIGINATION, TERMINATION = "origination", "termination"


@dataclass(frozen=True, slots=True)
class TrunkGroup:
    """A trunk group. `hosts` are (address, port, prefix) in the order they are tried; sessions and cps are those allocated."""

    trunk_group_id: str
    title: str
    direction: str
    hosts: tuple[tuple[str, str, str], ...]
    status: str
    sessions_asked: int | None = None
    sessions: int | None = None
    calls_per_second: int | None = None
    created_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Trunks(Protocol):
    """Trunk groups."""

    def list(self, direction: str = ORIGINATION, trunk_group_id: str = "") -> Sequence[TrunkGroup]:
        """Return the trunk groups of a direction, or the one asked for."""
        ...

    def add(self, direction: str, values: dict[str, Any]) -> str:
        """Add a trunk group from the parameters of the vendor's own operation; return the vendor's words."""
        ...

    def change(self, trunk_group_id: str, values: dict[str, Any]) -> str:
        """Change an origination trunk group; fields not given stay as they are."""
        ...

    def disable(self, trunk_group_id: str, confirmation: Confirmation) -> str:
        """Disable a termination trunk group."""
        ...


@dataclass(frozen=True, slots=True)
class SwitchTrunk:
    """A trunk of a soft-switch or PBX, towards a carrier or another system."""

    ref: str
    name: str
    tenant: str = ""
    host: str = ""
    technology: str = ""
    status: str = ""
    channels: int | None = None
    emergency: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class SwitchTrunks(Directory[SwitchTrunk], Protocol):
    """Trunks of a tenant, or of the whole system where the vendor has no others."""


# When a call goes which way. A menu's keys are written "key 1"; what is no more than the vendor's word stays as it is.
RINGS, NO_ANSWER, FULL, NO_KEY, WRONG_KEY = "rings", "nobody answers", "full", "no key", "wrong key"
OPEN, CLOSED = "open", "closed"
# Kinds of ways that no directory holds: whatever answers to a number inside, a number outside, and nothing at all.
DIALLED, EXTERNAL, NOWHERE = "dialled", "external", "none"


@dataclass(frozen=True, slots=True)
class Way:
    """A way on for a call: `when` it takes it, "" for the only one, and what stands at its end.

    That is told by `ref`, its id in the directory of its kind, or by `number`, as it is dialled, where the vendor says no id.
    `now` says whether calls take it now, where that can be told of this way alone.
    """

    when: str
    kind: str
    ref: str = ""
    number: str = ""
    name: str = ""
    now: bool | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Something a call can be sent to. `kind` is ivr, ring_group, queue, extension, condition …; `members` in ring order.

    `ways` are those on from here, None where the vendor does not say (a list may say less than `get`); `hours` the `ref` in
    Schedules of the opening hours kept for it; `enabled` None where the vendor does not say.
    """

    kind: str
    ref: str
    name: str
    number: str = ""
    tenant: str = ""
    members: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    ways: tuple[Way, ...] | None = None
    hours: str = ""
    enabled: bool | None = None


class Ivrs(Directory[Destination], Protocol):
    """Auto attendants of a tenant."""


class RingGroups(Directory[Destination], Protocol):
    """Ring groups (hunt groups) of a tenant."""


class PagingGroups(Directory[Destination], Protocol):
    """Paging groups of a tenant."""


class ParkingOrbits(Directory[Destination], Protocol):
    """Where calls are parked."""


@dataclass(frozen=True, slots=True)
class QueueAgent:
    """An agent of a queue; `state` is the vendor's word, `extension` the number it answers at, "" where that is not said."""

    ref: str
    name: str
    state: str = ""
    paused: bool | None = None
    calls_taken: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    extension: str = ""


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """How a queue stands: None where the vendor says nothing. Times in seconds. What it has counted is told by Traffic."""

    waiting: int | None
    agents_ready: int | None
    longest_wait: int | None
    average_hold: int | None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Queues(Directory[Destination], Protocol):
    """Call queues (ACD) of a tenant."""

    def agents(self, tenant: str, ref: str) -> Sequence[QueueAgent]:
        """Return a queue's agents and their state now."""
        ...

    def standing(self, tenant: str, ref: str) -> QueueStanding:
        """Return how a queue stands now."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """Opening hours or a switch. `open_now` is None where the vendor does not say; `periods` are its own rows.

    `ways` are where it sends calls; hours kept for something let them on to it while open, and say only what happens else.
    `applies` is False for hours that are turned off.
    """

    ref: str
    name: str
    kind: str = "hours"
    tenant: str = ""
    open_now: bool | None = None
    periods: tuple[dict[str, Any], ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    ways: tuple[Way, ...] = ()
    applies: bool = True


class Schedules(Directory[Schedule], Protocol):
    """Opening hours, time conditions and manual switches of a tenant."""

    def flip(self, tenant: str, ref: str, *, on: bool) -> None:
        """Set a manual switch (a flow)."""
        ...


@dataclass(frozen=True, slots=True)
class OutboundRoute:
    """A rule that sends outgoing calls to a trunk."""

    ref: str
    name: str
    pattern: str = ""
    trunk: str = ""
    tenant: str = ""
    emergency: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class OutboundRoutes(Directory[OutboundRoute], Protocol):
    """Outgoing call routes."""


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """A firewall rule of the switch."""

    ref: str
    name: str
    action: str
    address: str
    enabled: bool | None = None
    tenant: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Firewall(Directory[FirewallRule], Protocol):
    """Firewall rules."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A prompt or a piece of music."""

    ref: str
    name: str
    kind: str = "prompt"
    tenant: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Media(Directory[MediaFile], Protocol):
    """Prompts and music on hold of a tenant."""


@dataclass(frozen=True, slots=True)
class CallerRule:
    """Callers who are treated differently: blocked, or sent elsewhere."""

    ref: str
    caller: str
    action: str = ""
    tenant: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class CallerRules(Directory[CallerRule], Protocol):
    """Rules on callers of a tenant."""


@dataclass(frozen=True, slots=True)
class Did:
    """A DID on a switch or PBX: the number, whose it is and what it rings. `number` is E.164 where it can be read as such.

    `hours` is the `ref` in Schedules of the opening hours kept for it.
    """

    ref: str
    number: str
    tenant: str = ""
    status: str = ""
    destination_kind: str = ""
    destination_ref: str = ""
    destination: str = ""
    trunk: str = ""
    label: str = ""
    emergency: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    hours: str = ""


class Dids(Directory[Did], Protocol):
    """DIDs of a tenant."""

    def everything(self) -> Sequence[Did]:
        """Return the DIDs of all the system's customers, each with its `tenant`: what an inventory is read from."""
        ...


class NumberRanges(Directory[Did], Protocol):
    """Blocks of DIDs kept as one row."""


class NumberRouting(Protocol):
    """What a DID rings, and pointing it elsewhere."""

    def read(self, tenant: str, did: str) -> Destination | None:
        """Return where a DID leads; None when nowhere."""
        ...

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        """Send a DID to a destination."""
        ...


@dataclass(frozen=True, slots=True)
class EmergencyRecord:
    """What a system says about 911 for one subject (a number, an extension, a location).

    `elin` is the emergency location identification number; `covered` is None where the vendor does not say.
    """

    subject: str
    kind: str
    covered: bool | None
    address: str = ""
    elin: str = ""
    caller_id: str = ""
    tenant: str = ""
    ref: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class EmergencyField:
    """What `Emergency.change` takes for one kind of record: the vendor's own name, ours, and how it is typed.

    `kind` is text, flag ("on" or "") or number. `identity` marks the number that 911 is shown, or the location stood in.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    identity: bool = False
    help: str = ""


class Emergency(Protocol):
    """Emergency (911) addresses and identities.

    A record's `ref` begins with its kind ("did:12", "extension:7", "location:2065550100") and is its own within a customer.
    """

    def customers(self) -> Sequence[str]:
        """Return the customers whose records make up the whole system, each once; "" is what belongs to none in particular."""
        ...

    def records(self, tenant: str) -> list[EmergencyRecord]:
        """Return everything the system says about 911 for this customer."""
        ...

    def read(self, tenant: str, ref: str) -> EmergencyRecord:
        """Return one record as it is now. Raises NotFound."""
        ...

    def ref(self, kind: str, subject: str) -> str:
        """Return the `ref` of a record of this kind, in the vendor's spelling of the number or name."""
        ...

    def fields(self, ref: str, act: str = "change") -> Sequence[EmergencyField]:
        """Return what the vendor has a call for to change at this record, or to give a new one ("add"); empty when nothing."""
        ...

    def values(self, record: EmergencyRecord) -> dict[str, str]:
        """Return the fields of a record as they are now, by name; a flag is "on" or "", a number E.164."""
        ...

    def change(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        """Change one record where the vendor has a call for it; fields not given stay. Values are as `values` gives them."""
        ...

    def add(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        """Add a record of the kind that `ref` names, where the vendor has a call for it."""
        ...

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        """Remove a record where the vendor has a call for it."""
        ...
