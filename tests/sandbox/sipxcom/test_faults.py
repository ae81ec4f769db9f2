"""What goes wrong on purpose, and what outlives the process."""

from pathlib import Path

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.sipxcom import SipxcomSandbox, traffic

from .conftest import MORNING, TEXT, XML, client

PATH = "/api/proxy/settings/limits/max-hops"


def test_broken_500_is_no_json(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("broken_500", "PUT /rest/auto-attendant/specialmode")
    reply = admin.put("/rest/auto-attendant/specialmode", content=b"x")
    assert (reply.status_code, reply.headers["Content-Type"]) == (500, "application/json")
    with pytest.raises(ValueError, match="delimiter"):
        reply.json()
    assert sipxcom.system.facts["special_mode"] is False


def test_html_error_is_the_servlets_page(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("html_error")
    for path in ("/rest/user", "/api/phones"):
        reply = admin.get(path)
        assert (reply.status_code, reply.reason_phrase) == (500, "Request failed.")
        assert reply.text.startswith("<html>")


def test_digest_only(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("digest_only", times=1)
    assert admin.get("/rest/branch").headers["WWW-Authenticate"].startswith("Digest ")
    assert admin.get("/rest/branch").status_code == 200


def test_one_page_more_repeats_the_last(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("one_page_more")
    pages = [admin.get(f"/rest/user?page={page}&pagesize=6") for page in (2, 3)]
    assert pages[0].text == pages[1].text
    assert "<currentPage>2</currentPage><totalPages>3</totalPages>" in pages[1].text


def test_setting_ignored(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("setting_ignored", times=1)
    assert admin.put(PATH, content="5", headers=TEXT).status_code == 200
    assert admin.get(PATH).json()["value"] == "20"
    admin.put(PATH, content="5", headers=TEXT)
    assert admin.get(PATH).json()["value"] == "5"


def test_empty_put(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("empty_put")
    assert admin.put("/rest/auto-attendant/specialmode").status_code == 204


def test_faults_of_the_wire_work_on_any_body(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    sipxcom.faults.set("truncated", "GET /rest/branch", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        admin.get("/rest/branch")
    sipxcom.faults.set("garbage", "GET /api/phones", times=1)
    with pytest.raises(ValueError, match="codec|JSON|Expecting"):
        admin.get("/api/phones").json()
    sipxcom.faults.set("drop_after", "PUT /rest/auto-attendant/specialmode", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        admin.put("/rest/auto-attendant/specialmode", content=b"x")
    assert sipxcom.system.facts["special_mode"] is True


def test_unknown_operations_have_no_faults(sipxcom: SipxcomSandbox) -> None:
    with pytest.raises(ValueError, match="unknown operation"):
        sipxcom.faults.set("broken_500", "GET /rest/nosuch")


def test_state_outlives_a_restart(tmp_path: Path) -> None:
    body = "<branch><name>annex</name><address/></branch>"
    with SipxcomSandbox(state_dir=tmp_path) as first, client(first, **first.credentials) as http:
        assert http.put("/rest/branch", content=body, headers=XML).status_code == 201
        http.put(PATH, content="5", headers=TEXT)
        http.post("/api/moh/prompts", files={"f": ("new.wav", b"RIFF", "audio/wav")})
        http.delete("/api/registrations/user/101")
    with SipxcomSandbox(state_dir=tmp_path) as second, client(second, **second.credentials) as http:
        assert "annex" in http.get("/rest/branch").text
        assert http.get(PATH).json()["value"] == "5"
        assert http.get("/api/moh/prompts/new.wav").content == b"RIFF"
        assert http.put("/rest/branch", content=body.replace("annex", "other"), headers=XML).text.count("<id>5</id>") == 1


def test_the_seed_makes_the_same_world_again() -> None:
    def whole(seed: int) -> object:
        with SipxcomSandbox(seed=seed, clock=lambda: MORNING) as sandbox:
            return sandbox.system.dump()

    assert whole(7) == whole(7)
    assert whole(7) != whole(8)


def test_the_world_is_the_other_sandboxes(sipxcom: SipxcomSandbox) -> None:
    users = {row["userName"]: row for row in sipxcom.system.rows("user")}
    for tenant in world.TENANTS:
        branch = sipxcom.system.find("branch", name=tenant.key)
        assert branch
        for person in tenant.people:
            user = users[person.extension]
            assert (user["firstName"], user["branch"]) == (person.first, branch["id"])
            assert user["did"] in tenant.numbers
        rung = dict(traffic.rung(sipxcom.system))
        assert {*tenant.numbers, *tenant.toll_free} - rung.keys() == {*tenant.numbers[10:12], tenant.numbers[-2]}
        assert {rung[number] for number in tenant.numbers if number in rung} == {each.extension for each in tenant.people}
