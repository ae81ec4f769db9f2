"""What reading a large reply costs beside decoding its JSON, and that what pages is held a page at a time."""

import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from apps.vendors.core.client import Endpoint
from apps.vendors.core.registry import vendors
from apps.vendors.core.reports import CallRecords
from apps.vendors.core.transport import Incoming
from tests.bench.compare import Result, medians, milliseconds

TARGET = 1.5
PAGES, ROWS = 50, 1000
EXPORT = 100_000_000  # bytes
FIRST = datetime(2026, 5, 1, tzinfo=UTC)


def run() -> list[Result]:
    """Compare reading with bare decoding, and the memory of fifty pages with that of five."""
    pages = [json.dumps(_page(number)).encode() for number in range(PAGES)]
    return [
        _reading("50 pages of 1,000 PBXware call records", "pbxware", "call_records.list", pages, rounds=15),
        _reading("100 MB of SolSwitch cdrexport", "solswitch", "calls.records", [_export()], rounds=7),
        _memory(pages),
    ]


def _reading(what: str, key: str, operation: str, bodies: list[bytes], rounds: int) -> Result:
    vendor = vendors.get(key)
    record, reading = vendor.operations[operation], vendor.reading(Endpoint("http://vendor.example"))
    replies = [Incoming(200, httpx.Headers({"content-type": "application/json"}), body) for body in bodies]
    driver: Callable[[], Any] = lambda: [record.returns.read(vendor.codec.read(record, reply), reading) for reply in replies]  # noqa: E731
    taken = medians({"driver": driver, "bare": lambda: [json.loads(body) for body in bodies]}, rounds, warm_up=1)
    detail = f"driver {milliseconds(taken['driver'])}, bare json.loads {milliseconds(taken['bare'])}"
    return Result(what, taken["driver"] / taken["bare"], TARGET, detail)


def _memory(pages: list[bytes]) -> Result:
    with _pbx(pages) as url:
        few, many = _peak(f"{url}/few", 5), _peak(f"{url}/all", PAGES)
    detail = f"peak {few / 1e6:.1f} MB over 5 pages, {many / 1e6:.1f} MB over {PAGES}"
    return Result("memory of ten times the pages", many / few, 1.2, detail)


def _peak(url: str, pages: int) -> int:
    """Return the most bytes held while the door streams all call records."""
    client = vendors.get("pbxware").client(Endpoint(base_url=url, credentials={"apikey": "bench"}, pool_key=url))
    tracemalloc.start()
    try:
        door = client.capability(CallRecords)  # type: ignore[type-abstract]
        count = sum(1 for _ in door.between("2", FIRST, FIRST + timedelta(days=90)))
        assert count == pages * ROWS, count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: figures are what is read here."""


@contextmanager
def _pbx(pages: list[bytes]) -> Iterator[str]:
    """A server that gives the pages; under /few the first five are all it has."""

    @Request.application
    def app(request: Request) -> Response:
        number = int(request.args.get("page", "1"))
        body = pages[number - 1]
        if number == (5 if request.path.startswith("/few") else PAGES):
            body = body.replace(b'"next_page": true', b'"next_page": false')
        return Response(body, content_type="application/json")

    server = make_server("127.0.0.1", 0, app, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _page(number: int) -> dict[str, Any]:
    header = [
        "From", "To", "Date/Time", "Total Duration", "Rating Duration", "Rating Cost", "Status", "Unique ID", "Recording Path",
        "Recording Available", "Location Type", "MOS",
    ]  # fmt: skip
    newest = FIRST + timedelta(days=60) - timedelta(minutes=number * ROWS)
    rows = []
    for index in range(ROWS):
        at = newest - timedelta(minutes=index)
        ref = f"pbx-{at.timestamp():.0f}.{index}"
        ends = [f"Front desk ({100 + index % 40})", f"1206555{index:04d}"]
        rows.append(
            [*ends, f"{at.timestamp():.0f}", "75", "60", "0.0120", "Answered", ref, f"/rec/{ref}", "True", "Local", "4.2"]
        )
    return {"records": str(PAGES * ROWS), "header": header, "csv": rows, "next_page": True}


def _export() -> bytes:
    """Calls of one leg and of two, as the document's sample has them, until there are 100 MB."""
    calls: dict[str, Any] = {"Status": "OK"}
    size = number = 0
    while size < EXPORT:
        legs = [_leg(2 * number + place) for place in range(1 if number % 4 else 2)]
        calls[str(number)] = legs if len(legs) > 1 else legs[0]
        size += 375 * len(legs)
        number += 1
    return json.dumps(calls).encode()


def _leg(number: int) -> dict[str, str]:
    at = FIRST + timedelta(seconds=number)
    return {
        "LegID": str(number), "StartTime": f"{at:%Y-%m-%d %H:%M:%S}", "ConnectTime": f"{at:%Y-%m-%d %H:%M:%S}",
        "EndTime": f"{at + timedelta(seconds=90):%Y-%m-%d %H:%M:%S}", "SourceName": "Test Phone #1", "SourceNumber": "220",
        "DestinationName": "Test Phone #2", "DestinationNumber": "290", "Disposition": "ANSWERED",
        "DialedNumber": "7055553584", "SourceType": "7", "DestinationType": "15", "CallCode": "",
    }  # fmt: skip
