"""What is stored of numbers: the inventory as last seen, and what was bought."""

from apps.numbers.models.importing import ImportPlan, ImportRow, ImportRun, ImportState, RowState
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
    "TO_DECIDE",
    "CartNumber",
    "CartState",
    "ImportPlan",
    "ImportRow",
    "ImportRun",
    "ImportState",
    "InventoryRead",
    "Number",
    "NumberChange",
    "Purchase",
    "PurchaseState",
    "Question",
    "RowState",
    "Side",
    "Sighting",
    "StockLook",
]
