"""How values are written for people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.ui import formatting as f

NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+12065550100", "+1 206-555-0100"),
        ("+442079460958", "+44 20 7946 0958"),
        ("101", "101"),
        ("+1206", "+1 206"),
        ("+1206555010x", "+1206555010x"),
        ("+", "+"),
        ("", ""),
        (None, ""),
    ],
)
def test_phone_numbers(number: str | None, shown: str) -> None:
    assert f.phone(number) == shown


@given(st.text(max_size=20))
def test_any_text_can_be_shown_as_a_number(text: str) -> None:
    assert isinstance(f.phone(text), str)


@dataclass(frozen=True)
class Amount:
    amount: Decimal
    currency: str


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("0.0125"), "$0.0125"),
        (Decimal("100"), "$100.00"),
        (Decimal("1E+3"), "$1,000.00"),
        (Decimal("-12.25"), "−$12.25"),
        (Decimal("2.500"), "$2.50"),
        (0, "$0.00"),
        (Amount(Decimal("3"), "EUR"), "€3.00"),
        (Amount(Decimal("-3"), "CHF"), "−3.00 CHF"),
        (None, "–"),
    ],
)
def test_money(value: Any, shown: str) -> None:
    assert f.money(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 ms"),
        (0.38, "380 ms"),
        (0.9999, "1 s"),
        (4.2, "4.2 s"),
        (9.99, "10 s"),
        (59.7, "1 min"),
        (75, "1 min 15 s"),
        (3600, "1 h"),
        (3665, "1 h 1 min"),
        (7500, "2 h 5 min"),
        (86400 + 7200, "1 day 2 h"),
        (timedelta(days=3, hours=4), "3 days 4 h"),
        (-5, "−5 s"),
        (None, "–"),
    ],
)
def test_durations(value: Any, shown: str) -> None:
    assert f.seconds(value) == shown


@pytest.mark.parametrize(
    ("gap", "shown"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=42), "42 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=45), "45 days ago"),
        (timedelta(days=65), "2 months ago"),
        (timedelta(minutes=-4), "in 4 min"),
    ],
)
def test_how_long_ago(gap: timedelta, shown: str) -> None:
    assert f.ago(NOW - gap, NOW) == shown


def test_moments_carry_the_zone_they_are_shown_in() -> None:
    moment = timezone.now().replace(month=7, day=4, hour=12, minute=5, second=9, microsecond=0)
    with timezone.override(ZoneInfo("America/Los_Angeles")):
        assert f.when(moment) == "Jul 4, 05:05 PDT"
        assert f.when(moment, full=True) == f"Jul 4, {moment.year}, 05:05:09 PDT"
    with timezone.override(UTC):
        assert f.when(moment.replace(year=2019)) == "Jul 4, 2019, 12:05 UTC"
    assert f.when(None) == "–"


def test_a_status_is_a_word_and_never_only_a_tone() -> None:
    assert (f.status_word("needs_person"), f.status_tone("needs_person")) == ("Needs a person", "warn")
    assert (f.status_word("active"), f.status_tone("Active")) == ("Active", "good")
    assert (f.status_word("something_new"), f.status_tone("something_new")) == ("Something new", "idle")
