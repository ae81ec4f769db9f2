"""The state of the sipXcom: tables of rows by id, as JSON-able data. Not locked: the sandbox's lock is around every use."""

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]
ADMIN = "superadmin"
DOMAIN = "campus.northline.example"
SERVER: Row = {"id": 1, "fqdn": f"pbx1.{DOMAIN}", "address": "192.0.2.40"}


class System:
    """Each kind of object counts its own ids from 1; a row knows its id."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tables: dict[str, dict[str, Row]] = {}
        self.facts: Row = {}
        self._last_ids: dict[str, int] = {}

    def table(self, kind: str) -> dict[str, Row]:
        return self.tables.setdefault(kind, {})

    def rows(self, kind: str) -> list[Row]:
        return list(self.table(kind).values())

    def new_id(self, kind: str) -> int:
        self._last_ids[kind] = self._last_ids.get(kind, 0) + 1
        return self._last_ids[kind]

    def add(self, kind: str, row: Row) -> Row:
        row["id"] = self.new_id(kind)
        self.table(kind)[str(row["id"])] = row
        return row

    def remove(self, kind: str, row: Row) -> None:
        del self.table(kind)[str(row["id"])]

    def get(self, kind: str, ref: object) -> Row | None:
        return self.table(kind).get(str(ref))

    def find(self, kind: str, **wanted: Any) -> Row | None:
        """The first row in which all the wanted fields stand."""
        return next(
            (row for row in self.rows(kind) if all(row.get(name) == value for name, value in wanted.items())),
            None,
        )

    def user(self, name: str) -> Row | None:
        """The user of that name or alias."""
        return next((row for row in self.rows("user") if name == row["userName"] or name in row["aliases"]), None)

    def numbers_in_use(self, *, but: Row | None = None) -> Iterator[str]:
        """Every extension, alias and DID that is somebody's, those of one row left out."""
        for kind, fields in (("callgroup", ("extension", "did")), ("orbit", ("extension",)), ("conference", ("extension",))):
            for row in self.rows(kind):
                if row is not but:
                    yield from (row[field] for field in fields if row.get(field))
        for row in self.rows("user"):
            if row is not but:
                yield from (row["userName"], *row["aliases"])

    def value(self, scope: str, path: str) -> str | None:
        """The stored value of a setting, or None where the default holds."""
        return self.table("value").get(scope, {}).get(path)

    def dump(self) -> Row:
        return {"last_ids": self._last_ids, "tables": self.tables, "facts": self.facts}

    def load(self, data: Row) -> None:
        self._last_ids, self.tables, self.facts = data["last_ids"], data["tables"], data["facts"]
