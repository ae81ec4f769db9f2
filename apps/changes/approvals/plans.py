"""Plans as things that are approved: the one place that knows which rule a plan meets."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.accounts.models import User
from apps.changes.approvals.kinds import ApprovalKind, register
from apps.changes.approvals.policy import current
from apps.changes.models import ApprovalPolicy, Plan, PlanState, Reversal
from apps.changes.registry import PENDING, Touch, going_of, kind_of, kinds
from apps.connections.models import Connection
from apps.ui.paging import keyset_page

PAGE = 50
# What makes a step what it is; how far it has come is not part of that.
_SENT = ("connection", "operation", "object_kind", "object_ref", "field", "now", "after", "params", "reversal")


@register
class PlanApproval(ApprovalKind):
    """A plan: cancelling, 911, or more at once than the brake lets by."""

    key = "changes.plan"
    noun = "plan"
    template = "changes/approvals/_plan.html"

    def find(self, subject: str) -> Plan | None:
        plans = Plan.objects.select_related("created_by", "applied_by")
        found = plans.filter(public_id=UUID(subject.split()[-1])).first()
        return found if found and found.kind in kinds else None

    def subject(self, thing: Plan) -> str:
        return f"plan {thing.public_id}"

    def title(self, thing: Plan) -> str:
        return thing.title

    def url(self, thing: Plan) -> str:
        return thing.get_absolute_url()

    def permission(self, thing: Plan) -> str:
        return kind_of(thing).permission

    def view_permission(self, thing: Plan) -> str:
        return kind_of(thing).view_permission

    def owner(self, thing: Plan) -> User:
        return thing.created_by

    def connections(self, thing: Plan) -> list[Connection]:
        return list(Connection.objects.filter(plan_steps__plan=thing).distinct())

    def reasons(self, thing: Plan, policy: ApprovalPolicy) -> list[str]:
        return _reasons(thing, policy, PENDING)

    @staticmethod
    def wanted(plan: Plan, left: Q = PENDING) -> list[str]:
        """Return why the policy in force wants a second person for those of the plan's steps that are `left`."""
        return _reasons(plan, current(), left)

    def fingerprint(self, thing: Plan) -> str:
        digest = hashlib.sha256(json.dumps([thing.kind, thing.params], sort_keys=True, default=str).encode())
        steps = thing.steps.filter(PENDING).order_by("position").values_list(*_SENT)
        for step in steps.iterator(chunk_size=2000):
            digest.update(json.dumps(step, sort_keys=True, default=str).encode())
        return digest.hexdigest()

    def facts(self, thing: Plan) -> Mapping[str, Any]:
        going = going_of(thing)
        return {"kind": thing.kind, "steps": sum(going.values()), "on": sorted(one.name for one in going)}

    def obstacle(self, thing: Plan) -> str:
        if thing.state == PlanState.DRAFT:
            return ""
        if thing.state in {PlanState.READING, PlanState.UNREADABLE}:
            return "Its values are not read yet. Wait until the plan shows them."
        return "This plan is being applied, or over already."

    def is_over(self, thing: Plan) -> bool:
        return thing.is_final or thing.state == PlanState.APPLYING

    def shown(self, thing: Plan, person: User, cursor: str) -> Mapping[str, Any]:
        kind = kind_of(thing)
        # Before it is applied: what is to be sent. Afterwards: all of it, with what became of it.
        rows = thing.steps.select_related("connection")
        waiting = thing.state in {PlanState.DRAFT, PlanState.READING, PlanState.UNREADABLE}
        page = keyset_page(rows.filter(PENDING) if waiting else rows, ("position",), cursor, PAGE)
        for step in page.rows:
            step.url = kind.url(step)
            if waiting:
                step.state = ""
        return {
            "plan": thing,
            "steps": page.rows,
            "page": page,
            "total": rows.filter(PENDING).count() if waiting else rows.count(),
            "one_way": kind.reversal == Reversal.ONE_WAY,
            "may_open": Plan.objects.visible_to(person).filter(pk=thing.pk).exists(),
        }


def leave_of(plan: Plan) -> str:
    """Return the `used_for` of a plan: it is applied once."""
    return f"plan {plan.public_id}"


def _reasons(plan: Plan, policy: ApprovalPolicy, left: Q) -> list[str]:
    kind, found = kind_of(plan), []
    touched = kind.touched(plan.steps.filter(left)) if policy.cancellation or policy.emergency else frozenset()
    if policy.cancellation and Touch.CANCELLATION in touched:
        found.append("It cancels numbers.")
    if policy.emergency and Touch.EMERGENCY in touched:
        found.append("It changes what 911 is told.")
    if policy.bulk and (why := kind.over_brake(going_of(plan, left))):
        found.append(why)
    return found
