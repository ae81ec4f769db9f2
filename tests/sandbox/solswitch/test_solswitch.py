"""Every function of the sandbox SolSwitch answers the driver, and the switch behaves on the wire as the real one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.solswitch import SolSwitchSandbox
from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from tests.sandbox.conftest import TLS

NOON = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
SURE = Confirmation("test", "walk")
OPERATIONS = {name: op for name, op in vendors.get("solswitch").operations.items() if not op.not_callable}
MINE = {"customer": "2"}
# What each operation is called with; refusals that this call must meet stand in REFUSED.
PARAMS: dict[str, dict[str, Any]] = {
    "numbers.add": {"did": "2065550199"},
    "numbers.remove": {"did": world.SPARE.numbers[0]},
    "time_rules.read": {"id": "2", **MINE},
    "scheduled_routes.read": {"id": "2"},
    "follow_me.read": {"id": "2"},
    "calls.list": MINE,
    "calls.caller": {"extension": "101", **MINE},
    "calls.dial": {"extension": "101", "destination": "12065550100", **MINE},
    "calls.hold": {"channel": "SIP/101-00000001", **MINE},
    "calls.transfer": {"channel": "SIP/101-00000001", "destination": "102", **MINE},
    "calls.send_tones": {"channel": "SIP/101-00000001", "tones": "1", **MINE},
    "calls.add_header": {"source": "101", "header": "X-Case", "value": "7"},
    "recordings.of_call": {"call_id": "5", **MINE},
    "faxes.send": {"to": "12065550100", "source": world.DENTAL.numbers[-1], "file": "https://a.example/f.pdf", **MINE},
    "extensions.monitor": {"extension": "101", "enabled": True, **MINE},
    "calls.records": {"first": "2026-03-30", "last": "2026-03-30", **MINE},
    "queues.standing": MINE,
    "agents.actions": {"day": "2026-03-30", **MINE},
    "tolls.rates": {"plan_id": "1", "prefix": "1206"},
    "tolls.report": {"first": "2026-03-30", "last": "2026-03-30", "customer_number": "100002", **MINE},
    "sip_accounts.add": {"description": "New", "username": "n", "type": "dynamic", "password": "Winter-horse-42", **MINE},
    "sip_accounts.change": {"id": "101", "description": "Renamed"},
    "sip_accounts.remove": {"id": "101"},
    "trunks.add": {"name": "T", "description": "T", "type": "1", "sip_account_id": "101"},
    "trunks.change": {"id": "102", "name": "Renamed"},
    "trunks.remove": {"id": "102"},
    "firewall.add": {"name": "F", "rule_type": "Deny", "address_type": "Country", "country": "CA"},
    "firewall.change": {"id": "9999", "name": "Renamed"},
    "firewall.remove": {"id": "9999"},
    "customers.read": {"customer_number": "100003"},
    "customers.add": {
        "route_group_id": "1", "toll_plan_id": "1", "max_sip_accounts": 1, "max_trunks": 1, "customer_number": "9",
        "first_name": "A", "last_name": "B",
    },
}  # fmt: skip
REFUSED = {
    "calls.hold": "Unknown Channel", "calls.transfer": "Unknown Channel", "calls.send_tones": "Unknown Channel",
    "recordings.of_call": "Unknown CallID", "firewall.change": "nothing of that id", "firewall.remove": "nothing of that id",
}  # fmt: skip


@pytest.fixture(scope="module")
def switch() -> Iterator[SolSwitchSandbox]:
    with SolSwitchSandbox(clock=lambda: NOON) as sandbox:
        yield sandbox


@pytest.fixture
def client(switch: SolSwitchSandbox) -> Client:
    switch.reset()
    return vendors.get("solswitch").client(Endpoint(base_url=switch.url, credentials=switch.credentials))


@pytest.fixture
def http(switch: SolSwitchSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=switch.url, timeout=10, verify=TLS) as client:
        yield client


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_answered(client: Client, name: str) -> None:
    params = PARAMS.get(name, {})
    if name in REFUSED:
        with pytest.raises(errors.NotFound, match=REFUSED[name]):
            client.call(name, params, confirmation=SURE)
    elif name == "calls.caller":
        client.call("calls.dial", {"extension": "102", "destination": "101", **MINE})
        assert client.call(name, params)["CallerNumber"]
    else:
        assert client.call(name, params, confirmation=SURE)


def test_every_operation_of_the_sandbox_is_known_to_the_driver(switch: SolSwitchSandbox) -> None:
    documented = {name for operation in OPERATIONS.values() for name in operation.documented_as}
    assert switch.operations() == documented | {"download"}


def test_missing_slash_is_redirected_and_a_wrong_address_is_a_page(switch: SolSwitchSandbox, http: httpx.Client) -> None:
    moved = http.post("/api/didreport", json={"Key": switch.credentials["key"]})
    assert (moved.status_code, moved.headers["Location"]) == (301, "/api/didreport/")
    missing = http.post("/api/nosuch/", json={})
    assert missing.status_code == 404
    assert missing.headers["Content-Type"].startswith("text/html")


def test_rows_stand_under_digit_keys_and_status_comes_last(switch: SolSwitchSandbox, http: httpx.Client) -> None:
    reply = http.post("/api/didreport/", json={"Key": switch.credentials["key"]}).json()
    assert list(reply)[-1] == "Status"
    assert list(reply)[0] == "0"
    assert {row["CustID"] for key, row in reply.items() if key != "Status"} == {"", "2", "3", "4"}


def test_customer_left_out_is_customer_one(switch: SolSwitchSandbox, http: httpx.Client) -> None:
    key = {"Key": switch.credentials["key"]}
    assert http.post("/api/livequeuestat/", json=key).json() == [{"Status": "OK"}]
    assert len(http.post("/api/livequeuestat/", json={**key, "customer": "2"}).json()) == 2


def test_secrets_are_not_shown(switch: SolSwitchSandbox, http: httpx.Client) -> None:
    key = {"Key": switch.credentials["key"]}
    http.post("/api/sipaccounts/view/", json={**key, "ViewType": "Full"})
    shown = http.get("/_sandbox/state").text + http.get("/_sandbox/requests").text
    secrets = [row["Password"] for row in switch.switch.table("sipaccounts").values()]
    assert secrets
    assert not any(secret in shown for secret in [*secrets, switch.credentials["key"]])
    assert "Password" not in http.post("/api/sipaccounts/view/", json={**key, "ViewType": "Full"}).text


def test_state_is_kept(tmp_path: Any) -> None:
    with SolSwitchSandbox(state_dir=tmp_path) as first:
        vendors.get("solswitch").client(Endpoint(base_url=first.url, credentials=first.credentials)).call(
            "numbers.add", {"did": "2065550177"}
        )
    with SolSwitchSandbox(state_dir=tmp_path) as second:
        assert "2065550177" in second.switch.table("did")
