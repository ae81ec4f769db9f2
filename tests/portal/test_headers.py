"""What every page tells the browser it may do."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

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


# --- what the Mozilla Observatory asks for, over TLS ---------------------------------------------------------


@pytest.fixture
def over_tls(settings: Settings) -> None:
    """The settings of a portal behind https, as `portal.settings` derives them from PORTAL_URL."""
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


@pytest.mark.parametrize("path", PAGES)
def test_a_page_passes_the_observatorys_list(path: str, client_for: Callable[..., Client], over_tls: None) -> None:
    answer = client_for("ada" if path in {"/", "/nowhere/"} else None).get(path, secure=True)
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] in {"'none'", "'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    age = int(headers["Strict-Transport-Security"].split(";")[0].removeprefix("max-age="))
    assert age >= 15768000  # six months
    assert "includeSubDomains" in headers["Strict-Transport-Security"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert all(f"{feature}=()" in headers["Permissions-Policy"] for feature in ("camera", "microphone", "geolocation"))
    assert "Server" not in headers
    assert "X-Powered-By" not in headers


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_scripts_and_styles_come_from_here_alone(path: str, client_for: Callable[..., Client], over_tls: None) -> None:
    """From one's own origin they need no subresource integrity; nothing is inline."""
    page = client_for("ada" if path == "/" else None).get(path, follow=True, secure=True).text
    sources = re.findall(r'<(?:script[^>]* src|link[^>]* href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") and not source.startswith("//") for source in sources)
    assert re.findall(r"<script(?![^>]* src=)[^>]*>", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"", page) == []


def test_cookies_are_sent_over_tls_alone_and_out_of_reach_of_scripts(ada: User, stranger: Client, over_tls: None) -> None:
    stranger.get("/accounts/login/", secure=True)
    stranger.post("/accounts/login/", {"login": ada.username, "password": PASSWORD}, secure=True)
    assert "sessionid" in stranger.cookies
    for name, cookie in stranger.cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
