"""The secrets of an embedded run: made once, kept beside the data, readable by their owner only."""

import base64
import fcntl
import os
import secrets
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "CREDENTIAL_KEYS": lambda: Fernet.generate_key().decode(),
    "AUDIT_SIGNING_KEYS": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def embedded_secrets(data_dir: Path) -> dict[str, str]:
    """Return the secrets kept in `secrets.env` in `data_dir`; the file, or what it lacks, is made now."""
    path = data_dir / "secrets.env"
    known = _read(path)
    if known.keys() >= _MAKERS.keys():
        return known
    data_dir.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(data_dir / "secrets.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes that start together one makes them
        known = _read(path)
        known |= {name: make() for name, make in _MAKERS.items() if name not in known}
        draft = path.with_name(f"secrets.env.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in known.items())
        draft.replace(path)
    return known


def keys_from_command(command: str) -> list[str]:
    """Run `command`, say a secret manager's, once and return the keys it prints, separated by commas or lines.

    Raises ImproperlyConfigured when it fails. What it prints, also as an error, is never shown: a key may be in it.
    """
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ImproperlyConfigured(f"CREDENTIAL_KEYS_COMMAND could not be run: {type(error).__name__}.") from None
    keys = [key.strip() for line in done.stdout.splitlines() for key in line.split(",") if key.strip()]
    if done.returncode or not keys:
        raise ImproperlyConfigured(f"CREDENTIAL_KEYS_COMMAND ended with status {done.returncode} and printed {len(keys)} keys.")
    return keys


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)
    except FileNotFoundError:
        return {}
