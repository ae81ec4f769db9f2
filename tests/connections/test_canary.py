"""Each credential and each secret parameter is a marker; after calls of every kind the markers stand nowhere."""

import contextlib
import io
import json
import logging
import re
import subprocess
import threading
import traceback
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote_plus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection as database
from django.urls import reverse

from apps.audit.services import record
from apps.connections import services
from apps.connections.models import Connection
from apps.vendors.core.client import Confirmation
from apps.vendors.core.errors import VendorError
from apps.vendors.core.params import Upload

TOKEN = "canaryTOKEN5b1c77aa"
CARD, CVV = "4012888899990000", "7391"
ACCOUNT, PIN = "canaryACCOUNT91e2", "canaryPIN47d0"
MARKERS = (TOKEN, CARD, ACCOUNT, PIN)
CVV_ALONE = re.compile(rf"(?<![0-9a-zA-Z.]){CVV}(?![0-9a-zA-Z])")

PAYMENT = {
    "first_name": "Ann", "last_name": "Owner", "card_number": CARD, "cvv": CVV, "expiry_month": "1", "expiry_year": "2031",
}  # fmt: skip
PORT = {
    "numbers": "2063334444", "category": "landline", "subscriber_type": "residential", "authorizing_person": "Ann Owner",
    "wireless_account": ACCOUNT, "wireless_pin": PIN,
}  # fmt: skip


def assert_clean(text, where):
    for marker in MARKERS:
        assert marker not in text, f"{marker} in {where}"
    found = CVV_ALONE.search(text)
    assert not found, f"the CVV in {where}: {text[max(0, found.start() - 60) : found.end() + 20]}"


@pytest.fixture
def connection(transactional_db, carrier):
    """A connection with every secret a marker."""
    return services.add_connection(
        name="main-carrier", vendor="carrier", actor=None, base_url=carrier.url,
        fields={"token": TOKEN, "accountno": carrier.credentials["accountno"], "card_payments": True},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("token_is_known", "fault"),
    [(False, None), *((True, fault) for fault in (None, "html500", "html200", "garbage", "drop_after", "429"))],
)
def test_no_marker_is_left_anywhere(connection, carrier, client_for, caplog, capfd, monkeypatch, token_is_known, fault):
    caplog.set_level(logging.DEBUG)
    if token_is_known:
        monkeypatch.setitem(carrier._tokens, carrier.credentials["accountno"], TOKEN)
    if fault:
        carrier.faults.set(fault)
    said = [*calls(connection), *console(client_for("ada")), *screens(client_for("ada")), *commands()]
    for where, text in said:
        assert_clean(text, where)
    assert_clean(caplog.text, "the log")
    out, err = capfd.readouterr()
    assert_clean(out + err, "the terminal")
    for where, text in stored():
        assert_clean(text, where)


class _Parrot(BaseHTTPRequestHandler):
    """A vendor that repeats whatever it is sent, in a good answer or in a refusal."""

    status = 400
    heard: ClassVar[list[str]] = []

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode(errors="replace")
        self.heard.append(sent)
        answer = {"status": str(self.status), "error": f"Invalid request: {sent}"}
        if self.status == 200:
            answer = {"status": "200", "data": [sent, unquote_plus(sent)], "success": sent}
        body = json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_vendor_that_repeats_the_request_gives_nothing_away(connection, client_for, caplog, monkeypatch, status):
    monkeypatch.setattr(_Parrot, "status", status)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Parrot) as parrot:
        threading.Thread(target=parrot.serve_forever, daemon=True).start()
        Connection.objects.update(base_url=f"http://127.0.0.1:{parrot.server_port}")
        said = [*calls(Connection.objects.get()), *console(client_for("ada")), *screens(client_for("ada"))]
        parrot.shutdown()
    for marker in (*MARKERS, CVV):
        assert any(marker in body for body in _Parrot.heard), marker
    for where, text in [*said, *stored(), ("the log", caplog.text)]:
        assert_clean(text, where)


def calls(connection):
    """Call through the driver, and yield every error as str, repr and traceback."""
    loa, bill = Upload("loa.pdf", b"%PDF-1.4 loa"), Upload("bill.pdf", b"%PDF-1.4 bill")
    for name, params in (
        ("stock.states", {}),
        ("billing.pay", PAYMENT),
        ("billing.pay", PAYMENT | {"card_number": CARD + "xyz"}),
        ("porting.order", PORT | {"loa": loa, "carrier_bill": bill}),
    ):
        try:
            services.client_for(connection).call(name, params, confirmation=Confirmation("test", "1"))
        except VendorError as error:
            yield f"{name} str", str(error)
            yield f"{name} repr", repr(error) + repr(vars(error))
            yield f"{name} traceback", "".join(traceback.format_exception(error))
            yield f"{name} words", str(services.describe_error(error, connection))
    yield "endpoint", repr(services.client_for(connection).endpoint)
    yield "row", repr(connection) + repr(vars(connection))


def console(client):
    """Call from the console, also with a value that is refused and comes back in the form."""
    for name, given in (
        ("stock.states", {}),
        ("billing.pay", PAYMENT),
        ("billing.pay", PAYMENT | {"expiry_month": "13"}),
        ("porting.order", PORT),
    ):
        data = {f"param_{key}": value for key, value in given.items()}
        if name == "porting.order":
            data["param_loa"] = SimpleUploadedFile("loa.pdf", b"%PDF-1.4 loa")
            data["param_carrier_bill"] = SimpleUploadedFile("bill.pdf", b"%PDF-1.4 bill")
        address = reverse("connections:operation", args=["main-carrier", name])
        data |= {"form_token": str(uuid.uuid4()), "confirmation": "main-carrier"}
        yield f"console {name}", client.post(address, data).content.decode()


def screens(client):
    for page in ("list", "add"):
        yield page, client.get(reverse(f"connections:{page}")).content.decode()
    for page in ("detail", "edit", "delete", "console"):
        yield page, client.get(reverse(f"connections:{page}", args=["main-carrier"])).content.decode()
    yield "audit", client.get(reverse("audit:list")).content.decode()
    edit = reverse("connections:edit", args=["main-carrier"])
    yield "wrong edit", client.post(edit, {"field_token": TOKEN, "base_url": "nonsense"}).content.decode()


def commands():
    for arguments in (
        ("vendor", "call", "main-carrier", "stock.states"),
        ("vendor", "call", "main-carrier", "billing.pay", *[f"-p{key}={value}" for key, value in PAYMENT.items()]),
        ("connection", "list"),
        ("connection", "test"),
        ("keys", "rotate"),
    ):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.suppress(SystemExit):
            try:
                call_command(*arguments, stdout=out, stderr=err)
            except Exception as error:  # noqa: BLE001  (whatever ends it, its words must be clean)
                err.write("".join(traceback.format_exception(error)))
        yield " ".join(arguments[:4]), out.getvalue() + err.getvalue()


def stored():
    """Every row of every table, and the database's own files."""
    yield from stored_rows()
    if database.vendor == "sqlite":
        name = Path(database.settings_dict["NAME"])
        for path in name.parent.glob(f"{name.name}*"):
            # In a process of its own: closing these files here would drop SQLite's locks on them.
            content = subprocess.run(["cat", path], capture_output=True, check=True).stdout
            for marker in MARKERS:
                assert marker.encode() not in content, path


def stored_rows():
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            # Whole numbers that we count ourselves (ids) may well be a CVV's digits.
            yield table, str([[value for value in row if not isinstance(value, int)] for row in cursor.fetchall()])


def test_the_search_would_find_a_marker(transactional_db, ada):
    """The canary of the canary: a marker that does get in is found."""
    record("test.leak", actor=ada, params={"note": f"the card was {CARD}"})
    tables = dict(stored_rows())
    with pytest.raises(AssertionError, match="audit_auditentry"):
        assert_clean(tables["audit_auditentry"], "audit_auditentry")
