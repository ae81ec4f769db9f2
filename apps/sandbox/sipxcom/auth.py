"""Who asks: HTTP Basic or Digest, and the role an address wants."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from werkzeug.datastructures import Headers
from werkzeug.http import parse_dict_header

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret
from apps.sandbox.core.replies import HTML

from .system import ADMIN, DOMAIN, Row, System

NONCE_SECONDS = 10
REST, PROMPTS = "RestAccess", "RecordSystemPrompts"
_ATTENDANT = re.compile(r"/rest/auto-attendant(/specialmode|/[^/]+/special)?", re.IGNORECASE)
_ANY_USER = re.compile(r"/(rest/(call|my|private)|api/my)/.*", re.IGNORECASE)
_ANYBODY = re.compile(r"/rest/avatar/.*", re.IGNORECASE)


class Unknown(Exception):
    """Nobody signed in; `reply` challenges."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__()


def sign_in(system: System, method: str, target: str, headers: Headers, now: datetime, *, digest_only: bool) -> Row:
    """The user who asks. Raises Unknown."""
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic" and not digest_only:
        name, _, password = _decoded(given).partition(":")
        user = system.user(name.partition("@")[0])
        if user is None or password != user["pin"]:
            raise Unknown(_challenge(f'Basic realm="{DOMAIN}"'))
        return user
    if scheme.lower() == "digest":
        return _digest(system, method, target, parse_dict_header(given), now)
    raise Unknown(_digest_challenge(system, now))


def allowed(user: Row, target: str) -> bool:
    """May this user ask for this address? The rules look at path and query, so that a slash or a query more misses them."""
    if user["userName"] == ADMIN or _ANY_USER.fullmatch(target) or may(user, REST):
        return True
    return bool(_ATTENDANT.fullmatch(target)) and may(user, PROMPTS)


def open_to_anybody(target: str) -> bool:
    return bool(_ANYBODY.fullmatch(target))


def may(user: Row, permission: str) -> bool:
    """Has the user the permission of their own? Groups are looked at where the effective value is due."""
    return user["permissions"].get(permission) == "ENABLE"


def _digest(system: System, method: str, target: str, given: Mapping[str, str | None], now: datetime) -> Row:
    user = system.user(str(given.get("username", "")))
    nonce = str(given.get("nonce", ""))
    stamp = nonce.partition(":")[0]
    if user is None or not stamp.isdecimal() or nonce != _nonce(system, int(stamp)):
        raise Unknown(_digest_challenge(system, now))
    if now.timestamp() - int(stamp) > NONCE_SECONDS:
        raise Unknown(_digest_challenge(system, now, stale=True))
    who = _md5(f"{given['username']}:{DOMAIN}:{user['pin']}")
    middle = f"{given.get('nc')}:{given.get('cnonce')}:{given.get('qop')}:" if given.get("qop") else ""
    if given.get("response") != _md5(f"{who}:{nonce}:{middle}{_md5(f'{method}:{target}')}"):
        raise Unknown(_digest_challenge(system, now))
    return user


def _digest_challenge(system: System, now: datetime, *, stale: bool = False) -> Reply:
    told = f'Digest realm="{DOMAIN}", qop="auth", nonce="{_nonce(system, int(now.timestamp()))}"'
    return _challenge(told + (', stale="true"' if stale else ""))


def _challenge(told: str) -> Reply:
    page = b"<html><head><title>Error 401</title></head><body><h2>HTTP ERROR 401</h2><p>Unauthorized</p></body></html>\n"
    return Reply(page, 401, HTML, {"WWW-Authenticate": told})


def _nonce(system: System, stamp: int) -> str:
    return f"{stamp}:{secret(system.seed, 'sipxcom', 'nonce', str(stamp))}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # Digest is made of it


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given).decode("utf-8", "replace")
    except ValueError:
        return ""
