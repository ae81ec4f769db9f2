"""Who is limited to tenants or connections reads the entries of those, and their own; exports and filters likewise."""

import json

import pytest

from apps.accounts.models import Membership, Tenant, User
from apps.audit.models import AuditEntry, SavedFilter
from apps.audit.services import record
from apps.connections.services import add_connection
from apps.jobs.models import Job
from tests.fixtures.people import ClientFor
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def lines(ours: Tenant, theirs: Tenant, ada: User) -> dict[str, AuditEntry]:
    first, second = (
        add_connection(name=name, vendor="carrier", fields={"token": "x" * 16, "accountno": "1"}, base_url="http://127.0.0.1:9",
                       actor=ada)
        for name in ("first-line", "second-line")
    )  # fmt: skip
    where = {"connection_id": first.pk, "connection_name": first.name}
    return {
        "ours": record("things.done", actor=ada, tenant=ours),
        "theirs": record("things.done", actor=ada, tenant=theirs, ticket="T-THEIRS"),
        "nobody's": record("things.done", actor=ada, tenant=None),
        "ours on first": record("things.done", actor=ada, tenant=ours, **where),
        "theirs on first": record("things.done", actor=ada, tenant=theirs, **where),
        "second": record("things.done", actor=ada, tenant=None, connection_id=second.pk, connection_name=second.name),
    }


def limit(person: User, tenants: list[Tenant] = (), connections: list[str] = ()) -> User:  # type: ignore[assignment]
    for tenant in tenants:
        Membership.objects.create(person=person, tenant=tenant)
    person.connections.set(AuditEntry.objects.filter(connection_name__in=connections).values_list("connection_id", flat=True))
    return User.objects.get(pk=person.pk)


def seen(client_for: ClientFor, person: User) -> set[int]:
    return {entry.pk for entry in client_for(person).get("/audit/").context["listing"].rows if entry.action == "things.done"}


@pytest.mark.parametrize(
    ("tenants", "connections", "expected"),
    [
        (1, [], {"ours", "ours on first"}),
        (0, ["first-line"], {"ours on first", "theirs on first"}),
        (1, ["second-line"], {"ours"}),
        (1, ["first-line"], {"ours", "ours on first"}),
        (0, [], {"ours", "theirs", "nobody's", "ours on first", "theirs on first", "second"}),
    ],
)
def test_the_list_holds_what_the_limits_leave(lines, ours, aud, client_for, tenants, connections, expected):
    person = limit(aud, [ours][:tenants], connections)
    assert seen(client_for, person) == {lines[name].pk for name in expected}
    client = client_for(person)
    for name, entry in lines.items():
        assert client.get(entry.get_absolute_url()).status_code == (200 if name in expected else 404), name


def test_ones_own_entries_are_always_there(lines, ours, aud, client_for):
    own = record("things.done", actor=aud, tenant=None)
    assert own.pk in seen(client_for, limit(aud, [ours]))


def test_the_page_of_an_entry_leads_to_no_other(lines, ours, aud, client_for):
    page = client_for(limit(aud, [ours])).get(lines["ours"].get_absolute_url())
    assert page.context["newer"] is None
    assert page.context["holds"]
    assert lines["theirs"].get_absolute_url() not in page.text


def test_no_filter_offers_what_one_must_not_know(lines, ours, theirs, aud, ada, client_for):
    SavedFilter.objects.create(owner=ada, name="Cascade calls", query=f"tenant={theirs.key}", shared=True)
    person = limit(aud, [ours])
    page = client_for(person).get("/audit/").text
    assert "second-line" not in page
    assert theirs.key not in page
    assert "Cascade" not in page
    assert ours.key in page
    assert client_for(person).get(f"/audit/?tenant={theirs.key}").status_code == 422
    assert theirs.key in client_for(ada).get("/audit/").text


def test_an_export_holds_no_more_and_is_gone_once_one_may_read_less(lines, ours, theirs, aud, client_for):
    person = limit(aud, [ours])
    client = client_for(person)
    client.post("/audit/export/", {"format": "json"})
    job = run(Job.objects.latest("pk"))
    rows = json.loads(b"".join(client.get(job.return_url).streaming_content))
    assert {row["sequence"] for row in rows if row["action"] == "things.done"} == {lines["ours"].pk, lines["ours on first"].pk}
    Membership.objects.filter(person=person).update(tenant=theirs)
    assert client_for(User.objects.get(pk=person.pk)).get(job.return_url).status_code == 410


def test_an_export_of_everything_is_gone_once_one_is_limited(lines, ours, aud, client_for):
    client = client_for(aud)
    client.post("/audit/export/", {"format": "csv"})
    job = run(Job.objects.latest("pk"))
    assert client.get(job.return_url).status_code == 200
    Membership.objects.create(person=aud, tenant=ours)
    assert client.get(job.return_url).status_code == 410


def test_a_renamed_or_reused_short_name_opens_nothing(lines, ours, theirs, aud, client_for):
    Tenant.objects.filter(pk=theirs.pk).update(key="gone")
    Tenant.objects.filter(pk=ours.pk).update(key="cascade-freight-lines")
    assert seen(client_for, limit(aud, [ours])) == {lines["ours"].pk, lines["ours on first"].pk}


def test_the_search_and_the_home_page_are_as_narrow(lines, ours, aud, client_for):
    client = client_for(limit(aud, [ours]))
    assert f"/audit/{lines['theirs'].pk}/" not in client.get(f"/search/?q=%23{lines['theirs'].pk}").text
    assert f"/audit/{lines['ours'].pk}/" in client.get(f"/search/?q=%23{lines['ours'].pk}").text
    assert "second-line" not in client.get("/").text
