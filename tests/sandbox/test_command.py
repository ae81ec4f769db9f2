"""`manage.py sandbox`: one JSON document, then service until told to stop, with the state kept."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx

from apps.sandbox.management.commands.sandbox import VENDORS

from .conftest import TLS

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


@contextmanager
def sandbox(*arguments: str) -> Iterator[tuple[subprocess.Popen, dict]]:
    """The running command and the document it printed."""
    command = [sys.executable, str(MANAGE), "sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stderr
            text = ""
            while not text.endswith("}\n") or text.count("{") != text.count("}"):
                line = process.stdout.readline()
                assert line, process.stderr.read()
                text += line
            yield process, json.loads(text)
        finally:
            process.kill()


def free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        with ExitStack() as probes, suppress(OSError):
            first = 0
            for offset in range(count):
                probe = probes.enter_context(socket.socket())
                probe.bind(("127.0.0.1", first + offset if first else 0))
                first = first or probe.getsockname()[1]
            return first


def test_serves_where_it_says_stops_cleanly_and_goes_on_from_there(tmp_path):
    port = free_ports(max(VENDORS) + 1)
    with sandbox("--base-port", str(port), "--state-dir", str(tmp_path)) as (process, document):
        carrier = document["carrier"]
        assert carrier["url"] == f"http://127.0.0.1:{port}"
        form = {**carrier["credentials"], "category": "landline", "state": "WA", "quantity": "3"}
        assert httpx.post(f"{carrier['url']}/bulkreserve", data=form, verify=TLS).status_code == 200
        assert httpx.get(carrier["faults_url"], verify=TLS).json()["faults"] == []
        stopped_cleanly(process, signal.SIGTERM)
    with sandbox("--base-port", "0", "--state-dir", str(tmp_path)) as (process, document):
        again = document["carrier"]
        assert again["credentials"] == carrier["credentials"]
        assert len(httpx.get(f"{again['url']}/_sandbox/state", verify=TLS).json()["cart"]) == 3
        stopped_cleanly(process, signal.SIGINT)


def stopped_cleanly(process: subprocess.Popen, told: signal.Signals) -> None:
    process.send_signal(told)
    assert process.wait(timeout=10) == 0
    assert process.communicate()[1] == ""


def test_a_taken_port_is_told_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, str(MANAGE), "sandbox", "--base-port", port], capture_output=True, text=True, timeout=20
        )
    assert done.returncode == 1
    assert port in done.stderr
    assert "Traceback" not in done.stderr
