"""The export comes back in: what changes nothing, what is named, what is applied once, and what is proven."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import Membership, Tenant, User
from apps.changes import services as changes
from apps.changes.models import Plan, PlanState
from apps.connections.models import Connection
from apps.jobs.models import Job, JobState
from apps.numbers.importing import services
from apps.numbers.importing.reading import rows_of
from apps.numbers.models import ImportRun, ImportState, InventoryRead, Number, NumberChange, RowState
from apps.numbers.services import sync
from apps.numbers.services.tenancy import assign
from apps.sandbox.carrier import CarrierSandbox
from tests.fixtures.people import ClientFor, add_person
from tests.numbers.conftest import Work

ONE, TWO = "+12062194100", "+12062194101"


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def held(main: Connection) -> Connection:
    sync(main)
    return main


@pytest.fixture
def bring(client_for: ClientFor, work: Work) -> Callable[..., ImportRun]:
    """A function: upload a file as somebody and run the dry run."""

    def upload(content: bytes | str, who: str | Client = "ops", name: str = "numbers.csv") -> ImportRun:
        client = client_for(who) if isinstance(who, str) else who
        data = content.encode() if isinstance(content, str) else content
        answer = client.post("/numbers/import/", {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 302, answer.text
        work()
        run = ImportRun.objects.latest("pk")
        assert answer["Location"] == run.get_absolute_url()
        return run

    return upload


def numbers_of(connection: Connection) -> list[Number]:
    return list(Number.objects.filter(connection=connection, status__in=["active", "inactive"]).order_by("number"))


def other_group(connection: Connection, number: Number) -> dict[str, str]:
    groups = InventoryRead.objects.get(connection=connection).trunk_groups
    return next(group for group in groups if group["id"] != number.trunk_group_id)


def problems(run: ImportRun) -> list[tuple[int, str, str]]:
    rows = run.rows.filter(state=RowState.ERROR)
    return [(row.line, one["column"], one["text"]) for row in rows for one in row.errors]


# --- export -----------------------------------------------------------------------------------------------


def exported(client: Client, work: Work, form: str, query: str = "") -> tuple[Job, bytes]:
    answer = client.post(f"/numbers/export/{query}", {"format": form})
    assert answer.status_code == 302
    work()
    job = Job.objects.filter(kind="numbers.export").latest("pk")
    assert job.state == JobState.DONE, job.message
    return job, client.get(job.return_url).getvalue()


def test_an_xlsx_holds_what_the_filter_shows_and_numbers_are_text(held: Connection, client_for: ClientFor, work: Work) -> None:
    Number.objects.filter(number=ONE).update(cnam="=1+1", trunk_group_id="007")
    _, content = exported(client_for("aud"), work, "xlsx", "?area=206")
    sheet = load_workbook(io.BytesIO(content)).active
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    assert names[:3] == ["id", "number", "tenant"]
    shown = Number.objects.filter(number__startswith="+1206", leads=True, missing_since=None).order_by("number", "pk")
    assert [row[1].value for row in rows] == [number.number for number in shown]
    assert [row[0].value for row in rows] == [number.pk for number in shown]
    assert {(row[1].data_type, row[1].number_format) for row in rows} == {("s", "@")}
    row = next(row for row in rows if row[1].value == ONE)
    assert row[names.index("trunk_group_id")].value == "007"
    assert row[names.index("cnam")].value == "'=1+1"


def test_a_long_csv_is_a_job_and_its_file_is_ones_own(
    held: Connection, client_for: ClientFor, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for("aud")
    short = client.post("/numbers/export/", {"format": "csv"})
    at_once = client.get(short["Location"]).getvalue()
    monkeypatch.setattr("apps.numbers.exporting.services.AT_ONCE", 5)
    assert client.get("/numbers/export.csv")["Location"] == "/numbers/export/"
    job, content = exported(client, work, "csv")
    assert content == at_once
    assert job.message.startswith(f"{len(at_once.splitlines()) - 1} numbers exported")
    assert client_for("ada").get(job.return_url).status_code == 404
    assert client.post("/numbers/export/?area=x", {"format": "xlsx"}).status_code == 422
    assert client.post("/numbers/export/", {"format": "ods"}).status_code == 422


def test_limited_people_export_what_they_see_also_in_a_job(
    held: Connection, ours: Tenant, client_for: ClientFor, work: Work
) -> None:
    assign(Number.objects.filter(number=ONE), ours, actor=None)
    for who in ("tess", "sam"):
        person = add_person(who)
        Membership.objects.get_or_create(tenant=ours, person=person)
        job, content = exported(client_for(person), work, "xlsx")
        rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
        assert len(rows) == 2
        assert ONE in rows[1]
    head = next(load_workbook(io.BytesIO(exported(client_for("tess"), work, "xlsx")[1])).active.iter_rows(values_only=True))
    assert head == ("number", "status", "kind", "cnam", "first_seen_utc")
    Membership.objects.filter(person__username="sam").delete()
    assert client_for("sam").get(job.return_url).status_code == 200
    Membership.objects.create(
        tenant=Tenant.objects.create(name="Elsewhere", key="elsewhere"), person=User.objects.get(username="sam")
    )
    assert client_for("sam").get(job.return_url).status_code == 410  # limited otherwise since


def test_an_export_of_a_chosen_tenant_keeps_to_it(held: Connection, ours: Tenant, client_for: ClientFor, work: Work) -> None:
    assign(Number.objects.filter(number=TWO), ours, actor=None)
    client = client_for("ada")
    assert client.post("/scope/", {"tenant": ours.key}).status_code == 302
    _, content = exported(client, work, "xlsx")
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == [TWO]


# --- round trip -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_brought_back_changes_nothing(
    held: Connection, ours: Tenant, client_for: ClientFor, work: Work, bring: Callable[..., ImportRun], form: str
) -> None:
    assign(Number.objects.filter(number__in=[ONE, TWO]), ours, actor=None)
    Number.objects.filter(number=TWO).update(cnam="=HARBOR", trunk_group="-edge")
    client = client_for("ops")
    if form == "csv":
        content = client.get("/numbers/export.csv").getvalue()
    else:
        content = exported(client, work, "xlsx")[1]
    run = bring(content, name=f"numbers.{form}")
    count = Number.objects.filter(leads=True).count()
    assert run.state == ImportState.CHECKED
    assert services.counts_of(run) == {RowState.SAME: count}
    assert [row.remarks for row in run.rows.exclude(remarks=[])] == []
    page = client.get(run.get_absolute_url()).text
    assert "There is nothing to change" in page
    client.post(f"{run.get_absolute_url()}apply/")
    assert Plan.objects.count() == 0
    assert ImportRun.objects.get().state == ImportState.CHECKED


def test_what_a_spreadsheet_made_of_an_export_still_means_the_same(
    held: Connection, client_for: ClientFor, bring: Callable[..., ImportRun]
) -> None:
    content = client_for("ops").get("/numbers/export.csv").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    damaged = io.StringIO()
    writer = csv.DictWriter(damaged, list(rows[0]), delimiter=";")
    writer.writeheader()
    for place, row in enumerate(rows):
        digits = row["number"][1:]
        known = f"{digits[0]}.{round(int(digits) / 10**5) % 10**5:05}E+10"
        row["number"] = [digits, f"{digits}.0", f"'+{digits}", known][place % 4]
        row["id"] += ".0"
        row["monthly_rate"] = row["monthly_rate"].rstrip("0").replace(".", ",")
        writer.writerow(row)
    run = bring(damaged.getvalue())
    assert problems(run) == []
    assert services.counts_of(run) == {RowState.SAME: len(rows)}
    texts = " ".join(one["text"] for row in run.rows.all() for one in row.remarks)
    for part in ("the + was lost", "ended in .0", "an apostrophe", "the ID says which number it is"):
        assert part in texts


# --- what is wrong ----------------------------------------------------------------------------------------


def test_wrong_files_are_refused_on_the_form(held: Connection, client_for: ClientFor) -> None:
    client = client_for("ops")
    for content, says in ((b"", "empty"), (b"number,colour,status\n", "colour"), (b"%PDF-", "PDF")):
        answer = client.post("/numbers/import/", {"file": SimpleUploadedFile("a.csv", content)})
        assert answer.status_code == 422
        assert says in answer.text
    assert client.post("/numbers/import/").status_code == 422
    assert ImportRun.objects.count() == 0


def test_each_row_says_what_is_wrong_with_it(
    held: Connection, ours: Tenant, client_for: ClientFor, bring: Callable[..., ImportRun]
) -> None:
    one, two, *_ = numbers_of(held)
    other = Connection.objects.create(name="other", vendor="carrier", base_url="http://127.0.0.1:9")
    twin = Number.objects.create(connection=other, number=two.number, kind="local", status="active", leads=False)
    gone = Number.objects.create(connection=other, number="+13605550100", kind="local", status="cancelled")
    run = bring(
        "id,number,connection,tenant,trunk_group,status\n"
        f"{one.pk},{two.number},,,,\n"  # 2
        f"999999,{one.number},,,,\n"  # 3
        f"x,{one.number},,,,\n"  # 4
        f",1.20622E+10,,,,\n"  # 5
        f",{two.number},,,,inactive\n"  # 6
        f",+19995550100,,,,inactive\n"  # 7
        f",{two.number},nowhere,,,inactive\n"  # 8
        f"{one.pk},{one.number},,no-such,Moon,cancelled\n"  # 9
        f"{one.pk},{one.number},,,,\n"  # 10
        f",{gone.number},,,,active\n"  # 11
        f"{twin.pk},{twin.number},main,,,\n"  # 12
        f",,,,,active\n"  # 13
    )
    assert [(line, column) for line, column, _ in problems(run)] == [
        (2, "number"), (3, "id"), (4, "id"), (5, "number"), (6, "connection"), (7, "number"), (8, "connection"),
        (9, "tenant"), (9, "trunk_group"), (9, "status"), (10, "number"), (11, "status"), (12, "connection"), (13, "number"),
    ]  # fmt: skip
    said = {(line, column): text for line, column, text in problems(run)}
    assert said[10, "number"] == "Row 9 is about this number already."
    assert "Several systems have this number" in said[6, "connection"]
    client = client_for("ops")
    assert "No number that you may see" in client.get(f"{run.get_absolute_url()}?show=errors").text
    lines = list(csv.DictReader(io.StringIO(client.get(f"{run.get_absolute_url()}errors.csv").getvalue().decode())))
    assert len(lines) == 14
    assert lines[3] | {"problem": ""} == {
        "row": "5",
        "number": "1.20622E+10",
        "column": "number",
        "value": "1.20622E+10",
        "problem": "",
    }


def test_limited_people_learn_nothing_of_others_numbers(
    held: Connection, ours: Tenant, theirs: Tenant, client_for: ClientFor, bring: Callable[..., ImportRun]
) -> None:
    assign(Number.objects.filter(number=ONE), theirs, actor=None)
    assign(Number.objects.filter(number=TWO), ours, actor=None)
    sam = add_person("sam")
    Membership.objects.create(tenant=ours, person=sam)
    pk, mine = Number.objects.get(number=ONE).pk, Number.objects.get(number=TWO).pk
    head = "id,number,status,tenant\n"
    run = bring(
        f"{head}{pk},{ONE},inactive,\n999999,{ONE},inactive,\n,{ONE},inactive,\n{mine},{TWO},,{theirs.key}\n", client_for(sam)
    )
    first, second, third, fourth = (text for _, _, text in problems(run))
    assert first == second == "No number that you may see has this ID."
    assert third == f"You have no {ONE}."
    assert fourth.startswith("There is no active tenant")
    assert client_for("ops").get(run.get_absolute_url()).status_code == 404  # a file is its person's alone
    for who, status in (("aud", 403), ("tess", 403)):
        assert client_for(who).get("/numbers/import/").status_code == status


def test_what_a_role_does_not_cover_is_an_error_of_the_row(
    held: Connection, ours: Tenant, bring: Callable[..., ImportRun]
) -> None:
    run = bring(f"number,tenant\n{ONE},{ours.key}\n", "sam")
    assert problems(run) == [(2, "tenant", "Your role does not cover giving numbers to tenants.")]


# --- applying ---------------------------------------------------------------------------------------------


def file_for(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def go_through_plans(person: User, work: Work) -> None:
    for plan in Plan.objects.filter(state=PlanState.DRAFT):
        changes.apply(plan, person)
    work()


def test_an_import_is_applied_once_and_every_row_is_proven(
    held: Connection, carrier: CarrierSandbox, ours: Tenant, client_for: ClientFor, work: Work, bring: Callable[..., ImportRun]
) -> None:
    first, second, third, same = numbers_of(held)[:4]
    group = other_group(held, second)
    flipped = "inactive" if third.status == "active" else "active"
    run = bring(
        file_for([
            {"id": first.pk, "number": first.number, "tenant": ours.key, "trunk_group": "", "status": ""},
            {"id": second.pk, "number": second.number, "tenant": ours.key, "trunk_group": group["title"], "status": ""},
            {"id": third.pk, "number": third.number, "tenant": "", "trunk_group": "", "status": flipped.upper()},
            {"id": same.pk, "number": same.number, "tenant": "none", "trunk_group": "", "status": same.status},
            {"id": "", "number": "12", "tenant": "", "trunk_group": "", "status": ""},
        ])
    )  # fmt: skip
    assert services.counts_of(run) == {RowState.READY: 3, RowState.SAME: 1, RowState.ERROR: 1}
    row = run.rows.get(line=3)
    assert [(one["field"], one["before"], one["after"]) for one in row.effects] == [
        ("Tenant", "", ours.name),
        ("Trunk group", second.trunk_group, group["title"]),
    ]
    assert not NumberChange.objects.filter(number=first).exists()  # a dry run changes nothing
    client, address = client_for("ops"), run.get_absolute_url()
    assert "Import 3 rows" in client.get(address).text
    for _ in range(2):  # a double click
        assert client.post(f"{address}apply/").status_code == 302
    assert Job.objects.filter(kind="numbers.import_apply").count() == 1
    work()
    first.refresh_from_db()
    assert first.tenant == ours
    run.refresh_from_db()
    assert run.state == ImportState.APPLIED
    assert services.counts_of(run) == {RowState.DONE: 1, RowState.WAITING: 2, RowState.SAME: 1, RowState.ERROR: 1}
    assert Plan.objects.filter(state=PlanState.DRAFT).count() == 2
    assert "Waits for you" in client.get(address).text
    before = carrier.account.numbers[third.number[2:]]
    go_through_plans(User.objects.get(username="ops"), work)
    assert carrier.account.numbers[third.number[2:]].trunk_id == before.trunk_id
    page = client.get(address).text
    assert "4 of 5 rows proven" in page
    assert services.counts_of(run) == {RowState.DONE: 3, RowState.SAME: 1, RowState.ERROR: 1}
    assert Number.objects.get(pk=second.pk).trunk_group_id == group["id"]
    assert Number.objects.get(pk=third.pk).status == flipped
    client.post(f"{address}apply/")
    client.post(f"{address}discard/")
    assert ImportRun.objects.get().state == ImportState.APPLIED
    assert Plan.objects.count() == 2


def test_a_number_that_changed_hands_since_the_dry_run_is_left_alone(
    held: Connection, ours: Tenant, theirs: Tenant, client_for: ClientFor, work: Work, bring: Callable[..., ImportRun]
) -> None:
    run = bring(f"number,tenant\n{ONE},{ours.key}\n{TWO},{ours.key}\n")
    assign(Number.objects.filter(number=ONE), theirs, actor=None)
    client_for("ops").post(f"{run.get_absolute_url()}apply/")
    work()
    assert Number.objects.get(number=ONE).tenant == theirs
    assert Number.objects.get(number=TWO).tenant == ours
    row = run.rows.get(state=RowState.FAILED)
    assert (row.label, row.message) == (ONE, f"It belongs to {theirs.name} now: it was changed meanwhile.")
    retry_failed_or_not = Job.objects.get(kind="numbers.import_apply")
    assert retry_failed_or_not.state == JobState.DONE


def test_a_fault_at_the_carrier_is_told_by_row_and_the_rest_is_sent_again(
    held: Connection, carrier: CarrierSandbox, client_for: ClientFor, work: Work, bring: Callable[..., ImportRun]
) -> None:
    chosen = [number for number in numbers_of(held) if number.status == "active"][:3]
    group = other_group(held, chosen[0])
    run = bring(
        file_for([
            {"number": chosen[0].number, "trunk_group_id": group["id"], "status": ""},
            {"number": chosen[1].number, "trunk_group_id": "", "status": "inactive"},
            {"number": chosen[2].number, "trunk_group_id": "", "status": "inactive"},
        ])
    )  # fmt: skip
    client, ops = client_for("ops"), add_person("ops")
    client.post(f"{run.get_absolute_url()}apply/")
    work()
    carrier.faults.set("503", "updatenumber", value=0)
    moving, status = Plan.objects.order_by("pk")
    changes.apply(status, ops)
    work()
    carrier.faults.clear()
    changes.apply(moving, ops)
    work()
    client.get(run.get_absolute_url())
    assert services.counts_of(run) == {RowState.DONE: 1, RowState.FAILED: 2}
    assert all(row.message.startswith("Status: ") for row in run.rows.filter(state=RowState.FAILED))
    status.refresh_from_db()
    changes.retry(status, ops)
    work()
    page = client.get(run.get_absolute_url()).text
    assert "3 rows in, 3 proven" in page
    assert services.counts_of(run) == {RowState.DONE: 3}


def test_a_plan_that_was_put_away_and_one_drawn_up_twice(
    held: Connection, client_for: ClientFor, work: Work, bring: Callable[..., ImportRun]
) -> None:
    number = next(number for number in numbers_of(held) if number.status == "active")
    run = bring(f"number,status\n{number.number},inactive\n")
    ops = add_person("ops")
    services.apply(run, ops)
    with pytest.raises(services.NotPossible):
        services.apply(ImportRun.objects.get(), ops)
    assert services.plan(run, "status:inactive", ops) == services.plan(run, "status:inactive", ops)
    work()  # the job comes to a plan that is there
    assert Plan.objects.count() == 1
    changes.discard(Plan.objects.get(), ops)
    client_for("ops").get(run.get_absolute_url())
    assert run.rows.get().message == "Status: its plan was put away."


def test_a_dry_run_that_was_cut_off_begins_anew(held: Connection, bring: Callable[..., ImportRun]) -> None:
    run = bring(f"number,status\n{ONE},inactive\n{TWO},inactive\n")
    run.rows.filter(line=3).delete()
    ImportRun.objects.update(state=ImportState.READING)
    run.refresh_from_db()
    assert services.check(run, run.created_by) == 2
    assert run.state == ImportState.CHECKED
    assert run.rows.count() == 2


def test_the_templates_are_imports_without_rows(
    held: Connection, client_for: ClientFor, bring: Callable[..., ImportRun]
) -> None:
    client = client_for("ops")
    for form in ("csv", "xlsx"):
        content = client.get(f"/numbers/import/template.{form}").content
        assert list(rows_of(content, form)) == []
        run = bring(content)
        assert (run.state, run.problem) == (ImportState.UNREADABLE, "The file has headings and no rows.")
        assert "no rows" in client.get(run.get_absolute_url()).text


# --- memory -----------------------------------------------------------------------------------------------

_MEASURED = """
import csv, io, resource, sys, time
import django
from django.conf import settings
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from apps.accounts.models import Tenant, User
from apps.connections.models import Connection
from apps.numbers.importing import services
from apps.numbers.models import Number
ops = User.objects.create_user("ops", "ops@example.com", role="operator")
tenant = Tenant.objects.create(name="Harbor", key="harbor")
main = Connection.objects.create(name="main", vendor="carrier", base_url="http://127.0.0.1:9")
facts = dict(connection=main, kind="local", status="active", record={"a": "x" * 500})
numbers = (Number(number=f"+1360{n:07}", last_four=f"{n % 10000:04}", **facts) for n in range(20_000))
Number.objects.bulk_create(numbers, batch_size=1000)
text = io.StringIO()
rows = csv.writer(text)
rows.writerow(["id", "number", "tenant", "status"])
for pk, number in Number.objects.values_list("pk", "number"):
    rows.writerow([f"{pk}.0", number[1:], "harbor", "inactive"])
content = text.getvalue().encode()
del text, rows
at_rest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
began = time.monotonic()
run = services.take("big.csv", content, ops)
assert services.check(run, ops) == 20_000
checked = time.monotonic() - began
services.apply(run, ops)
services.give(run, tenant, ops)
for item in run.job.items.exclude(key__startswith="tenant"):
    services.plan(run, item.key, ops)
services.applied(run)
assert services.counts_of(run) == {"waiting": 20_000}, services.counts_of(run)
more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - at_rest
print(more, round(checked, 1), round(time.monotonic() - began, 1))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what getrusage counts in differs")
def test_twenty_thousand_rows_take_bounded_memory(tmp_path: object) -> None:
    environment = {**os.environ, "PATCHBAY_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-c", _MEASURED], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    megabytes, checked, whole = done.stdout.split()[-3:]
    print(f"20,000 rows: {megabytes} MB more than the portal at rest, checked in {checked} s, whole {whole} s")
    assert int(megabytes) <= 120
