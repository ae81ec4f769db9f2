"""Signatures of the log: Ed25519 over canonical JSON, with the keys of `settings.AUDIT_SIGNING_KEYS`.

The first key signs, all of them verify: a new key is put in front, and the old ones stay for what they signed.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


def sign(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of the key and the signature of `facts`, a JSON-able mapping."""
    name, key = _keys()[0]
    return name, base64.b64encode(key.sign(_document(facts))).decode()


def signed_by_us(facts: Mapping[str, Any], key: str, signature: str) -> bool:
    """Return whether `signature` over `facts` was made with the key of ours that is called `key`."""
    found = dict(_keys()).get(key)
    if found is None:
        return False
    try:
        found.public_key().verify(base64.b64decode(signature), _document(facts))
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> str:
    """Return the public half of the key that signs, in base64, for whoever checks elsewhere."""
    return base64.b64encode(_public(_keys()[0][1])).decode()


def is_key(text: str) -> bool:
    """Return whether `text` is a signing key: 32 bytes in base64."""
    try:
        return len(_decoded(text)) == 32
    except ValueError:
        return False


def _document(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(facts), sort_keys=True, separators=(",", ":")).encode()


def _keys() -> Sequence[tuple[str, Ed25519PrivateKey]]:
    return _keys_of(tuple(settings.AUDIT_SIGNING_KEYS))


@lru_cache(maxsize=4)
def _keys_of(texts: tuple[str, ...]) -> Sequence[tuple[str, Ed25519PrivateKey]]:
    keys = [Ed25519PrivateKey.from_private_bytes(_decoded(text)) for text in texts]
    return [(sha256(_public(key)).hexdigest()[:16], key) for key in keys]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.strip().replace("+", "-").replace("/", "_"))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
