"""What belongs to one tenant: people's extensions and phones, numbers and where they lead, messages, campaigns."""

from collections.abc import Callable
from datetime import datetime, timedelta

from apps.sandbox import world
from apps.sandbox.core.credentials import secret

from . import traffic
from .calls import stamp
from .outreach import target
from .pbx import Pbx, Row
from .people import digest
from .queues import new_agent
from .routing import add_destinations

Password = Callable[[int, str], str]
_CALLERS = ("12065550142", "15035550117", "13035550171")
_WORDS = ("Please call me back about our appointment.", "The delivery is at the back door.", "Thanks, that is all sorted.")


class _Maker:
    """Adds rows of one tenant."""

    def __init__(self, pbx: Pbx, tenant: world.Tenant, ref: str, code: str, now: datetime) -> None:
        self.pbx, self.tenant, self.ref, self.code, self.now = pbx, tenant, ref, code, now
        self.base = tenant.people[0].extension[0]

    def add(self, kind: str, **row: str | None) -> str:
        return self.pbx.add(kind, dict(row), self.ref)

    def lead(self, source: str, ref: str, *tags: str) -> None:
        add_destinations(self.pbx, self.ref, source, ref, list(tags))

    def hidden(self, *names: str, length: int = 16) -> str:
        return secret(self.pbx.seed, "mirta", self.code, *names, length=length)


def seed_tenant(pbx: Pbx, tenant: world.Tenant, ref: str, code: str, now: datetime, password: Password) -> None:
    """Everything of one tenant, into a PBX that has the tenant itself."""
    make = _Maker(pbx, tenant, ref, code, now)
    extensions = [_person(make, place, person, password) for place, person in enumerate(tenant.people)]
    ways = _routing(make, extensions)
    _numbers(make, extensions, ways)
    _outreach(make)


def _person(make: _Maker, place: int, person: world.Person, password: Password) -> str:
    tenant, number = make.tenant, person.extension
    mail, main = f"{person.first.lower()}@{tenant.key}.example", tenant.numbers[0]
    tech = "PJSIP" if place == 1 else "SIP"
    keys: Row = {"secret": "", "password": "", "password" if tech == "PJSIP" else "secret": make.hidden(number, length=18)}
    web = {"ex_webuser": f"{number}-{make.code}", "ex_webpassword": digest(password(make.pbx.seed, f"{number}-{make.code}"))}
    ref = make.add(
        "extension", ex_number=number, ex_name=person.name, ex_tech=tech, ex_email=mail, ex_mailbox=number,
        ex_cidnum=f"1{tenant.numbers[place]}", ex_cidname=tenant.cnam, ex_emergencycidnum=f"1{main}", ex_callgroup="1",
        ex_pickupgroup="1", ex_callallowed="all", ex_recording="yes" if place == 0 else "", ex_dnd="", ex_rp_id=None,
        ex_department=person.role, ex_2fatype="", ex_2fa_param1="", ex_lockpin=f"{4100 + place}", ex_voicemail="on",
        username=f"{number}-{make.code}", **keys, **web,
    )  # fmt: skip
    mac = f"00:04:F2:00:0{number[0]}:{number[1:]}"
    make.add("phone", ph_name=f"{person.name}'s phone", ph_mac=mac, ph_pm_id=str(5 + place % 2), ph_ex_id=ref,
             ph_adminpassword=make.hidden(number, "phone", length=10))  # fmt: skip
    make.add(
        "voicemail", mailbox=number, password=f"{7300 + int(number)}", fullname=person.name, email=mail, context=make.code,
        attach="yes", saycid="yes", envelope="no", delete="no", tz="eastern", serveremail=f"voicemail@{tenant.key}.example",
        imapuser=mail, imappassword=make.hidden(number, "imap", length=12), nextaftercmd="yes", forcename="no",
    )  # fmt: skip
    for message in range(1 + (place + len(tenant.people)) % 3):
        at = make.now - timedelta(days=message * 2, hours=place + 3)
        make.add(
            "message", mailboxuser=number, folder="INBOX" if message == 0 else "Old", callerid=_CALLERS[message],
            duration=str(8 + 7 * message), origtime=stamp(at), msgid=f"{int(at.timestamp())}-{place * 8 + message:08x}",
            transcript=_WORDS[message],
        )  # fmt: skip
    return ref


def _routing(make: _Maker, extensions: list[str]) -> dict[str, str]:
    """Menu, queue, hunt list, opening hours, night switch and so on; gives the tag that each way in leads to."""
    base, name = make.base, make.tenant.name
    greeting = make.add(
        "mediafile", me_name="Main greeting", me_format="mp3", me_size="4160", me_type="TTS",
        me_text=f"Thank you for calling {name}.", me_engine="built-in", me_language="en", me_volume="0",
        me_md5=make.hidden("greeting", length=32), me_datetime=stamp(make.now - timedelta(days=80)),
    )  # fmt: skip
    make.add("musiconhold", mu_name="Quiet", mu_custom="", mu_default="on", mu_volume="-3", mu_randomizeorder="on")
    queue = make.add("queue", qu_name=f"{name} desk", qu_number=f"{base}50", strategy="RINGALL", timeout="30", maxlen="10",
                     wrapuptime="5", servicelevel="60")  # fmt: skip
    for order, person in enumerate(make.tenant.people[:3]):
        make.pbx.add("agent", new_agent(queue, extensions[order], person.extension, make.code, str(order + 1)), make.ref)
    hunt = make.add("huntlist", hu_number=f"{base}60", hu_name="Front desk", hu_type="SEQUENTIAL", hu_ringtime="18",
                    hu_checkinuse="on", hu_checkoffline="on", hu_requestconfirm="", hu_dialtimeout="60")  # fmt: skip
    make.lead("HUNTLIST", hunt, *(f"EXT-{ref}" for ref in extensions[:3]))
    mailbox = make.pbx.find("voicemail", make.ref, mailbox=make.tenant.people[0].extension)
    message = f"VOICEMAIL-{mailbox[0] if mailbox else ''}"
    make.lead("QUEUE-TIMEOUT", queue, message)
    menu = make.add("ivr", iv_name="Main menu", iv_me_id=greeting, iv_timeout="10", iv_digittimeout="3", iv_maxloops="3",
                    iv_allowdisa="", iv_allowfeatures="", iv_loopontimeout="on", iv_looponwrongkeypress="on",
                    iv_language="en")  # fmt: skip
    for key, tag in (("1", f"QUEUE-{queue}"), ("2", f"HUNTLIST-{hunt}"), ("3", message), ("TIMEOUT", f"HUNTLIST-{hunt}")):
        make.lead(f"IVR_{key}", menu, tag)
    zone = make.pbx.table("tenant")[make.ref]["te_timezone"]
    hours = make.add("condition", co_name="Opening hours", co_type="WEEKTIME", co_timezone=zone)
    make.pbx.table("condition")[hours]["_infos"] = [
        {"param1": str(day), "param2": "8:00", "param3": "18:00"} for day in range(1, 6)
    ]
    make.lead("CONDITION", hours, f"IVR-{menu}")
    make.lead("NOTCONDITION", hours, f"PLAYBACK-{greeting}", message)
    flow = make.add(
        "flow", fl_number=f"{base}85", fl_name="Night switch", fl_comment="", fl_value="day", fl_variable_name="NIGHT",
        fl_monitor_type="", fl_monitor_type_id="", fl_blf="on", fl_feature="", fl_allowed="", fl_announce="", fl_pin="",
        st_extension=f"{base}85-{make.code}", st_state="NOT_INUSE", st_timestamp=stamp(make.now - timedelta(days=3)),
        st_node="",
    )  # fmt: skip
    make.lead("FLOW", flow, f"HUNTLIST-{hunt}")
    make.add("variable", va_name="NIGHT", va_value="day")
    make.add("conference", cr_number=f"{base}70", cr_name="Meeting room", pin=f"{6200 + int(base)}", adminpin="")
    outside = next(iter(make.pbx.table("customtype")))
    make.add(
        "custom", cu_name="Mobile of the boss", cu_ct_id=outside, cu_param1=_CALLERS[0], cu_param2="INCOMINGDID", cu_param3="30"
    )
    make.add("extension", ex_number=f"{base}90", ex_name="Everybody", ex_tech="VIRTUAL", ex_callallowed="all", ex_dnd="",
             ex_email="", ex_mailbox="", secret="", password="", username=f"{base}90-{make.code}")  # fmt: skip
    for ref, person in zip(extensions[:2], make.tenant.people, strict=False):
        joined = {"number": f"{base}90", "extension": person.extension, "username": f"{person.extension}-{make.code}"}
        make.pbx.add("virtual", {**joined, "_extension": ref}, make.ref)
    return {
        traffic.CONDITION: f"CONDITION-{hours}", traffic.IVR: f"IVR-{menu}", traffic.HUNTLIST: f"HUNTLIST-{hunt}",
        traffic.FLOW: f"FLOW-{flow}", traffic.QUEUE: f"QUEUE-{queue}", traffic.FAX: message,
    }  # fmt: skip


def _numbers(make: _Maker, extensions: list[str], ways: dict[str, str]) -> None:
    tenant = make.tenant
    street = f"{tenant.address.house} {tenant.address.street} {tenant.address.suffix}"
    for place, number in enumerate((*tenant.numbers, *tenant.toll_free)):
        way, free = traffic.way_of(tenant, number), number in tenant.toll_free
        ref = make.add(
            "did", di_number=f"1{number}", di_country="US", di_area="TOLL FREE" if free else tenant.block.rate_center,
            di_comment="Main number" if place == 0 else "", di_recording="yes" if way == traffic.QUEUE else "",
            di_fax="yes" if way == traffic.FAX else "no", di_maxchannels="8", di_cnam=tenant.cnam, di_admincomment="",
            # The last number but one has no 911 service, so that there is something to find.
            di_allowemergency="" if free or place == len(tenant.numbers) - 2 else "on",
            # One number's note still names where the customer was before.
            di_emergencynotes=f"{'18 Old Mill Road' if place == 5 else street}, {tenant.address.city}",
            di_provider_info="Carrier", di_provider_number=number, di_smsemail="", di_branch="", di_department="",
            di_emailrecording="", di_fs_id="", di_faxemail=f"fax@{tenant.key}.example" if way == traffic.FAX else "",
            di_fax_rp_id=None,
        )  # fmt: skip
        make.lead("DID", ref, ways.get(way, f"EXT-{extensions[place % len(extensions)]}"))


def _outreach(make: _Maker) -> None:
    tenant = make.tenant
    make.add("calleridblacklist", bl_callerid="12125550199", bl_reason="Nuisance",
             bl_inserted=stamp(make.now - timedelta(days=12)))  # fmt: skip
    make.add("pincode", pc_code=f"{5500 + int(make.base)}", pc_name="Calls abroad", pc_enabled="on")
    book = make.add("phonebook", pb_name="Default", pb_description="Customers and suppliers")
    for place, number in enumerate(_CALLERS):
        entry = {"NAME": f"Contact {place + 1}", "PHONE1": number, "EMAIL": f"contact{place + 1}@customers.example"}
        make.pbx.add("phonebookentry", {**entry, "_book": book}, make.ref)
    make.add("phonephonebook", pp_name="Desk phones", pp_pb_id=book, pp_url=f"https://pbx.northline.example/pb/{make.code}",
             pp_password=make.hidden("phonebook", length=10))  # fmt: skip
    make.add("responsepath", rs_name="How did we do?")
    for name, kind, status in (("Reminders", "ONDEMAND", "STOPPED"), ("Season greetings", "SCHEDULED", "STOPPED")):
        campaign = make.add("campaign", ca_name=name, ca_type=kind, ca_status=status, ca_maxcalls="2")
        for place, number in enumerate(_CALLERS[:2]):
            make.pbx.add("campaignnumber", target(campaign, number, f"Customer {place + 1}"), make.ref)
    main = f"1{tenant.numbers[0]}"
    for back, text in enumerate(("Your order is ready.", "Thanks, see you at five.")):
        ends = (main, _CALLERS[0]) if back == 0 else (_CALLERS[0], main)
        make.add(
            "sms", sm_datetime=stamp(make.now - timedelta(days=back, hours=2)), sm_direction="OUT" if back == 0 else "IN",
            sm_source=ends[0], sm_dest=ends[1], sm_message=text, sm_status="SENT" if back == 0 else "RECEIVED",
        )  # fmt: skip
