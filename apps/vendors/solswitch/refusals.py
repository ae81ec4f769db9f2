"""What SolSwitch's reasons mean; each documented text stands in a test."""

import re

from apps.vendors.core import errors
from apps.vendors.core.operation import Operation

_NOTHING = re.compile(r"(?i)^no (?:records found|data found|results (?:to display|returned))\.?$")
_MISSING = re.compile(r"(?i)^missing required field (.+?)\.?$")

# Reason → the wire names it speaks of and what is wrong with them.
_FIELDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (r"^invalid callid", ("CallID",), "must be a positive whole number"),
    (r"^invalid channel", ("Channel",), "is not set"),
    (r"^invalid customer id", ("Customer", "customer", "CustID"), "must be a positive whole number"),
    (r"^no matching end time", ("DateEnd",), "is required with a start"),
    (r"^invalid date format", ("Date", "DateStart", "DateEnd"), "does not have the form the switch wants"),
    (r"^invalid destination", ("Destination",), "must be digits"),
    (r"^invalid did provided", ("DID",), "must be digits"),
    (r"^invalid extension number", ("Extension",), "must be an extension's number"),
    (r"^invalid enabled value", ("Enabled",), "must be 1 or 0"),
    (r"^cannot send fax, no destination number", ("To",), "must be a number"),
    (r"^cannot send fax, no source number", ("From",), "must be a number"),
    (r"^from phone number provided is not a valid fax to email", ("From",), "is not a FaxToEmail number of the switch"),
    (r"^you must upload a file to fax", ("File",), "is required"),
    (r"^error converting file for faxing", ("File",), "could not be converted by the switch"),
    (r"^only pdfs are accepted", ("File",), "must be a PDF"),
    (r"^invalid tone", ("Tone",), "may hold 0-9 * # only"),
)
# Reason → what it means; the first that fits.
_MEANINGS: tuple[tuple[str, type[errors.VendorError], str], ...] = (
    (
        r"^error with key",
        errors.AuthFailed,
        "The switch refused the API key: it is wrong, or has no right to this function.",
    ),
    (
        r"^ip (?:address not allowed|does not have access)",
        errors.Forbidden,
        "The switch does not take calls from this address: allow it on the switch. It said: {reason}.",
    ),
    (
        r"^no access to customer number",
        errors.Forbidden,
        "The API key has no right to this customer. The switch said: {reason}.",
    ),
    (r"^invalid api function", errors.NotFound, "This switch does not know the function; its release may be older."),
    (r"^unknown (?:callid|channel|customer id|extension number)", errors.NotFound, "The switch answered: {reason}."),
    (r"^time rule not found", errors.NotFound, "The switch answered: {reason}."),
    (r"^call not recorded", errors.NotFound, "The call was not recorded."),
)


def means_nothing_there(reason: str) -> bool:
    """Return whether the words say that there is nothing: an empty list for listings."""
    return bool(_NOTHING.match(reason))


def refusal(operation: Operation, reason: str) -> errors.VendorError:
    """Return the error that a reason (white space squeezed) stands for."""
    words = reason.rstrip(".")
    folded = words.casefold()
    if not words:
        return errors.Rejected("The switch refused without a reason.")
    if folded.startswith("recording not generated"):
        message = "The switch is still making the recording: try again in two minutes."
        return errors.Conflict(message, code="not_ready", retryable=True)
    if folded.startswith("call did not start"):
        # The document: "unable to start or unable to retrieve call information", so it may be ringing.
        return errors.VendorFault(
            "The switch could not start the call, or not say which it is.", code="no_call", retryable=False
        )
    if fields := _fields(operation, words):
        return errors.Rejected(f"The switch refused: {words}.", fields=fields, code="field")
    if means_nothing_there(words):
        return errors.NotFound("The switch has nothing of that id.")
    for pattern, kind, message in _MEANINGS:
        if re.search(pattern, folded):
            return kind(message.format(reason=words))
    return errors.Rejected(f"The switch refused: {words}.")


def _fields(operation: Operation, words: str) -> dict[str, str]:
    """Return our names of the parameters a reason speaks of, each with what is wrong."""
    ours = {param.wire.casefold(): param.name for param in operation.params}
    if match := _MISSING.match(words):
        named = match.group(1).casefold()
        if named == "destination number or source number":
            return {ours[wire]: "give one of the two" for wire in ("srcnumber", "dstnumber") if wire in ours}
        return {ours[named]: "is required"} if named in ours else {}
    for pattern, wires, fault in _FIELDS:
        if re.search(pattern, words, re.IGNORECASE):
            return {ours[wire.casefold()]: fault for wire in wires if wire.casefold() in ours}
    return {}
