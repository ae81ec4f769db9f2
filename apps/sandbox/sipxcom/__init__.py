"""A stateful stand-in for a sipXcom with its configuration server's REST interfaces, over HTTP."""

from .app import SipxcomSandbox

__all__ = ["SipxcomSandbox"]
