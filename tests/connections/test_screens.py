"""The screens of connections: who may open what, what a wrong value says, what a secret never does."""

import pytest
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.connections import services
from apps.connections.models import Connection

HX = {"hx-request": "true"}
NAME = "main-carrier"
PAGES = {
    "list": (reverse("connections:list"), {"ada", "sam", "aud"}),
    "detail": (reverse("connections:detail", args=[NAME]), {"ada", "sam", "aud"}),
    "add": (reverse("connections:add"), {"ada"}),
    "edit": (reverse("connections:edit", args=[NAME]), {"ada"}),
    "delete": (reverse("connections:delete", args=[NAME]), {"ada"}),
    "console": (reverse("connections:console", args=[NAME]), {"ada", "sam"}),
    "read": (reverse("connections:operation", args=[NAME, "stock.states"]), {"ada", "sam"}),
    "write": (reverse("connections:operation", args=[NAME, "cart.reserve"]), {"ada"}),
    "destroy": (reverse("connections:operation", args=[NAME, "numbers.cancel"]), {"ada"}),
    "spend": (reverse("connections:operation", args=[NAME, "orders.process"]), {"ada"}),
}
ACTIONS = {
    "test": (reverse("connections:test", args=[NAME]), {"ada", "sam"}),
    "switch": (reverse("connections:switch", args=[NAME]), {"ada"}),
    "delete": (reverse("connections:delete", args=[NAME]), {"ada"}),
    "edit": (reverse("connections:edit", args=[NAME]), {"ada"}),
    "add": (reverse("connections:add") + "?vendor=carrier", {"ada"}),
    "spend": (reverse("connections:operation", args=[NAME, "orders.process"]), {"ada"}),
}


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["ada", "sam", "aud"])
@pytest.mark.parametrize("page", PAGES)
def test_who_may_open_it(connection, client_for, person, page):
    url, allowed = PAGES[page]
    assert client_for(person).get(url).status_code == (200 if person in allowed else 403)


@pytest.mark.parametrize("person", ["ada", "sam", "aud"])
@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_post_it(connection, client_for, person, action):
    url, allowed = ACTIONS[action]
    assert (client_for(person).post(url).status_code == 403) == (person not in allowed)


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_is_sent_to_sign_in(connection, stranger, page):
    answer = stranger.get(PAGES[page][0])
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("url", ["test", "switch"])
def test_what_acts_cannot_be_had_by_a_link(connection, client_for, url):
    assert client_for("ada").get(ACTIONS[url][0]).status_code == 405


def test_a_connection_that_is_not_there_is_not_found(db, client_for):
    assert client_for("ada").get(PAGES["detail"][0]).status_code == 404


def test_buttons_show_only_to_those_who_may(connection, client_for):
    page = client_for("aud").get(PAGES["detail"][0]).content.decode()
    assert "Disable" not in page
    assert ACTIONS["test"][0] not in page
    assert PAGES["console"][0] not in page
    page = client_for("sam").get(PAGES["console"][0]).content.decode()
    assert "13 more need an administrator" in page
    assert "process_order" not in page


# --- list and page ----------------------------------------------------------------------------------------


def test_an_empty_list_says_how_to_get_the_first(client_for):
    assert b"Add connection" in client_for("ada").get(PAGES["list"][0]).content
    assert b"An administrator adds the first one" in client_for("aud").get(PAGES["list"][0]).content


def test_the_page_shows_health_abilities_and_the_latest_changes(connection, client_for, ada):
    services.probe(connection)
    services.client_for(connection, actor=ada).call("cart.reserve_many", {"category": "landline", "state": "WA", "quantity": 1})
    page = client_for("ada").get(PAGES["detail"][0]).content.decode()
    assert "<svg" in page
    assert "1 sample answered" in page
    assert "Number market" in page
    assert "cart.reserve_many" in page


def test_the_list_costs_the_same_however_many_there_are(connection, carrier, client_for, django_assert_max_num_queries):
    client = client_for("aud")
    client.get(PAGES["list"][0])
    for number in range(20):
        services.add_connection(
            name=f"c{number}", vendor="carrier", fields=carrier.credentials, actor=None, base_url=carrier.url
        )
    with django_assert_max_num_queries(12):
        client.get(PAGES["list"][0])


def test_a_connection_whose_driver_is_gone_still_has_a_page(connection, client_for):
    Connection.objects.update(vendor="vanished")
    client = client_for("ada")
    assert b"no driver installed" in client.get(PAGES["list"][0]).content
    assert b"No driver for this vendor is installed" in client.get(PAGES["detail"][0]).content
    assert client.get(PAGES["console"][0]).status_code == 404
    assert client.post(ACTIONS["test"][0]).status_code == 200
    assert client.get("/").status_code == 200


def test_credentials_no_key_reads_are_said_on_the_page_and_can_be_entered_anew(connection, carrier, client_for, settings):
    settings.CREDENTIAL_KEYS = ["C7bVx0T6m1XBUI3nLPPVU8fVZXkqWZNz9m3y9y0uUXk="]
    client = client_for("ada")
    assert b"Its credentials cannot be read" in client.get(PAGES["detail"][0]).content
    answer = client.post(PAGES["edit"][0], filled(carrier, revision=1))
    assert answer.status_code == 302
    assert services.probe(Connection.objects.get()).ok


# --- test -------------------------------------------------------------------------------------------------


def test_the_test_button_says_what_was_tried_and_how_long_it_took(connection, client_for):
    answer = client_for("sam").post(ACTIONS["test"][0], headers=HX)
    page = answer.content.decode()
    assert "<html" not in page
    assert "main-carrier works" in page
    assert "States with stock" in page


def test_without_a_script_the_test_answers_with_the_whole_page(connection, client_for):
    page = client_for("ada").post(ACTIONS["test"][0]).content.decode()
    assert "<html" in page
    assert "main-carrier works" in page


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("html500", "main-carrier has a fault"),
        ("down", "main-carrier does not answer"),
        ("html200", "An answer we cannot read"),
        ("empty", "An answer we cannot read"),
        ("429", "Too many calls"),
    ],
)
def test_a_test_that_fails_says_what_happened_and_what_to_do(connection, carrier, client_for, fault, words):
    carrier.faults.set(fault, "availabilitystate")
    answer = client_for("ada").post(ACTIONS["test"][0], headers=HX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert "nothing changed" in page
    assert "What to do:" in page


# --- add and edit -----------------------------------------------------------------------------------------


def filled(carrier, **more):
    return {
        "name": "second",
        "base_url": carrier.url,
        "field_accountno": carrier.credentials["accountno"],
        "field_token": carrier.credentials["token"],
        "field_time_zone": "UTC",
        "field_card_payments": "false",
        "verify_tls": "on",
        "connect_timeout": "5",
        "read_timeout": "30",
        "concurrency": "8",
        "action": "save",
    } | more


ADD = ACTIONS["add"][0]
EDIT = ACTIONS["edit"][0]


def test_adding_saves_tests_and_says_so(carrier, client_for, ada):
    answer = client_for(ada).post(ADD, filled(carrier), follow=True)
    assert b"second is saved, and it answered in" in answer.content
    stored = Connection.objects.get()
    assert stored.credentials.open() == {"token": carrier.credentials["token"]}
    assert AuditEntry.objects.get(action="connection.added").actor == ada


def test_a_connection_that_does_not_answer_is_saved_all_the_same(carrier, client_for):
    answer = client_for("ada").post(ADD, filled(carrier, field_token="wrong"), follow=True)
    assert b"second is saved, but the test failed: second refused our credentials" in answer.content
    assert Connection.objects.exists()


def test_a_test_before_saving_stores_nothing(carrier, client_for):
    answer = client_for("ada").post(ADD, filled(carrier, action="test"), headers=HX)
    page = answer.content.decode()
    assert page.lstrip().startswith('<div id="trial"')
    assert "second works" in page
    assert not Connection.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="connection.").exists()


def test_a_test_before_saving_keeps_what_was_typed_without_a_script(carrier, client_for):
    page = client_for("ada").post(ADD, filled(carrier, action="test")).content.decode()
    assert "<html" in page
    assert "second works" in page
    assert f'value="{carrier.url}"' in page


def test_every_wrong_field_is_named_at_once_and_what_was_typed_stays(carrier, client_for):
    typed = filled(
        carrier, name="Bad Name", base_url="http://a?x=1", field_token="", field_time_zone="Mars", read_timeout="soon",
        ca_pem="no certificate",
    )  # fmt: skip
    answer = client_for("ada").post(ADD, typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "Use small letters, digits and hyphens", "Leave out everything from ?", "This is required.",
        "Give a time zone by its name", "Enter a number.", "Paste one or more certificates",
    ):  # fmt: skip
        assert words in page, words
    assert 'value="Bad Name"' in page
    assert 'value="soon"' in page
    assert '<details class="group" open>' in page
    assert not Connection.objects.exists()


def test_wrong_values_go_beside_their_fields_when_the_test_button_asked(carrier, client_for):
    answer = client_for("ada").post(ADD, filled(carrier, name="", action="test"), headers=HX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#connection-form"
    assert "<html" not in answer.content.decode()


def test_a_name_that_is_taken_is_said_beside_it(connection, carrier, client_for):
    answer = client_for("ada").post(ADD, filled(carrier, name=NAME))
    assert answer.status_code == 422
    assert b"already exists" in answer.content


@pytest.mark.parametrize("query", ["?vendor=nope", "?vendor="])
def test_an_unknown_vendor_is_not_found(client_for, query):
    assert client_for("ada").get(PAGES["add"][0] + query).status_code == 404


def test_the_edit_form_never_shows_a_stored_secret(connection, carrier, client_for):
    page = client_for("ada").get(EDIT).content.decode()
    assert carrier.credentials["token"] not in page
    assert "set — leave empty to keep" in page
    assert carrier.credentials["accountno"] in page


def test_leaving_the_secret_empty_keeps_it(connection, carrier, client_for):
    answer = client_for("ada").post(EDIT, filled(carrier, field_token="", read_timeout="9", revision=1))
    assert answer.status_code == 302
    connection.refresh_from_db()
    assert connection.read_timeout == 9
    assert connection.credentials.open() == {"token": carrier.credentials["token"]}


def test_moving_to_another_host_wants_the_secret_again(connection, carrier, client_for):
    answer = client_for("ada").post(
        EDIT, filled(carrier, base_url="http://evil.example", field_token="", revision=1, action="test")
    )
    assert answer.status_code == 422
    assert b"must be entered again, because the address leads to another host now" in answer.content


def test_somebody_elses_change_is_not_overwritten(connection, carrier, client_for):
    client = client_for("ada")
    assert client.post(EDIT, filled(carrier, read_timeout="9", revision=1)).status_code == 302
    answer = client.post(EDIT, filled(carrier, read_timeout="11", revision=1))
    assert answer.status_code == 422
    assert b"Somebody else changed this connection meanwhile" in answer.content
    connection.refresh_from_db()
    assert connection.read_timeout == 9


def test_wrong_values_in_an_edit_are_422(connection, carrier, client_for):
    answer = client_for("ada").post(EDIT, filled(carrier, concurrency="0", field_accountno="", revision=1))
    assert answer.status_code == 422
    assert b"greater than or equal to 1" in answer.content
    assert b"This is required." in answer.content


# --- switch and delete ------------------------------------------------------------------------------------


def test_disabling_and_enabling(connection, client_for):
    client = client_for("ada")
    page = client.post(ACTIONS["switch"][0], {"enabled": "no"}, follow=True).content.decode()
    assert "is disabled: nothing is sent to it" in page
    page = client.post(ACTIONS["switch"][0], {"enabled": "yes"}, follow=True).content.decode()
    assert "is enabled." in page
    assert AuditEntry.objects.filter(action__in=["connection.disabled", "connection.enabled"]).count() == 2


def test_deleting_wants_the_name_typed(connection, client_for):
    client = client_for("ada")
    assert client.post(ACTIONS["delete"][0], {"typed": "main"}).status_code == 422
    assert Connection.objects.exists()
    assert client.post(ACTIONS["delete"][0], {"typed": NAME}).status_code == 302
    assert not Connection.objects.exists()


def test_what_is_in_use_cannot_be_deleted_and_says_by_what(connection, client_for):
    from apps.jobs.models import Job

    Job.objects.create(kind="x", title="x", connection=connection)
    client = client_for("ada")
    assert b"1 job" in client.get(PAGES["delete"][0]).content
    assert client.post(ACTIONS["delete"][0], {"typed": NAME}).status_code == 422
    assert Connection.objects.exists()


# --- the frame --------------------------------------------------------------------------------------------


def test_the_search_finds_it_by_name_and_address(connection, ada):
    assert [hit.label for hit in services.search(ada, "main")] == [NAME]
    assert services.search(ada, "127.0.0.1")[0].url == PAGES["detail"][0]
    assert services.search(ada, "nothing") == []


def test_the_home_page_and_the_strip_say_when_it_is_down(connection, carrier, client_for, ada):
    assert services.strips(ada) == []
    carrier.faults.set("html500", "availabilitystate")
    services.probe(connection)
    page = client_for(ada).get("/").content.decode()
    assert "main-carrier is failing: The carrier answered 500" in page
    assert services.attention(ada) == 1
