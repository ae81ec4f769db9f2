"""Calls: those with the carrier, made of the same numbers and moments as the carrier's own records, and those in the house.

Calls of a day are made from the seed, the tenant and the day alone, so that every look finds the same ones.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, OUTBOUND, calls_of

from .calls import Context, Refused, operation

DAYS = 90
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: month for month, name in enumerate(_NAMES, 1)}
_FAILED = {"486 Busy Here": "Busy", "503 Service Unavailable": "Failed"}
_CODES = {"8": ("Answered",), "4": ("Not Answered", "Unanswered", "No Answer"), "2": ("Busy",), "1": ("Failed",)}
_HOUSE_EVERY = 600  # seconds between calls in the house; they last longer than that at times, so somebody always talks


@dataclass(frozen=True)
class Record:
    """A leg of a call. `at` is Unix time; `ends` are the tenant's extensions in it; `kind` 1 incoming, 2 outgoing, 0 house."""

    tenant: str
    source: str
    target: str
    at: float
    seconds: int
    status: str
    uniqueid: str
    kind: str
    trunk: str
    ends: tuple[str, ...]

    @property
    def recorded(self) -> bool:
        return self.seconds > 30 and zlib.crc32(self.uniqueid.encode()) % 4 == 0


@dataclass(frozen=True)
class LiveCall:
    uniqueid: str
    source: str
    target: str
    at: float
    ends: tuple[tuple[str, str], ...]


@lru_cache(maxsize=600)
def day_of(seed: int, key: str, day: date) -> tuple[Record, ...]:
    """The calls of a tenant of the demo world that began on a day (UTC), newest first."""
    tenant = next(tenant for tenant in world.TENANTS if tenant.key == key)
    legs = [*_with_carrier(seed, tenant, day), *_in_house(seed, tenant, day)]
    return tuple(sorted(legs, key=lambda leg: (leg.at, leg.uniqueid), reverse=True))


def _with_carrier(seed: int, tenant: world.Tenant, day: date) -> Iterator[Record]:
    numbers = (*tenant.numbers, *tenant.toll_free)
    for place, number in enumerate(numbers):
        person = tenant.people[place % len(tenant.people)]
        second = tenant.people[(place + 1) % len(tenant.people)]
        for direction, kind in ((INBOUND, "1"), (OUTBOUND, "2")):
            for call in calls_of(seed, direction, number, day):
                at = call.at.replace(tzinfo=_UTC).timestamp()
                key = zlib.crc32(f"{number}{direction}".encode()) % 1000
                status = "Answered" if call.answered else _FAILED.get(call.result, "Not Answered")
                near, far = f"{person.name} ({person.extension})", call.far
                source, target = (far, near) if kind == "1" else (near, far)
                common = (status, f"{int(at)}.{key}", kind, "carrier")
                if kind == "1" and call.seconds > 400:
                    # The front desk did not pick up: a second leg of the same call.
                    missed = f"{second.name} ({second.extension})"
                    yield Record(tenant.key, far, missed, at - 12, 0, "Not Answered", *common[1:], (second.extension,))
                yield Record(tenant.key, source, target, at, call.seconds, *common, (person.extension,))


def _in_house(seed: int, tenant: world.Tenant, day: date) -> Iterator[Record]:
    rng = random.Random(f"{seed}:house:{tenant.key}:{day}")  # noqa: S311 - invented calls
    midnight = datetime(day.year, day.month, day.day, tzinfo=_UTC).timestamp()
    for slot in range(0, 86_400, _HOUSE_EVERY):
        caller, called = rng.sample(tenant.people, 2)
        at, seconds = midnight + slot + rng.randint(0, 60), rng.randint(420, 900)
        ends = (caller.extension, called.extension)
        names = (f"{caller.name} ({caller.extension})", f"{called.name} ({called.extension})")
        ref = f"{int(at)}.{zlib.crc32(tenant.key.encode()) % 97 + 1000}"
        yield Record(tenant.key, *names, at, seconds, "Answered", ref, "0", "", ends)


_UTC = ZoneInfo("UTC")


def _tenants(ctx: Context) -> dict[str, tuple[str, str]]:
    """Tenant id → key in the demo world and the day its numbers were bought; tenants made since have had no calls."""
    server = ctx.tenant_or_all
    rows = ctx.pbx.of("tenant", "").items()
    return {ref: (row["_world"], row["_since"]) for ref, row in rows if row.get("_world") and server in ("", ref)}


def _begun(seed: int, key: str, since: str, day: date) -> Iterator[Record]:
    """A tenant's calls of a day; before its numbers were bought at the carrier, those in the house alone."""
    return (record for record in day_of(seed, key, day) if record.kind == "0" or str(day) >= since)


def _records(ctx: Context, first: datetime, last: datetime) -> Iterator[tuple[str, Record]]:
    """Calls that ended by now and began within the window, newest first, each with its tenant's id."""
    now, low, high = ctx.now.timestamp(), first.timestamp(), last.timestamp()
    oldest = (ctx.now - timedelta(days=DAYS)).date()
    day, tenants = min(last.astimezone(_UTC).date(), ctx.now.date()), _tenants(ctx)
    while day >= max(oldest, first.astimezone(_UTC).date()):
        found = [(ref, record) for ref, whose in tenants.items() for record in _begun(ctx.pbx.seed, *whose, day)]
        for ref, record in sorted(found, key=lambda pair: pair[1].at, reverse=True):
            if low <= record.at <= high and record.at + record.seconds <= now:
                yield ref, record
        day -= timedelta(days=1)


def today(ctx: Context) -> list[Record]:
    midnight = ctx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [record for _, record in _records(ctx, midnight, ctx.now)]


def answered_today(ctx: Context) -> int:
    return sum(1 for record in today(ctx) if record.status == "Answered")


def live_calls(ctx: Context) -> list[LiveCall]:
    """Calls that go on now: they end when their time is over, and stand in the records then."""
    now, found = ctx.now.timestamp(), []
    for ref, whose in _tenants(ctx).items():
        for day in (ctx.now.date(), ctx.now.date() - timedelta(days=1)):
            for record in _begun(ctx.pbx.seed, *whose, day):
                if record.at <= now < record.at + record.seconds:
                    ends = tuple((ref, end) for end in record.ends)
                    found.append(LiveCall(record.uniqueid, record.source, record.target, record.at, ends))
    return found


def window(ctx: Context, day: str = "", clock: str = "time", *, default_end: str = "23:59:59") -> tuple[datetime, datetime]:
    """The moments a search is between, from its dates (Feb-01-2009) and times (23:59:59) in the zone asked for."""
    zone: Any = _UTC
    if ctx.text("timezone"):
        try:
            zone = ZoneInfo(ctx.text("timezone"))
        except (ZoneInfoNotFoundError, ValueError):
            raise Refused(f"Required field 'timezone={ctx.text('timezone')}' contains invalid data (Regex: ^.+$)") from None
    edges = []
    for name, default in (("start", "00:00:00"), ("end", default_end)):
        given = ctx.text(f"{name}{day}")
        month, _, rest = given.partition("-")
        try:
            at = datetime.strptime(f"{_MONTHS[month]}-{rest} {ctx.text(f'{name}{clock}') or default}", "%m-%d-%Y %H:%M:%S")
        except (KeyError, ValueError):
            text = (
                f"Required field '{name}{day}={given}' contains invalid data (Regex: ^[A-Z][a-z]{{2}}-[0-9]{{2}}-[0-9]{{4}}$)"
            )
            raise Refused(text) from None
        edges.append(at.replace(tzinfo=zone))
    return edges[0], edges[1]


def _wanted(ctx: Context) -> Iterator[tuple[str, Record]]:
    for names in (("trunk", "ext"), ("trunkdst", "extdst")):
        if all(ctx.text(name) for name in names):
            raise Refused(f"You cannot supply {names[0]} and {names[1]} at the same time!")
    statuses, kind = _CODES.get(ctx.text("status")), ctx.text("cdrtype")
    sources, targets = ctx.split("ext"), ctx.split("extdst")
    for ref, record in _records(ctx, *window(ctx)):
        if statuses and record.status not in statuses:
            continue
        if kind in ("1", "2") and record.kind != kind:
            continue
        if sources and _bare(record.source) not in sources or targets and _bare(record.target) not in targets:
            continue
        if ctx.text("trunk") and record.kind != "1" or ctx.text("trunkdst") and record.kind != "2":
            continue
        yield ref, record


def _bare(end: str) -> str:
    return end.rpartition("(")[2].removesuffix(")")


def _cost(record: Record) -> float:
    return -(-record.seconds // 6) * 6 / 60 * 0.0069 if record.kind == "2" else 0.0


@operation("cdr.download", "start end")
def download(ctx: Context) -> Any:
    limit = min(max(int(ctx.text("limit") or 16), 1), 1000)
    page = max(int(ctx.text("page") or 1), 1)
    start = (page - 1) * limit
    if ctx.faults("shifting_pages"):
        start = max(0, start - (page - 1))  # a new call between two pages: the last row of one is the first of the next
    rows = []
    more = False
    for place, (ref, record) in enumerate(_wanted(ctx)):
        if place >= start + limit:
            more = True
            break
        if place >= start:
            rows.append(_row(ctx, ref, record))
    with_tenant = not ctx.faults("no_tenant_column")
    header = ["From", "To", "Date/Time", "Total Duration", "Rating Duration", "Rating Cost", "Status", "Unique ID"]
    header += ["Recording Path", "Recording Available", "Location Type", "MOS"]
    if with_tenant:
        header.insert(0, "Tenant")
    else:
        rows = [row[1:] for row in rows]
    if not rows:
        return {"success": "Success.", "next_page": False, "limit": limit, "records": 0, "header": None, "csv": []}
    next_page: Any = ("true" if more else "false") if ctx.faults("next_page_as_text") else more
    return {"success": "Success.", "next_page": next_page, "limit": limit, "records": len(rows), "header": header, "csv": rows}


def _row(ctx: Context, ref: str, record: Record) -> list[Any]:
    path = f"recordings/{ctx.pbx.table('tenant')[ref]['tenant_code']}/{record.uniqueid}.mp3" if record.recorded else ""
    # Converted to MP3 a while after the call.
    converted = record.recorded and record.at + record.seconds + 300 < ctx.now.timestamp()
    billed = -(-record.seconds // 6) * 6
    code = ctx.pbx.table("tenant")[ref]["tenant_code"]
    figures = [str(int(record.at)), str(record.seconds), str(billed), f"{_cost(record):.5f}"]
    tail = [record.status, record.uniqueid, path, "True" if converted else "False", "Local", 4.4 if record.seconds else 0]
    return [code, record.source, record.target, *figures, *tail]


@operation("cdr.billamount", "start end")
def bill_amount(ctx: Context) -> Any:
    return {"billamount": round(sum(_cost(record) for _, record in _wanted(ctx)), 5)}


def _by_uniqueid(ctx: Context) -> list[tuple[str, Record]]:
    wanted = ctx.text("uniqueid")
    try:
        moment = datetime.fromtimestamp(float(wanted.split(".")[0]), _UTC)
    except (ValueError, OverflowError, OSError):
        return []
    near = timedelta(hours=1)
    return [pair for pair in _records(ctx, moment - near, moment + near) if pair[1].uniqueid == wanted]


@operation("cdr.mos", "uniqueid")
def mos(ctx: Context) -> Any:
    legs = _by_uniqueid(ctx)
    data = []
    for place, (ref, record) in enumerate(legs):
        code = ctx.pbx.table("tenant")[ref]["tenant_code"]
        values = (
            {"maxmes": 4.4, "avgmes": 4.2, "minmes": 3.9}
            if record.seconds
            else dict.fromkeys(("maxmes", "avgmes", "minmes"), 0)
        )
        channel = f"PJSIP/{code}{record.ends[0]}-{place:08x}"
        data.append({"channel": channel, "linkedid": record.uniqueid, "uniqueid": record.uniqueid, **values})
    return {"success": "Success.", "data": data}


@operation("transcription.get", "uniqueid server")
def transcription(ctx: Context) -> Any:
    recorded = [record for _, record in _by_uniqueid(ctx) if record.recorded]
    if not recorded:
        raise Refused("Transcription not found.")
    words, start = ["Thank", "you", "for", "calling,", "how", "can", "I", "help", "you", "today?"], 0.4
    spoken = [
        {"word": word.strip(",?"), "start": start + place * 0.3, "end": start + place * 0.3 + 0.25}
        for place, word in enumerate(words)
    ]
    text = " ".join(words)
    segment = {"id": 0, "seek": 0, "start": start, "end": spoken[-1]["end"], "text": f" {text}"}
    length = float(recorded[0].seconds)
    return {"text": text, "vtt": {"language": "english", "duration": length, "words": spoken, "segments": [segment]}}


@operation("archiving.list", "start_date end_date")
def archives(ctx: Context) -> Any:
    first, last = window(ctx, "_date", "_time")
    rows = []
    for row in ctx.pbx.table("tenant").values():
        if ctx.text("tenant") not in ("", row["tenant_code"]) or not row.get("_world"):
            continue
        for back in range(1, DAYS):
            at = (ctx.now - timedelta(days=back)).replace(hour=2, minute=30, second=0)
            status = "PARTIAL" if back % 17 == 0 else "SUCCESS"
            if first <= at <= last and (not ctx.split("status") or status in ctx.split("status")):
                counts = {"success": str(3 + back % 5), "failed": "1" if status == "PARTIAL" else "0"}
                kinds = dict.fromkeys(("recording", "fax", "voicemail"), counts)
                rows.append({"tenant": row["tenant_code"], "date_time": f"{at:%Y-%m-%d %H:%M:%S}", "status": status, **kinds})
    return rows


def _recording(act: str) -> None:
    @operation(f"recording.{act}", "server ext", writes=True)
    def run(ctx: Context) -> Any:
        here = (ctx.tenant, ctx.text("ext"))
        if ctx.pbx.find("ext", here[0], ext=here[1]) is None:
            raise Refused(f"Extension '{here[1]}' not found.")
        calls = [call for call in live_calls(ctx) if here in call.ends]
        if not calls:
            return {"success": "No calls were updated.", "affected_calls": 0}
        for call in calls:
            ctx.pbx.table("recording")[call.uniqueid] = {"state": act}
        return {"success": "Call status updated successfully.", "affected_calls": len(calls)}


for _act in ("start", "stop", "pause", "unpause"):
    _recording(_act)
