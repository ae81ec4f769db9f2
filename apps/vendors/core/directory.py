"""Objects that a vendor keeps for its customers (extensions, queues, trunks …) behind one door, built from operations.

A driver declares which operations list, read, add, change and remove a kind of object and how a row becomes the neutral type;
what it does not declare is refused with a sentence a person can act on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.operation import Operation

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Directory(Protocol[T_co]):
    """A kind of object. `tenant` is the vendor-side customer and is always sent; `ref` is the object's id at the vendor.

    `values` are the parameters of the vendor's own operation (see `operation`). Every method raises VendorError; Unsupported
    where the vendor documents no call.
    """

    def list(self, tenant: str) -> Sequence[T_co]:
        """Return the customer's objects."""
        ...

    def get(self, tenant: str, ref: str) -> T_co:
        """Return one object; NotFound when the customer has none of that id."""
        ...

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        """Add an object and return its id, or "" where the vendor does not say it."""
        ...

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        """Change the given fields of an object; others stay."""
        ...

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        """Remove an object."""
        ...

    def operation(self, act: str) -> Operation | None:
        """Return the record behind "list", "get", "add", "change" or "remove", for forms; None where there is none."""
        ...


@dataclass(frozen=True)
class Declared(Generic[T]):
    """How a vendor keeps one kind of object; call it with a client to get the Directory.

    `tenant` and `ref` are the parameter names the customer and the id go by ("" where the vendor has none); `make` turns a
    row and the tenant into the neutral object; `ref_of` reads the id out of a reply to `add`; `belongs` says whether a row is
    the tenant's where the vendor's list is not scoped; `fixed` are parameters sent with each of these calls.
    """

    noun: str
    make: Callable[[Mapping[str, Any], str], T]
    list: str = ""
    get: str = ""
    add: str = ""
    change: str = ""
    remove: str = ""
    tenant: str = ""
    ref: str = "id"
    ref_of: Callable[[Any], str] = lambda reply: str(reply.get("id") or "") if isinstance(reply, Mapping) else ""
    rows_of: Callable[[Any], Any] = lambda reply: reply
    belongs: Callable[[Mapping[str, Any], str], bool] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, client: Client) -> "OperationDirectory[T]":
        return OperationDirectory(client, self)


class OperationDirectory(Generic[T]):
    """A Directory made of a vendor's operations; see `Declared`. `also` are those a subclass calls beside the declared ones."""

    also: tuple[str, ...] = ()

    def __init__(self, client: Client, declared: Declared[T]) -> None:
        self._client = client
        self._declared = declared

    @property
    def uses(self) -> tuple[str, ...]:
        """The operations behind the door; see `Vendor.behind`."""
        named = (getattr(self._declared, act) for act in ("list", "get", "add", "change", "remove"))
        return (*filter(None, named), *self.also)

    def list(self, tenant: str) -> Sequence[T]:
        declared = self._declared
        rows = declared.rows_of(self._call("list", self._scope(tenant)))
        belongs = declared.belongs
        return [declared.make(row, tenant) for row in rows if belongs is None or belongs(row, tenant)]

    def get(self, tenant: str, ref: str) -> T:
        declared = self._declared
        if declared.get:
            row = self._call("get", {**self._scope(tenant), declared.ref: ref})
            row = row[0] if isinstance(row, list) and row else row
            if row and (declared.belongs is None or declared.belongs(row, tenant)):
                return declared.make(row, tenant)
        else:
            for one in self.list(tenant):
                if getattr(one, "ref", None) == ref:
                    return one
        raise NotFound(f"There is no {declared.noun} with the id {ref}.", vendor=self._client.vendor.key)

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        return self._declared.ref_of(self._call("add", {**values, **self._scope(tenant)}))

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        self._own(tenant, ref)
        self._call("change", {**values, **self._scope(tenant), self._declared.ref: ref})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        self._own(tenant, ref)
        self._call("remove", {**self._scope(tenant), self._declared.ref: ref}, confirmation)

    def operation(self, act: str) -> Operation | None:
        name = getattr(self._declared, act)
        return self._client.vendor.operations[name] if name else None

    def _own(self, tenant: str, ref: str) -> None:
        """Where the vendor does not scope its calls, an id of another customer must not be touched."""
        if self._declared.belongs is not None:
            self.get(tenant, ref)

    def _scope(self, tenant: str) -> dict[str, Any]:
        declared = self._declared
        scope = {declared.tenant: tenant} if declared.tenant else {}
        return {**declared.fixed, **scope}

    def _call(self, act: str, values: Mapping[str, Any], confirmation: Confirmation | None = None) -> Any:
        name = getattr(self._declared, act)
        if not name:
            title = self._client.vendor.title
            raise Unsupported(
                f"{title} documents no call to {act} {self._declared.noun}s: do it in its own portal.",
                vendor=self._client.vendor.key,
            )
        known = {param.name for param in self._client.vendor.operations[name].params}
        sent = {key: value for key, value in values.items() if key in known or key not in self._declared.fixed}
        return self._client.call(name, sent, confirmation=confirmation)
