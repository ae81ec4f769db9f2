"""Finding numbers by what people have of them: a whole number, its beginning, its last digits. Index searches only."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.ui.formatting import phone

_NOISE = re.compile(r"[\s().\-‐‑–/*…]+")
NANP, LOCAL = 10, 7


class NotDigits(ValueError):
    """The text holds something that no number has."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what was typed, and how to say it."""

    condition: Q
    words: str


def starting_with(prefix: str) -> Q:
    """Return the condition "begins with this" as a range, which every database finds by its index.

    `prefix` is `+` and digits.
    """
    digits = prefix[1:]
    if not digits:
        return Q()
    # "+1209" ends before "+1210": digits alone sort the same in every collation.
    if after := digits.rstrip("9"):
        return Q(number__gte=prefix, number__lt=f"+{int(after) + 1}")
    return Q(number__gte=prefix)


def ending_in(digits: str) -> Q:
    """Return the condition "ends in these digits", four or more."""
    exact = Q(last_four=digits[-4:])
    return exact if len(digits) == 4 else exact & Q(number__endswith=digits)


def readings(text: str) -> list[Reading]:
    """Return the ways to read `text`, the likeliest first; empty for blank text. Raises NotDigits."""
    digits = _NOISE.sub("", text)
    if not digits:
        return []
    if digits.startswith("+"):
        whole = digits
        digits = digits[1:]
    else:
        whole = "+" + (digits if digits.startswith("1") else f"1{digits}")
    if not (digits.isascii() and digits.isdigit()):
        raise NotDigits(text)
    begins = Reading(starting_with(whole), f"beginning with {_shown(whole)}")
    if len(whole) == 1 + 1 + NANP and whole.startswith("+1"):
        return [Reading(Q(number=whole), phone(whole))]
    if text.strip().startswith("+") or len(digits) < 4 or len(digits) > NANP:
        return [begins]
    ends = Reading(ending_in(digits), f"ending in {digits}")
    # A dash after three digits says where the number is cut; otherwise four are the last four and seven a local number.
    cut = re.match(r"\D*(1\D+)?\d{3}\D+\d", text) and len(digits) != LOCAL
    return [ends, begins] if len(digits) in {4, LOCAL} and not cut else [begins, ends]


def find(queryset: QuerySet, text: str) -> tuple[QuerySet, str]:
    """Return the rows that `text` means, read the first way that finds any, and how it was read.

    Raises NotDigits.
    """
    ways = readings(text)
    for way in ways[:-1]:
        if queryset.filter(way.condition).exists():
            return queryset.filter(way.condition), way.words
    return (queryset.filter(ways[-1].condition), ways[-1].words) if ways else (queryset, "")


def _shown(prefix: str) -> str:
    """Write the beginning of a number the way people group it: "+1 206-555"."""
    if not prefix.startswith("+1"):
        return prefix
    rest = prefix[2:]
    groups = [part for part in (rest[:3], rest[3:6], rest[6:]) if part]
    return " ".join(["+1", "-".join(groups)]) if groups else "+1"
