"""Opening hours as vendors write them."""

from datetime import datetime, timedelta

import pytest

from apps.vendors.core.hours import clock, on_day, within

SUNDAY = datetime(2026, 3, 8, 23, 30)  # noqa: DTZ001  the time of day alone matters


@pytest.mark.parametrize(
    ("days", "holds"),
    [
        (["7"], True),
        (["0"], True),
        (["1"], False),
        (["1", " 7 "], True),
        (["6"], False),
        ([], False),
        ([""], False),
        (["x"], False),
    ],
)
def test_sunday_is_seven_and_nought(days: list[str], holds: bool) -> None:
    assert on_day(days, SUNDAY) is holds


def test_days_of_a_week_are_told_apart() -> None:
    for digit in range(1, 8):
        day = SUNDAY + timedelta(days=digit)
        assert [one for one in range(1, 8) if on_day([str(one)], day)] == [digit]


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [
        ("8:00", "18:00", False), ("23:30", "23:31", True), ("23:00", "23:30", False), ("0:00", "24:00", True),
        ("22:00", "6:00", True), ("23:31", "23:30", False), ("00:00", "23:30:00", False), ("23:30", "23:30", True),
    ],
)  # fmt: skip
def test_hours_begin_with_their_first_minute_and_may_go_over_midnight(first: str, last: str, holds: bool) -> None:
    assert within(first, last, SUNDAY) is holds


@pytest.mark.parametrize("text", ["", "8", "25:00", "8:60", "noon", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time of day|hour|minute"):
        clock(text)
