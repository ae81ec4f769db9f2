"""The board: what is shown to whom, filters, tabs, export, the card of a number, and the number of queries."""

import csv
import io

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Tenant, User
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.jobs.models import Job
from apps.numbers.models import EmergencySnapshot, EmergencySubject, Number
from apps.numbers.services import attention, home_panels
from apps.sandbox.world import DENTAL, FREIGHT
from apps.vendors.core.registry import vendors
from tests.fixtures.people import ClientFor
from tests.numbers.emergency.conftest import line

MAIN, NONE, ELIN, TWO = (f"+1{DENTAL.numbers[place]}" for place in (0, -2, -1, 5))
THEIRS = f"+1{FREIGHT.numbers[0]}"


def test_each_systems_statement_stands_side_by_side(board: dict[str, Connection], client_for: ClientFor) -> None:
    page = client_for("sam").get("/numbers/911/", {"q": MAIN})
    (shown,) = page.context["lines"]
    said = {column.vendor: [(one.word, one.row.address) for one in cell] for column, cell in shown.cells}
    assert said == {
        "solswitch": [("Covered", "412 Harbor St, Seattle, WA, 98101, US")],
        "mirta": [("Covered", "412 Harbor St, Seattle")],
        "pbxware": [("Covered", "")],
        "sipxcom": [],
    }
    assert (shown.word, shown.tone) == ("Covered", "good")


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [
        ("verdict=uncovered", NONE, MAIN),
        ("verdict=disagree", TWO, MAIN),
        ("verdict=covered", MAIN, NONE),
        ("verdict=exempt", f"+1{DENTAL.toll_free[0]}", MAIN),
        ("tenant=harbor-street-dental", MAIN, THEIRS),
        ("tenant=none", THEIRS, MAIN),
        ("connection=campus-pbx", ELIN, MAIN),
        ("q=4116", NONE, MAIN),
        ("q=206-219-4116", NONE, MAIN),
        ("q=101", "101", MAIN),
    ],
)
def test_filters(board: dict[str, Connection], client_for: ClientFor, query: str, there: str, away: str) -> None:
    seen: list[str] = []
    url = f"/numbers/911/?{query}"
    while url:
        listing = client_for("aud").get(url).context["listing"]
        seen += [row.label for row in listing.rows]
        url = listing.next_url
    assert there in seen
    assert away not in seen


def test_tabs_count_what_they_hold(board: dict[str, Connection], client_for: ClientFor) -> None:
    tabs = {tab["label"]: tab["count"] for tab in client_for("sam").get("/numbers/911/").context["listing"].tab_links()}
    assert tabs["All"] == EmergencySubject.objects.count()
    for label, verdict in (("Not covered", "uncovered"), ("Sources disagree", "disagree"), ("Covered", "covered")):
        assert tabs[label] == EmergencySubject.objects.filter(verdict=verdict).count() > 0


def test_the_page_of_one_says_what_differs(board: dict[str, Connection], client_for: ClientFor) -> None:
    text = client_for("sam").get(line(TWO).get_absolute_url()).content.decode()
    assert "Others do not say: 18 OLD MILL RD" in text
    assert "18 Old Mill Road, Seattle" in text
    assert "cannot both be right" in text
    text = client_for("sam").get(line(MAIN).get_absolute_url()).content.decode()
    assert "lacks WA 98101" in text
    assert "Extension 101" in text  # who shows it to 911
    assert "Change…" not in text
    assert "Change…" in client_for("ops").get(line(MAIN).get_absolute_url()).content.decode()


def test_the_number_page_tells_what_each_system_says(board: dict[str, Connection], client_for: ClientFor) -> None:
    text = client_for("sam").get(f"/numbers/{MAIN}/").content.decode()
    card = text[text.index('id="emergency-title"') :]
    card = card[: card.index("</section>")]
    for name in ("soft-switch", "hosted-pbx", "office-pbx", "412 Harbor St, Seattle, WA"):
        assert name in card
    assert "main" in card
    assert "documents no call for 911 addresses" in card
    mine = client_for("tess").get(f"/numbers/{MAIN}/").content.decode()
    assert "412 Harbor St" in mine
    assert "soft-switch" not in mine


def test_a_tenant_sees_its_own_and_no_system(
    board: dict[str, Connection], theirs: Tenant, client_for: ClientFor, tess: User
) -> None:
    Number.objects.filter(number=THEIRS).update(tenant=theirs)
    client = client_for("tess")
    pages = [client.get("/numbers/911/"), client.get(line(MAIN).get_absolute_url()), client.get("/numbers/911/export.csv")]
    for page in pages:
        text = page.getvalue().decode()
        for word in (*(one.name for one in board.values()), *(one.title for one in vendors.all()), "503-226", THEIRS):
            assert word not in text
    assert {row.tenant for row in pages[0].context["listing"].rows} == {line(MAIN).tenant}
    assert client.get(line(THEIRS).get_absolute_url()).status_code == 404
    statement = EmergencySnapshot.objects.filter(number=MAIN)[0]
    assert client.get(f"/numbers/911/record/{statement.pk}/").status_code == 403
    assert client.get("/numbers/911/?connection=soft-switch").status_code == 200


def test_staff_limited_to_a_connection_see_what_it_says_alone(
    board: dict[str, Connection], sam: User, client_for: ClientFor
) -> None:
    sam.connections.add(board["sipxcom"])
    text = client_for(sam).get("/numbers/911/").content.decode()
    assert "campus-pbx" in text
    assert "hosted-pbx" not in text
    assert {row.label for row in client_for(sam).get("/numbers/911/?q=206").context["listing"].rows} == {ELIN}


def test_export_holds_what_is_filtered_and_is_audited(board: dict[str, Connection], client_for: ClientFor) -> None:
    answer = client_for("aud").get("/numbers/911/export.csv?verdict=uncovered")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    mine = [row for row in rows if row["number_or_name"] == NONE]
    assert {row["system"]: row["covered"] for row in mine} == {
        "soft-switch": "Not covered", "hosted-pbx": "Not covered", "office-pbx": "Not covered",
    }  # fmt: skip
    assert {row["verdict"] for row in rows} == {"uncovered"}
    assert AuditEntry.objects.get(action="numbers.911.exported").params == {"filter": "verdict=uncovered"}
    theirs = client_for("tess").get("/numbers/911/export.csv").getvalue().decode().splitlines()
    assert theirs[0] == "kind,number_or_name,verdict,tenant,covered,address,elin,seen_utc"


def test_reading_anew_and_who_may(board: dict[str, Connection], client_for: ClientFor) -> None:
    assert client_for("aud").post("/numbers/911/read/").status_code == 403
    answer = client_for("sam").post("/numbers/911/read/")
    assert answer["Location"] == Job.objects.latest("pk").get_absolute_url()
    assert client_for("sam").post("/numbers/911/read/accept/", {"connection": "soft-switch"}).status_code == 403
    assert "Reading now" in client_for("sam").get("/numbers/911/").content.decode()


def test_empty_and_broken_filters(client_for: ClientFor) -> None:
    assert "Nothing is known of 911 yet" in client_for("ada").get("/numbers/911/").content.decode()
    assert client_for("ada").get("/numbers/911/?verdict=nonsense").status_code == 422
    assert "no enabled connection" in client_for("sam").post("/numbers/911/read/", follow=True).content.decode()


def test_home_and_the_count_in_the_navigation(board: dict[str, Connection], ops: User, sam: User, tess: User) -> None:
    wanted = EmergencySubject.objects.filter(verdict__in=["uncovered", "disagree"]).count()
    assert attention(ops) == wanted > 0
    assert attention(sam) == 0
    panel = next(one for one in home_panels(tess) if one.title == "911")
    assert (
        panel.context["counts"]["uncovered"]
        == EmergencySubject.objects.filter(tenant__name=DENTAL.name, verdict="uncovered").count()
    )
    EmergencySubject.objects.update(verdict="covered")
    assert [one.title for one in home_panels(ops)].count("911") == 0


def test_the_board_costs_the_same_queries_however_much_it_shows(board: dict[str, Connection], client_for: ClientFor) -> None:
    def queries(url: str) -> int:
        client = client_for("sam")
        client.get(url)
        with CaptureQueriesContext(database) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    few, page = queries("/numbers/911/?q=101"), queries("/numbers/911/?q=206")
    assert (few, page) == (19, 19)
    assert queries("/numbers/911/") == page + 1  # how many there are, beyond the page


def test_the_page_of_one_costs_few_queries(board: dict[str, Connection], client_for: ClientFor) -> None:
    client = client_for("sam")
    client.get(line(MAIN).get_absolute_url())
    with CaptureQueriesContext(database) as caught:
        client.get(line(MAIN).get_absolute_url())
    assert len(caught) <= 22
