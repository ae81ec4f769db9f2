"""What apps hand to the frame. An app offers any of these as functions in its `services.py`; the frame finds them.

    search(user, text) -> list[Hit]          for the search box and the command palette; at most a handful, fast
    home_panels(user) -> list[Panel]         for the home page
    notices(user) -> list[Notice]            for the bell: what finished or failed lately, newest first, at most ten
    strips(user) -> list[Strip]              for the strip under the top bar: what everybody must know now
    attention(user) -> int                   how much waits for a person; the count beside the app's navigation entry

One that fails costs only itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One thing a search found."""

    kind: str  # "Number", "Job", "Connection"; hits are grouped by it
    label: str
    detail: str = ""
    url: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Panel:
    """One card of the home page."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    url: str = ""  # where the title leads
    wide: bool = False


@dataclass(frozen=True)
class Notice:
    """One line under the bell."""

    title: str
    url: str
    at: datetime
    tone: str = "good"  # good, busy, warn, bad
    detail: str = ""


@dataclass(frozen=True)
class Strip:
    """One line across the page."""

    text: str
    level: str = "warning"  # info, warning, danger
    url: str = ""
    link: str = ""
    action: str = ""  # an address that the link posts to, instead of leading to `url`
