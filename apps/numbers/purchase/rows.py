"""The rows of a cart: what each answer of the carrier says of each number. Called inside a transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from apps.changes.models import Intent
from apps.numbers.models import HELD, IN_CART, CartNumber, CartState, Purchase
from apps.vendors.core.values import is_toll_free

_CHUNK = 1000  # values named in one statement

T = TypeVar("T")


def numbers_in(purchase: Purchase, *states: str) -> list[str]:
    """Return the purchase's numbers in these states, ascending."""
    rows = CartNumber.objects.filter(purchase=purchase, state__in=states).order_by("number")
    return list(rows.values_list("number", flat=True))


def counts(purchase: Purchase) -> dict[str, int]:
    """Return how many numbers the purchase has in each state."""
    rows = CartNumber.objects.filter(purchase=purchase).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))


def held(purchase: Purchase) -> set[str]:
    """Return the numbers that the carrier may hold for this purchase."""
    return set(numbers_in(purchase, *HELD))


def in_cart(purchase: Purchase) -> set[str]:
    """Return the numbers that are counted as being in the cart."""
    return set(numbers_in(purchase, *IN_CART))


def known_of(purchase: Purchase, numbers: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return primary key and state of those of `numbers` (and some between them) that the purchase knows."""
    # Named by their range: quicker than to name a thousand.
    near = CartNumber.objects.filter(
        purchase=purchase, number__gte=min(numbers, default=""), number__lte=max(numbers, default="")
    )
    return {number: (pk, state) for number, pk, state in near.values_list("number", "pk", "state")}


def put(
    purchase: Purchase,
    numbers: Iterable[str],
    state: CartState,
    *,
    intent: Intent | None,
    reservation_id: str = "",
    area: str = "",
    note: str = "",
    known: Mapping[str, tuple[int, str]] | None = None,
) -> None:
    """Write that these numbers are in `state`, whether or not the purchase knows them already (`known_of`)."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return
    known = known_of(purchase, wanted) if known is None else known
    facts = {
        "state": state.value,
        "reservation_id": reservation_id or purchase.reservation_id,
        "intent_id": intent.pk if intent else None,
        "note": note,
        "changed_at": timezone.now(),
    }
    fresh = [number for number in wanted if number not in known]
    toll_free = [number for number in fresh if is_toll_free(number)]
    _insert(purchase, toll_free, {**facts, "area": ""})
    _insert(purchase, [number for number in fresh if number not in toll_free] if toll_free else fresh, {**facts, "area": area})
    for part in _chunks([known[number][0] for number in wanted if number in known]):
        CartNumber.objects.filter(pk__in=part).update(**facts)


def mark(purchase: Purchase, numbers: Iterable[str], state: CartState, *, note: str = "", among: Iterable[str] = ()) -> int:
    """Change the state of these numbers (only of those in states `among`, when given); return how many changed."""
    rows = CartNumber.objects.filter(purchase=purchase)
    if among:
        rows = rows.filter(state__in=list(among))
    changes = {"state": state, "note": note, "changed_at": timezone.now()}
    return sum(rows.filter(number__in=part).update(**changes) for part in _chunks(list(numbers)))


def _insert(purchase: Purchase, numbers: Sequence[str], facts: Mapping[str, Any]) -> None:
    """Store new rows that share all but their number.

    Not by `bulk_create`, whose thousand rows take as long as the carrier's answer, while the next call waits for them:
    the numbers go over as one JSON list, and the database makes rows of it.
    """
    if not numbers:
        return
    shared = {"purchase_id": purchase.pk, **facts}
    shared["changed_at"] = connection.ops.adapt_datetimefield_value(shared["changed_at"])
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in ("number", *shared))
    marks = ", ".join(["%s"] * len(shared))
    table = quote(CartNumber._meta.db_table)
    each = "jsonb_array_elements_text(%s) AS each(value)" if connection.vendor == "postgresql" else "json_each(%s)"
    with connection.cursor() as cursor:
        sql = f"INSERT INTO {table} ({columns}) SELECT value, {marks} FROM {each}"  # noqa: S608  (names of our own model alone)
        cursor.execute(sql, [*shared.values(), json.dumps(numbers)])


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]
