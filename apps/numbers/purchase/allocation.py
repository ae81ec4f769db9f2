"""After the payment: the numbers the carrier shows as the account's, taken into the inventory."""

from django.db import transaction

from apps.accounts.models import User
from apps.numbers.models import CartState, Purchase
from apps.numbers.purchase import rows
from apps.numbers.services.inventory import absorb
from apps.vendors.core.client import Client
from apps.vendors.core.numbers import NumberInventory


def read_back(purchase: Purchase, client: Client, actor: User | None) -> int:
    """Read the order's numbers from the account's list, take them in, and return how many are not there yet.

    Raises VendorError. May be called as often as one likes.
    """
    if not client.supports(NumberInventory):
        return 0
    owned = client.capability(NumberInventory).list(order_id=purchase.order_id)
    ours = set(rows.numbers_in(purchase, CartState.ORDERED, CartState.ALLOCATED))
    found = [row for row in owned if row.number in ours]
    absorb(purchase.connection, found, order_id=purchase.order_id, trunk_group_id=purchase.trunk_group_id, actor=actor)
    with transaction.atomic():
        rows.mark(purchase, [row.number for row in found], CartState.ALLOCATED, among=[CartState.ORDERED])
    return len(ours) - len(found)
