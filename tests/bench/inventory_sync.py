"""Reading 100,000 numbers into the inventory: fetching and decoding the list, and loading the rows, should cost the time."""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
from django.db import connection as database
from django.db import connections, transaction
from django.utils import timezone

from tests.bench.compare import Result, sandbox

NUMBERS, AN_EXCHANGE = 100_000, 10_000
ROUNDS = 3
TARGET = 2.0


def run() -> list[Result]:
    """Read the list into an empty inventory and then once more, each against the least that can be done."""
    name = database.settings_dict["NAME"]
    database.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with sandbox() as vendor:
            return _measure(vendor["carrier"])
    finally:
        connections.close_all()
        database.creation.destroy_test_db(name, verbosity=0)


def _measure(at: dict[str, Any]) -> list[Result]:
    from apps.connections.services import add_connection
    from apps.numbers.models import InventoryRead, Number
    from apps.numbers.services import sync

    main = add_connection(name="bench", vendor="carrier", fields=at["credentials"], base_url=at["url"], actor=None)
    with httpx.Client(base_url=at["url"], timeout=60) as http:
        for exchange in range(NUMBERS // AN_EXCHANGE):
            http.post("/_sandbox/own", json={"npa_nxx": f"3602{10 + exchange}", "count": AN_EXCHANGE}).raise_for_status()
        first, again, bare = [], [], []
        for _ in range(ROUNDS):
            bare.append(_seconds(lambda: _bare(http, at["credentials"], main.pk)))
            Number.objects.all()._raw_delete("default")
            InventoryRead.objects.all().delete()
            first.append(_seconds(lambda: sync(main)))
            again.append(_seconds(lambda: sync(main)))
            assert Number.objects.count() > NUMBERS
            Number.objects.all()._raw_delete("default")
    least = statistics.median(bare)
    detail = f"{{:.2f}} s; httpx, json and the database's own bulk load: {least:.2f} s"
    return [
        Result(f"{what} of {NUMBERS:,}", statistics.median(taken) / least, TARGET, detail.format(statistics.median(taken)))
        for what, taken in (("first read", first), ("second read, nothing changed", again))
    ]


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _bare(http: httpx.Client, credentials: dict[str, str], connection: int) -> None:
    """Fetch, decode and load the same rows with nothing around them: no checks, no history, no comparison."""
    from apps.numbers.models import Number

    rows = http.post("/getnumbers", data=credentials).raise_for_status().json()["data"]
    columns = [column.column for column in Number._meta.concrete_fields if column.column != "id"]
    target = f"{Number._meta.db_table} ({', '.join(columns)})"
    with transaction.atomic(), database.cursor() as cursor:
        values = _values(rows, columns, connection)
        if database.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {target} VALUES ({marks})", list(values))  # noqa: S608  (the values are bound)


def _values(rows: list[dict[str, Any]], columns: list[str], connection: int) -> Iterator[list[Any]]:
    now = timezone.now() if database.vendor == "postgresql" else timezone.now().replace(tzinfo=None)
    shared = dict.fromkeys(columns, "") | {
        "connection_id": connection, "tenant_id": None, "missing_since": None, "emergency": None, "leads": True,
        "side": "carrier", "currency": "USD", "first_seen": now, "seen_at": now, "kind": "local", "status": "active",
    }  # fmt: skip
    for row in rows:
        number = row["didnumber"]
        own = {
            "number": number, "last_four": number[-4:], "trunk_group": row.get("trunkGroup", ""), "cnam": row.get("cnam", ""),
            "did_type": row.get("didType", ""), "monthly_rate": row.get("didRate"), "record": json.dumps(row),
        }  # fmt: skip
        yield [own[column] if column in own else shared[column] for column in columns]
