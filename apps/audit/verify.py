"""Walking the chain: is every entry there, in its place, and as it was written?"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.audit.chain import GENESIS, seal
from apps.audit.models import AuditEntry, AuditHead
from apps.audit.search import words_of

CHUNK = 2_000


@dataclass(frozen=True)
class Finding:
    """Something wrong with the chain, and where."""

    sequence: int
    text: str

    def __str__(self) -> str:
        return f"#{self.sequence}: {self.text}"


@dataclass(frozen=True)
class Head:
    """How far the log reached at some time, as an earlier run of `audit verify` printed it."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read "1234:9f86d0…"; raise ValueError when it is none."""
        sequence, _, digest = text.partition(":")
        if not sequence.isdecimal() or len(digest) != 64:
            raise ValueError("a head is written NUMBER:HASH, as an earlier run printed it")
        return cls(int(sequence), digest)


class Verification:
    """One walk over the whole chain. `findings()` yields as it goes; `count` and `head` are right afterwards."""

    def __init__(self, known: Head | None = None) -> None:
        """`known` is a head kept somewhere else: it proves that the log was not rewritten or cut before it."""
        self.count = 0
        self.head = Head(0, GENESIS)
        self._known = known

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, first to last. Entries may be appended meanwhile."""
        yield from self._walk(AuditEntry.objects.all())
        end = AuditHead.objects.first()
        if end:
            yield from self._walk(AuditEntry.objects.filter(sequence__lte=end.sequence))  # those appended meanwhile
        yield from self._end(end)

    def _walk(self, entries: "QuerySet[AuditEntry]") -> Iterator[Finding]:
        """Check all of `entries` after the last one checked, by key: no transaction stays open for long."""
        if self.count:
            entries = entries.filter(sequence__gt=self.head.sequence)
        chunk = list(entries.order_by("sequence")[:CHUNK])
        while chunk:
            for entry in chunk:
                yield from self._entry(entry)
                self.count += 1
                self.head = Head(entry.sequence, entry.hash)
            chunk = list(entries.filter(sequence__gt=chunk[-1].sequence).order_by("sequence")[:CHUNK])

    def _entry(self, entry: AuditEntry) -> Iterator[Finding]:
        before = self.head.sequence
        if entry.sequence <= before:
            yield Finding(entry.sequence, "was put in before the beginning of the log")
        elif entry.sequence > before + 1:
            yield Finding(before + 1, _missing(before + 1, entry.sequence - 1))
        elif entry.previous_hash != self.head.hash:
            yield Finding(entry.sequence, f"does not follow #{before}: one of the two was rewritten or put in")
        if seal(entry) != entry.hash:
            yield Finding(entry.sequence, "was changed: its hash does not fit what it says")
        elif words_of(entry) != entry.search:
            yield Finding(entry.sequence, "was hidden from the search: its search text was changed")
        if self._known and entry.sequence == self._known.sequence and entry.hash != self._known.hash:
            yield Finding(entry.sequence, "is not the entry that had this number when the head was noted")

    def _end(self, end: AuditHead | None) -> Iterator[Finding]:
        last = self.head.sequence
        if end is None:
            if last:
                yield Finding(last, "nothing says any more how far the log reached")
        elif end.sequence < last:
            yield Finding(end.sequence + 1, "was put in behind the end of the log")
        elif end.sequence == last and end.hash != self.head.hash:
            yield Finding(last, "is not the entry the log ended with: its end was rewritten")
        reached = max(end.sequence if end else 0, self._known.sequence if self._known else 0)
        if reached > last:
            yield Finding(last + 1, _missing(last + 1, reached))


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"to #{last} are missing ({last - first + 1} entries)"
