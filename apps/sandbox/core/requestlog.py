"""What was asked of a sandbox: operation, parameters with secrets masked, when, and what was answered."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

MASK = "•••"


@dataclass
class Entry:
    """One request. `status` is the HTTP status sent, 0 while unanswered or when the connection was dropped."""

    operation: str
    method: str
    params: dict[str, str]
    at: str
    faults: list[str] = field(default_factory=list)
    status: int = 0
    seconds: float = 0.0


class RequestLog:
    """The last `keep` requests, oldest first. Thread-safe."""

    def __init__(self, secrets: frozenset[str], keep: int = 20_000) -> None:
        self._secrets = secrets
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._lock = threading.Lock()

    def add(self, operation: str, method: str, params: Mapping[str, str], at: str, faults: list[str]) -> Entry:
        masked = {name: MASK if name in self._secrets and value else value for name, value in params.items()}
        entry = Entry(operation, method, masked, at, faults)
        with self._lock:
            self._entries.append(entry)
        return entry

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def count(self, operation: str | None = None) -> int:
        return sum(1 for entry in self if operation in (None, entry.operation))

    def last(self, operation: str | None = None) -> Entry | None:
        return next((entry for entry in reversed(list(self)) if operation in (None, entry.operation)), None)

    def as_json(self) -> list[dict]:
        return [asdict(entry) for entry in self]

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
