"""DIDs, DID groups, and rules on callers (CLI routing) of a DID and of a tenant."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Effect
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    extension,
    flag,
    identifier,
    numbered,
    optional,
    record,
    rows,
    server,
    server_one,
    text,
)

DID_TO = (
    "Extension", "Multi User", "Ring Group", "IVR", "Queues", "External Number", "IVR tree", "Voicemail", "Remote Access",
    "Conferences", "Trunk", "Fax to E-mail", "Phone Callback", "Deny Access", "CRM Routing", "Agents", "ARI Application",
    "Parking Lot",
)  # fmt: skip
CALLER_TO = (
    "Extension", "Multi User", "Ring Group", "IVR", "Queues", "Voicemail", "Remote Access", "Conferences", "Trunk",
    "Fax to E-mail", "Deny Access", "CRM Routing",
)  # fmt: skip
DID_NOWHERE, CALLER_NOWHERE = frozenset({"12", "13"}), frozenset({"10"})
_WHERE = "Extension, number or id, by the kind of destination; none for those that lead nowhere."


def _destination(nowhere: frozenset[str]) -> Callable[[Mapping[str, Any]], Mapping[str, str]]:
    """A kind of destination wants a destination, except the kinds that lead nowhere."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        wanted = "dest_type" in cleaned and cleaned["dest_type"] not in nowhere
        return {"destination": "is required with this dest_type"} if wanted and not cleaned.get("destination") else {}

    return rule


def _to(kinds: tuple[str, ...]) -> tuple[Param, Param]:
    return (
        numbered("dest_type", 0, kinds, required=True, help="What it rings."),
        text("destination", _WHERE, required=True, default=""),
    )


_DID: tuple[Param, ...] = (
    identifier("trunk", required=True, help="Id of the trunk calls come in on."),
    text("did", "The number.", required=True, pattern=r"\+?\d{2,20}", hint="give digits only"),
    *_to(DID_TO),
    flag("disabled", required=True, default=False),
    text("name"),
    text("did_2", "Last number of a range."),
    identifier("groupid", help="Id of the DID group."),
    text("e164", "The number as E.164."),
    text("e164_2", "Last number as E.164."),
    text("callerid", "Replace the caller id."),
    text("splan", "Service plan."),
    text("billingext", "Deprecated; use call_rating_ext."),
    text("call_rating_ext", "Extension that pays."),
    text("greeting"),
    text("stripn", "Strip so many digits."),
    text("qprio", "Priority in the queue."),
    text("codec", "Force this codec."),
    text("ringtone", "Custom ringtone."),
    text("recordcall", "Record calls."),
    text("state_text", "County."),
    text("city"),
    text("areacode", "Area code."),
    text("sms_enabled", "The number sends and receives SMS."),
    text("preserve_callerid", "Keep the caller id; for external numbers only."),
    text("notify", "Notify when nobody answers."),
    text("prioritize_clirouting", "Caller rules go before operation times."),
)
_GROUP: tuple[Param, ...] = (
    text("group_name", required=True),
    identifier("tenant", wire="tenantid", required=True, help="Id of the tenant the group is for."),
    text("min_did", "First number.", pattern=r"\d+", hint="give digits only", required=True),
    text("max_did", "Last number.", pattern=r"\d+", hint="give digits only", required=True),
)
_CALLER: tuple[Param, ...] = (
    text("callerid", "The caller; % stands for any digits.", required=True),
    *_to(CALLER_TO),
    flag("matchexplicitly", "Match the number exactly.", required=True),
)
_RULE_ID = identifier("rule", wire="cliroutingid", required=True, help="Id of the rule.")
_DID_RULES, _CALLER_RULES = (_destination(DID_NOWHERE),), (_destination(CALLER_NOWHERE),)
LISTED: dict[str, Any] = {
    "number": replies.text, "number2": replies.text, "server": replies.text, "trunk": replies.text, "ext": replies.text,
    "e164": replies.text, "sms_enabled": replies.flag, "e911": replies.flag,
}  # fmt: skip


def _caller_rules(prefix: str, documented: str, subject: str, *of: Param) -> list[Any]:
    """The four calls on rules of a DID, or of a tenant."""
    source = "CLI Routing"
    listed = rows(callerid=replies.text, ext=replies.text, matchtype=replies.flag)
    return [
        record(
            f"{prefix}.callers.add", f"{documented}.add", f"Add a rule on callers of {subject}", Effect.WRITE, *of, *_CALLER,
            area="routing", source=f"Adding {source}", rules=_CALLER_RULES, outcome_from=f"{prefix}.callers.list",
        ),
        record(
            f"{prefix}.callers.change", f"{documented}.edit", f"Change a rule on callers of {subject}", Effect.WRITE,
            *of, _RULE_ID, *optional(_CALLER),
            area="routing", source=f"Editing {source}", rules=_CALLER_RULES,
            repeatable=True, outcome_from=f"{prefix}.callers.list",
        ),
        record(
            f"{prefix}.callers.list", f"{documented}.list", f"Rules on callers of {subject}", Effect.READ, *of,
            area="routing", source=f"Listing {source}", decode=decode.under_success, returns=listed,
        ),
        record(
            f"{prefix}.callers.remove", f"{documented}.delete", f"Delete a rule on callers of {subject}",
            Effect.DESTRUCTIVE, *of, _RULE_ID,
            area="routing", source=f"Deleting {source}", outcome_from=f"{prefix}.callers.list",
        ),
    ]  # fmt: skip


OPERATIONS = [
    record(
        "dids.list", "did.list", "DIDs", Effect.READ, server(), extension(help="Only those that ring this."),
        area="numbers", source="Listing DIDs", decode=decode.keyed, returns=rows(**LISTED),
    ),
    record(
        "dids.add", "did.add", "Add a DID", Effect.WRITE, server(), *_DID,
        area="numbers", source="Adding DIDs", rules=_DID_RULES, outcome_from="dids.list",
    ),
    record(
        "dids.change", "did.edit", "Change a DID", Effect.WRITE, server(), identifier(required=True), *optional(_DID),
        area="numbers", source="Editing DIDs", rules=_DID_RULES, repeatable=True, outcome_from="dids.list",
    ),
    record(
        "dids.remove", "did.delete", "Delete a DID", Effect.DESTRUCTIVE,
        identifier(required=True), server(help="1 in tenant mode, says the document.", customer=False),
        area="numbers", source="Deleting DIDs", outcome_from="dids.list",
    ),
    *_caller_rules("dids", "did.clirouting", "a DID", identifier(required=True, help="Id of the DID."), server()),
    *_caller_rules(
        "tenants", "tenant.clirouting", "a tenant",
        identifier("tenant", required=True, customer=True, help="Id of the tenant; 1 without tenant mode."),
    ),
    record(
        "did_groups.list", "didgroup.list", "DID groups", Effect.READ,
        area="numbers", source="Listing DID groups", decode=decode.keyed,
        returns=rows(min_did=replies.text, max_did=replies.text, tenant=replies.text),
    ),
    record(
        "did_groups.add", "didgroup.add", "Add a DID group", Effect.WRITE, server_one(), *_GROUP,
        area="numbers", source="Adding DID Groups", outcome_from="did_groups.list",
    ),
    record(
        "did_groups.change", "didgroup.edit", "Change a DID group", Effect.WRITE,
        server_one(), identifier(required=True), *optional(_GROUP),
        area="numbers", source="Editing DID Groups", repeatable=True, outcome_from="did_groups.list",
    ),
    record(
        "did_groups.remove", "didgroup.delete", "Delete a DID group", Effect.DESTRUCTIVE,
        identifier(required=True), server_one(),
        area="numbers", source="Deleting DID Groups", outcome_from="did_groups.list",
    ),
]  # fmt: skip
