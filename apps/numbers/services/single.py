"""One number: read now, so that its page shows what the carrier holds."""

from django.utils import timezone

from apps.accounts.models import User
from apps.connections.services import client_for
from apps.numbers.models import Number
from apps.numbers.services.live import brisk, read_some
from apps.numbers.services.storing import Source, store

PATIENCE_SECONDS = 6.0  # a page waits no longer for one call


def refresh(row: Number, *, actor: User) -> bool:
    """Read one number at its carrier and bring its row up to date; False if the carrier does not list it.

    A number that is not listed keeps its row: only a full list marks what is gone. Raises VendorError.
    """
    began = timezone.now()
    client = brisk(client_for(row.connection, actor=actor), PATIENCE_SECONDS)
    held = read_some(client, row.connection, [row.number]).get(row.number)
    if held is not None:
        store(row.connection, [held], read_from=began, source=Source())
    row.refresh_from_db()
    return held is not None
