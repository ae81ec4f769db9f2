"""What the 911 screens show."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import client_for, enabled_connections
from apps.numbers.emergency.addresses import compare
from apps.numbers.emergency.filters import STALE, by_verdict
from apps.numbers.emergency.reading import reading_now, reads
from apps.numbers.emergency.standing import coverage_for, said, stale_before
from apps.numbers.models import SAID, EmergencySnapshot, EmergencySubject, Number, Verdict
from apps.vendors.core.errors import VendorError
from apps.vendors.core.routing import Emergency, EmergencyField

WORDS = {True: "Covered", False: "Not covered", None: "Does not say"}
TONES = {True: "good", False: "bad", None: "idle"}
VERDICT_TONES = {"covered": "good", "uncovered": "bad", "disagree": "warn", "silent": "idle", "exempt": "idle", "stale": "warn"}
_LIGHT = ("record",)


@dataclass(frozen=True)
class Statement:
    """What one system says, ready to be shown."""

    row: EmergencySnapshot
    covered: bool | None
    stale: bool
    editable: bool = False
    removable: bool = False
    lacks: tuple[str, ...] = ()  # words of the fullest address that this one does not say
    differs: tuple[str, ...] = ()  # words that contradict another system's address

    @property
    def word(self) -> str:
        return WORDS[self.covered]

    @property
    def tone(self) -> str:
        return TONES[self.covered]

    @property
    def through(self) -> bool:
        """Whether it is covered, or not, by way of the number it shows to 911."""
        return self.row.covered is None and self.covered is not None


@dataclass(frozen=True)
class Line:
    """One line of the board with its statements, one group for each system shown."""

    subject: EmergencySubject
    cells: Sequence[tuple[Connection, Sequence[Statement]]]
    address: str

    @property
    def verdict(self) -> str:
        return shown_verdict(self.subject)

    @property
    def word(self) -> str:
        return "Stale" if self.verdict == STALE else self.subject.get_verdict_display()

    @property
    def tone(self) -> str:
        return VERDICT_TONES[self.verdict]


def shown_verdict(subject: EmergencySubject) -> str:
    """Return the verdict as people see it: what is covered by word too old to lean on is stale."""
    old = subject.oldest_seen is not None and subject.oldest_seen < stale_before()
    return STALE if subject.verdict == Verdict.COVERED and old else subject.verdict


def standing(person: User) -> dict[str, Any]:
    """Return how old the board is, what went wrong, and what this person may do."""
    carrier = person.may("numbers.carrier")
    found = list(reads(person)) if carrier else []
    ages = [read.read_at for read in found if read.read_at]
    return {
        "reads": found,
        "oldest": min(ages) if ages else None,
        "problems": [read for read in found if read.problem],
        "held_back": [read for read in found if read.held_back],
        "reading": reading_now() if person.may("numbers.search") else None,
        "may_read": person.may("numbers.search"),
        "may_change": person.may("numbers.911.change"),
        "may_carrier": carrier,
        "may_tenants": person.may("tenants.view"),
    }


def counts(person: User) -> dict[str, int]:
    """Return how many lines there are under each word, in one query."""
    words = [*(value for value in Verdict.values), STALE]
    rows: dict[str, int] = EmergencySubject.objects.in_scope(person).aggregate(
        all=Count("pk"), **{word: Count("pk", filter=by_verdict(word)) for word in words}
    )
    return rows


def lines(subjects: Sequence[EmergencySubject], person: User, columns: Sequence[Connection]) -> list[Line]:
    """Return the lines of a page, with what each system of `columns` says: two queries for all of them."""
    found = statements(EmergencySnapshot.objects.filter(key__in=[one.key for one in subjects]), person)
    groups: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in found:
        groups[statement.row.key].append(statement)
    return [
        Line(
            one,
            [(column, [told for told in groups[one.key] if told.row.connection_id == column.pk]) for column in columns],
            next((told.row.address for told in groups[one.key] if told.row.address), ""),
        )
        for one in subjects
    ]


def statements(rows: QuerySet[EmergencySnapshot], person: User) -> list[Statement]:
    """Return these statements as `person` may see them, what was said before and is gone left out."""
    mine = rows.filter(SAID).visible_to(person).select_related("connection").defer(*_LIGHT)  # type: ignore[attr-defined]
    found = list(mine.order_by("connection__name", "kind", "subject", "pk"))
    shown, old = coverage_for(found), stale_before()
    return [Statement(row, said(row, shown), row.seen_at < old) for row in found]


def subject_page(subject: EmergencySubject, person: User) -> dict[str, Any]:
    """Return the detail page of one line: every statement with what differs, and what says nothing."""
    told = statements(EmergencySnapshot.objects.filter(key=subject.key), person)
    carrier = person.may("numbers.carrier")
    linked = _linked(subject, person) if carrier else []
    numbers = list(Number.objects.visible_to(person).filter(number=subject.number).select_related("connection"))
    gone = EmergencySnapshot.objects.visible_to(person).filter(~SAID, key=subject.key).select_related("connection")
    return {
        "subject": subject,
        "verdict": shown_verdict(subject),
        "word": "Stale" if shown_verdict(subject) == STALE else subject.get_verdict_display(),
        "tone": VERDICT_TONES[shown_verdict(subject)],
        "statements": [_with_acts(one, person) for one in compared(told)],
        "silent": _silent(told, numbers) if carrier else [],
        "gone": list(gone) if carrier else [],
        "linked": linked,
        "number_row": numbers[0] if numbers else None,
        "may_carrier": carrier,
        "may_read": person.may("numbers.search"),
        "may_tenants": person.may("tenants.view"),
        "now": timezone.now(),
    }


def card(row: Number, person: User) -> dict[str, Any]:
    """Return what the number page says of 911."""
    subject = EmergencySubject.objects.visible_to(person).filter(key=f"number:{row.number}").first()
    told = statements(EmergencySnapshot.objects.filter(key=f"number:{row.number}"), person) if subject else []
    shown = shown_verdict(subject) if subject else ""
    return {
        "subject": subject,
        "word": "Stale" if shown == STALE else subject.get_verdict_display() if subject else "",
        "tone": VERDICT_TONES.get(shown, "idle"),
        "verdict": shown,
        "statements": compared(told),
        "silent": _silent(told, [row]) if person.may("numbers.carrier") else [],
    }


def compared(told: Sequence[Statement]) -> list[Statement]:
    """Return the statements with what each address lacks of the fullest, and what contradicts another."""
    addresses = [one.row.address for one in told if one.row.address]
    fullest = max(addresses, key=len, default="")
    found = []
    for one in told:
        differs: set[str] = set()
        for other in addresses:
            difference = compare(one.row.address, other)
            differs |= set(difference.contradicted)
        lacks = compare(one.row.address, fullest).only_second if one.row.address and not differs else ()
        words = tuple(word for word in compare(one.row.address, "").only_first if word in differs)
        found.append(Statement(one.row, one.covered, one.stale, lacks=lacks, differs=words))
    return found


def fields_of(row: EmergencySnapshot, act: str = "change") -> Sequence[EmergencyField]:
    """Return what the vendor has a call for at this record; nothing where it cannot be asked."""
    try:
        return client_for(row.connection).capability(Emergency).fields(row.ref, act)
    except VendorError:
        return ()


def connections_that_take(kind: str, act: str, person: User) -> list[Connection]:
    """Return the connections whose vendor has a call for records of this kind: "location" to add, "user" to change."""
    found = []
    for one in enabled_connections(Emergency, user=person):
        if client_for(one).capability(Emergency).fields(f"{kind}:", act):
            found.append(one)
    return found


def _with_acts(one: Statement, person: User) -> Statement:
    if not (person.may("numbers.911.change") and fields_of(one.row)):
        return one
    removable = bool(fields_of(one.row, "add"))
    return Statement(one.row, one.covered, one.stale, True, removable, one.lacks, one.differs)


def _silent(told: Iterable[Statement], numbers: Iterable[Number]) -> list[tuple[Connection, bool]]:
    """Return the systems that hold the number and have said nothing of 911, and whether they have a call that would."""
    spoken = {one.row.connection_id for one in told}
    able = {one.pk for one in enabled_connections(Emergency)}
    holders = [row.connection for row in numbers if row.connection_id not in spoken and not row.is_gone]
    return [(one, one.pk in able) for one in holders]


def _linked(subject: EmergencySubject, person: User) -> list[EmergencySubject]:
    """Return the lines that this one hangs on or that hang on it: extensions of a number, the number of an extension."""
    mine = EmergencySnapshot.objects.visible_to(person).filter(SAID)
    if subject.number:
        keys = mine.filter(elin=subject.number).exclude(key=subject.key).values("key")
        found = EmergencySubject.objects.visible_to(person).filter(key__in=keys)
    else:
        numbers = mine.filter(key=subject.key).exclude(elin="").values("elin")
        found = EmergencySubject.objects.visible_to(person).filter(Q(number__in=numbers), kind="number")
    return list(found[:50])
