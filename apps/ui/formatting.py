"""How values are written on a screen: numbers, money, durations, times, status words. No HTML here."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers
from django.utils import timezone

CURRENCY_SIGNS = {"USD": "$", "CAD": "CA$", "EUR": "€", "GBP": "£", "AUD": "A$"}
NOTHING = "–"

# A tone is how a status looks; the word beside the dot always says the same thing.
TONES = {
    "good": "active allocated connected delivered done enabled ok open paid registered succeeded up",
    "busy": "checking in_progress ordering porting reserved ringing running sending started submitted",
    "wait": "confirmed draft pending queued scheduled unordered",
    "warn": "degraded needs_person paused partial slow stale unknown",
    "bad": "broken down error failed internal locked refused rejected unreachable",
}
TONE_OF = {word: tone for tone, words in TONES.items() for word in words.split()}
_DAY = 86400
_AGES = (
    (60, 1, "s"),
    (3600, 60, "min"),
    (_DAY, 3600, "h"),
    (60 * _DAY, _DAY, "day"),
    (float("inf"), 30 * _DAY, "month"),
)
WORDS = {"needs_person": "Needs a person", "ok": "OK", "timeout": "Timed out"}


def phone(number: str | None) -> str:
    """Write an E.164 number the way people do: "+12065550100" becomes "+1 206-555-0100".

    Text that is no E.164 number (an extension, a short code) comes back as it is.
    """
    text = "" if number is None else str(number)
    if len(text) == 12 and text.startswith("+1") and text[1:].isdecimal():
        return f"+1 {text[2:5]}-{text[5:8]}-{text[8:]}"
    if not (text.startswith("+") and text[1:].isdecimal()):
        return text  # the parser would quietly drop what it cannot read
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def money(value: Any, currency: str = "USD") -> str:
    """Write an amount with its currency: "$1,234.50", "−$0.0125", "12.00 CHF".

    `value` is a Decimal, or anything with `amount` and `currency`. At least two decimals; more only when the
    amount has them, because per-minute rates do.
    """
    if value is None or value == "":
        return NOTHING
    if hasattr(value, "amount"):
        value, currency = value.amount, value.currency
    amount = Decimal(str(value))
    places = max(2, -int(amount.normalize().as_tuple().exponent)) if amount.is_finite() else 2
    digits = f"{abs(amount):,.{places}f}"
    minus = "−" if amount < 0 else ""
    sign = CURRENCY_SIGNS.get(currency)
    return f"{minus}{sign}{digits}" if sign else f"{minus}{digits} {currency}"


def seconds(value: float | timedelta | None) -> str:
    """Write a duration as people say it: "380 ms", "4.2 s", "1 min 15 s", "2 h 5 min", "3 days 4 h"."""
    if value is None:
        return NOTHING
    total = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if total < 0:
        return "−" + seconds(-total)
    if total < 0.9995:
        return f"{total * 1000:.0f} ms"
    if total < 9.95:
        return f"{total:.1f}".removesuffix(".0") + " s"
    whole = round(total)
    if whole < 60:
        return f"{whole} s"
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next(index for index, part in enumerate(parts) if part[0])
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Write how long ago `moment` was: "just now", "3 min ago", "5 days ago"; "in 4 min" when it is ahead."""
    if moment is None:
        return "never"
    gap = ((now or timezone.now()) - moment).total_seconds()
    size = abs(gap)
    if size < 10:
        return "just now"
    unit, words = next((unit, words) for limit, unit, words in _AGES if size < limit)
    number = int(size // unit)
    if words in {"day", "month"} and number != 1:
        words += "s"
    return f"{number} {words} ago" if gap > 0 else f"in {number} {words}"


def when(moment: datetime | None, *, full: bool = False) -> str:
    """Write a moment in the reader's zone with the zone shown: "Nov 21, 14:05 PST".

    The year appears when it is not this year; `full` always shows it, and the seconds.
    """
    if moment is None:
        return NOTHING
    local = timezone.localtime(moment)
    year = f", {local.year}" if full or local.year != timezone.localtime().year else ""
    clock = local.strftime("%H:%M:%S" if full else "%H:%M")
    return f"{local:%b} {local.day}{year}, {clock} {local.tzname()}"


def status_tone(value: str) -> str:
    """Return the tone of a status: good, busy, wait, warn, bad, or idle for a word without one."""
    return TONE_OF.get(str(value).lower(), "idle")


def kind_word(kind: str) -> str:
    """Return how people call a kind of object: "ring group", "IVR"."""
    return kind.upper() if kind.casefold() in {"ivr", "did", "acd", "erl"} else kind.replace("_", " ").casefold()


def status_word(value: str) -> str:
    """Return a status as a word for people: "needs_person" becomes "Needs a person"."""
    text = str(value)
    return WORDS.get(text.lower()) or text.replace("_", " ").capitalize()
