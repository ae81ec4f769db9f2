"""Calls of PBXware: in progress, recorded, ended; messages and mailboxes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from apps.vendors.core.calls import LiveCall, Recording, TextMessage, VoicemailMessage
from apps.vendors.core.client import Confirmation, Download
from apps.vendors.core.errors import UnreadableReply, Unsupported
from apps.vendors.core.reports import CallRecord, DailyFiles
from apps.vendors.core.values import UTC, to_decimal
from apps.vendors.pbxware.capabilities.directories import e164
from apps.vendors.pbxware.capabilities.services import Door, no_call

PAGE = 1000
_END = re.compile(r"(?P<name>.*)\((?P<number>[^()]*)\)\s*")
_DAY = timedelta(days=1)
# Column of a call record → the header texts it goes by; editions and versions differ.
_COLUMNS = {
    "from": ("From",), "to": ("To",), "at": ("Date/Time", "Start Date"), "duration": ("Total Duration", "Duration"),
    "billed": ("Rating Duration", "Billing duration", "Billing Duration"), "cost": ("Rating Cost", "Cost", "Cost of the call"),
    "status": ("Status",), "id": ("Unique ID", "UniqueID", "ID"), "path": ("Recording Path",),
    "recorded": ("Recording Available",), "tenant": ("Tenant",),
}  # fmt: skip
Row = dict[str, Any]


def _number(end: Any) -> str:
    """The number of `Name (100)`, or the bare number."""
    match = _END.fullmatch(str(end or ""))
    return e164(match["number"] if match else end)


class PbxwareLiveCalls(Door):
    """LiveCalls: to be seen only; the document has no call that acts on one, but for recording it."""

    uses = ("monitor.live_calls",)

    def list(self, tenant: str) -> Sequence[LiveCall]:
        return [_live(row, tenant) for row in self._call("monitor.live_calls", {"server": tenant})]

    def dial(self, tenant: str, source: str, destination: str) -> str:
        raise no_call("begin a call")

    def hang_up(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("end a call")

    def transfer(self, tenant: str, ref: str, destination: str) -> None:
        raise no_call("transfer a call")

    def hold(self, tenant: str, ref: str) -> None:
        raise no_call("put a call on hold")

    def send_tones(self, tenant: str, ref: str, tones: str) -> None:
        raise no_call("play tones into a call")


def _live(row: Mapping[str, Any], tenant: str) -> LiveCall:
    """The document's sample of `timestamp` is too small for a moment: small ones are read as seconds gone by."""
    stamp = row.get("timestamp")
    moment = datetime.fromtimestamp(stamp, UTC) if stamp and stamp > 1_000_000_000 else None
    return LiveCall(
        ref=row["id"],
        source=_number(row.get("from")),
        destination=_number(row.get("to")),
        started_at=moment,
        seconds=int((datetime.now(UTC) - moment).total_seconds()) if moment else stamp,
        tenant=tenant,
        raw=dict(row),
    )


class PbxwareCallRecords(Door):
    """CallRecords. Pages come newest first and the search is made in the server's zone.

    So the end is fixed before the first page, a day is asked for more on either side, what lies outside is left out, and
    a row that new calls pushed onto the next page is given once.
    """

    uses = ("call_records.list",)

    def between(self, tenant: str, first: datetime, last: datetime) -> Iterator[CallRecord]:
        low, high = first.timestamp(), last.timestamp()
        before: set[tuple[Any, ...]] = set()  # of the page before alone: new calls push rows onto the next, not further
        for rows in self._pages(tenant, first, last):
            here: set[tuple[Any, ...]] = set()
            for row in rows:
                key = (row["id"], row["from"], row["to"], row["at"], row.get("duration"))
                if key not in before and key not in here and low <= float(to_decimal(row["at"])) < high:
                    yield _record(row, tenant)
                here.add(key)
            before = here

    def days(self, first: date | None = None, last: date | None = None, *, direction: str = "origination") -> list[DailyFiles]:
        raise Unsupported("PBXware gives call records as rows, not as daily files: ask for a period.", vendor="pbxware")

    def fetch(self, link: str) -> Download:
        raise Unsupported("PBXware gives call records as rows, not as files: ask for a period.", vendor="pbxware")

    def _pages(self, tenant: str, first: datetime, last: datetime) -> Iterator[list[Row]]:
        """Yield pages of rows by column until the PBX has no more or a page lies wholly before the period."""
        zone = self._client.vendor.reading(self._client.endpoint).zone
        end = min(last + _DAY, datetime.now(UTC)).astimezone(zone)
        start = (first - _DAY).astimezone(zone)
        wanted: Row = {"server": tenant, "limit": PAGE, "first": start.date(), "last": max(end, start).date()}
        wanted["last_time"] = end.strftime("%H:%M:%S")
        page, before = 1, None
        while True:
            reply = self._call("call_records.list", {**wanted, "page": page})
            rows = list(_by_column(reply))
            yield rows
            # A PBX that gives the same page for ever would keep us here for ever.
            if not reply["next_page"] or not rows or rows == before or _newest(rows) < first.timestamp():
                return
            page, before = page + 1, rows


def _newest(rows: Sequence[Row]) -> float:
    return max(float(to_decimal(row["at"])) for row in rows)


def _by_column(reply: Mapping[str, Any]) -> Iterator[Row]:
    header = [str(name).strip() for name in reply["header"]]
    places = {}
    for column, names in _COLUMNS.items():
        places[column] = next((header.index(name) for name in names if name in header), None)
    missing = [column for column in ("from", "to", "at", "id") if places[column] is None]
    if missing and reply["csv"]:
        raise UnreadableReply(f"Call records without the columns {', '.join(missing)}.", vendor="pbxware", code="shape")
    for cells in reply["csv"]:
        row = {column: cells[place] for column, place in places.items() if place is not None and place < len(cells)}
        row["raw"] = dict(zip(header, cells, strict=False))
        yield row


def _record(row: Row, tenant: str) -> CallRecord:
    available = str(row.get("recorded")).lower() == "true"
    return CallRecord(
        ref=f"{row['id']}/{row['at']}/{_number(row['to'])}",
        call_ref=str(row["id"]),
        started_at=datetime.fromtimestamp(float(to_decimal(row["at"])), UTC),
        source=_number(row["from"]),
        destination=_number(row["to"]),
        duration=int(to_decimal(row.get("duration") or 0)),
        billed=int(to_decimal(row["billed"])) if row.get("billed") not in (None, "") else None,
        disposition=str(row.get("status") or ""),
        tenant=tenant,
        cost=to_decimal(row["cost"]) if row.get("cost") not in (None, "") else None,
        recording_ref=str(row["id"]) if available and row.get("path") else "",
        raw=row["raw"],
    )


class PbxwareRecordings(Door):
    """Recordings: found in the call records; `ref` is the call's unique id."""

    uses = ("call_records.list", "transcripts.read")

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[Recording]:
        found: dict[str, Recording] = {}
        for call in PbxwareCallRecords(self._client).between(tenant, first, last):
            if call.recording_ref:
                found[call.recording_ref] = Recording(
                    call.recording_ref, call.call_ref, call.started_at, call.duration, call.source, call.destination, call.raw
                )
        return list(found.values())

    def fetch(self, tenant: str, ref: str) -> Download:
        raise no_call("fetch a recording")

    def transcript(self, tenant: str, ref: str) -> str:
        return self._call("transcripts.read", {"server": tenant, "uniqueid": ref})["text"]


class PbxwareVoicemail(Door):
    """Voicemail: mailboxes can be emptied; the document has no call that looks into one."""

    uses = ("extensions.list", "extensions.voicemail.clear")

    def mailboxes(self, tenant: str) -> list[str]:
        return [row["ext"] for row in self._call("extensions.list", {"server": tenant}) if row.get("ext")]

    def messages(self, tenant: str, mailbox: str) -> list[VoicemailMessage]:
        raise no_call("list the messages of a mailbox")

    def fetch(self, tenant: str, mailbox: str, ref: str) -> Download:
        raise no_call("fetch a message")

    def mark(self, tenant: str, mailbox: str, ref: str, *, heard: bool) -> None:
        raise no_call("mark a message")

    def delete(self, tenant: str, mailbox: str, ref: str, confirmation: Confirmation) -> None:
        """Only `ref` "all" can be done: the call deletes every message of the mailbox."""
        if ref != "all":
            raise Unsupported("PBXware can only delete all messages of a mailbox at once.", vendor="pbxware")
        self._call("extensions.voicemail.clear", {"server": tenant, "ext": mailbox}, confirmation=confirmation)


class PbxwareMessaging(Door):
    """Messaging: sends from the number that is set for the tenant."""

    uses = ("sms.send", "sms.list")

    def send(self, tenant: str, source: str, destination: str, text: str) -> str:
        if source:
            raise Unsupported(
                "PBXware sends from the number set for the tenant; it takes no other sender.", vendor="pbxware"
            )  # fmt: skip
        self._call("sms.send", {"server": tenant, "to": destination, "text": text})
        return ""

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[TextMessage]:
        zone = self._client.vendor.reading(self._client.endpoint).zone
        wanted = {"server": tenant, "first": first.astimezone(zone).date(), "last": last.astimezone(zone).date()}
        found = [_message(row) for row in self._call("sms.list", wanted)]
        return [message for message in found if message.at is None or first <= message.at < last]


def _message(row: Mapping[str, Any]) -> TextMessage:
    return TextMessage(
        ref=row["id"],
        at=row.get("date/time"),
        source=row.get("from") or "",
        destination=row.get("to") or "",
        text="",
        direction=str(row.get("direction") or "").lower(),
        status=row.get("status") or "",
        raw=dict(row),
    )
