"""Search and order: what there is, the cart beside it, and the way to the order."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.connections.models import Connection
from apps.connections.services import describe_error, enabled_connections
from apps.numbers import marks
from apps.numbers.market import selectors, stock
from apps.numbers.market.forms import QuantityForm, SearchForm
from apps.numbers.purchase import services as carts
from apps.numbers.purchase.services import NotPossible
from apps.ui.formatting import phone
from apps.ui.http import page_or_fragment
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import NumberMarket, RateCentre, StockQuery

EXCHANGES_SHOWN = 24


@dataclass
class Desk:
    """What the search page needs, gathered with the carrier's faults kept in their place."""

    connection: Connection | None
    form: SearchForm
    found: stock.Stock | None = None
    problem: dict[str, Any] | None = None
    carriers: list[Connection] = field(default_factory=list)

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """The exchanges the answer is in, each with the address that narrows the search to it."""
        if self.found is None:
            return []
        return [
            {"label": f"{code[:3]}-{code[3:]}", "count": count, "url": self._narrowed(code)}
            for code, count in self.found.exchanges[:EXCHANGES_SHOWN]
        ]

    @property
    def more_exchanges(self) -> int:
        return max(0, len(self.found.exchanges) - EXCHANGES_SHOWN) if self.found else 0

    def _narrowed(self, code: str) -> str:
        kept = QueryDict(mutable=True)
        kept.update({name: value for name, value in self.form.data.items() if value and name != "npa_nxx"})
        kept["npa_nxx"] = code
        return f"{reverse('numbers:search')}?{kept.urlencode()}"


@requires("numbers.search")
@require_GET
def search(request: PersonRequest) -> HttpResponse:
    """Numbers for sale, filtered as one types; the cart of the chosen carrier beside them."""
    desk = open_desk(request, request.GET)
    invalid = desk.form.is_bound and not desk.form.is_valid()
    return page_or_fragment(
        request, "numbers/market/search.html", _context(request, desk), fragment="results", status=422 if invalid else 200
    )


@requires("numbers.buy")
@require_POST
def add(request: PersonRequest) -> HttpResponse:
    """Put chosen numbers, or so many of what was searched, into the cart, and come back to the search."""
    desk = open_desk(request, request.POST, ask=False)
    if desk.connection is None or not desk.form.is_valid():
        return page_or_fragment(request, "numbers/market/search.html", _context(request, desk), fragment="results", status=422)
    connection = desk.connection
    try:
        purchase = carts.start(connection, request.user)
        if request.POST.get("act") == "reserve":
            quantity = QuantityForm(request.POST)
            if not quantity.is_valid():
                desk = open_desk(request, request.POST)
                context = _context(request, desk, quantity=quantity)
                return page_or_fragment(request, "numbers/market/search.html", context, fragment="results", status=422)
            _reserve(request, desk, purchase, quantity.cleaned_data["quantity"])
        else:
            _add_chosen(request, desk, purchase)
    except NotPossible as refusal:
        messages.warning(request, refusal.message)
    except VendorError as error:
        messages.error(request, " ".join(_words(describe_error(error, connection, doing="reserve numbers"))))
    return HttpResponseRedirect(f"{reverse('numbers:search')}?{_query(request.POST)}")


def _reserve(request: PersonRequest, desk: "Desk", purchase: Any, quantity: int) -> None:
    assert desk.connection is not None
    wanted = desk.form.wanted
    queries = stock.queries(desk.connection, request.user, wanted)
    carts.reserve_many(purchase, request.user, queries, quantity, token=request.POST.get("token", ""))


def _add_chosen(request: PersonRequest, desk: "Desk", purchase: Any) -> None:
    chosen = request.POST.getlist("numbers")
    if not chosen:
        raise NotPossible("Tick the numbers you want first.")
    wanted = desk.form.wanted
    query = StockQuery(kind=wanted.kind, area=wanted.area, prefix=wanted.prefix)
    added = carts.add(purchase, request.user, chosen, query)
    for level, text in told(added, desk.connection):
        messages.add_message(request, level, text)
    if resting := marks.resting_words(marks.resting([*added.reserved, *added.uncertain], request.user)):
        messages.warning(request, resting)


def told(added: carts.Added, connection: Connection | None) -> list[tuple[int, str]]:
    """Return what became of numbers that were added, as (level, sentence) for the person."""
    said: list[tuple[int, str]] = []
    if added.reserved:
        said.append((messages.SUCCESS, f"In the cart: {_listed(added.reserved)}."))
    if added.uncertain:
        words = "the reply was lost, but the number left the stock. The order will show whether it is in the cart."
        said.append((messages.WARNING, f"Probably in the cart: {_listed(added.uncertain)}; {words}"))
    if added.checking:
        words = "No answer came. We are checking whether it is still for sale; nothing is sent twice."
        said.append((messages.WARNING, f"{_listed(added.checking)}: {words}"))
    said += [(messages.WARNING, f"{phone(number)} was not reserved. {words}") for number, words in added.refused.items()]
    if added.not_tried:
        why = f" {added.problem.user_message}" if added.problem else ""
        said.append((messages.WARNING, f"Not tried, nothing was sent: {_listed(added.not_tried)}.{why}"))
    if added.known:
        said.append((messages.INFO, f"In the cart already: {_listed(added.known)}."))
    return said


def _listed(numbers: list[str]) -> str:
    shown = ", ".join(phone(number) for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5:,} more"


def _words(problem: dict[str, Any]) -> list[str]:
    return [f"{problem['title']}.", problem["words"] or problem["happened"], problem["effect"], problem["next_step"]]


def _query(data: QueryDict) -> str:
    kept = QueryDict(mutable=True)
    for name in ("connection", "kind", "area", "rate_centre", "npa_nxx", "prefix", "pattern"):
        if data.get(name):
            kept[name] = str(data[name])
    return kept.urlencode()


def _context(request: PersonRequest, desk: "Desk", *, quantity: QuantityForm | None = None) -> dict[str, Any]:
    user: Any = request.user
    context: dict[str, Any] = {
        "desk": desk,
        "form": desk.form,
        "quantity": quantity or QuantityForm(initial={"quantity": 100}),
        "may_buy": user.may("numbers.buy"),
        # Minted with the page: a second click on "reserve" finds the job of the first.
        "token": str(uuid4()),
    }
    if desk.connection is not None:
        context["cart"] = selectors.cart_of(desk.connection, user)
    return context


def open_desk(request: PersonRequest, data: Any, *, ask: bool = True) -> Desk:
    """Ask the chosen carrier what there is to choose from and, unless told not to, what it has of what is wanted."""
    carriers = enabled_connections(NumberMarket, user=request.user)
    connection = next((one for one in carriers if one.name == data.get("connection")), carriers[0] if carriers else None)
    areas: list[str] = []
    centres: list[RateCentre] = []
    problem = None
    if connection is not None:
        try:
            areas = stock.areas(connection, request.user)
            if data.get("area") in areas:
                centres = stock.rate_centres(connection, request.user, data["area"])
        except VendorError as error:
            problem = describe_error(error, connection, doing="say what numbers it has")
    asked = "kind" in data
    defaults = {"connection": connection.name if connection else "", "kind": "local"}
    form = SearchForm(
        {**defaults, **data.dict()} if asked else None,
        initial=defaults,
        connections=carriers,
        areas=areas,
        centres=centres,
    )
    desk = Desk(connection, form, problem=problem, carriers=carriers)
    if ask and asked and not problem and connection is not None and form.is_valid() and form.wanted.ready:
        try:
            desk.found = stock.look(connection, request.user, form.wanted)
        except VendorError as error:
            desk.problem = describe_error(error, connection, doing=f"search {form.wanted.describe()}")
    return desk
