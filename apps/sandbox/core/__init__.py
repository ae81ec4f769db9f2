"""What every sandbox vendor shares: the HTTP server, faults, kept state, the request log and the control pages."""

from .faults import Fault, Faults
from .replies import Reply
from .sandbox import Call, Sandbox

__all__ = ["Call", "Fault", "Faults", "Reply", "Sandbox"]
