"""The frame around every page: theme, bell, strips, home, and what machines ask."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.connections import services as connections
from apps.ui.frame import Notice, Panel, Strip
from portal import hooks

pytestmark = pytest.mark.django_db


@pytest.fixture
def contribute(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function: let the connections app contribute what this function returns."""

    def use(name: str, function: Callable[..., object]) -> None:
        monkeypatch.setattr(connections, name, function, raising=False)
        hooks._functions.cache_clear()

    yield use
    hooks._functions.cache_clear()


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_theme_is_in_the_page_before_any_script_runs(client_for: Callable[[str], Client], theme: str) -> None:
    client = client_for("ada")
    answer = client.post("/theme/", {"theme": theme, "next": "/search/?q=a"})
    assert answer["Location"] == "/search/?q=a"
    assert f'data-bs-theme="{theme}"' in client.get("/").content.decode()


def test_a_theme_that_does_not_exist_is_not_remembered(client_for: Callable[[str], Client]) -> None:
    client = client_for("ada")
    client.post("/theme/", {"theme": '"><script>'})
    assert "theme" not in client.cookies
    client.cookies["theme"] = "neon"
    assert 'data-bs-theme="auto"' in client.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_theme_form_leads_nowhere_else(client_for: Callable[[str], Client], elsewhere: str) -> None:
    assert client_for("ada").post("/theme/", {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_the_bell_counts_what_came_since_it_was_opened(
    client_for: Callable[[str], Client], contribute: Callable[..., None]
) -> None:
    at = timezone.now() - timedelta(minutes=1)
    contribute("notices", lambda user: [Notice("Reserved 300 numbers", "/jobs/1/", at)])
    client = client_for("ada")
    assert b"Notifications, 1 new" in client.get("/").content
    assert b"Reserved 300 numbers" in client.get("/notices/", headers={"hx-request": "true"}).content
    assert b"Notifications, 1 new" not in client.get("/").content


def test_what_everybody_must_know_stands_across_the_page(
    client_for: Callable[[str], Client], contribute: Callable[..., None]
) -> None:
    contribute("strips", lambda user: [Strip("carrier-main is down", "danger", "/connections/", "See it")])
    html = client_for("ada").get("/").content.decode()
    assert "strip-danger" in html
    assert "carrier-main is down" in html


def test_a_panel_that_cannot_be_drawn_costs_only_itself(
    client_for: Callable[[str], Client], contribute: Callable[..., None]
) -> None:
    panels = [Panel("Broken", "no/such/template.html"), Panel("Sound", "ui/_empty.html", {"title": "All is well"})]
    contribute("home_panels", lambda user: panels)
    html = client_for("ada").get("/").content.decode()
    assert "All is well" in html
    assert "This panel could not be drawn" in html


def test_a_newcomer_is_told_where_to_begin(client_for: Callable[[str], Client]) -> None:
    html = client_for("ada").get("/").content.decode()
    assert "First steps" in html
    assert "Connect the carrier" in html
    # Only steps that the role may take.
    assert "Connect the carrier" not in client_for("sam").get("/").content.decode()


def test_machines_learn_whether_the_portal_lives_and_is_ready(stranger: Client) -> None:
    assert stranger.get("/health/").json() == {"status": "ok"}
    assert stranger.get("/ready/").json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}}
    assert stranger.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
    assert stranger.get("/favicon.ico")["Location"].endswith("mark.svg")


def test_a_missing_migration_makes_it_not_ready(stranger: Client, ada: User) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    answer = stranger.get("/ready/")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "missing")
