"""What each kind of hop is on one system and where it leads, asked through the vendor-neutral doors alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.numbers.journey.asking import Asked, Spent
from apps.numbers.journey.graph import Found, Hop, Limits, Mark, Source, Step, walk
from apps.numbers.journey.wording import noun
from apps.ui.formatting import phone
from apps.vendors.core.calls import Conferences, Voicemail
from apps.vendors.core.errors import InvalidParameters, NotConfigured, NotFound, Unreachable, Unsupported, VendorError
from apps.vendors.core.people import Extension, Extensions, Phones, Registration, Registrations, Tenants
from apps.vendors.core.routing import (
    CLOSED,
    DIALLED,
    EXTERNAL,
    NOWHERE,
    OPEN,
    Did,
    Dids,
    Ivrs,
    NumberRouting,
    PagingGroups,
    ParkingOrbits,
    Queues,
    RingGroups,
    Schedules,
    SwitchTrunk,
    SwitchTrunks,
    Way,
)
from apps.vendors.core.values import to_e164

WHOLE = ""  # the customer that stands for a whole system
_OFF = frozenset({"disabled", "inactive", "suspended", "off"})
# Kind of hop → the directory that knows it and its ways on.
_DOORS: dict[str, type] = {
    "ivr": Ivrs, "ring_group": RingGroups, "enhanced_ring_group": RingGroups, "virtual_extension": RingGroups,
    "queue": Queues, "paging_group": PagingGroups,
}  # fmt: skip
_PLACES: dict[str, type] = {"conference": Conferences, "parking_orbit": ParkingOrbits}
_SCHEDULES = frozenset({"condition", "flow", "time_rule"})
_ANSWERING = (("extension", Extensions), ("ring_group", RingGroups), ("queue", Queues), ("ivr", Ivrs),
              ("conference", Conferences))  # fmt: skip
_NOTHING = "No way on is set: the call ends here."


@dataclass(frozen=True)
class Words:
    """How one system is spoken of on a page: `failed` puts an error into words."""

    system: str
    vendor: str
    failed: Callable[[VendorError], str]


@dataclass
class OnSystem:
    """What one system says of the number: the trunks it has, the DID there, and the way from it.

    `problem` is why it could not be read at all.
    """

    words: Words
    trunks: Sequence[SwitchTrunk] = ()
    did: Did | None = None
    way: Hop | None = None
    problem: str = ""
    source: Source | None = None  # of the trunks


class Lane:
    """The reading of one system: `read` finds the number there and follows it to the devices."""

    def __init__(self, asked: Asked, words: Words, *, trunks: bool, limits: Limits | None = None) -> None:
        self._asked = asked
        self._client = asked.client
        self._words = words
        self._with_trunks = trunks
        self._limits = limits
        self._customer = WHOLE

    def read(self, number: str, customers: Sequence[str]) -> OnSystem:
        """Follow the number on this system. Of `customers` the first that has it counts; WHOLE asks for the whole system."""
        found = OnSystem(self._words)
        try:
            if self._with_trunks and self._client.supports(SwitchTrunks):
                self._read_trunks(found, WHOLE if WHOLE in customers else customers[0])
            found.did = self._find_did(number, customers)
        except VendorError as error:
            found.problem = self._words.failed(error)
        except Spent as spent:
            found.problem = str(spent)
        if found.did is not None:
            found.way = walk(self._did_step(found.did), self.resolve, self._limits)
            self._add_devices(found.way)
        return found

    def _read_trunks(self, found: OnSystem, customer: str) -> None:
        place = self._asked.place
        try:
            found.trunks = self._client.capability(SwitchTrunks).list(customer)
        except Unreachable:
            raise  # it is down: the number cannot be read either
        except VendorError:
            return  # the number may still be known here
        found.source = self._source(place)

    # --- the number ---------------------------------------------------------------------------------------

    def _find_did(self, number: str, customers: Sequence[str]) -> Did | None:
        for customer in customers:
            try:
                found = self._did_of(number, customer)
            except InvalidParameters:
                if customer != WHOLE:
                    raise
                found = self._did_of_any(number)  # a system that only answers customer by customer
            if found is not None:
                self._customer = customer if customer != WHOLE else found.tenant
                return found
        return None

    def _did_of(self, number: str, customer: str) -> Did | None:
        return next((did for did in self._client.capability(Dids).list(customer) if did.number == number), None)

    def _did_of_any(self, number: str) -> Did | None:
        owners = (self._did_of(number, one.ref) for one in self._client.capability(Tenants).list(WHOLE))
        return next((did for did in owners if did is not None), None)

    def _did_step(self, did: Did) -> Step:
        return Step("did", did.ref, did.number, name=did.number)

    def _did(self, step: Step) -> Found:
        did = self._did_of(step.number, self._customer)
        if did is None:
            raise NotFound
        facts = (did.label,) if did.label and did.label != did.destination else ()
        hop = Hop("did", phone(did.number), facts, identity=f"did:{did.number}")
        if did.status.casefold() in _OFF:
            return self._ended(hop, "It is turned off on this system.")
        onward = self._rings(did)
        if onward is None:
            return self._ended(hop, "It leads nowhere on this system.")
        return Found(hop, (replace(onward, gate=did.hours, gate_of=phone(did.number)),))

    def _rings(self, did: Did) -> Step | None:
        """What a DID rings. Kind and id are neutral by the routing door, where there is one."""
        if self._client.supports(NumberRouting):
            way = self._client.capability(NumberRouting).read(self._customer, did.number)
            return Step(way.kind, way.ref, way.number, way.name) if way else None
        return Step(did.destination_kind, did.destination_ref, name=did.destination) if did.destination_kind else None

    # --- the kinds ----------------------------------------------------------------------------------------

    def resolve(self, step: Step) -> Found:
        """Return what a step comes to. What cannot be read is a hop that says why; nothing is raised."""
        place = self._asked.place
        try:
            found = self._resolve(step)
        except NotFound:
            found = self._ended(self._hop(step), f"There is no such {noun(step.kind)} on this system.")
        except Unsupported:
            found = self._silent(step)
        except VendorError as error:
            found = self._unread(step, Mark.FAILED, self._words.failed(error))
        except Spent as spent:
            found = self._unread(step, Mark.CUT, str(spent))
        if found.hop.source is None:
            found.hop.source = self._source(place)
        return found

    def _resolve(self, step: Step) -> Found:
        if step.gate:
            return self._gate(step)
        if step.kind == "did":
            return self._did(step)
        if step.kind in _SCHEDULES:
            return self._schedule(step)
        if step.kind in _DOORS:
            return self._leading(step)
        if step.kind in _PLACES:
            return self._place(step)
        known = {"extension": self._extension, "voicemail": self._voicemail, DIALLED: self._dialled, EXTERNAL: self._external,
                 NOWHERE: self._refused}.get(step.kind, self._other)  # fmt: skip
        return known(step)

    def _leading(self, step: Step) -> Found:
        one = self._held(_DOORS[step.kind], step)
        if one.hours and not step.passed:
            return self._gate(replace(step, gate=one.hours, gate_of=one.name or one.number, passed=True))
        hop = Hop(
            step.kind,
            one.name or one.number or step.number,
            _numbered(one.number),
            identity=f"{_DOORS[step.kind].__name__}:{one.ref}",
        )
        if one.enabled is False:
            return self._ended(hop, "It is turned off.")
        ways = [*self._agents(hop, one.ref), *map(_step, one.ways or ())]
        if hop.mark:
            return Found(hop, ways)
        if one.ways is None and not ways:
            hop.mark, hop.note = Mark.SILENT, f"{self._words.vendor} does not say where calls go from here."
        elif not ways:
            return self._ended(hop, _NOTHING)
        return Found(hop, ways)

    def _agents(self, hop: Hop, ref: str) -> list[Step]:
        """Who answers a queue, as ways on. If that cannot be read the queue says so, and its other ways are there."""
        if hop.kind != "queue":
            return []
        try:
            agents = self._client.capability(Queues).agents(self._customer, ref)
        except Unsupported:
            return []
        except VendorError as error:
            hop.mark, hop.note = Mark.FAILED, f"Its agents could not be read. {self._words.failed(error)}"
            return []
        return [
            Step(
                "extension" if one.extension else "agent", one.ref, one.extension, one.name,
                when="agent, paused" if one.paused else "agent",
            )
            for one in agents
        ]  # fmt: skip

    def _gate(self, step: Step) -> Found:
        """Opening hours before a thing: while open the call goes on to it."""
        on = replace(step, gate="")
        hop = Hop("schedule", f"Hours of {step.gate_of}", identity=f"hours:{step.gate}")
        place = self._asked.place
        try:
            hours = self._client.capability(Schedules).get(self._customer, step.gate)
        except VendorError as error:
            hop.mark, hop.note = Mark.FAILED, self._words.failed(error)
            return Found(hop, (on,))
        if not hours.applies:
            return self._resolve(on)
        hop.facts, hop.source = (_standing(hours.open_now),), self._source(place)
        closed = [_sided(way, hours.open_now) for way in hours.ways]
        return Found(hop, (replace(on, when=OPEN, now=hours.open_now), *closed))

    def _schedule(self, step: Step) -> Found:
        one = self._client.capability(Schedules).get(self._customer, f"{step.kind}:{step.number or step.ref}")
        switch = one.kind in {"flow", "switch"}
        standing = {True: "switched on", False: "switched off", None: "not said how it stands"}[one.open_now]
        hop = Hop("flow" if switch else "schedule", one.name or step.name, (standing if switch else _standing(one.open_now),),
                  identity=f"schedule:{one.ref}")  # fmt: skip
        steps = [_sided(way, None if switch else one.open_now) for way in one.ways]
        if not steps:
            return self._ended(hop, _NOTHING)
        if not switch and one.open_now is not None and all(each.now is False for each in steps):
            hop.mark, hop.note = Mark.DEAD_END, f"It is {OPEN if one.open_now else CLOSED} now, and no way on is set for that."
        return Found(hop, steps)

    def _extension(self, step: Step) -> Found:
        one: Extension = self._listed(Extensions, step)
        if one.technology.casefold() == "virtual":
            return self._leading(replace(step, kind="virtual_extension", ref="", number=one.number))
        facts = (f"extension {one.number}", *(("has a mailbox",) if one.voicemail else ()))
        hop = Hop("extension", one.name or one.number, facts, identity=f"extension:{one.number}", number=one.number)
        return self._ended(hop, "It is turned off.") if one.status.casefold() in _OFF else Found(hop)

    def _place(self, step: Step) -> Found:
        one = self._listed(_PLACES[step.kind], step)
        return Found(Hop(step.kind, one.name or one.number, _numbered(one.number), identity=f"{step.kind}:{one.ref}"))

    def _voicemail(self, step: Step) -> Found:
        hop = self._hop(step)
        hop.facts = _numbered(step.number) if step.name not in {"", step.number} else ()
        if not (step.number or step.name):
            raise NotFound
        if self._client.supports(Voicemail) and step.number:
            try:
                known = self._client.capability(Voicemail).mailboxes(self._customer)
            except (Unsupported, NotConfigured):
                return Found(hop)
            if step.number not in known:
                raise NotFound
        return Found(hop)

    def _dialled(self, step: Step) -> Found:
        """Whatever answers to a number inside the system; else a number outside."""
        asked = [(kind, door) for kind, door in _ANSWERING if self._client.supports(door)]
        for kind, door in asked:
            try:
                self._listed(door, step)
            except (NotFound, Unsupported, NotConfigured):
                continue
            return self._resolve(replace(step, kind=kind))
        try:
            outside = to_e164(step.number)
        except ValueError:
            if len(asked) == len(_ANSWERING):
                return self._ended(self._hop(step), f"Nothing answers to {step.number} on this system.")
            hop = self._hop(step)
            hop.mark, hop.note = Mark.SILENT, f"{self._words.vendor} does not say what answers to {step.number}."
            return Found(hop)
        return self._external(replace(step, kind=EXTERNAL, number=outside))

    def _external(self, step: Step) -> Found:
        try:
            number = phone(to_e164(step.number))
        except ValueError:
            number = step.number
        return Found(Hop(EXTERNAL, number or step.name, ("leaves this system",)))

    def _refused(self, step: Step) -> Found:
        return self._ended(self._hop(step), "Calls are refused here.")

    def _other(self, step: Step) -> Found:
        """What no door knows: shown by its name; without one it does not exist, or nothing is said of it."""
        if step.kind == "route" or not step.kind:
            return self._silent(step)
        if step.ref and not (step.name or step.number):
            raise NotFound
        return Found(self._hop(step))

    # --- devices ------------------------------------------------------------------------------------------

    def _add_devices(self, way: Hop) -> None:
        """Put the devices behind the extensions: last, for asking who is registered takes some systems long."""
        people = [hop for hop in way.all() if hop.kind == "extension" and hop.number and not hop.mark]
        if not people:
            return
        place, mark, note = self._asked.place, Mark.NONE, ""
        registered: Sequence[Registration] = ()
        try:
            registered = self._client.capability(Registrations).list(self._customer)
        except Unsupported:
            mark, note = Mark.SILENT, f"{self._words.vendor} does not say which devices are registered."
        except VendorError as error:
            mark, note = Mark.FAILED, self._words.failed(error)
        except Spent as spent:
            mark, note = Mark.CUT, str(spent)
        sets = self._phones() if not mark else {}
        source = self._source(place)
        for person in people:
            if mark:
                person.branches = [Hop("device", "Devices", (), note, mark, source)]
                continue
            person.branches = [
                Hop(
                    "device",
                    one.agent or sets.get(person.number) or "Device",
                    tuple(filter(None, (one.address, "registered"))),
                    source=source,
                )
                for one in registered
                if one.extension == person.number
            ] or [self._unregistered(person, sets.get(person.number, ""), source)]

    def _unregistered(self, person: Hop, known: str, source: Source) -> Hop:
        note = f"Nothing is registered for {person.number}: it does not ring."
        return Hop("device", known or "No device", ("not registered",), note, Mark.DEAD_END, source)

    def _phones(self) -> dict[str, str]:
        """The desk phone of each extension, by model, where that is told."""
        if not self._client.supports(Phones):
            return {}
        try:
            listed = self._client.capability(Phones).list(self._customer)
        except (VendorError, Spent):
            return {}
        # Some systems give a model by a number that means nothing outside of them.
        return {line: one.name if one.model.isdecimal() else one.model or one.name for one in listed for line in one.lines}

    # --- what they share ----------------------------------------------------------------------------------

    def _held(self, door: type, step: Step) -> Any:
        """Return an object with all that reading it by itself tells. Raises NotFound, VendorError."""
        ref = self._listed(door, step).ref if step.number or not step.ref else step.ref
        return self._client.capability(door).get(self._customer, ref)

    def _listed(self, door: type, step: Step) -> Any:
        """Return an object as the list shows it: by its number where there is one, else by its id."""
        listed: Sequence[Any] = self._client.capability(door).list(self._customer)
        for one in listed:
            if (one.number == step.number) if step.number else (one.ref == step.ref):
                return one
        raise NotFound

    def _hop(self, step: Step) -> Hop:
        return Hop(step.kind, step.name or step.number or step.ref)

    def _ended(self, hop: Hop, note: str) -> Found:
        hop.mark, hop.note = Mark.DEAD_END, note
        return Found(hop)

    def _silent(self, step: Step) -> Found:
        return self._unread(step, Mark.SILENT, f"{self._words.vendor} does not say what is behind this.")

    def _unread(self, step: Step, mark: Mark, note: str) -> Found:
        hop = self._hop(step)
        hop.mark, hop.note = mark, note
        return Found(hop)

    def _source(self, place: int) -> Source:
        return Source(self._words.system, self._asked.titles(place))


def _step(way: Way) -> Step:
    return Step(way.kind, way.ref, way.number, way.name, when=way.when)


def _sided(way: Way, open_now: bool | None) -> Step:
    """A way of opening hours, with whether calls take it now."""
    now = way.now
    if now is None and open_now is not None and way.when in {OPEN, CLOSED}:
        now = open_now == (way.when == OPEN)
    return replace(_step(way), now=now)


def _standing(open_now: bool | None) -> str:
    return {True: "open now", False: "closed now", None: "not said whether it is open now"}[open_now]


def _numbered(number: str) -> tuple[str, ...]:
    return (number,) if number else ()
