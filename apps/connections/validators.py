"""What a connection's address and certificate authority must look like."""

import re
import ssl
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from apps.connections.outbound import outbound_rules
from apps.vendors.core.errors import NotConfigured
from apps.vendors.core.outbound import check_named


def validate_name(value: str) -> None:
    """Accept small letters, digits and hyphens: it stands in addresses, scripts and the audit log."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", value) or value == "add":
        raise ValidationError("Use small letters, digits and hyphens, like main-carrier.")


def validate_base_url(value: str) -> None:
    """Accept http(s)://host[:port][/path] and nothing that could carry a credential.

    Private addresses and names without a dot are welcome: most of these systems stand in the operator's own
    network, and only administrators may enter an address. Where a name leads is checked with each connection made.
    """
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ValidationError("Enter an address like https://api.example.net or http://10.0.0.5:8080.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_fine or _has_space(value):
        raise ValidationError("Enter an address like https://api.example.net or http://10.0.0.5:8080.")
    if parts.username is not None or parts.password is not None:
        raise ValidationError("Leave the user name and password out of the address; they have fields of their own.")
    try:
        check_named(outbound_rules(), parts.hostname)
    except NotConfigured as error:
        raise ValidationError(error.user_message) from None
    if parts.query or parts.fragment:
        raise ValidationError("Leave out everything from ? or # on; credentials have fields of their own.")


def validate_ca_pem(value: str) -> None:
    """Accept one or more PEM certificates."""
    try:
        ssl.create_default_context(cadata=value)
    except (ssl.SSLError, TypeError, ValueError) as error:
        raise ValidationError(
            "Paste one or more certificates in PEM form, each between BEGIN CERTIFICATE and END CERTIFICATE."
        ) from error


def _has_space(value: str) -> bool:
    return any(character.isspace() for character in value)
