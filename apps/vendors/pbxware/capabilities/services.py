"""Features of extensions, opening hours, registrations, emergency, money, health."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from apps.vendors.core import people, routing
from apps.vendors.core.billing import ExtensionBalance, ExtensionEntry, Rate
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.hours import clock, on_day, within
from apps.vendors.core.operation import Operation
from apps.vendors.core.reports import SystemHealth, TrafficCounters, TrafficFigures
from apps.vendors.core.values import to_day
from apps.vendors.pbxware.capabilities.directories import KINDS, MASTER, dids, e164, extensions
from apps.vendors.pbxware.operations.features import SERVICES
from apps.vendors.pbxware.operations.schedules import KINDS as OPERATION_TIMES


class Door:
    """A client, whose results come without the secrets the PBX hands out with them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def _call(self, name: str, params: Mapping[str, Any] | None = None, *, confirmation: Confirmation | None = None) -> Any:
        return self._client.operation(name).mask(self._client.call(name, params, confirmation=confirmation))


def no_call(what: str) -> Unsupported:
    return Unsupported(f"PBXware documents no call to {what}: do it in its own portal.", vendor="pbxware")


class PbxwareFeatures(Door):
    """ExtensionFeatures; `extension` is the extension's id. A feature's own fields, and `state`: yes, no or pin."""

    uses = tuple(
        f"features.{service.key}.{act}"
        for service in SERVICES
        for act in ("get", "set", *(("read", "change") if service.settings is not None else ()))
    )

    _services = {service.key: service for service in SERVICES}

    def features(self) -> dict[str, str]:
        return {service.key: service.title for service in SERVICES}

    def read(self, tenant: str, extension: str, feature: str) -> people.Feature:
        service, of = self._service(feature), {"server": tenant, "id": extension}
        state = self._call(f"features.{feature}.get", of)["state"]
        settings = self._call(f"features.{feature}.read", of) if service.settings is not None else {}
        return people.Feature(feature, service.title, state != "no", {**settings, "state": state})

    def write(self, tenant: str, extension: str, feature: str, values: dict[str, Any]) -> None:
        service, of = self._service(feature), {"server": tenant, "id": extension}
        settings = {name: value for name, value in values.items() if name != "state"}
        if settings and service.settings is None:
            raise no_call(f"change settings of {service.title.lower()}")
        if settings:
            self._call(f"features.{feature}.change", {**settings, **of})
        if "state" in values:
            self._call(f"features.{feature}.set", {"state": values["state"], **of})

    def _service(self, feature: str) -> Any:
        try:
            return self._services[feature]
        except KeyError:
            raise Unsupported(f"PBXware has no feature called {feature}.", vendor="pbxware") from None


# Group of the reply → its fields → the parameters that set them.
_PERIODS = {
    "closed_dates": {
        "description": "closed_dates_desc", "destination": "closed_dates_dest", "date_from": "closed_dates_date_from",
        "date_to": "closed_dates_date_to", "time_from": "closed_dates_time_from", "time_to": "closed_dates_time_to",
    },
    "custom_destinations": {
        "destination": "custom_destinations_dest", "is_open_range": "custom_destinations_is_open",
        "days": "custom_destinations_days", "time_from": "custom_destinations_time_from",
        "time_to": "custom_destinations_time_to",
    },
    "open_days": {
        "description": "open_days_desc", "days": "open_days", "time_from": "open_days_time_from",
        "time_to": "open_days_time_to",
    },
}  # fmt: skip
_PLAIN = ("status", "greeting", "default_dest_ext", "default_dest_is_vm")
# Kind of operation times → where its subjects are listed, and what one is called.
_SUBJECTS = {"ivr": "ivrs.list", "dial_group": "ring_groups.list", "erg": "enhanced_ring_groups.list"}


class PbxwareSchedules(Door):
    """Schedules: operation times. `ref` is kind and id, like "ivr:1012"; kinds as in the PBX's own calls.

    Listed are those of the tenant itself, its IVRs, its ring groups and the queues that are known; a DID's are read by its ref.
    """

    uses = (
        *_SUBJECTS.values(),
        "dids.list",
        *(f"schedules.{kind}.{act}" for kind in OPERATION_TIMES for act in ("list", "set")),
    )

    def list(self, tenant: str) -> Sequence[routing.Schedule]:
        found = [self.get(tenant, f"servers:{tenant}")]
        for kind, listing in _SUBJECTS.items():
            for row in self._call(listing, {"server": tenant}):
                found.append(self._read(tenant, kind, row["id"], row.get("name") or ""))
        for queue in PbxwareQueues(self._client).list(tenant):
            if subject := queue.raw.get("id"):  # a PBX that answers with the state alone tells none
                found.append(self._schedule("queues", subject, queue.name, tenant, queue.raw))
        return found

    def get(self, tenant: str, ref: str) -> routing.Schedule:
        kind, subject = _split(ref)
        return self._read(tenant, kind, subject, "Tenant" if kind == "servers" else f"{kind} {subject}")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("add operation times; every IVR, group and DID has its own")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove operation times; turn them off instead")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        """Change the given fields. The PBX sets the whole state at once, so the others are sent as they are."""
        kind, subject = _split(ref)
        state = _as_parameters(self._read(tenant, kind, subject, "").raw)
        scope = {} if kind in {"servers", "routes"} else {"server": tenant}
        self._call(f"schedules.{kind}.set", {**state, **values, **scope, "id": subject})

    def flip(self, tenant: str, ref: str, *, on: bool) -> None:
        self.change(tenant, ref, {"status": "on" if on else "off"})

    def operation(self, act: str) -> Operation | None:
        name = {"list": "schedules.ivr.list", "get": "schedules.ivr.list", "change": "schedules.ivr.set"}.get(act)
        return self._client.vendor.operations[name] if name else None

    def _read(self, tenant: str, kind: str, subject: str, name: str) -> routing.Schedule:
        rows = self._call(f"schedules.{kind}.list", {"id": subject, **({} if kind == "routes" else {"server": tenant})})
        if not rows:
            raise NotFound(f"There are no operation times {kind}:{subject}.", vendor="pbxware")
        return self._schedule(kind, subject, name, tenant, rows[0])

    def _schedule(self, kind: str, subject: str, name: str, tenant: str, state: Mapping[str, Any]) -> routing.Schedule:
        periods = tuple({"group": group, **row} for group in _PERIODS for row in state.get(group) or ())
        ref, status = f"{kind}:{subject}", str(state.get("status") or "").casefold()
        if status == "inherit" and kind != "servers":
            above = self._read(tenant, "servers", tenant, "Tenant")
            return replace(above, ref=ref, name=name, periods=periods, raw=dict(state))
        if status == "off":
            return routing.Schedule(ref, name, "hours", tenant, True, periods, dict(state), applies=False)
        now = datetime.now(UTC).astimezone(self._client.vendor.reading(self._client.endpoint).zone)
        open_now, ways = _standing(state, now) if status == "on" else (None, ())
        return routing.Schedule(ref, name, "hours", tenant, open_now, periods, dict(state), ways)


def _standing(state: Mapping[str, Any], now: datetime) -> tuple[bool | None, tuple[routing.Way, ...]]:
    """Whether hours are open at `now`, and where calls go that are not let on; None where a time cannot be read.

    Closed dates come before times with destinations of their own, and these before the open days.
    """
    rows = [(row, _closed_on, _closed_name) for row in state.get("closed_dates") or ()]
    rows += [(row, _in_week, _custom_name) for row in state.get("custom_destinations") or ()]
    ways: list[routing.Way] = []
    mailbox = str(state.get("default_dest_is_vm")).casefold() in {"yes", "1"}
    try:
        holding = next((row for row, holds, _ in rows if holds(row, now)), None)
        is_open = holding is None and any(_in_week(row, now) for row in state.get("open_days") or ())
    except ValueError:
        holding = is_open = None
    for row, _, name in rows:
        if target := str(row.get("destination") or ""):
            ways.append(routing.Way(name(row), routing.DIALLED, number=target, now=None if is_open is None else row is holding))
    if usual := str(state.get("default_dest_ext") or ""):
        usually = None if is_open is None else holding is None and not is_open
        ways.append(routing.Way(routing.CLOSED, "voicemail" if mailbox else routing.DIALLED, number=usual, now=usually))
    return is_open, tuple(ways)


def _closed_name(row: Mapping[str, Any]) -> str:
    return f"{row.get('description') or routing.CLOSED}, {row.get('date_from')}"


def _custom_name(row: Mapping[str, Any]) -> str:
    return f"days {row.get('days')}, {row.get('time_from')} to {row.get('time_to')}"


def _in_week(row: Mapping[str, Any], now: datetime) -> bool:
    on = on_day(str(row.get("days") or "").split(","), now)
    return on and within(str(row.get("time_from") or ""), str(row.get("time_to") or ""), now)


def _closed_on(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a closed date holds: from the one day and time to the other."""
    first = datetime.combine(to_day(row.get("date_from")), clock(str(row.get("time_from") or "00:00")), now.tzinfo)
    last = datetime.combine(to_day(row.get("date_to")), clock(str(row.get("time_to") or "24:00")), now.tzinfo)
    return first <= now <= last


def _split(ref: str) -> tuple[str, str]:
    kind, _, subject = ref.partition(":")
    if not subject:
        raise NotFound(f"There are no operation times {ref}: write kind and id, like ivr:1012.", vendor="pbxware")
    return kind, subject


def _as_parameters(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as it is read → the parameters that set the same."""
    given: dict[str, Any] = {
        name: str(state[name]).lower() if name == "status" else state[name] for name in _PLAIN if state.get(name)
    }
    for group, fields in _PERIODS.items():
        rows = state.get(group) or ()
        given |= {wire: [str(row.get(name) or "") for row in rows] for name, wire in fields.items()}
    return given


class PbxwareQueues(Door):
    """Queues, of which the PBX tells operation times alone; `ref` is the queue's number.

    Listed are those that the tenant's DIDs ring; any other is read by its number. Its hours are changed in Schedules, as
    "queues:" and the id in `raw`.
    """

    uses = ("dids.list", "schedules.queues.list")

    def list(self, tenant: str) -> Sequence[routing.Destination]:
        rung = {did.destination_ref for did in dids(self._client).list(tenant) if did.destination_kind == KINDS["queue"]}
        found = [self._read(tenant, number) for number in sorted(rung)]
        return [queue for queue in found if queue is not None]

    def get(self, tenant: str, ref: str) -> routing.Destination:
        found = self._read(tenant, ref)
        if found is None:
            raise NotFound(f"The tenant has no queue {ref}.", vendor="pbxware")
        return found

    def agents(self, tenant: str, ref: str) -> Sequence[routing.QueueAgent]:
        raise no_call("list the agents of a queue")

    def standing(self, tenant: str, ref: str) -> routing.QueueStanding:
        raise no_call("say how a queue stands")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("add a queue")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise Unsupported("Of a queue PBXware changes the operation times alone: change them as a schedule.", vendor="pbxware")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove a queue")

    def operation(self, act: str) -> Operation | None:
        return self._client.vendor.operations["schedules.queues.list"] if act in {"list", "get"} else None

    def _read(self, tenant: str, number: str) -> routing.Destination | None:
        """The queue; None where there is none, as behind a DID whose queue was removed."""
        try:
            rows = self._call("schedules.queues.list", {"server": tenant, "number": number})
        except NotFound:
            rows = []
        if not rows:
            return None
        hours = f"queues:{rows[0]['id']}" if rows[0].get("id") else ""
        return routing.Destination("queue", number, f"Queue {number}", number, tenant, raw=dict(rows[0]), hours=hours)


class PbxwareRegistrations(Door):
    """Registrations: extensions whose device is online."""

    uses = ("monitor.extensions",)

    def list(self, tenant: str) -> Sequence[people.Registration]:
        rows = self._call("monitor.extensions", {"server": tenant})
        return [
            people.Registration(
                row.get("ext") or "", row.get("name") or "", row.get("ip") or "", row.get("ua") or "",
                status=row["status"], tenant=tenant, raw=dict(row), extension=row.get("ext") or "",
            )
            for row in rows
            if row.get("status") == "online"
        ]  # fmt: skip

    def remove(self, tenant: str, user: str, confirmation: Any) -> None:
        raise no_call("take a registration away")


class PbxwareEmergency(Door):
    """Emergency: the e911 flag of DIDs, what extensions show to 911, and the tenant's emergency settings.

    The flag can be read but not set: `did.edit` documents no such argument. The PBX keeps no addresses; the tenant's location
    header is a SIP header that trunks add.
    """

    _FIELDS: Mapping[str, Sequence[routing.EmergencyField]] = {
        "tenant": (
            routing.EmergencyField("emerg_location_header", "Emergency location header"),
            routing.EmergencyField("es_notification_email", "E-mail told of 911 calls"),
            routing.EmergencyField("es_police", "Police"),
            routing.EmergencyField("es_fire", "Fire"),
            routing.EmergencyField("es_ambulance", "Ambulance"),
        ),
        "extension": (routing.EmergencyField("emergencycid", "911 caller ID", "number", identity=True),),
    }

    def customers(self) -> Sequence[str]:
        return [row["id"] for row in self._call("tenants.list") if row["id"] != MASTER]

    uses = (
        "tenants.list", "tenants.read", "tenants.change", "dids.list", "extensions.list", "extensions.read",
        "features.callerid.read", "features.callerid.change",
    )  # fmt: skip

    def records(self, tenant: str) -> list[routing.EmergencyRecord]:
        people = [self._extension(tenant, one) for one in extensions(self._client).list(tenant)]
        return [self._tenant(tenant), *(_e911(did, tenant) for did in dids(self._client).list(tenant)), *people]

    def read(self, tenant: str, ref: str) -> routing.EmergencyRecord:
        kind, _, one = ref.partition(":")
        if kind == "tenant" and one == tenant:
            return self._tenant(tenant)
        if kind == "did":
            return _e911(dids(self._client).get(tenant, one), tenant)
        if kind == "extension":
            return self._extension(tenant, extensions(self._client).get(tenant, one))
        raise NotFound(f"There is no emergency record {ref} here.", vendor="pbxware")

    def ref(self, kind: str, subject: str) -> str:
        return f"{kind}:{subject}"

    def fields(self, ref: str, act: str = "change") -> Sequence[routing.EmergencyField]:
        return self._FIELDS.get(ref.partition(":")[0], ()) if act == "change" else ()

    def values(self, record: routing.EmergencyRecord) -> dict[str, str]:
        if record.kind == "extension":
            return {"emergencycid": record.elin}
        return {field.name: str(record.raw.get(field.name) or "") for field in self.fields(record.ref)}

    def change(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        kind, _, one = ref.partition(":")
        if kind == "extension":
            # The caller id goes along: the call asks for it each time.
            now = self._caller_id(tenant, extensions(self._client).get(tenant, one).ref)
            spelled = {name: e164(value).removeprefix("+1") for name, value in values.items()}
            more = {"callerid": now.get("callerid") or "", **spelled}
            self._call("features.callerid.change", {"server": tenant, "id": one, **more})
        elif ref == f"tenant:{tenant}":
            self._call("tenants.change", {"server": "1", "id": tenant, **values})
        else:
            raise no_call("change the e911 flag of a DID")

    def add(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        raise no_call("add emergency records")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove emergency records")

    def _tenant(self, tenant: str) -> routing.EmergencyRecord:
        row = self._call("tenants.read", {"id": tenant})
        return routing.EmergencyRecord(
            row.get("server_name") or row.get("tenant_name") or tenant, "tenant", None, caller_id=row.get("tenantcid") or "",
            tenant=tenant, ref=f"tenant:{tenant}", raw=dict(row),
        )  # fmt: skip

    def _extension(self, tenant: str, one: people.Extension) -> routing.EmergencyRecord:
        row = self._caller_id(tenant, one.ref)
        shown = str(row.get("emergencycid") or row.get("emergency_callerid") or "")
        return routing.EmergencyRecord(
            one.number, "extension", None, elin=e164(shown), caller_id=shown, tenant=tenant, ref=f"extension:{one.ref}",
            raw={"ext": one.number, "name": one.name, "callerid": row.get("callerid"), "emergencycid": shown},
        )  # fmt: skip

    def _caller_id(self, tenant: str, ref: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._call("features.callerid.read", {"server": tenant, "id": ref})
        return found


def _e911(did: routing.Did, tenant: str) -> routing.EmergencyRecord:
    return routing.EmergencyRecord(did.number, "number", did.emergency, tenant=tenant, ref=f"did:{did.ref}", raw=did.raw)


class PbxwareRates(Door):
    """Rates: what a minute to each code costs, by service plan."""

    uses = ("service_plans.list", "service_plans.rates", "destinations.list")

    def list(self, plan: str = "") -> Sequence[Rate]:
        plans = [plan] if plan else [row["id"] for row in self._call("service_plans.list")]
        places = self._call("destinations.list")
        return [
            rate for each in plans for row in self._call("service_plans.rates", {"id": each}) for rate in _rates(row, places)
        ]


def _rates(row: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> list[Rate]:
    """One rate a code, or a single one without a code where the PBX lists none for the group."""
    found = [place for place in places if (place.get("route"), place.get("destination_group")) == (row["route"], row["dgroup"])]
    named = [(code.get("code1") or "", place.get("destination") or "") for place in found for code in place.get("codes") or ()]
    name = f"route {row['route']}, group {row['dgroup']}"
    return [
        Rate(code, label, row.get("outbound"), plan=row["plan"], raw=dict(row)) for code, label in named or [("", name)]
    ]  # fmt: skip


class PbxwareBalances(Door):
    """ExtensionBalances; `extension` is the extension's id."""

    uses = ("extensions.rating_info", "extensions.rating_history", "extensions.book")

    def read(self, tenant: str, extension: str) -> ExtensionBalance:
        row = self._call("extensions.rating_info", {"server": tenant, "id": extension})
        return ExtensionBalance(extension, row.get("account_balance"), row.get("available_funds"), raw=dict(row))

    def entries(self, tenant: str, extension: str, first: date, last: date) -> list[ExtensionEntry]:
        # The end of the last day has to be said: unless given it is its first second.
        wanted = {"server": tenant, "id": extension, "first": first, "last": last, "last_time": "23:59:59"}
        return [
            ExtensionEntry(row["entry_date"], row["amount"], row.get("refno") or "", row.get("notes") or "", raw=dict(row))
            for row in self._call("extensions.rating_history", wanted)
        ]

    def book(
        self, tenant: str, extension: str, amount: Decimal, reference: str, notes: str, confirmation: Confirmation
    ) -> None:
        wanted = {"server": tenant, "id": extension, "mode": "credit" if amount >= 0 else "debit", "amount": abs(amount)}
        self._call("extensions.book", {**wanted, "refno": reference, "notes": notes}, confirmation=confirmation)


class PbxwareTraffic(Door):
    """Traffic: the calls of a tenant or of the whole PBX, now and today. Figures of numbers and trunks the PBX has none."""

    uses = ("dashboard.calls",)

    def counters(self, tenant: str) -> list[TrafficCounters]:
        row = self._call("dashboard.calls", {"server": tenant})
        return [
            TrafficCounters(
                tenant, "tenant" if tenant else "system", calls=row.get("now"), last_hour=row.get("last hour"),
                today=row.get("today"), answered=row.get("answared calls"), raw=row,
            )
        ]  # fmt: skip

    def numbers(self, numbers: list[str]) -> list[TrafficFigures]:
        raise no_call("count the traffic of numbers")

    def trunk_groups(self, trunk_group_ids: list[str], *, direction: str = "origination") -> list[TrafficFigures]:
        raise no_call("count the traffic of trunks")

    def months(self, year: int, month: int | None = None, *, direction: str = "origination") -> list[TrafficFigures]:
        raise no_call("count the traffic of a month")


class PbxwareHealth(Door):
    """Health: licence and registrations now."""

    uses = ("licence.read", "dashboard.registrations")

    def read(self) -> SystemHealth:
        licence = self._call("licence.read")
        registered = self._call("dashboard.registrations")
        return SystemHealth(
            version=str(licence.get("Version") or "").partition(" ")[0],
            edition=licence.get("Edition") or "",
            registered=registered.get("success"),
            raw={"licence": licence, "registrations": registered},
        )
