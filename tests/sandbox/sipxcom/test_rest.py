"""/sipxconfig/rest for administrators: envelopes, pages, verbs, what a body must hold."""

import json
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.sipxcom import SipxcomSandbox

from .conftest import JSON, XML

BRANCH = "<branch><name>{0}</name><address><city>Tacoma</city></address><phoneNumber>2065550133</phoneNumber></branch>"
USER = "<user><userName>{0}</userName><lastName>L</lastName><pin>{1}</pin><sipPassword/>{2}</user>"


def read(reply: httpx.Response) -> Element:
    assert reply.headers["Content-Type"] == "text/xml"
    return fromstring(reply.text)


def code(reply: httpx.Response) -> tuple[int, str]:
    root = read(reply)
    assert root.tag == "response"
    assert reply.text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
    return reply.status_code, root.findtext("code") or ""


def test_xml_comes_unless_json_is_asked_for(admin: httpx.Client) -> None:
    root = read(admin.get("/rest/branch"))
    assert [branch.findtext("name") for branch in root.iterfind("branches/branch")] == [t.key for t in world.TENANTS]
    data = admin.get("/rest/branch", headers={"Accept": "application/json"}).json()
    assert data["branch"]["branches"][0]["address"]["street"] == "412 Harbor St"
    assert admin.get("/rest/branch", headers={"Accept": "image/png"}).status_code == 406


def test_changes_are_answered_in_an_envelope_of_xml(admin: httpx.Client) -> None:
    made = admin.put("/rest/branch", content=BRANCH.format("annex"), headers={**XML, "Accept": "application/json"})
    assert code(made) == (201, "SUCCESS_CREATED")
    ref = read(made).findtext("data/id")
    assert ref == "4"
    assert code(admin.put("/rest/branch", content=BRANCH.format("annex"), headers=XML)) == (500, "ERROR_CREATE_FAILED")
    again = BRANCH.format("annex").replace("<phoneNumber>2065550133</phoneNumber>", "")
    assert code(admin.put(f"/rest/branch/{ref}", content=again, headers=XML)) == (200, "SUCCESS_UPDATED")
    assert read(admin.get(f"/rest/branch/{ref}")).find("phoneNumber") is None
    assert code(admin.delete(f"/rest/branch/{ref}")) == (200, "SUCCESS_DELETED")


@pytest.mark.parametrize("kind", ["branch", "user", "user-group", "user-permission", "user-group-permission"])
def test_what_is_not_there_is_400(admin: httpx.Client, kind: str) -> None:
    assert code(admin.get(f"/rest/{kind}/7741")) == (400, "ERROR_OBJECT_NOT_FOUND")
    assert code(admin.get(f"/rest/{kind}/seven")) == (400, "ERROR_ID_INVALID")


def test_json_goes_in_as_jettison_has_it(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    body = {
        "user": {"userName": "777", "pin": "12345678", "sipPassword": "", "groups": {"group": [{"id": 1}]}, "branch": {"id": 2}}
    }
    assert code(admin.put("/rest/user", content=json.dumps(body), headers=JSON)) == (201, "SUCCESS_CREATED")
    row = sipxcom.system.user("777")
    assert row
    assert (row["groups"], row["branch"], row["pin"]) == ([1], 2, "12345678")
    bare = {"userName": "778", "pin": "", "sipPassword": "", "groups": [{"id": 1}]}
    assert admin.put("/rest/user", content=json.dumps({"user": bare}), headers=JSON).status_code == 500


def test_bodies_that_cannot_be_read_are_500_with_broken_json(admin: httpx.Client) -> None:
    for body in ("<branch>", "<other/>", "<branch><nosuch/></branch>", "<branch><name>x</name></branch>", "no xml"):
        reply = admin.put("/rest/branch", content=body, headers=XML)
        assert reply.status_code == 500
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.text.startswith('{"error":"')
    with pytest.raises(ValueError, match="control character|delimiter"):
        admin.put("/rest/branch", content="<branch><nosuch/></branch>", headers=XML).json()


def test_a_dtd_is_refused(admin: httpx.Client) -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><branch><name>&b;</name><address/></branch>'
    assert admin.put("/rest/branch", content=bomb, headers=XML).status_code == 500


def test_put_wants_a_body_and_no_range(admin: httpx.Client) -> None:
    reply = admin.put("/rest/auto-attendant/specialmode")
    assert (reply.status_code, reply.reason_phrase) == (400, "Missing request entity")
    ranged = admin.put("/rest/branch", content=BRANCH.format("x"), headers={**XML, "Content-Range": "bytes 0-1/2"})
    assert ranged.status_code == 501


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("POST", "/rest/user", 500), ("POST", "/rest/branch", 500), ("POST", "/rest/permission", 500),
        ("POST", "/rest/user-group", 500), ("POST", "/rest/user-permission", 500), ("DELETE", "/rest/user-permission/2", 405),
        ("POST", "/rest/auto-attendant", 405), ("POST", "/rest/auto-attendant/specialmode", 500),
        ("GET", "/rest/auto-attendant/operator/special", 405), ("GET", "/rest/auto-attendant/livemode/100", 404),
        ("GET", "/rest/phone", 404), ("PUT", "/rest/phone", 500), ("GET", "/rest/my/call/102", 405),
        ("GET", "/rest/call/102", 405),
        ("GET", "/rest/my/voicemail/pin/1234", 405), ("DELETE", "/rest/my/voicemail/pin/1234", 405),
        ("PUT", "/rest/my/conference/harbor-dental-room/lock", 405), ("POST", "/rest/my/forward", 500),
        ("POST", "/rest/my/vmprefs", 405), ("PUT", "/rest/my/phonebook", 500), ("POST", "/rest/my/conferences", 405),
    ],
)  # fmt: skip
def test_verbs_that_a_route_does_not_take(admin: httpx.Client, verb: str, path: str, status: int) -> None:
    reply = admin.request(verb, path, content=b"x")
    assert reply.status_code == status
    assert ("Allow" in reply.headers) == (status == 405)


def test_pages_want_both_parameters_and_are_clamped(admin: httpx.Client) -> None:
    whole = read(admin.get("/rest/user?page=2"))
    assert whole.findtext("metadata/resultsPerPage") == "12"
    last = read(admin.get("/rest/user?page=99&pagesize=5"))
    assert (last.findtext("metadata/currentPage"), last.findtext("metadata/totalPages")) == ("3", "3")
    assert len(last.findall("users/user")) == 2
    assert read(admin.get("/rest/user?branch=99&page=1&pagesize=2")).findtext("metadata/totalPages") == "1"
    assert admin.get("/rest/user?branch=99&page=1&pagesize=1").status_code == 500


def test_sorting_wants_both_parameters(admin: httpx.Client) -> None:
    def names(query: str) -> list[str | None]:
        return [user.findtext("lastName") for user in read(admin.get(f"/rest/user?{query}")).iterfind("users/user")]

    plain = names("")
    assert names("sortby=lastname") == plain
    assert names("sortby=nosuch&sortdir=forward") == plain
    assert names("sortby=lastname&sortdir=reverse") == sorted(plain, key=str, reverse=True)


def test_the_first_user_is_missing_from_the_whole_list(admin: httpx.Client) -> None:
    root = read(admin.get("/rest/user"))
    assert root.findtext("metadata/totalResults") == str(sum(len(tenant.people) for tenant in world.TENANTS))
    assert "superadmin" not in [user.findtext("userName") for user in root.iterfind("users/user")]
    ids = read(admin.get("/rest/user?ids=1,2"))
    assert [user.findtext("userName") for user in ids.iterfind("users/user")] == ["superadmin", "101"]
    assert len(read(admin.get("/rest/user?branch=2")).findall("users/user")) == len(world.FREIGHT.people)
    assert admin.get("/rest/user?ids=1,999").status_code == 500
    assert admin.get("/rest/user?branch=x").status_code == 400


def test_users_are_replaced_whole_and_their_secrets_kept(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    shown = read(admin.get("/rest/user/2"))
    assert (shown.findtext("pin"), shown.findtext("sipPassword")) == ("", "")
    assert shown.findtext("aliases/alias/alias") == "mira.castellanos"
    pin = sipxcom.other_credentials["password"]
    assert code(admin.put("/rest/user/2", content=USER.format("101", "", ""), headers=XML)) == (200, "SUCCESS_UPDATED")
    row = sipxcom.system.user("101")
    assert row
    assert (row["pin"], row["aliases"], row["groups"], row["branch"]) == (pin, [], [], None)
    renamed = admin.put("/rest/user/2", content=USER.format("199", "", ""), headers=XML)
    assert code(renamed) == (500, "ERROR_UPDATE_FAILED")
    assert code(admin.put("/rest/user/2", content=USER.format("199", "87654321", ""), headers=XML))[0] == 200
    taken = admin.put("/rest/user", content=USER.format("102", "1", ""), headers=XML)
    assert code(taken) == (500, "ERROR_CREATE_FAILED")
    no_pin = admin.put("/rest/user", content="<user><userName>7</userName></user>", headers=XML)
    assert no_pin.status_code == 500
    assert "NullPointerException" in no_pin.text


def test_superadmin_is_deleted_in_words_only(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    assert code(admin.delete("/rest/user/1")) == (200, "SUCCESS_DELETED")
    assert sipxcom.system.user("superadmin")


def test_permissions_get_their_names_from_the_server(admin: httpx.Client) -> None:
    body = "<permission><name>mine</name><label>Night dialling</label><defaultValue>true</defaultValue></permission>"
    made = admin.put("/rest/permission", content=body, headers=XML)
    assert code(made) == (201, "SUCCESS_CREATED")
    name = read(made).findtext("data/additionalMessage")
    assert name == "perm_14"
    setting = "<setting><name>{0}</name><value>{1}</value></setting>".format
    body = f"<user><permissions>{setting(name, 'DISABLE')}</permissions></user>"
    assert code(admin.put("/rest/user-permission/2", content=body, headers=XML))[0] == 200
    values = {s.findtext("name"): s.findtext("value") for s in read(admin.get("/rest/user-permission/2")).iter("setting")}
    assert values[name] == "DISABLE"
    assert values["Voicemail"] == "ENABLE"
    assert admin.delete(f"/rest/permission/{name}").status_code == 200
    assert code(admin.get(f"/rest/permission/{name}"))[0] == 400
    assert code(admin.delete("/rest/permission/Voicemail"))[0] == 500


def test_groups_hand_permissions_down(admin: httpx.Client) -> None:
    driver = read(admin.get("/rest/user-permission/6"))
    assert {s.findtext("name"): s.findtext("value") for s in driver.iter("setting")}["InternationalDialing"] == "ENABLE"
    body = "<group><permissions><setting><name>InternationalDialing</name></setting></permissions></group>"
    assert code(admin.put("/rest/user-group-permission/2", content=body, headers=XML))[0] == 200
    driver = read(admin.get("/rest/user-permission/6"))
    assert {s.findtext("name"): s.findtext("value") for s in driver.iter("setting")}["InternationalDialing"] == "DISABLE"


def test_special_mode_goes_its_own_ways(admin: httpx.Client) -> None:
    def mode() -> tuple[str | None, list[str | None]]:
        root = read(admin.get("/rest/auto-attendant"))
        selected = [each.findtext("systemId") for each in root if each.findtext("specialSelected") == "true"]
        return read(admin.get("/rest/auto-attendant/specialmode")).findtext("specialMode"), selected

    body = '{"specialMode":"false"}'
    assert admin.put("/rest/auto-attendant/specialmode", content=body).status_code == 204
    assert mode() == ("true", ["afterhour"])
    assert admin.delete("/rest/auto-attendant/afterhour/special").status_code == 409
    assert admin.put("/rest/auto-attendant/specialmode", content=body).status_code == 204
    assert mode() == ("true", [])
    assert admin.put("/rest/auto-attendant/operator/special", content=b"x").status_code == 204
    assert mode() == ("true", ["operator"])
    assert admin.delete("/rest/auto-attendant/specialmode").status_code == 204
    assert mode() == ("false", [])
    assert admin.put("/rest/auto-attendant/xcf-99/special", content=b"x").status_code == 400
    assert admin.put("/rest/auto-attendant/livemode/555", content=b"x").status_code == 404


def test_phone_books_are_csv_by_default(admin: httpx.Client) -> None:
    assert admin.get("/rest/phonebook").text.count("<phonebook name=") == 3
    assert admin.get("/rest/phonebook", headers={"Accept": "application/json"}).status_code == 406
    book = admin.get("/rest/phonebook/harbor-dental")
    assert book.headers["Content-Type"] == "text/comma-separated-values"
    assert book.text.startswith('"First name","Last name","Number"')
    assert read(admin.get("/rest/phonebook/harbor-dental", headers={"Accept": "text/xml"})).findtext("entry/first-name")
    assert admin.get("/rest/phonebook/nosuch").status_code == 404


def test_phones_in_the_old_way_are_made_or_passed_over(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    phone = "<phone><serialNumber>{0}</serialNumber><model>{1}</model><version>5.9</version></phone>".format
    known = "polycomVVX411"
    several = (phone("0004f2aa0001", known), phone("0004f2aa0002", "nosuch"), phone("64167f000101", known))
    body = f"<phones>{''.join(several)}</phones>"
    before = len(sipxcom.system.rows("phone"))
    assert admin.post("/rest/phone", content=body, headers=XML).status_code == 200
    assert len(sipxcom.system.rows("phone")) == before + 1
    profile = admin.get("/rest/phone/64167f000101/profile/64167f000101.cfg")
    assert "reg.1.address=101" in profile.text


def test_emergency_locations(admin: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    elin = world.DENTAL.numbers[-1]
    assert [each.findtext("elin") for each in read(admin.get("/rest/erls"))] == [t.numbers[-1] for t in world.TENANTS]
    location = "<e911Location><location>Back door</location><elin>{0}</elin></e911Location>".format
    spare = world.SPARE.numbers[2]
    body = f"<e911Locations>{location(spare)}</e911Locations>"
    assert admin.put("/rest/erls", content=body, headers=XML).status_code == 200
    assert admin.get("/rest/erl/user/101").text == elin
    assert admin.put("/rest/erl/user/101", content=spare, headers={"Content-Type": "text/plain"}).status_code == 200
    assert admin.put("/rest/erl/user/101", content="1", headers={"Content-Type": "text/plain"}).status_code == 400
    assert admin.get("/rest/erl/user/101").text == spare
    phones = "<phones><phone><serial>64167f000101</serial><elin>{0}</elin></phone></phones>".format
    assert admin.put("/rest/erl/phones", content=phones(spare), headers=XML).status_code == 200
    assert admin.put("/rest/erl/phones", content=phones("5"), headers=XML).status_code == 400
    assert read(admin.get("/rest/erl/phone/64167f000101"))[0].findtext("elin") == spare
    assert admin.delete(f"/rest/erls?elin={spare}").status_code == 200
    assert admin.get("/rest/erl/user/101").text == ""
    sipxcom.faults.set("open_source")
    assert admin.get("/rest/erls").status_code == 404
