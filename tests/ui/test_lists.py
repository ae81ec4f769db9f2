"""The list pattern: filters, orders, pages, saved views, selection, and its fragment."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.ui.selection import Selection
from tests.ui.gallery import PersonFilter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ui.gallery")]
URL = "/gallery/list/"
FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def ada_client(client_for: Callable[[str], Client]) -> Client:
    client = client_for("ada")
    User.objects.bulk_create(
        User(username=f"p{n:03d}", email=f"p{n}@example.net", role=Role.SUPPORT if n % 2 else Role.AUDITOR) for n in range(60)
    )
    return client


def test_a_plain_page_holds_everything(ada_client: Client) -> None:
    html = ada_client.get(URL).content.decode()
    assert "<html" in html
    assert "61 numbers" in html
    assert html.count('name="ids"') == 25
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html


def test_the_fragment_is_the_results_alone_with_a_clean_address(ada_client: Client) -> None:
    answer = ada_client.get(URL, {"q": "p01", "role": "", "sort": ""}, headers=FRAGMENT)
    html = answer.content.decode()
    assert "<html" not in html
    assert html.lstrip().startswith('<section id="results"')
    assert "10 numbers match" in html
    assert answer["HX-Push-Url"] == f"{URL}?q=p01"
    assert "HX-Request" in answer["Vary"]


def test_paging_keeps_filter_and_order(ada_client: Client) -> None:
    first = ada_client.get(URL, {"role": "support", "sort": "-username"})
    listing = first.context["listing"]
    assert listing.rows[0].username == "p059"
    second = ada_client.get(listing.next_url).context["listing"]
    assert second.rows[0].username == "p009"
    assert {row.role for row in second.rows} == {Role.SUPPORT}
    assert ada_client.get(second.previous_url).context["listing"].rows[0].username == "p059"


def test_a_column_head_turns_its_order_round(ada_client: Client) -> None:
    listing = ada_client.get(URL).context["listing"]
    assert listing.sort_state("username") == {"url": f"{URL}?sort=-username", "state": "ascending"}
    assert listing.sort_state("joined")["url"] == f"{URL}?sort=joined"
    assert listing.sort_state("trunk") == {"url": "", "state": ""}


def test_a_filter_that_cannot_be_read_shows_no_rows_and_says_which(ada_client: Client) -> None:
    answer = ada_client.get(URL, {"joined": "yesterday"}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert b"Joined: Enter a valid date." in answer.content or b"Since: Enter a valid date." in answer.content
    assert b'name="ids"' not in answer.content
    assert b'value="yesterday"' in ada_client.get(URL, {"joined": "yesterday"}).content


def test_nothing_yet_and_nothing_matching_are_different(ada_client: Client) -> None:
    assert b"No numbers yet" in ada_client.get(URL, {"nobody": "1"}).content
    assert b"Nothing matches these filters" in ada_client.get(URL, {"q": "zzz"}).content


def test_the_saved_view_that_is_shown_is_marked(ada_client: Client) -> None:
    links = ada_client.get(URL, {"role": "support", "q": ""}).context["listing"].tab_links()
    assert [link["active"] for link in links] == [False, False, True]


@pytest.mark.parametrize("params", [{}, {"role": "support"}, {"sort": "-joined"}])
def test_a_page_costs_the_same_queries_however_many_rows_there_are(ada_client: Client, params: dict[str, str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        ada_client.get(URL, params, headers=FRAGMENT)
    assert len([query for query in queries if "accounts_user" in query["sql"]]) == 3  # who asks, the page, the count


def select(**data: object) -> Selection:
    return Selection.from_request(RequestFactory().post("/", data))


def test_picked_rows_are_those_named_and_no_others(ada_client: Client) -> None:
    wanted = list(User.objects.filter(username__in=["p001", "p002"]).values_list("pk", flat=True))
    selection = select(ids=[*wanted, "abc", "999999999", wanted[0]])
    assert sorted(selection.rows(User.objects.all()).values_list("pk", flat=True)) == sorted(wanted)
    # What a person may not see cannot be picked by naming it.
    assert selection.rows(User.objects.filter(username="p001")).count() == 1


def test_all_matching_means_the_filter_as_it_was_shown(ada_client: Client) -> None:
    selection = select(all="1", query="role=support")
    assert selection.rows(User.objects.all(), PersonFilter).count() == 30
    assert selection.fields == [("all", "1"), ("query", "role=support")]


def test_a_filter_that_no_longer_reads_selects_nothing(ada_client: Client) -> None:
    assert not select(all="1", query="joined=yesterday").rows(User.objects.all(), PersonFilter).exists()


def test_no_tick_is_no_selection() -> None:
    assert not select()
    assert not select(query="role=support")
