"""Proving a name and password to a directory: find the entry with an account of our own, then bind as that entry."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from ldap3 import AUTO_BIND_NONE, NONE, SIMPLE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.core.results import (
    RESULT_CONSTRAINT_VIOLATION,
    RESULT_INAPPROPRIATE_AUTHENTICATION,
    RESULT_INVALID_CREDENTIALS,
    RESULT_UNWILLING_TO_PERFORM,
)
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

_CONNECT_SECONDS, _ANSWER_SECONDS = 5, 10
_PORTS = {"ldap": 389, "ldaps": 636}
# A wrong password, and an account that is locked or must change it: the directory knows, and says no.
_SAID_NO = {
    RESULT_INVALID_CREDENTIALS,
    RESULT_INAPPROPRIATE_AUTHENTICATION,
    RESULT_UNWILLING_TO_PERFORM,
    RESULT_CONSTRAINT_VIOLATION,
}


class Unreachable(Exception):
    """The directory did not answer, or not in a way that says yes or no; the message is for the log."""


@dataclass(frozen=True)
class Entry:
    """What the directory says of a person."""

    uid: str  # stays the same for life
    login: str
    email: str
    first_name: str
    last_name: str
    groups: list[str]  # their common names


def prove(login: str, password: str) -> Entry | None:
    """Return the entry that `login` names and `password` opens; None when there is no such pair.

    Raises:
        Unreachable: the directory cannot be asked now.
    """
    if not login or not password:  # an empty password would be a bind as nobody, which succeeds
        return None
    try:
        with _connected() as connection:
            return _prove(connection, login, password)
    except (LDAPException, OSError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def wrong_settings() -> list[str]:
    """Return what is wrong with the LDAP_… settings, in sentences."""
    parts = urlsplit(settings.LDAP_URL)
    found = []
    if parts.scheme not in _PORTS or not parts.hostname:
        found.append("LDAP_URL must look like ldaps://directory.example.net.")
    if not settings.LDAP_BASE:
        found.append("LDAP_BASE must name the entry that people are below.")
    if "{login}" not in settings.LDAP_USER_FILTER:
        found.append("LDAP_USER_FILTER must hold {login}.")
    if settings.LDAP_GROUP_FILTER and "{dn}" not in settings.LDAP_GROUP_FILTER:
        found.append("LDAP_GROUP_FILTER must hold {dn}.")
    return found


@contextmanager
def _connected() -> Iterator[Connection]:
    """Connect as our own account, over TLS with the certificate checked unless the settings say otherwise."""
    parts = urlsplit(settings.LDAP_URL)
    # Python's defaults: TLS 1.2 at least, the host's authorities, and the name must match.
    tls = Tls(validate=2, ca_certs_data=settings.LDAP_CA or None)
    over_tls = parts.scheme == "ldaps"
    port = parts.port or _PORTS[parts.scheme]
    server = Server(parts.hostname, port, use_ssl=over_tls, tls=tls, get_info=NONE, connect_timeout=_CONNECT_SECONDS)
    connection = Connection(
        server,
        settings.LDAP_BIND_DN or None,
        settings.LDAP_BIND_PASSWORD or None,
        auto_bind=AUTO_BIND_NONE,
        check_names=False,
        auto_referrals=False,  # a referral would carry the password to wherever it points
        receive_timeout=_ANSWER_SECONDS,
    )
    try:
        connection.open()
        if not over_tls and settings.LDAP_STARTTLS:
            connection.start_tls()
        if not connection.bind():
            raise Unreachable(f"the account of LDAP_BIND_DN was refused: {connection.result['description']}")
        yield connection
    finally:
        with suppress(LDAPException, OSError):  # it must not hide why the connection is gone
            connection.unbind()


def _prove(connection: Connection, login: str, password: str) -> Entry | None:
    names = settings.LDAP_ATTRIBUTES
    wanted = [settings.LDAP_UID_ATTRIBUTE, *names.values()]
    if not settings.LDAP_GROUP_FILTER:
        wanted.append("memberOf")
    found = _search(connection, settings.LDAP_BASE, settings.LDAP_USER_FILTER.replace("{login}", _escaped(login)), wanted)
    if len(found) > 1:
        raise Unreachable("several entries fit the name: LDAP_USER_FILTER must lead to one")
    if not found:
        return None
    dn, attributes = found[0]["dn"], found[0]["raw_attributes"]
    groups = _groups(connection, dn, attributes)
    if not connection.rebind(user=dn, password=password, authentication=SIMPLE):
        if connection.result["result"] in _SAID_NO:
            return None
        raise Unreachable(f"signing in as {dn} failed: {connection.result['description']}")
    uid = _first(attributes, settings.LDAP_UID_ATTRIBUTE)
    if not uid:
        raise Unreachable(f"the entry has no {settings.LDAP_UID_ATTRIBUTE}: name one that it has in LDAP_UID_ATTRIBUTE")
    facts = {fact: _first(attributes, name) for fact, name in names.items()}
    return Entry(uid, facts["login"] or login, facts["email"], facts["first_name"], facts["last_name"], groups)


def _groups(connection: Connection, dn: str, attributes: dict[str, list[bytes]]) -> list[str]:
    """Return the common names of the groups below LDAP_GROUP_BASE: elsewhere others may be free to make groups."""
    base = settings.LDAP_GROUP_BASE or settings.LDAP_BASE
    if settings.LDAP_GROUP_FILTER:
        found = _search(connection, base, settings.LDAP_GROUP_FILTER.replace("{dn}", _escaped(dn)), ["cn"])
        return [_first(one["raw_attributes"], "cn") for one in found]
    end = _parts(base)
    named = [_parts(value.decode(errors="replace")) for value in _values(attributes, "memberOf")]
    # The name as it is written; what decides is where it stands.
    return [parts[0][2] for parts in named if len(parts) > len(end) and _lower(parts[-len(end) :]) == _lower(end)]


def _search(connection: Connection, base: str, text: str, attributes: list[str]) -> list[dict[str, Any]]:
    connection.search(base, text, SUBTREE, attributes=attributes)
    if connection.result["result"] != 0:
        raise Unreachable(f"searching {base} failed: {connection.result['description']}")
    return [one for one in connection.response if one["type"] == "searchResEntry"]


def _escaped(text: str) -> str:
    return str(escape_filter_chars(text))


def _parts(dn: str) -> list[tuple[str, str, str]]:
    """Return the parts of a name as (attribute, attribute in small letters, value)."""
    try:
        return [(name, name.lower(), value) for name, value, _ in parse_dn(dn)]
    except LDAPException:
        return []


def _lower(parts: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    return [(name, value.lower()) for _, name, value in parts]


def _values(attributes: dict[str, list[bytes]], wanted: str) -> list[bytes]:
    return next((values for name, values in attributes.items() if name.lower() == wanted.lower()), [])


def _first(attributes: dict[str, list[bytes]], wanted: str) -> str:
    """Return the first value as text; what is no text, such as Active Directory's objectGUID, in hexadecimal."""
    values = _values(attributes, wanted)
    if not values:
        return ""
    try:
        return values[0].decode()
    except UnicodeDecodeError:
        return values[0].hex()
