"""Call records, queues and agents, tolls."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, in_order, together
from apps.vendors.solswitch import decode
from apps.vendors.solswitch.operations.fields import (
    customer,
    extension,
    identifier,
    in_time_order,
    moment,
    record,
    route_type,
    switch_time,
)

# How one leg of an export is read. The export itself keeps them as they come: it has no pages, and times cost more than all
# the rest of decoding it.
LEG = replies.obj(
    required=("LegID", "StartTime"), LegID=replies.text, StartTime=moment, ConnectTime=moment, EndTime=moment,
    SourceType=route_type, DestinationType=route_type,
)  # fmt: skip

OPERATIONS = [
    record(
        "calls.records", "cdrexport", "Call records", Effect.READ,
        customer(), switch_time("first", "DateStart", required=True), switch_time("last", "DateEnd", required=True),
        area="reports", source="CDR Export", decode=decode.legs, rules=(in_time_order("first", "last"),), slow=True,
        max_bytes=256 * 1024 * 1024, returns=replies.rows(required=("LegID", "StartTime")),
    ),
    record(
        "queues.standing", "livequeuestat", "How the queues stand", Effect.READ,
        customer("customer"), identifier("queue_id", "queueID", help="Only this queue."),
        area="reports", source="Live Queue Stats", decode=decode.rows,
        returns=replies.rows(
            required=("Ext",), Ext=replies.text, Calls=replies.integer, Callback=replies.integer,
            AvailableAgents=replies.integer, Answered=replies.integer, Abandoned=replies.integer, WaitTime=replies.seconds,
            EstimatedWaitTime=replies.seconds, Voicemail=replies.integer, ServiceLevel=replies.number,
        ),
    ),
    record(
        "agents.actions", "agentstats", "When agents came, paused and went", Effect.READ,
        customer(), extension(),
        params.day("day", wire="Date", help="Today when no day is given."),
        params.day("first", wire="DateStart"), params.day("last", wire="DateEnd"),
        area="reports", source="Agent Stats", decode=decode.actions,
        rules=(together("first", "last"), in_order("first", "last")),
        returns=replies.rows(DateTime=moment, DateTimeUnix=replies.integer),
    ),
    record(
        "tolls.rates", "tollrates", "Rates of a toll plan", Effect.READ,
        identifier("plan_id", "tollPlanID", required=True),
        params.text("prefix", wire="tollPrefix", pattern=r"\d{1,15}", hint="give digits only",
                    help="Only the rates this prefix matches."),
        area="billing", source="Toll Rates", decode=decode.rows,
        returns=replies.rows(required=("Prefix",), Prefix=replies.text, Value=replies.number),
    ),
    record(
        "tolls.report", "tollreport", "Tolls of a period", Effect.READ,
        customer(), switch_time("first", "DateStart", required=True), switch_time("last", "DateEnd", required=True),
        params.text("customer_number", wire="CustNum",
                    help="Call by call for this customer number; a summary by customer without it."),
        area="billing", source="Toll Reporting", decode=decode.rows, rules=(in_time_order("first", "last"),), slow=True,
        max_bytes=256 * 1024 * 1024,
        returns=replies.rows(
            RateCost=replies.number, CallCost=replies.number, CallID=replies.text, StartTime=moment, Length=replies.seconds
        ),
    ),
    Operation(
        "tolls.sync", "Take over the toll settings of another switch", "billing", Effect.WRITE, None, replies.done(),
        "solswitch: Toll Billing Info", (),
        not_callable="Only a SolSwitch can call this: it compares its toll tables with another's. Start it on the switch "
        "itself, under Advanced Tools, Toll Management, Toll Sync.",
    ),
]  # fmt: skip
