"""From what happened to what is stored of it: errors to item fields, counts to a final state and a sentence."""

from collections.abc import Mapping
from typing import Any

from apps.jobs.kinds import ItemFailed, JobKind
from apps.jobs.models import ItemState, Job, JobState, Reason
from apps.vendors.core import errors

_REASONS: tuple[tuple[type[errors.VendorError], Reason], ...] = (
    (errors.Withheld, Reason.CONFIG),
    (errors.NotConfigured, Reason.CONFIG),
    (errors.Unsupported, Reason.CONFIG),
    (errors.AuthFailed, Reason.CONFIG),
    (errors.Forbidden, Reason.CONFIG),
    (errors.OutcomeUnknown, Reason.TIMEOUT),
    (errors.Unreachable, Reason.EXCEEDED),
    (errors.RateLimited, Reason.EXCEEDED),
    (errors.VendorFault, Reason.EXCEEDED),
)


def reason_of(error: errors.VendorError) -> Reason:
    """Return why a call failed, from the closed list."""
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.PERMANENT)


def failure(error: errors.VendorError | ItemFailed) -> dict[str, Any]:
    """Return what an item keeps of an error."""
    if isinstance(error, ItemFailed):
        message, reason = error.message, error.reason
    else:
        message, reason = error.user_message, reason_of(error)
    return {"error": type(error).__name__, "message": message, "sent": error.sent, "reason": reason}


def storable(text: str) -> str:
    """Return a text that every database stores: PostgreSQL takes no NUL, and vendors' texts may hold one."""
    return text.replace("\0", "")


def counters(counts: Mapping[str, int]) -> dict[str, int]:
    """Return a job's counter fields for a count of its items by state."""
    return {
        "total": sum(counts.values()),
        "done": counts.get(ItemState.DONE, 0),
        "failed": counts.get(ItemState.FAILED, 0),
        "unsettled": counts.get(ItemState.NEEDS_PERSON, 0),
        "skipped": counts.get(ItemState.SKIPPED, 0),
    }


def counts_of(job: Job) -> dict[str, int]:
    """Return a job's counters as they are stored."""
    return {name: getattr(job, name) for name in ("total", "done", "failed", "unsettled", "skipped")}


def final_state(counts: Mapping[str, int]) -> JobState:
    """Return how a job ended whose items are all over."""
    if counts["unsettled"]:
        return JobState.NEEDS_PERSON
    if counts["failed"]:
        return JobState.FAILED
    return JobState.CANCELLED if counts["skipped"] else JobState.DONE


def sentence(kind: JobKind | None, counts: Mapping[str, int]) -> str:
    """Say how many items ended how: "297 of 300 numbers done, 3 failed."."""
    total = counts["total"]
    if not total:
        return "Done."
    one, many = kind.item_noun if kind else JobKind.item_noun
    noun = one if total == 1 else many
    if counts["done"] == total:
        return f"{one.capitalize()} done." if total == 1 else f"All {total:,} {noun} done."
    parts = [f"{counts['done']:,} of {total:,} {noun} done"]
    words = (("failed", "failed"), ("unsettled", "waiting for a person"), ("skipped", "not started"))
    parts += [f"{counts[name]:,} {word}" for name, word in words if counts[name]]
    left = total - sum(counts[name] for name in ("done", "failed", "unsettled", "skipped"))
    if left > 0:
        parts.append(f"{left:,} not begun")
    return ", ".join(parts) + "."
