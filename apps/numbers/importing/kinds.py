"""The two jobs of an import: the dry run, and what it shows."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied

from apps.accounts.models import Tenant
from apps.changes.services import NotPossible
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, register
from apps.jobs.models import JobItem, Reason
from apps.numbers.importing import services
from apps.numbers.models import ImportRun, ImportState


def _run(ctx: Context) -> ImportRun:
    return ImportRun.objects.select_related("created_by", "job").defer("upload").get(public_id=ctx.params["import"])


@register
class CheckImport(JobKind):
    """One item, the file: what each of its rows would do."""

    key = services.CHECK
    title = "Check an import"
    item_noun: ClassVar[tuple[str, str]] = ("file", "files")
    repeatable = True
    permission = "numbers.import"

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        run = _run(ctx)
        count = services.check(run, run.created_by)
        return {"message": run.problem or f"{count:,} rows checked."}

    def finish(self, ctx: Context) -> None:
        run = _run(ctx)
        said = "The file could not be read." if run.state == ImportState.UNREADABLE else "The dry run is there."
        ctx.summarise(said, run.get_absolute_url())


@register
class ApplyImport(JobKind):
    """One item for each target: a tenant that gets numbers, a trunk group or a status that gets a plan."""

    key = services.APPLY
    title = "Import numbers"
    item_noun: ClassVar[tuple[str, str]] = ("target", "targets")
    repeatable = True
    permission = "numbers.import"

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        run = _run(ctx)
        person = run.created_by
        what, _, target = item.key.partition(":")
        try:
            if what == "tenant":
                tenant = Tenant.objects.get(pk=int(target)) if target else None
                count = services.give(run, tenant, person)
                return {"message": f"{count:,} changed hands."}
            plan = services.plan(run, item.key, person)
        except PermissionDenied:
            raise ItemFailed("Not done: this person's role does not cover it any more.", Reason.CONFIG) from None
        except NotPossible as refusal:
            raise ItemFailed(str(refusal)) from None
        return {"message": f"Plan drawn up: {plan.title}."}

    def finish(self, ctx: Context) -> None:
        run = _run(ctx)
        services.applied(run)
        ctx.summarise(
            "Tenants are given; plans wait to be looked at." if run.plans.exists() else "Imported.", run.get_absolute_url()
        )

    def cancelled(self, ctx: Context) -> None:
        services.applied(_run(ctx))
