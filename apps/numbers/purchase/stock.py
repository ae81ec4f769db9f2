"""What is asked for, in words and as JSON, and what was for sale before it was asked for."""

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

from apps.vendors.core.numbers import LOCAL, TOLL_FREE, NumberMarket, StockQuery
from apps.vendors.core.values import is_toll_free

_FIELDS = ("kind", "area", "npa_nxx", "prefix")


def query_params(query: StockQuery) -> dict[str, str]:
    """Return a query as JSON. ValueError if it does not say what a search needs: a state, or a toll-free prefix."""
    if query.kind == TOLL_FREE and not query.prefix:
        raise ValueError("Say which toll-free prefix.")
    if query.kind == LOCAL and not query.area:
        raise ValueError("Say which state: without it the carrier cannot be asked what it has.")
    if query.city:
        raise ValueError("Name the exchanges of the place: a search by place cannot be checked afterwards.")
    return {name: value for name in _FIELDS if (value := getattr(query, name))}


def query_from(params: Mapping[str, Any]) -> StockQuery:
    """Return the query that `query_params` wrote."""
    return StockQuery(**{name: params[name] for name in _FIELDS if params.get(name)})


def query_key(query: StockQuery) -> str:
    return " ".join(getattr(query, name) for name in _FIELDS if getattr(query, name))


def describe(query: StockQuery) -> str:
    """Return a query as people say it: "206-219 (WA)", "WA", "toll-free 866"."""
    if query.kind == TOLL_FREE:
        return f"toll-free {query.prefix}"
    if query.npa_nxx:
        return f"{query.npa_nxx[:3]}-{query.npa_nxx[3:]} ({query.area})"
    return query.area


def fitting(query: StockQuery) -> Callable[[str], bool]:
    """Return a function that says whether a number is one that the query asks for."""
    if query.kind == TOLL_FREE:
        return lambda number: number.startswith(f"+1{query.prefix}")
    if query.npa_nxx:
        return lambda number: number.startswith(f"+1{query.npa_nxx}")
    return lambda number: not is_toll_free(number)


def for_sale(market: NumberMarket, query: StockQuery) -> list[str]:
    """Ask the carrier what it has, ascending: the order in which it reserves many at once."""
    return sorted({row.number for row in market.search(query)})


def pack(numbers: Iterable[str]) -> str:
    """Return ascending E.164 numbers as short text: the first, then the gaps."""
    last, parts = 0, []
    for value in (int(number) for number in numbers):
        parts.append(str(value - last))
        last = value
    return " ".join(parts)


def unpack(text: str) -> list[str]:
    """Return the numbers that `pack` wrote."""
    return [f"+{value}" for value in accumulate(map(int, text.split()))]
