"""What is stored of numbers: the inventory as last seen, and what was bought."""

from apps.numbers.models.emergency import (
    SAID,
    EmergencyOverride,
    EmergencyRead,
    EmergencySnapshot,
    EmergencySubject,
    Verdict,
)
from apps.numbers.models.number import LISTED, PRESENT, InventoryRead, Number, NumberChange, Side, Sighting
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
    "LISTED",
    "PRESENT",
    "SAID",
    "TO_DECIDE",
    "CartNumber",
    "CartState",
    "EmergencyOverride",
    "EmergencyRead",
    "EmergencySnapshot",
    "EmergencySubject",
    "InventoryRead",
    "Number",
    "NumberChange",
    "Purchase",
    "PurchaseState",
    "Question",
    "Side",
    "Sighting",
    "StockLook",
    "Verdict",
]
