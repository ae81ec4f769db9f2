"""Neutral doors for reports: call records and traffic figures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from apps.vendors.core.client import Download


@dataclass(frozen=True, slots=True)
class DailyFiles:
    """A day's call records as CSV links: calls that were completed, and calls that failed."""

    day: date
    completed_link: str
    failed_link: str


@dataclass(frozen=True, slots=True)
class TrafficFigures:
    """Counts of one subject (a number or trunk group) over a period.

    `acd` is the average call duration in seconds as the vendor states it, `asr` the answer-seizure ratio in percent, `minutes`
    minutes of use, `peak` the most calls at once. None where the vendor says nothing.
    """

    subject: str
    processed: int | None
    completed: int | None
    acd: Decimal | None
    asr: Decimal | None
    minutes: Decimal | None
    peak: int | None
    month: date | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TrafficCounters:
    """What a system has counted up to this moment; None where it says nothing.

    `subject` is a queue by its ref, the customer, or "" for the whole system. `calls` and `channels` are those now, the others
    are the day's: `last_hour` and `today` calls that began, `answered` and `abandoned` of them.
    """

    subject: str
    kind: str = "system"  # or "tenant", "queue"
    name: str = ""
    calls: int | None = None
    channels: int | None = None
    last_hour: int | None = None
    today: int | None = None
    answered: int | None = None
    abandoned: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Traffic(Protocol):
    """Traffic of numbers, trunk groups and months, and what is counted at the moment."""

    def counters(self, tenant: str) -> list[TrafficCounters]:
        """Return what is counted at this moment for the customer, or for the whole system when none is named."""
        ...

    def numbers(self, numbers: list[str]) -> list[TrafficFigures]:
        """Return the figures of these numbers."""
        ...

    def trunk_groups(self, trunk_group_ids: list[str], *, direction: str = "origination") -> list[TrafficFigures]:
        """Return the figures of these trunk groups."""
        ...

    def months(self, year: int, month: int | None = None, *, direction: str = "origination") -> list[TrafficFigures]:
        """Return the monthly figures of a year, or of one month."""
        ...


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call that ended, or one leg of it. `call_ref` groups legs; times are aware, durations in seconds."""

    ref: str
    call_ref: str
    started_at: datetime
    source: str
    destination: str
    duration: int
    billed: int | None = None
    disposition: str = ""
    direction: str = ""
    tenant: str = ""
    trunk: str = ""
    cost: Decimal | None = None
    currency: str = "USD"
    recording_ref: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class CallRecords(Protocol):
    """Call records, as rows or as daily files.

    As rows where the vendor has a call for them, as daily CSV files where it has those.
    """

    def between(self, tenant: str, first: datetime, last: datetime) -> Iterator[CallRecord]:
        """Yield the records that began in [first, last), page by page, without doubles."""
        ...

    def days(self, first: date | None = None, last: date | None = None, *, direction: str = "origination") -> list[DailyFiles]:
        """Return the days there are files for."""
        ...

    def fetch(self, link: str) -> Download:
        """Fetch one of the files."""
        ...


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """What a system says of itself; None where it says nothing."""

    version: str = ""
    edition: str = ""
    licence_days: int | None = None
    registered: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Health(Protocol):
    """Health and licence of a system."""

    def read(self) -> SystemHealth:
        """Return how the system does."""
        ...
