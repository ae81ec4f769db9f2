"""Masking of secrets, by declared name and by value; the log, the audit entry, the error text and the console all use it."""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "••••••"
SHORTEST = 4  # a shorter value (a CVV) would blank out half of every text: those are masked by name alone


def mask_names(data: Any, names: frozenset[str]) -> Any:
    """Return `data` with the value of every key in `names` (lower case) masked, at any depth."""
    if isinstance(data, dict):
        return {
            key: MASK if str(key).lower() in names and value not in (None, "") else mask_names(value, names)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return [mask_names(item, names) for item in data]
    return data


def mask_values(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without any of `secrets`, plain, percent-encoded or JSON-escaped."""
    for secret in sorted({value for value in secrets if len(value) >= SHORTEST}, key=len, reverse=True):
        for form in (secret, quote_plus(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]):
            text = text.replace(form, MASK)
    return text


def mask_text(text: str, names: frozenset[str], secrets: Iterable[str]) -> str:
    """Return a reply body with declared names masked where it is JSON (or nearly), and all secret values removed."""
    if names:
        try:
            text = json.dumps(mask_names(json.loads(text), names), ensure_ascii=False)
        except ValueError:
            joined = "|".join(re.escape(name) for name in sorted(names))
            text = re.sub(rf'(?i)("(?:{joined})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)', rf'\1"{MASK}"', text)
            text = re.sub(rf"(?is)(<({joined})(?:\s[^>]*)?>)[^<]*", rf"\1{MASK}", text)
    return mask_values(text, secrets)
