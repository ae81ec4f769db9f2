"""The file: what it is by its content, its headings, and its rows one at a time."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

from openpyxl import load_workbook

from apps.numbers.exporting.writing import HEADINGS

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000  # what one plan takes
_MOST_UNPACKED = 120 * 1024 * 1024
_MOST_STRINGS = 30 * 1024 * 1024  # an XLSX keeps its texts in one part, which is read whole
_MOST_LINES = 200_000  # blank ones included
CHANGEABLE = ("tenant", "trunk_group_id", "trunk_group", "status")
TEMPLATE = ("id", "number", "connection", *CHANGEABLE)
_SEPARATORS = (",", ";", "\t")
_BEGINS = {
    b"\xd0\xcf\x11\xe0": "This is an old Excel file (XLS). Save it as XLSX or CSV.",
    b"%PDF": "This is a PDF. Save the table as CSV or XLSX.",
}


class Unreadable(Exception):
    """The file cannot be imported; the message says why, in sentences for people."""


@dataclass(frozen=True)
class Row:
    """The cells of one line by column; `surplus` is what stands beyond the last heading."""

    line: int
    cells: dict[str, str]
    surplus: str = ""


def kind_of(content: bytes) -> str:
    """Return "csv" or "xlsx" by what the file holds, whatever it is called. Raises Unreadable."""
    if not content.strip():
        raise Unreadable("The file is empty.")
    if len(content) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Import it in parts.")
    for begin, words in _BEGINS.items():
        if content.startswith(begin):
            raise Unreadable(words)
    if content.startswith(b"PK\x03\x04"):
        _look_inside(content)
        return "xlsx"
    _text(content)
    return "csv"


def columns_of(content: bytes, form: str) -> list[str]:
    """Return the columns of the file. Raises Unreadable, which names all that is wrong with the headings."""
    return _Table(content, form).columns


def rows_of(content: bytes, form: str) -> Iterator[Row]:
    """Yield the rows that are not blank. Raises Unreadable."""
    yield from _Table(content, form).rows()


class _Table:
    def __init__(self, content: bytes, form: str) -> None:
        self._lines = _sheet(content) if form == "xlsx" else _csv(content)
        self.columns = _checked([_cell(value) for value in next(self._lines, (0, []))[1]])

    def rows(self) -> Iterator[Row]:
        found = 0
        for line, values in self._lines:
            if line > _MOST_LINES:
                raise Unreadable(f"The file has more than {_MOST_LINES:,} lines, most of them blank. Remove those.")
            texts = [_cell(value) for value in values]
            if not any(text.strip() for text in texts):
                continue
            found += 1
            if found > MOST_ROWS:
                raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Import it in parts.")
            width = len(self.columns)
            cells = dict(zip_longest(self.columns, texts[:width], fillvalue=""))
            yield Row(line, cells, " ".join(text for text in texts[width:] if text.strip())[:100])


def _checked(headings: list[str]) -> list[str]:
    while headings and not headings[-1].strip():
        headings.pop()
    if not headings:
        raise Unreadable("The first line has no headings. Take the template, or an export of the list.")
    names = [_name(heading) for heading in headings]
    wrong = []
    for position, (heading, name) in enumerate(zip(headings, names, strict=True), start=1):
        if not name:
            wrong.append(f"Column {position} has no heading.")
        elif name not in HEADINGS:
            near = get_close_matches(name, HEADINGS, 1, 0.75)
            wrong.append(f"Column “{heading.strip()[:40]}” is not known{f': is it “{near[0]}”?' if near else '.'}")
        elif name in names[: position - 1]:
            wrong.append(f"Column “{name}” is there twice.")
    if "number" not in names:
        wrong.append("The column “number” is missing.")
    if not wrong and not set(CHANGEABLE) & set(names):
        wrong.append(f"There is nothing to change: of {', '.join(CHANGEABLE)} there is no column.")
    if wrong:
        more = f" And {len(wrong) - 6} more." if len(wrong) > 6 else ""
        raise Unreadable(" ".join(wrong[:6]) + more)
    return names


def _name(heading: str) -> str:
    return heading.strip(" \t\u00a0\ufeff'").lower().replace(" ", "_")


def _cell(value: Any) -> str:
    """Return a cell as text; an XLSX holds numbers and dates as such."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("\0", "")


def _text(content: bytes) -> str:
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    coding = next((coding for mark, coding in marks if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(coding)
    except UnicodeDecodeError:
        raise Unreadable("This is no text in UTF-8. In a spreadsheet choose “CSV UTF-8” or XLSX when you save it.") from None
    if "\0" in text:
        raise Unreadable("This is neither CSV nor XLSX.")
    if text.lstrip()[:1] in {"<", "{"}:
        raise Unreadable("This is a web page or another document, not CSV or XLSX.")
    return text


def _csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _text(content)
    first = text[: text.find("\n") if "\n" in text else len(text)]
    separator = max(_SEPARATORS, key=lambda one: sum(_name(part.strip('"')) in HEADINGS for part in first.split(one)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} is no CSV: {error}.") from None


def _sheet(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size may be wrong
        for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield line, list(values)
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001  a damaged workbook breaks its reader in a dozen ways
        raise Unreadable("This XLSX is damaged. Open it in a spreadsheet and save it again.") from None


def _look_inside(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.filename: part.file_size for part in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable("This XLSX is damaged. Open it in a spreadsheet and save it again.") from None
    if "xl/workbook.xml" not in parts:
        raise Unreadable("This is an archive, but no XLSX.")
    if sum(parts.values()) > _MOST_UNPACKED or parts.get("xl/sharedStrings.xml", 0) > _MOST_STRINGS:
        raise Unreadable("This XLSX is too large when unpacked. Import it in parts.")
