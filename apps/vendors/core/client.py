"""The one way to call a vendor: validate, send, classify, retry where that is harmless, and tell an observer.

What an HTTP failure means depends on the operation's effect: a read may be asked again, a write that is not repeatable, a
deletion and a purchase never are; they end in OutcomeUnknown, and the operation's `outcome_from` says whom to ask.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

import stamina

from apps.vendors.core import customers
from apps.vendors.core.errors import (
    InvalidParameters,
    NotConfigured,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Unconfirmed,
    UnreadableReply,
    Unsupported,
    VendorError,
    VendorFault,
)
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.redact import MASK, Hidden, mask_names, mask_text, mask_values, named_secrets
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing, Pool, pool_for
from apps.vendors.core.values import UTC

if TYPE_CHECKING:
    from apps.vendors.core.registry import Vendor

C = TypeVar("C")
Observer = Callable[["Exchange"], None]
TRIES = 3
LONGEST_WAIT = 30.0  # a longer Retry-After is handed to the caller instead of slept through
EXCERPT = 4000


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed a destructive or paid call: `kind` ("intent", "plan", "console", "command line") and its reference."""

    kind: str
    reference: str


class Exchange:
    """One call as the audit log and the console see it. Everything it hands out is redacted, and made only when asked for.

    `phase` is "started" (announced before a destructive or paid call is sent) or "finished". `duration` is in seconds over all
    `attempts`; `outcome` is "ok" or the error's class name.
    """

    __slots__ = (
        "_client", "_incoming", "_outgoing", "_values", "attempts", "confirmation", "duration", "effect", "error", "id",
        "operation", "outcome", "phase", "sent", "started_at", "vendor",
    )  # fmt: skip

    def __init__(self, client: "Client", operation: Operation, values: Mapping[str, Any]) -> None:
        self.id = str(uuid.uuid4())
        self.vendor = operation.vendor
        self.operation = operation.name
        self.effect = operation.effect
        self.phase = "started"
        self.started_at = datetime.now(UTC)
        self.duration = 0.0
        self.attempts = 0
        self.outcome = ""
        self.sent = "no"
        self.error: VendorError | None = None
        self.confirmation: Confirmation | None = None
        self._client = client
        self._values = values
        self._outgoing: Outgoing | None = None
        self._incoming: Incoming | None = None

    @property
    def params(self) -> dict[str, Any]:
        """The parameters by our names, JSON-able, secrets masked, files by name and size."""
        names, hidden = self._client.secret_names(self.operation), self._hidden
        return {name: _plain(value) for name, value in mask_names(dict(self._values), names, hidden).items()}

    @property
    def customers(self) -> set[str]:
        """Which of the vendor's customers the call names."""
        params = self._client.vendor.operations[self.operation].params
        return {str(self._values[param.name]) for param in params if param.customer and param.name in self._values}

    @property
    def request(self) -> str:
        """The HTTP request as text: line, then fields."""
        if self._outgoing is None:
            return ""
        out, names = self._outgoing, self._client.secret_names(self.operation)
        parts = [f"{out.method} {out.url}"]
        for data in (out.params, out.data, out.json):
            if isinstance(data, Mapping):
                parts += [f"{key}: {_inside(_plain(value), names)}" for key, value in mask_names(dict(data), names).items()]
            elif data is not None:
                parts.append(json.dumps(mask_names(data, names), default=str))
        if isinstance(out.content, (str, bytes)):
            body = out.content if isinstance(out.content, str) else out.content.decode(errors="replace")
            whole = self._hidden is not None and self._hidden.names(self._values)  # the body is the secret, however short
            parts.append(MASK if whole else mask_text(body[:EXCERPT], names, (), self._hidden))
        return mask_values("\n".join(parts), self.secrets())

    @property
    def reply(self) -> str:
        """The reply's status and body as text, cut after some thousand characters."""
        if self._incoming is None:
            return ""
        names = self._client.secret_names(self.operation)
        kind = self._incoming.headers.get("content-type", "")
        # A file may be a phone's configuration, passwords and all: of those only the size is told.
        file = self._incoming.status == 200 and self._client.vendor.operations[self.operation].returns.kind == "file"
        if file or kind.startswith(("audio/", "image/", "video/", "application/pdf", "application/zip")):
            return f"HTTP {self._incoming.status} {kind}, {len(self._incoming.content)} bytes"
        # Masked before it is cut: half a secret at the edge would match nothing.
        vendor = self._client.vendor
        body = vendor.cloak(vendor.operations[self.operation], self._incoming.text)
        body = mask_text(body, names, self.secrets(), self._hidden)
        cut = f"\n… {len(body) - EXCERPT} more characters" if len(body) > EXCERPT else ""
        return f"HTTP {self._incoming.status}\n{body[:EXCERPT]}{cut}"

    @property
    def _hidden(self) -> Hidden | None:
        return self._client.vendor.operations[self.operation].hidden

    def secrets(self) -> Iterator[str]:
        """Yield every value that may not be shown: credentials, in whatever form they were sent, secret parameters, and what
        stands under a secret name inside a parameter (an object of columns)."""
        yield from self._client.secret_values(self._values)
        yield from named_secrets(dict(self._values), self._client.secret_names(self.operation))
        headers = self._outgoing.headers if self._outgoing else None
        yield from (headers or {}).get("Authorization", "").split()[1:]
        if self._hidden is not None:
            names = self._hidden.names(self._values)
            yield from (str(value) for name, value in self._values.items() if name.lower() in names)


def _inside(value: Any, names: frozenset[str]) -> Any:
    """A field whose value is JSON in a text is masked inside as well."""
    return mask_text(value, names, ()) if isinstance(value, str) and value[:1] in {"{", "["} else value


def _plain(value: Any) -> Any:
    if isinstance(value, Upload):
        return f"{value.name} ({len(value.content)} bytes)"
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


@dataclass(frozen=True, slots=True)
class Download:
    """A file fetched from the vendor's own host."""

    name: str
    content_type: str
    content: bytes


class Client:
    """A vendor system, ready to be called. Thread-safe; cheap to make: connections are pooled by the endpoint's key."""

    def __init__(
        self,
        vendor: "Vendor",
        endpoint: Endpoint,
        *,
        observer: Observer | None = None,
        pool: Pool | None = None,
        customer: str = "",
    ) -> None:
        self.vendor = vendor
        self.customer = customer  # every call is for this one of the vendor's customers (customers.py)
        self.endpoint = endpoint
        self._observer = observer
        self._pool = pool or pool_for(endpoint)
        self._reading = vendor.reading(endpoint)
        self._credential_names = frozenset(
            name.lower() for param in vendor.fields if param.secret for name in (param.name, param.wire)
        )

    # --- calling ------------------------------------------------------------------------------------------

    def call(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        confirmation: Confirmation | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Call an operation by our name and return its typed result.

        `timeout` in seconds overrides the operation's and the connection's. Raises the VendorError family; nothing is sent
        on InvalidParameters, Unconfirmed, NotConfigured or Unsupported. A client of one customer names it in every call.
        """
        operation = self.operation(name)
        self._require_option(operation)
        if self.customer:
            params = customers.named(self, operation, params or {})
        values = operation.validate(params or {})
        if operation.effect.needs_confirmation and confirmation is None:
            raise Unconfirmed(vendor=self.vendor.key, operation=name)
        exchange = Exchange(self, operation, values)
        exchange.confirmation = confirmation
        if operation.effect.needs_confirmation:
            self._tell(exchange)
        begun = time.perf_counter()
        try:
            result = self._attempts(operation, exchange, values, timeout)
        except VendorError as error:
            self._settle(exchange, begun, error)
            raise
        self._settle(exchange, begun, None)
        return customers.only(operation, result, self.customer) if self.customer else result

    def operation(self, name: str) -> Operation:
        """Return the record called `name`; Unsupported when there is none or it cannot be called."""
        try:
            operation = self.vendor.operations[name]
        except KeyError:
            raise Unsupported(f"{self.vendor.title} has no operation called {name}.", vendor=self.vendor.key) from None
        if operation.not_callable:
            raise Unsupported(operation.not_callable, vendor=self.vendor.key, operation=name)
        return operation

    def _require_option(self, operation: Operation) -> None:
        option = operation.needs_option
        if option and not self.endpoint.options.get(option):
            label = next((param.help or param.name for param in self.vendor.fields if param.name == option), option)
            raise NotConfigured(
                f"Turned off on this connection ({option}). {label}",
                vendor=self.vendor.key,
                operation=operation.name,
                code="option",
            )

    def _attempts(self, operation: Operation, exchange: Exchange, values: dict[str, Any], timeout: float | None) -> Any:
        try:
            return self._once(operation, exchange, values, timeout)
        except VendorError as error:
            if not operation.may_repeat or not _worth_another(error, exchange.attempts):
                raise
            failed: VendorError | None = error
        for attempt in stamina.retry_context(
            on=lambda error: _worth_another(error, exchange.attempts), attempts=TRIES, wait_initial=0.3, wait_max=5
        ):
            with attempt:
                if failed is not None:  # the first try, made above without the machinery, which most calls never need
                    first, failed = failed, None
                    raise first
                return self._once(operation, exchange, values, timeout)
        raise AssertionError("the retry context returns or raises")

    def _once(self, operation: Operation, exchange: Exchange, values: dict[str, Any], timeout: float | None) -> Any:
        exchange.attempts += 1
        exchange._incoming = None
        try:
            outgoing = exchange._outgoing = self.vendor.codec.request(operation, values, self.endpoint)
            incoming = exchange._incoming = self._pool.send(
                outgoing, timeout=timeout or operation.timeout, max_bytes=operation.max_bytes
            )
            data = self.vendor.codec.read(operation, incoming)
            return operation.returns.read(data, self._reading)
        except VendorError as error:
            raise self._judged(operation, exchange, error) from error

    def _judged(self, operation: Operation, exchange: Exchange, error: VendorError) -> VendorError:
        """Return the error as the caller should see it: an untrustworthy answer to a write is an unknown outcome."""
        if operation.effect is not Effect.READ and isinstance(error, (VendorFault, UnreadableReply)):
            judged: VendorError = OutcomeUnknown(
                f"{_sentence(error.user_message)} Whether the change was made is not known.",
                code=error.code,
                retryable=operation.may_repeat and error.code in {"no_answer", "gateway", "fault"},
            )
        else:
            judged = error
        judged.vendor, judged.operation, judged.exchange_id = self.vendor.key, operation.name, exchange.id
        judged.fault = mask_values(error.user_message, exchange.secrets())
        judged.user_message = mask_values(judged.user_message, exchange.secrets())
        judged.args = (judged.user_message,)
        if exchange._incoming is not None:
            judged.evidence = exchange.reply[:600]
        return judged

    def _settle(self, exchange: Exchange, begun: float, error: VendorError | None) -> None:
        exchange.phase = "finished"
        exchange.duration = time.perf_counter() - begun
        exchange.outcome = type(error).__name__ if error else "ok"
        exchange.sent = error.sent if error else "yes"
        exchange.error = error
        self._tell(exchange)

    def _tell(self, exchange: Exchange) -> None:
        if self._observer is not None:
            self._observer(exchange)

    # --- doors --------------------------------------------------------------------------------------------

    def supports(self, capability: type) -> bool:
        """Return whether the vendor offers a capability."""
        return capability in self.vendor.capabilities

    def capability(self, capability: type[C]) -> C:
        """Return the vendor's implementation of a capability; Unsupported with what to do instead."""
        make = self.vendor.capabilities.get(capability)
        if make is None:
            raise Unsupported(
                f"{self.vendor.title} documents no calls for {capability.__name__}: do it in its own portal.",
                vendor=self.vendor.key,
            )
        if not self.customer:
            return make(self)
        whole = Client(self.vendor, self.endpoint, observer=self._observer, pool=self._pool)
        return customers.door(self, capability, make(whole))

    def probe(self) -> float:
        """Call the vendor's cheapest read that needs the credentials, and return the seconds it took."""
        begun = time.perf_counter()
        self.call(*self.vendor.probe)
        return time.perf_counter() - begun

    def download(self, link: str, *, max_bytes: int = 64 * 1024 * 1024) -> Download:
        """Fetch a file a reply links to, from this connection's own host only.

        Raises NotConfigured when the link points elsewhere, NotFound, VendorFault, Unreachable, UnreadableReply (too large).
        """
        if self.customer and not customers.check_account(self):
            raise Unsupported(
                "A link does not say whose file it leads to, so it is not followed for a tenant.",
                vendor=self.vendor.key,
                code="not_for_customers",
            )
        url = urljoin(self.endpoint.base_url, link)
        if urlsplit(url)[:2] != urlsplit(self.endpoint.base_url)[:2]:
            raise NotConfigured(
                f"The link leads to {urlsplit(url).hostname or 'nowhere'}, not to this connection's host. It was not followed.",
                vendor=self.vendor.key,
                code="foreign_link",
            )
        incoming = self._pool.send(Outgoing("GET", url), timeout=None, max_bytes=max_bytes)
        if incoming.status == 404:
            raise NotFound("The vendor no longer has this file.", vendor=self.vendor.key)
        if incoming.status != 200:
            raise VendorFault(f"The vendor answered {incoming.status} instead of the file.", vendor=self.vendor.key)
        name = PurePosixPath(unquote(urlsplit(url).path)).name or "file"
        return Download(name, incoming.headers.get("content-type", "application/octet-stream"), incoming.content)

    # --- redaction ----------------------------------------------------------------------------------------

    def secret_names(self, operation: str) -> frozenset[str]:
        """Return the lower-case names whose values are masked in this operation's parameters and replies."""
        return self.vendor.operations[operation].secret_names | self._credential_names

    def secret_values(self, values: Mapping[str, Any]) -> Iterator[str]:
        """Yield credential values and the secret ones among `values`, for masking by value."""
        for param in self.vendor.fields:
            if param.secret:
                yield str(self.endpoint.credentials.get(param.name, ""))
        secret = {param.name for operation in self.vendor.operations.values() for param in operation.params if param.secret}
        yield from (str(value) for name, value in values.items() if name in secret)


def _worth_another(error: BaseException, attempts: int) -> bool | float:
    """Say whether another try may help: True (back off), a number of seconds, or False."""
    if not isinstance(error, VendorError) or isinstance(error, InvalidParameters) or not error.retryable:
        return False
    if isinstance(error, RateLimited):
        wait = 1.0 if error.retry_after is None else error.retry_after
        return wait if wait <= LONGEST_WAIT else False
    if error.code == "fault":  # the vendor said 500: once more, not more often
        return attempts < 2
    return isinstance(error, (NotSent, VendorFault, OutcomeUnknown))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


__all__ = ["MASK", "Client", "Confirmation", "Download", "Endpoint", "Exchange"]
