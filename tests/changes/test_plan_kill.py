"""A plan whose worker is killed with SIGKILL while the call is out: nothing is sent twice, nothing stays uncertain."""

import time
from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import services
from apps.changes.models import Plan, PlanState, StepState
from apps.connections.models import Connection
from apps.numbers.models import Number
from apps.numbers.services import plans
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.processes import Process

pytestmark = pytest.mark.kill


def until(done: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def standing(plan: Plan) -> str:
    return Plan.objects.values_list("state", flat=True).get(pk=plan.pk)


@pytest.mark.parametrize(("what", "status"), [("inactive", "0"), ("cancelled", "2")])
def test_killed_after_the_carrier_took_it(
    held: Connection,
    carrier: CarrierSandbox,
    ada: User,
    worker_process: Callable[..., Process],
    what: str,
    status: str,
) -> None:
    worker = worker_process(JOB_LEASE_SECONDS="2")
    numbers = list(Number.objects.filter(status="active").order_by("number").values_list("number", flat=True)[:3])
    rows = Number.objects.filter(number__in=numbers)
    plan = plans.cancel(rows, actor=ada) if what == "cancelled" else plans.set_status(rows, what, actor=ada)
    until(lambda: standing(plan) == PlanState.DRAFT)
    carrier.faults.set("slow_after", "updatenumber", delay=60)  # done at the carrier, and no answer for a minute
    services.apply(plan, ada)
    held_there = [carrier.account.numbers[number.removeprefix("+1")] for number in numbers]
    until(lambda: {one.status for one in held_there} == {status})
    assert set(plan.steps.values_list("state", flat=True)) == {StepState.SENDING}
    worker.kill()
    carrier.faults.clear()
    worker.start()
    until(lambda: standing(plan) == PlanState.DONE)
    assert {step.message for step in plan.steps.all()} == {"The reply was lost; the vendor's list shows it."}
    assert not AuditEntry.objects.filter(action="vendor.call").exists()  # the call died with its worker; none followed
