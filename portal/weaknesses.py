"""What is weak in this installation: found at start by `manage.py check`, and shown to administrators on every page."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError

from apps.accounts.models import User
from apps.accounts.permissions import STAFF
from apps.accounts.services import DEMO
from apps.connections.models import Connection
from apps.ui.frame import Strip

SHORTEST_KEY = 50
_SECRETS = ("SECRET_KEY", "CREDENTIAL_KEYS", "AUDIT_SIGNING_KEYS", "DATABASE_URL", "LDAP_BIND_PASSWORD", "OIDC_CLIENT_SECRET")
_MOUNTED = "/run/secrets/"  # what a container is handed is nobody else's, whatever its mode says


@dataclass(frozen=True)
class Weakness:
    """One thing that is weak, in a sentence, and what to do about it."""

    id: str
    text: str
    hint: str


def of_settings() -> Iterator[Weakness]:
    """Yield what settings and files show, without asking the database."""
    if settings.DEBUG:
        yield Weakness("debug", "Debug pages are on: they show settings and code.", "Set DEBUG to false.")
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < 10 or "insecure" in key or "change" in key.lower():
        yield Weakness(
            "secret_key",
            "SECRET_KEY is short or a sample: sessions could be forged.",
            "Make one with: openssl rand -base64 48",
        )
    for path in _key_files(os.environ):
        if _readable_by_others(path):
            yield Weakness("key_file", f"{path} can be read by other users of this machine.", f"chmod 600 {path}")
    here_alone = _here_alone()
    if not here_alone and STAFF - set(settings.SECOND_FACTOR_ROLES):
        yield Weakness(
            "second_factor", "Not all staff must sign in with a second factor.", "Name their roles in SECOND_FACTOR_ROLES."
        )
    directory = urlsplit(settings.LDAP_URL)
    if directory.scheme == "ldap" and not settings.LDAP_STARTTLS and not _is_loopback(directory.hostname or ""):
        yield Weakness(
            "ldap_clear",
            "The directory is asked without TLS: passwords cross the network in clear.",
            "Use an ldaps address, or let LDAP_STARTTLS be true.",
        )
    if _is_alone(settings.CACHES["default"]["BACKEND"]) and not _is_alone(settings.DATABASES["default"]["ENGINE"]):
        yield Weakness(
            "cache_alone",
            "Each web process counts by itself how often somebody knocks: they share a database, but no cache.",
            "Set CACHE_URL, such as redis://host/1.",
        )
    issuer = urlsplit(settings.OIDC_ISSUER)
    if issuer.scheme == "http" and not _is_loopback(issuer.hostname or ""):
        yield Weakness(
            "oidc_clear",
            "The OpenID Connect provider is asked without TLS: anybody on the way could sign in as anybody.",
            "Let OIDC_ISSUER begin with https.",
        )
    if not (settings.HTTPS or here_alone):
        yield Weakness(
            "portal_http", "People reach this portal without TLS.", "Put a TLS proxy in front and set PORTAL_URL to https://…"
        )


def of_stored() -> Iterator[Weakness]:
    """Yield what connections and people show. Raises DatabaseError."""
    for name, url, checked in Connection.objects.filter(enabled=True).values_list("name", "base_url", "verify_tls"):
        parts = urlsplit(url)
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            yield Weakness(
                "vendor_http",
                f"{name} is called without TLS: its credentials cross the network in clear.",
                "Use an https address if the system has one.",
            )
        elif parts.scheme == "https" and not checked:
            yield Weakness(
                "vendor_tls",
                f"The TLS certificate of {name} is not checked.",
                "Give it the authority that signed the certificate instead.",
            )
    addresses = [f"{person.username}@example.com" for person in DEMO]
    if not _here_alone() and User.objects.filter(email__in=addresses, is_active=True).exists():
        yield Weakness("demo", "The demo's log-ins are there, and everybody knows their passwords.", "Deactivate them.")


def strips(user: User) -> list[Strip]:
    """Return the line that tells administrators of all of it; nothing for others."""
    found = all_of_them() if user.may("people.manage") else []
    if not found:
        return []
    text = " ".join(f"{one.text} {one.hint.rstrip('.')}." for one in found)
    return [Strip(f"This installation is weaker than it should be. {text}")]


def all_of_them() -> list[Weakness]:
    """Return everything that is weak; what the database does not tell now is left out."""
    found = list(of_settings())
    try:
        found.extend(of_stored())
    except DatabaseError:
        return found
    return found


def _is_alone(backend: str) -> bool:
    """Whether a cache or database is one process's or one machine's, by the name of its class."""
    return "locmem" in backend or "sqlite" in backend


def _here_alone() -> bool:
    """Whether people of this machine alone reach the portal."""
    return _is_loopback(urlsplit(settings.PORTAL_URL).hostname or "")


def _key_files(environ: Mapping[str, str]) -> Iterator[Path]:
    yield Path(settings.DATA_DIR) / "secrets.env"
    for name in _SECRETS:
        if (path := environ.get(f"{name}_FILE", "")) and not path.startswith(_MOUNTED):
            yield Path(path)


def _readable_by_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
