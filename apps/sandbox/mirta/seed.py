"""What a new PBX holds: the demo world's three customers as tenants, the provider's system around them."""

from datetime import datetime, timedelta

from apps.sandbox import world
from apps.sandbox.carrier.seed import HISTORY_DAYS
from apps.sandbox.core.credentials import secret

from .calls import stamp
from .pbx import Pbx, Row
from .people import digest
from .seed_tenant import seed_tenant
from .system import LICENSED_UNTIL

CODES = {"harbor-dental": "HARBOR", "cascade-freight": "CASCADE", "blue-door-bakery": "BLUEDOOR"}
ZONES = {"WA": "America/Los_Angeles", "OR": "America/Los_Angeles", "CO": "America/Denver"}
ADMIN = "northline"


def password_of(seed: int, username: str) -> str:
    """The password of a seeded user or of an extension's web page."""
    return secret(seed, "mirta", "password", username, length=14)


def seed(pbx: Pbx, now: datetime) -> None:
    """Fill an empty PBX; everything dated relative to `now`."""
    pbx.fact(LICENSED_UNTIL)["day"] = f"{now + timedelta(days=212):%Y-%m-%d}"
    profile = _system(pbx)
    tenants = [_tenant(pbx, tenant, place, profile, now) for place, tenant in enumerate(world.TENANTS)]
    _users(pbx, tenants)
    for place, number in enumerate(world.SPARE.numbers):
        # Bought and nobody's yet: they wait with the first tenant, without a destination.
        comment = {"di_number": f"1{number}", "di_country": "US", "di_area": world.SPARE.rate_center, "di_comment": "spare"}
        pbx.add("did", {**comment, "di_recording": "", "di_fax": "no", "di_maxchannels": "2"}, tenants[0], f"{90 + place}")


def _system(pbx: Pbx) -> str:
    """The carrier's trunks, the routes over them, and what custom destinations there may be; gives the routing profile."""
    profile = pbx.add("routingprofile", {"rp_name": "Business", "rp_description": "North America", "rp_type": "VOICE"})
    pbx.add("routingprofile", {"rp_name": "Fax", "rp_description": "Over the first trunk alone", "rp_type": "FAX"})
    providers: list[str] = []
    for name, host in (("Seattle", world.EDGE_ADDRESSES[0]), ("Portland", world.EDGE_ADDRESSES[2])):
        peer = f"carrier-{name.lower()}"
        row: Row = {
            "pr_name": f"Carrier {name}", "pr_peername": peer, "pr_tech": "SIP", "pr_host": host, "host": host,
            "pr_userealtime": "on", "pr_disabled": "", "pr_penalty": str(len(providers)), "pr_maxoutchannels": "120",
            "pr_callerid": "", "allow": "ulaw:20", "secret": secret(pbx.seed, "mirta", peer, length=20),
        }  # fmt: skip
        providers.append(pbx.add("provider", row))
    for name, regex, provider in (
        ("Emergency", "^911$", 0), ("Toll-free", "^1?8(00|33|44|55|66|77|88)", 1), ("North America", "^1?[2-9][0-9]{9}$", 0),
        ("World", "^011", 1),
    ):  # fmt: skip
        flags = {"dl_emergencyroute": "on" if name == "Emergency" else "", "dl_usepin": "on" if name == "World" else ""}
        pbx.add("route", {"dl_rp_id": profile, "dl_name": name, "dl_regex": regex, "dl_pr_id": providers[provider], **flags})
    for name, params in (("External number", "Number,Caller ID,Timeout"), ("Dialplan", "Context,Extension,Priority")):
        pbx.add("customtype", {"ct_name": name, "ct_params": params})
    return profile


def _tenant(pbx: Pbx, tenant: world.Tenant, place: int, profile: str, now: datetime) -> str:
    code = CODES[tenant.key]
    ref = pbx.add("tenant", {
        "te_code": code, "te_name": tenant.name, "te_billingcode": f"NV-{1001 + place}", "te_disabled": "",
        "te_timezone": ZONES[tenant.address.state], "te_rp_id": profile, "te_campaign_rp_id": profile, "te_fax_rp_id": profile,
        "te_payment_type": "PREPAID", "te_maxchannels": "24", "te_maxextensions": "50", "te_maxdids": "60",
        "te_recordinghost": "recordings.northline.example", "te_recordinguser": code.lower(),
        "te_recordingpassword": secret(pbx.seed, "mirta", code, "recordings", length=16), "pk_start": "800", "pk_end": "810",
        "_world": tenant.key,
        # The carrier sold a customer's numbers a week after another's.
        "_since": f"{now - timedelta(days=HISTORY_DAYS - 7 * place - 1):%Y-%m-%d}",
    }, ref=str(place + 1))  # fmt: skip
    for back, amount, description in ((60, "250.00", "Deposit"), (30, "-61.40", "Calls"), (2, "-18.25", "Calls")):
        at = stamp(now - timedelta(days=back))
        pbx.add("balance", {"ba_datetime": at, "ba_amount": amount, "ba_description": description}, ref)
    for name, value in (
        ("VMAUTORECOVER", "yes"),
        ("RECORDINGFORMAT", "mp3"),
        ("EMERGENCYNOTIFY", f"desk@{tenant.key}.example"),
    ):
        pbx.fact("setting")[f"{ref}:{name}"] = value
    seed_tenant(pbx, tenant, ref, code, now, password_of)
    return ref


def _users(pbx: Pbx, tenants: list[str]) -> None:
    """The provider's administrator, and of each tenant the first person."""
    users: list[tuple[str, list[str], str]] = [(ADMIN, list(tenants), "1")]
    people = [
        (f"{tenant.people[0].first.lower()}.{tenant.key}", [ref], "2")
        for tenant, ref in zip(world.TENANTS, tenants, strict=True)
    ]
    refs = []
    for name, held, profile in users + people:
        row = {"us_username": name, "us_password": digest(password_of(pbx.seed, name)), "us_up_id": profile, "us_email": ""}
        refs.append(pbx.add("user", {**row, "_tenants": held}))
    pbx.add("usergroup", {"ug_name": "Support", "_tenants": list(tenants), "_users": {refs[0]: "on"}})
    pbx.add("usergroup", {"ug_name": "Customers", "_tenants": tenants[:1], "_users": dict.fromkeys(refs[1:], "")})
