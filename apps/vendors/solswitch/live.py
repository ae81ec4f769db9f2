"""SolSwitch's calls behind the neutral doors: in progress, recorded, faxed, reported, waiting in queues."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from apps.vendors.core.calls import FaxLine, LiveCall, Recording
from apps.vendors.core.client import Client, Confirmation, Download
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.params import Upload
from apps.vendors.core.reports import CallRecord, DailyFiles, TrafficCounters, TrafficFigures
from apps.vendors.core.routing import Destination, QueueAgent, QueueStanding
from apps.vendors.solswitch.operations.reports import LEG


def unsupported(client: Client, what: str) -> Unsupported:
    return Unsupported(f"SolSwitch documents no call {what}: do it in its own portal.", vendor=client.vendor.key)


class _Door:
    def __init__(self, client: Client) -> None:
        self._client = client


class SwitchCalls(_Door):
    """Calls in progress; a call's `ref` is the channel of its caller, `raw` has both channels."""

    uses = ("calls.list", "calls.dial", "calls.transfer", "calls.hold", "calls.send_tones")

    def list(self, tenant: str) -> Sequence[LiveCall]:
        return [
            LiveCall(
                ref=str(row.get("SourceChannel") or ""),
                source=str(row.get("SourceNumber") or ""),
                destination=str(row.get("DestinationNumber") or ""),
                seconds=_whole(row.get("Duration")),
                tenant=tenant,
                raw=row,
            )
            for row in self._client.call("calls.list", {"customer": tenant})
        ]

    def dial(self, tenant: str, source: str, destination: str) -> str:
        params = {"customer": tenant, "extension": source, "destination": destination.removeprefix("+")}
        return str(self._client.call("calls.dial", params).get("CallID") or "")

    def hang_up(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise unsupported(self._client, "to end a call")

    def transfer(self, tenant: str, ref: str, destination: str) -> None:
        params = {"customer": tenant, "channel": ref, "destination": destination.removeprefix("+")}
        self._client.call("calls.transfer", params)

    def hold(self, tenant: str, ref: str) -> None:
        self._client.call("calls.hold", {"customer": tenant, "channel": ref})

    def send_tones(self, tenant: str, ref: str, tones: str) -> None:
        self._client.call("calls.send_tones", {"customer": tenant, "channel": ref, "tones": tones})


class SwitchRecordings(_Door):
    """Recordings of a call. A call that went to several places has several: `ref` is the call's id, or id:1 for its second."""

    uses = ("recordings.of_call",)

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[Recording]:
        raise Unsupported(
            "SolSwitch gives recordings by call, not by period: open the call's record.", vendor=self._client.vendor.key
        )

    def of_call(self, tenant: str, call_ref: str) -> Sequence[Recording]:
        """Return the recordings of one call; NotFound when it was not recorded, Conflict while they are being made."""
        return [
            Recording(
                ref=f"{call_ref}:{index}",
                call_ref=call_ref,
                started_at=row.get("StartTime"),
                seconds=_whole(row.get("Duration")),
                source=str(row.get("SourceNumber") or ""),
                destination=str(row.get("DestinationNumber") or ""),
                raw={key: value for key, value in row.items() if key != "URL"},
            )
            for index, row in enumerate(self._rows(tenant, call_ref))
        ]

    def fetch(self, tenant: str, ref: str) -> Download:
        call_ref, _, index = ref.partition(":")
        rows = self._rows(tenant, call_ref)
        place = int(index) if index.isdecimal() else 0
        if place >= len(rows):
            raise NotFound("The call has no such recording.", vendor=self._client.vendor.key)
        file = self._client.download(on_our_host(str(rows[place]["URL"])))
        if file.content_type.startswith("text/html"):
            raise NotFound("The switch answered with a page instead of the recording.", vendor=self._client.vendor.key)
        return file

    def transcript(self, tenant: str, ref: str) -> str:
        raise unsupported(self._client, "for transcripts")

    def _rows(self, tenant: str, call_ref: str) -> Sequence[dict[str, Any]]:
        return self._client.call("recordings.of_call", {"customer": tenant, "call_id": call_ref})


def on_our_host(link: str) -> str:
    """Return the path and query of a link such as `switch/download-file.php?id=…`; its host is not to be trusted."""
    squeezed = "".join(link.split())
    parts = urlsplit(squeezed if "://" in squeezed else f"//{squeezed.lstrip('/')}")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class SwitchFax(_Door):
    """Faxes out. The switch fetches the PDF itself, so a document must be given by its address."""

    uses = ("faxes.send",)

    def line(self, tenant: str, user: str) -> FaxLine | None:
        raise unsupported(self._client, "for where somebody's faxes arrive")

    def send(self, tenant: str, source: str, destination: str, document: Upload | str) -> str:
        if isinstance(document, Upload):
            raise Unsupported(
                "SolSwitch fetches the PDF itself: publish it where the switch can reach it, and give its address.",
                vendor=self._client.vendor.key,
            )
        numbers = {"to": destination.removeprefix("+1"), "source": source.removeprefix("+1")}
        self._client.call("faxes.send", {"customer": tenant, "file": document, **numbers})
        return ""

    def status(self, tenant: str, ref: str) -> str:
        raise unsupported(self._client, "to follow a fax")

    def fetch(self, tenant: str, ref: str) -> Download:
        raise unsupported(self._client, "to fetch a received fax")


class SwitchEvents(_Door):
    """Notifications, which the switch posts to the address set in it."""

    uses = ("extensions.monitor",)

    def watch(self, tenant: str, extension: str, *, enabled: bool) -> None:
        self._client.call("extensions.monitor", {"customer": tenant, "extension": extension, "enabled": enabled})


class SwitchRecords(_Door):
    """Call records, asked for a day of the switch at a time: its answer has no pages and no limit."""

    uses = ("calls.records",)

    def between(self, tenant: str, first: datetime, last: datetime) -> Iterator[CallRecord]:
        reading = self._client.vendor.reading(self._client.endpoint)
        zone = reading.zone
        day, end, seen = first.astimezone(zone).date(), last.astimezone(zone), set()
        while datetime.combine(day, time.min, zone) < end:
            day_ends = f"{day} 23:59:59"
            for leg in self._client.call("calls.records", {"customer": tenant, "first": f"{day} 00:00:00", "last": day_ends}):
                row = LEG.read(leg, reading)
                if first <= row["StartTime"] < last and row["LegID"] not in seen:
                    seen.add(row["LegID"])
                    yield _record(row, tenant)
            day += timedelta(days=1)

    def days(self, first: Any = None, last: Any = None, *, direction: str = "origination") -> Sequence[DailyFiles]:
        raise unsupported(self._client, "for files of call records")

    def fetch(self, link: str) -> Download:
        raise unsupported(self._client, "for files of call records")


def _record(row: Mapping[str, Any], tenant: str) -> CallRecord:
    ended, connected = row.get("EndTime") or row["StartTime"], row.get("ConnectTime")
    kinds = (row.get("SourceType") == "trunk", row.get("DestinationType") == "trunk")
    return CallRecord(
        ref=row["LegID"],
        call_ref=row["CallID"],
        started_at=row["StartTime"],
        source=str(row.get("SourceNumber") or ""),
        destination=str(row.get("DialedNumber") or row.get("DestinationNumber") or ""),
        duration=int((ended - row["StartTime"]).total_seconds()),
        billed=int((ended - connected).total_seconds()) if connected else 0,
        disposition=str(row.get("Disposition") or ""),
        direction={(True, False): "inbound", (False, True): "outbound", (False, False): "internal"}.get(kinds, ""),
        tenant=tenant,
        recording_ref=row["CallID"],
        raw=dict(row),
    )


class SwitchQueues(_Door):
    """Queues as they stand; a queue's `ref` is its extension. The switch keeps agents by customer, not by queue."""

    uses = ("queues.standing", "agents.actions")

    def list(self, tenant: str) -> Sequence[Destination]:
        return [_queue(row, tenant) for row in self._rows(tenant)]

    def get(self, tenant: str, ref: str) -> Destination:
        return _queue(self._row(tenant, ref), tenant)

    def agents(self, tenant: str, ref: str) -> Sequence[QueueAgent]:
        """Return the customer's agents with the last thing each did today."""
        last: dict[str, dict[str, Any]] = {}
        for row in self._client.call("agents.actions", {"customer": tenant}):
            before = last.get(row["Extension"])
            if before is None or (row.get("DateTimeUnix") or 0) >= (before.get("DateTimeUnix") or 0):
                last[row["Extension"]] = row
        return [
            QueueAgent(extension, extension, str(row.get("Action") or ""), row.get("Action") == "Paused", raw=row)
            for extension, row in sorted(last.items())
        ]

    def standing(self, tenant: str, ref: str) -> QueueStanding:
        row = self._row(tenant, ref)
        return QueueStanding(
            waiting=row.get("Calls"),
            agents_ready=row.get("AvailableAgents"),
            longest_wait=None,
            average_hold=_whole(row.get("EstimatedWaitTime")),
            raw=row,
        )

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise unsupported(self._client, "to add queues")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise unsupported(self._client, "to change queues")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise unsupported(self._client, "to remove queues")

    def operation(self, act: str) -> Any:
        return self._client.vendor.operations["queues.standing"] if act in {"list", "get"} else None

    def _rows(self, tenant: str) -> Sequence[dict[str, Any]]:
        return self._client.call("queues.standing", {"customer": tenant})

    def _row(self, tenant: str, ref: str) -> dict[str, Any]:
        for row in self._rows(tenant):
            if row["Ext"] == ref:
                return row
        raise NotFound(f"There is no queue with the extension {ref}.", vendor=self._client.vendor.key)


class SwitchTraffic(_Door):
    """What the switch counts: by queue, and since when it does not say. Figures of numbers and trunks it has none."""

    uses = ("queues.standing",)

    def counters(self, tenant: str) -> Sequence[TrafficCounters]:
        return [
            TrafficCounters(
                row["Ext"], "queue", str(row.get("Queue") or ""), calls=row.get("Calls"), answered=row.get("Answered"),
                abandoned=row.get("Abandoned"), raw=row,
            )
            for row in self._client.call("queues.standing", {"customer": tenant})
        ]  # fmt: skip

    def numbers(self, numbers: Sequence[str]) -> Sequence[TrafficFigures]:
        raise unsupported(self._client, "for the traffic of numbers")

    def trunk_groups(self, trunk_group_ids: Sequence[str], *, direction: str = "origination") -> Sequence[TrafficFigures]:
        raise unsupported(self._client, "for the traffic of trunks")

    def months(self, year: int, month: int | None = None, *, direction: str = "origination") -> Sequence[TrafficFigures]:
        raise unsupported(self._client, "for the traffic of a month")


def _queue(row: Mapping[str, Any], tenant: str) -> Destination:
    return Destination("queue", row["Ext"], str(row.get("Queue") or ""), number=row["Ext"], tenant=tenant, raw=dict(row))


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
