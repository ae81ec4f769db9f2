"""Calls in progress and what they leave: acts on them, recordings, call records, queues, agents, faxes."""

import io
import math
import struct
import wave
from datetime import datetime, timedelta

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret

from . import traffic
from .calls import TIME, ZONE, Context, Refused, operation
from .switch import Row
from .traffic import Call

RECORDING_TAKES = timedelta(minutes=2)


@operation("listactivecalls")
def listactivecalls(ctx: Context) -> Row:
    return {"Status": "OK", "Calls": [_live_row(ctx, call) for call in traffic.live(ctx.switch, ctx.customer(), ctx.now)]}


@operation("calleridrequest")
def calleridrequest(ctx: Context) -> Row:
    customer = ctx.customer()
    extension = ctx.extension(customer)
    for call in traffic.live(ctx.switch, customer, ctx.now):
        if call.destination[0] == extension:
            number = call.source[0]
            return {
                "Status": "OK", "DialedNumber": call.dialled, "IVROption": "-1", "CallerNumber": number, "CallerName": number,
            }  # fmt: skip
    raise Refused("No results to display")


@operation("newcall", writes=True)
def newcall(ctx: Context) -> Row:
    customer = ctx.customer()
    extension, destination = ctx.extension(customer), ctx.text("Destination")
    if not destination.isdecimal():
        raise Refused("Invalid Destination")
    row = {"CustID": customer, "Extension": extension, "Destination": destination, "at": ctx.now.isoformat()}
    ref = ctx.switch.add("dialled", row)
    return {"Status": "OK", "CallID": ref, "Channel": traffic.channel(extension, ref)}


@operation("holdcall", writes=True)
def holdcall(ctx: Context) -> Row:
    call = _on_channel(ctx)
    ctx.switch.table("act").setdefault(call.id, {})["held"] = True
    return {"Status": "OK"}


@operation("transfercall", writes=True)
def transfercall(ctx: Context) -> Row:
    call = _on_channel(ctx)
    if not ctx.text("Destination").isdecimal():
        raise Refused("Invalid Destination")
    ctx.switch.table("act").setdefault(call.id, {})["moved"] = ctx.text("Destination")
    return {"Status": "OK"}


@operation("dtmf", writes=True)
def dtmf(ctx: Context) -> Row:
    tones = ctx.text("Tone")
    if not tones or set(tones) - set("0123456789*#"):
        raise Refused("Invalid Tone")
    call = _on_channel(ctx)
    ctx.switch.table("act").setdefault(call.id, {})["tones"] = tones
    return {"Status": "OK"}


@operation("addheader", writes=True)
def addheader(ctx: Context) -> Row:
    if not (ctx.text("srcnumber") or ctx.text("dstnumber")):
        raise Refused("Missing required field destination number or source number")
    names = ("srcnumber", "dstnumber", "header-name", "value")
    ctx.needed("header-name")
    ctx.needed("value")
    ctx.switch.add("header", {name: ctx.text(name) for name in names})
    return {"Status": "OK"}


@operation("monitor", writes=True)
def monitor(ctx: Context) -> Row:
    extension = ctx.extension(ctx.customer())
    if ctx.text("Enabled") not in ("0", "1"):
        raise Refused("Invalid Enabled Value")
    ctx.switch.table("extension")[extension]["monitored"] = ctx.text("Enabled") == "1"
    return {"Status": "OK"}


@operation("fax", writes=True)
def fax(ctx: Context) -> Row:
    customer = ctx.customer()
    for name, what in (("To", "destination"), ("From", "source")):
        if not ctx.text(name).isdecimal():
            raise Refused(f"Cannot send fax, no {what} number")
    number = ctx.text("From").removeprefix("1") if len(ctx.text("From")) == 11 else ctx.text("From")
    did = ctx.switch.table("did").get(number, {})
    if did.get("CustID") != customer or not did.get("fax"):
        raise Refused("From phone number provided is not a valid fax to email account.")
    if not ctx.text("File"):
        raise Refused("You must upload a file to fax")
    if not ctx.text("File").lower().partition("?")[0].endswith(".pdf"):
        raise Refused("Only PDFs are accepted, type Detected: text/plain")
    ctx.switch.add("fax", {"CustID": customer, "From": number, "To": ctx.text("To"), "at": ctx.now.isoformat()})
    return {"Status": "OK"}


@operation("recording")
def recording(ctx: Context) -> Row:
    customer, ref = ctx.customer(), ctx.text("CallID")
    if not ref.isdecimal():
        raise Refused("Invalid CallID")
    call = traffic.find(ctx.switch, customer, ref)
    if call is None or call.at > ctx.now:
        raise Refused("Unknown CallID")
    if not call.recorded:
        raise Refused("Call not recorded")
    if ctx.faults("not_generated") or ctx.now < call.ends + RECORDING_TAKES:
        raise Refused("Recording not generated")
    host = ctx.root.partition("://")[2]
    rows = []
    for part, leg in enumerate(_legs(ctx, call)):
        rows.append({
            "StartTime": leg["ConnectTime"], "EndTime": leg["EndTime"], "Duration": _clock(call.seconds),
            "SourceName": leg["SourceName"], "SourceNumber": leg["SourceNumber"],
            "SourceChannel": traffic.channel(leg["SourceNumber"], ref), "DestinationNumber": leg["DestinationNumber"],
            "DestinationChannel": traffic.channel(leg["DestinationNumber"], ref), "DialedNumber": leg["DialedNumber"],
            "URL": f"{host}/download-file.php?id={ref}{part}&sc={_code(ctx.switch.seed, f'{ref}{part}')}",
        })  # fmt: skip
    return {"Status": "OK", "Recording": rows}


def audio(seed: int, ref: str, code: str) -> Reply | None:
    """A recording's sound, two seconds of a tone that depends on the call; None for a wrong code."""
    if not ref.isdecimal() or code != _code(seed, ref):
        return None
    rate, pitch = 8000, 300 + int(ref) % 400
    samples = [int(9000 * math.sin(2 * math.pi * pitch * n / rate)) for n in range(2 * rate)]
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return Reply(sound.getvalue(), content_type="audio/x-wav")


@operation("cdrexport")
def cdrexport(ctx: Context) -> Row:
    customer = ctx.customer()
    start, end = ctx.span()
    reply: Row = {"Status": "OK"}
    for call in traffic.calls_between(ctx.switch, customer, start, end):
        if call.ends <= ctx.now:
            legs = _legs(ctx, call)
            reply[call.id] = legs if len(legs) > 1 or ctx.faults("one_leg_listed") else legs[0]
    return reply


def _legs(ctx: Context, call: Call) -> list[Row]:
    """The call's legs; the last one talks, an earlier one was passed on."""
    legs = []
    for index in range(call.legs):
        last = index == call.legs - 1
        legs.append({
            "LegID": f"{call.id}{index}", "StartTime": _told(call.at + timedelta(seconds=4 * index)),
            "ConnectTime": _told(call.at + timedelta(seconds=4 * index + 4)) if call.answered else "",
            "EndTime": _told(call.ends if last else call.at + timedelta(seconds=4)),
            "SourceName": _name(ctx, call.source[0]), "SourceNumber": call.source[0],
            "DestinationName": _name(ctx, call.destination[0]), "DestinationNumber": call.destination[0],
            "Disposition": ("ANSWERED" if last else "TRANSFERRED") if call.answered else "NOANSWER",
            "DialedNumber": call.dialled, "SourceType": call.source[1], "DestinationType": call.destination[1], "CallCode": "",
        })  # fmt: skip
    return legs


@operation("livequeuestat")
def livequeuestat(ctx: Context) -> list[Row]:
    customer = ctx.customer("customer")
    waiting = sum(call.source[1] == traffic.TRUNK for call in traffic.live(ctx.switch, customer, ctx.now))
    rows = []
    for ref, queue in ctx.switch.table("queue").items():
        if queue["CustID"] == customer and ctx.text("queueID") in ("", ref):
            rows.append({
                "Ext": queue["Ext"], "Queue": queue["Name"], "Calls": str(waiting), "Callback": "0", "Avail.Agnts": "2",
                "Answered": str(8 + ctx.local.hour), "Abandoned": str(ctx.local.hour // 6), "WaitTime": "00:00:00",
                "EstimatedWaitTime": "00:00:07", "Voicemail": "0", "ServiceLevel": "0.9130",
            })  # fmt: skip
    return [*rows, {"Status": "OK"}]


@operation("agentstats")
def agentstats(ctx: Context) -> Row:
    customer = ctx.customer()
    if ctx.text("DateStart") or ctx.text("DateEnd"):
        start, end = ctx.span()
    else:
        day = ctx.text("Date") or f"{ctx.local:%Y-%m-%d}"
        try:
            start = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=ZONE)
        except ValueError:
            raise Refused("Invalid date format") from None
        end = start + timedelta(days=1, seconds=-1)
    reply: Row = {"Status": "OK"}
    for number, row in ctx.switch.table("extension").items():
        if row["CustID"] == customer and ctx.text("Extension") in ("", number):
            reply[number] = _actions(number, start, min(end, ctx.local))
    return reply


def _actions(extension: str, start: datetime, end: datetime) -> Row:
    """In at nine, a break at noon, out at five, on working days."""
    acts: Row = {}
    day = start.replace(hour=0, minute=0, second=0)
    while day <= end and len(acts) < 2_000:
        for index, (hour, action, code) in enumerate(((9, "In", ""), (12, "Paused", "10"), (13, "In", ""), (17, "Out", ""))):
            at = day.replace(hour=hour, minute=int(extension) % 10)
            if day.weekday() < 5 and start <= at <= end:
                ref = f"{at.toordinal()}{extension}{index}"
                acts[ref] = {
                    "Action": action, "DateTime": at.strftime(TIME), "DateTimeUnix": int(at.timestamp()), "ReasonCode": code,
                }  # fmt: skip
        day += timedelta(days=1)
    return acts


def _live_row(ctx: Context, call: Call) -> Row:
    destination = ctx.switch.table("act").get(call.id, {}).get("moved", call.destination[0])
    return {
        "CallID": call.id, "SourceNumber": call.source[0], "SourceChannel": traffic.channel(call.source[0], call.id),
        "DestinationNumber": destination, "DestinationChannel": traffic.channel(destination, call.id),
        "Duration": _clock(int((ctx.now - call.at).total_seconds())),
    }  # fmt: skip


def _on_channel(ctx: Context) -> Call:
    """The call in progress that has the channel at one of its ends."""
    customer, wanted = ctx.customer(), ctx.needed("Channel", "Invalid Channel")
    for call in traffic.live(ctx.switch, customer, ctx.now):
        row = _live_row(ctx, call)
        if wanted in (row["SourceChannel"], row["DestinationChannel"]):
            return call
    raise Refused("Unknown Channel")


def _name(ctx: Context, number: str) -> str:
    return str(ctx.switch.table("extension").get(number, {}).get("Name", number))


def _clock(seconds: int) -> str:
    return f"{timedelta(seconds=seconds)!s:0>8}"


def _told(at: datetime) -> str:
    return at.astimezone(ZONE).strftime(TIME)


def _code(seed: int, ref: str) -> str:
    return secret(seed, "solswitch", "recording", ref)
