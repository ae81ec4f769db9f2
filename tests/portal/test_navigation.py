"""The navigation shows what is there and what the role may open."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from portal.navigation import HOUSE, MAIN, navigation, places

pytestmark = pytest.mark.django_db


def labels(user: User, path: str = "/") -> list[str]:
    return [link.label for group in navigation(user, path, {}) for link in group]


def test_areas_that_do_not_exist_yet_do_not_show(ada: User) -> None:
    assert "Home" in labels(ada)
    assert "Routing" not in labels(ada)


def test_an_area_shows_only_to_roles_that_may_open_it(ada: User, sam: User, aud: User) -> None:
    assert "Connections" in labels(ada)
    assert "People" not in labels(sam)
    assert "Audit" not in labels(sam)


def test_the_area_that_holds_the_page_is_active(ada: User) -> None:
    for path in ("/connections/", "/connections/add/"):
        active = [link.label for group in navigation(ada, path, {}) for link in group if link.active]
        assert active == ["Connections"]
    assert [link.label for group in navigation(ada, "/", {}) for link in group if link.active] == ["Home"]


def test_a_count_stands_beside_its_area(ada: User) -> None:
    links = {link.label: link for group in navigation(ada, "/", {"connections": 2}) for link in group}
    assert (links["Connections"].count, links["Home"].count) == (2, 0)


def test_every_place_can_be_found_once(ada: User) -> None:
    urls = [place.url for place in places(ada)]
    assert len(urls) == len(set(urls)) > 1


def test_every_icon_of_the_navigation_exists() -> None:
    from apps.ui.icons import icon

    for entry in (*MAIN, *HOUSE):
        for one in (entry, *entry.children):
            assert icon(one.icon)


def test_the_page_says_where_it_is(client_for: Callable[[str], Client]) -> None:
    html = client_for("ada").get("/").content.decode()
    assert '<nav id="navigation"' in html
    assert 'aria-current="page"' in html
    assert 'href="#main"' in html
