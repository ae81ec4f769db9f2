"""Comparing addresses: each is brought to the postal service's short forms, then part by part and word by word.

"412 Harbor Street, Seattle, Washington 98101-1204, USA" and "412 HARBOR ST SEATTLE WA 98101" are the same. One that says less
(no ZIP code, no suite) is no contradiction; one that says something else of the same part (street and town, unit, state, ZIP
code) is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = {
    "STREET": "ST", "STR": "ST", "AVENUE": "AVE", "AV": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN", "COURT": "CT",
    "BOULEVARD": "BLVD", "BOUL": "BLVD", "PLACE": "PL", "SQUARE": "SQ", "TERRACE": "TER", "PARKWAY": "PKWY", "PKY": "PKWY",
    "HIGHWAY": "HWY", "CIRCLE": "CIR", "TRAIL": "TRL", "WAY": "WAY", "CRESCENT": "CRES", "PLAZA": "PLZ", "EXPRESSWAY": "EXPY",
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE",
    "SOUTHWEST": "SW", "SAINT": "ST", "MOUNT": "MT", "FORT": "FT",
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH", "SIXTH": "6TH", "SEVENTH": "7TH",
    "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH",
    # A room is a room, whatever it is called: only its number tells it from others.
    "SUITE": "UNIT", "STE": "UNIT", "APARTMENT": "UNIT", "APT": "UNIT", "ROOM": "UNIT", "RM": "UNIT", "FLOOR": "FL",
}  # fmt: skip
_STATES = {
    "ALABAMA": "AL", "ALASKA": "AK", "ARIZONA": "AZ", "ARKANSAS": "AR", "CALIFORNIA": "CA", "COLORADO": "CO",
    "CONNECTICUT": "CT", "DELAWARE": "DE", "FLORIDA": "FL", "GEORGIA": "GA", "HAWAII": "HI", "IDAHO": "ID", "ILLINOIS": "IL",
    "INDIANA": "IN", "IOWA": "IA", "KANSAS": "KS", "KENTUCKY": "KY", "LOUISIANA": "LA", "MAINE": "ME", "MARYLAND": "MD",
    "MASSACHUSETTS": "MA", "MICHIGAN": "MI", "MINNESOTA": "MN", "MISSISSIPPI": "MS", "MISSOURI": "MO", "MONTANA": "MT",
    "NEBRASKA": "NE", "NEVADA": "NV", "NEW HAMPSHIRE": "NH", "NEW JERSEY": "NJ", "NEW MEXICO": "NM", "NEW YORK": "NY",
    "NORTH CAROLINA": "NC", "NORTH DAKOTA": "ND", "OHIO": "OH", "OKLAHOMA": "OK", "OREGON": "OR", "PENNSYLVANIA": "PA",
    "RHODE ISLAND": "RI", "SOUTH CAROLINA": "SC", "SOUTH DAKOTA": "SD", "TENNESSEE": "TN", "TEXAS": "TX", "UTAH": "UT",
    "VERMONT": "VT", "VIRGINIA": "VA", "WASHINGTON": "WA", "WEST VIRGINIA": "WV", "WISCONSIN": "WI", "WYOMING": "WY",
    "ALBERTA": "AB", "BRITISH COLUMBIA": "BC", "MANITOBA": "MB", "NEW BRUNSWICK": "NB", "NOVA SCOTIA": "NS", "ONTARIO": "ON",
    "QUEBEC": "QC", "SASKATCHEWAN": "SK", "NEWFOUNDLAND AND LABRADOR": "NL", "PRINCE EDWARD ISLAND": "PE",
}  # fmt: skip
_CODES_OF_STATES = frozenset(_STATES.values())
_UNITS = frozenset({"UNIT", "FL", "BLDG"})
_COUNTRIES = {"US", "USA", "CANADA"}
_CODE = re.compile(r"\d{5}|[A-Z]\d[A-Z]\d[A-Z]\d")
_CUT = re.compile(r"[^A-Z0-9]+")
_ZIP = re.compile(r"\b(\d{5})-\d{4}\b")
_POSTAL = re.compile(r"\b([A-Z]\d[A-Z])[ -]?(\d[A-Z]\d)\b")


@dataclass(frozen=True, slots=True)
class Difference:
    """How two addresses differ: what only the one and only the other says, and what of the first the second contradicts."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    contradicted: tuple[str, ...] = ()

    @property
    def conflict(self) -> bool:
        """Whether they cannot both be right."""
        return bool(self.contradicted)


def words(address: str) -> tuple[str, ...]:
    """Return the words of an address in their short forms, without its country."""
    text = address.upper().replace("UNITED STATES OF AMERICA", "US").replace("UNITED STATES", "US").replace(".", "")
    text = _POSTAL.sub(r"\1\2", _ZIP.sub(r"\1", text)).replace("#", " UNIT ")
    parts = [part for part in text.split(",") if part.strip()]
    found: list[str] = []
    for place, part in enumerate(parts):
        plain = " ".join(_CUT.sub(" ", part).split())
        # A state is spelled out only after a street and a town: "Washington Ave" stays.
        if place:
            plain = next((plain.replace(name, code, 1) for name, code in _STATES.items() if plain.startswith(name)), plain)
        found += [_WORDS.get(word, word) for word in plain.split()]
    while found and found[-1] in _COUNTRIES:
        found.pop()
    return tuple(found)


def compare(first: str, second: str) -> Difference:
    """Return what each of two addresses says that the other does not, and whether that is a contradiction."""
    one, two = _parts(words(first)), _parts(words(second))
    contradicted: tuple[str, ...] = ()
    for part, here in one.items():
        there = two.get(part, ())
        if set(there) - set(here):
            contradicted += tuple(word for word in here if word not in there)
    return Difference(_only(first, second), _only(second, first), contradicted)


def conflict(addresses: Iterable[str]) -> bool:
    """Return whether any two of these contradict each other; blanks say nothing."""
    told = sorted({address for address in addresses if address.strip()})
    return any(compare(one, two).conflict for place, one in enumerate(told) for two in told[place + 1 :])


def _only(first: str, second: str) -> tuple[str, ...]:
    others = words(second)
    return tuple(word for word in words(first) if word not in others)


def _parts(found: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the words by part: "place" (street and town), "unit", "state", "code"."""
    parts: dict[str, tuple[str, ...]] = {}
    before = ""
    for at, word in enumerate(found):
        part = "place"
        if word in _UNITS or before in _UNITS:
            part = "unit"
        elif at and _CODE.fullmatch(word):
            part = "code"
        elif at > 2 and word in _CODES_OF_STATES:
            part = "state"
        parts[part] = (*parts.get(part, ()), word)
        before = word
    return parts
