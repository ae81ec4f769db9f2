"""Tenants, users, extensions and their features, SIP accounts, phones, registrations, phone books."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.vendors.core import people
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.operation import Operation
from apps.vendors.mirta.capabilities.base import (
    WHOLE_SYSTEM,
    Door,
    MirtaDirectory,
    Owners,
    Row,
    identity,
    kept,
    no_call,
    not_there,
    on,
    pick,
)

_LIMITS = ("maxchannels", "maxextensions", "maxdids")


def _tenant(row: Row, _: str) -> people.VendorTenant:
    code = pick(row, "te_code")
    return people.VendorTenant(
        ref=code, name=pick(row, "te_name"), code=code, status="disabled" if on(row.get("te_disabled")) else "active",
        time_zone=pick(row, "te_timezone"), limits={k: row[k] for k in _LIMITS if isinstance(row.get(k), int)}, raw=dict(row),
    )  # fmt: skip


class MirtaTenants(MirtaDirectory[people.VendorTenant]):
    """Tenants of the PBX: `ref` is the code, which every scoped call names; the database wants the id."""

    also = ("info.config",)

    def get(self, tenant: str, ref: str) -> people.VendorTenant:
        row = super().row("", self._id(ref))
        return _tenant({**row, **self._client.call("info.config", {"tenant": ref})}, "")

    def add(self, tenant: str, values: Row) -> str:
        super().add("", values)
        return str(self._columns("", values).get("te_code") or "")

    def change(self, tenant: str, ref: str, values: Row) -> None:
        super().change("", self._id(ref), values)

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        super().remove("", self._id(ref), confirmation)

    def _id(self, code: str) -> str:
        for row in self.rows(""):
            if row.get("te_code") == code:
                return str(row["id"])
        raise NotFound(f"The PBX has no tenant {code}.", vendor="mirta")


def tenants(client: Client) -> MirtaTenants:
    return MirtaTenants(client, kept("tenant", "tenants", _tenant, tenant=""))


class MirtaUsers(MirtaDirectory[people.VendorUser]):
    """Users of the PBX's own portal. A tenant sees those who may see it; only the system's administrator changes them."""

    also = ("tenants.list", "users.tenants.list")

    system = True

    def rows(self, tenant: str) -> Sequence[Row]:
        rows = super().rows(WHOLE_SYSTEM)
        return rows if tenant == WHOLE_SYSTEM else [row for row in rows if tenant in self._sees(row["id"])]

    def _sees(self, ref: str) -> Sequence[str]:
        return [pick(row, "te_code", "code") for row in self._client.call("users.tenants.list", {"id": ref})]


def _user(row: Row, _: str) -> people.VendorUser:
    rights = tuple(filter(None, (pick(row, "us_up_id"),)))
    return people.VendorUser(row["id"], pick(row, "us_username"), "user", pick(row, "us_email"), rights, dict(row))


def users(client: Client) -> MirtaUsers:
    return MirtaUsers(client, kept("user", "users", _user, tenant=""))


def _extension(row: Row, tenant: str) -> people.Extension:
    return people.Extension(
        ref=row["id"], number=pick(row, "ex_number"), name=pick(row, "ex_name"), tenant=tenant, email=pick(row, "ex_email"),
        technology=pick(row, "ex_tech"), status=pick(row, "st_state"), caller_id=pick(row, "ex_cidnum"),
        emergency_caller_id=pick(row, "ex_emergencycidnum"), voicemail=bool(pick(row, "ex_mailbox")), raw=dict(row),
    )  # fmt: skip


class MirtaExtensions(MirtaDirectory[people.Extension]):
    """Extensions. With a tenant's own key they are read through INFO, for MANAGEDB wants the admin's."""

    also = ("tenants.list", "info.extensions")

    def rows(self, tenant: str) -> Sequence[Row]:
        if not self._client.endpoint.options.get("tenant"):
            return super().rows(tenant)
        info = self._client.operation("info.extensions")
        found = info.mask(self._client.call(info.name, {"tenant": tenant}))
        return [{**row, "id": identity(row)} for row in found]


def extensions(client: Client) -> MirtaExtensions:
    return MirtaExtensions(client, EXTENSIONS)


EXTENSIONS = kept("extension", "extensions", _extension)


class MirtaFeatures(Door):
    """ExtensionFeatures: do not disturb, and the busy lamp to be seen. `extension` is its id, or its number."""

    uses = ("blfs.list", "dnd.get", "dnd.set", "extensions.list", "info.extensions", "tenants.list")

    def features(self) -> dict[str, str]:
        return {"dnd": "Do not disturb", "blf": "Busy lamp"}

    def read(self, tenant: str, extension: str, feature: str) -> people.Feature:
        number = self._number(tenant, extension)
        if feature == "blf":
            names = {f"{number}-{tenant}", number}
            lamps = self._call("blfs.list", {"tenant": tenant})
            lamp: Row = next((row for row in lamps if row.get("st_extension") in names), {})
            return people.Feature("blf", "Busy lamp", None, dict(lamp))
        self._known(feature)
        reply = self._call("dnd.get", {"tenant": tenant, "number": number})
        return people.Feature("dnd", "Do not disturb", on(pick(reply, "value", "dnd", "state")), dict(reply))

    def write(self, tenant: str, extension: str, feature: str, values: dict[str, Any]) -> None:
        """Values: {"value": on or off}."""
        if feature == "blf":
            raise no_call("set a busy lamp; it follows the phone")
        self._known(feature)
        wanted = on(values.get("value", values.get("enabled")))
        self._write(
            "dnd.set", {"tenant": tenant, "number": self._number(tenant, extension), "value": wanted},
            lambda: self.read(tenant, extension, "dnd").enabled == wanted,
        )  # fmt: skip

    def _known(self, feature: str) -> None:
        if feature != "dnd":
            raise Unsupported(f"MiRTA documents no call for the feature {feature}: do it in its own portal.", vendor="mirta")

    def _number(self, tenant: str, extension: str) -> str:
        for one in extensions(self._client).list(tenant):
            if extension in (one.ref, one.number):
                return one.number
        raise not_there("extension", extension)


def _account(row: Row, tenant: str) -> people.SipAccount:
    name = pick(row, "name", "username", "sr_name", "defaultuser")
    return people.SipAccount(
        row["id"] or name, name, pick(row, "description", "fullname"), tenant, pick(row, "ipaddr", "host", "sr_host"),
        pick(row, "status", "regstate"), dict(row),
    )  # fmt: skip


accounts = kept("SIP account", "registrations", _account, acts="list")


def _phone(row: Row, tenant: str) -> people.Phone:
    mac = "".join(char for char in pick(row, "ph_mac").lower() if char in "0123456789abcdef")
    return people.Phone(row["id"], mac, pick(row, "pm_name", "ph_pm_id"), pick(row, "ph_name"), tenant, raw=dict(row))


class MirtaPhones(MirtaDirectory[people.Phone]):
    """Phones. The PBX reboots by the name of an extension, which not every release's row of a phone says."""

    also = ("tenants.list", "extensions.list", "info.extensions", "peers.reboot")

    def list(self, tenant: str) -> Sequence[people.Phone]:
        found = super().list(tenant)
        if not any(pick(phone.raw, "ph_ex_id") for phone in found):
            return found
        numbers = {one.ref: one.number for one in extensions(self._client).list(tenant)}
        lines = [numbers.get(pick(phone.raw, "ph_ex_id"), "") for phone in found]
        return [replace(phone, lines=(line,)) if line else phone for phone, line in zip(found, lines, strict=True)]

    def restart(self, tenant: str, ref: str, confirmation: Any) -> None:
        """Reboot a phone: `ref` is its id, or the name of its extension, like 101-TENANT."""
        peer = Peers(self._client).of(tenant, ref) if "-" in ref else self._peer(tenant, ref)
        if not peer:
            raise Unsupported(
                "MiRTA reboots a phone by its extension, and does not say which one this phone has: "
                "give the extension's name, like 101-TENANT.",
                vendor="mirta",
            )
        self._client.call("peers.reboot", {"tenant": tenant, "peer": peer}, confirmation=confirmation)

    def _peer(self, tenant: str, ref: str) -> str:
        owner = pick(self.row(tenant, ref), "ph_ex_id")
        known = extensions(self._client).list(tenant)
        return next((f"{one.number}-{tenant}" for one in known if owner and one.ref == owner), "")


def phones(client: Client) -> MirtaPhones:
    return MirtaPhones(client, kept("phone", "phones", _phone, acts="list get add change"))


class Peers(Door):
    """Names of a tenant's extensions as the PBX's SIP side knows them: number-TENANT."""

    def of(self, tenant: str, name: str) -> str:
        """The peer name of an extension's number or peer name; "" when the tenant has no such."""
        for one in extensions(self._client).list(tenant):
            peer = f"{one.number}-{tenant}"
            if name in (one.number, peer):
                return peer
        return ""


class MirtaRegistrations(Door):
    """Registrations: SIP peers of the tenant that are registered now."""

    uses = ("peers.list", "peers.unregister", "extensions.list", "info.extensions", "tenants.list")

    def list(self, tenant: str) -> Sequence[people.Registration]:
        return [
            people.Registration(
                user=pick(row, "name"), contact=f"{pick(row, 'host')}:{pick(row, 'port')}", address=pick(row, "host"),
                agent=pick(row, "useragent"), status=pick(row, "status"), tenant=tenant, raw=dict(row),
                extension=pick(row, "name").removesuffix(f"-{tenant}"),
            )
            for row in self._call("peers.list", {"tenant": tenant})
            if pick(row, "name").endswith(f"-{tenant}") and pick(row, "host") not in ("", "(Unspecified)", "-none-")
        ]  # fmt: skip

    def remove(self, tenant: str, user: str, confirmation: Any) -> None:
        peer = Peers(self._client).of(tenant, user)
        if not peer:
            raise not_there("extension", user)
        self._client.call("peers.unregister", {"tenant": tenant, "peer": peer}, confirmation=confirmation)


class MirtaPhoneBooks(Door):
    """PhoneBooks: entries of all the tenant's books; `ref` is BOOK:id. The PBX has no call that changes an entry."""

    uses = ("phonebooks.list", "phonebooks.entries.list", "phonebooks.entries.add", "phonebooks.entries.remove", "tenants.list")

    def list(self, tenant: str) -> Sequence[people.PhoneBookEntry]:
        return [
            self._entry(book, row)
            for book in self._books(tenant)
            for row in self._call("phonebooks.entries.list", {"tenant": tenant, "phonebook": book})
        ]

    def get(self, tenant: str, ref: str) -> people.PhoneBookEntry:
        for one in self.list(tenant):
            if one.ref == ref:
                return one
        raise not_there("phone book entry", ref)

    def add(self, tenant: str, values: Row) -> str:
        """Values: `phonebook`, and the fields (NAME, PHONE1 …)."""
        book = str(values.get("phonebook") or "")
        if book not in self._books(tenant):
            raise not_there("phone book", book or "without a name")
        given = values.get("values")
        fields = given if given else {name: value for name, value in values.items() if name != "phonebook"}
        before = {one.ref for one in self.list(tenant)}
        self._write(
            "phonebooks.entries.add", {"tenant": tenant, "phonebook": book, "values": fields},
            lambda: any(one.ref not in before for one in self.list(tenant)),
        )  # fmt: skip
        added = [one.ref for one in self.list(tenant) if one.ref not in before]
        return added[0] if len(added) == 1 else ""

    def change(self, tenant: str, ref: str, values: Row) -> None:
        raise no_call("change an entry of a phone book; delete it and add it anew")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        one = self.get(tenant, ref)
        self._write(
            "phonebooks.entries.remove", {"tenant": tenant, "phonebook": one.book, "peid": ref.rpartition(":")[2]},
            lambda: all(other.ref != ref for other in self.list(tenant)), confirmation=confirmation,
        )  # fmt: skip

    def operation(self, act: str) -> Operation | None:
        return self._client.vendor.operations.get(f"phonebooks.entries.{act}")

    def _books(self, tenant: str) -> Sequence[str]:
        owners = Owners(self._client)
        rows = self._call("phonebooks.list", {"tenant": tenant})
        return [pick(row, "pb_name", "name") for row in rows if owners.belongs(row, tenant)]

    def _entry(self, book: str, row: Row) -> people.PhoneBookEntry:
        names = {str(name).lower(): value for name, value in row.items()}
        number = pick(names, "phone1", "phone", "number", "pe_phone1")
        ref = pick(names, "peid", "pe_id", "id")
        return people.PhoneBookEntry(f"{book}:{ref}", pick(names, "name", "pe_name"), number, book, dict(row))
