"""SolSwitch's several ways to answer with rows, each read into one list."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.vendors.core.errors import UnreadableReply

_ENVELOPE = frozenset({"Status", "status", "Reason", "reason"})
# Spellings seen for one name, and a name that no field of ours can have.
_ALIASES = {"DailedNumber": "DialedNumber", "DestinationNmber": "DestinationNumber", "Avail.Agnts": "AvailableAgents"}
_MISSPELT = _ALIASES.keys()


def renamed(row: Any) -> Any:
    """Return an object with the misspelt names put right; one without any as it is."""
    if not isinstance(row, dict) or _MISSPELT.isdisjoint(row.keys()):
        return row
    return {_ALIASES.get(key, key): value for key, value in row.items()}


def rows(data: Any) -> list[Any]:
    """Rows as a list, under `Results`, `Data`, `Calls` or `Recording`, or under digit keys beside `Status`."""
    if isinstance(data, list):
        return [renamed(row) for row in data if not (isinstance(row, Mapping) and row.keys() <= _ENVELOPE)]
    kept = {key: value for key, value in data.items() if key not in _ENVELOPE}
    for key in ("Results", "Data", "Calls", "Recording"):
        if key in kept:
            return _listed(kept[key])
    return _listed(kept)


def _listed(found: Any) -> list[Any]:
    """A list as it is, an object under digit keys in their order, one row as a list of one."""
    if not found:
        return []
    if isinstance(found, list):
        return [renamed(row) for row in found]
    if not isinstance(found, Mapping):
        raise UnreadableReply("The switch's answer has a value where rows were due.", code="shape")
    if all(str(key).isdecimal() for key in found):
        return [renamed(found[key]) for key in sorted(found, key=int)]
    return [renamed(found)]


def _keyed(data: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands under digit keys; anything else but the envelope makes the answer strange."""
    if not isinstance(data, Mapping):
        raise UnreadableReply("The switch answered with a list where an object was due.", code="shape")
    for key, value in data.items():
        if key in _ENVELOPE:
            continue
        if not key.isdecimal():
            raise UnreadableReply(f"The switch's answer has {key!r} where an id was due.", code="shape")
        yield key, value


def legs(data: Any) -> list[Any]:
    """Call legs, each with its `CallID`: under call ids as a list of legs, as one leg, or one leg with nothing round it.

    Beside that they stay as they come: an export has no pages, and hundreds of thousands of legs in one answer.
    """
    if isinstance(data, Mapping) and "LegID" in data:
        return [{"CallID": str(data["LegID"]), **renamed(data)}]
    found: list[Any] = []
    for call, value in _keyed(data):
        legs = [renamed(value)] if isinstance(value, dict) and "LegID" in value else _listed(value)
        found += legs
        for leg in legs:
            if isinstance(leg, dict) and "CallID" not in leg:
                leg["CallID"] = call
    return found


def actions(data: Any) -> list[Any]:
    """What agents did: under the extension, then under the action's id."""
    found = []
    for extension, acts in _keyed(data):
        if acts and not isinstance(acts, Mapping):
            raise UnreadableReply(f"The switch's answer has no actions under {extension}.", code="shape")
        for action, row in (acts or {}).items():
            if not isinstance(row, Mapping):
                raise UnreadableReply(f"{extension}.{action}: an object is due", code="shape")
            found.append({"Extension": extension, "ActionID": str(action), **row})
    return found


def one(data: Any) -> Any:
    """An object, its names put right, without the envelope."""
    if not isinstance(data, Mapping):
        raise UnreadableReply("The switch answered with a list where an object was due.", code="shape")
    return {key: value for key, value in renamed(data).items() if key not in _ENVELOPE}
