"""How PBXware is spoken to: GET on /index.php with `apikey` and `action`, JSON out, HTTP 200 also for refusals."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.vendors.core import errors, statuses
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.replies import flatten
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing

NOISE = "The PBX printed a warning before its answer; read back what was changed."
# Where JSON may begin behind what PHP printed: at a line's beginning or behind a tag.
_JSON_BEGINS = re.compile(r"(?:^|[\n>])\s*(?=[{\[])")
_MISSING = re.compile(r"(?i)required field '?([\w\[\]*]+)'? is missing")
_INVALID = re.compile(r"(?i)(?:required )?field '([\w\[\]*]+)(?:=.*)?' contains invalid data")
_SIZES = re.compile(r"(?i)fields? (.+?) must match in size")


@dataclass(frozen=True, slots=True)
class Wire:
    """An action, and how its reply's data becomes what the record's shape reads (`decode`).

    `none_when`: the words with which this call says that there is nothing.
    """

    action: str
    decode: Callable[[Any], Any] | None = None
    none_when: str = ""


class PbxwareCodec:
    """PBXware's codec; see `apps.vendors.core.registry.Codec`."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        fields: dict[str, Any] = {
            "apikey": endpoint.credentials.get("apikey", ""),
            "action": f"pbxware.{operation.wire.action}",
        }
        for param in operation.params:
            if param.name not in values:
                continue
            encoded = param.encoded(values[param.name])
            fields.update(encoded if isinstance(encoded, Mapping) else {param.wire: encoded})
        return Outgoing("GET", endpoint.base_url.rstrip("/") + "/index.php", params=fields)

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        statuses.judge(incoming, "The PBX")
        data, noisy = _parse(incoming)
        wire: Wire = operation.wire
        words = _refusal_in(data)
        if words and wire.none_when and wire.none_when.casefold() in words.casefold():
            data = []
        elif words:
            raise _refusal(operation, words)
        elif incoming.status >= 400:
            _refuse_status(incoming.status)
        if wire.decode is not None:
            data = wire.decode(data)
        if noisy and operation.effect is not Effect.READ and isinstance(data, Mapping):
            return {**data, "noise": NOISE}
        return data


def _parse(incoming: Incoming) -> tuple[Any, bool]:
    """Return the reply's JSON and whether something was printed before it."""
    text = incoming.text.lstrip("\ufeff \r\n\t")
    if not text:
        _refuse_status(incoming.status)
        raise errors.UnreadableReply("The PBX's answer was empty.", code="empty")
    if text[0] in "{[":
        return _decoded(text), False
    if text[:9].lower().startswith(("<!doctype", "<html")):
        _refuse_status(incoming.status)
        raise errors.UnreadableReply("The PBX answered with a web page where data was due.", code="html")
    found = _JSON_BEGINS.search(text)
    if found is None:
        _refuse_status(incoming.status)
        raise errors.UnreadableReply("The PBX answered with a warning or a page where data was due.", code="noise")
    return _decoded(text[found.end() :]), True


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise errors.UnreadableReply("The PBX's answer breaks off or is not JSON.", code="json") from error


def _refuse_status(status: int) -> None:
    statuses.refuse(status, "The PBX", missing="the base URL is its host alone")


def _refusal_in(data: Any) -> str:
    """Return the words of a refusal: `error`, also where a list is wrapped around it."""
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    words = data.get("error") if isinstance(data, Mapping) else None
    if isinstance(words, str):
        return " ".join(words.split())
    return "; ".join(flatten(words)) if words else ""


# What PBXware says → what it means; the first that fits. Each documented text stands in a test.
_MEANINGS: tuple[tuple[str, type[errors.VendorError], str], ...] = (
    (r"invalid api key", errors.AuthFailed, "The PBX refused the API key."),
    (
        r"api key|permission|not (?:allowed|permitted|authori[sz]ed)|ip address|access denied",
        errors.Forbidden,
        "The PBX does not let this key do it: {words} The key may lack the permission for this call, may be limited to "
        "other addresses, or may sleep after inactivity until an administrator resets it.",
    ),
    (r"tenant mode is not enabled", errors.Conflict, "This PBX does not run in tenant mode, so it has no such call."),
    (r"failed to generate configuration", errors.VendorFault, "The PBX failed to generate its configuration."),
    (
        r"table .* doesn'?t exist|sqlstate|undefined array key|undefined index",
        errors.VendorFault,
        "The PBX is broken: {words}",
    ),
    (r"^unable to create", errors.Conflict, "The PBX answered: {words} A tenant made minutes ago may not be ready yet."),
    (r"already (?:exists|in use|taken|used)|is in use|exceed|limit reached", errors.Conflict, "The PBX refused: {words}"),
    (
        r"not found|no such|does ?n[o']t exist|no tenant packages|invalid \w+(?: \w+)* id\b",
        errors.NotFound,
        "The PBX answered: {words}",
    ),
)


def _refusal(operation: Operation, words: str) -> errors.VendorError:
    """Return the error a refusal stands for; values it quotes stay out of the message, they may be secret."""
    if named := _fields_of(words):
        ours = {param.wire: param.name for param in operation.params}
        fields = {ours[wire]: fault for wire, fault in named.items() if wire in ours}
        told = "; ".join(f"{wire} {fault}" for wire, fault in named.items())
        return errors.Rejected(f"The PBX refused: {told}.", fields=fields, code="field")
    sentence = words if words.endswith((".", "!", "?")) else f"{words}."
    for pattern, kind, message in _MEANINGS:
        if re.search(pattern, words, re.IGNORECASE):
            code = "fault" if kind is errors.VendorFault else ""
            return kind(message.format(words=sentence), code=code)
    return errors.Rejected(f"The PBX refused: {sentence}")


def _fields_of(words: str) -> dict[str, str]:
    """Return the wire names a refusal speaks of, each with what is wrong."""
    if match := _MISSING.search(words):
        return {match.group(1): "is required"}
    if match := _INVALID.search(words):
        return {match.group(1): "does not have the form the PBX wants"}
    if match := _SIZES.search(words):
        names = re.findall(r"\w+", match.group(1).replace(" and ", " "))
        return dict.fromkeys(names, "must have as many items as the lists beside it")
    if "invalid server id" in words.casefold():
        return {"server": "is not a tenant or server of this PBX"}
    if "make sure server=1" in words.casefold():
        return {"server": "must be 1 in tenant mode"}
    return {}
