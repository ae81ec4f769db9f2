"""The calls that take place now: those the sandbox carrier hands over, and dialled ones. Seed and clock tell them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, OUTBOUND, calls_of

from .system import ADMIN, DOMAIN, Row, System

DIALLED_SECONDS = 300


@dataclass(frozen=True)
class LiveCall:
    """A call in progress; `user` is the name of the user who has it."""

    user: str
    near: str
    far: str
    direction: str
    at: datetime
    kind: str = ""

    def bean(self, now: datetime) -> Row:
        caller, callee = (self.far, self.near) if self.direction == "INCOMING" else (self.near, self.far)
        return {
            "from": caller, "from-aor": f"sip:{caller}@{DOMAIN}", "to": callee, "to-aor": f"sip:{callee}@{DOMAIN}",
            "route": None, "direction": self.direction, "recipient": self.user if self.direction == "INCOMING" else callee,
            "internal": self.direction == "INTERNAL", "type": self.kind or None,
            "start-time": int(self.at.timestamp() * 1000), "duration": int((now - self.at).total_seconds() * 1000),
        }  # fmt: skip


def rung(system: System) -> Iterator[tuple[str, str]]:
    """Every number from outside with the user it rings: by alias or a hunt group's first ring; spare ones the administrator."""
    given = dict.fromkeys(world.SPARE.numbers, ADMIN)
    given |= {row["did"]: row["rings"][0]["userName"] for row in system.rows("callgroup") if row["did"] and row["rings"]}
    given |= {alias: row["userName"] for row in system.rows("user") for alias in row["aliases"] if alias.isdecimal()}
    yield from given.items()


def live(system: System, now: datetime) -> Iterator[LiveCall]:
    """The calls in progress."""
    day = now.astimezone(UTC).date()
    for number, user in rung(system):
        for direction, told in ((INBOUND, "INCOMING"), (OUTBOUND, "OUTGOING")):
            for record in calls_of(system.seed, direction, number, day):
                at = record.at.replace(tzinfo=UTC)
                if record.answered and at <= now < at + timedelta(seconds=record.seconds):
                    yield LiveCall(user, user, record.far, told, at)
    for row in system.rows("dialled"):
        at = datetime.fromisoformat(row["at"])
        if at <= now < at + timedelta(seconds=DIALLED_SECONDS):
            inside = system.user(row["to"]) is not None
            yield LiveCall(row["user"], row["user"], row["to"], "INTERNAL" if inside else "OUTGOING", at)
