"""MiRTA's reply forms: rows with every column twice, objects keyed by id, bars, CSV, sentences, and nothing at all."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.vendors.core.errors import NotFound, Rejected, UnreadableReply, VendorError
from apps.vendors.mirta.refusals import not_data, without_sql

# How "there is nothing" is said: no byte, a lone bracket, null, a line break.
_NOTHING = frozenset({"", "]", "[", "null", "false", "[]", "{}", '""'})
_CHANNEL = {0: "channel", 1: "context", 2: "number", 4: "state", 5: "application", 7: "caller", 13: "uniqueid"}
_COUNT = re.compile(r"([\w.\-]+)\s*[:|=]\s*(\d+)")


def is_nothing(text: str) -> bool:
    return text.strip() in _NOTHING


def nothing_there() -> NotFound:
    return NotFound("The PBX has nothing there; it does not say more.")


def no_file(text: str) -> VendorError:
    """Return the error for an answer that should have been a file."""
    return NotFound("The PBX has no such file.") if is_nothing(text) else not_data(text)


def _parsed(text: str) -> Any:
    """Return the reply's JSON; a sentence or a page in its place raises."""
    stripped = text.strip()
    if stripped.startswith("<"):
        raise UnreadableReply("The PBX answered with a web page where data was due.", code="html")
    try:
        return _named(json.loads(stripped))
    except ValueError as error:
        if not stripped or stripped[0] in '{["':
            raise UnreadableReply("The PBX's answer breaks off or is not JSON.", code="json") from error
    raise not_data(stripped)


def _named(data: Any) -> Any:
    """Drop the doubles: where a row has its columns by name and by position, those by position."""
    if isinstance(data, Mapping):
        plain = all(not isinstance(value, (Mapping, list)) for value in data.values())
        doubled = plain and any(not str(key).isdigit() for key in data)
        return {str(key): _named(value) for key, value in data.items() if not (doubled and str(key).isdigit())}
    return [_named(item) for item in data] if isinstance(data, list) else data


def rows(text: str) -> list[dict[str, Any]]:
    """A list of rows, or an object of them keyed by id (which becomes `id`); nothing is no rows."""
    if is_nothing(text):
        return []
    data = _parsed(text)
    if isinstance(data, Mapping) and not all(isinstance(row, Mapping) for row in data.values()):
        data = [data]
    if isinstance(data, Mapping):
        return [{**row, "id": str(key)} for key, row in data.items()]
    if isinstance(data, list) and all(isinstance(row, Mapping) for row in data):
        return list(data)
    raise _unreadable("rows are due")


def one(text: str) -> dict[str, Any]:
    """One object, also where it stands in a list or under its id; NotFound for nothing."""
    found = rows(text)
    if not found:
        raise nothing_there()
    if len(found) > 1:
        raise _unreadable("one object is due")
    return found[0]


def names(text: str) -> list[dict[str, Any]]:
    """`{"281": "Support"}` → rows of `id` and `name`; rows that already are some stay."""
    if is_nothing(text):
        return []
    data = _parsed(text)
    if isinstance(data, Mapping) and not any(isinstance(value, (Mapping, list)) for value in data.values()):
        return [{"id": key, "name": str(value or "")} for key, value in data.items()]
    return rows(text)


def tags(text: str) -> list[Any]:
    """Members or destinations in their order: tags like EXT-12, or rows."""
    if is_nothing(text):
        return []
    data = _parsed(text)
    if isinstance(data, Mapping):
        data = [{**item, "id": str(key)} if isinstance(item, Mapping) else item for key, item in data.items()]
    if not isinstance(data, list):
        raise _unreadable("a list is due")
    return [dict(item) if isinstance(item, Mapping) else {"tag": str(item)} for item in data]


def agents(text: str) -> list[dict[str, Any]]:
    """An object keyed by agent whose rows know only positions: 1 is whether it is paused, 2 the state of its phone."""
    if is_nothing(text):
        return []
    data = _parsed(text)
    if not isinstance(data, Mapping):
        return rows(text)
    found = []
    for agent, row in data.items():
        if not isinstance(row, Mapping):
            raise _unreadable("an object keyed by agent is due")
        named = {key: value for key, value in row.items() if not key.isdigit()}
        told = {"availability": str(row.get("1") or ""), "state": str(row.get("2") or "")}
        found.append({"agent": agent, **told, **named, "columns": {key: value for key, value in row.items() if key.isdigit()}})
    return found


def channels(text: str) -> list[dict[str, Any]]:
    """A list of lists, whose places are known in part; `columns` has them all."""
    if is_nothing(text):
        return []
    data = _parsed(text)
    if isinstance(data, Mapping):
        data = list(data.values())
    if not isinstance(data, list):
        raise _unreadable("a list of channels is due")
    return [_channel(row) for row in data]


def _channel(row: Any) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(row)
    if not isinstance(row, list) or not row:
        raise _unreadable("a channel is due")
    return {name: str(row[place] or "") for place, name in _CHANNEL.items() if place < len(row)} | {"columns": row}


def counts(text: str) -> dict[str, int]:
    """Numbers by node and `total`; a bare number is the total."""
    stripped = text.strip()
    if not stripped:
        raise UnreadableReply("The PBX's answer was empty.", code="empty")
    if stripped.lstrip("-").isdigit():
        return {"total": int(stripped)}
    if stripped[0] not in "{[<" and (pairs := _COUNT.findall(stripped)):
        return {name.lower() if name.lower() == "total" else name: int(number) for name, number in pairs}
    data = _parsed(stripped)
    if not isinstance(data, Mapping):
        raise _unreadable("numbers by node are due")
    try:
        return {"total" if key.lower() == "total" else key: int(value) for key, value in data.items()}
    except (TypeError, ValueError) as error:
        raise _unreadable("numbers by node are due") from error


def days(text: str) -> dict[str, int]:
    """A bare number, as `days`."""
    found = counts(text)
    return {"days": found.get("total", next(iter(found.values())))} if found else found


def anything(text: str) -> Any:
    """Whatever there is, as JSON where it is some, else as text; NotFound for nothing."""
    if is_nothing(text):
        raise nothing_there()
    return _whatever(text)


def state(text: str) -> dict[str, Any]:
    """A value that may be empty (do not disturb is "on" or empty), under `value`."""
    found = "" if is_nothing(text) else _whatever(text)
    return dict(found) if isinstance(found, Mapping) else {"value": str(found)}


def _whatever(text: str) -> Any:
    stripped = text.strip()
    if stripped[0] == "<" or stripped[0] in '{["':
        return _parsed(stripped)
    return stripped


def words(text: str) -> str:
    """Text as it stands: a transcript, a field of a call; NotFound for nothing."""
    found = anything(text)
    if isinstance(found, Mapping):
        found = found.get("text") or found.get("transcript") or json.dumps(found, ensure_ascii=False)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def page(text: str) -> str:
    """The help page without its tags."""
    if is_nothing(text):
        raise nothing_there()
    return re.sub(r"</?(?:pre|i|br|b)\s*/?>", "", words(text) if text.strip()[0] in '{["' else text).strip()


def number(text: str) -> dict[str, Any]:
    """A bare number, as `balance`."""
    found = anything(text)
    return dict(found) if isinstance(found, Mapping) else {"balance": found}


def table(text: str) -> list[dict[str, Any]]:
    """CSV with a header, which is the tenant's own template: columns by name, never by place. JSON is read as well."""
    if is_nothing(text):
        return []
    if text.lstrip()[0] in "{[<":
        return rows(text)
    reader = csv.reader(io.StringIO(text.strip("\r\n")))
    header = [name.strip() for name in next(reader)]
    if len(header) < 2:
        raise not_data(text)
    return list(_rows(header, reader))


def bars(text: str) -> list[dict[str, Any]]:
    """Lines parted by bars under a header; JSON is read as well."""
    if is_nothing(text):
        return []
    if text.lstrip()[0] in "{[<":
        return rows(text)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header = [name.strip() for name in lines[0].rstrip("|").split("|")]
    if len(header) < 2:
        raise not_data(text)
    return list(_rows(header, (line.split("|") for line in lines[1:])))


def _rows(header: list[str], lines: Any) -> Iterator[dict[str, Any]]:
    for cells in lines:
        if cells:
            yield {name: cell.strip() for name, cell in zip(header, cells, strict=False)}


def written(text: str) -> dict[str, Any]:
    """The answer to a write: an object, an id, or a sentence. What is no refusal is taken for yes; the statement is cut."""
    stripped = text.strip()
    if not stripped:
        raise UnreadableReply("The PBX answered with nothing at all.", code="empty")
    if stripped[0] in "{[<":
        data = _parsed(stripped)
        if not isinstance(data, Mapping):
            raise _unreadable("an object or a sentence is due")
        return dict(data)
    if stripped.isdigit():
        return {"id": stripped}
    return {"words": without_sql(stripped).strip()}


def token(text: str) -> dict[str, Any]:
    """A token, bare or in an object."""
    found = written(text)
    bare = found.keys() <= {"id", "words"}
    return {"token": next(iter(found.values()))} if bare and found else found


def hidden(text: str) -> dict[str, Any]:
    """Credentials: an object by its names, a text as `secret`."""
    found = anything(text)
    return dict(found) if isinstance(found, Mapping) else {"secret": found}


def originated(text: str) -> dict[str, Any]:
    """`Success|a sentence|id|` → `words` and `id`; another first word is a refusal."""
    stripped = text.strip()
    if not stripped:
        raise UnreadableReply("The PBX answered with nothing at all.", code="empty")
    if stripped[0] in "{[<":
        return written(stripped)
    first, *rest = [part.strip() for part in stripped.strip("|").split("|")]
    if not first.lower().startswith("success"):
        raise Rejected(f"The PBX did not place the call: {' '.join((first, *rest))[:200]}")
    return {"words": rest[0] if rest else "", "id": rest[1] if len(rest) > 1 else ""}


def sent(text: str) -> dict[str, Any]:
    """As `originated` where there are bars, else as `written`."""
    return originated(text) if "|" in text else written(text)


def _unreadable(fault: str) -> UnreadableReply:
    return UnreadableReply(f"The answer does not have the expected form ({fault}).", code="shape")
