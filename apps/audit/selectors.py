"""What the page of one entry shows."""

from dataclasses import dataclass
from typing import Any

from apps.accounts.models import User
from apps.audit import anchors
from apps.audit.chain import GENESIS, seal
from apps.audit.models import AuditAnchor, AuditEntry, AuditHead
from apps.audit.wording import differences, values


@dataclass(frozen=True)
class Link:
    """One joint of the chain, and whether it holds."""

    title: str
    holds: bool
    text: str


def detail(entry: AuditEntry, reader: User) -> dict[str, Any]:
    """Return the context of the page of one entry; the chain is proved by entries that `reader` may not open, too."""
    around = {
        other.sequence: other for other in AuditEntry.objects.filter(sequence__in=[entry.sequence - 1, entry.sequence + 1])
    }
    readable = AuditEntry.objects.visible_to(reader).filter(sequence__in=around)
    shown = set(readable.values_list("sequence", flat=True))
    before, after = around.get(entry.sequence - 1), around.get(entry.sequence + 1)
    return {
        "entry": entry,
        "differences": differences(entry.before, entry.after),
        "values": values(entry.params),
        "older": before if before and before.sequence in shown else None,
        "newer": after if after and after.sequence in shown else None,
        "links": (links := [_itself(entry), _back(entry, before), _onward(entry, after)]),
        "typed": entry.actor_id is None and entry.action.startswith("sign_in."),
        "holds": all(link.holds for link in links),
    }


def _itself(entry: AuditEntry) -> Link:
    holds = seal(entry) == entry.hash
    text = "Its hash fits what it says." if holds else "Its hash does not fit what it says: it was changed."
    return Link("This entry", holds, text)


def _back(entry: AuditEntry, before: AuditEntry | None) -> Link:
    if entry.sequence == 1:
        holds = entry.previous_hash == GENESIS
        return Link("The one before", holds, "It is the first entry." if holds else "An entry before it was removed.")
    if before is None:
        anchor = AuditAnchor.objects.filter(through=entry.sequence - 1).first()
        if anchor is not None:
            return _cut(entry, anchor)
        return Link("The one before", False, f"Entry #{entry.sequence - 1} is missing.")
    holds = entry.previous_hash == before.hash
    text = f"It follows #{before.sequence}." if holds else f"It does not follow #{before.sequence}."
    return Link("The one before", holds, text)


def _cut(entry: AuditEntry, anchor: AuditAnchor) -> Link:
    if not anchors.holds(anchor):
        return Link("The one before", False, f"What was cut off before it (#{anchor.through}) is not signed by us.")
    holds = entry.previous_hash == anchor.hash
    text = (
        f"It follows #{anchor.through}, which was kept long enough and cut off."
        if holds
        else "It does not follow what was cut off."
    )
    return Link("The one before", holds, text)


def _onward(entry: AuditEntry, after: AuditEntry | None) -> Link:
    if after is not None:
        holds = after.previous_hash == entry.hash
        text = f"#{after.sequence} follows it." if holds else f"#{after.sequence} does not follow it."
        return Link("The one after", holds, text)
    head = AuditHead.objects.first()
    if head is None or head.sequence > entry.sequence:
        return Link("The one after", False, f"Entry #{entry.sequence + 1} is missing.")
    holds = head.hash == entry.hash
    return Link("The one after", holds, "It is the latest entry." if holds else "The end of the log was rewritten.")
