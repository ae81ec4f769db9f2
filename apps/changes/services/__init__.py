"""What can be done with plans and intents; the door for other apps."""

from apps.changes.services.plans import (
    MOST_STEPS,
    NotPossible,
    TooMany,
    anew,
    apply,
    catch_up,
    counts_of,
    discard,
    draw_up,
    plans_of,
    read_again,
    retry,
    told,
    undo,
    wait_for,
)

__all__ = [
    "MOST_STEPS",
    "NotPossible",
    "TooMany",
    "anew",
    "apply",
    "catch_up",
    "counts_of",
    "discard",
    "draw_up",
    "plans_of",
    "read_again",
    "retry",
    "told",
    "undo",
    "wait_for",
]
