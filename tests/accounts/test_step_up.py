"""Step-up: what matters asks again who is there, and nothing typed is lost by it."""

import re

import pytest
from django.core.cache import cache

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from tests.accounts.test_second_factor import code_for, with_app
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
LATE = 3600  # seconds since the last proof
SEALED = re.compile(r'name="sealed" value="([^"]*)"')


@pytest.fixture(autouse=True)
def forget_used_codes():
    cache.clear()


@pytest.fixture
def late(client_for):
    """The administrator's client, whose last proof was an hour ago."""
    return client_for("ada", proved=LATE)


def role_form(person: User, role: str) -> dict[str, str]:
    return {"email": person.email, "role": role, "time_zone": "UTC", "first_name": person.first_name, "last_name": "Moved"}


def answer(client, path, asked, **proof):
    sealed = SEALED.search(asked.text)[1]
    return client.post(path, {"step_up": next(iter(proof)), "sealed": sealed, **proof})


def test_a_form_that_comes_late_is_kept_and_sent_once_confirmed(late, sam):
    path = f"/people/{sam.pk}/"
    asked = late.post(path, role_form(sam, "auditor"))
    assert asked.status_code == 401
    assert "What you typed is kept" in asked.text
    assert "Moved" not in asked.text  # it travels sealed
    assert User.objects.get(pk=sam.pk).role == "support"
    assert late.get("/people/").status_code == 200  # looking needs no proof
    done = answer(late, path, asked, password=PASSWORD)
    assert done["Location"] == path
    sam.refresh_from_db()
    assert (sam.role, sam.last_name) == ("auditor", "Moved")
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
    assert actions[-2:] == ["step_up.succeeded", "person.role_changed"]


def test_a_wrong_password_asks_again_and_keeps_the_form(late, sam):
    path = f"/people/{sam.pk}/"
    asked = late.post(path, role_form(sam, "auditor"))
    wrong = answer(late, path, asked, password="not this one at all")
    assert wrong.status_code == 422
    assert "not this one" not in wrong.text
    assert answer(late, path, wrong, password=PASSWORD).status_code == 302
    assert User.objects.get(pk=sam.pk).role == "auditor"


def test_a_code_confirms_too_and_a_faulty_form_comes_back_with_its_faults(late, ada, sam):
    secret = with_app(ada)
    path = f"/people/{sam.pk}/"
    asked = late.post(path, role_form(sam, "king"))
    back = answer(late, path, asked, code=code_for(secret))
    assert back.status_code == 422
    assert "Select a valid choice" in back.text
    assert 'value="Moved"' in back.text


def test_guessing_is_locked_like_a_sign_in(late, ada, sam):
    path = f"/people/{sam.pk}/"
    asked = late.post(path, role_form(sam, "auditor"))
    answers = [answer(late, path, asked, password="not this one at all").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert answer(late, path, asked, password=PASSWORD).status_code == 429


def test_a_sealed_form_serves_nobody_and_nowhere_else(late, client_for, sam, aud):
    asked = late.post(f"/people/{sam.pk}/", role_form(sam, "administrator"))
    assert answer(late, f"/people/{aud.pk}/", asked, password=PASSWORD).status_code == 400
    assert late.post(f"/people/{sam.pk}/", {"step_up": "password", "password": PASSWORD, "sealed": "forged"}).status_code == 400
    assert User.objects.filter(role="administrator").count() == 1


def test_a_page_that_is_opened_late_opens_after_the_proof(late, carrier_connection):
    path = "/connections/main-carrier/edit/"
    asked = late.get(path)
    assert asked.status_code == 401
    assert answer(late, path, asked, password=PASSWORD)["Location"] == path
    assert late.get(path).status_code == 200


def test_credentials_do_not_change_without_a_proof(late, carrier_connection):
    before = carrier_connection.revision
    assert late.post("/connections/main-carrier/edit/", {"action": "save"}).status_code == 401
    assert Connection.objects.get().revision == before


def test_a_fragment_opens_a_dialog_and_leaves_the_page_alone(late, carrier_connection):
    asked = late.post("/connections/main-carrier/edit/", {"action": "test"}, HTTP_HX_REQUEST="true")
    assert (asked.status_code, asked["X-Step-Up"], asked["HX-Retarget"]) == (200, "asked", "#step-up-body")
    wrong = late.post("/step-up/", {"step_up": "password", "password": "no", "sealed": ""}, HTTP_HX_REQUEST="true")
    assert (wrong.status_code, wrong["HX-Retarget"]) == (422, "#step-up-body")
    right = late.post("/step-up/", {"step_up": "password", "password": PASSWORD, "sealed": ""}, HTTP_HX_REQUEST="true")
    assert "stepped-up" in right["HX-Trigger"]
    assert late.get("/connections/main-carrier/edit/").status_code == 200


@pytest.mark.parametrize("path", ["/people/add/", "/connections/add/", "/accounts/2fa/totp/activate/", "/accounts/email/"])
def test_what_opens_doors_asks(path, late):
    assert late.get(path).status_code == 401


def test_paying_asks_and_other_acts_on_a_purchase_do_not(late):
    order = "/numbers/orders/00000000-0000-4000-8000-000000000000"
    assert late.post(f"{order}/pay/", {"token": "x"}).status_code == 401
    assert late.post(f"{order}/abandon/").status_code == 404


def test_a_proof_lasts_as_long_as_the_setting_says(client_for, settings):
    settings.STEP_UP_SECONDS = 60
    assert client_for("ada", proved=50).get("/people/add/").status_code == 200
    assert client_for("ada", proved=70).get("/people/add/").status_code == 401


def test_the_page_by_itself_leads_on_and_never_outside(late):
    asked = late.get("/step-up/?next=/people/")
    assert answer(late, "/step-up/?next=/people/", asked, password=PASSWORD).status_code == 302
    assert late.get("/step-up/?next=/people/")["Location"] == "/people/"
    assert late.get("/step-up/?next=https://evil.example/")["Location"] == "/"
