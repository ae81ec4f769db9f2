"""MiRTA PBX (`proxyapi.php`), as its own help text and the field notes have it."""

from .app import MirtaSandbox

__all__ = ["MirtaSandbox"]
