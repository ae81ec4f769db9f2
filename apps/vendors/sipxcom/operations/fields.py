"""Parameters, reply fields and record helpers that many of sipXcom's operations share."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from apps.vendors.core import params, replies
from apps.vendors.core.errors import VendorError
from apps.vendors.core.operation import Checked, Effect, Operation, Rule, together
from apps.vendors.core.params import Param
from apps.vendors.core.redact import Hidden
from apps.vendors.core.replies import Convert, Reading, Shape
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import ACTING_PASSWORD, ACTING_USER, Body, Wire

Refusals = Mapping[int | str, tuple[type[VendorError], str]]
REST, API = "/rest", "/api"
DONE = replies.obj(required=("done",))
WRITTEN = replies.obj(required=("code",))
MADE = replies.obj(required=("id",))  # the id of what was made
# What stands in a setting whose path ends so is a credential, and the server hands it out in clear.
SECRET_SETTING = Hidden(
    ("path", "settingPath", "setting_path"),
    re.compile(r"(?i)(?:pass(?:word|wd|phrase)?|secret|pin|token|credential|private-?key|api-?key|community)[^/]*\Z"),
    frozenset({"value", "defaultvalue"}),
)
ACTING = (
    params.text(ACTING_USER, help="Act as this user; the connection's own user unless given."),
    params.secret(ACTING_PASSWORD, help="That user's password."),
)


def record(
    name: str,
    documented: str,
    title: str,
    effect: Effect,
    *parameters: Param,
    area: str,
    source: str,
    base: str = "",
    at: str = "",
    query: tuple[str, ...] = (),
    body: Body | None = None,
    read: readers.Read = readers.decoded,
    accept: str = "",
    keep: tuple[str, ...] = (),
    returns: Shape | None = None,
    acting: bool = False,
    rules: tuple[Rule, ...] = (),
    refusals: Refusals | None = None,
    **options: Any,
) -> Operation:
    """Declare an operation.

    `documented` is verb and path as the document has them; `base` the prefix it drops; `at` the server's path (with its verb,
    if that differs too); `acting`: it is about the signed-in user, who may be another than the connection's.
    """
    options.setdefault("checked", Checked.SOURCE)
    method, path = (at or f"{base}{documented.partition(' ')[2]}").rpartition(" ")[::2]
    method = method or documented.partition(" ")[0]
    return Operation(
        name=name,
        title=title,
        area=area,
        effect=effect,
        wire=Wire(method, path, read, query, body, accept or _accepted(path, read), keep, refusals or {}),
        returns=returns or (DONE if read is readers.nothing else replies.value()),
        source=f"sipxcom: {source}",
        documented_as=(documented,),
        params=(*parameters, *(ACTING if acting else ())),
        rules=(*rules, *((together(ACTING_USER, ACTING_PASSWORD),) if acting else ())),
        **options,
    )


def _accepted(path: str, read: readers.Read) -> str:
    """/api is asked for JSON where it has data; files and /rest, whose routes offer this or that, for anything."""
    return "application/json" if path.startswith(API) and read in {readers.decoded, readers.settings} else "*/*"


# Parameters. Values for JSON and XML bodies stay what they are; addresses get text.


def text(name: str, help: str = "", **options: Any) -> Param:
    return params.text(name, help=help, **options)


def secret(name: str, help: str = "", **options: Any) -> Param:
    return params.secret(name, help=help, **options)


def count(name: str, help: str = "", *, minimum: int | None = 0, **options: Any) -> Param:
    return params.integer(name, help=help, minimum=minimum, encode=int, **options)


def flag(name: str, help: str = "", **options: Any) -> Param:
    return replace(params.boolean(name, help=help, **options), encode=bool)


def choice(name: str, accepted: str, help: str = "", **options: Any) -> Param:
    """One of the words in `accepted`, parted by |."""
    return params.choice(name, {word: word for word in accepted.split("|")}, help=help, **options)


def names(name: str, help: str = "", *, each_as: Callable[[str], Any] = str, joined: bool = False, **options: Any) -> Param:
    """A list of texts, each made into what the body wants (`each_as`), or joined by commas."""

    def clean(value: Any) -> list[str]:
        parts = value.replace("\n", ",").split(",") if isinstance(value, str) else list(value)
        return [part for part in (str(part).strip() for part in parts) if part]

    def encode(value: Sequence[str]) -> Any:
        return ",".join(value) if joined else [each_as(part) for part in value]

    options.setdefault("encode", encode)
    return Param(name, "list", clean, help=help or "Several, parted by commas.", **options)


def segment(name: str, help: str = "", **options: Any) -> Param:
    """A part of an address on a server that decodes percent signs."""
    usual = {"required": True, "encode": quoted, "pattern": r"(?!\.{1,2}\Z)[^/]+", "hint": "no slashes, and not . or .."}
    return params.text(name, help=help, **{**usual, **options})


def quoted(value: str) -> str:
    return quote(value, safe="")


def plain(name: str, help: str = "", **options: Any) -> Param:
    """A part of an address on /rest, which does not decode percent signs: what needs one cannot be addressed."""
    options.setdefault("required", True)
    return params.text(
        name,
        pattern=r"(?!\.{1,2}\Z)[A-Za-z0-9._~!$'()*,:@+-]+",
        hint="sipXcom cannot be asked for a name with spaces, slashes or other signs that an address must encode",
        help=help,
        **options,
    )


def number(name: str, help: str = "", **options: Any) -> Param:
    """An internal id in an address."""
    options.setdefault("required", True)
    return params.text(name, pattern=r"-?\d{1,10}", hint="give the server's id: digits only", help=help, **options)


def tree_path(name: str = "setting_path", wire: str = "settingPath", **options: Any) -> Param:
    """The path of a setting: names parted by slashes."""
    return params.text(
        name,
        wire=wire,
        required=True,
        pattern=r"(?:(?!\.{1,2}(?:/|\Z))[^/]+)(?:/(?!\.{1,2}(?:/|\Z))[^/]+)*",
        hint="names parted by single slashes, like limits/max-hops",
        encode=lambda value: quote(value, safe="/"),
        help="Path of the setting, parted by slashes.",
        **options,
    )


def nested(name: str, *members: Param, help: str = "", **options: Any) -> Param:
    """An object made of `members`, given as one or as its JSON text."""

    def clean(value: Any) -> dict[str, Any]:
        given = _loaded(value)
        if not isinstance(given, Mapping):
            raise ValueError("give an object with: " + ", ".join(member.wire for member in members))
        return _cleaned(given, members)

    options.setdefault("encode", lambda value: _encoded(value, members))
    return Param(name, "object", clean, help=help or _listing(members), **options)


def rows_of(name: str, *members: Param, help: str = "", **options: Any) -> Param:
    """A list of objects made of `members`, given as one or as its JSON text."""

    def clean(value: Any) -> list[dict[str, Any]]:
        given = _loaded(value)
        given = [given] if isinstance(given, Mapping) else given
        if not isinstance(given, Sequence) or not all(isinstance(row, Mapping) for row in given):
            raise ValueError("give a list of objects with: " + ", ".join(member.wire for member in members))
        return [_cleaned(row, members) for row in given]

    options.setdefault("encode", lambda value: [_encoded(row, members) for row in value])
    return Param(name, "list", clean, help=f"{help} A list of objects. {_listing(members)}".strip(), **options)


def _loaded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("give JSON") from None


def _cleaned(given: Mapping[str, Any], members: Sequence[Param]) -> dict[str, Any]:
    """Values by the members' names; ValueError with every fault at once."""
    known = {name: member for member in members for name in (member.name, member.wire, *member.also)}
    cleaned: dict[str, Any] = {}
    faults = [f"{name}: no such field" for name in given if name not in known]
    for name, value in given.items():
        if name in known and value is not None:
            try:
                cleaned[known[name].name] = known[name].cleaned(value)
            except ValueError as error:
                faults.append(f"{name}: {error}")
    faults += [f"{member.wire}: is required" for member in members if member.required and member.name not in cleaned]
    if faults:
        raise ValueError("; ".join(faults))
    return cleaned


def _encoded(value: Mapping[str, Any], members: Sequence[Param]) -> dict[str, Any]:
    return {member.wire: member.encoded(value[member.name]) for member in members if member.name in value}


def _listing(members: Sequence[Param]) -> str:
    return "Fields: " + ", ".join(f"{member.wire}{' (required)' if member.required else ''}" for member in members) + "."


# Reply fields.


def within(**fields: Convert) -> Convert:
    """An object inside a reply, its fields converted; None or an empty element is {}."""

    def convert(value: Any, reading: Reading) -> Any:
        if value in (None, ""):
            return {}
        if not isinstance(value, Mapping):
            raise ValueError("an object is due")
        return {name: fields[name](item, reading) if name in fields else item for name, item in value.items()}

    return convert


def each(**fields: Convert) -> Convert:
    """A list of objects inside a reply; None or an empty element is []."""
    one = within(**fields)

    def convert(value: Any, reading: Reading) -> Any:
        if value in (None, ""):
            return []
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list):
            raise ValueError("a list is due")
        return [one(item, reading) for item in value]

    return convert


def epoch(value: Any, _: Reading) -> datetime | None:
    """Milliseconds since 1970 as an aware moment; None and 0 are no moment."""
    return datetime.fromtimestamp(int(value) / 1000, UTC) if value not in (None, "", 0, "0") else None


def texts_in(value: Any, _: Reading) -> list[str]:
    """A list of texts, however nested."""
    return list(replies.flatten(value))


PAGE = within(
    totalResults=replies.integer, currentPage=replies.integer, totalPages=replies.integer, resultsPerPage=replies.integer
)


def listed(at: str, *, secrets: tuple[str, ...] = (), **fields: Convert) -> Shape:
    """A list of /rest with its `metadata` (page, pages, total)."""
    return replies.obj(required=("metadata", at), secrets=secrets, metadata=PAGE, **{at: each(**fields)})


def paging(sorted_by: str) -> tuple[Param, ...]:
    """Pages and order of a list of /rest: both of a pair or none; the whole list unless paged."""
    return (
        params.integer("page", minimum=1, help="From 1; a page behind the end is answered with the last one."),
        params.integer("page_size", wire="pagesize", minimum=1, help="Rows a page."),
        choice("sort_by", sorted_by, wire="sortby"),
        choice("sort_direction", "forward|reverse", wire="sortdir"),
    )


PAGED = (together("page", "page_size"), together("sort_by", "sort_direction"))
PAGE_QUERY = ("page", "pagesize", "sortby", "sortdir")
