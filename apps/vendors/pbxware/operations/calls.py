"""Call records, MOS, transcripts, archives, and recording of calls in progress."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, exclusive
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    all_of,
    choices,
    clock,
    count,
    day,
    extension,
    numbers,
    record,
    server,
    text,
    zone,
)

STATUS = {"8": "Answered", "4": "Unanswered", "2": "Busy", "1": "Failed"}
KIND = {"1": "Incoming", "2": "Outgoing", "3": "All"}
RULES = (exclusive("trunk", "ext"), exclusive("trunkdst", "extdst"))


def _search() -> tuple[Param, ...]:
    """What calls to look at; the same for the records and for what they cost."""
    return (
        day("first", wire="start", required=True),
        day("last", wire="end", required=True),
        clock("first_time", wire="starttime", help="From 00:00:00 unless given."),
        clock("last_time", wire="endtime", help="Until 23:59:59 unless given."),
        numbers("ext", help="Where calls came from, parted by commas."),
        numbers("extdst", help="Where calls went, parted by commas."),
        text("trunk", "Id of the trunk calls came in on; not together with ext."),
        text("trunkdst", "Id of the trunk calls went out on; not together with extdst."),
        count("page", minimum=1, help="First page unless given."),
        params.integer("limit", minimum=1, maximum=1000, help="Records a page; 16 unless given."),
        server(required=False),
        params.choice("status", STATUS),
        params.choice("kind", KIND, wire="cdrtype"),
        zone(),
    )


def _recording(act: str, title: str) -> Operation:
    return record(
        f"recordings.{act}", f"recording.{act}", title, Effect.WRITE,
        server(help="Id of the tenant, more than 1 in tenant mode; 1 without it."), extension(required=True),
        area="calls", source="Start/Stop/Pause/Unpause Call Recording", outcome_from="monitor.live_calls",
        returns=replies.obj(required=("success",), success=replies.text, affected_calls=replies.integer),
    )  # fmt: skip


OPERATIONS = [
    record(
        "call_records.list", "cdr.download", "Call records, a page at a time, newest first", Effect.READ, *_search(),
        area="reports", source="Downloading CDRs", rules=RULES, decode=decode.call_records,
        returns=replies.value(), slow=True, timeout=60.0,
    ),
    record(
        "call_records.amount", "cdr.billamount", "What calls cost together", Effect.READ, *_search(),
        area="billing", source="CDR Billamount", rules=RULES,
        returns=replies.obj(required=("billamount",), billamount=replies.money), slow=True, timeout=60.0,
    ),
    record(
        "call_records.mos", "cdr.mos", "Voice quality of a call", Effect.READ, text("uniqueid", required=True),
        area="reports", source="MOS",
        returns=replies.rows("data", **all_of("maxmes|avgmes|minmes", replies.number)),
    ),
    record(
        "transcripts.read", "transcription.get", "Transcript of a recording", Effect.READ,
        text("uniqueid", required=True), server(),
        area="calls", source="Transcription information", decode=decode.found, returns=replies.obj(required=("text",)),
    ),
    record(
        "archives.list", "archiving.list", "Reports on archiving", Effect.READ,
        day("first", wire="start_date", required=True),
        day("last", wire="end_date", required=True),
        clock("first_time", wire="start_time", help="From 00:00:00 unless given."),
        clock("last_time", wire="end_time", help="Until 23:59:59 unless given."),
        choices("status", "SUCCESS|FAILURE|PARTIAL"),
        text("tenant", "Code of a tenant."),
        area="reports", source="Listing Archivings", decode=decode.reports,
        returns=replies.rows(tenant=replies.text, date_time=replies.moment),
    ),
    _recording("start", "Start recording an extension's call"),
    _recording("stop", "Stop recording an extension's call"),
    _recording("pause", "Pause the recording of an extension's call"),
    _recording("unpause", "Go on recording an extension's call"),
]  # fmt: skip
