"""What PBXware keeps for a tenant, behind the neutral directories.

Deletions are read back: some are answered with success and not done.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from apps.vendors.core import people, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.directory import Declared, OperationDirectory
from apps.vendors.core.errors import NotFound, OutcomeUnknown, Unsupported
from apps.vendors.core.values import to_e164
from apps.vendors.pbxware.operations.routing import KEY_TO

T = TypeVar("T")
Row = Mapping[str, Any]
MASTER = "1"


def e164(number: Any) -> str:
    """A number as E.164 where it can be read as one, else as it stands."""
    try:
        return to_e164(number)
    except ValueError:
        return str(number or "").strip()


class PbxDirectory(OperationDirectory[T]):
    """A directory whose deletions are checked against the list; `tenant` is left out of calls that do not take it."""

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        super().remove(tenant, ref, confirmation)
        if self._listed(tenant, ref):
            raise OutcomeUnknown(
                f"The PBX says that it deleted the {self._declared.noun} {ref}, and still lists it.",
                vendor=self._client.vendor.key,
                operation=self._declared.remove,
                code="still_there",
            )

    def _listed(self, tenant: str, ref: str) -> bool:
        return any(getattr(one, "ref", None) == ref for one in self.list(tenant))

    def _call(self, act: str, values: Mapping[str, Any], confirmation: Confirmation | None = None) -> Any:
        operation = self.operation(act)
        taken = {param.name for param in operation.params} if operation else set(values)
        scope = self._declared.tenant
        sent = {name: value for name, value in values.items() if name in taken or name != scope}
        result = super()._call(act, sent, confirmation)
        # The PBX hands out secrets and PINs with an extension, a trunk, a tenant: they stop here.
        return operation.mask(result) if operation else result


def _directory(declared: Declared[T]) -> Callable[[Client], PbxDirectory[T]]:
    return lambda client: PbxDirectory(client, declared)


# Numbers.


def _did(row: Row, tenant: str) -> routing.Did:
    return routing.Did(
        ref=row["id"],
        number=e164(row.get("e164") or row.get("number")),
        tenant=row.get("server") or tenant,
        status=row.get("status") or "",
        destination_kind=row.get("type") or "",
        destination_ref=row.get("ext") or "",
        destination=row.get("ext") or "",
        trunk=row.get("trunk") or "",
        label=row.get("name") or "",
        emergency=row.get("e911"),
        raw=dict(row),
        hours=f"did:{row['id']}",
    )


class PbxwareDids(PbxDirectory[routing.Did]):
    """DIDs of a tenant. Deleting wants the master as server, so whose the DID is must be checked here."""

    def everything(self) -> Sequence[routing.Did]:
        """Tenant by tenant, or the one server's of a PBX without tenants: a list without a server depends on the mode."""
        servers = [one.ref for one in tenants(self._client).list("")] or [MASTER]
        return [did for server in servers for did in self.list(server)]

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self.get(tenant, ref)
        super().remove(tenant, ref, confirmation)

    def _call(self, act: str, values: Mapping[str, Any], confirmation: Confirmation | None = None) -> Any:
        return super()._call(act, {**values, "server": MASTER} if act == "remove" else values, confirmation)


DIDS = Declared(
    "DID", _did, list="dids.list", add="dids.add", change="dids.change", remove="dids.remove", tenant="server"
)  # fmt: skip


def dids(client: Client) -> PbxwareDids:
    return PbxwareDids(client, DIDS)


ranges = _directory(
    Declared(
        "DID group",
        lambda row, tenant: routing.Did(
            ref=row["id"],
            number=f"{row.get('min_did') or ''}–{row.get('max_did') or ''}",
            tenant=row.get("tenant") or tenant,
            label=row.get("group_name") or "",
            raw=dict(row),
        ),
        list="did_groups.list", add="did_groups.add", change="did_groups.change", remove="did_groups.remove",
        tenant="tenant", fixed={"server": MASTER}, belongs=lambda row, tenant: row.get("tenant") == tenant,
    )
)  # fmt: skip

# What a screen calls a destination → the PBX's kinds.
KINDS = {
    "extension": "Extension", "ring_group": "Ring Group", "enhanced_ring_group": "Ring Group", "ivr": "IVR",
    "queue": "Queues", "external": "External Number", "voicemail": "Voicemail", "conference": "Conferences",
    "fax": "Fax to E-mail", "none": "Deny Access",
}  # fmt: skip
_NEUTRAL = {label: kind for kind, label in KINDS.items() if kind != "enhanced_ring_group"} | {
    "Multi User": "extension", "IVR tree": "ivr", "Parking Lot": "parking_orbit",
}  # fmt: skip


class PbxwareRouting:
    """NumberRouting: what a DID rings. `did` is its id or its number."""

    uses = ("dids.list", "dids.change")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._dids = dids(client)

    def read(self, tenant: str, did: str) -> routing.Destination | None:
        found = self._find(tenant, did)
        if not found.destination_kind:
            return None
        kind = _NEUTRAL.get(found.destination_kind, found.destination_kind)
        return routing.Destination(kind, found.destination_ref, found.destination, found.destination_ref, tenant)

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        wanted = KINDS.get(kind, kind)
        found = self._find(tenant, did)
        self._client.call("dids.change", {"server": tenant, "id": found.ref, "dest_type": wanted, "destination": ref})
        now = self._dids.get(tenant, found.ref)
        if (now.destination_kind, now.destination_ref) != (wanted, ref):
            raise OutcomeUnknown(
                f"The PBX says that it changed {found.number}, which still rings {now.destination_kind} {now.destination_ref}.",
                vendor=self._client.vendor.key,
                operation="dids.change",
                code="not_changed",
            )

    def _find(self, tenant: str, did: str) -> routing.Did:
        number = e164(did)
        for one in self._dids.list(tenant):
            if one.ref == did or one.number == number or one.raw.get("number") == did:
                return one
        raise NotFound(f"The tenant has no DID {did}.", vendor=self._client.vendor.key)


caller_rules = _directory(
    Declared(
        "caller rule",
        lambda row, tenant: routing.CallerRule(
            row["id"], row.get("callerid") or "", " ".join(filter(None, (row.get("type"), row.get("ext")))), tenant, dict(row)
        ),
        list="tenants.callers.list", add="tenants.callers.add", change="tenants.callers.change",
        remove="tenants.callers.remove", tenant="tenant", ref="rule",
    )
)  # fmt: skip

# Routing.


def _trunk(row: Row, _: str) -> routing.SwitchTrunk:
    options = row.get("options") or {}
    status = {"1": "enabled", "0": "disabled"}.get(str(row.get("status")), row.get("status") or "")
    emergency = options.get("emerg_trunk")
    return routing.SwitchTrunk(
        ref=row["id"],
        name=row.get("name") or "",
        host=options.get("host") or "",
        technology=row.get("protocol") or "",
        status=status,
        channels=int(options["incominglimit"]) if str(options.get("incominglimit", "")).isdecimal() else None,
        emergency=None if emergency is None else str(emergency) in {"1", "yes"},
        raw=dict(row),
    )


trunks = _directory(
    Declared(
        "trunk", _trunk, list="trunks.list", get="trunks.read", add="trunks.add", change="trunks.change",
        remove="trunks.remove", fixed={"server": MASTER},
    )
)  # fmt: skip
routes = _directory(
    Declared(
        "route",
        lambda row, tenant: routing.OutboundRoute(
            row["id"], row.get("name") or "", pattern=row.get("code") or "", raw=dict(row)
        ),
        list="routes.list",
    )
)


# Kind → what the PBX calls its operation times.
_HOURS = {"ivr": "ivr", "ring_group": "dial_group", "enhanced_ring_group": "erg"}
# What a key of an IVR leads to, by the code it is set with and the word it may be listed with.
_KEY_KINDS = {
    "aa": "ivr", "aatree": "ivr", "qu": "queue", "rg": "ring_group", "cf": "conference", "ex": "extension", "vm": "voicemail",
    "fx": "fax", "en": routing.EXTERNAL, "dy": "directory", "cr": "crm_routing", "ra": "remote_access", "ari": "application",
}  # fmt: skip
_KEY_WORDS = {label.casefold(): _KEY_KINDS[code] for code, label in KEY_TO.items()}


def _destination(kind: str, number: str = "ext", members: str = "destinations") -> Callable[[Row, str], routing.Destination]:
    def make(row: Row, tenant: str) -> routing.Destination:
        held = [part.get("ext") if isinstance(part, Mapping) else part for part in row.get(members) or ()]
        ring = tuple(str(part) for part in held if part)
        return routing.Destination(
            kind, row["id"], row.get("name") or "", row.get(number) or "", tenant, ring, raw=dict(row),
            ways=_keys(row) if kind == "ivr" else _rings(row, ring),
            hours=f"{_HOURS[kind]}:{row['id']}" if kind in _HOURS else "",
            enabled={"enabled": True, "disabled": False}.get(str(row.get("status")).casefold()),
        )  # fmt: skip

    return make


def _rings(row: Row, ring: Sequence[str]) -> tuple[routing.Way, ...]:
    rings = tuple(routing.Way(routing.RINGS, "extension", number=number) for number in ring)
    if not (last := str(row.get("last_dest") or "")):
        return rings
    mailbox = str(row.get("last_dest_vm")).casefold() in {"yes", "1"}
    return (*rings, routing.Way(routing.NO_ANSWER, "voicemail" if mailbox else routing.DIALLED, number=last))


def _keys(row: Row) -> tuple[routing.Way, ...]:
    """Where the keys of an IVR lead, key by key; the document's sample has a single one without its key."""
    keymap = row.get("keymap") or {}
    if not isinstance(keymap, Mapping):
        keymap = {}
    keys = {"": keymap} if "type" in keymap else keymap
    ways = [
        routing.Way(f"key {key}" if key else "a key", kind, number=str(leads.get("value") or leads.get("destination") or ""))
        for key, leads in sorted(keys.items())
        if isinstance(leads, Mapping) and (kind := _key_kind(str(leads.get("type") or "")))
    ]
    operator = str(row.get("operator") or "")
    return (*ways, *((routing.Way("operator", routing.DIALLED, number=operator),) if operator else ()))


def _key_kind(word: str) -> str:
    return _KEY_KINDS.get(word) or _KEY_WORDS.get(word.casefold()) or word.casefold()


def _kept(name: str, noun: str, make: Callable[[Row, str], routing.Destination]) -> Declared[routing.Destination]:
    return Declared(
        noun, make, list=f"{name}.list", add=f"{name}.add", change=f"{name}.change", remove=f"{name}.remove", tenant="server"
    )


ivrs = _directory(_kept("ivrs", "IVR", _destination("ivr", members="none")))
paging_groups = _directory(_kept("paging_groups", "paging group", _destination("paging_group", "number")))
_RING = _kept("ring_groups", "ring group", _destination("ring_group"))
_ENHANCED = _kept("enhanced_ring_groups", "enhanced ring group", _destination("enhanced_ring_group", "number", "members"))


class PbxwareRingGroups(PbxDirectory[routing.Destination]):
    """Ring groups and enhanced ring groups together; an id tells which by where it is listed."""

    also = tuple(f"enhanced_ring_groups.{act}" for act in ("list", "add", "change", "remove"))

    def __init__(self, client: Client) -> None:
        super().__init__(client, _RING)
        self._enhanced: PbxDirectory[routing.Destination] = PbxDirectory(client, _ENHANCED)

    def list(self, tenant: str) -> Sequence[routing.Destination]:
        return [*super().list(tenant), *self._enhanced.list(tenant)]

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        """An enhanced ring group is one that is given `max_wait_callers`."""
        return self._enhanced.add(tenant, values) if "max_wait_callers" in values else super().add(tenant, values)

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        self._which(tenant, ref).change(tenant, ref, values)

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._which(tenant, ref).remove(tenant, ref, confirmation)

    def _which(self, tenant: str, ref: str) -> PbxDirectory[routing.Destination]:
        enhanced = self.get(tenant, ref).kind == "enhanced_ring_group"
        return self._enhanced if enhanced else PbxDirectory(self._client, _RING)


# People and devices.


def _tenant(row: Row, _: str) -> people.VendorTenant:
    limits = ("incominglimit", "outgoinglimit", "conch", "quech", "aach")
    return people.VendorTenant(
        ref=row["id"],
        name=row.get("name") or row.get("server_name") or "",
        code=str(row.get("tenantcode") or ""),
        status={"0": "not active", "1": "active", "2": "suspended"}.get(str(row.get("status") or ""), ""),
        limits={name: int(row[name]) for name in limits if str(row.get(name, "")).isdecimal()},
        raw=dict(row),
    )


class PbxwareTenants(PbxDirectory[people.VendorTenant]):
    """Tenants. Adding one often takes longer than anybody waits, and succeeds: the list tells."""

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        try:
            return super().add(tenant, values)
        except OutcomeUnknown:
            code = str(values.get("tenant_code") or "")
            for one in self.list(tenant):
                if code and one.code == code:
                    return one.ref
            raise


TENANTS = Declared(
    "tenant", _tenant, list="tenants.list", get="tenants.read", add="tenants.add", change="tenants.change",
    remove="tenants.remove", fixed={"server": MASTER},
)  # fmt: skip


def tenants(client: Client) -> PbxwareTenants:
    return PbxwareTenants(client, TENANTS)


def _extension(row: Row, tenant: str) -> people.Extension:
    options = row.get("options") or {}
    voicemail = options.get("voicemail")
    return people.Extension(
        ref=row["id"],
        number=row.get("ext") or "",
        name=row.get("name") or "",
        tenant=tenant,
        email=row.get("email") or "",
        technology=row.get("protocol") or "",
        status=row.get("status") or "",
        caller_id=options.get("callerid") or "",
        voicemail=None if voicemail is None else str(voicemail) == "1",
        raw=dict(row),
    )


EXTENSIONS = Declared(
    "extension", _extension, list="extensions.list", get="extensions.read", add="extensions.add",
    change="extensions.change", remove="extensions.remove", tenant="server",
)  # fmt: skip
extensions = _directory(EXTENSIONS)
rights = _directory(
    Declared(
        "department",
        lambda row, tenant: people.VendorUser(
            ref=row.get("department_id") or row["id"],
            name=row.get("department_name") or "",
            kind="department",
            rights=tuple(right for name in ("editions", "modules") for right in str(row.get(name) or "").split(",") if right),
            raw=dict(row),
        ),
        list="apps.templates.list", change="apps.templates.set", tenant="server", ref="department_id",
    )
)  # fmt: skip


class PbxwarePhones(PbxDirectory[people.Phone]):
    """Phones of a tenant: the extensions that a MAC address is entered for; `ref` is the extension's id."""

    def restart(self, tenant: str, ref: str, confirmation: Any) -> None:
        raise Unsupported("PBXware documents no call to restart a phone: do it in its own portal.", vendor="pbxware")


def _phone(row: Row, tenant: str) -> people.Phone:
    mac = "".join(char for char in str(row.get("macaddress")).lower() if char in "0123456789abcdef")
    return people.Phone(
        row["id"], mac, row.get("ua_fullname") or "", row.get("name") or "", tenant, (row.get("ext") or "",), dict(row)
    )


PHONES = Declared(
    "phone", _phone, list="extensions.list", change="extensions.change", tenant="server",
    belongs=lambda row, _: bool(row.get("macaddress")),
)  # fmt: skip


def phones(client: Client) -> PbxwarePhones:
    return PbxwarePhones(client, PHONES)
