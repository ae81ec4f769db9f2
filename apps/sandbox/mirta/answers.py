"""What an operation answers, and how that looks in each format: nothing but `json` and `plain` works everywhere."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.sandbox.core import Reply

PLAIN, JSON, CSV = "plain", "json", "csv"
CONTENT_TYPES = {JSON: "application/json"}
HTML = "text/html; charset=UTF-8"


def labelled(text: str, wanted: str) -> Reply:
    """A body under the content type that was asked for, whatever the body is."""
    return Reply(text.encode(), content_type=CONTENT_TYPES.get(wanted, HTML))


def bars(values: Iterable[Any]) -> str:
    return "|".join("" if value is None else str(value) for value in values)


def doubled(row: Mapping[str, Any]) -> dict[str, Any]:
    """Every column by its place and then by its name, as PHP reads database rows."""
    both: dict[str, Any] = {}
    for place, (name, value) in enumerate(row.items()):
        both[str(place)] = value
        both[name] = value
    return both


@dataclass
class Answer:
    """JSON data with its plain text; formats that are neither are empty. `always_json` has no plain form."""

    data: Any
    plain: str = ""
    always_json: bool = False

    def text(self, wanted: str, *, twice: bool) -> str:
        if wanted == JSON or self.always_json:
            return json.dumps(self.data)
        return self.plain if wanted == PLAIN else ""


@dataclass
class Rows:
    """Database rows. `empty` is what JSON looks like without any, `titles` the plain columns (title → name).

    `malformed`: plain shows every column twice and no break after the header, as simplecdrs does.
    """

    rows: Sequence[Mapping[str, Any]]
    empty: str = ""
    twice: bool = True
    csv: bool = False
    malformed: bool = False
    single: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)

    def text(self, wanted: str, *, twice: bool) -> str:
        if wanted == JSON:
            return self._json(twice and self.twice)
        if not self.rows:
            return ""
        if wanted == PLAIN:
            return self._malformed() if self.malformed else self._plain()
        return self._csv() if wanted == CSV and self.csv else ""

    def _json(self, twice: bool) -> str:
        rows = [doubled(row) if twice else dict(row) for row in self.rows]
        if not rows:
            return self.empty
        return json.dumps(rows[0] if self.single else rows)

    def _columns(self) -> dict[str, str]:
        """Every column that a row has, in order."""
        return {name: name for row in self.rows for name in row}

    def _plain(self) -> str:
        titles = self.titles or self._columns()
        lines = [bars(titles), *(bars(row.get(name) for name in titles.values()) for row in self.rows)]
        return "\n".join(lines) + "\n"

    def _malformed(self) -> str:
        lines = [bars(value for value in row.values() for _ in "12") + "|" for row in self.rows]
        return bars(doubled(self.rows[0])) + "\n".join(lines) + "\n"

    def _csv(self) -> str:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(self._columns()), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()


def record(row: Mapping[str, Any], **more: Any) -> Rows:
    """One row, an object in JSON."""
    return Rows([row], single=True, **more)


def pairs(values: Mapping[str, str]) -> Answer:
    """Names with values: an object in JSON, items parted by bars in plain."""
    return Answer(dict(values), "".join(f"{name}: {value}|" for name, value in values.items()))
