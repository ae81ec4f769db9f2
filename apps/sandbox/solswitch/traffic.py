"""The calls that take place on the switch: those the sandbox carrier hands over, calls within the office, and dialled ones.

Nothing of them is stored but the dialled ones: a call's id tells which it is, and the seed and the clock tell the rest.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, OUTBOUND, calls_of

from .switch import Switch

NUMBERS = tuple(number for tenant in world.TENANTS for number in (*tenant.numbers, *tenant.toll_free))
SLOT = timedelta(minutes=10)
EXTENSION, TRUNK = "7", "15"
DIALLED_SECONDS = 300


@dataclass(frozen=True)
class Call:
    """A call. `source` and `destination` are (number, route type); `dialled` is what was dialled."""

    id: str
    customer: str
    at: datetime
    seconds: int
    source: tuple[str, str]
    destination: tuple[str, str]
    dialled: str

    @property
    def ends(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds or 20)

    @property
    def answered(self) -> bool:
        return self.seconds > 0

    @property
    def legs(self) -> int:
        """Some callers reach the front desk first and are passed on."""
        return 2 if self.answered and self.source[1] == TRUNK and int(self.id) % 3 == 0 else 1

    @property
    def recorded(self) -> bool:
        return self.answered and int(self.id) % 2 == 0


def calls_between(switch: Switch, customer: str, start: datetime, end: datetime) -> list[Call]:
    """The customer's calls that begin in [start, end], in order of time."""
    found = [call for day in _days(start, end) for call in _calls_of_day(switch, customer, day)]
    found += [call for call in _dialled(switch) if call.customer == customer]
    return sorted((call for call in found if start <= call.at <= end), key=lambda call: call.at)


def live(switch: Switch, customer: str, now: datetime) -> list[Call]:
    """The customer's calls in progress."""
    return [
        call for call in calls_between(switch, customer, now - timedelta(hours=2), now) if call.answered and now < call.ends
    ]


def find(switch: Switch, customer: str, ref: str) -> Call | None:
    """The customer's call of that id."""
    if len(ref) == 12 and ref[0] in "123":
        day = date.fromordinal(int(ref[1:7])) if int(ref[1:7]) else date.min
        calls = _calls_of_day(switch, customer, day) if day.year > 2000 else []
    else:
        calls = [call for call in _dialled(switch) if call.customer == customer]
    return next((call for call in calls if call.id == ref), None)


def channel(number: str, call: str) -> str:
    return f"SIP/{number}-{int(call) % 0xFFFFFF:08x}"


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day, last = (
        start.astimezone(UTC).date(),
        min(end.astimezone(UTC).date(), start.astimezone(UTC).date() + timedelta(days=400)),
    )
    while day <= last:
        yield day
        day += timedelta(days=1)


def _calls_of_day(switch: Switch, customer: str, day: date) -> Iterator[Call]:
    """All of a day, in UTC as the carrier counts: over the trunk by number, then within the office by slot."""
    extensions = [number for number, row in switch.table("extension").items() if row["CustID"] == customer]
    if not extensions:
        return
    for place, number in enumerate(NUMBERS):
        if switch.table("did").get(number, {}).get("CustID") != customer:
            continue
        for kind, direction in (("1", INBOUND), ("2", OUTBOUND)):
            for index, record in enumerate(calls_of(switch.seed, direction, number, day)):
                ref = f"{kind}{day.toordinal():06d}{place:03d}{index:02d}"
                desk, at = (extensions[int(ref) % len(extensions)], EXTENSION), record.at.replace(tzinfo=UTC)
                if direction == INBOUND:
                    yield Call(ref, customer, at, record.seconds, (record.far, TRUNK), desk, number)
                else:
                    yield Call(ref, customer, at, record.seconds, desk, (record.far, TRUNK), record.far)
    yield from _in_the_office(switch.seed, customer, extensions, day)


def _in_the_office(seed: int, customer: str, extensions: list[str], day: date) -> Iterator[Call]:
    for slot in range(timedelta(days=1) // SLOT):
        rng = random.Random(f"{seed}:office:{customer}:{day}:{slot}")  # noqa: S311 - invented calls
        if len(extensions) < 2 or rng.random() > 0.7:
            continue
        source, destination = rng.sample(extensions, 2)
        at = datetime.combine(day, time(), UTC) + slot * SLOT + timedelta(seconds=rng.randint(0, 240))
        ref = f"3{day.toordinal():06d}{int(customer):02d}{slot:03d}"
        yield Call(ref, customer, at, rng.randint(40, 350), (source, EXTENSION), (destination, EXTENSION), destination)


def _dialled(switch: Switch) -> Iterator[Call]:
    for ref, row in switch.table("dialled").items():
        inside = row["Destination"] in switch.table("extension")
        ends = (row["Extension"], EXTENSION), (row["Destination"], EXTENSION if inside else TRUNK)
        yield Call(ref, row["CustID"], datetime.fromisoformat(row["at"]), DIALLED_SECONDS, *ends, row["Destination"])
