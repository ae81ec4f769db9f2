"""Re-encryption of stored credentials with the first key."""

from dataclasses import dataclass, field

from apps.audit.services import record
from apps.connections.models import Connection
from apps.connections.vault import Unreadable


@dataclass
class Rotation:
    """What `rotate_keys` did: counts, and the connections whose credentials no key can read."""

    rotated: int = 0
    already_current: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_keys(*, actor_label: str = "command line") -> Rotation:
    """Re-encrypt every row with the first key. Safe while the portal runs, and safe to stop half-way."""
    done = Rotation()
    for connection_id, name in Connection.objects.values_list("pk", "name").order_by("pk"):
        try:
            rotated = _rotate(connection_id)
        except Unreadable:
            done.unreadable.append(name)
        else:
            done.rotated += rotated
            done.already_current += not rotated
    record(
        "keys.rotated",
        actor=None,
        actor_label=actor_label,
        params={
            "rotated": done.rotated,
            "already_current": done.already_current,
            "unreadable": done.unreadable,
        },
        outcome="ok" if not done.unreadable else "partial",
    )
    return done


def _rotate(connection_id: int) -> bool:
    """Rotate one row and return whether it needed it; raises Unreadable."""
    while True:
        row = Connection.objects.filter(pk=connection_id)
        sealed = row.values_list("credentials", flat=True).first()
        if sealed is None or sealed.current:
            return False
        # Only if nobody saved other credentials since we read these; else look again.
        if row.filter(credentials=sealed).update(credentials=sealed.rotated()):
            return True
