"""Putting numbers into the account's cart, and finding out afterwards when the carrier's answer was lost.

Nothing reads the cart. What speaks for a lost reservation is the stock: a number that is no longer for sale. Many at
once are documented to be reserved in ascending order, so the lowest that were for sale are the ones to look for.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.intents import Finding, IntentKind, NoTrace, Verdict
from apps.changes.models import Intent
from apps.jobs.models import Job
from apps.numbers.models import HELD, CartState, Purchase, StockLook
from apps.numbers.purchase import rows, stock
from apps.numbers.purchase.access import about, lane, locked
from apps.ui.formatting import phone
from apps.vendors.core.client import Client
from apps.vendors.core.numbers import NumberMarket, Reservation, StockQuery
from apps.vendors.core.values import is_toll_free

LOOK_KEPT = timedelta(minutes=10)
LOOK_MARGIN = 1000  # numbers kept beyond those wanted, so that what others bought meanwhile shows
PROBABLY = "The reply was lost; the number left the stock at that moment. The order will show whether it is in the cart."


class _Reserving(IntentKind):
    """What both ways of reserving have in common."""

    no_trace = NoTrace.RESEND  # spends nothing, and what is in the cart shows in the order before anything is paid

    def done(self, intent: Intent, result: Mapping[str, Any], *, proven: bool) -> Mapping[str, Any]:
        numbers, cart_id = list(result["numbers"]), result.get("reservation_id", "")
        purchase = locked(intent.params["purchase"])
        if cart_id and cart_id != purchase.reservation_id:
            purchase.reservation_id = cart_id
            purchase.save(update_fields=["reservation_id"])
        known = rows.known_of(purchase, numbers)
        held = [number for number in numbers if number in known and known[number][1] in HELD]
        fresh = _without(numbers, held)
        if not proven:
            _put(purchase, intent, fresh, CartState.UNCERTAIN, known, note=PROBABLY)
            return self.counted(intent, {"uncertain": len(fresh)})
        # A reply may name the whole cart: what was probably there is there.
        rows.mark(purchase, held, CartState.RESERVED, among=[CartState.UNCERTAIN])
        asked, unasked = self.sort_out(intent, fresh)
        _put(purchase, intent, asked, CartState.RESERVED, known)
        _put(
            purchase, intent, unasked, CartState.UNASKED, known, note="The carrier's answer names it; nobody asked for it here."
        )
        return self.counted(intent, {"reserved": len(asked), "unasked": len(unasked), "reservation_id": cart_id})

    def late(self, intent: Intent, result: Mapping[str, Any]) -> None:
        """The true answer, after all: what was probable is certain now, and nothing it names is lost."""
        purchase, numbers = locked(intent.params["purchase"]), list(result["numbers"])
        known = rows.known_of(purchase, numbers)
        held = [number for number in numbers if number in known and known[number][1] in HELD]
        rows.mark(purchase, held, CartState.RESERVED, among=[CartState.UNCERTAIN, CartState.DISPUTED])
        note = "The carrier's answer came very late, after this had been asked for again."
        _put(purchase, intent, _without(numbers, held), CartState.UNASKED, known, note=note)

    def sort_out(self, intent: Intent, fresh: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Split what a reply names anew into what was asked for and what was not."""
        raise NotImplementedError

    def counted(self, intent: Intent, result: dict[str, Any]) -> dict[str, Any]:
        return result


@intents.register
class ReserveOne(_Reserving):
    """Reserve one number that a person chose."""

    key = "numbers.reserve.one"

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        number = intent.params["number"]
        reservation = client.capability(NumberMarket).reserve(number, stock.query_from(intent.params))
        # A yes that names no number is still a yes to the one that was asked for.
        return _result(reservation) if reservation.numbers else {**_result(reservation), "numbers": [number]}

    def sort_out(self, intent: Intent, fresh: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        number = intent.params["number"]
        return [one for one in fresh if one == number], [one for one in fresh if one != number]

    def look(self, intent: Intent, client: Client) -> Finding:
        number = intent.params["number"]
        query = stock.query_from(intent.params)
        asked = query if query.prefix else StockQuery(area=query.area, number=number)
        if number in stock.for_sale(client.capability(NumberMarket), asked):
            return Finding(Verdict.NOTHING, f"{phone(number)} is still for sale, so it was not reserved.")
        says = f"{phone(number)} is no longer for sale, so it is probably in the cart; the order will show."
        return Finding(Verdict.DONE, says, {"for_sale": False}, {"numbers": [number]})

    def undecided(self, intent: Intent, finding: Finding) -> None:
        note = "The carrier's answer was lost, and it could not be asked afterwards."
        purchase, number = locked(intent.params["purchase"]), intent.params["number"]
        _put(purchase, intent, [number], CartState.DISPUTED, rows.known_of(purchase, [number]), note=note)

    def waiting(self, intent: Intent) -> str:
        return (
            f"The carrier did not answer when asked for {phone(intent.params['number'])}. Looking whether it is still for sale."
        )


@intents.register
class ReserveMany(_Reserving):
    """Reserve up to a thousand numbers of one exchange, state or toll-free prefix."""

    key = "numbers.reserve.many"

    def send(self, intent: Intent, client: Client) -> Mapping[str, Any]:
        query = stock.query_from(intent.params)
        return _result(client.capability(NumberMarket).reserve_many(query, intent.params["quantity"]))

    def sort_out(self, intent: Intent, fresh: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        fits = stock.fitting(stock.query_from(intent.params))
        asked = sorted(filter(fits, fresh))[: intent.params["quantity"]]
        return asked, _without(fresh, asked) if len(asked) < len(fresh) else []

    def counted(self, intent: Intent, result: dict[str, Any]) -> dict[str, Any]:
        count = result.get("reserved", 0) + result.get("uncertain", 0)
        StockLook.objects.filter(pk=intent.params["look"]).update(taken=F("taken") + count)
        return result

    def look(self, intent: Intent, client: Client) -> Finding:
        query, quantity = stock.query_from(intent.params), intent.params["quantity"]
        look = StockLook.objects.get(pk=intent.params["look"])
        held = rows.held(_purchase(intent))
        before = [number for number in stock.unpack(look.numbers) if number not in held]
        after = set(stock.for_sale(client.capability(NumberMarket), query))
        gone = [number for number in before if number not in after]
        facts = {"asked_for": quantity, "for_sale_before": len(before), "gone": len(gone), "first": gone[:1], "last": gone[-1:]}
        where = stock.describe(query)
        if not gone:
            return Finding(Verdict.NOTHING, f"All numbers of {where} are still for sale, so none was reserved.", facts)
        if gone == before[:quantity]:
            says = (
                f"The lowest {len(gone):,} numbers of {where} are no longer for sale: the ones the carrier reserves first. "
                "They are probably in the cart; the order will show."
            )
            return Finding(Verdict.DONE, says, facts, {"numbers": gone})
        says = (
            f"{len(gone):,} numbers of {where} are no longer for sale, but {quantity:,} were asked for. "
            "Some may be in the cart, some may have been sold to others."
        )
        return Finding(Verdict.UNCLEAR, says, facts, {"numbers": gone})

    def undecided(self, intent: Intent, finding: Finding) -> None:
        purchase = locked(intent.params["purchase"])
        gone = list(finding.result.get("numbers", ()))
        known = rows.known_of(purchase, gone)
        disputed = [number for number in gone if number not in known or known[number][1] not in HELD]
        note = "Left the stock when the carrier's answer was lost, but the count does not fit."
        _put(purchase, intent, disputed, CartState.DISPUTED, known, note=note)

    def waiting(self, intent: Intent) -> str:
        count, where = intent.params["quantity"], stock.describe(stock.query_from(intent.params))
        return f"The carrier did not answer when asked for {count:,} numbers of {where}. Looking which are still for sale."


def one(purchase: Purchase, actor: User | None, number: str, query: StockQuery, *, key: UUID, job: Job | None = None) -> Intent:
    """Store the confirmed intent to reserve `number`."""
    # What the carrier is asked with must fit the number, whatever was searched for.
    asked = StockQuery(kind=query.kind, area=query.area, prefix=number[2:5] if is_toll_free(number) else "")
    return _intent(ReserveOne, purchase, actor, {"number": number, **stock.query_params(asked)}, key, job)


def many(
    purchase: Purchase, actor: User | None, look: StockLook, query: StockQuery, quantity: int, *, key: UUID, job: Job
) -> Intent:
    """Store the confirmed intent to reserve `quantity` numbers."""
    params = {"quantity": quantity, "look": look.pk, **stock.query_params(query)}
    return _intent(ReserveMany, purchase, actor, params, key, job)


def known_looks(job: Job) -> dict[str, StockLook]:
    """Return what was for sale when the job began, by query; looks that are too old to compare with are left out."""
    recent = StockLook.objects.filter(job=job, at__gt=timezone.now() - LOOK_KEPT)
    return {look.query: look for look in recent.defer("numbers")}  # the latest of each


def look_at_stock(purchase: Purchase, job: Job, query: StockQuery, wanted: int, client: Client) -> StockLook:
    """Ask the carrier what it has for `query` before any of it is reserved, and keep the lowest numbers."""
    numbers = stock.for_sale(client.capability(NumberMarket), query)
    kept = stock.pack(numbers[: wanted + LOOK_MARGIN])
    return StockLook.objects.create(purchase=purchase, job=job, query=stock.query_key(query), numbers=kept, total=len(numbers))


def _intent(
    kind: type[IntentKind], purchase: Purchase, actor: User | None, params: Mapping[str, Any], key: UUID, job: Job | None
) -> Intent:
    return intents.draft(
        kind,
        connection=purchase.connection,
        actor=actor,
        about=about(purchase),
        lane=lane(purchase.connection),
        params={"purchase": purchase.pk, "job": job.pk if job else None, **params},
        confirmed=True,
        key=key,
    )


def _purchase(intent: Intent) -> Purchase:
    return Purchase.objects.get(pk=intent.params["purchase"])


def _put(
    purchase: Purchase,
    intent: Intent,
    numbers: Sequence[str],
    state: CartState,
    known: Mapping[str, tuple[int, str]],
    *,
    note: str = "",
) -> None:
    area, cart_id = intent.params.get("area", ""), purchase.reservation_id
    rows.put(purchase, numbers, state, intent=intent, area=area, reservation_id=cart_id, note=note, known=known)


def _without(numbers: Sequence[str], others: Sequence[str]) -> list[str]:
    left_out = set(others)
    return [number for number in numbers if number not in left_out]


def _result(reservation: Reservation) -> dict[str, Any]:
    return {"reservation_id": reservation.reservation_id, "numbers": list(reservation.numbers)}
