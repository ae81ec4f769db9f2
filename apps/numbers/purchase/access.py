"""Who may touch a purchase, and what they are told otherwise."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts.models import User
from apps.changes.models import OPEN, Intent
from apps.connections.models import Connection
from apps.jobs.models import FINAL, Job
from apps.numbers.models import Purchase, PurchaseState
from apps.ui.formatting import when

PERMISSION = "numbers.buy"
TAKE_OVER = "connections.manage"


class NotPossible(Exception):
    """It cannot be done as things stand; the message tells people why, and what to do."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class HeldByOther(NotPossible):
    """Somebody else is buying on this connection; `purchase` is theirs."""

    def __init__(self, purchase: Purchase) -> None:
        self.purchase = purchase
        owner, since = name_of(purchase.owner), when(purchase.owned_since)
        super().__init__(
            f"{owner} has been buying on {purchase.connection.name} since {since}. The carrier keeps one cart for the whole "
            f"account, so only one purchase at a time is possible. Ask {owner} to finish or give it up, or take it over."
        )


def name_of(person: User) -> str:
    """Return what people call a person."""
    return person.get_full_name() or person.get_username()


def permit(actor: User) -> None:
    """Raise PermissionDenied unless `actor` may buy."""
    if not actor.may(PERMISSION):
        raise PermissionDenied(PERMISSION)


def locked(purchase: Purchase | int) -> Purchase:
    """Return the purchase (given itself or its primary key) as it is now, locked until the transaction around this ends."""
    pk = purchase if isinstance(purchase, int) else purchase.pk
    with transaction.atomic(savepoint=False):
        return Purchase.objects.select_for_update().get(pk=pk)


def own(purchase: Purchase, actor: User, *states: PurchaseState) -> Purchase:
    """Return the purchase locked, if it is the actor's and in one of `states` (any, when none is named).

    Raises PermissionDenied, HeldByOther, NotPossible.
    """
    permit(actor)
    fresh = locked(purchase)
    if fresh.owner_id != actor.pk:
        raise HeldByOther(fresh)
    if states and fresh.state not in states:
        raise NotPossible(not_now(fresh))
    return fresh


def not_now(purchase: Purchase) -> str:
    """Say what the purchase is doing instead of what was asked of it."""
    return _NOT_NOW[PurchaseState(purchase.state)]


def lane(connection: Connection) -> str:
    """Name what one call at a time may touch: the account's cart and its money."""
    return f"cart {connection.pk}"


def about(purchase: Purchase) -> str:
    """Name a purchase for its intents."""
    return f"purchase {purchase.pk}"


def intents_of(purchase: Purchase) -> list[Intent]:
    """Return the purchase's intents that are not settled, oldest first."""
    return list(Intent.objects.filter(about=about(purchase), state__in=OPEN).order_by("pk"))


def jobs_of(purchase: Purchase) -> list[Job]:
    """Return the purchase's jobs that have not ended, oldest first."""
    rows = Job.objects.filter(connection=purchase.connection_id, kind__startswith="numbers.").exclude(state__in=FINAL)
    return [job for job in rows.order_by("pk") if job.params.get("purchase") == purchase.pk]


_NOT_NOW = {
    PurchaseState.FILLING: "There is no order yet. Make the order first.",
    PurchaseState.ORDERING: "The order is being made right now. Wait until the carrier has answered.",
    PurchaseState.ORDERED: "The order is made already. Pay it, or give the purchase up and start another.",
    PurchaseState.PAYING: "The order is being paid right now. Nothing else can be done until it is known how that went.",
    PurchaseState.PAID: "This purchase is paid and finished.",
    PurchaseState.NEEDS_PERSON: "Something is not certain here. Answer that first.",
    PurchaseState.ABANDONING: "This purchase is being given up: its numbers are being released.",
    PurchaseState.ABANDONED: "This purchase was given up.",
}
