"""The US wholesale carrier, as its document and the field notes have it."""

from .app import CarrierSandbox
from .stock import Exchange

__all__ = ["CarrierSandbox", "Exchange"]
