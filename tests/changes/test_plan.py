"""A plan over real HTTP: read, compared, sent once, read back, and honest about every number."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import services
from apps.changes.models import Plan, PlanState, PlanStep, StepState
from apps.changes.services import applying
from apps.connections.models import Connection
from apps.jobs import services as jobs
from apps.jobs.models import Job, JobState
from apps.numbers.models import InventoryRead, Number, NumberChange
from apps.numbers.services import plans as number_plans
from apps.numbers.services import sync
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.carrier.accounts import Owned
from tests.changes.conftest import Desk


def at_carrier(carrier: CarrierSandbox, number: str) -> Owned:
    return carrier.account.numbers[number.removeprefix("+1")]


def groups(carrier: CarrierSandbox, numbers: list[str]) -> set[str]:
    return {carrier.account.trunks[at_carrier(carrier, number).trunk_id].title for number in numbers}


def states(plan: Plan) -> dict[str, int]:
    return services.counts_of(plan)


def writes() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="vendor.call").order_by("sequence"))


# --- reading and applying ---------------------------------------------------------------------------------


def test_a_plan_is_read_live_shown_applied_and_read_back(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows(5)
    plan = desk.move(numbers)
    assert plan.state == PlanState.DRAFT
    assert plan.title == "Move 5 numbers to Portland edge"
    assert {(step.now_label, step.after_label) for step in plan.steps.all()} == {("Seattle edge", "Portland edge")}
    assert groups(carrier, numbers) == {"Seattle edge"}
    plan = desk.apply(plan)
    assert plan.state == PlanState.DONE
    assert groups(carrier, numbers) == {"Portland edge"}
    assert set(Number.objects.filter(number__in=numbers).values_list("trunk_group", flat=True)) == {"Portland edge"}
    (call,) = writes()
    assert call.operation == "numbers.change"
    assert sorted(call.params["numbers"]) == numbers
    assert {step.exchange_id for step in plan.steps.all()} == {call.exchange_id}
    assert AuditEntry.objects.filter(target=f"plan {plan.public_id}").count() == 2
    change = NumberChange.objects.filter(number__number=numbers[0]).get()
    assert (change.before, change.after, change.source) == ("Seattle edge", "Portland edge", "plan")
    assert (change.actor, change.reference) == (desk.person, str(plan.public_id))
    read = InventoryRead.objects.get()
    assert sum(group["numbers"] for group in read.trunk_groups) == read.total


def test_the_live_value_replaces_the_old_one_before_anybody_is_asked(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows(3)
    at_carrier(carrier, numbers[0]).status = "0"
    at_carrier(carrier, numbers[1]).status = "2"
    del carrier.account.numbers[numbers[2].removeprefix("+1")]
    plan = desk.set_status(numbers, "inactive")
    told = {step.object_ref: (step.state, step.error) for step in plan.steps.all()}
    assert told == {
        numbers[0]: (StepState.SKIPPED, "AlreadySo"),
        numbers[1]: (StepState.SKIPPED, "Obstacle"),
        numbers[2]: (StepState.SKIPPED, "Gone"),
    }
    with pytest.raises(services.NotPossible, match="nothing to change"):
        services.apply(plan, desk.person)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT
    assert Number.objects.get(number=numbers[0]).status == "inactive"  # seen on the way, kept


def test_a_vendor_that_is_down_gives_a_plan_that_says_so_and_can_be_read_again(desk: Desk, carrier: CarrierSandbox) -> None:
    carrier.faults.set("down", "getnumbers")
    plan = desk.move(desk.rows())
    assert plan.state == PlanState.UNREADABLE
    assert plan.problem["error"] == "VendorFault"
    assert plan.problem["next_step"]
    assert plan.job
    assert plan.job.state == JobState.DONE  # told on the plan's page, not by a failed job as well
    with pytest.raises(services.NotPossible):
        services.apply(plan, desk.person)
    carrier.faults.clear()
    services.read_again(plan, desk.person)
    plan = desk.read(plan)
    assert plan.state == PlanState.DRAFT
    assert plan.problem is None


def test_many_numbers_go_out_in_few_calls_with_a_result_for_each(
    desk: Desk, carrier: CarrierSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_plans.ChangeStatus, "chunk", 10)
    numbers = desk.rows(34)
    plan = desk.apply(desk.set_status(numbers, "inactive"))
    assert plan.state == PlanState.DONE
    assert [len(call.params["numbers"]) for call in writes()] == [10, 10, 10, 4]
    assert states(plan) == {"done": 34}
    assert plan.job
    assert plan.job.total == 4


def test_a_plan_holds_no_more_than_it_can_show(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.changes.services.plans.MOST_STEPS", 5)
    with pytest.raises(services.TooMany, match="at most 5"):
        desk.move(desk.rows(6))
    assert not Plan.objects.exists()


# --- once -------------------------------------------------------------------------------------------------


def test_a_plan_is_applied_once_however_often_the_button_is_pressed(desk: Desk) -> None:
    plan = desk.move(desk.rows())
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def press() -> None:
        together.wait()
        try:
            services.apply(Plan.objects.get(pk=plan.pk), desk.person)
            outcomes.append("started")
        except services.NotPossible:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "started"]
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    assert len(writes()) == 1
    with pytest.raises(services.NotPossible, match="over already"):
        services.apply(plan, desk.person)


def test_a_plan_put_away_cannot_be_applied(desk: Desk) -> None:
    plan = services.discard(desk.move(desk.rows()), desk.person)
    with pytest.raises(services.NotPossible):
        services.apply(plan, desk.person)
    assert writes() == []


# --- the state moved --------------------------------------------------------------------------------------


def test_what_moved_since_the_plan_is_reported_and_not_overwritten(desk: Desk, carrier: CarrierSandbox) -> None:
    third = carrier.account.trunks[desk.group("Seattle edge")["id"]]
    extra = type(third)("999", "Third edge", "203.0.113.9", third.date)
    carrier.account.trunks["999"] = extra
    sync(desk.connection)
    numbers = desk.rows(4)
    plan = desk.move(numbers)
    at_carrier(carrier, numbers[0]).trunk_id = "999"
    del carrier.account.numbers[numbers[1].removeprefix("+1")]
    plan = desk.apply(plan)
    assert plan.state == PlanState.PARTIAL
    assert at_carrier(carrier, numbers[0]).trunk_id == "999"
    moved, gone = plan.steps.get(object_ref=numbers[0]), plan.steps.get(object_ref=numbers[1])
    assert (moved.state, moved.error) == (StepState.SKIPPED, "Moved")
    assert "Third edge now" in moved.message
    assert (gone.state, gone.error) == (StepState.SKIPPED, "Gone")
    assert groups(carrier, numbers[2:]) == {"Portland edge"}
    assert sorted(writes()[0].params["numbers"]) == numbers[2:]
    assert Number.objects.get(number=numbers[0]).trunk_group == "Third edge"
    fresh = desk.read(services.anew(plan, desk.person))
    assert [step.now_label for step in fresh.steps.all()] == ["Third edge"]
    assert desk.apply(fresh).state == PlanState.DONE
    assert groups(carrier, numbers[:1]) == {"Portland edge"}


# --- faults while sending ---------------------------------------------------------------------------------


def test_a_lost_reply_is_settled_by_the_list(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows()
    plan = desk.move(numbers)
    carrier.faults.set("drop_after", "updatenumber")  # each try is carried out, and none is answered
    plan = desk.apply(plan)
    assert plan.state == PlanState.DONE
    assert {step.message for step in plan.steps.all()} == {"The reply was lost; the vendor's list shows it."}
    assert writes()[0].sent == "unknown"
    assert groups(carrier, numbers) == {"Portland edge"}


@pytest.mark.parametrize("fault", ["html500", "drop_before", "down"])
def test_a_call_that_did_nothing_fails_and_can_be_tried_alone(desk: Desk, carrier: CarrierSandbox, fault: str) -> None:
    numbers = desk.rows()
    plan = desk.move(numbers)
    carrier.faults.set(fault, "updatenumber")
    plan = desk.apply(plan)
    assert plan.state == PlanState.FAILED
    assert states(plan) == {"failed": 3}
    assert {step.sent for step in plan.steps.all()} == {"unknown"}
    assert "shows no change" in plan.steps.first().message  # type: ignore[union-attr]
    assert plan.job
    assert plan.job.state == JobState.FAILED
    carrier.faults.clear()
    services.retry(plan, desk.person)
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    assert groups(carrier, numbers) == {"Portland edge"}


def test_a_yes_that_did_half_is_found_by_reading_back(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows(6)
    plan = desk.move(numbers)
    carrier.faults.set("partial", "updatenumber", times=1)
    plan = desk.apply(plan)
    assert plan.state == PlanState.PARTIAL
    assert states(plan) == {"done": 3, "failed": 3}
    failed = plan.steps.filter(state=StepState.FAILED)
    assert {step.message for step in failed} == {"The vendor said yes, but its list still shows Seattle edge."}
    assert services.told(plan, states(plan)) == "3 of 6 numbers changed, 3 failed."
    services.retry(plan, desk.person)
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    assert [len(call.params["numbers"]) for call in writes()] == [6, 3]


def test_a_yes_that_cannot_be_checked_is_not_called_done(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows()
    plan = desk.move(numbers)
    carrier.faults.set("html500", "getnumbers", skip=1)  # the look before works, the look after does not
    plan = desk.apply(plan)
    assert plan.state == PlanState.UNKNOWN
    assert states(plan) == {"unknown": 3}
    carrier.faults.clear()
    before = len(writes())
    services.retry(plan, desk.person)
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    assert len(writes()) == before  # looked at, and found done: nothing is sent again


def test_one_number_the_vendor_will_not_take_costs_only_itself(
    desk: Desk, carrier: CarrierSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = desk.rows(8)
    plan = desk.move(numbers)
    # Cancelled between the look and the call: the carrier then refuses the whole call.
    read = number_plans.ChangeTrunkGroup.read

    def and_then_cancelled(*args: object) -> object:
        found = read(*args)  # type: ignore[arg-type]
        at_carrier(carrier, numbers[5]).status = "2"
        return found

    monkeypatch.setattr(number_plans.ChangeTrunkGroup, "read", and_then_cancelled)
    plan = desk.apply(plan)
    assert plan.state == PlanState.PARTIAL
    assert states(plan) == {"done": 7, "failed": 1}
    bad = plan.steps.get(state=StepState.FAILED)
    assert (bad.object_ref, bad.error) == (numbers[5], "Rejected")
    assert groups(carrier, [one for one in numbers if one != numbers[5]]) == {"Portland edge"}


def test_a_refusal_that_is_not_about_the_numbers_is_not_sent_in_pieces(desk: Desk, carrier: CarrierSandbox) -> None:
    plan = desk.move(desk.rows(8))
    del carrier.account.trunks[desk.group("Portland edge")["id"]]
    plan = desk.apply(plan)
    assert plan.state == PlanState.FAILED
    assert len(writes()) == 1
    assert {step.error for step in plan.steps.all()} == {"Rejected"}


def test_refused_credentials_fail_every_number_and_say_why(desk: Desk, carrier: CarrierSandbox) -> None:
    plan = desk.move(desk.rows())
    Connection.objects.update(credentials={**carrier.credentials, "token": "wrong"})
    plan = desk.apply(plan)
    assert plan.state == PlanState.FAILED
    assert {(step.error, step.sent) for step in plan.steps.all()} == {("AuthFailed", "no")}
    assert writes() == []


def test_a_disabled_connection_is_not_called(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows()
    plan = desk.move(numbers)
    Connection.objects.update(enabled=False)
    plan = desk.apply(plan)
    assert plan.state == PlanState.FAILED
    assert groups(carrier, numbers) == {"Seattle edge"}


# --- cancelling numbers -----------------------------------------------------------------------------------


def test_cancelling_is_one_way_confirmed_and_audited_before_it_is_sent(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows(2)
    plan = desk.cancel(numbers)
    assert plan.typed == "2"
    assert {step.reversal for step in plan.steps.all()} == {"one_way"}
    plan = desk.apply(plan)
    assert plan.state == PlanState.DONE
    assert {at_carrier(carrier, number).status for number in numbers} == {"2"}
    started = AuditEntry.objects.get(action="vendor.call.started")
    assert started.params["confirmed_by"] == f"plan {plan.public_id}"
    with pytest.raises(services.NotPossible):
        services.undo(plan, desk.person)


def test_one_number_is_confirmed_by_its_last_four(desk: Desk) -> None:
    (number,) = desk.rows(1)
    assert desk.cancel([number]).typed == number[-4:]


def test_a_cancellation_whose_reply_was_lost_is_settled_by_the_list_and_never_sent_twice(
    desk: Desk, carrier: CarrierSandbox
) -> None:
    plan = desk.cancel(desk.rows(2))
    carrier.faults.set("drop_after", "updatenumber")
    plan = desk.apply(plan)
    assert plan.state == PlanState.DONE
    assert len(writes()) == 1
    lost = desk.cancel(desk.rows(2))
    carrier.faults.clear()
    carrier.faults.set("drop_before", "updatenumber")
    lost = desk.apply(lost)
    assert lost.state == PlanState.FAILED
    assert len(writes()) == 2  # one try: a person decides about another
    carrier.faults.clear()
    services.retry(lost, desk.person)
    assert desk.read(lost).state == PlanState.DONE


def test_a_carrier_that_drops_cancelled_numbers_from_its_list_is_understood(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = desk.rows(2)
    plan = desk.cancel(numbers)
    services.apply(plan, desk.person)
    for number in numbers:  # cancelled and dropped meanwhile
        del carrier.account.numbers[number.removeprefix("+1")]
    plan = desk.read(plan)
    assert {step.error for step in plan.steps.all()} == {"AlreadySo"}
    assert plan.state == PlanState.DONE


def test_an_empty_list_does_not_count_as_cancelled(desk: Desk, carrier: CarrierSandbox) -> None:
    plan = desk.cancel(desk.rows(2))
    services.apply(plan, desk.person)
    carrier.account.numbers = {}
    plan = desk.read(plan)
    assert {step.error for step in plan.steps.all()} == {"Gone"}
    assert plan.state == PlanState.FAILED


# --- the brake --------------------------------------------------------------------------------------------


def test_a_change_of_more_than_a_third_of_the_set_wants_the_count_typed(desk: Desk) -> None:
    assert desk.set_status(desk.rows(19), "inactive").typed == ""
    plan = desk.set_status(desk.rows(30), "inactive")
    assert plan.typed == "30"
    assert "of the 64 numbers on main" in plan.brake


# --- undo -------------------------------------------------------------------------------------------------


def test_undo_puts_each_number_back_where_it_was(desk: Desk, carrier: CarrierSandbox) -> None:
    numbers = [*desk.rows(2), *desk.rows(2, trunk_group="Portland edge")]
    plan = desk.apply(desk.set_status(numbers, "inactive"))
    back = desk.read(services.undo(plan, desk.person))
    assert back.state == PlanState.DRAFT
    assert back.undo_of == plan
    assert desk.apply(back).state == PlanState.DONE
    assert {at_carrier(carrier, number).status for number in numbers} == {"1"}
    moved = desk.apply(desk.move(numbers))
    assert states(moved) == {"done": 2, "already": 2}
    back = desk.read(services.undo(moved, desk.person))
    assert sorted(step.object_ref for step in back.steps.all()) == numbers[:2]


def test_a_small_change_is_made_at_once_against_the_value_the_person_saw(desk: Desk, carrier: CarrierSandbox) -> None:
    first, second = desk.rows(2)
    plan = desk.move([first], at_once=True)
    assert plan.state == PlanState.DONE
    assert groups(carrier, [first]) == {"Portland edge"}
    back = desk.read(services.undo(plan, desk.person))
    assert back.state == PlanState.DONE
    assert groups(carrier, [first]) == {"Seattle edge"}
    at_carrier(carrier, second).status = "2"
    at_carrier(carrier, second).trunk_id = desk.group("Portland edge")["id"]
    plan = desk.move([second], at_once=True)
    assert states(plan) == {"already": 1}


# --- workers that die, jobs that are stopped --------------------------------------------------------------


def test_a_worker_that_died_after_the_call_is_recovered_by_looking(
    desk: Desk, carrier: CarrierSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = desk.rows()
    plan = desk.move(numbers)
    services.apply(plan, desk.person)

    class Died(BaseException):
        pass

    def die(*args: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(applying._Batch, "_look_back", die)
        with pytest.raises(Died):
            desk.work()
    assert set(plan.steps.values_list("state", flat=True)) == {StepState.SENDING}
    Job.objects.filter(state=JobState.RUNNING).update(state=JobState.QUEUED, lease_owner="", lease_until=None)
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    assert len(writes()) == 1
    assert groups(carrier, numbers) == {"Portland edge"}


def test_a_cancelled_job_leaves_the_rest_alone_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_plans.ChangeStatus, "chunk", 2)
    plan = desk.set_status(desk.rows(4), "inactive")
    services.apply(plan, desk.person)
    assert plan.job
    jobs.cancel(plan.job, desk.person)
    plan = services.catch_up(desk.read(plan))
    assert plan.state == PlanState.FAILED
    assert {step.error for step in plan.steps.all()} == {"Stopped"}
    services.retry(plan, desk.person)
    assert desk.read(plan).state == PlanState.DONE


def test_people_may_retry_the_job_as_well(desk: Desk, carrier: CarrierSandbox) -> None:
    plan = desk.move(desk.rows())
    carrier.faults.set("html500", "updatenumber")
    plan = desk.apply(plan)
    carrier.faults.clear()
    assert plan.job
    jobs.retry_failed(plan.job, desk.person)
    assert desk.read(plan).state == PlanState.DONE


# --- who may ----------------------------------------------------------------------------------------------


def test_roles_decide_who_draws_up_applies_and_retries(desk: Desk, sam: User, aud: User) -> None:
    rows = Number.objects.filter(number__in=desk.rows())
    with pytest.raises(PermissionDenied):
        number_plans.set_status(rows, "inactive", actor=aud)
    with pytest.raises(PermissionDenied):
        number_plans.cancel(rows, actor=sam)
    plan = desk.cancel(desk.rows())
    for person in (sam, aud):
        for act in (services.apply, services.discard, services.read_again, services.retry):
            with pytest.raises(PermissionDenied):
                act(plan, person)
    assert not PlanStep.objects.exclude(state=StepState.PENDING).exists()


def test_a_person_who_lost_the_right_since_does_not_get_it_sent(desk: Desk, ada: User) -> None:
    plan = desk.cancel(desk.rows())
    services.apply(plan, desk.person)
    User.objects.filter(pk=ada.pk).update(role="support")
    plan = services.catch_up(desk.read(plan))
    assert writes() == []
    assert plan.state == PlanState.FAILED
