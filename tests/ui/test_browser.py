"""The frame and its patterns in a real browser: no word from the content policy, nothing wrong for axe, keyboard first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Route, expect

from apps.accounts.models import Role, User
from tests.fixtures.browser import PageFor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.ui.gallery")]
PAGES = {
    "home": "/",
    "list": "/gallery/list/",
    "empty": "/gallery/list/?q=zzzz",
    "plan": "/gallery/plan/",
    "job": "/gallery/job/",
    "object": "/gallery/object/",
    "wizard": "/gallery/wizard/",
    "search": "/search/?q=home",
    "notices": "/notices/",
    "password": "/accounts/password/change/",
    "missing": "/nowhere/",
}
WIDTHS = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
Check = Callable[[Page], None]


@pytest.fixture
def people(db: None) -> None:
    User.objects.bulk_create(
        User(username=f"p{n:03d}", email=f"p{n}@example.net", role=Role.SUPPORT if n % 2 else Role.AUDITOR) for n in range(60)
    )


@pytest.fixture
def desk(page_for: PageFor, ada: User, people: None) -> Page:
    """A page of the administrator's browser."""
    return page_for(ada, viewport=WIDTHS["wide"])


@pytest.mark.parametrize(("scheme", "width"), [("light", "wide"), ("dark", "wide"), ("dark", "narrow")])
def test_every_pattern_is_accessible(
    page_for: PageFor, ada: User, people: None, accessible: Check, scheme: str, width: str
) -> None:
    page = page_for(ada, color_scheme=scheme, viewport=WIDTHS[width])
    for name, path in PAGES.items():
        page.goto(path)
        accessible(page)
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways == 0, f"{name} scrolls sideways by {sideways} px"


def test_a_filter_that_was_faster_than_our_scripts_counts(desk: Page) -> None:
    held: list[Route] = []
    typing = True
    desk.route("**/*.js", lambda route: held.append(route) if typing else route.continue_())
    desk.goto("/gallery/list/", wait_until="commit")
    desk.locator("#filters input[name=q]").fill("p007")
    typing = False
    for route in held:
        route.continue_()
    expect(desk.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_with_errors_and_open_menus_are_accessible(page_for: PageFor, ada: User, accessible: Check, scheme: str) -> None:
    page = page_for(ada, color_scheme=scheme)
    page.goto("/gallery/wizard/")
    page.get_by_label("Calls a second").fill("12a")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("5 fields need another look")).to_be_visible()
    expect(page.get_by_label("Calls a second")).to_have_value("12a")
    expect(page.get_by_label("Name")).to_be_focused()
    accessible(page)
    page.get_by_role("button", name="Account of").click()
    expect(page.get_by_text("Sign out")).to_be_visible()
    accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Home")).to_be_visible()
    accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_is_accessible(page_for: PageFor, accessible: Check, scheme: str) -> None:
    page = page_for(None, color_scheme=scheme)
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        page.goto(path)
        accessible(page)


def test_the_palette_goes_anywhere_from_the_keyboard(desk: Page) -> None:
    desk.goto("/gallery/job/")
    desk.keyboard.press("/")
    desk.keyboard.type("conn")
    expect(desk.get_by_role("option", name="Connections")).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/connections/")


def test_the_palette_closes_and_leaves_the_page_as_it_was(desk: Page) -> None:
    desk.goto("/gallery/wizard/")
    desk.get_by_label("Name").fill("a/b")  # a slash that is typed opens nothing
    expect(desk.get_by_role("option", name="Home")).to_be_hidden()
    desk.keyboard.press("Control+k")
    option = desk.get_by_role("option", name="Home")
    expect(option).to_be_visible()
    desk.keyboard.press("ArrowUp")
    expect(desk.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Escape")
    expect(option).to_be_hidden()
    expect(desk.get_by_label("Name")).to_have_value("a/b")


def test_typing_filters_and_the_address_follows(desk: Page) -> None:
    desk.goto("/gallery/list/?sort=-username")
    desk.get_by_label("Name or number").press_sequentially("p01", delay=20)
    expect(desk.get_by_text("10 numbers match")).to_be_visible()
    assert desk.url.endswith("?q=p01&sort=-username")
    expect(desk.get_by_label("Name or number")).to_be_focused()
    desk.reload()
    expect(desk.get_by_text("10 numbers match")).to_be_visible()
    desk.get_by_role("link", name="Clear").click()
    expect(desk.get_by_text("61 numbers")).to_be_visible()


def test_going_back_takes_the_filter_away_again(desk: Page) -> None:
    desk.goto("/gallery/list/")
    desk.get_by_label("Role").select_option("support")
    expect(desk.get_by_text("30 numbers match")).to_be_visible()
    desk.go_back()
    expect(desk.get_by_text("61 numbers")).to_be_visible()
    expect(desk.get_by_role("navigation", name="Main")).to_be_visible()


def test_a_fragment_that_changes_something_carries_the_form_token(desk: Page) -> None:
    desk.goto("/gallery/buttons/")
    desk.get_by_role("button", name="Send").click()
    expect(desk.locator("#out")).to_have_text("arrived")


def test_going_back_brings_the_whole_page(desk: Page) -> None:
    desk.goto("/gallery/list/")
    desk.get_by_role("link", name="Next").click()
    expect(desk.get_by_role("link", name="Previous")).to_be_visible()
    desk.goto("/")
    desk.go_back()
    expect(desk.get_by_role("navigation", name="Main")).to_be_visible()
    expect(desk.get_by_role("link", name="Previous")).to_be_visible()


def test_ticks_survive_paging_and_another_filter_clears_them(desk: Page) -> None:
    desk.goto("/gallery/list/")
    boxes = desk.locator('input[name="ids"]')
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(desk.get_by_text("2 selected")).to_be_visible()
    desk.get_by_role("link", name="Next").click()
    expect(desk.get_by_role("link", name="Previous")).to_be_visible()
    boxes.nth(3).check()
    expect(desk.get_by_text("3 selected")).to_be_visible()
    desk.get_by_role("button", name="Set inactive").click()
    expect(desk.locator("body")).to_have_text("picked 3 everything=False")
    desk.go_back()
    desk.goto("/gallery/list/")
    boxes.nth(0).check()
    desk.get_by_label("Role").select_option("support")
    expect(desk.get_by_text("30 numbers match")).to_be_visible()
    expect(desk.get_by_text("1 selected")).to_be_hidden()


def test_the_keyboard_stays_where_the_eye_is(desk: Page) -> None:
    desk.goto("/gallery/list/")
    desk.get_by_role("link", name="Next").press("Enter")
    expect(desk.get_by_role("link", name="Previous")).to_be_visible()
    expect(desk.get_by_role("link", name="Next")).to_be_focused()
    desk.keyboard.press("Enter")  # the last page has no next one
    expect(desk.get_by_role("region", name="Numbers")).to_be_focused()
    desk.locator("#sort-username").press("Enter")
    expect(desk.locator("#said")).to_have_text("Numbers: 61")
    expect(desk.get_by_role("columnheader", name="Number")).to_have_attribute("aria-sort", "descending")
    expect(desk.locator("#sort-username")).to_be_focused()


def test_all_matching_is_more_than_the_page(desk: Page) -> None:
    desk.goto("/gallery/list/")
    desk.get_by_label("Role").select_option("support")
    expect(desk.get_by_text("30 numbers match")).to_be_visible()
    desk.get_by_label("Select all rows on this page").check()
    expect(desk.get_by_text("25 selected")).to_be_visible()
    desk.get_by_role("button", name="Select all 30 matching").click()
    expect(desk.get_by_text("All 30 matching selected")).to_be_visible()
    desk.get_by_role("button", name="Set inactive").click()
    expect(desk.locator("body")).to_have_text("picked 30 everything=True")


def test_a_toast_says_what_was_done_and_where_to_see_it(desk: Page) -> None:
    desk.goto("/gallery/buttons/")
    desk.get_by_role("button", name="Good").click()
    expect(desk.get_by_text("Saved the trunk group")).to_be_visible()
    expect(desk.get_by_role("link", name="Show it")).to_be_visible()
    expect(desk.locator("#out")).to_have_text("swapped")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 500, "body": "The portal failed. Reference: 7b1f", "content_type": "text/plain"}, "Reference: 7b1f"),
        ({"status": 502, "body": "<html>Bad gateway</html>", "content_type": "text/html"}, "answered with error 502"),
        (None, "could not be reached"),
    ],
)
def test_a_fragment_that_fails_is_told_once_and_leaves_the_page(
    browser: Browser, live_server: Any, client_for: Callable[[str], Client], answer: dict[str, Any] | None, told: str
) -> None:
    # A page of its own: the failure stands in the console, where other tests take it for one of theirs.
    context = browser.new_context(base_url=live_server.url)
    session = client_for("ada").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto("/gallery/buttons/")
    page.route("**/gallery/broken/", lambda route: route.fulfill(**answer) if answer else route.abort())
    page.get_by_role("button", name="Bad").click()
    expect(page.get_by_text(told)).to_have_count(1)
    expect(page.get_by_text("Bad gateway")).to_have_count(0)
    expect(page.locator("#out")).to_be_empty()
    expect(page.get_by_role("heading", name="Buttons")).to_be_visible()
    context.close()


def test_the_theme_changes_at_once_and_stays(desk: Page) -> None:
    desk.goto("/gallery/job/")
    desk.get_by_role("button", name="Theme").click()
    desk.get_by_role("button", name="Dark").click()
    root = desk.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    desk.goto("/")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_the_system_decides_unless_somebody_did(page_for: PageFor, ada: User) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = page_for(ada, color_scheme=scheme)
        page.goto("/")
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_a_dialog_opens_with_its_fragment_and_closes(desk: Page) -> None:
    desk.goto("/gallery/buttons/")
    desk.get_by_role("button", name="Ask").click()
    expect(desk.get_by_text("Really?")).to_be_visible()
    desk.get_by_role("button", name="No").click()
    expect(desk.get_by_text("Really?")).to_be_hidden()


def test_on_a_telephone_the_navigation_is_behind_a_button(page_for: PageFor, ada: User) -> None:
    page = page_for(ada, viewport=WIDTHS["narrow"])
    page.goto("/")
    link = page.get_by_role("link", name="Connections", exact=True).first
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_first_key_leads_past_the_navigation(desk: Page) -> None:
    desk.goto("/gallery/job/")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Skip to content")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#main")).to_be_focused()


def test_everything_works_without_a_script(page_for: PageFor, ada: User, people: None) -> None:
    page = page_for(ada, java_script_enabled=False)
    page.goto("/gallery/list/")
    page.get_by_label("Name or number").fill("p01")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("10 numbers match")).to_be_visible()
    page.locator('input[name="ids"]').nth(0).check()
    page.get_by_role("button", name="Set inactive").click()
    expect(page.locator("body")).to_have_text("picked 1 everything=False")
    page.goto("/")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")


def test_nothing_moves_while_a_page_loads(desk: Page) -> None:
    desk.goto("/gallery/list/")
    desk.wait_for_load_state("networkidle")
    shift = desk.evaluate(
        """new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
                .observe({ type: "layout-shift", buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift < 0.01
