"""What the carrier holds for each account. Money is in cents, times are text as on the wire: all of it JSON-able."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from apps.sandbox.core.numbering import is_toll_free

# Raw status values. The document explains those of numbers alone.
INACTIVE, ACTIVE, CANCELLED = "0", "1", "2"
ORDER_GENERATED, ORDER_PROCESSED = "1", "2"


def money(cents: int) -> str:
    """XX.XX, as everywhere on this carrier's wire."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def cents(text: str) -> int:
    """Cents of a decimal text. Raises ArithmeticError when it is none."""
    return int((Decimal(text) * 100).to_integral_value())


@dataclass(slots=True)
class TrunkGroup:
    """An origination trunk group: where calls to numbers are sent."""

    id: str
    title: str
    primary_ip: str
    date: str
    primary_port: str = "5060"
    primary_prefix: str = ""
    secondary_ip: str = ""
    secondary_port: str = ""
    secondary_prefix: str = ""
    billing_type: str = "Metered"
    sessions: str = "0"
    mou: str = ""
    call_forwarding: str = ""
    status: str = ACTIVE


@dataclass(slots=True)
class TerminationTrunk:
    id: str
    title: str
    ip: str
    ports: str
    cps: str = ""
    status: str = ACTIVE


@dataclass(slots=True)
class Owned:
    """A number of the account."""

    number: str
    trunk_id: str
    rate: int
    did_type: str
    order_type: str
    orderno: str
    since: str
    status: str = ACTIVE
    cnam: str = ""

    @property
    def toll_free(self) -> bool:
        return is_toll_free(self.number)


@dataclass(slots=True)
class Order:
    """An order of new numbers, or (order_type Portin, with `port` filled) of numbers to port in."""

    orderno: str
    date: str
    amount: int
    per_order_cost: int
    taxes: int
    other_charges: int
    discount: int
    tg_id: str
    category: str
    did_type: str
    sessions: str
    rate: int
    numbers: list[str]
    order_type: str = "New"
    status: str = ORDER_GENERATED
    port: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LedgerEntry:
    """`reference` ties a line to its order for tests; the wire does not show it."""

    date: str
    activity: str
    debit: int
    credit: int
    balance: int
    reference: str = ""


@dataclass(slots=True)
class Payment:
    date: str
    referenceno: str
    funded: int
    charges: int
    method: str
    status: str = "1"


@dataclass
class Account:
    """One customer of the carrier. The cart belongs to the account, not to whoever fills it."""

    accountno: str
    name: str
    reserve_id: str
    cart: list[str] = field(default_factory=list)
    trunks: dict[str, TrunkGroup] = field(default_factory=dict)
    terminations: dict[str, TerminationTrunk] = field(default_factory=dict)
    numbers: dict[str, Owned] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    port_orders: dict[str, Order] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)

    @property
    def balance_cents(self) -> int:
        return self.ledger[-1].balance if self.ledger else 0

    @property
    def balance(self) -> Decimal:
        return Decimal(self.balance_cents) / 100

    @property
    def debits(self) -> list[LedgerEntry]:
        """The ledger lines of orders, oldest first."""
        return [line for line in self.ledger if line.debit and line.activity.startswith("Order")]

    def debits_of(self, orderno: str) -> list[LedgerEntry]:
        return [line for line in self.ledger if line.debit and line.reference == orderno]

    def book(self, date: str, activity: str, *, debit: int = 0, credit: int = 0, reference: str = "") -> None:
        """Add a ledger line; the balance follows."""
        balance = self.balance_cents - debit + credit
        self.ledger.append(LedgerEntry(date, activity, debit, credit, balance, reference))

    def held(self) -> Iterator[str]:
        """Every number that is off sale because of this account."""
        yield from self.cart
        for order in self.orders.values():
            yield from order.numbers
        yield from self.numbers

    def dump(self) -> dict[str, Any]:
        """JSON-able: rows as lists, in the order of their class's fields."""
        return {
            "accountno": self.accountno,
            "name": self.name,
            "reserve_id": self.reserve_id,
            "cart": list(self.cart),
            **{key: [_row(item) for item in _items(getattr(self, key))] for key in _ROW_TYPES},
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Account":
        account = cls(data["accountno"], data["name"], data["reserve_id"], list(data["cart"]))
        for key, (row_type, name) in _ROW_TYPES.items():
            rows = [row_type(*row) for row in data[key]]
            setattr(account, key, {getattr(row, name): row for row in rows} if name else rows)
        return account


# Attribute -> class of its rows, and the field that is the key of its dict (none: it is a list).
_ROW_TYPES: dict[str, tuple[Any, str]] = {
    "trunks": (TrunkGroup, "id"),
    "terminations": (TerminationTrunk, "id"),
    "numbers": (Owned, "number"),
    "orders": (Order, "orderno"),
    "port_orders": (Order, "orderno"),
    "ledger": (LedgerEntry, ""),
    "payments": (Payment, ""),
}
_NAMES = {row_type: [f.name for f in fields(row_type)] for row_type, _ in _ROW_TYPES.values()}


def _items(rows: dict | list) -> Any:
    return list(rows.values()) if isinstance(rows, dict) else list(rows)


def _row(item: Any) -> list:
    return [getattr(item, name) for name in _NAMES[type(item)]]
