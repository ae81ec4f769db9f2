"""Opening hours as vendors write them: days of the week as digits, times of day as text."""

import re
from collections.abc import Iterable
from datetime import datetime, time

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")


def on_day(days: Iterable[str], moment: datetime) -> bool:
    """Whether the weekday of `moment` is among `days`: 1 is Monday, 7 and 0 are Sunday."""
    return any(day.strip() in {str(moment.isoweekday()), str(moment.isoweekday() % 7)} for day in days)


def within(first: str, last: str, moment: datetime) -> bool:
    """Whether the time of day of `moment` is from `first` to `last` ("8:00"), over midnight where `last` is the earlier.

    ValueError when one of them cannot be read.
    """
    begins, ends, now = clock(first), clock(last), moment.time()
    return begins <= now < ends if begins < ends else now >= begins or now < ends


def clock(text: str) -> time:
    """Return a time of day; 24:00 is the end of the day. ValueError when it cannot be read."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time of day")
    hour, minute = int(match[1]), int(match[2])
    return time.max if (hour, minute) == (24, 0) else time(hour, minute)
