"""What every page tells the browser it may do."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.fixtures.people import PASSWORD

PAGES = ["/", "/accounts/login/", "/nowhere/", "/health/"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_the_security_headers(path: str, client_for: Callable[..., Client]) -> None:
    headers = client_for("ada" if path == "/" else None).get(path, follow=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_the_content_security_policy_has_no_loophole(path: str, client_for: Callable[..., Client]) -> None:
    policy = client_for("ada" if path == "/" else None).get(path, follow=True).headers["Content-Security-Policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert "unsafe" not in policy
    assert "http" not in policy
    assert directives["script-src"] == directives["style-src"] == directives["default-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"


def test_the_session_cookie_is_out_of_reach_of_scripts(ada: User, stranger: Client) -> None:
    answer = stranger.post("/accounts/login/", {"login": ada.username, "password": PASSWORD})
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
