"""The installation's outbound rules, as a connection meets them."""

import pytest
from django.core.exceptions import ValidationError

from apps.connections import services
from apps.connections.checks import check_outbound
from apps.connections.validators import validate_base_url
from apps.vendors.core.errors import NotConfigured

pytestmark = pytest.mark.django_db


def test_a_connection_to_this_machine_needs_the_installations_word(connection, settings):
    assert services.probe(connection).ok
    settings.OUTBOUND_ALLOW = []
    trial = services.probe(connection)
    assert "leads to this machine itself" in trial.problem["words"]
    assert trial.problem["effect"] == "Nothing was sent, so nothing changed."
    client = services.client_for(connection)
    with pytest.raises(NotConfigured, match="OUTBOUND_ALLOW"):
        client.probe()
    with pytest.raises(NotConfigured, match="OUTBOUND_ALLOW"):
        client.download("/file.csv")


def test_the_form_refuses_such_an_address(settings):
    settings.OUTBOUND_ALLOW = []
    for address in ("http://127.0.0.1:9000", "https://localhost", "http://169.254.169.254/latest", "http://[::1]"):
        with pytest.raises(ValidationError, match="OUTBOUND_ALLOW"):
            validate_base_url(address)
    validate_base_url("http://10.0.0.5")
    validate_base_url("https://api.example.net")


def test_a_setting_that_cannot_be_read_is_found_at_start(settings):
    assert check_outbound() == []
    settings.OUTBOUND_ALLOW = ["loopback", "everything"]
    assert [found.id for found in check_outbound()] == ["connections.E003"]
