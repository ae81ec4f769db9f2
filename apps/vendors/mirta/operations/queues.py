"""Queues and their agents, virtual extensions, response paths, phone books, mailboxes."""

from collections.abc import Callable
from typing import Any

from apps.vendors.core import params
from apps.vendors.core.operation import Operation, one_of
from apps.vendors.core.params import Param
from apps.vendors.mirta import decode
from apps.vendors.mirta.operations.fields import (
    columns,
    destroy,
    fetched,
    identifier,
    listing,
    number,
    peer,
    reference,
    tenant,
    text,
    words,
    write,
)

_AGENT_TYPES = {
    "NF": "not following", "AD": "additional destinations", "NFR": "not following, with ring",
    "ADR": "additional destinations, with ring", "EA": "external agent", "EANM": "external, not monitored",
    "EAC": "external, confirms", "EANMC": "external, not monitored, confirms", "CU": "custom destination",
    "CUNM": "custom destination, not monitored", "CC": "custom destination, confirms",
    "CUFF": "custom destination, full features",
}  # fmt: skip
_QUEUE = (one_of("number", "id"),)
_AGENTS_QUEUE = (one_of("queue", "queuenumber"),)


def _agent() -> tuple[Param, ...]:
    return (
        tenant(),
        peer("extension", "Agent: number, or number-TENANT.", required=True),
        text("queue", "Id of the queue, or ALL.", pattern=r"\d{1,20}|(?i:all)", hint="give an id, or ALL"),
        text("queuenumber", "Number of the queue, instead of its id."),
    )


def _agent_acts(action: str, title: str, kind: Callable[..., Operation] = write) -> Operation:
    reason = (text("pausereason", "Shown in reports."), words("refresh", "no|yes", "no: the queue is not refreshed."))
    options: dict[str, Any] = {} if kind is destroy else {"repeatable": True}
    return kind(
        f"agents.{'remove' if action == 'del' else action}", f"AGENT {action}", title, *_agent(), *reason,
        area="routing", rules=_AGENTS_QUEUE, outcome_from="agents.queues", **options,
    )  # fmt: skip


def _queue() -> tuple[Param, ...]:
    return (
        tenant(),
        text("number", "Number of the queue; NONE where none applies.", pattern=r"[0-9*#+]+|(?i:none)", hint="give a number"),
        identifier("id", "Id of the queue, instead of its number."),
    )


def _virtual() -> tuple[Param, Param]:
    return tenant(), number(required=True, help="Number of the virtual extension.")


def _book() -> tuple[Param, Param]:
    return tenant(), text("phonebook", "Name of the phone book.", required=True)


def _path() -> tuple[Param, Param]:
    return tenant(), identifier("id", "Id of the response path.", required=True)


def _filter() -> tuple[Param, Param]:
    return words("filter", "queue|answer|uniqueid"), text("filterdata", "What to filter on.")


def _message() -> tuple[Param, ...]:
    return tenant(), reference("msgid", "Id of the message."), _MAILBOX


_MAILBOX = text("mailbox", "Number of the mailbox.", pattern=r"[\w.@\-]{1,40}", hint="give the number of the mailbox")
_OTHER = peer("extension", "Number, or number-TENANT.", required=True)

OPERATIONS = [
    listing("phonebooks.list", "PHONEBOOKS list", "Phone books", tenant(), area="extensions", decode=decode.names, fresh=True),
    listing(
        "phonebooks.entries.search", "PHONEBOOK query", "Search a phone book", *_book(),
        text("field", "Name of the field.", required=True, pattern=r"\w+"),
        text("value", "% stands for anything.", required=True),
        area="extensions",
    ),
    write(
        "phonebooks.entries.add", "PHONEBOOK add", "Add to a phone book", *_book(),
        columns(wire="values", many=True, open_help="Like NAME and PHONE1; several as a list of objects."),
        area="extensions", outcome_from="phonebooks.entries.list",
    ),
    destroy(
        "phonebooks.entries.remove", "PHONEBOOK delete", "Delete an entry of a phone book", *_book(),
        identifier("peid", "Id of the entry.", required=True),
        area="extensions", outcome_from="phonebooks.entries.list",
    ),
    destroy(
        "phonebooks.entries.clear", "PHONEBOOK cleanall", "Delete all entries of a phone book", *_book(),
        area="extensions", outcome_from="phonebooks.entries.list",
    ),
    listing("phonebooks.entries.list", "PHONEBOOK getall", "Entries of a phone book", *_book(), area="extensions", fresh=True),
    listing(
        "agents.queues", "AGENT listqueues", "Queues of an agent", *_agent(), area="routing", decode=decode.names, fresh=True,
    ),
    _agent_acts("pause", "Pause an agent"),
    _agent_acts("unpause", "Let a paused agent work"),
    _agent_acts("del", "Take an agent from a queue", destroy),
    listing(
        "queues.agents.list", "QUEUE list", "Agents of a queue", *_queue(),
        area="routing", decode=decode.agents, rules=_QUEUE, fresh=True,
    ),
    listing(
        "queues.agents.details", "QUEUE fulllist", "Agents of a queue, in full", *_queue(),
        area="routing", decode=decode.agents, rules=_QUEUE, fresh=True,
    ),
    write(
        "queues.agents.add", "QUEUE add", "Add an agent to a queue", *_queue(), _OTHER,
        params.integer("order", minimum=0, help="Place in the list."),
        params.choice("type", _AGENT_TYPES),
        params.boolean("paused", help="Added as paused."),
        params.integer("penalty", minimum=0),
        area="routing", rules=_QUEUE, outcome_from="queues.agents.list",
    ),
    destroy(
        "queues.agents.remove", "QUEUE del", "Take an agent from a queue", *_queue(), _OTHER,
        area="routing", rules=_QUEUE, outcome_from="queues.agents.list",
    ),
    destroy(
        "queues.agents.clear", "QUEUE clean", "Take all agents from a queue", *_queue(),
        area="routing", rules=_QUEUE, outcome_from="queues.agents.list",
    ),
    write(
        "queues.log", "QUEUE log", "Write an entry into the queue log", *_queue(),
        text("event", "Event of your own.", required=True, pattern=r"\w{1,40}", hint="give a word"),
        text("uniqid", "Unique id of the entry."),
        peer("extension", "Agent, or NONE."),
        *(text(f"data{place}") for place in range(1, 6)),
        area="routing", rules=_QUEUE, outcome_from="info.queuelogs",
    ),
    destroy(
        "queues.reset", "QUEUERESET", "Set a queue's statistics to nothing", tenant(),
        identifier("queueid", "Id of the queue.", required=True), area="reports", outcome_from="info.queue",
    ),
    listing(
        "response_paths.list", "RESPONSEPATH list", "Responses of a response path", *_path(), *_filter(),
        area="reports", decode=decode.bars,
    ),
    listing(
        "response_paths.read", "RESPONSEPATH getid", "One response of a response path", *_path(),
        reference("rrid", "Id of the response, or its unique id."), *_filter(),
        area="reports", decode=decode.bars,
    ),
    listing(
        "response_paths.last", "RESPONSEPATH getlast", "Latest response of a response path", *_path(), *_filter(),
        area="reports", decode=decode.bars,
    ),
    listing(
        "virtual_extensions.members.list", "VIRTUALEXT list", "Members of a virtual extension", *_virtual(),
        area="extensions", decode=decode.tags, fresh=True,
    ),
    write(
        "virtual_extensions.members.add", "VIRTUALEXT add", "Add a member to a virtual extension", *_virtual(), _OTHER,
        area="extensions", outcome_from="virtual_extensions.members.list",
    ),
    destroy(
        "virtual_extensions.members.remove", "VIRTUALEXT del", "Take a member from a virtual extension", *_virtual(), _OTHER,
        area="extensions", outcome_from="virtual_extensions.members.list",
    ),
    destroy(
        "virtual_extensions.members.clear", "VIRTUALEXT clean", "Take all members from a virtual extension", *_virtual(),
        area="extensions", outcome_from="virtual_extensions.members.list",
    ),
    listing("voicemail.list", "VOICEMAIL list", "Mailboxes", tenant(), _MAILBOX, area="messaging"),
    listing(
        "voicemail.messages", "VOICEMAIL messages", "Messages of a mailbox", tenant(),
        text("mailbox", "Number of the mailbox.", required=True, pattern=r"[\w.@\-]{1,40}", hint="give its number"),
        area="messaging", fresh=True,
    ),
    fetched("voicemail.fetch", "VOICEMAIL message", "Audio of a message", *_message(), area="messaging"),
    destroy("voicemail.delete", "VOICEMAIL delete", "Delete a message", *_message(), area="messaging"),
    write(
        "voicemail.mark_read", "VOICEMAIL markread", "Mark a message as heard", *_message(),
        area="messaging", repeatable=True,
    ),
    write(
        "voicemail.mark_unread", "VOICEMAIL markunread", "Mark a message as new", *_message(),
        area="messaging", repeatable=True,
    ),
    fetched(
        "media.audio", "MEDIAFILE getaudio", "Audio of a media file", tenant(),
        identifier("id", "Id of the media file.", wire="objectid", required=True), area="routing",
    ),
]  # fmt: skip
