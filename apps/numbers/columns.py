"""The columns of the number list: which a person can show, which are shown, and what of them an export takes."""

from collections.abc import Collection

from apps.accounts.models import User
from apps.ui.columns import Column, Columns, choose, parsed

LISTING = "numbers"  # how a person's choice is kept
# What fills these is read for a whole page in one query (apps.numbers.selectors.place).
OF_SYSTEMS = frozenset({"rings", "systems", "emergency"})
_EXPORTED = {
    "status": ("status",),
    "tenant": ("tenant",),
    "trunk_group": ("trunk_group_id", "trunk_group"),
    "kind": ("kind", "type"),
    "cnam": ("cnam",),
    "price": ("monthly_rate", "currency"),
    "systems": ("connection",),
    "first_seen": ("first_seen_utc",),
    "seen": ("seen_utc",),
}


def columns_of(person: User, *, several: bool, tagged: bool, asked: str = "") -> Columns:
    """Return the columns for this person: those the address asks for, else those they chose, else the usual ones.

    `several` says that more than one system has numbers, `tagged` that numbers bear tags.
    """
    carrier = person.may("numbers.carrier")
    offered = [Column("status", "Status")]
    if person.may("tenants.view"):
        offered.append(Column("tenant", "Tenant"))
    if carrier:
        offered += [Column("trunk_group", "Trunk group"), Column("rings", "Rings", several)]
    offered += [Column("kind", "Type", not several), Column("cnam", "CNAM" if carrier else "Caller name")]
    if carrier:
        offered += [
            Column("price", "A month"),
            Column("emergency", "911", False),
            Column("tags", "Tags", tagged),
            Column("systems", "Systems", several),
        ]
    offered.append(Column("first_seen", "First seen", False))
    if carrier:
        offered.append(Column("seen", "Seen", False))
    return choose(offered, parsed(asked), person.list_columns.get(LISTING, ()))


def exported(known: Collection[str], asked: str) -> tuple[str, ...]:
    """Return which of the `known` columns an export takes: all, or the number and what the address asks for."""
    wanted = {"id", "number", *(name for key in parsed(asked) for name in _EXPORTED.get(key, ()))}
    return tuple(name for name in known if name in wanted) if asked else tuple(known)
