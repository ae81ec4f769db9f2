"""Traffic: how many calls, how many answered, how long, how many at once.

The document shows rows by number everywhere, in the trunk groups' statistics as well; so it is here.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from .accounts import Owned
from .calls import Context, Refused, operation
from .numbers import owned_numbers
from .records import INBOUND, OUTBOUND, calls_of, days_of, finished_days, outbound_trunk


class Totals(NamedTuple):
    processed: int = 0
    completed: int = 0
    seconds: int = 0
    peak: int = 0

    def plus(self, other: "Totals") -> "Totals":
        return Totals(
            self.processed + other.processed,
            self.completed + other.completed,
            self.seconds + other.seconds,
            max(self.peak, other.peak),
        )

    def fields(self) -> dict[str, str]:
        """`acd` in minutes, `asr` with its percent sign, `mou` in whole minutes."""
        return {
            "processed": str(self.processed),
            "completed": str(self.completed),
            "acd": f"{self.seconds / 60 / self.completed:.2f}" if self.completed else "0.00",
            "asr": f"{100 * self.completed // self.processed}%" if self.processed else "0%",
            "mou": str(round(self.seconds / 60)),
            "peak": str(self.peak),
        }


@operation("did_stats")
def did_stats(ctx: Context) -> dict[str, Any]:
    owned = owned_numbers(ctx, ctx.params.numbers("number", 10))
    return {"data": [_row(ctx, INBOUND, number) for number in owned]}


@operation("tg_stats")
def tg_stats(ctx: Context) -> dict[str, Any]:
    wanted = _trunk_ids(ctx, ctx.account.trunks)
    numbers = [number for number in ctx.account.numbers.values() if number.trunk_id in wanted]
    return {"data": [_row(ctx, INBOUND, number) for number in numbers]}


@operation("tg_stats_termination")
def tg_stats_termination(ctx: Context) -> dict[str, Any]:
    """Calls out by the number they came from; a number always goes out over the same trunk."""
    wanted = _trunk_ids(ctx, ctx.account.terminations)
    numbers = [n for n in ctx.account.numbers.values() if outbound_trunk(ctx.account, n.number) in wanted]
    return {"data": [_row(ctx, OUTBOUND, number) for number in numbers]}


@operation("monthly_summary")
def monthly_summary(ctx: Context) -> dict[str, Any]:
    return {"data": _monthly(ctx, INBOUND)}


@operation("monthly_summary_termination")
def monthly_summary_termination(ctx: Context) -> dict[str, Any]:
    return {"data": _monthly(ctx, OUTBOUND)}


def _monthly(ctx: Context, direction: str) -> list[dict[str, str]]:
    year = ctx.params.whole("year", 2000, 2099)
    month = ctx.params.whole("month", 1, 12) if ctx.params.text("month") else 0
    days = [day for day in finished_days(ctx) if day.year == year and month in (0, day.month)]
    rows = []
    for wanted in sorted({day.month for day in days}):
        in_month = [day for day in days if day.month == wanted]
        rows += [_row(ctx, direction, n, in_month, f"{year}-{wanted:02d}-1") for n in ctx.account.numbers.values()]
    return rows


def _row(ctx: Context, direction: str, number: Owned, days: list[date] | None = None, month: str = "") -> dict[str, str]:
    """One number's line; with `month` (the document writes it 2015-02-1) for those days alone."""
    held = days_of(ctx.account, number.number, finished_days(ctx) if days is None else days)
    totals = _sum(_day_totals(ctx.carrier.seed, direction, number.number, day) for day in held)
    head = {"accountno": ctx.account.accountno, "number": number.number}
    return {**head, **({"month": month} if month else {}), **totals.fields()}


def _sum(parts: Iterable[Totals]) -> Totals:
    whole = Totals()
    for part in parts:
        whole = whole.plus(part)
    return whole


@lru_cache(maxsize=100_000)
def _day_totals(seed: int, direction: str, number: str, day: date) -> Totals:
    calls = calls_of(seed, direction, number, day)
    answered = [call for call in calls if call.answered]
    ends = [(call.at, call.at + timedelta(seconds=call.seconds)) for call in answered]
    peak = max((sum(1 for start, end in ends if start <= at < end) for at, _ in ends), default=0)
    return Totals(len(calls), len(answered), sum(call.seconds for call in answered), peak)


def _trunk_ids(ctx: Context, trunks: dict[str, Any]) -> set[str]:
    wanted = {part.strip() for part in ctx.params.text("tg_id", required=True).split(",")}
    if not wanted <= trunks.keys():
        raise Refused("tg_id")
    return wanted
