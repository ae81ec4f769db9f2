"""Numbers, money, times and yes/no as vendors and people spell them."""

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.vendors.core import params, values
from apps.vendors.core.transport import Incoming


@pytest.mark.parametrize(
    "text", ["2065550100", "12065550100", "+12065550100", "+1 (206) 555-0100", "1-206-555-0100", "206.555.0100", " 2065550100 "]
)
def test_north_american_spellings(text: str) -> None:
    assert values.to_e164(text) == "+12065550100"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("206555010", "has 10 digits"),
        ("22065550100", "has 10 digits"),
        ("1065550100", "no such area code"),
        ("2910550100", "no such area code"),
        ("9115550100", "no such area code"),
        ("2061550100", "no such area code"),
        ("2069110100", "no such area code"),
        ("206-CALL-NOW", "is digits"),
        ("2.0655501E9", "is digits"),
        ("", "is digits"),
        ("+4", "7 to 15"),
        ("２０６５５５０１００", "is digits"),
    ],
)
def test_wrong_numbers_say_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        values.to_e164(text)


def test_international_numbers_are_kept() -> None:
    assert values.to_e164("+44 20 7946 0018") == "+442079460018"
    with pytest.raises(ValueError, match="North American"):
        values.national("+442079460018")


@given(st.from_regex(r"[2-9][0-8][2-9][2-9][2-9][0-9]{5}", fullmatch=True))
def test_e164_is_stable(digits: str) -> None:
    number = values.to_e164(digits)
    assert values.to_e164(number) == number
    assert values.national(number) == digits


@given(st.text())
def test_any_text_gives_a_number_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert values.to_e164(text).startswith("+")


@pytest.mark.parametrize("text", ["1234.50", "1,234.50", "$1,234.50", " 1234.50 "])
def test_money(text: str) -> None:
    assert values.to_decimal(text) == Decimal("1234.50")


@pytest.mark.parametrize("text", ["", "XX.XX", "NaN", "Infinity", "1.2.3"])
def test_not_money(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        values.to_decimal(text)


def test_moments_are_aware() -> None:
    assert values.to_moment("2015-04-29T03:31:05Z") == datetime(2015, 4, 29, 3, 31, 5, tzinfo=UTC)
    eastern = ZoneInfo("America/New_York")
    assert values.to_moment("2015-04-29 03:31:05", eastern).astimezone(UTC).hour == 7


@pytest.mark.parametrize(("text", "day"), [("2015-02-1", date(2015, 2, 1)), ("2015-04-29 00:00:00", date(2015, 4, 29))])
def test_days(text: str, day: date) -> None:
    assert values.to_day(text) == day


@pytest.mark.parametrize("text", ["2015-02-30", "29/04/2015", "2015-04-299", ""])
def test_not_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|date"):
        values.to_day(text)


def test_many_faults_are_counted_not_listed_without_end() -> None:
    with pytest.raises(ValueError, match="and 15 more"):
        params.phones("numbers").cleaned(["x"] * 20)


def test_lists_come_as_lists_lines_or_commas() -> None:
    param = params.phones("numbers")
    assert param.cleaned("2065550100\n2065550101, 2065550102,") == ["+12065550100", "+12065550101", "+12065550102"]
    assert param.encoded(["+12065550100", "+12065550101"]) == "2065550100,2065550101"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'{"name": "Bj\u00f6rn \ud83d\ude00"}', r'{"name": "Bj\u00f6rn \ud83d\ude00"}'),
        (rb'{"name": "A\u0000B"}', r'{"name": "A\ufffdB"}'),
        (rb'{"name": "\ud83d!", "x": "\ude00"}', r'{"name": "\ufffd!", "x": "\ufffd"}'),
        (rb'{"path": "C:\\u0000"}', r'{"path": "C:\\u0000"}'),
        (b"\x00<?php \xff", "\ufffd<?php \ufffd"),
    ],
)
def test_a_replys_text_holds_nothing_that_a_database_refuses(content: bytes, text: str) -> None:
    assert Incoming(200, httpx.Headers(), content).text == text
