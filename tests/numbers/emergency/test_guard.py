"""The guard: what gives up a 911 number is refused in the services, unless an administrator overrides that for one plan."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import services as changes
from apps.changes.models import Plan, PlanState, StepState
from apps.changes.registry import Touch, kind_of
from apps.connections.models import Connection
from apps.numbers.emergency import guard
from apps.numbers.emergency.inventory import sync
from apps.numbers.models import EmergencyOverride, EmergencySnapshot, Number
from apps.numbers.services import plans
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.world import DENTAL
from tests.fixtures.people import ClientFor
from tests.numbers.conftest import Work

MAIN, NONE, ELIN = (f"+1{DENTAL.numbers[place]}" for place in (0, -2, -1))
REASON = "The practice has closed; its lines were moved on Friday."
PlanOf = Callable[[Plan], Plan]


def rows(*numbers: str):
    return Number.objects.filter(number__in=numbers)


def test_cancelling_a_911_number_is_refused_and_says_why(board: dict[str, Connection], ada: User, plan_of: PlanOf) -> None:
    plan = plan_of(plans.cancel(rows(MAIN, NONE), actor=ada))
    refused, free = plan.steps.get(object_ref=MAIN), plan.steps.get(object_ref=NONE)
    assert (refused.state, free.state) == (StepState.SKIPPED, StepState.PENDING)
    assert "soft-switch says that it is covered" in refused.message
    assert "last 911 number of extensions 102, 103, 104 on hosted-pbx" in refused.message
    assert "override" in refused.message
    assert Touch.EMERGENCY in kind_of(plan).touched(plan.steps.all())
    assert Touch.EMERGENCY not in kind_of(plan).touched(plan_of(plans.cancel(rows(NONE), actor=ada)).steps.all())


def test_an_elin_is_kept_even_where_nobody_says_that_it_is_covered(
    board: dict[str, Connection], ada: User, plan_of: PlanOf
) -> None:
    EmergencySnapshot.objects.filter(number=ELIN).exclude(kind="location").update(covered=None)
    plan = plan_of(plans.set_status(rows(ELIN), "inactive", actor=ada))
    assert "it is the ELIN of 412 Harbor St" in plan.steps.get().message
    assert "last 911 number" not in plan.steps.get().message  # 101 shows another one as well


def test_a_small_change_becomes_a_plan_when_it_is_refused(
    board: dict[str, Connection], carrier: CarrierSandbox, client_for: ClientFor, work: Work
) -> None:
    client = client_for("sam")
    answer = client.post(f"/numbers/{MAIN}/change/status/", {"status": "inactive"})
    plan = Plan.objects.get()
    assert answer["Location"] == plan.get_absolute_url()
    work()
    text = client.get(plan.get_absolute_url()).content.decode()
    assert "refused on account of 911" in text
    assert "Override for this plan" not in text  # a support agent may not
    assert carrier.account.numbers[DENTAL.numbers[0]].status == "1"
    # Making active, and a number without 911, go as before.
    client.post(f"/numbers/{NONE}/change/status/", {"status": "inactive"})
    work()
    assert carrier.account.numbers[DENTAL.numbers[-2]].status == "0"


def test_an_override_lets_the_plan_go_and_is_audited(
    board: dict[str, Connection],
    carrier: CarrierSandbox,
    ada: User,
    plan_of: PlanOf,
    applied: PlanOf,
    client_for: ClientFor,
) -> None:
    plan = plan_of(plans.cancel(rows(MAIN), actor=ada))
    client, url = client_for("ada"), f"/numbers/911/override/{plan.public_id}/"
    assert url in client.get(plan.get_absolute_url()).content.decode()
    assert "412" not in client.get(url).content.decode() or client.get(url).status_code == 200
    assert client.post(url, {"reason": "short"}).status_code == 422
    assert client.post(url, {"reason": REASON})["Location"] == plan.get_absolute_url()
    plan = plan_of(plan)
    assert plan.steps.get().state == StepState.PENDING
    page = client.get(plan.get_absolute_url()).content.decode()
    assert REASON in page
    assert "overridden for 1 step by Ada Admin" in page
    entry = AuditEntry.objects.get(action="numbers.911.overridden")
    assert (entry.actor, entry.reason, entry.target) == (ada, REASON, MAIN)
    assert entry.params["refused"][MAIN]
    assert applied(plan).state == PlanState.DONE
    assert carrier.account.numbers[DENTAL.numbers[0]].status == "2"
    assert REASON in client.get(plan.get_absolute_url()).content.decode()


def test_only_an_administrator_who_just_proved_it_overrides(
    board: dict[str, Connection], ada: User, ops: User, plan_of: PlanOf, client_for: ClientFor
) -> None:
    plan = plan_of(plans.cancel(rows(MAIN), actor=ops))
    url = f"/numbers/911/override/{plan.public_id}/"
    for who in ("ops", "sam", "aud", "tess"):
        assert client_for(who).post(url, {"reason": REASON}).status_code == 403
    assert client_for("ada", proved=86400).post(url, {"reason": REASON}).status_code == 401
    with pytest.raises(PermissionDenied):
        guard.override(plan, REASON, ops)
    assert not EmergencyOverride.objects.exists()


def test_it_is_looked_at_again_when_the_plan_is_applied(
    board: dict[str, Connection], carrier: CarrierSandbox, ada: User, plan_of: PlanOf
) -> None:
    plan = plan_of(plans.cancel(rows(NONE), actor=ada))
    assert plan.steps.get().state == StepState.PENDING
    EmergencySnapshot.objects.filter(number=NONE, connection=board["pbxware"]).update(covered=True)
    changes.apply(plan, ada)
    plan = plan_of(plan)
    assert plan.state == PlanState.FAILED
    assert "office-pbx says that it is covered" in plan.steps.get().message
    assert carrier.account.numbers[DENTAL.numbers[-2]].status != "2"


def test_an_override_covers_only_what_stood_when_it_was_given(
    board: dict[str, Connection], carrier: CarrierSandbox, ada: User, plan_of: PlanOf
) -> None:
    second = f"+1{DENTAL.numbers[1]}"
    plan = plan_of(plans.cancel(rows(second), actor=ada))
    guard.override(plan, REASON, ada)
    plan = plan_of(plan)
    extension = EmergencySnapshot.objects.get(connection=board["mirta"], kind="extension", subject="102")
    EmergencySnapshot.objects.filter(key=extension.key).update(elin=second)
    changes.apply(plan, ada)
    plan = plan_of(plan)
    assert "last 911 number of extension" in plan.steps.get().message
    assert carrier.account.numbers[DENTAL.numbers[1]].status != "2"
    with pytest.raises(changes.NotPossible):
        guard.override(plan, REASON, ada)


def test_a_failed_read_does_not_open_the_door(board: dict[str, Connection], systems: dict, ada: User, plan_of: PlanOf) -> None:
    for vendor, connection in board.items():
        systems[vendor].faults.set("down")
        with pytest.raises(Exception, match=r".+"):
            sync(connection)
    plan = plan_of(plans.cancel(rows(MAIN), actor=ada))
    assert plan.steps.get().state == StepState.SKIPPED


def test_undoing_make_active_is_guarded_too(board: dict[str, Connection], ada: User, applied: PlanOf, plan_of: PlanOf) -> None:
    made = applied(plans.set_status(rows(NONE), "inactive", actor=ada))
    assert made.state == PlanState.DONE
    active = applied(plans.set_status(rows(NONE), "active", actor=ada))
    EmergencySnapshot.objects.filter(number=NONE, connection=board["pbxware"]).update(covered=True)
    back = plan_of(changes.undo(active, ada))
    assert back.steps.get().state == StepState.SKIPPED
