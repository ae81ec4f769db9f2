"""Calls in progress, their recordings, headers, faxes and notifications about extensions."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, one_of
from apps.vendors.solswitch import decode
from apps.vendors.solswitch.operations.fields import customer, dialled, extension, flag, identifier, moment, record, table

_CHANNEL = params.text("channel", wire="Channel", required=True, help="Channel of a call in progress: see calls.list.")

OPERATIONS = [
    record(
        "calls.list", "listactivecalls", "Calls in progress", Effect.READ, customer(),
        area="calls", source="List Active Calls", decode=decode.rows,
        returns=replies.rows(required=("CallID",), CallID=replies.text, Duration=replies.seconds),
    ),
    record(
        "calls.caller", "calleridrequest", "Who is calling an extension", Effect.READ, extension(required=True), customer(),
        area="calls", source="Caller ID Request", decode=decode.one, returns=replies.obj(),
    ),
    record(
        "calls.dial", "newcall", "Call from an extension", Effect.WRITE,
        extension(required=True), dialled("destination", "Destination", required=True), customer(),
        table("custom_data", "CustomDVData", help="For a DigitValidation extension: what replaces ${name}."),
        table("custom_digits", "CustomDVDigits", help="For a DigitValidation extension: what each digit does."),
        area="calls", source="New Call", outcome_from="calls.list", returns=replies.done(CallID=replies.text),
    ),
    record(
        "calls.hold", "holdcall", "Put a call on hold", Effect.WRITE, _CHANNEL, customer(),
        area="calls", source="Hold Call", outcome_from="calls.list", returns=replies.done(),
    ),
    record(
        "calls.transfer", "transfercall", "Send a call elsewhere", Effect.WRITE,
        _CHANNEL, dialled("destination", "Destination", required=True), customer(),
        area="calls", source="Transfer Call", outcome_from="calls.list", returns=replies.done(),
    ),
    record(
        "calls.send_tones", "dtmf", "Send tones into a call", Effect.WRITE,
        params.text("tones", wire="Tone", pattern=r"[0-9*#]+", hint="give tones out of 0-9 * #", required=True),
        _CHANNEL, customer(),
        area="calls", source="Transmit DTMF", outcome_from="calls.list", returns=replies.done(),
    ),
    record(
        "calls.add_header", "addheader", "Put a header into the next outgoing call", Effect.WRITE,
        params.text("source", wire="srcnumber", help="The calling number or extension; or give destination."),
        params.text("destination", wire="dstnumber", help="The called number; or give source."),
        params.text("header", wire="header-name", pattern=r"[!-9;-~]+", hint="give a header's name, without blanks or colon",
                    required=True),
        params.text("value", pattern=r"[^\r\n]+", hint="give one line", required=True),
        area="calls", source="Add Header", rules=(one_of("source", "destination"),), returns=replies.done(),
    ),
    record(
        "recordings.of_call", "recording", "Recordings of a call", Effect.READ,
        identifier("call_id", "CallID", required=True), customer(),
        area="calls", source="Call Recording", decode=decode.rows,
        returns=replies.rows(required=("URL",), secrets=("URL",), StartTime=moment, EndTime=moment, Duration=replies.seconds),
    ),
    record(
        "faxes.send", "fax", "Send a fax", Effect.WRITE,
        dialled("to", "To", required=True),
        dialled("source", "From", required=True, help="A FaxToEmail number of the switch."),
        params.text("file", wire="File", pattern=r"\S+\.[pP][dD][fF](?:\?\S*)?", hint="give the address of a .pdf file",
                    required=True, help="Where the switch can fetch the PDF."),
        customer(),
        area="messaging", source="Outbound Fax", returns=replies.done(),
    ),
    record(
        "extensions.monitor", "monitor", "Notifications about an extension", Effect.WRITE,
        extension(required=True), flag("enabled", "Enabled", required=True), customer(),
        area="calls", source="Toggle Monitoring", repeatable=True, returns=replies.done(),
    ),
]  # fmt: skip
