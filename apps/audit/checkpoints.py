"""Checkpoints: the head of the log, signed and written to a file, so that a rewritten log can be told from the true one.

They prove most when the folder (`settings.AUDIT_CHECKPOINT_DIR`) lies where the database's owner cannot write, or is
copied there.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.audit.canonical import moment
from apps.audit.models import AuditHead
from apps.audit.signing import public_key, sign, signed_by_us

KIND = "Patchbay audit checkpoint"
_FACTS = ("kind", "sequence", "hash", "at", "public_key")


@dataclass(frozen=True)
class Checkpoint:
    """What a file says; `fault` is why it cannot be believed, or empty."""

    name: str
    sequence: int = 0
    hash: str = ""
    fault: str = ""


def write_checkpoint() -> Path | None:
    """Sign the head of the log as it is now and write it to a new file; None while the log is empty.

    Raises OSError when the folder cannot be written.
    """
    head = AuditHead.objects.first()
    if head is None:
        return None
    now = timezone.now()
    facts = {"kind": KIND, "sequence": head.sequence, "hash": head.hash, "at": moment(now), "public_key": public_key()}
    key, signature = sign(facts)
    folder = Path(settings.AUDIT_CHECKPOINT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"checkpoint-{now:%Y%m%dT%H%M%S%fZ}-{head.sequence}.json"
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w") as file:
        file.write(json.dumps({**facts, "key": key, "signature": signature}, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    return path


def read_checkpoints(folder: Path | None = None) -> Iterator[Checkpoint]:
    """Yield every checkpoint of the folder, oldest first; a missing folder has none."""
    for path in sorted(Path(folder or settings.AUDIT_CHECKPOINT_DIR).glob("checkpoint-*.json")):
        yield _read(path)


def _read(path: Path) -> Checkpoint:
    try:
        said: Any = json.loads(path.read_text())
        facts = {name: said[name] for name in _FACTS}
        key, signature = str(said["key"]), str(said["signature"])
    except (OSError, ValueError, LookupError, TypeError):
        return Checkpoint(path.name, fault="cannot be read as a checkpoint")
    if facts["kind"] != KIND or not signed_by_us(facts, key, signature):
        return Checkpoint(
            path.name, fault="is not signed with one of our keys: it was changed, or AUDIT_SIGNING_KEYS lacks its key"
        )
    # The name is what people sort and compare by: it must not lie either.
    named = re.fullmatch(r"checkpoint-\d{8}T\d{12}Z-(\d+)\.json", path.name)
    if named and int(named[1]) != facts["sequence"]:
        return Checkpoint(path.name, fault="has another number in its name than it signs")
    return Checkpoint(path.name, facts["sequence"], facts["hash"])
