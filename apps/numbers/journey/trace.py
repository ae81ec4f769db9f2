"""The whole journey of a number: the carrier's side from what we hold and one read, the systems' sides read side by side."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.db import connections as databases
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import tenant_limit
from apps.connections.models import Connection, TenantLink
from apps.connections.services import client_for, customer_of, describe_error, enabled_connections
from apps.numbers.journey.asking import Asked, Budget, Spent
from apps.numbers.journey.graph import Hop, Limits, Mark, Source
from apps.numbers.journey.hops import WHOLE, Lane, OnSystem, Words
from apps.numbers.journey.wording import dress
from apps.numbers.models import InventoryRead, Number
from apps.ui.formatting import phone
from apps.vendors.core.errors import NotConfigured, VendorError
from apps.vendors.core.numbers import ACTIVE, NumberInventory
from apps.vendors.core.registry import vendors
from apps.vendors.core.routing import Dids, SwitchTrunk, TrunkGroup, Trunks

T = TypeVar("T")
SECONDS = 8.0  # a page waits no longer for all systems together
CALLS = 80  # to one system, for one journey
_PLAIN_FAILURE = "This part cannot be read just now. Try again in a few minutes."


@dataclass
class Journey:
    """What is drawn: the way calls take, and systems that know the number although the trunk group does not lead there."""

    start: Hop
    aside: list[Hop] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # systems that were read and do not know the number
    read_at: datetime = field(default_factory=timezone.now)


@dataclass
class _Group:
    """The carrier's trunk group as it could be had: its hosts, and how we know them."""

    title: str
    hosts: tuple[str, ...] = ()
    source: Source | None = None
    problem: str = ""


def trace(row: Number, elsewhere: Sequence[Number], person: User) -> Journey:
    """Follow calls to a number as `person` may see it; `elsewhere` are its rows on other connections.

    Nothing is raised for a system that fails: its part says so.
    """
    plain = not person.may("numbers.carrier")
    carrier = None if plain else next((one for one in (row, *elsewhere) if _is_carrier(one.connection)), None)
    tasks: dict[str, Callable[[], Any]] = {}
    if carrier is not None and carrier.trunk_group_id:
        tasks[""] = _group_reader(carrier, person)
    systems = _systems(row, person, plain=plain)
    for connection, customers in systems:
        tasks[connection.name] = _lane_reader(connection, customers, row.number, person, plain=plain)
    done = _side_by_side(tasks, SECONDS)
    found = [(one, _in_time(done, one.name, _words(one, plain=plain))) for one, _ in systems]
    journey = _for_tenant(row, found) if plain else _for_staff(row, carrier, done.get(""), found)
    dress([journey.start, *journey.aside], plain=plain)
    return journey


# --- reading ----------------------------------------------------------------------------------------------


def _is_carrier(connection: Connection) -> bool:
    offered = _capabilities(connection)
    return NumberInventory in offered and Dids not in offered


def _capabilities(connection: Connection) -> Mapping[type, Any]:
    try:
        return vendors.get(connection.vendor).capabilities
    except KeyError:
        return {}


def _systems(row: Number, person: User, *, plain: bool) -> list[tuple[Connection, list[str]]]:
    """The systems to be asked, each with the customers whose numbers `person` may be shown there.

    Whose the number is comes first. Who sees the whole house is shown what it is on a system where it is nobody's, or
    another customer's; everybody else only what is the number's own tenant's.
    """
    whole = not plain and tenant_limit(person) is None
    found = []
    linked = (
        set(TenantLink.objects.filter(tenant=row.tenant_id).values_list("connection", flat=True)) if row.tenant_id else set()
    )
    for connection in enabled_connections(Dids, user=person):
        own = [customer_of(row.tenant, connection)] if row.tenant and connection.pk in linked else []
        if customers := [*own, *([WHOLE] if whole else [])]:
            found.append((connection, customers))
    return found


def _words(connection: Connection, *, plain: bool) -> Words:
    if plain:
        return Words("", "The phone system", lambda _: _PLAIN_FAILURE)
    try:
        title = vendors.get(connection.vendor).title
    except KeyError:
        title = connection.vendor
    return Words(connection.name, title, lambda error: _said(error, connection))


def _said(error: VendorError, connection: Connection) -> str:
    told = describe_error(error, connection)
    return " ".join(part for part in (f"{told['title']}.", told["words"] or told["happened"], told["next_step"]) if part)


def _lane_reader(
    connection: Connection, customers: list[str], number: str, person: User, *, plain: bool
) -> Callable[[], OnSystem]:
    words, budget = _words(connection, plain=plain), Budget(seconds=SECONDS, calls=CALLS)
    try:
        lane = Lane(Asked(client_for(connection, actor=person), budget), words, trunks=not plain, limits=Limits())
    except NotConfigured as error:
        problem = words.failed(error)
        return lambda: OnSystem(words, problem=problem)
    return lambda: lane.read(number, customers)


def _group_reader(row: Number, person: User) -> Callable[[], _Group]:
    """Reads the trunk group at the carrier; what a list once told of it serves where that fails."""
    kept = _kept_group(row)
    words = _words(row.connection, plain=False)
    try:
        asked = Asked(client_for(row.connection, actor=person), Budget(seconds=SECONDS, calls=CALLS))
    except NotConfigured as error:
        kept.problem = words.failed(error)
        return lambda: kept
    if not asked.client.supports(Trunks):
        return lambda: kept

    def read() -> _Group:
        try:
            groups: Sequence[TrunkGroup] = asked.client.capability(Trunks).list(trunk_group_id=row.trunk_group_id)
        except (VendorError, Spent) as error:
            kept.problem = words.failed(error) if isinstance(error, VendorError) else str(error)
            return kept
        group = next((one for one in groups if one.trunk_group_id == row.trunk_group_id), None)
        if group is None:
            return _Group(
                kept.title, problem="The carrier lists no such trunk group.", source=Source(words.system, asked.titles(0))
            )
        return _Group(group.title, tuple(host for host, _, _ in group.hosts if host), Source(words.system, asked.titles(0)))

    return read


def _kept_group(row: Number) -> _Group:
    read = InventoryRead.objects.filter(connection=row.connection).first()
    kept = next((one for one in read.trunk_groups if one.get("id") == row.trunk_group_id), None) if read else None
    if read and kept:
        hosts = tuple(str(host) for host in kept.get("hosts") or () if host)
        return _Group(str(kept.get("title") or row.trunk_group), hosts, Source(row.connection.name, (), read.read_at))
    return _Group(row.trunk_group, (), Source(row.connection.name, (), row.seen_at))


def _side_by_side(tasks: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Any]:
    """Run the tasks at once, each in a thread, and return what came in time. One alone needs no thread."""
    if len(tasks) < 2:
        return {name: task() for name, task in tasks.items()}
    pool = ThreadPoolExecutor(len(tasks), thread_name_prefix="journey")
    running: dict[Future[Any], str] = {pool.submit(copy_context().run, _apart, task): name for name, task in tasks.items()}
    done, _ = wait(running, timeout=seconds + 0.5)
    pool.shutdown(wait=False, cancel_futures=True)  # what is late ends with its call, and asks nothing more
    return {running[one]: one.result() for one in done}


def _apart(task: Callable[[], T]) -> T:
    try:
        return task()
    finally:
        databases.close_all()


def _in_time(done: Mapping[str, Any], name: str, words: Words) -> OnSystem:
    return done.get(name) or OnSystem(
        words, problem=f"{words.system or words.vendor} did not answer within {SECONDS:.0f} seconds."
    )


# --- putting it together ----------------------------------------------------------------------------------


def _for_tenant(row: Number, found: Iterable[tuple[Connection, OnSystem]]) -> Journey:
    """The number and what it rings on each system that has it; neither carriers nor trunks nor systems by name."""
    start = Hop("number", phone(row.number))
    systems = [
        on.way or Hop("switch", "Phone system", note=on.problem, mark=Mark.FAILED)
        for _, on in found
        if on.way is not None or on.problem
    ]
    for place, system in enumerate(systems, 1):
        ways = [system] if system.mark else system.branches
        for way in ways:
            way.when = f"phone system {place}" if len(systems) > 1 else ""
        start.branches += ways
    if not start.branches:
        start.mark, start.note = Mark.SILENT, "What this number rings is not kept here. Ask your provider."
    _nameless(start)
    return Journey(start)


def _nameless(start: Hop) -> None:
    for hop in start.all():
        if hop.source is not None:
            hop.source = Source("", (), hop.source.seen_at)


def _for_staff(
    row: Number, carrier: Number | None, group: _Group | None, found: Sequence[tuple[Connection, OnSystem]]
) -> Journey:
    start, end = _carrier_side(row, carrier, group)
    hosts = {_host(host) for host in group.hosts} if group else set()
    arriving: list[Hop] = []
    aside: list[Hop] = []
    broken: list[Hop] = []
    told: list[tuple[Connection, OnSystem]] = []
    unknown: list[str] = []
    for connection, on in found:
        trunks = [trunk for trunk in on.trunks if trunk.host and _host(trunk.host) in hosts]
        if trunks or _host(urlsplit(connection.base_url).hostname or "") in hosts:
            arriving.append(_arriving(connection, on, trunks))
        elif on.way is not None:
            told.append((connection, on))
        elif on.problem:
            broken.append(Hop("switch", connection.name, note=on.problem, mark=Mark.FAILED, source=Source(connection.name)))
        else:
            unknown.append(connection.name)
    for connection, on in told:
        (aside if arriving else end.branches).append(_by_did(connection, on, routed=not arriving))
    end.branches += [*arriving, *broken]
    if len(end.branches) > 1:
        for branch in end.branches:
            branch.when = branch.source.system if branch.source else ""
    if not end.branches and not end.mark:
        end.mark = Mark.DEAD_END
        end.note = "No connected system has this number: calls end here, or on a system that is not connected."
    return Journey(start, aside, unknown)


def _carrier_side(row: Number, carrier: Number | None, group: _Group | None) -> tuple[Hop, Hop]:
    """The carrier and its trunk group: the first hop and the one that systems come after."""
    if carrier is None:
        silent = Hop("number", phone(row.number), note="No connected carrier holds this number.", mark=Mark.SILENT)
        return silent, silent
    start = Hop(
        "carrier",
        carrier.connection.name,
        (carrier.status,),
        source=Source(carrier.connection.name, ("Its list of numbers",), carrier.seen_at),
    )
    if carrier.is_gone:
        start.mark, start.note = Mark.DEAD_END, "The carrier's list came without this number."
    elif carrier.status != ACTIVE:
        start.mark, start.note = Mark.DEAD_END, f"It is {carrier.status} at the carrier, which sends no calls on."
    if group is None:
        if not carrier.trunk_group:
            start.mark, start.note = Mark.DEAD_END, start.note or "It points at no trunk group, so calls end at the carrier."
            return start, start
        group = _Group(carrier.trunk_group, source=Source(carrier.connection.name, (), carrier.seen_at))
    end = Hop("trunk_group", group.title, group.hosts, group.problem, Mark.FAILED if group.problem else Mark.NONE, group.source)
    start.branches.append(end)
    return start, end


def _arriving(connection: Connection, on: OnSystem, trunks: Sequence[SwitchTrunk]) -> Hop:
    """The system that a trunk group leads to: the trunk there, then the number."""
    hop = Hop("switch_trunk", trunks[0].name if trunks else connection.name, source=on.source or Source(connection.name))
    hop.facts = (f"on {connection.name}", *(dict.fromkeys(trunk.host for trunk in trunks) or ("at its own address",)))
    if trunks and all(trunk.status.casefold() in {"disabled", "inactive"} for trunk in trunks):
        hop.mark, hop.note = Mark.DEAD_END, "This trunk is turned off."
    if on.way is not None:
        hop.branches.append(on.way)
    elif on.problem:
        hop.branches.append(Hop("switch", connection.name, note=on.problem, mark=Mark.FAILED, source=Source(connection.name)))
    else:
        hop.mark, hop.note = Mark.DEAD_END, f"Calls arrive here, and {connection.name} has no such number."
    return hop


def _by_did(connection: Connection, on: OnSystem, *, routed: bool) -> Hop:
    """A system that has the number, which no trunk shows calls to come to."""
    trunk = next((one for one in on.trunks if on.did and on.did.trunk and one.ref == on.did.trunk), None)
    hop = Hop(
        "switch_trunk" if trunk else "switch",
        trunk.name if trunk else connection.name,
        source=on.source or Source(connection.name),
    )
    hop.facts = (f"on {connection.name}", *((trunk.host,) if trunk.host else ())) if trunk else ()
    if routed:
        hop.note = "Routed here: told by the DID, not by the trunk."
    else:
        hop.note = "It has the number too, but none of its trunks has an address of the carrier's trunk group."
    if on.way is not None:
        hop.branches.append(on.way)
    return hop


def _host(text: str) -> str:
    """A host as it can be compared: without a port, in small letters, addresses in their one spelling."""
    bare = urlsplit(f"//{text.strip()}").hostname or text.strip().casefold()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return bare.casefold().rstrip(".")
