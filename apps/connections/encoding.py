"""Typed values as JSON: for the command line, the console and what is kept of its calls."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def plain(value: Any) -> Any:
    """Return `value` as JSON types: decimals as text, times in ISO 8601, records as objects."""
    if value is None or isinstance(value, bool | int | float | str) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Iterable):
        return [plain(inner) for inner in value]
    return str(value)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as JSON text; on one line unless `indent` is given."""
    return json.dumps(plain(value), indent=indent, ensure_ascii=False)
