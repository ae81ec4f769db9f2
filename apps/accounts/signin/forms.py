"""allauth's forms of second factors, slowed down for whoever guesses; and with our labels."""

import time
from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django import forms

from apps.accounts import throttle
from apps.accounts.signin import once
from apps.accounts.signin.federation import only_through_provider

_WRONG_CODE = "The code of the second factor does not match."
_WRONG_KEY = "The passkey was not accepted."
_USED = "This code was used before. Wait for the next one; they change every half minute."
_ELSEWHERE = "You sign in at your provider. The passkey is your second factor after that, not a way in of its own."
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


def _once(form: base.AuthenticateForm | base.ReauthenticateForm, code: str) -> str:
    """Return `code`, or refuse one of an app that was used before: allauth forgets it sooner than it expires."""
    if form.authenticator.type == Authenticator.Type.TOTP:
        until = time.time() + app_settings.TOTP_PERIOD * (1 + 2 * app_settings.TOTP_TOLERANCE)
        if not once.spend("code", f"{form.user.pk} {normalize_user_code(code)}", until):
            raise forms.ValidationError(_USED)
    return code


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
        check = super().clean_code
        return _slowly(lambda: _once(self, check()), self.user.get_username(), _WRONG_CODE)


class ReauthenticateForm(base.ReauthenticateForm):
    """The code that confirms who is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self.fields["code"])

    def clean_code(self) -> str:
        check = super().clean_code
        return _slowly(lambda: _once(self, check()), self.user.get_username(), _WRONG_CODE)


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
            found = _slowly(super().clean_credential, self._claimed_name(), _WRONG_KEY)
        except forms.ValidationError:
            raise forms.ValidationError(_UNKNOWN) from None
        if only_through_provider(found.user):  # it would outlive their account there
            throttle.failed(context.request, found.user.get_username(), _ELSEWHERE)
            raise forms.ValidationError(_ELSEWHERE)
        return found

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
