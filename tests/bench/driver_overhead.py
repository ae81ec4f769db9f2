"""What a driver adds to a call: validation, credentials, limits, classification, typed result, against bare httpx."""

import json

import httpx

from apps.vendors.core.client import Endpoint
from apps.vendors.core.registry import vendors
from tests.bench.compare import Result, medians, milliseconds, sandbox

TARGET = 1.15
# What the driver adds to a call: the smallest reply shows that best. Lists are for information: each row of them becomes
# typed values, which bare httpx leaves to its caller.
CALLS: list[tuple[str, str, str, dict, int, float | None]] = [
    ("carrier call", "carrier", "stock.states", {}, 1000, TARGET),
    ("SolSwitch call", "solswitch", "queues.standing", {"customer": "2"}, 1000, TARGET),
    ("MiRTA PBX call", "mirta", "channels.count", {}, 1000, TARGET),
    ("sipXcom call", "sipxcom", "auto_attendants.special_mode.read", {}, 1000, TARGET),
    ("PBXware call", "pbxware", "dashboard.calls", {}, 1000, TARGET),
    ("list of some hundred numbers", "carrier", "stock.search", {"state": "WA", "npa_nxx": "206219"}, 300, None),
    ("list of some thousand numbers", "carrier", "stock.search", {"state": "WA"}, 100, None),
]


def run() -> list[Result]:
    """Measure each call and return the ratios."""
    with sandbox() as printed:
        return [_compare(printed, *call) for call in CALLS]


def _compare(printed: dict, what: str, key: str, operation: str, params: dict, rounds: int, target: float | None) -> Result:
    vendor, at = vendors.get(key), printed[key]
    endpoint = Endpoint(base_url=at["url"], credentials=at["credentials"], pool_key=f"bench {what}")
    client = vendor.client(endpoint)
    record = vendor.operations[operation]
    out = vendor.codec.request(record, record.validate(params), endpoint)
    sent = {"params": out.params, "data": out.data, "json": out.json, "content": out.content, "headers": out.headers}
    with httpx.Client(timeout=30) as bare:
        reply = bare.request(out.method, out.url, auth=out.auth, **sent)
        assert reply.status_code == 200, reply.text
        decode = json.loads if "json" in reply.headers["content-type"] else str
        taken = medians(
            {
                "driver": lambda: client.call(operation, params),
                "bare": lambda: decode(bare.request(out.method, out.url, auth=out.auth, **sent).text),
            },
            rounds,
        )
    detail = f"driver {milliseconds(taken['driver'])}, bare httpx.Client {milliseconds(taken['bare'])}, {rounds} calls each"
    return Result(what, taken["driver"] / taken["bare"], target, detail)
