"""Parameters of operations: one declaration gives validation, the wire form, the console's form field and redaction.

`clean` turns what a person or a caller gives into the neutral value, `encode` turns that into the vendor's spelling. Both are
plain functions, so a vendor with its own spelling (a date as `Feb-01-2009`) passes its own.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from apps.vendors.core import values
from apps.vendors.core.filetypes import is_what_it_says

Clean = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send: its name, content and media type."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: our name, the vendor's (`wire`), and what it accepts.

    `type` is the word shown in listings and the choice of form field; `many` takes a list, joined by `joiner` on the wire.
    `also` are other names it is accepted under: those of a document whose server calls it differently. `customer` says that
    it names the vendor's customer that the call is limited to.
    """

    name: str
    type: str
    clean: Clean
    encode: Callable[[Any], Any] = str
    wire: str = ""
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    secret: bool = False
    help: str = ""
    many: bool = False
    joiner: str | None = ","
    minimum: int | None = None
    maximum: int | None = None
    also: tuple[str, ...] = ()
    customer: bool = False

    def __post_init__(self) -> None:
        if not self.wire:
            object.__setattr__(self, "wire", self.name)

    def cleaned(self, value: Any) -> Any:
        """Return the neutral value; ValueError says what is accepted."""
        if not self.many:
            return self.clean(value)
        parts = value.replace("\n", ",").split(",") if isinstance(value, str) else list(value)
        kept = [part for part in parts if not (isinstance(part, str) and not part.strip())]
        faults, cleaned = [], []
        for part in kept:
            try:
                cleaned.append(self.clean(part))
            except ValueError as error:
                faults.append(f"{part}: {error}")
        if faults:
            raise ValueError("; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else ""))
        return cleaned

    def encoded(self, value: Any) -> Any:
        """Return the wire form of a neutral value."""
        if not self.many:
            return self.encode(value)
        parts = [self.encode(part) for part in value]
        return parts if self.joiner is None else self.joiner.join(parts)

    def describe(self) -> dict[str, Any]:
        """Return the record's JSON form (design: `manage.py vendor operations`)."""
        return {
            "name": self.name,
            "wire": self.wire,
            "type": self.type,
            "required": self.required,
            "choices": dict(self.choices),
            "default": self.default,
            "secret": self.secret,
            "help": self.help,
        }


def text(name: str, *, pattern: str = "", hint: str = "", maximum: int | None = None, **options: Any) -> Param:
    """Any text; `pattern` (whole match) with `hint` for people, `maximum` characters."""
    shape = re.compile(pattern) if pattern else None

    def clean(value: Any) -> str:
        if isinstance(value, (dict, list, bytes)):
            raise ValueError("give text")
        cleaned = str(value).strip()
        if maximum is not None and len(cleaned) > maximum:
            raise ValueError(f"at most {maximum} characters; this has {len(cleaned)}")
        if shape is not None and not shape.fullmatch(cleaned):
            raise ValueError(hint or f"must match {pattern}")
        return cleaned

    return Param(name, "text", clean, maximum=maximum, **options)


def secret(name: str, **options: Any) -> Param:
    """Text that is never shown, logged or echoed."""
    return text(name, secret=True, **options)


def integer(name: str, *, minimum: int | None = None, maximum: int | None = None, **options: Any) -> Param:
    """A whole number within bounds."""

    def clean(value: Any) -> int:
        try:
            number = int(str(value).strip())
        except ValueError:
            raise ValueError(f"give a whole number{_bounds(minimum, maximum)}") from None
        if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
            raise ValueError(f"give a whole number{_bounds(minimum, maximum)}")
        return number

    return Param(name, "integer", clean, minimum=minimum, maximum=maximum, **options)


def _bounds(minimum: int | None, maximum: int | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f" of {minimum} or more"
    return f" of at most {maximum}" if maximum is not None else ""


def decimal(name: str, **options: Any) -> Param:
    """An exact decimal number."""
    return Param(name, "decimal", values.to_decimal, **options)


def code(name: str, digits: str, **options: Any) -> Param:
    """A code of digits that may begin with 0; `digits` is how many: "6" or "4-6"."""
    low, _, high = digits.partition("-")
    words = f"{low} digits" if not high else f"{low} to {high} digits"
    return text(name, pattern=rf"\d{{{low},{high or low}}}", hint=f"give {words}", **options)


def boolean(name: str, *, true: str = "1", false: str = "0", **options: Any) -> Param:
    """Yes or no, in the vendor's two spellings."""
    return Param(name, "boolean", values.to_bool, encode=lambda value: true if value else false, **options)


def choice(name: str, choices: Mapping[str, str], **options: Any) -> Param:
    """One of `choices` (wire value → label); given in any case, or by its label."""
    by_fold = {label.casefold(): value for value, label in choices.items()}
    by_fold |= {value.casefold(): value for value in choices}
    accepted = ", ".join(f"{value} ({label})" if label != value else value for value, label in choices.items())

    def clean(value: Any) -> str:
        try:
            return by_fold[str(value).strip().casefold()]
        except KeyError:
            raise ValueError(f"choose one of: {accepted}") from None

    return Param(name, "choice", clean, choices=choices, **options)


def day(name: str, **options: Any) -> Param:
    """A calendar day, `YYYY-MM-DD` unless the vendor passes its own `encode`."""
    return Param(name, "date", values.to_day, **options)


def moment(name: str, *, form: str = "%Y-%m-%d %H:%M:%S", **options: Any) -> Param:
    """A moment, sent in UTC as `form`."""

    def encode(value: Any) -> str:
        return value.astimezone(values.UTC).strftime(form)

    return Param(name, "datetime", values.to_moment, encode=encode, **options)


def phone(name: str, *, digits: int = 10, **options: Any) -> Param:
    """A North American number, E.164 for us, 10 or 11 digits on the wire."""

    def clean(value: Any) -> str:
        number = values.to_e164(value)
        values.national(number)
        return number

    def encode(value: str) -> str:
        return value[2:] if digits == 10 else value[1:]

    return Param(name, "phones" if options.get("many") else "phone", clean, encode=encode, **options)


def phones(name: str, *, digits: int = 10, **options: Any) -> Param:
    """Several North American numbers, comma-joined on the wire."""
    return phone(name, digits=digits, many=True, **options)


def ip(name: str, **options: Any) -> Param:
    """An IPv4 or IPv6 address."""

    def clean(value: Any) -> str:
        try:
            return str(ipaddress.ip_address(str(value).strip()))
        except ValueError:
            raise ValueError("give an IP address, like 203.0.113.10") from None

    return Param(name, "ip", clean, **options)


def file(name: str, *, types: tuple[str, ...] = (), megabytes: int = 10, **options: Any) -> Param:
    """A file to upload; `types` are the accepted name endings, and what is in it must be what its ending says."""

    def clean(value: Any) -> Upload:
        if not isinstance(value, Upload):
            raise ValueError("attach a file")
        ending = PurePath(value.name).suffix.lower().lstrip(".")
        if types and ending not in types:
            raise ValueError(f"attach a file of type {', '.join(types)}")
        if not value.content:
            raise ValueError("the file is empty")
        if len(value.content) > megabytes * 1024 * 1024:
            raise ValueError(f"at most {megabytes} MB")
        if types and not is_what_it_says(ending, value.content):
            raise ValueError(f"what is in this file is not {ending.upper()}, whatever its name says")
        return value

    return Param(name, "file", clean, encode=lambda upload: upload, **options)
