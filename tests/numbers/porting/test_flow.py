"""A port from the first check to the last number, over HTTP against the sandbox carrier."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.changes.models import Intent
from apps.jobs import services as jobs
from apps.jobs.models import Job, JobItem, JobState, Schedule
from apps.numbers.models import Number, PortEvent, PortNumber, PortOrder, PortState
from apps.numbers.porting import calendar, following, selectors, services
from apps.numbers.porting.kinds import PollPorts
from tests.numbers.porting.conftest import DETAILS, PDF, PIN, SECRET, THREE, TOLL_FREE

pytestmark = pytest.mark.django_db(transaction=True)


def states(order):
    return dict(PortNumber.objects.filter(order=order).values_list("number", "state"))


# --- before ordering --------------------------------------------------------------------------------------------


def test_the_check_splits_what_can_come_from_what_cannot(desk):
    port = desk.request(*THREE, "206-520-0199")
    [order] = port.orders.all()
    assert set(states(order)) == set(THREE)
    left = port.numbers.get(portable=False)
    assert (left.number, left.order, left.note) == ("+12065200199", None, "The carrier does not take it in.")
    services.annotate(port, desk.ada, [left.pk], "The customer asks why.")
    services.check(port, desk.ada)
    left.refresh_from_db()
    assert left.note == "The customer asks why."  # what a person wrote stays
    assert services.remove(port, desk.ada, [left.pk]) == 1
    assert not port.numbers.filter(portable=False).exists()


def test_toll_free_countries_and_providers_stand_in_orders_of_their_own(desk):
    port = desk.request(*THREE[:2], f"{THREE[2]}\tCable Seven", TOLL_FREE)
    found = sorted((order.kind, order.losing_carrier, order.numbers.count()) for order in port.orders.all())
    assert found == [("local", "", 2), ("local", "Cable Seven", 1), ("tollfree", "", 1)]


def test_numbers_move_into_another_order_but_kinds_never_mix(desk):
    port = desk.request(*THREE, TOLL_FREE)
    local = port.orders.get(kind="local")
    one = local.numbers.get(number=THREE[0])
    new = services.move(port, desk.ada, [one.pk], None)
    assert set(states(new)) == {THREE[0]}
    with pytest.raises(services.NotPossible, match="never go into one order"):
        services.move(port, desk.ada, [one.pk], port.orders.get(kind="tollfree"))
    services.move(port, desk.ada, [one.pk], local)
    assert not PortOrder.objects.filter(pk=new.pk).exists()  # nothing was left in it


def test_what_is_ours_or_under_way_already_is_not_asked_for(desk):
    Number.objects.create(connection=desk.main, number=THREE[0], kind="local", status="active")
    desk.ordered(THREE[1])
    port = desk.request(*THREE)
    notes = dict(port.numbers.values_list("number", "note"))
    assert notes[THREE[0]] == "It is in the inventory already."
    assert notes[THREE[1]] == "It is being ported with Harbor-1 already."
    assert notes[THREE[2]] == ""


def test_what_is_missing_is_said_and_nothing_is_sent(desk):
    port = desk.request()
    [order] = port.orders.all()
    said = " ".join(one.text for one in services.obstacles(order))
    for missing in ("details are missing", "LOA is missing", "bill or customer service record"):
        assert missing in said
    with pytest.raises(services.NotPossible, match="cannot be ordered"):
        desk.submit(port)
    desk.complete(order)
    assert services.obstacles(PortOrder.objects.get(pk=order.pk)) == []
    assert desk.carrier.log.count("generate_lnp_order") == 0


def test_a_date_that_passed_while_it_was_a_draft_stops_the_order(desk):
    port = desk.ready()
    [order] = port.orders.all()
    order.wanted_on = timezone.now().date() - timedelta(days=1)
    order.save()
    assert any("is past" in one.text for one in services.obstacles(order))


# --- ordering ---------------------------------------------------------------------------------------------------


def test_every_order_is_placed_once_with_its_papers(desk):
    port = desk.ready(*THREE, TOLL_FREE)
    local = port.orders.get(kind="local")
    services.add_paper(local, desk.ada, "loa", "second.pdf", PDF + b"2")
    wanted = calendar.earliest("US", simple=False)
    services.describe(local, desk.ada, {**DETAILS, "wanted_on": wanted}, {})
    desk.submit(port)
    [done] = desk.run()
    assert done.state == JobState.DONE
    assert done.message == "2 of 2 port orders placed."
    theirs = desk.carrier.account.port_orders
    assert {tuple(sorted(order.numbers)) for order in theirs.values()} == {
        tuple(number[2:] for number in THREE),
        (TOLL_FREE[2:],),
    }
    local.refresh_from_db()
    held = theirs[local.order_id]
    assert held.port["requestedFocDate"].startswith(str(wanted))
    with zipfile.ZipFile(io.BytesIO((desk.carrier.carrier.uploads / held.port["loa_doc"]).read_bytes())) as archive:
        assert archive.namelist() == ["01-loa.pdf", "02-second.pdf"]
    assert set(states(local).values()) == {PortState.SUBMITTED}
    desk.sound(debits=2)


def test_a_second_click_and_a_second_tab_find_the_first_job(desk):
    port = desk.ready()
    shown = desk.shown(port)
    first = services.submit(port, desk.ada, shown)
    assert services.submit(port, desk.ada, shown) == first
    desk.run()
    assert services.submit(port, desk.ada, shown) == first
    assert desk.run() == []
    desk.sound(debits=1)


def test_what_changed_since_it_was_shown_is_not_sent(desk):
    port = desk.ready()
    shown = desk.shown(port)
    [order] = port.orders.all()
    services.describe(order, desk.ada, {**DETAILS, "house_number": "215"}, {})
    with pytest.raises(services.NotPossible, match="changed in another window"):
        services.submit(port, desk.ada, shown)
    assert Intent.objects.count() == Job.objects.count() == 0


def test_account_and_pin_are_nowhere_but_sealed_and_on_the_wire(desk, caplog):
    port = desk.ready(THREE[0], wireless=True)
    [order] = port.orders.all()
    assert order.secrets.open() == {"account": SECRET, "pin": PIN}
    services.describe(order, desk.ada, {**DETAILS, "line": "wireless", "account_number": ""}, {})
    order.refresh_from_db()
    assert order.secrets.open() == {"account": SECRET, "pin": PIN}  # empty keeps what is stored
    desk.submit(port)
    desk.run()
    tables = [AuditEntry, Intent, Job, JobItem, PortEvent, PortOrder, PortNumber]
    for table in tables:
        for row in table.objects.values():
            assert SECRET not in str(row), table
            assert PIN not in str(row), table
    assert SECRET not in caplog.text
    desk.advance(steps=3)
    assert desk.order.state == PortState.COMPLETE
    assert desk.order.secrets.open() == {}  # and gone once nobody needs them


def test_what_the_carrier_leaves_out_is_said(desk):
    port = desk.ready()
    desk.carrier.faults.set("partial", "generate_lnp_order", value=2)
    desk.submit(port)
    desk.run()
    order = desk.order
    assert order.state == PortState.EXCEPTION
    assert sorted(states(order).values()) == ["rejected", "submitted", "submitted"]
    assert order.numbers.get(state="rejected").reason == "not_served"
    desk.sound(debits=1)


def test_a_refusal_makes_it_a_draft_again(desk):
    port = desk.ready()
    desk.carrier.set_balance("1.00")
    desk.debits_before = len(desk.carrier.account.debits)
    desk.submit(port)
    [job] = desk.run()
    assert job.state == JobState.FAILED
    order = desk.order
    assert order.state == PortState.DRAFT
    assert "The balance does not cover it" in order.message
    desk.carrier.set_balance("500.00")
    desk.debits_before = len(desk.carrier.account.debits)
    desk.submit(port)
    desk.run()
    assert desk.order.state == PortState.SUBMITTED
    desk.sound(debits=1)


def test_a_cancelled_job_leaves_a_draft(desk, client_for):
    port = desk.ready()
    job = desk.submit(port)
    jobs.cancel(job, desk.ada)
    desk.run()
    assert "Go on preparing it" in client_for(desk.ada).get(desk.order.get_absolute_url()).text
    assert desk.order.state == PortState.DRAFT
    desk.submit(port)
    desk.run()
    assert desk.order.state == PortState.SUBMITTED
    desk.sound(debits=1)


def test_what_a_job_left_in_the_middle_is_settled_by_the_next_look(desk, monkeypatch):
    from apps.changes.intents import services as intents

    port = desk.ready()
    monkeypatch.setattr(intents, "_replied", lambda *_: (_ for _ in ()).throw(ZeroDivisionError))
    desk.submit(port)
    [job] = desk.run()
    assert job.state == JobState.FAILED
    monkeypatch.undo()
    assert desk.order.state == PortState.ORDERING
    schedule = Schedule(kind="numbers.port.poll")
    jobs.submit("numbers.port.poll", title="Look", actor=None, items=PollPorts().scheduled_items(schedule) or ())
    desk.run()
    assert desk.order.state == PortState.SUBMITTED
    desk.sound(debits=1)


# --- following --------------------------------------------------------------------------------------------------


def test_the_timeline_is_built_from_what_the_carrier_lists(desk, ours):
    order = desk.ordered(tenant=ours)
    desk.advance(steps=1)  # 2: no date, and the document does not say what it means
    order = desk.order
    assert order.state == PortState.SUBMITTED
    assert [one.key for one in selectors.alerts(order)] == ["code"]
    services.acknowledge(order, desk.ada, "They have it.")
    assert selectors.alerts(desk.order) == []
    order = desk.advance(steps=1)
    assert order.state == PortState.DATE_SET
    assert order.foc_at is not None
    assert desk.carrier.log.count("get_lnp_orders") >= 3
    before = order.events.count()
    services.poll(desk.main)
    assert order.events.count() == before  # what did not change is no event
    order = desk.advance(steps=1)
    assert order.state == PortState.COMPLETE
    assert order.finished_at is not None
    codes = list(order.events.filter(kind="code").order_by("pk").values_list("status_code", flat=True))
    assert codes == ["2", "3", "4"]
    held = Number.objects.filter(number__in=THREE, missing_since=None)
    assert {(row.tenant, row.order_id, row.order_type) for row in held} == {(ours, order.order_id, "Portin")}
    assert held.count() == 3
    assert following.following() == []


def test_a_code_alone_never_completes_a_port(desk):
    order = desk.ordered()
    desk.carrier.account.port_orders[order.order_id].status = "4"
    services.poll(desk.main)
    assert desk.order.state == PortState.SUBMITTED
    assert desk.order.status_code == "4"


def test_mail_goes_out_when_the_date_is_set_moves_and_at_the_end(desk):
    order = desk.ordered()
    desk.advance(steps=2)
    assert [one.subject for one in mail.outbox] == [f"Your numbers move on a confirmed date ({order.label})"]
    assert mail.outbox[0].to == ["mira@example.com"]
    assert "+1 206-520-0142" in mail.outbox[0].body
    assert "Do not cancel the old service yet" in mail.outbox[0].body
    assert order.get_absolute_url() in mail.outbox[0].body
    services.poll(desk.main)
    assert len(mail.outbox) == 1
    desk.advance(foc="2027-01-12 16:30:00")
    assert "has changed" in mail.outbox[1].subject
    assert "to Tuesday, Jan 12, 2027" in mail.outbox[1].body
    desk.advance(steps=1)
    assert "are here" in mail.outbox[2].subject
    assert len(mail.outbox) == 3


def test_mail_that_was_not_taken_is_sent_by_the_next_look(desk, monkeypatch):
    from apps.numbers.porting import mail as mailing

    order = desk.ordered()

    def refuse(*_args):
        raise ConnectionRefusedError

    monkeypatch.setattr(mailing, "send_mail", refuse)
    desk.advance(steps=2)
    assert PortEvent.objects.filter(order=order, mail="due").count() == 1
    monkeypatch.undo()
    services.poll(desk.main)
    assert len(mail.outbox) == 1
    assert not PortEvent.objects.filter(mail="due").exists()


def test_another_date_than_asked_a_near_one_and_a_missed_one_are_told(desk, long_ago):
    order = desk.ordered(wanted_on=calendar.earliest("US", simple=False))
    later = calendar.after(order.wanted_on, 3, "US")
    order = desk.advance(foc=f"{later} 16:30:00", steps=2)
    assert [one.key for one in selectors.alerts(order)] == ["other_date"]
    assert "It was asked for" in order.events.get(kind="foc_set").text
    assert [one.key for one in selectors.alerts(order, calendar.moment(later, "US") - timedelta(hours=40))][0] == "near"
    missed = selectors.alerts(order, calendar.moment(later, "US") + timedelta(days=2))
    assert "2 days ago" in missed[0].text
    assert selectors.attention(desk.ada) == 0
    long_ago(order, timedelta(days=2))
    assert selectors.attention(desk.ada) == 1


def test_no_date_for_long_is_told(desk):
    order = desk.ordered()
    late = calendar.moment(calendar.after(timezone.now().date(), 7, "US"), "US")
    assert [one.key for one in selectors.alerts(order, late)] == ["overdue"]


def test_the_schedule_looks_while_something_is_under_way(desk):
    schedule = Schedule.objects.filter(key="numbers.port.poll").first() or Schedule(kind="numbers.port.poll")
    assert PollPorts().scheduled_items(schedule) is None
    desk.ordered()
    assert [one["label"] for one in PollPorts().scheduled_items(schedule)] == ["main"]


def test_a_list_without_the_order_changes_nothing(desk):
    order = desk.ordered()
    kept = dict(desk.carrier.account.port_orders)
    desk.carrier.account.port_orders.clear()
    services.poll(desk.main)
    assert desk.order.state == PortState.SUBMITTED
    assert [one.key for one in selectors.alerts(desk.order)] == ["problem"]
    desk.carrier.account.port_orders.update(kept)
    services.look(order, desk.ada)
    assert selectors.alerts(desk.order) == []


# --- rejections -------------------------------------------------------------------------------------------------


def test_a_rejection_is_corrected_by_a_new_order_that_names_it(desk):
    order = desk.ordered()
    desk.advance(status="5")
    assert desk.order.state == PortState.SUBMITTED  # a code says nothing
    services.reject(desk.order, desk.ada, "address", "They have another house number.")
    order.refresh_from_db()
    assert order.state == PortState.EXCEPTION
    draft = services.correct(order, desk.ada)
    assert services.correct(order, desk.ada) == draft
    assert draft.predecessor == order
    assert [paper.kind for paper in draft.papers.all()] == ["loa"]  # the bill is to be renewed
    order.refresh_from_db()
    assert order.state == PortState.CORRECTED
    services.check(draft.request, desk.ada)
    services.describe(draft, desk.ada, {**DETAILS, "house_number": "216"}, {})
    services.add_paper(draft, desk.ada, "bill", "csr.pdf", PDF + b"csr")
    desk.submit(draft.request)
    desk.run()
    draft.refresh_from_db()
    assert draft.state == PortState.SUBMITTED
    assert draft.order_id != order.order_id
    desk.advance(steps=3)
    assert desk.order.state == PortState.COMPLETE
    desk.sound(debits=2)


def test_some_numbers_are_rejected_and_the_others_go_on(desk):
    order = desk.ordered()
    services.reject(order, desk.ada, "not_on_account", numbers=[THREE[0]])
    assert states(order)[THREE[0]] == "rejected"
    assert states(order)[THREE[1]] == "submitted"
    order.refresh_from_db()
    assert order.state == PortState.EXCEPTION
    draft = services.correct(order, desk.ada)
    order.refresh_from_db()
    assert order.state == PortState.SUBMITTED
    services.discard_order(draft, desk.ada)
    order.refresh_from_db()
    assert (order.state, states(order)[THREE[0]]) == (PortState.EXCEPTION, "rejected")


def test_a_new_date_after_a_rejection_ends_it(desk):
    desk.ordered()
    services.reject(desk.order, desk.ada, "due_date")
    assert desk.advance(steps=2).state == PortState.DATE_SET


def test_the_customer_corrects_and_hands_in_but_never_orders(desk, ours, tess):
    order = desk.ordered(tenant=ours)
    services.reject(order, desk.ada, "pin")
    draft = services.correct(order, tess)
    services.describe(draft, tess, DETAILS, {})
    services.hand_in(draft, tess)
    with pytest.raises(PermissionDenied):
        services.submit(draft.request, tess, desk.shown(draft.request))
    with pytest.raises(PermissionDenied):
        services.start(tess, desk.main, [], reference="x")
    draft.refresh_from_db()
    assert [one.key for one in selectors.alerts(draft)] == ["handed_in"]
    assert selectors.attention(desk.ada) == 1
    assert selectors.attention(tess) == 0


def test_a_cancelled_port_is_over_and_its_numbers_can_be_asked_for_again(desk):
    order = desk.ordered()
    services.cancel(order, desk.ada)
    order.refresh_from_db()
    assert (order.state, order.finished_at is not None) == (PortState.CANCELLED, True)
    with pytest.raises(services.NotPossible):
        services.reject(order, desk.ada, "pin")


def test_ticks_are_kept_and_can_be_taken_back(desk):
    order = desk.ordered()
    services.tick(order, desk.ada, "told", True)
    services.tick(order, desk.ada, "told", True)
    done = {line.step.key: line.by for _, lines in selectors.steps(order) for line in lines if line.at}
    assert done == {"told": str(desk.ada)}
    services.tick(order, desk.ada, "told", False)
    assert not order.ticks.exists()
    with pytest.raises(services.NotPossible):
        services.tick(order, desk.ada, "no such step", True)


def test_everything_is_in_the_log(desk):
    order = desk.ordered()
    services.reject(order, desk.ada, "pin")
    actions = set(AuditEntry.objects.filter(action__startswith="numbers.port.").values_list("action", flat=True))
    assert {f"numbers.port.{one}" for one in (
        "started", "checked", "described", "paper_added", "confirmed", "ordered", "rejected"
    )} <= actions  # fmt: skip
