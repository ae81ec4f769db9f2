"""What the resources of /rest share: replies in XML or JSON, the envelope round changes, pages and sorting."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from apps.sandbox.core import Reply

from .routes import Context, failed
from .system import Row
from .trees import JSON, XML, Listed, plain, xml

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
MISSING, INVALID, NO_ID, EXISTS = "ERROR_OBJECT_NOT_FOUND", "ERROR_ID_INVALID", "ERROR_MISSING_ID", "ERROR_REFERENCE_EXISTS"
_MESSAGES = {
    "SUCCESS_CREATED": (201, "Created"),
    "SUCCESS_UPDATED": (200, "Updated"),
    "SUCCESS_DELETED": (200, "Deleted"),
    INVALID: (400, "ID value is invalid"),
    MISSING: (400, "Could not retrieve object using ID"),
    NO_ID: (400, "ID value missing from request"),
    "ERROR_VALIDATION_FAILED": (400, "Failed input validation"),
    "ERROR_READ_FAILED": (500, "Read failed"),
    "ERROR_CREATE_FAILED": (500, "Create failed"),
    "ERROR_UPDATE_FAILED": (500, "Update failed"),
    "ERROR_DELETE_FAILED": (500, "Delete failed"),
    EXISTS: (500, "Reference already exists"),
}


class Enveloped(Exception):
    """A refusal inside the envelope."""

    def __init__(self, code: str, **data: Any) -> None:
        self.reply = envelope(code, **data)
        super().__init__(code)


def envelope(code: str, **data: Any) -> Reply:
    """`<response>` with code, message, and data (`id`, `string`, `additionalMessage`); XML whatever was asked for."""
    status, message = _MESSAGES[code]
    body = xml("response", {"code": code, "message": message, "data": data or None}, head=DECLARATION)
    return Reply(body, status, XML)


def represented(ctx: Context, root: str, data: Any, *, status: int = 200) -> Reply:
    """A structure under its root, as XML or JSON by what is accepted."""
    if ctx.accepted(XML, JSON) == XML:
        return Reply(xml(root, data), status, XML)
    return Reply(json.dumps({root: plain(data, nulls=False)}, ensure_ascii=False).encode(), status, JSON)


def by_id(ctx: Context, kind: str) -> Row:
    """The row whose id stands in the path. Raises the envelope of 400: not found is never 404 here."""
    ref = ctx.path["id"]
    if not ref.isdecimal():
        raise Enveloped(INVALID, id=ref)
    row = ctx.system.get(kind, ref)
    if row is None:
        raise Enveloped(MISSING, id=int(ref))
    return row


def listed(
    ctx: Context, root: str, plural: str, item: str, rows: Sequence[Row], shown: Callable[[Row], Row], fields: Sequence[str]
) -> Reply:
    """A list with its metadata: sorted by one of `fields` and cut into pages as the query asks."""
    ordered = _ordered(ctx, rows, fields)
    first, last, metadata = _page(ctx, len(ordered))
    data = {"metadata": metadata, plural: Listed(item, [shown(row) for row in ordered[first:last]])}
    return represented(ctx, root, data)


def _ordered(ctx: Context, rows: Sequence[Row], fields: Sequence[str]) -> list[Row]:
    """Only when both parameters came, and only by a known field."""
    by, direction = ctx.query.get("sortby", "").lower(), ctx.query.get("sortdir")
    name = next((field for field in fields if field.lower() == by), "")
    if not name or not direction:
        return list(rows)
    return sorted(rows, key=lambda row: str(_value(row, name)).lower(), reverse=direction == "reverse")


def _value(row: Row, name: str) -> Any:
    return (row.get(name) if name in row else row.get("address", {}).get(name)) or ""


def _page(ctx: Context, total: int) -> tuple[int, int, Row]:
    """First row, end, metadata. A page past the end is the last one."""
    page, size = (int(value) if (value := ctx.query.get(name, "")).isdecimal() else 0 for name in ("page", "pagesize"))
    if page < 1 or size < 1:
        return 0, total, {"totalResults": total, "currentPage": 1, "totalPages": 1, "resultsPerPage": total}
    if not total and size == 1:
        raise failed("java.lang.IndexOutOfBoundsException", "Index: 0, Size: 0")
    pages = max(1, -(-total // size))
    page = min(page, pages)
    told = pages + 1 if ctx.faults("one_page_more") else pages
    metadata = {"totalResults": total, "currentPage": page, "totalPages": told, "resultsPerPage": size}
    return (page - 1) * size, page * size, metadata


def no_content() -> Reply:
    return Reply(b"", 204, XML)


def done() -> Reply:
    """200 with nothing in it, as the changes under /my answer."""
    return Reply(b"", 200, "text/plain")
