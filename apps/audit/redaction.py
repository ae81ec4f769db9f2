"""The last line of defence: values whose name says "secret" never enter the log.

Callers hand over values that were masked by declaration already (a vendor's parameter is marked once, where
it is declared). What arrives here under a telling name is masked all the same.
"""

import re
from typing import Any

from apps.vendors.core.redact import MASK

_ANYWHERE = re.compile(
    r"passw|passphrase|passcode|secret|token|credential|apikey|privatekey|authorization|cookie|sessionid|cvv",
    re.IGNORECASE,
)
_WORDS = frozenset({"pwd", "pin", "key", "card", "cvc", "ccv", "ccnum", "otp", "signature"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def is_secret(name: str) -> bool:
    """Return whether a value called `name` is to be masked: "api_key", "cardNumber", "SIP-Secret", "pins"."""
    if _ANYWHERE.search(name.replace("_", "").replace("-", "").replace(" ", "")):
        return True
    return any(word.lower().removesuffix("s") in _WORDS for word in _WORD.findall(name))


def redact(value: Any) -> Any:
    """Return a copy of a JSON value with what has a secret name masked; empty and yes/no values stay."""
    if isinstance(value, dict):
        return {name: _mask(inner) if is_secret(name) else redact(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact(inner) for inner in value]
    return value


def _mask(value: Any) -> Any:
    return value if value is None or value == "" or isinstance(value, bool) else MASK
