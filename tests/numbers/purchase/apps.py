"""Places where a worker of these tests stops, so that it can be killed just there: EXTRA_APPS=tests.numbers.purchase.

A worker that comes to the place named by PATCHBAY_TEST_STOP_AT, on an intent of the kind named with it, writes the file
PATCHBAY_TEST_REACHED and goes no further.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig

STOP_SECONDS = 60
PLACES = {"claimed": ("_claim", "after"), "replied": ("_replied", "before"), "stored": ("_replied", "after")}


class TestPurchaseConfig(AppConfig):
    name = "tests.numbers.purchase"
    label = "tests_purchase"

    def ready(self) -> None:
        place, _, kind = os.environ.get("PATCHBAY_TEST_STOP_AT", "").partition(" ")
        if place:
            from apps.changes.intents import services

            name, when = {"claimed": ("_claim", "after"), "replied": ("_replied", "before"), "stored": ("_replied", "after")}[
                place
            ]
            setattr(services, name, stopping(getattr(services, name), kind, when))


def stopping(step: Callable[..., Any], kind: str, when: str) -> Callable[..., Any]:
    """Return `step` with the stop before or after it."""

    def stopped(intent: Any, *args: Any) -> Any:
        if intent.kind == kind and when == "before":
            stop()
        result = step(intent, *args)
        if intent.kind == kind and when == "after":
            stop()
        return result

    return stopped


def stop() -> None:
    Path(os.environ["PATCHBAY_TEST_REACHED"]).touch()
    time.sleep(STOP_SECONDS)
