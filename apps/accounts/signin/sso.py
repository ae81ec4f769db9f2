"""Signing in through a provider (OpenID Connect or SAML), with allauth."""

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest
from django.shortcuts import render

from apps.accounts.models import User
from apps.accounts.provider import SAML
from apps.accounts.signals import person_changed
from apps.accounts.signin import federation
from apps.accounts.signin.federation import Refused, Vouched, role_of

log = structlog.get_logger(__name__)

NOT_CONFIRMED = "The provider did not confirm who you are. Try again; if it fails again, tell your administrator."


class SocialAdapter(DefaultSocialAccountAdapter):
    """How allauth treats people who come from a provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Judge whom the provider sends before they are signed in; those refused get a page that says why."""
        who = vouched(sociallogin)
        try:
            _admit(request, sociallogin, who)
        except Refused as refusal:
            user_login_failed.send("accounts", credentials={"username": who.name}, request=request, why=str(refusal))
            raise ImmediateHttpResponse(refused(request, str(refusal))) from None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say that the provider did not vouch for anybody, and log why."""
        log.warning("sso.failed", provider=str(provider), code=str(error), reason=repr(exception))
        raise ImmediateHttpResponse(refused(request, NOT_CONFIRMED))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return that people become known by signing in; `pre_social_login` has judged them."""
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Add the person, who has no password here."""
        person, who = sociallogin.user, vouched(sociallogin)
        person.role = who.role
        person.first_name, person.last_name = person.first_name[:150], person.last_name[:150]
        person.username = federation.free_username(who.name)
        person.set_unusable_password()
        sociallogin.save(request)
        after = {"username": person.username, "email": person.email, "role": str(person.role), "through": who.through}
        person_changed.send(User, person=person, actor=None, action="person.added", before={}, after=after)
        return person


def refused(request: HttpRequest, why: str) -> Any:
    """Answer that nobody was signed in, and why."""
    return render(request, "accounts/signin/refused.html", {"why": why}, status=403)


def is_saml(sociallogin: SocialLogin) -> bool:
    """Return whether somebody came over SAML; else it was OpenID Connect."""
    return sociallogin.account.provider == SAML.id


def vouched(sociallogin: SocialLogin) -> Vouched:
    """Return what the provider says of a person, whichever language it speaks."""
    data, uid = sociallogin.account.extra_data, sociallogin.account.uid
    email = sociallogin.user.email if sociallogin.user else ""
    if is_saml(sociallogin):
        role = role_of(data.get(settings.SAML_ROLE_ATTRIBUTE), settings.SAML_ROLES)
        name = sociallogin.provider.extract_name(data) or email.partition("@")[0] or uid
        return Vouched("SAML", name, email, settings.SAML_TRUST_EMAIL, role)
    claims = claims_of(data)
    role = role_of(claims.get(settings.OIDC_ROLE_CLAIM), settings.OIDC_ROLES)
    email = str(claims.get("email") or "")
    name = str(claims.get("preferred_username") or email.partition("@")[0] or uid)
    return Vouched("single sign-on", name, email, claims.get("email_verified") is True, role)


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an OpenID provider says of a person: the ID token's claims, and over them those of userinfo."""
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def check_issuer(sociallogin: SocialLogin) -> None:
    """Raise Refused unless the ID token is of the configured issuer, and userinfo tells of the same person.

    allauth compares the token with what the issuer's own discovery document says, which proves nothing about the document.
    """
    data = sociallogin.account.extra_data
    token, info = data.get("id_token") or {}, data.get("userinfo") or {}
    issuer = sociallogin.provider.app.settings["server_url"].rstrip("/")
    if str(token.get("iss", "")).rstrip("/") != issuer or (info and info.get("sub") != token.get("sub")):
        log.warning("sso.failed", reason="the ID token is of another issuer or person")
        raise Refused(NOT_CONFIRMED)


def _admit(request: HttpRequest, sociallogin: SocialLogin, who: Vouched) -> None:
    if sociallogin.state.get("process") == AuthProcess.CONNECT:
        raise Refused("Accounts are joined by their e-mail address when you sign in, not by hand.")
    if not is_saml(sociallogin):
        check_issuer(sociallogin)
    known = sociallogin.user if sociallogin.is_existing else None
    federation.require_role(who, known)
    if known is None and (known := federation.recognise(who)):
        sociallogin.connect(request, known)
        federation.joined(known, who)
    if known is not None:
        federation.follow(sociallogin.user, who)
