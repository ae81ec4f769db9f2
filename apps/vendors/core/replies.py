"""How a decoded reply becomes a result: where its rows are, and which fields are numbers, money, times or phone numbers.

Fields named in a shape are converted; others pass untouched, so a vendor may add some. A wrong field is named with its path.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from apps.vendors.core import values
from apps.vendors.core.errors import UnreadableReply

Convert = Callable[[Any, "Reading"], Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What conversion depends on: the vendor's time zone and currency on this connection."""

    zone: tzinfo = UTC
    currency: str = "USD"


def _optional(convert: Callable[[Any], Any]) -> Convert:
    """Leave out what the vendor leaves empty: None and blank text become None."""

    def apply(value: Any, _: Reading) -> Any:
        return None if value is None or value == "" else convert(value)

    return apply


def _integer(value: Any) -> int:
    return int(values.to_decimal(value))


def _percent(value: Any) -> Any:
    return values.to_decimal(str(value).rstrip("% "))


def _seconds(value: Any) -> Any:
    """A duration as seconds, or as H:MM:SS or MM:SS."""
    parts = [values.to_decimal(part) for part in str(value).strip().split(":")]
    if len(parts) > 3:
        raise ValueError("not a duration")
    total = parts[0]
    for part in parts[1:]:
        total = total * 60 + part
    return total


def _phone(value: Any) -> str:
    """Unlike input, a number the vendor holds is kept even when the plan does not know it."""
    try:
        return values.to_e164(value)
    except ValueError:
        return str(value).strip()


def phone(value: Any, _: Reading) -> str | None:
    return None if value is None or value == "" else _phone(value)


def text(value: Any, _: Reading) -> str | None:
    return None if value is None else str(value).strip() or None


def flatten(value: Any) -> Iterator[str]:
    """Yield the parts of a list of texts, of joined texts, of lists, or of the values of an object, in order."""
    if isinstance(value, str) and "," not in value:
        if stripped := value.strip():
            yield stripped
    elif isinstance(value, str):
        yield from (part for part in (piece.strip() for piece in value.split(",")) if part)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from flatten(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from flatten(item)
    elif value is not None:
        yield str(value)


integer: Convert = _optional(_integer)
number: Convert = _optional(values.to_decimal)
percent: Convert = _optional(_percent)
seconds: Convert = _optional(_seconds)
flag: Convert = _optional(values.to_bool)
day: Convert = _optional(values.to_day)


def money(value: Any, reading: Reading) -> Any:
    return None if value in (None, "") else values.to_decimal(value)


def moment(value: Any, reading: Reading) -> Any:
    return None if value in (None, "") else values.to_moment(value, reading.zone)


def phones(value: Any, _: Reading) -> list[str]:
    return [_phone(part) for part in flatten(value)]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the result stands in the reply (`at`, the first key that is there) and its fields' converters.

    `kind`: "object", "rows" (a list of objects), "list" (of texts), "done" (an acknowledgement, kept as the vendor's words),
    "value" (whatever the codec made of it: a text, a number, a tree) or "file" (`client.Download`).
    `required` fields must be there; `secrets` are masked wherever the result is shown. `sparse`: the vendor leaves the key out
    when there is nothing; anywhere else a missing key is unreadable, so that a strange answer never means "you have nothing".
    """

    kind: str
    at: tuple[str, ...] = ()
    fields: Mapping[str, Convert] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    sparse: bool = False

    def read(self, data: Any, reading: Reading) -> Any:
        """Return the typed result, or raise UnreadableReply naming the path of what is wrong."""
        if self.kind in {"value", "file"}:
            return data
        path, found = self._locate(data)
        if self.kind == "rows":
            if found in (None, ""):
                return []
            if isinstance(found, Mapping):
                found = list(found.values()) if all(isinstance(v, Mapping) for v in found.values()) else [found]
            if not isinstance(found, list):
                raise _unreadable(f"{path or 'reply'}: a list of rows is due")
            if not self.fields:
                return self._whole(found, path)
            return [self._row(row, path, reading, index) for index, row in enumerate(found)]
        if self.kind == "list":
            return list(flatten(found))
        if not isinstance(found, Mapping):
            raise _unreadable(f"{path or 'reply'}: an object is due")
        return self._row(found, path, reading)

    def _locate(self, data: Any) -> tuple[str, Any]:
        for key in self.at:
            if isinstance(data, Mapping) and key in data:
                return key, data[key]
        if self.at and self.kind in {"rows", "list"}:
            if self.sparse and isinstance(data, Mapping):
                return self.at[0], []
            raise _unreadable(f"{' or '.join(self.at)}: is missing")
        return "", data

    def _whole(self, rows: list[Any], path: str) -> list[dict[str, Any]]:
        """Rows that stay as they come: hundreds of thousands of them are worth a loop of their own."""
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                raise _unreadable(f"{_place(path, index)}: an object is due")
            for name in self.required:
                if not row.get(name) and row.get(name) in _NOTHING:
                    raise _unreadable(f"{_place(path, index, name)}: is missing")
        return rows

    def _row(self, row: Any, path: str, reading: Reading, index: int | None = None) -> dict[str, Any]:
        if not isinstance(row, dict):
            raise _unreadable(f"{_place(path, index)}: an object is due")
        # The row itself is changed: the codec made it, and nobody else has it.
        for name, convert in self.fields.items():
            if name in row:
                try:
                    row[name] = convert(row[name], reading)
                except (ValueError, TypeError) as error:
                    raise _unreadable(f"{_place(path, index, name)}: {error}") from error
        for name in self.required:
            if row.get(name) in _NOTHING:
                raise _unreadable(f"{_place(path, index, name)}: is missing")
        return row


_NOTHING = (None, "")


def _place(path: str, index: int | None, name: str = "") -> str:
    """Where in the reply something is wrong, like "data[3].price"."""
    place = path if index is None else f"{path}[{index}]"
    return f"{place}.{name}" if place and name else place or name


def _unreadable(fault: str) -> UnreadableReply:
    return UnreadableReply(f"The answer does not have the documented form ({fault}).", code="shape")


def obj(*at: str, required: tuple[str, ...] = (), secrets: tuple[str, ...] = (), **fields: Convert) -> Shape:
    """One object, at the first of `at` that is there, else the whole reply."""
    return Shape("object", at, fields, required, frozenset(secrets))


def rows(
    *at: str, required: tuple[str, ...] = (), secrets: tuple[str, ...] = (), sparse: bool = False, **fields: Convert
) -> Shape:
    """A list of objects; an object of objects is read as its values, one object as a list of one."""
    return Shape("rows", at, fields, required, frozenset(secrets), sparse)


def texts(*at: str) -> Shape:
    """A list of texts, however nested or joined."""
    return Shape("list", at)


def done(**fields: Convert) -> Shape:
    """An acknowledgement."""
    return Shape("done", (), fields)


def value(*, secrets: tuple[str, ...] = ()) -> Shape:
    """Whatever the codec made of the reply: a text, a number, a tree of settings."""
    return Shape("value", secrets=frozenset(secrets))


def file() -> Shape:
    """A file: the codec returns an `apps.vendors.core.client.Download`."""
    return Shape("file")
