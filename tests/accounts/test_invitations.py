"""Invitations and resets by e-mail, and how strong a password must be."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.signin.factors import has_factor
from apps.audit.models import AuditEntry
from tests.accounts.test_people import NEW
from tests.accounts.test_second_factor import with_app
from tests.fixtures.people import PASSWORD

pytestmark = pytest.mark.django_db
INVITED = {name: value for name, value in NEW.items() if name != "password"}
CHOSEN = "canary over the quiet harbour"


@pytest.fixture
def invitation(client_for) -> str:
    """The path of the link that Lou got."""
    client_for("ada").post("/people/add/", INVITED)
    return path_in(mail.outbox[-1])


def path_in(message) -> str:
    return re.search(r"http://\S+?(/(?:invitation|accounts)/\S+)", message.body)[1]


def test_an_invited_person_sets_their_own_password_once(client_for, ada, invitation):
    lou = User.objects.get(username="lou")
    assert not lou.has_usable_password()
    assert mail.outbox[0].to == ["lou@example.com"]
    assert "Ada Admin has made an account" in mail.outbox[0].body
    stranger = Client()
    assert "Welcome, Lou Lineman" in stranger.get(invitation).text
    assert stranger.post(invitation, {"password": CHOSEN})["Location"] == "/accounts/login/"
    lou.refresh_from_db()
    assert lou.check_password(CHOSEN)
    for answer in (stranger.get(invitation), stranger.post(invitation, {"password": "another canary entirely"})):
        assert answer.status_code == 410
        assert "no longer works" in answer.text
    told = AuditEntry.objects.filter(target="lou").order_by("sequence")
    assert [(one.action, str(one.actor)) for one in told] == [
        ("person.added", "Ada Admin"),
        ("person.invited", "Ada Admin"),
        ("person.invitation_accepted", "Lou Lineman"),
    ]
    for entry in told:
        assert CHOSEN not in str(vars(entry))
        assert invitation not in str(vars(entry))


def test_nobody_types_a_first_password_where_mail_works(client_for, ada):
    assert "First password" not in client_for("ada").get("/people/add/").text


def test_a_link_expires(invitation):
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert Client().get(invitation).status_code == 410


def test_a_changed_link_is_refused(invitation):
    assert Client().get(invitation[:-4] + "abc/").status_code == 410


def test_a_new_invitation_makes_the_old_link_stop(client_for, invitation):
    lou = User.objects.get(username="lou")
    client_for("ada").post(f"/people/{lou.pk}/link/")
    assert Client().get(invitation).status_code == 410
    assert Client().get(path_in(mail.outbox[-1])).status_code == 200


def test_who_was_deactivated_meanwhile_is_not_let_in(invitation):
    User.objects.filter(username="lou").update(is_active=False)
    assert Client().get(invitation).status_code == 410


def test_a_mail_server_that_refuses_is_named_and_the_person_stays(client_for, ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = client_for("ada").post("/people/add/", INVITED, follow=True).text
    assert "The mail server did not take the mail" in page
    assert User.objects.filter(username="lou").exists()


def test_the_key_of_a_link_is_not_in_the_log(invitation, caplog):
    caplog.set_level(logging.DEBUG)
    Client().get(invitation)
    Client().get("/accounts/password/reset/key/1-canary-of-a-key/")
    assert "/invitation/…" in caplog.text
    assert invitation.split("/")[2] not in caplog.text
    assert "canary" not in caplog.text


def test_an_administrator_sends_a_reset_link_and_learns_no_password(client_for, ada, sam):
    page = client_for("ada").post(f"/people/{sam.pk}/link/", follow=True).text
    assert "on its way to sam@example.com" in page
    stranger = Client()
    form = stranger.get(path_in(mail.outbox[-1]), follow=True)
    stranger.post(form.request["PATH_INFO"], {"password1": CHOSEN, "password2": CHOSEN})
    sam.refresh_from_db()
    assert sam.check_password(CHOSEN)
    assert AuditEntry.objects.filter(action="password.reset", target="sam").exists()


def test_a_lost_second_factor_is_taken_away_and_sessions_end(client_for, ada, sam):
    with_app(sam)
    theirs = Client()
    theirs.force_login(sam, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert theirs.get("/profile/").status_code == 200
    client_for("ada").post(f"/people/{sam.pk}/second-factors/remove/")
    assert not has_factor(sam)
    assert theirs.get("/profile/").status_code == 302
    entry = AuditEntry.objects.get(action="second_factor.taken_away")
    assert (entry.actor, entry.before) == (ada, {"second_factors": ["recovery_codes", "totp"]})


@pytest.mark.parametrize("password", ["qwertyuiop12", "lineman-2024", "PatchbayPatchbay", "aaaaaaaaaaaaaaa", "abcabcabcabc"])
def test_what_is_easily_guessed_is_refused_with_advice(password, invitation):
    answer = Client().post(invitation, {"password": password})
    assert answer.status_code == 422
    assert "too easy to guess" in answer.text or "too similar" in answer.text or "too common" in answer.text
    assert password not in answer.text.replace("Patchbay", "")


def test_words_in_a_row_are_strong_enough(invitation):
    assert Client().post(invitation, {"password": PASSWORD}).status_code == 302
