"""State outlives a restart; the control pages show and change it; the log masks secrets."""

import json
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.sandbox.carrier import CarrierSandbox

from .conftest import TLS


def post(carrier: CarrierSandbox, operation: str, **params: str) -> dict:
    form = {**carrier.credentials, **params}
    return httpx.post(f"{carrier.url}/{operation}", data=form, verify=TLS).json()


def buy(carrier: CarrierSandbox, quantity: int) -> dict:
    reserved = post(carrier, "bulkreserve", category="landline", state="WA", quantity=str(quantity))
    trunk = next(iter(carrier.account.trunks))
    return post(carrier, "gen_order", trunk_id=trunk, reserveId=reserved["reserveId"])


def test_a_restart_keeps_everything(tmp_path):
    with CarrierSandbox(stock=2_000, state_dir=tmp_path) as carrier:
        made = buy(carrier, 3)
        post(carrier, "process_order", orderId=made["orderId"])
        unpaid = buy(carrier, 2)
        post(carrier, "bulkreserve", category="landline", state="WA", quantity="1")
        carrier.add_stock("425288", "WA", "BELLEVUE", 10)
        before, credentials = carrier.dump_state(), carrier.credentials
        for_sale = post(carrier, "searchdid", state="WA")
    with CarrierSandbox(stock=2_000, state_dir=tmp_path) as carrier:
        assert carrier.credentials == credentials
        assert carrier.dump_state() == before
        assert post(carrier, "searchdid", state="WA") == for_sale
        assert len(carrier.account.cart) == 1
        assert post(carrier, "process_order", orderId=made["orderId"])["error"] == "Invalid orderId"
        assert post(carrier, "process_order", orderId=unpaid["orderId"])["status"] == "200"


def test_uploaded_papers_outlive_a_restart(tmp_path):
    form = {
        "numbers": "12065201234",
        "category": "landline",
        "subscriberType": "business",
        "loaAuthorizingPerson": "Mira Castellanos",
    }
    files = {"loa_doc": ("loa.pdf", b"%PDF-1.4"), "carrier_doc": ("bill.pdf", b"%PDF-1.4")}
    with CarrierSandbox(stock=500, state_dir=tmp_path) as carrier:
        httpx.post(f"{carrier.url}/generate_lnp_order", data={**carrier.credentials, **form}, files=files, verify=TLS)
    with CarrierSandbox(stock=500, state_dir=tmp_path) as carrier:
        link = post(carrier, "get_lnp_orders")["Orders"][0]["loa"]
        assert httpx.get(link, verify=TLS).content == b"%PDF-1.4"


def test_changes_are_on_disk_within_a_moment(tmp_path):
    with CarrierSandbox(stock=500, state_dir=tmp_path) as carrier:
        buy(carrier, 1)
        time.sleep(0.8)
        kept = json.loads((tmp_path / "carrier.json").read_text())
        assert kept == json.loads(json.dumps(carrier.dump_state()))
        assert [path.name for path in tmp_path.iterdir()] == ["carrier.json"]


def test_without_a_folder_a_start_begins_anew():
    carrier = CarrierSandbox(stock=500)
    with carrier:
        buy(carrier, 1)
        port = carrier.port
    with carrier:
        assert carrier.port == port
        assert len(carrier.account.orders) == 6


def test_a_kept_file_that_is_no_state_is_told(tmp_path):
    (tmp_path / "carrier.json").write_text('{"accounts": [')
    with pytest.raises(ValueError, match="Expecting"):
        CarrierSandbox(stock=500, state_dir=tmp_path).start()


def test_the_state_is_shown_without_secrets(carrier, http, call, order):
    made = order(3)
    call("process_order", orderId=made["orderId"])
    call("bulkreserve", category="landline", state="WA", quantity="2")
    reply = http.get("/_sandbox/state")
    state = reply.json()
    assert state["balance"] == f"{carrier.account.balance:.2f}"
    assert state["cart"] == carrier.account.cart
    assert state["numbers"] == 67
    assert state["debits"][-1] == {"amount": made["amount"], "date": made["date"], "orderno": made["orderId"]}
    assert state["orders"][-1] == {
        "orderno": made["orderId"],
        "type": "New",
        "status": "2",
        "amount": made["amount"],
        "numbers": made["numbers"],
    }
    other = http.get("/_sandbox/state", params={"accountno": carrier.other_credentials["accountno"]}).json()
    assert other["numbers"] == 0
    assert carrier.credentials["token"] not in reply.text
    assert http.get("/_sandbox/state", params={"accountno": "1"}).status_code == 404


def test_requests_are_logged_with_secrets_masked(carrier, http, call):
    call("bulkreserve", category="landline", state="WA", quantity="2")
    carrier.faults.set("drop_after", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        call("get_trunk")
    entries = http.get("/_sandbox/requests").json()["requests"]
    assert [(e["operation"], e["status"], e["faults"]) for e in entries] == [
        ("bulkreserve", 200, []),
        ("get_trunk", 0, ["drop_after"]),
    ]
    assert entries[0]["params"]["quantity"] == "2"
    assert entries[0]["params"]["token"] == "•••"
    assert carrier.log.count("bulkreserve") == 1
    http.delete("/_sandbox/requests")
    assert len(carrier.log) == 0


def test_reset_goes_back_to_the_seed(carrier, http, call, order):
    before = http.get("/_sandbox/state").json()
    order(3)
    carrier.faults.set("slow", delay=0.01)
    http.post("/_sandbox/reset")
    assert http.get("/_sandbox/state").json() == before
    assert carrier.faults.as_json() == []


def test_balance_and_stock_are_set(carrier, http, call, refused):
    assert http.post("/_sandbox/balance", json={"balance": "12.34"}).json()["balance"] == "12.34"
    assert call("financial_summary")["data"][-1]["balance"] == "12.34"
    for wrong in ({}, {"balance": "lots"}, {"balance": "1", "accountno": "1"}, [1]):
        assert http.post("/_sandbox/balance", json=wrong).status_code == 422
    new = {"npa_nxx": "425288", "state": "WA", "rate_center": "BELLEVUE", "count": 10}
    assert http.post("/_sandbox/stock", json=new).status_code == 200
    assert len(call("searchdid", state="WA", NPANXX="425288")["DIDs"]) == 10
    assert http.post("/_sandbox/stock", json={**new, "npa_nxx": "425555"}).status_code == 422
    assert http.post("/_sandbox/nothing").status_code == 404


def test_speaks_https(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    with CarrierSandbox(stock=500, host="localhost", tls=server) as carrier:
        trusting = ssl.create_default_context(cafile=str(pem))
        reply = httpx.get(f"{carrier.url}/get_invoices", params=carrier.credentials, verify=trusting)
        assert reply.json()["data"][0]["file"].startswith("https://localhost:")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{carrier.url}/get_trunk", verify=TLS)
