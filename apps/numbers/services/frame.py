"""What the frame shows of numbers: what a search finds, and the card on the home page."""

from django.db.models import Count, QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.scope import chosen_tenant, connection_limit, tenant_limit
from apps.numbers.emergency import frame as emergency
from apps.numbers.lookup import NotDigits, find
from apps.numbers.models import FINISHED, LISTED, PRESENT, Number, Purchase, PurchaseState
from apps.numbers.porting.selectors import attention as ports_waiting
from apps.numbers.services.reading import reads
from apps.ui.formatting import phone, status_word
from apps.ui.frame import Hit, Panel

_HITS = 6
_SHOWN = ("number", "status", "trunk_group", "cnam", "missing_since", "connection__name")


def search(user: User, text: str) -> list[Hit]:
    """Return the numbers that `text` means: whole, by their beginning or by their last digits."""
    if not user.may("numbers.view") or not any(letter.isdigit() for letter in text):
        return []
    try:
        mine = Number.objects.in_scope(user)
        mine = mine.filter(leads=True) if connection_limit(user) is None else mine
        found = _found(mine.filter(PRESENT), text) or _found(mine.filter(~PRESENT), text)
    except NotDigits:
        return []
    return [_hit(row, user) for row in found]


def home_panels(user: User) -> list[Panel]:
    """Return the card that says how many numbers there are, as of when, and which purchases are not finished."""
    if not user.may("numbers.view"):
        return []
    return [*_inventory(user), *emergency.home_panels(user)]


def _inventory(user: User) -> list[Panel]:
    if tenant_limit(user) is not None or chosen_tenant(user):
        return _tally(user)
    found = list(reads(user)) if user.may("numbers.carrier") else []
    if not found:
        return []
    open_ones = (
        Purchase.objects.filter(connection__in=[read.connection_id for read in found])
        .exclude(state__in=FINISHED)
        .select_related("connection", "owner")
    )
    context = {"reads": found, "total": sum(read.leading for read in found), "purchases": open_ones}
    return [Panel("Numbers", "numbers/_home_panel.html", context, reverse("numbers:list"))]


def _tally(user: User) -> list[Panel]:
    """The card of whoever sees some tenants only: their numbers by state, and nothing of connections."""
    rows = Number.objects.in_scope(user).filter(LISTED).order_by()
    counts = dict(rows.values_list("status").annotate(count=Count("pk")).order_by("status"))
    context = {"counts": counts, "total": sum(counts.values())}
    return [Panel("Numbers", "numbers/_tally.html", context, reverse("numbers:list"))]


def attention(user: User) -> int:
    """Return how many purchases, ports, wanting lists and lines of 911 wait for a look, for those who can act."""
    count = 0
    if user.may("numbers.buy"):
        count += Purchase.objects.filter(state=PurchaseState.NEEDS_PERSON).count()
    count += ports_waiting(user)
    if user.may("numbers.change"):
        count += reads(user).filter(held_back__gt=0).count()
    return count + emergency.attention(user)


def _found(rows: QuerySet[Number], text: str) -> list[Number]:
    found, _ = find(rows, text)
    return list(found.select_related("connection").only(*_SHOWN).order_by("number", "pk")[:_HITS])


def _hit(row: Number, user: User) -> Hit:
    state = "Gone from the list" if row.is_gone else status_word(row.status)
    carrier = (row.trunk_group, row.cnam, row.connection.name) if user.may("numbers.carrier") else (row.cnam,)
    detail = " · ".join(part for part in (state, *carrier) if part)
    return Hit("Number", phone(row.number), detail, row.get_absolute_url(), "hash")
