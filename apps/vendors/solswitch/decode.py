"""SolSwitch's several ways to answer with rows, each read into one list."""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.vendors.core.errors import UnreadableReply

_ENVELOPE = frozenset({"Status", "status", "Reason", "reason"})
# Spellings seen for one name, and a name that no field of ours can have.
_ALIASES = {"DailedNumber": "DialedNumber", "DestinationNmber": "DestinationNumber", "Avail.Agnts": "AvailableAgents"}


def renamed(row: Any) -> Any:
    """Return an object with the misspelt names put right."""
    return {_ALIASES.get(key, key): value for key, value in row.items()} if isinstance(row, Mapping) else row


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
        if not str(key).isdecimal():
            raise UnreadableReply(f"The switch's answer has {key!r} where an id was due.", code="shape")
        yield str(key), value


def legs(data: Any) -> list[Any]:
    """Call legs, each with its `CallID`: under call ids as a list of legs, as one leg, or one leg with nothing round it."""
    if isinstance(data, Mapping) and "LegID" in data:
        return [{"CallID": str(data["LegID"]), **renamed(data)}]
    found = []
    for call, value in _keyed(data):
        one = isinstance(value, Mapping) and "LegID" in value
        for leg in [value] if one else _listed(value):
            found.append({"CallID": call, **renamed(leg)} if isinstance(leg, Mapping) else leg)
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
