"""What an anchor signs, and whether the anchors follow each other."""

from collections.abc import Iterator
from typing import Any

from apps.audit.canonical import moment
from apps.audit.models import AuditAnchor
from apps.audit.signing import signed_by_us


def facts(anchor: AuditAnchor) -> dict[str, Any]:
    """Return what the signature of `anchor` covers."""
    return {
        "kind": "Patchbay audit anchor",
        "first": anchor.first,
        "through": anchor.through,
        "hash": anchor.hash,
        "older_than": moment(anchor.older_than),
        "at": moment(anchor.at),
    }


def holds(anchor: AuditAnchor) -> bool:
    """Return whether `anchor` says what was signed."""
    return signed_by_us(facts(anchor), anchor.key, anchor.signature)


def faults(anchors: list[AuditAnchor]) -> Iterator[tuple[int, str]]:
    """Yield where the anchors, in order, cannot be believed, and why."""
    reached = 0
    for anchor in anchors:
        if anchor.first != reached + 1:
            yield reached + 1, f"to #{anchor.first - 1} were cut off without an anchor that says so"
        if not holds(anchor):
            yield anchor.first, f"to #{anchor.through} were cut off by an anchor that is not signed with one of our keys"
        reached = anchor.through
