"""Whole page or fragment, toasts, and where to go next."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from apps.ui.http import go_to, page_or_fragment, toast

FRAGMENT = {"hx-request": "true"}
BOOSTED = {"hx-request": "true", "hx-boosted": "true"}
RESTORED = {"hx-request": "true", "hx-history-restore-request": "true"}


def ask(headers: dict[str, str]) -> Any:
    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]  # as the middleware does
    return request


def answer(request: HttpRequest) -> HttpResponse:
    # A template of the forms that needs no context is page enough here.
    return page_or_fragment(request, "base_plain.html", {}, fragment="ui/_empty.html", status=422)


@pytest.mark.parametrize(("headers", "whole"), [({}, True), (FRAGMENT, False), (BOOSTED, True), (RESTORED, True)])
def test_only_htmx_asking_for_a_part_gets_a_part(headers: dict[str, str], whole: bool) -> None:
    response = answer(ask(headers))
    assert (b"<html" in response.content) is whole
    assert response.status_code == 422


def test_caches_keep_page_and_fragment_apart() -> None:
    for headers in ({}, FRAGMENT):
        assert "HX-Request" in answer(ask(headers))["Vary"]


def test_a_toast_rides_along_as_an_event() -> None:
    response = toast(HttpResponse(), "Saved “x”", "warning", url="/jobs/", link="Show it")
    event = json.loads(response["HX-Trigger"])
    assert event == {"toast": {"text": "Saved “x”", "level": "warning", "url": "/jobs/", "link": "Show it"}}


def test_the_next_page_is_reached_from_pages_and_fragments() -> None:
    assert go_to(ask({}), "/jobs/")["Location"] == "/jobs/"
    assert go_to(ask(FRAGMENT), "/jobs/")["HX-Redirect"] == "/jobs/"
