"""Calls of MiRTA: in progress, recorded, ended; queues, messages, mailboxes, faxes, campaigns, money, health."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from apps.vendors.core import routing
from apps.vendors.core.billing import TenantBalance
from apps.vendors.core.calls import Conference, FaxLine, LiveCall, Recording, TextMessage, VoicemailMessage
from apps.vendors.core.client import Client, Confirmation, Download
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.params import Upload
from apps.vendors.core.reports import CallRecord, DailyFiles, SystemHealth, TrafficCounters, TrafficFigures
from apps.vendors.mirta.capabilities.base import (
    Door,
    MirtaDirectory,
    Owners,
    Row,
    dialled,
    directory,
    e164,
    identity,
    kept,
    no_call,
    not_there,
    pick,
    whole,
)
from apps.vendors.mirta.capabilities.number_doors import TAGS, Ways
from apps.vendors.mirta.capabilities.routing_doors import destination

_DAY = timedelta(days=1)
_UNIQUE_ID = re.compile(r"[\w.]+-(\d{9,11})\.\d+|(\d{9,11})\.\d+")
_DIRECTIONS = {"IN": "inbound", "OUT": "outbound", "LOCAL": "internal"}


def begun(uniqueid: str) -> datetime | None:
    """When a call began: its unique id is node-seconds.sequence."""
    match = _UNIQUE_ID.fullmatch(uniqueid)
    return datetime.fromtimestamp(int(match[1] or match[2]), UTC) if match else None


class MirtaLiveCalls(Door):
    """LiveCalls; `ref` is the channel. Acts are for channels the tenant has now, and read back where silence answers."""

    uses = ("channels.list", "calls.dial", "calls.hang_up", "calls.transfer")

    def list(self, tenant: str) -> Sequence[LiveCall]:
        return [self._live(row, tenant) for row in self._call("channels.list", {"tenant": tenant})]

    def dial(self, tenant: str, source: str, destination: str) -> str:
        wanted = {"tenant": tenant, "source": source, "dest": dialled(destination)}
        return str(self._call("calls.dial", wanted).get("id") or "")

    def hang_up(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._own(tenant, ref)
        self._call("calls.hang_up", {"tenant": tenant, "channel": ref}, confirmation=confirmation)

    def transfer(self, tenant: str, ref: str, destination: str) -> None:
        self._own(tenant, ref)
        self._call("calls.transfer", {"tenant": tenant, "channel": ref, "dest": dialled(destination)})

    def hold(self, tenant: str, ref: str) -> None:
        raise no_call("put a call on hold")

    def send_tones(self, tenant: str, ref: str, tones: str) -> None:
        raise no_call("play tones into a call")

    def _own(self, tenant: str, ref: str) -> None:
        if all(call.ref != ref for call in self.list(tenant)):
            raise not_there("call", ref)

    def _live(self, row: Row, tenant: str) -> LiveCall:
        started = begun(pick(row, "uniqueid"))
        return LiveCall(
            ref=pick(row, "channel"), source=e164(pick(row, "caller")), destination=e164(pick(row, "number")),
            state=pick(row, "state"), started_at=started,
            seconds=max(0, int((datetime.now(UTC) - started).total_seconds())) if started else None,
            answered=pick(row, "state").casefold() == "up" if pick(row, "state") else None, tenant=tenant, raw=dict(row),
        )  # fmt: skip


class MirtaCallRecords(Door):
    """CallRecords, from the simple history: a day of the PBX at a time, for its answers have no pages and no limit."""

    uses = ("info.simplecdrs", "tenants.list")

    def between(self, tenant: str, first: datetime, last: datetime) -> Iterator[CallRecord]:
        zone, owners = self._client.vendor.reading(self._client.endpoint).zone, Owners(self._client)
        day, end = first.astimezone(zone).date(), last.astimezone(zone)
        seen: set[str] = set()
        while datetime.combine(day, time.min, zone) < end:
            span = {"start": datetime.combine(day, time.min), "end": datetime.combine(day + _DAY, time.min)}
            for row in self._call("info.simplecdrs", {"tenant": tenant, **span}):
                record = _record(row, tenant)
                if owners.belongs(row, tenant) and first <= record.started_at < last and record.ref not in seen:
                    seen.add(record.ref)
                    yield record
            day += _DAY

    def days(self, first: date | None = None, last: date | None = None, *, direction: str = "origination") -> list[DailyFiles]:
        raise Unsupported("MiRTA gives call records as rows, not as daily files: ask for a period.", vendor="mirta")

    def fetch(self, link: str) -> Download:
        raise Unsupported("MiRTA gives call records as rows, not as files: ask for a period.", vendor="mirta")


def _record(row: Row, tenant: str) -> CallRecord:
    call = pick(row, "sc_uniqueid")
    source, dialled_number = pick(row, "sc_calleridnum"), pick(row, "sc_dialednum")
    return CallRecord(
        ref=f"{call}/{source}/{dialled_number}/{pick(row, 'sc_whoanswered')}", call_ref=call, started_at=row["sc_start"],
        source=e164(source), destination=e164(dialled_number), duration=int(row.get("sc_duration") or 0),
        billed=row.get("sc_billsec"), disposition=pick(row, "sc_disposition"),
        direction=_DIRECTIONS.get(pick(row, "sc_direction").upper(), pick(row, "sc_direction").lower()), tenant=tenant,
        recording_ref=call, raw=dict(row),
    )  # fmt: skip


class MirtaRecordings(Door):
    """Recordings; `ref` is the call's unique id. The admin key hears everybody, so the call must be in the tenant's records."""

    uses = ("info.recordings", "info.recording", "info.transcript", "info.simplecdrs", "tenants.list")

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[Recording]:
        rows, owners = self._call("info.recordings", {"tenant": tenant, "start": first, "end": last}), Owners(self._client)
        return [
            Recording(
                ref=call, call_ref=call, started_at=begun(call) or self._moment(pick(row, "start", "calldate", "datetime")),
                seconds=whole(pick(row, "duration", "billsec")), source=e164(pick(row, "src", "source", "calleridnum", "clid")),
                destination=e164(pick(row, "dst", "destination", "dialednum")), raw=dict(row),
            )
            for row in rows
            if owners.belongs(row, tenant) and (call := pick(row, "uniqueid", "sc_uniqueid", "id"))
        ]  # fmt: skip

    def fetch(self, tenant: str, ref: str) -> Download:
        self._own(tenant, ref)
        return self._client.call("info.recording", {"tenant": tenant, "id": ref})

    def transcript(self, tenant: str, ref: str) -> str:
        self._own(tenant, ref)
        return str(self._client.call("info.transcript", {"tenant": tenant, "id": ref}))

    def _own(self, tenant: str, ref: str) -> None:
        at = begun(ref)
        if at is None:
            raise NotFound("Name a recording by its call's unique id, like node1-1773240000.48.", vendor="mirta")
        span = {"start": at - _DAY, "end": at + _DAY, "uniqueid": ref}
        rows, owners = self._call("info.simplecdrs", {"tenant": tenant, **span}), Owners(self._client)
        if not any(pick(row, "sc_uniqueid") == ref and owners.belongs(row, tenant) for row in rows):
            raise not_there("call", ref)


class MirtaVoicemail(Door):
    """Voicemail. A mailbox must be the tenant's, and a message in it, before it is fetched, marked or deleted."""

    uses = (
        "voicemail.list",
        "voicemail.messages",
        "voicemail.fetch",
        "voicemail.mark_read",
        "voicemail.mark_unread",
        "voicemail.delete",
        "tenants.list",
    )

    def mailboxes(self, tenant: str) -> list[str]:
        owners = Owners(self._client)
        rows = self._call("voicemail.list", {"tenant": tenant})
        return [pick(row, "mailbox") for row in rows if owners.belongs(row, tenant) and pick(row, "mailbox")]

    def messages(self, tenant: str, mailbox: str) -> list[VoicemailMessage]:
        if mailbox not in self.mailboxes(tenant):
            raise not_there("mailbox", mailbox)
        return [self._message(row, mailbox) for row in self._call("voicemail.messages", {"tenant": tenant, "mailbox": mailbox})]

    def fetch(self, tenant: str, mailbox: str, ref: str) -> Download:
        return self._client.call("voicemail.fetch", self._own(tenant, mailbox, ref))

    def mark(self, tenant: str, mailbox: str, ref: str, *, heard: bool) -> None:
        def done() -> bool:
            return any(one.ref == ref and one.heard is heard for one in self.messages(tenant, mailbox))

        self._write(f"voicemail.mark_{'read' if heard else 'unread'}", self._own(tenant, mailbox, ref), done)

    def delete(self, tenant: str, mailbox: str, ref: str, confirmation: Confirmation) -> None:
        def done() -> bool:
            return all(one.ref != ref for one in self.messages(tenant, mailbox))

        self._write("voicemail.delete", self._own(tenant, mailbox, ref), done, confirmation=confirmation)

    def _own(self, tenant: str, mailbox: str, ref: str) -> dict[str, str]:
        if all(one.ref != ref for one in self.messages(tenant, mailbox)):
            raise not_there("message", ref)
        return {"tenant": tenant, "mailbox": mailbox, "msgid": ref}

    def _message(self, row: Row, mailbox: str) -> VoicemailMessage:
        folder = pick(row, "Dir", "dir").rstrip("/").rpartition("/")[2]
        return VoicemailMessage(
            pick(row, "Msgid", "msgid", "msg_id"), mailbox, e164(pick(row, "CallerID", "callerid")),
            self._moment(pick(row, "DateTime", "origtime")), whole(pick(row, "Duration", "duration")),
            folder.casefold() == "old" if folder else None, folder, dict(row),
        )  # fmt: skip


class MirtaMessaging(Door):
    """Messaging: SMS."""

    uses = ("messages.send", "info.sms", "tenants.list")

    def send(self, tenant: str, source: str, destination: str, text: str) -> str:
        wanted = {"tenant": tenant, "source": dialled(source), "dest": dialled(destination), "message": text}
        return str(self._call("messages.send", wanted).get("id") or "")

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[TextMessage]:
        owners = Owners(self._client)
        rows = self._call("info.sms", {"tenant": tenant, "start": first, "end": last})
        return [self._message(row) for row in rows if owners.belongs(row, tenant)]

    def _message(self, row: Row) -> TextMessage:
        direction = pick(row, "sm_direction", "direction")
        return TextMessage(
            identity(row), self._moment(pick(row, "sm_datetime", "sm_date", "datetime")),
            e164(pick(row, "sm_source", "source", "sm_from")), e164(pick(row, "sm_dest", "dest", "sm_to")),
            pick(row, "sm_message", "sm_text", "message"), _DIRECTIONS.get(direction.upper(), direction.lower()),
            pick(row, "sm_status", "status"), dict(row),
        )  # fmt: skip


class MirtaFax(Door):
    """Faxes out. The PBX takes the document itself, not its address."""

    uses = ("faxes.send", "info.fax", "tenants.list")

    def line(self, tenant: str, user: str) -> FaxLine | None:
        raise no_call("say where somebody's faxes arrive")

    def send(self, tenant: str, source: str, destination: str, document: Upload | str) -> str:
        if not isinstance(document, Upload):
            raise Unsupported("MiRTA takes the PDF itself, not its address: attach it.", vendor="mirta")
        numbers = {"source_number": dialled(source), "dest_number": dialled(destination)}
        return str(self._call("faxes.send", {"tenant": tenant, **numbers, "document": document}).get("id") or "")

    def status(self, tenant: str, ref: str) -> str:
        row = self._call("info.fax", {"tenant": tenant, "id": ref})
        if not row or not Owners(self._client).belongs(row, tenant):
            raise not_there("fax", ref)
        return pick(row, "fa_status", "status")

    def fetch(self, tenant: str, ref: str) -> Download:
        raise no_call("fetch a received fax")


conferences = directory(
    kept(
        "conference", "conferences",
        lambda row, tenant: Conference(row["id"], pick(row, "cr_number"), pick(row, "cr_name"), tenant, raw=dict(row)),
    )
)  # fmt: skip


class MirtaCampaigns(Door):
    """Campaigns; `ref` is the id in the address of the campaign's page. The PBX documents no call that lists them."""

    uses = ("campaigns.start", "campaigns.stop", "campaigns.pause", "campaigns.resume")

    def start(self, tenant: str, ref: str) -> None:
        self._run("start", tenant, ref)

    def stop(self, tenant: str, ref: str) -> None:
        self._run("stop", tenant, ref)

    def pause(self, tenant: str, ref: str) -> None:
        self._run("pause", tenant, ref)

    def resume(self, tenant: str, ref: str) -> None:
        self._run("resume", tenant, ref)

    def _run(self, act: str, tenant: str, ref: str) -> None:
        self._call(f"campaigns.{act}", {"tenant": tenant, "campaign": ref})


class MirtaQueues(MirtaDirectory[routing.Destination]):
    """Queues, their agents now and how they stand. With a tenant's own key the list has ids and names only."""

    also = (
        "tenants.list", "info.queues", "info.agents", "info.queue", "destinations.list",
        *(listed for _, listed in TAGS.values()),
    )  # fmt: skip

    def rows(self, tenant: str) -> Sequence[Row]:
        if not self._client.endpoint.options.get("tenant"):
            return super().rows(tenant)
        return [{"id": row["id"], "qu_name": row["name"]} for row in self._client.call("info.queues", {"tenant": tenant})]

    def get(self, tenant: str, ref: str) -> routing.Destination:
        """Read a queue with where its callers go in the end: when it is full, when nobody answers, by the exit key."""
        found = super().get(tenant, ref)
        if self._client.endpoint.options.get("tenant"):
            return found  # MANAGEDB wants the admin key
        rows = self._client.call("destinations.list", {"tenant": tenant, "typeidsrc": ref})
        return replace(found, ways=Ways(self._client, tenant).by_source(rows, _leaves))

    def agents(self, tenant: str, ref: str) -> Sequence[routing.QueueAgent]:
        self.row(tenant, ref)
        return [
            routing.QueueAgent(
                row["agent"], row["agent"], row["state"], row["availability"] != "available" if row["availability"] else None,
                raw=dict(row), extension=row["agent"].rpartition("/")[2].removesuffix(f"-{tenant}"),
            )
            for row in self._client.call("info.agents", {"tenant": tenant, "queue": ref})
        ]  # fmt: skip

    def standing(self, tenant: str, ref: str) -> routing.QueueStanding:
        self.row(tenant, ref)
        counted = QueueCounters(self._client, tenant, ref)
        return routing.QueueStanding(
            waiting=counted.one("callswaiting", "waiting", "callerswaiting"),
            agents_ready=counted.one("agentsavailable", "availableagents"),
            longest_wait=counted.one("longestwaiting", "longestwait", "maxwait"),
            average_hold=counted.one("averageholdtime", "holdtime", "avgholdtime"),
            raw=counted.raw,
        )


_LEAVES = {"QUEUE-TIMEOUT": routing.NO_ANSWER, "QUEUE-FULL": routing.FULL, "QUEUE-EXITKEY": "exit key",
           "QUEUE-NOBODYHOME": "no agent there"}  # fmt: skip


def _leaves(source: str) -> str:
    """When callers leave a queue for what is called `source`; "" for what is none of a queue's."""
    source = source.upper()
    return _LEAVES.get(source, source.lower() if source.startswith("QUEUE-") else "")


class QueueCounters(Door):
    """The counters of a queue, whose names differ between versions of the PBX."""

    def __init__(self, client: Client, tenant: str, queue: str) -> None:
        super().__init__(client)
        self.raw = dict(self._call("info.queue", {"tenant": tenant, "id": queue}))
        self._named = {re.sub(r"[^a-z]", "", str(name).lower()): value for name, value in self.raw.items()}

    def one(self, *names: str) -> int | None:
        return next((whole(self._named[name]) for name in names if name in self._named), None)


def queues(client: Client) -> MirtaQueues:
    return MirtaQueues(client, kept("queue", "queues", destination("queue", "qu")))


class MirtaTraffic(Door):
    """Traffic: the calls and channels of the whole PBX, or a tenant's channels and what its queues have counted.

    Figures of numbers and trunks the PBX has none.
    """

    uses = ("calls.count", "channels.count", "queues.list", "info.queues", "info.queue", "tenants.list")

    def counters(self, tenant: str) -> list[TrafficCounters]:
        channels = self._call("channels.count", {"tenant": tenant})
        if not tenant:
            calls = self._call("calls.count")
            raw = {"calls": calls, "channels": channels}
            return [TrafficCounters("", calls=calls.get("total"), channels=channels.get("total"), raw=raw)]
        own = TrafficCounters(tenant, "tenant", channels=channels.get("total"), raw=channels)
        return [own, *(self._queue(tenant, queue) for queue in queues(self._client).list(tenant))]

    def numbers(self, numbers: list[str]) -> list[TrafficFigures]:
        raise no_call("count the traffic of numbers")

    def trunk_groups(self, trunk_group_ids: list[str], *, direction: str = "origination") -> list[TrafficFigures]:
        raise no_call("count the traffic of providers")

    def months(self, year: int, month: int | None = None, *, direction: str = "origination") -> list[TrafficFigures]:
        raise no_call("count the traffic of a month")

    def _queue(self, tenant: str, queue: routing.Destination) -> TrafficCounters:
        counted = QueueCounters(self._client, tenant, queue.ref)
        answered = counted.one("callsanswered", "answered", "answeredcalls", "completed")
        abandoned = counted.one("callsabandoned", "abandoned", "abandonedcalls")
        return TrafficCounters(queue.ref, "queue", queue.name, answered=answered, abandoned=abandoned, raw=counted.raw)


class MirtaBalances(Door):
    """TenantBalances; the PBX names no currency, the connection's option does."""

    uses = ("info.balance",)

    def read(self, tenant: str) -> TenantBalance:
        amount = self._call("info.balance", {"tenant": tenant})["balance"]
        return TenantBalance(tenant, amount, str(self._client.endpoint.options.get("currency") or "USD"))


class MirtaHealth(Door):
    """Health: days of licence. Counting peers takes the PBX some twenty seconds, so it is left to the console."""

    uses = ("licence.days",)

    def read(self) -> SystemHealth:
        licence = self._call("licence.days")
        return SystemHealth(licence_days=licence.get("days"), raw={"licence": licence})
