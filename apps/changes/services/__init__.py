"""What can be done with plans and intents; the door for other apps."""

from apps.changes.approvals.frame import attention, home_panels, notices
from apps.changes.errors import NeedsApproval, NotPossible
from apps.changes.services.plans import (
    MOST_STEPS,
    TooMany,
    anew,
    apply,
    ask_approval,
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
    "NeedsApproval",
    "NotPossible",
    "TooMany",
    "anew",
    "apply",
    "ask_approval",
    "attention",
    "catch_up",
    "counts_of",
    "discard",
    "draw_up",
    "home_panels",
    "notices",
    "plans_of",
    "read_again",
    "retry",
    "told",
    "undo",
    "wait_for",
]
