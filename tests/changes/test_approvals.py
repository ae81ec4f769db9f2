"""A second person for plans: which rule asks for one, who may be it, and that what is done is what they agreed to."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Tenant, User
from apps.audit.models import AuditEntry
from apps.changes import approvals, services
from apps.changes.approvals.plans import PlanApproval
from apps.changes.models import Approval, ApprovalPolicy, ApprovalState, Plan, PlanState, PlanStep, StepState
from apps.changes.registry import Touch, register
from apps.connections.models import Connection
from apps.connections.services import send_from_console
from apps.jobs import services as jobs
from apps.jobs.models import Job, Schedule
from apps.numbers.models import Number
from apps.numbers.services import plans as number_plans
from apps.sandbox.carrier import CarrierSandbox
from apps.vendors.core.registry import vendors
from tests.changes.conftest import Desk
from tests.fixtures.people import PASSWORD, ClientFor, add_person


@register
class ChangeAddress(number_plans.ChangeStatus):
    """A change of which some steps concern 911: those of numbers that are in use."""

    key = "test.emergency"

    def touched(self, steps: QuerySet[PlanStep]) -> frozenset[Touch]:
        return frozenset({Touch.EMERGENCY}) if steps.filter(now="active").exists() else frozenset()


@pytest.fixture
def rules(ada: User) -> Callable[..., bool]:
    """A function that sets rules as the administrator."""
    return lambda **named: approvals.change_policy(ada, **named)


@pytest.fixture
def asked(desk: Desk, rules: Callable[..., bool]) -> Approval:
    """Ada asks for the cancellation of two numbers."""
    rules(cancellation=True)
    return services.ask_approval(desk.cancel(desk.rows(2)), desk.person, "The customer has left.")


def plan_of(approval: Approval) -> Plan:
    return Plan.objects.get(public_id=approval.subject.split()[-1])


def states() -> list[str]:
    return list(Approval.objects.order_by("pk").values_list("state", flat=True))


def actions() -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="approval.").order_by("sequence")
    return [entry.action.removeprefix("approval.") for entry in entries]


def together(*acts: Callable[[], object]) -> list[str]:
    """Do these at the same moment, each on its own connection; return what became of each, in order."""
    gate, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
            outcomes[place] = "done"
        except (services.NotPossible, PermissionDenied) as refusal:
            outcomes[place] = type(refusal).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# --- the rules ----------------------------------------------------------------------------------------------


def test_nothing_wants_a_second_person_until_a_rule_says_so(desk: Desk) -> None:
    plan = desk.cancel(desk.rows(2))
    assert not approvals.standing(PlanApproval, plan).blocked
    with pytest.raises(services.NotPossible, match="No second person"):
        services.ask_approval(plan, desk.person, "To be sure.")
    assert desk.apply(plan).state == PlanState.DONE
    assert not Approval.objects.exists()


def test_rules_are_recorded_before_and_after_and_what_loosens_is_named(rules: Callable[..., bool], ada: User) -> None:
    assert rules(spend_limit=Decimal("1.00"), bulk=True)
    assert not rules(bulk=True), "nothing changed, so nothing is recorded"
    assert rules(spend_limit=Decimal("5.00"), bulk=False)
    first, second = AuditEntry.objects.filter(action="approval.policy_changed").order_by("sequence")
    assert first.before == {"spend_limit": "off", "cancellation": False, "emergency": False, "bulk": False}
    assert first.after == {"spend_limit": "1.00", "cancellation": False, "emergency": False, "bulk": True}
    assert first.params == {"loosened": []}
    assert second.params == {"loosened": ["spend_limit", "bulk"]}
    assert second.actor == ada
    assert ApprovalPolicy.objects.count() == 1


@pytest.mark.parametrize("who", ["ops", "sam", "aud", "tess"])
def test_only_administrators_set_rules(who: str, db: None) -> None:
    with pytest.raises(PermissionDenied):
        approvals.change_policy(add_person(who), bulk=True)
    assert not ApprovalPolicy.objects.exists()


def test_each_rule_asks_for_its_own_plans_alone(desk: Desk, rules: Callable[..., bool]) -> None:
    few, many = desk.rows(2), list(Number.objects.filter(status="active").values_list("number", flat=True))
    cancel, bulk, small = desk.cancel(few), desk.set_status(many, "inactive"), desk.move(few)
    address = desk.read(services.draw_up("test.emergency", drafts(few), title="Addresses", actor=desk.person))
    plans = {"cancellation": cancel, "bulk": bulk, "emergency": address}
    for name, plan in plans.items():
        rules(**{rule: rule == name for rule in plans})
        assert approvals.standing(PlanApproval, plan).blocked, name
        others = [one for rule, one in plans.items() if rule != name] + [small]
        assert not any(approvals.standing(PlanApproval, other).blocked for other in others), name
        with pytest.raises(services.NeedsApproval, match="needs a second person"):
            services.apply(plan, desk.person)
        plan.refresh_from_db()
        assert (plan.state, plan.job.kind) == (PlanState.DRAFT, "changes.read")  # type: ignore[union-attr]


def test_steps_that_do_not_touch_911_need_nobody(desk: Desk, rules: Callable[..., bool]) -> None:
    """Where the steps of one kind differ, the kind says which concern 911."""
    rules(emergency=True)
    plan = desk.read(services.draw_up("test.emergency", drafts(desk.rows(2)), title="Addresses", actor=desk.person))
    one, other = plan.steps.order_by("position")
    PlanStep.objects.filter(pk=one.pk).update(now="spare")
    assert approvals.standing(PlanApproval, plan).blocked
    PlanStep.objects.filter(pk=other.pk).update(state=StepState.SKIPPED)
    assert not approvals.standing(PlanApproval, plan).blocked


def test_a_small_change_is_not_made_at_once_when_a_rule_asks_for_a_second_person(
    desk: Desk, rules: Callable[..., bool]
) -> None:
    rules(emergency=True)
    plan = services.draw_up("test.emergency", drafts(desk.rows(1)), title="Address", actor=desk.person, at_once=True)
    plan = desk.read(plan)
    assert (plan.state, plan.at_once) == (PlanState.DRAFT, False)
    assert desk.read(desk.move(desk.rows(1), at_once=True)).state == PlanState.DONE


def drafts(numbers: list[str]) -> list[object]:
    return list(number_plans._status_drafts(Number.objects.filter(number__in=numbers), "inactive"))


# --- the way there ------------------------------------------------------------------------------------------


def test_what_somebody_else_approved_is_done_once(desk: Desk, asked: Approval, ops: User) -> None:
    plan = plan_of(asked)
    with pytest.raises(services.NeedsApproval, match="nobody has decided yet"):
        services.apply(plan, desk.person)
    approvals.comment(asked, ops, "Is the contract over?")
    approvals.approve(asked, ops, "Seen the letter.")
    assert desk.apply(plan).state == PlanState.DONE
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.used_by, asked.comment) == ("used", ops, desk.person, "Seen the letter.")
    assert actions() == ["policy_changed", "asked", "commented", "approved", "used"]
    used = AuditEntry.objects.get(action="approval.used")
    assert (used.actor, used.params["asked_by"], used.params["approved_by"]) == (desk.person, "ada", "ops")
    assert used.params["fingerprint"] == asked.fingerprint
    with pytest.raises(services.NotPossible, match="over already"):
        services.apply(plan, desk.person)


def test_who_is_refused_reads_why_and_may_ask_again(desk: Desk, asked: Approval, ops: User) -> None:
    with pytest.raises(services.NotPossible, match="Say why not"):
        approvals.refuse(asked, ops, " ")
    approvals.refuse(asked, ops, "Wrong customer.")
    plan = plan_of(asked)
    with pytest.raises(services.NeedsApproval, match="Ops Operator refused it"):
        services.apply(plan, desk.person)
    with pytest.raises(services.NotPossible, match="refused already"):
        approvals.approve(asked, ops)
    again = services.ask_approval(plan, desk.person, "The right one now.")
    assert again != asked
    assert states() == ["refused", "asked"]


def test_what_was_approved_and_read_anew_with_another_value_needs_it_again(
    desk: Desk, rules: Callable[..., bool], carrier: CarrierSandbox, ops: User
) -> None:
    rules(emergency=True)
    numbers = desk.rows(3)
    plan = desk.read(services.draw_up("test.emergency", drafts(numbers), title="Addresses", actor=desk.person))
    first = services.ask_approval(plan, desk.person, "They moved.")
    approvals.approve(first, ops)
    desk.read(services.read_again(plan, desk.person))
    assert approvals.standing(PlanApproval, plan).cleared, "read again, and the same"
    carrier.account.numbers[numbers[0].removeprefix("+1")].status = "0"  # so already: one step less
    plan = desk.read(services.read_again(plan, desk.person))
    standing = approvals.standing(PlanApproval, plan)
    assert (standing.blocked, standing.changed) == (True, True)
    with pytest.raises(services.NeedsApproval, match="changed since"):
        services.apply(plan, desk.person)
    second = services.ask_approval(plan, desk.person, "One less.")
    assert states() == ["expired", "asked"]
    approvals.approve(second, ops)
    assert desk.apply(plan).state == PlanState.DONE


def test_what_changed_cannot_be_approved(desk: Desk, asked: Approval, ops: User) -> None:
    plan = plan_of(asked)
    plan.steps.filter(position=0).update(after="something else")
    with pytest.raises(services.NotPossible, match="changed since"):
        approvals.approve(asked, ops)
    services.discard(plan, desk.person)
    with pytest.raises(services.NotPossible, match="over already"):
        approvals.approve(asked, ops)
    assert states() == ["asked"]


def test_what_failed_goes_on_under_the_same_approval_and_no_further(
    desk: Desk, asked: Approval, ops: User, carrier: CarrierSandbox
) -> None:
    approvals.approve(asked, ops)
    carrier.faults.set("down", "updatenumber")
    plan = plan_of(asked)
    services.apply(plan, desk.person)
    plan = desk.read(plan)
    assert plan.state in {PlanState.FAILED, PlanState.UNKNOWN}
    carrier.faults.clear()
    services.retry(plan, desk.person)
    assert desk.read(plan).state == PlanState.DONE
    assert actions().count("used") == 1


def test_what_was_applied_before_the_rule_is_not_taken_up_again_without_a_second_person(
    desk: Desk, rules: Callable[..., bool], carrier: CarrierSandbox
) -> None:
    carrier.faults.set("down", "updatenumber")
    plan = desk.apply(desk.cancel(desk.rows(2)))
    assert plan.state in {PlanState.FAILED, PlanState.UNKNOWN}
    carrier.faults.clear()
    rules(cancellation=True)
    before = plan.state
    with pytest.raises(services.NeedsApproval, match="new plan"):
        services.retry(plan, desk.person)
    jobs.retry_failed(plan.job, desk.person)  # type: ignore[arg-type]
    plan = desk.read(plan)
    assert plan.state == before
    item = plan.job.items.get()  # type: ignore[union-attr]
    assert "needs a second person" in item.message
    assert not AuditEntry.objects.filter(action="approval.used").exists()


def test_a_rule_that_is_taken_back_lets_the_plan_go(desk: Desk, asked: Approval, rules: Callable[..., bool]) -> None:
    rules(cancellation=False)
    assert desk.apply(plan_of(asked)).state == PlanState.DONE
    assert approvals.expire_due() == 1
    assert states() == ["expired"]


def test_a_rule_that_comes_later_does_not_undo_what_is_under_way(desk: Desk, rules: Callable[..., bool]) -> None:
    plan = desk.cancel(desk.rows(2))
    services.apply(plan, desk.person)
    rules(cancellation=True)
    assert desk.read(plan).state == PlanState.DONE


# --- who ----------------------------------------------------------------------------------------------------


def test_nobody_approves_their_own(desk: Desk, asked: Approval, ops: User) -> None:
    with pytest.raises(PermissionDenied, match="Nobody approves their own"):
        approvals.approve(asked, desk.person)
    with pytest.raises(PermissionDenied, match="Nobody approves their own"):
        approvals.refuse(asked, desk.person, "No.")
    plan_of(asked)
    Plan.objects.update(created_by=ops)  # theirs, though somebody else asked
    with pytest.raises(PermissionDenied, match="Nobody approves their own"):
        approvals.approve(asked, ops)
    assert states() == ["asked"]


def test_neither_does_who_drew_it_up(desk: Desk, rules: Callable[..., bool], ops: User) -> None:
    rules(cancellation=True)
    plan = desk.cancel(desk.rows(1))
    asked = services.ask_approval(plan, ops, "Ada asked me to.")
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, desk.person)
    assert not Approval.objects.waiting_for(desk.person).exists()


@pytest.mark.parametrize("who", ["sam", "aud", "tess", "theo"])
def test_roles_that_do_not_decide(asked: Approval, who: str) -> None:
    person = add_person(who)
    for act in (lambda: approvals.approve(asked, person), lambda: approvals.refuse(asked, person, "No.")):
        with pytest.raises(PermissionDenied):
            act()
    assert not Approval.objects.waiting_for(person).exists()
    assert states() == ["asked"]


def test_who_is_kept_from_it_neither_sees_nor_decides(asked: Approval, ops: User, ours: Tenant) -> None:
    other = Connection.objects.create(name="another", vendor="carrier", base_url="http://127.0.0.1:1")
    ops.connections.add(other)
    kept = User.objects.get(pk=ops.pk)
    assert not Approval.objects.visible_to(kept).exists()
    with pytest.raises(PermissionDenied, match="reaches past"):
        approvals.approve(asked, kept)
    ops.connections.add(asked.connections.get())
    assert Approval.objects.waiting_for(User.objects.get(pk=ops.pk)).exists(), "who reaches all of it may"
    ops.connections.clear()
    limited = User.objects.get(pk=ops.pk)
    Membership.objects.create(tenant=ours, person=limited)
    assert not Approval.objects.visible_to(limited).exists()
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, limited)


def test_seeing_as_a_tenant_nobody_decides(asked: Approval, ops: User, ours: Tenant, client_for: ClientFor) -> None:
    ops.viewing_as = ours
    with pytest.raises(PermissionDenied):
        approvals.approve(asked, ops)
    client = client_for("ops")
    client.post(f"/scope/{ours.key}/view-as/")
    assert client.post(f"/changes/approvals/{asked.public_id}/approve/").status_code == 403
    assert states() == ["asked"]


def test_who_may_not_do_it_cannot_ask_for_it(desk: Desk, rules: Callable[..., bool], sam: User) -> None:
    rules(cancellation=True)
    with pytest.raises(PermissionDenied):
        services.ask_approval(desk.cancel(desk.rows(1)), sam, "Please.")


def test_only_who_asked_withdraws(desk: Desk, asked: Approval, ops: User) -> None:
    with pytest.raises(PermissionDenied):
        approvals.withdraw(asked, ops)
    approvals.approve(asked, ops)
    approvals.withdraw(asked, desk.person)
    with pytest.raises(services.NeedsApproval, match="withdrawn"):
        services.apply(plan_of(asked), desk.person)
    with pytest.raises(services.NotPossible, match="has withdrawn"):
        approvals.comment(asked, ops, "Why?")


# --- at the same moment -------------------------------------------------------------------------------------


@pytest.fixture
def bea(db: None) -> User:
    return User.objects.create_user(
        "bea", "bea@example.com", PASSWORD, first_name="Bea", last_name="Boss", role="administrator"
    )


def fresh(row: Approval) -> Approval:
    return Approval.objects.get(pk=row.pk)


def test_of_two_who_decide_one_does(asked: Approval, ops: User, bea: User) -> None:
    outcomes = together(
        lambda: approvals.approve(fresh(asked), ops, "Yes."), lambda: approvals.refuse(fresh(asked), bea, "No.")
    )
    assert sorted(outcomes) == ["NotPossible", "done"]
    asked.refresh_from_db()
    won = ops if outcomes[0] == "done" else bea
    assert (asked.decided_by, asked.state) == (won, "approved" if won == ops else "refused")
    assert len([action for action in actions() if action in {"approved", "refused"}]) == 1


def test_approved_and_withdrawn_at_once_it_is_not_used(desk: Desk, asked: Approval, ops: User) -> None:
    outcomes = together(lambda: approvals.approve(fresh(asked), ops), lambda: approvals.withdraw(fresh(asked), desk.person))
    assert outcomes[1] == "done"
    assert fresh(asked).state == ApprovalState.WITHDRAWN
    with pytest.raises(services.NeedsApproval):
        services.apply(plan_of(asked), desk.person)


def test_a_double_click_asks_once(desk: Desk, rules: Callable[..., bool]) -> None:
    rules(cancellation=True)
    plan = desk.cancel(desk.rows(1))
    outcomes = together(*[lambda: services.ask_approval(Plan.objects.get(pk=plan.pk), desk.person, "Please.")] * 4)
    assert outcomes == ["done"] * 4
    assert states() == ["asked"]
    assert actions().count("asked") == 1


def test_of_many_who_apply_one_uses_the_approval(desk: Desk, asked: Approval, ops: User) -> None:
    approvals.approve(asked, ops)
    outcomes = together(*[lambda: services.apply(plan_of(asked), desk.person)] * 4)
    assert sorted(outcomes) == ["NotPossible"] * 3 + ["done"]
    assert actions().count("used") == 1
    assert desk.read(plan_of(asked)).state == PlanState.DONE


def test_withdrawn_and_used_at_once_is_one_or_the_other(desk: Desk, asked: Approval, ops: User) -> None:
    approvals.approve(asked, ops)
    used, withdrawn = together(
        lambda: services.apply(plan_of(asked), desk.person), lambda: approvals.withdraw(fresh(asked), desk.person)
    )
    assert {used, withdrawn} in ({"done", "NotPossible"}, {"done", "NeedsApproval"})
    assert fresh(asked).state == ("used" if used == "done" else "withdrawn")
    assert plan_of(asked).state == ("applying" if used == "done" else "draft")


# --- time, and being told -----------------------------------------------------------------------------------


def test_what_nobody_decides_or_uses_in_time_runs_out(desk: Desk, asked: Approval, ops: User) -> None:
    late = timezone.now() - timedelta(seconds=1)
    Approval.objects.update(expires_at=late)
    with pytest.raises(services.NotPossible, match="time is over"):
        approvals.approve(fresh(asked), ops)
    assert not Approval.objects.waiting_for(ops).exists()
    again = services.ask_approval(plan_of(asked), desk.person, "Still.")
    approvals.approve(again, ops)
    Approval.objects.filter(pk=again.pk).update(expires_at=late)
    with pytest.raises(services.NeedsApproval, match="ran out"):
        services.apply(plan_of(asked), desk.person)
    row = jobs.schedule("approvals.expire", "approvals.expire", title="Close", every=timedelta(minutes=5))
    Schedule.objects.filter(pk=row.pk).update(next_run_at=late)
    [job] = [job for job in jobs.start_scheduled() if job.kind == "approvals.expire"]
    desk.work()
    assert Job.objects.get(pk=job.pk).state == "done"
    assert states() == ["expired", "expired"]
    entry = AuditEntry.objects.filter(action="approval.expired").latest("sequence")
    assert (entry.actor, entry.actor_label, entry.params["why"]) == (None, "portal", "It was approved, and not used in time.")


def test_who_can_decide_is_told_by_mail_and_who_asked_of_the_decision(
    desk: Desk, rules: Callable[..., bool], ops: User, sam: User
) -> None:
    rules(cancellation=True)
    asked = services.ask_approval(desk.cancel(desk.rows(2)), desk.person, "The customer has left.")
    desk.work()
    [told] = mail.outbox
    assert told.to == ["ops@example.com"]
    assert told.subject == f"Waiting for you: {asked.title}"
    assert asked.get_absolute_url() in told.body
    assert "The customer has left." in told.body
    approvals.refuse(asked, ops, "Not yet.")
    desk.work()
    assert mail.outbox[1].to == ["ada@example.com"]
    assert "Not yet." in mail.outbox[1].body


def test_no_mail_is_sent_where_there_is_no_server(
    desk: Desk, rules: Callable[..., bool], ops: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    rules(cancellation=True)
    services.ask_approval(desk.cancel(desk.rows(1)), desk.person, "Please.")
    assert not Job.objects.filter(kind="approvals.mail").exists()


# --- the way around -----------------------------------------------------------------------------------------


def test_neither_the_console_nor_the_command_line_is_a_way_around(
    held: Connection, desk: Desk, rules: Callable[..., bool], carrier: CarrierSandbox
) -> None:
    [number] = desk.rows(1)
    arguments = ("vendor", "call", held.name, "numbers.cancel", "-p", f"numbers={number}")
    rules(cancellation=True, spend_limit=Decimal(5))
    for call in (arguments, ("vendor", "call", held.name, "orders.process", "-p", "order_id=700100")):
        with pytest.raises(SystemExit):
            call_command(*call, stderr=(said := StringIO()))
        assert "It wants a second person. Nothing was sent." in said.getvalue()
        assert '"error": "Withheld"' in said.getvalue()
    cancel = vendors.get("carrier").operations["numbers.cancel"]
    pressed, _ = send_from_console(held, cancel, {"numbers": [number]}, token=uuid4(), actor=desk.person)
    assert (pressed.error["error"], pressed.error["sent"]) == ("Withheld", "no")  # type: ignore[index]
    withheld = AuditEntry.objects.filter(action="approval.withheld").order_by("sequence")
    assert [entry.operation for entry in withheld] == ["numbers.cancel", "orders.process", "numbers.cancel"]
    assert [entry.actor for entry in withheld] == [None, None, desk.person]
    assert carrier.account.numbers[number.removeprefix("+1")].status == "1"
    assert not writes()
    rules(cancellation=False)
    call_command(*arguments, stdout=StringIO())
    assert carrier.account.numbers[number.removeprefix("+1")].status == "2"


def writes() -> list[str]:
    calls = AuditEntry.objects.filter(action__in=["vendor.call", "vendor.call.started"])
    return list(calls.values_list("operation", flat=True))
