"""How sipXcom is spoken to: two servers, /sipxconfig/rest (XML, some JSON) and /sipxconfig/api (JSON), HTTP Basic for both."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.vendors.core import errors
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing
from apps.vendors.sipxcom import xmltree
from apps.vendors.sipxcom.refusals import refusal

ROOT = "/sipxconfig"
ACTING_USER, ACTING_PASSWORD = "acting_user", "acting_password"  # noqa: S105
VARIABLE = re.compile(r"\{([\w-]+)(?::[^}]*)?\}")
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: `make` turns the fields by their wire names into content."""

    kind: str
    make: Callable[[Fields], bytes | str]


@dataclass(frozen=True, slots=True)
class Wire:
    """Verb and path (variables in braces), which fields go into the query in which order, the body, and how the reply is read.

    `keep` names variables of the path that stand in the body too; `refusals`: what a status, or a Java class in a 500, means on
    this route alone, as (class, sentence).
    """

    method: str
    path: str
    read: Callable[[Incoming], Any]
    query: tuple[str, ...] = ()
    body: Body | None = None
    accept: str = "*/*"
    keep: tuple[str, ...] = ()
    refusals: Mapping[int | str, tuple[type[errors.VendorError], str]] = field(default_factory=dict)


def as_json(*, start: Fields | None = None, rename: Mapping[str, str] | None = None) -> Body:
    """The fields as a JSON object, over `start`; `rename` maps wire names to the object's where those are taken."""
    return Body("application/json; charset=utf-8", lambda fields: json.dumps(_over(start, fields, rename)))


def as_xml(
    tag: str, *, start: Fields | None = None, rename: Mapping[str, str] | None = None, within: str = "", **items: str
) -> Body:
    """The fields as `<tag>`, like `as_json`; `items` names the elements of lists; `within` wraps the one into a list."""

    def make(fields: Fields) -> bytes:
        whole = _over(start, fields, rename)
        if within:
            return xmltree.build(within, [whole], {within: tag, **items})
        return xmltree.build(tag, whole, items)

    return Body("text/xml; charset=utf-8", make)


def _over(start: Fields | None, fields: Fields, rename: Mapping[str, str] | None) -> dict[str, Any]:
    return {**(start or {}), **{(rename or {}).get(name, name): value for name, value in fields.items()}}


def as_text(name: str) -> Body:
    """One field's value, as text/plain."""
    return Body("text/plain; charset=utf-8", lambda fields: str(fields.get(name, "")))


NOTHING = Body("text/plain", lambda _: "x")  # older Restlet answers 400 to a PUT without a single byte
UPLOAD = Body("multipart", lambda _: b"")


class SipxcomCodec:
    """sipXcom's codec; see `apps.vendors.core.registry.Codec`."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        wire: Wire = operation.wire
        fields = {
            param.wire: param.encoded(values[param.name])
            for param in operation.params
            if param.name in values and param.name not in {ACTING_USER, ACTING_PASSWORD}
        }
        named = VARIABLE.findall(wire.path)
        path = VARIABLE.sub(lambda match: str(fields.get(match.group(1), "")), wire.path)
        fields = {name: value for name, value in fields.items() if name not in named or name in wire.keep}
        query = {name: fields.pop(name) for name in wire.query if name in fields}
        headers = {"Authorization": _authorization(values, endpoint), "Accept": wire.accept}
        content: bytes | str | None = None
        files = None
        if wire.body is UPLOAD:
            files = [(name, (file.name, file.content, file.content_type)) for name, file in fields.items() if _is_file(file)]
        elif wire.body is not None:
            content = wire.body.make(fields)
            headers["Content-Type"] = wire.body.kind
        return Outgoing(
            wire.method, base(endpoint.base_url) + path, params=query or None, content=content, files=files, headers=headers
        )

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        if not 200 <= incoming.status < 300:
            raise refusal(operation, incoming)
        return operation.wire.read(incoming)


def base(url: str) -> str:
    """The server's address with /sipxconfig at its end, whether it was entered with it, without, or with a part behind it."""
    host = re.sub(rf"{ROOT}(?:/(?:rest|api))?/*\Z", "", url.rstrip("/"))
    return host + ROOT


def _authorization(values: Mapping[str, Any], endpoint: Endpoint) -> str:
    """Basic, sent with the first request: the server challenges with Digest only."""
    user, password = values.get(ACTING_USER), values.get(ACTING_PASSWORD)
    if user is None or password is None:
        user, password = endpoint.credentials.get("username", ""), endpoint.credentials.get("password", "")
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _is_file(value: Any) -> bool:
    return isinstance(value, Upload)
