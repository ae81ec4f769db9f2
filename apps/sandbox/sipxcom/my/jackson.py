"""The routes under /my that speak JSON only: answered as text in Latin-1, read in part, unknown names passed over."""

import json
from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import done
from apps.sandbox.sipxcom.routes import Context, failed
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import JSON

__all__ = ["answered", "done", "flag", "sent"]


def answered(ctx: Context, data: Any) -> Reply:
    """JSON that is called plain text; what Latin-1 has no sign for becomes a question mark."""
    ctx.accepted(JSON)
    return Reply(json.dumps(data, ensure_ascii=False).encode("latin-1", "replace"), 200, "text/plain;charset=ISO-8859-1")


def sent(ctx: Context) -> Row:
    """The object that was sent. Fails on what is not JSON."""
    try:
        data = json.loads(ctx.text)
    except ValueError as error:
        raise failed("org.codehaus.jackson.JsonParseException", f"{error}\n at [Source: line: 1]") from None
    if not isinstance(data, dict):
        raise failed("org.codehaus.jackson.map.JsonMappingException", "Can not deserialize instance out of this token")
    return data


def flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"
