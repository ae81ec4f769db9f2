"""Plans are tried on numbers: the first domain that has them."""

import pytest

from apps.accounts.models import User
from apps.changes import services
from apps.changes.models import Plan
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.numbers.services import plans, sync
from tests.numbers.conftest import Work, _carrier, _no_waiting, carrier, main, work, working

__all__ = ["_carrier", "_no_waiting", "carrier", "main", "work", "working"]


@pytest.fixture
def held(main: Connection) -> Connection:
    """The connection, with its numbers read."""
    sync(main)
    return main


class Desk:
    """What a person at the screen does, without the screen."""

    def __init__(self, person: User, connection: Connection, work: Work) -> None:
        self.person, self.connection, self.work = person, connection, work

    def rows(self, count: int = 3, **facts: object) -> list[str]:
        """Return some numbers, all pointing at Seattle unless told otherwise."""
        chosen = Number.objects.filter(**({"trunk_group": "Seattle edge", "status": "active"} | facts)).order_by("number")
        return list(chosen.values_list("number", flat=True)[:count])

    def group(self, title: str) -> dict[str, str]:
        from apps.numbers.models import InventoryRead

        groups = InventoryRead.objects.get(connection=self.connection).trunk_groups
        return next(group for group in groups if group["title"] == title)

    def move(self, numbers: list[str], title: str = "Portland edge", *, at_once: bool = False) -> Plan:
        chosen = Number.objects.filter(number__in=numbers)
        return self.read(
            plans.move(chosen, self.connection, self.group(title), actor=self.person, at_once=at_once, return_url="/numbers/")
        )

    def set_status(self, numbers: list[str], status: str) -> Plan:
        return self.read(plans.set_status(Number.objects.filter(number__in=numbers), status, actor=self.person))

    def cancel(self, numbers: list[str]) -> Plan:
        return self.read(plans.cancel(Number.objects.filter(number__in=numbers), actor=self.person))

    def apply(self, plan: Plan) -> Plan:
        services.apply(plan, self.person)
        return self.read(plan)

    def read(self, plan: Plan) -> Plan:
        """Let the worker do what is due, and return the plan as it is then."""
        self.work()
        plan.refresh_from_db()
        return plan


@pytest.fixture
def desk(ada: User, held: Connection, work: Work) -> Desk:
    """The administrator, with the numbers read."""
    return Desk(ada, held, work)
