"""The grade that the Mozilla HTTP Observatory gives a page, computed from what the page sends.

It starts at 100; faults take points away, and what is better than asked for gives some back to whoever has 90 without.
"""

import re
from dataclasses import dataclass, field
from http.cookies import Morsel
from urllib.parse import urlsplit

SIX_MONTHS = 15768000
_PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
_GRADES = (
    (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
    (40, "D+"), (30, "D"), (25, "D-"), (0, "F"),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What a browser got: over TLS, but for where plain http led."""

    headers: dict[str, str]
    cookies: dict[str, Morsel]
    page: str
    http_leads_to: str
    sessions: tuple[str, ...] = ("sessionid", "csrftoken")


@dataclass
class Report:
    """The points of each test."""

    points: dict[str, int] = field(default_factory=dict)

    @property
    def score(self) -> int:
        """Faults first; extra points only for who has 90 without them."""
        base = 100 + sum(value for value in self.points.values() if value < 0)
        return base + sum(value for value in self.points.values() if value > 0) if base >= 90 else max(base, 0)

    @property
    def grade(self) -> str:
        """The letter."""
        return next(letter for least, letter in _GRADES if self.score >= least)


def grade(seen: Seen) -> Report:
    """Judge what was seen as the Observatory does."""
    headers = {name.lower(): value for name, value in seen.headers.items()}
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("content-security-policy", "").split(";"))
    return Report(
        {
            "content-security-policy": _policy(policy),
            "cookies": _cookies(seen, "strict-transport-security" in headers),
            "cross-origin-resource-sharing": -50 if headers.get("access-control-allow-origin") == "*" else 0,
            "redirection": _redirection(seen.http_leads_to),
            "referrer-policy": _referrer(headers.get("referrer-policy", "")),
            "strict-transport-security": _hsts(headers.get("strict-transport-security", "")),
            "subresource-integrity": _integrity(seen.page),
            "x-content-type-options": 0 if headers.get("x-content-type-options") == "nosniff" else -5,
            "x-frame-options": _frames(policy, headers.get("x-frame-options", "")),
            "cross-origin-resource-policy": 10 if headers.get("cross-origin-resource-policy") == "same-origin" else 0,
        }
    )


def _policy(policy: dict[str, str]) -> int:
    if not policy.get("default-src"):
        return -25
    scripts = policy.get("script-src", policy["default-src"])
    styles = policy.get("style-src", policy["default-src"])
    active = f"{scripts} {policy.get('object-src', policy['default-src'])}"
    if "'unsafe-inline'" in scripts or re.search(r"(^| )(\*|https?:|data:)( |$)", active):
        return -20
    if "'unsafe-eval'" in f"{scripts} {styles}":
        return -10
    if any("http:" in values for values in policy.values()):
        return -10
    if "'unsafe-inline'" in styles:
        return 0
    return 10 if policy["default-src"] == "'none'" else 5


def _cookies(seen: Seen, hsts: bool) -> int:
    if not seen.cookies:
        return 0
    worst = 5
    for name, cookie in seen.cookies.items():
        session = name in seen.sessions
        if not cookie["secure"]:
            worst = min(worst, (-10 if hsts else -40) if session else (-5 if hsts else -20))
        if session and not cookie["httponly"]:
            worst = min(worst, -30)
        if not cookie["samesite"]:
            worst = min(worst, -20 if "csrf" in name else 0)
    return worst


def _redirection(leads_to: str) -> int:
    if not leads_to:
        return -20
    return 0 if urlsplit(leads_to).scheme == "https" else -10


def _referrer(value: str) -> int:
    if not value:
        return 0
    return 5 if value in _PRIVATE else -5


def _hsts(value: str) -> int:
    found = re.search(r"max-age=(\d+)", value)
    if not found:
        return -20
    return 0 if int(found[1]) >= SIX_MONTHS else -10


def _integrity(page: str) -> int:
    """Scripts of one's own origin need none."""
    foreign = [tag for tag in re.findall(r'<script[^>]* src="[^"]+"[^>]*>', page) if re.search(r'src="(https?:)?//', tag)]
    return -5 if any("integrity=" not in tag for tag in foreign) else 0


def _frames(policy: dict[str, str], header: str) -> int:
    if policy.get("frame-ancestors") in {"'none'", "'self'"}:
        return 5
    return 0 if header.upper() in {"DENY", "SAMEORIGIN"} else -20
