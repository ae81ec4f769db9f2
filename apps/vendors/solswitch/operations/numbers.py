"""Numbers on the switch, their 911 entries, and where schedules and follow-me lead."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect
from apps.vendors.solswitch import decode
from apps.vendors.solswitch.operations.fields import customer, identifier, record, route_type

_DID = params.text("did", wire="DID", pattern=r"\d{4,20}", hint="give digits only, without brackets or dashes", required=True)

OPERATIONS = [
    record(
        "numbers.list", "didreport", "DIDs of the whole switch", Effect.READ,
        area="numbers", source="DID Report", decode=decode.rows, owner="CustID",
        returns=replies.rows(
            required=("DID",), DID=replies.text, IRID=replies.text, CustID=replies.text, PrimaryRoute=replies.integer
        ),
    ),
    record(
        "numbers.add", "adddid", "Add a DID", Effect.WRITE, _DID,
        area="numbers", source="Add DID", outcome_from="numbers.list", returns=replies.done(),
    ),
    record(
        "numbers.remove", "removedid", "Remove a DID", Effect.DESTRUCTIVE, _DID,
        area="numbers", source="Remove DID", outcome_from="numbers.list", returns=replies.done(),
    ),
    record(
        "emergency.list", "911info", "911 entries of the whole switch", Effect.READ,
        area="e911", source="911 Info", decode=decode.rows,
        returns=replies.rows(required=("did",), did=replies.text, custnum=replies.text),
    ),
    record(
        "time_rules.read", "checktimerule", "Whether a time rule is open", Effect.READ,
        identifier("id", required=True), customer(),
        area="routing", source="Check Time Rule", decode=decode.one,
        returns=replies.obj(required=("TimeRuleStatus",), TimeRuleStatus=replies.text),
    ),
    record(
        "scheduled_routes.read", "scheduledrouting", "Where a scheduled route leads now", Effect.READ,
        identifier("id", required=True),
        area="routing", source="Scheduled Routing Details", decode=decode.one, returns=replies.obj(RouteType=route_type),
    ),
    record(
        "follow_me.read", "findmefollowme", "A find me follow me", Effect.READ,
        identifier("id", required=True),
        area="routing", source="Find Me Follow Me Details", decode=decode.one,
        returns=replies.obj(
            OverflowRouteType=route_type, Recording=replies.flag, AutoAnswer=replies.flag, StepTime=replies.integer
        ),
    ),
]  # fmt: skip
