"""How entries are sealed: each hash covers the entry and the hash before it."""

from typing import Any

from apps.audit.canonical import digest
from apps.audit.models import AuditEntry

GENESIS = "0" * 64  # what the first entry follows

# All fields are sealed but the seal itself and the search words, which are made from the others.
SEALED = tuple(field.attname for field in AuditEntry._meta.concrete_fields if field.name not in {"hash", "search"})


# Fields that came later: left out while empty, so that older entries keep their seal.
_LATER = frozenset({"reason", "tenant_id"})


def content(entry: AuditEntry) -> dict[str, Any]:
    """Return what the seal of `entry` covers, `previous_hash` included."""
    values = {name: getattr(entry, name) for name in SEALED}
    return {name: value for name, value in values.items() if value or name not in _LATER}


def seal(entry: AuditEntry) -> str:
    """Return the hash `entry` must carry."""
    return digest(content(entry))
