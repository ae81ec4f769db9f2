"""The stages of preparing a port, each valid by itself and stored when it is left."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Tenant
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.connections.services import client_for, describe_error
from apps.numbers.models import PortNumber, PortOrder, PortRequest, PortState
from apps.numbers.porting import selectors, services
from apps.numbers.porting.forms import AddForm, DetailsForm, PapersForm, RequestForm, StartForm
from apps.numbers.porting.parsing import Reading
from apps.numbers.porting.reasons import REASONS
from apps.ui.formatting import money
from apps.vendors.core.billing import Billing
from apps.vendors.core.errors import VendorError


@requires("numbers.port")
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """The first stage: the numbers, for whom, and through which carrier."""
    carriers = selectors.carriers(request.user)
    initial = {"told": request.user.email, "connection": carriers[0].name if carriers else ""}
    if request.user.chosen_tenant:
        initial["tenant"] = request.user.chosen_tenant.key
    form = StartForm(request.POST or None, initial=initial, carriers=carriers, tenants=_tenants(request))
    if request.method == "POST" and form.is_valid():
        reading: Reading = form.cleaned_data["numbers"]
        data = form.cleaned_data
        port = services.start(
            request.user,
            data["connection"],
            reading.found,
            reference=data["reference"],
            tenant=data["tenant"],
            told=data["told"],
        )
        _tell_repeated(request, reading)
        _check(request, port)
        return redirect("numbers:port_numbers", port.public_id)
    context = {"form": form, "carriers": carriers, "stages": selectors.stages([(title, "") for title in selectors.TITLES], 0)}
    return render(request, "numbers/porting/new.html", context, status=422 if form.is_bound else 200)


@requires("numbers.port.view")
def request_page(request: PersonRequest, port_request: UUID) -> HttpResponse:
    """Lead to where a request stands: its wizard, its only order, or the list of its orders."""
    port = request_or_404(request, port_request)
    orders = list(port.orders.only("public_id", "state", "position"))
    if request.user.may("numbers.port") and (not orders or all(order.is_draft for order in orders)):
        return redirect("numbers:port_numbers", port.public_id)
    if len(orders) == 1:
        return redirect("numbers:port_order", orders[0].public_id)
    return redirect(f"{reverse('numbers:port_list')}?text={port.reference}")


@requires("numbers.port")
@require_http_methods(["GET", "POST"])
def numbers(request: PersonRequest, port_request: UUID) -> HttpResponse:
    """Which numbers can come and which cannot; the latter are kept, removed or checked again."""
    port = request_or_404(request, port_request)
    about = RequestForm(
        request.POST if request.POST.get("act") == "save" else None,
        initial={
            "connection": port.connection.name,
            "tenant": port.tenant.key if port.tenant else "",
            "reference": port.reference,
            "told": port.told,
        },
        carriers=[port.connection],
        tenants=_tenants(request),
    )
    more = AddForm(request.POST if request.POST.get("act") == "add" else None)
    if request.method == "POST":
        answer = _on_numbers(request, port, about, more)
        if answer is not None:
            return answer
    rows = list(port.numbers.select_related("order").filter(state=PortState.DRAFT).order_by("number"))
    context = {
        "port": port,
        "about": about,
        "more": more,
        "accepted": [row for row in rows if row.portable],
        "rejected": [row for row in rows if row.portable is False],
        "open": [row for row in rows if row.portable is None],
        "stages": selectors.wizard(port, 0),
    }
    return render(request, "numbers/porting/numbers.html", context, status=422 if about.is_bound or more.is_bound else 200)


@requires("numbers.port")
@require_http_methods(["GET", "POST"])
def grouping(request: PersonRequest, port_request: UUID) -> HttpResponse:
    """Which numbers go into one order: one losing carrier, account and address; toll-free apart."""
    port = request_or_404(request, port_request)
    drafts = selectors.drafts(port)
    if request.method == "POST":
        if request.POST.get("act") != "move":
            return redirect(_first_open(drafts) or reverse("numbers:port_review", args=[port.public_id]))
        to = next((order for order in drafts if str(order.public_id) == request.POST.get("to")), None)
        try:
            target = services.move(port, request.user, _chosen(request), to)
            messages.success(request, f"They are in {target.label} now.")
        except services.NotPossible as refusal:
            messages.warning(request, refusal.message)
        return redirect("numbers:port_grouping", port.public_id)
    by_order = _numbers_of(port)
    groups = [(order, by_order.get(order.pk, [])) for order in drafts if order.predecessor_id is None]
    context = {"port": port, "groups": groups, "stages": selectors.wizard(port, 1)}
    return render(request, "numbers/porting/grouping.html", context)


@requires("numbers.port.view")
@require_http_methods(["GET", "POST"])
def details(request: PersonRequest, port_order: UUID) -> HttpResponse:
    """What the losing carrier compares: account, names, address; and the date asked for."""
    order = _draft(request, port_order)
    held = list(order.numbers.values_list("number", flat=True))
    form = DetailsForm(
        request.POST or None, initial=_initial(order), order=order, numbers=held, stored=services.has_secrets(order)
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(order, request.user, form.values, form.secrets)
        except services.NotPossible as refusal:
            messages.warning(request, refusal.message)
            return redirect(order)
        mine = [one for one in selectors.drafts(order.request) if selectors.editable(one, request.user)]
        following = next((one for one in mine if one.described_at is None), None)
        if following is not None:
            return redirect("numbers:port_details", following.public_id)
        return redirect("numbers:port_papers", next((one for one in mine if _lacks_papers(one)), order).public_id)
    context = {
        **_stage(order, 2),
        "form": form,
        "count": len(held),
        "asked": _asked(order),
    }
    return render(request, "numbers/porting/details.html", context, status=422 if form.is_bound else 200)


@requires("numbers.port.view")
@require_http_methods(["GET", "POST"])
def papers(request: PersonRequest, port_order: UUID) -> HttpResponse:
    """The signed LOA and the bill, judged by their content."""
    order = _draft(request, port_order)
    form = PapersForm(request.POST or None, request.FILES or None, order=order)
    if request.method == "POST":
        if "remove" in request.POST:
            services.remove_paper(order, request.user, _whole(request.POST["remove"]))
            return redirect("numbers:port_papers", order.public_id)
        if form.is_valid() and _keep_papers(request, order, form):
            if request.POST.get("act") == "add":
                return redirect("numbers:port_papers", order.public_id)
            drafts = selectors.drafts(order.request)
            lacking = next((one for one in drafts if selectors.editable(one, request.user) and _lacks_papers(one)), None)
            if lacking is not None and lacking.pk != order.pk:
                return redirect("numbers:port_papers", lacking.public_id)
            return redirect("numbers:port_review", order.request.public_id)
    context = {**_stage(order, 3), "form": form, "papers": list(order.papers.defer("content"))}
    return render(request, "numbers/porting/papers.html", context, status=422 if form.is_bound and form.errors else 200)


@requires("numbers.port.view")
@require_http_methods(["GET", "POST"])
@fresh_required(when=lambda request, **_: request.method == "POST" and request.user.may("numbers.port"))
def review(request: PersonRequest, port_request: UUID) -> HttpResponse:
    """The plan of it all: what will be ordered, what still stands in the way; then the one button."""
    port = request_or_404(request, port_request)
    drafts = [order for order in selectors.drafts(port) if selectors.editable(order, request.user)]
    if not drafts and request.method == "GET":
        return redirect("numbers:port_list")
    if request.method == "POST":
        return _submitted(request, port, drafts)
    by_order = _numbers_of(port)
    lines: list[dict[str, Any]] = []
    for order in drafts:
        stopped = services.obstacles(order)
        if not request.user.may("numbers.port"):
            stopped = [one for one in stopped if not one.ours]
        lines.append({"order": order, "numbers": by_order.get(order.pk, []), "obstacles": stopped, "ready": not stopped})
    ready = [line["order"] for line in lines if line["ready"]]
    total = sum(order.count for order in ready)
    context = {
        "port": port,
        "lines": lines,
        "shown": [(order.public_id, services.fingerprint(order)) for order in ready],
        "balance": _balance(request, port) if ready and request.user.may("numbers.port") else None,
        "button": f"Order the port of {_counted(total)} in {len(ready)} order{'' if len(ready) == 1 else 's'}",
        "may_port": request.user.may("numbers.port"),
        "stages": selectors.wizard(port, 4, drafts[0] if drafts[0].predecessor_id else None),
    }
    return render(request, "numbers/porting/review.html", context)


@requires("numbers.port")
@require_POST
def discard(request: PersonRequest, port_request: UUID) -> HttpResponse:
    """Delete a request of which nothing was ordered."""
    port = request_or_404(request, port_request)
    try:
        services.discard(port, request.user)
    except services.NotPossible as refusal:
        messages.warning(request, refusal.message)
        return redirect(port)
    messages.success(request, f"{port.reference} was discarded.")
    return redirect("numbers:port_list")


# --- what the stages share ------------------------------------------------------------------------------------


def request_or_404(request: PersonRequest, public_id: UUID) -> PortRequest:
    """Return a request the person may see."""
    rows = PortRequest.objects.visible_to(request.user).select_related("connection", "tenant", "created_by")
    return get_object_or_404(rows, public_id=public_id)


def order_or_404(request: PersonRequest, public_id: UUID) -> PortOrder:
    """Return an order the person may see."""
    rows = PortOrder.objects.visible_to(request.user).select_related(
        "request__connection", "request__tenant", "predecessor__request", "job", "intent__connection", "created_by"
    )
    order = get_object_or_404(rows, public_id=public_id)
    if order.state == PortState.ORDERING:
        services.tend(order)
        order = rows.get(pk=order.pk)
    return order


def _draft(request: PersonRequest, public_id: UUID) -> PortOrder:
    order = order_or_404(request, public_id)
    if not selectors.editable(order, request.user):
        raise PermissionDenied("numbers.port")
    return order


def _tenants(request: PersonRequest) -> Any:
    return Tenant.objects.visible_to(request.user).filter(active=True)


def _check(request: PersonRequest, port: PortRequest, among: set[int] | None = None) -> None:
    try:
        services.check(port, request.user, among)
    except VendorError as error:
        problem = describe_error(error, port.connection, doing="check which numbers can be ported")
        messages.error(request, f"{problem['title']}. {problem['happened']} {problem['next_step']}")


def _on_numbers(request: PersonRequest, port: PortRequest, about: RequestForm, more: AddForm) -> HttpResponse | None:
    """Do what was asked on the numbers' page; None shows it again with what is wrong."""
    act, chosen = request.POST.get("act"), _chosen(request)
    if act == "save":
        if not about.is_valid():
            return None
        data = about.cleaned_data
        services.change(port, request.user, reference=data["reference"], tenant=data["tenant"], told=data["told"])
        messages.success(request, "Saved.")
    elif act == "add":
        if not more.is_valid():
            return None
        reading: Reading = more.cleaned_data["numbers"]
        services.add(port, request.user, reading.found)
        _tell_repeated(request, reading)
        _check(request, port, set(port.numbers.filter(portable=None).values_list("pk", flat=True)))
    elif act == "check":
        _check(request, port, set(chosen) or None)
    elif act == "remove":
        gone = services.remove(port, request.user, chosen)
        messages.success(request, f"{_counted(gone).capitalize()} removed.")
    elif act == "keep":
        services.annotate(port, request.user, chosen, request.POST.get("note", "").strip())
    elif not port.orders.filter(state=PortState.DRAFT).exists():
        messages.warning(request, "No number can be ported yet. Check them again, or add others.")
    else:
        return redirect("numbers:port_grouping", port.public_id)
    return redirect("numbers:port_numbers", port.public_id)


def _tell_repeated(request: PersonRequest, reading: Reading) -> None:
    if reading.repeated:
        messages.info(request, f"{_counted(reading.repeated).capitalize()} stood there more than once and counts once.")


def _chosen(request: PersonRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("ids") if one.isascii() and one.isdigit() and len(one) < 19]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _numbers_of(port: PortRequest) -> dict[int, list[PortNumber]]:
    found: dict[int, list[PortNumber]] = {}
    for row in port.numbers.filter(state=PortState.DRAFT, order__isnull=False).order_by("number"):
        found.setdefault(row.order_id, []).append(row)  # type: ignore[arg-type]
    return found


def _first_open(drafts: list[PortOrder]) -> str:
    first = next((order for order in drafts if order.described_at is None), None)
    return reverse("numbers:port_details", args=[first.public_id]) if first else ""


def _initial(order: PortOrder) -> dict[str, Any]:
    """What the form begins with: the order's own details, or for its first time those of the order before it."""
    source = order
    if order.described_at is None:
        before = order.request.orders.filter(described_at__isnull=False, kind=order.kind, country=order.country)
        source = before.order_by("-described_at").first() or order
    names = [name for name in DetailsForm.base_fields if not name.startswith("wireless_")]
    values = {name: getattr(source, name) for name in names}
    if source is not order:
        values |= {"losing_carrier": order.losing_carrier or source.losing_carrier, "account_number": "", "wanted_on": None}
    return {name: value for name, value in values.items() if value not in ("", None)}


def _asked(order: PortOrder) -> list[Any]:
    """What a rejection asks to correct: its reasons, for a correction."""
    if order.predecessor is None:
        return []
    keys = order.predecessor.numbers.filter(state=PortState.CORRECTED).exclude(reason="").values_list("reason", flat=True)
    return [REASONS[key] for key in dict.fromkeys(keys) if key in REASONS]


def _stage(order: PortOrder, current: int) -> dict[str, Any]:
    here = order if order.predecessor_id else None
    return {
        "order": order,
        "port": order.request,
        "drafts": selectors.drafts(order.request),
        "stages": selectors.wizard(order.request, current, here or order),
        "draft_saved_at": order.described_at,
        "cancel_url": order.get_absolute_url(),
    }


def _keep_papers(request: PersonRequest, order: PortOrder, form: PapersForm) -> bool:
    """Keep what was uploaded; files that are unfit are named at their field, the others are kept."""
    for kind, file in form.given:
        try:
            services.add_paper(order, request.user, kind, file.name, file.read())
        except services.Unfit as error:
            form.add_error(kind, str(error))
        except services.NotPossible as refusal:
            form.add_error(kind, refusal.message)
    if request.POST.get("act") == "add" or form.errors:
        return not form.errors
    return True


def _lacks_papers(order: PortOrder) -> bool:
    return order.papers.order_by().values("kind").distinct().count() < 2


def _submitted(request: PersonRequest, port: PortRequest, drafts: list[PortOrder]) -> HttpResponse:
    if not request.user.may("numbers.port"):
        return _handed_in(request, port, drafts)
    shown = dict(zip(request.POST.getlist("order"), request.POST.getlist("fingerprint"), strict=False))
    known = {str(one) for one in port.orders.values_list("public_id", flat=True)}
    try:
        job = services.submit(port, request.user, {key: value for key, value in shown.items() if key in known})
    except services.NotPossible as refusal:
        messages.warning(request, refusal.message)
    except VendorError as error:
        problem = describe_error(error, port.connection, doing="order the port")
        messages.error(request, f"{problem['title']}. {problem['effect']} {problem['next_step']}")
    else:
        return redirect(job)
    return redirect("numbers:port_review", port.public_id)


def _handed_in(request: PersonRequest, port: PortRequest, drafts: list[PortOrder]) -> HttpResponse:
    for order in drafts:
        if stopped := [one for one in services.obstacles(order) if not one.ours]:
            messages.warning(request, f"{order.label}: {stopped[0].text}")
            return redirect("numbers:port_review", port.public_id)
    for order in drafts:
        services.hand_in(order, request.user)
    messages.success(request, "Handed in. We look at it and ask the current provider again.")
    return redirect("numbers:port_list")


def _balance(request: PersonRequest, port: PortRequest) -> dict[str, str] | None:
    """What the account holds; the price of a port is known only once it is ordered."""
    try:
        client = client_for(port.connection, actor=request.user)
        entry = client.capability(Billing).balance() if client.supports(Billing) else None
    except VendorError:
        return {"text": "The balance could not be read now."}
    return {"text": f"The account holds {money(entry.balance)}."} if entry else None


def _counted(count: int) -> str:
    return "one number" if count == 1 else f"{count:,} numbers"
