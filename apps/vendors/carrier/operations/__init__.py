"""The carrier's documented operations, area by area as its document has them."""

from apps.vendors.carrier.operations import billing, numbers, orders, porting, reports, trunks
from apps.vendors.core.operation import by_name

operations = by_name(
    "carrier",
    [
        *numbers.OPERATIONS,
        *trunks.OPERATIONS,
        *orders.OPERATIONS,
        *porting.OPERATIONS,
        *reports.OPERATIONS,
        *billing.OPERATIONS,
    ],
)
