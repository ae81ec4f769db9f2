"""Neutral doors for numbers: buying them, holding them, porting them in. Numbers are E.164, money is Decimal in `currency`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from apps.vendors.core.client import Confirmation
from apps.vendors.core.params import Upload

LOCAL, TOLL_FREE = "local", "tollfree"
ACTIVE, INACTIVE, CANCELLED = "active", "inactive", "cancelled"


@dataclass(frozen=True, slots=True)
class RateCentre:
    """An exchange with stock: `npa_nxx` is six digits, `name` the rate centre as the carrier writes it."""

    npa_nxx: str
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class StockQuery:
    """What is wanted. `area` is a state ("WA"); `prefix` a toll-free one ("866"); `number` one E.164 number."""

    kind: str = LOCAL
    area: str = ""
    npa_nxx: str = ""
    city: str = ""
    number: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class StockNumber:
    """A number for sale; `status` is the carrier's own code."""

    number: str
    kind: str
    status: str = ""
    rate_centre: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Numbers now held in the account's cart."""

    reservation_id: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did, number by number."""

    removed: tuple[str, ...]
    not_available: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberOrder:
    """An order and its price. `amount` is the order's total as the carrier states it; `status` is the carrier's raw code."""

    order_id: str
    placed_at: datetime | None
    amount: Decimal | None
    per_order_cost: Decimal | None
    taxes: Decimal | None
    other_charges: Decimal | None
    discount: Decimal | None
    trunk_group_id: str
    order_type: str
    kind: str
    did_type: str
    status: str
    numbers: tuple[str, ...]
    currency: str = "USD"
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class NumberMarket(Protocol):
    """Where is stock, reserve, release, order, pay."""

    def areas(self) -> list[str]:
        """Return the states that have stock."""
        ...

    def rate_centres(self, area: str) -> list[RateCentre]:
        """Return the exchanges of a state that have stock."""
        ...

    def search(self, query: StockQuery) -> list[StockNumber]:
        """Return the numbers for sale; empty when there are none."""
        ...

    def reserve(self, number: str, query: StockQuery) -> Reservation:
        """Put one number into the account's cart; Rejected when it is gone."""
        ...

    def reserve_many(self, query: StockQuery, quantity: int) -> Reservation:
        """Put up to `quantity` (1 to 1000) numbers into the cart, ascending; fewer when the stock is short."""
        ...

    def release(self, reservation_id: str, numbers: list[str], confirmation: Confirmation) -> Released:
        """Take exactly these numbers out of the cart; ValueError for an empty list, which would empty the whole cart."""
        ...

    def order(self, reservation_id: str, trunk_group_id: str) -> NumberOrder:
        """Turn the account's whole cart into an order; spends nothing."""
        ...

    def process(self, order_id: str, confirmation: Confirmation) -> str:
        """Debit the balance and allocate the order's numbers; return the carrier's words."""
        ...

    def orders(self, order_id: str = "") -> list[NumberOrder]:
        """Return the account's orders, or the one asked for (empty when the carrier does not know it)."""
        ...


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number the account has. `status` is active, inactive, cancelled or the vendor's raw code."""

    number: str
    kind: str
    status: str
    trunk_group: str = ""
    trunk_group_backup: str = ""
    did_type: str = ""
    order_type: str = ""
    monthly_rate: Decimal | None = None
    currency: str = "USD"
    cnam: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class NumberInventory(Protocol):
    """The numbers an account has."""

    def list(self, *, kind: str = "", status: str = "", trunk_group_id: str = "", order_id: str = "") -> Sequence[OwnedNumber]:
        """Return the account's numbers, filtered by the vendor."""
        ...

    def change(self, numbers: Sequence[str], *, trunk_group_id: str = "", status: str = "") -> str:
        """Point numbers at a trunk group, or make them active or inactive; return the vendor's words."""
        ...

    def cancel(self, numbers: Sequence[str], confirmation: Confirmation) -> str:
        """Give numbers back to the vendor; one-way."""
        ...


@dataclass(frozen=True, slots=True)
class Portability:
    """Which numbers can be ported in."""

    accepted: tuple[str, ...]
    rejected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PortRequest:
    """A port-in order. `papers` is the signed LOA, `bill` the losing carrier's; several of either go as one ZIP."""

    numbers: tuple[str, ...]
    kind: str
    subscriber_type: str
    authorizing_person: str
    papers: Upload
    bill: Upload
    foc_date: datetime | None = None
    wireless_account: str = field(default="", repr=False)
    wireless_pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PortOrder:
    """A port-in order as the carrier holds it."""

    order_id: str
    placed_at: datetime | None
    status: str
    numbers: tuple[str, ...]
    amount: Decimal | None = None
    currency: str = "USD"
    kind: str = LOCAL
    requested_foc: datetime | None = None
    actual_foc: datetime | None = None
    billing_number: str = ""
    authorizing_person: str = ""
    losing_carrier: str = ""
    changed_at: datetime | None = None
    papers_link: str = ""
    bill_link: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Porting(Protocol):
    """Porting numbers in (LNP)."""

    def check(self, numbers: list[str]) -> Portability:
        """Ask which numbers can be ported in."""
        ...

    def order(self, request: PortRequest, confirmation: Confirmation) -> PortOrder:
        """Place the order for the portable ones; `numbers` of the result are those accepted."""
        ...

    def orders(self, order_id: str = "") -> list[PortOrder]:
        """Return the account's port orders, or the one asked for."""
        ...
