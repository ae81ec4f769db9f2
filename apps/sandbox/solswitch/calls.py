"""How an operation of this switch is written: a function from a `Context` to the reply's JSON. It raises `Refused`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.sandbox.core.faults import Played

from .switch import Row, Switch

ZONE = ZoneInfo("America/Toronto")
TIME = "%Y-%m-%d %H:%M:%S"
DEFAULT_CUSTOMER = "1"
NO_RECORDS = "No Records Found."


class Refused(Exception):
    """The switch says no, in HTTP 200."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class Context:
    """All that an operation may look at. `only` is the customer that the key is limited to, or ""."""

    switch: Switch
    params: Mapping[str, Any]
    faults: Played
    now: datetime
    root: str
    only: str = ""

    def text(self, name: str) -> str:
        return str(self.params.get(name, "")).strip()

    def needed(self, name: str, reason: str = "") -> str:
        if not self.text(name):
            raise Refused(reason or f"Missing required field {name}")
        return self.text(name)

    def customer(self, name: str = "Customer") -> str:
        """The customer the call is about; left out it is customer 1, as the document says."""
        wanted = self.text(name) or self.only or DEFAULT_CUSTOMER
        if not wanted.isdecimal() or int(wanted) < 1:
            raise Refused("Invalid Customer ID")
        if wanted not in self.switch.table("customer"):
            raise Refused("Unknown Customer ID")
        if self.only not in ("", wanted):
            raise Refused(f"No access to customer number {wanted}")
        return wanted

    def extension(self, customer: str) -> str:
        """The extension named, which must be the customer's."""
        number = self.text("Extension")
        if not number.isdecimal():
            raise Refused("Invalid Extension Number")
        if self.switch.table("extension").get(number, {}).get("CustID") != customer:
            raise Refused("Unknown Extension Number")
        return number

    def row(self, table: str, ref: str, reason: str = NO_RECORDS) -> Row:
        found = self.switch.table(table).get(ref)
        if found is None:
            raise Refused(reason)
        return found

    def span(self) -> tuple[datetime, datetime]:
        """DateStart and DateEnd, in the switch's zone; a day alone is the whole day."""
        if self.text("DateStart") and not self.text("DateEnd"):
            raise Refused("No matching end time")
        return self._moment("DateStart", "00:00:00"), self._moment("DateEnd", "23:59:59")

    def _moment(self, name: str, clock: str) -> datetime:
        text = self.needed(name)
        try:
            return datetime.strptime(text if " " in text else f"{text} {clock}", TIME).replace(tzinfo=ZONE)
        except ValueError:
            raise Refused("Invalid date format") from None

    @property
    def local(self) -> datetime:
        return self.now.astimezone(ZONE)


@dataclass(frozen=True)
class Operation:
    name: str
    run: Callable[[Context], Any]
    writes: bool


OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, writes: bool = False) -> Callable:
    """Register a function as the function of that documented name."""

    def register(run: Callable[[Context], Any]) -> Callable[[Context], Any]:
        OPERATIONS[name] = Operation(name, run, writes)
        return run

    return register


def digit_keys(rows: list[Row]) -> Row:
    """Rows as siblings of Status, which comes last."""
    return {**{str(index): row for index, row in enumerate(rows)}, "Status": "OK"}
