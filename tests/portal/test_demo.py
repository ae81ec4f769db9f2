"""The demo as a person at a terminal meets it: started, used, stopped, killed, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
from django.conf import settings

from tests.portal.demo_run import STOP_SECONDS, Demo, free_port


def alive(pids: dict[str, int]) -> dict[str, int]:
    return {name: pid for name, pid in pids.items() if Path(f"/proc/{pid}").exists()}


def eventually(check: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.1)
    return check()


def sign_in(demo: Demo, username: str, password: str) -> str:
    """Sign in over HTTP as a browser without scripts does, and return the page that follows."""
    browser: OpenerDirector = build_opener(HTTPCookieProcessor(jar := CookieJar()))
    browser.open(f"{demo.address}/accounts/login/")
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = urlencode({"login": username, "password": password, "csrfmiddlewaretoken": token}).encode()
    answer = browser.open(Request(f"{demo.address}/accounts/login/", form, {"Referer": demo.address}))
    return answer.geturl()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    run = Demo(tmp_path_factory.mktemp("demo"))
    yield run
    run.clean_up()


@pytest.mark.kill
def test_it_greets_lets_people_in_stops_and_starts_again(demo: Demo) -> None:
    process, said = demo.start()
    assert f"Patchbay runs at {demo.address}" in said
    assert "main-carrier  added" in said
    assert "admin       demo-administrator" in said
    assert sign_in(demo, "admin", "demo-administrator") == f"{demo.address}/"

    second = subprocess.run(
        [sys.executable, "manage.py", "demo", "--port", str(free_port())],
        env=demo.environ, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"It already runs: process {process.pid}, {demo.address}" in second.stderr

    children = demo.children()
    assert set(children) == {"web", "worker", "sandbox"}
    process.send_signal(signal.SIGINT)
    assert process.wait(STOP_SECONDS) == 0
    assert alive(children) == {}
    assert "Stopped. What was done is kept" in demo.said()
    assert "token" not in "".join(log.read_text() for log in (demo.data / "log").iterdir()), "the sandbox's credentials"

    _, again = demo.start()
    assert "database      up to date" in again
    assert "static files  up to date" in again
    assert "added" not in again
    assert sign_in(demo, "admin", "demo-administrator") == f"{demo.address}/"
    demo.clean_up()


@pytest.mark.kill
def test_what_a_killed_demo_left_running_is_named(demo: Demo) -> None:
    process, _ = demo.start()
    children = demo.children()
    process.kill()
    process.wait()
    try:
        _, said = demo.start()
        assert "An earlier start was killed and left these running" in said
        for name, pid in children.items():
            assert f"{name} (process {pid})" in said
    finally:
        for pid in children.values():
            os.kill(pid, signal.SIGTERM)
    assert eventually(lambda: not alive(children), STOP_SECONDS)


@pytest.mark.kill
def test_a_child_that_dies_is_named_with_its_last_words(demo: Demo) -> None:
    process, _ = demo.start()
    children = demo.children()
    os.kill(children["worker"], signal.SIGKILL)
    assert process.wait(STOP_SECONDS) == 1
    said = demo.said()
    assert "worker has ended by itself" in said
    assert "worker was ended by signal 9" in said
    assert f"{demo.data}/log/worker.log" in said
    assert alive(children) == {}


def test_a_taken_port_is_named_with_its_owner(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "manage.py", "demo", "--port", str(taken)],
            env=demo.environ, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 1
    assert f"Port {taken} is taken by process {os.getpid()}" in run.stderr
    assert f"make demo PORT={taken + 1}" in run.stderr
