"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.addresses import client_address
from apps.accounts.models import User

_MISMATCH = "The name and the password do not match. Check both; capital letters matter in the password."


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs themselves up, and a failed sign-in never tells whether the account exists."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return that an administrator adds people."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that throttling and the audit log know, too."""
        return client_address(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return whom the credentials open; a directory that is down, or knows but refuses somebody, says so itself."""
        person = super().authenticate(request, **credentials)
        if person is None and (said := getattr(request, "directory_said", "")):
            raise ValidationError(said)
        return person

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return whether it was too long ago that the person proved who they are; signing in counts as such a proof."""
        from apps.accounts.signin.stepup import fresh  # stepup's forms are allauth's, which ask for this adapter

        return not fresh(context.request)

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, str]]:
        """Return our one page, which takes a passkey, a code or the password."""
        url = reverse("accounts:step_up")
        return [{"id": "step_up", "description": "Confirm that it is you", "url": url}] if user.is_authenticated else []

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link, but to nobody whose provider decides whether they still get in."""
        from apps.accounts.signin.federation import only_through_provider  # allauth's models are not ready when this is loaded

        if not only_through_provider(user):
            super().send_password_reset_mail(user, email, context)
