"""Every operation of the driver, called over HTTP on things that are there: each one is answered and done."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.sipxcom import SipxcomSandbox, routes
from apps.sandbox.sipxcom.api.registrations import registrations
from apps.vendors.core import errors
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.operation import Operation
from apps.vendors.core.registry import vendors
from apps.vendors.core.transport import Endpoint
from tests.vendors.cases import minimal

from .conftest import MORNING

VENDOR = vendors.get("sipxcom")
ALL = [operation for operation in VENDOR.operations.values() if not operation.not_callable]
NEVER = [operation for operation in VENDOR.operations.values() if operation.not_callable]
CONFIRMED = Confirmation("test", "walk")
ROOM = "harbor-dental-room"
ELIN = world.DENTAL.numbers[-1]
PHONE = "64167f000101"
# By the beginning of the operation's name, longest first: values for the parameters it has.
PARAMS: dict[str, dict[str, Any]] = {
    "branches": {"id": "1"},
    "branches.add": {"name": "annex"},
    "permissions": {"name": "perm_13"},
    "users": {"id": "2", "groups": ["1"], "branch": "1", "user": "101"},
    "users.add": {"username": "777", "aliases": ["ann.ex"]},
    "users.change": {"username": "101", "aliases": ["2062194101"]},
    "user_permissions": {"id": "2", "permissions": [{"name": "perm_13", "value": "ENABLE"}]},
    "user_group_permissions": {"id": "1", "permissions": [{"name": "Voicemail", "value": "DISABLE"}]},
    "user_groups": {"id": "1", "branch": "1"},
    "user_groups.add": {"name": "newcomers"},
    "phone_books.read": {"name": "harbor-dental"},
    "phones": {"id": "1", "group": "harbor-dental-phones", "user": "102", "setting_path": "audio/codec", "line": "1"},
    "phones.lines.settings": {"setting_path": "reg/label"},
    "phones.add": {"serial": "64167f000999", "model": "polycomVVX411"},
    "phones.restart": {"serial": PHONE},
    "phones.profile": {"serial": PHONE, "name": f"{PHONE}.cfg"},
    "phones.change": {"model": "polycomVVX411", "serial": PHONE},
    "phone_groups": {"id": "2", "group": "2", "model": "polycomVVX411", "setting_path": "audio/codec"},
    "registrations": {
        "user": "101", "serial": PHONE, "ip": "198.51.100.100", "server": "1", "start": 0, "limit": 5,
    },
    "gateways": {"id": "3", "setting_path": "limits/max-calls", "port": "1", "model": "sipTrunkStandard"},
    "gateways.ports": {"setting_path": "line/gain"},
    "auto_attendants": {"attendant": "operator", "code": "100"},
    "hunt_groups": {"extension": "180", "new_extension": "188", "ring_extension": "101", "prefix": "1", "member": "101"},
    "hunt_groups.change": {"did": world.DENTAL.toll_free[0]},
    "hunt_groups.add": {"extension": "189"},
    "page_groups": {"id": "1", "setting_path": "page-config/prefix", "prompt": "chime.wav", "sound": "chime.wav",
                    "users": [{"userName": "101"}]},
    "page_groups.add": {"number": 55},
    "orbits": {"id": "1", "server": "pbx1.campus.northline.example", "setting_path": "general/parkTimeout",
               "music": "parked.wav", "prompt": "parked.wav"},
    "orbits.add": {"extension": "171"},
    "moh": {"setting_path": "moh/MOH_SOURCE", "prompt": "default.wav"},
    "dns": {"setting_path": "named-config/recursion", "server": "1"},
    "mwi": {"setting_path": "mwi/SIP_MWI_PORT"},
    "imbot": {"setting_path": "imbot/username"},
    "proxy": {"setting_path": "limits/max-hops"},
    "registrar": {"setting_path": "isn/use-isn"},
    "restserver": {"setting_path": "rest-config/httpsPort"},
    "saa": {"setting_path": "saa-config/SIP_SAA_PORT"},
    "ivr": {"setting_path": "ivr/maxMessageLength"},
    "schedules": {"id": "1", "user": "2", "index": "1"},
    "schedules.add": {"user": -1},
    "schedules.change": {"user": -1},
    "emergency": {"elin": ELIN, "user": "101", "group": "harbor-dental-staff", "serial": PHONE},
    "emergency.phone_groups": {"group": "harbor-dental-phones"},
    "my.call": {"to": "12065550142"},
    "calls.place": {"to": "12065550142"},
    "my.conferences": {"name": ROOM, "new_name": ROOM},
    "my.conference": {"conference": ROOM, "member": "1", "other": "2", "members": "1", "level": "3"},
    "my.schedules": {"id": "3"},
    "my.schedules.add": {"name": "Early"},
    "my.voicemail": {"user": "101", "folder": "inbox"},
    "my.phonebook": {"entry": "1"},
    "my.vcards": {"internal_id": "x-1", "user_name": "101"},
    "my.vcards.set": {"uid": "1"},
    "my.phonebook.page": {"start": 0, "end": 5},
    "my.phonebook.search": {"query": "tran"},
}  # fmt: skip
# What the server refuses by its nature: what Google left, and what is refused at once.
REFUSED = {"my.phonebook.import_google": errors.VendorError}


@pytest.fixture(scope="module")
def connected(running: SipxcomSandbox) -> Client:
    return VENDOR.client(Endpoint(base_url=running.url, credentials=running.credentials, read_timeout=10))


def params_of(sandbox: SipxcomSandbox, operation: Operation) -> dict[str, Any]:
    """The first documented call, on what this system has, and on the user's own behalf where it is about one."""
    params, known = dict(minimal(operation)), {param.name for param in operation.params}
    for name in sorted(PARAMS, key=len):
        if operation.name == name or operation.name.startswith(f"{name}."):
            params |= {key: value for key, value in PARAMS[name].items() if key in params or key in required(operation)}
    if "call" in known:
        params["call"] = registrations(sandbox.system, MORNING)[0]["regCallId"]
    if "acting_user" in known:
        me = sandbox.other_credentials
        params |= {"acting_user": me["username"], "acting_password": me["password"]}
    return params


def required(operation: Operation) -> Iterator[str]:
    return (param.name for param in operation.params if param.required)


@pytest.mark.parametrize("operation", ALL, ids=lambda op: op.name)
def test_every_operation_is_answered(sipxcom: SipxcomSandbox, connected: Client, operation: Operation) -> None:
    params = params_of(sipxcom, operation)
    if operation.name in REFUSED:
        with pytest.raises(REFUSED[operation.name]):
            connected.call(operation.name, params, confirmation=CONFIRMED)
    else:
        connected.call(operation.name, params, confirmation=CONFIRMED)


@pytest.mark.parametrize("operation", NEVER, ids=lambda op: op.name)
def test_what_cannot_be_called_is_not_taken(admin: httpx.Client, operation: Operation) -> None:
    path = operation.wire.path.replace("{to}", "102").replace("{modelName}", "polycomVVX411")
    path = path.replace("{gatewayId}", "3").replace("{portId}", "1")
    assert admin.request(operation.wire.method, re.sub(r"\{\w+\}", "1", path), content=b"x").status_code == 405


def test_the_sandbox_has_every_documented_operation() -> None:
    rows = json.loads((Path(__file__).parents[2] / "vendors" / "documented.json").read_text())
    documented = {row["operation"] for row in rows if row["vendor"] == "sipxcom"}
    declared = {name: operation for operation in VENDOR.operations.values() for name in operation.documented_as}
    assert documented == set(declared)
    assert len(documented) == 278
    sandbox = {shape(name) for name in routes.names()}
    for name, operation in declared.items():
        if not operation.not_callable:
            assert shape(f"{operation.wire.method} {operation.wire.path}") in sandbox, name


def shape(name: str) -> str:
    """Verb and address with the names of variables taken out; a command of a conference is a variable too."""
    name = re.sub(r"/my/conference/\{[\w-]+\}/\w+.*", "/my/conference/{}/{}", name.partition("?")[0])
    return re.sub(r"\{[\w:.*-]+\}", "{}", name)
