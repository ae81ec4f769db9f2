"""Faults happen on the wire, count down, and say truly whether the operation was carried out."""

import socket
import time
from collections.abc import Callable

import httpx
import pytest

from apps.sandbox.core.faults import WIRE_FAULTS

from .conftest import TLS


@pytest.fixture
def reserve(carrier, http) -> Callable[[], httpx.Response]:
    def reserve() -> httpx.Response:
        form = {**carrier.credentials, "category": "landline", "state": "WA", "quantity": "4"}
        return http.post("/bulkreserve", data=form)

    return reserve


@pytest.mark.parametrize(
    ("fault", "error", "carried_out"),
    [
        ("down", httpx.ReadError, False),
        ("drop_before", httpx.RemoteProtocolError, False),
        ("drop_after", httpx.RemoteProtocolError, True),
        ("truncated", httpx.RemoteProtocolError, True),
        ("garbage_gzip", httpx.DecodingError, True),
    ],
)
def test_broken_connections(carrier, reserve, fault, error, carried_out):
    carrier.faults.set(fault, "bulkreserve", times=1)
    with pytest.raises(error):
        reserve()
    assert len(carrier.account.cart) == (4 if carried_out else 0)
    assert reserve().status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body", "carried_out"),
    [
        ("html500", 500, "text/html", b"<!DOCTYPE html>", False),
        ("html200", 200, "text/html", b"<!DOCTYPE html>", False),
        ("503", 503, "text/html", b"<!DOCTYPE html>", False),
        ("429", 429, "application/json", b'{"status": "429"', False),
        ("redirect", 302, "text/html", b"<!DOCTYPE html>", False),
        ("empty", 200, "application/json", b"", True),
        ("garbage", 200, "application/json", b"\x00", True),
        ("list", 200, "application/json", b'[{"status": "200"', True),
        ("wrong_type", 200, "text/html", b'{"status": "200"', True),
    ],
)
def test_broken_answers(carrier, reserve, fault, status, kind, body, carried_out):
    carrier.faults.set(fault, "bulkreserve", times=1)
    reply = reserve()
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith(kind)
    assert reply.content.startswith(body)
    assert len(carrier.account.cart) == (4 if carried_out else 0)
    assert reserve().json()["status"] == "200"


def test_whether_it_was_carried_out_can_be_chosen(carrier, reserve):
    carrier.faults.set("html500", times=1, applied=True)
    assert reserve().status_code == 500
    assert len(carrier.account.cart) == 4
    carrier.faults.set("empty", times=1, applied=False)
    assert reserve().content == b""
    assert len(carrier.account.cart) == 4


def test_values_go_into_headers(carrier, reserve):
    carrier.faults.set("429", value=7, times=1)
    assert reserve().headers["retry-after"] == "7"
    carrier.faults.set("redirect", value="http://127.0.0.1:1/steal", times=1)
    assert reserve().headers["location"] == "http://127.0.0.1:1/steal"


def test_a_truncated_answer_promises_the_whole(carrier, call):
    carrier.faults.set("truncated", "availabilitystate", times=1)
    with socket.create_connection((carrier.host, carrier.port), timeout=5) as raw:
        token = "&".join(f"{name}={value}" for name, value in carrier.credentials.items())
        raw.sendall(f"GET /availabilitystate?{token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while part := raw.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(body) == promised // 2 > 0


def test_slow_is_slow_before_and_slow_after_is_slow_after(carrier, http, reserve):
    carrier.faults.set("slow", "bulkreserve", delay=0.3, times=1)
    started = time.perf_counter()
    assert reserve().status_code == 200
    assert time.perf_counter() - started >= 0.3
    carrier.account.cart.clear()
    for fault, carried_out in (("slow", False), ("slow_after", True)):
        carrier.faults.set(fault, "bulkreserve", delay=0.5, times=1)
        form = {**carrier.credentials, "category": "landline", "state": "WA", "quantity": "4"}
        with pytest.raises(httpx.ReadTimeout):
            http.post("/bulkreserve", data=form, timeout=0.2)
        assert bool(carrier.account.cart) is carried_out


def test_a_slow_call_holds_up_no_other(carrier, http, reserve):
    carrier.faults.set("slow", "bulkreserve", delay=1.5, times=1)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/bulkreserve", data=carrier.credentials, timeout=0.05)
    started = time.perf_counter()
    assert http.post("/get_trunk", data=carrier.credentials).status_code == 200
    assert time.perf_counter() - started < 1


def test_dripping_bodies_arrive_whole(carrier, http):
    carrier.faults.set("drip", delay=0.02, times=1)
    started = time.perf_counter()
    assert http.post("/availabilitystate", data=carrier.credentials).json()["status"] == "200"
    assert time.perf_counter() - started >= 0.15


def test_endless_bodies_go_on(carrier, http):
    carrier.faults.set("endless", times=1)
    read = 0
    with http.stream("POST", "/availabilitystate", data=carrier.credentials) as reply:
        for part in reply.iter_raw():
            read += len(part)
            if read > 2_000_000:
                break
    assert read > 2_000_000
    assert http.post("/availabilitystate", data=carrier.credentials).status_code == 200


def test_huge_bodies_are_huge(carrier, http):
    carrier.faults.set("huge", times=1, value=3_000_000)
    assert len(http.post("/availabilitystate", data=carrier.credentials).json()["data"][0]) == 3_000_000


def test_faults_keep_to_their_operation_and_count_down(carrier, http, reserve):
    carrier.faults.set("html500", "bulkreserve", times=2)
    assert http.post("/get_trunk", data=carrier.credentials).status_code == 200
    assert [reserve().status_code for _ in range(3)] == [500, 500, 200]
    carrier.faults.set("html500", skip=2, times=1)
    assert [reserve().status_code for _ in range(4)] == [200, 200, 500, 200]


def test_standing_faults_last_until_cleared(carrier, reserve):
    carrier.faults.set("html500")
    assert [reserve().status_code for _ in range(5)] == [500] * 5
    carrier.faults.clear()
    assert reserve().status_code == 200


def test_unknown_names_are_refused(carrier):
    with pytest.raises(ValueError, match="unknown fault"):
        carrier.faults.set("on_fire")
    with pytest.raises(ValueError, match="unknown operation"):
        carrier.faults.set("slow", "buy_everything")
    with pytest.raises(ValueError, match="times"):
        carrier.faults.set("slow", times=0)


def test_a_port_that_is_closed_refuses_and_opens_with_state_kept(carrier, http, reserve):
    reserve()
    carrier.close_port()
    with pytest.raises(httpx.ConnectError):
        httpx.post(f"{carrier.url}/get_trunk", verify=TLS)
    carrier.open_port()
    assert http.post("/get_trunk", data=carrier.credentials).status_code == 200
    assert len(carrier.account.cart) == 4


def test_faults_are_switched_over_http(carrier, http, reserve):
    switches = [{"fault": "html500", "operation": "bulkreserve", "times": 1}, {"fault": "slow", "delay": 0.01}]
    assert len(http.post("/_sandbox/faults", json=switches).json()["faults"]) == 2
    assert reserve().status_code == 500
    listed = http.get("/_sandbox/faults").json()
    assert [fault["fault"] for fault in listed["faults"]] == ["slow"]
    assert set(WIRE_FAULTS) < set(listed["known"])
    assert http.delete("/_sandbox/faults").json() == {"faults": []}
    assert http.post("/_sandbox/faults", json={"fault": "429"}).status_code == 200
    assert reserve().status_code == 429
    for wrong in ([{"fault": "on_fire"}], ["slow"], {"fault": "slow", "colour": "red"}, "slow"):
        assert http.post("/_sandbox/faults", json=wrong).status_code == 422


def test_the_port_can_refuse_for_a_while_over_http(carrier, http):
    http.post("/_sandbox/refuse", json={"seconds": 0.3})
    time.sleep(0.2)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{carrier.url}/_sandbox/faults", verify=TLS)
    time.sleep(0.5)
    assert http.get("/_sandbox/faults").status_code == 200


# The carrier's own variations: other shapes of a good answer.


def test_refusals_may_come_with_http_200(carrier, http):
    carrier.faults.set("http200_errors")
    reply = http.post("/searchdid", data=carrier.credentials)
    assert (reply.status_code, reply.json()) == (200, {"status": "404", "error": "Invalid state"})
    reply = http.post("/searchdid", data={"token": "x", "accountno": "1"})
    assert (reply.status_code, reply.json()["status"]) == (200, "401")


def test_answers_may_be_wrapped(carrier, call):
    carrier.faults.set("wrapped")
    reply = call("searchdid", state="WA", NPANXX="206219")
    assert list(reply) == ["status", "data"]
    assert reply["data"]["Numbers"][0]["RateCenter"] == "SEATTLE"
    assert call("searchdid", state="WA", NPANXX="503226") == {"status": "200", "data": {}}
    assert isinstance(call("get_trunk")["data"], list)


def test_shapes_of_lists_vary(carrier, call, http):
    carrier.faults.set("separate_numbers")
    reply = call("bulkreserve", category="landline", state="WA", quantity="2")
    assert len(reply["TNs"]) == 2
    carrier.faults.set("cart_in_reply")
    assert len(call("bulkreserve", category="landline", state="WA", quantity="1")["TNs"]) == 3
    numbers, plain = "12065201234,12065201235", ["2065201234", "2065201235"]
    shapes = {"joined": [" , ".join(plain)], "nested": [plain], "keyed": [{"0": plain[0], "1": plain[1]}]}
    for shape, expected in shapes.items():
        carrier.faults.set("lnp_shape", value=shape)
        assert call("check_lnp", numbers=numbers)["accepted"] == expected
    carrier.faults.set("lnp_shape", value="documented")
    text = http.post("/check_lnp", data={**carrier.credentials, "numbers": numbers}).text
    assert '"accepted": [{"2065201234", "2065201235"}]' in text


def test_status_may_come_once_and_as_201(carrier, http, call, order):
    carrier.faults.set("duplicate_status_off")
    assert order(1)["status"] == "200"
    carrier.faults.set("created_201", "bulkreserve")
    reply = http.post("/bulkreserve", data={**carrier.credentials, "category": "landline", "quantity": "1"})
    assert (reply.status_code, reply.json()["status"]) == (201, "201")
    carrier.faults.set("trailing_commas")
    assert http.post("/get_trunk", data=carrier.credentials).text.endswith("],}")


def test_part_of_the_numbers_may_be_taken(carrier, call):
    carrier.faults.set("partial")
    reserved = call("bulkreserve", category="landline", state="WA", quantity="10")
    assert len(carrier.account.cart) == len(reserved["TNs"][0].split(" , ")) == 5
    reply = call("check_lnp", numbers="12065201234,12065201235")
    assert (reply["accepted"], reply["rejected"]) == (["2065201234"], ["2065201235"])
    numbers = list(carrier.account.numbers)[:4]
    assert "success" in call("updatenumber", number=",".join(numbers), status="0")
    assert [carrier.account.numbers[number].status for number in numbers] == ["0", "0", "1", "1"]
    carrier.faults.set("partial", value=1)
    assert " , " not in call("bulkreserve", category="landline", state="WA", quantity="10")["TNs"][0]
