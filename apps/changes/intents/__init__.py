"""Writes that happen at most once: an intent is committed before its first byte, and settled from evidence."""

from apps.changes.intents.kinds import Already, Finding, IntentKind, NoTrace, Verdict, Withdrawn, register
from apps.changes.intents.services import (
    NotPossible,
    Waiting,
    accept_done,
    accept_not_done,
    advance,
    check,
    confirm,
    draft,
    drop,
    kind_of,
    settle,
    withdraw,
)

__all__ = [
    "Already",
    "Finding",
    "IntentKind",
    "NoTrace",
    "NotPossible",
    "Verdict",
    "Waiting",
    "Withdrawn",
    "accept_done",
    "accept_not_done",
    "advance",
    "check",
    "confirm",
    "draft",
    "drop",
    "kind_of",
    "register",
    "settle",
    "withdraw",
]
