"""What can be done with numbers; the door for the portal and for other apps."""

from apps.numbers.services.frame import attention, home_panels, search
from apps.numbers.services.inventory import Synced, absorb, sync

__all__ = ["Synced", "absorb", "attention", "home_panels", "search", "sync"]
