"""Masking of secrets, by declared name and by value; the log, the audit entry, the error text and the console all use it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "••••••"
SHORTEST = 4  # a shorter value (a CVV) would blank out half of every text: those are masked by name alone


@dataclass(frozen=True, slots=True)
class Hidden:
    """Fields that are secret because of what stands beside them: the value of a setting whose path ends in "password".

    In an object one of whose `keys` holds a text that `pattern` finds, the `fields` (lower case) are masked.
    """

    keys: tuple[str, ...]
    pattern: re.Pattern[str]
    fields: frozenset[str]

    def names(self, data: Mapping[str, Any]) -> frozenset[str]:
        """Return which names are secret in this object."""
        found = any(self.pattern.search(str(data[key])) for key in self.keys if key in data)
        return self.fields if found else frozenset()


@lru_cache(maxsize=1024)
def _pattern(names: frozenset[str]) -> re.Pattern[str] | None:
    """The names that hold a `*`, which stands for any characters ("*password")."""
    starred = "|".join(re.escape(name).replace(r"\*", r"[^\"]*") for name in sorted(names) if "*" in name)
    return re.compile(starred) if starred else None


def is_secret(key: Any, names: frozenset[str]) -> bool:
    """Return whether a key is one of `names` (lower case; `*` stands for any characters)."""
    folded = str(key).lower()
    if folded in names:
        return True
    pattern = _pattern(names)
    return pattern is not None and pattern.fullmatch(folded) is not None


def mask_names(data: Any, names: frozenset[str], hidden: Hidden | None = None) -> Any:
    """Return `data` with the value of every key in `names`, or `hidden`, masked, at any depth.

    A vendor may give a row's columns twice, by name and by position: what is masked by name is masked under a digit key too.
    """
    if isinstance(data, dict):
        here = names | hidden.names(data) if hidden else names
        masked = {key: str(value) for key, value in data.items() if value not in (None, "") and is_secret(key, here)}
        again = set(masked.values())
        return {
            key: MASK
            if key in masked or (again and str(key).isdigit() and str(value) in again)
            else mask_names(value, names, hidden)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return [mask_names(item, names, hidden) for item in data]
    return data


def named_secrets(data: Any, names: frozenset[str]) -> Iterable[str]:
    """Yield the values that `mask_names` would mask."""
    if isinstance(data, dict):
        for key, value in data.items():
            if value not in (None, "") and is_secret(key, names):
                yield str(value)
            else:
                yield from named_secrets(value, names)
    elif isinstance(data, (list, tuple)):
        for item in data:
            yield from named_secrets(item, names)


def mask_values(text: str, secrets: Iterable[str]) -> str:
    """Return `text` without any of `secrets`, plain, percent-encoded or JSON-escaped."""
    for secret in sorted({value for value in secrets if len(value) >= SHORTEST}, key=len, reverse=True):
        for form in (secret, quote_plus(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]):
            text = text.replace(form, MASK)
    return text


def mask_text(text: str, names: frozenset[str], secrets: Iterable[str], hidden: Hidden | None = None) -> str:
    """Return a reply body with declared names masked where it is JSON (or nearly), and all secret values removed."""
    if names or hidden:
        try:
            text = json.dumps(mask_names(json.loads(text), names, hidden), ensure_ascii=False)
        except ValueError:
            names = names | hidden.fields if hidden else names  # broken: what stands beside it cannot be told
            joined = "|".join(re.escape(name).replace(r"\*", r'[^"<>\s]*') for name in sorted(names))
            found = rf'(?i)("(?:{joined})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]]+)'
            secrets = [*secrets, *(value.strip('"') for _, value in re.findall(found, text) if value[0] == '"')]
            text = re.sub(found, rf'\1"{MASK}"', text)
            text = re.sub(rf"(?is)(<({joined})(?:\s[^>]*)?>)[^<]*", rf"\1{MASK}", text)
            text = re.sub(rf"(?i)(\s(?:{joined})=)(\"[^\"]*\"?|'[^']*'?)", rf'\1"{MASK}"', text)
    return mask_values(text, secrets)
