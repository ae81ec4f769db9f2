"""The list of numbers: what it finds, what it shows to whom, what it exports, and that every page is read off an index."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.numbers.filters import NumberFilter
from apps.numbers.lookup import NotDigits, find, readings
from apps.numbers.models import PRESENT, InventoryRead, Number, Tag, Tagged
from apps.numbers.services import home_panels, search
from apps.numbers.services.inventory import recount
from apps.ui.paging import keyset_page
from tests.fixtures.people import ClientFor

LIST = "/numbers/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def main() -> Connection:
    return Connection.objects.create(name="main", vendor="carrier", base_url="http://127.0.0.1:9")


@pytest.fixture
def backup() -> Connection:
    return Connection.objects.create(name="backup", vendor="carrier", base_url="http://127.0.0.1:9")


def add(connection: Connection, *numbers: str, **facts: object) -> list[Number]:
    made = [
        Number(
            connection=connection, number=f"+{number}", last_four=number[-4:], **{"kind": "local", "status": "active"} | facts
        )
        for number in numbers
    ]
    Number.objects.bulk_create(made)
    recount(connection)
    return made


def shown(client_for: ClientFor, query: str = "", person: str = "aud") -> list[str]:
    response = client_for(person).get(LIST + query)
    assert response.status_code == 200
    return [row.number.removeprefix("+") for row in response.context["listing"].rows]


# --- finding ----------------------------------------------------------------------------------------------

HELD = ("12065550100", "12065550199", "12065551000", "13605550100", "18665550100", "442071234567", "15035552065")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("+12065550100", {"12065550100"}),
        ("12065550100", {"12065550100"}),
        ("2065550100", {"12065550100"}),
        ("(206) 555-0100", {"12065550100"}),
        ("+1 206-555-0100", {"12065550100"}),
        ("0100", {"12065550100", "13605550100", "18665550100"}),
        ("206", {"12065550100", "12065550199", "12065551000"}),
        ("206-555-01", {"12065550100", "12065550199"}),
        ("206555", {"12065550100", "12065550199", "12065551000"}),
        ("5550100", {"12065550100", "13605550100", "18665550100"}),
        ("555-0100", {"12065550100", "13605550100", "18665550100"}),
        ("50100", {"12065550100", "13605550100", "18665550100"}),  # no number begins so: read as the end
        ("2065", {"15035552065"}),  # four digits are the last four …
        ("206-5", {"12065550100", "12065550199", "12065551000"}),  # … unless written as a beginning
        ("1206", {"12065550100", "12065550199", "12065551000"}),
        ("+44", {"442071234567"}),
        ("442071234567", set()),  # without the plus this is no number anybody here would write
        ("9999", set()),
    ],
)
def test_a_number_is_found_by_any_part_people_have(
    main: Connection, client_for: ClientFor, typed: str, found: set[str]
) -> None:
    add(main, *HELD)
    query = QueryDict(mutable=True)
    query["number"] = typed
    assert set(shown(client_for, f"?{query.urlencode()}")) == found


@pytest.mark.parametrize("typed", ["abc", "206x", "12065550100;--", "٢٠٦", "+", "206%"])
def test_what_is_no_number_is_named_beside_the_field(main: Connection, client_for: ClientFor, typed: str) -> None:
    add(main, *HELD)
    query = QueryDict(mutable=True)
    query["number"] = typed
    response = client_for("aud").get(f"{LIST}?{query.urlencode()}")
    assert response.status_code == 422
    assert "Type digits" in response.content.decode()
    assert 'value="' + typed.replace("%", "%") in response.content.decode()
    with pytest.raises(NotDigits):
        readings(typed)


def test_the_end_of_the_range_of_nines_is_not_lost(main: Connection) -> None:
    add(main, "12099999999", "12100000000", "19999999999")
    for typed, found in (("209", "+12099999999"), ("999", "+19999999999"), ("2099", "+12099999999")):
        rows, _ = find(Number.objects.all(), typed)
        assert [row.number for row in rows] == [found]


def test_how_the_digits_were_read_is_said(main: Connection, client_for: ClientFor) -> None:
    add(main, *HELD)
    assert "ending in 0100" in client_for("aud").get(LIST + "?number=0100").content.decode()
    assert "beginning with +1 206-555" in client_for("aud").get(LIST + "?number=206555").content.decode()


def test_filters_narrow_and_combine(main: Connection, backup: Connection, client_for: ClientFor) -> None:
    add(main, "12065550100", trunk_group_id="7", trunk_group="Seattle")
    add(main, "12065550101", status="inactive", trunk_group_id="7", trunk_group="Seattle")
    add(backup, "12065550100", "13605550102", trunk_group_id="7", trunk_group="Elsewhere", order_id="48213")
    add(main, "18665550103", kind="tollfree", status="7")
    InventoryRead.objects.filter(connection=main).update(trunk_groups=[{"id": "7", "title": "Seattle", "hosts": []}])
    assert shown(client_for, "?status=inactive") == ["12065550101"]
    assert shown(client_for, "?kind=tollfree") == ["18665550103"]
    assert shown(client_for, "?status=7") == ["18665550103"]  # a carrier's own code can be asked for
    assert shown(client_for, "?connection=backup") == ["12065550100", "13605550102"]
    assert shown(client_for, "?area=360") == ["13605550102"]
    assert shown(client_for, "?trunk_group=main:7") == ["12065550100", "12065550101"]
    assert shown(client_for, "?order=48213") == ["12065550100", "13605550102"]
    assert shown(client_for, "?connection=main&status=active&area=206&number=0100") == ["12065550100"]


@pytest.mark.parametrize("query", ["?status=nonsense", "?area=20", "?area=abc", "?connection=nobody", "?gone=maybe", "?kind=x"])
def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(main: Connection, client_for: ClientFor, query: str) -> None:
    add(main, *HELD)
    response = client_for("aud").get(LIST + query)
    assert response.status_code == 422
    assert response.context["listing"].rows == []


def test_what_is_gone_has_its_own_view(main: Connection, client_for: ClientFor) -> None:
    from django.utils import timezone

    add(main, "12065550100", "12065550101")
    Number.objects.filter(number="+12065550101").update(missing_since=timezone.now())
    assert shown(client_for) == ["12065550100"]
    assert shown(client_for, "?gone=1") == ["12065550101"]


# --- pages ------------------------------------------------------------------------------------------------


def test_pages_follow_each_other_both_ways_without_loss(main: Connection, client_for: ClientFor) -> None:
    add(main, *(f"1206555{n:04}" for n in range(120)))
    client, url, seen = client_for("aud"), LIST, []
    while url:
        listing = client.get(url).context["listing"]
        seen += [row.number for row in listing.rows]
        last, url = listing, listing.next_url
    assert seen == [f"+1206555{n:04}" for n in range(120)]
    assert client.get(last.previous_url).context["listing"].rows[0].number == "+12065550050"
    assert client.get(LIST + "?sort=-number").context["listing"].rows[0].number == "+12065550119"


def test_a_fragment_is_only_the_results(main: Connection, client_for: ClientFor) -> None:
    add(main, *HELD)
    response = client_for("aud").get(LIST + "?area=206", headers={"hx-request": "true"})
    text = response.content.decode()
    assert "<html" not in text
    assert 'id="results"' in text
    assert "+1 206-555-0100" in text
    assert 'data-copy="+12065550100"' in text
    assert response["HX-Push-Url"] == LIST + "?area=206"


def test_the_number_of_queries_does_not_grow_with_the_rows(main: Connection, client_for: ClientFor) -> None:
    add(main, "12065550100")
    client = client_for("ada")
    client.get(LIST)
    with CaptureQueriesContext(database) as few:
        client.get(LIST)
    add(main, *(f"1360555{n:04}" for n in range(200)))
    with CaptureQueriesContext(database) as many:
        client.get(LIST)
    # One more: a second page means that the rows are counted.
    assert len(many) == len(few) + 1
    own = [query["sql"] for query in many.captured_queries if '"numbers_number"' in query["sql"]]
    page, count = own
    assert "LIMIT 51" in page
    assert "LIMIT 10001" in count  # never further than that, however many there are


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "numbers_listed"),
        ("number=0100", "numbers_last_four"),
        ("number=5550100", "numbers_last_four"),
        ("number=206555", "numbers_listed"),
        ("number=%2B12065550100", "numbers_listed"),
        ("area=206", "numbers_listed"),
        ("status=inactive", "numbers_status"),
        ("kind=tollfree", "numbers_kind"),
        ("connection=main", "numbers_connection"),
        ("connection=main&status=inactive", "numbers_connection_status"),
        ("trunk_group=main:7", "numbers_trunk_group"),
        ("order=48213", "numbers_order"),
        ("gone=1", "numbers_gone"),
        ("status=cooling", "numbers_released"),
        ("emergency=on", "numbers_emergency"),
        ("emergency=off", "numbers_emergency"),
        ("destination=queue", "numbers_destination"),
    ],
)
def test_every_page_is_read_off_an_index_in_order(main: Connection, query: str, index: str) -> None:
    add(main, "12065550100", trunk_group_id="7")
    if database.vendor == "postgresql":
        crowd(main)
    InventoryRead.objects.update(trunk_groups=[{"id": "7", "title": "Seattle", "hosts": []}], destination_kinds=["queue"])
    chosen = NumberFilter(QueryDict(query), queryset=Number.objects.all())
    assert chosen.is_valid(), chosen.errors
    with CaptureQueriesContext(database) as caught:
        keyset_page(chosen.qs, ("number", "pk"))
    plan = explained(caught.captured_queries[-1]["sql"])
    assert re.search(rf"\b{index}\b", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


def test_a_page_of_a_tag_is_read_off_the_tags_index_in_order(main: Connection) -> None:
    add(main, "12065550100")
    if database.vendor == "postgresql":
        crowd(main)
    tag = Tag.objects.create(name="Lobby")
    Tagged.objects.bulk_create(Tagged(tag=tag, number=f"+12065550{n:03}") for n in range(300))
    chosen = NumberFilter(QueryDict("tag=Lobby"), queryset=Number.objects.all())
    assert chosen.is_valid(), chosen.errors
    with CaptureQueriesContext(database) as caught:
        assert "+12065550100" in [row.number for row in keyset_page(chosen.qs, ("number", "pk"), size=300).rows]
    plan = explained(caught.captured_queries[-1]["sql"])
    assert "numbers_by_tag" in plan, plan
    assert re.search(r"\bnumbers_(listed|everywhere)\b", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    # Numbers come in order; only rows of one number on several systems are put in order among themselves.
    assert not re.search(r"(?<!Incremental )Sort  \(", plan), plan


@pytest.mark.parametrize("query", ["since=2026-01-02", "before=2026-01-02"])
def test_a_page_of_a_range_of_ages_is_read_off_an_index_in_its_order(main: Connection, query: str) -> None:
    add(main, "12065550100", first_seen=timezone.now() - timedelta(days=1))
    if database.vendor == "postgresql":
        crowd(main)
    chosen = NumberFilter(QueryDict(query), queryset=Number.objects.all())
    assert chosen.is_valid(), chosen.errors
    with CaptureQueriesContext(database) as caught:
        keyset_page(chosen.qs, ("-first_seen", "-pk"))
    plan = explained(caught.captured_queries[-1]["sql"])
    assert re.search(r"\bnumbers_first_seen\b", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


def crowd(main: Connection) -> None:
    """Give PostgreSQL's planner a table worth an index, and tell it what is in there."""
    other = Connection.objects.create(name="other", vendor="carrier", base_url="http://other.example")
    rare = {"status": "inactive", "kind": "tollfree", "trunk_group_id": "7", "order_id": "48213"}
    rare |= {"emergency": True, "destination_kind": "queue", "released_at": timezone.now()}
    for place, (field, value) in enumerate([("", ""), ("missing_since", timezone.now()), *rare.items()]):
        facts = {field: value} if field else {}
        add(main, *(f"1{npa}555{place}{n:03}" for npa in (206, 360) for n in range(50)), **facts)
        add(other, *(f"1{npa}777{place}{n:03}" for npa in range(400, 402 if field else 520) for n in range(50)), **facts)
    with database.cursor() as cursor:
        cursor.execute("ANALYZE numbers_number")


def explained(sql: str) -> str:
    """Return how the database finds the rows of a query."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            # It sorts a handful of rows even where an index has them in order.
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if database.vendor == 'sqlite' else ''}{sql}")
        return " / ".join(row[-1] for row in cursor.fetchall())


# --- who sees what ----------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in(stranger: object) -> None:
    response = stranger.get(LIST)  # type: ignore[attr-defined]
    assert response.status_code == 302
    assert "login" in response["Location"]


@pytest.mark.parametrize(
    ("person", "labels"),
    [
        ("ada", ["Trunk group", "Make active", "Make inactive", "Tag", "Tenant", "Cancel"]),
        ("sam", ["Trunk group", "Make active", "Make inactive", "Tag"]),
        ("aud", []),
    ],
)
def test_bulk_actions_are_offered_to_those_who_may(
    main: Connection, client_for: ClientFor, person: str, labels: list[str]
) -> None:
    add(main, "12065550100")
    listing = client_for(person).get(LIST).context["listing"]
    assert [action.label for action in listing.bulk] == labels


@pytest.mark.parametrize(
    ("person", "what", "status"),
    [("aud", "cancel", 403), ("aud", "active", 403), ("aud", "trunk-group", 403), ("ada", "explode", 404)],
)
def test_bulk_actions_are_guarded(main: Connection, client_for: ClientFor, person: str, what: str, status: int) -> None:
    (row,) = add(main, "12065550100")
    url = reverse("numbers:change", args=[what])
    assert client_for(person).post(url, {"ids": [row.pk]}).status_code == status
    assert client_for(person).get(url).status_code in {403, 405}


def test_support_may_not_cancel(main: Connection, client_for: ClientFor) -> None:
    (row,) = add(main, "12065550100")
    assert client_for("sam").post(reverse("numbers:change", args=["cancel"]), {"ids": [row.pk]}).status_code == 403


def test_an_empty_inventory_says_how_numbers_get_there(client_for: ClientFor, main: Connection) -> None:
    page = client_for("ada").get(LIST).content.decode()
    assert "No numbers yet" in page
    assert "once its list is read" in page
    Connection.objects.all().delete()
    page = client_for("ada").get(LIST).content.decode()
    assert reverse("connections:add") in page
    assert reverse("connections:add") not in client_for("aud").get(LIST).content.decode()


def test_a_failed_read_costs_a_notice_not_the_list(main: Connection, client_for: ClientFor) -> None:
    from django.utils import timezone

    add(main, "12065550100")
    InventoryRead.objects.update(
        problem={"title": "main cannot be reached", "words": "No route.", "next_step": "Try again."},
        tried_at=timezone.now(),
        read_at=timezone.now(),
        held_back=3,
    )
    page = client_for("ada").get(LIST).content.decode()
    assert "main cannot be reached" in page
    assert "lacked 3 numbers we know" in page
    assert "+1 206-555-0100" in page


# --- export -----------------------------------------------------------------------------------------------


def exported(client_for: ClientFor, query: str = "") -> list[dict[str, str]]:
    response = client_for("aud").get(f"/numbers/export.csv{query}")
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_is_what_the_filter_shows(main: Connection, client_for: ClientFor) -> None:
    add(main, *(f"1206555{n:04}" for n in range(70)), monthly_rate=Decimal("0.95"), cnam='ACME "Inc", Ltd')
    add(main, "13605550100", status="inactive")
    rows = exported(client_for, "?area=206")
    assert [row["number"] for row in rows] == [f"+1206555{n:04}" for n in range(70)]
    assert rows[0]["cnam"] == 'ACME "Inc", Ltd'
    assert Decimal(rows[0]["monthly_rate"]) == Decimal("0.95")
    assert rows[0]["connection"] == "main"
    assert rows[0]["gone_since_utc"] == ""
    assert len(rows[0]["seen_utc"]) == 19
    assert len(exported(client_for)) == 71


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
def test_the_export_defuses_formulas(main: Connection, client_for: ClientFor, first: str) -> None:
    add(main, "12065550100", cnam=f'{first}HYPERLINK("http://evil.example")')
    assert exported(client_for)[0]["cnam"].startswith(f"'{first}")


def test_an_export_with_an_unreadable_filter_exports_nothing(main: Connection, client_for: ClientFor) -> None:
    add(main, *HELD)
    response = client_for("aud").get("/numbers/export.csv?area=x")
    assert response.status_code == 302


# --- what the frame shows ---------------------------------------------------------------------------------


def test_the_search_box_finds_a_number_by_any_part(main: Connection, aud: User) -> None:
    from django.utils import timezone

    add(main, *HELD)
    assert search(aud, "0100")[0].label == "+1 206-555-0100"
    assert search(aud, "(206) 555-0199")[0].url == "/numbers/+12065550199/"
    assert search(aud, "nobody") == []
    assert search(aud, "main carrier 5") == []
    Number.objects.filter(number="+12065550199").update(missing_since=timezone.now())
    assert search(aud, "2065550199")[0].detail.startswith("Gone from the list")


def test_the_home_page_counts_numbers_by_connection_and_status(main: Connection, client_for: ClientFor, aud: User) -> None:
    add(main, "12065550100", "12065550101")
    add(main, "12065550102", status="inactive")
    (panel,) = home_panels(aud)
    assert panel.context["total"] == 3
    page = client_for("aud").get("/").content.decode()
    assert "?connection=main&amp;status=inactive" in page


def test_present_numbers_are_the_default_everywhere() -> None:
    assert Number.objects.filter(PRESENT).query.where
