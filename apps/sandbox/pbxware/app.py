"""The sandbox PBX: sign-in, one address, the shapes its answers may take, what tests and people may look at."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule

from apps.sandbox.core import Call, Reply, Sandbox
from apps.sandbox.core.credentials import secret

from . import extensions, records, routing, system, trunks  # noqa: F401 - register operations
from .calls import OPERATIONS, Context, Refused, checked
from .pbx import Pbx
from .seed import seed

UNKNOWN = "unknown"
SECRETS = frozenset(
    {"apikey", "secret", "peer_secret", "pin", "password", "pbd_pin", "appassword", "ldap_password", "api_key", "auth_token"}
)
VARIATIONS = {
    "php_notice": "a PHP notice is printed before the JSON",
    "php_only": "a PHP warning and no JSON at all, as when an action lacks a part",
    "wrapped_error": "a refusal stands in a list",
    "ids_as_text": "every id is text",
    "ids_as_numbers": "every id is a number",
    "empty_object": "nothing found is {} and not []",
    "lying_delete": "a delete answers with success and deletes nothing",
    "settles_later": "what is added is listed after `value` seconds, by default 60",
    "fresh_tenant": "ext.add is refused as for a tenant made minutes ago",
    "no_tenant_column": "call records without the Tenant column",
    "next_page_as_text": 'next_page is "true" or "false"',
    "shifting_pages": "a call comes in between any two pages of call records, so that a row comes twice",
    "no_permission": "the key lacks the permission for the call",
    "sleeping_key": "the key was suspended after inactivity",
    "broken_table": "the database lacks a table",
}
_NOTICE = "<br />\n<b>Notice</b>:  Undefined index: lang in <b>/opt/httpd/htdocs/index.php</b> on line <b>{line}</b><br />\n"
_WARNING = "<br />\n<b>Warning</b>:  Undefined array key 2 in <b>/opt/httpd/htdocs/index.php</b> on line <b>{line}</b><br />\n"
_REFUSALS = {
    "no_permission": "You do not have permission to execute this action.",
    "sleeping_key": "API key is suspended due to inactivity.",
    "broken_table": "SQLSTATE[42S02]: Base table or view not found: Table 'pbxware.api_log' doesn't exist",
}


class PbxwareSandbox(Sandbox):
    """A multi-tenant PBXware 8.1; `pbx` is its state, to be read."""

    vendor = "pbxware"
    secrets = SECRETS
    variations = VARIATIONS
    pbx: Pbx

    @property
    def credentials(self) -> dict[str, str]:
        return {"apikey": secret(self.seed, "pbxware")}

    # Life.

    def seed_state(self) -> None:
        self.pbx = Pbx(self.seed)
        seed(self.pbx, self.now())

    def dump_state(self) -> Any:
        return copy.deepcopy(self.pbx.dump())

    def load_state(self, data: Any) -> None:
        self.pbx.load(data)

    def describe(self) -> dict:
        return {"url": self.url, "credentials": self.credentials, "faults_url": self.faults_url}

    def show_state(self, params: Mapping[str, str]) -> Any:
        kind = params.get("kind", "")
        tables = {kind: self.pbx.table(kind)} if kind else self.pbx.tables
        return {
            name: {ref: {key: value for key, value in row.items() if key not in SECRETS} for ref, row in table.items()}
            for name, table in tables.items()
        }

    # Answering.

    def rules(self) -> list[Rule]:
        return [Rule(path, endpoint="api", methods=["GET", "POST"]) for path in ("/", "/index.php")]

    def operations(self) -> set[str]:
        return {*OPERATIONS, UNKNOWN}

    def operation_of(self, endpoint: str, params: Mapping[str, str]) -> str:
        name = params.get("action", "").removeprefix("pbxware.")
        return name if name in OPERATIONS else UNKNOWN

    def carry_out(self, call: Call) -> Reply:
        if call.operation == UNKNOWN and call.params.get("apikey") == self.credentials["apikey"] or call.faults("php_only"):
            # Seen in the field: an action that is not known is an array key that is not there.
            return Reply(_WARNING.format(line=88).encode(), content_type="text/html; charset=UTF-8")
        with self.lock:
            data = self._answer(call)
        operation = OPERATIONS.get(call.operation)
        if operation is not None and operation.writes:
            self.changed()
        text = json.dumps(_varied(data, call))
        if call.faults("php_notice"):
            text = _NOTICE.format(line=412) + text
        return Reply(text.encode(), content_type="text/html; charset=UTF-8")

    def _answer(self, call: Call) -> Any:
        """The data of the answer; refusals are data as well, for HTTP is 200 whatever happens."""
        context = Context(self.pbx, call.params, call.lists, call.faults, self.now())
        try:
            if call.params.get("apikey") != self.credentials["apikey"]:
                raise Refused("Invalid API key.")
            for fault, words in _REFUSALS.items():
                if call.faults(fault):
                    raise Refused(words)
            operation = OPERATIONS[call.operation]
            checked(context, operation.needs)
            return copy.deepcopy(operation.run(context))
        except Refused as refused:
            error = {"error": refused.text}
            return [error] if call.faults("wrapped_error") else error


def _varied(data: Any, call: Call) -> Any:
    if call.faults("empty_object") and data == []:
        return {}
    if isinstance(data, dict) and "id" in data:
        if call.faults("ids_as_text"):
            return {**data, "id": str(data["id"])}
        if call.faults("ids_as_numbers") and str(data["id"]).isdecimal():
            return {**data, "id": int(data["id"])}
    return data
