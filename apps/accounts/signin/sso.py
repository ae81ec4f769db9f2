"""Signing in through a provider (OpenID Connect): who may, as whom, and in which role.

The provider decides the role: a claim such as "groups" is looked up in OIDC_ROLES at each sign-in, and the strongest role
found is the person's from then on. Who has none is turned away.
"""

from collections.abc import Iterable
from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import render

from apps.accounts import services
from apps.accounts.models import Role, User
from apps.accounts.signals import person_changed

log = structlog.get_logger(__name__)


_STRONGEST_FIRST = ("administrator", "operator", "support", "auditor", "tenant_admin", "tenant_user")


class Refused(Exception):
    """The provider knows this person, we do not let them in; the message is meant for the screen."""


class SocialAdapter(DefaultSocialAccountAdapter):
    """How allauth treats people who come from a provider."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Judge whom the provider sends before they are signed in; those refused get a page that says why."""
        claims = claims_of(sociallogin.account.extra_data)
        try:
            _admit(request, sociallogin, claims)
        except Refused as refusal:
            name = str(claims.get("preferred_username") or claims.get("email") or sociallogin.account.uid)
            user_login_failed.send("accounts", credentials={"username": name}, request=request, why=str(refusal))
            page = render(request, "accounts/signin/refused.html", {"why": str(refusal)}, status=403)
            raise ImmediateHttpResponse(page) from None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Say that the provider did not vouch for anybody, and log why."""
        log.warning("oidc.failed", provider=str(provider), code=str(error), reason=repr(exception))
        why = "The provider did not confirm who you are. Try again; if it fails again, tell your administrator."
        raise ImmediateHttpResponse(render(request, "accounts/signin/refused.html", {"why": why}, status=403))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Return that people become known by signing in; `pre_social_login` has judged them."""
        return True

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Add the person, who has no password here."""
        person = sociallogin.user
        claims = claims_of(sociallogin.account.extra_data)
        person.role = role_of(claims)
        person.username = free_username(str(claims.get("preferred_username") or person.email.partition("@")[0]))
        person.set_unusable_password()
        sociallogin.save(request)
        after = {"username": person.username, "email": person.email, "role": str(person.role), "through": "single sign-on"}
        person_changed.send(User, person=person, actor=None, action="person.added", before={}, after=after)
        return person


def only_through_provider(person: User) -> bool:
    """Return whether `person` signs in at the provider alone: a password here would outlive their account there."""
    return not person.has_usable_password() and SocialAccount.objects.filter(user=person).exists()


def claims_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the provider says of a person: the ID token's claims, and over them those of userinfo."""
    return {**(data.get("id_token") or {}), **(data.get("userinfo") or {})}


def role_of(claims: dict[str, Any]) -> str:
    """Return the strongest role that OIDC_ROLES gives for the claim, "" for none."""
    value = claims.get(settings.OIDC_ROLE_CLAIM)
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    found = {settings.OIDC_ROLES.get(str(one)) for one in values}
    return next((role for role in _STRONGEST_FIRST if role in found and role in Role.values), "")


def free_username(wanted: str) -> str:
    """Return `wanted`, reduced to what a user name may hold, with a number behind it when somebody has it."""
    base = "".join(sign for sign in wanted if sign.isalnum() or sign in "@.+-_")[:140] or "person"
    name, count = base, 1
    while User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).exists():
        count += 1
        name = f"{base}-{count}"
    return name


def _admit(request: HttpRequest, sociallogin: SocialLogin, claims: dict[str, Any]) -> None:
    if sociallogin.state.get("process") == AuthProcess.CONNECT:
        raise Refused("Accounts are joined by their e-mail address when you sign in, not by hand.")
    role = role_of(claims)
    if not role:
        raise Refused("Your account at the provider has no role in Patchbay. Ask whoever manages your groups there.")
    if not sociallogin.is_existing:
        _recognise(request, sociallogin, claims)
    if sociallogin.is_existing and sociallogin.user.role != role:
        try:
            services.change_person(None, sociallogin.user, role=role)
        except services.NotAllowed as refusal:
            log.warning("oidc.role_kept", person=sociallogin.user.username, reason=str(refusal))
        else:
            sociallogin.user.refresh_from_db()


def _recognise(request: HttpRequest, sociallogin: SocialLogin, claims: dict[str, Any]) -> None:
    """Join the provider's account to the person with the same e-mail address, if the provider has verified it."""
    email = str(claims.get("email") or "")
    if not email:
        raise Refused("The provider does not tell your e-mail address, which Patchbay needs.")
    known = User.objects.filter(email__iexact=email).first()
    if known is None:
        return
    if claims.get("email_verified") is not True:
        raise Refused("Somebody here has your e-mail address, and the provider does not vouch that it is yours.")
    sociallogin.connect(request, known)
    person_changed.send(User, person=known, actor=known, action="person.joined", before={}, after={"through": "single sign-on"})
