"""A purchase on the screen: its cart, its order, the payment, and what a person has to answer."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.connections.models import Connection
from apps.connections.services import describe_error, enabled_connections
from apps.numbers import marks
from apps.numbers.market import selectors
from apps.numbers.market.filters import CartFilter
from apps.numbers.market.forms import OrderForm
from apps.numbers.models import HELD, TO_DECIDE, Purchase, PurchaseState
from apps.numbers.purchase import services
from apps.numbers.purchase.services import NotPossible, PaymentPreview, PurchaseView
from apps.ui.formatting import money
from apps.ui.forms import TypedConfirmation
from apps.ui.http import wants_fragment
from apps.ui.lists import BulkAction, Empty, build_list, list_response
from apps.ui.selection import Selection
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import NumberMarket, NumberOrder


@requires("numbers.search")
@require_GET
def cart_page(request: PersonRequest) -> HttpResponse:
    """Lead to the cart there is; with several, or none, list them."""
    carriers = enabled_connections(NumberMarket, user=request.user)
    carts = [cart for one in carriers if (cart := selectors.cart_of(one, request.user)).purchase is not None]
    if len(carts) == 1:
        return redirect(cast(Purchase, carts[0].purchase))
    return render(request, "numbers/market/carts.html", {"carts": carts, "carriers": carriers})


@requires("numbers.search")
@require_GET
def panel(request: PersonRequest) -> HttpResponse:
    """The cart beside the search, which asks for itself while something is at work."""
    connection = next(
        (one for one in enabled_connections(NumberMarket, user=request.user) if one.name == request.GET.get("connection")), None
    )
    if connection is None:
        raise Http404
    if not wants_fragment(request):
        return redirect(f"{reverse('numbers:search')}?connection={connection.name}")
    cart = selectors.cart_of(connection, request.user)
    response = render(request, "numbers/market/_cart.html", {"cart": cart})
    # What was reserved is no longer for sale: the search beside the cart asks anew.
    return response if cart.working else trigger_client_event(response, "cart-changed")


@requires("numbers.search")
@require_GET
def detail(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """One purchase: where it stands, its numbers, and the next step."""
    return _page(request, _purchase(request, public_id))


@requires("numbers.search")
@require_GET
def live(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Answer the poll of a purchase at work: its progress, or the whole page anew when something changed."""
    purchase = _purchase(request, public_id)
    if not wants_fragment(request):
        return redirect(purchase)
    view = services.view_of(purchase, request.user)
    if request.GET.get("stamp") != selectors.stamp(view):
        return HttpResponseClientRefresh()
    return render(request, "numbers/market/_work.html", {"view": view, "stamp": selectors.stamp(view)})


@requires("numbers.buy")
@require_POST
@fresh_required(when=lambda request, public_id, action: action == "pay")
def act(request: PersonRequest, public_id: UUID, action: str) -> HttpResponse:
    """Carry out one of the acts on a purchase, and come back with what became of it."""
    try:
        perform = _ACTS[action]
    except KeyError:
        raise Http404 from None
    purchase = _purchase(request, public_id)
    try:
        answer = perform(request, purchase)
    except NotPossible as refusal:
        messages.warning(request, refusal.message)
    except VendorError as error:
        problem = describe_error(error, purchase.connection)
        messages.error(request, f"{problem['title']}. {problem['words'] or problem['happened']} {problem['effect']}")
    else:
        if isinstance(answer, HttpResponse):
            return answer
        if answer:
            messages.success(request, answer)
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return HttpResponseRedirect(back)
    return redirect(purchase)


@requires("numbers.orders")
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The orders of a carrier's account, as it lists them now, with the purchases made here."""
    carriers = enabled_connections(NumberMarket, user=request.user)
    chosen = next((one for one in carriers if one.name == request.GET.get("connection")), carriers[0] if carriers else None)
    found: list[NumberOrder] = []
    problem, ours = None, {}
    if chosen is not None:
        found, problem = selectors.carrier_orders(chosen, request.user)
        rows = Purchase.objects.filter(connection=chosen).exclude(order_id="").select_related("owner")
        ours = {purchase.order_id: purchase for purchase in rows}
    lines = [{"order": order, "purchase": ours.get(order.order_id)} for order in found]
    context = {"carriers": carriers, "connection": chosen, "lines": lines, "problem": problem}
    return render(request, "numbers/market/orders.html", context)


# --- the page -------------------------------------------------------------------------------------------------


def _page(request: PersonRequest, purchase: Purchase, **more: Any) -> HttpResponse:
    view = services.view_of(purchase, request.user)
    held = purchase.numbers.filter(state__in=HELD).order_by().values("number")
    context = {
        "purchase": purchase,
        "view": view,
        "stamp": selectors.stamp(view),
        "stages": selectors.purchase_stages(purchase),
        "owner_line": services.owner_line(purchase),
        "resting": "" if purchase.is_finished else marks.resting_words(marks.resting(held, request.user)),
        **more,
    }
    if not wants_fragment(request):
        context = {**_next_step(request, view), **context}
    return list_response(request, "numbers/market/purchase.html", _numbers(request, view), context)


def _numbers(request: PersonRequest, view: PurchaseView) -> Any:
    purchase = view.purchase
    releases = purchase.state == PurchaseState.FILLING and "release" in view.actions
    release = BulkAction("Release", _act_url(purchase, "release"), "trash", danger=True)
    return build_list(
        request,
        purchase.numbers.all(),
        table="numbers/market/_numbers.html",
        noun="number",
        filterset=CartFilter,
        order=("number", "pk"),
        bulk=[release] if releases else [],
        empty=Empty(
            "The cart is empty",
            "Numbers you reserve are held here by the carrier until they are ordered or released.",
            "Find numbers",
            f"{reverse('numbers:search')}?connection={purchase.connection.name}",
            "shopping-cart",
        ),
    )


def _next_step(request: PersonRequest, view: PurchaseView) -> dict[str, Any]:
    """What the right side offers: the order form while the cart fills, the price and the button once it is ordered."""
    if "make_order" in view.actions:
        groups, problem = selectors.trunk_groups(view.purchase.connection, request.user)
        return {"order_form": OrderForm(trunk_groups=groups), "trunk_problem": problem}
    if "pay" in view.actions:
        try:
            preview = services.preview_payment(view.purchase, request.user)
        except NotPossible as refusal:  # it moved on between two reads; the next poll shows where to
            return {"moved_on": refusal.message}
        typed = TypedConfirmation(expected=preview.typed) if preview.typed else None
        ask_url = _act_url(view.purchase, "ask_approval")
        return {
            "preview": preview,
            "standing": preview.standing,
            "costs": services.costs_of(view.purchase),
            "confirmation": typed,
            "pay_label": _pay_label(preview),
            "ask_url": ask_url,
        }
    return {}


def _pay_label(preview: PaymentPreview) -> str:
    count = f"{preview.numbers:,} number{'' if preview.numbers == 1 else 's'}"
    price = money(preview.amount, preview.currency) if preview.amount is not None else "the price"
    return f"Pay {price} and allocate {count}"


def _purchase(request: PersonRequest, public_id: UUID) -> Purchase:
    reachable = Connection.objects.visible_to(request.user)
    rows = Purchase.objects.filter(connection__in=reachable).select_related("connection", "owner", "job")
    purchase = get_object_or_404(rows, public_id=public_id)
    return services.tend(purchase)


def _act_url(purchase: Purchase, action: str) -> str:
    return reverse("numbers:purchase_act", args=[purchase.public_id, action])


# --- the acts -------------------------------------------------------------------------------------------------


def _release(request: PersonRequest, purchase: Purchase) -> str:
    if "undecided" in request.POST:
        rows = purchase.numbers.filter(state__in=TO_DECIDE)
    else:
        rows = Selection.from_request(request).rows(purchase.numbers.filter(state__in=HELD), CartFilter)
    numbers = list(rows.values_list("number", flat=True))
    if not numbers:
        raise NotPossible("Choose numbers that are in the cart.")
    done = services.release(purchase, request.user, numbers)
    if done.job is not None:
        return done.message or "They are being released. This page shows how far it is."
    released = f"{done.removed:,} number{'' if done.removed == 1 else 's'} released." if done.removed else ""
    return f"{released} {done.message}".strip()


def _keep(request: PersonRequest, purchase: Purchase) -> str:
    count = services.keep(purchase, request.user)
    return f"{count:,} number{'' if count == 1 else 's'} counted as being in the cart."


def _leave(request: PersonRequest, purchase: Purchase) -> str:
    services.leave(purchase, request.user)
    return "Left alone. The order will show what is in the cart."


def _make_order(request: PersonRequest, purchase: Purchase) -> HttpResponse | str:
    groups, problem = selectors.trunk_groups(purchase.connection, request.user)
    form = OrderForm(request.POST, trunk_groups=groups)
    if not form.is_valid():
        response = _page(request, purchase, order_form=form, trunk_problem=problem)
        response.status_code = 422
        return response
    chosen = form.cleaned_data["trunk_group"]
    title = next(group.title for group in groups if group.trunk_group_id == chosen)
    services.make_order(purchase, request.user, chosen, title)
    return ""


def _pay(request: PersonRequest, purchase: Purchase) -> str:
    services.pay(purchase, request.user, request.POST.get("token", ""), typed=request.POST.get("typed", ""))
    return ""


def _ask_approval(request: PersonRequest, purchase: Purchase) -> str:
    services.ask_approval(purchase, request.user, request.POST.get("reason", ""))
    return "Asked. Those who can decide are told; this page shows what they say."


def _typed(service: Callable[[Purchase, User], Any]) -> Callable[[PersonRequest, Purchase], str]:
    """An answer about money wants the order's id typed."""

    def perform(request: PersonRequest, purchase: Purchase) -> str:
        if request.POST.get("typed", "").strip() != purchase.order_id:
            raise NotPossible(f"Type {purchase.order_id} exactly to answer this; nothing was changed.")
        return _said(service)(request, purchase)

    return perform


def _said(service: Callable[[Purchase, User], Any]) -> Callable[[PersonRequest, Purchase], str]:
    def perform(request: PersonRequest, purchase: Purchase) -> str:
        answer = service(purchase, request.user)
        return answer if isinstance(answer, str) else answer.message

    return perform


_ACTS: dict[str, Callable[[PersonRequest, Purchase], HttpResponse | str]] = {
    "release": _release,
    "keep": _keep,
    "leave": _leave,
    "make_order": _make_order,
    "accept_order": _said(services.accept_order),
    "refuse_order": _said(services.refuse_order),
    "check_again": _said(services.check_again),
    "ask_approval": _ask_approval,
    "pay": _pay,
    "say_paid": _typed(services.say_paid),
    "say_not_paid": _typed(services.say_not_paid),
    "abandon": _said(services.abandon),
    "take_over": _said(services.take_over),
}
