"""Changing 911 by plan: what each vendor has a call for, read back, undone, and written down with before and after."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import services as changes
from apps.changes.models import Plan, PlanState, StepState
from apps.changes.registry import Touch, kind_of
from apps.connections.models import Connection
from apps.numbers.emergency import guard
from apps.numbers.models import SAID, EmergencySnapshot
from apps.sandbox.world import DENTAL
from tests.fixtures.people import ClientFor
from tests.numbers.emergency.conftest import said

MAIN, NONE, ELIN = (f"+1{DENTAL.numbers[place]}" for place in (0, -2, -1))
PlanOf = Callable[[Plan], Plan]
REASON = "The branch moved out; nobody works there any more."


def change(client: Any, row: EmergencySnapshot, **values: str) -> Plan:
    """Send the form of a record as a person would, and return the plan that came of it."""
    page = client.get(f"/numbers/911/record/{row.pk}/change/")
    assert page.status_code == 200, page.content
    form = page.context["form"]
    now = {name: "on" if value is True else value or "" for name, value in form.initial.items() if value not in (False, "")}
    sent = {name: value for name, value in {**now, **values}.items() if value != ""}
    answer = client.post(f"/numbers/911/record/{row.pk}/change/", sent)
    assert answer.status_code == 302, answer.content.decode()
    plan = Plan.objects.latest("pk")
    assert answer["Location"] == plan.get_absolute_url()
    return plan


def test_a_did_may_call_911_from_now_on(
    board: dict[str, Connection], systems: dict[str, Any], client_for: ClientFor, applied: PlanOf, plan_of: PlanOf, ada: User
) -> None:
    row = EmergencySnapshot.objects.get(connection=board["mirta"], number=NONE)
    plan = plan_of(change(client_for("ada"), row, di_allowemergency="on", di_emergencynotes="412 Harbor St, floor 2, Seattle"))
    assert plan.state == PlanState.DRAFT
    assert plan.typed == "911"
    assert Touch.EMERGENCY in kind_of(plan).touched(plan.steps.all())
    shown = client_for("ada").get(plan.get_absolute_url()).content.decode()
    assert "floor 2" in shown
    refused = client_for("ada").post(f"/changes/{plan.public_id}/apply/", {"typed": "1"})
    assert refused.status_code in {404, 422}
    plan = applied(plan)
    assert plan.state == PlanState.DONE
    row.refresh_from_db()
    assert (row.covered, row.address) == (True, "412 Harbor St, floor 2, Seattle")
    entry = AuditEntry.objects.get(action="numbers.911.changed")
    assert entry.before["Number +1 206-219-4116: 911 calls allowed"] == "No"
    assert entry.after["Number +1 206-219-4116: 911 calls allowed"] == "Yes"
    undone = plan_of(changes.undo(plan, ada))
    guard.override(undone, REASON, ada)
    assert applied(undone).state == PlanState.DONE
    row.refresh_from_db()
    assert (row.covered, row.address) == (False, "412 Harbor St, Seattle")


@pytest.mark.parametrize(("vendor", "field"), [("mirta", "ex_emergencycidnum"), ("pbxware", "emergencycid")])
def test_an_extension_shows_another_number(
    board: dict[str, Connection], client_for: ClientFor, applied: PlanOf, vendor: str, field: str
) -> None:
    row = EmergencySnapshot.objects.get(connection=board[vendor], kind="extension", subject="102", scope__in=["HARBOR", "2"])
    plan = applied(change(client_for("ops"), row, **{field: "(206) 219-4101"}))
    assert plan.state == PlanState.DONE
    row.refresh_from_db()
    assert row.elin == "+12062194101"


def test_the_last_911_number_of_an_extension_is_not_taken(
    board: dict[str, Connection], client_for: ClientFor, plan_of: PlanOf, applied: PlanOf, ada: User
) -> None:
    row = EmergencySnapshot.objects.get(connection=board["mirta"], kind="extension", subject="102", scope="HARBOR")
    EmergencySnapshot.objects.filter(key=row.key).exclude(pk=row.pk).update(elin="")
    plan = plan_of(change(client_for("ada"), row, ex_emergencycidnum=""))
    step = plan.steps.get()
    assert step.state == StepState.SKIPPED
    assert "last 911 number of extension 102 on hosted-pbx" in step.message
    guard.override(plan, REASON, ada)
    assert applied(plan).state == PlanState.DONE
    row.refresh_from_db()
    assert row.elin == ""


def test_the_tenants_own_settings(board: dict[str, Connection], client_for: ClientFor, applied: PlanOf) -> None:
    row = said(board["pbxware"], "tenant:2")
    plan = applied(change(client_for("ops"), row, es_police="+12065550190", emerg_location_header="civic"))
    assert plan.state == PlanState.DONE
    row.refresh_from_db()
    assert (row.record["es_police"], row.record["emerg_location_header"]) == ("+12065550190", "civic")


def test_what_has_no_call_cannot_be_changed(board: dict[str, Connection], client_for: ClientFor) -> None:
    client = client_for("ada")
    for row in (
        said(board["solswitch"], DENTAL.numbers[0]),
        EmergencySnapshot.objects.get(connection=board["pbxware"], number=MAIN),
    ):
        assert client.get(f"/numbers/911/record/{row.pk}/change/").status_code == 404
        assert client.post(f"/numbers/911/record/{row.pk}/remove/").status_code == 404


def test_a_location_is_added_stood_in_and_removed(
    board: dict[str, Connection],
    systems: dict[str, Any],
    client_for: ClientFor,
    applied: PlanOf,
    plan_of: PlanOf,
    ada: User,
) -> None:
    client, pbx = client_for("ada"), systems["sipxcom"].system
    place = {
        "connection": "campus-pbx",
        "elin": "206-219-4110",
        "location": "9 Pier Rd, Seattle, WA, 98101",
        "address": "Suite 4",
    }
    assert client.post("/numbers/911/locations/add/", {**place, "elin": "pier"}).status_code == 422
    client.post("/numbers/911/locations/add/", place)
    assert applied(Plan.objects.latest("pk")).state == PlanState.DONE
    assert pbx.find("erl", elin="2062194110")["addressInfo"] == "Suite 4"
    row = EmergencySnapshot.objects.get(connection=board["sipxcom"], kind="location", number="+12062194110")
    assert row.address == "9 Pier Rd, Seattle, WA, 98101"

    for kind, name in (
        ("user", "103"),
        ("phone", pbx.rows("phone")[1]["serialNo"]),
        ("phone_group", pbx.rows("pgroup")[0]["name"]),
    ):
        stood = {"connection": "campus-pbx", "kind": kind, "name": name, "elin": "+1 206-219-4110"}
        assert client.post("/numbers/911/locations/stand/", stood).status_code == 302
        assert applied(Plan.objects.latest("pk")).state == PlanState.DONE, kind
    assert pbx.user("103")["erl"] == "2062194110"

    plan = applied(change(client, row, location="9 Pier Rd, Seattle, WA, 98104"))
    assert plan.state == PlanState.DONE
    assert pbx.find("erl", elin="2062194110")["addressInfo"] == "Suite 4"

    client.post(f"/numbers/911/record/{row.pk}/remove/")
    plan = plan_of(Plan.objects.latest("pk"))
    step = plan.steps.get()
    assert (step.state, step.reversal) == (StepState.SKIPPED, "one_way")
    assert "103" in step.message
    guard.override(plan, REASON, ada)
    assert applied(plan).state == PlanState.DONE
    assert pbx.find("erl", elin="2062194110") is None
    assert not EmergencySnapshot.objects.filter(SAID, kind="location", number="+12062194110").exists()


def test_adding_a_location_is_undone_by_removing_it(
    board: dict[str, Connection], systems: dict[str, Any], client_for: ClientFor, applied: PlanOf, ada: User
) -> None:
    place = {"connection": "campus-pbx", "elin": "2062194111", "location": "9 Pier Rd, Seattle"}
    client_for("ada").post("/numbers/911/locations/add/", place)
    plan = applied(Plan.objects.latest("pk"))
    assert applied(changes.undo(plan, ada)).state == PlanState.DONE
    assert systems["sipxcom"].system.find("erl", elin="2062194111") is None


def test_a_plan_stops_where_the_record_moved_or_the_vendor_is_down(
    board: dict[str, Connection], systems: dict[str, Any], client_for: ClientFor, plan_of: PlanOf, ada: User
) -> None:
    row = EmergencySnapshot.objects.get(connection=board["sipxcom"], kind="location", number=ELIN)
    plan = plan_of(change(client_for("ada"), row, description="Back door"))
    systems["sipxcom"].system.find("erl", elin=DENTAL.numbers[-1])["description"] = "Side door"
    changes.apply(plan, ada)
    plan = plan_of(plan)
    assert (plan.state, plan.steps.get().error) == (PlanState.FAILED, "Moved")
    systems["sipxcom"].faults.set("html200")
    answer = client_for("ada").get(f"/numbers/911/record/{row.pk}/change/", follow=True)
    assert "campus-pbx" in answer.content.decode()
    assert Plan.objects.count() == 1


def test_nothing_to_change_makes_no_plan(board: dict[str, Connection], client_for: ClientFor) -> None:
    row = EmergencySnapshot.objects.get(connection=board["mirta"], kind="extension", subject="102", scope="HARBOR")
    client = client_for("ada")
    answer = client.post(f"/numbers/911/record/{row.pk}/change/", {"ex_emergencycidnum": MAIN}, follow=True)
    assert "nothing to change" in answer.content.decode()
    assert not Plan.objects.exists()


def test_who_may_not_change_is_not_offered_it(board: dict[str, Connection], client_for: ClientFor) -> None:
    row = EmergencySnapshot.objects.get(connection=board["mirta"], number=MAIN)
    for who in ("sam", "aud", "tess"):
        client = client_for(who)
        assert client.get(f"/numbers/911/record/{row.pk}/change/").status_code == 403
        assert client.post("/numbers/911/locations/add/", {}).status_code == 403
