"""What INFO tells: queues and agents, calls and their records, recordings, DIDs, extensions, balance, flows."""

from collections.abc import Callable
from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Param
from apps.vendors.mirta import decode
from apps.vendors.mirta.operations.fields import (
    PERIOD,
    SECRETS,
    any_tenant,
    fetched,
    identifier,
    listing,
    moment,
    period,
    read,
    reference,
    tenant,
    text,
    told,
)

_SEVERAL = "Several parted by commas."
_CALL_FILTERS = (
    text("id", f"Id of the record. {_SEVERAL}"),
    text("uniqueid", f"Unique id of the call. {_SEVERAL}"),
    text("direction", f"in, out or local. {_SEVERAL}"),
    text("phone", f"Number on either end, or who answered. {_SEVERAL}"),
)
_QUEUE_ID = identifier("queue", "Id of the queue; all when left out.")
_ROW = identifier("id", "Id of the row.", required=True)
_SPEED: dict[str, Any] = {"timeout": 60}


def _info(
    kind: Callable[..., Operation],
    name: str,
    title: str,
    *parameters: Param,
    area: str,
    scope: Param | None = None,
    **options: Any,
) -> Operation:
    """One `info`, under its own name; all of them are about a tenant."""
    return kind(f"info.{name}", f"INFO {name}", title, scope or tenant(), *parameters, area=area, **options)


def _of_queue(kind: Callable[..., Operation], name: str, title: str, area: str, **options: Any) -> Operation:
    return _info(kind, name, title, identifier("id", "Id of the queue.", required=True), area=area, **options)


def _agents(name: str, title: str, area: str = "routing") -> Operation:
    return _info(listing, name, title, _QUEUE_ID, area=area, decode=decode.agents)


def _dated(name: str, title: str, area: str, *filters: Param, scope: Param | None = None, **options: Any) -> Operation:
    return _info(listing, name, title, *period(), *filters, area=area, scope=scope, rules=PERIOD, **_SPEED, **options)


def _about(name: str, title: str, *parameters: Param, area: str, **options: Any) -> Operation:
    return _info(told, name, title, *parameters, area=area, timeout=15, **options)


OPERATIONS = [
    _info(listing, "queues", "Names of queues", area="routing", decode=decode.names),
    _of_queue(read, "queue", "How a queue stands", "routing", fresh=True),
    _of_queue(listing, "queuecallers", "Callers waiting in a queue", "calls"),
    _agents("agents", "Agents and their state"),
    _agents("agentsconnected", "Agents on a call"),
    _agents("agentsdelay", "How long agents take to answer", "reports"),
    _dated("outdialed", "Calls dialled by extensions", "reports"),
    _dated("simpledialed", "Calls of extensions, out and in, from the simple history", "reports"),
    _about("call", "A call begun from here", reference(), area="calls"),
    _about("fax", "A fax begun from here", reference(help="Id that sending gave, or unique id."), area="messaging"),
    _about("inforecording", "About a recording", reference(), area="calls"),
    _info(fetched, "recording", "A recording", reference(), area="calls"),
    _dated("recordings", "Recordings of a tenant", "calls"),
    _about("transcript", "Transcript of a recording", reference(), area="calls", decode=decode.words, returns=replies.value()),
    _info(fetched, "playrecording", "A recording, to be played", reference(), area="calls"),
    _info(fetched, "voicemail", "A voicemail message by its row", _ROW, area="messaging"),
    _about(
        "voicemailtranscript", "Transcript of a voicemail message", _ROW,
        area="messaging", decode=decode.words, returns=replies.value(),
    ),
    _info(listing, "dids", "DIDs", area="numbers", scope=any_tenant(), **_SPEED),
    _info(
        listing, "pincodes", "PIN codes", area="routing", returns=replies.rows(secrets=(*SECRETS, "*code", "*pin*")),
    ),
    _dated("sms", "Text messages sent and received", "messaging", fresh=True),
    _info(listing, "extensions", "Extensions and their state", area="extensions", **_SPEED),
    _about("extstate", "State of an extension", text("id", "Number of the extension.", required=True), area="extensions"),
    _about("regstate", "Registration of an extension", text("id", "Number of the extension.", required=True), area="devices"),
    _info(
        read, "config", "Limits of a tenant", area="system",
        returns=replies.obj(
            secrets=SECRETS, maxchannels=replies.integer, maxextensions=replies.integer, maxdids=replies.integer
        ),
    ),
    _dated(
        "cdrs", "Call records", "reports", *_CALL_FILTERS, text("linkedid", _SEVERAL), text("src", f"Caller. {_SEVERAL}"),
        text("firstdst", f"First number dialled. {_SEVERAL}"),
        text("template", "Template of the tenant that the columns follow."),
        scope=tenant(wildcard=True), decode=decode.table, form="csv",
        returns=replies.rows(
            secrets=SECRETS, start=moment, answer=moment, end=moment, duration=replies.integer, billsec=replies.integer
        ),
    ),
    _dated(
        "simplecdrs", "Call records from the simple history", "reports", *_CALL_FILTERS,
        text("calleridnum", f"Caller's number. {_SEVERAL}"), text("calleridname", f"Caller's name. {_SEVERAL}"),
        text("disposition", f"Like ANSWERED or NO ANSWER. {_SEVERAL}"), text("whoanswered", _SEVERAL),
        scope=tenant(wildcard=True),
        returns=replies.rows(
            secrets=SECRETS, required=("sc_start",), sc_start=moment, sc_duration=replies.integer, sc_billsec=replies.integer
        ),
    ),
    _dated("queuelogs", "Calls that queues took", "reports", _QUEUE_ID, fresh=True),
    _dated("ivrlogs", "What callers did in IVRs", "reports"),
    _info(
        read, "balance", "Credit of a tenant", *period(), area="billing", rules=PERIOD, fresh=True, decode=decode.number,
        returns=replies.obj(required=("balance",), secrets=SECRETS, balance=replies.money),
    ),
    _about("flow", "State of a flow", identifier("id", "Id of the flow.", required=True), area="routing"),
    _about("variable", "Value of a custom variable", identifier("id", "Id of the variable.", required=True), area="routing"),
]  # fmt: skip
