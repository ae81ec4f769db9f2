"""Dates, pasted numbers, papers, the letter, and how an order's state follows from its numbers'."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from apps.numbers.models import PortOrder, PortPaper, PortRequest
from apps.numbers.models.porting import PortState, derived
from apps.numbers.porting import calendar, loa, papers, parsing
from apps.numbers.porting.reasons import REASONS
from tests.numbers.porting.conftest import DETAILS, PDF

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # 10:00 Eastern


# --- the date ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "simple", "now", "first"),
    [
        ("US", True, MONDAY, date(2026, 11, 17)),
        ("US", False, MONDAY, date(2026, 11, 20)),
        ("US", False, MONDAY + timedelta(hours=4), date(2026, 11, 23)),  # after 13:00 it counts from the next day
        ("US", False, datetime(2026, 11, 21, 15, tzinfo=UTC), date(2026, 11, 30)),  # from Saturday, over Thanksgiving
        ("US", True, datetime(2026, 12, 24, 15, tzinfo=UTC), date(2026, 12, 28)),  # over Christmas and a weekend
        ("CA", False, datetime(2026, 11, 25, 15, tzinfo=UTC), date(2026, 11, 27)),  # no Thanksgiving in November there
        ("US", False, datetime(2026, 11, 17, 3, 0, tzinfo=UTC), date(2026, 11, 23)),  # Monday evening in the East
    ],
)
def test_the_first_possible_day(country, simple, now, first):
    assert calendar.earliest(country, simple=simple, now=now) == first
    calendar.check(first, country, simple=simple, now=now)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 13), "is past"),
        (date(2026, 11, 21), "is a weekend"),
        (date(2026, 11, 26), "is a holiday (Thanksgiving Day)"),
        (date(2026, 11, 19), "has 4 working days for an order like this: the first possible day is Friday, Nov 20"),
        (date(2026, 12, 17), "at most 30 days ahead: Wednesday, Dec 16"),
    ],
)
def test_a_day_that_cannot_be_says_why_and_which_could(day, said):
    with pytest.raises(calendar.NotPossible, match=said.replace("(", r"\(").replace(")", r"\)")):
        calendar.check(day, "US", simple=False, now=MONDAY)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)), st.booleans(), st.sampled_from(["US", "CA"]))
def test_the_first_possible_day_always_is_one(now, simple, country):
    now = now.replace(tzinfo=UTC)
    first = calendar.earliest(country, simple=simple, now=now)
    calendar.check(first, country, simple=simple, now=now)
    with pytest.raises(calendar.NotPossible):
        calendar.check(first - timedelta(days=1), country, simple=simple, now=now)


# --- numbers as pasted --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("206-555-0100", ["+12065550100"]),
        ("(206) 555-0100, 206.555.0101\n+1 206 555 0102", ["+12065550100", "+12065550101", "+12065550102"]),
        ("2065550100 2065550101\t", ["+12065550100", "+12065550101"]),
        ("206 555 0100 206 555 0101", ["+12065550100", "+12065550101"]),
        ('\'12065550100\n"2065550101"', ["+12065550100", "+12065550101"]),
        ("1.206555010E+10", ["+12065550100"]),
        ("2065550100;2065550101", ["+12065550100", "+12065550101"]),
        ("206-555-0100\n206-555-0100", ["+12065550100"]),
    ],
)
def test_numbers_are_read_in_any_spelling(text, found):
    reading = parsing.read(text)
    assert [one.number for one in reading.found] == found
    assert reading.problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("206-555-0100 to 0119", "list each number of a range by itself"),
        ("1.2065E+10", "a spreadsheet has cut its digits"),
        ("+44 20 7946 0958", "North American"),
        ("206-555-010", "this has 9"),
        ("787-555-0100", "United States and Canada"),
        ("900-555-0100", "not ported"),
        ("hello", "digits"),
        ("206-555-0100 x12", "digits"),
    ],
)
def test_what_is_no_number_is_named_with_its_line(text, said):
    reading = parsing.read(f"206-555-0177\n{text}")
    assert [one.number for one in reading.found] == ["+12065550177"]
    assert reading.problems[0].startswith("Line 2")
    assert said in reading.problems[0]


def test_what_stands_behind_a_number_groups_it():
    reading = parsing.read("206-555-0100\tOld Telephone Co\n206-555-0101; Cable Seven\n416-555-0100")
    found = [(one.group, one.country) for one in reading.found]
    assert found == [("Old Telephone Co", "US"), ("Cable Seven", "US"), ("", "CA")]


@given(st.text(max_size=200))
def test_any_text_can_be_pasted(text):
    reading = parsing.read(text)
    assert len({one.number for one in reading.found}) == len(reading.found)


# --- papers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("loa.pdf", b"MZ\x90\x00", "not what its name says"),
        ("loa.exe", PDF, "of this type nothing is taken"),
        ("loa.pdf", b"", "is empty"),
        ("loa.pdf", PDF + b" " * papers.MOST_BYTES, "carriers take 3 MB"),
        ("loa.zip", b"PK\x03\x04", "upload the papers themselves"),
        ("loa.docx", b"PK\x03\x04 a ZIP of something else", "no DOCX file"),
    ],
)
def test_papers_are_judged_by_what_they_hold(name, content, said):
    with pytest.raises(papers.Unfit, match=said):
        papers.examine(name, content, kind="loa", number_kind="local")


def test_the_loa_of_toll_free_numbers_is_pdf_or_tiff():
    with pytest.raises(papers.Unfit, match="PDF or TIFF"):
        papers.examine("loa.png", b"\x89PNG\r\n\x1a\n", kind="loa", number_kind="tollfree")
    assert papers.examine("../../etc/loa (1).PDF", PDF, kind="loa", number_kind="tollfree") == ("loa _1_.PDF", "pdf")


def test_several_papers_are_one_zip_and_one_is_itself():
    held = [PortPaper(name=f"{one}.pdf", ending="pdf", content=PDF + one.encode()) for one in ("first", "second")]
    alone = papers.packed(held[:1], "x")
    assert (alone.name, alone.content) == ("first.pdf", PDF + b"first")
    both = papers.packed(held, "Harbor-1-loa")
    assert both.name == "Harbor-1-loa.zip"
    with zipfile.ZipFile(io.BytesIO(both.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "01-first.pdf": PDF + b"first",
            "02-second.pdf": PDF + b"second",
        }
    assert papers.packed(held, "Harbor-1-loa").content == both.content


# --- the letter -------------------------------------------------------------------------------------------------


def _letter(count=3, **more):
    order = PortOrder(request=PortRequest(reference="Harbor"), position=1, kind="local", **{**DETAILS, **more})
    numbers = [f"+1206555{number:04d}" for number in range(100, 100 + count)]
    return PdfReader(io.BytesIO(loa.make(order, numbers, "Harbor Voice Inc")))


def test_the_letter_says_what_the_details_say():
    text = "\n".join(page.extract_text() for page in _letter(wanted_on=date(2026, 12, 1)).pages)
    for said in (
        "Harbor Street Dental", "214 Harbor Street", "Suite 3", "Seattle, WA 98101", "Mira Novak", "Old Telephone Co",
        "+1 206-520-0142", "778-0042", "+1 206-555-0100", "+1 206-555-0102", "Harbor Voice Inc", "December 1, 2026",
        "Signature", "Date", "numbers to be ported (3)",
    ):  # fmt: skip
        assert said in text, said


def test_hundreds_of_numbers_stand_singly_on_several_pages():
    reader = _letter(400)
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) > 2
    assert all(f"555-{number:04d}" in text for number in range(100, 500))
    assert f"page {len(reader.pages)} of {len(reader.pages)}" in text


def test_the_letter_of_a_mobile_line_names_neither_account_nor_pin():
    order = PortOrder(request=PortRequest(reference="H"), position=1, kind="local", **{**DETAILS, "line": "wireless"})
    order.account_number, order.secrets = "", {"account": "ACC-SECRET", "pin": "4711"}
    text = PdfReader(io.BytesIO(loa.make(order, ["+12065550100"], "Us"))).pages[0].extract_text()
    assert "Given to the carrier with the order" in text
    assert "ACC-SECRET" not in text
    assert "4711" not in text


def test_names_of_other_alphabets_lose_their_accents_only():
    assert loa.plain("Łukasz Żółć – José O’Neil") == "Lukasz Zólc - José O'Neil"


# --- states -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (["done", "done"], "done"),
        (["done", "cancelled"], "cancelled"),
        (["done", "rejected", "scheduled"], "rejected"),
        (["cancelled", "rejected"], "cancelled"),
        (["scheduled", "submitted"], "scheduled"),
        (["done", "scheduled"], "scheduled"),
        (["corrected", "done"], "done"),
        (["corrected", "corrected"], "corrected"),
        ([], "draft"),
    ],
)
def test_an_orders_state_follows_from_its_numbers(states, whole):
    assert derived(states) == PortState(whole)


def test_every_reason_has_advice_in_plain_words():
    for reason in REASONS.values():
        assert len(reason.advice) > 40
        assert reason.label not in reason.advice
        assert not {"BTN", "CSR", "FOC", "LNP"} & set(reason.advice.replace(".", " ").split())
        assert set(reason.fields) <= {*DETAILS, "wireless_account", "wireless_pin"}
        assert set(reason.papers) <= {"loa", "bill"}
