"""What may be used only once: codes of authenticator apps and assertions of a provider.

It is remembered in the database, so that it holds for all web processes, and until it would be refused anyway.
"""

from datetime import UTC, datetime
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Spent


def spend(kind: str, value: str, until: float) -> bool:
    """Use up `value` until the moment `until` (seconds since 1970); return False when it was used before."""
    Spent.objects.filter(until__lt=timezone.now()).delete()
    mark = sha256(f"{kind}\0{value}".encode()).hexdigest()
    try:
        with transaction.atomic():
            Spent.objects.create(mark=mark, until=datetime.fromtimestamp(until, UTC))
    except IntegrityError:
        return False
    return True
