"""The life of one sandbox vendor: start, answer, play faults, keep state, stop."""

import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self, cast

from werkzeug.datastructures import FileStorage, Headers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request

from . import control
from .faults import Faults, Played, broken_reply
from .replies import HTML, Dropped, Reply
from .requestlog import RequestLog
from .server import Server
from .state import StateFile

_NOT_FOUND = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"


@dataclass
class Call:
    """One request to the vendor: the operation, its parameters (query, form, JSON object), files, and the faults that hold.

    `lists` are the same parameters with all their values, for vendors that take one several times. `path` holds the
    variables of the address, `target` path and query as they came, not decoded; `body` and `headers` are the request's own.
    """

    operation: str
    method: str
    params: dict[str, str]
    files: Mapping[str, FileStorage]
    path: Mapping[str, Any]
    faults: Played
    root: str
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    target: str = ""
    body: bytes = b""
    headers: Headers = field(default_factory=Headers)


class Sandbox(ABC):
    """A vendor that runs in threads of this process.

    `with CarrierSandbox() as sandbox:` or `start()` and `stop()`. Port 0 takes a free one, and keeps it. With
    `state_dir` the state outlives the process; without, each `start` begins from the seed (`close_port` and
    `open_port` take a vendor off the network and leave its state). `clock` gives the vendor's time, aware. `tls`
    makes it HTTPS.
    """

    vendor: ClassVar[str]
    secrets: ClassVar[frozenset[str]] = frozenset()
    variations: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        state_dir: Path | str | None = None,
        seed: int = 7,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port, self.seed, self.clock = host, port, seed, clock
        self.lock = threading.RLock()
        self.state_dir = Path(state_dir) if state_dir else None
        self.routes = Map(self.rules(), strict_slashes=False)
        self.faults = Faults(self.variations, self.operations())
        self.log = RequestLog(self.secrets)
        self.controls: dict[str, Callable[[dict], object]] = {}
        self._tls = tls
        self._server: Server | None = None
        self._stopping = threading.Event()
        self._kept: StateFile | None = None

    # What a vendor supplies.

    @abstractmethod
    def rules(self) -> list[Rule]:
        """The addresses, each with the operation's name as its endpoint."""

    def operations(self) -> set[str]:
        """The names of all operations; the addresses' endpoints unless a vendor tells them apart otherwise."""
        return {rule.endpoint for rule in self.routes.iter_rules()}

    def operation_of(self, endpoint: str, params: Mapping[str, str]) -> str:
        """The operation that a request means, for vendors with one address and the operation in a parameter."""
        return endpoint

    def match(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        """The endpoint and the variables of the address; for vendors that tell addresses apart in a way of their own.

        Raises HTTPException when there is no such address.
        """
        return self.routes.bind_to_environ(request.environ).match()

    def logged(self, call: Call) -> Mapping[str, Any]:
        """What the request log shows of a call, before secrets are masked by name."""
        return call.params

    @abstractmethod
    def carry_out(self, call: Call) -> Reply:
        """Do the operation and answer. Takes `self.lock` around what it reads and changes."""

    @abstractmethod
    def seed_state(self) -> None:
        """Make the state a new sandbox starts with."""

    @abstractmethod
    def dump_state(self) -> Any:
        """The state as JSON-able data; called with the lock held."""

    @abstractmethod
    def load_state(self, data: Any) -> None:
        """Put back what `dump_state` gave."""

    @abstractmethod
    def show_state(self, params: Mapping[str, str]) -> Any:
        """The state for /_sandbox/state: JSON-able, without secrets; called with the lock held."""

    @abstractmethod
    def describe(self) -> dict:
        """What a person needs to connect: URL, credentials, faults URL."""

    # Life.

    def start(self) -> Self:
        self._stopping.clear()
        self.seed_state()
        if self.state_dir:
            self._kept = StateFile(self.state_dir / f"{self.vendor}.json", self._locked_dump)
            kept = self._kept.load()
            if kept is not None:
                self.load_state(kept)
            self._kept.start()
        self.open_port()
        return self

    def stop(self) -> None:
        self._stopping.set()
        self.close_port()
        if self._kept:
            self._kept.close()
            self._kept = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def open_port(self) -> None:
        """Listen (again)."""
        if self._server is None:
            self._server = Server(self.host, self.port, self.respond, tls=self._tls)
            self.port = self._server.server_address[1]
            self._server.start()

    def close_port(self) -> None:
        """Refuse connections and end the open ones, as a host that is down; state stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def refuse(self, seconds: float) -> None:
        """Close the port and open it again after so long, unless the sandbox is stopped by then."""
        self.close_port()
        if not self._stopping.wait(seconds):
            self.open_port()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    @property
    def faults_url(self) -> str:
        return f"{self.url}/_sandbox/faults"

    def changed(self) -> None:
        """Note that the state differs from what is on disk."""
        if self._kept:
            self._kept.changed()

    def reset(self) -> None:
        """Back to the seed: state, faults and request log."""
        with self.lock:
            self.seed_state()
        self.faults.clear()
        self.log.clear()
        self.changed()

    def now(self) -> datetime:
        return self.clock().astimezone(UTC)

    def _locked_dump(self) -> Any:
        with self.lock:
            return self.dump_state()

    # Answering.

    def respond(self, request: Request) -> Reply:
        if request.path.startswith(control.PREFIX):
            return control.answer(self, request)
        try:
            endpoint, path = self.match(request)
        except HTTPException:
            return Reply(_NOT_FOUND, 404, HTML)
        body = request.get_data()  # before the form is read, which would use it up
        params = {**request.args.to_dict(), **request.form.to_dict(), **_posted(request)}
        operation = self.operation_of(endpoint, params)
        faults = self.faults.take(operation)
        lists = {**request.args.to_dict(flat=False), **request.form.to_dict(flat=False)}
        root, target = request.host_url.rstrip("/"), request.environ["REQUEST_URI"]
        call = Call(operation, request.method, params, request.files, path, faults, root, lists, target, body, request.headers)
        entry = self.log.add(operation, request.method, self.logged(call), f"{self.now():%Y-%m-%d %H:%M:%S}", list(faults))
        started = time.perf_counter()
        reply = self._play(call)
        entry.seconds = time.perf_counter() - started
        entry.status = 0 if isinstance(reply, Dropped) else reply.status
        return reply

    def _play(self, call: Call) -> Reply:
        """Carry the call out, with its delays and breaks around it; no delay holds the lock."""
        self._wait(call.faults.delay("slow"))
        if self._stopping.is_set():
            return Dropped(b"")
        broken = call.faults.breaking
        reply = self.carry_out(call) if broken is None or broken.carried_out else None
        self._wait(call.faults.delay("slow_after"))
        return broken_reply(broken, reply, self._stopping.is_set) if broken else cast(Reply, reply)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._stopping.wait(seconds)


def _posted(request: Request) -> dict[str, Any]:
    """The fields of a JSON object that was posted, as they are."""
    data = request.get_json(silent=True) if request.is_json else None
    return data if isinstance(data, dict) else {}
