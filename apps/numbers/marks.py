"""What screens show of tags, notes and cooling numbers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import is_limited
from apps.numbers.models import Note, Number, SavedView, Tag, Tagged, cooling
from apps.ui.formatting import phone, when
from apps.ui.saved import saved_views

_NAMED = 3


def tags_known(person: User | None) -> "QuerySet[Tag]":
    """Return the tags that `person` may know of: for who is limited, those on numbers they see."""
    if person is None or not is_limited(person):
        return Tag.objects.all()
    mine = Number.objects.visible_to(person).filter(number=OuterRef("number"))
    return Tag.objects.filter(Exists(Tagged.objects.visible_to(person).filter(Exists(mine), tag=OuterRef("pk"))))


def tags_of(numbers: Iterable[str], person: User) -> dict[str, list[Tag]]:
    """Return the tags of these numbers, which `person` may see, by number."""
    found: dict[str, list[Tag]] = defaultdict(list)
    for one in Tagged.objects.visible_to(person).filter(number__in=list(numbers)).select_related("tag").order_by("tag__name"):
        found[one.number].append(one.tag)
    return found


def notes_of(number: str, person: User) -> "QuerySet[Note]":
    """Return the notes on a number that `person` sees, newest first."""
    return Note.objects.visible_to(person).filter(number=number).select_related("author")


def views_for(person: User) -> "QuerySet[SavedView]":
    """Return the saved views that stand above the list of `person`; seeing as a tenant one sees none."""
    if person.viewing_as is not None:
        return SavedView.objects.none()
    return saved_views(SavedView, person, shared=not is_limited(person))


def resting(numbers: "Iterable[str] | QuerySet", person: User) -> dict[str, datetime]:
    """Return which of these numbers rest since they were given up, on any system `person` sees, and until when.

    `numbers` may be a query for them.
    """
    if not settings.NUMBER_COOLING_DAYS:
        return {}
    rows = (
        Number.objects.visible_to(person).filter(cooling(), number__in=numbers).only("number", "released_at").order_by("number")
    )
    return {row.number: row.cooling_until for row in rows if row.cooling_until}


def resting_words(found: dict[str, datetime]) -> str:
    """Return the warning about numbers that rest, empty for none."""
    if not found:
        return ""
    named = ", ".join(phone(number) for number in list(found)[:_NAMED])
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    last = when(max(found.values()))
    if len(found) == 1:
        return f"{named} was given up lately and is cooling until {last}: callers of whoever had it may still ring."
    cooling_words = f"were given up lately and are cooling, the last until {last}"
    return f"{named}{more} {cooling_words}: callers of whoever had them may still ring."


def tag_rows(rows: Sequence[Number], person: User) -> None:
    """Give each row of a page its `tags`, in one query."""
    found = tags_of([row.number for row in rows], person)
    for row in rows:
        row.tags = found.get(row.number, [])  # type: ignore[attr-defined]
