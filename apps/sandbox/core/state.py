"""Keeps a sandbox's state in one JSON file: written a moment after a change and at the end, whole or not at all."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


class StateFile:
    """`dump` gives the state as JSON-able data; it is called in the writer's thread and takes its own locks."""

    def __init__(self, path: Path, dump: Callable[[], Any], delay: float = 0.3) -> None:
        self.path = path
        self._dump = dump
        self._delay = delay
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def load(self) -> Any | None:
        """What was kept, or None. Raises ValueError when the file is not the JSON that `save` writes."""
        try:
            return json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None

    def start(self) -> None:
        self._thread.start()

    def changed(self) -> None:
        """Note a change: it is on disk within the delay."""
        self._changed.set()

    def save(self) -> None:
        """Write now. A reader never sees half a file, and a crash leaves the last whole one."""
        with self._writing:
            self._changed.clear()
            text = json.dumps(self._dump(), separators=(",", ":"))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            with part.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._stopping.set()
        self._changed.set()
        self._thread.join()
        self.save()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._changed.wait()
            if not self._stopping.wait(self._delay):
                self.save()
