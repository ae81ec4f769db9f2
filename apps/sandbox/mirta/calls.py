"""How an operation of this PBX is written: a function from a `Context` to its answer. It raises `Said` to answer otherwise."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import FileStorage

from apps.sandbox.core import Reply
from apps.sandbox.core.faults import Played

from .answers import Answer, Rows
from .pbx import Pbx, Row

ZONE = ZoneInfo("America/New_York")
TIME = "%Y-%m-%d %H:%M:%S"
TOO_BAD = "Too bad, you have mistaken the security api key."
ALL = "%"
# What comes with the address, and is no field of an object.
SELECTORS = {"key", "reqtype", "info", "action", "object", "subreqtype", "tenant", "format", "cache", "callback", "language"}

Result = Answer | Rows | Reply | str


class Said(Exception):
    """The PBX has only these words for it, in HTTP 200; most often none at all."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        super().__init__(text)


class TooBad(Said):
    """One sentence for a wrong key, an unknown or missing tenant, and a key without the right."""

    def __init__(self) -> None:
        super().__init__(TOO_BAD)


@dataclass(frozen=True)
class Key:
    """Whose key it is: `tenant` "" is the administrator's."""

    tenant: str = ""
    writes: bool = True


@dataclass
class Context:
    """All that an operation may look at: the PBX, what was sent, and the faults that hold. `tenant` "" means all tenants.

    `touched` notes that a read left something behind.
    """

    pbx: Pbx
    params: Mapping[str, str]
    files: Mapping[str, FileStorage]
    faults: Played
    now: datetime
    tenant: str = ""
    touched: bool = False

    def text(self, *names: str) -> str:
        """The first of these parameters that was sent."""
        return next((self.params[name].strip() for name in names if self.params.get(name, "").strip()), "")

    def row(self, kind: str, ref: str) -> Row:
        """The row of that id, if it is the tenant's; else nothing is said."""
        row = self.pbx.table(kind).get(ref)
        if row is None or self.tenant not in ("", row["_te"]):
            raise Said
        return row

    def found(self, kind: str, **wanted: str) -> tuple[str, Row]:
        """The tenant's row in which these fields stand; else nothing is said."""
        found = self.pbx.find(kind, self.tenant, **wanted)
        if found is None:
            raise Said
        return found

    def json(self, *names: str) -> Any:
        """A parameter that is JSON; what cannot be read is as good as missing."""
        try:
            return json.loads(self.text(*names))
        except ValueError:
            raise Said from None

    def span(self) -> tuple[datetime, datetime]:
        """`start` and `end`, in the server's zone; `end` is exclusive, so that a day alone ends as it begins.

        Without a start it is today; without an end, until now.
        """
        today = self.local.replace(hour=0, minute=0, second=0, microsecond=0)
        start = moment(self.text("start")) if self.text("start") else today.astimezone(UTC)
        return start, moment(self.text("end")) if self.text("end") else self.now + timedelta(seconds=1)

    @property
    def local(self) -> datetime:
        return self.now.astimezone(ZONE)


def moment(text: str) -> datetime:
    """A date, with or without a time, in the server's zone."""
    try:
        return datetime.strptime(text if " " in text else f"{text} 00:00:00", TIME).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        raise Said from None


def stamp(at: datetime) -> str:
    """A moment as the server writes it."""
    return at.astimezone(ZONE).strftime(TIME)


@dataclass(frozen=True)
class Operation:
    """`needs` are required fields, each with its alternatives; `missing` is what is said without one, `{0}` its name.

    `admin`: wants the administrator's key. `tenanted`: even that key must say which tenant. `stranger`: what is said when
    the tenant is missing or unknown.
    """

    name: str
    run: Callable[[Context], Result]
    needs: tuple[str, ...]
    admin: bool
    tenanted: bool
    writes: bool
    missing: str
    stranger: str


OPERATIONS: dict[str, Operation] = {}


def operation(
    name: str,
    needs: str = "",
    *,
    admin: bool = False,
    tenanted: bool = False,
    writes: bool = False,
    missing: str = "",
    stranger: str = TOO_BAD,
) -> Callable:
    """Register a function as the operation of that documented name."""

    def register(run: Callable[[Context], Result]) -> Callable[[Context], Result]:
        OPERATIONS[name] = Operation(name, run, tuple(needs.split()), admin, tenanted, writes, missing, stranger)
        return run

    return register


def checked(context: Context, asked: Operation) -> None:
    """Refuse what lacks a required field. A file counts as a field."""
    for need in asked.needs:
        names = need.split("/")
        if not context.text(*names) and not any(name in context.files for name in names):
            raise Said(asked.missing.format(names[0]))


def scoped(pbx: Pbx, key: Key, asked: Operation, wanted: str) -> str:
    """The id of the tenant that a call is about, "" for all. Raises TooBad when the key does not reach there."""
    if asked.writes and not key.writes or asked.admin and key.tenant:
        raise TooBad
    if wanted in ("", ALL) and not key.tenant and not asked.tenanted:
        return ""
    found = pbx.find("tenant", "", te_code=wanted)
    if found is None or key.tenant not in ("", found[0]):
        raise Said(asked.stranger)
    return found[0]
