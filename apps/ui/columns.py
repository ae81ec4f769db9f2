"""Chosen columns: what a list can show, and what of it this person sees now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PARAMETER = "columns"  # in an address: "columns=status,cnam"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be left out; `usual` ones are shown to who has not chosen."""

    key: str
    label: str
    usual: bool = True


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a list for one person: those offered, in the list's order, and the keys of those shown."""

    offered: Sequence[Column]
    shown: frozenset[str]

    @property
    def query(self) -> str:
        """Return the shown ones as a parameter of an address holds them."""
        return ",".join(self.keys)

    @property
    def keys(self) -> list[str]:
        """Return the keys of those shown, in the list's order."""
        return [column.key for column in self.offered if column.key in self.shown]

    @property
    def labels(self) -> list[str]:
        """Return the names of those shown, in the list's order."""
        return [column.label for column in self.offered if column.key in self.shown]


def choose(offered: Sequence[Column], *wishes: Iterable[str]) -> Columns:
    """Return the columns by the first of the `wishes` that names any that is offered, else the usual ones."""
    keys = {column.key for column in offered}
    for wish in wishes:
        if known := keys.intersection(wish):
            return Columns(offered, frozenset(known))
    return Columns(offered, frozenset(column.key for column in offered if column.usual))


def parsed(text: str) -> list[str]:
    """Return the keys that a parameter of an address names."""
    return [key for key in text.split(",") if key]
