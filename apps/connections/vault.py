"""Encryption of credentials with a rotating key list.

`settings.CREDENTIAL_KEYS` is a list of Fernet keys: the first one encrypts, all of them decrypt. A new key is
put in front, `manage.py keys rotate` re-encrypts every row, then the old key can go.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """No key in CREDENTIAL_KEYS can decrypt a stored value."""

    def __init__(self) -> None:
        super().__init__("No key in CREDENTIAL_KEYS can read these credentials.")


class Sealed:
    """Encrypted JSON as it is stored. Printing or comparing never opens it; only `open()` does."""

    __slots__ = ("token",)

    def __init__(self, token: str = "") -> None:
        self.token = token

    @classmethod
    def of(cls, value: dict[str, Any]) -> "Sealed":
        """Encrypt `value`, a JSON-able dictionary, with the first key."""
        return cls(_cipher().encrypt(json.dumps(value).encode()).decode()) if value else cls()

    def open(self) -> dict[str, Any]:
        """Return the dictionary that was sealed; raises `Unreadable` when no key fits."""
        if not self.token:
            return {}
        try:
            return json.loads(_cipher().decrypt(self.token.encode()))
        except InvalidToken:
            # The chain would show the cipher's own frames; the reason is known and whole.
            raise Unreadable from None

    def rotated(self) -> "Sealed":
        """Return the same content encrypted with the first key; raises `Unreadable` when no key fits."""
        if not self.token:
            return self
        try:
            return Sealed(_cipher().rotate(self.token.encode()).decode())
        except InvalidToken:
            raise Unreadable from None

    @property
    def current(self) -> bool:
        """Whether the first key alone can read this."""
        if not self.token:
            return True
        try:
            Fernet(settings.CREDENTIAL_KEYS[0]).decrypt(self.token.encode())
        except InvalidToken:
            return False
        return True

    def __repr__(self) -> str:
        return "<Sealed: empty>" if not self.token else "<Sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

    def __bool__(self) -> bool:
        return bool(self.token)


def _cipher() -> MultiFernet:
    return _cipher_of(tuple(settings.CREDENTIAL_KEYS))


@lru_cache(maxsize=4)
def _cipher_of(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
