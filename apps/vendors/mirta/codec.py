"""How MiRTA is spoken to: one address, `reqtype` and `key` in the query, HTTP 200 for everything.

Reads are GET with `format=json`, writes are POST with a form; a file goes as the multipart field `filename`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import errors, statuses
from apps.vendors.core.client import Download
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing
from apps.vendors.mirta import decode
from apps.vendors.mirta.refusals import refuse, without_sql

DEFAULT_PATH, DEFAULT_ZONE = "/pbx/proxyapi.php", "UTC"
SENTENCE = 300
PBX_TIME = "%Y-%m-%d %H:%M:%S"
# Parameters that go by another name in the newer manual than in the HELP text; both are sent, the PBX reads the one it knows.
ALIASES = {
    ("SETTING", "name"): "code",
    ("PHONEBOOK", "values"): "jsondata",
    ("FAX", "dest_number"): "number",
    ("INFO extstate", "id"): "ext",
    ("MANAGEDB voicemail getmessagerecording", "objectid"): "id",
}
_IN_QUERY = frozenset({"tenant", "objectid"})


@dataclass(frozen=True, slots=True)
class Wire:
    """A request type with what selects the call within it (`info`, `action`, `object` …), and how the answer is read.

    `fresh`: by-pass the PBX's cache, for reads that settle a write. `posted`: a read that carries a password. `hidden`: the
    answer is a secret as a whole.
    """

    documented: str
    selectors: Mapping[str, str]
    decode: Callable[[str], Any] | None  # None: the answer is a file
    form: str = "json"
    fresh: bool = False
    posted: bool = False
    hidden: bool = field(default=False, kw_only=True)


class MirtaCodec:
    """MiRTA's codec; see `apps.vendors.core.registry.Codec`."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        wire: Wire = operation.wire
        query: dict[str, Any] = {**wire.selectors, "key": endpoint.credentials.get("key", "")}
        fields, files = _given(operation, values, endpoint)
        if tenant := fields.get("tenant") or endpoint.options.get("tenant"):
            query["tenant"] = tenant
        reads = operation.effect is Effect.READ
        if reads and wire.form:
            query["format"] = wire.form
        if reads and wire.fresh:
            query["cache"] = "no"
        url = address(endpoint)
        if reads and not wire.posted:
            return Outgoing("GET", url, params={**query, **fields})
        query |= {name: value for name, value in fields.items() if name in _IN_QUERY}
        form = {name: value for name, value in fields.items() if name not in _IN_QUERY}
        return Outgoing("POST", url, params=query, data=form, files=files or None)

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        _judge_status(incoming)
        wire: Wire = operation.wire
        if wire.decode is None and _is_file(incoming):
            if len(incoming.content) < SENTENCE:  # a refusal comes under whatever type was asked for
                refuse(operation, incoming.text)
            return _file(operation, incoming)
        text = incoming.text.lstrip("\ufeff")
        if text.strip() and ("\ufffd" in text or "\x00" in text):
            raise errors.UnreadableReply("The PBX answered with something that is not text.", code="binary")
        refuse(operation, text)
        if wire.decode is None:
            raise decode.no_file(text)
        return wire.decode(text)


def cloak(operation: Operation, text: str) -> str:
    """Return a reply's text without what no name declares: a token, or a statement that echoes what was written."""
    wire: Wire = operation.wire
    if wire.hidden:
        return f"({len(text)} characters, not shown)"
    return without_sql(text)


def address(endpoint: Endpoint) -> str:
    """Return the URL every call goes to: the base URL when it names the script itself, else with the option `path`."""
    base = endpoint.base_url.rstrip("/")
    if base.endswith(".php"):
        return base
    return f"{base}/{str(endpoint.options.get('path') or DEFAULT_PATH).lstrip('/')}"


def _given(operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the form fields and the files of cleaned values, with the second name where a field goes by two."""
    wire: Wire = operation.wire
    fields: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for param in operation.params:
        if param.name not in values:
            continue
        value = _spelled(param.encoded(values[param.name]), endpoint)
        if isinstance(value, Upload):
            files[param.wire] = (value.name, value.content, value.content_type)
            continue
        fields[param.wire] = value
        for documented in (wire.documented, wire.documented.partition(" ")[0]):
            if alias := ALIASES.get((documented, param.wire)):
                fields[alias] = value
    return fields, files


def _spelled(value: Any, endpoint: Endpoint) -> Any:
    """Return a day or a moment in the PBX's own time; everything else as it is."""
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(str(endpoint.options.get("time_zone") or DEFAULT_ZONE))) if value.tzinfo else value
        return local.strftime(PBX_TIME)
    return value.isoformat() if isinstance(value, date) else value


def _judge_status(incoming: Incoming) -> None:
    """The PBX always says 200: any other status is its web server's."""
    statuses.judge(incoming, "The PBX", redirected="check the base URL and the path", never_arrived=True)
    if incoming.status == 404:
        raise errors.NotConfigured("The PBX has no such address: check the path of this connection.", code="404", sent="no")
    if incoming.status in {401, 403}:
        raise errors.Forbidden("The PBX's web server does not let us in.", code=str(incoming.status))
    statuses.refuse(incoming.status, "The PBX")


def _is_file(incoming: Incoming) -> bool:
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(incoming.content) and not kind.startswith("text/") and kind not in {"", "application/json"}


_ENDINGS = {"audio/mpeg": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/gsm": "gsm", "application/pdf": "pdf"}


def _file(operation: Operation, incoming: Incoming) -> Download:
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    _, _, told = incoming.headers.get("content-disposition", "").partition("filename=")
    name = PurePosixPath(told.strip('"; ')).name or f"{operation.name}.{_ENDINGS.get(kind, 'bin')}"
    return Download(name, kind, incoming.content)
