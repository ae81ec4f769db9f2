"""What a carrier has for sale, asked live; only the lists of states and exchanges are kept for a minute."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.core.cache import cache
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.vendors.core.numbers import LOCAL, TOLL_FREE, NumberMarket, RateCentre, StockNumber, StockQuery

KEPT = 60  # seconds
SHOWN = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person looks for. `rate_centre` stands for all its exchanges; `pattern` see `pattern_of`."""

    kind: str = LOCAL
    area: str = ""
    rate_centre: str = ""
    npa_nxx: str = ""
    prefix: str = ""
    pattern: str = ""

    @property
    def ready(self) -> bool:
        """Whether there is enough to ask a carrier."""
        return bool(self.prefix if self.kind == TOLL_FREE else self.area)

    def describe(self) -> str:
        """Return it in words: "WA · SEATTLE · 206-219"."""
        if self.kind == TOLL_FREE:
            return f"toll-free {self.prefix}"
        exchange = f"{self.npa_nxx[:3]}-{self.npa_nxx[3:]}" if self.npa_nxx else ""
        return " · ".join(part for part in (self.area, self.rate_centre, exchange) if part)


@dataclass(frozen=True, slots=True)
class Stock:
    """An answer to a search: the first numbers, how many there are, and the exchanges they are in."""

    wanted: Wanted
    numbers: list[StockNumber]
    total: int
    exchanges: list[tuple[str, int]]
    seen_at: datetime = field(default_factory=timezone.now)

    @property
    def more(self) -> int:
        return self.total - len(self.numbers)


def areas(connection: Connection, actor: User) -> list[str]:
    """Return the states with stock. Raises VendorError."""
    return _kept(f"areas-{connection.pk}-{connection.revision}", lambda: _market(connection, actor).areas())


def rate_centres(connection: Connection, actor: User, area: str) -> list[RateCentre]:
    """Return the exchanges with stock in a state, by rate centre. Raises VendorError."""
    found = _kept(
        f"centres-{connection.pk}-{connection.revision}-{area}", lambda: _market(connection, actor).rate_centres(area)
    )
    return sorted(found, key=lambda centre: (centre.name, centre.npa_nxx))


def look(connection: Connection, actor: User, wanted: Wanted) -> Stock:
    """Ask the carrier what it has now. Raises VendorError."""
    market = _market(connection, actor)
    found: list[StockNumber] = []
    for query in queries(connection, actor, wanted):
        found += market.search(query)
    matches = pattern_of(wanted.pattern)
    kept = sorted((one for one in found if matches is None or matches(one.number)), key=lambda one: one.number)
    return Stock(wanted, kept[:SHOWN], len(kept), _exchanges(kept))


def queries(connection: Connection, actor: User, wanted: Wanted) -> list[StockQuery]:
    """Return the carrier's queries that cover what is wanted: a rate centre without an exchange is one for each of its own."""
    if wanted.kind == TOLL_FREE:
        return [StockQuery(kind=TOLL_FREE, prefix=wanted.prefix)]
    if wanted.npa_nxx or not wanted.rate_centre:
        return [StockQuery(area=wanted.area, npa_nxx=wanted.npa_nxx)]
    centres = rate_centres(connection, actor, wanted.area)
    return [StockQuery(area=wanted.area, npa_nxx=one.npa_nxx) for one in centres if one.name == wanted.rate_centre]


def _exchanges(found: Iterable[StockNumber]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.number[2:8]] = counts.get(one.number[2:8], 0) + 1
    return sorted(counts.items())


def pattern_of(text: str) -> Callable[[str], bool] | None:
    """Return a test for "digits anywhere", with ? for one digit and * for any; None when nothing is asked.

    A pattern with ? or * stands for the whole ten digits from where it begins to where it ends. ValueError for other signs.
    """
    asked = re.sub(r"[\s().\-+]", "", text)
    if not asked:
        return None
    if not re.fullmatch(r"[\d?*xX]+", asked):
        raise ValueError("use digits, ? for any one digit, * for any number of them")
    if len(asked.replace("*", "")) > 11:
        raise ValueError("a number has ten digits; this pattern is longer")
    body = re.sub(r"[?xX]", r"\\d", asked).replace("*", r"\d*")
    anchored = "*" in asked
    shape = re.compile(rf"{body}\Z" if anchored else body)
    search = shape.match if anchored else shape.search
    return lambda number: search(number[2:]) is not None


def _kept(key: str, ask: Callable[[], list[T]]) -> list[T]:
    found = cache.get(key)
    if found is None:
        found = ask()
        cache.set(key, found, KEPT)
    return found


def _market(connection: Connection, actor: User) -> NumberMarket:
    return client_for(connection, actor=actor).capability(NumberMarket)
