"""Several processes under one parent: started together, stopped in order, each with its own log file.

honcho starts the processes, passes their output on and ends all when one ends; this module adds what a person at
a terminal wants: quiet, ordered stopping, the reason when something dies, and a lock that names leftovers.
"""

import errno
import fcntl
import json
import os
import re
import shlex
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from honcho import manager

# A worker that is asked to stop finishes the item it works on; a carrier may take that long to answer.
manager.KILL_WAIT = 30

_STOPPED = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")
_STARTED = re.compile(r"(\S+) started \(pid=(\d+)\)")


class PortTaken(Exception):
    """Somebody else listens on the port; the message says who."""


class AlreadyRunning(Exception):
    """Processes of an earlier start are still there; the message names them."""


@dataclass
class Program:
    """One child: its name, its command, and whether it outlives the others when all are told to stop."""

    name: str
    command: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    last: bool = False


class Supervisor(manager.Manager):
    """Runs programs until one ends or somebody stops them.

    `on_line(program, text)` sees each line of output and returns whether it belongs in the log; `on_running()` is
    called once, in the parent, when all programs have been started; `on_stopping()` when they are told to stop.
    """

    def __init__(
        self,
        programs: list[Program],
        log_dir: Path,
        *,
        lock: "RunLock",
        on_line: Callable[[str, str], bool],
        on_running: Callable[[], None],
        on_stopping: Callable[[], None],
    ) -> None:
        self.logs = {program.name: _fresh_log(log_dir / f"{program.name}.log") for program in programs}
        self.lock, self.on_line, self.on_running, self.on_stopping = lock, on_line, on_running, on_stopping
        self.asked = False
        self.ended: dict[str, int] = {}
        super().__init__(printer=_Lines(self._line))
        self._last = {program.name for program in programs if program.last}
        for program in programs:
            command = f"exec {shlex.join(program.command)}"
            self.add_process(program.name, command, env=os.environ | program.environ)

    @property
    def culprit(self) -> tuple[str, int] | None:
        """The program that ended by itself and its exit status (negative: the signal), if one did."""
        return None if self.asked else next(iter(self.ended.items()), None)

    def stop(self) -> None:
        """End all programs, as Ctrl-C does; may be called from any thread."""
        os.kill(os.getpid(), manager.signal.SIGTERM)

    def tail(self, name: str, lines: int = 15) -> list[str]:
        """Return the last lines that a program wrote."""
        return Path(self.logs[name].name).read_text(errors="replace").splitlines()[-lines:]

    _terminating: bool  # honcho's own flag

    def terminate(self) -> None:
        """Ask all but the last ones to stop; those follow when the others are gone, since they are still needed."""
        if self._terminating:
            return
        self._terminating = True
        self.on_stopping()
        self._ask(set(self._processes) - self._last)

    def _ask(self, names: set[str]) -> None:
        for name in names - self.ended.keys():
            self._procmgr.terminate(self._processes[name]["pid"])

    def _start(self) -> None:
        super()._start()
        self.on_running()

    def _line(self, message: manager.Message) -> None:
        if message.name == manager.SYSTEM_PRINTER_NAME:
            self._event(message.data)
            return
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        if self.on_line(message.name, text.rstrip("\n")):
            log = self.logs[message.name]
            log.write(text if text.endswith("\n") else f"{text}\n")
            log.flush()

    def _event(self, text: str) -> None:
        """Follow what honcho says of itself: a signal came, a program started or stopped."""
        if started := _STARTED.match(text):
            self.lock.add(started[1], int(started[2]))
        elif stopped := _STOPPED.match(text):
            self.ended[stopped[1]] = int(stopped[2])
            if self._terminating and not set(self._processes) - self._last - self.ended.keys():
                self._ask(self._last)
        elif "received" in text:
            self.asked = True


class _Lines:
    """The printer that honcho wants, handing each message on."""

    def __init__(self, write: Callable[[manager.Message], None]) -> None:
        self.write = write
        self.width = 0


def _fresh_log(path: Path) -> IO[str]:
    """Open a new log; the one of the start before is kept beside it as .old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_suffix(".log.old"))
    return path.open("w")


class RunLock:
    """One start at a time in a data directory. The lock file says what runs, and where.

    The system frees the lock only when every process that honcho forked is gone, so a killed parent cannot
    leave children behind unnoticed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: dict[str, Any] = {"pid": os.getpid(), "children": {}}

    def take(self, address: str) -> None:
        """Take the lock; AlreadyRunning names what holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(self._holder()) from None
        self.facts["address"] = address
        self._write()

    def add(self, name: str, pid: int) -> None:
        """Note a child."""
        self.facts["children"][name] = pid
        self._write()

    def release(self) -> None:
        """Give the lock back."""
        self._file.truncate(0)
        self._file.close()

    def _write(self) -> None:
        self._file.truncate(0)
        self._file.write(json.dumps(self.facts))
        self._file.flush()

    def _holder(self) -> str:
        self._file.seek(0)
        facts = json.loads(self._file.read() or "{}")
        parent, children = facts.get("pid"), facts.get("children", {})
        if parent and _alive(parent):
            return (
                f"It already runs: process {parent}, {facts.get('address')}. Stop it there with Ctrl-C, or with: kill {parent}"
            )
        left = {name: pid for name, pid in children.items() if _alive(pid)}
        if not left:
            return "An earlier start is just ending. Try again in a moment."
        named = ", ".join(f"{name} (process {pid})" for name, pid in left.items())
        return (
            f"An earlier start was killed and left these running: {named}. "
            f"End them with: kill {' '.join(map(str, left.values()))}"
        )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_port(host: str, port: int, advice: str) -> None:
    """Return if `port` is free; PortTaken says who has it, as far as the system tells, and gives the advice."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise PortTaken(f"Port {port} cannot be used: {error.strerror}. {advice}") from error
            raise PortTaken(f"Port {port} is taken by {_listener(port) or 'another program'}. {advice}") from error


def wait_for(check: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Return whether `check` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def _listener(port: int) -> str:
    """Return "process 42 (its command)" for whoever listens on `port`; Linux tells, other systems do not."""
    sockets = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
        sockets |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    for folder in Path("/proc").glob("[0-9]*/fd") if sockets else ():
        try:
            if any(os.readlink(entry) in sockets for entry in folder.iterdir()):
                command = (folder.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"process {folder.parent.name} ({command.strip()[:80]})"
        except OSError:
            continue  # ended meanwhile, or not ours to look at
    return ""
