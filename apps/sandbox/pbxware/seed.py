"""What a new PBX holds: the demo world's three customers as tenants, with all that belongs to them."""

from datetime import datetime, timedelta
from typing import Any

from apps.sandbox import world
from apps.sandbox.carrier.seed import HISTORY_DAYS
from apps.sandbox.core.credentials import secret

from .pbx import Pbx, Row

CODES = {"harbor-dental": "201", "cascade-freight": "202", "blue-door-bakery": "203"}
_DEVICES = (
    ("50", "generic_sip", "Generic SIP"), ("135", "yealinkt41", "Yealink T41"), ("136", "yealinkt42g", "Yealink T42G"),
    ("137", "yealinkt46g", "Yealink T46G"), ("140", "polycomvvx411", "Polycom VVX 411"),
)  # fmt: skip
_ROUTES = (
    ("869", "1", "United States"),
    ("870", "1", "Canada"),
    ("135", "387", "Bosnia and Herzegovina"),
    ("93", "44", "United Kingdom"),
)
_PROVIDERS = {
    "Generic Analog": ["12", "pstn"],
    "Generic T1": ["13", "pstn"],
    "Generic E1": ["14", "pstn"],
    "Generic SIP": ["20", "voip"],
}


def seed(pbx: Pbx, now: datetime) -> None:
    """Fill an empty PBX; everything dated relative to `now`."""
    _system(pbx, now)
    trunks = [
        _trunk(pbx, name, host) for name, host in (("Carrier-Seattle", "203.0.113.10"), ("Carrier-Portland", "203.0.113.11"))
    ]
    for place, tenant in enumerate(world.TENANTS):
        _tenant(pbx, tenant, str(place + 2), trunks[1 if tenant is world.FREIGHT else 0], trunks, now)
        # The carrier sold a customer's numbers a week after another's.
        pbx.table("tenant")[str(place + 2)]["_since"] = f"{now - timedelta(days=HISTORY_DAYS - 7 * place - 1):%Y-%m-%d}"


def _system(pbx: Pbx, now: datetime) -> None:
    pbx.facts = {
        "refreshed": (now - timedelta(days=3)).timestamp(),
        "providers": _PROVIDERS,
        "licence": {
            "Edition": "Multi-Tenant", "Version": "8.1.0 (a1b2c3)", "Channels": "512", "DIDs": "9999", "Extensions": "200",
            "Hot Desking": "9999", "PSTN Trunks": "20", "Tenants": "999", "VOIP Trunks": "20", "Archiving": "1",
            "Call Rating": "1", "Crm Routing": "1", "Sms Bandwidth": "1", "Sms Module": "1", "Wakeupcall": "1",
        },
        "server": {
            "server_name": "pbx.northline.example", "absolutetimeout": "86400", "faxformat": "letter", "recordformat": "gsm",
            "country": "869", "national": "1", "international": "011", "email_from": "pbx@northline.example",
            "smtp_type": "smtp", "smtp_host": "mail.northline.example", "smtp_user": "pbx",
            "smtp_pass": secret(pbx.seed, "pbxware", "smtp", length=12), "incominglimit": "246", "outgoinglimit": "246",
        },
    }  # fmt: skip
    for ref, name, fullname in _DEVICES:
        pbx.add("uad", {"name": name, "fullname": fullname, "enabled": ref != "136"}, ref)
    for ref, code, name in _ROUTES:
        pbx.add("route", {"code": code, "name": name}, ref)
    for ref, name in (("1", "mobile"), ("2", "proper"), ("17", "freephone")):
        pbx.add("dgroup", {"name": name}, ref)
    usa = {"route": "869", "destination": "USA", "destination_group": "2"}
    pbx.add("destination", {**usa, "codes": [{"code1": "1", "code2": ""}]}, "300")
    free = [{"code1": code, "code2": ""} for code in ("1800", "1844", "1855", "1888")]
    pbx.add("destination", {**usa, "destination": "USA toll-free", "destination_group": "17", "codes": free}, "301")
    plan = {"tbd": "0", "min_charge": "0.01000", "connection_charge": "0.00000", "inclusive": "500", "inclusive_inbound": 0}
    pbx.add("splan", {"name": "Business", **plan, "grace_period": "0", "billing": "6/6", "call_rating": "6/6"}, "1")
    for group, price in (("2", "0.01200"), ("17", "0.00000")):
        rate = {"inbound": "0.00000", "outbound": price, "inclusives": "1", "billing": "6/6", "call_rating": "6/6"}
        pbx.add("rate", {**rate, "min_charge": "0.01000", "connection_charge": "0.00000"}, f"1:869:{group}")
    counts = dict.fromkeys(("extensions", "voicemails", "queues", "ivrs", "cfs", "rgroups", "hot_desking"), "20")
    flags = {"restrict_splans": "0", "call_recordings": "1", "monitoring": "1", "call_screening": "1"}
    pbx.add("package", {"name": "Standard", "service_plan": "1", "allowed_service_plans": "", **counts, **flags}, "1")
    sms = {
        "enabled": "1",
        "name": "Bandwidth",
        "provider": "bandwidth",
        "username": "northline",
        "user_id": "u-1",
        "app_id": "a-1",
    }
    pbx.add("sms_trunk", {**sms, "national_prefix": "1", "description": "Texts of all tenants",
                          "password": secret(pbx.seed, "pbxware", "sms", length=16)}, "3")  # fmt: skip
    pbx.add(
        "sms_rate",
        {"national_sms": "0.02", "international_sms": "0.09", "national_mms": "0.04", "international_mms": "0.2"},
        "1:3",
    )
    pbx.add("ari", {"name": "callback", "description": "Calls back who gave up waiting", "username": "callback",
                    "password": secret(pbx.seed, "pbxware", "ari", length=16), "address": "192.0.2.60"}, "2")  # fmt: skip


def _trunk(pbx: Pbx, name: str, host: str) -> str:
    return pbx.add("trunk", {
        "name": name, "provider_id": "20", "type": "peer", "dtmfmode": "rfc2833", "status": "active", "country": "869",
        "national": "1", "international": "011", "emerg_trunk": "1", "host": host, "username": "northline",
        "secret": secret(pbx.seed, "pbxware", name, length=16), "peer_host": host, "peer_username": "northline",
        "peer_secret": secret(pbx.seed, "pbxware", name, "peer", length=16), "insecure": "port,invite", "looserouting": "yes",
        "incominglimit": "48", "outgoinglimit": "48", "codecs": "ulaw,g729", "codecs_ptime": "20,20", "transport": "udp",
        "emerg_location_header": "geo", "register": "0",
    })  # fmt: skip


def _tenant(pbx: Pbx, tenant: world.Tenant, server: str, trunk: str, trunks: list[str], now: datetime) -> None:
    main = f"+1{tenant.numbers[0]}"
    pbx.add("tenant", {
        "tenant_name": f"{tenant.key}.northline.example", "tenant_code": CODES[tenant.key], "package": "1", "ext_length": "3",
        "country": "869", "national": "1", "international": "011", "area_code": tenant.numbers[0][:3], "status": "1",
        "local_channels": "20", "remote_channels": "20", "conferences": "5", "queues": "5", "currency": "USD",
        "tenantcid": tenant.numbers[0], "es_notification_email": f"office@{tenant.key}.example", "apusername": tenant.key,
        "appassword": secret(pbx.seed, "pbxware", tenant.key, "prov", length=12), "emerg_location_header": "geo",
        "_world": tenant.key, "_sms": "3", "_sms_number": main,
        "_trunks": {"trunks": ",".join(trunks), "primary_trunk": trunk, "primary_emerg_trunk": trunk},
    }, server)  # fmt: skip
    base = tenant.people[0].extension[0]
    desk = pbx.add("department", {"server": server, "name": "Office", "editions": "business", "modules": "crm"})
    for place, person in enumerate(tenant.people):
        _extension(pbx, tenant, server, place, person, desk, now)
    members = ",".join(person.extension for person in tenant.people[:3])
    group = {
        "ring_strategy": "all",
        "timeout": "30",
        "loops": "1",
        "last_dest": tenant.people[0].extension,
        "last_dest_vm": "yes",
    }
    ring = pbx.add("ring_group", {"server": server, "name": "Front desk", "ext": f"{base}80", "extensions": members, **group})
    erg = {"max_wait_callers": "10", "rings_answer": "1", "ring_strategy": "rrmemory", "max_wait_seconds": "180"}
    ranked = [{"ext": person.extension, "penalty": str(place)} for place, person in enumerate(tenant.people)]
    pbx.add("erg", {"server": server, "name": "Everybody", "ext": f"{base}85", "members": ranked, **erg})
    queue = pbx.add("queue", {"server": server, "name": "Waiting line", "ext": f"{base}86"})
    pbx.add(
        "paging_group", {"server": server, "name": "All phones", "number": f"{base}70", "quiet": "0", "destinations": members}
    )
    keys = {"1": ("rg", f"{base}80"), "2": ("ex", tenant.people[0].extension), "9": ("dy", "")}
    ivr: Row = {"server": server, "name": "MainMenu", "ext": f"{base}90", "greeting": "greeting-main", "status": "1"}
    ivr |= {"operator": tenant.people[0].extension}
    for key, (kind, where) in keys.items():
        ivr |= {f"keymap[{key}][type]": kind, **({f"keymap[{key}][destination]": where} if where else {})}
    menu = pbx.add("ivr", ivr)
    _dids(pbx, tenant, server, trunk, base)
    _hours(pbx, server, {"ivr": menu, "dial_group": ring, "queues": queue, "servers": server}, tenant)
    _messages(pbx, tenant, server, main, now)


def _extension(pbx: Pbx, tenant: world.Tenant, server: str, place: int, person: world.Person, desk: str, now: datetime) -> None:
    number = tenant.numbers[place % len(tenant.numbers)]
    states: dict[str, str] = {"callerid": "yes", "callpickup": "yes", "dnd": "yes" if place == 3 else "no"}
    settings: dict[str, Any] = {
        "callerid": {"callerid": number, "emergencycid": tenant.numbers[0]},
        "followme": {"destinations": ["900"], "timeouts": ["20"], "dopts": "tr", "lastd": person.extension, "voicemail": "1"},
    }
    ledger = [
        {"entry_date": f"{now - timedelta(days=40):%Y-%m-%d}", "refno": f"D{place + 1}", "notes": "monthly deposit",
         "amount": "25.00", "type": "credit"},
        {"entry_date": f"{now - timedelta(days=9):%Y-%m-%d}", "refno": f"C{place + 1}", "notes": "calls",
         "amount": f"-{3 + place}.40", "type": "debit"},
    ]  # fmt: skip
    pbx.add("ext", {
        "server": server, "name": person.name, "email": f"{person.first.lower()}@{tenant.key}.example", "ext": person.extension,
        "location": "1", "ua": ("135", "137", "140")[place % 3], "status": "1", "pin": f"{8400 + place}", "prot": "sip",
        "incominglimit": "2", "outgoinglimit": "2", "voicemail": "1", "service_plan": "1", "creditlimit": "20",
        "reminderbalance": "5", "secret": f"A{secret(pbx.seed, 'pbxware', tenant.key, person.extension, length=11)}!",
        "macaddress": f"0004f2{int(person.extension):06d}", "sn": f"NV{person.extension}", "user_location": person.role,
        "department": desk, "editions": "business,mobile" if place % 2 else "office", "modules": "crm", "messages": place % 3,
        "states": states, "states_osc": {"dnd": "yes", "callfwd": "yes"}, "settings": settings, "ledger": ledger,
    })  # fmt: skip


def _dids(pbx: Pbx, tenant: world.Tenant, server: str, trunk: str, base: str) -> None:
    """The first number rings the menu, the last one the queue, toll-free ones the ring group, the others people in turn."""
    for place, number in enumerate((*tenant.numbers, *tenant.toll_free)):
        if place == 0:
            kind, where = "3", f"{base}90"
        elif number in tenant.toll_free:
            kind, where = "2", f"{base}80"
        elif number == tenant.numbers[-1]:
            kind, where = "4", f"{base}86"
        else:
            kind, where = "0", tenant.people[place % len(tenant.people)].extension
        row = {"server": server, "trunk": trunk, "did": number, "dest_type": kind, "destination": where, "disabled": "0"}
        # The last number but one has no 911 service anywhere; the fourth but last has it elsewhere, so that systems disagree.
        flagged = number not in tenant.toll_free and place not in (len(tenant.numbers) - 2, len(tenant.numbers) - 4)
        more = {"e164": f"+1{number}", "city": tenant.address.city, "e911": "1" if flagged else "0"}
        did = pbx.add("did", {**row, **more, "name": "Main" if place == 0 else "", "sms_enabled": "1" if place == 0 else None})
        if place == 0:
            blocked = {"callerid": "900%", "dest_type": "10", "destination": "", "matchexplicitly": "0"}
            pbx.add("cli", {**blocked, "whose": f"did {did}"})
    pbx.add(
        "cli",
        {"callerid": "anonymous", "dest_type": "10", "destination": "", "matchexplicitly": "1", "whose": f"tenant {server}"},
    )
    first, last = tenant.numbers[0], tenant.numbers[-1]
    pbx.add(
        "didgroup", {"server": "1", "group_name": f"{tenant.name} block", "tenantid": server, "min_did": first, "max_did": last}
    )


def _hours(pbx: Pbx, server: str, subjects: dict[str, str], tenant: world.Tenant) -> None:
    desk = tenant.people[0].extension
    open_days = [{"description": "Office hours", "days": "1,2,3,4,5", "time_from": "08:00", "time_to": "17:30"}]
    closed = [{"description": "New Year", "destination": desk, "date_from": "2027-01-01", "date_to": "2027-01-01",
               "time_from": "00:00", "time_to": "23:59"}]  # fmt: skip
    for kind, ref in subjects.items():
        state = {"status": "on" if kind != "queues" else "inherit", "greeting": "greeting-closed", "default_dest_ext": desk}
        more = {"default_dest_is_vm": "yes", "closed_dates": closed, "custom_destinations": [], "open_days": open_days}
        pbx.table("otimes")[f"{kind} {ref}"] = {**state, **more}


def _messages(pbx: Pbx, tenant: world.Tenant, server: str, main: str, now: datetime) -> None:
    for back, (direction, text) in enumerate((("Outbound", "Your order is ready."), ("Inbound", "Thanks, see you at five."))):
        ends = (main, "+12065550142") if direction == "Outbound" else ("+12065550142", main)
        at = f"{now - timedelta(days=back + 1):%Y-%m-%d %H:%M:%S}"
        row = {"server": server, "provider": "Bandwidth", "from": ends[0], "to": ends[1], "body": text, "direction": direction}
        pbx.add("sms", {**row, "date/time": at, "status": "COMPLETED"})
    start = now - timedelta(days=5)
    pbx.add("sms_bulk", {
        "name": f"{tenant.name} news", "sent": "42", "failed": "1", "time_start": f"{start:%Y-%m-%d %H:%M:%S}",
        "time_end": f"{start + timedelta(minutes=3):%Y-%m-%d %H:%M:%S}", "from": main, "csv_file": "customers.csv",
        "status": "Completed", "message": "We are closed on New Year's Day.",
    })  # fmt: skip
