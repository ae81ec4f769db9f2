"""One spelling for every value: what is hashed is what is stored, on every database.

PostgreSQL rewrites numbers inside JSON (`1e22` comes back as an integer, `-0.0` loses its sign) and takes
neither NUL nor lone surrogates in text. So values are brought into a form that survives the round trip first,
and stored and hashed in that form.
"""

import json
import math
from collections.abc import Mapping, Set
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID


def text(value: object, limit: int | None = None) -> str:
    """Return `value` as text any database takes, cut to `limit` characters (the cut is shown by "…")."""
    clean = str(value).replace("\x00", "\ufffd")
    if not clean.isascii():
        clean = clean.encode("utf-8", "replace").decode()
    return clean if limit is None or len(clean) <= limit else clean[: limit - 1] + "…"


def plain(value: Any) -> Any:
    """Return `value` as JSON that reads back equal: decimals, times and unknown objects become text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _number(value.total_seconds())
    if isinstance(value, Mapping):
        return {text(_key(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=repr)
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Decimal | UUID) or not hasattr(value, "__iter__"):
        return text(value)
    return [plain(inner) for inner in value]


def moment(value: datetime) -> str:
    """Return a moment as UTC text with microseconds, `2026-11-21T10:00:00.000000Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of `content`, made of values that `plain` has seen and of moments, as 64 hex digits."""
    document = json.dumps(content, sort_keys=True, separators=(",", ":"), default=plain)
    return sha256(document.encode()).hexdigest()


def _number(value: float) -> float | str:
    spelled = repr(value + 0.0)  # + 0.0 turns -0.0 into 0.0
    return value + 0.0 if math.isfinite(value) and "e" not in spelled else spelled


def _key(name: Any) -> Any:
    return name.value if isinstance(name, Enum) else name
