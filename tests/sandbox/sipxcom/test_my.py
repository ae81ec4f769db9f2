"""/sipxconfig/rest/my: what belongs to whoever is signed in."""

from datetime import timedelta
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from apps.sandbox import world
from apps.sandbox.carrier.records import INBOUND, calls_of
from apps.sandbox.sipxcom import SipxcomSandbox
from tests.sandbox.conftest import TLS

from .conftest import JSON, MORNING, TEXT, XML, client

ROOM = "harbor-dental-room"
ENTRY = "<entry><first-name>Al</first-name><last-name>{0}</last-name><number>5</number>{1}</entry>"
INFO = "<contact-information><emailAddress>{0}</emailAddress></contact-information>"


def test_jackson_routes_call_their_json_text_in_latin_1(mira: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    mira.put("/rest/my/im/prefs", json={"otpMessage": "Café ☎", "nosuch": 1})
    reply = mira.get("/rest/my/im/prefs")
    assert reply.headers["Content-Type"] == "text/plain;charset=ISO-8859-1"
    assert reply.content.decode("latin-1").count("Café ?") == 1
    assert mira.get("/rest/my/im/prefs", headers={"Accept": "text/xml"}).status_code == 406
    assert mira.put("/rest/my/im/prefs", content="{", headers=JSON).status_code == 500


@pytest.mark.parametrize(
    ("to", "status"),
    [("102", 200), ("%2B1%28206%29219-4100", 200), ("owen.tran", 200), ("101@campus.northline.example", 400), ("1%20206", 400)],
)
def test_calls_are_placed_by_put(mira: httpx.Client, to: str, status: int) -> None:
    assert mira.put(f"/rest/my/call/{to}").status_code == status


def test_a_dialled_call_is_among_the_active_ones(mira: httpx.Client) -> None:
    before = mira.get("/rest/my/activecdrs", headers={"Accept": "application/json"}).json()["cdrs"]
    mira.put("/rest/my/call/102", content=b"x")
    cdrs = mira.get("/rest/my/activecdrs", headers={"Accept": "application/json"}).json()["cdrs"]
    assert len(cdrs) == len(before) + 1
    assert (cdrs[-1]["from"], cdrs[-1]["to"], cdrs[-1]["direction"], cdrs[-1]["internal"]) == ("101", "102", "INTERNAL", True)
    assert "route" not in cdrs[-1]


def test_calls_are_those_of_the_carrier() -> None:
    """What the sandbox carrier bills for a number is in progress here at the same time, with the number's user."""
    number, day = world.DENTAL.numbers[1], MORNING.date()
    record = next(call for call in calls_of(7, INBOUND, number, day) if call.answered)
    during = record.at.replace(tzinfo=MORNING.tzinfo) + timedelta(seconds=1)
    with SipxcomSandbox(clock=lambda: during) as sandbox:
        reply = client(sandbox, **sandbox.other_credentials).get("/rest/my/activecdrs")
    cdrs = [cdr for cdr in fromstring(reply.content) if cdr.findtext("from") == record.far]
    assert cdrs[0].findtext("direction") == "INCOMING"
    assert cdrs[0].findtext("duration") == "1000"


def test_the_administrator_has_calls_on_spare_numbers_and_a_room(admin: httpx.Client) -> None:
    number, day = world.SPARE.numbers[0], MORNING.date()
    record = next(call for call in calls_of(7, INBOUND, number, day) if call.answered)
    with SipxcomSandbox(clock=lambda: record.at.replace(tzinfo=MORNING.tzinfo)) as sandbox:
        reply = client(sandbox, **sandbox.credentials).get("/rest/my/activecdrs")
    assert record.far in [cdr.findtext("from") for cdr in fromstring(reply.content)]
    details = fromstring(admin.get("/rest/my/conferencedetails/operators-room").content)
    assert [member.findtext("imId") for member in details.iter("member")] == ["201", "301"]


def test_forwarding_in_both_forms(mira: httpx.Client) -> None:
    assert mira.get("/rest/my/forward", headers={"Accept": "application/json"}).json()["call-sequence"]["expiration"] == 25
    ring = {"number": "103", "type": "at the same time", "enabled": True, "expiration": 9, "scheduleId": 3}
    assert mira.put("/rest/my/callfwd", json={"rings": [ring], "expiration": 12}).status_code == 200
    held = mira.get("/rest/my/callfwd").json()
    assert held == {"rings": [{**ring, "type": None}], "withVM": True, "expiration": 12}
    sequence = (
        "<call-sequence><rings><ring><expiration>20</expiration><type>If no response</type><enabled>true</enabled>"
        "<number>102</number></ring></rings></call-sequence>"
    )
    assert mira.put("/rest/my/forward", content=sequence, headers=XML).status_code == 200
    held = mira.get("/rest/my/callfwd").json()
    assert (held["expiration"], held["rings"][0]["scheduleId"]) == (0, None)
    placed = sequence.replace("<number>", "<position>1</position><number>")
    assert mira.put("/rest/my/forward", content=placed, headers=XML).status_code == 500
    assert mira.put("/rest/my/callfwd", json={"expiration": 1}).status_code == 500


def test_schedules_of_forwarding(mira: httpx.Client) -> None:
    assert [row["name"] for row in mira.get("/rest/my/callfwdschedule").json()] == ["harbor-dental-team", "Lunch"]
    period = {"scheduledDay": 2, "start": {"hrs": 9, "min": 0}, "end": {"hrs": 10, "min": 30}}
    assert mira.post("/rest/my/callfwdsched", json={"name": "Early", "periods": [period]}).status_code == 200
    ref = mira.get("/rest/my/callfwdsched").json()[-1]["scheduleId"]
    assert mira.get(f"/rest/my/callfwdsched/{ref}").json()["periods"] == [period]
    for wrong in (
        {"name": "Early", "periods": [period]},
        {"name": "x", "periods": []},
        {"name": "x", "periods": [period, period]},
    ):
        assert mira.post("/rest/my/callfwdsched", json=wrong).status_code == 422
    assert mira.put("/rest/my/callfwdsched", json={}).status_code == 403
    assert mira.delete("/rest/my/callfwdsched").status_code == 403
    strange = {"name": "x", "periods": [{**period, "scheduledDay": 9}]}
    assert mira.post("/rest/my/callfwdsched", json=strange).status_code == 500
    assert mira.delete(f"/rest/my/callfwdsched/{ref}").status_code == 200


def test_voicemail_preferences(mira: httpx.Client, admin: httpx.Client) -> None:
    assert mira.put("/rest/my/vmprefs", json={"greeting": "OUT_OF_OFFICE", "email": None}).status_code == 200
    assert mira.put("/rest/my/vmprefs", json={"greeting": "outofoffice"}).status_code == 500
    assert mira.get("/rest/my/vmprefs").json()["greeting"] == "OUT_OF_OFFICE"
    assert mira.put("/rest/my/mailbox/102/preferences/activegreeting/extendedabsence", content=b"x").status_code == 200
    body = "<user><permissions><setting><name>Voicemail</name><value>DISABLE</value></setting></permissions></user>"
    admin.put("/rest/user-permission/2", content=body, headers=XML)
    assert mira.put("/rest/my/vmprefs", json={"greeting": "STANDARD"}).status_code == 200
    held = mira.get("/rest/my/vmprefs").json()
    assert (held["greeting"], held["voicemailPermission"]) == ("OUT_OF_OFFICE", False)
    assert mira.put("/rest/my/voicemail/pin/123", content=b"x").status_code == 400
    assert mira.put("/rest/my/voicemail/pin/1234", content=b"x").status_code == 200


def test_personal_attendant(mira: httpx.Client) -> None:
    def held() -> dict:
        return mira.get("/rest/my/voicemail/attendant").json()

    assert mira.put("/rest/my/voicemail/operator/102", content=b"x").status_code == 200
    assert held()["operator"] == "102"
    assert mira.put("/rest/my/voicemail/operator", content=b"x").status_code == 404
    assert mira.put("/rest/my/voicemail/operator/", content=b"x").status_code == 200
    assert held()["operator"] is None
    mira.put("/rest/my/voicemail/attendant", json={"forwardDeleteVM": True})
    assert held()["forwardDeleteVM"] is False
    mira.put("/rest/my/voicemail/attendant", json={"forwardDeleteVM": True, "depositVM": True, "menu": {"1": "102"}})
    assert (held()["forwardDeleteVM"], held()["menu"]) == (True, {"1": "102"})
    assert mira.put("/rest/my/voicemail/attendant", json={"language": "fr"}).status_code == 500
    assert mira.get("/rest/my/voicemail/attendant/lang").json() == ["en", "es", "fr"]


def test_the_feed_of_messages(mira: httpx.Client) -> None:
    reply = mira.get("/rest/my/feed/voicemail/inbox")
    assert reply.headers["Content-Type"] == "application/rss+xml"
    item = fromstring(reply.content).find("channel/item")
    assert item is not None
    assert item.findtext("description") == "12 seconds received at 14:00 on 03/31/26"
    enclosure = item.find("enclosure")
    assert enclosure is not None
    assert enclosure.get("type") == "audio/wav"
    assert mira.get("/rest/my/feed/voicemail/inbox", headers={"Accept": "application/json"}).status_code == 406


def test_the_phone_book(mira: httpx.Client) -> None:
    people = sum(len(tenant.people) for tenant in world.TENANTS)
    book = mira.get("/rest/my/phonebook", headers={"Accept": "application/json"}).json()["phonebook"]
    assert len(book) == people + 6 + 1
    csv = mira.get("/rest/my/phonebook", headers={"Accept": "text/plain"})
    assert len(csv.text.splitlines()) == len(book) + 1
    assert "BEGIN:VCARD" in mira.get("/rest/my/phonebook", headers={"Accept": "text/x-vcard"}).text
    page = fromstring(mira.get("/rest/my/pagedphonebook?start=0&end=3").content)
    assert (page.findtext("size"), page.findtext("end-row"), len(page.findall("entries/entry"))) == (str(len(book)), "3", 3)
    for query in ("end=3&start=0", "start=0", "start=&end=3", ""):
        assert mira.get(f"/rest/my/pagedphonebook?{query}").status_code == 404
    assert mira.get("/rest/my/pagedphonebook?start=5&end=3").status_code == 500
    found = fromstring(mira.get("/rest/my/search/phonebook?query=tran").content)
    assert [entry.findtext("last-name") for entry in found] == ["Tran"]
    assert mira.get("/rest/my/search/phonebook?query=").status_code == 404


def test_private_entries(mira: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    def post(last: str, info: str) -> httpx.Response:
        return mira.post("/rest/my/phonebook/entry/-1", content=ENTRY.format(last, info), headers=XML)

    assert post("Dock", INFO.format("a@example.net")).status_code == 200
    assert post("Dock", INFO.format("")).status_code == 747
    assert post("Door", "").status_code == 500
    assert post("", INFO.format("")).status_code == 400
    assert post("Door", INFO.format("a@example.technology")).reason_phrase == "Invalid e-mail address"
    user = sipxcom.system.user("101")
    assert user
    ref = user["book"][-1]["id"]
    url = f"/rest/my/phonebook/entry/{ref}"
    entry = mira.get(url, headers={"Accept": "application/json"}).json()["entry"]
    assert entry["contact-information"] == {"emailAddress": "a@example.net"}
    assert mira.put(url, content=ENTRY.format("Gate", INFO.format("")), headers=XML).status_code == 200
    assert mira.put("/rest/my/phonebook/entry/999", content=ENTRY.format("G", INFO.format("")), headers=XML).status_code == 500
    assert mira.delete("/rest/my/phonebook/entry/999").status_code == 200
    vcard = "BEGIN:VCARD\nN:Mori;K\nTEL:205\nEND:VCARD"
    card = f"<pb><internalId>x-77</internalId><uid/><vcard>{vcard}</vcard><userName>102</userName></pb>"
    assert mira.put("/rest/my/phonebookentry/x-77", content=card, headers=XML).status_code == 200
    owen = sipxcom.system.user("102")
    assert owen
    assert owen["book"][0]["number"] == "205"
    assert mira.delete("/rest/my/phonebookentry/x-77").status_code == 200
    assert mira.delete("/rest/my/phonebookentry/99999").status_code == 404
    assert mira.put("/rest/my/phonebook/showContactsOnPhone/false").status_code == 200
    assert fromstring(mira.get("/rest/my/pagedphonebook?start=0&end=1").content).findtext("show-on-phone") == "false"
    google = "<credentials><account>a</account><password>b</password></credentials>"
    assert mira.post("/rest/my/phonebook/googleImport", content=google, headers=XML).status_code == 745
    assert mira.delete("/rest/my/phonebook").status_code == 200
    assert mira.get(url).status_code == 404


def test_contact_information_is_replaced(mira: httpx.Client) -> None:
    before = mira.get("/rest/my/contact-information", headers={"Accept": "application/json"}).json()["contact-information"]
    assert (before["firstName"], before["imId"], before["companyName"]) == ("Mira", "101", "Harbor Street Dental")
    fields = "<imId>other</imId><twiterName>m</twiterName><homeAddress><city>Kent</city></homeAddress>"
    body = f"<contact-information>{fields}</contact-information>"
    assert mira.put("/rest/my/contact-information", content=body, headers=XML).status_code == 200
    root = fromstring(mira.get("/rest/my/contact-information").content)
    assert (root.findtext("imId"), root.findtext("twiterName"), root.findtext("homeAddress/city")) == ("101", "m", "Kent")
    assert root.find("firstName") is None
    wrong = "<contact-information><twitterName>m</twitterName></contact-information>"
    assert mira.put("/rest/my/contact-information", content=wrong, headers=XML).status_code == 500


def test_speed_dial(mira: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    assert mira.get("/rest/my/speeddial").json()["buttons"][0]["name"] == "Owen=102"
    assert mira.put("/rest/my/speeddial", json={"groupSpeedDial": False}).status_code == 500
    new = {"buttons": [{"label": "Dock", "number": "103", "blf": True}], "updatePhones": True}
    assert mira.put("/rest/my/speeddial", json=new).status_code == 200
    assert mira.get("/rest/my/speeddial").json()["buttons"] == [{**new["buttons"][0], "name": "Dock=103"}]  # type: ignore[index]
    phone = sipxcom.system.get("phone", 1)
    assert phone
    assert phone["sent"]["restart"] is True


def test_conferences(mira: httpx.Client, admin: httpx.Client) -> None:
    own = mira.get("/rest/my/conferences", headers={"Accept": "application/json"}).json()["conferences"]
    assert [room["name"] for room in own] == [ROOM]
    setting = fromstring(mira.get(f"/rest/my/conferences/{ROOM}").content)
    assert (setting.tag, setting.findtext("maxMembers")) == ("setting", "20")
    body = "<setting><maxMembers>5</maxMembers><autorecorded>true</autorecorded></setting>"
    assert mira.put(f"/rest/my/conferences/{ROOM}", content=body, headers=XML).status_code == 200
    wrong = "<setting><autoRecord>true</autoRecord></setting>"
    assert mira.put(f"/rest/my/conferences/{ROOM}", content=wrong, headers=XML).status_code == 500
    details = fromstring(mira.get(f"/rest/my/conferencedetails/{ROOM}").content)
    assert [member.findtext("imId") for member in details.iter("member")] == ["101", "102", "103"]
    assert mira.get("/rest/my/conferencedetails/nosuch").status_code == 404
    assert admin.get(f"/rest/my/conferencedetails/{ROOM}").status_code == 403
    with_nobody = client_of_dana(admin)
    assert with_nobody.get("/rest/my/conferencedetails/cascade-freight-room").status_code == 406


def client_of_dana(admin: httpx.Client) -> httpx.Client:
    """Dispatch's lead, whose room is empty; the administrator gives a password first."""
    body = "<user><userName>201</userName><pin>12345678</pin><sipPassword/></user>"
    assert admin.put("/rest/user/6", content=body, headers=XML).status_code == 200
    return httpx.Client(base_url=admin.base_url, auth=("201", "12345678"), verify=TLS)


def test_commands_of_conferences_are_gets(mira: httpx.Client) -> None:
    def say(command: str) -> str:
        reply = mira.get(f"/rest/my/conference/{ROOM}/{command}")
        assert reply.status_code == 200
        assert reply.headers["Content-Type"].startswith("text/plain")
        return reply.text.removeprefix("<command-response>").removesuffix("\n</command-response>")

    assert say("mute&2") == "OK mute 2"
    assert say("list").splitlines()[1].count("|speak") == 0
    assert say("mute&99") == "Member: 99 not found."
    assert say("lock") == f"OK {ROOM} locked"
    assert say("say&good%20morning") == "OK say good morning"
    assert say("nosuch") == "Conference command 'nosuch' not found."
    assert say("volume_in&2&3") == "OK volume_in 2"
    assert say("volume_in&2") == "OK volume_in 2 3"
    assert say("invite&104").startswith("OK invite")
    assert say("kick&all").count("OK kick") == 4
    assert say("list") == f"Conference {ROOM} not found"
    assert mira.get(f"/rest/my/conference/{ROOM}/invite").status_code == 400
    assert mira.get(f"/rest/my/conference/{ROOM}").status_code == 400
    assert mira.get("/rest/my/conference/nosuch/lock").status_code == 404
    assert mira.get("/rest/my/conference/cascade-freight-room/lock").status_code == 403
    assert fromstring(mira.get(f"/rest/my/conference/{ROOM}/xml_list").content).tag == "conferences"


def test_the_rest_of_what_is_mine(mira: httpx.Client, sipxcom: SipxcomSandbox) -> None:
    assert mira.get("/rest/my/faxprefs").json() == {"extension": "165", "did": world.DENTAL.numbers[-2]}
    assert mira.get("/rest/my/time").text == "Mar 31, 2026 04:00:00 PM"
    assert mira.get("/rest/my/keepalive").text == ""
    details = mira.get("/rest/my/logindetailsunite", headers={"Accept": "application/json"}).json()["login-details"]
    assert details["pin"] == sipxcom.other_credentials["password"]
    short = mira.put("/rest/my/portal/password/short", content=b"x", headers=TEXT)
    assert (short.status_code, short.reason_phrase) == (400, "Password must be at least 8 characters long")
    assert mira.put("/rest/my/portal/password/a+long%2Bone", content=b"x").status_code == 200
    assert mira.get("/rest/my/keepalive").status_code == 401
    assert client(sipxcom, "101", "a long+one").get("/rest/my/keepalive").status_code == 200
