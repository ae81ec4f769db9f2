"""Credentials of the sandbox vendors: made from the seed, so that a restarted demo still knows them."""

import hashlib


def secret(seed: int, *names: str, length: int = 32) -> str:
    """The same hexadecimal secret for the same seed and names."""
    return hashlib.sha256("|".join([str(seed), *names]).encode()).hexdigest()[:length]
