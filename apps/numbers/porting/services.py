"""What can be done at the porting desk: the door for screens and commands.

Every function takes the person who acts and checks that they may (PermissionDenied); it raises NotPossible with a sentence
for people when things do not stand that way. Functions that call the carrier while one waits also raise VendorError.

    start → check → move → describe, add_paper → submit → (following.poll) → reject → correct → submit
"""

from apps.numbers.porting.access import NotPossible, may_edit
from apps.numbers.porting.deciding import acknowledge, cancel, look, reject, remark, tick
from apps.numbers.porting.drafting import (
    add,
    add_paper,
    annotate,
    change,
    check,
    correct,
    describe,
    discard,
    discard_order,
    fingerprint,
    hand_in,
    has_secrets,
    move,
    remove,
    remove_paper,
    start,
)
from apps.numbers.porting.following import poll
from apps.numbers.porting.papers import Unfit
from apps.numbers.porting.submitting import check_again, is_simple, obstacles, say_not_ordered, submit, tend

__all__ = [
    "NotPossible",
    "Unfit",
    "acknowledge",
    "add",
    "add_paper",
    "annotate",
    "cancel",
    "change",
    "check",
    "check_again",
    "correct",
    "describe",
    "discard",
    "discard_order",
    "fingerprint",
    "hand_in",
    "has_secrets",
    "is_simple",
    "look",
    "may_edit",
    "move",
    "obstacles",
    "poll",
    "reject",
    "remark",
    "remove",
    "remove_paper",
    "say_not_ordered",
    "start",
    "submit",
    "tend",
    "tick",
]
