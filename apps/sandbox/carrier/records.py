"""Call records: made from the seed, the number and the day, so that every look finds the same calls.

Files exist for each finished day of the last ninety, two a day: calls that were answered, calls that failed.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret

from .accounts import Account, Owned
from .billing import period
from .calls import TIME, Context, operation

DAYS = 90
HEADER = ("Call Date", "From", "To", "Trunk Group", "Duration", "Billed Seconds", "Rate", "Cost", "Result")
INBOUND, OUTBOUND = "origination", "termination"
_FAILURES = ("486 Busy Here", "480 Temporarily Unavailable", "487 Request Terminated", "503 Service Unavailable")
_RATE_A_MINUTE = {INBOUND: 0.0042, OUTBOUND: 0.0069}
_CALLERS = ("206", "425", "503", "541", "303", "720", "213", "415", "312", "212", "305", "512")


@dataclass(frozen=True)
class CallRecord:
    at: datetime
    far: str
    seconds: int
    result: str

    @property
    def answered(self) -> bool:
        return self.seconds > 0


@lru_cache(maxsize=40_000)
def calls_of(seed: int, direction: str, number: str, day: date) -> tuple[CallRecord, ...]:
    """One number's calls of one day, in order of time."""
    rng = random.Random(f"{seed}:{direction}:{number}:{day}")  # noqa: S311 - invented calls
    busy = rng.randint(1, 8) if day.weekday() < 5 else rng.randint(0, 2)
    starts = sorted(rng.randint(8 * 3600, 18 * 3600) for _ in range(busy))
    return tuple(_call(rng, day, start) for start in starts)


def _call(rng: random.Random, day: date, start: int) -> CallRecord:
    far = f"1{rng.choice(_CALLERS)}{rng.randint(200, 210)}{rng.randint(0, 9999):04d}"
    at = datetime.combine(day, time()) + timedelta(seconds=start)
    if rng.random() < 0.15:
        return CallRecord(at, far, 0, rng.choice(_FAILURES))
    return CallRecord(at, far, 6 + int(rng.expovariate(1 / 150)), "200 OK")


def finished_days(ctx: Context) -> list[date]:
    """The days that have files, newest first."""
    today = ctx.now.date()
    return [today - timedelta(days=back) for back in range(1, DAYS + 1)]


def days_of(account: Account, number: str, days: list[date]) -> list[date]:
    """Those of the days on which the account had the number."""
    since = account.numbers[number].since
    return [day for day in days if str(day) >= since]


@operation("daily_cdrs")
def daily_cdrs(ctx: Context) -> dict[str, Any]:
    return {"data": _links(ctx, INBOUND)}


@operation("daily_cdrs_termination")
def daily_cdrs_termination(ctx: Context) -> dict[str, Any]:
    return {"data": _links(ctx, OUTBOUND)}


def file(ctx: Context, name: str) -> Reply | None:
    """The CSV of that name in this account, or None."""
    if not name.startswith(f"{ctx.account.accountno}-"):
        return None
    for day in finished_days(ctx):
        for direction in (INBOUND, OUTBOUND):
            for kind in ("success", "failed"):
                if name == _file_name(ctx, direction, day, kind):
                    return Reply(_csv(ctx, direction, day, kind).encode(), content_type="text/csv; charset=utf-8")
    return None


def _links(ctx: Context, direction: str) -> list[dict[str, str]]:
    first, last = period(ctx)
    root = f"{ctx.root}/uploads/cdrs"
    return [
        {
            "date": f"{day} 00:00:00",
            "success": f"{root}/{_file_name(ctx, direction, day, 'success')}",
            "failed": f"{root}/{_file_name(ctx, direction, day, 'failed')}",
        }
        for day in finished_days(ctx)
        if first <= str(day) <= last
    ]


def _file_name(ctx: Context, direction: str, day: date, kind: str) -> str:
    key = secret(ctx.carrier.seed, "cdr", ctx.account.accountno, direction, str(day), kind, length=12)
    return f"{ctx.account.accountno}-{direction}-{day}-{kind}-{key}.csv"


def _csv(ctx: Context, direction: str, day: date, kind: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(sorted(_rows(ctx, direction, day, answered=kind == "success")))
    return text.getvalue()


def _rows(ctx: Context, direction: str, day: date, *, answered: bool) -> Iterator[tuple[str, ...]]:
    rate = _RATE_A_MINUTE[direction]
    for number, owned in ctx.account.numbers.items():
        if str(day) < owned.since:
            continue
        for call in calls_of(ctx.carrier.seed, direction, number, day):
            if call.answered != answered:
                continue
            near, billed = f"1{number}", -(-call.seconds // 6) * 6
            ends = (call.far, near) if direction == INBOUND else (near, call.far)
            figures = (str(call.seconds), str(billed), str(rate), f"{billed / 60 * rate:.4f}")
            yield (call.at.strftime(TIME), *ends, _trunk_title(ctx.account, direction, owned), *figures, call.result)


def _trunk_title(account: Account, direction: str, owned: Owned) -> str:
    if direction == INBOUND:
        return account.trunks[owned.trunk_id].title if owned.trunk_id in account.trunks else ""
    trunk = outbound_trunk(account, owned.number)
    return account.terminations[trunk].title if trunk else ""


def outbound_trunk(account: Account, number: str) -> str:
    """The id of the termination trunk that calls from this number take; always the same one."""
    trunks = list(account.terminations)
    return trunks[int(number) % len(trunks)] if trunks else ""
