"""The plan page: what is shown in each state, the typed count, one apply for two clicks, and who may."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.changes.models import Plan, PlanState
from apps.jobs.services import notifications
from apps.numbers.models import Number
from apps.sandbox.carrier import CarrierSandbox
from tests.changes.conftest import Desk
from tests.fixtures.people import ClientFor
from tests.numbers.conftest import Working


def url(plan: Plan, action: str = "") -> str:
    if action == "apply":
        return reverse("changes:apply", args=[plan.public_id])
    return reverse("changes:act", args=[plan.public_id, action]) if action else plan.get_absolute_url()


def test_a_draft_shows_every_value_before_and_after_and_names_the_act(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(3))
    page = client_for("ada").get(url(plan))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Move 3 numbers to Portland edge" in text
    assert text.count("Seattle edge") >= 3
    assert "Can be undone" in text
    assert "Values read" in text


def test_two_clicks_apply_once_and_land_on_the_same_page(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(3))
    client = client_for("ada")
    first, second = client.post(url(plan, "apply")), client.post(url(plan, "apply"), follow=True)
    assert first["Location"] == url(plan)
    assert "being applied already" in second.content.decode()
    plan = desk.read(plan)
    assert plan.state == PlanState.DONE
    text = client.get(url(plan)).content.decode()
    assert "All 3 numbers changed." in text
    assert notifications(desk.person) == []  # seen here: the bell need not ring


def test_the_count_must_be_typed_and_what_was_typed_is_kept(desk: Desk, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    plan = desk.cancel(desk.rows(3))
    client = client_for("ada")
    assert "Type 3 to confirm" in client.get(url(plan)).content.decode()
    for typed in ("", "4", "three"):
        answer = client.post(url(plan, "apply"), {"typed": typed})
        assert answer.status_code == 422
        assert "Type 3 exactly" in answer.content.decode()
        assert f'value="{typed}"' in answer.content.decode() or not typed
    assert Plan.objects.get(pk=plan.pk).state == PlanState.DRAFT
    assert client.post(url(plan, "apply"), {"typed": " 3 "}).status_code == 302
    assert desk.read(plan).state == PlanState.DONE


def test_a_quick_change_shows_its_result_at_once(
    desk: Desk, client_for: ClientFor, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = desk.move(desk.rows(2))
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 20)
    with working():
        page = client_for("ada").post(url(plan, "apply"), follow=True)
    assert "All 2 numbers changed." in page.content.decode()


def test_while_it_is_applied_the_page_follows_it_and_then_is_whole_again(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(2))
    client = client_for("ada")
    client.post(url(plan, "apply"))
    text = client.get(url(plan)).content.decode()
    assert "hx-trigger" in text
    assert "live=1" in text
    moving = client.get(url(plan) + "?live=1", headers={"hx-request": "true"})
    assert "<html" not in moving.content.decode()
    desk.work()
    done = client.get(url(plan) + "?live=1", headers={"hx-request": "true"})
    assert done["HX-Refresh"] == "true"
    assert "live=1" not in client.get(url(plan)).content.decode()


def test_what_failed_stands_first_and_can_be_tried_again(desk: Desk, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(6))
    carrier.faults.set("partial", "updatenumber", times=1)
    client = client_for("ada")
    client.post(url(plan, "apply"))
    plan = desk.read(plan)
    page = client.get(url(plan))
    assert [step.state for step in page.context["steps"]] == ["failed"] * 3 + ["done"] * 3
    assert "Try the 3 again" in page.content.decode()
    client.post(url(plan, "retry"))
    assert desk.read(plan).state == PlanState.DONE


def test_a_plan_that_could_not_be_read_says_what_to_do(desk: Desk, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    carrier.faults.set("html500", "getnumbers")
    plan = desk.move(desk.rows(2))
    text = client_for("ada").get(url(plan)).content.decode()
    assert "What to do:" in text
    assert "Read again" in text
    carrier.faults.clear()
    client_for("ada").post(url(plan, "read-again"))
    assert desk.read(plan).state == PlanState.DRAFT


def test_undo_draws_up_the_plan_back(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.apply(desk.move(desk.rows(2)))
    client = client_for("ada")
    assert "Undo" in client.get(url(plan)).content.decode()
    answer = client.post(url(plan, "undo"))
    back = Plan.objects.latest("pk")
    assert answer["Location"] == url(back)
    assert desk.read(back).undo_of == plan


def test_putting_a_plan_away_leads_back(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(2))
    answer = client_for("ada").post(url(plan, "discard"))
    assert answer["Location"] == "/numbers/"
    assert "put away" in client_for("ada").get(url(plan)).content.decode()


@pytest.mark.parametrize("action", ["apply", "discard", "read-again", "retry", "undo", "anew"])
def test_roles(desk: Desk, client_for: ClientFor, stranger: object, action: str) -> None:
    plan = desk.cancel(desk.rows(2))
    for person in ("sam", "aud"):
        page = client_for(person).get(url(plan))
        assert page.status_code == 200
        assert 'class="btn btn-danger' not in page.content.decode()
        assert client_for(person).post(url(plan, action), {"typed": "2"}).status_code == 403
    assert stranger.get(url(plan)).status_code == 302  # type: ignore[attr-defined]
    assert client_for("ada").get(url(plan, action)).status_code == 405
    assert Plan.objects.get(pk=plan.pk).state == PlanState.DRAFT


def test_unknown_plans_and_actions_are_not_found(desk: Desk, client_for: ClientFor) -> None:
    plan = desk.move(desk.rows(1))
    client = client_for("ada")
    assert client.post(url(plan, "explode")).status_code == 404
    assert client.get("/changes/00000000-0000-0000-0000-000000000000/").status_code == 404
    Plan.objects.update(kind="of.another.time")
    assert client.get(url(plan)).status_code == 404


def test_the_page_costs_the_same_for_many_numbers(desk: Desk, client_for: ClientFor) -> None:
    client = client_for("ada")
    few, many = desk.set_status(desk.rows(2), "inactive"), desk.set_status(desk.rows(35), "inactive")
    counts = []
    for plan in (few, many):
        client.get(url(plan))
        with CaptureQueriesContext(database) as caught:
            client.get(url(plan))
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_nothing_to_change_is_said_instead_of_offered(desk: Desk, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    numbers = desk.rows(2)
    for number in numbers:
        carrier.account.numbers[number.removeprefix("+1")].status = "0"
    plan = desk.set_status(numbers, "inactive")
    text = client_for("ada").get(url(plan)).content.decode()
    assert "There is nothing to change" in text
    assert url(plan, "apply") not in text
    assert set(Number.objects.filter(number__in=numbers).values_list("status", flat=True)) == {"inactive"}
