"""How an address of sipXcom is answered: a function from a `Context` to a reply. It raises `Refused` to say no."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote

from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotFound
from werkzeug.http import parse_accept_header

from apps.sandbox.core import Call, Reply
from apps.sandbox.core.faults import Played

from .system import Row, System

UNANSWERED = "unanswered"
_VARIABLE = re.compile(r"\{(\w+)(:path)?\}")


class Refused(Exception):
    """sipXcom says no: a status, words beside it or in the body, and the Java exception that was thrown, if one was."""

    def __init__(self, status: int, text: str = "", java: str = "") -> None:
        self.status, self.text, self.java = status, text, java
        super().__init__(text)


def failed(java: str, text: str = "") -> Refused:
    """An exception that the server does not catch."""
    return Refused(500, text, java)


@dataclass
class Context:
    """All that an address may look at: the system, the request, who asks, and the faults that hold."""

    system: System
    call: Call
    user: Row
    now: datetime

    @property
    def path(self) -> Mapping[str, str]:
        return self.call.path

    @property
    def faults(self) -> Played:
        return self.call.faults

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the first of each, blank ones too."""
        return {
            name: values[0] for name, values in parse_qs(self.call.target.partition("?")[2], keep_blank_values=True).items()
        }

    @property
    def text(self) -> str:
        """The body as text."""
        return self.call.body.decode("utf-8", "replace")

    @property
    def mimetype(self) -> str:
        return self.call.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def accepted(self, *offered: str) -> str:
        """The offered type that the client likes best, the first among equals. Raises 406 when it wants none of them."""
        accept = self.call.headers.get("Accept", "*/*") or "*/*"
        best = parse_accept_header(accept, MIMEAccept).best_match(offered)
        if best is None:
            raise Refused(406)
        return best


Run = Callable[[Context], Reply]


@dataclass(frozen=True)
class Address:
    """A template of addresses, the functions that answer its verbs, and the statuses of the verbs that have none."""

    template: str
    pattern: re.Pattern[str]
    verbs: dict[str, Run]
    refusals: dict[str, int]

    @property
    def fixed(self) -> int:
        return len(_VARIABLE.sub("", self.template))

    def refusal(self, verb: str) -> int:
        """405 on what is only read and on all of /api; elsewhere Restlet's default methods fail with 500, or find nothing."""
        if verb in self.refusals:
            return self.refusals[verb]
        if self.template.startswith("/api") or set(self.verbs) == {"GET"}:
            return 405
        return 404 if verb == "GET" else 500


ADDRESSES: dict[str, Address] = {}


def address(template: str, **refusals: int) -> Address:
    """The address of a template, made when it is new; `refusals` tell the status of verbs it does not take."""
    if template not in ADDRESSES:
        pattern = _VARIABLE.sub(lambda found: f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})", template.replace(".", r"\."))
        ADDRESSES[template] = Address(template, re.compile(pattern), {}, {})
    ADDRESSES[template].refusals.update(refusals)
    return ADDRESSES[template]


def route(verb: str, *templates: str, **refusals: int) -> Callable[[Run], Run]:
    """Register a function as what answers a verb at these addresses."""

    def register(run: Run) -> Run:
        for template in templates:
            address(template, **refusals).verbs[verb] = run
        return run

    return register


def names() -> set[str]:
    """The names of all operations: verb and template."""
    return {f"{verb} {each.template}" for each in ADDRESSES.values() for verb in each.verbs}


def find(verb: str, path: str) -> tuple[str, dict[str, str]]:
    """The operation's name and the path's variables. Raises NotFound.

    /api takes whole addresses, decoded, with a type as their ending; /rest takes whatever begins as one of its addresses does,
    undecoded, the longest match first.
    """
    if path.startswith("/api/"):
        path = re.sub(r"(?<=[^/])\.(json|xml)$", "", path.rstrip("/"))
        found = [(each.fixed, each, match) for each in ADDRESSES.values() if (match := each.pattern.fullmatch(path))]
    else:
        found = [
            (match.end() * 1000 + each.fixed, each, match)
            for each in ADDRESSES.values()
            if each.template.startswith("/rest") and (match := each.pattern.match(path))
        ]
    if not found:
        raise NotFound
    _, best, match = max(found, key=lambda each: each[0])
    variables = match.groupdict()
    if best.template.startswith("/api"):
        variables = {name: unquote(value) for name, value in variables.items()}
    if verb in best.verbs:
        return f"{verb} {best.template}", variables
    return UNANSWERED, {"status": str(best.refusal(verb)), "allow": ", ".join(best.verbs)}


def answer_of(name: str) -> Run:
    verb, _, template = name.partition(" ")
    return ADDRESSES[template].verbs[verb]
