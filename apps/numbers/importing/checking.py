"""The dry run: which number a row means, and what it would change. Nothing is written but the rows of the import."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.accounts.models import User
from apps.numbers.filters import NO_TENANT
from apps.numbers.importing.damage import Digits, digits_of, e164_of, id_of, plain
from apps.numbers.importing.reading import Row
from apps.numbers.models import ImportRow, ImportRun, InventoryRead, Number, RowState
from apps.numbers.selectors import assignable
from apps.ui.formatting import status_word
from apps.vendors.core.numbers import ACTIVE, CANCELLED, INACTIVE

SETTABLE = (ACTIVE, INACTIVE)
# What an export tells and an import does not change; said when a cell differs.
_TOLD = {
    "kind": "kind", "type": "did_type", "order_type": "order_type", "monthly_rate": "monthly_rate", "currency": "currency",
    "cnam": "cnam", "order_id": "order_id",
}  # fmt: skip
_NEEDED = (
    "number", "status", "side", "trunk_group_id", "trunk_group", "missing_since", "kind", "did_type", "order_type",
    "monthly_rate", "currency", "cnam", "order_id", "connection__name", "tenant__name", "tenant__key",
)  # fmt: skip
_LONGEST = 60  # of a cell, where it is repeated


@dataclass
class _Found:
    """What is read off one row before the database is asked."""

    row: Row
    pk: int | None
    number: str
    digits: Digits
    into: ImportRow
    notes: list[dict[str, str]] = field(default_factory=list)


class Checker:
    """Checks the rows of one import for its person, a part at a time."""

    def __init__(self, run: ImportRun, person: User) -> None:
        self._run, self._person = run, person
        self._tenants = {tenant.key: tenant for tenant in assignable(person)}
        self._groups: dict[int, list[dict[str, Any]]] = {}
        self._lines: dict[int, int] = {}  # number → the line that means it

    def check(self, part: Sequence[Row]) -> list[ImportRow]:
        """Return what is to be stored of these rows."""
        found = [self._read(row) for row in part]
        mine = Number.objects.visible_to(self._person).select_related("connection", "tenant").only(*_NEEDED)
        by_pk = mine.in_bulk({one.pk for one in found if one.pk is not None})
        by_number: dict[str, list[Number]] = {}
        for number in mine.filter(number__in={one.number for one in found if one.pk is None and one.number}):
            by_number.setdefault(number.number, []).append(number)
        for one in found:
            self._judge(one, by_pk, by_number)
        return [one.into for one in found]

    def _read(self, row: Row) -> _Found:
        into = ImportRow(run=self._run, line=row.line, label=row.cells.get("number", "").strip()[:64], state=RowState.SAME)
        number, digits = e164_of(row.cells.get("number", ""))
        pk = None
        if row.surplus:
            _complain(into, "", row.surplus, "There is more in this row than there are headings.")
        if cell := row.cells.get("id", "").strip():
            pk, read = id_of(cell)
            if pk is None:
                _complain(into, "id", cell, f"This is no ID of a number. {read.problem}")
            elif read.damage:
                _remark(into, "id", cell, f"Read as {pk}: {read.damage}.")
        return _Found(row, pk, number, digits, into)

    def _judge(self, one: _Found, by_pk: dict[int, Number], by_number: dict[str, list[Number]]) -> None:
        into = one.into
        if not into.errors:
            into.number = self._by_id(one, by_pk) if one.pk is not None else self._by_number(one, by_number)
        if number := into.number:
            into.label = number.number
            if before := self._lines.get(number.pk):
                _complain(into, "number", one.row.cells["number"], f"Row {before} is about this number already.")
            self._lines.setdefault(number.pk, one.row.line)
            self._tenant(one, number)
            self._group(one, number)
            self._status(one, number)
            self._others(one, number)
        if into.errors:
            into.state, into.effects = RowState.ERROR, []
        elif into.effects:
            into.state = RowState.READY

    # --- which number ---------------------------------------------------------------------------------------

    def _by_id(self, one: _Found, by_pk: dict[int, Number]) -> Number | None:
        cell = one.row.cells["number"]
        number = by_pk.get(one.pk or 0)
        if number is None:
            # Of somebody else's numbers it says the same as of none.
            _complain(one.into, "id", one.row.cells["id"], "No number that you may see has this ID.")
        elif one.number == number.number:
            self._mended(one)
        elif one.digits.may_be(number.number):
            _remark(one.into, "number", cell, f"Read as {number.number}: digits were lost, and the ID says which number it is.")
        elif one.number:
            _complain(one.into, "number", cell, f"The ID belongs to {number.number}, not to {one.number}.")
            return None
        else:
            _complain(one.into, "number", cell, one.digits.problem)
            return None
        if number and (name := plain(one.row.cells.get("connection", ""))[0]) and name != number.connection.name:
            _complain(one.into, "connection", name, f"The ID belongs to the number on {number.connection.name}.")
        return number

    def _by_number(self, one: _Found, by_number: dict[str, list[Number]]) -> Number | None:
        cell = one.row.cells["number"]
        if not one.number:
            _complain(one.into, "number", cell, one.digits.problem if cell.strip() else "There is no number.")
            return None
        name = plain(one.row.cells.get("connection", ""))[0]
        known = by_number.get(one.number, [])
        fitting = [number for number in known if not name or number.connection.name == name]
        if not fitting:
            where = f" on a connection called “{name[:_LONGEST]}”" if known else ""
            _complain(
                one.into, "connection" if known else "number", name if known else cell, f"You have no {one.number}{where}."
            )
            return None
        if len(fitting) > 1:
            names = ", ".join(sorted(number.connection.name for number in fitting))
            _complain(one.into, "connection", "", f"Several systems have this number. Say which: {names}.")
            return None
        self._mended(one)
        return fitting[0]

    def _mended(self, one: _Found) -> None:
        if one.digits.damage:
            _remark(one.into, "number", one.row.cells["number"], f"Read as {one.number}: {one.digits.damage}.")

    # --- what changes ---------------------------------------------------------------------------------------

    def _tenant(self, one: _Found, number: Number) -> None:
        cell = plain(one.row.cells.get("tenant", ""))[0].lower()
        now = number.tenant
        if not cell or cell == (now.key if now else NO_TENANT):
            return
        wanted = self._tenants.get(cell)
        if wanted is None and cell != NO_TENANT:
            _complain(one.into, "tenant", cell, f"There is no active tenant with this key. “{NO_TENANT}” takes a number back.")
        elif not self._person.may("numbers.assign"):
            _complain(one.into, "tenant", cell, "Your role does not cover giving numbers to tenants.")
        else:
            one.into.gives, one.into.from_tenant, one.into.to_tenant = True, now, wanted
            _effect(one.into, "Tenant", now.name if now else "", wanted.name if wanted else "")

    def _group(self, one: _Found, number: Number) -> None:
        group_id = plain(one.row.cells.get("trunk_group_id", ""))[0]
        title = plain(one.row.cells.get("trunk_group", ""))[0]
        read = digits_of(group_id)  # most carriers' ids are numbers, and are damaged as those are
        if group_id not in ("", number.trunk_group_id) and read.digits == number.trunk_group_id != "":
            _remark(one.into, "trunk_group_id", group_id, f"Read as {read.digits}: {read.damage}.")
            group_id = ""
        group_id = "" if group_id == number.trunk_group_id else group_id
        title = "" if title == number.trunk_group else title
        if not (group_id or title):
            return
        column, cell = ("trunk_group_id", group_id) if group_id else ("trunk_group", title)
        ids = {group_id, read.digits} - {""}
        fitting = [
            group
            for group in self._groups_of(number)
            if (not group_id or group["id"] in ids) and (not title or group["title"] == title)
        ]
        if len(fitting) != 1:
            what = "this ID and this title" if group_id and title else "this ID" if group_id else "this title"
            why = f"several trunk groups with {what}; give the ID" if fitting else f"no trunk group with {what}"
            _complain(one.into, column, cell, f"{number.connection.name} has {why}.")
        elif self._changeable(one, number, column, cell):
            (group,) = fitting
            one.into.to_group, one.into.to_group_title = group["id"], group["title"]
            _effect(one.into, "Trunk group", number.trunk_group, group["title"])

    def _status(self, one: _Found, number: Number) -> None:
        cell = plain(one.row.cells.get("status", ""))[0]
        wanted = cell.lower()
        if not wanted or cell == number.status or wanted == number.status:
            return
        if wanted not in SETTABLE:
            _complain(one.into, "status", cell, "An import makes numbers active or inactive; it does nothing else to them.")
        elif self._changeable(one, number, "status", cell):
            one.into.to_status = wanted
            _effect(one.into, "Status", status_word(number.status), status_word(wanted))

    def _others(self, one: _Found, number: Number) -> None:
        for column, name in _TOLD.items():
            cell = plain(one.row.cells.get(column, ""))[0]
            now = getattr(number, name)
            if cell and not _same(cell, now):
                now = f"stays {str(now)[:_LONGEST]}" if now not in ("", None) else "stays empty"
                _remark(one.into, column, cell, f"An import does not change this: it {now}.")

    def _changeable(self, one: _Found, number: Number, column: str, cell: str) -> bool:
        """Return whether a carrier's plan could change the number; say why not otherwise."""
        why = ""
        if not self._person.may("numbers.change"):
            why = "Your role does not cover changing numbers."
        elif number.on_switch:
            why = "This row is of a switch; the carrier's row of the number is the one to change."
        elif number.is_gone:
            why = "It is gone from the carrier's list."
        elif number.status == CANCELLED:
            why = "It is cancelled: the carrier takes no changes to it."
        if why:
            _complain(one.into, column, cell, why)
        return not why

    def _groups_of(self, number: Number) -> list[dict[str, Any]]:
        pk = number.connection_id
        if pk not in self._groups:
            read = InventoryRead.objects.filter(connection=pk).first()
            self._groups[pk] = read.trunk_groups if read else []
        return self._groups[pk]


def _same(cell: str, now: Any) -> bool:
    if isinstance(now, Decimal):
        try:
            return Decimal(cell.replace(",", ".")) == now
        except InvalidOperation:
            return False
    text = str(now if now is not None else "")
    # An ID of digits may have lost what makes it text.
    return cell == plain(text)[0] or (digits_of(cell).digits == text != "")


def _effect(row: ImportRow, name: str, before: str, after: str) -> None:
    row.effects.append({"field": name, "before": before, "after": after})


def _remark(row: ImportRow, column: str, value: str, text: str) -> None:
    row.remarks.append({"column": column, "value": value.strip()[:_LONGEST], "text": text})


def _complain(row: ImportRow, column: str, value: str, text: str) -> None:
    row.errors.append({"column": column, "value": value.strip()[:_LONGEST], "text": text})
