"""How the console shows a result: rows as a table, texts as a list, anything else as JSON; large ones cut, and said so."""

import json
from dataclasses import dataclass, field
from typing import Any

ROWS, COLUMNS, CHARACTERS, CELL = 100, 24, 20_000, 160


@dataclass(frozen=True)
class Shown:
    """A result made ready for a screen. `cut` says in words what was left out."""

    kind: str  # "table", "list", "json" or "nothing"
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    text: str = ""
    total: int = 0
    cut: str = ""


def present(result: Any) -> Shown:
    """Return how to show a JSON value."""
    if result is None or result in ({}, [], ""):
        return Shown("nothing")
    if isinstance(result, list) and all(isinstance(row, dict) for row in result):
        return _table(result)
    if isinstance(result, list) and all(isinstance(item, str) for item in result):
        cut = f"The first {ROWS:,} of {len(result):,} are shown." if len(result) > ROWS else ""
        return Shown("list", rows=[[item] for item in result[:ROWS]], total=len(result), cut=cut)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    cut = f"The first {CHARACTERS:,} of {len(text):,} characters are shown." if len(text) > CHARACTERS else ""
    return Shown("json", text=text[:CHARACTERS], cut=cut)


def _table(rows: list[dict[str, Any]]) -> Shown:
    columns = list(dict.fromkeys(name for row in rows[:ROWS] for name in row))
    notes = []
    if len(rows) > ROWS:
        notes.append(f"The first {ROWS:,} of {len(rows):,} rows are shown.")
    if len(columns) > COLUMNS:
        notes.append(f"The first {COLUMNS} of {len(columns)} columns are shown.")
    shown = columns[:COLUMNS]
    cells = [[_cell(row.get(name)) for name in shown] for row in rows[:ROWS]]
    return Shown("table", columns=shown, rows=cells, total=len(rows), cut=" ".join(notes))


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"
