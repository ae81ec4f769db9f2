"""What MiRTA's doors share: scoping by tenant, read-backs, and directories over the objects of its database."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.directory import Declared, OperationDirectory
from apps.vendors.core.errors import InvalidParameters, NotFound, OutcomeUnknown, Unsupported, VendorError
from apps.vendors.core.redact import MASK
from apps.vendors.core.values import to_e164, to_moment

T = TypeVar("T")
Row = Mapping[str, Any]
WHOLE_SYSTEM = ""
_OWNER_ID = re.compile(r"(?:[a-z]{2}_)?te_id")
_ID = re.compile(r"(?:[a-z]{2}_)?id|uniqueid")


def e164(number: Any) -> str:
    """A number as E.164 where it can be read as one, else as it stands."""
    try:
        return to_e164(number)
    except ValueError:
        return str(number or "").strip()


def dialled(number: str) -> str:
    """A number as the PBX dials it: digits."""
    return number.removeprefix("+")


def pick(row: Row, *names: str) -> str:
    """The first of these columns that says something; versions of the PBX differ in their names."""
    return next((str(row[name]) for name in names if row.get(name) not in (None, "")), "")


def whole(value: Any) -> int | None:
    text = str(value or "").strip()
    return int(text) if text.isdigit() else None


def on(value: Any) -> bool:
    return str(value or "").strip().lower() in {"on", "yes", "1", "true"}


def no_call(what: str) -> Unsupported:
    return Unsupported(f"MiRTA documents no call to {what}: do it in its own portal.", vendor="mirta")


def not_there(noun: str, ref: str) -> NotFound:
    return NotFound(f"The tenant has no {noun} {ref}.", vendor="mirta")


class Door:
    """A client, whose results come without the secrets the PBX hands out with them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def _call(self, name: str, params: Row | None = None, *, confirmation: Confirmation | None = None) -> Any:
        return self._client.operation(name).mask(self._client.call(name, params, confirmation=confirmation))

    def _write(
        self, name: str, params: Row, done: Callable[[], bool], *, confirmation: Confirmation | None = None
    ) -> Any:  # fmt: skip
        """Call a write and see that it was done: the PBX may say nothing at all, and a word of it proves little."""
        try:
            reply = self._call(name, params, confirmation=confirmation)
        except OutcomeUnknown as error:
            if error.code != "empty" or not done():
                raise
            return {}
        if not done():
            raise OutcomeUnknown(
                "The PBX took the change, and does not show it.", vendor="mirta", operation=name, code="not_changed"
            )
        return reply

    def _moment(self, value: Any) -> datetime | None:
        """A time in the PBX's zone, or None for what is none."""
        text = str(value or "").strip()
        try:
            return to_moment(text, self._client.vendor.reading(self._client.endpoint).zone) if text[:4] > "0000" else None
        except ValueError:
            return None


class Owners(Door):
    """Whose a row is, by the tenant's code or id in it; a row that says neither is the tenant's whose list it came in.

    A tenant's own key sees no other tenant, and cannot ask for ids.
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._ids: dict[str, str] = {}

    def belongs(self, row: Row, tenant: str) -> bool:
        if tenant == WHOLE_SYSTEM:
            return True
        if code := pick(row, "te_code", "tenantcode"):
            return code.casefold() == tenant.casefold()
        if own := self._client.endpoint.options.get("tenant"):
            return str(own).casefold() == tenant.casefold()
        owner = next((str(value) for name, value in row.items() if _OWNER_ID.fullmatch(name) and value), "")
        return not owner or owner == self.id_of(tenant)

    def id_of(self, tenant: str) -> str:
        """The tenant's id in the database; "none" when there is no such tenant."""
        if tenant not in self._ids:
            for row in self._call("tenants.list"):
                self._ids[str(row.get("te_code"))] = pick(row, "te_id", "id")
        return self._ids.get(tenant, "none")


class MirtaDirectory(OperationDirectory[T]):
    """A kind of the database's objects, tenant by tenant.

    `values` are columns, or {"jsondata": columns}. The admin key sees everybody's rows, so whose an object is is checked here
    before it is read, changed or removed. Removals are read back, and so is a write that is answered with silence.
    """

    also: tuple[str, ...] = ("tenants.list",)

    system = False  # the whole system's, not a tenant's

    def __init__(self, client: Client, declared: Declared[T]) -> None:
        super().__init__(client, declared)
        self._owners = Owners(client)

    def list(self, tenant: str) -> Sequence[T]:
        return [self._declared.make(row, tenant) for row in self.rows(tenant)]

    def get(self, tenant: str, ref: str) -> T:
        return self._declared.make(self.row(tenant, ref), tenant)

    def rows(self, tenant: str) -> Sequence[Row]:
        """The tenant's rows, each with its `id`."""
        rows = self._declared.rows_of(self._call("list", self._scope(tenant)))
        return [{**row, "id": identity(row)} for row in rows if self._owners.belongs(row, tenant)]

    def row(self, tenant: str, ref: str) -> Row:
        """One row, in full; NotFound when the tenant has none of that id."""
        for row in self.rows(tenant):
            if row["id"] == ref:
                full = self._call("get", {**self._scope(tenant), "id": ref}) if self._declared.get else {}
                return {**row, **full}
        raise not_there(self._declared.noun, ref)

    def add(self, tenant: str, values: Row) -> str:
        self._writable(tenant)
        columns = self._columns(tenant, values)
        before = {row["id"] for row in self.rows(tenant)}
        try:
            reply = self._call("add", {**self._scope(tenant), "jsondata": columns})
        except OutcomeUnknown as error:
            reply = self._after_silence(error)
        if ref := self._declared.ref_of(reply):
            return ref
        added = [row["id"] for row in self.rows(tenant) if row["id"] not in before and _holds(row, columns)]
        if len(added) != 1:
            raise OutcomeUnknown(
                f"The PBX does not say that it added the {self._declared.noun}, and does not list it.",
                vendor="mirta", operation=self._declared.add, code="not_listed",
            )  # fmt: skip
        return str(added[0])

    def change(self, tenant: str, ref: str, values: Row) -> None:
        self._writable(tenant)
        self.row(tenant, ref)
        columns = self._columns(tenant, values)
        try:
            self._call("change", {**self._scope(tenant), "id": ref, "jsondata": columns})
        except OutcomeUnknown as error:
            self._after_silence(error)
            if not _holds(self.row(tenant, ref), columns):
                raise

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._writable(tenant)
        self.row(tenant, ref)
        try:
            self._call("remove", {**self._scope(tenant), "id": ref}, confirmation)
        except OutcomeUnknown as error:
            self._after_silence(error)
        if any(row["id"] == ref for row in self.rows(tenant)):
            raise OutcomeUnknown(
                f"The PBX still lists the {self._declared.noun} {ref}.",
                vendor="mirta", operation=self._declared.remove, code="still_there",
            )  # fmt: skip

    def _call(self, act: str, values: Row, confirmation: Confirmation | None = None) -> Any:
        operation = self.operation(act)
        if operation is not None:
            taken = {param.name for param in operation.params}
            values = {name: value for name, value in values.items() if name in taken and value != ""}
        result = super()._call(act, values, confirmation)
        return operation.mask(result) if operation else result

    def _after_silence(self, error: VendorError) -> dict[str, Any]:
        """Let a write whose answer was empty be settled by what is there now; anything else stands."""
        if error.code != "empty":
            raise error
        return {}

    def _columns(self, tenant: str, values: Row) -> dict[str, Any]:
        """The columns among the values; none of them may hand an object to another tenant."""
        given = values.get("jsondata")
        columns = dict(given) if isinstance(given, Mapping) else {k: v for k, v in values.items() if k != "tenant"}
        if tenant != WHOLE_SYSTEM and (moved := [name for name in columns if _OWNER_ID.fullmatch(name) or name == "te_code"]):
            raise InvalidParameters(dict.fromkeys(moved, "an object stays with its tenant"), vendor="mirta")
        return columns

    def _writable(self, tenant: str) -> None:
        if self.system and tenant != WHOLE_SYSTEM:
            raise Unsupported(
                f"A {self._declared.noun} of MiRTA is the whole system's, not a tenant's: change it there.", vendor="mirta"
            )


def identity(row: Row) -> str:
    """The id of a row: its key in the list, or its first column that is called an id."""
    return pick(row, "id") or next((str(value) for name, value in row.items() if _ID.fullmatch(name) and value), "")


def new_id(reply: Any) -> str:
    """The id in an answer to `add`: an object holds it under its column's name; a sentence holds none."""
    return identity(reply) if isinstance(reply, Mapping) else ""


def _holds(row: Row, columns: Row) -> bool:
    """Whether a row has these columns now. Those that it does not show (a password) prove nothing."""
    known = {name: value for name, value in columns.items() if name in row}
    return all(_same(row[name], value) for name, value in known.items())


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return on(found) == wanted
    plain = re.sub(r"[^0-9a-z]", "", str(wanted if wanted is not None else "").casefold())
    return found == MASK or plain == re.sub(r"[^0-9a-z]", "", str(found if found is not None else "").casefold())


def kept(
    noun: str, name: str, make: Callable[[Row, str], T], *, acts: str = "list get add change remove", tenant: str = "tenant"
) -> Declared[T]:
    """Declare a directory over the operations `name`.list, .get and so on."""
    named = {act: f"{name}.{act}" for act in acts.split()}
    return Declared(noun, make, tenant=tenant, ref_of=new_id, **named)  # type: ignore[arg-type]


def directory(declared: Declared[T]) -> Callable[[Client], MirtaDirectory[T]]:
    return lambda client: MirtaDirectory(client, declared)
