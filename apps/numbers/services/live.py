"""Reading numbers at the carrier, with the trunk group each points at told by id and title."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial

from apps.connections.models import Connection
from apps.numbers.models import Number, Side
from apps.vendors.core.client import Client
from apps.vendors.core.numbers import ACTIVE, CANCELLED, INACTIVE, LOCAL, TOLL_FREE, NumberInventory, OwnedNumber
from apps.vendors.core.routing import Did, Dids, TrunkGroup, Trunks
from apps.vendors.core.values import is_toll_free

_STATES = {
    "": ACTIVE, "enabled": ACTIVE, "active": ACTIVE, "1": ACTIVE, "yes": ACTIVE,
    "disabled": INACTIVE, "inactive": INACTIVE, "0": INACTIVE, "suspended": INACTIVE,
}  # fmt: skip
FEW = 20  # so many numbers may be asked for by order or trunk group; for more the whole list is quicker


@dataclass(frozen=True, slots=True)
class Held:
    """A number as a system holds it. `trunk_group_id` is "" when it cannot be told; `did` is there for a switch's."""

    owned: OwnedNumber
    trunk_group_id: str
    trunk_group: str
    did: Did | None = None


@dataclass
class TrunkBook:
    """The carrier's trunk groups, to tell from a number's addresses which group it points at.

    A list of numbers shows addresses, not ids. Two groups can share them (apart from a prefix): those are told
    apart by asking for each group's numbers.
    """

    groups: Sequence[TrunkGroup] = ()
    members: dict[str, str] = field(default_factory=dict)  # number → group, where addresses do not tell
    _shown: dict[tuple[str, str], list[TrunkGroup]] = field(default_factory=dict)  # how numbers show a group

    def __post_init__(self) -> None:
        for group in self.groups:
            self._shown.setdefault(_addresses(group), []).append(group)
        # Other vendors may show the title or the id instead; addresses go first.
        for group in self.groups:
            for name in {group.title, group.trunk_group_id}:
                self._shown.setdefault((name, ""), [group])

    @classmethod
    def read(cls, client: Client) -> "TrunkBook":
        """Read the trunk groups; an empty book when the vendor has no call for them."""
        return cls(client.capability(Trunks).list()) if client.supports(Trunks) else cls()

    def candidates(self, owned: OwnedNumber) -> list[TrunkGroup]:
        """Return the groups a number may point at, by what its list shows of them."""
        if not owned.trunk_group:
            return []
        return self._shown.get((owned.trunk_group, owned.trunk_group_backup), [])

    def held(self, owned: OwnedNumber) -> Held:
        """Return the number with its trunk group; the vendor's own words when no group fits, or several do."""
        found = self.candidates(owned)
        if len(found) > 1:
            found = [group for group in found if group.trunk_group_id == self.members.get(owned.number)]
        if len(found) == 1:
            return Held(owned, found[0].trunk_group_id, found[0].title)
        return Held(owned, "", owned.trunk_group)

    def tell_apart(self, client: Client, rows: Iterable[OwnedNumber]) -> None:
        """Ask for the numbers of each group that shares its addresses with another."""
        unclear = {group.trunk_group_id for row in rows if len(found := self.candidates(row)) > 1 for group in found}
        for group_id in sorted(unclear):
            for row in client.capability(NumberInventory).list(trunk_group_id=group_id):
                self.members[row.number] = group_id


def read_all(client: Client) -> tuple[list[Held], TrunkBook]:
    """Read every number of the account, or every DID of a switch, each once. Raises VendorError."""
    if not client.supports(NumberInventory):
        door = client.capability(Dids)
        return _switched(door, door.everything()), TrunkBook()
    book = TrunkBook.read(client)
    rows = _each_once(client.capability(NumberInventory).list())
    book.tell_apart(client, rows)
    return [book.held(row) for row in rows], book


def read_some(
    client: Client, connection: Connection, numbers: Sequence[str], *, trunk_group_ids: Iterable[str] = ()
) -> dict[str, Held]:
    """Read at least these numbers, as few others as the vendor's filters allow; one it does not list is left out.

    No vendor documents a call for one number, but lists can be narrowed to an order or a trunk group: what we last
    saw says to which, `trunk_group_ids` says where else they may be by now. Only what is not found there costs the
    whole list. Raises VendorError.
    """
    wanted = set(numbers)
    found: dict[str, Held] = {}
    if not client.supports(NumberInventory):
        return {held.owned.number: held for held in _some_switched(client, connection, wanted)}
    if len(wanted) <= FEW:
        book: TrunkBook | None = None
        for narrow in _narrowings(connection, wanted, trunk_group_ids):
            book = book or TrunkBook.read(client)
            rows = _each_once(client.capability(NumberInventory).list(**narrow))
            book.tell_apart(client, (row for row in rows if row.number in wanted))
            found |= {row.number: book.held(row) for row in rows}
            if wanted <= found.keys():
                return found
    everything, _ = read_all(client)
    return {held.owned.number: held for held in everything}


def brisk(client: Client, seconds: float) -> Client:
    """Return the client with calls that end after `seconds` each, for pages that people wait for."""
    quick = copy(client)
    quick.call = partial(client.call, timeout=seconds)  # type: ignore[method-assign]
    return quick


def _narrowings(connection: Connection, numbers: set[str], extra: Iterable[str]) -> list[dict[str, str]]:
    """Return the filters under which the numbers should be found, none if that would take as many calls as numbers."""
    known = Number.objects.filter(connection=connection, number__in=numbers).values_list("order_id", "trunk_group_id")
    orders = {order for order, _ in known if order}
    groups = {group for order, group in known if group and not order} | {group for group in extra if group}
    filters = [{"order_id": one} for one in sorted(orders)] + [{"trunk_group_id": one} for one in sorted(groups)]
    return filters if len(filters) <= 3 else []


def _some_switched(client: Client, connection: Connection, numbers: set[str]) -> list[Held]:
    """Read the DIDs of the customers that are known to have the numbers, else of all."""
    known = Number.objects.filter(connection=connection, number__in=numbers).exclude(customer_ref="")
    customers = sorted(set(known.values_list("customer_ref", flat=True)))
    door = client.capability(Dids)
    if customers and len(customers) <= FEW:
        found = _switched(door, [did for customer in customers for did in door.list(customer)])
        if numbers <= {held.owned.number for held in found}:
            return found
    return _switched(door, door.everything())


def _switched(door: Dids, dids: Iterable[Did]) -> list[Held]:
    """Turn a switch's DIDs into numbers, each once; what is no telephone number (an internal one) is left out.

    A DID may come in the record of the extension it rings, so what that record's operation calls secret is masked.
    """
    kept: dict[str, Held] = {}
    listing = door.operation("list")
    for did in dids:
        if did.number.startswith("+") and did.number not in kept:
            kind = TOLL_FREE if is_toll_free(did.number) else LOCAL
            record = listing.mask(did.raw) if listing else did.raw
            owned = OwnedNumber(did.number, kind, _state(did.status), cnam=did.label, raw=record)
            kept[did.number] = Held(owned, "", did.trunk, did)
    return list(kept.values())


def _state(word: str) -> str:
    """Switches that say nothing of a DID's state route it."""
    return _STATES.get(word.strip().casefold(), word)


def _addresses(group: TrunkGroup) -> tuple[str, str]:
    hosts = [host for host, _, _ in group.hosts[:2]]
    return (hosts[0] if hosts else "", hosts[1] if len(hosts) > 1 else "")


def _each_once(rows: Iterable[OwnedNumber]) -> list[OwnedNumber]:
    """Drop repeats: a number that was cancelled and bought again is listed twice, and the one in use counts."""
    kept: dict[str, OwnedNumber] = {}
    for row in rows:
        if row.number not in kept or kept[row.number].status == CANCELLED:
            kept[row.number] = row
    return list(kept.values())


def values_of(held: Held) -> Mapping[str, object]:
    """Return the columns of a number's row, as the carrier shows it."""
    owned = held.owned
    return {
        "kind": owned.kind,
        "status": owned.status[:32],
        "trunk_group_id": held.trunk_group_id[:40],
        "trunk_group": held.trunk_group[:200],
        "did_type": owned.did_type[:40],
        "order_type": owned.order_type[:40],
        "monthly_rate": owned.monthly_rate,
        "currency": owned.currency,
        "cnam": owned.cnam[:60],
        "record": owned.raw,
        **_switch_values(held.did),
    }


def _switch_values(did: Did | None) -> Mapping[str, object]:
    if did is None:
        return {"side": Side.CARRIER.value}
    return {
        "side": Side.SWITCH.value,
        "ref": did.ref[:100],
        "customer_ref": did.tenant[:100],
        "destination_kind": did.destination_kind[:40],
        "destination_ref": did.destination_ref[:100],
        "destination": did.destination[:200],
        "emergency": did.emergency,
    }
