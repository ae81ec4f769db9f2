"""Schedules, registrations, health."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from apps.vendors.core import people, routing
from apps.vendors.core.client import Client
from apps.vendors.core.errors import Conflict, NotFound
from apps.vendors.core.reports import SystemHealth
from apps.vendors.sipxcom.capabilities.base import Door, Kept, Members, Row, SipxcomDirectory, given, no_call

SPECIAL_MODE = "special_mode"


class SipxcomSchedules(SipxcomDirectory[routing.Schedule]):
    """Schedules, and the special mode of the auto attendants as the switch "special_mode".

    A tenant's are the schedules of its user group, or of its users; general ones are the whole server's. Periods are given with
    `start` and `stop` as HH:MM, in the zone of the connection, or in the server's own milliseconds.
    """

    also = (
        "users.list", "schedules.of_groups", "schedules.personal", "auto_attendants.list", "auto_attendants.special.select",
        "auto_attendants.special_mode.read", "auto_attendants.special_mode.on", "auto_attendants.special_mode.off",
    )  # fmt: skip

    def list(self, tenant: str) -> Sequence[routing.Schedule]:
        found = [self._schedule(row, tenant) for row in self._of(tenant)]
        return found if tenant else [*found, self._special_mode()]

    def get(self, tenant: str, ref: str) -> routing.Schedule:
        if ref == SPECIAL_MODE and not tenant:
            return self._special_mode()
        return self._schedule(self._row(tenant, ref), tenant)

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        scope: dict[str, Any] = {}
        if tenant.startswith("group:"):
            scope = {"type": "U", "group": tenant.removeprefix("group:")}
        return super().add(tenant, {**self._timed(values), **scope})

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        super().change(tenant, ref, self._timed(values))

    def flip(self, tenant: str, ref: str, *, on: bool) -> None:
        """Turn special mode on or off. The server forgets the selected attendant; it is selected again."""
        if ref != SPECIAL_MODE or tenant:
            raise no_call("switch a schedule on or off")
        chosen = [row for row in self._call_plain("auto_attendants.list") if row.get("specialSelected")]
        if on and any(not row.get("systemId") for row in chosen):
            raise Conflict(
                "Special mode is on. Turning it on again would make sipXcom forget the attendant that is selected, and its "
                "list gives no id to select that one by.",
                vendor="sipxcom",
                sent="no",
            )
        self._client.call(f"auto_attendants.special_mode.{'on' if on else 'off'}")
        for row in chosen if on else ():
            self._client.call("auto_attendants.special.select", {"attendant": row["systemId"]})

    def _call_plain(self, name: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._client.operation(name).mask(self._client.call(name, params))

    def _of(self, tenant: str) -> Sequence[Row]:
        if not tenant:
            return [*self._call_plain("schedules.list"), *self._call_plain("schedules.of_groups")]
        if tenant.startswith("group:"):
            group = tenant.removeprefix("group:")
            return [row for row in self._call_plain("schedules.of_groups") if row.get("groupId") == group]
        users = Members(self._client, tenant).rows
        return [row for user in users for row in self._call_plain("schedules.personal", {"user": user["id"]})]

    def _row(self, tenant: str, ref: str) -> Row:
        for row in self._of(tenant):
            if row["id"] == ref:
                return row
        raise NotFound(f"There is no schedule with the id {ref}.", vendor="sipxcom")

    def _schedule(self, row: Row, tenant: str) -> routing.Schedule:
        periods = tuple(
            {**hours, "start": self._clock(hours.get("start")), "stop": self._clock(hours.get("stop"))}
            for hours in (row.get("workingTime") or {}).get("workingHours") or ()
        )
        return routing.Schedule(row["id"], row.get("name") or "", "hours", tenant, None, periods, dict(row))

    def _special_mode(self) -> routing.Schedule:
        on = self._call_plain("auto_attendants.special_mode.read")["specialMode"]
        return routing.Schedule(SPECIAL_MODE, "Special mode of the auto attendants", "switch", "", on)

    def _clock(self, moment: Any) -> str:
        """The server's milliseconds of 1970-01-01 as HH:MM of its zone."""
        return (
            "" if moment is None else datetime.fromtimestamp(int(moment) / 1000, UTC).astimezone(self._zone).strftime("%H:%M")
        )

    def _timed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        periods = values.get("periods", values.get("workingTime"))
        if not isinstance(periods, list):
            return dict(values)
        rest = {name: value for name, value in values.items() if name not in {"periods", "workingTime"}}
        return {**rest, "periods": [self._period(period) for period in periods]}

    def _period(self, period: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._milliseconds(value) if name in {"start", "stop", "end"} else value for name, value in period.items()
        }

    def _milliseconds(self, value: Any) -> Any:
        """HH:MM of the server's zone as milliseconds on 1970-01-01; anything else as it is."""
        if not isinstance(value, str) or ":" not in value:
            return value
        try:
            clock = time.fromisoformat(value.strip())
        except ValueError:
            return value
        return int(datetime.combine(datetime(1970, 1, 1), clock, self._zone).timestamp() * 1000)

    @property
    def _zone(self) -> Any:
        return self._client.vendor.reading(self._client.endpoint).zone


def _whole_schedule(row: Row) -> dict[str, Any]:
    names = {"name": "name", "description": "description", "type": "type", "user": "userId", "group": "groupId"}
    hours = (row.get("workingTime") or {}).get("workingHours") or ()
    fields = ("enabled", "start", "stop", "scheduledDay")
    return {**given(row, names), "periods": [{name: period[name] for name in fields if name in period} for period in hours]}


SCHEDULES: Kept[routing.Schedule] = Kept(
    "schedule", lambda row, tenant: routing.Schedule(row["id"], row.get("name") or "", tenant=tenant), list="schedules.list",
    get="schedules.read", add="schedules.add", change="schedules.change", remove="schedules.remove", whole=_whole_schedule,
)  # fmt: skip


def schedules(client: Client) -> SipxcomSchedules:
    return SipxcomSchedules(client, SCHEDULES)


class SipxcomRegistrations(Door):
    """Registrations of the tenant's users."""

    uses = ("registrations.list", "registrations.by_user.remove", "users.list")

    def list(self, tenant: str) -> Sequence[people.Registration]:
        members = Members(self._client, tenant)
        found = [_registration(row, tenant) for row in self._call("registrations.list")]
        return [one for one in found if members.has(one.user)]

    def remove(self, tenant: str, user: str, confirmation: Any) -> None:
        if not Members(self._client, tenant).has(user):
            raise NotFound(f"The tenant has no user {user}.", vendor="sipxcom")
        self._call("registrations.by_user.remove", {"user": user}, confirmation=confirmation)


def _registration(row: Row, tenant: str) -> people.Registration:
    contact = str(row.get("contact") or "")
    host = contact.partition("@")[2].partition(">")[0].partition(";")[0]
    user = str(row.get("identity") or row.get("uri") or "").partition("@")[0]
    user = user.rpartition(":")[2]
    return people.Registration(
        user, contact, host.rpartition(":")[0] or host, "", row.get("expires"), row.get("status") or "", tenant, dict(row), user
    )  # fmt: skip


class SipxcomHealth(Door):
    """Health: what is registered, the server's own time, and the licence of the closed product where there is one."""

    uses = ("registrations.list", "my.time.read", "licence.read")

    def read(self) -> SystemHealth:
        registered = self._call("registrations.list")
        said = self._call("my.time.read")["text"]
        try:
            licence = self._call("licence.read")
        except NotFound:
            licence = {}
        active = sum(1 for row in registered if row.get("status") == "active")
        raw = {"time": said, "licence": licence}
        return SystemHealth(
            version=str(licence.get("version") or ""),
            edition="Uniteme" if licence else "sipXcom",
            licence_days=_days_left(licence.get("expire")),
            registered=active,
            raw=raw,
        )


def _days_left(expiry: Any) -> int | None:
    """Days until a date like 31-Dec-2026."""
    try:
        return (datetime.strptime(str(expiry), "%d-%b-%Y").replace(tzinfo=UTC) - datetime.now(UTC)).days
    except ValueError:
        return None
