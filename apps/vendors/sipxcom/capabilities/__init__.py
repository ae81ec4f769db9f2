"""sipXcom behind the neutral doors: our values in, the documented operations out, typed results back."""

from typing import Any

CAPABILITIES: dict[type, Any] = {}
