"""Invitations: a person sets their own first password through a link that is signed, expires, and works once."""

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import User
from apps.accounts.signals import person_changed

_SALT = "accounts.invitation"
# These write mail to where nobody reads it.
_NOWHERE = ("console.EmailBackend", "dummy.EmailBackend")


class NotSent(Exception):
    """The mail server did not take the mail; the message is meant for the screen."""


def can_mail() -> bool:
    """Return whether mail reaches people: EMAIL_URL names a server."""
    return not settings.EMAIL_BACKEND.endswith(_NOWHERE)


def invite(actor: User | None, person: User) -> None:
    """Mail `person` a link to set their own password; links sent before stop working.

    Raises:
        NotSent: the mail server did not take it. The person is there and can be invited again.
    """
    with transaction.atomic():
        # A new unusable password is a new random text, which older links do not fit.
        person.set_unusable_password()
        person.save(update_fields=["password"])
        _tell(person, actor, "person.invited", {"email": person.email})
    days = round(settings.INVITATION_SECONDS / 86400)
    context = {"person": person, "actor": actor, "url": link(person), "days": days, "portal": settings.PORTAL_URL}
    text = render_to_string("accounts/signin/invitation_mail.txt", context)
    _send("Your account at Patchbay", text, person.email)


def link(person: User) -> str:
    """Return the address at which `person` sets their password."""
    token = signing.dumps({"person": person.pk, "print": _print(person)}, salt=_SALT)
    return settings.PORTAL_URL + reverse("accounts:invitation", args=[token])


def invited(token: str) -> User | None:
    """Return whom a link is for, None when it is too old, was used, or is not one of ours."""
    try:
        content: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=settings.INVITATION_SECONDS)
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=content["person"], is_active=True).first()
    return person if person and constant_time_compare(content["print"], _print(person)) else None


@transaction.atomic
def accept(token: str, password: str) -> User | None:
    """Set the password, validated already, of whom the link is for; None when the link no longer works."""
    found = invited(token)
    person = User.objects.select_for_update().filter(pk=found.pk).first() if found else None
    # Two clicks at once: the second sees what the first stored.
    if person is None or invited(token) is None:
        return None
    person.set_password(password)
    person.save(update_fields=["password"])
    _tell(person, person, "person.invitation_accepted", {})
    return person


def _print(person: User) -> str:
    """Return what changes as soon as the password, the address or the account does; the password stays unknown."""
    state = f"{person.pk}{person.password}{person.email}{person.last_login}"
    return salted_hmac(_SALT, state, algorithm="sha256").hexdigest()


def _send(subject: str, text: str, address: str) -> None:
    try:
        send_mail(subject, text, None, [address])
    except (SMTPException, OSError) as error:
        raise NotSent(f"The mail server did not take the mail: {error}") from error


def _tell(person: User, actor: User | None, action: str, after: dict[str, Any]) -> None:
    person_changed.send(User, person=person, actor=actor, action=action, before={}, after=after)
