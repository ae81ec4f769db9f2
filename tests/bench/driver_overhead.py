"""What a driver adds to a call: validation, credentials, limits, classification, typed result, against bare httpx."""

import httpx

from apps.vendors.core.client import Endpoint
from apps.vendors.core.registry import vendors
from tests.bench.compare import Result, medians, milliseconds, sandbox

TARGET = 1.15
# What the driver adds to a call: the smallest reply shows that best. Lists are for information: each row of them becomes
# typed values, which bare httpx leaves to its caller.
CALLS: list[tuple[str, str, dict, int, float | None]] = [
    ("driver call", "stock.states", {}, 1000, TARGET),
    ("list of some hundred numbers", "stock.search", {"state": "WA", "npa_nxx": "206219"}, 300, None),
    ("list of some thousand numbers", "stock.search", {"state": "WA"}, 100, None),
]


def run() -> list[Result]:
    """Measure each call and return the ratios."""
    with sandbox() as vendor:
        return [_compare(vendor["carrier"], *call) for call in CALLS]


def _compare(at: dict, what: str, operation: str, params: dict, rounds: int, target: float | None) -> Result:
    carrier = vendors.get("carrier")
    endpoint = Endpoint(base_url=at["url"], credentials=at["credentials"], pool_key=f"bench {what}")
    client = carrier.client(endpoint)
    record = carrier.operations[operation]
    request = carrier.codec.request(record, record.validate(params), endpoint)
    with httpx.Client(timeout=30) as bare:
        taken = medians(
            {
                "driver": lambda: client.call(operation, params),
                "bare": lambda: bare.request(request.method, request.url, data=request.data).json(),
            },
            rounds,
        )
    detail = f"driver {milliseconds(taken['driver'])}, bare httpx.Client {milliseconds(taken['bare'])}, {rounds} calls each"
    return Result(what, taken["driver"] / taken["bare"], target, detail)
