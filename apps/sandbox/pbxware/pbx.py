"""The PBX's whole state: tables of rows by id, as JSON-able data. Not locked: the sandbox's lock is around every use."""

from typing import Any

Row = dict[str, Any]


class Pbx:
    """Rows are kept under their kind and id; ids are given out once, over all kinds, as PBXware does."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tables: dict[str, dict[str, Row]] = {}
        self.facts: Row = {}
        self._next_id = 1000

    def table(self, kind: str) -> dict[str, Row]:
        return self.tables.setdefault(kind, {})

    def add(self, kind: str, row: Row, ref: str = "") -> str:
        if not ref:
            self._next_id += 1
            ref = str(self._next_id)
        self.table(kind)[ref] = row
        return ref

    def find(self, kind: str, server: str, **wanted: str) -> tuple[str, Row] | None:
        """The first row of a tenant in which all the wanted fields stand."""
        for ref, row in self.table(kind).items():
            if row.get("server") == server and all(row.get(name) == value for name, value in wanted.items()):
                return ref, row
        return None

    def of(self, kind: str, server: str) -> dict[str, Row]:
        return {ref: row for ref, row in self.table(kind).items() if server in ("", row.get("server"))}

    def dump(self) -> Row:
        return {"next_id": self._next_id, "tables": self.tables, "facts": self.facts}

    def load(self, data: Row) -> None:
        self._next_id, self.tables, self.facts = data["next_id"], data["tables"], data["facts"]
