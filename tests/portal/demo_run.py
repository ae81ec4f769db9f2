"""`manage.py demo` as a process of its own, for tests and for the README's pictures."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings

from apps.sandbox.management.commands.sandbox import VENDORS

START_SECONDS = 90
STOP_SECONDS = 40


def free_port(block: int = 1) -> int:
    """Return a port that is free, with as many free ones after it as make the block."""
    while True:
        with ExitStack() as probes:
            first = 0
            try:
                for offset in range(block):
                    probe = probes.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", first + offset if first else 0))
                    first = first or int(probe.getsockname()[1])
            except (OSError, OverflowError):
                continue  # the next one is taken, or beyond the last
            return first


class Demo:
    """`manage.py demo` in a data directory of its own."""

    def __init__(self, data: Path) -> None:
        self.data, self.port, self.sandbox_port = data, free_port(), free_port(max(VENDORS) + 1)
        self.environ = os.environ | {"PATCHBAY_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "portal.settings"}
        for name in ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL"):
            self.environ.pop(name, None)
        self.started: list[subprocess.Popen[str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> tuple[subprocess.Popen[str], str]:
        """Start it and return the process and all it says until it is ready."""
        command = [sys.executable, "manage.py", "demo", "--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        out = (self.data / "terminal").open("w+")
        process = subprocess.Popen(
            command, env=self.environ, cwd=settings.BASE_DIR, stdout=out, stderr=subprocess.STDOUT, text=True
        )
        self.started.append(process)
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops it all" not in self.said() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        return process, self.said()

    def said(self) -> str:
        return (self.data / "terminal").read_text()

    def children(self) -> dict[str, int]:
        return json.loads((self.data / "demo.lock").read_text())["children"]

    def clean_up(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(STOP_SECONDS)
