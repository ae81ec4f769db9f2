"""Every address of the portal, read from the URL configuration, with an example of each argument."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# What each path converter accepts; the object it names does not exist.
EXAMPLES = {
    "int": "999999",
    "str": "nothing",
    "slug": "nothing",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "path": "nothing",
    "e164": "+12065550100",
}
_GROUP = re.compile(r"\(\?P<\w+>[^)]*\)")
_ARGUMENT = re.compile(r"<(?:(\w+):)?\w+>")


@dataclass(frozen=True)
class Address:
    """One entry of the URL configuration: its name, a path that leads there, and what its view asks for."""

    name: str
    path: str
    permission: str | None

    def __str__(self) -> str:
        return self.name or self.path


def addresses() -> list[Address]:
    """Return all of them, those with arguments filled in with something that does not exist."""
    return list(_walk(get_resolver(), "/", ""))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield Address(f"{namespace}{entry.name}", _example(path), _permission(entry.callback))


def _permission(view: Any) -> str | None:
    return getattr(view, "permission", None)


def _example(path: str) -> str:
    path = _GROUP.sub("nothing", path)
    path = _ARGUMENT.sub(lambda found: EXAMPLES[found[1] or "str"], path)
    return path.replace("^", "").replace("$", "").replace("\\", "")
