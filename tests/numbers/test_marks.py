"""Tags, notes, numbers that cool, chosen columns and saved views."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Tenant, User
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.numbers.models import Note, Number, NumberChange, SavedView, Tag, Tagged
from apps.numbers.services import sync
from apps.numbers.services.marking import add_note, add_tag
from apps.numbers.services.tenancy import assign
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.people import ClientFor, add_person
from tests.numbers.test_inventory_list import LIST, add, shown

NUMBER = "+12065550100"
PAGE = f"/numbers/{NUMBER}/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Connection:
    return Connection.objects.create(name="main", vendor="carrier", base_url="http://127.0.0.1:9")


@pytest.fixture
def switch() -> Connection:
    return Connection.objects.create(name="switch", vendor="mirta", base_url="http://127.0.0.1:9")


def labels(client_for: ClientFor, query: str = "", person: str | User = "aud") -> list[str]:
    return client_for(person).get(LIST + query).context["columns"].labels


# --- tags -------------------------------------------------------------------------------------------------


def test_a_number_is_tagged_found_by_its_tag_and_untagged(house: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100", "12065550101")
    client = client_for("sam")
    client.post(PAGE + "tags/", {"tag": "  Front   desk ", "act": "add"})
    assert [str(tag) for tag in client.get(PAGE).context["tags"]] == ["Front desk"]
    assert shown(client_for, "?tag=Front+desk") == ["12065550100"]
    row = client_for("aud").get(LIST).context["listing"].rows[0]
    assert [tag.name for tag in row.tags] == ["Front desk"]
    client.post(PAGE + "tags/", {"tag": "front desk", "act": "remove"})
    assert not Tag.objects.exists()
    lines = NumberChange.objects.filter(field="Tag").order_by("pk").values_list("before", "after", "actor__username")
    assert list(lines) == [("", "Front desk", "sam"), ("Front desk", "", "sam")]
    entries = AuditEntry.objects.filter(action__in=["numbers.tagged", "numbers.untagged"]).order_by("sequence")
    assert [(one.action, one.target, one.params["tag"]) for one in entries] == [
        ("numbers.tagged", NUMBER, "Front desk"),
        ("numbers.untagged", NUMBER, "Front desk"),
    ]


def test_all_that_a_filter_matches_is_tagged_at_once(house: Connection, client_for: ClientFor) -> None:
    add(house, *(f"1206555{n:04}" for n in range(60)))
    add(house, "13605550100")
    client = client_for("sam")
    selection = {"all": "1", "query": "area=206"}
    assert "Tag 60 numbers" in client.post("/numbers/tag/", selection).text
    answer = client.post("/numbers/tag/", {**selection, "tag": "Lobby", "act": "add"}, follow=True)
    assert "60 numbers tagged “Lobby”." in answer.text
    assert Tagged.objects.count() == NumberChange.objects.filter(field="Tag").count() == 60
    assert AuditEntry.objects.get(action="numbers.tagged").params["count"] == 60
    answer = client.post("/numbers/tag/", {"all": "1", "query": "", "tag": "LOBBY", "act": "add"}, follow=True)
    assert "1 number tagged “LOBBY”. 60 bore it already." in answer.text
    assert [tag.name for tag in Tag.objects.all()] == ["Lobby"]
    answer = client.post("/numbers/tag/", {**selection, "tag": "lobby", "act": "remove"}, follow=True)
    assert "taken from 60 numbers" in answer.text
    assert Tagged.objects.get().number == "+13605550100"


def test_a_number_on_two_systems_bears_a_tag_once(house: Connection, switch: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100")
    add(switch, "12065550100", side="switch", leads=False)
    client_for("sam").post("/numbers/tag/", {"ids": Number.objects.values_list("pk", flat=True), "tag": "Lobby"})
    assert Tagged.objects.count() == 1
    assert shown(client_for, "?tag=Lobby") == ["12065550100"]
    page = client_for("aud").get(PAGE + "?connection=switch")
    assert [str(tag) for tag in page.context["tags"]] == ["Lobby"]


def test_each_tenant_concerned_has_an_entry_that_names_its_own_numbers(
    house: Connection, ours: Tenant, theirs: Tenant, ada: User
) -> None:
    add(house, "12065550100", tenant=ours)
    add(house, "12065550101", tenant=theirs)
    add_tag(Number.objects.all(), "Lobby", actor=ada)
    entries = AuditEntry.objects.filter(action="numbers.tagged")
    assert {one.tenant: one.params["numbers"] for one in entries} == {
        ours.key: ["+12065550100"],
        theirs.key: ["+12065550101"],
    }


@pytest.mark.parametrize(("person", "status"), [("aud", 403), ("tess", 403), ("theo", 403), ("sam", 302), ("ops", 302)])
def test_who_may_mark(house: Connection, ours: Tenant, client_for: ClientFor, person: str, status: int) -> None:
    add(house, "12065550100", tenant=ours)
    client = client_for(person)
    for path, data in (("tags/", {"tag": "Lobby"}), ("notes/", {"text": "Rings twice"})):
        assert client.post(PAGE + path, data).status_code == status
    assert client.post("/numbers/tag/", {"all": "1", "tag": "Hall"}).status_code == status
    assert Tag.objects.count() == (2 if status == 302 else 0)


def test_the_services_refuse_by_themselves(house: Connection, aud: User) -> None:
    (row,) = add(house, "12065550100")
    with pytest.raises(PermissionDenied):
        add_tag(Number.objects.all(), "Lobby", actor=aud)
    with pytest.raises(PermissionDenied):
        add_note(row, "Rings twice", actor=aud)


@pytest.mark.parametrize("tag", ["", "   ", "x" * 41])
def test_what_is_no_tag_is_told(house: Connection, client_for: ClientFor, tag: str) -> None:
    (row,) = add(house, "12065550100")
    assert client_for("sam").post("/numbers/tag/", {"ids": [row.pk], "tag": tag}).status_code == 422
    assert "Nothing was changed" in client_for("sam").post(PAGE + "tags/", {"tag": tag}, follow=True).text


def test_tenants_never_see_tags_and_notes(house: Connection, ours: Tenant, ada: User, client_for: ClientFor) -> None:
    (row,) = add(house, "12065550100", tenant=ours)
    add_tag(Number.objects.all(), "Slow payer", actor=ada)
    add_note(row, "Ask for a deposit", actor=ada)
    sam = client_for("sam")
    assert sam.get(PAGE).text.count("Slow payer") >= 1
    assert "Ask for a deposit" in sam.get(PAGE).text
    sam.post(f"/scope/{ours.key}/view-as/")
    for client in (client_for("tess"), client_for("theo"), sam):
        text = client.get(PAGE).text + client.get(f"{LIST}?columns=tags,status").text + client.get(LIST).text
        assert "Slow payer" not in text
        assert "deposit" not in text
        assert ">Tags<" not in text


def test_who_is_limited_reads_what_was_written_of_their_tenant_alone(
    house: Connection, ours: Tenant, theirs: Tenant, ada: User, client_for: ClientFor
) -> None:
    (row,) = add(house, "12065550100", tenant=theirs)
    add_tag(Number.objects.all(), "Cascade trunks", actor=ada)
    add_note(row, "Cascade pays late", actor=ada)
    assign(Number.objects.all(), ours, actor=ada)
    person = add_person("sam")
    Membership.objects.create(tenant=ours, person=person)
    client = client_for(person)
    assert "Cascade" not in client.get(PAGE).text + client.get(PAGE + "history/").text + client.get(LIST).text
    # They may tag it alike; it is a tag of their tenant's number from then on.
    client.post(PAGE + "tags/", {"tag": "cascade trunks"})
    assert [str(tag) for tag in client.get(PAGE).context["tags"]] == ["Cascade trunks"]


# --- notes ------------------------------------------------------------------------------------------------


def test_a_note_is_written_and_taken_back_and_the_log_does_not_keep_its_words(house: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100")
    client = client_for("sam")
    client.post(PAGE + "notes/", {"text": "Door code\n<b>4711</b>"})
    page = client.get(PAGE)
    assert "Door code<br>&lt;b&gt;4711&lt;/b&gt;" in page.text
    client.post(PAGE + "notes/", {"remove": Note.objects.get().pk})
    assert not Note.objects.exists()
    assert "4711" not in client.get(PAGE + "history/").text
    entries = list(AuditEntry.objects.filter(action__startswith="numbers.note").order_by("sequence"))
    assert [(one.action, one.target) for one in entries] == [("numbers.noted", NUMBER), ("numbers.note_removed", NUMBER)]
    assert all("4711" not in f"{one.params}{one.before}{one.after}{one.search}" for one in entries)


@pytest.mark.parametrize("wanted", ["x", "٣", "99999999999999999999", "-1", "1e3"])
def test_a_note_that_is_none_cannot_be_taken_back(house: Connection, client_for: ClientFor, wanted: str) -> None:
    add(house, "12065550100")
    assert client_for("sam").post(PAGE + "notes/", {"remove": wanted}).status_code == 404


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_a_note_has_a_length(house: Connection, client_for: ClientFor, text: str) -> None:
    add(house, "12065550100")
    assert "Nothing was kept" in client_for("sam").post(PAGE + "notes/", {"text": text}, follow=True).text


# --- cooling ----------------------------------------------------------------------------------------------


def released(house: Connection, days: int, number: str = "12065550100", **facts: object) -> Number:
    at = timezone.now() - timedelta(days=days)
    return add(house, number, **{"status": "cancelled", "released_at": at} | facts)[0]


def test_what_was_given_up_lately_cools_listed_still_or_not(
    house: Connection, client_for: ClientFor, settings: Settings
) -> None:
    settings.NUMBER_COOLING_DAYS = 30
    released(house, 5)
    released(house, 5, "12065550101", status="active", missing_since=timezone.now())
    released(house, 31, "12065550102")
    add(house, "12065550103", status="cancelled")  # nobody saw when
    assert shown(client_for, "?status=cooling") == ["12065550100", "12065550101"]
    page = client_for("aud").get(LIST + "?status=cooling").text
    assert page.count("cooling until") == 2
    assert "is cooling until" in client_for("aud").get(PAGE).text
    settings.NUMBER_COOLING_DAYS = 0
    assert client_for("aud").get(LIST + "?status=cooling").status_code == 422
    assert "cooling" not in client_for("aud").get(LIST + "?status=cancelled").text
    assert "cooling" not in client_for("aud").get(PAGE).text


def test_giving_a_number_that_cools_warns(house: Connection, ours: Tenant, client_for: ClientFor) -> None:
    row = released(house, 5)
    add(house, "12065550101")
    client = client_for("ops")
    form = client.post("/numbers/assign/", {"all": "1", "query": ""}).text
    assert "+1 206-555-0100 was given up lately and is cooling until" in form
    answer = client.post(PAGE + "assign/", {"tenant": ours.key}, follow=True)
    assert "was given up lately and is cooling until" in answer.text
    row.refresh_from_db()
    assert row.tenant == ours  # a warning, not a wall
    assert "given up" not in client.post("/numbers/+12065550101/assign/", {"tenant": ours.key}, follow=True).text


def test_cooling_begins_when_the_carrier_is_seen_to_have_it_cancelled_and_ends_when_it_is_held_again(
    main: Connection, carrier: CarrierSandbox
) -> None:
    sync(main)
    row = Number.objects.filter(status="active").first()
    assert row is not None
    assert not Number.objects.exclude(released_at=None).exists()  # nobody saw when those were cancelled
    owned = next(one for key, one in carrier.account.numbers.items() if key.endswith(row.number[-10:]))
    before, owned.status = owned.status, "cancelled"
    sync(main)
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert row.cooling_until is not None
    first = row.released_at
    sync(main)
    row.refresh_from_db()
    assert row.released_at == first
    owned.status = before
    sync(main)
    row.refresh_from_db()
    assert row.released_at is None


def test_what_leaves_the_carriers_list_cools_as_well(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    row = Number.objects.filter(status="active").first()
    assert row is not None
    key = next(key for key in carrier.account.numbers if key.endswith(row.number[-10:]))
    kept = carrier.account.numbers.pop(key)
    sync(main)
    row.refresh_from_db()
    assert row.is_gone
    assert row.cooling_until is not None
    carrier.account.numbers[key] = kept
    sync(main)
    row.refresh_from_db()
    assert not row.is_gone
    assert row.released_at is None


# --- further filters ---------------------------------------------------------------------------------------


def test_age_flag_and_what_rings_narrow_the_list(house: Connection, switch: Connection, client_for: ClientFor) -> None:
    now = timezone.now()
    add(house, "12065550100", first_seen=now - timedelta(days=40))
    add(house, "12065550101", first_seen=now - timedelta(days=4))
    on_switch = {"side": "switch", "destination_kind": "queue", "destination": "Sales"}
    add(switch, "12065550100", leads=False, emergency=True, **on_switch)
    add(switch, "12065550102", emergency=False, **{**on_switch, "destination_kind": "ivr"})
    day = (now - timedelta(days=10)).date()
    assert shown(client_for, f"?since={day}") == ["12065550102", "12065550101"]  # the newest first
    assert shown(client_for, f"?before={day}") == ["12065550100"]
    assert shown(client_for, "?emergency=on") == ["12065550100"]
    assert shown(client_for, "?emergency=off") == ["12065550102"]
    assert shown(client_for, "?destination=queue") == ["12065550100"]
    assert client_for("aud").get(LIST + "?destination=nowhere").status_code == 422
    assert client_for("aud").get(LIST + "?since=tomorrow").status_code == 422
    listing = client_for("aud").get(f"{LIST}?since={day}&sort=number").context["listing"]
    assert listing.sort == "-first_seen"
    assert '<details class="filters-more" open' in client_for("aud").get(LIST + "?emergency=on").text


def test_tenants_are_not_asked_about_systems(house: Connection, ours: Tenant, client_for: ClientFor) -> None:
    add(house, "12065550100", tenant=ours)
    form = client_for("tess").get(LIST).context["listing"].filterset.form
    assert {"tag", "emergency", "destination", "gone"}.isdisjoint(form.fields)
    assert shown(client_for, "?emergency=on&tag=x", "tess") == ["12065550100"]  # nothing they could ask that way


# --- columns ----------------------------------------------------------------------------------------------


def test_a_person_chooses_columns_and_goes_back_to_the_usual_ones(house: Connection, client_for: ClientFor, aud: User) -> None:
    add(house, "12065550100", cnam="ACME")
    usual = ["Status", "Tenant", "Trunk group", "Type", "CNAM", "A month"]
    assert labels(client_for) == usual
    client = client_for(aud)
    chosen = {"column": ["seen", "status", "nonsense"]}
    answer = client.post("/numbers/columns/", chosen, headers={"referer": f"http://testserver{LIST}?area=206&columns=cnam"})
    assert answer["Location"] == f"{LIST}?area=206"
    page = client.get(LIST)
    assert page.context["columns"].labels == ["Status", "Seen"]
    assert "ACME" not in page.text
    assert labels(client_for, person="ada") == usual  # each their own
    assert labels(client_for, "?columns=cnam", aud) == ["CNAM"]  # an address says more than the choice
    client.post("/numbers/columns/", {"usual": "1"})
    aud.refresh_from_db()
    assert aud.list_columns == {}
    assert labels(client_for, person=aud) == usual


def test_nobody_gets_a_column_they_may_not_see(house: Connection, ours: Tenant, client_for: ClientFor, tess: User) -> None:
    add(house, "12065550100", tenant=ours, trunk_group="Seattle edge")
    tess.list_columns = {"numbers": ["trunk_group", "price", "cnam"]}
    tess.save()
    assert labels(client_for, person=tess) == ["Caller name"]
    page = client_for(tess).get(LIST + "?columns=trunk_group,price,systems,tags,emergency")
    assert page.context["columns"].labels == ["Caller name"]
    assert "Seattle edge" not in page.text
    lines = client_for(tess).get("/numbers/export.csv?columns=trunk_group,status").getvalue().decode().splitlines()
    assert lines[0] == "number,status"


def test_the_export_takes_the_columns_that_the_address_asks_for(house: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100", cnam="ACME")
    text = client_for("aud").get("/numbers/export.csv?columns=cnam,status,tags").getvalue().decode()
    one = str(Number.objects.get().pk)  # always there, so that the file can be imported again
    assert list(csv.DictReader(io.StringIO(text))) == [{"id": one, "number": NUMBER, "status": "active", "cnam": "ACME"}]


def test_every_column_at_once_costs_the_same_for_many_rows(
    house: Connection, switch: Connection, ada: User, client_for: ClientFor
) -> None:
    every = "?columns=status,tenant,trunk_group,rings,kind,cnam,price,emergency,tags,systems,first_seen,seen"
    add(house, "12065550100")
    add(switch, "12065550100", side="switch", leads=False, emergency=True, destination_kind="queue")
    add_tag(Number.objects.all(), "Lobby", actor=ada)
    client = client_for("ada")
    assert len(client.get(LIST + every).context["columns"].labels) == 12
    with CaptureQueriesContext(database) as few:
        client.get(LIST + every)
    add(house, *(f"1360555{n:04}" for n in range(200)))
    add(switch, *(f"1360555{n:04}" for n in range(200)), side="switch", leads=False, emergency=False)
    add_tag(Number.objects.all(), "Lobby", actor=ada)
    with CaptureQueriesContext(database) as many:
        page = client.get(LIST + every)
    assert len(many) == len(few) + 1  # the count
    assert page.text.count(">Lobby</a>") == 50


# --- saved views ------------------------------------------------------------------------------------------


def test_a_view_is_saved_and_stands_above_the_list_with_its_columns(house: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100")
    client = client_for("aud")
    path = "/numbers/views/?status=active&sort=number&cursor=zzz"
    assert "status active" in client.get(path).text
    answer = client.post(path, {"name": "In use", "with_columns": "on"}, follow=True)
    view = SavedView.objects.get()
    assert view.query == "status=active&columns=status%2Ctenant%2Ctrunk_group%2Ckind%2Ccnam%2Cprice"
    tabs = [(tab["label"], tab["active"]) for tab in answer.context["listing"].tab_links()]
    assert tabs[-1] == ("In use", True)
    client.post("/numbers/columns/", {"column": ["seen"]})
    assert labels(client_for, f"?{view.query}", "aud")[-1] == "A month"  # the view keeps its own
    assert f'href="/numbers/export/?{view.query}"'.replace("&", "&amp;") in client.get(view.get_absolute_url()).text


def test_sharing_takes_a_permission(house: Connection, client_for: ClientFor) -> None:
    add(house, "12065550100")
    for person, shared in (("sam", False), ("aud", False), ("tess", False), ("ops", True)):
        client_for(person).post("/numbers/views/?status=active", {"name": "In use", "shared": "on"})
        assert SavedView.objects.get(owner__username=person).shared is shared
    names = [tab.label for tab in client_for("ada").get(LIST).context["listing"].tabs]
    assert names.count("In use") == 1
    assert client_for("sam").post(f"/numbers/views/{SavedView.objects.get(shared=True).pk}/delete/").status_code == 404
    assert client_for("ada").post(f"/numbers/views/{SavedView.objects.get(shared=True).pk}/delete/").status_code == 302
    private = SavedView.objects.get(owner__username="aud")
    assert client_for("ada").post(f"/numbers/views/{private.pk}/delete/").status_code == 404
    assert client_for("aud").post(f"/numbers/views/{private.pk}/delete/").status_code == 302


def test_who_is_limited_may_not_share_and_gets_no_rows_by_others_views(
    house: Connection, ours: Tenant, theirs: Tenant, ada: User, client_for: ClientFor
) -> None:
    add(house, "12065550100", tenant=theirs)
    add(house, "12065550101", tenant=ours)
    view = SavedView.objects.create(owner=ada, name="Cascade", query="status=active&columns=tenant", shared=True)
    person = add_person("ops")
    Membership.objects.create(tenant=ours, person=person)
    page = client_for(person).get(view.get_absolute_url())
    assert [row.number for row in page.context["listing"].rows] == ["+12065550101"]
    assert "Cascade" not in page.text
    client_for(person).post("/numbers/views/?status=active", {"name": "Mine", "shared": "on"})
    assert not SavedView.objects.get(owner=person).shared


@pytest.mark.parametrize(
    ("query", "data", "said"),
    [
        ("status=active", {"name": ""}, "required"),
        ("status=active", {"name": "Taken"}, "already"),
        ("", {"name": "New"}, "Set a filter"),
        ("sort=number", {"name": "New"}, "Set a filter"),
        ("number=" + "1" * 1000, {"name": "New"}, "Set a filter"),
    ],
)
def test_what_cannot_be_saved_says_why(aud: User, client_for: ClientFor, query: str, data: dict[str, str], said: str) -> None:
    SavedView.objects.create(owner=aud, name="Taken", query="status=active")
    answer = client_for(aud).post(f"/numbers/views/?{query}", data)
    assert answer.status_code == 422
    assert said in answer.text
