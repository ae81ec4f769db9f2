"""The switch's whole state: tables of rows by id, as JSON-able data. Not locked: the sandbox's lock is around every use."""

from typing import Any

Row = dict[str, Any]


class Switch:
    """Ids are given out once, over all tables. DIDs stand under their ten digits."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.tables: dict[str, dict[str, Row]] = {}
        self._next_id = 100

    def table(self, kind: str) -> dict[str, Row]:
        return self.tables.setdefault(kind, {})

    def new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def add(self, kind: str, row: Row, ref: str = "") -> str:
        ref = ref or self.new_id()
        self.table(kind)[ref] = row
        return ref

    def dump(self) -> Row:
        return {"next_id": self._next_id, "tables": self.tables}

    def load(self, data: Row) -> None:
        self._next_id, self.tables = data["next_id"], data["tables"]
