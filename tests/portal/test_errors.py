"""Error pages say what happened, whether it took effect and what to do; a fragment gets one sentence."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from portal import urls as portal_urls
from portal.urls import handler400, handler403, handler404, handler500  # noqa: F401  read by Django from this module

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
FRAGMENT = {"hx-request": "true"}
FAULTS: dict[str, type[Exception]] = {
    "400": SuspiciousOperation,
    "403": PermissionDenied,
    "404": Http404,
    "500": RuntimeError,
}


def fail(request: HttpRequest, code: str) -> HttpResponse:
    raise FAULTS[code]("Traceback detail that nobody may see")


urlpatterns = [path("fail/<str:code>/", fail), path("", include(portal_urls))]


@pytest.fixture
def calm(client_for: Callable[[str], Client]) -> Client:
    """A client that shows an error page, as a browser gets it, instead of raising."""
    client = client_for("ada")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("code", FAULTS)
def test_a_page_explains_itself(calm: Client, code: str) -> None:
    answer = calm.get(f"/fail/{code}/")
    html = answer.content.decode()
    assert answer.status_code == int(code)
    assert "What to do:" in html
    assert "Traceback" not in html
    assert "Reference" in html
    assert "Did it take effect?" not in html  # reading a page changes nothing


@pytest.mark.parametrize("code", FAULTS)
def test_after_a_form_it_says_whether_it_took_effect(calm: Client, code: str) -> None:
    html = calm.post(f"/fail/{code}/").content.decode()
    assert "Did it take effect?" in html
    assert ("We do not know" in html) is (code == "500")
    assert ("Nothing was changed." in html) is (code != "500")


@pytest.mark.parametrize("code", FAULTS)
def test_a_fragment_gets_one_sentence_for_the_toast(calm: Client, code: str) -> None:
    answer = calm.post(f"/fail/{code}/", headers=FRAGMENT)
    assert answer.status_code == int(code)
    assert answer["Content-Type"].startswith("text/plain")
    assert "<" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_the_page_for_our_own_fault_needs_no_database(calm: Client, django_db_blocker: object) -> None:
    from portal.views import server_error

    request = HttpRequest()
    request.method = "GET"
    with django_db_blocker.block():  # type: ignore[attr-defined]
        answer = server_error(request)
    assert answer.status_code == 500
    assert b"The portal failed while answering" in answer.content


def test_a_database_that_is_down_still_gets_a_page(calm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAULTS, "500", OperationalError)
    assert b"What to do:" in calm.get("/fail/500/").content


def test_an_expired_form_says_what_to_do(client_for: Callable[[str], Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_for("ada").cookies
    answer = client.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"This form has expired" in answer.content


def test_a_visitor_sees_no_navigation_on_an_error_page(stranger: Client) -> None:
    answer = stranger.get("/accounts/no-such-page/")
    assert answer.status_code == 404
    assert b'id="navigation"' not in answer.content
