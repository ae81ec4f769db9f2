"""What sipXcom's refusals mean: HTTP statuses, the XML envelope, and errors in 500 replies that only look like JSON."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element

from apps.vendors.core import errors
from apps.vendors.core.operation import Operation
from apps.vendors.core.transport import Incoming
from apps.vendors.sipxcom import xmltree

# Code of the envelope → what it means. Failures to write come with 500, and say themselves that nothing was written.
CODES: Mapping[str, tuple[type[errors.VendorError], str]] = {
    "ERROR_ID_INVALID": (errors.Rejected, "sipXcom does not take this id"),
    "ERROR_MISSING_ID": (errors.Rejected, "sipXcom wants an id"),
    "ERROR_OBJECT_NOT_FOUND": (errors.NotFound, "sipXcom has nothing under this id"),
    "ERROR_VALIDATION_FAILED": (errors.Rejected, "sipXcom refused a value"),
    "ERROR_READ_FAILED": (errors.VendorFault, "sipXcom could not read it"),
    "ERROR_CREATE_FAILED": (errors.Rejected, "sipXcom did not create it; a name or number may be taken"),
    "ERROR_UPDATE_FAILED": (errors.Rejected, "sipXcom did not change it; a name or number may be taken"),
    "ERROR_DELETE_FAILED": (errors.Rejected, "sipXcom did not delete it"),
    "ERROR_REFERENCE_EXISTS": (errors.Conflict, "sipXcom still uses it elsewhere"),
}
_STATUSES: Mapping[int, tuple[type[errors.VendorError], str]] = {
    400: (errors.Rejected, "sipXcom refused a value"),
    401: (errors.AuthFailed, "sipXcom refused the user name or password"),
    403: (errors.Forbidden, "This sipXcom user may not do that"),
    404: (errors.NotFound, "sipXcom has nothing under this name or address"),
    405: (errors.Rejected, "This sipXcom does not take this call; its release may differ"),
    406: (errors.Rejected, "sipXcom does not answer in this form here"),
    409: (errors.Conflict, "sipXcom's present state does not allow it"),
    415: (errors.Rejected, "sipXcom does not take this kind of content here"),
    417: (errors.Rejected, "sipXcom wants exactly one file"),
    422: (errors.Rejected, "sipXcom cannot save it: no periods, overlapping ones, or a name that is taken"),
    743: (errors.Rejected, "Google refused the account or password"),
    744: (errors.Rejected, "Google's service did not answer as expected; its contacts interface no longer exists"),
    745: (errors.Rejected, "Google could not be reached from sipXcom"),
    747: (errors.Conflict, "Such an entry is there already"),
}
# Java classes in a 500 that say: refused, nothing done. Any other exception leaves open how far the server came.
_TAKEN = re.compile(r"\b\w*(?:InUse|Duplicate|AlreadyExists|ConstraintViolation|DataIntegrityViolation)\w*Exception\b")
_MISSING = re.compile(r"\b\w*(?:ObjectRetrievalFailure|ObjectNotFound|EmptyResultDataAccess)\w*\b")
_RULE = re.compile(
    r"\b(?:UserException|\w+ValidationException|ConversionException|CannotResolveClassException|StreamException"
    r"|UnrecognizedPropertyException|JsonMappingException|JsonParseException|IllegalArgumentException|NumberFormatException)\b"
)
_BROKEN_JSON = re.compile(r'"error"\s*:\s*"(.*?)"\s*,\s*"type"\s*:\s*"([\w.$]+)', re.DOTALL)
_PHRASES = {code.value: code.phrase for code in HTTPStatus}
_LONGEST = 300


def envelope_of(root: Element) -> dict[str, str]:
    """Return the parts of a `<response>` as texts: code, message, id, string, additionalMessage ("" where left out)."""
    found = xmltree.plain(root, frozenset())
    data = found.get("data") if isinstance(found, Mapping) else None
    flat = {**(found if isinstance(found, Mapping) else {}), **(data if isinstance(data, Mapping) else {})}
    return {name: str(flat.get(name) or "") for name in ("code", "message", "id", "string", "additionalMessage")}


def refusal_in(status: int, envelope: Mapping[str, str], operation: Operation | None = None) -> errors.VendorError:
    """Return the error an envelope stands for."""
    code = envelope["code"]
    said = envelope["additionalMessage"]
    if code not in CODES:
        message = _sentence("sipXcom refused", said or envelope["message"])
        return (
            errors.VendorFault(message, code="fault") if status >= 500 else errors.Rejected(message, code=code or str(status))
        )
    kind, words = CODES[code]
    message = _sentence(words, said or (envelope["message"] if kind is not errors.NotFound else ""))
    if kind is errors.Rejected:
        return errors.Rejected(message, fields=_fields(operation, said), code=code)
    return kind(message, code="fault" if kind is errors.VendorFault else code)


def _fields(operation: Operation | None, said: str) -> dict[str, str]:
    """The parameters that a validation text names, with its words."""
    if operation is None or not said:
        return {}
    spoken = set(re.findall(r"\w+", said.lower()))
    return {p.name: said for p in operation.params if {p.wire.lower(), p.name.lower()} & spoken}


def refusal(operation: Operation, incoming: Incoming) -> errors.VendorError:
    """Return the error that a reply other than 2xx stands for. Its body is never trusted to be what it is called."""
    status, body = incoming.status, incoming.text.strip()
    if status == 429:
        message = "sipXcom asks us to slow down. It did not act."
        return errors.RateLimited(message, retry_after=incoming.retry_after, code="429")
    if 300 <= status < 400:
        message = "sipXcom redirected the call elsewhere; check the base URL."
        return errors.VendorFault(message, code="redirect", retryable=False)
    own = operation.wire.refusals.get(status)
    if own and (status < 500 or (_words(body) and "Exception" not in body)):
        kind, words = own
        return kind(_sentence(words, _words(body)), code=str(status))
    if "<response>" in body[:200]:
        try:
            return refusal_in(status, envelope_of(xmltree.parse(body)), operation)
        except errors.UnreadableReply:
            pass  # judged by its status, like any other broken body
    if status in _STATUSES:
        kind, words = _STATUSES[status]
        return kind(_sentence(words, _words(body) or _reason(incoming)), code=str(status))
    if status in {502, 503, 504}:
        return errors.VendorFault(f"sipXcom's gateway answered {status}.", code="gateway")
    if status >= 500:
        return _exception(operation, body, status)
    return errors.Rejected(_sentence(f"sipXcom answered {status}", _words(body)), code=str(status))


def _exception(operation: Operation, body: str, status: int) -> errors.VendorError:
    """A 500: `{"error": "…", "type": "java.class.Name"}` with an unescaped text, or `ClassName: text`, or a page."""
    match = _BROKEN_JSON.search(body)
    said, names = (match.group(1), match.group(2)) if match else (_words(body), body.partition(":")[0])
    for name, (kind, words) in operation.wire.refusals.items():
        if isinstance(name, str) and name in names:
            return kind(_sentence(words, ""), code="500")
    if _MISSING.search(names):
        return errors.NotFound(_sentence("sipXcom does not have what this names", _clip(said)), code="500")
    if _TAKEN.search(names):
        return errors.Conflict(_sentence("sipXcom says that it is taken", _clip(said)), code="500")
    if _RULE.search(names):
        return errors.Rejected(_sentence("sipXcom refused", _clip(said)), code="500")
    return errors.VendorFault(_sentence(f"sipXcom failed at it ({status})", _clip(said)), code="fault")


def _words(body: str) -> str:
    """A body's words where it is a short text; pages and data say nothing to a person."""
    return "" if not body or body[0] in "<{[" else _clip(body)


def _reason(incoming: Incoming) -> str:
    """The words beside the status where they are the server's own: routes of /rest put their message there."""
    usual = _PHRASES.get(incoming.status, "")
    return "" if incoming.reason.casefold() == usual.casefold() else _clip(incoming.reason)


def _clip(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]}…"


def _sentence(words: str, said: Any) -> str:
    whole = f"{words}: {said}" if said else words
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}."
