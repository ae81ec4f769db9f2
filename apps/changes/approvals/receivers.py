"""The way around: what wants a second person is not sent from the operation console or the command line either."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.dispatch import receiver

from apps.accounts.models import User
from apps.audit.services import record
from apps.changes.approvals.policy import CURRENCY, current, over_limit
from apps.changes.registry import Touch, kinds
from apps.connections.models import Connection
from apps.connections.signals import about_to_send
from apps.vendors.core.client import Exchange
from apps.vendors.core.errors import Withheld
from apps.vendors.core.operation import Effect

# Their services have asked already (`approvals.clear`).
_ASKED = frozenset({"intent", "plan"})


@receiver(about_to_send, dispatch_uid="changes.withhold")
def withhold(connection: Connection, exchange: Exchange, actor: User | None, **_: Any) -> None:
    """Stop a call that a rule is about, unless it comes from a plan or an intent."""
    if exchange.confirmation and exchange.confirmation.kind in _ASKED:
        return
    why = _why(exchange)
    if not why:
        return
    record(
        "approval.withheld",
        actor=actor,
        actor_label="" if actor else "command line",
        connection_id=connection.pk,
        connection_name=connection.name,
        operation=exchange.operation,
        effect=exchange.effect.value,
        params=exchange.params,
        outcome="refused",
        error=why,
        sent="no",
    )
    raise Withheld(f"{why} It wants a second person. Nothing was sent.", vendor=exchange.vendor, operation=exchange.operation)


def _why(exchange: Exchange) -> str:
    policy = current()
    if exchange.effect is Effect.PURCHASE and (why := over_limit(policy, _amount(exchange), CURRENCY)):
        return why
    touched = {touch for kind in kinds.values() if kind.operation == exchange.operation for touch in kind.touches}
    if policy.cancellation and Touch.CANCELLATION in touched:
        return "This cancels numbers."
    if policy.emergency and Touch.EMERGENCY in touched:
        return "This changes what 911 is told."
    return ""


def _amount(exchange: Exchange) -> Decimal | None:
    try:
        amount = Decimal(str(exchange.params["amount"]))
    except (KeyError, InvalidOperation):
        return None
    return abs(amount) if amount.is_finite() else None
