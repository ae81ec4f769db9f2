"""The jobs of the audit log."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.urls import reverse

from apps.audit import retention
from apps.audit.checkpoints import read_checkpoints, write_checkpoint
from apps.audit.services import record
from apps.audit.verify import Verification
from apps.jobs.auditing import exports
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, register
from apps.jobs.models import ItemState, JobItem, Schedule


@register
class ExportAudit(JobKind):
    """Write what a filter of the audit log shows to a file, a stretch of the chain at a time."""

    key = exports.KIND
    title = "Export the audit log"
    item_noun: ClassVar[tuple[str, str]] = ("stretch", "stretches")
    repeatable = True
    permission = "audit.view"
    result_link = "Download the file"
    result_fields: ClassVar[Mapping[str, str]] = {"entries": "Entries"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        return {"entries": exports.write_part(ctx.job, item.position, item.params["first"], item.params["last"])}

    def finish(self, ctx: Context) -> None:
        if ctx.items().exclude(state=ItemState.DONE).exists():
            return
        size = exports.put_together(ctx.job).stat().st_size
        count = sum((item.result or {}).get("entries", 0) for item in ctx.items())
        record(
            "audit.exported",
            actor=ctx.actor,
            target=f"job {ctx.job.public_id}",
            params={"filter": ctx.params["query"], "entries": count, "format": ctx.params["format"], "bytes": size},
        )
        hours = int(exports.KEPT.total_seconds() // 3600)
        link = reverse("audit_export:download", args=[ctx.job.public_id])
        entries = "1 entry" if count == 1 else f"{count:,} entries"
        ctx.summarise(f"{entries} exported. The file can be fetched for {hours} hours.", link)

    def cancelled(self, ctx: Context) -> None:
        exports.discard(ctx.job)


@register
class AuditUpkeep(JobKind):
    """Once a day: prove the log whole, cut off what was kept long enough, and sign where the log stands."""

    key = "audit.upkeep"
    title = "Prove the audit log"
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        exports.remove_expired()
        walk = Verification(checkpoints=read_checkpoints())
        if fault := next(walk.findings(), None):
            raise ItemFailed(f"The audit log is broken: {fault}. Run `manage.py audit verify` to see all places.")
        anchor = retention.cut()
        try:
            path = write_checkpoint()
        except OSError as error:
            raise ItemFailed(f"The log is whole, but no checkpoint could be written: {error.strerror}.") from error
        said = "1 entry is whole." if walk.count == 1 else f"{walk.count:,} entries are whole."
        if anchor is not None:
            said += f" #{anchor.first} to #{anchor.through} are cut off."
        return {"message": f"{said} Signed in {path.name}." if path else said}

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return [{"key": "log", "label": "Audit log"}]
