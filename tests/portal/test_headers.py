"""What every page tells the browser it may do."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from tests.fixtures.people import PASSWORD
from tests.portal.observatory import Seen, grade

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


NEEDED = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "X_FRAME", "CONTENT_SECURITY_POLICY")


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a portal in production, with secrets that exist only for these tests."""
    key = Fernet.generate_key().decode()
    return {
        "PATH": os.environ["PATH"],
        "PATCHBAY_DATA_DIR": str(tmp_path_factory.mktemp("production")),
        "PORTAL_URL": "https://portal.example.net",
        "SECRET_KEY": key * 2,
        "CREDENTIAL_KEYS": key,
        "LOG_FORMAT": "json",
        "DATABASE_URL": "postgres://patchbay@database.example.net/patchbay",
        "CELERY_BROKER_URL": "redis://broker.example.net/0",
        "CACHE_URL": "redis://broker.example.net/1",
    }


@pytest.fixture(scope="module")
def production(environ: dict[str, str]) -> dict[str, Any]:
    """What `portal.settings` makes of that environment, as far as browsers notice."""
    script = (
        "import json, portal.settings as s;"
        f"print(json.dumps({{n: v for n, v in vars(s).items() if n.startswith({NEEDED!r})}}, default=str))"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def over_tls(settings: Settings, production: dict[str, Any]) -> None:
    """The settings of a portal behind https, as `portal.settings` derives them from PORTAL_URL."""
    for name, value in production.items():
        if name.isupper():
            setattr(settings, name, value)


def test_production_names_its_cookies_for_this_host(production: dict[str, Any]) -> None:
    assert production["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert production["CSRF_COOKIE_NAME"] == "__Host-csrftoken"


def test_production_settings_pass_djangos_deployment_check(environ: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("path", ["/", "/accounts/login/"])
def test_the_observatory_gives_its_best_grade(path: str, ada: User, over_tls: None) -> None:
    client = Client()
    client.get("/accounts/login/", secure=True)
    client.post("/accounts/login/", {"login": ada.username, "password": PASSWORD}, secure=True)
    cookies = dict(client.cookies)
    assert "__Host-sessionid" in cookies
    visitor = Client() if path == "/accounts/login/" else client
    answer = visitor.get(path, secure=True)
    assert answer.status_code == 200
    plain = visitor.get(path)
    seen = Seen(dict(answer.headers), cookies, answer.text, plain["Location"], ("__Host-sessionid", "__Host-csrftoken"))
    report = grade(seen)
    assert {test: points for test, points in report.points.items() if points < 0} == {}
    assert (report.grade, report.score) == ("A+", 130)


def test_the_grade_sees_what_is_missing(ada: User, stranger: Client, over_tls: None) -> None:
    """Else it would prove nothing above."""
    answer = stranger.get("/accounts/login/", secure=True)
    spoiled = {
        "Content-Security-Policy": "default-src 'self' 'unsafe-inline'",
        "Strict-Transport-Security": "max-age=60",
        "X-Content-Type-Options": "",
        "X-Frame-Options": "",
        "Referrer-Policy": "unsafe-url",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "",
    }
    report = grade(Seen(dict(answer.headers) | spoiled, {}, '<script src="https://cdn.example.net/x.js">', ""))
    assert {test for test, points in report.points.items() if points >= 0} == {"cookies", "cross-origin-resource-policy"}
    assert report.grade == "F"


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
    assert "__Host-sessionid" in stranger.cookies
    for name, cookie in stranger.cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
