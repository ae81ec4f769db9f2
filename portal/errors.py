"""Error pages in the frame. Each says what happened, whether it took effect, and what to do."""

from dataclasses import dataclass
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html

from apps.ui.http import wants_fragment

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Fault:
    """What an error page says."""

    status: int
    title: str
    happened: str
    effect: str
    next_step: str


BAD_REQUEST = Fault(
    400,
    "This request cannot be read",
    "Something in the address or in what was sent is not what this page expects.",
    "Nothing was changed.",
    "Go back and try again from the page itself.",
)
FORBIDDEN = Fault(
    403,
    "Your role does not cover this",
    "This page or action needs a permission that your role does not hold.",
    "Nothing was changed.",
    "Ask an administrator if you need it.",
)
CSRF = Fault(
    403,
    "This form has expired",
    "The form was opened before you signed in, in another browser session, or cookies are switched off.",
    "Nothing was changed.",
    "Go back, reload the page and send it again. Copy long text before you reload.",
)
NOT_FOUND = Fault(
    404,
    "There is nothing at this address",
    "The page was moved or removed, or you may not see it.",
    "Nothing was changed.",
    "Search for what you were looking for, or start from the home page.",
)
BROKEN = Fault(
    500,
    "The portal failed while answering",
    "A fault in the portal itself stopped this page; it is in the log under the reference below.",
    "We do not know: look at the list, at Jobs or at the audit before you repeat it.",
    "Reload the page. If it fails again, tell your administrator the reference.",
)


def reference() -> str:
    """Return the request ID that the log, the audit and the vendor calls of this request carry."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def answer(request: HttpRequest, fault: Fault) -> HttpResponse:
    """Answer with the error page, or with one sentence that the page shows as a toast when htmx asked."""
    changing = request.method not in {"GET", "HEAD"}
    context = {"fault": fault, "reference": reference(), "changing": changing}
    if wants_fragment(request):
        sentences = [f"{fault.title}.", fault.effect if changing else "", fault.next_step]
        if fault.status == 500:
            sentences.append(f"Reference: {context['reference']}")
        text = " ".join(sentence for sentence in sentences if sentence)
        return HttpResponse(text, status=fault.status, content_type="text/plain; charset=utf-8")
    if fault.status == 500 or not getattr(request, "user", None):
        return HttpResponse(_bare(context, fault), status=fault.status)
    return render(request, "error.html", context, status=fault.status)


def _bare(context: dict[str, Any], fault: Fault) -> str:
    """Draw the page without the request's context, which would ask the database; that may be what is broken."""
    try:
        return render_to_string("500.html", context)
    except Exception:
        log.exception("error_page_failed")
        return format_html("<h1>{}</h1><p>{} {}</p><p>{}</p>", fault.title, fault.effect, fault.next_step, context["reference"])
