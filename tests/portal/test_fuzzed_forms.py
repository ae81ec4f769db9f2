"""Every form and filter of the portal, fed with what no form expects: never a 500, and what was typed stays.

Forms are found by reading the pages of every address, so a new one is in it the moment a page shows it. `FUZZ_EXAMPLES` sets
how many fillings each gets (a few by default); `FUZZ_EXAMPLES=500` is for a night.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_plus, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fixtures.people import ClientFor
from tests.portal.test_isolation import ALL, NO_OBJECT, World, _address
from tests.portal.test_isolation import world as world  # noqa: PLC0414  (the fixture)

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
GROUPS = sorted({name.partition(":")[0] if ":" in name else name.partition("_")[0] for name in ALL})
# Answers for machines, files, and what ends the session.
LEFT_OUT = {"prometheus-django-metrics", "account_logout", "accounts:invitation"}
TYPED = {"text", "search", "email", "tel", "url", "number", "textarea", "date"}
GENERIC = ("ids", "all", "query", "next", "tenant", "q", "active", "session", "confirmation", "form_token")

NASTY = [
    "", " ", "\x00", "a\x00b", "\ud800", "x\udfff", "\u202eevil\u202c", "שלום مرحبا", "'; DROP TABLE x; --",
    "<script>alert(1)</script>", "{{ 7*7 }}", "../../etc/passwd", "-1", "0", "1e309", "NaN", "9" * 40, "2026-13-45",
    "0000-00-00", "9999-12-31", "+1206555", "☎" * 50, "x" * 5000, "\r\nSet-Cookie: a=b", "%00", "null", "[]",
    '{"a": {"b": []}}', "00000000-0000-4000-8000-000000000000", "true", "on", "//evil.example/", "\ufeff", "\u0130",
    "e\u0301" * 20,
]  # fmt: skip
RAW = [b"%", b"%zz", b"%ff%fe", b"\xff\xfe", b"%ED%A0%80", b"%u0041", b"%00", b"+%", b"a=b=c"]
VALUE = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str)).map(
    lambda text: quote_plus(text, errors="surrogatepass").encode()
) | st.sampled_from(RAW)


@dataclass(frozen=True)
class Form:
    """A form of a page: where it goes, and its fields with kind and value."""

    page: str
    action: str
    method: str
    fields: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        return f"{self.method} {self.action} (on {self.page})"


@dataclass
class Reader(HTMLParser):
    """Reads the forms of a page."""

    page: str
    found: list[Form] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: tuple[str, str] | None = None
        self._fields: list[tuple[str, str, str]] = []
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = urljoin(self.page, told.get("action") or self.page), told.get("method", "get").upper()
            self._fields = []
        elif tag == "textarea" and told.get("name"):
            self._area, self._text = told["name"], ""
        elif tag in {"input", "select", "button"} and told.get("name"):
            kind = told.get("type", "text") if tag == "input" else tag
            self._fields.append((told["name"], kind, told.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self._fields.append((self._area, "textarea", self._text.removeprefix("\n")))
            self._area = None
        elif tag == "form" and self._open:
            self.found.append(Form(self.page, *self._open, tuple(self._fields)))
            self._open = None


def forms_of(page: str, body: str) -> list[Form]:
    """Return the forms of a page; the address bar is one of them."""
    reader = Reader(page)
    reader.feed(body)
    return [form for form in reader.found if not urlsplit(form.action).netloc]


def group_of(name: str) -> str:
    return name.partition(":")[0] if ":" in name else name.partition("_")[0]


def pages_of(group: str, world: World) -> Iterator[str]:
    for name, path in ALL.items():
        if group_of(name) == group and name not in LEFT_OUT | NO_OBJECT and "^" not in path:
            yield _address(name, world)
    if group == "connections":
        for operation in ("billing.pay", "porting.order", "stock.search", "traffic.numbers", "cart.reserve_many"):
            yield f"/connections/{world.connection.name}/console/{operation}/"
    if group == "numbers":
        yield from ("/numbers/change/inactive/", "/numbers/change/trunk-group/")


def forms_in(client: Client, pages: list[str]) -> list[Form]:
    """Return the forms of the pages, each once, and one for each address to which nothing was found to post."""
    found: dict[tuple[str, str, frozenset[str]], Form] = {}
    for page in pages:
        answer = client.get(page)
        if answer.status_code < 300 and "html" in answer.get("Content-Type", ""):
            for form in forms_of(page, answer.getvalue().decode()):
                path = urlsplit(form.action).path
                if "logout" not in path and path.startswith(tuple(pages)):
                    found.setdefault((form.method, path, frozenset(name for name, *_ in form.fields)), form)
    reached = {urlsplit(form.action).path for form in found.values()}
    for page in pages:
        found.setdefault(("GET", page, frozenset()), Form(page, page, "GET", tuple((name, "text", "") for name in GENERIC)))
        if page not in reached:
            found[("POST", page, frozenset())] = Form(page, page, "POST", tuple((name, "text", "") for name in GENERIC))
    return list(found.values())


def fillings(form: Form) -> st.SearchStrategy[list[tuple[str, bytes]]]:
    """Return lists of (name, value as it stands in a body): fields left out, repeated, as they were, and unknown ones."""
    choices = []
    for name, kind, value in form.fields:
        if name == "csrfmiddlewaretoken":
            continue
        as_it_was = st.just([(name, quote_plus(value).encode())])
        typed = st.lists(st.tuples(st.just(name), VALUE), min_size=0, max_size=2)
        choices.append(as_it_was | typed if kind in {"hidden", "select", "radio", "button"} else typed | typed | as_it_was)
    unknown = st.lists(st.tuples(st.sampled_from(["colour", "__proto__", "a[b]", "é"]), VALUE), max_size=1)
    return st.tuples(*choices, unknown).map(lambda parts: [pair for part in parts for pair in part])


def body_of(filled: list[tuple[str, bytes]]) -> bytes:
    return b"&".join(quote_plus(name).encode() + b"=" + value for name, value in filled)


def plain(text: str) -> str:
    """Text as a page may repeat it: line ends are one, and what HTML cannot hold is nothing."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd]", "", text).strip()


def lost(form: Form, filled: list[tuple[str, bytes]], answer: Any) -> list[str]:
    """Return the fields whose typed value a re-rendered form has dropped."""
    again = [
        one for one in forms_of(form.page, answer.content.decode()) if urlsplit(one.action).path == urlsplit(form.action).path
    ]
    shown = {name: value for one in again for name, kind, value in one.fields if kind in TYPED}
    request = answer.wsgi_request
    kept = request.POST if form.method == "POST" else request.GET
    return [
        f"{name}: {kept[name]!r} became {shown[name]!r}"
        for name in {name for name, _ in filled} & shown.keys() & set(kept)
        if plain(shown[name]) != plain(kept[name])
    ]


def fuzz(client: Client, form: Form, wrong: dict[str, str]) -> None:
    cookies = client.cookies.output(header="", sep=";")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate] if EXAMPLES < 50 else list(Phase),
        derandomize=EXAMPLES < 50,
        suppress_health_check=list(HealthCheck),
    )
    @given(filled=fillings(form), htmx=st.booleans())
    def one(filled: list[tuple[str, bytes]], htmx: bool) -> None:
        client.cookies.load(cookies)
        headers = {"hx-request": "true"} if htmx else {}
        body = body_of(filled)
        with transaction.atomic():
            if form.method == "POST":
                kind = "application/x-www-form-urlencoded"
                answer = client.generic("POST", form.action, body, content_type=kind, headers=headers)
            else:
                path = urlsplit(form.action).path
                answer = client.generic("GET", path, headers=headers, QUERY_STRING=body.decode("latin-1"))
            transaction.set_rollback(True)
        assert answer.status_code < 500, f"{answer.status_code} for {body[:300]!r}"
        if answer.status_code == 422 and not htmx and (dropped := lost(form, filled, answer)):
            raise AssertionError(f"typed and lost: {dropped}")

    try:
        one()
    except Exception as error:  # noqa: BLE001  (all forms are tried; each fault is told)
        wrong[str(form)] = f"{type(error).__name__}: {str(error)[:600]}"


@pytest.fixture(autouse=True)
def no_second_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendors of this world do not answer; waiting before asking again would be all this took."""
    monkeypatch.setattr("apps.vendors.core.client.TRIES", 1)


@pytest.mark.parametrize("group", GROUPS)
def test_no_filling_of_a_form_breaks_it(group: str, world: World, client_for: ClientFor) -> None:
    client = client_for("ada")
    wrong: dict[str, str] = {}
    for form in forms_in(client, list(pages_of(group, world))):
        fuzz(client, form, wrong)
    assert wrong == {}


@pytest.mark.parametrize("person", ["tess", "sam", None])
def test_nor_for_tenants_support_and_visitors(person: str | None, world: World, client_for: Callable[..., Client]) -> None:
    client = client_for(person)
    pages = ["/", "/profile/", "/search/", "/numbers/", "/jobs/", "/scope/", "/accounts/login/", "/accounts/password/reset/"]
    wrong: dict[str, str] = {}
    for form in forms_in(client, pages):
        fuzz(client, form, wrong)
    assert wrong == {}


def test_the_walk_finds_the_forms_people_fill_in(world: World, client_for: ClientFor) -> None:
    client = client_for("ada")
    found = {
        urlsplit(form.action).path: {name for name, *_ in form.fields}
        for group in ("accounts", "connections", "tenants", "audit")
        for form in forms_in(client, list(pages_of(group, world)))
        if form.method == "POST" and len(form.fields) > 1
    }
    assert {"username", "email", "role"} <= found["/people/add/"]
    assert {"name", "key"} <= found["/tenants/add/"]
    assert {"base_url", "field_token"} <= found[f"/connections/{world.connection.name}/edit/"]
    assert {"param_card_number", "confirmation"} <= found[f"/connections/{world.connection.name}/console/billing.pay/"]


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/step-up/", {"password": "x"}),
        ("/step-up/?next=a:b", {"step_up": "password", "password": "seven quiet telephones"}),
        ("/people/{person}/limits/", {"tenants": "9" * 40}),
        ("/numbers/assign/", {"ids": "9" * 40}),
        ("/connections/wholesale-one/edit/", {"ca_pem": "-----BEGIN CERTIFICATE-----\nשלום", "revision": "1"}),
    ],
)
def test_what_the_walk_once_found_stays_mended(world: World, client_for: ClientFor, path: str, typed: dict[str, str]) -> None:
    for headers in ({}, {"hx-request": "true"}):
        answer = client_for("ada").post(path.format(person=world.person.pk), typed, headers=headers)
        assert answer.status_code < 500
