"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.accounts.addresses import client_address

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
