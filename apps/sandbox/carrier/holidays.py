"""Working days for porting: Monday to Friday without the federal holidays."""

from datetime import date, timedelta


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in federal_holidays(day.year)


def after_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def federal_holidays(year: int) -> set[date]:
    """As observed: one that falls on a Saturday is kept on Friday, on a Sunday on Monday."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    return {
        *(_observed(day) for day in fixed),
        _nth(year, 1, 0, 3),  # Martin Luther King
        _nth(year, 2, 0, 3),  # Presidents
        _last_monday_of_may(year),  # Memorial
        _nth(year, 9, 0, 1),  # Labor
        _nth(year, 10, 0, 2),  # Columbus
        _nth(year, 11, 3, 4),  # Thanksgiving
    }


def _observed(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
