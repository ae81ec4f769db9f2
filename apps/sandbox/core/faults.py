"""Faults that can be switched on: for one operation or all, a number of times or for good."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from .replies import HTML, JSON, Dripping, Dropped, Endless, Reply, Truncated, huge

# What happens on the wire, and whether the operation has been carried out by then.
WIRE_FAULTS = {
    "slow": "waits `delay` seconds, then carries the operation out",
    "slow_after": "carries the operation out, waits `delay` seconds, then answers",
    "down": "resets the connection; nothing is carried out",
    "drop_before": "ends the connection without an answer; nothing is carried out",
    "drop_after": "carries the operation out, then ends the connection without an answer",
    "html500": "500 with an HTML page; nothing is carried out",
    "html200": "200 with an HTML page; nothing is carried out",
    "503": "503 with Retry-After (`value` seconds); nothing is carried out",
    "429": "429 with Retry-After (`value` seconds); nothing is carried out",
    "redirect": "302 to `value`, by default another host; nothing is carried out",
    "truncated": "half the body under the Content-Length of the whole",
    "empty": "200 with an empty body",
    "garbage": "bytes that are no JSON",
    "garbage_gzip": "Content-Encoding: gzip over bytes that are not",
    "list": "a JSON list where an object is due",
    "wrong_type": "the right JSON, called text/html",
    "drip": "the body in ten pieces, `delay` seconds before each",
    "endless": "a body without end",
    "huge": "a JSON body of `value` bytes, by default 50 MB",
}
NOT_CARRIED_OUT = {"down", "drop_before", "html500", "html200", "503", "429", "redirect"}

_PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>\n"


@dataclass
class Fault:
    """One switch. `skip` lets that many calls pass first; `times` None means until cleared.

    `applied` says whether the operation is carried out before the fault shows; None takes the fault's default.
    """

    fault: str
    operation: str = "*"
    times: int | None = None
    delay: float = 0.0
    value: str | int | None = None
    applied: bool | None = None
    skip: int = 0

    @property
    def carried_out(self) -> bool:
        return self.fault not in NOT_CARRIED_OUT if self.applied is None else self.applied


class Played(dict[str, Fault]):
    """The faults that hold for one call, by name."""

    def __call__(self, name: str) -> bool:
        return name in self

    def delay(self, name: str) -> float:
        return self[name].delay if name in self else 0.0

    def value(self, name: str, default: str = "") -> str:
        fault = self.get(name)
        return default if fault is None or fault.value is None else str(fault.value)

    @property
    def breaking(self) -> Fault | None:
        """The fault that replaces the reply, if there is one."""
        broken = (f for name, f in self.items() if name in WIRE_FAULTS and name not in ("slow", "slow_after"))
        return next(broken, None)


class Faults:
    """The switches of one sandbox. Thread-safe.

    `variations` are the vendor's own: other shapes of a good answer, by name with a line that explains each.
    """

    def __init__(self, variations: Mapping[str, str], operations: Iterable[str]) -> None:
        self.known = {**WIRE_FAULTS, **variations}
        self._operations = {*operations, "*"}
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def set(
        self,
        fault: str,
        operation: str = "*",
        *,
        times: int | None = None,
        delay: float = 0.0,
        value: str | int | None = None,
        applied: bool | None = None,
        skip: int = 0,
    ) -> Fault:
        """Switch a fault on; the same fault on the same operation is replaced. Raises ValueError on unknown names."""
        if fault not in self.known:
            raise ValueError(f"unknown fault {fault!r}; known: {', '.join(self.known)}")
        if operation not in self._operations:
            raise ValueError(f"unknown operation {operation!r}")
        if times is not None and times < 1:
            raise ValueError("times must be at least 1, or null for a standing fault")
        new = Fault(fault, operation, times, float(delay), value, applied, int(skip))
        with self._lock:
            self._faults = [f for f in self._faults if (f.fault, f.operation) != (fault, operation)] + [new]
        return new

    def clear(self, fault: str | None = None, operation: str | None = None) -> None:
        """Switch off what matches; without arguments, everything."""
        with self._lock:
            self._faults = [
                f
                for f in self._faults
                if (fault is not None and f.fault != fault) or (operation is not None and f.operation != operation)
            ]

    def take(self, operation: str) -> Played:
        """The faults of one call; counts it against each."""
        played = Played()
        if not self._faults:
            return played
        with self._lock:
            for fault in self._faults:
                if fault.operation not in ("*", operation):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                played[fault.fault] = fault
                if fault.times is not None:
                    fault.times -= 1
            self._faults = [f for f in self._faults if f.times != 0]
        return played

    def as_json(self) -> list[dict]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]


def broken_reply(fault: Fault, reply: Reply | None, stopping: Callable[[], bool]) -> Reply:
    """The reply that `fault` puts in the place of `reply` (None when the operation was not carried out)."""
    body = reply.body if reply else b'{"status": "200"}'
    retry = {"Retry-After": str(1 if fault.value is None else fault.value)}
    page = _PAGE.format
    match fault.fault:
        case "down":
            return Dropped(b"", reset=True)
        case "drop_before" | "drop_after":
            return Dropped(b"")
        case "html500":
            return Reply(page("500 Internal Server Error", "nginx").encode(), 500, HTML)
        case "html200":
            return Reply(page("Maintenance", "We will be back shortly.").encode(), 200, HTML)
        case "503":
            return Reply(page("503 Service Unavailable", "nginx").encode(), 503, HTML, retry)
        case "429":
            error = {"status": "429", "error": "Too many requests"}
            return Reply(json.dumps(error).encode(), 429, JSON, retry)
        case "redirect":
            address = str(fault.value or "http://other-host.invalid/login")
            return Reply(page("302 Found", "Moved.").encode(), 302, HTML, {"Location": address})
        case "truncated":
            return Truncated(body)
        case "empty":
            return Reply(b"")
        case "garbage":
            return Reply(b"\x00\x9f\xff\xfe<?php Notice: Undefined index: status {{{")
        case "garbage_gzip":
            return Reply(b"\x1f\x8bthis is not gzip at all", 200, JSON, {"Content-Encoding": "gzip"})
        case "list":
            return Reply(b"[" + body + b"]")
        case "wrong_type":
            return Reply(body, reply.status if reply else 200, HTML)
        case "drip":
            return Dripping(body, reply.status if reply else 200, pause=fault.delay or 0.5)
        case "endless":
            return Endless(b"", stopping=stopping)
        case "huge":
            return huge(int(fault.value or 50_000_000))
    raise ValueError(f"{fault.fault} does not replace a reply")
