"""Taking numbers out of the cart again: only ever the ones that are named."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.intents import Finding, IntentKind, NoTrace, Verdict
from apps.changes.models import Intent
from apps.jobs.models import Job
from apps.numbers.models import HELD, CartState, Purchase
from apps.numbers.purchase import rows, stock
from apps.numbers.purchase.access import about, lane, locked
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.numbers import NumberMarket, StockQuery
from apps.vendors.core.values import is_toll_free

A_CALL = 100  # numbers named in one call


@intents.register
class ReleaseNumbers(IntentKind):
    """Release named numbers. Those the carrier does not have in the cart it says so of, and nothing happens to them."""

    key = "numbers.release"
    no_trace = NoTrace.NOT_DONE
    settle_seconds = 10

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        numbers = list(intent.params["numbers"])
        confirmation = Confirmation("intent", str(intent.key))
        released = client.capability(NumberMarket).release(intent.params["reservation_id"], numbers, confirmation)
        return {"removed": list(released.removed), "not_available": list(released.not_available)}

    def look(self, intent: Intent, client: Client) -> Finding:
        """A number that is for sale again is not in the cart any more."""
        numbers = list(intent.params["numbers"])
        market = client.capability(NumberMarket)
        sold = {number for query in _queries(intent) for number in stock.for_sale(market, query)}
        back = [number for number in numbers if number in sold]
        facts = {"numbers": len(numbers), "for_sale_again": len(back)}
        if not back:
            return Finding(Verdict.NOTHING, "None of the numbers is for sale again, so none was released.", facts)
        says = f"{len(back):,} of {len(numbers):,} numbers are for sale again, so they were released."
        return Finding(Verdict.DONE, says, facts, {"removed": back})

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        purchase = locked(intent.params["purchase"])
        asked = set(intent.params["numbers"])
        removed = [number for number in result["removed"] if number in asked]
        absent = [number for number in result.get("not_available", ()) if number in asked]
        rows.mark(purchase, removed, CartState.RELEASED, among=HELD)
        rows.mark(purchase, absent, CartState.REFUSED, note="The carrier says it is not in the cart.", among=HELD)
        return {"removed": len(removed), "not_available": len(absent), "silent": len(asked) - len(removed) - len(absent)}

    def waiting(self, intent: Intent) -> str:
        return "The carrier did not answer when asked to release numbers. Looking whether they are for sale again."


def batches(purchase: Purchase, numbers: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Split numbers into calls: each with the cart's number they were reserved under, and at most A_CALL of them."""
    by_cart: dict[str, list[str]] = {}
    wanted = set(numbers)
    for number, cart_id in purchase.numbers.filter(state__in=HELD).values_list("number", "reservation_id"):
        if number in wanted:
            by_cart.setdefault(cart_id or purchase.reservation_id, []).append(number)
    return [(cart, group[at : at + A_CALL]) for cart, group in by_cart.items() for at in range(0, len(group), A_CALL)]


def intent_for(
    purchase: Purchase,
    actor: User | None,
    cart_id: str,
    numbers: Sequence[str],
    *,
    key: UUID | None = None,
    job: Job | None = None,
) -> Intent:
    """Return the confirmed intent to release `numbers`, made at the first call with this key."""
    known = Intent.objects.filter(key=key).first() if key else None
    if known is not None:
        return known
    areas = dict(purchase.numbers.filter(number__in=numbers).values_list("number", "area"))
    return intents.draft(
        ReleaseNumbers,
        connection=purchase.connection,
        actor=actor,
        about=about(purchase),
        lane=lane(purchase.connection),
        params={
            "purchase": purchase.pk,
            "job": job.pk if job else None,
            "reservation_id": cart_id,
            "numbers": list(numbers),
            "areas": sorted({f"{number[2:8]} {areas.get(number, '')}" for number in numbers if not is_toll_free(number)}),
        },
        confirmed=True,
        key=key or uuid4(),
    )


def _queries(intent: Intent) -> list[StockQuery]:
    """The searches that show whether the intent's numbers are for sale again."""
    local = [tuple(place.split(" ")) for place in intent.params["areas"]]
    prefixes = {number[2:5] for number in intent.params["numbers"] if is_toll_free(number)}
    return [
        *(StockQuery(area=area, npa_nxx=npa_nxx) for npa_nxx, area in local if area),
        *(StockQuery(kind="tollfree", prefix=prefix) for prefix in sorted(prefixes)),
    ]
