"""What is stored of numbers: the inventory as last seen, what was bought, and what is ported in."""

from apps.numbers.models.number import PRESENT, InventoryRead, Number, NumberChange, Sighting
from apps.numbers.models.porting import (
    PortEvent,
    PortNumber,
    PortOrder,
    PortPaper,
    PortRequest,
    PortState,
    PortTick,
)
from apps.numbers.models.purchase import (
    FINISHED,
    HELD,
    IN_CART,
    TO_DECIDE,
    CartNumber,
    CartState,
    Purchase,
    PurchaseState,
    Question,
    StockLook,
)

__all__ = [
    "FINISHED",
    "HELD",
    "IN_CART",
    "PRESENT",
    "TO_DECIDE",
    "CartNumber",
    "CartState",
    "InventoryRead",
    "Number",
    "NumberChange",
    "PortEvent",
    "PortNumber",
    "PortOrder",
    "PortPaper",
    "PortRequest",
    "PortState",
    "PortTick",
    "Purchase",
    "PurchaseState",
    "Question",
    "Sighting",
    "StockLook",
]
