"""What sipXcom does for the signed-in user alone: features, calls, voicemail, conferences."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.vendors.core import people
from apps.vendors.core.calls import Conference, FaxLine, LiveCall, VoicemailMessage
from apps.vendors.core.client import Client, Confirmation, Download
from apps.vendors.core.errors import Conflict, NotConfigured, NotFound, Unsupported
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Upload
from apps.vendors.sipxcom.capabilities.base import Door, Row, e164, no_call


class Own(Door):
    """What sipXcom does for the signed-in user alone: the connection's, or one whose password is at hand (`acting_as`)."""

    def __init__(self, client: Client, user: str = "", password: str = "") -> None:
        super().__init__(client)
        self.user = user or str(client.endpoint.credentials.get("username", ""))
        self._acting = {"acting_user": user, "acting_password": password} if user else {}

    def acting_as(self, user: str, password: str) -> "Own":
        """Return the same door for another user."""
        return type(self)(self._client, user, password)

    def _mine(self, name: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._call(name, {**(params or {}), **self._acting})

    def _only(self, user: str) -> None:
        if user and user != self.user:
            raise NotConfigured(
                f"sipXcom does this for the signed-in user alone, who is {self.user}. It needs the password of {user}.",
                vendor="sipxcom",
                code="acting_user",
            )


# Feature → title, read, write ("" where there is no call).
_FEATURES = {
    "forwarding": ("Call forwarding", "my.forward.read", "my.forward.set"),
    "scheduled_forwarding": ("Call forwarding with schedules", "my.callfwd.read", "my.callfwd.set"),
    "schedules": ("Own schedules", "my.schedules.list", ""),
    "speed_dial": ("Speed dial", "my.speeddial.read", "my.speeddial.set"),
    "voicemail": ("Voicemail preferences", "my.voicemail.preferences.read", "my.voicemail.preferences.set"),
    "attendant": ("Personal attendant", "my.voicemail.attendant.read", "my.voicemail.attendant.set"),
    "im": ("Instant messages", "my.im.read", "my.im.set"),
    "buddy": ("My Buddy", "my.imbot.read", "my.imbot.set"),
    "contact": ("Contact data", "my.contact.read", "my.contact.set"),
}
# What may be refused in silence: the server says 200 to these without the permission.
_SILENT = {"voicemail": "voicemailPermission", "attendant": "personalAttendantPermission"}


class SipxcomFeatures(Own):
    """ExtensionFeatures of the signed-in user; `extension` is that user's name. Values are the operation's own parameters."""

    uses = tuple(name for _, read, write in _FEATURES.values() for name in (read, write) if name)

    def features(self) -> dict[str, str]:
        return {key: title for key, (title, _, _) in _FEATURES.items()}

    def read(self, tenant: str, extension: str, feature: str) -> people.Feature:
        title, read, _ = self._named(feature)
        self._only(extension)
        found = self._mine(read)
        values = {"rows": found} if isinstance(found, list) else dict(found)
        rings = values.get("rings")
        enabled = None if rings is None else any(str(ring.get("enabled")).lower() == "true" for ring in rings)
        return people.Feature(feature, title, enabled, values)

    def write(self, tenant: str, extension: str, feature: str, values: dict[str, Any]) -> None:
        title, read, write = self._named(feature)
        self._only(extension)
        if not write:
            raise no_call(f"change {title.lower()} here")
        if feature in _SILENT and self._mine(read).get(_SILENT[feature]) is False:
            raise Conflict(f"{self.user} lacks the permission for this; sipXcom would keep nothing of it.", vendor="sipxcom")
        # A record takes an empty list for one that was not given; its JSON says that it was.
        self._mine(write, {name: "[]" if value == [] else value for name, value in values.items()})

    def _named(self, feature: str) -> tuple[str, str, str]:
        try:
            return _FEATURES[feature]
        except KeyError:
            raise Unsupported(f"sipXcom has no feature called {feature}.", vendor="sipxcom") from None


class SipxcomLiveCalls(Own):
    """LiveCalls of the signed-in user; the server shows nobody else's."""

    uses = ("my.calls.list", "calls.place")

    def list(self, tenant: str) -> Sequence[LiveCall]:
        now = datetime.now(UTC)
        return [_live(row, tenant, now) for row in self._mine("my.calls.list")]

    def dial(self, tenant: str, source: str, destination: str) -> str:
        self._only(source)
        self._mine("calls.place", {"to": destination})
        return ""

    def hang_up(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("end a call")

    def transfer(self, tenant: str, ref: str, destination: str) -> None:
        raise no_call("transfer a call")

    def hold(self, tenant: str, ref: str) -> None:
        raise no_call("hold a call")

    def send_tones(self, tenant: str, ref: str, tones: str) -> None:
        raise no_call("send tones into a call")


def _live(row: Row, tenant: str, now: datetime) -> LiveCall:
    started = row.get("start-time")
    seconds = row.get("duration")
    if seconds is None and started is not None:
        seconds = max(0, int((now - started).total_seconds()))
    return LiveCall(
        "", str(row.get("from") or ""), str(row.get("to") or ""), str(row.get("direction") or ""), started, seconds,
        tenant=tenant, raw=dict(row),
    )  # fmt: skip


class SipxcomVoicemail(Own):
    """Voicemail of the signed-in user."""

    uses = ("my.voicemail.messages",)

    _FOLDERS = ("inbox", "saved", "deleted")

    def mailboxes(self, tenant: str) -> list[str]:
        return [self.user]

    def messages(self, tenant: str, mailbox: str) -> list[VoicemailMessage]:
        self._only(mailbox)
        return [
            _message(row, folder, mailbox or self.user)
            for folder in self._FOLDERS
            for row in self._mine("my.voicemail.messages", {"folder": folder})
        ]

    def fetch(self, tenant: str, mailbox: str, ref: str) -> Download:
        raise no_call("fetch a message")

    def mark(self, tenant: str, mailbox: str, ref: str, *, heard: bool) -> None:
        raise no_call("mark a message")

    def delete(self, tenant: str, mailbox: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("delete a message")


def _message(row: Row, folder: str, mailbox: str) -> VoicemailMessage:
    caller = str(row.get("author") or "") or str(row.get("title") or "").rpartition(" from ")[2]
    seconds = str(row.get("description") or "").partition(" second")[0]
    return VoicemailMessage(
        str(row.get("message") or ""), mailbox, caller, row.get("pubDate"), int(seconds) if seconds.isdecimal() else None,
        None, folder, dict(row),
    )  # fmt: skip


class SipxcomFax(Own):
    """Fax of the signed-in user: where it arrives. It then comes as a message to the user's mailbox."""

    uses = ("my.fax.read",)

    def line(self, tenant: str, user: str) -> FaxLine | None:
        self._only(user)
        row = self._mine("my.fax.read")
        extension, number = (str(row.get(name) or "") for name in ("extension", "did"))
        return FaxLine(extension, e164(number), dict(row)) if extension or number else None

    def send(self, tenant: str, source: str, destination: str, document: Upload | str) -> str:
        raise no_call("send a fax")

    def status(self, tenant: str, ref: str) -> str:
        raise no_call("follow a fax")

    def fetch(self, tenant: str, ref: str) -> Download:
        raise no_call("fetch a received fax")


class SipxcomConferences(Own):
    """Conferences of the signed-in user, by their names; how many are in one is asked for one at a time."""

    uses = ("my.conferences.list", "my.conferences.members", "my.conferences.change")

    def list(self, tenant: str) -> Sequence[Conference]:
        return [_conference(row, tenant, None) for row in self._mine("my.conferences.list")]

    def get(self, tenant: str, ref: str) -> Conference:
        for row in self._mine("my.conferences.list"):
            if row["name"] == ref:
                return _conference(row, tenant, self._inside(ref))
        raise NotFound(f"{self.user} has no conference {ref}.", vendor="sipxcom")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("add a conference")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        self.get(tenant, ref)  # the server does not check whose conference it changes
        self._mine("my.conferences.change", {**values, "name": ref})

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("remove a conference")

    def operation(self, act: str) -> Operation | None:
        names = {"list": "my.conferences.list", "get": "my.conferences.read", "change": "my.conferences.change"}
        return self._client.vendor.operations[names[act]] if act in names else None

    def _inside(self, name: str) -> int:
        try:
            return len(self._mine("my.conferences.members", {"name": name})["members"])
        except Conflict:  # nobody is in it
            return 0


def _conference(row: Row, tenant: str, members: int | None) -> Conference:
    return Conference(
        row["name"], row.get("extension") or "", row.get("description") or row["name"], tenant, members, dict(row)
    )
