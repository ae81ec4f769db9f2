"""Numbers: users' aliases and hunt groups' DIDs, what they ring, and emergency locations."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from apps.vendors.core import routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import Conflict, InvalidParameters, NotFound, OutcomeUnknown, Unsupported, VendorError
from apps.vendors.core.operation import Operation
from apps.vendors.core.values import to_e164
from apps.vendors.sipxcom.capabilities.base import Door, Members, Row, e164, no_call, paged
from apps.vendors.sipxcom.capabilities.directories import hunt_groups, whole_hunt_group
from apps.vendors.sipxcom.capabilities.people_doors import whole_user

EXTENSION, HUNT_GROUP = "extension", "ring_group"


def is_number(alias: str) -> bool:
    """Whether an alias is a number of the outside, and no extension or nickname."""
    try:
        to_e164(alias)
    except ValueError:
        return False
    return True


class SipxcomDids(Door):
    """Dids: an alias of a user that is a telephone number, and a hunt group's DID; sipXcom keeps no list of its own.

    `ref` is the number as the server has it. A change moves it: `destination_kind` (extension or ring_group) and
    `destination_ref` (a user's id or name, a hunt group's extension).
    """

    uses = ("users.list", "users.read", "users.change", "hunt_groups.list", "hunt_groups.read", "hunt_groups.change")

    def list(self, tenant: str) -> Sequence[routing.Did]:
        return list(self._all(tenant))

    def everything(self) -> Sequence[routing.Did]:
        """Those of all users; a branch's or a group's own name is not told by a user's row."""
        return self.list("")

    def _all(self, tenant: str) -> Iterator[routing.Did]:
        for row in Members(self._client, tenant).rows:
            for alias in filter(is_number, row.get("aliases") or ()):
                name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
                yield _did(alias, tenant, EXTENSION, row["id"], name or row["userName"], row)
        for group in hunt_groups(self._client).list(tenant):
            if did := group.raw.get("did"):
                yield _did(str(did), tenant, HUNT_GROUP, group.ref, group.name, group.raw)

    def get(self, tenant: str, ref: str) -> routing.Did:
        number = e164(ref)
        for one in self._all(tenant):
            if one.ref == ref or one.number == number:
                return one
        raise NotFound(f"Nothing on this sipXcom has the number {ref}.", vendor="sipxcom")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        number = str(values.get("number") or "")
        if not is_number(number):
            raise InvalidParameters({"number": "give a telephone number"}, vendor="sipxcom")
        bare = "".join(sign for sign in number if sign.isdigit())
        self._give(tenant, bare, str(values.get("destination_kind") or ""), str(values.get("destination_ref") or ""))
        return bare

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        """Take the number from where it rings and give it to another. If that fails it is given back."""
        held = self.get(tenant, ref)
        kind = str(values.get("destination_kind") or held.destination_kind)
        target = str(values.get("destination_ref") or "")
        self._target(tenant, kind, target)  # before anything is taken away
        if (kind, target) == (held.destination_kind, held.destination_ref):
            return
        self._take(held)
        try:
            self._give(tenant, held.ref, kind, target)
        except VendorError as error:
            self._give(tenant, held.ref, held.destination_kind, held.destination_ref)
            raise error
        if (now := self.get(tenant, held.ref)).destination_kind != kind:
            raise OutcomeUnknown(
                f"sipXcom says that it moved {held.number}, which still rings {now.destination}.",
                vendor="sipxcom",
                code="not_changed",
            )

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._take(self.get(tenant, ref))

    def operation(self, act: str) -> Operation | None:
        return self._client.vendor.operations["users.list"] if act == "list" else None

    def _take(self, held: routing.Did) -> None:
        if held.destination_kind == HUNT_GROUP:
            group = whole_hunt_group(self._call("hunt_groups.read", {"extension": held.destination_ref}))
            self._call("hunt_groups.change", {**group, "did": None, "extension": held.destination_ref})
            return
        user = whole_user(self._call("users.read", {"id": held.destination_ref}))
        aliases = [alias for alias in user["aliases"] if alias != held.ref]
        self._call("users.change", {**user, "aliases": aliases, "id": held.destination_ref})

    def _give(self, tenant: str, number: str, kind: str, ref: str) -> None:
        row = self._target(tenant, kind, ref)
        if kind == HUNT_GROUP:
            if row.get("did"):
                raise Conflict(f"The hunt group {ref} has a DID already: {row['did']}.", vendor="sipxcom", sent="no")
            self._call("hunt_groups.change", {**whole_hunt_group(row), "did": number, "extension": row["extension"]})
            return
        user = whole_user(row)
        self._call("users.change", {**user, "aliases": [*user["aliases"], number], "id": row["id"]})

    def _target(self, tenant: str, kind: str, ref: str) -> Row:
        """Return the user or hunt group a number is to ring, one of the tenant's."""
        if kind == HUNT_GROUP and ref:
            found: Row = hunt_groups(self._client).get(tenant, ref).raw
            return found
        if kind == EXTENSION:
            for row in Members(self._client, tenant).rows:
                if ref in {row["id"], row.get("userName")}:
                    return row
            raise NotFound(f"There is no user {ref}.", vendor="sipxcom")
        raise no_call(f"send a number to a {kind or 'destination'}; it takes users and hunt groups")


def _did(number: str, tenant: str, kind: str, ref: str, label: str, row: Row) -> routing.Did:
    return routing.Did(number, e164(number), tenant, "", kind, ref, label, label=label, raw=dict(row))


class SipxcomRouting:
    """NumberRouting: what a number rings. Its dial plan has no documented calls."""

    uses = SipxcomDids.uses

    def __init__(self, client: Client) -> None:
        self._dids = SipxcomDids(client)

    def read(self, tenant: str, did: str) -> routing.Destination | None:
        found = self._dids.get(tenant, did)
        return routing.Destination(found.destination_kind, found.destination_ref, found.destination, "", tenant, raw=found.raw)

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        self._dids.change(tenant, did, {"destination_kind": kind, "destination_ref": ref})


class SipxcomEmergency(Door):
    """Emergency: emergency response locations, and who stands in which. Only the closed Uniteme product has them.

    `ref` is "location:" and the ELIN, or user:, group:, phone:, phone_group: and the name, whose `elin` can be changed.
    Locations are the whole server's; groups and phones are read one by one, for no call lists what they stand in.
    """

    uses = (
        "branches.list", "emergency.locations.list", "emergency.locations.read", "emergency.locations.save",
        "emergency.locations.change", "emergency.locations.delete", "emergency.users.read", "emergency.users.set",
        "emergency.users.clear", "emergency.groups.read", "emergency.groups.set",
        "emergency.phones.read", "emergency.phones.set", "emergency.phone_groups.read", "emergency.phone_groups.set",
        "emergency.phone_groups.clear",
        "users.list",
    )  # fmt: skip
    _PLACE = (
        routing.EmergencyField("location", "Location", required=True, help="The street address that callers are at."),
        routing.EmergencyField("address", "Address details", help="Building, floor, suite or room."),
        routing.EmergencyField("description", "Description"),
    )
    _STAND = (routing.EmergencyField("elin", "ELIN", "number", identity=True, help="Blank takes it out of its location."),)
    _SUBJECTS = {
        "user": ("emergency.users", "user"), "group": ("emergency.groups", "group"),
        "phone": ("emergency.phones", "serial"), "phone_group": ("emergency.phone_groups", "group"),
    }  # fmt: skip

    def customers(self) -> Sequence[str]:
        return ["", *(str(row["id"]) for row in paged(self._client, "branches.list", "branches"))]

    def records(self, tenant: str) -> list[routing.EmergencyRecord]:
        """For the whole server its locations; for a tenant its users with the location they stand in."""
        places = self._places()
        if not tenant:
            return [_location(row) for row in places.values()]
        return [self._user(tenant, row["userName"], places) for row in Members(self._client, tenant).rows]

    def read(self, tenant: str, ref: str) -> routing.EmergencyRecord:
        kind, _, subject = ref.partition(":")
        if kind == "location":
            return _location(self._call("emergency.locations.read", {"elin": subject}))
        self._own(tenant, kind, subject, ref)
        if kind == "user":
            return self._user(tenant, subject, self._places())
        name, parameter = self._SUBJECTS[kind]
        found: Any = {}
        with suppress(NotFound):  # which it also answers for one that stands nowhere
            found = self._call(f"{name}.read", {parameter: subject})
        return _standing(tenant, kind, subject, (found[0] if found else {}) if isinstance(found, list) else found)

    def ref(self, kind: str, subject: str) -> str:
        return f"{kind}:{_elin(subject) if kind == 'location' else subject}"

    def fields(self, ref: str, act: str = "change") -> Sequence[routing.EmergencyField]:
        kind = ref.partition(":")[0]
        if kind == "location":
            return self._PLACE
        return self._STAND if act == "change" and kind in self._SUBJECTS else ()

    def values(self, record: routing.EmergencyRecord) -> dict[str, str]:
        if not record.ref.startswith("location:"):
            return {"elin": e164(record.elin)}
        wire = {"location": "location", "address": "addressInfo", "description": "description"}
        return {name: str(record.raw.get(column) or "") for name, column in wire.items()}

    def change(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        kind, _, subject = ref.partition(":")
        if kind == "location" and not tenant:
            # The server takes a location whole.
            now = self.values(self.read(tenant, ref))
            self._call("emergency.locations.change", {**now, **values, "elin": subject})
            return
        self._own(tenant, kind, subject, ref)
        name, parameter = self._SUBJECTS[kind]
        if values.get("elin"):
            self._call(f"{name}.set", {parameter: subject, "elin": self._known(values["elin"])})
        elif f"{name}.clear" in self._client.vendor.operations:
            self._call(f"{name}.clear", {parameter: subject}, confirmation=confirmation)
        else:
            raise no_call(f"take a {kind.replace('_', ' ')} out of its emergency location")

    def add(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        kind, _, elin = ref.partition(":")
        if kind != "location" or tenant:
            raise no_call("add emergency records other than locations")
        self._call("emergency.locations.save", {**values, "elin": elin})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        kind, _, elin = ref.partition(":")
        if kind != "location" or tenant:
            raise no_call("remove emergency records other than locations")
        self._call("emergency.locations.delete", {"elin": elin}, confirmation=confirmation)

    def _places(self) -> Mapping[str, Row]:
        try:
            return {row["elin"]: row for row in self._call("emergency.locations.list")}
        except NotFound:
            raise Unsupported(
                "This server keeps no emergency locations: only the closed Uniteme product does.", vendor="sipxcom"
            ) from None

    def _known(self, number: str) -> str:
        """Return an ELIN as the server's list of locations spells it."""
        return next((elin for elin in self._places() if e164(elin) == e164(number)), _elin(number))

    def _own(self, tenant: str, kind: str, subject: str, ref: str) -> None:
        """Nobody's user, group or phone but the tenant's own is touched; groups and phones are the whole server's."""
        if kind not in self._SUBJECTS or (tenant and not (kind == "user" and Members(self._client, tenant).has(subject))):
            raise NotFound(f"There is no emergency record {ref} here.", vendor="sipxcom")

    def _user(self, tenant: str, name: str, places: Mapping[str, Row]) -> routing.EmergencyRecord:
        try:
            elin = self._call("emergency.users.read", {"user": name})["text"]
        except NotFound:
            elin = ""
        return _standing(tenant, "user", name, {"elin": elin, **places.get(elin, {})})


def _elin(number: str) -> str:
    """A number as the document writes ELINs: ten digits."""
    return e164(number).removeprefix("+1").removeprefix("+")


def _standing(tenant: str, kind: str, subject: str, place: Row) -> routing.EmergencyRecord:
    """Who stands in a location; a user without one is not covered by any."""
    elin = str(place.get("elin") or "")
    shown = "extension" if kind == "user" else kind
    address = str(place.get("location") or "")
    return routing.EmergencyRecord(
        subject, shown, bool(elin), address, elin, "", tenant, f"{kind}:{subject}", dict(place) if elin else {}
    )


def _location(row: Row) -> routing.EmergencyRecord:
    address = str(row.get("location") or row.get("addressInfo") or "")
    return routing.EmergencyRecord(
        row["elin"], "location", None, address, row["elin"], ref=f"location:{row['elin']}", raw=dict(row)
    )
