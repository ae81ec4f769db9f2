"""PBXware's reply forms: objects keyed by id, `[]` for nothing, pairs, and call records with their header."""

from collections.abc import Mapping
from typing import Any

from apps.vendors.core.errors import NotFound, UnreadableReply


def keyed(data: Any) -> list[dict[str, Any]]:
    """`{"7": {…}}` → rows with `id`; `[]` and `{}` are no rows."""
    if not data:
        return []
    if isinstance(data, list):
        if all(isinstance(row, Mapping) for row in data):
            return [dict(row) for row in data]
        raise _unreadable("an object keyed by id is due")
    if not isinstance(data, Mapping) or not all(isinstance(row, Mapping) for row in data.values()):
        raise _unreadable("an object keyed by id is due")
    return [{**row, "id": str(ref)} for ref, row in data.items()]


def one(data: Any) -> dict[str, Any]:
    """`{"1": {…}}` → that row with `id`; NotFound for `[]`."""
    rows = keyed(data)
    if not rows:
        raise NotFound("The PBX has nothing under this id.")
    return rows[0]


def found(data: Any) -> Any:
    """An object as it is; NotFound for `[]`."""
    if data == [] or data == {}:
        raise NotFound("The PBX has nothing under this id.")
    return data


def settings(data: Any) -> Any:
    """An object as it is; `[]`, which is how PHP writes an empty one, as such."""
    return {} if data == [] else data


def under_success(data: Any) -> list[dict[str, Any]]:
    """Rows keyed by id, under `success` or not."""
    return keyed(data["success"] if isinstance(data, Mapping) and "success" in data else data)


def names(data: Any) -> list[dict[str, Any]]:
    """`{"1": "mobile"}` → rows of `id` and `name`."""
    if not data:
        return []
    if not isinstance(data, Mapping):
        raise _unreadable("an object of names is due")
    return [{"id": str(ref), "name": name} for ref, name in data.items()]


def _by_key(data: Any) -> list[tuple[str, dict[str, Any]]]:
    """(key, row) where the key means something; a list has none."""
    rows = keyed(data)
    if any("id" not in row for row in rows):
        raise _unreadable("an object of rows is due")
    return [(row.pop("id"), row) for row in rows]


def countries(data: Any) -> list[dict[str, Any]]:
    """`{"1": ["93", "Afghanistan"]}` → rows of `id`, `code` and `name`."""
    return [{"id": ref, "code": str(code), "name": name} for ref, (code, name) in _pairs(data)]


def providers(data: Any) -> list[dict[str, Any]]:
    """`{"Generic SIP": ["20", "voip"]}` → rows of `id`, `name` and `kind`."""
    return [{"id": str(ref), "name": name, "kind": kind} for name, (ref, kind) in _pairs(data)]


def _pairs(data: Any) -> list[tuple[str, tuple[Any, Any]]]:
    if not data:
        return []
    if not isinstance(data, Mapping) or not all(isinstance(pair, list) and len(pair) == 2 for pair in data.values()):
        raise _unreadable("an object of pairs is due")
    return [(str(key), (pair[0], pair[1])) for key, pair in data.items()]


def editions(data: Any) -> list[dict[str, Any]]:
    """`{"OFFICE": {…}}` → rows with `name`."""
    return [{"name": ref, **row} for ref, row in _by_key(data)]


def rates(data: Any) -> list[dict[str, Any]]:
    """`{"1:135:2": {…}}`, with a further level where a plan counts by time of day → rows that say where they stand."""
    rows = []
    for ref, row in _by_key(data):
        plan, _, rest = ref.partition(":")
        route, _, group = rest.partition(":")
        by_time = {"": row} if "inbound" in row else row
        for tbd, prices in by_time.items():
            if not isinstance(prices, Mapping):
                raise _unreadable("prices are due")
            rows.append({"plan": plan, "route": route, "dgroup": group, "tbd": tbd, **prices})
    return rows


def reports(data: Any) -> list[dict[str, Any]]:
    """One report as an object, or several in a list or keyed."""
    return [dict(data)] if isinstance(data, Mapping) and "date_time" in data else keyed(data)


def schedules(data: Any) -> list[dict[str, Any]]:
    """Operation times keyed by id, or one state alone."""
    return [dict(data)] if isinstance(data, Mapping) and "status" in data else keyed(data)


def call_records(data: Any) -> dict[str, Any]:
    """The reply with `next_page` as a bool, `header` and `csv` as lists.

    Rows stay as they come, indexed by `header`: a page has a thousand of them and most callers want a few columns.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("csv"), list):
        raise _unreadable("csv: a list is due")
    more = data.get("next_page")
    if isinstance(more, str):
        more = more.strip().lower() in {"true", "1", "yes"}
    return {**data, "next_page": bool(more), "header": data.get("header") or []}


def _unreadable(fault: str) -> UnreadableReply:
    return UnreadableReply(f"The answer does not have the documented form ({fault}).", code="shape")
