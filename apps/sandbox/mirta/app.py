"""The sandbox MiRTA PBX: one address, the key in the query, HTTP 200 for everything, and the shapes seen in the field."""

import copy
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from apps.sandbox.core import Call, Reply, Sandbox
from apps.sandbox.core.credentials import secret

from . import channels, devices, managedb, messages, outreach, people, queues, reports, routing, system  # noqa: F401 - register
from .answers import JSON, PLAIN, labelled
from .calls import OPERATIONS, TOO_BAD, ZONE, Context, Key, Operation, Said, TooBad, checked, scoped
from .pbx import Pbx
from .seed import CODES, seed

PATH = "/pbx/proxyapi.php"
UNKNOWN = "unknown"
KEYED_TENANT = "1"  # the tenant whose own keys are told; the first that the seed makes
VARIATIONS = {
    "zero_bytes": "0 bytes, as for nothing found; the operation is carried out",
    "bracket": "the single character ], as from an empty list of call records; the operation is carried out",
    "null": "null, as from the agents of a queue that is not there; the operation is carried out",
    "too_bad": "the sentence about the key, under the content type that was asked for; nothing is carried out",
    "single_keys": "rows have their columns by name alone",
    "no_sql_echo": "an update or delete says nothing instead of its statement",
    "field_speed": "as slow as seen in the field: COUNTPEERS 23 s, CHANNELS 7 s without a node name",
}
_BODIES = {"zero_bytes": "", "bracket": "]", "null": "null", "too_bad": TOO_BAD}
_FIELD_SPEED = {"COUNTPEERS": 23.0, "CHANNELS": 7.0}
_ON_A_NODE = 0.35
_HANGS = "INFO call"
_HANGING = 120.0  # seconds; longer than anybody waits
_ALIASES = {"phones": "phone", "customtypes": "customtype"}
_SECRET_ENDINGS = ("password", "secret", "pin")


class MirtaSandbox(Sandbox):
    """A MiRTA PBX with three tenants. `credentials` are the administrator's, `other_credentials` one tenant's own.

    `read_only_credentials` are that tenant's too, and may not write. `pbx` is the state, to be read.
    """

    vendor = "mirta"
    # `jsondata` and `values` hold whole rows, passwords among them.
    secrets = frozenset({"key", "password", "jsondata", "values", "value"})
    variations = VARIATIONS
    pbx: Pbx

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": secret(self.seed, "mirta", "admin"), "time_zone": ZONE.key}

    @property
    def other_credentials(self) -> dict[str, str]:
        return {"key": secret(self.seed, "mirta", "tenant"), "time_zone": ZONE.key, "tenant": next(iter(CODES.values()))}

    @property
    def read_only_credentials(self) -> dict[str, str]:
        return {**self.other_credentials, "key": secret(self.seed, "mirta", "read only")}

    # Life.

    def seed_state(self) -> None:
        self.pbx = Pbx(self.seed)
        seed(self.pbx, self.now())

    def dump_state(self) -> Any:
        return copy.deepcopy(self.pbx.dump())

    def load_state(self, data: Any) -> None:
        self.pbx.load(data)

    def describe(self) -> dict:
        return {
            "url": self.url,
            "path": PATH,
            "credentials": self.credentials,
            "other_credentials": self.other_credentials,
            "read_only_credentials": self.read_only_credentials,
            "faults_url": self.faults_url,
        }

    def show_state(self, params: Mapping[str, str]) -> Any:
        kind = params.get("kind", "")
        tables = {kind: self.pbx.table(kind)} if kind else self.pbx.tables
        return {
            name: {ref: {key: value for key, value in row.items() if not _secret(key)} for ref, row in table.items()}
            for name, table in tables.items()
        }

    # Answering.

    def rules(self) -> list[Rule]:
        return [Rule(path, endpoint="api", methods=["GET", "POST"]) for path in (PATH, "/mirtapbx/proxyapi.php")]

    def operations(self) -> set[str]:
        return {*OPERATIONS, UNKNOWN}

    def operation_of(self, endpoint: str, params: Mapping[str, str]) -> str:
        return name_of(params) if name_of(params) in OPERATIONS else UNKNOWN

    def carry_out(self, call: Call) -> Reply:
        wanted = str(call.params.get("format") or PLAIN).lower()
        if call.faults("field_speed") and call.operation in _FIELD_SPEED:
            self._wait(_ON_A_NODE if call.params.get("nodename") else _FIELD_SPEED[call.operation])
        if call.faults("too_bad"):
            return labelled(TOO_BAD, wanted)
        try:
            reply = self._answer(call, wanted)
        except Said as said:
            reply = labelled(said.text, wanted)
        body = next((text for name, text in _BODIES.items() if call.faults(name)), None)
        return reply if body is None else labelled(body, wanted)

    def _answer(self, call: Call, wanted: str) -> Reply:
        with self.lock:
            key = self._key(str(call.params.get("key", "")))
        if call.operation == UNKNOWN:
            raise Said
        asked = OPERATIONS[call.operation]
        if call.operation == _HANGS and not call.params.get("id"):
            self._wait(_HANGING)
            raise Said
        with self.lock:
            return self._run(asked, call, key, wanted)

    def _run(self, asked: Operation, call: Call, key: Key, wanted: str) -> Reply:
        params = {name: str(value) for name, value in call.params.items()}
        tenant = scoped(self.pbx, key, asked, params.get("tenant", "").strip())
        context = Context(self.pbx, params, call.files, call.faults, self.now(), tenant)
        checked(context, asked)
        answer = asked.run(context)
        if asked.writes or context.touched:
            self.changed()
        if isinstance(answer, Reply):
            return answer
        if isinstance(answer, str):
            return labelled(answer, wanted)
        text = answer.text(wanted, twice=not call.faults("single_keys"))
        if wanted == JSON and params.get("callback"):
            return Reply(f"{params['callback']}({text})".encode(), content_type="application/javascript")
        return labelled(text, JSON if getattr(answer, "always_json", False) else wanted)

    def _key(self, sent: str) -> Key:
        if sent == self.credentials["key"]:
            return Key()
        for credentials, writes in ((self.other_credentials, True), (self.read_only_credentials, False)):
            if sent == credentials["key"] and KEYED_TENANT in self.pbx.table("tenant"):
                return Key(KEYED_TENANT, writes)
        raise TooBad


def name_of(params: Mapping[str, str]) -> str:
    """The documented name of what is asked: request type, object, and action; all in any case."""

    def word(name: str) -> str:
        return str(params.get(name, "")).strip().lower()

    kind = word("reqtype").upper()
    if kind == "INFO":
        parts = [word("info")]
    elif kind == "MANAGEDB":
        parts = [_ALIASES.get(word("object"), word("object")), word("action")]
    elif kind in ("PHONEBOOK", "PHONEBOOKS"):
        parts = [word("subreqtype")]
    else:
        parts = [] if kind in OPERATIONS else [word("action")]
    return " ".join([kind, *parts])


def _secret(column: str) -> bool:
    return column.lower().endswith(_SECRET_ENDINGS) or "2fa" in column or column in ("_recording", "_content", "pc_code")
