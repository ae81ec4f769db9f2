"""The cart: who holds it, and what goes in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.jobs.models import Job
from apps.numbers.models import FINISHED, Purchase, PurchaseState
from apps.numbers.purchase import reserve, rows, stock
from apps.numbers.purchase.access import TAKE_OVER, HeldByOther, NotPossible, intents_of, jobs_of, locked, name_of, own, permit
from apps.numbers.purchase.tending import tend
from apps.numbers.purchase.work import advance_soon, audit, client_of, counted, settle_job, submit_work
from apps.ui.formatting import phone
from apps.vendors.core.client import Client
from apps.vendors.core.errors import NotSent, VendorError
from apps.vendors.core.numbers import StockQuery

AT_ONCE = 5  # so many numbers are reserved while the person waits; more is a job
A_CALL, MOST = 1000, 20_000
STEPS, A_STEP = 5, 50  # so many calls at least, of so many numbers at least: the progress moves, and a lost reply costs less


@dataclass
class Added:
    """What became of numbers that were added: number by number, or the job that adds them."""

    reserved: list[str] = field(default_factory=list)
    uncertain: list[str] = field(default_factory=list)  # not for sale any more, but the answer was lost
    checking: list[str] = field(default_factory=list)  # the answer was lost; a job finds out
    refused: dict[str, str] = field(default_factory=dict)  # number → the carrier's words
    not_tried: list[str] = field(default_factory=list)  # nothing was sent for these
    known: list[str] = field(default_factory=list)  # in the cart, or on its way there, already
    problem: VendorError | None = None  # why some were not tried
    job: Job | None = None


def active(connection: Connection) -> Purchase | None:
    """Return the purchase that holds the connection's cart, whoever owns it; what was cut off is taken up again."""
    rows_ = Purchase.objects.filter(connection=connection).exclude(state__in=FINISHED)
    found = rows_.select_related("connection", "owner", "job").first()
    if found is None or not (found := tend(found)).is_finished:
        return found
    return None


def start(connection: Connection, actor: User) -> Purchase:
    """Return the actor's purchase on this connection, begun now if there is none.

    Raises HeldByOther, PermissionDenied, NotPossible (the connection is disabled).
    """
    permit(actor)
    if not connection.enabled:
        raise NotPossible(f"{connection.name} is disabled.")
    known = active(connection)
    if known is None:
        try:
            with transaction.atomic():
                purchase = Purchase.objects.create(connection=connection, owner=actor, started_by=actor)
                audit("numbers.purchase.started", purchase, actor)
                return purchase
        except IntegrityError:  # somebody was quicker
            known = Purchase.objects.exclude(state__in=FINISHED).get(connection=connection)
    if known.owner_id != actor.pk:
        raise HeldByOther(known)
    return known


def take_over(purchase: Purchase, actor: User) -> Purchase:
    """Make the actor the owner of somebody else's purchase. For administrators; work under way goes on."""
    permit(actor)
    with transaction.atomic():
        fresh = locked(purchase)
        if not actor.may(TAKE_OVER):
            raise HeldByOther(fresh)
        if fresh.is_finished:
            raise NotPossible("This purchase is finished; there is nothing to take over.")
        if fresh.owner_id == actor.pk:
            return fresh
        before, fresh.owner, fresh.owned_since = fresh.owner, actor, timezone.now()
        fresh.message = f"Taken over from {name_of(before)}."
        fresh.save(update_fields=["owner", "owned_since", "message"])
        audit(
            "numbers.purchase.taken_over",
            fresh,
            actor,
            before={"owner": before.get_username()},
            after={"owner": actor.get_username()},
        )
    return fresh


def add(purchase: Purchase, actor: User, numbers: Sequence[str], query: StockQuery) -> Added:
    """Reserve numbers that a person chose among the stock of `query`.

    Up to AT_ONCE are reserved here and now, more by a job. What is in the cart already is left out, so a second click
    adds nothing. Raises PermissionDenied, HeldByOther, NotPossible.
    """
    client = client_of(purchase, actor)
    with transaction.atomic():
        purchase = own(purchase, actor, PurchaseState.FILLING)
        wanted = list(dict.fromkeys(numbers))
        known = rows.held(purchase) | _on_their_way(purchase)
        added = Added(known=[number for number in wanted if number in known])
        fresh = [number for number in wanted if number not in known]
        if not fresh:
            return added
        if len(fresh) > AT_ONCE or jobs_of(purchase):
            added.job = _job_for_numbers(purchase, actor, fresh, query)
            return added
        made = [reserve.one(purchase, actor, number, query, key=uuid4()) for number in fresh]
        audit("numbers.purchase.added", purchase, actor, params={"numbers": fresh})
    for intent in made:
        _reserve_now(intent, client, added)
    if added.checking:
        open_ = [intent for intent in made if intent.params["number"] in added.checking]
        added.job = settle_job(purchase, actor, open_)
    return added


def reserve_many(purchase: Purchase, actor: User, queries: Sequence[StockQuery], quantity: int, *, token: str) -> Job:
    """Reserve `quantity` numbers (1 to 20,000) as a job: the lowest of the first query, then of the next.

    `token` is minted with the form: a second click with it returns the same job. When there are fewer for sale, the job
    reserves those and says how many are missing. Raises PermissionDenied, HeldByOther, NotPossible.
    """
    if not 1 <= quantity <= MOST:
        raise NotPossible(f"Ask for 1 to {MOST:,} numbers.")
    try:
        wanted = [stock.query_params(query) for query in dict.fromkeys(queries)]
    except ValueError as error:
        raise NotPossible(str(error)) from error
    if not wanted:
        raise NotPossible("Say where the numbers are to be.")
    with transaction.atomic():
        purchase = own(purchase, actor, PurchaseState.FILLING)
        known = Job.objects.filter(connection=purchase.connection, kind="numbers.reserve", params__form=token).first()
        if known is not None:
            return known
        places = [stock.describe(stock.query_from(params)) for params in wanted]
        where = ", ".join(places) if len(places) <= 3 else f"{len(places)} exchanges"
        size = min(A_CALL, max(A_STEP, -(-quantity // STEPS)))
        items = [
            {
                "key": f"{at + 1}",
                "label": f"Numbers {at + 1:,} to {min(at + size, quantity):,}" if quantity > 1 else "One number",
                "params": {"quantity": min(size, quantity - at)},
            }
            for at in range(0, quantity, size)
        ]
        params = {"queries": wanted, "quantity": quantity, "form": token}
        job = submit_work("numbers.reserve", f"Reserve {counted(quantity)} of {where}", purchase, actor, items, params)
        audit("numbers.purchase.asked_for_many", purchase, actor, params={"quantity": quantity, "of": places})
    return job


# --- inside ---------------------------------------------------------------------------------------------------


def _on_their_way(purchase: Purchase) -> set[str]:
    """Numbers that a call under way, or a job, will reserve."""
    found = {intent.params["number"] for intent in intents_of(purchase) if "number" in intent.params}
    for job in jobs_of(purchase):
        if job.kind == "numbers.reserve":
            found.update(key for key in job.items.values_list("key", flat=True) if key.startswith("+"))
    return found


def _job_for_numbers(purchase: Purchase, actor: User, numbers: Sequence[str], query: StockQuery) -> Job:
    params = stock.query_params(StockQuery(kind=query.kind, area=query.area, prefix=query.prefix))
    items = [{"key": number, "label": phone(number), "params": {"number": number, **params}} for number in numbers]
    audit("numbers.purchase.added", purchase, actor, params={"count": len(numbers), "numbers": list(numbers[:100])})
    return submit_work("numbers.reserve", f"Reserve {counted(len(numbers))}", purchase, actor, items, {})


def _reserve_now(intent: Intent, client: Client, added: Added) -> None:
    """Reserve one number while the person waits, and note what became of it."""
    number = intent.params["number"]
    if added.problem is not None or added.checking:
        # The carrier has fallen silent: do not let the person wait for every number in turn.
        intents.withdraw(intent, "Not tried, because the carrier did not answer for the number before.")
        added.not_tried.append(number)
        return
    try:
        advance_soon(intent, client)
    except intents.Waiting:
        if intent.state == IntentState.SENDING:
            added.checking.append(number)
        else:
            intents.withdraw(intent, "Not tried, because another call on the cart was under way.")
            added.not_tried.append(number)
    except NotSent as error:
        intents.withdraw(intent, error.user_message)
        added.not_tried.append(number)
        added.problem = error
    except VendorError as error:
        if intent.state == IntentState.CONFIRMED:  # asked to slow down: nothing happened
            intents.withdraw(intent, error.user_message)
            added.not_tried.append(number)
            added.problem = error
        else:
            added.refused[number] = error.user_message
    else:
        proven = intent.result.get("reserved")
        (added.reserved if proven else added.uncertain).append(number)
