"""/sipxconfig/api: beans in JSON and XML, ids bare, settings as text, files."""

import io
import wave
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.sipxcom import SipxcomSandbox

from .conftest import JSON, TEXT, XML

SERVICES = ("dns", "mwi", "moh", "imbot", "proxy", "registrar", "restserver", "saa", "ivr", "pagegroups")


@pytest.mark.parametrize("service", SERVICES)
def test_settings_of_services(admin: httpx.Client, service: str) -> None:
    base = f"/api/{service}/settings"
    leaves = admin.get(base).json()["settings"]
    leaf = next(each for each in leaves if each["type"] in ("integer", "string", "enum"))
    url = f"{base}/{leaf['path']}"
    assert admin.get(url).json() == leaf
    assert admin.get(f"{base}/{leaf['path'].rpartition('/')[0]}").json()["settings"]
    changed = admin.put(url, content="7", headers=TEXT)
    assert (changed.status_code, changed.text) == (200, "")
    assert admin.get(url).json()["value"] == "7"
    assert admin.delete(url).status_code == 200
    assert admin.get(url).json()["value"] == leaf["defaultValue"]
    assert admin.get(f"{base}/no/such").status_code == 404
    assert admin.put(f"{base}/no/such", content="7", headers=TEXT).status_code == 200
    assert admin.delete(f"{base}/no/such").status_code == 500
    assert admin.put(base, content="7", headers=TEXT).status_code == 405
    assert admin.delete(base).status_code == 405
    assert admin.put(url, content="7", headers=JSON).status_code == 415


def test_settings_in_xml(admin: httpx.Client) -> None:
    reply = admin.get("/api/proxy/settings/limits", headers={"Accept": "application/xml"})
    assert reply.text.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')
    root = fromstring(reply.content)
    assert (root.tag, root[0].tag, root[0].findtext("path")) == ("Settings", "Setting", "limits/max-hops")
    level = fromstring(admin.get("/api/mwi/settings/mwi/SIP_MWI_LOG_LEVEL.xml").content)
    assert level.findtext("options/entry/key") == "DEBUG"
    assert admin.get("/api/proxy/settings/internal/cookie").status_code == 404


def test_beans_have_nulls_in_json_and_capitals_in_xml(admin: httpx.Client) -> None:
    row = admin.get("/api/gateways").json()["gateways"][0]
    assert row["prefix"] is None
    assert row["model"]["modelId"] == "sipTrunkStandard"
    root = fromstring(admin.get("/api/gateways", headers={"Accept": "text/xml"}).content)
    assert root.tag == "Gateways"
    assert root.findtext("Gateway/Model/modelId") == "sipTrunkStandard"
    assert root.find("Gateway/prefix") is None
    assert fromstring(admin.get("/api/phones.xml").content).find("Phone/Lines/Line") is not None


def test_gateways_are_made_by_post_and_replaced_whole(admin: httpx.Client) -> None:
    body = {
        "name": "pstn",
        "model": {"modelId": "sipTrunkStandard"},
        "address": "203.0.113.9",
        "branch": {"name": "harbor-dental"},
    }
    made = admin.post("/api/gateways", json=body)
    assert (made.status_code, made.text) == (200, "4")
    assert admin.get("/api/gateways/4").json()["branch"]["name"] == "harbor-dental"
    assert admin.put("/api/gateways/4", json={"name": "pstn", "model": {"modelId": "sipTrunkStandard"}}).text == "4"
    row = admin.get("/api/gateways/4").json()
    assert (row["address"], row["addressPort"], row["enabled"], row["branch"]) == (None, 0, False, None)
    assert admin.post("/api/gateways", json={"name": "x", "model": {"modelId": "nosuch"}}).status_code == 404
    assert admin.post("/api/gateways/4", json=body).status_code == 405
    unknown = admin.post("/api/gateways", json={**body, "nosuch": 1})
    assert unknown.status_code == 500
    assert unknown.text.startswith("UnrecognizedPropertyException: ")
    xml = "<Gateway><name>other</name><Model><modelId>sipTrunkStandard</modelId></Model><shared>true</shared></Gateway>"
    assert admin.post("/api/gateways", content=xml, headers=XML).text == "5"
    assert admin.get("/api/gateways/5").json()["shared"] is True
    assert admin.delete("/api/gateways/4").status_code == 200
    assert admin.get("/api/gateways/4").status_code == 404


def test_ports_are_plural(admin: httpx.Client) -> None:
    ports = admin.get("/api/gateways/3/ports").json()["ports"]
    assert len(ports) == 4
    url = f"/api/gateways/3/ports/{ports[0]['id']}/settings"
    assert admin.put(f"{url}/line/gain", content="3", headers=TEXT).status_code == 200
    assert admin.get(f"{url}/line/gain").json()["value"] == "3"
    assert admin.put(url, content="3", headers=TEXT).status_code == 405
    assert admin.get(url.replace("ports", "port")).status_code == 404


def test_phones_by_id_or_serial_number(admin: httpx.Client) -> None:
    assert admin.get("/api/phones/64167F000101").json()["id"] == 1
    assert [row["id"] for row in admin.get("/api/phones?start=2&limit=3").json()["phones"]] == [3, 4, 5]
    assert len(admin.get("/api/phones?start=2").json()["phones"]) == 12
    new = {
        "serialNo": "0004f2000001",
        "model": {"modelId": "yealinkPhoneSIPT46"},
        "groups": [{"name": "fresh"}],
        "lines": [{"id": 1}],
    }
    ref = admin.post("/api/phones", json=new).text
    phone = admin.get(f"/api/phones/{ref}").json()
    assert (phone["lines"], phone["groups"][0]["name"]) == (None, "fresh")
    assert admin.post("/api/phones", json=new).status_code == 500
    changed = {"serialNo": "0004f2000002", "model": {"modelId": "polycomVVX411"}, "groups": [{"name": "more"}]}
    assert admin.put(f"/api/phones/{ref}", json=changed).text == ref
    phone = admin.get(f"/api/phones/{ref}").json()
    assert phone["model"]["modelId"] == "yealinkPhoneSIPT46"
    assert {group["name"] for group in phone["groups"]} == {"fresh", "more"}
    assert admin.post(f"/api/phones/{ref}/lines", json={"user": "walt.sorensen"}).text == ""
    assert admin.post(f"/api/phones/{ref}/lines", json={"user": "nobody"}).status_code == 404
    assert admin.get(f"/api/phones/{ref}/lines").json()["lines"][0]["userId"] == "104"
    assert admin.put("/api/phones/0004f2ffffff/sendProfile").status_code == 500
    assert admin.put("/api/phones/models", json={}).status_code == 405


def test_phone_groups(admin: httpx.Client) -> None:
    assert [row["count"] for row in admin.get("/api/phoneGroups").json()["groups"]] == [0, 4, 5, 3]
    assert admin.get("/api/phoneGroups/harbor-dental-phones").json()["count"] is None
    assert admin.post("/api/phoneGroups", json={"name": "new"}).status_code == 500
    ref = admin.post("/api/phoneGroups", json={"name": "new", "weight": 9}).text
    assert admin.put(f"/api/phoneGroups/{ref}/up").text == ref
    names = [row["name"] for row in admin.get("/api/phoneGroups").json()["groups"]]
    assert names[-2:] == ["new", "blue-door-bakery-phones"]
    assert admin.delete("/api/phoneGroups/1").status_code == 403
    assert fromstring(admin.get(f"/api/phoneGroups/{ref}", headers={"Accept": "text/xml"}).content).tag == "group"
    base = f"/api/phoneGroups/{ref}/model/polycomVVX411/settings"
    assert admin.put(base, json={"settings": [{"path": "audio/codec", "value": "G729"}]}).status_code == 200
    assert admin.get(f"{base}/audio/codec").json()["value"] == "G729"
    assert {row["path"]: row["value"] for row in admin.get(base).json()["settings"]}["audio/codec"] == "G722"
    assert admin.delete(base).status_code == 405


def test_registrations_follow_the_phones(admin: httpx.Client) -> None:
    rows = admin.get("/api/registrations").json()["registrations"]
    assert len(rows) == 12
    assert [row["status"] for row in rows].count("expired") == 1
    one = rows[0]
    assert one["expires"] - 1000 * one["secondsToExpire"] == 1774972800000
    assert admin.get(f"/api/registrations/callid/{one['regCallId']}").json()["registrations"] == [one]
    assert admin.get(f"/api/registrations/callId/{one['regCallId']}").status_code == 404
    for path in ("user/101", f"serialNo/{one['instrument']}", "ip/198.51.100.100"):
        assert admin.get(f"/api/registrations/{path}").json()["registrations"] == [one]
    assert len(admin.get("/api/registrations?start=0&limit=5").json()["registrations"]) == 5
    assert admin.delete("/api/registrations/user/101").status_code == 200
    assert len(admin.get("/api/registrations/server/1").json()["registrations"]) == 11
    assert admin.delete("/api/registrations/user/nobody").status_code == 404


def test_schedules(admin: httpx.Client) -> None:
    hours = {"enabled": True, "start": 54000000, "stop": 79200000, "scheduledDay": "Friday"}
    body = {
        "name": "Late",
        "description": "",
        "userId": -1,
        "groupId": -1,
        "type": "G",
        "workingTime": {"workingHours": [hours]},
    }
    ref = admin.post("/api/schedules", json=body).text
    assert admin.get(f"/api/schedules/{ref}").json() == {"id": int(ref), **body}
    root = fromstring(admin.get(f"/api/schedules/{ref}", headers={"Accept": "text/xml"}).content)
    assert (root.findtext("type"), root.findtext("WorkingTime/WorkingHours/WorkingHour/scheduledDay")) == ("general", "FRIDAY")
    assert admin.post(f"/api/schedules/{ref}/period", json={**hours, "scheduledDay": "Monday"}).status_code == 200
    assert admin.delete(f"/api/schedules/{ref}/period/0").status_code == 404
    assert admin.delete(f"/api/schedules/{ref}/period/1").status_code == 200
    assert len(admin.get(f"/api/schedules/{ref}").json()["workingTime"]["workingHours"]) == 1
    assert len(admin.get("/api/schedules/group").json()["schedules"]) == 3
    assert admin.get("/api/schedules/group/1").json() == {"schedules": []}
    assert len(admin.get("/api/schedules/user/2/all").json()["schedules"]) == 2
    assert len(admin.get("/api/schedules/user/2/personal").json()["schedules"]) == 1
    assert admin.post("/api/schedules/user/2/personal", json=body).status_code == 405


def test_hunt_groups(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    groups = admin.get("/api/callgroups").json()["callGroups"]
    assert {group["did"] for group in groups} == {tenant.toll_free[0] for tenant in world.TENANTS}
    assert "id" not in groups[0]
    assert groups[0]["ringBeans"][0]["typeStr"] is None
    assert admin.get("/api/callgroups/999").status_code == 204
    rings = [{"userName": "101", "enabled": True, "expiration": 20}, {"userName": "nobody", "enabled": True, "expiration": 9}]
    new = {"name": "dispatch", "extension": "410", "enabled": True, "ringBeans": rings}
    assert admin.post("/api/callgroups", json=new).text == "4"
    assert [ring["userName"] for ring in admin.get("/api/callgroups/410").json()["ringBeans"]] == ["101"]
    for taken in ({"name": "dispatch"}, {"extension": "180"}, {"did": world.FREIGHT.toll_free[0]}, {"extension": "101"}):
        assert admin.post("/api/callgroups", json={**new, "name": "other", "extension": "411", **taken}).status_code == 500
    assert admin.post("/api/callgroups", json={"name": "x", "extension": "412"}).status_code == 500
    assert admin.post("/api/callgroups/180/duplicate/181").text == "1"
    copy = admin.get("/api/callgroups/181").json()
    assert (copy["enabled"], copy["did"]) == (False, None)
    assert admin.post("/api/callgroups/180/rotate/101").text == "1"
    assert [ring["userName"] for ring in admin.get("/api/callgroups/180").json()["ringBeans"]] == ["102", "103", "101"]
    assert admin.post("/api/callgroups/180/rotate/3").text == "180"
    assert admin.put("/api/callgroups/999", json=new).status_code == 500
    assert admin.delete("/api/callgroups/999").status_code == 200
    sipxcom.faults.set("ring_lost", times=1)
    assert admin.put("/api/callgroups/410", json={**new, "ringBeans": rings[:1]}).text == "4"
    assert admin.get("/api/callgroups/410").json()["ringBeans"] == []


def test_page_groups_and_orbits(admin: httpx.Client) -> None:
    new = {"enabled": True, "pageGroupNumber": 7, "timeout": 45, "sound": "chime.wav", "users": [{"userName": "101"}]}
    made = admin.post("/api/pagegroups", json=new)
    assert (made.status_code, made.text) == (200, "")
    row = admin.get("/api/pagegroups").json()["groups"][-1]
    assert (row["pageGroupNumber"], row["users"][0]["id"]) == (7, 2)
    assert admin.put(f"/api/pagegroups/{row['id']}", json={**new, "users": None}).status_code == 500
    assert admin.put(f"/api/pagegroups/{row['id']}", json={**new, "sound": "x.wav"}).text == "Prompt not found"
    assert admin.put(f"/api/pagegroups/{row['id']}", json={**new, "users": [{"id": 99}]}).status_code == 404
    assert admin.get("/api/pagegroups/99").text == "Paging group not found."
    orbit = {"name": "dock", "extension": "171", "enabled": True, "server": "1", "music": "parked.wav"}
    ref = admin.post("/api/orbits", json=orbit).text
    assert admin.get(f"/api/orbits/{ref}").json()["server"] == "pbx1.campus.northline.example"
    assert admin.put(f"/api/orbits/{ref}", json={**orbit, "server": None}).text == "No such server"
    assert admin.put(f"/api/orbits/{ref}/settings/general/parkTimeout", content="60", headers=TEXT).status_code == 200
    assert admin.get("/api/orbits/settings").status_code == 404


@pytest.mark.parametrize("kind", ["moh", "pagegroups", "orbits"])
def test_prompts_are_sound(admin: httpx.Client, kind: str) -> None:
    base = f"/api/{kind}/prompts"
    file = admin.get(base).json()["files"][0]
    content = admin.get(f"{base}/{file['name']}")
    assert content.headers["Content-Disposition"] == f"attachment; filename={file['name']}"
    assert (content.headers["Content-Type"], len(content.content)) == ("audio/x-wav", file["size"])
    with wave.open(io.BytesIO(content.content)) as sound:
        assert sound.getframerate() == 8000
    stream = admin.get(f"{base}/{file['name']}/stream")
    assert stream.content == content.content
    assert "Content-Disposition" not in stream.headers
    assert admin.get(f"{base}/{file['name']}", headers={"Accept": "application/json"}).status_code == 406
    assert admin.post(base, files={"file": ("new.wav", content.content, "audio/wav")}).status_code == 200
    again = admin.post(base, files={"file": ("new.wav", content.content, "audio/wav")})
    assert (again.status_code, again.text) == (500, "new.wav")
    assert admin.delete(f"{base}/new.wav").status_code == 200
    assert admin.delete(f"{base}/new.wav").text == "Prompt not found"


def test_license_and_advisor(admin: httpx.Client) -> None:
    assert admin.get("/api/license").json()["company"] == world.PROVIDER
    assert admin.post("/api/license/abc-1").json()["uid"] == "abc-1"
    assert "NAPTR" in admin.get("/api/dns/advisor/server/1").text
    assert admin.get("/api/dns/advisor/server/9").status_code == 500
