"""A shop: a connection to a carrier, a buyer, and what must hold whatever goes wrong."""

import time
from collections.abc import Iterator

import httpx
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.accounts.models import Role, User
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.jobs import runner
from apps.jobs.models import FINAL, Job, JobState
from apps.numbers.models import HELD, CartNumber, CartState, Purchase
from apps.numbers.purchase import services
from apps.sandbox.carrier import CarrierSandbox
from apps.vendors.core.numbers import StockQuery
from tests.fixtures.people import PASSWORD

SEATTLE = StockQuery(area="WA", npa_nxx="206219")
WASHINGTON = StockQuery(area="WA")
TOLL_FREE = StockQuery(kind="tollfree", prefix="866")
KNOWN = (*HELD, CartState.IGNORED, CartState.ORDERED, CartState.ALLOCATED)


class Shop:
    """Ada buys on `main`. `outside` calls the carrier as somebody else with the same account would."""

    def __init__(self, main: Connection, carrier: CarrierSandbox, ada: User) -> None:
        self.main, self.carrier, self.ada = main, carrier, ada
        self.orders_before = set(carrier.account.orders)
        self.numbers_before = set(carrier.account.numbers)
        self.debits_before = len(carrier.account.debits)
        self.foreign: set[str] = set()
        self.forms = 0

    # --- the way of a purchase ---

    @property
    def purchase(self) -> Purchase:
        return Purchase.objects.select_related("connection", "owner", "job").latest("pk")

    def start(self) -> Purchase:
        return services.start(self.main, self.ada)

    def free(self, query: StockQuery = SEATTLE, count: int = 1) -> list[str]:
        """Numbers that are for sale now, ascending."""
        found = self.carrier.stock.blocks(npa_nxx=query.npa_nxx) if query.npa_nxx else []
        blocks = found or self.carrier.stock.blocks(state=query.area)
        return [f"+1{number}" for block in blocks for number in block.numbers()][:count]

    def ask(self, quantity: int, *queries: StockQuery, form: str = "") -> Job:
        self.forms += 1
        return services.reserve_many(
            self.start(), self.ada, queries or (SEATTLE,), quantity, token=form or f"form-{self.forms}"
        )

    def fill(self, quantity: int = 10, *queries: StockQuery) -> Purchase:
        self.ask(quantity, *queries)
        self.run()
        return self.purchase

    def make_order(self) -> Job:
        trunk = next(iter(self.carrier.account.trunks.values()))
        return services.make_order(self.purchase, self.ada, trunk.id, trunk.title)

    def order(self, quantity: int = 10) -> Purchase:
        self.fill(quantity)
        self.make_order()
        self.run()
        return self.purchase

    def pay(self) -> Job:
        preview = services.preview_payment(self.purchase, self.ada)
        assert preview.can_pay, preview.obstacles
        return services.pay(self.purchase, self.ada, preview.token)

    def run(self, seconds: float = 30) -> list[Job]:
        """Do what a worker does until nothing is left to do, and return the jobs that were done."""
        done: set[int] = set()
        deadline = time.monotonic() + seconds
        while job := Job.objects.exclude(state__in=FINAL).exclude(state=JobState.PAUSED).order_by("run_at").first():
            assert time.monotonic() < deadline, f"{job} does not come to an end: {job.message}"
            time.sleep(max((job.run_at - timezone.now()).total_seconds(), 0))
            runner.run(job.pk)
            done.add(job.pk)
        return list(Job.objects.filter(pk__in=done).order_by("pk"))

    def outside(self, operation: str, **params: str) -> dict:
        """Call the carrier with this account's token, past Patchbay."""
        reply = httpx.post(f"{self.carrier.url}/{operation}", data={**self.carrier.credentials, **params}, timeout=10)
        return reply.json()

    def outside_reserves(self, quantity: int = 1, state: str = "OR") -> list[str]:
        reply = self.outside("bulkreserve", category="landline", state=state, quantity=str(quantity))
        numbers = [f"+1{number.strip()}" for number in reply["TNs"][0].split(",")]
        self.foreign.update(numbers)
        return numbers

    # --- what must hold ---

    @property
    def new_debits(self) -> int:
        return len(self.carrier.account.debits) - self.debits_before

    @property
    def new_orders(self) -> list[str]:
        return [order for order in self.carrier.account.orders if order not in self.orders_before]

    @property
    def states(self) -> dict[str, int]:
        return self.view().counts

    def view(self) -> services.PurchaseView:
        return services.view_of(self.purchase, self.ada)

    def numbers(self, *states: str) -> list[str]:
        rows = CartNumber.objects.filter(purchase=self.purchase, state__in=states).order_by("number")
        return list(rows.values_list("number", flat=True))

    def sound(self, *, debits: int = 0) -> None:
        """Assert that no money went twice, no number is lost, and nothing uncertain goes unsaid."""
        account = self.carrier.account
        assert self.new_debits == debits
        for order in self.new_orders:
            assert len(account.debits_of(order)) <= 1
        theirs = {f"+1{number}" for number in account.cart}
        theirs |= {f"+1{number}" for order in self.new_orders for number in account.orders[order].numbers}
        theirs |= {f"+1{number}" for number in set(account.numbers) - self.numbers_before}
        known = set(CartNumber.objects.filter(state__in=KNOWN).values_list("number", flat=True))
        assert theirs - self.foreign <= known, "the carrier holds numbers for us that we do not know of"
        self.flagged()

    def flagged(self) -> None:
        """No intent is left behind: what is open belongs to a purchase that says so."""
        assert not Intent.objects.filter(state=IntentState.SENDING).exists()
        for intent in Intent.objects.filter(state__in=[IntentState.CONFIRMED, IntentState.UNKNOWN]):
            purchase = Purchase.objects.get(pk=intent.params["purchase"])
            view = services.view_of(purchase, self.ada)
            said = " ".join([*view.uncertain, purchase.message, view.next_step])
            assert said, f"{intent} is not spoken of"
            if intent.state == IntentState.UNKNOWN and not purchase.is_finished:
                assert view.choices


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    settings.INTENT_PATIENCE = 0.005  # evidence is looked for a tenth of a second, not twenty seconds
    settings.CELERY_BROKER_URL = "memory://"  # nobody listens: the test runs its jobs itself
    runner.stopping.clear()


@pytest.fixture
def shop(main: Connection, carrier: CarrierSandbox, ada: User) -> Iterator[Shop]:
    carrier.log.clear()
    return Shop(main, carrier, ada)


@pytest.fixture
def bea(db: None) -> User:
    """A second administrator."""
    return User.objects.create_user(
        "bea", "bea@example.com", PASSWORD, first_name="Bea", last_name="Buyer", role=Role.ADMINISTRATOR
    )
