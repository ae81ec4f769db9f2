"""The demo world that all sandbox vendors share: one provider, three customers, their places and their numbers.

Everything here is invented; addresses of machines come from the ranges kept for documentation.
"""

from dataclasses import dataclass

PROVIDER = "Northline Voice"
EDGE_ADDRESSES = ("192.0.2.10", "192.0.2.11", "198.51.100.20", "198.51.100.21")


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    extension: str
    role: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True)
class Address:
    house: str
    street: str
    suffix: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True)
class NumberBlock:
    """`count` numbers in a row, ten digits each, from `first`."""

    npa_nxx: str
    rate_center: str
    state: str
    first: int
    count: int

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(f"{self.npa_nxx}{line:04d}" for line in range(self.first, self.first + self.count))


@dataclass(frozen=True)
class Tenant:
    """A customer: `numbers` are the local ones in use, `toll_free` the free-phone ones."""

    key: str
    name: str
    cnam: str
    address: Address
    block: NumberBlock
    toll_free: tuple[str, ...]
    people: tuple[Person, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        return self.block.numbers


DENTAL = Tenant(
    key="harbor-dental",
    name="Harbor Street Dental",
    cnam="HARBOR DENTAL",
    address=Address("412", "Harbor", "St", "Seattle", "WA", "98101"),
    block=NumberBlock("206219", "SEATTLE", "WA", 4100, 18),
    toll_free=("8554207710",),
    people=(
        Person("Mira", "Castellanos", "101", "practice manager"),
        Person("Owen", "Tran", "102", "front desk"),
        Person("Priya", "Natarajan", "103", "dentist"),
        Person("Walt", "Sorensen", "104", "hygienist"),
    ),
)
FREIGHT = Tenant(
    key="cascade-freight",
    name="Cascade Freight Lines",
    cnam="CASCADE FREIGHT",
    address=Address("2900", "Terminal", "Ave", "Portland", "OR", "97203"),
    block=NumberBlock("503226", "PORTLAND", "OR", 7300, 24),
    toll_free=("8883315520", "8883315521"),
    people=(
        Person("Dana", "Okafor", "201", "dispatch lead"),
        Person("Luis", "Ferreira", "202", "dispatcher"),
        Person("Greta", "Lindqvist", "203", "dispatcher"),
        Person("Tom", "Abernathy", "204", "accounts"),
        Person("Keiko", "Mori", "205", "driver support"),
    ),
)
BAKERY = Tenant(
    key="blue-door-bakery",
    name="Blue Door Bakery",
    cnam="BLUE DOOR BAKERY",
    address=Address("77", "Larimer", "St", "Denver", "CO", "80204"),
    block=NumberBlock("303446", "DENVER", "CO", 1840, 14),
    toll_free=("8446702210",),
    people=(
        Person("Amelie", "Dubois", "301", "owner"),
        Person("Jonas", "Whitfield", "302", "shop"),
        Person("Ruth", "Adeyemi", "303", "wholesale orders"),
    ),
)
TENANTS = (DENTAL, FREIGHT, BAKERY)

# Bought and not yet given to a customer.
SPARE = NumberBlock("206219", "SEATTLE", "WA", 4118, 4)


def tenant_of(number: str) -> Tenant | None:
    """Whose number this ten-digit number is, if it is anybody's."""
    return next((t for t in TENANTS if number in t.numbers or number in t.toll_free), None)
