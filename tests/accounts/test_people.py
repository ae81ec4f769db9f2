"""Managing people: who is added, changed and kept out, and that nobody locks everybody out."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from apps.accounts import services
from apps.accounts.models import Role, User
from apps.audit.models import AuditEntry
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
PAGES = ["/people/", "/people/add/"]
NEW = {
    "username": "lou",
    "email": "lou@example.com",
    "role": "support",
    "time_zone": "America/Chicago",
    "first_name": "Lou",
    "last_name": "Lineman",
    "password": "canary of a first password",
}


@pytest.fixture(autouse=True)
def no_mail(settings):
    """A portal without a mail server: people get a first password. tests/accounts/test_invitations.py has one."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


def edited(person: User, **changes: str) -> dict[str, str]:
    names = ("first_name", "last_name", "email", "role", "time_zone")
    return {name: getattr(person, name) for name in names} | changes


def last_entry() -> AuditEntry:
    return AuditEntry.objects.order_by("sequence").last()


@pytest.mark.parametrize("page", [*PAGES, "/people/1/"])
@pytest.mark.parametrize("person", ["sam", "aud"])
def test_only_administrators_manage_people(page, person, client_for):
    assert client_for(person).get(page).status_code == 403


def test_a_person_is_added_and_can_sign_in(client_for, ada, client):
    answer = client_for("ada").post("/people/add/", NEW, follow=True)
    assert "Lou Lineman can sign in now as lou." in answer.text
    assert client.login(username="lou", password=NEW["password"], request=answer.wsgi_request)
    lou = User.objects.get(username="lou")
    assert (lou.role, lou.time_zone, lou.email) == ("support", "America/Chicago", "lou@example.com")
    entry = AuditEntry.objects.get(action="person.added")
    assert (entry.actor, entry.target, entry.after["role"]) == (ada, "lou", "support")
    assert NEW["password"] not in str(vars(entry))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"username": "SAM"}, "Somebody has this username already."),
        ({"username": "sam@example.com"}, "Somebody has this username already."),
        ({"username": "l ou"}, "Enter a valid username"),
        ({"email": "Sam@Example.com"}, "Somebody else has this e-mail address"),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"role": "king"}, "Select a valid choice"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"password": "tiny pass"}, "at least 12 characters"),
        ({"password": "lou@example.com"}, "too similar"),
        ({"password": ""}, "This field is required."),
    ],
)
def test_a_wrong_field_is_named_and_the_rest_is_kept(change, message, client_for, sam):
    answer = client_for("ada").post("/people/add/", NEW | change)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="Lineman"' in answer.text
    assert NEW["password"] not in answer.text
    assert "tiny pass" not in answer.text
    assert not User.objects.filter(last_name="Lineman").exists()


def test_the_database_knows_names_in_any_case(sam):
    with pytest.raises(IntegrityError):
        User.objects.create(username="SAM", email="other@example.com")


def test_a_role_is_changed_and_recorded(client_for, ada, sam):
    client = client_for("ada")
    assert client.post(f"/people/{sam.pk}/", edited(sam, role="auditor")).status_code == 302
    sam.refresh_from_db()
    assert sam.role == Role.AUDITOR
    entry = last_entry()
    assert (entry.action, entry.actor, entry.target) == ("person.role_changed", ada, "sam")
    assert (entry.before, entry.after) == ({"role": "support"}, {"role": "auditor"})


def test_saving_without_a_change_records_nothing(client_for, sam):
    client = client_for("ada")
    before = AuditEntry.objects.count()
    client.post(f"/people/{sam.pk}/", edited(sam))
    assert AuditEntry.objects.count() == before


def test_nobody_changes_their_own_role(client_for, ada, sam):
    services.change_person(None, sam, role=Role.ADMINISTRATOR)
    answer = client_for("ada").post(f"/people/{ada.pk}/", edited(ada, role="support", first_name="Ada B."))
    assert answer.status_code == 422
    assert "You cannot change your own role." in answer.text
    assert 'value="Ada B."' in answer.text
    ada.refresh_from_db()
    assert (ada.role, ada.first_name) == (Role.ADMINISTRATOR, "Ada")


def test_nobody_deactivates_themselves(client_for, ada):
    answer = client_for("ada").post(f"/people/{ada.pk}/switch/", {"active": "false"}, follow=True)
    assert "You cannot deactivate yourself." in answer.text
    ada.refresh_from_db()
    assert ada.is_active


@pytest.mark.parametrize("attempt", [services.deactivate, lambda a, p: services.change_person(a, p, role="auditor")])
def test_the_last_administrator_stays(attempt, ada, sam):
    with pytest.raises(services.NotAllowed, match="last administrator"):
        attempt(None, ada)
    services.change_person(None, sam, role=Role.ADMINISTRATOR)
    services.deactivate(None, sam)
    with pytest.raises(services.NotAllowed, match="last administrator"):
        attempt(None, ada)
    services.reactivate(None, sam)
    attempt(None, ada)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_remove_each_other_at_once(ada, sam):
    services.change_person(None, sam, role=Role.ADMINISTRATOR)
    together = Barrier(2)

    def remove(pair: tuple[User, User]) -> str:
        together.wait()
        try:
            services.deactivate(*pair)
        except services.NotAllowed as error:
            return str(error)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(remove, [(ada, sam), (sam, ada)]), key=len)
    assert outcomes[0] == "done"
    assert "last administrator" in outcomes[1]
    assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1


def test_deactivating_and_letting_in_again(client_for, sam):
    sams, adas = client_for("sam"), client_for("ada")
    adas.post(f"/people/{sam.pk}/switch/", {"active": "false"})
    assert last_entry().action == "person.deactivated"
    assert sams.get("/profile/").status_code == 302
    adas.post(f"/people/{sam.pk}/switch/", {"active": "true"})
    assert last_entry().action == "person.reactivated"
    assert sams.get("/profile/").status_code == 200


def test_a_new_password_ends_sessions(client_for, sam):
    sams, adas = client_for("sam"), client_for("ada")
    weak = adas.post(f"/people/{sam.pk}/password/", {"password": "sam"})
    assert weak.status_code == 422
    assert "at least 12 characters" in weak.text
    assert sams.get("/profile/").status_code == 200
    new = "canary of a second password"
    adas.post(f"/people/{sam.pk}/password/", {"password": new})
    assert sams.get("/profile/").status_code == 302
    sam.refresh_from_db()
    assert sam.check_password(new)
    assert last_entry().action == "person.password_set"
    assert new not in str(vars(last_entry()))


def test_the_list_filters_and_pages(client_for, ada, sam, aud):
    client = client_for("ada")
    assert "sam@example.com" in client.get("/people/").text
    support = client.get("/people/", {"role": "support"}, headers={"hx-request": "true"}).text
    assert "<html" not in support
    assert "sam@example.com" in support
    assert "aud@example.com" not in support
    assert "aud@example.com" in client.get("/people/", {"q": "auditor"}).text
    services.deactivate(None, aud)
    assert "aud@example.com" not in client.get("/people/", {"active": "true"}).text


def test_the_list_costs_the_same_for_more_people(client_for, django_assert_max_num_queries):
    client = client_for("ada")
    for number in range(30):
        User.objects.create(username=f"person{number}", email=f"{number}@example.com")
    client.get("/people/")
    with django_assert_max_num_queries(8):
        assert "person29" in client.get("/people/", headers={"hx-request": "true"}).text


@pytest.mark.parametrize("person", ["ada", "sam", "aud"])
def test_everybody_sees_permissions_and_their_profile(person, client_for):
    client = client_for(person)
    permissions = client.get("/settings/permissions/")
    assert permissions.status_code == 200
    assert "numbers.buy" in permissions.text
    assert client.get("/profile/").status_code == 200


def test_one_changes_ones_own_name_and_zone_and_nothing_else(client_for, sam):
    client = client_for("sam")
    form = {"first_name": "Samantha", "last_name": "S.", "time_zone": "Europe/Berlin", "role": "administrator"}
    assert client.post("/profile/", form).status_code == 302
    sam.refresh_from_db()
    assert (sam.first_name, sam.time_zone, sam.role) == ("Samantha", "Europe/Berlin", "support")
    assert last_entry().after == {"first_name": "Samantha", "last_name": "S.", "time_zone": "Europe/Berlin"}
    wrong = client.post("/profile/", form | {"time_zone": "Nowhere"})
    assert wrong.status_code == 422
    assert 'value="Samantha"' in wrong.text


@pytest.mark.parametrize(("zone", "shown"), [("Asia/Tokyo", "JST"), ("UTC", "UTC"), ("Mars/Olympus", "UTC")])
def test_times_are_shown_in_the_zone_of_who_looks(zone, shown, client_for, ada):
    User.objects.filter(pk=ada.pk).update(time_zone=zone)
    client = client_for("ada")
    services.change_person(None, ada, first_name="Adele")
    assert f" {shown}" in client.get("/audit/").text


def test_createsuperuser_adds_an_administrator(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, username="root", email="root@example.com", verbosity=0)
    root = User.objects.get(username="root")
    assert root.role == Role.ADMINISTRATOR
    assert root.may("people.manage")


def test_the_demo_people_are_added_once(client):
    first = services.ensure_demo_people({"admin": "a password of our own"})
    User.objects.get(username="support").set_password("changed meanwhile")
    assert [person.username for person in first] == ["admin", "support", "auditor"]
    services.ensure_demo_people()
    assert User.objects.count() == 3
    assert User.objects.get(username="admin").check_password("a password of our own")
    assert User.objects.get(username="auditor").check_password(first[2].password)


def test_the_search_box_finds_people_for_those_who_manage_them(ada, sam):
    assert [hit.url for hit in services.search(ada, "SAM@")] == [f"/people/{sam.pk}/"]
    assert services.search(sam, "ada") == []


def test_every_permission_says_what_it_means():
    from apps.accounts.permissions import AREAS, MEANINGS, PERMISSIONS

    assert MEANINGS.keys() == PERMISSIONS.keys()
    assert {name.split(".")[0] for name in PERMISSIONS} <= AREAS.keys()
