"""How the carrier is spoken to: form fields with `token` and `accountno` in, JSON out, errors with or without an HTTP code."""

import json
import re
from collections.abc import Mapping
from typing import Any

from apps.vendors.core import errors, statuses
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.core.transport import Endpoint, Incoming, Outgoing

# The document's samples hold lists in braces and commas before closing brackets; both are mended before giving up.
_SET = re.compile(r'\{(\s*"[^"]*"(?:\s*,\s*"[^"]*")*\s*)\}')
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_INVALID = re.compile(r"(?i)^invalid\s+\{?([\w ]+?)\}?\.?$")
_CREDENTIALS = frozenset({"token", "accountno"})


class CarrierCodec:
    """The carrier's codec; see `apps.vendors.core.registry.Codec`."""

    def request(self, operation: Operation, values: Mapping[str, Any], endpoint: Endpoint) -> Outgoing:
        fields = {
            "token": endpoint.credentials.get("token", ""),
            "accountno": endpoint.credentials.get("accountno", ""),
        }
        files = {}
        for param in operation.params:
            if param.name not in values:
                continue
            wire = param.encoded(values[param.name])
            if isinstance(wire, Upload):
                files[param.wire] = (wire.name, wire.content, wire.content_type)
            else:
                fields[param.wire] = wire
        url = endpoint.base_url.rstrip("/") + operation.wire
        return Outgoing("POST", url, data=fields, files=files or None)

    def read(self, operation: Operation, incoming: Incoming) -> Any:
        statuses.judge(incoming, "The carrier")
        data = _parse(incoming)
        _refuse(operation, incoming.status, data)
        inner = data.get("data")
        if isinstance(inner, Mapping) and ("data" not in operation.returns.at or "data" in inner):
            # Seen in the field: the whole answer wrapped in `data`.
            return {**{key: value for key, value in data.items() if key != "data"}, **inner}
        return data


def _keep_first_status(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object in which a second `status` (the order's own, after the reply's) is kept as `order_status`."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key == "status" and key in result:
            key = "order_status"
        result[key] = value
    return result


def _parse(incoming: Incoming) -> dict[str, Any]:
    text = incoming.text.lstrip("\ufeff \r\n\t")
    if not text:
        statuses.refuse(incoming.status, "The carrier", credential="the token or account number")
        raise errors.UnreadableReply("The carrier's answer was empty.", code="empty")
    if text.startswith("<"):
        statuses.refuse(incoming.status, "The carrier", credential="the token or account number")
        raise errors.UnreadableReply("The carrier answered with a web page where data was due.", code="html")
    # The hook costs more than the decoding, so it is there only when a key could come twice.
    hook = _keep_first_status if text.count('"status"') > 1 else None
    try:
        data = json.loads(text, object_pairs_hook=hook)
    except ValueError:
        mended = _TRAILING_COMMA.sub(r"\1", _SET.sub(r"[\1]", text))
        try:
            data = json.loads(mended, object_pairs_hook=hook)
        except ValueError as error:
            raise errors.UnreadableReply("The carrier's answer breaks off or is not JSON.", code="json") from error
    if not isinstance(data, dict):
        raise errors.UnreadableReply("The carrier answered with a list where an object was due.", code="shape")
    return data


def _refuse(operation: Operation, http_status: int, data: Mapping[str, Any]) -> None:
    """Raise the refusal that a reply holds; a 200 with `error` or a 4xx `status` in the body is one too."""
    words = data.get("error") or data.get("Error")
    stated = str(data.get("status", ""))
    # In replies to orders a lone `status` may be the order's own; only error codes in it speak of failure.
    code = stated if re.fullmatch(r"[45]\d\d", stated) else str(http_status)
    if not words and code.startswith("2"):
        return
    if not words and not code.startswith(("4", "5")):
        return
    text = str(words or f"status {code}").strip()
    if code.startswith("5"):
        raise errors.VendorFault(f"The carrier answered: {text}.", code="fault")
    raise _refusal(operation, code, text)


def _refusal(operation: Operation, code: str, text: str) -> errors.VendorError:
    folded = text.casefold()
    match = _INVALID.match(text)
    named = match.group(1).strip().casefold() if match else ""
    if code == "429":
        return errors.RateLimited("The carrier asks us to slow down. It did not act.", code=code)
    if named in _CREDENTIALS or code == "401" or "token" in folded or "unauthor" in folded:
        return errors.AuthFailed(f"The carrier refused the credentials: {text}.", code=code)
    if code == "403" or "not allowed" in folded or "permission" in folded:
        return errors.Forbidden(f"The carrier does not allow it: {text}.", code=code)
    if "insufficient" in folded or "not enough balance" in folded:
        return errors.InsufficientFunds("The balance does not cover it.", code=code)
    if "already" in folded:
        return errors.Conflict(f"The carrier refused: {text}.", code=code)
    for param in operation.params:
        if named in {param.wire.casefold(), param.name.casefold()}:
            fields = {param.name: "the carrier does not accept this value"}
            return errors.Rejected(f"The carrier refused: {text}.", fields=fields, code=code)
    if "not found" in folded or "no such" in folded:
        return errors.NotFound(f"The carrier answered: {text}.", code=code)
    return errors.Rejected(f"The carrier refused: {text}.", code=code)
