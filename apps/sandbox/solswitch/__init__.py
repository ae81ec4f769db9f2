"""Sunwire SolSwitch, as its document and the field notes have it."""

from .app import SolSwitchSandbox

__all__ = ["SolSwitchSandbox"]
