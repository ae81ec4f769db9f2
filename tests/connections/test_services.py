"""Connections as services keep them: added, changed, disabled, tested; their clients audited, their health kept."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from apps.audit.models import AuditEntry
from apps.connections import services
from apps.connections.models import Connection, HealthSample
from apps.connections.services import clients, health
from apps.vendors.core.client import Confirmation
from apps.vendors.core.errors import (
    AuthFailed,
    InvalidParameters,
    NotConfigured,
    OutcomeUnknown,
    Rejected,
    Unreachable,
    UnreadableReply,
    VendorFault,
)
from apps.vendors.core.numbers import NumberMarket

CONFIRMED = Confirmation("test", "1")


def actions():
    return list(AuditEntry.objects.order_by("sequence").values_list("action", "operation", "outcome"))


# --- keeping ----------------------------------------------------------------------------------------------


def test_adding_splits_secrets_from_options_and_is_audited_without_them(connection, carrier):
    assert connection.credentials.open() == {"token": carrier.credentials["token"]}
    assert connection.options["accountno"] == carrier.credentials["accountno"]
    entry = AuditEntry.objects.get(action="connection.added")
    assert entry.params == {"vendor": "carrier", "entered": ["token"]}
    assert entry.after["base_url"] == carrier.url


def test_adding_reports_every_wrong_field_at_once(db):
    with pytest.raises(InvalidParameters) as caught:
        services.add_connection(
            name="a", vendor="carrier", fields={"time_zone": "Mars/Base", "colour": "red"}, actor=None, base_url="http://a"
        )
    assert set(caught.value.fields) == {"accountno", "token", "time_zone", "colour"}
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host", "Enter an address"),
        ("host.example", "Enter an address"),
        ("http://host:99999", "Enter an address"),
        ("http://user:pw@host", "Leave the user name and password out"),
        ("http://host/api?token=abc", "Leave out everything from"),
    ],
)
def test_an_address_cannot_carry_credentials_or_nonsense(db, carrier, url, words):
    with pytest.raises(ValidationError) as caught:
        services.add_connection(name="a", vendor="carrier", fields=carrier.credentials, actor=None, base_url=url)
    assert words in caught.value.message_dict["base_url"][0]


def test_a_name_is_taken_once(connection, carrier):
    with pytest.raises(ValidationError, match="already exists"):
        services.add_connection(
            name="main-carrier", vendor="carrier", fields=carrier.credentials, actor=None, base_url=carrier.url
        )


def test_an_empty_secret_keeps_the_stored_one_and_the_revision_goes_up(connection, carrier, ada):
    changed = services.change_connection(
        connection, revision=1, fields={"accountno": "1"}, actor=ada, base_url=carrier.url, read_timeout=9
    )
    assert changed.credentials.open() == {"token": carrier.credentials["token"]}
    assert (changed.options["accountno"], changed.read_timeout, changed.revision) == ("1", 9, 2)
    entry = AuditEntry.objects.get(action="connection.changed")
    assert (entry.params["entered"], entry.before["read_timeout"], entry.after["read_timeout"]) == ([], 30, 9)


def test_a_stored_secret_cannot_be_sent_to_another_host_by_changing_the_address(connection, ada):
    with pytest.raises(InvalidParameters) as caught:
        services.change_connection(connection, revision=1, fields={"accountno": "1"}, actor=ada, base_url="http://evil.example")
    assert set(caught.value.fields) == {"token"}
    connection.refresh_from_db()
    assert connection.revision == 1


def test_two_people_editing_at_once_do_not_overwrite_each_other(connection, carrier, ada):
    services.change_connection(connection, revision=1, fields={"accountno": "1"}, actor=ada, base_url=carrier.url)
    with pytest.raises(services.ChangedMeanwhile):
        services.change_connection(connection, revision=1, fields={"accountno": "2"}, actor=ada, base_url=carrier.url)
    connection.refresh_from_db()
    assert connection.options["accountno"] == "1"


def test_a_changed_credential_is_used_by_the_next_client(connection, carrier, ada):
    services.client_for(connection).call("stock.states")
    changed = services.change_connection(
        connection,
        revision=1,
        fields=carrier.credentials | {"token": "wrong"},
        actor=ada,
        base_url=carrier.url,
    )
    with pytest.raises(AuthFailed):
        services.client_for(changed).call("stock.states")


def test_a_disabled_connection_sends_nothing_and_says_why(connection, carrier, ada):
    assert services.set_enabled(connection, False, actor=ada)
    assert not services.set_enabled(connection, False, actor=ada)
    with pytest.raises(NotConfigured, match="main-carrier is disabled"):
        services.client_for(connection)
    assert services.enabled_connections() == []
    assert [action for action, *_ in actions()] == ["connection.added", "connection.disabled"]


def test_enabled_connections_are_found_by_capability(connection):
    assert services.enabled_connections(NumberMarket) == [connection]
    assert services.enabled_connections(str) == []


def test_credentials_no_key_reads_are_named_as_the_cause(connection, settings):
    settings.CREDENTIAL_KEYS = ["C7bVx0T6m1XBUI3nLPPVU8fVZXkqWZNz9m3y9y0uUXk="]
    with pytest.raises(NotConfigured, match="cannot be read with any key"):
        services.client_for(connection)
    assert not services.probe(connection).ok


def test_deleting_is_refused_while_something_refers_to_it(connection, ada):
    from apps.jobs.models import Job

    services.probe(connection)
    job = Job.objects.create(kind="x", title="x", connection=connection)
    with pytest.raises(services.InUse, match="1 job"):
        services.delete_connection(connection, actor=ada)
    job.delete()
    services.delete_connection(connection, actor=ada)
    assert not Connection.objects.exists()
    assert AuditEntry.objects.filter(action="connection.deleted", connection_name="main-carrier").exists()


# --- calling ----------------------------------------------------------------------------------------------


def test_reads_leave_no_audit_entry_and_writes_leave_one(connection, ada):
    client = services.client_for(connection, actor=ada, ticket="T-7")
    client.call("stock.states")
    client.call("cart.reserve_many", {"category": "landline", "state": "WA", "quantity": 2})
    entry = AuditEntry.objects.get(action="vendor.call")
    assert (entry.actor, entry.ticket, entry.operation, entry.effect) == (ada, "T-7", "cart.reserve_many", "write")
    assert (entry.outcome, entry.sent, entry.connection_name) == ("ok", "yes", "main-carrier")
    assert entry.duration > 0
    assert entry.exchange_id


def test_what_deletes_or_spends_is_announced_before_it_is_sent(connection, ada):
    client = services.client_for(connection, actor=ada)
    with pytest.raises(Rejected) as caught:
        client.call("orders.process", {"order_id": "99"}, confirmation=CONFIRMED)
    assert [entry[0::2] for entry in actions()[1:]] == [("vendor.call.started", "started"), ("vendor.call", "Rejected")]
    started, finished = AuditEntry.objects.filter(operation="orders.process").order_by("sequence")
    assert started.exchange_id == finished.exchange_id == caught.value.exchange_id
    assert started.params["confirmed_by"] == "test 1"


def test_nothing_is_sent_when_the_announcement_cannot_be_written(connection, carrier, monkeypatch):
    client = services.client_for(connection)

    def fails(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(clients, "record", fails)
    with pytest.raises(DatabaseError):
        client.call("orders.process", {"order_id": "99"}, confirmation=CONFIRMED)
    assert carrier.log.as_json() == []


def test_a_known_outcome_survives_a_database_that_fails_afterwards(connection, carrier, monkeypatch, caplog):
    client = services.client_for(connection)

    def fails(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(clients, "record", fails)
    result = client.call("cart.reserve_many", {"category": "landline", "state": "WA", "quantity": 1})
    assert len(result["TNs"]) == 1
    assert "vendor_call_not_recorded" in caplog.text


def test_an_unknown_outcome_is_audited_as_unknown(connection, carrier):
    carrier.faults.set("drop_after", "bulkreserve")
    with pytest.raises(OutcomeUnknown):
        services.client_for(connection).call("cart.reserve_many", {"category": "landline", "state": "WA", "quantity": 1})
    entry = AuditEntry.objects.get(action="vendor.call")
    assert (entry.outcome, entry.sent) == ("OutcomeUnknown", "unknown")


# --- health -----------------------------------------------------------------------------------------------


def test_a_test_keeps_success_latency_and_a_sample(connection):
    trial = services.probe(connection)
    connection.refresh_from_db()
    assert trial.ok
    assert trial.tried == "States with stock"
    assert connection.health == "ok"
    assert connection.latency_ms is not None
    assert connection.samples.get().ok


def test_a_failed_test_keeps_the_error_and_success_clears_it(connection, carrier):
    carrier.faults.set("html500", times=10)
    trial = services.probe(connection)
    connection.refresh_from_db()
    assert not trial.ok
    assert connection.health == "failing"
    assert connection.samples.get().error == "VendorFault"
    carrier.faults.clear()
    services.probe(connection)
    connection.refresh_from_db()
    assert (connection.health, connection.last_error) == ("ok", "")


def test_an_unreachable_system_is_failing(connection, ada):
    row = Connection.objects.filter(pk=connection.pk)
    row.update(base_url="http://127.0.0.1:9")
    trial = services.probe(row.get())
    assert trial.problem["error"] == "Unreachable"
    assert row.get().health == "failing"


def test_health_tells_what_the_system_did_not_what_that_means_for_a_change(connection, carrier):
    carrier.faults.set("down")
    with pytest.raises(OutcomeUnknown, match="Whether the change was made is not known") as caught:
        services.client_for(connection).call("orders.process", {"order_id": "99"}, confirmation=CONFIRMED)
    connection.refresh_from_db()
    assert connection.last_error == "The system closed the connection without an answer."
    told = services.describe_error(caught.value, connection)
    assert (told["words"], told["effect"]) == (connection.last_error, "We do not know yet whether it took effect.")


def test_a_refusal_shows_that_the_connection_works_and_a_refused_credential_that_it_does_not(connection):
    client = services.client_for(connection)
    with pytest.raises(Rejected):
        client.call("orders.process", {"order_id": "99"}, confirmation=CONFIRMED)
    connection.refresh_from_db()
    assert connection.health == "ok"
    health.note(connection, seconds=0.1, error=AuthFailed())
    connection.refresh_from_db()
    assert connection.health == "failing"


def test_traffic_writes_health_seldom_but_a_change_at_once(connection, carrier, django_assert_num_queries):
    client = services.client_for(connection)
    client.call("stock.states")
    with django_assert_num_queries(0):
        for _ in range(5):
            client.call("stock.states")
    carrier.faults.set("html500", "availabilitystate", times=3)
    with pytest.raises(VendorFault):
        client.call("stock.states")
    connection.refresh_from_db()
    assert connection.health == "failing"
    client.call("stock.states")
    carrier.faults.clear()
    client.call("stock.states")
    connection.refresh_from_db()
    assert connection.health == "ok"


def test_faults_of_what_was_asked_say_nothing_about_the_connection(connection):
    health.note(connection, seconds=0, error=InvalidParameters({"a": "wrong"}))
    connection.refresh_from_db()
    assert connection.health == "untried"


def test_one_operation_with_an_odd_answer_does_not_make_the_connection_failing(connection):
    health.note(connection, seconds=0.1, error=UnreadableReply(code="shape"))
    connection.refresh_from_db()
    assert connection.health == "untried"
    health.note(connection, seconds=0.1, error=UnreadableReply(code="html"))
    connection.refresh_from_db()
    assert connection.health == "failing"


def test_an_outcome_of_before_an_edit_does_not_count(connection, carrier, ada):
    stale = Connection.objects.get(pk=connection.pk)
    services.change_connection(connection, revision=1, fields={"accountno": "1"}, actor=ada, base_url=carrier.url)
    health.note(stale, seconds=0.1, error=Unreachable())
    connection.refresh_from_db()
    assert connection.health == "untried"


def test_samples_older_than_thirty_days_go(connection, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z")
    services.probe(connection)
    time_machine.move_to("2026-01-31T01:00:00Z")
    services.probe(connection)
    assert HealthSample.objects.count() == 1


# --- synchronising ----------------------------------------------------------------------------------------


def test_a_registered_synchronisation_runs_for_vendors_that_offer_it(connection, monkeypatch):
    from apps.connections.services import sync

    monkeypatch.setattr(sync, "_syncs", {})
    services.register_sync("things", NumberMarket, lambda connection: "3 things seen.")
    services.register_sync("other", str, lambda connection: "never")
    services.register_sync("broken", NumberMarket, lambda connection: services.client_for(connection).call("nope"))
    outcomes = list(services.sync_connection(connection))
    assert [(outcome.key, outcome.ok) for outcome in outcomes] == [("things", True), ("broken", False)]
    assert outcomes[0].message == "3 things seen."
    connection.refresh_from_db()
    assert connection.synced_at
