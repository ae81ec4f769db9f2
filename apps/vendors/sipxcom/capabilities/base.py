"""What sipXcom's doors share: lists paged to their end, results without secrets, changes over what is there, whose a thing is.

A tenant is a branch by its id, a user group as "group:" and its id, or "" for the whole server. What sipXcom keeps for the
whole server is listed for "" alone, or where a user of the tenant stands in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.directory import Declared, OperationDirectory
from apps.vendors.core.errors import NotFound, OutcomeUnknown, Unsupported
from apps.vendors.core.operation import Operation
from apps.vendors.core.values import to_e164

T = TypeVar("T")
Row = Mapping[str, Any]
Belongs = Callable[["Members", Row], bool]
PAGE = 200
MOST_PAGES = 1000
GROUP = "group:"


def e164(number: Any) -> str:
    """A number as E.164 where it can be read as one, else as it stands."""
    try:
        return to_e164(number)
    except ValueError:
        return str(number or "").strip()


def no_call(what: str) -> Unsupported:
    return Unsupported(f"sipXcom documents no call to {what}: do it in its own portal.", vendor="sipxcom")


def paged(client: Client, name: str, at: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a list of /rest, page by page, each id once.

    A page behind the end is answered with the last one, so the count of pages is what ends it, never an empty page.
    """
    operation = client.operation(name)
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        reply = operation.mask(client.call(name, {**params, "page": page, "page_size": PAGE}))
        for row in reply[at]:
            if row.get("id") is None or row["id"] not in seen:
                seen.add(row.get("id"))
                yield row
        about = reply["metadata"]
        if not reply[at] or (about.get("currentPage") or page) >= (about.get("totalPages") or 1):
            return


class Door:
    """A client, whose results come without the passwords and PINs that sipXcom hands out with them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def _call(self, name: str, params: Mapping[str, Any] | None = None, *, confirmation: Confirmation | None = None) -> Any:
        return self._client.operation(name).mask(self._client.call(name, params, confirmation=confirmation))


class Members(Door):
    """The users of a tenant, read once."""

    def __init__(self, client: Client, tenant: str) -> None:
        super().__init__(client)
        self.tenant = tenant

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The users: of a branch by the server's own filter, of a user group picked out here."""
        if self.tenant.startswith(GROUP):
            group = self.tenant.removeprefix(GROUP)
            return [row for row in paged(self._client, "users.list", "users") if group in _ids(row.get("groups"))]
        return list(paged(self._client, "users.list", "users", **({"branch": self.tenant} if self.tenant else {})))

    @cached_property
    def branch(self) -> str:
        """The name of the branch, by which a gateway names it; "" for a user group."""
        return "" if self.tenant.startswith(GROUP) else str(self._call("branches.read", {"id": self.tenant}).get("name") or "")

    @cached_property
    def names(self) -> frozenset[str]:
        """Their user names and aliases."""
        return frozenset(name for row in self.rows for name in (row["userName"], *row.get("aliases", ())))

    def has(self, *names: Any) -> bool:
        """Whether all of these are users of the tenant, and there is one: what others have a part in is nobody's own.

        Everything is the whole server's.
        """
        return not self.tenant or bool(names) and all(str(name) in self.names for name in names)


def _ids(rows: Any) -> set[str]:
    return {str(row.get("id")) for row in rows or ()}


@dataclass(frozen=True)
class Kept(Declared[T], Generic[T]):
    """A kind of object; `whole` turns a row into the parameters that set the same, for calls that replace it whole; `whose`
    says whether a row is the tenant's, by the tenant's users.
    """

    whole: Callable[[Row], dict[str, Any]] = lambda _: {}
    whose: Belongs = lambda members, _: not members.tenant
    check_removal: bool = False


class SipxcomDirectory(OperationDirectory[T]):
    """A directory whose changes keep what is not given, though the server replaces objects whole.

    Deletions are read back where the server is known to answer success without acting (`Kept.check_removal`).
    """

    also: tuple[str, ...] = ("users.list", "branches.read")  # to tell whose a thing is

    def __init__(self, client: Client, kept: Kept[T]) -> None:
        super().__init__(client, kept)
        self._kept = kept

    def list(self, tenant: str) -> Sequence[T]:
        members = Members(self._client, tenant)
        return [self._kept.make(row, tenant) for row in self._rows() if self._kept.whose(members, row)]

    def get(self, tenant: str, ref: str) -> T:
        return self._kept.make(self._row(tenant, ref), tenant)

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        return self._kept.ref_of(self._call("add", values))

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        current = self._kept.whole(self._row(tenant, ref))
        self._call("change", {**current, **self._ours("change", values), self._kept.ref: ref})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._row(tenant, ref)
        self._call("remove", {self._kept.ref: ref}, confirmation)
        if self._kept.check_removal and self._still_there(ref):
            raise OutcomeUnknown(
                f"sipXcom says that it deleted the {self._kept.noun} {ref}, and still lists it.",
                vendor=self._client.vendor.key,
                operation=self._kept.remove,
                code="still_there",
            )

    def _ours(self, act: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by our names for them, so that what is given takes the place of what was there."""
        operation = self.operation(act)
        names = {name: param.name for param in operation.params for name in (param.wire, *param.also)} if operation else {}
        return {names.get(name, name): value for name, value in values.items()}

    def _still_there(self, ref: str) -> bool:
        try:
            self._call("get", {self._kept.ref: ref})
        except NotFound:
            return False
        return True

    def _rows(self) -> Sequence[Row]:
        found: Sequence[Row] = self._kept.rows_of(self._call("list", {}))
        return found

    def _row(self, tenant: str, ref: str) -> Row:
        """Return the object as the server has it; NotFound when there is none, or it is not the tenant's."""
        members = Members(self._client, tenant)
        if self._kept.get:
            row = self._call("get", {self._kept.ref: ref})
        else:
            row = next((row for row in self._rows() if getattr(self._kept.make(row, tenant), "ref", "") == ref), None)
        if row is None or not self._kept.whose(members, row):
            raise NotFound(f"There is no {self._kept.noun} with the id {ref}.", vendor=self._client.vendor.key)
        found: Row = row
        return found

    def _call(self, act: str, values: Mapping[str, Any], confirmation: Confirmation | None = None) -> Any:
        operation: Operation | None = self.operation(act)
        result = super()._call(act, values, confirmation)
        return operation.mask(result) if operation else result


def directory(kept: Kept[T]) -> Callable[[Client], SipxcomDirectory[T]]:
    return lambda client: SipxcomDirectory(client, kept)


def given(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """Return parameters (ours → the row's name) that the row has a value for."""
    return {ours: row[theirs] for ours, theirs in names.items() if row.get(theirs) not in (None, "")}
