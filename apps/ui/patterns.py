"""What the templates of the plan, the wizard and the object page show, for screens that have no rows of their own.

The templates read attributes only, so model instances with the same names serve as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

REVERSIBLE, COMPENSABLE, ONE_WAY, MANUAL = "reversible", "compensable", "one_way", "manual"


@dataclass(frozen=True)
class Step:
    """One line of a plan: one field of one thing, what it is now and what it will be."""

    label: str  # the thing, as people write it
    field: str
    now_label: str = ""
    after_label: str = ""
    system: str = ""
    reversal: str = REVERSIBLE
    note: str = ""  # why, or for a manual step what to do and where
    url: str = ""
    state: str = ""  # once the plan is being applied
    message: str = ""


@dataclass(frozen=True)
class Cost:
    """One line of what a plan costs; `monthly` for what comes back every month, `total` for the sum."""

    label: str
    amount: Any
    monthly: bool = False
    total: bool = False


@dataclass(frozen=True)
class Stage:
    """One named step of a wizard. `url` leads back to one that is done."""

    title: str
    url: str = ""
    done: bool = False
    current: bool = False


@dataclass(frozen=True)
class PageTab:
    """One tab of an object page; each tab is a page of its own."""

    label: str
    url: str
    active: bool = False
    count: int | None = None


def stages(titles: Sequence[tuple[str, str]], current: int) -> list[Stage]:
    """Return the stages of a wizard from (title, url) pairs when the person stands at index `current`."""
    return [
        Stage(title, url if index < current else "", done=index < current, current=index == current)
        for index, (title, url) in enumerate(titles)
    ]
