"""The calls on this PBX: those the sandbox carrier hands over, calls within the office, and originated ones.

Nothing of them is stored but the originated ones and what was done to a call: the seed and the clock tell the rest.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, OUTBOUND, calls_of

from .pbx import Pbx

DAYS = 90
NODES = ("srv01", "srv02")
IN, OUT, LOCAL = "IN", "OUT", "LOCAL"
ANSWERED = "ANSWERED"
# Where a number of the demo world leads: the seed routes it so, and its calls go there.
CONDITION, IVR, HUNTLIST, FLOW, FAX, QUEUE, EXTENSION = "CONDITION", "IVR", "HUNTLIST", "FLOW", "FAX", "QUEUE", "EXT"
_FAILED = {"486 Busy Here": "BUSY", "503 Service Unavailable": "CONGESTION"}
_SLOT = timedelta(minutes=10)  # calls in the office last about as long, so that somebody talks at nearly any time
_RING, _DIALLED = timedelta(seconds=20), 180


@dataclass(frozen=True)
class PbxCall:
    """A call. `person` is the extension that answered or called, `hold` the seconds it waited in a queue."""

    tenant: str
    uniqueid: str
    at: datetime
    seconds: int
    direction: str
    caller: str
    caller_name: str
    dialled: str
    disposition: str
    person: str
    did: str = ""
    way: str = EXTENSION
    hold: int = 0
    originate: str = ""

    @property
    def answered(self) -> bool:
        return self.disposition == ANSWERED

    @property
    def ends(self) -> datetime:
        return self.at + (timedelta(seconds=self.seconds) if self.answered else _RING)

    @property
    def node(self) -> str:
        return self.uniqueid.partition("-")[0]

    @property
    def mark(self) -> int:
        """A number that stays with the call, for what differs from call to call."""
        return zlib.crc32(self.uniqueid.encode())

    @property
    def recorded(self) -> bool:
        return self.answered and self.seconds > 20 and self.mark % 3 == 0

    def waits(self, now: datetime) -> bool:
        """Whether the caller is still in the queue, with nobody on the line."""
        return now < self.at + timedelta(seconds=self.hold)

    def extensions(self, now: datetime) -> tuple[str, ...]:
        """The extensions in it: who called and who was called."""
        both = (self.caller, "" if self.waits(now) else self.person)
        return tuple(dict.fromkeys(number for number in both if len(number) < 7 and number))


def way_of(tenant: world.Tenant, number: str) -> str:
    """Where the seed routes a number."""
    if number in tenant.toll_free:
        return QUEUE
    place = tenant.numbers.index(number)
    if place == len(tenant.numbers) - 1:
        return FAX
    return (CONDITION, IVR, HUNTLIST, FLOW)[place] if place < 4 else EXTENSION


@lru_cache(maxsize=600)
def _of_day(seed: int, key: str, day: date) -> tuple[PbxCall, ...]:
    """All calls of a tenant of the demo world that begin on a day (UTC), in order of time, without the tenant's id."""
    tenant = next(tenant for tenant in world.TENANTS if tenant.key == key)
    calls = [*_with_carrier(seed, tenant, day), *_in_the_office(seed, tenant, day)]
    return tuple(sorted(calls, key=lambda call: (call.at, call.uniqueid)))


def _with_carrier(seed: int, tenant: world.Tenant, day: date) -> Iterator[PbxCall]:
    for place, number in enumerate((*tenant.numbers, *tenant.toll_free)):
        person = tenant.people[place % len(tenant.people)]
        for side, direction in ((INBOUND, IN), (OUTBOUND, OUT)):
            for record in calls_of(seed, side, number, day):
                at = record.at.replace(tzinfo=UTC)
                mark = zlib.crc32(f"{number}{side}{record.at}{record.far}".encode())
                ref = f"{NODES[mark % 2]}-{int(at.timestamp())}.{mark % 9000 + 100}"
                result = ANSWERED if record.answered else _FAILED.get(record.result, "NO ANSWER")
                if direction == OUT:
                    yield PbxCall(
                        "", ref, at, record.seconds, OUT, person.extension, person.name, record.far, result,
                        person.extension,
                    )  # fmt: skip
                    continue
                way = way_of(tenant, number)
                hold = min(mark % 45, record.seconds // 2) if record.answered else mark % 70
                yield PbxCall(
                    "", ref, at, record.seconds, IN, record.far, record.far, f"1{number}", result,
                    person.extension if record.answered else "", number, way, hold if way == QUEUE else 0,
                )  # fmt: skip


def _in_the_office(seed: int, tenant: world.Tenant, day: date) -> Iterator[PbxCall]:
    rng = random.Random(f"{seed}:mirta:{tenant.key}:{day}")  # noqa: S311 - invented calls
    for slot in range(timedelta(days=1) // _SLOT):
        caller, called = rng.sample(tenant.people, 2)
        at = datetime.combine(day, time(), UTC) + slot * _SLOT + timedelta(seconds=rng.randint(0, 60))
        seconds = rng.randint(400, 660)
        mark = zlib.crc32(f"{tenant.key}{slot}".encode())
        ref = f"{NODES[mark % 2]}-{int(at.timestamp())}.{mark % 90 + 10}"
        yield PbxCall("", ref, at, seconds, LOCAL, caller.extension, caller.name, called.extension, ANSWERED, called.extension)


def calls_between(pbx: Pbx, tenant: str, start: datetime, end: datetime) -> list[PbxCall]:
    """The tenant's calls (all tenants' without one) that begin in [start, end), in order of time."""
    calls = [call for call in _originated(pbx) if tenant in ("", call.tenant)]
    day, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    day = max(day, last - timedelta(days=DAYS * 4))
    while day <= last:
        for ref, row in pbx.of("tenant").items():
            if row.get("_world") and tenant in ("", ref):
                calls += [
                    replace(call, tenant=ref)
                    for call in _of_day(pbx.seed, row["_world"], day)
                    if call.direction == LOCAL or str(day) >= row["_since"]
                ]
        day += timedelta(days=1)
    changed = pbx.fact("call")
    return sorted(
        (_as_changed(call, changed.get(call.uniqueid)) for call in calls if start <= call.at < end), key=lambda call: call.at
    )


def _as_changed(call: PbxCall, change: dict[str, str] | None) -> PbxCall:
    """The call after what people did to it."""
    if not change:
        return call
    if "ended" in change:
        call = replace(call, seconds=max(0, int((datetime.fromisoformat(change["ended"]) - call.at).total_seconds())))
    return replace(call, person=change.get("moved", call.person))


def begun(pbx: Pbx, tenant: str, now: datetime, start: datetime, end: datetime) -> list[PbxCall]:
    """The calls that stand in the records by now: those that are over, not older than the PBX keeps them."""
    oldest = now - timedelta(days=DAYS)
    return [call for call in calls_between(pbx, tenant, max(start, oldest), min(end, now)) if call.ends <= now]


def live(pbx: Pbx, tenant: str, now: datetime) -> list[PbxCall]:
    """The calls in progress."""
    near = calls_between(pbx, tenant, now - timedelta(hours=3), now + timedelta(seconds=1))
    return [call for call in near if call.at <= now < call.ends]


def find(pbx: Pbx, tenant: str, ref: str, now: datetime) -> PbxCall | None:
    """The tenant's call of that unique id or originate id, begun by now."""
    row = pbx.table("dialled").get(ref)
    if row is not None:
        at = datetime.fromisoformat(row["at"])
    else:
        epoch = ref.partition("-")[2].partition(".")[0]
        if not epoch.isdecimal() or len(epoch) != 10:
            return None
        at = datetime.fromtimestamp(int(epoch), UTC)
    calls = calls_between(pbx, tenant, at - timedelta(seconds=1), at + timedelta(seconds=2))
    return next((call for call in calls if ref in (call.uniqueid, call.originate) and call.at <= now), None)


def _originated(pbx: Pbx) -> Iterator[PbxCall]:
    for ref, row in pbx.table("dialled").items():
        direction = LOCAL if len(row["dest"]) < 7 else OUT
        limit = int(row["timeout"]) if row["timeout"].isdecimal() else _DIALLED
        yield PbxCall(
            row["_te"], row["uniqueid"], datetime.fromisoformat(row["at"]), limit, direction, row["source"], row["name"],
            row["dest"], ANSWERED, row["dest"] if direction == LOCAL else row["source"], originate=ref,
        )  # fmt: skip
