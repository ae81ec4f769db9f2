"""What each vendor can do, counted from the registry: for the README's table and for each connection's page."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from apps.vendors.core.operation import Checked, Effect, Operation
from apps.vendors.core.registry import Vendor, vendors

_WORD = re.compile(r"[A-Z][a-z]*")
_SPELLED = {"Dids": "DIDs", "Ivrs": "IVRs", "Sip accounts": "SIP accounts"}
# The order and the words in which effects and checks are told.
EFFECTS = tuple(Effect)
CHECKS = {
    Checked.DOCUMENT: "against the document",
    Checked.SOURCE: "read off the server's source",
    Checked.FIELD: "seen in the field",
    Checked.LIVE: "run on a live system",
}
# What doors do, in fewer words: whoever may change through one may delete through it.
ACTS = {
    "read": {Effect.READ},
    "change": {Effect.WRITE, Effect.DESTRUCTIVE, Effect.LIVE},
    "spend money": {Effect.PURCHASE},
}


@dataclass(frozen=True)
class Door:
    """A neutral capability: what it is for, whether a vendor offers it, what it does there and how far that was checked."""

    title: str
    purpose: str
    offered: bool
    acts: tuple[str, ...] = ()  # keys of ACTS
    checks: tuple[Checked, ...] = ()

    @property
    def does(self) -> str:
        """Return what it does, in words: "read, change"."""
        return ", ".join(self.acts) or "yes"

    @property
    def checked(self) -> str:
        """Return how far what is behind it was checked, in words."""
        return ", ".join(CHECKS[check] for check in self.checks)


@dataclass(frozen=True)
class Tally:
    """Operations of one area, or of a whole vendor: how many of each effect, how far checked, how many not callable."""

    title: str
    total: int
    effects: Counter[Effect]
    checks: Counter[Checked]
    not_callable: int

    @property
    def by_effect(self) -> list[int]:
        """Return the counts in the order of `EFFECTS`."""
        return [self.effects[effect] for effect in EFFECTS]

    @property
    def checked(self) -> str:
        """Return how far they were checked, in words."""
        return ", ".join(f"{self.checks[check]} {words}" for check, words in CHECKS.items() if self.checks[check])


def doors(vendor: Vendor | None) -> list[Door]:
    """Return every capability that any installed driver offers, by name, with what it does at this vendor."""
    known = {door for each in vendors.all() for door in each.capabilities}
    return [_door(door, vendor) for door in sorted(known, key=lambda door: door.__name__)]


def _door(door: type, vendor: Vendor | None) -> Door:
    behind = vendor.behind(door) if vendor else ()
    effects, checks = {operation.effect for operation in behind}, {operation.checked for operation in behind}
    return Door(
        _title(door),
        (inspect.getdoc(door) or "").partition("\n")[0],
        bool(vendor and door in vendor.capabilities),
        tuple(act for act, meant in ACTS.items() if meant & effects),
        tuple(check for check in CHECKS if check in checks),
    )


def tally(title: str, operations: Iterable[Operation]) -> Tally:
    """Count `operations`; what cannot be called is counted apart."""
    every = list(operations)
    callable_ones = [operation for operation in every if not operation.not_callable]
    return Tally(
        title,
        len(callable_ones),
        Counter(operation.effect for operation in callable_ones),
        Counter(operation.checked for operation in callable_ones),
        len(every) - len(callable_ones),
    )


def areas(vendor: Vendor) -> list[Tally]:
    """Return the vendor's areas, in the order in which its records name them."""
    found: dict[str, list[Operation]] = {}
    for operation in vendor.operations.values():
        found.setdefault(operation.area, []).append(operation)
    return [tally(area, operations) for area, operations in found.items()]


def markdown() -> str:
    """Return both tables of the README: operations by vendor and effect, and capabilities by vendor."""
    every = list(vendors.all())
    head = ["vendor", "operations", *(effect.value for effect in EFFECTS), "checked", "not callable"]
    rows = [
        [vendor.title, str(counted.total), *map(str, counted.by_effect), counted.checked, str(counted.not_callable or "")]
        for vendor in every
        for counted in [tally(vendor.title, vendor.operations.values())]
    ]
    offered = [doors(vendor) for vendor in every]
    cells = [[row[0].title, *map(_cell, row)] for row in zip(*offered, strict=True)]
    legend = "; ".join(f"*{check.value}*, {words}" for check, words in CHECKS.items())
    return "\n\n".join([
        _table(head, rows),
        f"A capability's cell says what it does there, then how far that was checked: {legend}.",
        _table(["capability", *(vendor.title for vendor in every)], cells),
    ])  # fmt: skip


def _cell(door: Door) -> str:
    checks = ", ".join(f"*{check.value}*" for check in door.checks)
    return f"{door.does} {checks}".rstrip() if door.offered else "–"


def _title(door: Callable[..., object]) -> str:
    title = " ".join(_WORD.findall(door.__name__)).capitalize()
    return _SPELLED.get(title, title)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
