"""Parameters, rules and reply fields that many of PBXware's operations share."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, Rule, equal_length, together
from apps.vendors.core.params import Param
from apps.vendors.core.replies import Shape
from apps.vendors.pbxware.codec import Wire

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YES_NO = {"yes": "Yes", "no": "No"}
WRITTEN: dict[str, Any] = {"id": replies.text, "ext": replies.text}


def record(
    name: str,
    documented: str,
    title: str,
    effect: Effect,
    *parameters: Param,
    area: str,
    source: str,
    returns: Shape | None = None,
    decode: Any = None,
    none_when: str = "",
    rules: tuple[Rule, ...] = (),
    secrets: tuple[str, ...] = (),
    **options: Any,
) -> Operation:
    """Declare an operation whose action is its documented name; a write answers with `success` unless said otherwise."""
    return Operation(
        name=name,
        title=title,
        area=area,
        effect=effect,
        wire=Wire(documented, decode, none_when),
        returns=returns or acknowledged(*secrets),
        source=f"pbxware: {source}",
        documented_as=(documented,),
        params=parameters,
        rules=rules,
        **options,
    )


def acknowledged(*secrets: str) -> Shape:
    """The answer to a write: its words, and the id as text (it comes as text or as a number)."""
    return replies.obj(required=("success",), secrets=secrets, success=replies.text, **WRITTEN)


def rows(*, secrets: tuple[str, ...] = (), **fields: Any) -> Shape:
    return replies.rows(secrets=secrets, **{"id": replies.text, **fields})


def texts_in(value: Any, _: replies.Reading) -> list[str]:
    """A list, or one text of parts joined by commas, as texts."""
    return list(replies.flatten(value))


def all_of(names: str, convert: replies.Convert) -> dict[str, Any]:
    """The same converter for several fields, parted by |."""
    return dict.fromkeys(names.split("|"), convert)


def identifier(name: str = "id", wire: str = "", **options: Any) -> Param:
    """An id the PBX gave out: digits, kept as text."""
    return params.text(name, wire=wire, pattern=r"\d{1,20}", hint="give the PBX's id: digits only", **options)


def server(*, required: bool = True, **options: Any) -> Param:
    """The tenant (or server) a call is about; 1 where the PBX does not run in tenant mode."""
    options.setdefault("help", "Id of the tenant; 1 without tenant mode.")
    options.setdefault("customer", True)
    return identifier("server", required=required, **options)


def server_one() -> Param:
    """For calls that want the master, whatever tenant they are about."""
    return identifier("server", required=True, help="Always 1.")


def extension(name: str = "ext", **options: Any) -> Param:
    return params.text(name, pattern=r"[0-9*#+]{1,20}", hint="give an extension number: digits", **options)


def flag(name: str, help: str = "", **options: Any) -> Param:
    """Yes=1, No=0."""
    return params.boolean(name, help=help, **options)


def word(name: str, help: str = "", **options: Any) -> Param:
    """Yes or no, sent as words."""
    return params.boolean(name, true="yes", false="no", help=help, **options)


def text(name: str, help: str = "", **options: Any) -> Param:
    return params.text(name, help=help, **options)


def count(name: str, help: str = "", *, minimum: int = 0, **options: Any) -> Param:
    return params.integer(name, minimum=minimum, help=help, **options)


def numbered(name: str, first: int, labels: Iterable[str], **options: Any) -> Param:
    """A choice coded by consecutive numbers."""
    return params.choice(name, {str(code): label for code, label in enumerate(labels, first)}, **options)


def words(name: str, choices: str, **options: Any) -> Param:
    """A choice among bare words, parted by | in `choices`."""
    return params.choice(name, {choice: choice for choice in choices.split("|")}, **options)


def items(name: str, *, wire: str = "", separator: str = ",", pattern: str = "", hint: str = "", **options: Any) -> Param:
    """An ordered list in which places may be empty, joined by `separator` on the wire."""
    shape = re.compile(pattern) if pattern else None

    def clean(value: Any) -> list[str]:
        parts = value.replace("\n", separator).split(separator) if isinstance(value, str) else list(value)
        cleaned = [str(part).strip() for part in parts]
        wrong = [part for part in cleaned if part and shape is not None and not shape.fullmatch(part)]
        if wrong:
            raise ValueError(f"{', '.join(wrong[:5])}: {hint}")
        if any(separator in part for part in cleaned):
            raise ValueError(f"no item may hold {separator!r}")
        return cleaned

    options.setdefault("help", f"Several, parted by {separator!r}.")
    return Param(name, "list", clean, encode=separator.join, wire=wire, **options)


def numbers(name: str, **options: Any) -> Param:
    """A list of extensions or numbers."""
    return items(name, pattern=r"[0-9*#+]{1,20}", hint="give numbers only", **options)


def choices(name: str, accepted: str, **options: Any) -> Param:
    """A list of words out of `accepted` (parted by |)."""
    pattern = "|".join(map(re.escape, accepted.split("|")))
    help = f"Several, parted by commas: {accepted.replace('|', ', ')}."
    return items(name, pattern=f"(?:{pattern})", hint=f"choose among {accepted.replace('|', ', ')}", help=help, **options)


def array(name: str, wire: str, *, separator: str = ";", pattern: str = "", hint: str = "", **options: Any) -> Param:
    """An ordered list sent as `name[]=…` once an item; several typed items are parted by `separator`."""
    options.setdefault("help", f"One for each row, parted by {separator!r}.")
    return replace(
        items(name, separator=separator, pattern=pattern, hint=hint, **options), wire=wire, encode=lambda value: list(value)
    )


def pbx_day(value: date) -> str:
    """A day as the PBX writes it: Feb-01-2009, whatever the locale."""
    return f"{_MONTHS[value.month - 1]}-{value.day:02d}-{value.year}"


def day(name: str, *, wire: str = "", **options: Any) -> Param:
    return params.day(name, wire=wire, encode=pbx_day, **options)


def clock(name: str, *, wire: str = "", **options: Any) -> Param:
    """A time of day as hh:mm:ss."""

    def clean(value: Any) -> str:
        try:
            return time.fromisoformat(str(value).strip()).strftime("%H:%M:%S")
        except ValueError:
            raise ValueError("give a time of day, like 23:59:59") from None

    return Param(name, "text", clean, wire=wire, **options)


def zone(name: str = "timezone") -> Param:
    return params.text(
        name,
        pattern=r"[A-Za-z]+(?:/[A-Za-z0-9_+\-]+)*",
        hint="give a time zone by its name, like America/New_York",
        help="The zone the search is made in, like America/New_York.",
    )


def starting(name: str, prefix: str, help: str, **options: Any) -> Param:
    """A sound file whose name begins with `prefix`."""
    return params.text(
        name,
        pattern=re.escape(prefix) + r".+",
        hint=f"give a file whose name begins with {prefix}",
        help=f"{help}; begins with {prefix}",
        **options,
    )


def optional(parameters: Iterable[Param]) -> tuple[Param, ...]:
    """The same parameters for an edit, where none is required."""
    return tuple(replace(param, required=False, default=None) for param in parameters)


def paired(*names: str) -> tuple[Rule, ...]:
    """Lists that describe rows together: all given or none, and of one size."""
    return (together(*names), equal_length(*names))
