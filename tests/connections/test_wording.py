"""Every class of vendor error has words: what happened, whether it took effect, what to do."""

import pytest

from apps.connections.models import Connection
from apps.connections.services import describe_error
from apps.vendors.core import errors


def family(kind=errors.VendorError):
    yield kind
    for inner in kind.__subclasses__():
        yield from family(inner)


def made(kind, operation):
    fields = {"number": "give 10 digits"}
    error = kind(fields) if kind is errors.InvalidParameters else kind("The carrier said: no.")
    error.operation, error.exchange_id = operation, "e-1"
    return error


@pytest.fixture
def connection():
    return Connection(name="main-carrier", vendor="carrier", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize("kind", list(family()), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("operation", ["orders.process", "stock.states", "gone.long.ago"])
def test_every_error_says_all_three_things(connection, kind, operation):
    told = describe_error(made(kind, operation), connection)
    for part in ("title", "happened", "effect", "next_step"):
        assert told[part], part
        assert "{" not in told[part]
        assert "went wrong" not in told[part].lower()
    assert told["happened"].endswith(".")
    assert told["exchange_id"] == "e-1"
    assert told["error"] == kind.__name__


def test_an_unknown_outcome_is_never_called_a_failure(connection):
    told = describe_error(made(errors.OutcomeUnknown, "orders.process"), connection, doing="pay order 48213")
    assert told["happened"] == "main-carrier gave no proper answer after we asked it to pay order 48213."
    assert told["effect"] == "We do not know yet whether it took effect."
    assert "will not send it again by itself" in told["next_step"]


@pytest.mark.parametrize("kind", [errors.Unreachable, errors.NotConfigured, errors.Unconfirmed])
def test_what_was_not_sent_says_that_nothing_changed(connection, kind):
    assert describe_error(made(kind, "orders.process"), connection)["effect"] == "Nothing was sent, so nothing changed."


def test_a_refusal_changed_nothing_and_keeps_the_vendors_words(connection):
    told = describe_error(made(errors.Rejected, "orders.process"), connection)
    assert told["effect"] == "main-carrier did not do it, so nothing changed."
    assert told["words"] == "The carrier said: no."


def test_a_failed_read_is_known_to_be_harmless(connection):
    told = describe_error(made(errors.VendorFault, "stock.states"), connection)
    assert told["effect"] == "It was only a question, so nothing changed."
    assert "for “States with stock”" in told["happened"]


def test_too_many_calls_says_how_long_to_wait(connection):
    error = errors.RateLimited(retry_after=12.0)
    assert describe_error(error, connection)["next_step"] == "Send it again in 12 seconds."
    assert describe_error(errors.RateLimited(), connection)["next_step"] == "Wait a minute, then send it again."
