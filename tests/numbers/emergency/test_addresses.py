"""Comparing addresses: spelling is no difference, saying less is no contradiction, saying something else is."""

import pytest

from apps.numbers.emergency.addresses import compare, conflict, words

HARBOR = "412 Harbor St, Seattle, WA, 98101, US"


@pytest.mark.parametrize(
    "same",
    [
        "412 HARBOR STREET SEATTLE WA 98101",
        "412 Harbor Street, Seattle, Washington 98101-1204, USA",
        " 412  harbor st.,seattle , wa 98101, United States ",
    ],
)
def test_spelling_is_no_difference(same: str) -> None:
    found = compare(HARBOR, same)
    assert (found.only_first, found.only_second, found.conflict) == ((), (), False)


@pytest.mark.parametrize(
    ("less", "lacks"),
    [
        ("412 Harbor St, Seattle", ("WA", "98101")),
        ("412 Harbor St", ("SEATTLE", "WA", "98101")),
        ("412 Harbor St, Seattle, Suite 5", ("WA", "98101")),  # each says what the other does not, of another part
    ],
)
def test_saying_less_is_no_contradiction(less: str, lacks: tuple[str, ...]) -> None:
    assert compare(less, HARBOR).only_second == lacks
    assert not compare(less, HARBOR).conflict


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HARBOR, "18 Old Mill Road, Seattle"),
        (HARBOR, "414 Harbor St, Seattle, WA, 98101"),
        (HARBOR, "412 Harbor St, Seattle, WA, 98104"),
        (HARBOR, "412 Harbor St, Seattle, OR, 98101"),
        ("412 Harbor St, Apt 5, Seattle", "412 Harbor St #6, Seattle"),
        ("850 Fake St, Sudbury, ON, P3B 1Y4, Canada", "850 Fake St, Sudbury, ON P3B1Y5"),
    ],
)
def test_saying_something_else_is_one(one: str, other: str) -> None:
    assert compare(one, other).conflict
    assert conflict(["", one, other])


def test_blanks_and_units_by_any_name() -> None:
    assert not conflict(["", "", HARBOR])
    assert words("850 Fake St Suite 2, Sudbury, Ontario P3B 1Y4") == words("850 FAKE STREET, APT 2, SUDBURY ON P3B1Y4 CANADA")
