"""People another house vouches for, over OpenID Connect, SAML or LDAP: who may come, as whom, and in which role.

The other house decides the role: the groups it names are looked up at each sign-in, and the strongest role found is the
person's from then on. Who has none is turned away, and what they still had open here ends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from apps.accounts import services
from apps.accounts.models import Role, User
from apps.accounts.signals import person_changed
from apps.accounts.signin import sessions

log = structlog.get_logger(__name__)

_STRONGEST_FIRST = ("administrator", "operator", "support", "auditor", "tenant_admin", "tenant_user")


class Refused(Exception):
    """The other house knows this person, we do not let them in; the message is meant for the screen."""


@dataclass(frozen=True)
class Vouched:
    """What another house says of a person."""

    through: str  # how they came, for the audit log
    name: str  # what they are called there
    email: str
    verified: bool  # whether the house vouches that the address is theirs
    role: str  # "" when none of their groups gives one


def role_of(groups: Any, roles: Mapping[str, str]) -> str:
    """Return the strongest role that `roles` gives for any of `groups` (a list, or one text), "" for none."""
    values: Iterable[Any] = groups if isinstance(groups, list) else [groups]
    found = {roles.get(str(one)) for one in values}
    return next((role for role in _STRONGEST_FIRST if role in found and role in Role.values), "")


def require_role(who: Vouched, known: User | None) -> None:
    """Raise Refused for somebody without a role; what a person who is known here still had ends at once."""
    if who.role:
        return
    if known is not None:
        _lose(known, who)
    raise Refused("Your account at the provider has no role in Patchbay. Ask whoever manages your groups there.")


def recognise(who: Vouched) -> User | None:
    """Return the person who has the same e-mail address here, None when nobody has.

    Raises:
        Refused: there is no address, or the other house does not vouch that it is theirs.
    """
    try:
        User._meta.get_field("email").run_validators(who.email or "none")
    except ValidationError:
        raise Refused("The provider does not tell your e-mail address, which Patchbay needs.") from None
    known = User.objects.filter(email__iexact=who.email).first()
    if known is not None and not who.verified:
        raise Refused("Somebody here has your e-mail address, and the provider does not vouch that it is yours.")
    return known


def joined(person: User, who: Vouched) -> None:
    """Tell that somebody who was here already now comes through the other house, too."""
    _tell(person, "person.joined", {}, {"through": who.through}, actor=person)


def follow(person: User, who: Vouched) -> None:
    """Give `person` the role the other house says they have; the last administrator keeps theirs."""
    if person.role == who.role:
        return
    try:
        services.change_person(None, person, role=who.role)
    except services.NotAllowed as refusal:
        log.warning("federation.role_kept", person=person.username, reason=str(refusal))
    else:
        person.refresh_from_db()


def only_through_provider(person: User) -> bool:
    """Return whether `person` signs in at another house alone: a password here would outlive their account there."""
    return not person.has_usable_password() and SocialAccount.objects.filter(user=person).exists()


def free_username(wanted: str) -> str:
    """Return `wanted`, reduced to what a user name may hold, with a number behind it when somebody has it."""
    base = "".join(sign for sign in wanted if sign.isalnum() or sign in "@.+-_")[:140] or "person"
    name, count = base, 1
    while User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).exists():
        count += 1
        name = f"{base}-{count}"
    return name


@transaction.atomic
def _lose(person: User, who: Vouched) -> None:
    """End the sessions of somebody whose groups give no role any more, and their way in by a password of our own.

    The last administrator who has a password keeps it: else nobody could repair a provider that names no groups.
    """
    before: dict[str, Any] = {"role": str(person.role), "sessions": sessions.end_all(person)}
    after: dict[str, Any] = {"role": "", "through": who.through}
    if person.has_usable_password() and not _is_last_with_password(person):
        person.set_unusable_password()
        person.save(update_fields=["password"])
        after["local_sign_in"] = "taken away"
    if before["sessions"] or "local_sign_in" in after:
        _tell(person, "person.role_lost", before, after)


def _is_last_with_password(person: User) -> bool:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    return person.role == Role.ADMINISTRATOR and not any(one.has_usable_password() for one in others)


def _tell(person: User, action: str, before: dict[str, Any], after: dict[str, Any], actor: User | None = None) -> None:
    person_changed.send(User, person=person, actor=actor, action=action, before=before, after=after)
