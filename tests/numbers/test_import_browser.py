"""The dry run in a real browser: a damaged file, what it says of each row, and what is proven in the end."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from pytest_django.fixtures import Settings

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.numbers.services import sync
from tests.fixtures.browser import PageFor
from tests.numbers.conftest import Working


@pytest.mark.parametrize(("look", "width"), [("light", 1280), ("dark", 390)])
def test_a_file_is_checked_mended_and_imported(
    main: Connection,
    ours: Tenant,
    ops: User,
    page_for: PageFor,
    working: Working,
    accessible: Callable[..., None],
    settings: Settings,
    tmp_path: object,
    look: str,
    width: int,
) -> None:
    settings.DATA_DIR = tmp_path
    sync(main)
    one, two, three = Number.objects.filter(status="active").order_by("number")[:3]
    page = page_for(ops, color_scheme=look, viewport={"width": width, "height": 900})
    page.goto("/numbers/")
    page.get_by_role("link", name="Import").click()
    accessible(page)

    def bring(name: str, text: str) -> None:
        page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
        page.get_by_role("button", name="Check the file").click()

    bring("wrong.csv", "number,colour\n")
    expect(page.get_by_text("“colour” is not known").first).to_be_visible()
    accessible(page)
    with working():
        bring(
            "numbers.csv",
            f"id;number;tenant;status\n{one.pk}.0;{one.number[1:]};{ours.key};\n{two.pk};1.20622E+10;;\n"
            f";{three.number};;inactive\n;2065550100;;inactive\n",
        )
        expect(page.get_by_text("2 to change")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("You have no +12065550100")).to_be_visible()
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("link", name="Changes").click()
        expect(page.get_by_text("Read as").first).to_be_visible()
        accessible(page)
        page.get_by_role("button", name="Import 2 rows").click()
        expect(page.get_by_text("Waits for you")).to_be_visible(timeout=20_000)
        accessible(page)
        page.get_by_role("link", name="Make").click()
        page.get_by_role("button", name="Make").click()
        expect(page.get_by_text("Number changed.")).to_be_visible(timeout=20_000)
        page.get_by_role("link", name="Back").click()
        expect(page.get_by_text("changed and read back")).to_contain_text("2 changed and read back")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    one.refresh_from_db()
    three.refresh_from_db()
    assert (one.tenant, three.status) == (ours, "inactive")
