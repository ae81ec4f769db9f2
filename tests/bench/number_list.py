"""The number list at a million rows against ten thousand: first page, filtered page, search by the last four digits.

The numbers are spread evenly, so the search finds a hundred times as many at a million rows: the worst case, since a
page then holds fifty rows instead of one.
"""

import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from tests.bench.compare import Result, medians, milliseconds

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 60
TARGET = 2.0
PAGES = {
    "first page": "",
    "filtered page (inactive, on one connection)": "?status=inactive&connection=second",
    "last four digits": "?number={last_four}",
    "area code and status": "?area=206&status=active",
    "page 3": "?cursor={cursor}",
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def run() -> list[Result]:
    """Fill two databases, ask each for the same pages in turn, and return the ratios."""
    logging.disable(logging.INFO)  # a line for every page would drown the figures, and be measured with them
    with TemporaryDirectory(prefix="patchbay-bench-") as folder, override_settings(STORAGES=STORAGES, ALLOWED_HOSTS=["*"]):
        portals = {size: Portal(size, Path(folder)) for size in (SMALL, LARGE)}
        try:
            return [_compare(what, query, portals) for what, query in PAGES.items()]
        finally:
            for portal in portals.values():
                portal.close()
            logging.disable(logging.NOTSET)


def _compare(what: str, query: str, portals: dict[int, "Portal"]) -> Result:
    rivals = {f"{size:,}": portal.page(query) for size, portal in portals.items()}
    taken = medians(rivals, ROUNDS, warm_up=5)
    detail = ", ".join(f"{name} rows {milliseconds(seconds)}" for name, seconds in taken.items())
    return Result(what, taken[f"{LARGE:,}"] / taken[f"{SMALL:,}"], TARGET, detail)


@dataclass
class Portal:
    """A portal with its own database of so many numbers, called in this process."""

    size: int
    folder: Path
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.database = _database(self.size, self.folder)
        self.enter()
        call_command("migrate", verbosity=0, interactive=False)
        self.last_four = _fill(self.size)
        self.cursor = self._third_page()

    def enter(self) -> None:
        """Make this portal's database the one that everything uses."""
        connections["default"] = self.database

    def page(self, query: str) -> Any:
        """Return the call that fetches one page of the list, checked once."""
        address = "/numbers/" + query.format(last_four=self.last_four, cursor=self.cursor)

        def get() -> None:
            self.enter()
            answer = self.client.get(address)
            assert answer.status_code == 200, answer.status_code

        self.enter()
        assert b"table-cards" in self.client.get(address).content, address
        return get

    def close(self) -> None:
        self.enter()
        if self.database.vendor == "postgresql":
            with self.database.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA bench_{self.size} CASCADE")
        self.database.close()

    def _third_page(self) -> str:
        from apps.accounts.models import Role, User
        from apps.numbers.models import PRESENT, Number
        from apps.ui.paging import keyset_page

        person = User.objects.create_user("bench", "bench@example.com", role=Role.ADMINISTRATOR)
        self.client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        rows, order = Number.objects.filter(PRESENT), ("number", "pk")
        return keyset_page(rows, order, keyset_page(rows, order).next_cursor).next_cursor


def _database(size: int, folder: Path) -> BaseDatabaseWrapper:
    """Return a connection to an empty database: a file of its own, or on PostgreSQL a schema."""
    database: Any = connections.create_connection("default")
    database.settings_dict = {**settings.DATABASES["default"], **database.settings_dict}
    if database.vendor == "sqlite":
        database.settings_dict["NAME"] = str(folder / f"{size}.sqlite3")
    else:
        with database.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS bench_{size} CASCADE")
            cursor.execute(f"CREATE SCHEMA bench_{size}")
        database.close()
        database.settings_dict["OPTIONS"] = {"options": f"-c search_path=bench_{size}"}
    return database


def _fill(size: int) -> str:
    """Store connections and numbers; return the last four digits of the first number, which both sizes have."""
    from apps.connections.models import Connection
    from apps.numbers.models import Number
    from apps.numbers.services.inventory import recount

    for name in ("first", "second"):
        Connection.objects.create(name=name, vendor="carrier", base_url="http://127.0.0.1:9")
    both = list(Connection.objects.order_by("name"))
    columns = [column.column for column in Number._meta.concrete_fields if column.column != "id"]
    rows = _rows(size, [one.pk for one in both], columns)
    # Indexes are made once the rows are there: a tenth of the time.
    with connections["default"].schema_editor() as schema:
        for index in Number._meta.indexes:
            schema.remove_index(Number, index)
    with transaction.atomic(), connections["default"].cursor() as cursor:
        _insert(cursor, f"{Number._meta.db_table} ({', '.join(columns)})", len(columns), rows)
    with connections["default"].schema_editor() as schema:
        for index in Number._meta.indexes:
            schema.add_index(Number, index)
    with connections["default"].cursor() as cursor:
        cursor.execute("ANALYZE")
    for one in both:
        recount(one)
    return Number.objects.order_by("pk").values_list("last_four", flat=True)[0]


def _insert(cursor: Any, target: str, width: int, rows: Iterator[list[Any]]) -> None:
    """Store the rows the fastest way the database has; `target` is the table with its columns."""
    if connections["default"].vendor == "postgresql":
        with cursor.copy(f"COPY {target} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    insert = f"INSERT INTO {target} VALUES ({', '.join(['%s'] * width)})"  # noqa: S608  (the values are bound)
    while chunk := list(islice(rows, 20_000)):
        cursor.executemany(insert, chunk)


def _rows(size: int, owners: list[int], columns: list[str]) -> Iterator[list[Any]]:
    picks = random.Random(7)
    now = timezone.now().replace(tzinfo=None)
    prefixes = [f"{area}{exchange}" for area in _areas() for exchange in range(200, 1000, 4)]
    seen: set[str] = set()
    while len(seen) < size:
        number = f"+1{picks.choice(prefixes)}{picks.randrange(10_000):04}"
        if number in seen:
            continue
        seen.add(number)
        group = picks.randrange(1, 9)
        row = {
            "connection_id": picks.choice(owners),
            "tenant_id": None,
            "side": "carrier",
            "leads": True,
            "ref": "",
            "customer_ref": "",
            "destination_kind": "",
            "destination_ref": "",
            "destination": "",
            "emergency": None,
            "mark": "",
            "number": number,
            "last_four": number[-4:],
            "kind": "tollfree" if number.startswith("+1866") else "local",
            "status": picks.choices(["active", "inactive", "cancelled"], [90, 8, 2])[0],
            "trunk_group_id": str(group),
            "trunk_group": f"Group {group}",
            "did_type": "Metered",
            "order_type": "New",
            "monthly_rate": str(Decimal("0.75")),
            "currency": "USD",
            "cnam": "EXAMPLE",
            "order_id": "",
            "record": "{}",
            "first_seen": now,
            "seen_at": now,
            "missing_since": None,
        }
        yield [row[column] for column in columns]


def _areas() -> list[int]:
    return [206, 253, 360, 425, 503, 509, 541, 971, 303, 720, 602, 480, 415, 510, 650, 707, 312, 773, 617, 866]
