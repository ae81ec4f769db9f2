"""Health over time as a drawing: points for an inline SVG, worked out here so that the page needs no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.connections.models import HealthSample

WIDTH, HEIGHT, TOP = 600, 100, 8


@dataclass(frozen=True)
class Mark:
    """One sample on the drawing."""

    x: float
    y: float
    sample: HealthSample


@dataclass(frozen=True)
class Chart:
    """What the template draws: the latency of good samples as a line, bad samples as marks."""

    line: str
    good: list[Mark]
    bad: list[Mark]
    highest_ms: int
    first: datetime
    last: datetime
    good_share: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        return len(self.good) + len(self.bad)


def health_chart(samples: Sequence[HealthSample]) -> Chart | None:
    """Return the drawing of `samples` (any order), or None when there are none."""
    if not samples:
        return None
    ordered = sorted(samples, key=lambda sample: sample.at)
    first, last = ordered[0].at, ordered[-1].at
    span = (last - first).total_seconds() or 1.0
    highest = max((sample.latency_ms or 0 for sample in ordered), default=0) or 1
    good: list[Mark] = []
    bad: list[Mark] = []
    for sample in ordered:
        x = round(WIDTH * (sample.at - first).total_seconds() / span, 1) if last > first else WIDTH / 2
        height = (HEIGHT - TOP) * (sample.latency_ms or 0) / highest
        (good if sample.ok else bad).append(Mark(x, round(HEIGHT - height, 1), sample))
    line = " ".join(f"{mark.x},{mark.y}" for mark in good)
    return Chart(line, good, bad, highest, first, last, 100 * len(good) / len(ordered))
