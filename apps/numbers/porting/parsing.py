"""Numbers as people paste them: in any spelling, many at once, out of spreadsheets that spoiled them."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import phonenumbers

from apps.numbers.models.porting import COUNTRIES
from apps.ui.formatting import phone
from apps.vendors.core.numbers import LOCAL, TOLL_FREE
from apps.vendors.core.values import is_toll_free, to_e164

MOST = 1000
_NUMBER = re.compile(r"(?<!\d)\+?(?:1[\s.\-]*)?\(?\d{3}\)?[\s.\-/]*\d{3}[\s.\-]*\d{4}(?!\d)")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+\Z")
_RANGE = re.compile(r"\d{4}\s*(?:-|–|—|to|thru|through)\s*\d{2,4}\Z")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One number, and what was written behind it on its line: which numbers belong together."""

    number: str
    group: str = ""

    @property
    def kind(self) -> str:
        return TOLL_FREE if is_toll_free(self.number) else LOCAL

    @property
    def country(self) -> str:
        """Whose rules the port follows; empty where this desk ports nothing."""
        if self.kind == TOLL_FREE:
            return "US"
        region = phonenumbers.region_code_for_number(phonenumbers.parse(self.number)) or "US"
        return region if region in COUNTRIES else ""


@dataclass
class Reading:
    """What a text holds: numbers in order, how many came twice, and what could not be read, as sentences."""

    found: list[Pasted] = field(default_factory=list)
    repeated: int = 0
    problems: list[str] = field(default_factory=list)


def read(text: str) -> Reading:
    """Read the numbers of a text; a line may go on behind a tab or semicolon with whom its numbers leave."""
    reading, known = Reading(), set()
    for position, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip().strip("'\"") for cell in re.split(r"[\t;]", line)]
        # Numbers alone on both sides of a semicolon are no group.
        tail = next((cell for cell in cells[1:] if cell and not _NUMBER.search(cell)), "")[:60]
        for piece in _pieces(cells):
            try:
                pasted = Pasted(_one(piece), tail)
                if not pasted.country:
                    raise ValueError("this desk ports numbers of the United States and Canada")
            except ValueError as error:
                reading.problems.append(f"Line {position}, “{piece[:40]}”: {error}.")
                continue
            if pasted.number in known:
                reading.repeated += 1
            else:
                known.add(pasted.number)
                reading.found.append(pasted)
    return reading


def _pieces(cells: list[str]) -> list[str]:
    """Split the cells of a line into what should each be a number."""
    pieces: list[str] = []
    for index, cell in enumerate(cells):
        if not cell or (index and not _NUMBER.search(cell)):
            continue
        for part in filter(None, (part.strip().strip("'\"") for part in cell.split(","))):
            found = _NUMBER.findall(part)
            whole = len(found) > 1 and not _NUMBER.sub("", part).strip()
            pieces += [one.strip() for one in found] if whole else [part]
    return pieces


def _one(piece: str) -> str:
    if _RANGE.search(piece) and not _NUMBER.fullmatch(piece):
        raise ValueError("list each number of a range by itself: the LOA names them singly")
    if _EXPONENT.match(piece):
        whole = Decimal(piece.replace(",", "."))
        digits = f"{whole:.0f}"
        if whole.as_tuple().digits.__len__() < 10:
            raise ValueError("a spreadsheet has cut its digits; format the column as text and copy it again")
        piece = digits
    number = to_e164(piece)
    if not number.startswith("+1"):
        raise ValueError("this desk ports North American numbers only")
    if number[2:5] in {"900", "700", "710", "600", "622"} or number[2] == "5" and number[3:5] in _PERSONAL:
        raise ValueError(f"{phone(number)} is of a code that is not ported")
    return number


_PERSONAL = {"00", "21", "22", "23", "24", "25", "26", "27", "28", "29", "33", "44", "66", "77", "88"}
