"""What MiRTA's sentences mean. It answers 200 to everything and has no codes; each text stands in a test."""

import re

from apps.vendors.core import errors
from apps.vendors.core.operation import Effect, Operation

# A write may answer with the statement it ran, and with it everything that was written.
_SQL = re.compile(
    r"(?is)\b(?:insert\s+(?:ignore\s+)?into|replace\s+into|delete\s+from|update\s+[`\w.]+\s+set|select\s.+?\sfrom)\b.*"
)
NOT_SHOWN = "(SQL, not shown)"
_KEY = (
    "The PBX refused the key or the tenant and does not say which: the key may be wrong, the tenant code unknown, or the key "
    "without right to this tenant or this call."
)
Meaning = tuple[str, type[errors.VendorError], str]
# Sentences that mean the same wherever they come.
_ALWAYS: tuple[Meaning, ...] = (
    (r"^too bad\b.{0,80}security api key", errors.AuthFailed, _KEY),
    (r"^wrong or missing tenant", errors.AuthFailed, _KEY),
    (r"^no id specified", errors.Rejected, "The PBX refused: {words}"),
)
# What a sentence means where a write is answered, or where data was due; the first that fits.
_ELSEWHERE: tuple[Meaning, ...] = (
    (r"duplicate entry|\balready\b", errors.Conflict, "The PBX refused: {words}"),
    (r"\b(?:max\w*|limit|licen[cs]e)\b.{0,40}\b(?:reached|exceeded)", errors.Conflict, "The PBX refused: {words}"),
    (r"\bin use\b|still used", errors.Conflict, "The PBX refused: {words}"),
    (
        r"error in your sql|unknown column|sqlstate|fatal error|parse error|^warning:",
        errors.VendorFault,
        "The PBX is broken: {words}",
    ),
    (r"\bnot found\b|does ?n[o']t exist|\bno such\b|\bunknown\b", errors.NotFound, "The PBX answered: {words}"),
    (
        r"\bnot (?:allowed|authori[sz]ed|permitted)\b|\bdenied\b|\bread.?only\b",
        errors.Forbidden,
        "The PBX does not allow it: {words}",
    ),
    (
        r"\b(?:missing|invalid|wrong|error|failed|failure|cannot|can't|unable|required)\b|\bno \w+ specified",
        errors.Rejected,
        "The PBX refused: {words}",
    ),
)
_MISSING = re.compile(r"(?i)\b(?:missing|no|wrong or missing)\s+(?:parameter\s+)?['\"]?(\w+)['\"]?(?:\s+specified)?")


def without_sql(text: str) -> str:
    """Return the text without a statement it echoes."""
    return _SQL.sub(NOT_SHOWN, text)


def refuse(operation: Operation, text: str) -> None:
    """Raise what the PBX says went wrong, where it says anything."""
    words = _squeezed(text)
    if not words or words[0] in "{[<":
        return
    meanings = _ALWAYS if operation.effect is Effect.READ else _ALWAYS + _ELSEWHERE
    if error := _meaning(words, meanings, _fields(operation, words)):
        raise error


def not_data(text: str) -> errors.VendorError:
    """Return the error for a sentence where data was due."""
    unreadable = errors.UnreadableReply("The PBX answered with a sentence where data was due.", code="text")
    return _meaning(_squeezed(text), _ELSEWHERE, {}) or unreadable


def _meaning(words: str, meanings: tuple[Meaning, ...], fields: dict[str, str]) -> errors.VendorError | None:
    for pattern, kind, message in meanings:
        if re.search(pattern, words, re.IGNORECASE):
            told = message.format(words=words if words.endswith((".", "!", "?")) else f"{words}.")
            if kind is errors.Rejected:
                return errors.Rejected(told, fields=fields)
            return kind(told, code="fault" if kind is errors.VendorFault else "")
    return None


def _squeezed(text: str) -> str:
    return " ".join(without_sql(text[:4000]).split())[:300]


def _fields(operation: Operation, words: str) -> dict[str, str]:
    """Return our name of the parameter that a sentence calls missing."""
    ours = {param.wire.lower(): param.name for param in operation.params}
    named = (match.lower() for match in _MISSING.findall(words))
    return {ours[name]: "is required" for name in named if name in ours}
