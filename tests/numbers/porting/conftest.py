"""A porting desk: a connection to a carrier, somebody at the desk, and what must hold whatever goes wrong."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.accounts.models import Tenant, User
from apps.changes.models import Intent, IntentState
from apps.connections.models import Connection
from apps.jobs import runner
from apps.jobs.models import FINAL, Job, JobState
from apps.numbers.models import PortOrder, PortRequest, PortState
from apps.numbers.porting import parsing, services
from apps.sandbox.carrier import CarrierSandbox

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
# In area codes the sandbox knows; the carrier sells none of them.
THREE = ("+12065200142", "+12065200143", "+12065200144")
TOLL_FREE = "+18665200142"
SECRET, PIN = "ACC-7791-secret", "4711-secret"
DETAILS: dict[str, Any] = {
    "losing_carrier": "Old Telephone Co",
    "line": "wireline",
    "account_number": "778-0042",
    "billing_number": "+12065200142",
    "partial": False,
    "staying": "",
    "new_billing_number": "",
    "subscriber": "business",
    "business_name": "Harbor Street Dental",
    "first_name": "",
    "middle_name": "",
    "last_name": "",
    "authorised_person": "Mira Novak",
    "house_number": "214",
    "street": "Harbor Street",
    "unit": "Suite 3",
    "city": "Seattle",
    "area": "WA",
    "postcode": "98101",
    "wanted_on": None,
}


class Desk:
    """Ada works at the desk on `main`."""

    def __init__(self, main: Connection, carrier: CarrierSandbox, ada: User) -> None:
        self.main, self.carrier, self.ada = main, carrier, ada
        self.debits_before = len(carrier.account.debits)

    def request(self, *numbers: str, tenant: Tenant | None = None, told: str = "mira@example.com") -> PortRequest:
        """A request whose numbers are checked."""
        reading = parsing.read("\n".join(numbers or THREE))
        port = services.start(self.ada, self.main, reading.found, reference="Harbor", tenant=tenant, told=told)
        services.check(port, self.ada)
        return port

    def ready(self, *numbers: str, tenant: Tenant | None = None, wireless: bool = False, **details: Any) -> PortRequest:
        """A request of which every order could be sent."""
        port = self.request(*numbers, tenant=tenant)
        for order in port.orders.all():
            self.complete(order, wireless=wireless, **details)
        return port

    def complete(self, order: PortOrder, *, wireless: bool = False, **details: Any) -> None:
        line = {"line": "wireless", "account_number": ""} if wireless else {}
        secrets = {"account": SECRET, "pin": PIN} if wireless else {}
        services.describe(order, self.ada, {**DETAILS, **line, **details}, secrets)
        services.add_paper(order, self.ada, "loa", "loa.pdf", PDF)
        services.add_paper(order, self.ada, "bill", "bill.pdf", PDF + b"bill")

    def shown(self, port: PortRequest) -> dict[str, str]:
        return {str(order.public_id): services.fingerprint(order) for order in port.orders.filter(state="draft")}

    def submit(self, port: PortRequest) -> Job:
        return services.submit(port, self.ada, self.shown(port))

    def ordered(self, *numbers: str, **more: Any) -> PortOrder:
        """An order the carrier has taken."""
        port = self.ready(*numbers, **more)
        self.submit(port)
        self.run()
        order = self.order
        assert order.state == PortState.SUBMITTED, order.message
        return order

    @property
    def order(self) -> PortOrder:
        return PortOrder.objects.select_related("request__connection", "request__tenant", "intent").latest("pk")

    def advance(self, **how: Any) -> PortOrder:
        """Let the losing carrier do something, then look."""
        order = self.order
        self.carrier.advance_ports(order.order_id, **how)
        services.poll(self.main)
        return self.order

    def run(self, seconds: float = 30) -> list[Job]:
        """Do what a worker does until nothing is left to do."""
        done: set[int] = set()
        deadline = time.monotonic() + seconds
        while job := Job.objects.exclude(state__in=FINAL).exclude(state=JobState.PAUSED).order_by("run_at").first():
            assert time.monotonic() < deadline, f"{job} does not come to an end: {job.message}"
            time.sleep(max((job.run_at - timezone.now()).total_seconds(), 0))
            runner.run(job.pk)
            done.add(job.pk)
        return list(Job.objects.filter(pk__in=done).order_by("pk"))

    @property
    def new_debits(self) -> int:
        return len(self.carrier.account.debits) - self.debits_before

    def sound(self, debits: int) -> None:
        """Assert that every order was paid once, is known here, and that nothing uncertain goes unsaid."""
        assert self.new_debits == debits
        for order_id in self.carrier.account.port_orders:
            assert len(self.carrier.account.debits_of(order_id)) == 1
            assert PortOrder.objects.filter(order_id=order_id).count() == 1, "the carrier has an order we do not know of"
        assert not Intent.objects.filter(state=IntentState.SENDING).exists()
        for intent in Intent.objects.filter(state=IntentState.UNKNOWN):
            assert PortOrder.objects.get(pk=intent.params["order"]).state == PortState.UNCERTAIN


@pytest.fixture(autouse=True)
def _quick(settings: Settings) -> None:
    settings.INTENT_PATIENCE = 0.005
    settings.CELERY_BROKER_URL = "memory://"  # nobody listens: the test runs its jobs itself
    runner.stopping.clear()


@pytest.fixture
def desk(main: Connection, carrier: CarrierSandbox, ada: User) -> Iterator[Desk]:
    carrier.lnp_step = timedelta()  # orders move when the test says so
    carrier.log.clear()
    yield Desk(main, carrier, ada)
    carrier.lnp_step = timedelta(days=1)


@pytest.fixture
def long_ago() -> Callable[[PortOrder, timedelta], None]:
    """A function that lets an order's date be so long ago."""

    def put(order: PortOrder, ago: timedelta) -> None:
        PortOrder.objects.filter(pk=order.pk).update(foc_at=timezone.now() - ago)

    return put
