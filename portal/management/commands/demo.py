"""`manage.py demo`: web, worker and sandbox vendors under one parent, with demo data, on one terminal."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from apps.sandbox.management.commands.sandbox import VENDORS
from portal import demo
from portal.runner import AlreadyRunning, PortTaken, Program, RunLock, Supervisor, check_port, wait_for

HOST = "127.0.0.1"
START_SECONDS = 60
# What a person at the terminal wants to see of the log files: faults, and jobs that begin and end.
_FAULT = re.compile(r"\[(?:error|critical)\s*\]\s+(.+?)\s*(?:\[[\w.]+\].*)?$")
_JOB_STARTED = re.compile(r"\bjob\.started\b.*\bjob_kind=(\S+)")
_JOB_ENDED = re.compile(r"\bjob\.ended\b.*\bjob_kind=(\S+).*\bstate=(\S+)")


class Command(BaseCommand):
    help = "Run it all to try it: web, worker and sandbox vendors, with demo data and log-ins."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the portal answers (default 8000)")
        parser.add_argument("--sandbox-port", type=int, default=9000, help="the first sandbox vendor's port (default 9000)")

    def handle(self, *args: Any, port: int, sandbox_port: int, **options: Any) -> None:
        self.address = f"http://{HOST}:{port}"
        self.logs = settings.DATA_DIR / "log"
        self.document: dict[str, Any] | None = None
        self.failed = False
        self._sandbox_text = ""
        # The sandbox vendors are on this machine, wherever the portal itself is reached.
        settings.OUTBOUND_ALLOW = list(dict.fromkeys([*settings.OUTBOUND_ALLOW, "loopback"]))
        lock = RunLock(settings.DATA_DIR / "demo.lock")
        try:
            lock.take(self.address)
            check_port(HOST, port, f"Choose another: make demo PORT={port + 1}, or manage.py demo --port {port + 1}")
            sandbox = f"make demo SANDBOX_PORT={sandbox_port + 100}, or manage.py demo --sandbox-port {sandbox_port + 100}"
            for offset in VENDORS:
                check_port(HOST, sandbox_port + offset, f"The sandbox wants it. Choose another: {sandbox}")
        except (AlreadyRunning, PortTaken) as error:
            raise CommandError(str(error)) from None
        try:
            self._set_up()
            self._run(self._programs(port, sandbox_port), lock)
        except demo.NotADemo as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped before it was ready.", returncode=130) from None
        finally:
            lock.release()

    # --- before the processes start -----------------------------------------------------------------------

    def _set_up(self) -> None:
        self.stdout.write(f"Setting up in {settings.DATA_DIR}")
        self._step("database", demo.migrate)
        self._step("static files", demo.collect_static)
        self._step("people", self._add_people)
        # The children are forked: they must not share our connection to the database.
        connections.close_all()

    def _add_people(self) -> str:
        self.people = demo.add_people()
        return ", ".join(person.username for person in self.people)

    def _step(self, name: str, work: Callable[[], str]) -> None:
        start = time.monotonic()
        done = work()
        self._say(name, f"{done} ({time.monotonic() - start:.1f} s)")

    def _say(self, name: str, text: str) -> None:
        self.stdout.write(f"  {name:<14}{text}")
        self.stdout.flush()

    def _programs(self, port: int, sandbox_port: int) -> list[Program]:
        python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
        environ = {
            "PORTAL_URL": os.environ.get("PORTAL_URL", self.address),
            "PATCHBAY_DATA_DIR": str(settings.DATA_DIR),
            "LOG_FORMAT": "console",
            # The demo's log-ins must work without a phone.
            "SECOND_FACTOR_ROLES": os.environ.get("SECOND_FACTOR_ROLES", ""),
            "OUTBOUND_ALLOW": ",".join(settings.OUTBOUND_ALLOW),
            "PYTHONUNBUFFERED": "1",
        }
        state = str(settings.DATA_DIR / "sandbox")
        sandbox = [python, manage, "sandbox", "--base-port", str(sandbox_port), "--state-dir", state]
        worker = [python, "-m", "celery", "-A", "portal", "worker", "--pool", "threads", "-c", "4", "-l", "INFO"]
        web = [python, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"]
        web += ["--workers", "2", "--blocking-threads", "2", "portal.wsgi:application"]
        return [
            Program("sandbox", sandbox, environ, last=True),
            Program("worker", worker, environ),
            Program("web", web, environ),
        ]

    # --- while they run -----------------------------------------------------------------------------------

    def _run(self, programs: list[Program], lock: RunLock) -> None:
        self.stdout.write(f"Starting {', '.join(program.name for program in programs)}")
        self.supervisor = Supervisor(
            programs,
            self.logs,
            lock=lock,
            on_line=self._line,
            on_running=lambda: threading.Thread(target=self._welcome, daemon=True).start(),
            on_stopping=self._stopping,
        )
        self.supervisor.loop()
        if self.supervisor.culprit:
            name, status = self.supervisor.culprit
            how = f"was ended by signal {-status}" if status < 0 else f"ended with exit status {status}"
            tail = "\n".join(f"  {line}" for line in self.supervisor.tail(name))
            raise CommandError(
                f"{name} {how}, so everything was stopped. It last wrote:\n{tail}\nAll of it: {self.logs}/{name}.log"
            )
        if self.failed:
            raise CommandError("Stopped.")
        self.stdout.write("Stopped. What was done is kept; start again with the same command.")

    def _stopping(self) -> None:
        reason = f"{self.supervisor.culprit[0]} has ended by itself. " if self.supervisor.culprit else ""
        self.stdout.write(f"\n{reason}Stopping; what the worker is in the middle of is finished first (up to 30 s).")
        self.stdout.flush()

    def _line(self, program: str, text: str) -> bool:
        """Show the few lines that a person wants to see; all go to the log files, but for credentials."""
        if program == "sandbox" and self.document is None and (self._sandbox_text or text.startswith("{")):
            self._sandbox_text += text
            self.document = demo.read_document(self._sandbox_text)
            return False
        if fault := _FAULT.search(text):
            self._say(program, f"{fault[1]} (see {self.logs}/{program}.log)")
        elif ended := _JOB_ENDED.search(text):
            self._say(program, f"job {ended[1]}: {ended[2].replace('_', ' ')}")
        elif started := _JOB_STARTED.search(text):
            self._say(program, f"job {started[1]}: started")
        return True

    def _welcome(self) -> None:
        """Wait until all answer, connect the portal to the sandbox, and say where to go."""
        if not wait_for(self._answers, START_SECONDS):
            self._give_up(f"Nothing answered within {START_SECONDS} s; see {self.logs}")
            return
        try:
            for name, done in demo.connect(self.document or {}):
                self._say(name, done)
            self._greet()
        except Exception as error:  # noqa: BLE001  whatever it is, the person at the terminal must learn of it
            self._give_up(f"The demo data could not be set up: {error}")
        finally:
            connections.close_all()

    def _answers(self) -> bool:
        if self.supervisor.ended or self.document is None:
            return False
        try:
            with urlopen(f"{self.address}/ready/", timeout=5) as answer:  # noqa: S310  our own address
                return answer.status == 200
        except (URLError, OSError):
            return False

    def _give_up(self, message: str) -> None:
        if not self.supervisor.ended:
            self.failed = True
            self.stderr.write(message)
            self.supervisor.stop()

    def _greet(self) -> None:
        lines = [f"\nPatchbay runs at {self.style.SUCCESS(self.address)}", "", "  sign in as  password"]
        lines += [f"  {person.username:<11} {person.password:<24} {person.role}" for person in self.people]
        lines += ["", f"Logs are in {self.logs}. Ctrl-C stops it all; what you do is kept.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
