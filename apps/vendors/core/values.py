"""Neutral values and how vendors' spellings become them: E.164 numbers, money, aware times, yes and no."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

# Area code: second digit not 9 (kept for expansion), not N11; exchange: not N11.
_NANP = re.compile(r"(?!.11)[2-9][0-8]\d(?!.11)[2-9]\d{6}\Z")
_DECORATION = re.compile(r"[\s().\-‐‑–/]")
TOLL_FREE_PREFIXES = ("800", "833", "844", "855", "866", "877", "888")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the major unit of an ISO 4217 currency."""

    amount: Decimal
    currency: str = "USD"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def to_e164(text: Any) -> str:
    """Return a North American number as `+1NPANXXXXXX`; a longer international one as `+` and its digits.

    Accepts 10 or 11 digits, with or without `+`, and the punctuation people write. ValueError says what is wrong.
    """
    plain = str(text).strip()
    if len(plain) == 10 and plain.isascii() and _NANP.match(plain):  # as vendors write them, by the thousand
        return f"+1{plain}"
    digits = _DECORATION.sub("", plain)
    international = digits.startswith("+") and not digits.startswith("+1")
    digits = digits.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        raise ValueError("a phone number is digits, like +1 206-555-0100")
    if international:
        if 7 <= len(digits) <= 15:
            return f"+{digits}"
        raise ValueError("an international number has 7 to 15 digits after the +")
    national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(national) != 10:
        raise ValueError(f"a North American number has 10 digits, or 11 with a leading 1; this has {len(digits)}")
    if not _NANP.match(national):
        raise ValueError("no such area code or exchange in the North American plan")
    return f"+1{national}"


def national(number: str) -> str:
    """Return the 10 digits of a North American E.164 number; ValueError for any other."""
    if len(number) == 12 and number.startswith("+1"):
        return number[2:]
    raise ValueError("this system takes North American numbers only")


def is_toll_free(number: str) -> bool:
    """Return whether an E.164 number is toll-free in North America."""
    return number.startswith("+1") and number[2:5] in TOLL_FREE_PREFIXES


def to_decimal(value: Any) -> Decimal:
    """Return a finite Decimal from a number or text such as "1,234.50" or "$2"; ValueError otherwise."""
    try:
        amount = Decimal(str(value).strip().replace(",", "").removeprefix("$"))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not amount.is_finite():
        raise ValueError("not a number")
    return amount


def to_moment(value: Any, zone: tzinfo = UTC) -> datetime:
    """Return an aware datetime from `YYYY-MM-DD[ T]HH:MM:SS[Z]`; a time without a zone is read in `zone`."""
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a date and time looks like 2026-03-31 14:30:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def to_day(value: Any) -> date:
    """Return a date from `YYYY-MM-DD`, with or without a time behind it, also with one-digit months and days."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[ T])", str(value).strip())
    if match is None:
        raise ValueError("a date looks like 2026-03-31")
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        raise ValueError("there is no such day") from None


_YES = frozenset({"1", "true", "yes", "on", "y", "t"})
_NO = frozenset({"0", "false", "no", "off", "n", "f", ""})


def to_bool(value: Any) -> bool:
    """Return yes or no from the spellings vendors and people use; ValueError otherwise."""
    text = str(value).strip().lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError("say yes or no")
