"""DIDs and where they lead, blocked callers, emergency."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.vendors.core import people, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import Unsupported
from apps.vendors.mirta.capabilities.base import (
    WHOLE_SYSTEM,
    Door,
    MirtaDirectory,
    Owners,
    Row,
    dialled,
    directory,
    e164,
    identity,
    kept,
    not_there,
    on,
    pick,
)
from apps.vendors.mirta.capabilities.people_doors import extensions

# What a screen calls a destination → the PBX's tag, and the operation that lists what such a tag may name.
TAGS = {
    "extension": ("EXT", "extensions.list"), "ivr": ("IVR", "ivrs.list"), "ring_group": ("HUNTLIST", "huntlists.list"),
    "queue": ("QUEUE", "queues.list"), "voicemail": ("VOICEMAIL", "mailboxes.list"),
    "condition": ("CONDITION", "conditions.list"), "conference": ("MEETME", "conferences.list"),
    "media": ("PLAYBACK", "media.list"), "custom": ("CUSTOM", "customs.list"), "flow": ("FLOW", "flows.list"),
}  # fmt: skip
_KINDS = {tag: kind for kind, (tag, _) in TAGS.items()}
_TAG = re.compile(r"([A-Z]+)-(\w+)")
# These are heard on the way; what follows them is where a call goes.
_ON_THE_WAY = ("PLAYBACK", "CALLERIDMOD", "CLIDNAMEBYPHONEBOOK", "MUSICONHOLD")


def _did(row: Row, tenant: str) -> routing.Did:
    local = pick(row, "di_number")
    number = e164(local)
    if not number.startswith("+"):
        number = e164(f"+{pick(row, 'di_country')}{pick(row, 'di_area')}{local}")
    return routing.Did(
        ref=row["id"], number=number if number.startswith("+1") else e164(local), tenant=pick(row, "te_code") or tenant,
        label=pick(row, "di_comment"), emergency=on(row["di_allowemergency"]) if "di_allowemergency" in row else None,
        raw=dict(row),
    )  # fmt: skip


class MirtaDids(MirtaDirectory[routing.Did]):
    """DIDs and where they lead. With a tenant's own key they are read through INFO, for MANAGEDB wants the admin's."""

    also = ("tenants.list", "destinations.list", "info.dids")

    def list(self, tenant: str) -> Sequence[routing.Did]:
        return self._led(tenant, super().list(tenant), {})

    def everything(self) -> Sequence[routing.Did]:
        """Tenant by tenant, since destinations are listed for one at a time; with a tenant's own key, that one's."""
        own = self._client.endpoint.options.get("tenant")
        codes = [str(own)] if own else [pick(row, "te_code") for row in self._client.call("tenants.list")]
        return [did for code in codes if code for did in self.list(code)]

    def get(self, tenant: str, ref: str) -> routing.Did:
        return self._led(tenant, [super().get(tenant, ref)], {"typeidsrc": ref})[0]

    def _led(self, tenant: str, found: Sequence[routing.Did], narrowed: Row) -> Sequence[routing.Did]:
        """The same DIDs with their destinations, all of which one call lists."""
        if not found or tenant == WHOLE_SYSTEM or self._client.endpoint.options.get("tenant"):
            return found
        ways: dict[str, list[str]] = {}
        for row in self._client.call("destinations.list", {"tenant": tenant, "typesrc": "DID", **narrowed}):
            source = next((str(value) for name, value in row.items() if name.endswith("typeidsrc")), narrowed.get("typeidsrc"))
            ways.setdefault(str(source), []).append(tag_of(row))
        return [_leading(did, ways[did.ref]) if did.ref in ways else did for did in found]

    def rows(self, tenant: str) -> Sequence[Row]:
        if tenant != WHOLE_SYSTEM and not self._client.endpoint.options.get("tenant"):
            return super().rows(tenant)
        info = self._client.operation("info.dids")
        found = info.mask(self._client.call(info.name, {"tenant": tenant}))
        return [{**row, "id": identity({"id": row.get("di_id"), **row})} for row in found]


def dids(client: Client) -> MirtaDids:
    return MirtaDids(client, kept("DID", "dids", _did))


def tag_of(row: Row) -> str:
    """The tag of a destination, whether the row has it whole or in two columns."""
    for name, value in row.items():
        if isinstance(value, str) and _TAG.fullmatch(value) and not name.endswith("typesrc"):
            return value
    kind = next((str(value) for name, value in row.items() if name.endswith("typedst")), "")
    ref = next((str(value) for name, value in row.items() if name.endswith("typeiddst")), "")
    return f"{kind}-{ref}" if kind else ""


def main_tag(tags: Sequence[str]) -> str:
    """Where a call goes in the end: the first destination that is more than heard on the way."""
    return next((tag for tag in tags if not tag.startswith(_ON_THE_WAY)), tags[0])


def _leading(did: routing.Did, tags: Sequence[str]) -> routing.Did:
    tag = main_tag(tags)
    kind, _, ref = tag.partition("-")
    return replace(did, destination_kind=_KINDS.get(kind, kind.lower()), destination_ref=ref, destination=tag)


class Ways(Door):
    """What tags lead to, by name; what the tenant has of a kind is read once."""

    def __init__(self, client: Client, tenant: str) -> None:
        super().__init__(client)
        self._tenant = tenant
        self._held: dict[str, dict[str, Row]] = {}

    def way(self, when: str, tag: str) -> routing.Way:
        """A tag as a way on; one that names nothing of the tenant's has no name."""
        name, _, ref = tag.partition("-")
        kind = _KINDS.get(name, name.lower())
        row = self._of(kind).get(ref, {}) if kind in TAGS else {}
        return routing.Way(when, kind, ref, text_of(row, "_number", "mailbox"), text_of(row, "_name", "fullname"))

    def from_source(self, when: str, source: str, ref: str) -> tuple[routing.Way, ...]:
        """Where what is called `source` there leads: one way, or none."""
        rows = self._call("destinations.list", {"tenant": self._tenant, "typesrc": source, "typeidsrc": ref})
        tags = [tag for tag in map(tag_of, rows) if tag]
        return (self.way(when, main_tag(tags)),) if tags else ()

    def by_source(self, rows: Sequence[Row], when: Callable[[str], str]) -> tuple[routing.Way, ...]:
        """Where each of several sources leads, in their order; `when` says what one means, "" for what is no way on."""
        tags: dict[str, list[str]] = {}
        for row in rows:
            source = next((str(value) for name, value in row.items() if name.endswith("typesrc")), "")
            if when(source) and (tag := tag_of(row)):
                tags.setdefault(source, []).append(tag)
        return tuple(self.way(when(source), main_tag(found)) for source, found in tags.items())

    def _of(self, kind: str) -> dict[str, Row]:
        if kind not in self._held:
            rows = self._call(TAGS[kind][1], {"tenant": self._tenant})
            owners = Owners(self._client)
            self._held[kind] = {identity(row): row for row in rows if owners.belongs(row, self._tenant)}
        return self._held[kind]


class MirtaRouting(Door):
    """NumberRouting: a DID rings its destinations in their order. `did` is its id or its number.

    One that is not the tenant's, or is no more, has no name.
    """

    uses = (
        "dids.list",
        "info.dids",
        "destinations.list",
        "destinations.replace",
        "tenants.list",
        *(listed for _, listed in TAGS.values()),
    )

    def read(self, tenant: str, did: str) -> routing.Destination | None:
        tags = self._tags(tenant, self._find(tenant, did).ref)
        if not tags:
            return None
        way = Ways(self._client, tenant).way("", main_tag(tags))
        return routing.Destination(way.kind, way.ref, way.name, way.number, tenant, tuple(tags))

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        """Send a DID to one destination, which takes the place of all it had; `ref` is its id in the database."""
        found = self._find(tenant, did)
        if kind not in TAGS:
            raise Unsupported(f"MiRTA knows no destination of the kind {kind}; it has {', '.join(TAGS)}.", vendor="mirta")
        tag = f"{TAGS[kind][0]}-{ref}"
        self.own(tenant, [tag])
        source = {"tenant": tenant, "typesrc": "DID", "typeidsrc": found.ref, "jsondata": [tag]}
        self._write("destinations.replace", source, lambda: self._tags(tenant, found.ref) == [tag])

    def own(self, tenant: str, tags: Sequence[str]) -> None:
        """Raise NotFound when a tag names what is not the tenant's: ids are the whole database's, so one may be anybody's."""
        held: dict[str, set[str]] = {}
        for tag in tags:
            name, _, ref = tag.upper().partition("-")
            kind = _KINDS.get(name)
            if kind is None:
                raise Unsupported(f"Destinations {name} are set in the operation console.", vendor="mirta")
            if kind not in held:
                owners = Owners(self._client)
                held[kind] = {identity(row) for row in self._listed(tenant, kind) if owners.belongs(row, tenant)}
            if ref not in held[kind]:
                raise not_there(kind.replace("_", " "), ref)

    def _tags(self, tenant: str, did: str) -> Sequence[str]:
        rows = self._call("destinations.list", {"tenant": tenant, "typesrc": "DID", "typeidsrc": did})
        return [tag for tag in map(tag_of, rows) if tag]

    def _listed(self, tenant: str, kind: str) -> Sequence[Row]:
        return self._call(TAGS[kind][1], {"tenant": tenant})

    def _find(self, tenant: str, did: str) -> routing.Did:
        number = e164(did)
        for one in dids(self._client).list(tenant):
            if did in (one.ref, one.raw.get("di_number")) or one.number == number:
                return one
        raise not_there("DID", did)


def text_of(row: Row, ending: str, other: str) -> str:
    return next((str(value or "") for name, value in row.items() if name.endswith(ending) or name == other), "")


caller_rules = directory(
    kept(
        "blocked caller", "caller_rules",
        lambda row, tenant: routing.CallerRule(row["id"], text_of(row, "_callerid", "callerid"), "blocked", tenant, dict(row)),
    )
)  # fmt: skip


class MirtaEmergency(Door):
    """Emergency: the caller id that an extension shows to 911, and whether a DID may call it. The PBX keeps no addresses:
    a DID's note may say one."""

    _FIELDS: Mapping[str, Sequence[routing.EmergencyField]] = {
        "did": (
            routing.EmergencyField("di_allowemergency", "911 calls allowed", "flag"),
            routing.EmergencyField("di_emergencynotes", "Emergency notes", help="The PBX keeps no other address."),
        ),
        "extension": (routing.EmergencyField("ex_emergencycidnum", "911 caller ID", "number", identity=True),),
    }

    def customers(self) -> Sequence[str]:
        own = self._client.endpoint.options.get("tenant")
        return [str(own)] if own else [pick(row, "te_code", "code") for row in self._call("tenants.list")]

    uses = (
        "dids.list",
        "dids.get",
        "dids.change",
        "info.dids",
        "destinations.list",
        "extensions.list",
        "extensions.get",
        "extensions.change",
        "info.extensions",
        "tenants.list",
    )

    def records(self, tenant: str) -> list[routing.EmergencyRecord]:
        numbers = [_emergency_did(did, tenant) for did in dids(self._client).list(tenant)]
        identities = [_emergency_extension(one, tenant) for one in extensions(self._client).list(tenant)]
        return [*numbers, *identities]

    def read(self, tenant: str, ref: str) -> routing.EmergencyRecord:
        kind, _, one = ref.partition(":")
        if kind == "did":
            return _emergency_did(dids(self._client).get(tenant, one), tenant)
        if kind == "extension":
            return _emergency_extension(extensions(self._client).get(tenant, one), tenant)
        raise not_there("emergency record", ref)

    def ref(self, kind: str, subject: str) -> str:
        return f"{kind}:{subject}"

    def fields(self, ref: str, act: str = "change") -> Sequence[routing.EmergencyField]:
        return self._FIELDS.get(ref.partition(":")[0], ()) if act == "change" else ()

    def values(self, record: routing.EmergencyRecord) -> dict[str, str]:
        row = {field.name: str(record.raw.get(field.name) or "") for field in self.fields(record.ref)}
        if row.get("ex_emergencycidnum"):
            row["ex_emergencycidnum"] = record.elin
        if "di_allowemergency" in row:
            row["di_allowemergency"] = "on" if on(row["di_allowemergency"]) else ""
        return row

    def change(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        """Change the columns of one: ex_emergencycidnum; di_allowemergency, di_emergencynotes."""
        kind, _, one = ref.partition(":")
        if any("emergency" not in name for name in values):
            raise Unsupported("Only the emergency columns are changed here.", vendor="mirta")
        if kind == "extension":
            spelled = {name: dialled(e164(value)) if value else "" for name, value in values.items()}
            extensions(self._client).change(tenant, one, spelled)
        elif kind == "did":
            dids(self._client).change(tenant, one, values)
        else:
            raise not_there("emergency record", ref)

    def add(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        raise Unsupported("MiRTA documents no call to add emergency records.", vendor="mirta")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise Unsupported("MiRTA documents no call to remove emergency records.", vendor="mirta")


def _emergency_did(did: routing.Did, tenant: str) -> routing.EmergencyRecord:
    return routing.EmergencyRecord(
        did.number, "number", did.emergency, address=pick(did.raw, "di_emergencynotes"), tenant=tenant,
        ref=f"did:{did.ref}", raw=did.raw,
    )  # fmt: skip


def _emergency_extension(one: people.Extension, tenant: str) -> routing.EmergencyRecord:
    return routing.EmergencyRecord(
        one.number, "extension", None, elin=e164(one.emergency_caller_id), caller_id=one.emergency_caller_id,
        tenant=tenant, ref=f"extension:{one.ref}", raw=one.raw,
    )  # fmt: skip
