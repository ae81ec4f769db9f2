"""What stands behind the links: call records, invoices, port papers, trunk settings."""

import mimetypes
from collections.abc import Mapping

from werkzeug.utils import secure_filename

from apps.sandbox.core import Reply
from apps.sandbox.core.replies import HTML

from . import billing, records, trunks
from .calls import Context

PATHS = (
    "/uploads/cdrs/<name>",
    "/uploads/portin/<name>",
    "/downloads/invoices/<name>",
    "/ajax/settings_pdf/<ip>",
)


def find(contexts: list[Context], path: Mapping[str, str]) -> Reply:
    """The file of that name in any of the accounts; 404 with a page when there is none."""
    if "ip" in path:
        known = {trunk.ip for ctx in contexts for trunk in ctx.account.terminations.values()}
        return trunks.settings_pdf(path["ip"]) if path["ip"] in known else _missing()
    for ctx in contexts:
        reply = records.file(ctx, path["name"]) or billing.invoice(ctx, path["name"])
        if reply:
            return reply
    return _paper(contexts[0], path["name"]) or _missing()


def _paper(ctx: Context, name: str) -> Reply | None:
    """An uploaded port paper; `secure_filename` keeps the look-up inside the folder."""
    path = ctx.carrier.uploads / secure_filename(name)
    if path.name != name or not path.is_file():
        return None
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Reply(path.read_bytes(), content_type=kind)


def _missing() -> Reply:
    return Reply(b"<html><body><h1>Not Found</h1></body></html>", 404, HTML)
