"""Neutral doors for calls in progress and what they leave behind: recordings, voicemail, messages, faxes, conferences."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.vendors.core.client import Confirmation, Download
from apps.vendors.core.directory import Directory
from apps.vendors.core.params import Upload


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call in progress. `ref` is the channel or id that acts name; `state` the vendor's word for it."""

    ref: str
    source: str
    destination: str
    state: str = ""
    started_at: datetime | None = None
    seconds: int | None = None
    answered: bool | None = None
    tenant: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class LiveCalls(Protocol):
    """Calls in progress.

    Acts the vendor has no call for raise Unsupported.
    """

    def list(self, tenant: str) -> Sequence[LiveCall]:
        """Return the calls in progress."""
        ...

    def dial(self, tenant: str, source: str, destination: str) -> str:
        """Ring `source`, then connect it to `destination`; return the call's id where the vendor says it."""
        ...

    def hang_up(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        """End a call."""
        ...

    def transfer(self, tenant: str, ref: str, destination: str) -> None:
        """Send a call elsewhere, unannounced."""
        ...

    def hold(self, tenant: str, ref: str) -> None:
        """Put a call on hold."""
        ...

    def send_tones(self, tenant: str, ref: str, tones: str) -> None:
        """Play DTMF into a call."""
        ...


@dataclass(frozen=True, slots=True)
class Recording:
    """A call's recording; `ref` is what `Recordings.fetch` takes."""

    ref: str
    call_ref: str = ""
    started_at: datetime | None = None
    seconds: int | None = None
    source: str = ""
    destination: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Recordings(Protocol):
    """Recordings and their transcripts."""

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[Recording]:
        """Return the recordings of a period."""
        ...

    def fetch(self, tenant: str, ref: str) -> Download:
        """Return the audio; NotFound when there is none."""
        ...

    def transcript(self, tenant: str, ref: str) -> str:
        """Return the transcript as text; NotFound when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class VoicemailMessage:
    """A message in a mailbox."""

    ref: str
    mailbox: str
    caller: str
    received_at: datetime | None
    seconds: int | None = None
    heard: bool | None = None
    folder: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Voicemail(Protocol):
    """Mailboxes and their messages."""

    def mailboxes(self, tenant: str) -> list[str]:
        """Return the tenant's mailboxes."""
        ...

    def messages(self, tenant: str, mailbox: str) -> list[VoicemailMessage]:
        """Return the messages of a mailbox."""
        ...

    def fetch(self, tenant: str, mailbox: str, ref: str) -> Download:
        """Return a message's audio."""
        ...

    def mark(self, tenant: str, mailbox: str, ref: str, *, heard: bool) -> None:
        """Mark a message as heard or new."""
        ...

    def delete(self, tenant: str, mailbox: str, ref: str, confirmation: Confirmation) -> None:
        """Delete a message."""
        ...


@dataclass(frozen=True, slots=True)
class TextMessage:
    """An SMS, sent or received."""

    ref: str
    at: datetime | None
    source: str
    destination: str
    text: str
    direction: str = ""
    status: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Messaging(Protocol):
    """SMS."""

    def send(self, tenant: str, source: str, destination: str, text: str) -> str:
        """Send a message; return its id where the vendor says it."""
        ...

    def list(self, tenant: str, first: datetime, last: datetime) -> Sequence[TextMessage]:
        """Return the messages of a period."""
        ...


@dataclass(frozen=True, slots=True)
class FaxLine:
    """Where somebody's faxes arrive: an extension, and the number that leads there."""

    extension: str
    number: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Fax(Protocol):
    """Faxes."""

    def line(self, tenant: str, user: str) -> FaxLine | None:
        """Return where the faxes of a user arrive; None for somebody who gets none."""
        ...

    def send(self, tenant: str, source: str, destination: str, document: Upload | str) -> str:
        """Send a document, or the one at an address the vendor can reach; return its id where the vendor says it."""
        ...

    def status(self, tenant: str, ref: str) -> str:
        """Return how far a fax that was sent is, in the vendor's words; NotFound when there is none."""
        ...

    def fetch(self, tenant: str, ref: str) -> Download:
        """Return a received fax."""
        ...


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference room; its PINs are never part of it."""

    ref: str
    number: str
    name: str = ""
    tenant: str = ""
    members: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


class Conferences(Directory[Conference], Protocol):
    """Conference rooms of a tenant."""


class Campaigns(Protocol):
    """Outbound dialling campaigns."""

    def start(self, tenant: str, ref: str) -> None: ...
    def stop(self, tenant: str, ref: str) -> None: ...
    def pause(self, tenant: str, ref: str) -> None: ...
    def resume(self, tenant: str, ref: str) -> None: ...


class Events(Protocol):
    """Notifications that the vendor sends to us."""

    def watch(self, tenant: str, extension: str, *, enabled: bool) -> None:
        """Turn notifications about an extension on or off."""
        ...
