"""Which day numbers may change hands: working days without holidays, not too soon and not too far."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from django.utils import timezone

MOST_DAYS = 30
# Where an order's working day begins and ends is the losing carrier's zone; no reply tells it. Eastern is the industry's.
ZONES = {"US": ZoneInfo("America/New_York"), "CA": ZoneInfo("America/Toronto")}
ACTIVATION = time(11, 30)
_CUT_OFF = time(13, 0)  # a request after that counts from the next working day
# Working days a losing carrier may take: 47 CFR 52.35 for the US, CRTC 2005-72 for Canada.
SIMPLE_US, OTHER_US, CANADA = 1, 4, 2


class NotPossible(ValueError):
    """The date cannot be asked for; the message says why, and which could."""


@lru_cache(maxsize=32)
def _holidays(country: str, year: int) -> dict[date, str]:
    return dict(holidays.country_holidays(country, years=year))


def holiday(day: date, country: str) -> str:
    """Return the name of the holiday a day is in the country's calendar; empty for none."""
    return _holidays(country, day.year).get(day, "")


def is_working_day(day: date, country: str) -> bool:
    """Return whether carriers work on a day: Monday to Friday, no holiday."""
    return day.weekday() < 5 and not holiday(day, country)


def after(day: date, count: int, country: str) -> date:
    """Return the `count`-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, country)
    return day


def interval(country: str, *, simple: bool) -> int:
    """Return the working days the losing carrier has."""
    if country == "CA":
        return CANADA
    return SIMPLE_US if simple else OTHER_US


def earliest(country: str, *, simple: bool, now: datetime | None = None) -> date:
    """Return the first day that can be asked for now."""
    local = (now or timezone.now()).astimezone(ZONES[country])
    start = local.date()
    if not is_working_day(start, country) or local.time() > _CUT_OFF:
        start = after(start, 1, country)
    return after(start, interval(country, simple=simple), country)


def check(day: date, country: str, *, simple: bool, now: datetime | None = None) -> None:
    """Raise NotPossible unless a port can be asked for on `day`."""
    today = (now or timezone.now()).astimezone(ZONES[country]).date()
    first = earliest(country, simple=simple, now=now)
    if day < today:
        raise NotPossible(f"{_said(day)} is past. The first possible day is {_said(first)}.")
    if day.weekday() >= 5:
        raise NotPossible(
            f"{_said(day)} is a weekend: carriers do not port then. The next working day is {_next(day, country)}."
        )
    if name := holiday(day, country):
        raise NotPossible(f"{_said(day)} is a holiday ({name}). The next working day is {_next(day, country)}.")
    if day < first:
        days = interval(country, simple=simple)
        needs = f"{days} working day{'' if days == 1 else 's'}"
        raise NotPossible(f"The losing carrier has {needs} for an order like this: the first possible day is {_said(first)}.")
    if day > today + timedelta(days=MOST_DAYS):
        last = today + timedelta(days=MOST_DAYS)
        raise NotPossible(f"A date lies at most {MOST_DAYS} days ahead: {_said(last)} at the latest.")


def moment(day: date, country: str) -> datetime:
    """Return when numbers change hands on a day: the industry's usual time, where only the day counts."""
    return datetime.combine(day, ACTIVATION, ZONES[country])


def day_of(at: datetime, country: str) -> date:
    """Return the day of a moment as the losing carrier counts it."""
    return at.astimezone(ZONES[country]).date()


def _next(day: date, country: str) -> str:
    return _said(after(day, 1, country))


def _said(day: date) -> str:
    return f"{day:%A, %b} {day.day}"
