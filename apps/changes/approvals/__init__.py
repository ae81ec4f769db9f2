"""A second person: what wants one, who asked, who agreed, and that what is done is what was agreed to."""

from apps.changes.approvals.kinds import ApprovalKind, kinds, register, thing_of
from apps.changes.approvals.policy import change_policy, current, over_limit
from apps.changes.approvals.services import (
    Standing,
    approve,
    ask,
    cannot_decide,
    clear,
    comment,
    deciders,
    due,
    expire_due,
    guard_spending,
    may_comment,
    refuse,
    standing,
    used_for_intent,
    was_cleared,
    withdraw,
)
from apps.changes.errors import NeedsApproval, NotPossible

__all__ = [
    "ApprovalKind",
    "NeedsApproval",
    "NotPossible",
    "Standing",
    "approve",
    "ask",
    "cannot_decide",
    "change_policy",
    "clear",
    "comment",
    "current",
    "deciders",
    "due",
    "expire_due",
    "guard_spending",
    "kinds",
    "may_comment",
    "over_limit",
    "refuse",
    "register",
    "standing",
    "thing_of",
    "used_for_intent",
    "was_cleared",
    "withdraw",
]
