"""The number page: what is held, read live, changed in place and undone; a carrier that is down costs its panel."""

import pytest
from django.urls import reverse

from apps.changes.models import Plan, PlanState
from apps.connections.models import Connection
from apps.numbers.models import InventoryRead, Number
from apps.numbers.services import sync
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.people import ClientFor
from tests.numbers.conftest import Work, Working

ONE = "2062194100"
PAGE = f"/numbers/+1{ONE}/"


@pytest.fixture
def held(main: Connection) -> Connection:
    sync(main)
    return main


def row() -> Number:
    return Number.objects.get(number=f"+1{ONE}")


def change(what: str) -> str:
    return reverse("numbers:change_one", args=[f"+1{ONE}", what])


def other_group(carrier: CarrierSandbox) -> str:
    return next(one for one in carrier.account.trunks if one != row().trunk_group_id)


def test_the_page_shows_what_is_held_and_how_old_it_is(held: Connection, client_for: ClientFor) -> None:
    text = client_for("aud").get(PAGE).content.decode()
    for part in ("+1 206-219-4100", "Seattle edge", "HARBOR DENTAL", "$0.95", "seen ", "documents no call for 911"):
        assert part in text


@pytest.mark.parametrize("written", [ONE, f"1{ONE}"])
def test_a_number_written_otherwise_leads_to_its_page(held: Connection, client_for: ClientFor, written: str) -> None:
    answer = client_for("aud").get(f"/numbers/{written}/")
    assert answer["Location"] == PAGE


@pytest.mark.parametrize("path", ["+12069999999/", "+12069999999/live/", "+12069999999/history/", "12/"])
def test_a_number_nobody_holds_is_not_found(held: Connection, client_for: ClientFor, path: str) -> None:
    assert client_for("ada").get(f"/numbers/{path}").status_code == 404


def test_the_carriers_record_and_the_history_have_pages(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor
) -> None:
    carrier.account.numbers[ONE].cnam = "HARBOR SMILES"
    sync(held)
    assert "didnumber" in client_for("aud").get(PAGE + "record/").content.decode()
    text = client_for("aud").get(PAGE + "history/").content.decode()
    assert "HARBOR DENTAL" in text
    assert "HARBOR SMILES" in text


def test_a_number_on_two_connections_has_a_page_for_each(held: Connection, client_for: ClientFor) -> None:
    other = Connection.objects.create(name="other", vendor="carrier", base_url="http://127.0.0.1:9")
    Number.objects.create(connection=other, number=f"+1{ONE}", kind="local", status="cancelled")
    page = client_for("aud").get(PAGE)
    assert page.context["row"].connection == held  # the one in use comes first
    assert f"{PAGE}?connection=other" in page.content.decode()
    assert client_for("aud").get(PAGE + "?connection=other").context["row"].connection == other
    assert client_for("aud").get(PAGE + "?connection=nobody").status_code == 404


# --- live -------------------------------------------------------------------------------------------------


def test_it_is_read_live_and_the_row_follows(held: Connection, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    carrier.account.numbers[ONE].cnam = "HARBOR SMILES"
    answer = client_for("sam").get(PAGE + "live/", headers={"hx-request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert "HARBOR SMILES" in text
    assert "read just now" in text
    assert row().cnam == "HARBOR SMILES"


@pytest.mark.parametrize("fault", ["down", "html500", "truncated", "empty"])
def test_a_carrier_that_is_down_costs_its_panel_alone(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, fault: str
) -> None:
    carrier.faults.set(fault)
    client = client_for("sam")
    assert client.get(PAGE).status_code == 200
    answer = client.get(PAGE + "live/", headers={"hx-request": "true"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "What to do:" in text
    assert "What follows is from" in text
    assert "HARBOR DENTAL" in text
    assert client.post(PAGE + "refresh/").status_code == 302


def test_a_number_the_list_lacks_is_said_to_be_lacking_but_kept(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor
) -> None:
    del carrier.account.numbers[ONE]
    text = client_for("sam").get(PAGE + "live/", headers={"hx-request": "true"}).content.decode()
    assert "does not list this number now" in text
    assert not row().is_gone


def test_a_slow_carrier_does_not_hold_the_page_for_long(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.numbers.services.single.PATIENCE_SECONDS", 0.2)
    carrier.faults.set("slow", "get_trunk", delay=5)
    text = client_for("sam").get(PAGE + "live/", headers={"hx-request": "true"}).content.decode()
    assert "What to do:" in text


def test_a_fresh_row_is_not_read_again_by_opening_its_page(held: Connection, client_for: ClientFor) -> None:
    from datetime import timedelta

    from django.utils import timezone

    assert 'hx-trigger="load"' not in client_for("sam").get(PAGE).content.decode()
    Number.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert 'hx-trigger="load"' in client_for("sam").get(PAGE).content.decode()
    assert 'hx-trigger="load"' not in client_for("aud").get(PAGE).content.decode()


# --- changing ---------------------------------------------------------------------------------------------


def test_a_small_change_is_made_at_once_and_can_be_undone(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.numbers.views.WAIT_SECONDS", 20)
    monkeypatch.setattr("apps.changes.views.WAIT_SECONDS", 20)
    client, group = client_for("sam"), other_group(carrier)
    before = carrier.account.numbers[ONE].trunk_id
    with working():
        page = client.post(change("trunk-group"), {"trunk_group": f"{held.pk}:{group}"}, follow=True)
        assert carrier.account.numbers[ONE].trunk_id == group
        assert page.redirect_chain[-1][0] == PAGE
        assert "changed from Seattle edge to" in page.content.decode()
        plan = Plan.objects.get()
        page = client.post(reverse("changes:act", args=[plan.public_id, "undo"]), follow=True)
    assert carrier.account.numbers[ONE].trunk_id == before
    assert page.redirect_chain[-1][0] == PAGE
    assert "changed from" not in page.content.decode().split("Last changes")[0]  # what was undone is not offered again


def test_status_is_changed_in_place(held: Connection, carrier: CarrierSandbox, client_for: ClientFor, work: Work) -> None:
    answer = client_for("sam").post(change("status"), {"status": "inactive"})
    plan = Plan.objects.get()
    assert answer["Location"] == plan.get_absolute_url()  # nobody worked on it yet: it is followed there
    work()
    plan.refresh_from_db()
    assert plan.state == PlanState.DONE
    assert carrier.account.numbers[ONE].status == "0"
    assert row().status == "inactive"


@pytest.mark.parametrize(
    ("what", "data", "said"),
    [
        ("trunk-group", {}, "Choose a trunk group"),
        ("trunk-group", {"trunk_group": "999:999"}, "Choose a trunk group"),
        ("status", {"status": "cancelled"}, "Choose active or inactive"),
        ("status", {"status": "active"}, "It is active already"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_planned(
    held: Connection, client_for: ClientFor, what: str, data: dict[str, str], said: str
) -> None:
    page = client_for("ada").post(change(what), data, follow=True)
    assert said in page.content.decode()
    assert not Plan.objects.exists()


def test_cancelling_shows_its_plan_first(held: Connection, client_for: ClientFor, work: Work) -> None:
    client_for("ada").post(change("cancel"))
    work()
    plan = Plan.objects.get()
    assert plan.state == PlanState.DRAFT
    assert plan.typed == "4100"
    assert plan.return_url == PAGE


def test_a_cancelled_number_offers_no_changes(held: Connection, carrier: CarrierSandbox, client_for: ClientFor) -> None:
    carrier.account.numbers[ONE].status = "2"
    sync(held)
    text = client_for("ada").get(PAGE).content.decode()
    assert PAGE + "change/" not in text


@pytest.mark.parametrize(
    ("person", "what", "status"),
    [("aud", "status", 403), ("aud", "trunk-group", 403), ("sam", "cancel", 403), ("ada", "explode", 404)],
)
def test_changes_are_guarded(held: Connection, client_for: ClientFor, person: str, what: str, status: int) -> None:
    assert client_for(person).post(change(what), {"status": "inactive"}).status_code == status
    assert not Plan.objects.exists()


def test_an_auditor_sees_no_buttons_and_asks_no_carrier(held: Connection, client_for: ClientFor) -> None:
    text = client_for("aud").get(PAGE).content.decode()
    assert PAGE + "change/" not in text
    assert "/refresh/" not in text
    assert client_for("aud").get(PAGE + "live/").status_code == 403
    assert client_for("aud").post("/numbers/read/").status_code == 403


# --- many at once -----------------------------------------------------------------------------------------


def test_a_selection_becomes_a_plan_for_a_trunk_group(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, work: Work
) -> None:
    client, ids = client_for("sam"), list(Number.objects.filter(trunk_group="Seattle edge").values_list("pk", flat=True)[:4])
    url = reverse("numbers:change", args=["trunk-group"])
    page = client.post(url, {"ids": ids}, headers={"referer": "http://testserver/numbers/?area=206"})
    assert page.status_code == 200
    assert "4 numbers selected" in page.content.decode()
    assert page.context["back"] == "/numbers/?area=206"
    wrong = client.post(url, {"ids": ids, "trunk_group": "", "back": "/numbers/?area=206"})
    assert wrong.status_code == 422
    assert all(f'name="ids" value="{pk}"' in wrong.content.decode() for pk in ids)
    client.post(url, {"ids": ids, "trunk_group": f"{held.pk}:{other_group(carrier)}", "back": "/numbers/?area=206"})
    work()
    plan = Plan.objects.get()
    assert plan.state == PlanState.DRAFT
    assert plan.steps.count() == 4
    assert plan.return_url == "/numbers/?area=206"


def test_all_that_matches_a_filter_becomes_a_plan(held: Connection, client_for: ClientFor, work: Work) -> None:
    count = Number.objects.filter(number__startswith="+1503").count()
    client_for("ada").post(reverse("numbers:change", args=["inactive"]), {"all": "1", "query": "area=503"})
    work()
    assert Plan.objects.get().steps.count() == count > 10


def test_nothing_ticked_and_filters_that_do_not_read_change_nothing(held: Connection, client_for: ClientFor) -> None:
    client, url = client_for("ada"), reverse("numbers:change", args=["inactive"])
    for data in ({}, {"ids": ["x"]}, {"all": "1", "query": "area=nonsense"}):
        page = client.post(url, data, follow=True)
        assert "Tick the numbers" in page.content.decode()
    assert not Plan.objects.exists()


def test_a_return_address_elsewhere_is_not_followed(held: Connection, client_for: ClientFor) -> None:
    page = client_for("ada").post(
        reverse("numbers:change", args=["trunk-group"]),
        {"ids": [row().pk], "back": "https://evil.example/numbers/"},
        headers={"referer": "https://evil.example/elsewhere"},
    )
    assert "evil.example" not in page.context["back"]


def test_accepting_what_a_list_lacked_reads_it_once_more(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, work: Work
) -> None:
    carrier.account.numbers = dict(list(carrier.account.numbers.items())[:20])
    sync(held)
    assert InventoryRead.objects.get().held_back == 44
    assert client_for("aud").post("/numbers/read/accept/", {"connection": "main"}).status_code == 403
    assert client_for("ada").post("/numbers/read/accept/", {"connection": "nobody"}).status_code == 404
    client_for("ada").post("/numbers/read/accept/", {"connection": "main"})
    work()
    assert Number.objects.filter(missing_since=None).count() == 20
    assert InventoryRead.objects.get().held_back == 0
