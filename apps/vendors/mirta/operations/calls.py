"""Calls in progress and what begins them: channels, dialling, transfers, campaigns, texts, faxes."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, one_of
from apps.vendors.core.params import Param
from apps.vendors.mirta import decode
from apps.vendors.mirta.operations.fields import (
    any_tenant,
    destroy,
    flag,
    identifier,
    listing,
    number,
    peer,
    record,
    reference,
    tenant,
    text,
    told,
    when,
    words,
    write,
)


def _channel(name: str = "channel", *, required: bool = True, help: str = "Channel, as channels.list has it.") -> Param:
    return params.text(
        name, required=required, help=help, pattern=r"[\w./@:;,+*#\-]{1,120}", hint="give a channel, like SIP/103-TENANT-0000a1"
    )


def _dest(name: str = "dest", *, required: bool = True) -> Param:
    return number(name, "Number to connect to.", required=required)


def _campaign() -> tuple[Param, Param]:
    return tenant(), identifier("campaign", "Id of the campaign, from the address of its page.", required=True)


def _run(action: str, title: str) -> Operation:
    """Start, stop, pause, resume: the document has no call that tells how a campaign stands."""
    return write(f"campaigns.{action}", f"CAMPAIGN {action}", title, *_campaign(), area="calls")


OPERATIONS = [
    told("channels.read", "CHANNEL", "Details of a channel", tenant(), _channel(), area="calls", timeout=30),
    listing(
        "channels.list", "CHANNELS", "Channels in use",
        text("nodename", "Only this node, which is much quicker."), any_tenant(),
        area="calls", decode=decode.channels, timeout=30,
    ),
    told(
        "calls.of_phone", "GETCURRENTCALLS", "Calls of an extension now", tenant(),
        peer("phone", "Extension.", required=True), flag("multiple", "Several channels."),
        area="calls", timeout=30,
    ),
    write(
        "calls.attended_transfer", "ATXTRANSFER", "Transfer a channel, attended", tenant(), _channel(), _dest(),
        area="calls", outcome_from="channels.list",
    ),
    _run("start", "Start a campaign"),
    _run("stop", "Stop a campaign"),
    _run("pause", "Pause a campaign"),
    _run("resume", "Resume a campaign"),
    write(
        "campaigns.numbers.add", "CAMPAIGN addnumber", "Add a number to a campaign", *_campaign(),
        number(required=True), text("description", wire="numberdescription"),
        area="calls", outcome_from="campaigns.numbers.list",
    ),
    destroy(
        "campaigns.numbers.remove", "CAMPAIGN delnumber", "Take a number from a campaign", *_campaign(),
        number(required=True), area="calls", outcome_from="campaigns.numbers.list",
    ),
    listing(
        "campaigns.numbers.list", "CAMPAIGN listnumbers", "Numbers of a campaign", *_campaign(), area="calls", fresh=True,
    ),
    destroy(
        "campaigns.numbers.clear", "CAMPAIGN cleannumbers", "Take all numbers from a campaign", *_campaign(),
        area="calls", outcome_from="campaigns.numbers.list",
    ),
    write(
        "calls.dial", "DIAL", "Dial a number and connect it to another", tenant(),
        text("source", "First number to dial; ACCOUNT for that of the account."),
        text("exten", "The same as source."),
        _dest(required=False),
        number("phone", "The same as dest."),
        text("var", "Variables to set, like callid=453131; the PBX puts the tenant's code before them."),
        peer("account", "Account the call is made for, like 402-TENANT; SOURCE for that of the source."),
        params.integer("dialtimeout", minimum=1, maximum=3600, help="Seconds of ringing."),
        params.integer("timeout", minimum=1, help="Longest duration of the call, in seconds."),
        text("sourceclid", "Caller id shown to the source."),
        text("destclid", "Caller id shown to the destination."),
        words("recording", "yes|no|yeschange|nochange"),
        text("server", "Node that dials."),
        flag("autoanswer", "The source's phone answers by itself.", false=""),
        flag("nofollow", "The source's further destinations are not rung.", false=""),
        area="calls", decode=decode.originated, rules=(one_of("source", "exten"), one_of("dest", "phone")),
        outcome_from="channels.list",
    ),
    write(
        "faxes.send", "FAX send", "Send a fax", tenant(),
        number("source_number", required=True), number("dest_number", required=True),
        params.file("document", types=("pdf",), wire="filename", required=True, help="A PDF."),
        words("quality", "204x98|204x196|204x392"),
        words("pagesize", "a4|letter|legal"),
        params.choice("rotate", {"E": "east", "W": "west", "no": "no rotation"}, help="Automatic when left out."),
        flag("delete_after", "Delete the fax once it is sent.", wire="deleteaftersend", true="on", false=""),
        when("schedule", "When it is sent; at once when left out."),
        text("statusemail", "Where news of it are sent.", pattern=r"[^@\s]+@[^@\s]+", hint="give an e-mail address"),
        area="messaging", decode=decode.sent,
    ),
    destroy(
        "calls.hang_up", "HANGUP", "End a call", tenant(),
        _channel(required=False),
        peer("extension", "Peer name, like 103-TENANT."),
        number("number", "Extension's number."),
        number("source", "Extension's number."),
        flag("fast", "A quicker way to find the channel.", false=""),
        area="calls", rules=(one_of("channel", "extension", "number", "source"),), outcome_from="channels.list",
    ),
    write(
        "messages.send", "SMS", "Send a text message", tenant(), number("source", required=True), _dest(),
        text("message", required=True, maximum=1600),
        text("destclid", "Sender that is shown."), text("server", "Node that sends."),
        area="messaging", decode=decode.sent, outcome_from="info.sms",
    ),
    write(
        "calls.transfer", "TRANSFER", "Transfer a channel", tenant(), _channel(),
        _channel("extrachannel", required=False, help="Further channel to transfer."), _dest(),
        area="calls", outcome_from="channels.list",
    ),
    record(
        "balance.add", "BALANCE", "Add to a tenant's balance, or subtract", Effect.PURCHASE, tenant(),
        params.decimal("amount", required=True, help="Added to the balance; negative to subtract."),
        text("description", required=True),
        area="billing", outcome_from="info.balance",
    ),
    told(
        "call_records.field", "CDR get", "A field of a call's record", tenant(),
        reference("uniqueid", "Unique id of the call."), text("field", "userfield is one.", required=True, pattern=r"\w+"),
        area="reports", decode=decode.words, returns=replies.value(), form="", fresh=True,
    ),
    write(
        "call_records.append", "CDR update", "Add to a field of a call's record",
        tenant(),
        reference("uniqueid", "Unique id of the call."), text("field", "userfield is one.", required=True, pattern=r"\w+"),
        text("value", "Added to the end of the field.", required=True),
        area="reports", outcome_from="call_records.field",
    ),
]  # fmt: skip
