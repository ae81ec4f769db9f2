"""Calls for one of the vendor's own customers: each names it, or is scoped by the connection, or is filtered, or is not sent.

Which parameter names the customer, and which field of a row, is declared in the records (`Param.customer`,
`Operation.owner`); a vendor whose connections are one customer each says in `Vendor.account` which field that is.
"""

import inspect
from collections.abc import Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from apps.vendors.core.errors import InvalidParameters, NotConfigured, Unsupported
from apps.vendors.core.operation import Operation

if TYPE_CHECKING:
    from apps.vendors.core.client import Client

# Doors to the vendor's customers and to its own people: a customer has no business there.
_OF_THE_HOUSE = frozenset({"Tenants", "VendorUsers"})


def check_account(client: "Client") -> bool:
    """Return whether the connection itself is the customer's; raises NotConfigured when it is somebody else's."""
    field = client.vendor.account
    if not field:
        return False
    held = str(client.endpoint.credentials.get(field) or "")
    if held != client.customer:
        raise NotConfigured(
            f"This connection is the account {held or 'of nobody'}, and the tenant is linked to {client.customer}. Nothing was "
            "sent. Correct the link on the tenant's page.",
            vendor=client.vendor.key,
            code="other_customer",
        )
    return True


def named(client: "Client", operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters that name the client's customer.

    Raises InvalidParameters where they name another, Unsupported where the call cannot be limited to one; nothing is sent.
    """
    if check_account(client):
        return dict(given)
    params = {name: value for name, value in given.items() if value not in (None, "", [])}
    naming = [param for param in operation.params if param.customer]
    if not naming and not operation.owner:
        raise Unsupported(
            f"{client.vendor.title} does not limit {operation.name} to one customer, so it is not sent for a tenant.",
            vendor=client.vendor.key,
            operation=operation.name,
            code="not_for_customers",
        )
    faults = {}
    for param in naming:
        known = {param.name, param.wire, *param.also}
        for name in known & params.keys():
            if str(params[name]).strip() != client.customer:
                faults[param.name] = f"names another customer; for this tenant it is {client.customer}"
            del params[name]
        params[param.name] = client.customer
    if faults:
        raise InvalidParameters(faults, vendor=client.vendor.key, operation=operation.name)
    return params


def only(operation: Operation, result: Any, customer: str) -> Any:
    """Return the rows of the customer alone, where a row says whose it is."""
    if not operation.owner or not isinstance(result, list):
        return result
    return [row for row in result if isinstance(row, Mapping) and str(row.get(operation.owner) or "") == customer]


def door(client: "Client", capability: type, made: Any) -> Any:
    """Return a neutral door every method of which is about the client's customer.

    A door names the customer with each of its calls and scopes what the vendor does not; here its `tenant` is set.
    """
    account = check_account(client)
    if capability.__name__ in _OF_THE_HOUSE and not account:
        raise _no_business(client, capability.__name__)
    return _Door(client, capability, made, account=account)


class _Door:
    def __init__(self, client: "Client", capability: type, made: Any, *, account: bool) -> None:
        self._client, self._capability, self._made, self._account = client, capability, made, account

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._made, name)
        declared = getattr(self._capability, name, None)
        if not inspect.isfunction(declared) or self._account:
            return method
        names = list(inspect.signature(declared).parameters)[1:]
        if name == "operation":
            return method  # a record, for forms
        if "tenant" not in names:
            raise _no_business(self._client, f"{self._capability.__name__}.{name}")
        return self._bound(method, names)

    def _bound(self, method: Any, names: list[str]) -> Any:
        @wraps(method)
        def bound(*args: Any, **kwargs: Any) -> Any:
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            if str(given.get("tenant") or self._client.customer) != self._client.customer:
                fault = f"names another customer; for this tenant it is {self._client.customer}"
                raise InvalidParameters({"tenant": fault}, vendor=self._client.vendor.key)
            return method(**{**given, "tenant": self._client.customer})

        return bound


def _no_business(client: "Client", what: str) -> Unsupported:
    return Unsupported(
        f"{what} is not about one customer of {client.vendor.title}, so it is not used for a tenant.",
        vendor=client.vendor.key,
        code="not_for_customers",
    )
