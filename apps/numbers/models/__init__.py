"""What is stored of numbers: the inventory as last seen, and what was bought."""

from apps.numbers.models.marks import Note, SavedView, Tag, Tagged
from apps.numbers.models.number import (
    LISTED,
    PRESENT,
    InventoryRead,
    Number,
    NumberChange,
    Side,
    Sighting,
    cooling,
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
    "LISTED",
    "PRESENT",
    "TO_DECIDE",
    "CartNumber",
    "CartState",
    "InventoryRead",
    "Note",
    "Number",
    "NumberChange",
    "Purchase",
    "PurchaseState",
    "Question",
    "SavedView",
    "Side",
    "Sighting",
    "StockLook",
    "Tag",
    "Tagged",
    "cooling",
]
