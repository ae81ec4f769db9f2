"""Branches, users and their rights, phones, shared phone books."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.vendors.core import people
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound
from apps.vendors.core.operation import Operation
from apps.vendors.sipxcom.capabilities.base import GROUP, Door, Kept, Members, Row, SipxcomDirectory, given, no_call, paged


def _branch(row: Row, _: str) -> people.VendorTenant:
    return people.VendorTenant(row["id"], row.get("name") or "", raw=dict(row))


def _whole_branch(row: Row) -> dict[str, Any]:
    address = {name: value for name, value in (row.get("address") or {}).items() if name != "id" and value}
    names = {"name": "name", "description": "description", "phone_number": "phoneNumber", "fax_number": "faxNumber"}
    return {**given(row, names), "address": address}


class SipxcomTenants(SipxcomDirectory[people.VendorTenant]):
    """Branches, by their ids."""

    def _rows(self) -> Sequence[Row]:
        return list(paged(self._client, "branches.list", "branches"))


BRANCHES = Kept(
    "branch", _branch, list="branches.list", get="branches.read", add="branches.add", change="branches.change",
    remove="branches.remove", whole=_whole_branch, whose=lambda *_: True,
)  # fmt: skip


def tenants(client: Client) -> SipxcomTenants:
    return SipxcomTenants(client, BRANCHES)


def _user(row: Row, tenant: str) -> people.Extension:
    return people.Extension(
        ref=row["id"],
        number=row.get("userName") or "",
        name=f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip(),
        tenant=tenant,
        email=row.get("emailAddress") or "",
        technology="SIP",
        raw=dict(row),
    )


def whole_user(row: Row) -> dict[str, Any]:
    names = {"username": "userName", "last_name": "lastName", "first_name": "firstName", "email": "emailAddress"}
    found = given(row, names)
    if branch := (row.get("branch") or {}).get("id"):
        found["branch"] = branch
    return {**found, "groups": [group["id"] for group in row.get("groups") or ()], "aliases": list(row.get("aliases") or ())}


class SipxcomExtensions(SipxcomDirectory[people.Extension]):
    """Users, by their ids; what they are called is what is dialled. A new one joins the tenant's branch or user group."""

    def list(self, tenant: str) -> Sequence[people.Extension]:
        return [_user(row, tenant) for row in Members(self._client, tenant).rows]

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        scope: dict[str, Any] = {"branch": tenant} if tenant else {}
        if tenant.startswith(GROUP):
            scope = {"groups": [*values.get("groups", ()), tenant.removeprefix(GROUP)]}
        return super().add(tenant, {**values, **scope})


EXTENSIONS = Kept(
    "user", _user, list="users.list", get="users.read", add="users.add", change="users.change", remove="users.remove",
    whole=whole_user, whose=lambda members, row: members.has(row.get("userName")), check_removal=True,
)  # fmt: skip


def extensions(client: Client) -> SipxcomExtensions:
    return SipxcomExtensions(client, EXTENSIONS)


def _phone(row: Row, tenant: str) -> people.Phone:
    lines = tuple(str(line.get("user") or line.get("uri") or "") for line in row.get("lines") or ())
    mac = "".join(sign for sign in str(row.get("serialNo") or "").lower() if sign in "0123456789abcdef")
    label = (row.get("model") or {}).get("label") or (row.get("model") or {}).get("modelId") or ""
    return people.Phone(row["id"], mac, label, row.get("description") or "", tenant, lines, dict(row))


class SipxcomPhones(SipxcomDirectory[people.Phone]):
    """Phones: those with a line of the tenant's users."""

    also = ("users.list", "phones.restart")

    def restart(self, tenant: str, ref: str, confirmation: Any) -> None:
        self._row(tenant, ref)
        self._client.call("phones.restart", {"serial": ref}, confirmation=confirmation)


PHONES = Kept(
    "phone", _phone, list="phones.list", get="phones.read", add="phones.add", change="phones.change", remove="phones.remove",
    whole=lambda row: given(row, {"serial": "serialNo", "description": "description", "device_version": "deviceVersion"}),
    whose=lambda members, row: members.has(*(line.get("user") for line in row.get("lines") or ())),
)  # fmt: skip


def phones(client: Client) -> SipxcomPhones:
    return SipxcomPhones(client, PHONES)


class SipxcomRights(Door):
    """VendorUsers: users and user groups with the permissions they have. `ref` is "user:" or GROUP and the id."""

    uses = (
        "user_permissions.list", "user_permissions.read", "user_permissions.change", "user_group_permissions.list",
        "user_group_permissions.read", "user_group_permissions.change", "users.list",
    )  # fmt: skip

    def list(self, tenant: str) -> Sequence[people.VendorUser]:
        if tenant.startswith(GROUP):
            return [self.get(tenant, tenant)]
        scope = {"branch": tenant} if tenant else {}
        users = [_rights("user", row) for row in paged(self._client, "user_permissions.list", "users", **scope)]
        groups = [] if tenant else paged(self._client, "user_group_permissions.list", "groups")
        return [*users, *(_rights("group", row) for row in groups)]

    def get(self, tenant: str, ref: str) -> people.VendorUser:
        kind, ident = self._own(tenant, ref)
        return _rights(kind, self._call(f"{_RIGHTS[kind]}.read", {"id": ident}))

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("add rights; grant or take away the ones there are")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        kind, ident = self._own(tenant, ref)
        self._call(f"{_RIGHTS[kind]}.change", {**values, "id": ident})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove somebody's rights; set each to DISABLE")

    def operation(self, act: str) -> Operation | None:
        names = {"list": "user_permissions.list", "get": "user_permissions.read", "change": "user_permissions.change"}
        return self._client.vendor.operations[names[act]] if act in names else None

    def _own(self, tenant: str, ref: str) -> tuple[str, str]:
        kind, _, ident = ref.partition(":")
        if kind in _RIGHTS and ident:
            users = {row["id"] for row in Members(self._client, tenant).rows} if tenant and kind == "user" else {ident}
            if (kind == "user" and ident in users) or (kind == "group" and tenant in {"", ref}):
                return kind, ident
        raise NotFound(f"There are no rights under {ref}: write user: or group: and the id.", vendor="sipxcom")


_RIGHTS = {"user": "user_permissions", "group": "user_group_permissions"}


def _rights(kind: str, row: Row) -> people.VendorUser:
    name = row.get("name") or f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
    granted = [right for right in row.get("permissions") or () if str(right.get("value")).upper() in {"ENABLE", "TRUE"}]
    labels = tuple(right.get("label") or right["name"] for right in granted)
    return people.VendorUser(f"{kind}:{row['id']}", name, kind, rights=labels, raw=dict(row))


class SipxcomPhoneBooks(Door):
    """PhoneBooks: the shared ones, of the whole server. They are kept in its own portal."""

    uses = ("phone_books.list", "phone_books.read")

    def list(self, tenant: str) -> Sequence[people.PhoneBookEntry]:
        if tenant:
            return []
        return [entry for book in self._call("phone_books.list") for entry in self._entries(book["name"])]

    def _entries(self, book: str) -> Sequence[people.PhoneBookEntry]:
        return [
            people.PhoneBookEntry(
                f"{book}:{place}", f"{row.get('first-name') or ''} {row.get('last-name') or ''}".strip(),
                row.get("number") or "", book, dict(row),
            )
            for place, row in enumerate(self._call("phone_books.read", {"name": book}))
        ]  # fmt: skip

    def get(self, tenant: str, ref: str) -> people.PhoneBookEntry:
        for entry in self.list(tenant):
            if entry.ref == ref:
                return entry
        raise NotFound(f"There is no entry {ref}.", vendor="sipxcom")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("add to a shared phone book")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise no_call("change a shared phone book")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove an entry of a shared phone book")

    def operation(self, act: str) -> Operation | None:
        return self._client.vendor.operations["phone_books.read"] if act == "list" else None
