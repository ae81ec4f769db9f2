"""`manage.py sandbox`: the sandbox vendors alone, until they are told to stop."""

import gc
import json
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.core import Sandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox

# Port, counted from the base port → vendor.
VENDORS: dict[int, type[Sandbox]] = {
    0: CarrierSandbox, 1: SolSwitchSandbox, 2: MirtaSandbox, 3: SipxcomSandbox, 4: PbxwareSandbox,
}  # fmt: skip


class Command(BaseCommand):
    help = "Run the sandbox vendors; prints their addresses and credentials as one JSON document."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-port", type=int, default=9000, help="the first vendor's port; 0: free ports")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--state-dir", type=Path, help="keep what was done here, over restarts")
        parser.add_argument("--seed", type=int, default=7, help="another seed, another stock and other tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        base = options["base_port"]
        with ExitStack() as running:
            vendors = []
            for offset, vendor in VENDORS.items():
                vendors.append(self._start(vendor, base + offset if base else 0, options))
                running.callback(vendors[-1].stop)
            gc.collect()
            gc.freeze()  # else every full collection walks the whole world, in the middle of an answer
            self.stdout.write(json.dumps({vendor.vendor: vendor.describe() for vendor in vendors}, indent=2))
            self.stdout.flush()
            stop.wait()

    def _start(self, vendor: type[Sandbox], port: int, options: dict[str, Any]) -> Sandbox:
        try:
            return vendor(port=port, **{name: options[name] for name in ("host", "state_dir", "seed")}).start()
        except OSError as error:
            raise CommandError(f"The {vendor.vendor} sandbox cannot listen on port {port}: {error.strerror}") from None
