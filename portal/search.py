"""The search box: pages of the portal first, then what each app finds."""

from typing import Any

from apps.ui.frame import Hit
from portal.hooks import contributions
from portal.navigation import places

MOST_HITS = 8


def find(user: Any, text: str) -> list[tuple[str, list[Hit]]]:
    """Return what `user` may see that matches `text`, grouped by kind; without text, the pages."""
    hits = [
        Hit("Pages", place.label, place.area, place.url, place.icon)
        for place in places(user)
        if _matches(text, f"{place.area} {place.label}")
    ]
    if text:
        for _, found in contributions("search", user, text):
            hits.extend(found)
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.kind, []).append(hit)
    return [(kind, found if kind == "Pages" else found[:MOST_HITS]) for kind, found in groups.items()]


def _matches(text: str, label: str) -> bool:
    return all(word in label.lower() for word in text.lower().split())
