"""Trunks, hunt and page groups, park orbits, auto attendants and sound files."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.vendors.core import routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, OutcomeUnknown
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.sipxcom.capabilities.base import Door, Kept, Members, Row, SipxcomDirectory, directory, given, no_call


def _gateway(row: Row, tenant: str) -> routing.SwitchTrunk:
    return routing.SwitchTrunk(
        ref=row["id"],
        name=row.get("name") or "",
        tenant=tenant,
        host=row.get("address") or "",
        technology=(row.get("model") or {}).get("label") or (row.get("model") or {}).get("modelId") or "",
        status="enabled" if row.get("enabled") else "disabled",
        raw=dict(row),
    )


def _whole_gateway(row: Row) -> dict[str, Any]:
    same = ["name", "description", "enabled", "address", "prefix", "shared"]
    names = {name: name for name in same} | {
        "device_version": "deviceVersion", "address_port": "addressPort", "outbound_address": "outboundAddress",
        "outbound_port": "outboundPort", "address_transport": "addressTransport", "use_internal_bridge": "useInternalBridge",
    }  # fmt: skip
    alias = {name: value for name, value in (row.get("callerAliasInfo") or {}).items() if value not in (None, "")}
    found = {**given(row, names), "model": (row.get("model") or {}).get("modelId") or ""}
    if branch := (row.get("branch") or {}).get("name"):
        found["branch"] = branch
    return {**found, **({"caller_alias": alias} if alias else {})}


def _of_branch(members: Members, row: Row) -> bool:
    branch = row.get("branch") or {}
    return not members.tenant or bool(branch.get("name")) and branch["name"] == members.branch


trunks = directory(
    Kept(
        "gateway", _gateway, list="gateways.list", get="gateways.read", add="gateways.add", change="gateways.change",
        remove="gateways.remove", whole=_whole_gateway, whose=_of_branch,
    )
)  # fmt: skip


def _hunt_group(row: Row, tenant: str) -> routing.Destination:
    rings = tuple(ring.get("userName") or "" for ring in row.get("ringBeans") or () if ring.get("enabled", True))
    return routing.Destination(
        "ring_group", row["extension"], row.get("name") or "", row["extension"], tenant, rings, dict(row),
        ways=_ways(row), enabled=row.get("enabled"),
    )  # fmt: skip


def _ways(row: Row) -> tuple[routing.Way, ...]:
    """Whom a hunt group rings, each at once or when those before do not answer, and where callers go in the end."""
    ways = [
        routing.Way(
            "then rings" if place and ring.get("typeStr") == "If no response" else routing.RINGS,
            "extension", number=ring.get("userName") or "",
        )
        for place, ring in enumerate(row.get("ringBeans") or ())
        if ring.get("enabled", True)
    ]  # fmt: skip
    fallback = str(row.get("fallbackDestination") or "").removeprefix("sip:").partition("@")[0]
    return (*ways, *((routing.Way(routing.NO_ANSWER, routing.DIALLED, number=fallback),) if fallback else ()))


def whole_hunt_group(row: Row) -> dict[str, Any]:
    names = {
        "name": "name", "description": "description", "enabled": "enabled", "did": "did", "fallback": "fallbackDestination",
        "voicemail_fallback": "voicemailFallback", "user_forward": "userForward", "use_forward_timers": "useFwdTimers",
    }  # fmt: skip
    return {**given(row, names), "rings": [_ring(ring) for ring in row.get("ringBeans") or ()]}


def _ring(ring: Row) -> dict[str, Any]:
    return {name: ring[name] for name in ("userName", "typeStr", "enabled", "expiration") if ring.get(name) is not None}


def _rings_here(members: Members, row: Row) -> bool:
    return members.has(*(ring.get("userName") for ring in row.get("ringBeans") or ()))


class SipxcomHuntGroups(SipxcomDirectory[routing.Destination]):
    """Hunt groups by extension. A ring with an unknown user is dropped in silence, so what is written is read back."""

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        super().add(tenant, values)
        extension = str(values.get("extension") or "")
        self._compare(extension, values)
        return extension

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        super().change(tenant, ref, values)
        self._compare(str(values.get("new_extension") or ref), values)

    def _compare(self, extension: str, values: Mapping[str, Any]) -> None:
        wanted = values.get("rings", values.get("ringBeans"))
        if isinstance(wanted, list):
            due = [str(ring.get("user_name") or ring.get("userName") or "") for ring in wanted]
            now = [ring.get("userName") for ring in self._row("", extension).get("ringBeans") or ()]
            if lost := [name for name in due if name not in now]:
                raise OutcomeUnknown(
                    f"sipXcom saved the hunt group {extension} without {', '.join(lost)}: it knows no such user.",
                    vendor=self._client.vendor.key,
                    operation=self._kept.change,
                    code="partly_saved",
                )


HUNT_GROUPS = Kept(
    "hunt group", _hunt_group, list="hunt_groups.list", get="hunt_groups.read", add="hunt_groups.add",
    change="hunt_groups.change", remove="hunt_groups.remove", ref="extension", whole=whole_hunt_group, whose=_rings_here,
    check_removal=True,
)  # fmt: skip


def hunt_groups(client: Client) -> SipxcomHuntGroups:
    return SipxcomHuntGroups(client, HUNT_GROUPS)


def _page_group(row: Row, tenant: str) -> routing.Destination:
    users = tuple(user.get("userName") or "" for user in row.get("users") or ())
    number = str(row.get("pageGroupNumber") or "")
    return routing.Destination("paging_group", row["id"], row.get("description") or number, number, tenant, users, dict(row))


def _whole_page_group(row: Row) -> dict[str, Any]:
    names = {
        "number": "pageGroupNumber",
        "enabled": "enabled",
        "timeout": "timeout",
        "sound": "sound",
        "description": "description",
    }
    return {**given(row, names), "users": [{"id": user["id"]} for user in row.get("users") or () if user.get("id")]}


class SipxcomPageGroups(SipxcomDirectory[routing.Destination]):
    """Page groups. The server does not tell a new one's id: it is found by its number."""

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        self._call("add", values)
        number = str(values.get("number", values.get("pageGroupNumber", "")))
        return next((row["id"] for row in self._rows() if row.get("pageGroupNumber") == number), "")


PAGE_GROUPS = Kept(
    "page group", _page_group, list="page_groups.list", get="page_groups.read", add="page_groups.add",
    change="page_groups.change", remove="page_groups.remove", whole=_whole_page_group,
    whose=lambda members, row: members.has(*(user.get("userName") for user in row.get("users") or ())),
)  # fmt: skip


def page_groups(client: Client) -> SipxcomPageGroups:
    return SipxcomPageGroups(client, PAGE_GROUPS)


orbits = directory(
    Kept(
        "park orbit",
        lambda row, tenant: routing.Destination(
            "parking_orbit", row["id"], row.get("name") or "", row.get("extension") or "", tenant, raw=dict(row)
        ),
        list="orbits.list", get="orbits.read", add="orbits.add", change="orbits.change", remove="orbits.remove",
        whole=lambda row: given(
            row, {name: name for name in ("name", "extension", "server", "enabled", "description", "music")}
        ),
    )
)  # fmt: skip
attendants = directory(
    Kept(
        "auto attendant",
        lambda row, tenant: routing.Destination(
            "ivr", row.get("systemId") or row["name"], row["name"], "", tenant, raw=dict(row)
        ),
        list="auto_attendants.list",
    )
)


_STORES = {"moh": "music", "page_groups": "page", "orbits": "park"}


class SipxcomMedia(Door):
    """Media: sound files of the whole server. `ref` is where one is kept and its name, like "moh:hold1.wav"."""

    uses = (*(f"{store}.prompts.{act}" for store in _STORES for act in ("list", "add")), "moh.prompts.remove")

    def list(self, tenant: str) -> Sequence[routing.MediaFile]:
        if tenant:
            return []
        return [
            routing.MediaFile(f"{store}:{row['name']}", row["name"], kind, raw=dict(row))
            for store, kind in _STORES.items()
            for row in self._call(f"{store}.prompts.list")
        ]

    def get(self, tenant: str, ref: str) -> routing.MediaFile:
        for one in self.list(tenant):
            if one.ref == ref:
                return one
        raise NotFound(f"There is no sound file {ref}.", vendor="sipxcom")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        """Add `file` to the `store` moh (unless given), page_groups or orbits; a name that is there is refused."""
        store = str(values.get("store") or "moh")
        if store not in _STORES or tenant:
            raise NotFound(f"sound files are kept in {', '.join(_STORES)}, for the whole server", vendor="sipxcom")
        self._call(f"{store}.prompts.add", {"file": values.get("file")})
        file = values.get("file")
        return f"{store}:{file.name}" if isinstance(file, Upload) else ""

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise no_call("change a sound file; delete it and add another")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        store, _, name = self.get(tenant, ref).ref.partition(":")
        if store != "moh":
            raise no_call("delete a sound file of page groups or park orbits")
        self._call("moh.prompts.remove", {"prompt": name}, confirmation=confirmation)

    def operation(self, act: str) -> Operation | None:
        acts = {"list", "add", "remove"}
        return self._client.vendor.operations[f"moh.prompts.{act}"] if act in acts else None
