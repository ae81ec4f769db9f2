"""The search box finds pages, and what each area contributes; one area that fails costs only itself."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.connections import services as connections
from apps.ui.frame import Hit
from portal import hooks
from portal.search import MOST_HITS, find

pytestmark = pytest.mark.django_db


@pytest.fixture
def contribute(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """A function: let the connections app answer a search with this function."""

    def use(name: str, function: Callable[..., object]) -> None:
        monkeypatch.setattr(connections, name, function, raising=False)
        hooks._functions.cache_clear()

    yield use
    hooks._functions.cache_clear()


def test_pages_are_found_by_part_of_their_name(ada: User) -> None:
    assert [hit.label for _, hits in find(ada, "conn") for hit in hits if hit.kind == "Pages"] == ["Connections"]


def test_a_page_is_found_by_the_area_it_stands_under(ada: User) -> None:
    assert ("Accounts", "People") in {(hit.label, hit.detail) for _, hits in find(ada, "people") for hit in hits}


def test_pages_that_a_role_may_not_open_are_not_found(sam: User) -> None:
    assert not [hit for _, hits in find(sam, "people") for hit in hits]


def test_an_area_that_fails_costs_only_itself(ada: User, contribute: Callable[..., None]) -> None:
    def fail(user: User, text: str) -> list[Hit]:
        raise RuntimeError("broken on purpose")

    contribute("search", fail)
    assert dict(find(ada, "home"))["Pages"][0].label == "Home"


def test_one_kind_does_not_drown_the_others(ada: User, contribute: Callable[..., None]) -> None:
    contribute("search", lambda user, text: [Hit("Number", f"+1206555{n:04d}", url="/") for n in range(50)])
    assert len(dict(find(ada, "206"))["Number"]) == MOST_HITS


def test_the_page_works_without_a_script(client_for: Callable[[str], Client]) -> None:
    client = client_for("ada")
    assert b"Connections" in client.get("/search/", {"q": "conn"}).content
    assert "Nothing found for “zzzz”".encode() in client.get("/search/", {"q": "zzzz"}).content
    fragment = client.get("/search/", {"q": "conn"}, headers={"hx-request": "true"}).content
    assert b"<html" not in fragment
    assert b'role="option"' in fragment


def test_what_was_typed_is_escaped(client_for: Callable[[str], Client]) -> None:
    assert b"<script>alert" not in client_for("ada").get("/search/", {"q": "<script>alert(1)</script>"}).content
