"""What the log hears of: signing in and out, passwords, and changes to people."""

from typing import Any

from allauth.account import signals as allauth
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.addresses import client_address
from apps.accounts.models import User
from apps.accounts.scope import sole_tenant
from apps.accounts.signals import person_changed, session_ended, stepped_up
from apps.accounts.throttle import attempted_name
from apps.audit.services import record


@receiver(user_logged_in)
def signed_in(sender: Any, user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    proofs = [one.get("type") or one["method"] for one in get_authentication_records(request, user)] if request else []
    how = {"with": proofs} if proofs else None
    record("sign_in.succeeded", actor=user, target=user.username, after=how, address=_address(request))


@receiver(user_login_failed)
def sign_in_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, why: str = "", **kwargs: Any
) -> None:
    """Record a wrong password or second step, and a lock: the moment it begins and each attempt it turned away.

    The throttle listens to the same signal and is loaded before: it has counted this failure by now, or has left
    the count alone because the lock was there already.
    """
    if request is None:
        return
    name = attempted_name(request, credentials)
    locked = getattr(request, "axes_locked_out", False)
    counted = getattr(request, "axes_failures_since_start", None)
    if not locked or counted is not None:
        _refused("sign_in.failed", name, request, why or "The name and the password do not match.")
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


@receiver(mfa.authenticator_added)
def factor_added(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("second_factor.added", actor=user, target=user.username, after=_factor(authenticator), address=_address(request))


@receiver(mfa.authenticator_removed)
def factor_removed(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("second_factor.removed", actor=user, target=user.username, before=_factor(authenticator), address=_address(request))


@receiver(mfa.authenticator_reset)
def factor_reset(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record("second_factor.reset", actor=user, target=user.username, after=_factor(authenticator), address=_address(request))


@receiver(mfa.authenticator_used)
def factor_used(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, reauthenticated: bool, **kwargs: Any
) -> None:
    """Record a recovery code, of which there are few; sign-in and step-up name every other factor."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        authenticator.refresh_from_db()
        left = len(authenticator.wrap().get_unused_codes())
        record("second_factor.recovery_code", actor=user, target=user.username, after={"left": left}, address=_address(request))


@receiver(stepped_up)
def confirmed(sender: Any, request: HttpRequest, user: User, proof: str, **kwargs: Any) -> None:
    record("step_up.succeeded", actor=user, target=user.username, after={"with": proof}, address=_address(request))


@receiver(session_ended)
def session_was_ended(sender: Any, request: HttpRequest, user: User, reason: str, count: int, of: str, **kwargs: Any) -> None:
    """Record a session that timed out, and sessions that their owner ended from another."""
    action = "session.revoked" if reason == "revoked" else "session.timed_out"
    before = {"sessions": count, "which": of} if reason == "revoked" else {"limit": reason}
    record(action, actor=user, target=user.username, before=before, address=_address(request))


@receiver(person_changed)
def person_was_changed(
    sender: Any, person: User, actor: User | None, action: str, before: Any, after: Any, **kwargs: Any
) -> None:
    record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        target=person.username,
        tenant=sole_tenant(person),
        before=before or None,
        after=after or None,
    )


def _refused(action: str, name: str, request: HttpRequest, why: str) -> None:
    record(action, actor=None, actor_label=name, target=name, outcome="refused", error=why, address=_address(request))


def _factor(authenticator: Authenticator) -> dict[str, str]:
    """Return what an entry says about a second factor; its secret stays where it is."""
    name = {"name": authenticator.wrap().name} if authenticator.type == Authenticator.Type.WEBAUTHN else {}
    return {"type": str(authenticator.type), **name}


def _address(request: HttpRequest | None) -> str:
    return client_address(request) if request is not None else ""
