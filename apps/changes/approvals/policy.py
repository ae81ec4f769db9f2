"""The rules that want a second person: off until an administrator sets them."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.changes.models import ApprovalPolicy
from apps.ui.formatting import money

CURRENCY = "USD"  # of the limit
RULES = ("spend_limit", "cancellation", "emergency", "bulk")


def current() -> ApprovalPolicy:
    """Return the policy in force now; without a row, one that asks for nothing."""
    return ApprovalPolicy.objects.first() or ApprovalPolicy(pk=ApprovalPolicy.THE_ONE)


@transaction.atomic
def change_policy(actor: User, **rules: Any) -> bool:
    """Set the rules given by name (see RULES); return whether any changed. Raises PermissionDenied.

    What is under way goes on, and what was approved stays approved; what is asked for from now on meets the new rules.
    """
    if not actor.may("approvals.policy"):
        raise PermissionDenied("approvals.policy")
    ApprovalPolicy.objects.get_or_create(pk=ApprovalPolicy.THE_ONE)
    policy = ApprovalPolicy.objects.select_for_update().get()
    before = {name: getattr(policy, name) for name in RULES}
    after = {**before, **rules}
    if after == before:
        return False
    ApprovalPolicy.objects.update(**after)
    record(
        "approval.policy_changed",
        actor=actor,
        target="approval policy",
        params={"loosened": [name for name in RULES if _looser(before[name], after[name])]},
        before={name: _plain(value) for name, value in before.items()},
        after={name: _plain(value) for name, value in after.items()},
    )
    return True


def over_limit(policy: ApprovalPolicy, amount: Decimal | None, currency: str) -> str:
    """Return why spending `amount` wants a second person, as a sentence, or "".

    An amount that is not known, or is in another currency than the limit, counts as over it.
    """
    limit = policy.spend_limit
    if limit is None or (amount is not None and currency == CURRENCY and amount <= limit):
        return ""
    bound = f"the limit of {money(limit, CURRENCY)} for one purchase"
    if amount is None:
        return f"Its price is not known, and there is {bound}."
    if currency != CURRENCY:
        return f"{money(amount, currency)} cannot be compared with {bound}."
    return f"{money(amount, currency)} is over {bound}."


def _looser(before: Any, after: Any) -> bool:
    """Whether a rule asks for less than before; the limit by how much may be spent without asking."""
    if isinstance(before, bool):
        return before and not after
    return before is not None and (after is None or after > before)


def _plain(value: Any) -> Any:
    return "off" if value is None else str(value) if isinstance(value, Decimal) else value
