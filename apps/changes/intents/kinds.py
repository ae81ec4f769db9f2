"""What an intent sends, and how it is known whether it took effect. A domain app registers its kinds when it starts.

The methods that end in "in the transaction" run together with the intent's own change of state: both are stored, or
neither. The others may call the vendor, and no transaction is open around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from apps.changes.models import Intent
from apps.vendors.core.client import Client


class Verdict(StrEnum):
    """What a look for evidence showed."""

    DONE = "done"  # it took effect
    NOTHING = "nothing"  # no sign of it; a proof only once the request cannot be alive any more
    UNCLEAR = "unclear"  # signs that do not fit together
    BLIND = "blind"  # the vendor could not be asked


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look showed: a sentence for people, the facts behind it, and the result when it is known."""

    verdict: Verdict
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)


class NoTrace(StrEnum):
    """What follows when there is no trace of a write for longer than its request can have lived."""

    RESEND = "resend"  # it is sent again, by itself
    NOT_DONE = "not_done"  # it is settled as not done
    ASK = "ask"  # a person decides


class Withdrawn(Exception):
    """Raised by `prepare`: what was confirmed no longer holds, so nothing is sent. The message is for people."""

    def __init__(self, message: str, facts: Mapping[str, Any] | None = None) -> None:
        self.facts = dict(facts or {})
        super().__init__(message)


class Already(Exception):
    """Raised by `prepare`: it has happened already, whoever did it, so nothing is sent."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.says)


class IntentKind:
    """One kind of write. Subclasses hold no state: one instance serves all intents and threads."""

    key: ClassVar[str]
    spends: ClassVar[bool] = False
    no_trace: ClassVar[NoTrace] = NoTrace.ASK
    recheck_refusal: ClassVar[bool] = False  # a refusal may mean that it had happened before: look first
    max_attempts: ClassVar[int] = 3
    claim_seconds: ClassVar[float] = 180  # longer than a request can live on our side
    settle_seconds: ClassVar[float] = 20  # after we gave up on it: longer than it can live at the vendor

    def prepare(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        """Read what must hold before it is sent; what is returned joins `expected`. Raises Withdrawn or Already."""
        return {}

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        """Make the one call and return what it brought."""
        raise NotImplementedError

    def look(self, intent: Intent, client: Client) -> Finding:
        """Ask the vendor, by reads alone, whether it took effect."""
        raise NotImplementedError

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        """Store what it brought, in the transaction; return what the intent keeps of `result`.

        `proven` is False when the reply was lost and evidence speaks instead.
        """
        return result

    def not_done(self, intent: Intent, message: str) -> None:
        """Store that it did not take effect, in the transaction."""

    def withdrawn(self, intent: Intent, reason: Withdrawn) -> None:
        """Store that it was withdrawn before it was sent, in the transaction."""
        self.not_done(intent, str(reason))

    def not_sent(self, intent: Intent, message: str) -> None:
        """Store that nothing was sent and the intent waits, confirmed, to be sent again; in the transaction."""

    def undecided(self, intent: Intent, finding: Finding) -> None:
        """Store that a person has to decide, in the transaction."""

    def late(self, intent: Intent, result: Mapping[str, Any]) -> None:
        """Store a reply that came after the intent was settled otherwise, in the transaction."""

    def waiting(self, intent: Intent) -> str:
        """Say what is not known while evidence is looked for: "The carrier did not answer when …"."""
        return "The vendor did not answer. Nothing is sent again until it is known whether this took effect."


kinds: dict[str, IntentKind] = {}
_Kind = TypeVar("_Kind", bound=type[IntentKind])


def register(kind: _Kind) -> _Kind:
    """Class decorator: make the kind known under its key. Raises ValueError if another class has that key."""
    known = kinds.get(kind.key)
    if known is not None and type(known) is not kind:
        raise ValueError(f"Two intent kinds are called {kind.key!r}.")
    kinds[kind.key] = kind()
    return kind
