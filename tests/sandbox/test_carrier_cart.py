"""The cart: one for an account, filled in ascending order, emptied by explicit numbers or as a whole."""

import pytest


def split(joined: list[str]) -> list[str]:
    return [number for text in joined for number in text.split(" , ") if number]


@pytest.fixture
def free(call):
    return [row["TN"] for row in call("searchdid", state="WA", NPANXX="206219")["DIDs"]]


def test_a_reserved_number_is_in_the_cart_and_off_sale(call, carrier, free):
    reply = call("reserve", category="landline", state="WA", number=free[0])
    assert reply == {"status": "200", "reserveId": carrier.account.reserve_id, "TNs": [free[0]]}
    assert carrier.account.cart == [free[0]]
    assert call("searchdid", state="WA", NPANXXYYYY=free[0])["DIDs"] == []


def test_a_number_is_reserved_once(call, carrier, refused, free):
    call("reserve", category="Landline", state="wa", number=free[0])
    assert refused("reserve", category="landline", state="WA", number=free[0]) == "Invalid number"
    other = carrier.other_credentials
    assert refused("reserve", who=other, category="landline", state="WA", number=free[0]) == "Invalid number"


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"category": ""}, "category"),
        ({"category": "mobile"}, "category"),
        ({"state": ""}, "state"),
        ({"state": "ZZ"}, "state"),
        ({"npanxx": "206999"}, "npanxx"),
        ({"city": "GOTHAM"}, "city"),
        ({"number": ""}, "number"),
        ({"number": "206219"}, "number"),
        ({"number": "2062199999999"}, "number"),
        ({"state": "OR"}, "number"),
        ({"category": "tollfree"}, "tfn_prefix"),
        ({"category": "tollfree", "tfn_prefix": "800"}, "number"),
    ],
)
def test_reserve_names_what_is_wrong(refused, carrier, free, changed, parameter):
    good = {"category": "landline", "state": "WA", "number": free[0]}
    assert refused("reserve", **{**good, **changed}) == f"Invalid {parameter}"
    assert carrier.account.cart == []


def test_bulk_takes_the_first_numbers_and_goes_on_from_there(call, carrier, free):
    first = call("bulkreserve", category="landline", npanxx="206219", quantity="5")
    second = call("bulkreserve", category="landline", state="WA", city="Seattle", quantity="2")
    assert first["TNs"] == [" , ".join(free[:5])]
    assert split(second["TNs"]) == free[5:7]
    assert first["reserveId"] == second["reserveId"]
    assert carrier.account.cart == free[:7]


def test_bulk_gives_what_there_is(call, carrier, refused):
    carrier.add_stock("425288", "WA", "BELLEVUE", 12)
    reply = call("bulkreserve", category="landline", npanxx="425288", quantity="50")
    assert len(split(reply["TNs"])) == 12
    assert refused("bulkreserve", category="landline", npanxx="425288", quantity="1") == "Invalid quantity"


def test_bulk_takes_a_thousand_and_no_more(call, carrier, refused):
    carrier.add_stock("425288", "WA", "BELLEVUE", 10_000)
    reply = call("bulkreserve", category="landline", npanxx="425288", quantity="1000")
    assert split(reply["TNs"]) == [f"425288{line:04d}" for line in range(1000)]
    for quantity in ("0", "1001", "-1", "many", ""):
        assert refused("bulkreserve", category="landline", npanxx="425288", quantity=quantity) == "Invalid quantity"


def test_bulk_reserves_toll_free_by_prefix(call, refused):
    reply = call("bulkreserve", category="tollfree", tfn_prefix="855", quantity="3")
    assert all(number.startswith("855") for number in split(reply["TNs"]))
    assert refused("bulkreserve", category="tollfree", quantity="3") == "Invalid tfn_prefix"


def test_explicit_numbers_are_released_and_strangers_named(call, carrier, free):
    reserve_id = call("bulkreserve", category="landline", npanxx="206219", quantity="4")["reserveId"]
    reply = call("remove_reserved", reserveId=reserve_id, number=f"{free[0]}, {free[2]},2062199999")
    assert reply["Removed TNs"] == [f"{free[0]} , {free[2]}"]
    assert reply["TNs not available"] == ["2062199999"]
    assert carrier.account.cart == [free[1], free[3]]
    assert call("searchdid", state="WA", NPANXXYYYY=free[0])["DIDs"]


def test_release_without_a_number_empties_the_cart(call, carrier, free):
    reserve_id = call("bulkreserve", category="landline", npanxx="206219", quantity="4")["reserveId"]
    reply = call("remove_reserved", reserveId=reserve_id, number="")
    assert split(reply["Removed TNs"]) == free[:4]
    assert reply["TNs not available"] == [""]
    assert carrier.account.cart == []
    assert [row["TN"] for row in call("searchdid", state="WA", NPANXX="206219")["DIDs"]] == free


def test_release_wants_the_carts_own_id(call, carrier, refused):
    call("bulkreserve", category="landline", npanxx="206219", quantity="4")
    for wrong in ("", "1", "abc", carrier.other_account.reserve_id):
        assert refused("remove_reserved", reserveId=wrong) == "Invalid reserveId"
    assert refused("remove_reserved", reserveId=carrier.account.reserve_id, number="12") == "Invalid number"
    assert len(carrier.account.cart) == 4


def test_carts_of_two_accounts_are_two(call, carrier):
    ours = call("bulkreserve", category="landline", state="WA", quantity="5")
    theirs = call("bulkreserve", who=carrier.other_credentials, category="landline", state="WA", quantity="5")
    assert ours["reserveId"] != theirs["reserveId"]
    assert not set(split(ours["TNs"])) & set(split(theirs["TNs"]))
