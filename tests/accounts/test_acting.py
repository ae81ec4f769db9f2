"""For whom, under which ticket and why: from the session or the form, through the job, into the audit log."""

import uuid

import pytest

from apps.accounts.acting import acting, under
from apps.accounts.models import Tenant, User
from apps.audit.canonical import digest
from apps.audit.chain import SEALED
from apps.audit.models import AuditEntry
from apps.audit.services import record
from apps.audit.verify import Verification
from apps.changes.models import Plan
from apps.changes.registry import kind_of
from apps.changes.services import discard
from apps.changes.services.plans import unreadable
from apps.connections.models import Connection
from apps.connections.services import add_connection
from apps.jobs.kinds import JobKind, kinds
from apps.jobs.models import Job
from apps.jobs.services import submit
from apps.numbers.models import Number
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"hx-request": "true"}


@pytest.fixture
def line(ada: User) -> Connection:
    fields = {"token": "x" * 16, "accountno": "1"}
    return add_connection(name="line", vendor="carrier", fields=fields, base_url="http://127.0.0.1:9", actor=ada)


def number(line: Connection, tenant: Tenant | None = None) -> Number:
    return Number.objects.create(
        connection=line, number="+12065550100", kind="local", status="active", trunk_group="Edge", tenant=tenant
    )


# --- tenants ----------------------------------------------------------------------------------------------


def test_what_a_tenants_person_does_is_their_tenants(ours, tess):
    assert record("a.b", actor=tess).tenant == ours.key


def test_what_is_done_in_a_scope_is_that_tenants_unless_it_is_nobodys(ours, theirs, sam, client_for):
    client = client_for(sam)
    client.post("/scope/", {"tenant": ours.key})
    client.post("/people/add/", {})  # refused, which is an entry
    entry = AuditEntry.objects.get(action="access.denied")
    assert (entry.tenant, entry.tenant_id) == (ours.key, ours.pk)
    sam.chosen_tenant = ours
    assert record("a.b", actor=sam, tenant=theirs).tenant == theirs.key
    assert record("a.b", actor=sam, tenant=None).tenant == ""


def test_what_is_done_while_seeing_as_a_tenant_is_that_tenants(ours, sam, client_for):
    client = client_for(sam)
    client.post(f"/scope/{ours.key}/view-as/")
    client.get("/connections/")
    assert AuditEntry.objects.get(action="access.denied").tenant == ours.key


def test_a_number_that_moves_is_told_to_both_sides_and_to_none_about_the_other(line, ours, theirs, ada, client_for):
    number(line, theirs)
    client_for(ada).post("/numbers/+12065550100/assign/", {"tenant": ours.key})
    entries = {entry.tenant: entry for entry in AuditEntry.objects.filter(action="numbers.assigned")}
    assert entries.keys() == {ours.key, theirs.key}
    assert (entries[ours.key].before, entries[ours.key].after) == ({"tenant": "another tenant"}, {"tenant": ours.name})
    assert (entries[theirs.key].before, entries[theirs.key].after) == ({"tenant": theirs.name}, {"tenant": "another tenant"})


def test_a_plan_on_a_tenants_number_is_that_tenants(line, ours, ada, client_for):
    row = number(line, ours)
    client_for(ada).post("/numbers/change/inactive/", {"ids": [row.pk]})
    plan = Plan.objects.get()
    assert kind_of(plan).tenant_of(plan.steps.all()) == ours
    unreadable(plan, None)
    discard(plan, ada)
    assert [entry.tenant for entry in AuditEntry.objects.filter(action__startswith="plan.")] == [ours.key]


def test_entries_from_before_tenants_still_prove_themselves(ada, ours):
    entry = record("a.b", actor=ada)
    later = record("a.b", actor=ada, tenant=ours)
    assert list(Verification().findings()) == []
    names = [name for name in SEALED if name not in {"tenant_id", "reason"}]  # what was sealed at first
    assert digest({name: getattr(entry, name) for name in names}) == entry.hash
    assert digest({name: getattr(later, name) for name in names}) != later.hash


# --- tickets ----------------------------------------------------------------------------------------------


def test_the_ticket_of_the_session_stands_on_what_is_done(line, ada, ours, client_for):
    client = client_for(ada)
    given = {"ticket": "T-42", "reason": "Moving house", "next": "/numbers/"}
    assert client.post("/scope/ticket/", given)["Location"] == "/numbers/"
    assert "T-42" in client.get("/").text
    number(line)
    client.post("/numbers/+12065550100/assign/", {"tenant": ours.key})
    entry = AuditEntry.objects.get(action="numbers.assigned")
    assert (entry.ticket, entry.reason) == ("T-42", "Moving house")
    client.post("/scope/ticket/", {"ticket": "T-42", "stop": "yes"})
    client.post("/numbers/+12065550100/assign/", {"tenant": ""})
    assert AuditEntry.objects.filter(action="numbers.assigned").latest("pk").ticket == ""


def test_the_ticket_can_be_searched_filtered_and_is_shown(ada, client_for):
    with under(ticket="T-42", reason="Moving house"):
        entry = record("a.b", actor=ada)
    client = client_for(ada)
    assert [one.pk for one in client.get("/audit/?ticket=T-42").context["listing"].rows] == [entry.pk]
    assert [one.pk for one in client.get("/audit/?q=moving").context["listing"].rows] == [entry.pk]
    assert "Moving house" in client.get(entry.get_absolute_url()).text


def test_a_job_takes_ticket_reason_and_tenant_along(ada, ours, monkeypatch):
    heard = []

    class Listens(JobKind):
        key = "test.listens"
        title = "Listens"

        def run_item(self, ctx, item):
            heard.append((acting().ticket, acting().reason, acting().tenant))
            record("test.worked", actor=ctx.actor)

    monkeypatch.setitem(kinds, "test.listens", Listens())
    ada.chosen_tenant = ours
    with under(ticket="T-9", reason="Because"):
        job = submit("test.listens", title="Listen", actor=ada, items=[{"key": "1", "label": "One"}])
    run(Job.objects.get(pk=job.pk))
    assert heard == [("T-9", "Because", ours)]
    entry = AuditEntry.objects.get(action="test.worked")
    assert (entry.ticket, entry.reason, entry.tenant) == ("T-9", "Because", ours.key)
    assert AuditEntry.objects.get(action="job.submitted").ticket == "T-9"
    assert acting().ticket == ""


def test_a_console_call_carries_the_ticket_of_its_form(line, ada, client_for):
    data = {"form_token": str(uuid.uuid4()), "param_title": "Edge", "param_primary_ip": "192.0.2.4",
            "param_billing_type": "Metered", "ticket": "T-7", "reason": "New edge"}  # fmt: skip
    answer = client_for(ada).post("/connections/line/console/trunks.add/", data)
    assert answer.status_code == 200, answer.text
    entry = AuditEntry.objects.get(action="vendor.call")
    assert (entry.operation, entry.ticket, entry.reason) == ("trunks.add", "T-7", "New edge")


def test_seeing_as_a_tenant_carries_the_ticket(ours, sam, client_for):
    client = client_for(sam)
    assert "Ticket" in client.get(f"/scope/{ours.key}/view-as/").text
    client.post(f"/scope/{ours.key}/view-as/", {"ticket": "T-3", "reason": "Cannot find a page"})
    entry = AuditEntry.objects.get(action="tenant.view_started")
    assert (entry.ticket, entry.reason) == ("T-3", "Cannot find a page")


@pytest.mark.parametrize("person", ["tess", "theo"])
def test_a_tenants_people_name_no_tickets(person, client_for):
    client = client_for(person)
    assert client.get("/scope/ticket/").status_code == 403
    assert "/scope/ticket/" not in client.get("/").text


# --- where the policy wants one ---------------------------------------------------------------------------


@pytest.fixture
def policy(settings):
    settings.TICKET_ROLES = ["support"]


def test_a_page_asks_and_sends_on_what_was_typed(policy, line, sam, client_for):
    row = number(line)
    client = client_for(sam)
    asked = client.post("/numbers/change/inactive/", {"ids": [row.pk]})
    assert asked.status_code == 422
    assert "Under which ticket?" in asked.text
    sealed = asked.context["sealed"]
    wrong = client.post("/numbers/change/inactive/", {"ticket_asked": "yes", "sealed": sealed, "ticket": ""})
    assert wrong.status_code == 422
    assert "Enter the ticket" in wrong.text
    done = client.post("/numbers/change/inactive/", {"ticket_asked": "yes", "sealed": wrong.context["sealed"], "ticket": "T-1"})
    assert done.status_code == 302
    assert Job.objects.get().acting["ticket"] == "T-1"


def test_a_fragment_asks_in_a_dialog(policy, line, sam, client_for):
    row = number(line)
    client = client_for(sam)
    asked = client.post("/numbers/change/inactive/", {"ids": [row.pk]}, headers=HTMX)
    assert (asked["X-Step-Up"], asked["HX-Retarget"]) == ("asked", "#step-up-body")
    answer = client.post("/scope/ticket/", {"ticket_asked": "yes", "ticket": ""}, headers=HTMX)
    assert answer.status_code == 422
    answer = client.post("/scope/ticket/", {"ticket_asked": "yes", "ticket": "T-5"}, headers=HTMX)
    assert "stepped-up" in answer["HX-Trigger"]
    assert client.post("/numbers/change/inactive/", {"ids": [row.pk]}).status_code == 302


def test_what_changes_nothing_needs_no_ticket(policy, sam, ours, client_for):
    client = client_for(sam)
    assert client.post("/theme/", {"theme": "dark"}).status_code == 302
    assert client.post("/scope/", {"tenant": ours.key}).status_code == 302
    assert client.get("/numbers/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302


def test_seeing_as_a_tenant_wants_one_in_its_own_form(policy, sam, ours, client_for):
    answer = client_for(sam).post(f"/scope/{ours.key}/view-as/", {"reason": "Look"})
    assert answer.status_code == 422
    assert "Enter the ticket you do this for." in answer.text
    assert not AuditEntry.objects.filter(action="tenant.view_started").exists()


def test_other_roles_are_not_asked(policy, line, ada, client_for):
    row = number(line)
    assert client_for(ada).post("/numbers/change/inactive/", {"ids": [row.pk]}).status_code == 302


def test_somebody_elses_sealed_form_is_refused(policy, line, sam, client_for):
    row = number(line)
    client = client_for(sam)
    sealed = client.post("/numbers/change/inactive/", {"ids": [row.pk]}).context["sealed"]
    answer = client.post("/numbers/change/active/", {"ticket_asked": "yes", "sealed": sealed, "ticket": "T-1"})
    assert answer.status_code == 400
