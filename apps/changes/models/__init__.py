"""What is stored of changes: plans with their steps, and intents that spend."""

from apps.changes.models.intent import OPEN, Intent, IntentState
from apps.changes.models.plan import Plan, PlanState, PlanStep, Reversal, StepState

__all__ = ["OPEN", "Intent", "IntentState", "Plan", "PlanState", "PlanStep", "Reversal", "StepState"]
