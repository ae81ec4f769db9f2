"""Files that go to a vendor are judged by what is in them; links in its replies are followed on its own host alone."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import add_connection, client_for
from apps.sandbox.carrier import CarrierSandbox
from apps.vendors.core.billing import Billing
from apps.vendors.core.calls import Recordings
from apps.vendors.core.errors import NotConfigured, NotFound, Unreachable, UnreadableReply, VendorFault
from apps.vendors.core.reports import CallRecords
from tests.fixtures.people import ClientFor

pytestmark = pytest.mark.django_db
FILES = {"/f.wav": (b"RIFF\x24\x00\x00\x00WAVEfmt sound", "audio/wav"), "/page": (b"<html>", "text/html; charset=utf-8")}


class _Vendor(BaseHTTPRequestHandler):
    """A switch and a file server: what it answers is in `server.says`, what it was asked in `server.heard`."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.heard.append(self.path)
        if self.path in server.moves:
            self.send_response(302)
            self.send_header("Location", server.moves[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content, kind = FILES.get(self.path.partition("?")[0], (b"none", "text/plain"))
        self._answer(content, kind, 200 if self.path.partition("?")[0] in FILES else 404)

    def do_POST(self) -> None:
        server: Any = self.server
        self.rfile.read(int(self.headers["Content-Length"]))
        server.heard.append(self.path)
        self._answer(json.dumps(server.says).encode(), "application/json", 200)

    def _answer(self, content: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[], Any]]:
    running = []

    def start() -> Any:
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Vendor)
        server.heard, server.moves, server.says = [], {}, {}
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def switch(url: str, ada: User) -> Connection:
    return add_connection(name="switch", vendor="solswitch", fields={"key": "k" * 16}, base_url=url, actor=ada)


def recording(server: Any, link: str) -> None:
    server.says = {"0": {"RecordingID": "1", "URL": link, "Duration": "3"}, "Status": "OK"}


# --- links ------------------------------------------------------------------------------------------------


def test_a_recording_comes_from_the_switch_whatever_host_its_link_names(serve, ada):
    vendor, elsewhere = serve(), serve()
    client = client_for(switch(vendor.url, ada))
    for link in (f"{elsewhere.url}/f.wav?id=1", f"{vendor.url}/f.wav?id=1", "//169.254.169.254/f.wav?id=1"):
        recording(vendor, link)
        found = client.capability(Recordings).fetch("2", "5:0")
        assert (found.name, found.content) == ("f.wav", FILES["/f.wav"][0])
    assert elsewhere.heard == []


def test_a_page_in_place_of_a_recording_is_none(serve, ada):
    vendor = serve()
    recording(vendor, f"{vendor.url}/page")
    with pytest.raises(NotFound, match="a page instead of the recording"):
        client_for(switch(vendor.url, ada)).capability(Recordings).fetch("2", "5:0")


@pytest.mark.parametrize(
    "link",
    [
        "{elsewhere}/f.wav",
        "//evil.example/f.wav",
        "https://{host}/f.wav",  # another scheme is another place
        "http://{host}@evil.example/f.wav",
        "http://{host}.evil.example/f.wav",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/f.wav",
        "file:///etc/passwd",
        "ftp://{host}/f.wav",
        "\\\\evil.example\\f.wav",
    ],
)
def test_no_other_link_is_followed(serve, ada, link):
    vendor, elsewhere = serve(), serve()
    client = client_for(switch(vendor.url, ada))
    given = link.format(elsewhere=elsewhere.url, host=vendor.url.removeprefix("http://"))
    with pytest.raises((NotConfigured, NotFound)) as refused:
        client.download(given)
    if isinstance(refused.value, NotConfigured):
        assert refused.value.code == "foreign_link"
        assert vendor.heard == []
    assert elsewhere.heard == []


def test_a_redirect_is_not_followed(serve, ada):
    vendor, elsewhere = serve(), serve()
    vendor.moves = {"/f.csv": f"{elsewhere.url}/f.wav", "/own.csv": "/f.wav"}
    client = client_for(switch(vendor.url, ada))
    for link in ("/f.csv", "/own.csv"):
        with pytest.raises(VendorFault, match="answered 302 instead of the file"):
            client.download(link)
    assert elsewhere.heard == []
    assert vendor.heard == ["/f.csv", "/own.csv"]


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "169.254.7.7", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_to_this_machine_or_the_link_is_not_connected_to(serve, ada, monkeypatch, settings, address):
    vendor = serve()
    connection = switch("http://switch.example:80", ada)
    settings.OUTBOUND_ALLOW = []
    family = 10 if ":" in address else 2
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(family, 1, 6, "", (address, vendor.server_port))])
    client = client_for(connection)
    for link in ("/f.wav", "http://switch.example:80/f.wav"):
        with pytest.raises(NotConfigured, match="Nothing was sent") as refused:
            client.download(link)
        assert refused.value.code == "outbound"
    assert vendor.heard == []


def test_a_file_that_does_not_end_is_cut_off_and_one_that_is_gone_is_none(serve, ada):
    vendor = serve()
    client = client_for(switch(vendor.url, ada))
    with pytest.raises(UnreadableReply, match="cut off"):
        client.download("/f.wav", max_bytes=8)
    with pytest.raises(NotFound):
        client.download("/gone.wav")
    with pytest.raises(Unreachable):
        client_for(add_connection(name="dead", vendor="solswitch", fields={"key": "k" * 16}, base_url="http://127.0.0.1:9",
                                  actor=ada)).download("/f.wav")  # fmt: skip


def test_invoices_and_call_records_of_the_carrier_come_from_its_own_host(connection: Connection, carrier: CarrierSandbox):
    client = client_for(connection)
    invoice = client.capability(Billing).invoices()[0]
    assert client.capability(Billing).fetch(invoice.link).content
    days = [day for day in client.capability(CallRecords).days(date(2000, 1, 1), date(2100, 1, 1)) if day.completed_link]
    assert client.capability(CallRecords).fetch(days[0].completed_link).content
    asked = len(carrier.log.as_json())
    for door in (Billing, CallRecords):
        with pytest.raises(NotConfigured, match="not to this connection's host"):
            client.capability(door).fetch("http://evil.example/invoice.pdf")
    assert len(carrier.log.as_json()) == asked


# --- uploads ----------------------------------------------------------------------------------------------


def port(browser: Browser, loa: SimpleUploadedFile) -> Any:
    data = {
        "param_numbers": "2063334444", "param_category": "landline", "param_subscriber_type": "business",
        "param_authorizing_person": "Ann Owner", "form_token": str(uuid.uuid4()), "param_loa": loa,
        "param_carrier_bill": SimpleUploadedFile("bill.pdf", b"%PDF-1.4 bill"), "confirmation": "main-carrier",
    }  # fmt: skip
    return browser.post("/connections/main-carrier/console/porting.order/", data)


@pytest.mark.parametrize(
    ("name", "content", "kind", "why"),
    [
        ("loa.pdf", b"<html><script>alert(1)</script>", "application/pdf", "is not PDF"),
        ("loa.pdf", b"MZ\x90\x00", "application/pdf", "is not PDF"),
        ("loa.html", b"<html>", "text/html", "attach a file of type"),
        ("loa.pdf.exe", b"%PDF-1.4", "application/pdf", "attach a file of type"),
        ("loa.pdf", b"", "application/pdf", "empty"),
        ("loa.png", b"%PDF-1.4", "image/png", "is not PNG"),
    ],
)
def test_a_letter_that_is_no_letter_is_not_sent(connection, carrier, client_for: ClientFor, name, content, kind, why):
    answer = port(client_for("ada"), SimpleUploadedFile(name, content, kind))
    assert answer.status_code == 422
    assert why.lower() in answer.text.lower()
    assert carrier.log.as_json() == []


def test_a_letter_is_sent_under_its_bare_name(connection, carrier, client_for: ClientFor):
    answer = port(client_for("ada"), SimpleUploadedFile("../../etc/loa.pdf", b"%PDF-1.4 letter", "text/html"))
    assert answer.status_code == 200, answer.text
    assert "porting.order" in answer.text
    assert "../" not in json.dumps(carrier.log.as_json(), default=str)
