"""Signing in with the name and password of a directory (LDAP); `ldap.py` talks to it, `federation.py` judges who comes."""

from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.models import User
from apps.accounts.signin import federation
from apps.accounts.signin.federation import Refused, Vouched

log = structlog.get_logger(__name__)

PROVIDER = "ldap"
_DOWN = (
    "The directory does not answer, so names and passwords of the directory cannot be checked now. Try again in a few "
    "minutes. Who has a password of the portal itself can sign in."
)


class DirectoryBackend(ModelBackend):
    """Asks the directory whom the portal's own passwords did not let in.

    `request.directory_said` becomes what the form has to say beside "does not match".
    """

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str = "", password: str = "", email: str = "", **kwargs: Any
    ) -> User | None:
        """Return whom the directory knows by this name and password, None for nobody."""
        if not settings.LDAP_URL or request is None:
            return None
        from apps.accounts.signin import ldap  # its library is loaded where LDAP is used

        try:
            entry = ldap.prove(_login_of(request) or username or email, password)
            return _admit(entry) if entry else None
        except ldap.Unreachable as error:
            log.error("ldap.unreachable", reason=str(error))
            said = _DOWN
        except Refused as refusal:
            said = str(refusal)
        request.directory_said = said  # type: ignore[attr-defined]
        return None


def knows(person: User) -> bool:
    """Return whether `person` signs in with the directory's password, which then can confirm who they are."""
    return bool(settings.LDAP_URL) and SocialAccount.objects.filter(user=person, provider=PROVIDER).exists()


def _login_of(request: HttpRequest) -> str:
    """Return what the directory calls whoever is signed in and confirms that it is them; their name here may differ."""
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return ""
    account = SocialAccount.objects.filter(user=person, provider=PROVIDER).first()
    return str(account.extra_data["login"]) if account else ""


def _admit(entry: Any) -> User:
    """Return the person of an entry, added if new, in the role the directory's groups give. Raises Refused."""
    role = federation.role_of(entry.groups, settings.LDAP_ROLES)
    who = Vouched("LDAP", entry.login, entry.email, settings.LDAP_TRUST_EMAIL, role)
    account = SocialAccount.objects.filter(provider=PROVIDER, uid=entry.uid).select_related("user").first()
    federation.require_role(who, account.user if account else None)
    if account is None:
        person = _add(entry, who)
    else:
        person = account.user
        if account.extra_data != {"login": entry.login}:
            account.extra_data = {"login": entry.login}
            account.save(update_fields=["extra_data"])
    if not person.is_active:
        raise Refused("Your account in Patchbay is deactivated. An administrator of Patchbay can change that.")
    federation.follow(person, who)
    return person


@transaction.atomic
def _add(entry: Any, who: Vouched) -> User:
    person = federation.recognise(who)
    if person is None:
        names = {"first_name": entry.first_name[:150], "last_name": entry.last_name[:150]}
        username = federation.free_username(who.name)
        person = services.add_person(None, username=username, email=who.email, role=who.role, **names)
    SocialAccount.objects.create(user=person, provider=PROVIDER, uid=entry.uid, extra_data={"login": entry.login})
    federation.joined(person, who)
    return person
