"""Fair comparisons on a machine that is never quiet: the rivals take turns, and only ratios of medians count."""

import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Rival = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One figure against its target, the most it may be; without a target it is for information."""

    what: str
    figure: float
    target: float | None
    detail: str = ""

    @property
    def met(self) -> bool:
        return self.target is None or self.figure <= self.target

    def __str__(self) -> str:
        if self.target is None:
            return f"  info   {self.what}: {self.figure:.2f}{self._aside}"
        verdict = "ok    " if self.met else "MISSED"
        return f"  {verdict} {self.what}: {self.figure:.2f} (target: at most {self.target:g}){self._aside}"

    @property
    def _aside(self) -> str:
        return f"  [{self.detail}]" if self.detail else ""


def medians(rivals: Mapping[str, Rival], rounds: int, *, warm_up: int = 20) -> dict[str, float]:
    """Return the median seconds of each rival over `rounds`; each round runs all of them, in a new order."""
    names = list(rivals)
    for _ in range(warm_up):
        for name in names:
            rivals[name]()
    order = random.Random(1)
    times: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            order.shuffle(names)
            for name in names:
                start = time.perf_counter()
                rivals[name]()
                times[name].append(time.perf_counter() - start)
    finally:
        gc.enable()
    return {name: statistics.median(taken) for name, taken in times.items()}


def milliseconds(seconds: float) -> str:
    """Return a duration as people read it in a table of figures."""
    return f"{seconds * 1000:.2f} ms"


@contextmanager
def sandbox(**environ: str) -> Iterator[dict[str, Any]]:
    """Run the sandbox vendors in a process of their own; yields what they print (URLs and credentials)."""
    command = [sys.executable, "manage.py", "sandbox", "--base-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        text = ""
        while not text.endswith("}\n") or text.count("{") != text.count("}"):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the sandbox ended before it was ready")
            text += line
        try:
            yield json.loads(text)
        finally:
            process.terminate()
