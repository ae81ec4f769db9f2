"""Job kinds whose effects are lines in a file, so that a test sees each one even if the worker died right after.

A file called `stop-<step>-<item>` in the folder of the job makes `Ledger` wait at that step, until it is removed.
"""

import os
import time
from pathlib import Path
from typing import Any

from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, Later, Recovery, register
from apps.jobs.models import JobItem
from apps.vendors.core.errors import OutcomeUnknown, Rejected, Unreachable

WAIT_SECONDS = 60


def folder(ctx: Context) -> Path:
    return Path(ctx.params["folder"])


def write(ctx: Context, line: str) -> None:
    """Append one line; one write of that size is whole or not there, also when the process is killed."""
    handle = os.open(folder(ctx) / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def lines(path: Path) -> list[str]:
    ledger = path / "ledger"
    return ledger.read_text().splitlines() if ledger.exists() else []


def gate(ctx: Context, step: str, item: JobItem) -> None:
    """Say that this step is reached, and wait there while the test wants it."""
    (folder(ctx) / f"at-{step}-{item.key}").touch()
    stop = folder(ctx) / f"stop-{step}-{item.key}"
    deadline = time.monotonic() + WAIT_SECONDS
    while stop.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


@register
class Ledger(JobKind):
    """Each item writes its key once. What was cut off is looked up in the ledger, as evidence at a vendor."""

    key = "test.ledger"
    title = "Write a ledger"
    item_noun = ("line", "lines")
    result_fields = {"line": "Line"}

    def run_item(self, ctx: Context, item: JobItem) -> dict[str, Any]:
        gate(ctx, "before", item)
        time.sleep(ctx.params.get("seconds", 0))
        write(ctx, item.key)
        gate(ctx, "after", item)
        return {"line": item.key, "message": f"Wrote {item.key}"}

    def recover_item(self, ctx: Context, item: JobItem) -> Recovery:
        write(ctx, f"asked {item.key}")
        if item.key in lines(folder(ctx)):
            return Recovery.done({"line": item.key})
        return Recovery.retry()

    def finish(self, ctx: Context) -> None:
        write(ctx, "finish")
        stop = folder(ctx) / "stop-finish"
        while stop.exists():
            time.sleep(0.01)

    def recover_finish(self, ctx: Context) -> Recovery:
        write(ctx, "asked finish")
        return Recovery.done()

    def cancelled(self, ctx: Context) -> None:
        write(ctx, "cancelled")


@register
class Lanes(Ledger):
    """The same, four items at once."""

    key = "test.lanes"
    title = "Write a ledger in four lanes"
    concurrency = 4


@register
class Script(JobKind):
    """Each item does what its params say, once for each word in "do"; the last word is repeated."""

    key = "test.script"
    title = "Follow a script"
    permission = "numbers.buy"

    def run_item(self, ctx: Context, item: JobItem) -> dict[str, Any] | None:
        words = item.params["do"].split()
        word = words[min(item.tries, len(words)) - 1]
        write(ctx, f"{item.key} {word}")
        match word:
            case "refuse":
                raise Rejected("The area has no such number.")
            case "away":
                raise Unreachable("The carrier cannot be reached.")
            case "nul":
                raise Rejected("Refused\0 by a strange vendor.")
            case "lost":
                raise OutcomeUnknown("No answer came after the request was sent.")
            case "fail":
                raise ItemFailed("Only three of five were free.", sent="yes")
            case "later":
                raise Later(0.3, "Waits for the carrier.")
            case "break":
                raise ZeroDivisionError("canary-in-the-traceback")
            case "unstorable":
                return {"value": object()}
        return {"word": word}

    def recover_item(self, ctx: Context, item: JobItem) -> Recovery:
        write(ctx, f"{item.key} asked")
        match item.params.get("evidence"):
            case "done":
                return Recovery.done({"message": "Found at the vendor."})
            case "none":
                return Recovery.retry()
            case "away":
                raise Unreachable("The carrier cannot be reached.")
        return super().recover_item(ctx, item)


@register
class Noop(JobKind):
    """Nothing at all, for measuring."""

    key = "test.noop"
    title = "Do nothing"
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> None:
        return None


@register
class NoopLanes(Noop):
    """Nothing, eight at once."""

    key = "test.noop_lanes"
    concurrency = 8


@register
class Closing(JobKind):
    """Its closing step does what its params say."""

    key = "test.closing"
    title = "Close a job"

    def run_item(self, ctx: Context, item: JobItem) -> None:
        write(ctx, item.key)

    def finish(self, ctx: Context) -> None:
        write(ctx, "finish")
        match ctx.params["finish"]:
            case "refuse":
                raise Rejected("The order is closed.")
            case "lost":
                raise OutcomeUnknown("No answer came after the request was sent.")
            case "break":
                raise ZeroDivisionError
            case "later":
                if len([line for line in lines(folder(ctx)) if line == "finish"]) < 2:
                    raise Later(0.2, "Waits for the order.")
        ctx.summarise("All five numbers are in the cart.", "/numbers/cart/")
