"""North American numbering, as far as the sandbox vendors need it."""

import re

TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
_SPECIAL_EXCHANGES = {"555", "950", "959", "976"}
_TEN_DIGITS = re.compile(r"[2-9][0-8]\d[2-9]\d{6}")


def valid_area(npa: str) -> bool:
    """NPA: 2–9, then not 9, not N11; 37X and 96X are reserved."""
    return bool(re.fullmatch(r"[2-9][0-8]\d", npa)) and npa[1:] != "11" and npa[:2] not in ("37", "96")


def valid_exchange(nxx: str) -> bool:
    """NXX: 2–9, not N11, none of the special exchanges."""
    return bool(re.fullmatch(r"[2-9]\d\d", nxx)) and nxx[1:] != "11" and nxx not in _SPECIAL_EXCHANGES


def valid_number(number: str) -> bool:
    """Ten digits that could be a subscriber's number."""
    return bool(_TEN_DIGITS.fullmatch(number)) and valid_area(number[:3]) and valid_exchange(number[3:6])


def is_toll_free(number: str) -> bool:
    return number[:3] in TOLL_FREE
