"""The stock: real-looking numbers, the same for the same seed, taken and given back."""

from itertools import islice

import pytest

from apps.sandbox.carrier.stock import Exchange, Stock, default_exchanges
from apps.sandbox.core.numbering import TOLL_FREE, valid_number


@pytest.fixture(scope="module")
def stock() -> Stock:
    return Stock(default_exchanges(40_000, 7), 7)


def numbers(stock: Stock, **wanted) -> list[str]:
    return [number for block in stock.blocks(**wanted) for number in block.numbers()]


def test_holds_tens_of_thousands_of_valid_numbers_over_many_places(stock):
    local, toll_free = numbers(stock), numbers(stock, toll_free=True)
    assert 35_000 < len(local) < 37_000
    assert 3_500 < len(toll_free) < 4_500
    assert {"WA", "OR", "CA", "CO", "NY", "TX", "FL", "IL"} <= set(stock.states())
    assert all(valid_number(number) for number in local + toll_free)
    assert {number[:3] for number in toll_free} == set(TOLL_FREE)
    assert not {number[:3] for number in local} & set(TOLL_FREE)


def test_is_the_same_for_the_same_seed_and_another_for_another():
    def some(seed: int) -> list[str]:
        return numbers(Stock(default_exchanges(2_000, seed), seed))

    assert some(7) == some(7)
    assert some(7) != some(8)


def test_gives_numbers_in_ascending_order(stock):
    found = numbers(stock, state="WA")
    assert found == sorted(found)
    assert len({number[:6] for number in found}) > 3


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("2062190100", True),
        ("1062190100", False),
        ("2962190100", False),
        ("2112190100", False),
        ("3702190100", False),
        ("9602190100", False),
        ("2061190100", False),
        ("2064110100", False),
        ("2065550100", False),
        ("2069500100", False),
        ("2069760100", False),
        ("206219010", False),
    ],
)
def test_knows_what_a_valid_number_is(number, valid):
    assert valid_number(number) is valid


def test_a_taken_number_is_gone_until_it_is_given_back():
    stock = Stock([Exchange("206219", "WA", "SEATTLE", 10_000)], 7)
    assert stock.free() == 10_000
    stock.take("2062190000")
    assert next(iter(numbers(stock))) == "2062190001"
    assert not stock.is_free("2062190000")
    stock.give_back("2062190000")
    assert stock.is_free("2062190000")
    assert stock.free() == 10_000


def test_numbers_never_in_stock_stay_out_of_it():
    stock = Stock([Exchange("206219", "WA", "SEATTLE", 0)], 7)
    stock.take("2062190000")
    stock.give_back("2062190000")
    stock.give_back("4255550100")
    assert stock.free() == 0


def test_finds_by_state_exchange_and_city():
    stock = Stock([Exchange("206219", "WA", "SEATTLE", 9), Exchange("503226", "OR", "PORTLAND", 5)], 7)
    assert len(numbers(stock, state="WA")) == 9
    assert len(numbers(stock, city="portland")) == 5
    assert numbers(stock, state="WA", city="PORTLAND") == []
    assert list(islice(numbers(stock, npa_nxx="503226"), 1))[0].startswith("503226")
