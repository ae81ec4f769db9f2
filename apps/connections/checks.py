"""Start-up checks: bad keys are found before the first connection is opened."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from apps.connections.outbound import outbound_rules

HINT = (
    "Make one with: "
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'. "
    "To rotate, put the new key first, run `manage.py keys rotate`, then drop the old one."
)


@register()
def check_credential_keys(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every key is a Fernet key, there is at least one, and none stands twice. No message shows a key."""
    keys = settings.CREDENTIAL_KEYS
    if not keys:
        return [Error("CREDENTIAL_KEYS is empty.", hint=HINT, id="connections.E001")]
    found: list[CheckMessage] = [
        Error(
            f"Key {position} of {len(keys)} in CREDENTIAL_KEYS is not a Fernet key (32 bytes in base64).",
            hint=HINT,
            id="connections.E002",
        )
        for position, key in enumerate(keys, start=1)
        if not _is_key(key)
    ]
    if len(set(keys)) < len(keys):
        found.append(Warning("A key stands twice in CREDENTIAL_KEYS.", hint=HINT, id="connections.W001"))
    return found


@register()
def check_outbound(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """OUTBOUND_ALLOW can be read."""
    try:
        outbound_rules()
    except ValueError as error:
        hint = "Write loopback, link-local, metadata, addresses and networks, separated by commas."
        return [Error(f"OUTBOUND_ALLOW cannot be read: {error}.", hint=hint, id="connections.E003")]
    return []


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
