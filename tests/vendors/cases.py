"""Recorded cases of every operation: `cases/<vendor>/<operation>.json`, a list of objects.

`case` names what is special, `origin` says where the reply comes from (document, contract, field, made up), `params` is what
is called with, `sent` the fields that must arrive (credentials apart), `method`, `path` (undecoded) and `body` what else is due
where a case says so, `credentials` those that are due instead of the connection's, `reply` or `reply_text` what the vendor
answers under `status`, and then either `expected` (the typed result as JSON) or `error` (class, sent, fields, says).
"""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from apps.vendors.core.client import Client, Confirmation, Download
from apps.vendors.core.operation import Operation
from apps.vendors.core.params import Param, Upload
from apps.vendors.core.registry import Vendor, vendors
from tests.vendors.wire import Answer, says

FOLDER = Path(__file__).parent / "cases"
CONFIRMED = Confirmation("test", "conformance")

# Operations without a success or a refusal case stand here with the reason; anything else missing fails.
GAPS: dict[str, str] = {}


def all_operations() -> list[Operation]:
    return [operation for vendor in vendors.all() for operation in vendor.operations.values() if not operation.not_callable]


def cases_of(operation: Operation) -> list[dict[str, Any]]:
    path = FOLDER / operation.vendor / f"{operation.name}.json"
    return json.loads(path.read_text()) if path.exists() else []


def all_cases() -> list[tuple[Operation, dict[str, Any]]]:
    return [(operation, case) for operation in all_operations() for case in cases_of(operation)]


def given(case: dict[str, Any]) -> dict[str, Any]:
    """Return the case's parameters, with files made from {"file": name, "text": content}."""
    return {
        name: Upload(value["file"], value["text"].encode()) if isinstance(value, dict) and "file" in value else value
        for name, value in case["params"].items()
    }


def answer_of(case: dict[str, Any]) -> Answer:
    body = case["reply_text"] if "reply_text" in case else json.dumps(case["reply"])
    return says(body, status=case.get("status", 200), kind=case.get("kind", "application/json"))


def run(client: Client, operation: Operation, case: dict[str, Any]) -> Any:
    return client.call(operation.name, given(case), confirmation=CONFIRMED)


def as_json(value: Any) -> Any:
    """Return a typed result as the cases write it."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Download):
        return {"name": value.name, "content_type": value.content_type, "text": value.content.decode()}
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def minimal(operation: Operation) -> dict[str, Any]:
    """Return the parameters of the operation's first success case: valid by construction."""
    return next(given(case) for case in cases_of(operation) if "expected" in case)


def wrong_for(param: Param) -> Any:
    """Return a value the parameter cannot take, or None when it takes anything."""
    if param.many:
        return "not-one-of-these,0"
    wrong: dict[str, Any] = {
        "integer": "seven", "decimal": "much", "boolean": "perhaps", "date": "2026-13-45", "datetime": "noon",
        "phone": "0123", "ip": "300.1.1.1", "file": "not a file", "choice": "none of these", "json": "{",
    }  # fmt: skip
    return wrong.get(param.type)


def vendor_of(operation: Operation) -> Vendor:
    return vendors.get(operation.vendor)
