"""Neutral doors for money: balance, ledger, invoices, payments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from apps.vendors.core.client import Confirmation, Download


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A line of the account's ledger; `balance` is what was left after it."""

    at: datetime
    activity: str
    debit: Decimal
    credit: Decimal
    balance: Decimal
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice and the link to its PDF."""

    day: date
    link: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment into the account; `status` is the vendor's raw code."""

    at: datetime
    reference: str
    funded: Decimal | None
    charges: Decimal | None
    amount: Decimal | None
    method: str
    status: str
    currency: str = "USD"
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Billing(Protocol):
    """The account's money."""

    def balance(self) -> LedgerEntry | None:
        """Return the ledger's newest line, whose `balance` is what there is now; None for an account without any."""
        ...

    def ledger(self, activity: str = "") -> list[LedgerEntry]:
        """Return the ledger, newest first."""
        ...

    def invoices(self, first: date | None = None, last: date | None = None) -> list[Invoice]:
        """Return the invoices."""
        ...

    def payments(self, *, reference: str = "", method: str = "") -> list[Payment]:
        """Return payments into the account."""
        ...

    def fetch(self, link: str) -> Download:
        """Fetch an invoice."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a minute (or message) to a prefix, or of a month of a number."""

    prefix: str
    name: str
    per_minute: Decimal | None
    currency: str = "USD"
    plan: str = ""
    per_month: Decimal | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Rates(Protocol):
    """Price lists."""

    def list(self, plan: str = "") -> Sequence[Rate]:
        """Return the rates of a plan; of every plan that is known when none is named."""
        ...


@dataclass(frozen=True, slots=True)
class TenantBalance:
    """What a customer of a switch or PBX has left."""

    tenant: str
    amount: Decimal
    currency: str = "USD"


class TenantBalances(Protocol):
    """Balances that a switch or PBX keeps for its customers."""

    def read(self, tenant: str) -> TenantBalance:
        """Return what the customer has left."""
        ...


@dataclass(frozen=True, slots=True)
class ExtensionBalance:
    """What an extension has on its account, and what it may still spend with its credit limit."""

    extension: str
    balance: Decimal | None
    available: Decimal | None
    currency: str = "USD"
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ExtensionEntry:
    """A line of an extension's ledger; a debit is negative."""

    day: date
    amount: Decimal
    reference: str = ""
    notes: str = ""
    currency: str = "USD"
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class ExtensionBalances(Protocol):
    """Balances that a PBX keeps for each extension.

    `extension` is its id at the vendor.
    """

    def read(self, tenant: str, extension: str) -> ExtensionBalance:
        """Return what the extension has left."""
        ...

    def entries(self, tenant: str, extension: str, first: date, last: date) -> list[ExtensionEntry]:
        """Return the ledger of these days, newest first."""
        ...

    def book(
        self, tenant: str, extension: str, amount: Decimal, reference: str, notes: str, confirmation: Confirmation
    ) -> None:
        """Credit the account, or debit it with a negative amount."""
        ...
