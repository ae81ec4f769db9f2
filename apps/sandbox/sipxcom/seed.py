"""What a new sipXcom holds: the demo world's three customers as branches of one campus, with their people and phones."""

from datetime import datetime, timedelta

from apps.sandbox import world
from apps.sandbox.core.credentials import secret

from . import sounds
from .api.prompts import row as prompt
from .auth import PROMPTS, REST
from .models import TRUNK
from .my.conferences import FLAGS, new_member
from .people import new_user
from .settings import store
from .system import ADMIN, SERVER, Row, System

FIRST_USER = world.DENTAL.people[0].extension
_PERMISSIONS: tuple[tuple[str, str, bool], ...] = (
    ("Superadmin", "APPLICATION", False), (REST, "APPLICATION", False), (PROMPTS, "APPLICATION", False),
    ("PersonalAutoAttendant", "APPLICATION", True), ("SubscribeToPresence", "CALL", True), ("Voicemail", "CALL", True),
    ("900Dialing", "CALL", False), ("InternationalDialing", "CALL", False), ("LocalDialing", "CALL", True),
    ("LongDistanceDialing", "CALL", True), ("Mobile", "CALL", True), ("TollFree", "CALL", True),
)  # fmt: skip
_MODELS = (("polycomVVX411", "5.9.X"), ("yealinkPhoneSIPT46", None), ("polycomVVX311", "5.9.X"))
_OPENS, _CLOSES = 8 * 60, 17 * 60 + 30


def seed(system: System, now: datetime) -> None:
    """Fill an empty system; everything dated relative to `now`."""
    system.facts = {
        "special_mode": False,
        "special": "",
        "license": {
            "uid": secret(system.seed, "sipxcom", "license", length=24), "domain": SERVER["fqdn"].partition(".")[2],
            "version": "21.04", "expire": f"{now + timedelta(days=400):%d-%b-%Y}", "support": "Gold",
            "licenseType": "Enterprise",
            "users": 250, "mobileDevices": 50, "company": world.PROVIDER, "contactEmail": "support@northline.example",
            "contactName": f"{world.PROVIDER} support", "contactPhone": world.SPARE.numbers[0],
        },
    }  # fmt: skip
    for name, kind, default in _PERMISSIONS:
        row = {"name": name, "label": name, "description": None, "defaultValue": default, "type": kind, "builtIn": True}
        system.add("permission", row)
    after = {"label": "After-hours dialling", "description": "Calls out at night", "defaultValue": False, "type": "CALL"}
    row = system.add("permission", {**after, "builtIn": False})
    row["name"] = f"perm_{row['id']}"
    _admin(system, now)
    _sounds(system)
    _gateways(system)
    system.add("pgroup", {"name": "Default", "description": "All phones", "weight": 1, "erl": ""})
    for code, name, known in (("100", "Operator", "operator"), ("199", "After hours", "afterhour")):
        system.add("attendant", {"name": name, "systemId": known, "code": code, "enabled": True})
    for tenant in world.TENANTS:
        _tenant(system, tenant, now)
    store(system, "dns", "named-config/forwarders/forwarder_0", "192.0.2.53")
    everybody = [row["id"] for row in system.rows("user")[1:]]
    _paging(system, 1, "Whole campus", everybody)


def _admin(system: System, now: datetime) -> None:
    """The administrator, who has a room and a mailbox as others have."""
    admin = new_user(system, userName=ADMIN, firstName="", lastName="Superadmin")
    admin |= {"pin": secret(system.seed, "sipxcom", ADMIN, length=16), "permissions": {"Superadmin": "ENABLE", REST: "ENABLE"}}
    admin["sipPassword"] = secret(system.seed, "sipxcom", ADMIN, "sip", length=12)
    admin["messages"] = [_message(0, 0, now)]
    heads = [tenant.people[0] for tenant in world.TENANTS[1:]]
    members = [new_member(place, person.name, person.extension) for place, person in enumerate(heads, 1)]
    _room(system, "operators-room", f"Meeting room of {world.PROVIDER}", "960", admin, members)


def _room(system: System, name: str, description: str, extension: str, owner: Row, members: list[Row]) -> None:
    head = {"name": name, "description": description, "extension": extension, "accessCode": f"7{extension}"}
    more = {"moderatorCode": None, "maxMembers": 20, "moh": "FILES_SRC", "locked": False, "members": members}
    system.add("conference", {**head, **more, "owner": owner["id"], **dict.fromkeys(FLAGS, False), "enabled": True})


def _sounds(system: System) -> None:
    for kind, name, hertz in (
        ("moh", "default.wav", 330), ("moh", "harbor-holiday.wav", 392), ("pagegroups", "chime.wav", 880),
        ("orbits", "parked.wav", 262),
    ):  # fmt: skip
        system.table(f"prompt/{kind}")[name] = prompt(sounds.tone(hertz))


def _gateways(system: System) -> None:
    """A trunk to the sandbox carrier from each edge, and an analog gateway of four lines."""
    for name, edge, address in (
        ("carrier-seattle", world.EDGE_ADDRESSES[0], "203.0.113.10"),
        ("carrier-portland", world.EDGE_ADDRESSES[2], "203.0.113.11"),
    ):
        row = system.add("gateway", {**_gateway(name, f"Carrier, from {edge}", TRUNK, address), "useInternalBridge": True})
        scope = f"gateway/{row['id']}"
        store(system, scope, "itsp-account/user-name", "northline")
        store(system, scope, "itsp-account/password", secret(system.seed, "sipxcom", name, length=16))
    ports = [{"id": system.new_id("port")} for _ in range(4)]
    analog = _gateway("analog-lines", "Lifts and alarms", "audiocodesMP1X4_4_FXO", "192.0.2.45")
    system.add("gateway", {**analog, "serialNo": "00908f1a2b3c", "deviceVersion": "6.0", "ports": ports})


def _gateway(name: str, description: str, model: str, address: str) -> Row:
    caller = {
        "defaultCallerAlias": world.DENTAL.numbers[0], "anonymous": False, "ignoreUserInfo": False,
        "transformUserExtension": False, "addPrefix": None, "keepDigits": 0, "displayName": None, "urlParameters": None,
    }  # fmt: skip
    return {
        "name": name, "serialNo": None, "deviceVersion": None, "description": description, "enabled": True, "address": address,
        "addressPort": 5060, "outboundAddress": None, "outboundPort": 5060, "addressTransport": "udp", "prefix": None,
        "shared": True, "useInternalBridge": False, "model": model, "branch": None, "callerAliasInfo": caller, "ports": [],
    }  # fmt: skip


def _tenant(system: System, tenant: world.Tenant, now: datetime) -> None:
    base, main = tenant.people[0].extension[0], tenant.numbers[0]
    branch, group, phones, erl = _places(system, tenant)
    users = [_person(system, tenant, place, branch, group, now) for place in range(len(tenant.people))]
    for place, user in enumerate(users):
        _phone(system, tenant, place, user, phones, erl)
    present = tenant.people[:3] if tenant is world.DENTAL else ()
    members = [new_member(place, person.name, person.extension) for place, person in enumerate(present, 1)]
    _room(system, f"{tenant.key}-room", f"Meeting room of {tenant.name}", f"{base}60", users[0], members)
    rings = [
        {"typeStr": "If no response" if place == 0 else "At the same time", "userName": user["userName"], "enabled": True,
         "expiration": 20}
        for place, user in enumerate(users[:3])
    ]  # fmt: skip
    system.add("callgroup", {
        "name": f"{tenant.key}-desk", "extension": f"{base}80", "did": tenant.toll_free[0], "enabled": True, "rings": rings,
        "description": f"Front desk of {tenant.name}", "fallbackDestination": f"sip:{users[0]['userName']}@campus",
        "voicemailFallback": True, "userForward": True, "useFwdTimers": False,
    })  # fmt: skip
    orbit = {"name": f"{tenant.key}-park", "enabled": True, "extension": f"{base}70", "description": f"Parked at {tenant.name}"}
    system.add("orbit", {**orbit, "music": "parked.wav", "server": SERVER["fqdn"]})
    system.add("attendant", {"name": f"{tenant.name} menu", "systemId": None, "code": f"{base}90", "enabled": True})
    _hours(system, tenant, group, users[0])
    _paging(system, 10 + int(base), f"Phones of {tenant.name}", [user["id"] for user in users])
    entries: list[Row] = [
        {"id": str(system.new_id("entry")), "internal": None, "first": tenant.name, "last": "Main", "number": main, "info": {}},
        {"id": str(system.new_id("entry")), "internal": None, "first": world.PROVIDER, "last": "Support",
         "number": world.SPARE.numbers[0], "info": {}},
    ]  # fmt: skip
    system.add("phonebook", {"name": tenant.key, "entries": entries})


def _places(system: System, tenant: world.Tenant) -> tuple[Row, Row, Row, str]:
    """Branch, user group, phone group, and the ELIN of the emergency location: the customer's last number."""
    at, elin = tenant.address, tenant.numbers[-1]
    street = f"{at.house} {at.street} {at.suffix}"
    branch = system.add("branch", {
        "name": tenant.key, "description": tenant.name, "phoneNumber": tenant.numbers[0], "faxNumber": None,
        "address": {"street": street, "city": at.city, "country": "US", "state": at.state, "zip": at.zip},
    })  # fmt: skip
    group = system.add("ugroup", {
        "name": f"{tenant.key}-staff", "description": f"People of {tenant.name}", "branch": branch["id"], "erl": elin,
        "permissions": {"InternationalDialing": "ENABLE"} if tenant is world.FREIGHT else {},
    })  # fmt: skip
    weight = len(system.rows("pgroup")) + 1
    phones = {"name": f"{tenant.key}-phones", "description": f"Phones of {tenant.name}", "weight": weight, "erl": elin}
    address = f"{street}, {at.city}, {at.state}, {at.zip}"
    system.add("erl", {"location": address, "elin": elin, "addressInfo": address, "description": f"{tenant.name}, front door"})
    return branch, group, system.add("pgroup", phones), elin


def _person(system: System, tenant: world.Tenant, place: int, branch: Row, group: Row, now: datetime) -> Row:
    person, numbers = tenant.people[place], _numbers(tenant, place)
    did = numbers[0]
    user = new_user(system, userName=person.extension, firstName=person.first, lastName=person.last)
    email = f"{person.first.lower()}@{tenant.key}.example"
    user |= {
        "pin": secret(system.seed, "sipxcom", person.extension, length=16), "emailAddress": email, "branch": branch["id"],
        "sipPassword": secret(system.seed, "sipxcom", person.extension, "sip", length=12), "groups": [group["id"]], "did": did,
        "aliases": [f"{person.first}.{person.last}".lower(), *numbers],
    }  # fmt: skip
    user["profile"] |= {
        "jobTitle": person.role, "companyName": tenant.name, "emailAddress": email, "didNumber": did,
        "branchName": branch["name"],
        "officeAddress": {name: branch["address"][name] for name in ("street", "city", "country", "state", "zip")},
    }  # fmt: skip
    user["mailbox"]["pin"] = secret(system.seed, "sipxcom", person.extension, "mailbox", length=8)
    fallback = tenant.people[(place + 1) % len(tenant.people)].extension
    ring = {"expiration": 20, "type": "If no response", "enabled": True, "number": fallback, "scheduleId": None}
    user["forward"] = {"rings": [ring], "expiration": 25}
    user["messages"] = [_message(place, back, now) for back in range(place % 3 + 1)]
    if place == 0:
        user |= {"faxExtension": f"{person.extension[0]}65", "faxDid": tenant.numbers[-2], "erl": tenant.numbers[-1]}
        buttons = [{"label": other.first, "number": other.extension, "blf": True} for other in tenant.people[1:3]]
        user["speeddial"] = {"buttons": buttons, "groupSpeedDial": False}
        entry = {"first": world.PROVIDER, "last": "Repairs", "number": world.SPARE.numbers[1], "info": {}}
        user["book"] = [{"id": str(system.new_id("entry")), "internal": "x-1", **entry}]
        user["permissions"] = {PROMPTS: "ENABLE"}
    return user


def _numbers(tenant: world.Tenant, place: int) -> list[str]:
    """Those of the customer's numbers that ring at one of its people, each in turn, but the main one at the second's desk."""
    # The fax answers the last but one, the hunt group the first free-phone number; two wait to be given out.
    reached = (*tenant.numbers[1:10], *tenant.numbers[12:-2], tenant.numbers[-1], *tenant.toll_free[1:])
    return [*reached[place :: len(tenant.people)], *(tenant.numbers[:1] if place == 1 else ())]


def _message(place: int, back: int, now: datetime) -> Row:
    at = (now - timedelta(days=back, hours=2 + place)).replace(microsecond=0)
    folder = "inbox" if back < 2 else "saved"
    caller = f"1206555{140 + 3 * place + back:04d}"
    return {"id": f"{place:04d}{back:04d}", "folder": folder, "subject": f"Voice message {back + 1}", "from": caller,
            "seconds": 12 + 7 * back + place, "at": at.isoformat()}  # fmt: skip


def _phone(system: System, tenant: world.Tenant, place: int, user: Row, group: Row, elin: str) -> None:
    model, version = _MODELS[place % len(_MODELS)]
    person = tenant.people[place]
    system.add("phone", {
        "serialNo": f"64167f{int(person.extension):06d}", "model": model, "deviceVersion": version, "sent": None,
        "description": f"{person.first} {person.last}, {person.role}", "groups": [group["id"]], "erl": elin,
        "lines": [{"id": system.new_id("line"), "user": user["id"]}],
    })  # fmt: skip


def _hours(system: System, tenant: world.Tenant, group: Row, owner: Row) -> None:
    weekdays = [{"enabled": True, "start": _OPENS, "stop": _CLOSES, "day": "Weekdays"}]
    saturday = [{"enabled": True, "start": 10 * 60, "stop": 14 * 60, "day": "Saturday"}]
    lunch = [{"enabled": True, "start": 12 * 60, "stop": 13 * 60, "day": "Every_day"}]
    nobody = {"userId": -1, "groupId": -1}
    head = {"name": f"{tenant.key}-hours", "description": f"Office hours of {tenant.name}", **nobody, "type": "G"}
    system.add("schedule", {**head, "periods": [*weekdays, *saturday]})
    team = {"name": f"{tenant.key}-team", "description": "", "userId": -1, "groupId": group["id"], "type": "U"}
    system.add("schedule", {**team, "periods": weekdays})
    own = {"name": "Lunch", "description": None, "userId": owner["id"], "groupId": -1, "type": "S"}
    system.add("schedule", {**own, "periods": lunch})


def _paging(system: System, number: int, description: str, users: list[int]) -> None:
    row = {"enabled": True, "pageGroupNumber": number, "timeout": 60, "sound": "chime.wav", "description": description}
    system.add("paging", {**row, "users": users})
