"""The jobs of a purchase. Each item is one intent or a few; what a dead worker left is settled from evidence."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.connections.services import client_for
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, Later, Recovery, Verdict, register
from apps.jobs.models import ItemState, Job, JobItem, Schedule
from apps.numbers.models import Purchase, PurchaseState, StockLook
from apps.numbers.purchase import release as releasing
from apps.numbers.purchase import reserve, rows, stock
from apps.numbers.purchase.access import PERMISSION
from apps.numbers.purchase.allocation import read_back
from apps.numbers.purchase.clearing import finish_abandoned
from apps.numbers.purchase.tending import needing_care, tend
from apps.numbers.purchase.work import counted
from apps.ui.formatting import money
from apps.vendors.core.client import Client
from apps.vendors.core.errors import NotSent, OutcomeUnknown, RateLimited, Refused, VendorError
from apps.vendors.core.numbers import StockQuery

_KEYS = UUID("6f1c53d2-3d0a-4f0e-9b55-6d1f2a0a6d5c")  # the name space of keys that an item gives its intents
_PATIENT_TRIES = 3  # how often a call that was not sent is tried before its item fails
READ_BACK_SECONDS = 60.0  # how long allocated numbers may take to show in the carrier's list


class PurchaseKind(JobKind):
    """What the jobs of a purchase have in common."""

    permission = PERMISSION
    people_settle = False  # on the purchase's page
    max_tries = 10_000  # the intent counts; looking again does no harm
    item_noun: ClassVar[tuple[str, str]] = ("step", "steps")
    goes_on: ClassVar[bool] = False  # what is left of an item is done once its question is answered

    def recover_item(self, ctx: Context, item: JobItem) -> Recovery:
        """Nothing is repeated here: the item goes on, and its intent is settled from evidence before anything is sent."""
        unknown = self.intents(ctx.job, item).filter(state=IntentState.UNKNOWN).first()
        if unknown is None:
            return Recovery(Verdict.RETRY, "Nothing is sent again until it is known what became of it.")
        return Recovery.needs_person(unknown.message, {"intent": str(unknown.key), "checks": unknown.checks[-3:]})

    def intents(self, job: Job, item: JobItem) -> Any:
        """The intents of an item, as a query."""
        return Intent.objects.filter(pk=item.params["intent"])

    def purchase(self, ctx: Context) -> Purchase:
        purchase = Purchase.objects.get(pk=ctx.params["purchase"])
        if ctx.connection is not None:
            purchase.connection = ctx.connection
        return purchase

    def client(self, ctx: Context) -> Client:
        assert ctx.connection is not None
        return client_for(ctx.connection, actor=ctx.actor)


def latest(job: Job, item: JobItem, part: int = 0) -> tuple[UUID, Intent | None]:
    """Return the key of an item's intent, and the intent if it exists.

    One that was refused is settled: when people let the item run again, that is a new intent.
    """
    tried = 0
    while True:
        key = uuid5(_KEYS, f"{job.public_id} {item.key} {part} {tried}")
        intent = Intent.objects.filter(key=key).order_by().first()
        if intent is None or intent.state != IntentState.REFUSED:
            return key, intent
        tried += 1


def drive(intent: Intent, client: Client, *, tries: int = 1) -> Intent:
    """Advance an intent until it is done; raise what a job's item makes of anything else.

    A call that was not sent is tried `tries` times in all, with pauses between; then the intent is taken back, since
    nobody is at it any more.
    """
    try:
        intents.advance(intent, client)
    except intents.Waiting as waiting:
        raise Later(waiting.seconds, waiting.message) from None
    except VendorError as error:
        not_sent = isinstance(error, NotSent | RateLimited) and error.retryable
        if not_sent and intent.evidence.get("not_sent", 0) < tries:
            wait = getattr(error, "retry_after", None)
            raise Later(5 * settings.INTENT_PATIENCE if wait is None else min(wait, 60), error.user_message) from None
        intents.withdraw(intent, f"Nothing was sent. {error.user_message}")
        raise
    if intent.state == IntentState.UNKNOWN:
        raise OutcomeUnknown(intent.message)
    if intent.state == IntentState.REFUSED:
        raise ItemFailed(intent.message, sent="no")
    return intent


@register
class ReserveNumbers(PurchaseKind):
    """Reserve many numbers: up to a thousand a call, from one query after the other. Or chosen numbers, one by one."""

    key = "numbers.reserve"
    title = "Reserve numbers"
    item_noun: ClassVar[tuple[str, str]] = ("part", "parts")
    result_fields: ClassVar[Mapping[str, str]] = {
        "reserved": "Reserved",
        "uncertain": "Probably reserved",
        "missing": "Missing",
    }

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        purchase = self.purchase(ctx)
        if purchase.state != PurchaseState.FILLING:
            raise ItemFailed("The cart is closed, so nothing more was reserved.")
        client = self.client(ctx)
        if "number" in item.params:
            return self._one(ctx, item, purchase, client)
        return self._many(ctx, item, purchase, client)

    def intents(self, job: Job, item: JobItem) -> Any:
        parts = len(job.params.get("queries", ())) or 1
        return Intent.objects.filter(key__in=[latest(job, item, part)[0] for part in range(parts)])

    def finish(self, ctx: Context) -> None:
        results = [result or {} for result in ctx.items(ItemState.DONE).values_list("result", flat=True)]
        reserved, uncertain, unasked = (sum(r.get(name, 0) for r in results) for name in ("reserved", "uncertain", "unasked"))
        wanted = ctx.params.get("quantity", ctx.job.total)
        parts = [f"{reserved:,} of {wanted:,} numbers are in the cart."]
        if uncertain:
            parts.append(f"{uncertain:,} more are probably in it: an answer was lost, and the order will show.")
        if unasked:
            parts.append(f"{unasked:,} others that nobody here asked for are in it too: decide about them.")
        missing = wanted - reserved - uncertain
        if missing > 0 and all(state == ItemState.DONE for state in ctx.items().values_list("state", flat=True)):
            parts.append(f"{missing:,} are missing: the carrier had no more of what was asked for.")
        text = " ".join(parts)
        Purchase.objects.filter(pk=ctx.params["purchase"], state=PurchaseState.FILLING).update(message="")
        ctx.summarise(text)

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()  # it only counts

    def _one(self, ctx: Context, item: JobItem, purchase: Purchase, client: Client) -> Mapping[str, Any]:
        number, query = item.params["number"], stock.query_from(item.params)
        key, known = latest(ctx.job, item)
        intent = known or reserve.one(purchase, ctx.actor, number, query, key=key, job=ctx.job)
        if intent.state == IntentState.CONFIRMED and number in rows.held(purchase):
            intents.withdraw(intent, "It is in the cart already.")
            return {"reserved": 0, "message": "In the cart already."}
        result = drive(intent, client, tries=_PATIENT_TRIES).result
        probably = {"message": intent.message} if result.get("uncertain") else {}
        return {"reserved": result.get("reserved", 0), "uncertain": result.get("uncertain", 0), **probably}

    def _many(self, ctx: Context, item: JobItem, purchase: Purchase, client: Client) -> Mapping[str, Any]:
        """Ask one query after the other until the item has its share; each call is an intent of its own."""
        share, got = item.params["quantity"], {"reserved": 0, "uncertain": 0, "unasked": 0}
        refusal: VendorError | None = None
        looks: dict[str, StockLook] | None = None
        for part, params in enumerate(ctx.params["queries"]):
            left = share - got["reserved"] - got["uncertain"]
            if left <= 0:
                break
            query = stock.query_from(params)
            key, intent = latest(ctx.job, item, part)
            if intent is None:
                looks = reserve.known_looks(ctx.job) if looks is None else looks
                look = self._look(ctx, purchase, query, looks, client)
                if not look.left:
                    continue
                intent = reserve.many(purchase, ctx.actor, look, query, min(left, look.left), key=key, job=ctx.job)
            try:
                result = drive(intent, client, tries=_PATIENT_TRIES).result
            except Refused as error:
                if intent.state != IntentState.REFUSED:  # asked to slow down, too often
                    raise
                refusal, result = error, {}
            for name in got:
                got[name] += result.get(name, 0)
        if refusal is not None and not any(got.values()):
            raise refusal
        return self._told(ctx, share, got)

    def _look(
        self, ctx: Context, purchase: Purchase, query: StockQuery, looks: dict[str, StockLook], client: Client
    ) -> StockLook:
        key = stock.query_key(query)
        if key not in looks:
            looks[key] = reserve.look_at_stock(purchase, ctx.job, query, ctx.params["quantity"], client)
        return looks[key]

    def _told(self, ctx: Context, share: int, got: Mapping[str, int]) -> Mapping[str, Any]:
        """Say what an item got. Short stock is no failure, unless the whole job has got nothing."""
        found = got["reserved"] + got["uncertain"]
        if not any(got.values()) and not StockLook.objects.filter(job=ctx.job, taken__gt=0).exists():
            queries = ctx.params["queries"]
            where = stock.describe(stock.query_from(queries[0])) if len(queries) == 1 else "what was asked for"
            raise ItemFailed(f"The carrier has no numbers of {where} left.")
        words = f"{found:,} of {share:,}: the carrier had no more." if found < share else ""
        return {**got, "missing": max(share - found, 0), **({"message": words} if words else {})}


@register
class ReleaseNumbers(PurchaseKind):
    """Release named numbers, some hundred a call; at the end of a purchase that is given up, close it."""

    key = "numbers.release"
    title = "Release numbers"
    result_fields: ClassVar[Mapping[str, str]] = {"removed": "Released", "not_available": "Not in the cart"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        cart_id, numbers = item.params["reservation_id"], item.params["numbers"]
        key, known = latest(ctx.job, item)
        intent = known or releasing.intent_for(self.purchase(ctx), ctx.actor, cart_id, numbers, key=key, job=ctx.job)
        return drive(intent, self.client(ctx), tries=_PATIENT_TRIES).result

    def intents(self, job: Job, item: JobItem) -> Any:
        return Intent.objects.filter(key=latest(job, item)[0])

    def finish(self, ctx: Context) -> None:
        results = [result or {} for result in ctx.items(ItemState.DONE).values_list("result", flat=True)]
        removed = sum(result.get("removed", 0) for result in results)
        text = f"{counted(removed).capitalize()} released."
        if ctx.params.get("closing"):
            with transaction.atomic():
                finish_abandoned(self.purchase(ctx))
            text = self.purchase(ctx).message
        ctx.summarise(text)

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()

    def cancelled(self, ctx: Context) -> None:
        self.finish(ctx)


@register
class MakeOrder(PurchaseKind):
    """Make the order of the cart."""

    key = "numbers.order"
    title = "Make an order"
    goes_on = True
    item_noun: ClassVar[tuple[str, str]] = ("order", "orders")

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        intent = drive(Intent.objects.get(pk=item.params["intent"]), self.client(ctx), tries=_PATIENT_TRIES)
        return {"order": intent.result.get("order_id", ""), "message": self.purchase(ctx).message}

    def finish(self, ctx: Context) -> None:
        ctx.summarise(self.purchase(ctx).message)

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()


@register
class PayOrder(PurchaseKind):
    """Pay the order once, then read its numbers back into the inventory."""

    key = "numbers.pay"
    title = "Pay an order"
    goes_on = True
    item_noun: ClassVar[tuple[str, str]] = ("payment", "payments")
    result_fields: ClassVar[Mapping[str, str]] = {"order": "Order", "amount": "Amount", "numbers": "Numbers"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        client = self.client(ctx)
        intent = Intent.objects.get(pk=item.params["intent"])
        purchase = self.purchase(ctx)
        if intent.state == IntentState.CONFIRMED and purchase.state != PurchaseState.PAYING:
            raise ItemFailed("The purchase has moved on, so nothing was sent. Look at it, then pay from there.")
        drive(intent, client)
        told = self._read_back(ctx, purchase, intent, client)
        return {
            "order": purchase.order_id,
            "amount": money(intent.amount, intent.currency),
            "numbers": intent.expected.get("numbers"),
            "message": told,
        }

    def finish(self, ctx: Context) -> None:
        ctx.summarise(self.purchase(ctx).message)

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()

    def _read_back(self, ctx: Context, purchase: Purchase, intent: Intent, client: Client) -> str:
        """Find the numbers in the account's list; look again for a while, since that spends nothing."""
        try:
            missing = read_back(purchase, client, ctx.actor)
            problem = f"{missing:,} of them are not in the carrier's list yet." if missing else ""
        except VendorError as error:
            problem = f"They could not be read back yet: {error.user_message}"
        if not problem:
            return "Paid, and all numbers are in the inventory."
        waited = (timezone.now() - (intent.settled_at or timezone.now())).total_seconds()
        if waited < READ_BACK_SECONDS * settings.INTENT_PATIENCE:
            raise Later(5 * settings.INTENT_PATIENCE, f"Paid. {problem} Looking again.")
        text = f"Paid. {problem} The next synchronisation of the inventory will bring them."
        Purchase.objects.filter(pk=purchase.pk).update(message=text)
        return text


@register
class TendPurchases(JobKind):
    """Take up what a dead process left of purchases; a schedule starts it when there is something to do."""

    key = "numbers.tend"
    title = "Take up purchases that were cut off"
    item_noun: ClassVar[tuple[str, str]] = ("purchase", "purchases")
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> None:
        tend(Purchase.objects.get(pk=int(item.key)))

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return [{"key": str(found.pk), "label": found.connection.name} for found in needing_care()] or None


@register
class SettleIntents(PurchaseKind):
    """Find out what became of calls that were cut off outside a job."""

    key = "numbers.settle"
    title = "Find out what the carrier did"

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        intent = Intent.objects.get(pk=item.params["intent"])
        if intent.state == IntentState.CONFIRMED:
            intents.withdraw(intent, "It was never sent, and nobody waits for it any more.")
            return {"message": intent.message}
        if intent.state == IntentState.SENDING:
            self._settle(intent, self.client(ctx))
        if intent.state == IntentState.UNKNOWN:
            raise OutcomeUnknown(intent.message)
        return {"message": intent.message}

    def _settle(self, intent: Intent, client: Client) -> None:
        """As `drive`, but what turns out not to have been sent is not sent now: the person has gone."""
        try:
            intents.settle(intent, client)
        except intents.Waiting as waiting:
            raise Later(waiting.seconds, waiting.message) from None
