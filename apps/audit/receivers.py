"""What the log hears of: signing in and out, passwords, and changes to people."""

from typing import Any

from allauth.account import signals as allauth
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.accounts.signals import person_changed
from apps.accounts.throttle import attempted_name
from apps.audit.services import record


@receiver(user_logged_in)
def signed_in(sender: Any, user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    record("sign_in.succeeded", actor=user, target=user.username, address=_address(request))


@receiver(user_login_failed)
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Record a wrong password, and a lock: the moment it begins and each attempt it turned away.

    The throttle listens to the same signal and is loaded before: it has counted this failure by now, or has left
    the count alone because the lock was there already.
    """
    if request is None:
        return
    name = attempted_name(request, credentials)
    locked = getattr(request, "axes_locked_out", False)
    counted = getattr(request, "axes_failures_since_start", None)
    if not locked or counted is not None:
        _refused("sign_in.failed", name, request, "The name and the password do not match.")
    if locked:
        _refused("sign_in.locked", name, request, "Too many failed sign-ins.")


@receiver(user_logged_out)
def signed_out(sender: Any, user: User | None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if user is not None:
        record("sign_out", actor=user, target=user.username, address=_address(request))


@receiver(allauth.password_changed)
@receiver(allauth.password_set)
def password_changed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("password.changed", actor=user, target=user.username, address=_address(request))


@receiver(allauth.password_reset)
def password_reset(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("password.reset", actor=user, target=user.username, address=_address(request))


@receiver(allauth.email_changed)
def email_changed(
    sender: Any, request: HttpRequest, user: User, from_email_address: Any, to_email_address: Any, **kwargs: Any
) -> None:
    before = {"email": getattr(from_email_address, "email", "")}
    after = {"email": to_email_address.email}
    record("person.changed", actor=user, target=user.username, before=before, after=after)


@receiver(person_changed)
def person_was_changed(
    sender: Any, person: User, actor: User | None, action: str, before: Any, after: Any, **kwargs: Any
) -> None:
    record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        target=person.username,
        before=before or None,
        after=after or None,
    )


def _refused(action: str, name: str, request: HttpRequest, why: str) -> None:
    record(action, actor=None, actor_label=name, target=name, outcome="refused", error=why, address=_address(request))


def _address(request: HttpRequest | None) -> str:
    return client_address(request) if request is not None else ""
