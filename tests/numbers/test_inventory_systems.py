"""One inventory over five systems: each number once, with its life on every system that has it."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser

from apps.accounts.models import Membership, Role, Tenant, User
from apps.accounts.tenants import add_tenant
from apps.connections.models import Connection
from apps.connections.services import add_connection, link
from apps.numbers.models import InventoryRead, Number, NumberChange, Side
from apps.numbers.services import reading, sync
from apps.numbers.services.live import read_all, values_of
from apps.numbers.services.tenancy import assign
from apps.sandbox.carrier import CarrierSandbox
from apps.sandbox.core import Sandbox
from apps.sandbox.mirta import MirtaSandbox
from apps.sandbox.pbxware import PbxwareSandbox
from apps.sandbox.sipxcom import SipxcomSandbox
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core.errors import VendorError
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint

MAIN = "+12062194100"  # a demo number that the carrier and all four switches have
SWITCHES = {"solswitch": SolSwitchSandbox, "mirta": MirtaSandbox, "pbxware": PbxwareSandbox, "sipxcom": SipxcomSandbox}
HARBOR = {"solswitch": "2", "mirta": "HARBOR", "pbxware": "2"}  # one customer on three of them


@pytest.fixture(scope="module")
def _servers() -> Iterator[dict[str, Sandbox]]:
    running = {key: kind(port=0).start() for key, kind in SWITCHES.items()}
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture
def switches(_servers: dict[str, Sandbox]) -> dict[str, Sandbox]:
    for server in _servers.values():
        server.faults.clear()
        server.seed_state()
    return _servers


def connect(server: Sandbox, ada: User) -> Connection:
    facts = server.describe()
    return add_connection(
        name=server.vendor, vendor=server.vendor, fields=facts["credentials"], base_url=facts["url"], actor=ada
    )


@pytest.fixture
def systems(switches: dict[str, Sandbox], transactional_db: None, ada: User) -> dict[str, Connection]:
    return {key: connect(server, ada) for key, server in switches.items()}


@pytest.mark.parametrize("vendor", SWITCHES)
def test_a_switchs_dids_become_numbers_with_what_they_ring(vendor: str, systems: dict[str, Connection]) -> None:
    found = sync(systems[vendor])
    rows = Number.objects.filter(connection=systems[vendor])
    assert found.total == rows.count() > 40
    assert not rows.exclude(side=Side.SWITCH, leads=True, missing_since=None).exists()
    assert not rows.exclude(number__startswith="+1").exists()
    main = rows.get(number=MAIN)
    assert main.destination_kind in {"route", "condition", "extension", "IVR"}
    assert main.customer_ref == HARBOR.get(vendor, "")
    again = sync(systems[vendor])
    assert (again.appeared, again.changed, again.vanished) == (0, 0, 0)


def test_a_number_stands_in_the_list_once_and_on_its_page_with_every_system(
    main: Connection, systems: dict[str, Connection], client: Browser, ada: User
) -> None:
    for connection in (*systems.values(), main):  # the carrier comes last, and leads all the same
        sync(connection)
    assert Number.objects.filter(number=MAIN).count() == 5
    assert Number.objects.get(number=MAIN, leads=True).connection == main
    client.force_login(ada)
    page = client.get("/numbers/", {"number": MAIN}).content.decode()
    assert page.count("+1 206-219-4100</a>") == 1
    assert "+4" in page
    home = client.get("/").content.decode()
    assert f'<div class="big-figure mb-2">{Number.objects.filter(leads=True).count()}</div>' in home
    own = client.get("/numbers/", {"number": MAIN, "connection": "mirta"}).content.decode()
    assert own.count("+1 206-219-4100</a>") == 1
    facts = client.get(f"/numbers/{MAIN}/").content.decode()
    for name in ("main", *systems):
        assert f"{name}</" in facts


def test_when_the_carrier_loses_a_number_its_switch_stands_for_it(
    main: Connection, carrier: CarrierSandbox, systems: dict[str, Connection]
) -> None:
    sync(main)
    sync(systems["mirta"])
    del carrier.account.numbers[MAIN[2:]]
    sync(main)
    assert Number.objects.get(number=MAIN, leads=True).connection == systems["mirta"]
    assert Number.objects.get(number=MAIN, connection=main).is_gone
    reads = dict(InventoryRead.objects.values_list("connection__name", "leading"))
    assert sum(reads.values()) == Number.objects.filter(leads=True, missing_since=None).count()


def test_a_failed_read_of_a_switch_takes_nothing_away(switches: dict[str, Sandbox], systems: dict[str, Connection]) -> None:
    for vendor, connection in systems.items():
        before = sync(connection).total
        switches[vendor].faults.set("down", operation="*")
        with pytest.raises(VendorError):
            sync(connection)
        assert Number.objects.filter(connection=connection, missing_since=None).count() == before
        assert InventoryRead.objects.get(connection=connection).problem


@pytest.fixture
def harbor(ada: User) -> Tenant:
    return add_tenant(ada, name="Harbor", key="harbor")


def test_the_switch_says_whose_a_number_of_no_tenant_is(
    main: Connection, systems: dict[str, Connection], ada: User, harbor: Tenant
) -> None:
    sync(main)
    sync(systems["mirta"])
    taken_back = Number.objects.get(number="+12062194101", connection=main)
    one = Number.objects.filter(pk=taken_back.pk)
    assign(one, harbor, actor=ada)
    assign(one, None, actor=ada)
    link(harbor, systems["mirta"], "HARBOR", actor=ada)
    sync(systems["mirta"])
    assert Number.objects.get(number=MAIN, connection=main).tenant == harbor
    assert Number.objects.get(number=MAIN, connection=systems["mirta"]).tenant == harbor
    line = NumberChange.objects.get(number__number=MAIN, number__connection=main, field="Tenant")
    assert (line.before, line.after, line.source) == ("", "Harbor", "sync")
    taken_back.refresh_from_db()
    assert taken_back.tenant is None, "people took it back: a switch does not give it away again"


def test_a_tenant_sees_the_number_once_and_none_of_others(
    main: Connection, systems: dict[str, Connection], client: Browser, ada: User, harbor: Tenant
) -> None:
    for vendor, customer in HARBOR.items():
        link(harbor, systems[vendor], customer, actor=ada)
    for connection in (main, *systems.values()):
        sync(connection)
    person = User.objects.create_user("mira", "mira@example.com", role=Role.TENANT_ADMIN)
    Membership.objects.create(person=person, tenant=harbor)
    client.force_login(person)
    page = client.get("/numbers/").content.decode()
    mine = set(Number.objects.filter(tenant=harbor, leads=True).values_list("number", flat=True))
    assert page.count("+1 206-219-4100</a>") == 1
    assert len(mine) == page.count('class="card-main"') > 10
    assert "mirta" not in page
    other = Number.objects.filter(leads=True).exclude(number__in=mine)[0]
    assert client.get(other.get_absolute_url()).status_code == 404


def test_who_is_kept_to_a_switch_sees_its_numbers_though_another_row_leads(
    main: Connection, systems: dict[str, Connection], client: Browser, ada: User
) -> None:
    sync(main)
    sync(systems["mirta"])
    person = User.objects.create_user("kept", "kept@example.com", role=Role.OPERATOR)
    person.connections.add(systems["mirta"])
    client.force_login(person)
    page = client.get("/numbers/", {"number": MAIN}).content.decode()
    assert page.count("+1 206-219-4100</a>") == 1
    assert "main</span>" not in page


def test_what_a_carrier_does_is_refused_for_a_switchs_row(systems: dict[str, Connection], client: Browser, ada: User) -> None:
    sync(systems["pbxware"])
    row = Number.objects.get(number=MAIN)
    client.force_login(ada)
    answer = client.post("/numbers/change/cancel/", {"ids": [row.pk]}, follow=True)
    assert "on a switch alone" in answer.content.decode()
    assert "Plan to cancel" not in client.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize("vendor", SWITCHES)
def test_one_number_of_a_switch_is_read_anew_on_its_page(
    vendor: str, systems: dict[str, Connection], client: Browser, ada: User
) -> None:
    sync(systems[vendor])
    row = Number.objects.get(number=MAIN)
    Number.objects.filter(pk=row.pk).update(destination="somewhere else", mark="")
    client.force_login(ada)
    answer = client.get(f"/numbers/{MAIN}/live/", headers={"HX-Request": "true"})
    assert "read just now" in answer.content.decode()
    assert "On the switch" in answer.content.decode()
    assert Number.objects.get(number=MAIN).destination == row.destination


def test_the_job_reads_the_carriers_first(main: Connection, systems: dict[str, Connection], ada: User) -> None:
    job = reading.read_lists(ada)
    labels = list(job.items.order_by("position").values_list("label", flat=True))
    assert labels[0] == "main"
    assert sorted(labels[1:]) == sorted(SWITCHES)


def test_secrets_of_the_extension_a_number_rings_are_not_kept(switches: dict[str, Sandbox]) -> None:
    """sipXcom tells of a number in the record of its user, with PIN and SIP password fields."""
    server = switches["sipxcom"]
    facts = server.describe()
    vendor = vendors.get("sipxcom")
    client = vendor.client(Endpoint(base_url=facts["url"], credentials=facts["credentials"]))
    users = vendor.operations["users.list"]
    assert users.mask({"pin": "4711", "sipPassword": "s3cret"}) == users.mask({"pin": "0815", "sipPassword": "other"})
    for held in read_all(client)[0]:
        record = values_of(held)["record"]
        assert users.mask(record) == record
