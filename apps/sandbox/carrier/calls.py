"""How an operation of this carrier is written: a function from a `Context` to the fields of the reply.

It raises `Refused` to answer no. The envelope around the fields is made in one place, here.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import FileStorage

from apps.sandbox.core import Reply
from apps.sandbox.core.faults import Played

from .accounts import Account
from .carrier import Carrier

TIME = "%Y-%m-%d %H:%M:%S"
# A list of numbers as the document's samples write it, in braces: no JSON. `lnp` asks for it by this object.
_BRACED = re.compile(r'\{"braced": \[([^\]]*)\]\}')


class Refused(Exception):
    """The carrier says no. With a parameter's name the text is the documented one."""

    def __init__(self, parameter: str = "", *, text: str = "", status: int = 404) -> None:
        self.text = text or f"Invalid {parameter}"
        self.status = status
        super().__init__(self.text)


class Params(dict[str, str]):
    """The parameters of one request. Each reader raises `Refused` with the parameter's name on a bad value."""

    def text(self, name: str, *, required: bool = False) -> str:
        value = self.get(name, "").strip()
        if required and not value:
            raise Refused(name)
        return value

    def digits(self, name: str, low: int, high: int = 0, *, required: bool = False) -> str:
        """A value of low to high digits (exactly low without high)."""
        value = self.text(name, required=required)
        if value and not (value.isascii() and value.isdecimal() and low <= len(value) <= (high or low)):
            raise Refused(name)
        return value

    def choice(self, name: str, choices: tuple[str, ...], *, required: bool = False) -> str:
        """One of the choices, in whatever case it came, spelled as in `choices`."""
        value = self.text(name, required=required)
        spelled = {choice.lower(): choice for choice in choices}
        if value and value.lower() not in spelled:
            raise Refused(name)
        return spelled.get(value.lower(), "")

    def whole(self, name: str, low: int, high: int) -> int:
        value = self.text(name, required=True)
        if not (value.isascii() and value.isdecimal() and low <= int(value) <= high):
            raise Refused(name)
        return int(value)

    def ip(self, name: str, *, required: bool = False) -> str:
        value = self.text(name, required=required)
        try:
            return str(ipaddress.ip_address(value)) if value else ""
        except ValueError:
            raise Refused(name) from None

    def day(self, name: str) -> date | None:
        """A date, with or without a time after it."""
        value = self.text(name)
        try:
            return datetime.fromisoformat(value).date() if value else None
        except ValueError:
            raise Refused(name) from None

    def numbers(self, name: str, length: int) -> list[str]:
        """Comma-separated numbers of `length` digits, in the order given, without repeats; at least one."""
        parts = [part.strip() for part in self.text(name, required=True).split(",")]
        if not all(re.fullmatch(rf"[0-9]{{{length}}}", part) for part in parts):
            raise Refused(name)
        return list(dict.fromkeys(parts))


@dataclass
class Context:
    """All that an operation may look at: the carrier, the caller's account, what was sent, and the faults that hold."""

    carrier: Carrier
    account: Account
    params: Params
    files: Mapping[str, FileStorage]
    faults: Played
    root: str
    now: datetime

    @property
    def stamp(self) -> str:
        return self.now.strftime(TIME)


@dataclass(frozen=True)
class Operation:
    name: str
    run: Callable[[Context], dict[str, Any]]
    writes: bool
    methods: tuple[str, ...]


OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *, writes: bool = False, methods: tuple[str, ...] = ("GET", "POST")) -> Callable:
    """Register a function as the operation of that documented name."""

    def register(run: Callable[[Context], dict[str, Any]]) -> Callable[[Context], dict[str, Any]]:
        OPERATIONS[name] = Operation(name, run, writes, methods)
        return run

    return register


def success(fields: dict[str, Any], faults: Played) -> Reply:
    """The documented envelope: "status" first, as text, whatever the fields hold after it.

    An order's own "status" is one of its fields, so it comes as the second "status" of one object, as documented.
    """
    code = 201 if faults("created_201") else 200
    if faults("duplicate_status_off"):
        fields = {name: value for name, value in fields.items() if name != "status"}
    if faults("wrapped") and "data" not in fields:
        fields = {"data": fields}
    rest = _BRACED.sub(r"{\1}", json.dumps(fields)[1:])
    if faults("trailing_commas"):
        rest = f"{rest[:-1]},}}"
    return Reply(f'{{"status": "{code}"{", " if fields else ""}{rest}'.encode(), code)


def refusal(refused: Refused, faults: Played) -> Reply:
    """The documented refusal; with `http200_errors` the status is in the body alone, as a client once saw it."""
    body = {"status": str(refused.status), "error": refused.text}
    return Reply.json(body, 200 if faults("http200_errors") else refused.status)


def joined(numbers: list[str], faults: Played) -> list[str]:
    """Numbers as this carrier lists them: one text in a list, a blank on both sides of each comma."""
    return list(numbers) if faults("separate_numbers") else [" , ".join(numbers)]
