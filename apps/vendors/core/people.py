"""Neutral doors for tenants, the people of a vendor system, extensions, devices and registrations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.vendors.core.directory import Directory


@dataclass(frozen=True, slots=True)
class VendorTenant:
    """A customer as the vendor keeps it; `ref` is what every scoped call names."""

    ref: str
    name: str
    code: str = ""
    status: str = ""
    time_zone: str = ""
    limits: dict[str, int] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Tenants(Directory[VendorTenant], Protocol):
    """The vendor's own customers.

    The `tenant` argument is "" here.
    """


@dataclass(frozen=True, slots=True)
class VendorUser:
    """Somebody who signs in at the vendor's own portal, or a group of rights there."""

    ref: str
    name: str
    kind: str = "user"
    email: str = ""
    rights: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class VendorUsers(Directory[VendorUser], Protocol):
    """People and rights at the vendor."""


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension: what it is dialled as, whose it is, its device technology and how it presents itself."""

    ref: str
    number: str
    name: str = ""
    tenant: str = ""
    email: str = ""
    technology: str = ""
    status: str = ""
    caller_id: str = ""
    emergency_caller_id: str = ""
    voicemail: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Extensions(Directory[Extension], Protocol):
    """Extensions of a tenant."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature setting of an extension (do not disturb, call forwarding, follow me …) as it is now.

    `values` are the vendor's own fields; `enabled` is None where the vendor has no on and off for it.
    """

    key: str
    title: str
    enabled: bool | None
    values: dict[str, Any] = field(default_factory=dict)


class ExtensionFeatures(Protocol):
    """Feature settings of an extension."""

    def features(self) -> dict[str, str]:
        """Return the features this vendor has: key → title."""
        ...

    def read(self, tenant: str, extension: str, feature: str) -> Feature:
        """Return how a feature is set."""
        ...

    def write(self, tenant: str, extension: str, feature: str, values: dict[str, Any]) -> None:
        """Set a feature; `values` are the vendor's own fields."""
        ...


@dataclass(frozen=True, slots=True)
class SipAccount:
    """A SIP account. Its secret is never part of it."""

    ref: str
    username: str
    description: str = ""
    tenant: str = ""
    host: str = ""
    status: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class SipAccounts(Directory[SipAccount], Protocol):
    """SIP accounts of a tenant."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A desk phone: `mac` is twelve lower-case hex digits, `lines` the extensions on it in key order."""

    ref: str
    mac: str
    model: str = ""
    name: str = ""
    tenant: str = ""
    lines: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Phones(Directory[Phone], Protocol):
    """Phones of a tenant."""

    def restart(self, tenant: str, ref: str, confirmation: Any) -> None:
        """Make a phone fetch its profile and restart."""
        ...


@dataclass(frozen=True, slots=True)
class Registration:
    """A device that is registered now: who, from where, until when; `extension` is the number it answers at, where told."""

    user: str
    contact: str
    address: str = ""
    agent: str = ""
    expires_at: datetime | None = None
    status: str = ""
    tenant: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    extension: str = ""


class Registrations(Protocol):
    """Registrations of a tenant."""

    def list(self, tenant: str) -> Sequence[Registration]:
        """Return what is registered now."""
        ...

    def remove(self, tenant: str, user: str, confirmation: Any) -> None:
        """Take a registration away; the device registers anew."""
        ...


@dataclass(frozen=True, slots=True)
class PhoneBookEntry:
    """An entry of a shared phone book."""

    ref: str
    name: str
    number: str
    book: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class PhoneBooks(Directory[PhoneBookEntry], Protocol):
    """Shared phone books of a tenant."""
