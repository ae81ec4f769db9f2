"""The screens of approvals: the list, one request, the rules, and what the plan's own page says."""

from collections.abc import Callable

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import approvals, services
from apps.changes.approvals.frame import attention, home_panels, notices
from apps.changes.models import Approval, ApprovalPolicy
from tests.changes.conftest import Desk
from tests.changes.test_approvals import asked, plan_of, rules
from tests.fixtures.people import ClientFor

__all__ = ["asked", "rules"]
LIST, RULES = "/changes/approvals/", "/changes/approvals/rules/"


def text(client: object, path: str) -> str:
    answer = client.get(path)  # type: ignore[attr-defined]
    assert answer.status_code == 200
    return answer.content.decode()


def act(approval: Approval, action: str) -> str:
    return f"{approval.get_absolute_url()}{action}/"


# --- the plan's page ----------------------------------------------------------------------------------------


def test_a_plan_that_needs_somebody_offers_to_ask_instead_of_to_go(
    desk: Desk, rules: Callable[..., bool], ops: User, client_for: ClientFor
) -> None:
    rules(cancellation=True)
    plan = desk.cancel(desk.rows(2))
    ada = client_for("ada")
    page = text(ada, plan.get_absolute_url())
    assert "Needs a second person" in page
    assert "It cancels numbers." in page
    assert f"/changes/{plan.public_id}/apply/" not in page
    assert ada.post(f"/changes/{plan.public_id}/apply/", {"typed": "2"}, follow=True).content.decode().count("Ask for approval")
    assert plan.steps.filter(state="pending").count() == 2
    ada.post(f"/changes/{plan.public_id}/ask/", {"reason": "They left."})
    asked = Approval.objects.get()
    assert "Waiting for a second person" in text(ada, plan.get_absolute_url())
    client_for("ops").post(act(asked, "approve"), {"text": "Seen it."})
    page = text(ada, plan.get_absolute_url())
    assert "Ops Operator approved exactly this" in page
    assert "Seen it." in page
    ada.post(f"/changes/{plan.public_id}/apply/", {"typed": "2"})
    assert desk.read(plan).state == "done"


def test_without_a_reason_nobody_is_asked(desk: Desk, rules: Callable[..., bool], client_for: ClientFor) -> None:
    rules(cancellation=True)
    plan = desk.cancel(desk.rows(1))
    answer = client_for("ada").post(f"/changes/{plan.public_id}/ask/", {"reason": " "}, follow=True)
    assert "Say why it is wanted" in answer.content.decode()
    assert not Approval.objects.exists()


# --- one request --------------------------------------------------------------------------------------------


def test_who_decides_sees_every_step_and_who_asks_and_why(asked: Approval, ops: User, client_for: ClientFor) -> None:
    page = text(client_for("ops"), asked.get_absolute_url())
    for step in plan_of(asked).steps.all():
        assert step.label in page
    for words in (
        "The customer has left.",
        "It cancels numbers.",
        "Ada Admin",
        "From here on nothing can be undone",
        ">Approve<",
        ">Refuse<",
    ):
        assert words in page.replace("</svg>", ">"), words


def test_many_steps_come_a_page_at_a_time(desk: Desk, rules: Callable[..., bool], ops: User, client_for: ClientFor) -> None:
    rules(cancellation=True)
    numbers = [*desk.rows(60, trunk_group="Seattle edge"), *desk.rows(60, trunk_group="Portland edge")][:60]
    approval = services.ask_approval(desk.cancel(numbers), desk.person, "All of them.")
    client, seen, path = client_for("ops"), set(), approval.get_absolute_url()
    context = client.get(path).context
    seen |= {step.object_ref for step in context["steps"]}
    context = client.get(f"{path}?cursor={context['page'].next_cursor}").context
    seen |= {step.object_ref for step in context["steps"]}
    assert seen == set(numbers)


def test_own_requests_offer_no_decision_and_a_post_is_refused_and_recorded(
    desk: Desk, asked: Approval, client_for: ClientFor
) -> None:
    ada = client_for("ada")
    page = text(ada, asked.get_absolute_url())
    assert "Nobody approves their own" in page
    assert "Your decision" not in page
    assert "Withdraw the request" in page
    for action in ("approve", "refuse"):
        assert ada.post(act(asked, action), {"text": "Mine."}).status_code == 403
    denied = AuditEntry.objects.filter(action="access.denied").latest("sequence")
    assert "Nobody approves their own" in denied.error
    assert Approval.objects.get().state == "asked"


def test_approving_asks_who_is_there_first(asked: Approval, ops: User, client_for: ClientFor) -> None:
    client = client_for("ops", proved=100_000)
    assert client.post(act(asked, "approve"), {"text": "Yes."}).status_code == 401
    assert Approval.objects.get().state == "asked"


def test_comments_and_decisions_are_shown_in_order(asked: Approval, ops: User, client_for: ClientFor) -> None:
    client = client_for("ops")
    client.post(act(asked, "comment"), {"text": "<b>Sure?</b>"})
    client_for("ada").post(act(asked, "comment"), {"text": "Quite."})
    client.post(act(asked, "refuse"), {"text": "Not yet."})
    page = text(client, asked.get_absolute_url())
    assert page.index("&lt;b&gt;Sure?") < page.index("Quite.") < page.index("Not yet.")
    assert client.post(act(asked, "comment"), {"text": "More."}).status_code == 422


def test_what_was_typed_stays_when_it_comes_too_late(asked: Approval, ops: User, desk: Desk, client_for: ClientFor) -> None:
    answer = client_for("ops").post(act(asked, "refuse"), {"text": ""})
    assert answer.status_code == 422
    assert "Say why not" in answer.content.decode()
    approvals.withdraw(asked, desk.person)
    answer = client_for("ops").post(act(asked, "approve"), {"text": "Yes, of course."})
    assert answer.status_code == 422
    assert "has withdrawn this" in answer.content.decode()


def test_what_changed_since_says_so_and_cannot_be_approved(asked: Approval, ops: User, client_for: ClientFor) -> None:
    plan_of(asked).steps.filter(position=0).update(now="spare")
    page = text(client_for("ops"), asked.get_absolute_url())
    assert "It has changed since it was asked for" in page
    assert "Your decision" not in page


def test_what_it_was_about_may_be_gone(asked: Approval, client_for: ClientFor) -> None:
    Approval.objects.update(kind="of.another.time")
    assert "not there any more" in text(client_for("ada"), asked.get_absolute_url())


# --- the list, the frame and the rules ----------------------------------------------------------------------


def test_each_sees_what_waits_for_them(desk: Desk, asked: Approval, ops: User, client_for: ClientFor) -> None:
    ada, other = client_for("ada"), client_for("ops")
    assert asked.title in text(other, LIST)
    assert "Nothing waits for you" in text(ada, LIST)
    assert asked.title in text(ada, f"{LIST}?show=mine")
    assert "Nothing was decided yet" in text(ada, f"{LIST}?show=decided")
    assert (attention(ops), attention(desk.person)) == (1, 0)
    assert [panel.title for panel in home_panels(ops)] == ["Waiting for you"]
    assert home_panels(desk.person) == []
    assert [notice.title for notice in notices(ops)] == [f"Ada Admin asks: {asked.title}"]
    assert "The customer has left." in text(other, "/")
    approvals.refuse(asked, ops, "No.")
    assert asked.title in text(other, f"{LIST}?show=decided")
    assert [notice.title for notice in notices(desk.person)] == [f"Ops Operator refused: {asked.title}"]
    assert (attention(ops), home_panels(ops)) == (0, [])


def test_the_list_costs_the_same_for_many(desk: Desk, asked: Approval, ops: User, client_for: ClientFor) -> None:
    client = client_for("ops")
    client.get(LIST)
    counts = []
    for extra in (0, 20):
        for number in range(extra):
            more = Approval.objects.get(pk=asked.pk)
            more.pk, more.public_id, more.subject = None, None, f"plan {number}"
            more.public_id = Approval().public_id
            more.save()
        with CaptureQueriesContext(database) as caught:
            answer = client.get(LIST, headers={"hx-request": "true"})
        assert len(answer.context["listing"].rows) == extra + 1
        counts.append(len(caught))
    assert counts == [5, 5], [query["sql"] for query in caught]


def test_rules_are_set_on_their_screen_with_a_proof(rules: Callable[..., bool], client_for: ClientFor) -> None:
    assert client_for("ada", proved=100_000).post(RULES, {"bulk": "on"}).status_code == 401
    client = client_for("ada")
    assert client.post(RULES, {"spend_limit": "-1"}).status_code == 422
    assert client.post(RULES, {"spend_limit": "2.5", "emergency": "on"}).status_code == 302
    policy = ApprovalPolicy.objects.get()
    assert (str(policy.spend_limit), policy.cancellation, policy.emergency, policy.bulk) == ("2.50", False, True, False)
    assert 'value="2.50"' in text(client, RULES)
    client.post(RULES, {"spend_limit": ""})
    assert ApprovalPolicy.objects.get().spend_limit is None


@pytest.mark.parametrize("who", ["ops", "sam", "aud"])
def test_others_do_not_open_the_rules(who: str, client_for: ClientFor) -> None:
    client = client_for(who)
    assert client.get(RULES).status_code == 403
    assert client.post(RULES, {"bulk": ""}).status_code == 403
    assert client.get(LIST).status_code == 200
