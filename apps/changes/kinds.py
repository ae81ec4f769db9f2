"""The two jobs of a plan: read what is there now, and do what it says."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from apps.changes.approvals import jobs  # noqa: F401  (registers its kinds)
from apps.changes.errors import NeedsApproval
from apps.changes.models import Plan, PlanState
from apps.changes.registry import kind_of
from apps.changes.services import plans
from apps.changes.services.applying import Memory, read_connection, run_batch
from apps.connections.models import Connection
from apps.connections.services import describe_error
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, Recovery, register
from apps.jobs.models import JobItem, Reason
from apps.jobs.outcomes import reason_of
from apps.vendors.core.errors import VendorError

_memories: WeakKeyDictionary[Context, Memory] = WeakKeyDictionary()


def _plan(ctx: Context) -> Plan:
    return Plan.objects.get(public_id=ctx.params["plan"])


@register
class ReadPlan(JobKind):
    """One item for each connection: what it holds of the plan's things now."""

    key = "changes.read"
    title = "Read before a change"
    item_noun = ("system", "systems")
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        plan = _plan(ctx)
        connection = Connection.objects.get(pk=int(item.key))
        try:
            left = read_connection(plan, connection, ctx.actor)
        except VendorError as error:
            # The plan's page says it, with what to do; a failed job beside it would only be one thing more to clear.
            plans.unreadable(plan, describe_error(error, connection, doing="show what it holds now"))
            return {"message": f"Not read: {error.user_message}"}
        return {"message": f"{left:,} to change."}

    def finish(self, ctx: Context) -> None:
        plans.ready(_plan(ctx))

    def cancelled(self, ctx: Context) -> None:
        plans.unreadable(_plan(ctx), None)


@register
class ApplyPlan(JobKind):
    """One item for each call. An item may run again at any time: it looks before it sends."""

    key = "changes.apply"
    title = "Change"
    item_noun = ("call", "calls")
    people_settle = False

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        plan = _plan(ctx)
        if ctx.actor is not None and not ctx.actor.may(kind_of(plan).permission):
            raise ItemFailed("Not sent: this person's role does not cover it any more.", Reason.CONFIG)
        try:
            going = plans.resume(plan)
        except NeedsApproval as refusal:
            raise ItemFailed(str(refusal), Reason.CONFIG) from None
        if not going:
            raise ItemFailed("Not sent: the plan is not to be applied.")
        memory = _memories.setdefault(ctx, Memory())
        try:
            counts = run_batch(plan, int(item.key), ctx.actor, memory)
        except VendorError as error:
            raise ItemFailed(error.user_message, reason_of(error), sent="no") from error
        if counts.get("failed") or counts.get("unknown"):
            sent = "unknown" if counts.get("unknown") else "yes"
            raise ItemFailed(plans.told(plan, counts), Reason.TIMEOUT if sent == "unknown" else "permanent", sent=sent)
        return {"message": plans.told(plan, counts)}

    def recover_item(self, ctx: Context, item: JobItem) -> Recovery:
        return Recovery.retry()

    def finish(self, ctx: Context) -> None:
        plan = _plan(ctx)
        plans.conclude(plan)
        ctx.summarise(plans.told(plan, plans.counts_of(plan)), plan.return_url or plan.get_absolute_url())

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()

    def cancelled(self, ctx: Context) -> None:
        if _plan(ctx).state == PlanState.APPLYING:
            self.finish(ctx)
