"""allauth's forms of second factors, slowed down for whoever guesses; and with our labels."""

from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django import forms

from apps.accounts import throttle

_WRONG_CODE = "The code of the second factor does not match."
_WRONG_KEY = "The passkey was not accepted."
_UNKNOWN = "That passkey is not known here, or it was not confirmed. Try again, or sign in with your password."


def _slowly(check: Callable[[], Any], username: str, why: str) -> Any:
    """Run `check`, unless too many failed for this person or address; count it when it fails."""
    request = context.request
    if throttle.is_locked(request, username):
        throttle.failed(request, username, why)
        raise forms.ValidationError("Too many failed attempts.")
    try:
        return check()
    except forms.ValidationError:
        throttle.failed(request, username, why)
        raise


def _dress(code: forms.Field) -> None:
    code.label = "Code"
    code.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class AuthenticateForm(base.AuthenticateForm):
    """The code that completes a sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])
        self.fields["code"].help_text = "From your authenticator app, or one of your recovery codes."

    def clean_code(self) -> str:
        return _slowly(super().clean_code, self.user.get_username(), _WRONG_CODE)


class ReauthenticateForm(base.ReauthenticateForm):
    """The code that confirms who is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])

    def clean_code(self) -> str:
        return _slowly(super().clean_code, self.user.get_username(), _WRONG_CODE)


class ActivateTOTPForm(totp.ActivateTOTPForm):
    """The first code of an authenticator app, which proves that it was set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])
        self.fields["code"].label = "The code your app shows now"


class AuthenticatePasskeyForm(webauthn.AuthenticateWebAuthnForm):
    """The passkey that completes a sign-in with a password."""

    def clean_credential(self) -> Any:
        return _slowly(super().clean_credential, self.user.get_username(), _WRONG_KEY)


class ReauthenticatePasskeyForm(webauthn.ReauthenticateWebAuthnForm):
    """The passkey that confirms who is there."""

    def clean_credential(self) -> Any:
        return _slowly(super().clean_credential, self.user.get_username(), _WRONG_KEY)


class LoginPasskeyForm(webauthn.LoginWebAuthnForm):
    """A passkey instead of name and password."""

    def clean_credential(self) -> Any:
        try:
            return _slowly(super().clean_credential, self._claimed_name(), _WRONG_KEY)
        except forms.ValidationError:
            raise forms.ValidationError(_UNKNOWN) from None

    def _claimed_name(self) -> str:
        """Return whose passkey it claims to be; failures count for that person, at this address only."""
        try:
            return auth.extract_user_from_response(self.cleaned_data["credential"]).get_username()
        except (forms.ValidationError, AttributeError):
            return "(passkey)"


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A new passkey and what its owner calls it."""

    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone",
        required=False,
        initial=True,
        help_text="It then replaces user name, password and code. Without it, it is a second factor after the password.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 60
        self.fields["name"].help_text = "So that you know it again: the device, or where the key hangs."


class EditPasskeyForm(webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(max_length=60)
