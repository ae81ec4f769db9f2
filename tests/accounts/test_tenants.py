"""Tenants: adding, editing, linking, limits, the scope switch, and seeing what a tenant sees."""

import json
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts import tenants
from apps.accounts.models import Membership, Role, Tenant, User
from apps.accounts.permissions import PERMISSIONS
from apps.audit.models import AuditEntry
from apps.connections.models import Connection, TenantLink
from apps.connections.services import add_connection, customer_of, link
from apps.connections.services.tenants import Taken
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.numbers.models import Number, NumberChange
from apps.numbers.services.tenancy import assign
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core.errors import NotConfigured
from tests.connections.test_commands import Ended, run
from tests.fixtures.people import ClientFor

pytestmark = pytest.mark.django_db


@pytest.fixture
def pbx(ada: User) -> Iterator[Connection]:
    with PbxwareSandbox(port=0) as sandbox:
        yield add_connection(name="pbx", vendor="pbxware", fields=sandbox.credentials, base_url=sandbox.url, actor=ada)


@pytest.fixture
def switch(ada: User) -> Iterator[Connection]:
    with SolSwitchSandbox(port=0) as sandbox:
        yield add_connection(name="switch", vendor="solswitch", fields=sandbox.credentials, base_url=sandbox.url, actor=ada)


def number(connection: Connection, value: str, tenant: Tenant | None = None) -> Number:
    return Number.objects.create(connection=connection, number=value, kind="local", status="active", tenant=tenant)


@pytest.fixture
def carrier_line(ada: User) -> Connection:
    fields = {"token": "x" * 16, "accountno": "1"}
    return add_connection(name="line", vendor="carrier", fields=fields, base_url="http://127.0.0.1:9", actor=ada)


# --- the screens ------------------------------------------------------------------------------------------


def test_an_operator_adds_and_edits_a_tenant(client_for: ClientFor) -> None:
    client = client_for("ops")
    assert client.get("/tenants/").status_code == 200
    assert client.post("/tenants/add/", {"name": "Blue Door Bakery", "key": ""})["Location"] == "/tenants/blue-door-bakery/"
    changed = {"name": "Blue Door", "key": "blue-door", "active": ""}
    assert client.post("/tenants/blue-door-bakery/edit/", changed)["Location"] == "/tenants/blue-door/"
    stored = Tenant.objects.get()
    assert (stored.name, stored.key, stored.active) == ("Blue Door", "blue-door", False)
    entries = list(AuditEntry.objects.filter(action__startswith="tenant.").order_by("sequence"))
    assert [entry.action for entry in entries] == ["tenant.added", "tenant.changed"]
    assert entries[1].before == {"name": "Blue Door Bakery", "short name": "blue-door-bakery", "active": True}


def test_a_name_and_a_key_are_given_once(client_for: ClientFor, ours: Tenant) -> None:
    client = client_for("ada")
    assert client.post("/tenants/add/", {"name": ours.name.upper()}).status_code == 422
    assert client.post("/tenants/add/", {"name": "Another", "key": ours.key}).status_code == 422
    assert Tenant.objects.count() == 1


def test_two_names_that_are_spelled_alike_get_two_keys(ada: User) -> None:
    made = [tenants.add_tenant(ada, name=name).key for name in ("Blue Door", "Blue, Door", "!!!")]
    assert made == ["blue-door", "blue-door-2", "tenant"]


def test_the_picker_offers_the_vendors_own_customers(
    pbx: Connection, ours: Tenant, theirs: Tenant, client_for: ClientFor
) -> None:
    client = client_for("ada")
    page = client.get(f"/tenants/{ours.key}/link/pbx/").content.decode()
    assert '<option value="2">' in page
    assert client.post(f"/tenants/{ours.key}/link/pbx/", {"customer_ref": "2"})["Location"] == ours.get_absolute_url()
    made = TenantLink.objects.get()
    assert (made.customer_ref, bool(made.customer_name)) == ("2", True)
    assert customer_of(ours, pbx) == "2"
    again = client.get(f"/tenants/{theirs.key}/link/pbx/").content.decode()
    assert '<option value="2">' not in again
    assert client.post(f"/tenants/{theirs.key}/link/pbx/", {"customer_ref": "2"}).status_code == 422
    entry = AuditEntry.objects.get(action="tenant.linked")
    assert (entry.connection_name, entry.tenant, (entry.params or {})["customer_ref"]) == ("pbx", ours.key, "2")


def test_where_the_vendor_lists_no_customers_one_types_it(switch: Connection, ours: Tenant, client_for: ClientFor) -> None:
    client = client_for("ada")
    assert b"documents no list of its customers" in client.get(f"/tenants/{ours.key}/link/switch/").content
    client.post(f"/tenants/{ours.key}/link/switch/", {"customer_ref": " 2 "})
    assert customer_of(ours, switch) == "2"
    made = TenantLink.objects.get()
    assert client.post(f"/tenants/{ours.key}/unlink/{made.pk}/").status_code == 302
    assert not TenantLink.objects.exists()
    assert AuditEntry.objects.filter(action="tenant.unlinked").exists()


def test_a_vendor_that_is_down_still_lets_one_type(carrier_line: Connection, ours: Tenant, client_for: ClientFor) -> None:
    Connection.objects.filter(pk=carrier_line.pk).update(vendor="pbxware")
    assert client_for("ada").get(f"/tenants/{ours.key}/link/line/").status_code == 200


# --- links ------------------------------------------------------------------------------------------------


def test_there_is_no_customer_by_default(carrier_line: Connection, ours: Tenant) -> None:
    with pytest.raises(NotConfigured, match="is not linked to a customer on line") as refused:
        customer_of(ours, carrier_line)
    assert (refused.value.code, refused.value.sent) == ("not_linked", "no")


def test_a_customer_belongs_to_one_tenant(carrier_line: Connection, ours: Tenant, theirs: Tenant, ada: User) -> None:
    link(ours, carrier_line, "7", actor=ada)
    with pytest.raises(Taken, match="linked to another tenant, Harbor"):
        link(theirs, carrier_line, "7", actor=ada)
    with pytest.raises(Taken, match="already"):
        link(ours, carrier_line, "8", actor=ada)


def test_the_command_line_names_the_tenants_customer(pbx: Connection, ours: Tenant, theirs: Tenant, ada: User) -> None:
    link(ours, pbx, "2", actor=ada)
    found = json.loads(run("vendor", "capability", "pbx", "Extensions", "list", "--tenant", ours.key))
    assert {one["number"] for one in found} == {"101", "102", "103", "104"}
    for arguments, words in (
        (["--tenant", theirs.key], "is not linked"),
        (["--tenant", "nobody"], "no tenant called nobody"),
        (["--tenant", ours.key, "-p", "tenant=3"], "one way only"),
    ):
        with pytest.raises(Ended) as ended:
            run("vendor", "capability", "pbx", "Extensions", "list", *arguments)
        assert words in str(ended.value.error)


# --- whose numbers ----------------------------------------------------------------------------------------


def test_numbers_are_given_and_taken_back(carrier_line: Connection, ours: Tenant, client_for: ClientFor) -> None:
    rows = [number(carrier_line, f"+1206555010{last}") for last in range(3)]
    client = client_for("ops")
    ids = [row.pk for row in rows[:2]]
    assert b"Give 2 numbers to a tenant" in client.post("/numbers/assign/", {"ids": ids}).content
    client.post("/numbers/assign/", {"ids": ids, "tenant": ours.key})
    assert list(ours.numbers.values_list("number", flat=True)) == ["+12065550100", "+12065550101"]
    client.post("/numbers/+12065550100/assign/", {"tenant": ""})
    assert ours.numbers.count() == 1
    history = NumberChange.objects.filter(field="Tenant", number=rows[0]).order_by("pk")
    assert [(line.before, line.after) for line in history] == [("", ours.name), (ours.name, "")]
    entries = AuditEntry.objects.filter(action="numbers.assigned").order_by("sequence")
    assert [(entry.tenant, (entry.params or {})["count"]) for entry in entries] == [(ours.key, 2), (ours.key, 1)]


def test_support_may_not_give_numbers(carrier_line: Connection, ours: Tenant, sam: User) -> None:
    with pytest.raises(PermissionDenied):
        assign(Number.objects.all(), ours, actor=sam)


def test_a_job_knows_its_tenant(ours: Tenant, tess: User, theo: User, sam: User) -> None:
    mine = jobs.submit("numbers.sync", title="Mine", actor=tess)
    staff = jobs.submit("numbers.sync", title="Staff", actor=sam)
    assert (mine.tenant, staff.tenant) == (ours, None)
    assert list(Job.objects.visible_to(theo)) == [mine]
    assert set(Job.objects.visible_to(sam)) == {mine, staff}


# --- scope ------------------------------------------------------------------------------------------------


def test_the_scope_switch_narrows_lists_and_not_pages(
    carrier_line: Connection, ours: Tenant, theirs: Tenant, client_for: ClientFor
) -> None:
    number(carrier_line, "+12065550100", ours)
    number(carrier_line, "+15035550100", theirs)
    number(carrier_line, "+13035550100")
    client = client_for("sam")
    assert client.post("/scope/", {"tenant": ours.key, "next": "/numbers/?area=206"})["Location"] == "/numbers/"
    listing = client.get("/numbers/")
    assert [row.number for row in listing.context["listing"].rows] == ["+12065550100"]
    assert "Scope: Harbor Street Dental" in listing.content.decode()
    assert client.get("/numbers/+15035550100/").status_code == 200
    client.post("/scope/", {"tenant": "", "next": "https://elsewhere.example/"})
    assert len(client.get("/numbers/").context["listing"].rows) == 3
    assert client.post("/scope/", {"tenant": "nobody"}).status_code == 404


def test_a_person_of_two_tenants_chooses_between_them(ours: Tenant, theirs: Tenant, tess: User, client_for: ClientFor) -> None:
    assert b"scope-menu" not in client_for(tess).get("/").content
    Membership.objects.create(tenant=theirs, person=tess)
    client = client_for(User.objects.get(pk=tess.pk))
    client.post("/scope/", {"tenant": theirs.key})
    page = client.get("/company/").content.decode()
    assert theirs.name in page
    assert "Tess Tenant" in page


# --- seeing what they see ---------------------------------------------------------------------------------


def test_support_sees_what_a_tenant_sees_and_changes_nothing(
    carrier_line: Connection, ours: Tenant, client_for: ClientFor
) -> None:
    number(carrier_line, "+12065550100", ours)
    number(carrier_line, "+15035550100")
    client = client_for("sam")
    assert client.post(f"/scope/{ours.key}/view-as/")["Location"] == "/"
    for page in ("/", "/numbers/", "/jobs/", "/numbers/+12065550100/", "/nowhere/"):
        body = client.get(page).content.decode()
        assert "You see what Harbor Street Dental's administrator sees" in body.replace("&#x27;", "'"), page
        assert "line</" not in body
    assert client.get("/numbers/+15035550100/").status_code == 404
    assert client.get("/connections/").status_code == 403
    assert client.post("/profile/", {"first_name": "X", "last_name": "Y", "time_zone": "UTC"}).status_code == 403
    assert client.post("/theme/", {"theme": "dark"}).status_code == 302
    assert client.post("/scope/stop/")["Location"] == ours.get_absolute_url()
    assert client.get("/connections/").status_code == 200
    entries = AuditEntry.objects.filter(action__startswith="tenant.view").order_by("sequence")
    assert [(entry.action, entry.actor_label, entry.tenant) for entry in entries] == [
        ("tenant.view_started", "sam", ours.key),
        ("tenant.view_stopped", "sam", ours.key),
    ]


def test_signing_out_ends_it_in_the_log(ours: Tenant, client_for: ClientFor) -> None:
    client = client_for("sam")
    client.post(f"/scope/{ours.key}/view-as/")
    client.post("/accounts/logout/")
    assert AuditEntry.objects.filter(action="tenant.view_stopped", tenant=ours.key).exists()


@pytest.mark.parametrize("person", ["aud", "tess", "theo"])
def test_others_may_not_see_as_a_tenant(person: str, ours: Tenant, client_for: ClientFor) -> None:
    assert client_for(person).post(f"/scope/{ours.key}/view-as/").status_code == 403


def test_seeing_as_a_tenant_ends_with_the_right_to_it(ours: Tenant, theirs: Tenant, sam: User, client_for: ClientFor) -> None:
    client = client_for(sam)
    client.post(f"/scope/{ours.key}/view-as/")
    Membership.objects.create(person=sam, tenant=theirs)
    assert b"administrator sees" not in client.get("/").content


# --- limits -----------------------------------------------------------------------------------------------


def test_limits_are_set_on_the_person(
    ours: Tenant, carrier_line: Connection, sam: User, tess: User, client_for: ClientFor
) -> None:
    client = client_for("ada")
    page = f"/people/{sam.pk}/limits/"
    assert client.get(page).status_code == client.get(f"/people/{tess.pk}/limits/").status_code == 200
    assert client.post(page, {"tenants": [ours.pk], "connections": [carrier_line.pk]}).status_code == 302
    limited = User.objects.get(pk=sam.pk)
    assert limited.may("numbers.change")
    assert not limited.may("console.read")
    entry = AuditEntry.objects.get(action="person.limited")
    assert entry.after == {"tenants": [ours.key], "connections": ["line"]}
    client.post(f"/people/{tess.pk}/limits/", {})
    assert list(Number.objects.visible_to(User.objects.get(pk=tess.pk))) == []


def test_an_administrator_is_not_limited(ada: User, ops: User, ours: Tenant, client_for: ClientFor) -> None:
    assert client_for(ada).post(f"/people/{ada.pk}/limits/", {"tenants": [ours.pk]}).status_code == 422
    other = User.objects.create_user("second", "second@example.com", role=Role.ADMINISTRATOR)
    assert client_for(ada).post(f"/people/{other.pk}/limits/", {"tenants": [ours.pk]}).status_code == 422
    assert not Membership.objects.exists()


def test_the_permission_page_shows_tenants_their_own_roles(client_for: ClientFor) -> None:
    staff = client_for("ada").get("/settings/permissions/")
    assert all(name in staff.content.decode() for name in PERMISSIONS)
    page = client_for("tess").get("/settings/permissions/").content.decode()
    assert "numbers.view" in page
    assert "connections.view" not in page
    assert "Operator" not in page
