"""Traffic figures and call records, of origination and of termination."""

from apps.vendors.carrier.operations.fields import TRAFFIC_FIELDS, identifier, period, record
from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, in_order

_DAYS = replies.rows("data", date=replies.day, success=replies.text, failed=replies.text, required=("date",))
_FIGURES = replies.rows("data", **TRAFFIC_FIELDS)


def _both_ways(prefix: str, suffix: str, heading: str) -> list[Operation]:
    """The three reports that exist once for each direction, under the same names with a suffix."""
    words = "termination" if suffix else "origination"
    return [
        record(
            f"{prefix}call_records.days", f"daily_cdrs{suffix}", f"Daily call record files, {words}", Effect.READ,
            *period(), rules=(in_order("first", "last"),),
            area="reports", source=f"{heading}Daily CDR Stats", returns=_DAYS,
        ),
        record(
            f"{prefix}traffic.trunks", f"tg_stats{suffix}", f"Traffic of trunk groups, {words}", Effect.READ,
            identifier("tg_id", many=True, required=True, help="One trunk group id, or several joined by commas."),
            area="reports", source=f"{heading}Trunk Group Stats", returns=_FIGURES,
        ),
        record(
            f"{prefix}traffic.months", f"monthly_summary{suffix}", f"Monthly summary, {words}", Effect.READ,
            params.integer("year", minimum=2000, maximum=2100, required=True),
            params.integer("month", minimum=1, maximum=12),
            area="reports", source=f"{heading}Monthly Summary", returns=_FIGURES,
        ),
    ]  # fmt: skip


OPERATIONS = [
    record(
        "traffic.numbers", "did_stats", "Traffic of numbers", Effect.READ,
        params.phones("numbers", wire="number", required=True),
        area="reports", source="DID/TFN Stats", returns=_FIGURES,
    ),
    *_both_ways("", "", ""),
    *_both_ways("termination.", "_termination", "Termination: "),
]  # fmt: skip
