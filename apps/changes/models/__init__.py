"""What is stored of changes: plans with their steps, intents that spend, and approvals by a second person."""

from apps.changes.models.approval import Approval, ApprovalComment, ApprovalPolicy, ApprovalState
from apps.changes.models.intent import OPEN, Intent, IntentState
from apps.changes.models.plan import Plan, PlanState, PlanStep, Reversal, StepState

__all__ = [
    "OPEN",
    "Approval",
    "ApprovalComment",
    "ApprovalPolicy",
    "ApprovalState",
    "Intent",
    "IntentState",
    "Plan",
    "PlanState",
    "PlanStep",
    "Reversal",
    "StepState",
]
