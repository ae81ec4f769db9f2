"""Every secret of the portal against every place it could get to: none of them is there.

Secrets of vendors and calls in more depth are in tests/connections/test_canary.py; this one crosses all kinds of secrets with
logs, tables, the queue, pages, errors and exports, and says how many it looked at.
"""

import io
import json
import logging
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from celery.signals import before_task_publish
from django.conf import settings as portal_settings
from django.core import mail
from django.db import connection as database
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import add_connection, client_for, describe_error, probe
from apps.jobs.models import Job
from apps.vendors.core.client import Confirmation
from apps.vendors.core.errors import VendorError
from apps.vendors.core.registry import vendors
from portal.celery import app
from portal.oidc import providers
from tests.accounts.test_second_factor import code_for
from tests.connections.test_canary import _Parrot, stored_rows
from tests.fixtures.people import PASSWORD, ClientFor
from tests.jobs.conftest import run
from tests.portal.addresses import addresses

pytestmark = pytest.mark.django_db(transaction=True)
NEW_PASSWORD = "canary-PASSWORD over the quiet harbour"
TYPED_TOKEN = "canary-TYPED-77aa01"
CSV_OF_AUDIT, JSON_OF_AUDIT = "the audit export (CSV)", "the audit export (JSON)"
# Where a secret has to be: the one page that shows it, and the table a session is looked up in.
RIGHTLY = {
    "session key": {"table django_session", "table usersessions_usersession"},
    "recovery code": {"page /accounts/2fa/recovery-codes/", "page /accounts/2fa/recovery-codes/download/"},
}


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A vendor that answers every request with what it was sent, as a fault."""
    monkeypatch.setattr(_Parrot, "status", 500)
    monkeypatch.setattr(_Parrot, "do_GET", lambda self: self.send_error(500, self.path[:200]), raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Parrot) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the portal's own handler writes, down to DEBUG where requests and secrets are handled."""
    root, written = logging.getLogger(), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(next(one.formatter for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)))
    talkative = [logging.getLogger(name) for name in ("apps", "portal", "allauth", "celery")]  # not httpx: see portal/logs.py
    levels = [one.level for one in talkative]
    for one in talkative:
        one.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)
    for one, level in zip(talkative, levels, strict=True):
        one.setLevel(level)


@pytest.fixture
def queue(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything that is handed to the broker."""
    messages: list[str] = []

    def hear(sender: Any = None, body: Any = None, headers: Any = None, **_: Any) -> None:
        messages.append(f"{sender} {body!r} {headers!r}")

    before_task_publish.connect(hear, weak=False)
    # A broker in memory hears nothing, since workers find their jobs by themselves: this one is told.
    settings.CELERY_BROKER_URL = "redis://told.example"
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.conf, "broker_url", "memory://")
    yield messages
    before_task_publish.disconnect(hear)


def with_credentials(url: str, ada: User) -> dict[str, str]:
    """Connect a system of each vendor, every secret field a marker; return the markers by what they are."""
    markers = {}
    for vendor in vendors.all():
        fields: dict[str, Any] = {}
        for param in vendor.fields:
            if param.secret:
                fields[param.name] = markers[f"{vendor.key} {param.name}"] = f"canary{vendor.key}{param.name}5b1c77aa"
            elif param.required and param.default is None:
                fields[param.name] = "7"
        add_connection(name=f"{vendor.key}-line", vendor=vendor.key, fields=fields, base_url=url, actor=ada)
    return markers


def second_factors(person: User) -> dict[str, str]:
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    codes = RecoveryCodes.activate(person).get_unused_codes()
    return {"TOTP secret": secret} | {f"recovery code {number}": code for number, code in enumerate(codes)}


def mailed(client: Client) -> dict[str, str]:
    """Have an invitation and a reset sent, follow both, and return their tokens."""
    client.post("/people/add/", {"username": "lou", "email": "lou@example.com", "role": "support", "time_zone": "UTC"})
    invitation = re.search(r"/invitation/([^/\s]+)", mail.outbox[-1].body)
    stranger = Client()
    stranger.post("/accounts/password/reset/", {"email": "sam@example.com"})
    reset = re.search(r"/password/reset/key/([^/\s]+)", mail.outbox[-1].body)
    assert invitation
    assert reset
    stranger.get(f"/invitation/{invitation[1]}/")
    stranger.post(f"/invitation/{invitation[1]}/", {"password": "short"})
    stranger.get(f"/accounts/password/reset/key/{reset[1]}/")
    stranger.get(f"/invitation/{invitation[1]}x/")
    return {"invitation token": invitation[1], "reset token": reset[1]}


def failures() -> Iterator[tuple[str, str]]:
    """Call every vendor, and yield the errors in each form they take."""
    for connection in Connection.objects.all():
        yield f"test of {connection.name}", str(probe(connection))
        client = client_for(connection)
        for name in list(client.vendor.operations)[:6]:
            try:
                client.call(name, {}, confirmation=Confirmation("test", "1"))
            except VendorError as error:
                yield f"error of {name}", repr(error) + "".join(traceback.format_exception(error))
                yield f"words of {name}", str(describe_error(error, connection))


def forms(client: Client) -> Iterator[tuple[str, str]]:
    """Send secrets into forms that refuse them."""
    for address, typed in (
        ("/connections/carrier-line/edit/", {"field_token": TYPED_TOKEN, "base_url": "nonsense"}),
        ("/people/add/", {"username": "", "password": NEW_PASSWORD}),
        ("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": "other"}),
        ("/accounts/login/", {"login": "sam", "password": NEW_PASSWORD}),
        ("/step-up/", {"step_up": "password", "password": NEW_PASSWORD, "sealed": ""}),
        ("/nowhere/", {"password": NEW_PASSWORD, "token": TYPED_TOKEN}),
    ):
        yield f"form {address}", client.post(address, typed).content.decode()


def pages(client: Client) -> Iterator[tuple[str, str]]:
    found = {address.path for address in addresses() if "logout" not in address.name}
    found |= {f"/connections/{name}/" for name in Connection.objects.values_list("name", flat=True)}
    found |= {
        f"/connections/{name}/{page}/" for name in ("carrier-line", "mirta-line") for page in ("edit", "console", "reveal")
    }
    found |= {f"/people/{pk}/" for pk in User.objects.values_list("pk", flat=True)}
    found |= {f"/audit/{number}/" for number in range(1, 30)}
    for path in sorted(found):
        for headers in ({}, {"hx-request": "true"}):
            yield f"page {path}", client.get(path, headers=headers).getvalue().decode(errors="replace")


def exports(client: Client) -> Iterator[tuple[str, str]]:
    for form, name in (("csv", CSV_OF_AUDIT), ("json", JSON_OF_AUDIT)):
        client.post("/audit/export/", {"format": form})
        job = run(Job.objects.filter(kind="audit.export").latest("pk"))
        yield name, client.get(job.return_url).getvalue().decode()
    yield "the numbers export", client.get("/numbers/export.csv").getvalue().decode()


def session_of(client: Client) -> str:
    return client.session.session_key or ""


def test_no_secret_is_anywhere_it_need_not_be(
    parrot: str,
    queue: list[str],
    ada: User,
    sam: User,
    client_for: ClientFor,
    settings: Any,
    tmp_path: Any,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    capsys_: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.vendors.core.client.TRIES", 1)
    settings.DATA_DIR = tmp_path
    settings.EMAIL_HOST_PASSWORD = "canaryEMAILbackend5b1c"
    settings.SOCIALACCOUNT_PROVIDERS = providers(parrot, "patchbay", "canaryOIDCsecret5b1c77", "Example House", [])
    secrets = with_credentials(parrot, ada) | second_factors(ada)
    client, other = client_for(ada), client_for(sam)
    challenge = json.loads(client.get("/step-up/passkey/").content)["publicKey"]["challenge"]
    secrets |= mailed(client)
    secrets |= {
        "passkey challenge": challenge,
        "session key": session_of(client),
        "session key of another": session_of(other),
        "OIDC client secret": "canaryOIDCsecret5b1c77",
        "e-mail password": settings.EMAIL_HOST_PASSWORD,
        "password": PASSWORD,
        "password typed": NEW_PASSWORD,
        "token typed": TYPED_TOKEN,
        "secret key": portal_settings.SECRET_KEY,
        "sealing key": portal_settings.CREDENTIAL_KEYS[0],
        "signing key": portal_settings.AUDIT_SIGNING_KEYS[0],
        "TOTP code": code_for(secrets["TOTP secret"]),
    }
    places: list[tuple[str, str]] = [*failures(), *forms(client)]
    client = client_for(ada)  # a form above may have ended the session
    secrets["session key later"] = session_of(client)
    places += [*pages(client), *pages(client_for("tess")), *exports(client)]
    places += [(f"message {number}", message) for number, message in enumerate(queue)]
    out, err = capfd.readouterr()
    assert "request_started" in log.getvalue()
    assert "/invitation/…" in log.getvalue()
    places += [("the log", log.getvalue()), ("the terminal", out + err)]
    places += [(f"table {table}", rows) for table, rows in stored_rows()]
    found = sorted(
        f"{name} in {where}"
        for where, text in places
        for name, secret in secrets.items()
        if secret in text and not any(name.startswith(kind) and where in spots for kind, spots in RIGHTLY.items())
    )
    assert found == []
    assert queue, "no message was heard"
    assert {CSV_OF_AUDIT, JSON_OF_AUDIT, "the numbers export"} <= {where for where, _ in places}
    assert all(len(secret) >= 6 for secret in secrets.values())
    capsys_(f"canary: {len(secrets)} secrets x {len(places)} places = {len(secrets) * len(places):,} looks, none found")


@pytest.fixture
def capsys_(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Say something past the capturing, so that the counts stand in the output of every run."""

    def say(text: str) -> None:
        with capfd.disabled():
            print(f"\n{text}")

    return say


def test_the_canary_itself_would_be_found(ada: User) -> None:
    """A secret that does get into a table is seen there."""
    secret = generate_totp_secret()
    Authenticator.objects.create(user=ada, type="totp", data={"secret": secret})
    with database.cursor():
        assert secret in dict(stored_rows())["mfa_authenticator"]
