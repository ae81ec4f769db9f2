"""Where calls may go, checked at the address that is connected to."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from apps.vendors.core.errors import NotConfigured, Unreachable
from apps.vendors.core.outbound import OutboundRules, check_named
from apps.vendors.core.transport import Endpoint, Outgoing, Pool

STRICT, HOME = OutboundRules(), OutboundRules.of(["loopback"])


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as listening:
        listening.asked = []
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening
        listening.shutdown()


@pytest.fixture
def names(monkeypatch):
    """What names resolve to: each look-up takes the next answer, the last one stays."""
    told: dict[str, list[list[str]]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host not in told:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        answers = told[host]
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in now]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    told["asked"] = asked  # type: ignore[assignment]
    return told


def get(url: str, rules: OutboundRules | None, **more: object) -> int:
    pool = Pool(Endpoint(base_url=url, outbound=rules, connect_timeout=1, read_timeout=2, **more))
    try:
        return pool.send(Outgoing("GET", url), timeout=2, max_bytes=1000).status
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("127.0.0.1", "this machine"), ("127.8.9.1", "this machine"), ("::1", "this machine"),
        ("::ffff:127.0.0.1", "this machine"), ("64:ff9b::7f00:1", "this machine"), ("2002:7f00:1::", "this machine"),
        ("169.254.1.1", "local link"), ("fe80::1%eth0", "local link"),
        ("169.254.169.254", "metadata"), ("::ffff:169.254.169.254", "metadata"), ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"), ("168.63.129.16", "metadata"),
        ("0.0.0.0", "no single"), ("::", "no single"), ("224.0.0.1", "no single"), ("255.255.255.255", "no single"),
    ],
)  # fmt: skip
def test_what_is_forbidden(address, meant):
    assert meant in STRICT.refusal(address)


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.1", "172.16.0.1", "93.184.216.34", "fd00::5", "2001:db8::1"])
def test_private_networks_and_the_world_are_allowed(address):
    assert STRICT.refusal(address) == ""


def test_the_installation_may_allow_more():
    assert HOME.refusal("127.0.0.1") == HOME.refusal("::1") == ""
    assert HOME.refusal("169.254.169.254")
    one = OutboundRules.of(["169.254.7.0/24", "127.0.0.9"])
    assert set(one.networks) == {ip_network("169.254.7.0/24"), ip_network("127.0.0.9/32")}
    assert (one.refusal("169.254.7.3"), one.refusal("127.0.0.9")) == ("", "")
    assert one.refusal("127.0.0.8")
    assert OutboundRules.of(["link-local"]).refusal("169.254.169.254")  # asked for by its own name only
    with pytest.raises(ValueError, match="home"):
        OutboundRules.of(["home"])


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "[::1]", "127.1", "2130706433", "0x7f.1"]
)
def test_names_and_spellings_of_this_machine_are_known_before_connecting(host):
    with pytest.raises(NotConfigured, match="this machine itself"):
        check_named(STRICT, host)
    check_named(HOME, host)


def test_a_name_that_leads_here_is_refused_at_connection_time(server, names):
    names["pbx.example.net"] = [["127.0.0.1"]]
    url = f"http://pbx.example.net:{server.server_port}/"
    with pytest.raises(NotConfigured, match=r"pbx\.example\.net \(127\.0\.0\.1\)") as refused:
        get(url, STRICT)
    assert (refused.value.sent, refused.value.code, server.asked) == ("no", "outbound", [])
    assert get(url, HOME) == 200


def test_a_name_that_changes_its_mind_gains_nothing(server, names):
    """DNS rebinding: what was looked up for the check is what is connected to; there is no second look-up."""
    names["pbx.example.net"] = [["192.0.2.1"], ["127.0.0.1"]]
    with pytest.raises(Unreachable):
        get(f"http://pbx.example.net:{server.server_port}/", STRICT)
    assert names["asked"] == ["pbx.example.net"]
    assert server.asked == []


def test_of_several_addresses_the_allowed_ones_are_used(server, names):
    names["pbx.example.net"] = [["169.254.169.254", "127.0.0.1"]]
    assert get(f"http://pbx.example.net:{server.server_port}/", HOME) == 200


def test_redirects_are_not_followed(server):
    assert get(f"http://127.0.0.1:{server.server_port}/moved", HOME) == 302
    assert server.asked == ["/moved"]


def test_a_proxy_stays_possible_but_not_for_forbidden_addresses(server):
    proxy = f"http://127.0.0.1:{server.server_port}"
    assert get("http://pbx.example.net/through", STRICT, proxy=proxy) == 200
    assert server.asked == ["http://pbx.example.net/through"]
    with pytest.raises(NotConfigured):
        get("http://169.254.169.254/latest/", STRICT, proxy=proxy)


def test_without_rules_everything_goes(server):
    assert get(f"http://127.0.0.1:{server.server_port}/", None) == 200


def test_an_unknown_name_is_unreachable():
    with pytest.raises(Unreachable, match="its name cannot be resolved"):
        get("http://does-not-exist.invalid/", STRICT)
