"""Following ports: the list of orders, one order with its timeline, and what people record of it."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.connections.services import describe_error
from apps.numbers.models import PortOrder
from apps.numbers.porting import loa as letter
from apps.numbers.porting import selectors, services
from apps.numbers.porting.access import audit
from apps.numbers.porting.filters import PortFilter
from apps.numbers.porting.forms import RejectForm
from apps.numbers.porting.papers import TYPES
from apps.numbers.porting.wizard import order_or_404
from apps.ui.lists import Empty, Tab, build_list, list_response
from apps.vendors.core.errors import VendorError

SOMEBODY = "the new provider"


@requires("numbers.port.view")
@require_GET
def port_list(request: PersonRequest) -> HttpResponse:
    """Show the port orders, filtered and in pages."""
    may_port = request.user.may("numbers.port")
    listing = build_list(
        request,
        selectors.orders(request.user),
        table="numbers/porting/_table.html",
        noun="port order",
        filterset=PortFilter,
        order=("-created_at", "-pk"),
        tabs=_tabs(may_port),
        empty=_empty(may_port),
    )
    for order in listing.rows:
        order.told = [one for one in selectors.alerts(order) if one.public or not request.user.sees_as_tenant]
        order.days = selectors.days_in_state(order)
    context = {
        "may_port": may_port,
        "may_tenants": request.user.may("tenants.view"),
        "unfinished": selectors.unfinished(request.user),
    }
    return list_response(request, "numbers/porting/list.html", listing, context)


@requires("numbers.port.view")
@require_GET
def order_page(request: PersonRequest, port_order: UUID) -> HttpResponse:
    """One order: where it stands, its numbers, what happened and what happens next."""
    return _page(request, order_or_404(request, port_order))


@requires("numbers.port.view")
@require_GET
def loa(request: PersonRequest, port_order: UUID) -> HttpResponse:
    """The letter of authorisation, made from the order's details."""
    order = order_or_404(request, port_order)
    if order.described_at is None:
        messages.warning(request, "The letter is made from the order's details. Fill them in first.")
        return redirect(order)
    listed = order.numbers.values_list("number", flat=True)
    content = letter.make(order, listed, settings.COMPANY_NAME or SOMEBODY)
    audit("loa_made", order.request, request.user, order=order, params={"numbers": len(listed)})
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="loa-{order.label}.pdf"'
    return response


@requires("numbers.port.view")
@require_GET
def paper(request: PersonRequest, port_order: UUID, paper: int) -> HttpResponse:
    """An uploaded paper, to be saved: never shown by the browser inside the portal."""
    order = order_or_404(request, port_order)
    found = get_object_or_404(order.papers.all(), pk=paper)
    audit("paper_read", order.request, request.user, order=order, params={"name": found.name, "sha256": found.digest})
    response = HttpResponse(bytes(found.content), content_type=TYPES[found.ending])
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


@requires("numbers.port.view")
@require_POST
def act(request: PersonRequest, port_order: UUID, port_act: str) -> HttpResponse:
    """Carry out one of the acts on an order, and come back with what became of it."""
    order = order_or_404(request, port_order)
    try:
        perform = _ACTS[port_act]
    except KeyError:
        raise Http404 from None
    try:
        answer = perform(request, order)
    except services.NotPossible as refusal:
        messages.warning(request, refusal.message)
    except VendorError as error:
        problem = describe_error(error, order.request.connection)
        messages.error(request, f"{problem['title']}. {problem['words'] or problem['happened']} {problem['effect']}")
    else:
        if isinstance(answer, HttpResponse):
            return answer
        if answer:
            messages.success(request, answer)
    return redirect(order)


def _page(request: PersonRequest, order: PortOrder, reject_form: RejectForm | None = None) -> HttpResponse:
    context = selectors.order_context(order, request.user)
    if context["may_port"] and context["with_carrier"]:
        context["reject_form"] = reject_form or RejectForm(numbers=_open(order))
    status = 422 if reject_form is not None else 200
    return render(request, "numbers/porting/order.html", context, status=status)


def _open(order: PortOrder) -> list[str]:
    return [row.number for row in order.numbers.all() if row.state in selectors.WITH_CARRIER]


def _tabs(may_port: bool) -> list[Tab]:
    tabs = [
        Tab("All"),
        Tab("Drafts", "state=draft"),
        Tab("Submitted", "state=submitted"),
        Tab("Date confirmed", "state=scheduled"),
        Tab("Needs correction", "state=rejected"),
        Tab("Complete", "state=done"),
    ]
    return [tabs[0], Tab("Needs you", "attention=1"), *tabs[1:]] if may_port else tabs


def _empty(may_port: bool) -> Empty:
    title = "No ports yet"
    if not may_port:
        return Empty(title, "When numbers move here from another provider, you see how it goes.", icon="transfer-in")
    text = "Numbers that customers have with another provider move here. Paste them, and see which can come."
    return Empty(title, text, "Port numbers in", reverse("numbers:port_new"), "transfer-in")


# --- the acts -------------------------------------------------------------------------------------------------


def _reject(request: PersonRequest, order: PortOrder) -> HttpResponse | str:
    form = RejectForm(request.POST, numbers=_open(order))
    if not request.user.may("numbers.port") or form.is_valid():
        reason, note = request.POST.get("reason", ""), request.POST.get("note", "")
        services.reject(order, request.user, reason, note.strip(), request.POST.getlist("numbers"))
        return "Recorded. The customer sees what to do."
    return _page(request, order, form)


def _correct(request: PersonRequest, order: PortOrder) -> HttpResponse:
    draft = services.correct(order, request.user)
    try:
        services.check(draft.request, request.user, set(draft.numbers.values_list("pk", flat=True)))
    except VendorError as error:
        problem = describe_error(error, draft.request.connection, doing="check the numbers again")
        messages.warning(request, f"{problem['title']}. They are checked before the order is sent.")
    return redirect("numbers:port_details", draft.public_id)


def _discard(request: PersonRequest, order: PortOrder) -> HttpResponse:
    services.discard_order(order, request.user)
    messages.success(request, f"{order.label} was discarded.")
    return redirect("numbers:port_list")


def _look(request: PersonRequest, order: PortOrder) -> str:
    return "Something changed: see the timeline." if services.look(order, request.user) else "Nothing has changed."


def _tick(request: PersonRequest, order: PortOrder) -> HttpResponse:
    services.tick(order, request.user, request.POST.get("step", ""), request.POST.get("done") == "1")
    return redirect(f"{order.get_absolute_url()}#checklist")


def _not_ordered(request: PersonRequest, order: PortOrder) -> str:
    services.say_not_ordered(order, request.user)
    return "It counts as not ordered, and is a draft again."


def _noted(service: Callable[[PortOrder, User, str], object], answer: str) -> Callable[[PersonRequest, PortOrder], str]:
    def perform(request: PersonRequest, order: PortOrder) -> str:
        service(order, request.user, request.POST.get("note", "").strip())
        return answer

    return perform


_ACTS: dict[str, Callable[[PersonRequest, PortOrder], HttpResponse | str]] = {
    "reject": _reject,
    "correct": _correct,
    "discard": _discard,
    "look": _look,
    "tick": _tick,
    "cancelled": _noted(services.cancel, "Recorded as cancelled."),
    "seen": _noted(services.acknowledge, "Noted."),
    "note": _noted(services.remark, "Noted."),
    "check": lambda request, order: services.check_again(order, request.user),
    "not-ordered": _not_ordered,
}
