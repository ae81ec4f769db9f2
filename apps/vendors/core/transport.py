"""HTTP for every vendor: one pooled `httpx.Client` per connection, explicit time-outs, limits on rate, concurrency and size.

Redirects are never followed. httpx's errors become ours here; what they mean for a write is decided in `client.py`.
"""

import math
import os
import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from apps.vendors.core.errors import NotConfigured, Unreachable, UnreadableReply, VendorFault
from apps.vendors.core.outbound import GuardedTransport, OutboundRules, check_named
from apps.vendors.core.values import UTC

USER_AGENT = "Patchbay"
# JSON's escapes of NUL and of surrogates, and every escape told apart: a whole pair is a character, half of one is none.
_UNKEEPABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<bad>u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def _keepable(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape["bad"] else escape[0]


@dataclass(frozen=True)
class Endpoint:
    """Where and how to reach one vendor system; what `connections` keeps, without the database.

    Time-outs in seconds. `outbound` says where calls may not go; through a proxy only the name itself can be checked.
    `pool_key` names the pool: change it (a revision) when an address, certificate or credential changes.
    """

    base_url: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    verify_tls: bool = True
    ca_pem: str = ""
    proxy: str = field(default="", repr=False)
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    rate_per_second: float | None = None
    concurrency: int = 8
    pool_key: str = ""
    outbound: OutboundRules | None = None  # None: anywhere


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as a codec builds it."""

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    data: Mapping[str, Any] | None = None
    json: Any = None
    content: bytes | str | None = None
    files: Any = None
    headers: Mapping[str, str] | None = None
    auth: Any = None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reply, whole: status, headers, content (decoded of any compression), and the words beside the status."""

    status: int
    headers: httpx.Headers
    content: bytes
    reason: str = ""

    @property
    def text(self) -> str:
        """The content as text that any database can keep: NUL and half a surrogate pair, escaped or not, become U+FFFD."""
        text = self.content.decode("utf-8", errors="replace").replace("\0", "\ufffd")
        # Looking for one character costs next to nothing; in a hundred megabytes the pattern does not.
        return _ESCAPE.sub(_keepable, text) if "\\" in text and _UNKEEPABLE.search(text) else text

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait by the Retry-After header, or None."""
        value = self.headers.get("retry-after", "")
        if value.isdigit():
            return float(value)
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()) if value else None
        except (TypeError, ValueError):
            return None


class Pool:
    """The HTTP client of one connection in this process, with its limits."""

    def __init__(self, endpoint: Endpoint, transport: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency)
        self._outbound = endpoint.outbound
        if transport is None and endpoint.outbound is not None and not endpoint.proxy:
            transport = GuardedTransport(endpoint.outbound, verify=_tls(endpoint), trust_env=False, limits=limits)
        self._http = httpx.Client(
            transport=transport,
            verify=_tls(endpoint) if transport is None else True,
            proxy=endpoint.proxy or None if transport is None else None,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(endpoint.read_timeout, connect=endpoint.connect_timeout),
            limits=limits,
        )
        self._places = threading.BoundedSemaphore(endpoint.concurrency)
        self._connect = endpoint.connect_timeout
        self._patience = endpoint.read_timeout
        self._pace = _Pace(endpoint.rate_per_second)

    def send(self, outgoing: Outgoing, *, timeout: float | None, max_bytes: int) -> Incoming:
        """Send once and return the whole reply.

        Raises Unreachable (nothing was sent), VendorFault with code "no_answer" (it may have been received), or
        UnreadableReply with code "too_large".
        """
        request = self._http.build_request(
            outgoing.method,
            outgoing.url,
            params=outgoing.params,
            data=outgoing.data,
            json=outgoing.json,
            content=outgoing.content,
            files=outgoing.files,
            headers=outgoing.headers,
            timeout=httpx.USE_CLIENT_DEFAULT if timeout is None else httpx.Timeout(timeout, connect=self._connect),
        )
        if self._outbound is not None:
            check_named(self._outbound, request.url.host)
        auth = httpx.USE_CLIENT_DEFAULT if outgoing.auth is None else outgoing.auth
        deadline = time.monotonic() + 4 * (timeout or self._patience)
        with self._place(), _translated():
            response = self._http.send(request, auth=auth, stream=True)
            try:
                body = _body(response, max_bytes, deadline)
                return Incoming(response.status_code, response.headers, body, response.reason_phrase)
            finally:
                response.close()

    @contextmanager
    def _place(self) -> Iterator[None]:
        self._pace.wait()
        if not self._places.acquire(timeout=self._patience):
            raise Unreachable("All places for calls to this system stayed taken. Nothing was sent.", code="no_place")
        try:
            yield
        finally:
            self._places.release()

    def close(self) -> None:
        self._http.close()


class _Pace:
    """Spaces calls evenly to at most `per_second`, across the threads of this process."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - now))


def _body(response: httpx.Response, max_bytes: int, deadline: float) -> bytes:
    """Read the decoded body, up to a size and a moment: an endless or exploding one is cut off."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > max_bytes:
            raise UnreadableReply(
                f"The answer is larger than {math.ceil(max_bytes / 1024 / 1024)} MB and was cut off.",
                code="too_large",
            )
        if time.monotonic() > deadline:
            raise VendorFault("The answer did not come to an end in time.", code="no_answer")
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@contextmanager
def _translated() -> Iterator[None]:
    """Turn httpx's errors into ours, by whether bytes of the request can have arrived."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        cause = "it did not accept a connection in time" if isinstance(error, httpx.ConnectTimeout) else _why(error)
        raise Unreachable(f"The system could not be reached: {cause}. Nothing was sent.", code="connect") from error
    except httpx.PoolTimeout as error:
        raise Unreachable("No free connection to the system. Nothing was sent.", code="no_place") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise NotConfigured("The address of this connection is not a usable URL.", code="url") from error
    except httpx.DecodingError as error:
        raise UnreadableReply("The answer's compression is broken.", code="encoding") from error
    except httpx.TimeoutException as error:
        raise VendorFault("The system did not answer in time.", code="no_answer") from error
    except httpx.TransportError as error:
        raise VendorFault("The system closed the connection without an answer.", code="no_answer") from error


def _why(error: httpx.TransportError) -> str:
    text = str(error)
    if "CERTIFICATE" in text.upper():
        return "its TLS certificate is not trusted"
    if "Name or service" in text or "nodename" in text or "getaddrinfo" in text or "resolution" in text:
        return "its name cannot be resolved"
    if "refused" in text.lower():
        return "it refused the connection"
    if "SSL" in text.upper():
        return "TLS could not be agreed"
    return "the network gave no way to it"


def _tls(endpoint: Endpoint) -> ssl.SSLContext | bool:
    if not endpoint.verify_tls:
        return False
    if not endpoint.ca_pem:
        return True
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cadata=endpoint.ca_pem)
    except (ssl.SSLError, TypeError, ValueError) as error:
        raise NotConfigured("The CA certificate of this connection is not readable PEM.", code="ca") from error
    return context


_pools: OrderedDict[tuple[int, str, OutboundRules | None], Pool] = OrderedDict()
_pools_lock = threading.Lock()
_POOLS_KEPT = 64


def pool_for(endpoint: Endpoint) -> Pool:
    """Return this process's pool for `endpoint.pool_key`, making it at first use; without a key, a new one each time."""
    if not endpoint.pool_key:
        return Pool(endpoint)
    # The process id keeps a forked worker from sharing its parent's sockets.
    key = (os.getpid(), endpoint.pool_key, endpoint.outbound)
    with _pools_lock:
        pool = _pools.get(key)
        if pool is None:
            pool = _pools[key] = Pool(endpoint)
            while len(_pools) > _POOLS_KEPT:
                # Not closed: a call may still be running on it; it goes with its last reference.
                _pools.popitem(last=False)
        else:
            _pools.move_to_end(key)
        return pool
