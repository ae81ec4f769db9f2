"""How an operation of this PBX is written: a function from a `Context` to the reply's data. It raises `Refused` to say no."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.sandbox.core.faults import Played

from .pbx import Pbx, Row

MASTER = "1"


class Refused(Exception):
    """The PBX says no, in HTTP 200."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


@dataclass
class Context:
    """All that an operation may look at: the PBX, what was sent, and the faults that hold."""

    pbx: Pbx
    params: Mapping[str, str]
    lists: Mapping[str, list[str]]
    faults: Played
    now: datetime

    def text(self, name: str) -> str:
        return self.params.get(name, "").strip()

    def sent(self) -> Row:
        """Every parameter but the key, the action, the tenant and the id."""
        return {name: value for name, value in self.params.items() if name not in ("apikey", "action", "server", "id")}

    @property
    def tenant(self) -> str:
        """The tenant the call is about. In tenant mode 1 is the master and has no objects of its own."""
        server = self.text("server")
        if server == MASTER or server not in self.pbx.table("tenant"):
            raise Refused("Invalid Server ID is specified.")
        return server

    @property
    def tenant_or_all(self) -> str:
        return self.tenant if self.text("server") else ""

    def master(self) -> None:
        if self.text("server") != MASTER:
            raise Refused("In tenant mode, make sure server=1.")

    def row(self, kind: str, noun: str, ref: str = "") -> Row:
        """The row of that kind under the id that was sent, if it is the tenant's."""
        ref = ref or self.text("id")
        row = self.pbx.table(kind).get(ref)
        server = self.text("server")
        if row is None or (server not in ("", MASTER) and row.get("server", server) != server):
            raise Refused(f"{noun} with ID '{ref}' not found.")
        return row

    def split(self, name: str, separator: str = ",") -> list[str]:
        """A list as it was sent; empty places stay."""
        value = self.text(name)
        return [part.strip() for part in value.split(separator)] if value else []

    def sized(self, *names: str) -> None:
        """Lists that describe rows together must be of one size."""
        if len({len(self.split(name)) for name in names}) > 1:
            raise Refused(f"Fields {', '.join(names[:-1])} and {names[-1]} must match in size")


@dataclass(frozen=True)
class Operation:
    name: str
    run: Callable[[Context], Any]
    writes: bool
    needs: tuple[str, ...]


OPERATIONS: dict[str, Operation] = {}
_DIGITS = {"id", "server", "tenant", "ua", "provider_id", "package", "country", "tenantid", "trunkid", "trunk_id"}


def operation(name: str, needs: str = "", *, writes: bool = False) -> Callable:
    """Register a function as the operation of that documented name; `needs` are required fields, in the document's order."""

    def register(run: Callable[[Context], Any]) -> Callable[[Context], Any]:
        OPERATIONS[name] = Operation(name, run, writes, tuple(needs.split()))
        return run

    return register


def checked(context: Context, needs: tuple[str, ...]) -> None:
    """Refuse what lacks a required field, or has letters where an id is due."""
    for name in needs:
        if name not in context.params and not any(sent.startswith(f"{name}[") for sent in context.params):
            raise Refused(f"Required field '{name}' is missing")
    for name in _DIGITS & context.params.keys():
        value = context.params[name]
        if value and not re.fullmatch(r"\d+", value):
            raise Refused(f"Required field '{name}={value}' contains invalid data (Regex: ^[0-9]+$)")


def number(ref: str) -> int | str:
    """An id as a number; which calls answer so, and which with text, is from the vendor's own checks."""
    return int(ref) if ref.isdecimal() else ref
