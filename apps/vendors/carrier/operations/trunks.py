"""Trunk groups: origination ("Origination API") and termination ("Termination")."""

from typing import Any

from apps.vendors.carrier.operations.fields import identifier, record
from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, required_when
from apps.vendors.core.params import Param


def _hosts(*, required: bool) -> tuple[Param, ...]:
    """The two places calls are sent to, each with its tech prefix and port."""

    def port(name: str, wire: str) -> Param:
        return params.integer(name, wire=wire, minimum=1, maximum=65535, help="SIP port, usually 5060.")

    return (
        params.ip("primary_ip", wire="primaryTrunk", required=required),
        params.code("primary_prefix", "4-6", wire="primaryPrefix"),
        port("primary_port", "primaryPort"),
        params.ip("secondary_ip", wire="secondaryTrunk"),
        params.code("secondary_prefix", "4-6", wire="secondaryPrefix"),
        port("secondary_port", "secondaryPort"),
    )


def _forwarding() -> Param:
    return params.phone("call_forwarding", digits=11, help="Where calls go when neither address answers.")


def _unlimited(value: Any) -> str:
    text = str(value).strip()
    if text.casefold() == "unlimited" or text.isdigit():
        return text.capitalize()
    raise ValueError("give a number of minutes, or Unlimited")


_TRUNK_FIELDS: dict[str, Any] = {
    "id": replies.text, "title": replies.text, "primaryIP": replies.text, "primaryPort": replies.text,
    "prefix_1": replies.text, "secondaryIP": replies.text, "secondaryPort": replies.text, "prefix_2": replies.text,
    "date": replies.moment, "req_sessions": replies.integer, "alloc_sessions": replies.integer, "status": replies.text,
}  # fmt: skip

OPERATIONS = [
    record(
        "trunks.add", "defineTrunk", "Add an origination trunk group", Effect.WRITE,
        params.text("title", required=True),
        *_hosts(required=True),
        params.choice("billing_type", {"Metered": "Metered", "Unmetered": "Unmetered"}, wire="billingType", required=True),
        params.integer("sessions", minimum=1, help="Concurrent calls; required when billing is Unmetered."),
        Param("minutes", "text", _unlimited, wire="mou", help="Minutes of use, or Unlimited."),
        _forwarding(),
        rules=(required_when("sessions", "billing_type", "Unmetered"),),
        area="routing", source="Defint Trunk Group", outcome_from="trunks.list", returns=replies.done(success=replies.text),
    ),
    record(
        "trunks.list", "get_trunk", "Origination trunk groups", Effect.READ,
        identifier("tg_id"),
        area="routing", source="Get Trunk Group", returns=replies.rows("data", required=("id",), **_TRUNK_FIELDS),
    ),
    record(
        "trunks.change", "update_trunk", "Change an origination trunk group", Effect.WRITE,
        identifier("trunk_id", "trunkid", required=True),
        params.text("title"),
        *_hosts(required=False),
        _forwarding(),
        area="routing", source="Update Trunk Group", repeatable=True, outcome_from="trunks.list",
        returns=replies.done(success=replies.text, trunkid=replies.text),
    ),
    record(
        "termination.trunks.add", "defineTrunk_termination", "Add a termination trunk group", Effect.WRITE,
        params.text("title", required=True),
        params.ip("ip", wire="ipaddress", required=True),
        params.integer("ports", minimum=1, maximum=1000, required=True, help="Concurrent calls, 1 to 1000."),
        params.integer("cps", minimum=1, help="Calls per second asked for."),
        area="routing", source="Termination: Defint Trunk Group", outcome_from="termination.trunks.list",
        returns=replies.done(success=replies.text),
    ),
    record(
        "termination.trunks.list", "get_trunk_termination", "Termination trunk groups", Effect.READ,
        identifier("tg_id"),
        area="routing", source="Termination: Get Trunk Group",
        returns=replies.rows(
            "data", id=replies.text, ipaddress=replies.text, ports=replies.integer, cps=replies.integer,
            ports_assigned=replies.integer, cps_assigned=replies.integer, config=replies.text, status=replies.text,
            required=("id",),
        ),
    ),
    record(
        "termination.trunks.disable", "disable_trunk_termination", "Disable a termination trunk group", Effect.DESTRUCTIVE,
        identifier("tg_id", required=True),
        area="routing", source="Termination: Disable Trunk", outcome_from="termination.trunks.list",
        # The document's key for "disabled" is "Removed TNs".
        returns=replies.done(**{"Removed TNs": replies.text, "success": replies.text}),
    ),
]  # fmt: skip
