"""Where calls may go: not to this machine, the link or a cloud's metadata service, unless the installation says so.

What is checked is the address that is connected to, at the moment of connecting: a name is resolved once, and what was
checked is what is used, so a name that changes its mind in between gains nothing. Private networks are welcome: most of
these systems stand in the operator's own.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from apps.vendors.core.errors import NotConfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN: dict[str, tuple[Network, ...]] = {
    "metadata": tuple(
        ip_network(each)
        for each in ("169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
                     "fd00:ec2::254/128", "fd20:ce::254/128")
    ),
    "loopback": tuple(ip_network(each) for each in ("127.0.0.0/8", "::1/128")),
    "link-local": tuple(ip_network(each) for each in ("169.254.0.0/16", "fe80::/10")),
    "nowhere": tuple(ip_network(each) for each in ("0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "255.255.255.255/32")),
}  # fmt: skip
_MEANS = {
    "metadata": "a cloud's metadata service",
    "loopback": "this machine itself",
    "link-local": "the local link",
    "nowhere": "no single system",
}
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class OutboundRules:
    """What the installation allows beyond the rest of the world."""

    kinds: frozenset[str] = frozenset()  # keys of FORBIDDEN
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> "OutboundRules":
        """Read "loopback", "link-local", "metadata", addresses and networks; raises ValueError for anything else."""
        given = {word.strip() for word in words}
        kinds = frozenset(given & FORBIDDEN.keys())
        return cls(kinds, tuple(ip_network(word) for word in sorted(given - kinds)))

    def refusal(self, address: str) -> str:
        """Return what `address` is when it may not be connected to ("this machine itself"), else ""."""
        for meant in _meanings(ip_address(address.partition("%")[0])):
            kind = next((kind for kind, networks in FORBIDDEN.items() if any(meant in each for each in networks)), "")
            if kind and kind not in self.kinds and not any(meant in each for each in self.networks):
                return _MEANS[kind]
        return ""


class GuardedBackend(httpcore.SyncBackend):
    """Resolves a name itself, leaves out what the rules forbid, and connects to what is left in turn."""

    def __init__(self, rules: OutboundRules) -> None:
        self._rules = rules

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        """Connect as httpcore does; NotConfigured when every address of `host` is forbidden. Nothing was sent then."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(place[4][0]) for place in found))
        refused = {address: why for address in addresses if (why := self._rules.refusal(address))}
        last: Exception | None = None
        for address in addresses:
            if address not in refused:
                try:
                    return super().connect_tcp(address, port, *args, **kwargs)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    last = error
        if last is not None:
            raise last
        raise forbidden(host, *next(iter(refused.items())))


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport over `GuardedBackend`; for a direct way, not for one through a proxy."""

    def __init__(self, rules: OutboundRules, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not hasattr(self._pool, "_network_backend"):  # httpx has no door for it; never go on without the guard
            raise RuntimeError("This version of httpcore keeps its network backend elsewhere.")
        self._pool._network_backend = GuardedBackend(rules)


def check_named(rules: OutboundRules, host: str) -> None:
    """Raise NotConfigured when `host` is itself a forbidden address or this machine's name.

    That is all that can be known before connecting, and behind a proxy, which resolves names at its own place.
    """
    bare = host.strip("[]").rstrip(".").lower()
    address = "127.0.0.1" if bare == "localhost" or bare.endswith(".localhost") else bare
    try:
        why = rules.refusal(str(ip_address(address.partition("%")[0])))
    except ValueError:
        # Not an address as it is usually written; the system's own reading ("127.1", "2130706433") counts as well.
        try:
            why = rules.refusal(socket.inet_ntoa(socket.inet_aton(address))) if address[:1].isdigit() else ""
        except OSError:
            why = ""
    if why:
        raise forbidden(host, address, why)


def forbidden(host: str, address: str, why: str) -> NotConfigured:
    """Return the error that says where `host` leads and what may be done about it."""
    leads = host if host == address else f"{host} ({address})"
    return NotConfigured(
        f"The address of this connection leads to {why}: {leads}. Nothing was sent. "
        "Whoever runs this installation can allow that in OUTBOUND_ALLOW.",
        code="outbound",
    )


def _meanings(address: Address) -> list[Address]:
    """Return the address and what is wrapped in it: IPv4 in IPv6 leads to the same places."""
    found: list[Address] = [address]
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, address.teredo[1] if address.teredo else None]
        if address in _NAT64:
            inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
        found += [each for each in inner if each is not None]
    return found
