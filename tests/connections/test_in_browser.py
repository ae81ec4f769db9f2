"""Connections in a real Chromium: add one, test it, call it from the console; every page keeps the rules."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.connections import services
from apps.connections.models import Connection

NAME = "main-carrier"


@pytest.fixture
def connection(transactional_db, carrier):
    return services.add_connection(name=NAME, vendor="carrier", fields=carrier.credentials, actor=None, base_url=carrier.url)


def test_a_connection_is_added_tested_and_saved(page_for, ada, carrier, transactional_db):
    page = page_for(ada)
    page.goto(reverse("connections:list"))
    page.get_by_role("link", name="Add connection").click()
    page.get_by_role("link", name=re.compile("US wholesale carrier")).click()
    page.get_by_role("button", name="Test first").click()
    expect(page.get_by_text("4 fields need another look")).to_be_visible()
    page.get_by_label("Name").fill("second")
    page.get_by_label("Address").fill(carrier.url)
    page.get_by_label("Account number").fill(carrier.credentials["accountno"])
    token = page.locator("#id_field_token")
    token.fill("wrong")
    page.get_by_role("button", name="Test first").click()
    expect(page.get_by_text("second refused our credentials")).to_be_visible()
    expect(page.get_by_text("4 fields need another look")).to_have_count(0)
    expect(token).to_have_value("wrong")
    token.fill(carrier.credentials["token"])
    page.get_by_role("button", name="Test first").click()
    expect(page.get_by_role("heading", name="second works")).to_be_visible()
    assert not Connection.objects.exists()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("second is saved, and it answered in")).to_be_visible()
    expect(page.get_by_role("heading", name="second", level=1)).to_be_visible()


def test_numbers_are_bought_from_the_console(page_for, ada, connection, carrier):
    page = page_for(ada)
    page.goto(reverse("connections:console", args=[NAME]))
    page.get_by_placeholder(re.compile("Filter")).press_sequentially("bulkreserve")
    expect(page.locator(".operations li")).to_have_count(1)
    page.get_by_role("link", name="Reserve many numbers").click()
    expect(page.locator(".operations a[aria-current]")).to_have_text(re.compile("Reserve many numbers"))
    page.get_by_label("Category").select_option("Local")
    page.get_by_label("Quantity").fill("lots")
    page.get_by_role("button", name="Send to main-carrier").click()
    expect(page.get_by_text("Give a whole number from 1 to 1000.")).to_be_visible()
    expect(page.get_by_label("Quantity")).to_be_focused()
    page.get_by_label("State").fill("WA")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Send to main-carrier").dblclick()
    expect(page.get_by_role("heading", name="Result")).to_be_in_viewport()
    assert [request["operation"] for request in carrier.log.as_json()] == ["bulkreserve"]
    held = re.search(r'"reserveId": "(\d+)"', page.locator(".result-json").inner_text()).group(1)

    client = services.client_for(connection)
    order = client.call("orders.generate", {"trunk_id": client.call("trunks.list")[0]["id"], "reserve_id": held})
    order_id = next(order[key] for key in ("orderId", "orderno", "orderNo") if order.get(key))
    page.goto(reverse("connections:operation", args=[NAME, "orders.process"]))
    page.get_by_label("Order ID").fill(order_id)
    page.get_by_role("button", name="Send to main-carrier").click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    page.get_by_label("Type process_order to confirm").fill("process_order")
    page.get_by_role("button", name="Send to main-carrier").click()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    page.get_by_text("Exchange", exact=True).click()
    expect(page.get_by_role("heading", name="Request")).to_be_visible()
    assert carrier.credentials["token"] not in page.content()


def test_the_test_button_answers_in_place(page_for, sam, connection, carrier):
    page = page_for(sam)
    page.goto(reverse("connections:detail", args=[NAME]))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("heading", name="main-carrier works")).to_be_visible()
    carrier.faults.set("html500", "availabilitystate")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("heading", name="main-carrier has a fault")).to_be_visible()
    expect(page.locator("#health .state").first).to_have_text("Failing")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_is_accessible(page_for, accessible, ada, connection, scheme, width):
    services.probe(connection)
    page = page_for(ada, color_scheme=scheme, viewport={"width": width, "height": 900})
    for address in (
        reverse("connections:list"),
        reverse("connections:add"),
        reverse("connections:add") + "?vendor=carrier",
        reverse("connections:detail", args=[NAME]),
        reverse("connections:delete", args=[NAME]),
        reverse("connections:console", args=[NAME]),
    ):
        page.goto(address)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.goto(reverse("connections:operation", args=[NAME, "stock.search"]))
    page.get_by_label("State").fill("WA")
    page.get_by_role("button", name="Ask main-carrier").click()
    page.get_by_text("Exchange", exact=True).click()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
