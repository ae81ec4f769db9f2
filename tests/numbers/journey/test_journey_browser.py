"""The journey in a real browser: loaded after the page, as a tree, light and dark, wide and narrow."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PageFor
from tests.numbers.journey.conftest import MAIN, House
from tests.numbers.journey.test_known_paths import ALL_WEEK, hours


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_tree_is_drawn_and_keeps_the_rules(
    house: House, page_for: PageFor, accessible: Callable[..., None], look: str, width: int
) -> None:
    hours(house, ALL_WEEK)
    house.pbxware.close_port()
    page: Page = page_for("sam", color_scheme=look, viewport={"width": width, "height": 900})
    page.goto(f"/numbers/{MAIN}/")
    page.get_by_role("link", name="Journey").click()
    journey = page.locator("#journey")
    expect(journey.get_by_text("Main menu")).to_be_visible()
    first = journey.locator(".journey > .path").first
    assert first.locator("> .hop > .hop-kind").all_inner_texts() == ["Carrier", "Trunk group"]
    ways = first.locator("> .fork > .ways > .way > .way-when")
    assert [text.strip() for text in ways.all_inner_texts()] == ["hosted-pbx", "soft-switch", "office-pbx"]
    expect(journey.get_by_text("office-pbx cannot be reached")).to_be_visible()
    expect(journey.get_by_text("open, now")).to_be_visible()
    box = journey.get_by_text("Main menu").bounding_box()
    assert box
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    accessible(page)
    with page.expect_response("**/journey/?&read=now"):
        page.get_by_role("link", name="Read it again").click()
    expect(journey.get_by_text("Main menu")).to_be_visible()


def test_a_tenants_tree(house: House, page_for: PageFor, accessible: Callable[..., None]) -> None:
    house.only("hosted-pbx")
    hours(house, ALL_WEEK)
    page: Page = page_for("tess", viewport={"width": 390, "height": 900})
    page.goto(f"/numbers/{MAIN}/journey/")
    expect(page.locator("#journey").get_by_text("Main menu")).to_be_visible()
    accessible(page)
