"""How a connection is doing: kept from the traffic that passes anyway, and from tests."""

import time
from dataclasses import dataclass

from django.utils import timezone

from apps.connections.models import HEALTH_KEPT, Connection, HealthSample
from apps.vendors.core import errors

WRITE_EVERY = 5.0  # seconds; a change from well to ill, or back, is written at once
SAMPLE_EVERY = 60.0

# These say something about what was asked, not about the connection.
_NOT_ITS_FAULT = (errors.InvalidParameters, errors.Unconfirmed, errors.Withheld, errors.Unsupported, errors.NotConfigured)
_OF_ONE_OPERATION = frozenset({"shape", "too_large"})  # an answer came; what it holds concerns that operation only


@dataclass(slots=True)
class _Seen:
    """What this process last wrote for a connection, by the monotonic clock."""

    ok: bool
    written: float
    sampled: float


_seen: dict[tuple[int, int], _Seen] = {}


def note(connection: Connection, *, seconds: float, error: errors.VendorError | None, at_once: bool = False) -> None:
    """Keep the outcome of one call: at most every few seconds, unless it changes the picture or `at_once`."""
    if error is not None and (isinstance(error, _NOT_ITS_FAULT) or error.code in _OF_ONE_OPERATION):
        return
    # An answer, even a refusal, shows that the connection works; a refused credential does not.
    ok = error is None or (isinstance(error, errors.Refused) and not isinstance(error, errors.AuthFailed))
    now = time.monotonic()
    key = (connection.pk, connection.revision)
    seen = _seen.get(key)
    if at_once or seen is None or seen.ok != ok:
        seen = _seen[key] = _Seen(ok, now, now)
        sample = True
    elif now - seen.written < WRITE_EVERY:
        return
    else:
        sample = now - seen.sampled >= SAMPLE_EVERY
        seen.written, seen.sampled = now, now if sample else seen.sampled
    _write(connection, ok=ok, latency_ms=round(seconds * 1000), error=error, sample=sample)


def _write(connection: Connection, *, ok: bool, latency_ms: int, error: errors.VendorError | None, sample: bool) -> None:
    moment = timezone.now()
    if ok:
        changes = {"last_ok_at": moment, "last_error": "", "latency_ms": latency_ms}
    else:
        changes = {"last_failed_at": moment, "last_error": error.fault[:300] if error else ""}
    # Only while the connection is the one that was called: after an edit the old outcome says nothing.
    row = Connection.objects.filter(pk=connection.pk, revision=connection.revision)
    if not row.update(**changes):
        return
    for name, value in changes.items():
        setattr(connection, name, value)
    if sample:
        connection.samples.filter(at__lt=moment - HEALTH_KEPT).delete()
        HealthSample.objects.create(
            connection=connection,
            at=moment,
            ok=ok,
            latency_ms=latency_ms if ok else None,
            error="" if ok else type(error).__name__,
        )
