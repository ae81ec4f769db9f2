"""What can be done with people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.accounts.signals import person_changed
from apps.accounts.signin import sessions
from apps.ui.frame import Hit


class NotAllowed(Exception):
    """A change that would lock people out; the message says why and is meant for the screen."""


@dataclass(frozen=True)
class DemoPerson:
    """A log-in of the demo, to be printed."""

    username: str
    password: str
    role: str


DEMO = (
    DemoPerson("admin", "demo-administrator", Role.ADMINISTRATOR),
    DemoPerson("support", "demo-support-agent", Role.SUPPORT),
    DemoPerson("auditor", "demo-read-only-auditor", Role.AUDITOR),
)


def keep_columns(person: User, listing: str, columns: Sequence[str]) -> None:
    """Remember which columns of a list this person wants to see; none means the usual ones."""
    kept = {name: keys for name, keys in person.list_columns.items() if name != listing}
    person.list_columns = {**kept, listing: list(columns)} if columns else kept
    User.objects.filter(pk=person.pk).update(list_columns=person.list_columns)


@transaction.atomic
def add_person(actor: User | None, *, username: str, email: str, role: str, password: str | None = None, **fields: Any) -> User:
    """Add a person; `fields` are names and time zone.

    With a password, validated already, they may sign in at once; without one they have to be invited.
    """
    person = User.objects.create_user(username, email, password, role=role, **fields)
    after = {"username": username, "email": person.email, "role": role, **fields}
    _tell(person, actor, "person.added", {}, after)
    return person


@transaction.atomic
def change_person(actor: User | None, person: User, **fields: Any) -> User:
    """Change role, names, e-mail address or time zone of a person.

    Raises:
        NotAllowed: an administrator's own role, or the role of the last administrator, would change.
    """
    person = _locked(person)
    before = {name: getattr(person, name) for name, value in fields.items() if getattr(person, name) != value}
    after = {name: fields[name] for name in before}
    if not after:
        return person
    if "role" in after:
        if actor == person:
            raise NotAllowed("You cannot change your own role. Ask another administrator.")
        if person.role == Role.ADMINISTRATOR:
            _keep_an_administrator(person, "change the role of")
    for name, value in after.items():
        setattr(person, name, value)
    person.save(update_fields=list(after))
    _tell(person, actor, "person.role_changed" if "role" in after else "person.changed", before, after)
    return person


@transaction.atomic
def deactivate(actor: User | None, person: User) -> User:
    """Keep a person from signing in, and end their sessions.

    Raises:
        NotAllowed: it is `actor`, or the last administrator.
    """
    person = _locked(person)
    if actor == person:
        raise NotAllowed("You cannot deactivate yourself. Ask another administrator.")
    _keep_an_administrator(person, "deactivate")
    sessions.end_all(person)
    return _set_active(actor, person, active=False)


@transaction.atomic
def reactivate(actor: User | None, person: User) -> User:
    """Let a person sign in again."""
    return _set_active(actor, _locked(person), active=True)


@transaction.atomic
def set_password(actor: User | None, person: User, password: str) -> User:
    """Give a person a new password, validated already; their sessions end."""
    person = _locked(person)
    person.set_password(password)
    person.save(update_fields=["password"])
    sessions.end_all(person)
    _tell(person, actor, "person.password_set", {}, {})
    return person


def ensure_demo_people(passwords: Mapping[str, str] | None = None) -> list[DemoPerson]:
    """Add the demo's log-ins that are missing, and return all of them for printing.

    `passwords` maps user names to passwords; who is not named gets the demo's own. People who are there already
    keep their password.
    """
    people = [
        DemoPerson(person.username, (passwords or {}).get(person.username, person.password), person.role) for person in DEMO
    ]
    for person in people:
        if not User.objects.filter(username=person.username).exists():
            add_person(
                None,
                username=person.username,
                email=f"{person.username}@example.com",
                role=person.role,
                password=person.password,
                first_name="Demo",
                last_name=person.username.capitalize(),
            )
    return people


def search(user: User, text: str) -> list[Hit]:
    """Find people by name, username or e-mail address, for those who manage them."""
    if not user.may("people.manage") or len(text) < 2:
        return []
    found = User.objects.filter(
        Q(username__icontains=text) | Q(email__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    )
    return [
        Hit(
            "Person",
            str(person),
            f"{person.username} · {person.get_role_display()}",
            reverse("accounts:edit", args=[person.pk]),
            "user",
        )
        for person in found[:5]
    ]


def _set_active(actor: User | None, person: User, *, active: bool) -> User:
    if person.is_active != active:
        person.is_active = active
        person.save(update_fields=["is_active"])
        action = "person.reactivated" if active else "person.deactivated"
        _tell(person, actor, action, {"active": not active}, {"active": active})
    return person


def _locked(person: User) -> User:
    """Return `person` as stored now; no other transaction changes people until this one ends."""
    # All administrators are locked in one order, so that two of them cannot remove each other at once.
    administrators = User.objects.filter(Q(role=Role.ADMINISTRATOR) | Q(pk=person.pk))
    return {one.pk: one for one in administrators.select_for_update().order_by("pk")}[person.pk]


def _keep_an_administrator(person: User, verb: str) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    if person.role == Role.ADMINISTRATOR and not others.exists():
        raise NotAllowed(f"You cannot {verb} the last administrator: nobody could manage people any more.")


def _tell(person: User, actor: User | None, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    person_changed.send(User, person=person, actor=actor, action=action, before=before, after=after)
