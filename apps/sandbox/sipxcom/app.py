"""The sandbox sipXcom: sign-in and roles, two servers behind one base, how each of them fails."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.wrappers import Request

from apps.sandbox.core import Call, Reply, Sandbox
from apps.sandbox.core.credentials import secret
from apps.sandbox.core.replies import HTML

from . import api, my, rest  # noqa: F401 - register addresses
from .auth import Unknown, allowed, open_to_anybody, sign_in
from .envelope import Enveloped
from .routes import UNANSWERED, Context, Refused, answer_of, failed, find, names
from .seed import FIRST_USER, seed
from .system import ADMIN, Row, System
from .trees import JSON, PLAIN, XML

ROOT = "/sipxconfig"
SECRETS = frozenset(
    {"pin", "password", "sipPassword", "voicemailPin", "accessCode", "moderatorCode", "operatorCode", "content", "uid"}
)
VARIATIONS = {
    "broken_500": "500 with an unescaped message of several lines where JSON is due; nothing is carried out",
    "html_error": "500 with the servlet's HTML page; nothing is carried out",
    "digest_only": "401 with a Digest challenge, whatever Basic credentials came",
    "one_page_more": "totalPages counts one page too many, and the page past the end repeats the last",
    "setting_ignored": "a setting is answered with 200 and keeps its value",
    "ring_lost": "a hunt group is saved without its last ring, with 200",
    "empty_put": "a PUT without a body is taken, as by newer releases of the server's library",
    "erl_in_a_list": "one emergency location comes in a list of one",
    "open_source": "no E911 and no license, as without the closed product: 404",
}
_CLOSED = ("/rest/erl", "/api/license")
_NO_BODY_NEEDED = ("/rest/call/", "/rest/my/call/", "/rest/my/phonebook/showContactsOnPhone/")
_SECRET_SETTING = re.compile(r"password|passwd|secret|pin$", re.IGNORECASE)


class SipxcomSandbox(Sandbox):
    """A sipXcom of 21.04 with what the closed Uniteme adds to it. `other_credentials` are those of an ordinary user."""

    vendor = "sipxcom"
    secrets = SECRETS
    variations = VARIATIONS
    system: System

    @property
    def credentials(self) -> dict[str, str]:
        return {"username": ADMIN, "password": secret(self.seed, "sipxcom", ADMIN, length=16)}

    @property
    def other_credentials(self) -> dict[str, str]:
        return {"username": FIRST_USER, "password": secret(self.seed, "sipxcom", FIRST_USER, length=16)}

    # Life.

    def seed_state(self) -> None:
        self.system = System(self.seed)
        seed(self.system, self.now())

    def dump_state(self) -> Any:
        return copy.deepcopy(self.system.dump())

    def load_state(self, data: Any) -> None:
        self.system.load(data)

    def show_state(self, params: Mapping[str, str]) -> Any:
        kind = params.get("kind", "")
        tables = {kind: self.system.table(kind)} if kind else self.system.tables
        return _without_secrets(tables)

    def describe(self) -> dict:
        return {
            "url": self.url + ROOT,
            "credentials": self.credentials,
            "other_credentials": self.other_credentials,
            "faults_url": self.faults_url,
        }

    # Answering.

    def rules(self) -> list[Rule]:
        return []

    def operations(self) -> set[str]:
        return {*names(), UNANSWERED}

    def match(self, request: Request) -> tuple[str, Mapping[str, Any]]:
        path = request.environ["REQUEST_URI"].partition("?")[0]
        if not path.startswith(f"{ROOT}/"):
            raise NotFound
        return find("GET" if request.method == "HEAD" else request.method, path.removeprefix(ROOT))

    def logged(self, call: Call) -> Mapping[str, Any]:
        """The variables of path and query; bodies hold secrets in too many shapes."""
        query = {name: value for name, value in call.params.items() if f"{name}=" in call.target}
        return {**query, **call.path}

    def carry_out(self, call: Call) -> Reply:
        if call.method == "OPTIONS":
            return Reply(b"", content_type=PLAIN)
        target = call.target.removeprefix(ROOT)
        with self.lock:
            try:
                reply = self._answer(call, target)
            except (Unknown, Enveloped) as known:
                return known.reply
            except Refused as refused:
                return _refusal(refused, target, call)
        if call.method != "GET" or "/my/conference/" in target:
            self.changed()
        return reply

    def _answer(self, call: Call, target: str) -> Reply:
        user = self._who(call, target)
        if call.faults("open_source") and target.startswith(_CLOSED):
            raise Refused(404)
        if call.operation == UNANSWERED:
            raise Refused(int(call.path["status"]))
        if target.startswith("/rest/"):
            _entity_is_due(call, target)
        if call.faults("broken_500"):
            text = 'Cannot construct "Row"\n---- Debugging information ----\nmessage\t: Cannot construct "Row"\n'
            raise failed("com.thoughtworks.xstream.converters.ConversionException", text)
        if call.faults("html_error"):
            return _page(500, "Request failed.")
        return answer_of(call.operation)(Context(self.system, call, user, self.now()))

    def _who(self, call: Call, target: str) -> Row:
        if open_to_anybody(target):
            return {"userName": "", "permissions": {}}
        digest_only = call.faults("digest_only")
        user = sign_in(self.system, call.method, call.target, call.headers, self.now(), digest_only=digest_only)
        if not allowed(user, target):
            raise Refused(403, "Access is denied")
        return user


def _entity_is_due(call: Call, target: str) -> None:
    if call.method != "PUT":
        return
    if "Content-Range" in call.headers:
        raise Refused(501, "Content-Range is not supported")
    if not call.body and not target.startswith(_NO_BODY_NEEDED) and not call.faults("empty_put"):
        raise Refused(400, "Missing request entity")


def _refusal(refused: Refused, target: str, call: Call) -> Reply:
    """How a refusal leaves either server: a page, a broken piece of JSON, or text that is called by the type asked for."""
    allow = {"Allow": call.path["allow"]} if refused.status == 405 and "allow" in call.path else {}
    if refused.status == 403:
        return _page(403, refused.text)
    if target.startswith("/rest/"):
        if refused.java:
            return Reply(f'{{"error":"{refused.text}","type":"{refused.java}"}} '.encode(), refused.status)
        if call.operation == UNANSWERED and refused.status == 500:
            return Reply(b"", 500, PLAIN)
        reply = _page(refused.status, refused.text)
        reply.headers |= allow
        return reply
    text = f"{refused.java.rpartition('.')[2]}: {refused.text}" if refused.java else refused.text
    kind = XML if "xml" in call.headers.get("Accept", "") else JSON
    return Reply(text.encode(), refused.status, kind, allow)


def _page(status: int, reason: str) -> Reply:
    words = " ".join(reason.split()).encode("latin-1", "replace").decode("latin-1")
    page = f"<html><head><title>Error {status}</title></head><body><h2>HTTP ERROR {status}</h2><p>{words}</p></body></html>\n"
    return Reply(page.encode(), status, HTML, reason=words)


def _without_secrets(data: Any) -> Any:
    if isinstance(data, dict):
        kept = {name: value for name, value in data.items() if name not in SECRETS and not _SECRET_SETTING.search(str(name))}
        return {name: _without_secrets(value) for name, value in kept.items()}
    return [_without_secrets(each) for each in data] if isinstance(data, list) else data
