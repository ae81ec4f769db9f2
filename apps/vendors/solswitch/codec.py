"""How SolSwitch is spoken to: JSON posted to /api/<function>/ with `Key` in the body, and Status and Reason in the answer."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.vendors.core import errors, statuses
from apps.vendors.core.operation import Operation
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing
from apps.vendors.solswitch.refusals import means_nothing_there, refusal

Decode = Callable[[Any], Any]
DEFAULT_ZONE = "America/Toronto"
SWITCH_TIME = "%Y-%m-%d %H:%M:%S"
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_FLAT_OBJECT = re.compile(r"\{[^{}]*\}")
# What is left of the document's samples that put bare objects beside Status, each object replaced by @.
_BARE_OBJECTS = re.compile(r'\{\s*"Status"\s*:\s*"OK"\s*,\s*(?:"Data"\s*:\s*)?@(?:\s*,\s*@)*\s*\}')


@dataclass(frozen=True, slots=True)
class Wire:
    """A function, and how its answer becomes rows (`decode`); without one the answer is read as it stands."""

    function: str
    decode: Decode | None = None


class SolSwitchCodec:
    """SolSwitch's codec; see `apps.vendors.core.registry.Codec`."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        key = endpoint.credentials.get("key", "")
        body: dict[str, Any] = {"Key": key} if key else {}
        for param in operation.params:
            if param.name in values:
                body[param.wire] = _spelled(param.encoded(values[param.name]), endpoint)
        base = endpoint.base_url.rstrip("/").removesuffix("/api")
        return Outgoing("POST", f"{base}/api/{operation.wire.function}/", json=body)

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        # A redirect is the web server's: the function was not reached, and following it would turn POST into GET.
        statuses.judge(incoming, "The switch", redirected="check the scheme and host of the base URL", never_arrived=True)
        data = _parse(incoming)
        wire: Wire = operation.wire
        told = _standing(data)
        if told is None and not _is_bare_leg(data):
            _refuse_status(incoming.status)
            raise errors.UnreadableReply("The switch's answer has no Status.", code="shape")
        if told is not None and told[0] != "ok":
            reason = told[1]
            if operation.returns.kind == "rows" and means_nothing_there(reason):
                return []
            raise refusal(operation, reason)
        if isinstance(data, list) and wire.decode is None:
            raise errors.UnreadableReply("The switch answered with a list where an object was due.", code="shape")
        return wire.decode(data) if wire.decode is not None else data


def _spelled(value: Any, endpoint: Endpoint) -> Any:
    """Return a moment in the switch's own time; everything else as it is."""
    if isinstance(value, datetime):
        zone = ZoneInfo(str(endpoint.options.get("time_zone") or DEFAULT_ZONE))
        return value.astimezone(zone).strftime(SWITCH_TIME)
    return value


def _refuse_status(status: int) -> None:
    statuses.refuse(status, "The switch", missing="it has no such function or object, or the base URL is not its host alone")


def _parse(incoming: Incoming) -> Any:
    text = incoming.text.lstrip("\ufeff \r\n\t")
    if not text:
        _refuse_status(incoming.status)
        raise errors.UnreadableReply("The switch's answer was empty.", code="empty")
    if text[0] not in "{[":
        _refuse_status(incoming.status)
        raise errors.UnreadableReply("The switch answered with a web page where data was due.", code="html")
    for mend in (str, _mended):  # in its turn: mending costs a good part of what decoding does
        try:
            return json.loads(mend(text), strict=False)
        except ValueError:
            continue
    return _bare_objects(_mended(text))


def _mended(text: str) -> str:
    """The document's samples hold curly quotes and commas before brackets."""
    return _TRAILING_COMMA.sub(r"\1", text.replace("“", '"').replace("”", '"'))


def _bare_objects(text: str) -> dict[str, Any]:
    """Read `{"Status": "OK", {…}, {…}}`, which is how the document shows rates and 911 entries, though it is no JSON."""
    inside = text.strip()[1:-1]
    if _BARE_OBJECTS.fullmatch(f"{{{_FLAT_OBJECT.sub('@', inside)}}}"):
        try:
            return {"Status": "OK", "Data": [json.loads(found, strict=False) for found in _FLAT_OBJECT.findall(inside)]}
        except ValueError:
            pass
    raise errors.UnreadableReply("The switch's answer breaks off or is not JSON.", code="json")


def _standing(data: Any) -> tuple[str, str] | None:
    """Return (status, reason) in lower case and with white space squeezed, or None when the answer says neither.

    A list has them in one of its elements, the last as a rule.
    """
    if isinstance(data, list):
        found = [told for told in map(_standing, data) if told is not None] if all(isinstance(x, Mapping) for x in data) else []
        return next((told for told in found if told[0] != "ok"), found[-1] if found else None)
    if not isinstance(data, Mapping):
        return None
    status = data.get("Status", data.get("status"))
    if not isinstance(status, str) or status.strip().lower() not in {"ok", "fail"}:
        return None
    return status.strip().lower(), " ".join(str(data.get("Reason") or data.get("reason") or "").split())


def _is_bare_leg(data: Any) -> bool:
    """A sample shows a call's only leg with nothing round it."""
    return isinstance(data, Mapping) and "LegID" in data
