"""Trunks and routes, IVRs, hunt lists, schedules, media."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.vendors.core import routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.hours import on_day, within
from apps.vendors.core.operation import Operation
from apps.vendors.mirta.capabilities.base import (
    WHOLE_SYSTEM,
    Door,
    MirtaDirectory,
    Row,
    identity,
    kept,
    no_call,
    not_there,
    on,
    pick,
    whole,
)
from apps.vendors.mirta.capabilities.number_doors import TAGS, MirtaRouting, Ways, tag_of
from apps.vendors.mirta.capabilities.people_doors import Peers, extensions


def _trunk(row: Row, _: str) -> routing.SwitchTrunk:
    return routing.SwitchTrunk(
        ref=row["id"], name=pick(row, "pr_name", "pr_peername"), host=pick(row, "pr_host", "host"),
        technology=pick(row, "pr_tech"),
        status="disabled" if on(row.get("pr_disabled")) else "enabled", channels=whole(row.get("pr_maxoutchannels")) or None,
        raw=dict(row),
    )  # fmt: skip


class MirtaRoutes(MirtaDirectory[routing.OutboundRoute]):
    """Routes. A tenant's are those of its routing profile; they are the system's, and changed for the whole of it."""

    system = True

    def rows(self, tenant: str) -> Sequence[Row]:
        found = super().rows(WHOLE_SYSTEM)
        if tenant == WHOLE_SYSTEM:
            return found
        owner = self._owners.id_of(tenant)
        profile = next((pick(row, "te_rp_id") for row in self._client.call("tenants.list") if identity(row) == owner), "")
        return [row for row in found if profile and pick(row, "dl_rp_id") == profile]


def routes(client: Client) -> MirtaRoutes:
    def make(row: Row, _: str) -> routing.OutboundRoute:
        emergency = on(row["dl_emergencyroute"]) if "dl_emergencyroute" in row else None
        return routing.OutboundRoute(
            row["id"], pick(row, "dl_name"), pick(row, "dl_regex"), pick(row, "dl_pr_id"), emergency=emergency, raw=dict(row)
        )

    return MirtaRoutes(client, kept("route", "routes", make, tenant=""))


class MirtaTrunks(MirtaDirectory[routing.SwitchTrunk]):
    """Providers. A tenant's are those its routes lead to; they are the system's, and changed for the whole of it."""

    also = ("tenants.list", "routes.list")

    system = True

    def rows(self, tenant: str) -> Sequence[Row]:
        found = super().rows(WHOLE_SYSTEM)
        if tenant == WHOLE_SYSTEM:
            return found
        used = {route.trunk for route in routes(self._client).list(tenant)}
        return [row for row in found if row["id"] in used]


def trunks(client: Client) -> MirtaTrunks:
    return MirtaTrunks(client, kept("provider", "providers", _trunk, tenant=""))


def destination(kind: str, prefix: str) -> Any:
    def make(row: Row, tenant: str) -> routing.Destination:
        name, number = pick(row, f"{prefix}_name"), pick(row, f"{prefix}_number")
        return routing.Destination(kind, row["id"], name, number, tenant, raw=dict(row))

    return make


_KEYS = {
    **{f"IVR_{digit}": f"key {digit}" for digit in range(10)}, "IVR_STAR": "key *", "IVR_SHARP": "key #",
    "IVR_TIMEOUT": routing.NO_KEY, "IVR_WRONG": routing.WRONG_KEY,
}  # fmt: skip


class MirtaIvrs(MirtaDirectory[routing.Destination]):
    """IVRs; one that is read by itself says where its keys lead."""

    also = ("tenants.list", "ivrs.destinations", *(listed for _, listed in TAGS.values()))

    def get(self, tenant: str, ref: str) -> routing.Destination:
        found = super().get(tenant, ref)
        rows = self._client.call("ivrs.destinations", {"tenant": tenant, "id": ref})
        keys = Ways(self._client, tenant).by_source(rows, lambda source: _KEYS.get(source.upper(), ""))
        order = list(_KEYS.values())
        return replace(found, ways=tuple(sorted(keys, key=lambda way: order.index(way.when))))


def ivrs(client: Client) -> MirtaIvrs:
    return MirtaIvrs(client, kept("IVR", "ivrs", destination("ivr", "iv")))


_VIRTUAL = "virtual:"


class MirtaRingGroups(MirtaDirectory[routing.Destination]):
    """Hunt lists, and virtual extensions (`ref` virtual:NUMBER). `members` among the values are tags or extensions."""

    also = (
        "tenants.list", "extensions.list", "info.extensions", "huntlists.members.list", "huntlists.members.set",
        "virtual_extensions.members.list", "virtual_extensions.members.add", *(listed for _, listed in TAGS.values()),
    )  # fmt: skip

    def list(self, tenant: str) -> Sequence[routing.Destination]:
        virtual = [one for one in extensions(self._client).list(tenant) if one.technology.upper() == "VIRTUAL"]
        return [
            *super().list(tenant),
            *(routing.Destination("virtual_extension", f"{_VIRTUAL}{x.number}", x.name, x.number, tenant) for x in virtual),
        ]

    def get(self, tenant: str, ref: str) -> routing.Destination:
        if ref.startswith(_VIRTUAL):
            found = next((one for one in self.list(tenant) if one.ref == ref), None)
            if found is None:
                raise not_there("ring group", ref)
            joined = self._virtual(tenant, found.number)
            rings = tuple(routing.Way(routing.RINGS, "extension", number=number) for number in joined)
            return replace(found, members=joined, ways=rings)
        rows = self._client.call("huntlists.members.list", {"tenant": tenant, "id": ref}) if self.row(tenant, ref) else []
        tags, named = tuple(filter(None, map(tag_of, rows))), Ways(self._client, tenant)
        rings = tuple(named.way(routing.RINGS, tag) for tag in tags)
        return replace(super().get(tenant, ref), members=tags, ways=rings)

    def add(self, tenant: str, values: Row) -> str:
        ref = super().add(tenant, _without_members(values))
        if members := values.get("members"):
            self.change(tenant, ref, {"members": members})
        return ref

    def change(self, tenant: str, ref: str, values: Row) -> None:
        members, columns = values.get("members"), _without_members(values)
        if ref.startswith(_VIRTUAL):
            if columns or members is None:
                raise Unsupported("Of a virtual extension only the members are changed here.", vendor="mirta")
            self._join(tenant, self.get(tenant, ref), set(map(str, members)))
            return
        if columns:
            super().change(tenant, ref, columns)
        if members is not None:
            self.row(tenant, ref)
            MirtaRouting(self._client).own(tenant, list(map(str, members)))
            self._client.call("huntlists.members.set", {"tenant": tenant, "id": ref, "jsondata": members})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        if ref.startswith(_VIRTUAL):
            raise Unsupported("Remove a virtual extension among the extensions.", vendor="mirta")
        super().remove(tenant, ref, confirmation)

    def _virtual(self, tenant: str, number: str) -> tuple[str, ...]:
        rows = self._client.call("virtual_extensions.members.list", {"tenant": tenant, "number": number})
        return tuple(pick(row, "extension", "ex_number", "number", "tag") for row in rows)

    def _join(self, tenant: str, group: routing.Destination, wanted: set[str]) -> None:
        of = {"tenant": tenant, "number": group.number}
        if gone := set(group.members) - wanted:
            raise Unsupported(
                f"Taking {', '.join(sorted(gone))} out deletes: use virtual_extensions.members.remove.", vendor="mirta"
            )
        peers = Peers(self._client)
        for extension in sorted(wanted - set(group.members)):
            if not peers.of(tenant, extension):
                raise not_there("extension", extension)
            self._client.call("virtual_extensions.members.add", {**of, "extension": extension})


def _without_members(values: Row) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "members"}


def ring_groups(client: Client) -> MirtaRingGroups:
    return MirtaRingGroups(client, kept("hunt list", "huntlists", destination("ring_group", "hu")))


_SIDES = {"CONDITION": routing.OPEN, "NOTCONDITION": routing.CLOSED}


class MirtaSchedules(MirtaDirectory[routing.Schedule]):
    """Conditions (`ref` condition:ID) and flows, which are switches (`ref` flow:NUMBER)."""

    also = (
        "tenants.list", "conditions.periods.list", "conditions.periods.set", "conditions.destinations", "destinations.list",
        "flows.list", "flows.set", *(listed for _, listed in TAGS.values()),
    )  # fmt: skip

    def list(self, tenant: str) -> Sequence[routing.Schedule]:
        return [*super().list(tenant), *map(self._flow, self._flows(tenant))]

    def get(self, tenant: str, ref: str) -> routing.Schedule:
        kind, _, one = ref.partition(":")
        if kind == "flow":
            for found in map(self._flow, self._flows(tenant)):
                if found.ref == ref:
                    ways = Ways(self._client, tenant).from_source("", "FLOW", pick(found.raw, "fl_id", "id"))
                    return replace(found, tenant=tenant, ways=ways)
            raise not_there("flow", one)
        found = super().get(tenant, one)
        periods = tuple(map(dict, self._client.call("conditions.periods.list", {"tenant": tenant, "id": one})))
        rows = self._client.call("conditions.destinations", {"tenant": tenant, "id": one})
        return replace(
            found, periods=periods, open_now=self._open_now(found.raw, periods),
            ways=Ways(self._client, tenant).by_source(rows, lambda source: _SIDES.get(source.upper(), "")),
        )  # fmt: skip

    def _open_now(self, row: Row, periods: Sequence[Row]) -> bool | None:
        """Whether a weekly timetable holds now, in its own zone; of any other condition the PBX does not say."""
        if pick(row, "co_type").upper() != "WEEKTIME":
            return None
        zone = self._client.vendor.reading(self._client.endpoint).zone
        try:
            now = datetime.now(UTC).astimezone(ZoneInfo(pick(row, "co_timezone")) if pick(row, "co_timezone") else zone)
            return any(
                on_day([pick(span, "param1")], now) and within(pick(span, "param2"), pick(span, "param3"), now)
                for span in periods
            )
        except (ValueError, ZoneInfoNotFoundError):
            return None

    def add(self, tenant: str, values: Row) -> str:
        ref = super().add(tenant, {name: value for name, value in values.items() if name != "periods"})
        if values.get("periods"):
            self.change(tenant, f"condition:{ref}", {"periods": values["periods"]})
        return f"condition:{ref}"

    def change(self, tenant: str, ref: str, values: Row) -> None:
        """Change columns of a condition; `periods` among them replace all its times."""
        one = self._condition(ref, "change")
        columns = {name: value for name, value in values.items() if name != "periods"}
        if columns:
            super().change(tenant, one, columns)
        if "periods" in values:
            self.row(tenant, one)
            self._client.call("conditions.periods.set", {"tenant": tenant, "id": one, "jsondata": values["periods"]})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        super().remove(tenant, self._condition(ref, "delete"), confirmation)

    def flip(self, tenant: str, ref: str, *, on: bool) -> None:
        if not ref.startswith("flow:"):
            raise no_call("switch a condition; it follows its times, or a flow")
        self.get(tenant, ref)
        state = "INUSE" if on else "NOT_INUSE"
        Flows(self._client).set(tenant, ref.partition(":")[2], state)

    def _condition(self, ref: str, act: str) -> str:
        kind, _, one = ref.partition(":")
        if kind != "condition":
            raise no_call(f"{act} a flow")
        return one

    def _flows(self, tenant: str) -> Sequence[Row]:
        return [row for row in self._client.call("flows.list", {"tenant": tenant}) if self._owners.belongs(row, tenant)]

    def _flow(self, row: Row) -> routing.Schedule:
        """A flow that is in use has been switched on."""
        state = pick(row, "st_state", "fl_state").upper()
        number = pick(row, "fl_number")
        return routing.Schedule(
            f"flow:{number}", pick(row, "fl_name") or number, "flow", pick(row, "te_code"),
            {"INUSE": True, "NOT_INUSE": False}.get(state), raw=dict(row),
        )  # fmt: skip


class Flows(Door):
    """Manual switches."""

    def set(self, tenant: str, number: str, state: str) -> None:
        def done() -> bool:
            rows = self._call("flows.list", {"tenant": tenant})
            return any(pick(row, "fl_number") == number and pick(row, "st_state").upper() == state for row in rows)

        self._write("flows.set", {"tenant": tenant, "number": number, "state": state}, done)


def schedules(client: Client) -> MirtaSchedules:
    def make(row: Row, tenant: str) -> routing.Schedule:
        return routing.Schedule(f"condition:{row['id']}", pick(row, "co_name"), "condition", tenant, raw=dict(row))

    return MirtaSchedules(client, kept("condition", "conditions", make))


class MirtaMedia:
    """Media files (`ref` prompt:ID) and music on hold (`ref` music:ID)."""

    def __init__(self, client: Client) -> None:
        self._kinds: Mapping[str, MirtaDirectory[routing.MediaFile]] = {
            "prompt": MirtaDirectory(client, kept("media file", "media", _media("prompt", "me"))),
            "music": MirtaDirectory(client, kept("music on hold class", "music", _media("music", "mu"))),
        }

    @property
    def uses(self) -> tuple[str, ...]:
        return tuple(name for kind in self._kinds.values() for name in kind.uses)

    def list(self, tenant: str) -> Sequence[routing.MediaFile]:
        return [one for kind in self._kinds.values() for one in kind.list(tenant)]

    def get(self, tenant: str, ref: str) -> routing.MediaFile:
        kind, one = self._which(ref)
        return kind.get(tenant, one)

    def add(self, tenant: str, values: Row) -> str:
        """Columns of music on hold begin with mu_; all others make a media file."""
        kind = "music" if any(name.startswith("mu_") for name in values) else "prompt"
        return f"{kind}:{self._kinds[kind].add(tenant, values)}"

    def change(self, tenant: str, ref: str, values: Row) -> None:
        kind, one = self._which(ref)
        kind.change(tenant, one, values)

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        kind, one = self._which(ref)
        kind.remove(tenant, one, confirmation)

    def operation(self, act: str) -> Operation | None:
        return self._kinds["prompt"].operation(act)

    def _which(self, ref: str) -> tuple[MirtaDirectory[routing.MediaFile], str]:
        kind, _, one = ref.partition(":")
        if kind not in self._kinds:
            raise NotFound(f"There is no media file {ref}: write kind and id, like prompt:12.", vendor="mirta")
        return self._kinds[kind], one


def _media(kind: str, prefix: str) -> Any:
    def make(row: Row, tenant: str) -> routing.MediaFile:
        return routing.MediaFile(f"{kind}:{row['id']}", pick(row, f"{prefix}_name"), kind, tenant, dict(row))

    return make
