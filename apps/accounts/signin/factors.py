"""Second factors: who must have one, and how their secrets are kept."""

from functools import lru_cache

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.signals import person_changed
from apps.accounts.signin import sessions

# A recovery code alone is no second factor: the codes stand in for one that was lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Set in the session of whoever came from a provider that asks for a second factor itself.
VOUCHED = "second_factor_vouched"
_SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def has_factor(user: User) -> bool:
    """Return whether `user` has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def must_have_factor(user: User) -> bool:
    """Return whether the role of `user` is one of `settings.SECOND_FACTOR_ROLES`."""
    return str(user.role) in settings.SECOND_FACTOR_ROLES


def lacks_factor(request: HttpRequest) -> bool:
    """Return whether the signed-in person has to set up a second factor before anything else."""
    user = request.user
    if not isinstance(user, User) or not must_have_factor(user):
        return False
    return not request.session.get(VOUCHED) and not has_factor(user)


@transaction.atomic
def remove_all(actor: User | None, person: User) -> int:
    """Take all second factors and recovery codes from a person who lost theirs, and end their sessions.

    Returns how many there were.
    """
    found = Authenticator.objects.filter(user=person)
    types = sorted(found.values_list("type", flat=True))
    found.delete()
    if types:
        sessions.end_all(person)
        before = {"second_factors": types}
        person_changed.send(User, person=person, actor=actor, action="second_factor.taken_away", before=before, after={})
    return len(types)


def rotate_keys() -> tuple[int, list[str]]:
    """Seal the secrets of all second factors with the first of CREDENTIAL_KEYS.

    Returns how many were sealed anew, and the user names of those whose secret no key can read.
    """
    rotated, unreadable = 0, []
    for one in Authenticator.objects.filter(type__in=_SECRETS).select_related("user"):
        name = _SECRETS[Authenticator.Type(one.type)]
        try:
            one.data[name] = _cipher().rotate(one.data[name].encode()).decode()
        except InvalidToken:
            unreadable.append(one.user.get_username())
        else:
            one.save(update_fields=["data"])
            rotated += 1
    return rotated, unreadable


class MFAAdapter(DefaultMFAAdapter):
    """How allauth's second factors behave here."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code does not match. Codes change every half minute: take the one shown now.",
        "cannot_delete_authenticator": "Your role needs a second factor. Add another one first.",
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret as vendor credentials are sealed."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed; InvalidToken when no key fits."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return whether one may go: not the last second factor of a role that needs one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS).exclude(pk=authenticator.pk)
        return not must_have_factor(authenticator.user) or others.exists()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  allauth's name
        """Return a name to start from; people change it to that of their device."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"


def _cipher() -> MultiFernet:
    return _cipher_of(tuple(settings.CREDENTIAL_KEYS))


@lru_cache(maxsize=4)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
