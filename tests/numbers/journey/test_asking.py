"""The client of a journey: it reads only, asks nothing twice, and stops when its calls or its time are used up."""

import pytest

from apps.connections.services import client_for
from apps.numbers.journey.asking import Asked, Budget, Spent
from apps.vendors.core.errors import VendorFault
from apps.vendors.core.people import Extensions
from apps.vendors.core.routing import Dids
from tests.numbers.journey.conftest import House


def asked(house: House, *, seconds: float = 30, calls: int = 50) -> Asked:
    return Asked(client_for(house.connections["office-pbx"]), Budget(seconds=seconds, calls=calls))


def test_nothing_is_written(house: House) -> None:
    with pytest.raises(ValueError, match="no read"):
        asked(house).client.capability(Dids).add("2", {"did": "12065550100", "trunk": "1", "dest_type": "Extension"})
    assert not len(house.pbxware.log)


def test_what_was_answered_is_not_asked_again_and_neither_is_what_failed(house: House) -> None:
    one = asked(house)
    door = one.client.capability(Dids)
    assert door.list("2") == door.list("2")
    assert len(house.pbxware.log) == 1
    house.pbxware.faults.set("html500")
    with pytest.raises(VendorFault):
        one.client.capability(Extensions).list("2")
    asked_by_now = len(house.pbxware.log)
    with pytest.raises(VendorFault):
        one.client.capability(Extensions).list("2")
    assert len(house.pbxware.log) == asked_by_now
    assert one.titles(0) == ("DIDs", "Extensions")
    assert one.titles(one.place) == ()


def test_calls_are_counted(house: House) -> None:
    one = asked(house, calls=1)
    one.client.capability(Dids).list("2")
    with pytest.raises(Spent, match="as many calls"):
        one.client.capability(Extensions).list("2")
    assert one.client.capability(Dids).list("2")


def test_time_runs_out(house: House) -> None:
    one = asked(house, seconds=0)
    with pytest.raises(Spent, match="too slowly"):
        one.client.capability(Dids).list("2")
    assert not len(house.pbxware.log)
