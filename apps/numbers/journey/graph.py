"""The journey as data, and the walk along it. Knows nothing of vendors, the database or screens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Mark(StrEnum):
    """What is to be known of a hop before all else; its value is what screens read."""

    NONE = ""
    LOOP = "loop"  # the call has passed here before
    DEAD_END = "dead_end"  # the call gets no further
    SILENT = "silent"  # the vendor does not say
    FAILED = "failed"  # it could not be read
    AGAIN = "again"  # shown in full elsewhere
    CUT = "cut"  # not followed for its length, or for want of time or calls


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so: the system, its calls by title, and since when we know; None is just now."""

    system: str
    calls: tuple[str, ...] = ()
    seen_at: datetime | None = None

    @property
    def said(self) -> str:
        """The calls in a few words."""
        more = len(self.calls) - 2
        return ", ".join(self.calls[:2]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class Step:
    """A way to be followed: when a call takes it, whether it does now, and what is at its end.

    `gate` names opening hours that are passed first, those of `gate_of`; `passed` says that its own are behind us.
    """

    kind: str
    ref: str = ""
    number: str = ""
    name: str = ""
    when: str = ""
    now: bool | None = None
    gate: str = ""
    gate_of: str = ""
    passed: bool = False


@dataclass(slots=True)
class Hop:
    """One place a call comes to. `identity` tells it from others of its system; "" for what nothing leads back to."""

    kind: str
    title: str
    facts: tuple[str, ...] = ()
    note: str = ""
    mark: Mark = Mark.NONE
    source: Source | None = None
    identity: str = ""
    number: str = ""
    when: str = ""
    now: bool | None = None
    branches: list["Hop"] = field(default_factory=list)
    label: str = ""  # the words and the picture of its kind, given last
    icon: str = ""
    mark_label: str = ""
    mark_icon: str = ""

    @property
    def path(self) -> list["Hop"]:
        """This hop and those behind it, as far as there is but one way on."""
        hops = [self]
        while len(hops[-1].branches) == 1 and not hops[-1].branches[0].when:
            hops.append(hops[-1].branches[0])
        return hops

    @property
    def fork(self) -> list["Hop"]:
        """The ways that part at the end of `path`."""
        return self.path[-1].branches

    def all(self) -> Iterator["Hop"]:
        """Yield this hop and all behind it."""
        yield self
        for branch in self.branches:
            yield from branch.all()


@dataclass(frozen=True, slots=True)
class Found:
    """What a step comes to, and the ways on from there."""

    hop: Hop
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one walk goes."""

    depth: int = 14
    hops: int = 150


Resolve = Callable[[Step], Found]


def walk(start: Step, resolve: Resolve, limits: Limits | None = None) -> Hop:
    """Follow a step to all its ends. What was passed on the way is a loop; what was shown elsewhere is not shown again."""
    return _Walk(resolve, limits or Limits()).follow(start, {}, 0)


class _Walk:
    def __init__(self, resolve: Resolve, limits: Limits) -> None:
        self._resolve = resolve
        self._limits = limits
        self._shown: set[str] = set()
        self._count = 0

    def follow(self, step: Step, passed: dict[str, str], depth: int) -> Hop:
        """Return the hop that a step comes to, with all behind it; `passed` are the hops before it by identity."""
        if self._count >= self._limits.hops or depth >= self._limits.depth:
            return Hop(step.kind, step.name or step.number or step.ref, when=step.when, now=step.now, mark=Mark.CUT,
                       note="Not followed further: the way is too long to be shown.")  # fmt: skip
        self._count += 1
        found = self._resolve(step)
        hop = found.hop
        hop.when, hop.now = step.when, step.now
        if hop.identity and hop.identity in passed:
            hop.mark, hop.note = Mark.LOOP, f"The call comes back to {passed[hop.identity]}: it goes in a circle."
        elif hop.identity in self._shown and found.steps:
            hop.mark, hop.note = Mark.AGAIN, "Shown in full elsewhere on this page."
        else:
            behind = {**passed, hop.identity: hop.title} if hop.identity else passed
            if found.steps and hop.identity:
                self._shown.add(hop.identity)
            hop.branches += [self.follow(one, behind, depth + 1) for one in found.steps]
        return hop
