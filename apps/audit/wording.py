"""How the log is read out: actions as words, values as rows of before and after."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

_ABSENT = object()
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Difference:
    """One field of what was changed; None where there was, or is, nothing."""

    name: str
    before: str | None
    after: str | None

    @property
    def changed(self) -> bool:
        """Return whether the field is not what it was."""
        return self.before != self.after


@dataclass(frozen=True)
class Value:
    """One value handed over; `items` holds more than one when it was a list."""

    name: str
    items: list[str]


def action_label(action: str) -> str:
    """Return "sign_in.failed" as "Sign in failed"."""
    return action.replace(".", " ").replace("_", " ").capitalize()


def outcome_label(outcome: str) -> str:
    """Return "OutcomeUnknown" as "Outcome unknown", "ok" as "OK"."""
    return "OK" if outcome == "ok" else _CAPITAL.sub(" ", outcome).replace("_", " ").capitalize()


def differences(before: Any, after: Any) -> list[Difference]:
    """Return every field of two JSON values with what it was and what it became, changed ones first."""
    old, new = _flat(before), _flat(after)
    rows = [
        Difference(name, _written(old.get(name, _ABSENT)), _written(new.get(name, _ABSENT)))
        for name in dict.fromkeys([*old, *new])
    ]
    return sorted(rows, key=lambda row: not row.changed)


def filter_words(query: str) -> str:
    """Return a filter of the address ("action=vendor.call&ticket=T-1") as people read it."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in parse_qsl(query) if name not in {"sort", "cursor"})


def values(params: Any) -> list[Value]:
    """Return the fields of a JSON value, names of inner ones joined by dots; lists of plain values stay whole."""
    return [
        Value(name, [str(_written(inner)) for inner in value] if isinstance(value, list) else [str(_written(value))])
        for name, value in _flat(params).items()
    ]


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and value:
        flat: dict[str, Any] = {}
        for key in value:
            flat |= _flat(value[key], f"{name}.{key}" if name else str(key))
        return flat
    return {} if value is None and not name else {name or "value": value}


def _written(value: Any) -> str | None:
    if value is _ABSENT:
        return None
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(inner, dict | list) for inner in value):
        return ", ".join(str(_written(inner)) for inner in value) or "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
