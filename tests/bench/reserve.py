"""Reserving 5,000 numbers from a carrier that takes 100 ms for each call: the calls alone should cost the time."""

import math
import statistics
import time
from typing import Any
from uuid import uuid4

import httpx
from django.db import connection as database
from django.db import connections

from tests.bench.compare import Result, sandbox

QUANTITY, A_CALL = 5_000, 1_000
LATENCY = 0.1
ROUNDS = 5
TARGET = 1.2
STATE, EXCHANGE = "WA", "360210"


def run() -> list[Result]:
    """Run the job on a database of its own and return its time against that of the calls it cannot do without."""
    name = database.settings_dict["NAME"]
    database.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        with sandbox() as vendor:
            return [_measure(vendor["carrier"])]
    finally:
        connections.close_all()
        database.creation.destroy_test_db(name, verbosity=0)


def _measure(at: dict[str, Any]) -> Result:
    from apps.accounts.models import Role, User
    from apps.connections.services import add_connection

    with httpx.Client(base_url=at["url"], timeout=30) as http:
        ada = User.objects.create_user("bench", "bench@example.com", role=Role.ADMINISTRATOR)
        main = add_connection(name="bench", vendor="carrier", fields=at["credentials"], base_url=at["url"], actor=ada)
        taken, bare = [], []
        for _ in range(ROUNDS):
            _prepare(http)
            seconds, calls = _reserve(main, ada, http)
            taken.append(seconds)
            _prepare(http)
            bare.append(_bare(http, at["credentials"]))
    # One look at the stock, against which a lost answer can be checked, and the reservations themselves.
    needed = 1 + math.ceil(QUANTITY / A_CALL)
    seconds, alone = statistics.median(taken), statistics.median(bare)
    detail = f"{seconds:.3f} s for {calls} calls of {LATENCY * 1000:.0f} ms, {needed} needed; bare httpx: {alone:.3f} s"
    return Result(f"reserve {QUANTITY:,} numbers", seconds / (needed * LATENCY), TARGET, detail)


def _prepare(http: httpx.Client) -> None:
    """Empty the cart, and have an exchange with as many as are wanted, so that one look at the stock is enough."""
    http.post("/_sandbox/reset").raise_for_status()
    wanted = {"npa_nxx": EXCHANGE, "state": STATE, "rate_center": "BENCH", "count": QUANTITY}
    http.post("/_sandbox/stock", json=wanted).raise_for_status()
    http.post("/_sandbox/faults", json={"fault": "slow", "operation": "*", "delay": LATENCY}).raise_for_status()


def _reserve(main: Any, ada: Any, http: httpx.Client) -> tuple[float, int]:
    """Do the job with an empty cart and return its seconds and calls."""
    from apps.jobs import runner
    from apps.jobs.models import Job, JobState
    from apps.numbers.models import Purchase, PurchaseState
    from apps.numbers.purchase import services as buying
    from apps.vendors.core.numbers import StockQuery

    purchase = buying.start(main, ada)
    query = StockQuery(area=STATE, npa_nxx=EXCHANGE)
    job = buying.reserve_many(purchase, ada, [query], QUANTITY, token=str(uuid4()))
    http.delete("/_sandbox/requests").raise_for_status()
    start = time.perf_counter()
    runner.run(job.pk)
    seconds = time.perf_counter() - start
    calls = len(http.get("/_sandbox/requests").json()["requests"])
    job = Job.objects.get(pk=job.pk)
    assert job.state == JobState.DONE, job.message
    assert purchase.numbers.filter(state="reserved").count() == QUANTITY
    Purchase.objects.filter(pk=purchase.pk).update(state=PurchaseState.ABANDONED)
    return seconds, calls


def _bare(http: httpx.Client, credentials: dict[str, str]) -> float:
    """Make the same calls with nothing around them."""
    place = {**credentials, "state": STATE, "npanxx": EXCHANGE}
    start = time.perf_counter()
    http.post("/searchdid", data=place).raise_for_status().json()
    for _ in range(math.ceil(QUANTITY / A_CALL)):
        http.post("/bulkreserve", data={**place, "category": "landline", "quantity": A_CALL}).raise_for_status().json()
    return time.perf_counter() - start
