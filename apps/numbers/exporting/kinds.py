"""The job of an export."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse

from apps.accounts.models import Tenant
from apps.audit.services import record
from apps.jobs import files
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, register
from apps.jobs.models import ItemState, JobItem
from apps.numbers.exporting import services
from apps.numbers.exporting.writing import MOST_XLSX, TooLong


@register
class ExportNumbers(JobKind):
    """Write what a filter of the list shows to a file."""

    key = services.KIND
    title = "Export numbers"
    item_noun: ClassVar[tuple[str, str]] = ("file", "files")
    repeatable = True
    permission = "numbers.view"
    result_link = "Download the file"
    result_fields: ClassVar[Mapping[str, str]] = {"numbers": "Numbers"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        try:
            return {"numbers": services.write(ctx.job)}
        except TooLong:
            raise ItemFailed(f"A sheet holds {MOST_XLSX:,} numbers, and the filter shows more. Choose CSV.") from None
        except (ValueError, Tenant.DoesNotExist):
            raise ItemFailed("The filter cannot be read any more. Export once more from the list.") from None

    def finish(self, ctx: Context) -> None:
        done = ctx.items(ItemState.DONE).first()
        if done is None:
            return
        count = (done.result or {}).get("numbers", 0)
        record(
            "numbers.exported",
            actor=ctx.actor,
            target=f"job {ctx.job.public_id}",
            params={"filter": ctx.params["query"], "format": ctx.params["format"], "count": count},
        )
        hours = int(files.KEPT.total_seconds() // 3600)
        numbers = "1 number" if count == 1 else f"{count:,} numbers"
        link = reverse("numbers:export_file", args=[ctx.job.public_id])
        ctx.summarise(f"{numbers} exported. The file can be fetched for {hours} hours.", link)

    def cancelled(self, ctx: Context) -> None:
        files.discard(ctx.job)
