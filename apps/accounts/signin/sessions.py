"""Sessions: how long each may last, where a person is signed in, and ending them."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.accounts.signals import session_ended
from apps.accounts.tenants import stop_viewing

# When a session's times are written down again; each request would be a write otherwise.
_STEP_SECONDS = 60
_STARTED, _SEEN = "signed_in_at", "last_active_at"
_LONGEST_AGENT = 200
# The first that matches names it; browsers claim to be each other, so the order matters.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Listed:
    """A session as its owner sees it."""

    pk: int
    device: str
    address: str
    started: datetime
    seen: datetime
    current: bool


def begin(session: SessionBase) -> None:
    """Note that somebody signed in just now."""
    session[_STARTED] = time.time()
    session.pop(_SEEN, None)  # the first request lists the session


def ends_at_latest(session: SessionBase, user: User) -> datetime:
    """Return when the session is over whatever happens."""
    return datetime.fromtimestamp(session.get(_STARTED, time.time()) + _limit("SESSION_SECONDS", user), UTC)


def overdue(request: HttpRequest, user: User) -> str:
    """Return why the session is over: "idle", "absolute", or "" while it is not."""
    now, session = time.time(), request.session
    if now - session.get(_STARTED, now) > _limit("SESSION_SECONDS", user):
        return "absolute"
    return "idle" if now - session.get(_SEEN, now) > _limit("SESSION_IDLE_SECONDS", user) else ""


def touch(request: HttpRequest, user: User) -> None:
    """Note that the person did something; written at most once a minute."""
    now, session = time.time(), request.session
    if _STARTED not in session:
        begin(session)
    if now - session.get(_SEEN, 0) < _STEP_SECONDS:
        return
    session[_SEEN] = now
    if not session.session_key:
        session.save()
    facts = {
        "user": user,
        "ip": client_address(request) or "0.0.0.0",  # noqa: S104  a socket without an address
        "user_agent": request.headers.get("User-Agent", "")[:_LONGEST_AGENT],
        "last_seen_at": timezone.now(),
    }
    UserSession.objects.update_or_create(session_key=session.session_key, defaults=facts)


def time_out(request: HttpRequest, user: User, reason: str) -> str:
    """End the session of this request and return a sentence that says why."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    stop_viewing(request.session, user)  # the log is to hold its end, however it came
    request.session.flush()
    session_ended.send(User, request=request, user=user, reason=reason, count=1, of="")
    if reason == "idle":
        return f"You were signed out after {_words(_limit('SESSION_IDLE_SECONDS', user))} without activity."
    return f"You were signed out: a session lasts {_words(_limit('SESSION_SECONDS', user))}."


def sessions_of(user: User, current_key: str | None) -> list[Listed]:
    """Return where `user` is signed in, this session first, then the latest seen."""
    found = [_listed(one, current_key) for one in UserSession.objects.purge_and_list(user)]
    return sorted(found, key=lambda one: (not one.current, -one.seen.timestamp()))


def revoke(request: HttpRequest, user: User, pk: int | None = None) -> int:
    """End one other session of `user`, or all others; return how many ended."""
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    chosen = list(others.filter(pk=pk) if pk is not None else others)
    for one in chosen:
        _end(one)
    if chosen:
        of = f"{device(chosen[0].user_agent)}, {chosen[0].ip}" if pk is not None else ""
        session_ended.send(User, request=request, user=user, reason="revoked", count=len(chosen), of=of)
    return len(chosen)


def end_all(person: User) -> int:
    """End every session of a person, whoever's request this is; return how many there were."""
    found = list(UserSession.objects.filter(user=person))
    for one in found:
        _end(one)
    return len(found)


def device(agent: str) -> str:
    """Return "Firefox on Windows" for what a browser says of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    known = " on ".join(filter(None, (browser, system)))
    return known or re.split(r"[ /(]", agent)[0] or "Unknown device"


def _end(one: UserSession) -> None:
    session = import_module(settings.SESSION_ENGINE).SessionStore(one.session_key)
    stop_viewing(session, one.user)
    session.delete()
    one.delete()


def _listed(one: Any, current_key: str | None) -> Listed:
    current = one.session_key == current_key
    return Listed(one.pk, device(one.user_agent), one.ip, one.created_at, one.last_seen_at, current)


def _limit(name: str, user: User) -> float:
    """Return a limit for the role of `user`: its own where NAME_BY_ROLE has one."""
    by_role: dict[str, str] = getattr(settings, f"{name}_BY_ROLE")
    return float(by_role.get(str(user.role), getattr(settings, name)))


def _words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    count, unit = (minutes // 60, "hour") if minutes >= 60 and minutes % 60 == 0 else (minutes, "minute")
    return f"{count} {unit}{'s' * (count != 1)}"
