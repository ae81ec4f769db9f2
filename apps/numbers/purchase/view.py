"""A purchase as a person reads it: what is certain, what is not, and what can be done about it."""

from dataclasses import dataclass, field
from decimal import Decimal

from apps.accounts.models import User
from apps.changes.intents import kind_of
from apps.changes.models import Intent, IntentState
from apps.jobs.models import Job
from apps.numbers.models import IN_CART, TO_DECIDE, CartNumber, CartState, Purchase, PurchaseState, Question
from apps.numbers.purchase import rows
from apps.numbers.purchase.access import PERMISSION, TAKE_OVER, intents_of, jobs_of, name_of
from apps.numbers.purchase.checkout import supports_paid
from apps.numbers.purchase.clearing import open_questions
from apps.numbers.purchase.work import counted
from apps.ui.formatting import money, when


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a person can answer. `key` is the name of the service; `typed` what has to be typed first, or ""."""

    key: str
    label: str
    explains: str
    danger: bool = False
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the carrier: when, what was found, and the facts."""

    at: str
    says: str
    facts: dict[str, str]


@dataclass(frozen=True)
class PurchaseView:
    """All that a screen says of a purchase, in words.

    `state` is a word for `{% status %}`; `certain` and `uncertain` are sentences, `next_step` one more. `actions` names
    what can be done now: add, release, make_order, pay, abandon, take_over. `choices` answer an open question.
    """

    purchase: Purchase
    mine: bool
    state: str
    headline: str
    tone: str
    certain: list[str]
    uncertain: list[str]
    next_step: str
    counts: dict[str, int]
    in_cart: int
    to_decide: int
    actions: frozenset[str]
    choices: list[Choice] = field(default_factory=list)
    more: list[str] = field(default_factory=list)  # numbers in the order that were not in the cart
    fewer: list[str] = field(default_factory=list)  # numbers of the cart that are not in the order
    checks: list[Check] = field(default_factory=list)  # looks for evidence, newest first
    jobs: list[Job] = field(default_factory=list)  # at work now

    @property
    def price(self) -> Decimal | None:
        return self.purchase.amount


def view_of(purchase: Purchase, person: User) -> PurchaseView:
    """Return the purchase in words, for this person. Reads the database alone."""
    mine = purchase.owner_id == person.pk and person.may(PERMISSION)
    counts = rows.counts(purchase)
    jobs, open_ = jobs_of(purchase), intents_of(purchase)
    questions = open_questions(purchase)
    words = _Words(purchase, counts, open_, questions, jobs)
    return PurchaseView(
        purchase=purchase,
        mine=mine,
        state=purchase.state,
        headline=words.headline(),
        tone=words.tone(),
        certain=words.certain(),
        uncertain=words.uncertain(),
        next_step=words.next_step(),
        counts=counts,
        in_cart=words.in_cart,
        to_decide=words.to_decide,
        actions=_actions(purchase, person, mine, words),
        choices=_choices(purchase, words) if mine and not jobs else [],
        more=purchase.difference.get("more", []),
        fewer=purchase.difference.get("fewer", []),
        checks=_checks(open_),
        jobs=jobs,
    )


@dataclass
class _Words:
    purchase: Purchase
    counts: dict[str, int]
    open: list[Intent]
    questions: list[Intent]
    jobs: list[Job]

    @property
    def in_cart(self) -> int:
        return sum(self.counts.get(state, 0) for state in IN_CART)

    @property
    def to_decide(self) -> int:
        return sum(self.counts.get(state, 0) for state in TO_DECIDE)

    @property
    def lost(self) -> list[Intent]:
        """Calls whose answer is awaited or lost."""
        return [intent for intent in self.open if intent.state == IntentState.SENDING and intent.checks]

    @property
    def price(self) -> str:
        return money(self.purchase.amount, self.purchase.currency)

    def headline(self) -> str:
        p = self.purchase
        ordered = self.counts.get(CartState.ORDERED, 0) + self.counts.get(CartState.ALLOCATED, 0)
        match PurchaseState(p.state):
            case PurchaseState.FILLING:
                return self._cart()
            case PurchaseState.ORDERING:
                return f"Making the order of {counted(self.in_cart)}"
            case PurchaseState.ORDERED:
                return f"Order {p.order_id}: {counted(ordered)} for {self.price}, not paid yet"
            case PurchaseState.PAYING:
                return f"Paying {self.price} for {counted(ordered)}"
            case PurchaseState.PAID:
                return f"Order {p.order_id} is paid: {counted(ordered)} for {self.price}"
            case PurchaseState.NEEDS_PERSON:
                return Question(p.question).label if p.question else "Something is not certain"
            case PurchaseState.ABANDONING:
                return "The purchase is being given up"
        return "The purchase was given up"

    def _cart(self) -> str:
        if not self.in_cart:
            return "The cart is empty"
        probable = self.counts.get(CartState.UNCERTAIN, 0)
        if probable == self.in_cart:
            return f"{counted(probable).capitalize()} probably in the cart"
        certain = f"{counted(self.in_cart - probable).capitalize()} in the cart"
        return f"{certain}, {probable:,} more probably" if probable else certain

    def tone(self) -> str:
        if self.purchase.state == PurchaseState.NEEDS_PERSON or self.questions:
            return "danger"
        if self.doubts():
            return "warning"
        return "success" if self.purchase.state == PurchaseState.PAID else "info"

    def certain(self) -> list[str]:
        p, counts = self.purchase, self.counts
        told = {PurchaseState.FILLING, PurchaseState.ORDERED, PurchaseState.PAID}
        said = [p.message] if p.message and p.state in told else []
        if count := counts.get(CartState.RESERVED):
            said.append(f"The carrier's answers name {counted(count)} as reserved.")
        if count := counts.get(CartState.RELEASED):
            said.append(f"{_are(count)} released again.")
        if p.order_id:
            made = f", made {when(p.ordered_at)}" if p.ordered_at else ""
            said.append(f"The carrier has order {p.order_id}{made}, for {self.price}.")
        if p.state == PurchaseState.ORDERED:
            said.append("Nothing is paid yet.")
        if count := counts.get(CartState.ALLOCATED):
            said.append(f"{_are(count)} in the account's own list.")
        if p.state in {PurchaseState.FILLING, PurchaseState.ORDERING}:
            said.append("Reserving and ordering spend nothing; only paying does.")
        return said

    def uncertain(self) -> list[str]:
        said = self.doubts()
        if self.purchase.state == PurchaseState.FILLING and self.in_cart:
            said.append("No call reads the carrier's cart: this is what its answers said. The order will show what is in it.")
        return said

    def doubts(self) -> list[str]:
        p, counts = self.purchase, self.counts
        said = [intent.message for intent in self.questions]
        said += [_waiting(intent) for intent in self.lost]
        if p.state == PurchaseState.NEEDS_PERSON:
            said.append(p.message)
        if p.state == PurchaseState.ABANDONED and any(intent.state == IntentState.UNKNOWN for intent in self.open):
            said.append(f"It was never proven whether order {p.order_id} was paid.")
        if count := counts.get(CartState.UNCERTAIN):
            said.append(
                f"{_are(count)} probably in the cart: the carrier's answer was lost when it was asked for "
                "them, and they are no longer for sale. The order will show."
            )
        if count := counts.get(CartState.UNASKED):
            said.append(
                f"The carrier's answers name {counted(count)} that nobody here asked for. Somebody else may use the account."
            )
        if p.state == PurchaseState.PAID and (count := counts.get(CartState.ORDERED)):
            said.append(f"{_are(count)} paid for, but not in the account's list yet.")
        if count := counts.get(CartState.LEFT):
            said.append(f"{_are(count)} left behind: the carrier may still hold them in its cart.")
        return said

    def next_step(self) -> str:
        p = self.purchase
        if self.jobs:
            return f"“{self.jobs[0].title}” is at work. {self.jobs[0].message}".strip()
        if p.state == PurchaseState.FILLING:
            if self.questions or self.to_decide:
                return "Decide about what is not clear; then the order can be made."
            return "Add more numbers, or make the order to see the price." if self.in_cart else "Find numbers and add them."
        return {
            PurchaseState.ORDERING: "Wait for the carrier's answer.",
            PurchaseState.ORDERED: "Look at the price, then pay or give the purchase up.",
            PurchaseState.PAYING: "Wait: nothing is sent a second time.",
            PurchaseState.PAID: "The numbers are in the inventory.",
            PurchaseState.NEEDS_PERSON: "Answer the question below.",
            PurchaseState.ABANDONING: "Wait until the numbers are released.",
            PurchaseState.ABANDONED: p.message,
        }[PurchaseState(p.state)]


def _actions(purchase: Purchase, person: User, mine: bool, words: _Words) -> frozenset[str]:
    found = set()
    state = purchase.state
    if not mine:
        may = person.may(PERMISSION) and person.may(TAKE_OVER) and not purchase.is_finished
        return frozenset({"take_over"} if may else ())
    if state == PurchaseState.FILLING:
        found |= {"add", "release"} if words.in_cart or words.to_decide else {"add"}
        clear = not (words.jobs or words.to_decide or words.questions or words.lost)
        if words.in_cart and clear:
            found.add("make_order")
    if state == PurchaseState.ORDERED and not words.jobs:
        found.add("pay")
    idle = not words.jobs and not any(intent.state == IntentState.SENDING for intent in words.open)
    if state in {PurchaseState.FILLING, PurchaseState.ORDERED, PurchaseState.NEEDS_PERSON} and idle:
        found.add("abandon")
    return frozenset(found)


def _choices(purchase: Purchase, words: _Words) -> list[Choice]:
    give_up = Choice("abandon", "Give the purchase up", "Frees the connection for others.", danger=True)
    check = Choice("check_again", "Check again", "Asks the carrier once more. Spends nothing, changes nothing.")
    match purchase.question:
        case Question.ORDER_DIFFERS:
            count = purchase.numbers.filter(state=CartState.ORDERED).count() + len(purchase.difference.get("more", ()))
            accept = Choice(
                "accept_order",
                f"Accept the order as it is: {counted(count)} for {words.price}",
                "It is then this purchase's order. Nothing is paid by that.",
            )
            explains = "Makes the order of this cart possible; leaves that one alone."
            other = Choice("refuse_order", "It is another order", explains)
            return [accept, *([other] if purchase.difference.get("outside") else []), check, give_up]
        case Question.ORDER_UNCERTAIN:
            return [check, give_up]
        case Question.PAYMENT_UNCERTAIN:
            return [check, *_payment_choices(purchase, words), give_up]
    return [*_number_choices(words), *([check] if words.questions else [])]


def _payment_choices(purchase: Purchase, words: _Words) -> list[Choice]:
    uncertain = next((i for i in words.open if i.kind == "numbers.pay" and i.state == IntentState.UNKNOWN), None)
    if uncertain is None:
        return []
    if supports_paid(uncertain):
        explains = "There are signs of the payment. Its numbers are taken into the inventory as they appear."
        return [Choice("say_paid", "It was paid", explains, typed=purchase.order_id)]
    explains = "Looks once more; only if there is still no sign of a payment can the order be paid again."
    return [Choice("say_not_paid", "It was not paid", explains, danger=True, typed=purchase.order_id)]


def _number_choices(words: _Words) -> list[Choice]:
    if not words.to_decide:
        leave = Choice("leave", "Leave it", "What was reserved, if anything, will show in the order.")
        return [leave] if words.questions else []
    which = counted(words.to_decide)
    return [
        Choice("keep", f"Keep {which}", "Counts them as being in the cart; the order will show."),
        Choice("release", f"Release exactly {which}", "Asks the carrier to take these out of the cart.", danger=True),
        Choice("leave", f"Leave {which} alone", "Not counted, not released; the order will show whether they are in it."),
    ]


def _are(count: int) -> str:
    return "One number is" if count == 1 else f"{count:,} numbers are"


def _waiting(intent: Intent) -> str:
    """What is not known of a call whose answer was lost, what the last look showed, and how long it is looked for."""
    last = intent.last_check
    parts = [kind_of(intent).waiting(intent), last["says"] if last else ""]
    if intent.claim_until and not intent.is_overdue:
        parts.append(f"Looking until {when(intent.claim_until)}.")
    return " ".join(part for part in parts if part)


def _checks(open_: list[Intent]) -> list[Check]:
    found = [check for intent in open_ for check in reversed(intent.checks)]
    return [Check(one["at"], one["says"], {name: str(value) for name, value in one["facts"].items()}) for one in found]


def explain(row: CartNumber) -> str:
    """Say what is known of one number of a cart."""
    return row.note or _MEANING.get(CartState(row.state), "")


def owner_line(purchase: Purchase) -> str:
    """Say who holds the cart and since when."""
    return f"{name_of(purchase.owner)}, since {when(purchase.owned_since)}"


_MEANING = {
    CartState.RESERVED: "The carrier's answer names it.",
    CartState.UNCERTAIN: "The answer was lost; it left the stock at that moment.",
    CartState.ORDERED: "In the order.",
    CartState.ALLOCATED: "In the account's own list.",
    CartState.RELEASED: "The carrier says it was taken out.",
}
