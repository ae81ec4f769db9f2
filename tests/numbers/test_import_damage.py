"""What spreadsheets do to digits: mended where it is certain, named where it is not; and files that are none."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from apps.numbers.importing.damage import digits_of, e164_of, id_of
from apps.numbers.importing.reading import Unreadable, columns_of, kind_of, rows_of


@pytest.mark.parametrize(
    ("cell", "damage"),
    [
        ("+12062194100", ""),
        (" +1 (206) 219-4100\u00a0", ""),
        ("12062194100", "the + was lost"),
        ("2062194100", "+1 was missing"),
        ("'+12062194100", "it began with an apostrophe"),
        ('="+12062194100"', 'it stood in ="…"'),
        ("12062194100.0", "it ended in .0, the + was lost"),
        ("12062194100,00", "it ended in .0, the + was lost"),
        ("1.2062194100E+10", "it was written with an exponent, the + was lost"),
        ("1,20621941E10", None),  # two digits are lost
        ("12,062,194,100", "its thousands were set apart, the + was lost"),
    ],
)
def test_a_number_is_mended_where_it_is_certain(cell: str, damage: str | None) -> None:
    number, read = e164_of(cell)
    if damage is None:
        assert number == ""
        assert "the last 2 of 11 digits are lost" in read.problem
    else:
        assert (number, read.damage) == ("+12062194100", damage)


@pytest.mark.parametrize("cell", ["1.20622E+10", "+1.20622e10", "1,20622E+10"])
def test_an_exponent_that_lost_digits_is_named_and_fits_only_what_it_may_have_been(cell: str) -> None:
    number, read = e164_of(cell)
    assert number == ""
    assert "the last 5 of 11 digits are lost" in read.problem
    assert read.may_be("+12062194100")  # rounded up
    assert not read.may_be("+12062500000")
    assert not read.may_be("+442062194100")


@pytest.mark.parametrize("cell", ["", "n/a", "#REF!", "12-AB", "1234", "1" * 16, "٢٠٦٢١٩٤١٠٠", "+", "1.5"])
def test_what_is_no_number_has_a_problem(cell: str) -> None:
    number, read = e164_of(cell)
    assert number == ""
    assert read.problem


@pytest.mark.parametrize(
    ("cell", "pk"), [("12", 12), ("12.0", 12), ("1,204", 1204), ("'7", 7), ("1.2E+1", 12), ("x", None), ("9" * 30, None)]
)
def test_ids_are_read_the_same_way(cell: str, pk: int | None) -> None:
    assert id_of(cell)[0] == pk
    assert digits_of("0012").digits == "0012"


def xlsx(*rows: list[object]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def test_an_xlsx_gives_numbers_as_written(tmp_path: object) -> None:
    content = xlsx(["Number", "status"], [12062194100, "active"], [], [2062194101.0, None])
    assert kind_of(content) == "xlsx"
    assert [(row.line, row.cells) for row in rows_of(content, "xlsx")] == [
        (2, {"number": "12062194100", "status": "active"}),
        (4, {"number": "2062194101", "status": ""}),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_as_spreadsheets_write_it(separator: str, coding: str) -> None:
    text = f'number{separator}"trunk group"\r\n+12062194100{separator}"Zürich\nedge"\r\n'
    content = text.encode(coding)
    assert kind_of(content) == "csv"
    (row,) = rows_of(content, "csv")
    assert row.cells == {"number": "+12062194100", "trunk_group": "Zürich\nedge"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b"<html><table>", "web page"),
        (b"number,status\n\0\0", "neither CSV nor XLSX"),
        ("number,cnam\n1,Zürich".encode("cp1252"), "UTF-8"),
        (b"x" * (10 * 1024 * 1024 + 1), "10 MB"),
    ],
)
def test_other_files_are_named_by_what_is_in_them(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        kind_of(content)


def test_an_archive_that_is_no_workbook_or_unpacks_to_too_much_is_refused() -> None:
    for name, size, says in (("a.txt", 10, "no XLSX"), ("xl/sharedStrings.xml", 31 * 1024 * 1024, "too large")):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b"x" * size)
            if says == "too large":
                archive.writestr("xl/workbook.xml", b"<workbook/>")
        with pytest.raises(Unreadable, match=says):
            kind_of(packed.getvalue())


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("number,statuss", "“statuss” is not known: is it “status”"),
        ("number,status,colour", "“colour” is not known"),
        ("number,status,status", "twice"),
        ("status,tenant", "“number” is missing"),
        ("number,,status", "Column 2 has no heading"),
        ("number,cnam", "nothing to change"),
        ("", "no headings"),
    ],
)
def test_headings_that_are_wrong_are_all_named(head: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        columns_of(f"{head}\n+12062194100,active".encode(), "csv")


def test_a_quote_left_open_and_cells_beyond_the_headings_are_named() -> None:
    with pytest.raises(Unreadable, match="Line 2 is no CSV"):
        list(rows_of(b'number,status\n"+12062194100,active', "csv"))
    (row,) = rows_of(b"number,status\n+12062194100,active,more,", "csv")
    assert row.surplus == "more"
