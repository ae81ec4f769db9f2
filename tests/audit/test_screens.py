"""The screens of the log: who may read it, what the filters find, and what one entry says."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit import selectors, services
from apps.audit.models import AuditEntry
from apps.audit.services import record

pytestmark = pytest.mark.django_db
FRAGMENT = {"hx-request": "true"}


def found(client, **query: str) -> list[int]:
    """Return the numbers of the entries a filter shows, in order."""
    page = client.get("/audit/", query, headers=FRAGMENT)
    assert page.status_code == 200, page.text
    return [entry.sequence for entry in page.context["listing"].rows]


@pytest.fixture
def reader(client_for):
    """The auditor's client; auditors exist to read this."""
    return client_for("aud")


@pytest.fixture
def log(ada, sam, reader) -> None:
    """Entries 1 and 2 are the additions of two people's sessions; these are 2 to 6."""
    numbers = [f"+1206555{number:04}" for number in range(100, 400)]
    record("sign_in.failed", actor=None, actor_label="eve", target="eve", outcome="refused", address="192.0.2.66")
    record("vendor.call", actor=ada, connection_name="east", operation="numbers.release", params={"numbers": numbers})
    record(
        "vendor.call",
        actor=sam,
        connection_name="west",
        operation="trunks.add",
        ticket="T-4711",
        outcome="OutcomeUnknown",
        error="No answer came.",
        sent="unknown",
        exchange_id="e" * 32,
        request_id="0ce46c69-692a-48cb-8416-153af4eb3116",
        before={"status": "active", "gone": 1},
        after={"status": "inactive", "new": True},
        duration=1.25,
    )
    record("connection.changed", actor=ada, connection_name="east", target="east")


@pytest.fixture
def first(log) -> int:
    """The number of the first entry of `log`."""
    return AuditEntry.objects.get(action="sign_in.failed").sequence


@pytest.mark.parametrize("path", ["/audit/", "/audit/1/"])
@pytest.mark.parametrize(("person", "status"), [("ada", 200), ("aud", 200), ("sam", 403)])
def test_administrators_and_auditors_read_it(path, person, status, client_for):
    client = client_for(person)
    record("a.b", actor=None)
    assert client.get(path).status_code == status


def test_an_entry_that_is_not_there_is_404(reader):
    assert reader.get("/audit/99/").status_code == 404
    assert reader.get("/audit/99999999999999999999/").status_code == 404


def test_the_list_shows_newest_first(reader, log, first):
    assert found(reader)[:4] == [first + 3, first + 2, first + 1, first]


def test_each_filter_finds_its_entries(reader, log, first, ada):
    assert found(reader, person=str(ada.pk), connection="east") == [first + 3, first + 1]
    assert found(reader, action="sign_in.failed") == [first]
    assert found(reader, connection="west") == [first + 2]
    assert found(reader, operation="numbers.release") == [first + 1]
    assert found(reader, outcome="OutcomeUnknown") == [first + 2]
    assert found(reader, ticket="T-4711") == [first + 2]
    assert found(reader, ticket="T-4711", connection="east") == []


@pytest.mark.parametrize(
    ("typed", "offsets"),
    [
        ("+1 206-555-0150", [1]),  # one of 300 numbers of one call
        ("(206) 555-0150", [1]),
        ("0399", [1]),
        ("eve", [0]),
        ("TRUNKS west", [2]),
        ("t-4711", [2]),
        ("no answer came", [2]),
        ("e" * 32, [2]),
        ("0CE46C69-692A-48CB-8416-153AF4EB3116", [2]),
        ("east release", [1]),
        ("east", [3, 1]),
        ("ea", [3, 1]),  # too short for the index
        ('"quoted" OR %_', []),
        ("nothing of the kind", []),
    ],
)
def test_any_text_is_found(typed, offsets, reader, log, first):
    assert found(reader, q=typed) == [first + offset for offset in offsets]


def test_a_number_sign_finds_one_entry(reader, log, first):
    assert found(reader, q=f"#{first + 1}") == [first + 1]
    assert found(reader, q="#999999999999999999") == []


def test_a_common_word_is_found_without_the_index(reader, log, first, monkeypatch):
    monkeypatch.setattr("apps.audit.search._COMMON", 1)
    assert found(reader, q="east") == [first + 3, first + 1]


def test_days_are_the_readers_own(reader, aud):
    User.objects.filter(pk=aud.pk).update(time_zone="America/Los_Angeles")
    with time_machine.travel(datetime(2026, 3, 2, 7, 59, tzinfo=UTC)):
        late_on_the_first = record("a.b", actor=None).sequence
    with time_machine.travel(datetime(2026, 3, 2, 8, 1, tzinfo=UTC)):
        early_on_the_second = record("a.b", actor=None).sequence
    assert found(reader, since="2026-03-01", until="2026-03-01") == [late_on_the_first]
    assert found(reader, since="2026-03-02", until="2026-03-02") == [early_on_the_second]


@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"until": "2026-02-30"}, {"action": "x"}, {"person": "x"}])
def test_a_filter_that_cannot_be_read_is_named(query, reader, log):
    answer = reader.get("/audit/", query)
    assert answer.status_code == 422
    assert "A filter cannot be read" in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_last_day_of_all_can_be_asked_for(day, reader, log):
    assert reader.get("/audit/", {"since": day, "until": day}).status_code == 200


def test_paging_shows_every_entry_once(reader):
    for number in range(120):
        record("a.b", actor=None, target=str(number))
    seen: list[int] = []
    url = "/audit/?action=a.b"
    while url:
        listing = reader.get(url).context["listing"]
        seen += [entry.sequence for entry in listing.rows]
        url = listing.next_url
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 120


def test_the_list_costs_the_same_for_more_entries(reader, django_assert_num_queries):
    for number in range(60):
        record(f"a.b{number}", actor=None, connection_name=f"c{number}", ticket="T-1")
    with django_assert_num_queries(7):  # session, person, their two limits, saved filters, page, count
        found(reader)
    with django_assert_num_queries(8):  # the choices of two filters more; a single page needs no count
        found(reader, ticket="T-1", action="a.b5", connection="c5", since="2020-01-01")


def test_an_entry_costs_the_same_however_long_the_log(log, ada, first, django_assert_num_queries):
    entry = AuditEntry.objects.get(pk=first + 1)
    with django_assert_num_queries(2):  # its two neighbours, and which of them may be read
        selectors.detail(entry, ada)


def test_an_entry_says_it_all(reader, log, first):
    text = reader.get(f"/audit/{first + 2}/").text
    for part in (
        "Vendor call",
        "sam",
        "west",
        "trunks.add",
        "T-4711",
        "Outcome unknown",
        "No answer came.",
        "1.2 s",
        "e" * 32,
        "0ce46c69-692a-48cb-8416-153af4eb3116",
        "inactive",
        "not there",
        "Holds here",
    ):
        assert part in text
    assert "300 values, from +1 206-555-0100" in reader.get(f"/audit/{first + 1}/").text


def test_a_failed_sign_in_says_that_nobody_was_signed_in(reader, log, first):
    assert "as typed, nobody was signed in" in reader.get(f"/audit/{first}/").text


@pytest.mark.parametrize(
    ("number", "tamper", "words"),
    [
        (2, {"outcome": "failed"}, "Its hash does not fit what it says"),
        (1, {"hash": "f" * 64}, "It does not follow #"),
        (3, {"previous_hash": "f" * 64}, "does not follow it."),
    ],
)
def test_a_broken_chain_shows_on_the_page(number, tamper, words, reader, five, tampered):
    start = five[0].sequence
    tampered.filter(pk=start + number).update(**tamper)
    text = reader.get(f"/audit/{start + 2}/").text
    assert "Broken here" in text
    assert words in text


def test_a_missing_neighbour_shows_on_the_page(reader, five, tampered):
    start = five[0].sequence
    tampered.filter(pk__in=[start + 1, start + 4]).delete()
    assert f"Entry #{start + 1} is missing." in reader.get(f"/audit/{start + 2}/").text
    assert f"Entry #{start + 4} is missing." in reader.get(f"/audit/{start + 3}/").text


def test_markup_in_an_entry_is_shown_not_run(reader):
    mark = "<script>alert(1)</script>"
    entry = record(mark, actor=None, actor_label=mark, target=mark, params={mark: mark}, before=mark, after=[mark])
    for path in ("/audit/", f"/audit/{entry.sequence}/"):
        assert mark not in reader.get(path).text


def test_odd_values_are_shown(reader):
    for value in ({}, [], "text", 5, [1, [2]], {"a": {"b": [{"c": None}]}}, {"empty": ""}, None, False):
        entry = record("a.b", actor=None, params=value, before=value, after=value)
        assert reader.get(f"/audit/{entry.sequence}/").status_code == 200


def test_an_empty_log_says_what_it_is_for(reader, tampered):
    tampered.all().delete()
    assert "Nothing has been recorded yet" in reader.get("/audit/").text


def test_the_search_box_and_the_home_page_show_entries_to_readers_only(aud, sam, log, first):
    assert [hit.url for hit in services.search(aud, f"#{first}")] == [f"/audit/{first}/"]
    assert [hit.url for hit in services.search(aud, "e" * 32)] == [f"/audit/{first + 2}/"]
    assert services.search(aud, "vendor") == []
    assert services.search(sam, f"#{first}") == []
    assert services.home_panels(aud)[0].context["entries"][0].sequence == first + 3
    assert services.home_panels(sam) == []


def test_clock_that_runs_back_breaks_neither_order_nor_chain(reader):
    record("a.first", actor=None)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=1)):
        record("a.second", actor=None)
    assert QuerySet(AuditEntry).order_by("-sequence").first().action == "a.second"
    assert "Holds here" in reader.get(f"/audit/{AuditEntry.objects.order_by('-sequence').first().pk}/").text
