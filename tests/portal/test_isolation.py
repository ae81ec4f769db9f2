"""Tenants are kept apart: every address against everybody who may not reach what belongs to another tenant.

The walk reads the URL configuration, so a new address is in it the moment it exists; one with an argument that OBJECTS does
not know fails until somebody says which object of another tenant stands there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from apps.accounts.models import Membership, Tenant, User
from apps.audit.models import AuditEntry, SavedFilter
from apps.changes.approvals import ask, change_policy
from apps.changes.models import Approval, Plan
from apps.connections.models import Connection, TenantLink
from apps.connections.services import add_connection, home_panels, link
from apps.jobs.models import Job, JobItem
from apps.numbers.emergency.standing import settle
from apps.numbers.models import (
    EmergencySnapshot,
    EmergencySubject,
    ImportRun,
    InventoryRead,
    Note,
    Number,
    PortOrder,
    PortPaper,
    PortRequest,
    Purchase,
    SavedView,
    Tag,
    Tagged,
)
from apps.numbers.purchase.approval import PaymentApproval
from apps.numbers.services.tenancy import assign
from apps.vendors.core.registry import vendors
from tests.fixtures.people import TENANT_PEOPLE, ClientFor, add_person

THEIR_NUMBER, OUR_NUMBER = "+15032267300", "+12062194100"
# What stands for each argument: by namespace and name, the object of another tenant, or a word that means something there.
OBJECTS: dict[tuple[str, str], Callable[["World"], Any]] = {
    ("jobs", "public_id"): lambda world: world.job.public_id,
    ("jobs", "pk"): lambda world: world.item.pk,
    ("jobs", "action"): lambda world: "cancel",
    ("accounts", "pk"): lambda world: world.person.pk,
    ("scope", "key"): lambda world: world.theirs.key,
    ("tenants", "key"): lambda world: world.theirs.key,
    ("tenants", "connection"): lambda world: world.spare.name,
    ("tenants", "pk"): lambda world: world.link.pk,
    ("audit", "sequence"): lambda world: world.entry.sequence,
    ("audit", "pk"): lambda world: world.saved.pk,
    ("audit_export", "public_id"): lambda world: world.job.public_id,
    ("mfa_edit_webauthn", "pk"): lambda world: world.passkey.pk,
    ("mfa_remove_webauthn", "pk"): lambda world: world.passkey.pk,
    ("connections", "name"): lambda world: world.connection.name,
    ("connections", "token"): lambda world: "00000000-0000-4000-8000-000000000000",
    ("connections", "operation"): lambda world: "account.balance",
    ("numbers", "number"): lambda world: world.number.number,
    ("numbers", "what"): lambda world: "trunk-group",
    ("numbers", "public_id"): lambda world: world.purchase.public_id,
    ("numbers", "action"): lambda world: "abandon",
    ("numbers", "subject"): lambda world: EmergencySubject.objects.get(key=world.said.key).pk,
    ("numbers", "statement"): lambda world: world.said.pk,
    ("numbers", "plan"): lambda world: world.plan.public_id,
    ("numbers", "port_request"): lambda world: world.port.request.public_id,
    ("numbers", "port_order"): lambda world: world.port.public_id,
    ("numbers", "paper"): lambda world: world.paper.pk,
    ("numbers", "port_act"): lambda world: "discard",
    ("numbers", "job"): lambda world: world.export.public_id,
    ("numbers", "run"): lambda world: world.run.public_id,
    ("numbers", "pk"): lambda world: world.view.pk,
    ("changes", "public_id"): lambda world: world.plan.public_id,
    ("changes", "action"): lambda world: "discard",
    ("changes", "approval"): lambda world: world.approval.public_id,
}
# Addresses whose argument is no object of anybody.
NO_OBJECT = {
    "account_confirm_email",
    "account_reset_password_from_key",
    "accounts:invitation",
    "numbers:change",
    "openid_connect_login",
    "openid_connect_callback",
}
# Who is kept from other tenants: tenants' own people, and staff limited to one tenant.
KEPT = [*TENANT_PEOPLE, "limited sam", "limited ops", "limited aud", "sam as ours"]
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass
class World:
    """Two tenants on one connection, and one of everything that belongs to the other one."""

    ours: Tenant
    theirs: Tenant
    connection: Connection
    spare: Connection
    number: Number
    job: Job
    item: JobItem
    plan: Plan
    purchase: Purchase
    approval: Approval
    port: PortOrder
    paper: PortPaper
    person: User
    link: TenantLink
    entry: AuditEntry
    saved: SavedFilter
    view: SavedView
    passkey: Authenticator
    said: EmergencySnapshot
    export: Job
    run: ImportRun


@pytest.fixture
def world(ours: Tenant, theirs: Tenant, ada: User) -> World:
    fields = {"token": "x" * 16, "accountno": "1"}
    connection, spare = (
        add_connection(name=name, vendor="carrier", fields=fields, base_url="http://127.0.0.1:9", actor=ada)
        for name in ("wholesale-one", "wholesale-two")
    )
    InventoryRead.objects.create(connection=connection, read_at=timezone.now(), counts={"active": 2})
    facts = {"connection": connection, "kind": "local", "status": "active", "trunk_group": "Portland edge"}
    number = Number.objects.create(number=THEIR_NUMBER, **facts)
    Number.objects.create(number=OUR_NUMBER, tenant=ours, **facts)
    assign(Number.objects.filter(pk=number.pk), theirs, actor=None)
    # What staff say of numbers: one's own number was theirs once.
    tag = Tag.objects.create(name="Their work's lines")
    Tagged.objects.bulk_create(Tagged(tag=tag, number=one, tenant=theirs) for one in (THEIR_NUMBER, OUR_NUMBER))
    Note.objects.bulk_create(
        Note(number=one, tenant=theirs, text="Their work", author=ada) for one in (THEIR_NUMBER, OUR_NUMBER)
    )
    person = User.objects.create_user(
        "dana", "dana@cascade.example", role="tenant_admin", first_name="Dana", last_name="Okafor"
    )
    Membership.objects.create(tenant=theirs, person=person)
    key = f"number:{THEIR_NUMBER}"
    said = EmergencySnapshot.objects.create(
        connection=connection, tenant=theirs, kind="number", ref="did:1", subject=THEIR_NUMBER, number=THEIR_NUMBER, key=key,
        covered=True, address="2900 Terminal Ave, Portland",
    )  # fmt: skip
    settle([key])
    job = Job.objects.create(kind="numbers.sync", title="Their work", created_by=person, tenant=theirs, connection=connection)
    purchase = Purchase.objects.create(connection=connection, owner=ada, started_by=ada, state="ordered", amount=Decimal(12))
    change_policy(ada, spend_limit=1)
    port = PortOrder.objects.create(
        request=PortRequest.objects.create(connection=connection, tenant=theirs, reference="Their port", created_by=ada),
        position=1, kind="local", losing_carrier="Their provider", described_at=timezone.now(), created_by=ada,
    )  # fmt: skip
    paper = PortPaper.objects.create(
        order=port, kind="loa", name="their-loa.pdf", ending="pdf", content=b"%PDF", size=4, digest="0", added_by=ada
    )
    return World(
        port=port,
        paper=paper,
        ours=ours,
        theirs=theirs,
        connection=connection,
        spare=spare,
        number=number,
        job=job,
        item=JobItem.objects.create(job=job, position=0, key="1", label="Their item"),
        plan=Plan.objects.create(
            kind="numbers.status", title="Their plan", created_by=ada, state="draft", params={"status": "inactive"}
        ),
        purchase=purchase,
        approval=ask(PaymentApproval, purchase, ada, "Their work wants it"),
        person=person,
        link=link(theirs, connection, "774411", actor=ada),
        entry=AuditEntry.objects.latest("sequence"),
        saved=SavedFilter.objects.create(owner=person, name="Their filter", query="action=vendor.call"),
        view=SavedView.objects.create(owner=ada, name="Their work, all of it", query=f"tenant={theirs.key}", shared=True),
        passkey=Authenticator.objects.create(user=person, type="webauthn", data={"name": "Their key"}),
        said=said,
        export=Job.objects.create(kind="numbers.export", title="Their work", created_by=ada, params={"format": "csv"}),
        run=ImportRun.objects.create(name="Their work.csv", form="csv", upload=b"", created_by=ada, state="checked"),
    )


@pytest.fixture
def kept(world: World, client_for: ClientFor) -> Callable[[str], Client]:
    """A function: a client of somebody who is kept from the other tenant."""

    def make(who: str) -> Client:
        if " " not in who:
            return client_for(who)
        if who == "sam as ours":
            client = client_for("sam")
            assert client.post(f"/scope/{world.ours.key}/view-as/").status_code == 302
            return client
        person = add_person(who.split()[1])
        Membership.objects.create(tenant=world.ours, person=person)
        return client_for(person)

    return make


def _patterns(resolver: Any = None, prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, path, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name}", path


ALL = dict(_patterns())
WITH_OBJECT = sorted(name for name, path in ALL.items() if "<" in path and name not in NO_OBJECT)
PLAIN = sorted(name for name, path in ALL.items() if "<" not in path and "^" not in path and "logout" not in name)


def _address(name: str, world: World) -> str:
    space = name.partition(":")[0]
    if name == "tenants:limits":
        return f"/people/{world.person.pk}/limits/"
    return _ARGUMENT.sub(lambda found: str(OBJECTS[space, found[1]](world)), ALL[name])


def test_every_argument_of_an_address_has_an_object_of_another_tenant() -> None:
    wanted = {(name.partition(":")[0], argument) for name in WITH_OBJECT for argument in _ARGUMENT.findall(ALL[name])}
    assert wanted <= OBJECTS.keys(), "say in OBJECTS which object of another tenant stands for these"


@pytest.mark.parametrize("who", KEPT)
def test_what_belongs_to_another_tenant_is_not_there(who: str, world: World, kept: Callable[[str], Client]) -> None:
    client = kept(who)
    wrong: dict[str, Any] = {}
    for name in WITH_OBJECT:
        path = _address(name, world)
        answers = [client.get(path), client.post(path), client.get(path, headers={"hx-request": "true"})]
        statuses: set[int] = {answer.status_code for answer in answers}
        # An address that minds the method first says nothing; the other method must then be refused.
        if not statuses <= {403, 404, 405} or statuses == {405}:
            wrong[path] = statuses
        if any("Their work" in answer.content.decode() for answer in answers):
            wrong[path] = {"tells of the job"}
    assert wrong == {}
    assert Job.objects.get(pk=world.job.pk).state == "queued"


@pytest.mark.parametrize("who", ["ada", "sam", "aud", "ops"])
def test_staff_who_are_not_limited_get_an_answer(who: str, world: World, client_for: ClientFor) -> None:
    client = client_for(who)
    found = {path: client.get(path).status_code for path in (_address(name, world) for name in WITH_OBJECT)}
    assert {path: status for path, status in found.items() if status >= 500} == {}
    assert found[f"/numbers/{THEIR_NUMBER}/"] == found[f"/tenants/{world.theirs.key}/"] == 200


@pytest.mark.parametrize("who", KEPT)
def test_no_page_tells_of_another_tenant(who: str, world: World, kept: Callable[[str], Client]) -> None:
    client = kept(who)
    pages = [ALL[name] for name in PLAIN if name != "prometheus-django-metrics"]  # which is for machines
    # Cut short, so that the page's repeating of the question is not taken for an answer.
    pages += [
        f"/search/?q={text}" for text in ("cascad", "503226", "wholesal", "their wor", "okafo", "77441", "carrie", "their por")
    ]
    pages += [f"/numbers/{OUR_NUMBER}/", "/numbers/?columns=tags,tenant"]
    pages += [f"/search/?q={text}" for text in ("cascad", "503226", "wholesal", "their wor", "okafo", "77441", "carrie")]
    told: dict[str, list[str]] = {}
    for page in pages:
        answer = client.get(page)
        body = answer.getvalue().decode(errors="replace")  # one is an XLSX
        if found := [word for word in _others(world, who) if word.lower() in body.lower()]:
            told[page] = found
    assert told == {}


def _others(world: World, who: str) -> list[str]:
    """What the pages of `who` must never say; tenants hear nothing of vendors and connections either."""
    words = [
        world.theirs.name,
        world.theirs.key,
        "5032267300",
        "503-226-7300",
        "774411",
        "Their work",
        "Okafor",
        "2900 Terminal",
        "Their port",
        "Their provider",
    ]
    if not who.startswith("limited"):
        words += [world.connection.name, world.spare.name, "Portland edge", *(vendor.title for vendor in vendors.all())]
    return words


# --- what lists, searches, exports and bulk changes reach ---------------------------------------------------


@pytest.mark.parametrize("who", KEPT)
def test_lists_and_exports_hold_ones_own_numbers_alone(who: str, world: World, kept: Callable[[str], Client]) -> None:
    client = kept(who)
    rows = client.get("/numbers/").context["listing"].rows
    assert [row.number for row in rows] == [OUR_NUMBER]
    lines = client.get("/numbers/export.csv").getvalue().decode().splitlines()
    assert len(lines) == 2
    assert OUR_NUMBER in lines[1]
    for filters in ("tenant=cascade-freight-lines", "tenant=none", "number=7300", "connection=wholesale-one"):
        shown = client.get(f"/numbers/?{filters}").context["listing"].rows
        assert THEIR_NUMBER not in [row.number for row in shown]


@pytest.mark.parametrize("who", KEPT)
def test_a_shared_view_brings_nobody_a_number(who: str, world: World, kept: Callable[[str], Client]) -> None:
    client = kept(who)
    listing = client.get("/numbers/").context["listing"]
    assert world.view.name not in [tab.label for tab in listing.tabs]
    assert client.get(world.view.get_absolute_url()).context["listing"].rows == []
    tagged = client.get("/numbers/?tag=Their+work's+lines").context["listing"].rows
    assert THEIR_NUMBER not in [row.number for row in tagged]


def test_a_bulk_tag_leaves_other_tenants_numbers_alone(world: World, kept: Callable[[str], Client]) -> None:
    client = kept("limited sam")
    client.post("/numbers/tag/", {"ids": [world.number.pk], "tag": "Mine", "act": "add"})
    client.post("/numbers/tag/", {"all": "1", "query": "tenant=cascade-freight-lines", "tag": "Mine", "act": "add"})
    assert not Tag.objects.filter(name="Mine").exists()
    client.post("/numbers/tag/", {"all": "1", "query": "", "tag": "Mine", "act": "add"})
    assert list(Tagged.objects.filter(tag__name="Mine").values_list("number", flat=True)) == [OUR_NUMBER]
    client.post("/numbers/tag/", {"all": "1", "query": "", "tag": "Their work's lines", "act": "remove"})
    assert Tagged.objects.filter(tag__name="Their work's lines").count() == 2
    note = Note.objects.get(number=OUR_NUMBER)
    assert client.post(f"/numbers/{OUR_NUMBER}/notes/", {"remove": note.pk}).status_code == 404


def test_a_bulk_change_leaves_other_tenants_numbers_alone(world: World, kept: Callable[[str], Client]) -> None:
    client = kept("limited sam")
    for data in ({"ids": [world.number.pk]}, {"all": "1", "query": "tenant=cascade-freight-lines"}):
        assert client.post("/numbers/change/inactive/", data).status_code == 302
    assert Plan.objects.exclude(pk=world.plan.pk).count() == 0
    client.post("/numbers/change/inactive/", {"all": "1", "query": ""})
    steps = Plan.objects.exclude(pk=world.plan.pk).get().steps.values_list("object_ref", flat=True)
    assert list(steps) == [OUR_NUMBER]


def test_the_home_page_counts_ones_own_numbers(world: World, tess: User, client_for: ClientFor) -> None:
    page = client_for(tess).get("/").content.decode()
    assert '<div class="big-figure mb-2">1</div>' in page
    assert home_panels(tess) == []


def test_staff_limited_to_a_connection_reach_no_other(world: World, sam: User, client_for: ClientFor) -> None:
    sam.connections.add(world.spare)
    client = client_for(sam)
    assert client.get("/connections/wholesale-one/").status_code == 404
    assert client.get("/connections/wholesale-one/console/").status_code == 404
    assert client.get("/connections/wholesale-two/").status_code == 200
    assert client.get(f"/numbers/{THEIR_NUMBER}/").status_code == 404
    assert b"wholesale-one" not in client.get("/").content + client.get("/connections/").content + client.get("/jobs/").content
    assert client.get("/numbers/").context["listing"].rows == []


def test_people_of_a_tenant_that_is_not_active_see_nothing(world: World, tess: User, client_for: ClientFor) -> None:
    Tenant.objects.filter(pk=world.ours.pk).update(active=False)
    assert client_for(tess).get("/numbers/").context["listing"].rows == []
    assert client_for(tess).get(f"/numbers/{OUR_NUMBER}/").status_code == 404
