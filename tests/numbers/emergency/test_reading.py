"""Reading what the systems say of 911: each vendor, disagreement, and nothing taken back by a read that failed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection, TenantLink
from apps.connections.services import link, sync_connection, unlink
from apps.jobs.models import Job, JobState, Schedule
from apps.jobs.services import start_scheduled
from apps.numbers.emergency import reading
from apps.numbers.emergency.inventory import sync
from apps.numbers.emergency.selectors import shown_verdict
from apps.numbers.emergency.standing import settle, verdict_over
from apps.numbers.models import SAID, EmergencyRead, EmergencySnapshot, EmergencySubject, Number, Verdict
from apps.numbers.services.tenancy import assign
from apps.sandbox.world import DENTAL
from apps.vendors.core.errors import VendorError
from tests.fixtures.people import ClientFor
from tests.numbers.conftest import Work
from tests.numbers.emergency.conftest import line, said

MAIN, NONE, ELIN = (f"+1{DENTAL.numbers[place]}" for place in (0, -2, -1))


def test_each_system_is_read_in_its_own_words(board: dict[str, Connection], ours: Tenant) -> None:
    switch = said(board["solswitch"], DENTAL.numbers[0])
    assert (switch.covered, switch.address, switch.tenant, switch.customer) == (
        True, "412 Harbor St, Seattle, WA, 98101, US", ours, "2",
    )  # fmt: skip
    assert switch.record["streetname"] == "Harbor St"
    notes = EmergencySnapshot.objects.get(connection=board["mirta"], number=MAIN)
    assert (notes.covered, notes.address, notes.kind) == (True, "412 Harbor St, Seattle", "number")
    flag = EmergencySnapshot.objects.get(connection=board["pbxware"], number=MAIN)
    assert (flag.covered, flag.address) == (True, "")
    place = EmergencySnapshot.objects.get(connection=board["sipxcom"], number=ELIN)
    assert (place.kind, place.covered, place.tenant, place.elin) == ("location", None, ours, ELIN)
    people = EmergencySnapshot.objects.filter(kind="extension", subject="101", tenant=ours)
    assert {row.connection.vendor: row.elin for row in people} == {"mirta": MAIN, "pbxware": MAIN, "sipxcom": ELIN}


def test_verdicts_over_all_systems(board: dict[str, Connection]) -> None:
    assert (line(MAIN).verdict, line(MAIN).sources) == (Verdict.COVERED, 3)
    assert line(NONE).verdict == Verdict.UNCOVERED
    assert line(f"+1{DENTAL.numbers[-4]}").verdict == Verdict.DISAGREE  # a flag against two
    assert line(f"+1{DENTAL.numbers[5]}").verdict == Verdict.DISAGREE  # two addresses
    assert line(f"+1{DENTAL.toll_free[0]}").verdict == Verdict.EXEMPT
    # An extension is as the number it shows to 911, but a user who stands in no location is not covered.
    assert EmergencySubject.objects.get(label="101", tenant__isnull=False).verdict == Verdict.COVERED
    assert EmergencySubject.objects.get(label="102", tenant__isnull=False).verdict == Verdict.DISAGREE


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ([], Verdict.SILENT),
        ([(None, "1 A St")], Verdict.SILENT),
        ([(None, ""), (True, "")], Verdict.COVERED),
        ([(False, ""), (None, "1 A St")], Verdict.UNCOVERED),
        ([(False, ""), (True, "")], Verdict.DISAGREE),
        ([(True, "1 A St"), (None, "2 B St")], Verdict.DISAGREE),
        ([(True, "1 A St"), (True, "1 A Street, Seattle")], Verdict.COVERED),
    ],
)
def test_the_verdict_follows_from_what_is_said(told: list[Any], verdict: Verdict) -> None:
    assert verdict_over(told) == verdict


def test_a_number_that_only_a_carrier_holds_has_no_source(board: dict[str, Connection], main: Connection) -> None:
    number = Number.objects.create(connection=main, number="+14155550123", kind="local", status="active")
    sync(board["pbxware"])
    assert line(number.number).verdict == Verdict.SILENT
    Number.objects.filter(pk=number.pk).update(missing_since=timezone.now())
    sync(board["pbxware"])
    assert not EmergencySubject.objects.filter(number=number.number).exists()


def test_no_secret_is_kept(board: dict[str, Connection], systems: dict[str, Any]) -> None:
    kept = " ".join(str(row) for row in EmergencySnapshot.objects.values_list("record", flat=True))
    extensions = systems["mirta"].pbx.table("extension").values()
    hidden = [str(row[name]) for row in extensions for name in ("secret", "password") if row.get(name)]
    hidden += [row["appassword"] for row in systems["pbxware"].pbx.table("tenant").values() if row.get("appassword")]
    assert len(hidden) > 5
    assert [secret for secret in hidden if secret in kept] == []


FAULTS = ["html200", "truncated", "garbage"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("vendor", ["solswitch", "mirta", "pbxware", "sipxcom"])
def test_a_failed_read_takes_nothing_back(
    board: dict[str, Connection], systems: dict[str, Any], vendor: str, fault: str
) -> None:
    before = list(EmergencySnapshot.objects.order_by("pk").values("ref", "covered", "address", "missing_since"))
    verdicts = list(EmergencySubject.objects.order_by("pk").values_list("key", "verdict"))
    systems[vendor].faults.set(fault)
    with pytest.raises(VendorError):
        sync(board[vendor])
    assert list(EmergencySnapshot.objects.order_by("pk").values("ref", "covered", "address", "missing_since")) == before
    assert list(EmergencySubject.objects.order_by("pk").values_list("key", "verdict")) == verdicts
    read = EmergencyRead.objects.get(connection=board[vendor])
    assert read.problem["title"]
    systems[vendor].faults.clear()
    sync(board[vendor])
    assert EmergencyRead.objects.get(connection=board[vendor]).problem is None


def test_an_empty_answer_takes_nothing_back_either(board: dict[str, Connection], systems: dict[str, Any]) -> None:
    before = EmergencySnapshot.objects.filter(SAID, connection=board["mirta"]).count()
    systems["mirta"].faults.set("empty")
    assert sync(board["mirta"]).held_back == before
    assert EmergencySnapshot.objects.filter(SAID, connection=board["mirta"]).count() == before


def test_an_edition_without_911_says_nothing_and_is_no_fault(board: dict[str, Connection], systems: dict[str, Any]) -> None:
    before = EmergencySnapshot.objects.filter(SAID, connection=board["sipxcom"]).count()
    systems["sipxcom"].faults.set("open_source")
    assert sync(board["sipxcom"]).total == 0
    assert EmergencyRead.objects.get(connection=board["sipxcom"]).problem is None
    assert EmergencySnapshot.objects.filter(SAID, connection=board["sipxcom"]).count() == before


def test_a_system_that_is_down_says_so_on_the_board(
    board: dict[str, Connection], systems: dict[str, Any], client_for: ClientFor
) -> None:
    systems["solswitch"].faults.set("down")
    with pytest.raises(VendorError):
        sync(board["solswitch"])
    text = client_for("sam").get("/numbers/911/").content.decode()
    assert "What soft-switch says of 911 could not be read whole" in text
    assert "nothing was taken back" in text
    assert line(MAIN).verdict == Verdict.COVERED


def test_one_customer_that_fails_costs_only_itself(board: dict[str, Connection], systems: dict[str, Any]) -> None:
    old = timezone.now() - timedelta(hours=5)
    EmergencySnapshot.objects.filter(connection=board["pbxware"]).update(seen_at=old)
    systems["pbxware"].faults.set("down", "tenant.configuration", times=3)  # the first customer, however often it is asked
    with pytest.raises(VendorError):
        sync(board["pbxware"])
    ages = EmergencySnapshot.objects.filter(connection=board["pbxware"], kind="number")
    scopes = dict(ages.order_by("scope", "seen_at").values_list("scope", "seen_at"))
    assert sorted(at == old for at in scopes.values()) == [False, False, True]


def test_what_a_system_no_longer_says_is_marked(board: dict[str, Connection], systems: dict[str, Any]) -> None:
    pbx = systems["sipxcom"].system
    pbx.remove("erl", pbx.find("erl", elin=DENTAL.numbers[-1]))
    assert sync(board["sipxcom"]).vanished == 1
    row = EmergencySnapshot.objects.get(connection=board["sipxcom"], kind="location", number=ELIN)
    assert row.missing_since
    assert line(ELIN).sources == 3


def test_an_empty_answer_is_not_believed_without_a_person(
    board: dict[str, Connection], systems: dict[str, Any], ada: User, work: Work
) -> None:
    pbx = systems["sipxcom"].system
    for row in list(pbx.rows("erl")):
        pbx.remove("erl", row)
    found = sync(board["sipxcom"])
    assert (found.vanished, found.held_back) == (0, 3)
    assert EmergencyRead.objects.get(connection=board["sipxcom"]).held_back == 3
    reading.accept_missing(board["sipxcom"], ada)
    work()
    assert not EmergencySnapshot.objects.filter(SAID, connection=board["sipxcom"], kind="location").exists()
    assert EmergencyRead.objects.get(connection=board["sipxcom"]).held_back == 0


def test_old_word_is_stale_and_not_covered_any_more(board: dict[str, Connection]) -> None:
    EmergencySnapshot.objects.filter(connection=board["mirta"]).update(seen_at=timezone.now() - timedelta(days=3))
    settle(EmergencySubject.objects.values_list("key", flat=True))
    assert shown_verdict(line(MAIN)) == "stale"
    assert shown_verdict(line(NONE)) == "uncovered"  # a warning does not age away


def test_links_and_tenants_change_hands_at_once(board: dict[str, Connection], ours: Tenant, theirs: Tenant, ada: User) -> None:
    assign(Number.objects.filter(number=MAIN), theirs, actor=ada)
    assert line(MAIN).tenant == theirs
    assert EmergencySubject.objects.filter(label="101", tenant=ours).count() == 1
    for one in TenantLink.objects.filter(tenant=ours):
        unlink(one, actor=ada)
    assert not EmergencySnapshot.objects.filter(tenant=ours).exclude(kind="location").exists()
    assert not EmergencySubject.objects.filter(label="101", tenant=ours).exists()
    link(theirs, board["pbxware"], "2", actor=ada)
    assert EmergencySubject.objects.get(label="101", tenant=theirs).sources == 1


def test_the_job_reads_all_on_demand_and_on_schedule(
    board: dict[str, Connection], systems: dict[str, Any], ada: User, sam: User, work: Work
) -> None:
    job = reading.read_all(ada)
    assert reading.read_all(sam) == job  # one at a time
    systems["mirta"].faults.set("down")
    work()
    job.refresh_from_db()
    assert job.items.filter(state="done").count() == 3
    assert job.items.get(label="hosted-pbx").state == "failed"
    now = timezone.now()
    Schedule.objects.update_or_create(
        key=reading.KIND, defaults={"kind": reading.KIND, "title": "911", "every": timedelta(hours=6), "next_run_at": now}
    )
    start_scheduled()
    assert Job.objects.filter(kind=reading.KIND, state=JobState.QUEUED).count() == 1


def test_a_connection_synchronises_911_too(board: dict[str, Connection]) -> None:
    assert "911 records read" in next(one.message for one in sync_connection(board["solswitch"]) if one.key == "emergency")


def test_settling_costs_the_same_for_few_and_many(board: dict[str, Connection]) -> None:
    def queries(keys: list[str]) -> int:
        with CaptureQueriesContext(database) as caught:
            settle(keys)
        return len(caught)

    numbers = list(EmergencySubject.objects.filter(kind="number").values_list("key", flat=True))
    few = queries([f"number:{ELIN}"])
    assert queries(numbers) <= few + 2
