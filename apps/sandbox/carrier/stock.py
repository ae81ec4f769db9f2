"""The numbers that the carrier has for sale, and who can still have which.

One byte a line number: an exchange (NPA-NXX) is ten thousand of them, and `bytearray.find` walks them in C.
"""

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.sandbox.core.numbering import TOLL_FREE, valid_exchange

_NOT_OURS, _FREE, _TAKEN = 0, 1, 2

# State -> its places: area code and rate centre.
PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "AZ": (("602", "PHOENIX"), ("480", "MESA"), ("520", "TUCSON")),
    "CA": (("213", "LOS ANGELES"), ("415", "SAN FRANCISCO"), ("619", "SAN DIEGO"), ("916", "SACRAMENTO")),
    "CO": (("303", "DENVER"), ("719", "COLORADO SPRINGS"), ("970", "FORT COLLINS")),
    "FL": (("305", "MIAMI"), ("407", "ORLANDO"), ("813", "TAMPA"), ("904", "JACKSONVILLE")),
    "GA": (("404", "ATLANTA"), ("912", "SAVANNAH")),
    "IL": (("312", "CHICAGO"), ("630", "NAPERVILLE"), ("217", "SPRINGFIELD")),
    "MA": (("617", "BOSTON"), ("508", "WORCESTER")),
    "NY": (("212", "NEW YORK CITY"), ("518", "ALBANY"), ("716", "BUFFALO"), ("585", "ROCHESTER")),
    "OR": (("503", "PORTLAND"), ("541", "EUGENE"), ("971", "SALEM")),
    "TX": (("214", "DALLAS"), ("512", "AUSTIN"), ("713", "HOUSTON"), ("210", "SAN ANTONIO")),
    "UT": (("801", "SALT LAKE CITY"), ("435", "ST GEORGE")),
    "WA": (("206", "SEATTLE"), ("253", "TACOMA"), ("425", "BELLEVUE"), ("509", "SPOKANE")),
}
# The first exchange of these places is fixed: the document's sample, and the ones the demo's customers live in.
_KNOWN_EXCHANGES = {"206": "219", "503": "226", "303": "446"}
_EXCHANGES_A_PLACE = 3
_EXCHANGES_A_PREFIX = 4


@dataclass(frozen=True)
class Exchange:
    """An NPA-NXX in stock with `count` numbers. Toll-free ones have no state and no rate centre."""

    npa_nxx: str
    state: str
    rate_center: str
    count: int

    @property
    def toll_free(self) -> bool:
        return self.npa_nxx[:3] in TOLL_FREE


def default_exchanges(total: int, seed: int) -> list[Exchange]:
    """About `total` numbers, a tenth of them toll-free, spread evenly over PLACES. The same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - a sandbox's stock is no secret
    places = [(state, npa, center) for state, rows in PLACES.items() for npa, center in rows]
    local = max(1, total * 9 // 10 // (len(places) * _EXCHANGES_A_PLACE))
    free = max(1, total // 10 // (len(TOLL_FREE) * _EXCHANGES_A_PREFIX))
    return [
        *(Exchange(npa + nxx, state, center, local) for state, npa, center in places for nxx in _nxxs(rng, npa)),
        *(Exchange(npa + nxx, "", "", free) for npa in TOLL_FREE for nxx in rng.sample(_ALL_NXX, _EXCHANGES_A_PREFIX)),
    ]


_ALL_NXX = [str(nxx) for nxx in range(200, 1000) if valid_exchange(str(nxx))]


def _nxxs(rng: random.Random, npa: str) -> list[str]:
    picked = rng.sample(_ALL_NXX, _EXCHANGES_A_PLACE)
    known = _KNOWN_EXCHANGES.get(npa)
    if known and known not in picked:
        picked[0] = known
    return picked


class Block:
    """One exchange's ten thousand line numbers."""

    __slots__ = ("exchange", "lines")

    def __init__(self, exchange: Exchange, seed: int) -> None:
        self.exchange = exchange
        self.lines = bytearray(10_000)
        if exchange.count >= 10_000:
            self.lines = bytearray([_FREE]) * 10_000
            return
        rng = random.Random(f"{seed}:{exchange.npa_nxx}")  # noqa: S311
        for line in rng.sample(range(10_000), exchange.count):
            self.lines[line] = _FREE

    @property
    def free(self) -> int:
        return self.lines.count(_FREE)

    @property
    def has_free(self) -> bool:
        return self.lines.find(_FREE) >= 0

    def numbers(self) -> Iterator[str]:
        """The free numbers, ascending."""
        line = self.lines.find(_FREE)
        while line >= 0:
            yield f"{self.exchange.npa_nxx}{line:04d}"
            line = self.lines.find(_FREE, line + 1)


class Stock:
    """All exchanges, in ascending order. Not locked: the sandbox's lock is around it."""

    def __init__(self, exchanges: Iterable[Exchange], seed: int) -> None:
        self._seed = seed
        self._blocks: dict[str, Block] = {}
        self._order: list[str] = []
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> None:
        """Put an exchange on sale, or replace the one of that NPA-NXX."""
        if exchange.npa_nxx not in self._blocks:
            self._order.insert(bisect_left(self._order, exchange.npa_nxx), exchange.npa_nxx)
        self._blocks[exchange.npa_nxx] = Block(exchange, self._seed)

    def blocks(
        self, *, toll_free: bool = False, state: str = "", npa_nxx: str = "", city: str = "", prefix: str = ""
    ) -> list[Block]:
        """The exchanges that fit everything given, in ascending order."""
        if npa_nxx:
            candidates = [self._blocks[npa_nxx]] if npa_nxx in self._blocks else []
        else:
            candidates = [self._blocks[key] for key in self._order]
        return [
            block
            for block in candidates
            if block.exchange.toll_free == toll_free
            and state in ("", block.exchange.state)
            and city.upper() in ("", block.exchange.rate_center)
            and block.exchange.npa_nxx.startswith(prefix)
        ]

    def states(self) -> list[str]:
        """States with at least one free number."""
        return sorted({b.exchange.state for b in self._blocks.values() if b.exchange.state and b.has_free})

    def knows_state(self, state: str) -> bool:
        return any(b.exchange.state == state for b in self._blocks.values())

    def knows_area(self, npa: str) -> bool:
        return any(key.startswith(npa) for key in self._order)

    def is_free(self, number: str) -> bool:
        block = self._blocks.get(number[:6])
        return block is not None and block.lines[int(number[6:])] == _FREE

    def take(self, number: str) -> None:
        """Off sale. Numbers that were never in stock are nobody's business here."""
        self._put(number, _TAKEN)

    def give_back(self, number: str) -> None:
        self._put(number, _FREE)

    def free(self) -> int:
        return sum(block.free for block in self._blocks.values())

    def _put(self, number: str, mark: int) -> None:
        block = self._blocks.get(number[:6])
        if block and block.lines[int(number[6:])] != _NOT_OURS:
            block.lines[int(number[6:])] = mark
