"""The sandbox SolSwitch: sign-in, envelope, addresses."""

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request

from apps.sandbox.core import Call, Reply, Sandbox
from apps.sandbox.core.credentials import secret
from apps.sandbox.core.replies import HTML

from . import live, system  # noqa: F401 - register operations
from .calls import OPERATIONS, Context, Refused
from .seed import seed_switch
from .switch import Switch

LIMITED_TO = "2"
VARIATIONS = {
    "white_space": "reasons begin with a blank and break within lines, as in the document's samples",
    "spelled_fail": "a refusal's Status is Fail",
    "one_leg_listed": "a call's only leg comes in a list, not bare",
    "one_object": "911info answers with one object under Data, not a list",
    "bare_objects": "911info and tollrates put bare objects beside Status, as in the document: no JSON",
    "not_generated": "recordings are still being made",
    "page_404": "404 with an HTML page, as for a function this release does not have",
}
_MISSING = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"


class SolSwitchSandbox(Sandbox):
    """Sunwire SolSwitch. `credentials` may do everything, `other_credentials` are limited to one customer."""

    vendor = "solswitch"
    secrets = frozenset({"Key", "Password", "RegisterPassword", "AutoLearnAPIKey", "CustomDVData", "CustomDVDigits"})
    variations = VARIATIONS

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": secret(self.seed, "solswitch", "all")}

    @property
    def other_credentials(self) -> dict[str, str]:
        return {"key": secret(self.seed, "solswitch", "limited")}

    def seed_state(self) -> None:
        self.switch = Switch(self.seed)
        seed_switch(self.switch)

    def dump_state(self) -> Any:
        return self.switch.dump()

    def load_state(self, data: Any) -> None:
        self.switch = Switch(self.seed)
        self.switch.load(data)

    def show_state(self, params: Mapping[str, str]) -> Any:
        hidden = self.secrets
        return {
            kind: {ref: {name: value for name, value in row.items() if name not in hidden} for ref, row in table.items()}
            for kind, table in self.switch.tables.items()
        }

    def describe(self) -> dict:
        return {
            "url": self.url,
            "credentials": self.credentials,
            "other_credentials": self.other_credentials,
            "faults_url": self.faults_url,
        }

    def rules(self) -> list[Rule]:
        rules = [Rule(f"/api/{name}/", endpoint=name, methods=["POST"]) for name in OPERATIONS]
        return [*rules, Rule("/download-file.php", endpoint="download", methods=["GET"])]

    def respond(self, request: Request) -> Reply:
        """A function without its closing slash is redirected to the one with it, as web servers do."""
        if request.path.startswith("/api/") and not request.path.endswith("/"):
            return Reply(b"", 301, HTML, {"Location": f"{request.path}/"})
        return super().respond(request)

    def carry_out(self, call: Call) -> Reply:
        if call.faults("page_404"):
            return Reply(_MISSING, 404, HTML)
        if call.operation == "download":
            found = live.audio(self.seed, call.params.get("id", ""), call.params.get("sc", ""))
            return found or Reply(_MISSING, 404, HTML)
        operation = OPERATIONS[call.operation]
        with self.lock:
            try:
                only = self._sign_in(call.params)
                reply = operation.run(Context(self.switch, call.params, call.faults, self.now(), call.root, only))
            except Refused as refused:
                return Reply.json(_refusal(refused.reason, call))
        if operation.writes:
            self.changed()
        if call.faults("bare_objects") and call.operation in ("911info", "tollrates"):
            return Reply(_bare(reply).encode())
        return Reply.json(reply)

    def _sign_in(self, params: Mapping[str, Any]) -> str:
        """The customer that the key is limited to, or ""."""
        if params.get("Key") == self.credentials["key"]:
            return ""
        if params.get("Key") == self.other_credentials["key"]:
            return LIMITED_TO
        raise Refused("Error with Key")


def _refusal(reason: str, call: Call) -> dict[str, str]:
    if call.faults("white_space"):
        reason = " " + re.sub(" ", "\n", reason, count=1) + " "
    return {"Status": "Fail" if call.faults("spelled_fail") else "FAIL", "Reason": reason}


def _bare(reply: Mapping[str, Any]) -> str:
    rows = reply.get("Data", [row for key, row in reply.items() if key.isdecimal()])
    told = ", ".join(json.dumps(row) for row in (rows if isinstance(rows, list) else [rows]))
    label = '"Data" : ' if "Data" in reply else ""
    return f'{{ "Status": "OK", {label}{told} }}'
