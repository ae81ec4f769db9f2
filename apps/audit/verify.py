"""Walking the chain: is every entry there, in its place, and as it was written?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.audit import anchors
from apps.audit.chain import GENESIS, seal
from apps.audit.checkpoints import Checkpoint
from apps.audit.models import AuditAnchor, AuditEntry, AuditHead
from apps.audit.search import words_of

CHUNK = 2_000


@dataclass(frozen=True)
class Finding:
    """Something wrong with the chain, and where."""

    sequence: int
    text: str
    place: str = ""  # when it is not an entry: the name of a file

    def __str__(self) -> str:
        return f"{self.place or f'#{self.sequence}'}: {self.text}"


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
    """One walk over the whole chain. `findings()` yields as it goes; `count`, `head` and `cut` are right afterwards."""

    def __init__(self, known: Head | None = None, checkpoints: Iterable[Checkpoint] = ()) -> None:
        """`known` is a head kept somewhere else, as `checkpoints` are: they prove that the log was not rewritten or cut."""
        self.count = 0
        self.head = Head(0, GENESIS)
        self.cut = 0  # the last entry that retention took away
        self.checkpoints = list(checkpoints)
        self._known: dict[int, list[tuple[str, str]]] = defaultdict(list)  # number → hash it must have, and who says so
        if known:
            self._known[known.sequence].append((known.hash, "when the head was noted"))
        for checkpoint in self.checkpoints:
            if not checkpoint.fault:
                self._known[checkpoint.sequence].append((checkpoint.hash, f"when {checkpoint.name} was signed"))

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong, first to last. Entries may be appended, and old ones cut off, meanwhile."""
        yield from (Finding(0, one.fault, one.name) for one in self.checkpoints if one.fault)
        yield from self._begin(list(AuditAnchor.objects.order_by("through")))
        yield from self._walk(AuditEntry.objects.all())
        end = AuditHead.objects.first()
        if end:
            yield from self._walk(AuditEntry.objects.filter(sequence__lte=end.sequence))  # those appended meanwhile
        yield from self._end(end)

    def _begin(self, found: list[AuditAnchor]) -> Iterator[Finding]:
        """Begin after what was rightly cut off; an anchor that cannot be believed excuses nothing."""
        yield from (Finding(sequence, text) for sequence, text in anchors.faults(found))
        if found and anchors.holds(found[-1]):
            self.cut = found[-1].through
            self.head = Head(self.cut, found[-1].hash)
            yield from self._compare(self.cut, found[-1].hash)

    def _walk(self, entries: "QuerySet[AuditEntry]") -> Iterator[Finding]:
        """Check all of `entries` after the last one checked, by key: no transaction stays open for long."""
        if self.count:
            entries = entries.filter(sequence__gt=self.head.sequence)
        chunk = list(entries.order_by("sequence")[:CHUNK])
        while chunk:
            for entry in chunk:
                yield from self._entry(entry)
                self.count += 1
                if entry.sequence > self.cut:
                    self.head = Head(entry.sequence, entry.hash)
            chunk = list(entries.filter(sequence__gt=chunk[-1].sequence).order_by("sequence")[:CHUNK])

    def _entry(self, entry: AuditEntry) -> Iterator[Finding]:
        before = self.head.sequence
        if entry.sequence > before + 1 and self._cut_meanwhile(entry.sequence - 1):
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
        yield from self._compare(entry.sequence, entry.hash)

    def _compare(self, sequence: int, found: str) -> Iterator[Finding]:
        """Compare an entry with the heads that were noted when it was the last one."""
        for must, when in self._known.get(sequence, ()):
            if found != must:
                yield Finding(sequence, f"is not the entry that had this number {when}")

    def _cut_meanwhile(self, through: int) -> bool:
        """Go on from an anchor that came while we walked and reaches up to `through`; whether there was one."""
        anchor = AuditAnchor.objects.filter(through=through).first()
        if anchor is None or not anchors.holds(anchor):
            return False
        self.cut, self.head = through, Head(through, anchor.hash)
        return True

    def _end(self, end: AuditHead | None) -> Iterator[Finding]:
        last = self.head.sequence
        if end is None:
            if last:
                yield Finding(last, "nothing says any more how far the log reached")
        elif end.sequence < last:
            yield Finding(end.sequence + 1, "was put in behind the end of the log")
        elif end.sequence == last and end.hash != self.head.hash:
            yield Finding(last, "is not the entry the log ended with: its end was rewritten")
        reached = max(end.sequence if end else 0, *self._known, 0)
        if reached > last:
            yield Finding(last + 1, _missing(last + 1, reached))


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"to #{last} are missing ({last - first + 1} entries)"
