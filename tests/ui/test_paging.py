"""Paging by keys: every row once, in order, both ways, whatever changes in between."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.ui.paging import Page, capped_count, keyset_page

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, tzinfo=UTC)
ORDERS = [("pk",), ("-pk",), ("first_name", "pk"), ("-first_name", "-pk"), ("date_joined", "pk"), ("-date_joined", "-pk")]
names = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=4)
few_names = st.one_of(names, st.sampled_from(["", "a", "A", "é", "'", '"', "%"]))  # ties and awkward ones
# Rows are replaced in each example, so nothing leaks from one into the next.
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def people(*first_names: str) -> None:
    User.objects.all().delete()
    User.objects.bulk_create(
        User(
            username=f"u{number}",
            email=f"u{number}@example.net",
            first_name=name,
            date_joined=START + timedelta(microseconds=number // 3),
        )
        for number, name in enumerate(first_names)
    )


def page(order: tuple[str, ...], cursor: str = "", size: int = 3) -> Page:
    return keyset_page(User.objects.all(), order, cursor, size)


def walk(order: tuple[str, ...], size: int) -> list[Page]:
    pages = [page(order, "", size)]
    while pages[-1].next_cursor:
        pages.append(page(order, pages[-1].next_cursor, size))
    return pages


def pks(pages: list[Page]) -> list[int]:
    return [row.pk for one in pages for row in one.rows]


@quick
@given(st.lists(few_names, max_size=17), st.sampled_from(ORDERS), st.integers(1, 6))
def test_walking_forward_shows_every_row_once_and_in_order(found: list[str], order: tuple[str, ...], size: int) -> None:
    people(*found)
    pages = walk(order, size)
    assert pks(pages) == list(User.objects.order_by(*order).values_list("pk", flat=True))
    assert pages[0].previous_cursor == ""
    assert all(len(one.rows) == size for one in pages[:-1])


@quick
@given(st.lists(few_names, min_size=1, max_size=17), st.sampled_from(ORDERS), st.integers(1, 6))
def test_walking_back_shows_the_same_pages(found: list[str], order: tuple[str, ...], size: int) -> None:
    people(*found)
    pages = walk(order, size)
    current = pages[-1]
    for earlier in reversed(pages[:-1]):
        current = page(order, current.previous_cursor, size)
        assert pks([current]) == pks([earlier])
    assert current.previous_cursor == ""


@quick
@given(st.text(max_size=60))
def test_a_cursor_that_cannot_be_read_gives_the_first_page(cursor: str) -> None:
    people("a", "b", "c", "d")
    assert pks([page(("first_name", "pk"), cursor)]) == pks([page(("first_name", "pk"))])


@pytest.mark.parametrize(
    "content",
    [
        '["f",["a"]]',
        '["f",["a",{}]]',
        '["x",["a",1]]',
        '["f",["a",99999999999999999999]]',
        '["f",["a\\u0000",1]]',
        "{}",
        "[]",
        "1",
    ],
)
def test_a_cursor_with_the_wrong_content_gives_the_first_page(content: str) -> None:
    from base64 import urlsafe_b64encode

    people("a", "b", "c", "d")
    cursor = urlsafe_b64encode(content.encode()).decode()
    assert pks([page(("first_name", "pk"), cursor)]) == pks([page(("first_name", "pk"))])


def test_rows_added_and_taken_away_in_between_neither_repeat_nor_hide_others() -> None:
    people("a", "b", "c", "d", "e", "f")
    first = page(("first_name", "pk"))
    User.objects.filter(first_name="c").delete()  # the row that the cursor stands on
    User.objects.create_user("late", "late@example.net", first_name="aa")
    assert [row.first_name for row in page(("first_name", "pk"), first.next_cursor).rows] == ["d", "e", "f"]


def test_the_way_back_ends_in_a_full_first_page() -> None:
    people("a", "b", "c", "d", "e", "f")
    second = page(("first_name", "pk"), page(("first_name", "pk")).next_cursor)
    User.objects.filter(first_name="b").delete()
    back = page(("first_name", "pk"), second.previous_cursor)
    assert [row.first_name for row in back.rows] == ["a", "c", "d"]
    assert (back.previous_cursor, bool(back.next_cursor)) == ("", True)


def test_a_page_is_one_query_however_far_it_is() -> None:
    people(*["same"] * 30)
    cursor = walk(("first_name", "pk"), 3)[-2].next_cursor
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(("first_name", "pk"), cursor)
    assert len(queries) == 1


@pytest.mark.parametrize("order", [("first_name", "-pk"), ("-first_name", "pk")])
def test_mixed_directions_are_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        page(order)


def test_an_order_by_something_that_may_be_null_is_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        page(("last_login", "pk"))


def test_counting_stops_at_the_cap() -> None:
    people("a", "b", "c")
    assert str(capped_count(User.objects.all(), cap=2)) == "2+"
    assert str(capped_count(User.objects.all(), cap=3)) == "3"
