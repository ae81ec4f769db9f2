"""Registrations: /api/registrations. They follow from the phones' lines and the clock; one removed stays away until renewed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret
from apps.sandbox.sipxcom.routes import Context, route
from apps.sandbox.sipxcom.system import DOMAIN, SERVER, Row, System

from .beans import done, listed, missing
from .lines import beans as lines_of

BASE = "/api/registrations"
PERIOD = 3600


def registrations(system: System, now: datetime) -> list[Row]:
    """One of each user's line. A phone renews once an hour, each at its own minute; the last phone has been off for a while."""
    phones, found = system.rows("phone"), []
    removed = system.table("unregistered")
    for place, phone in enumerate(phones):
        for line in lines_of(system, phone):
            call = f"{secret(system.seed, 'sipxcom', 'call', phone['serialNo'], str(line['id']), length=16)}@{_ip(place)}"
            renewed = now - timedelta(seconds=(int(now.timestamp()) + 97 * place) % PERIOD)
            if call in removed and removed[call]["at"] >= renewed.timestamp():
                continue
            expires = renewed + timedelta(seconds=PERIOD)
            if place == len(phones) - 1:
                expires = now - timedelta(hours=5)
            left = max(0, int((expires - now).total_seconds()))
            found.append({
                "uri": f"sip:{line['userId']}@{DOMAIN}", "contact": f"<sip:{line['userId']}@{_ip(place)}:5060>",
                "expires": int(expires.timestamp() * 1000), "primary": SERVER["fqdn"], "instrument": phone["serialNo"],
                "regCallId": call, "identity": f"{line['userId']}@{DOMAIN}", "status": "active" if left else "expired",
                "secondsToExpire": left,
            })  # fmt: skip
    return found


def _ip(place: int) -> str:
    return f"198.51.100.{100 + place % 100}"


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    return _shown(ctx, registrations(ctx.system, ctx.now))


def register(part: str, wanted: Callable[[Context, str], Callable[[Row], bool]], *, paged: bool) -> None:
    """Give a way of choosing registrations its GET and DELETE."""

    def chosen(ctx: Context) -> list[Row]:
        mine = wanted(ctx, ctx.path["ref"])
        return [row for row in registrations(ctx.system, ctx.now) if mine(row)]

    @route("GET", f"{BASE}/{part}/{{ref}}")
    def read(ctx: Context) -> Reply:
        rows = chosen(ctx)
        return _shown(ctx, rows) if paged else listed(ctx, "Registrations", "Registration", rows)

    @route("DELETE", f"{BASE}/{part}/{{ref}}")
    def remove(ctx: Context) -> Reply:
        for row in chosen(ctx):
            ctx.system.table("unregistered")[row["regCallId"]] = {"at": ctx.now.timestamp()}
        return done()


def _of_user(ctx: Context, ref: str) -> Callable[[Row], bool]:
    user = (ctx.system.get("user", int(ref)) if ref.isdecimal() else None) or ctx.system.user(ref)
    if user is None:
        raise missing("User not found")
    return lambda row: row["identity"] == f"{user['userName']}@{DOMAIN}"


def _of_phone(ctx: Context, ref: str) -> Callable[[Row], bool]:
    if ctx.system.find("phone", serialNo=ref) is None:
        raise missing("Phone not found")
    return lambda row: row["instrument"] == ref


def _of_server(ctx: Context, ref: str) -> Callable[[Row], bool]:
    if ref not in (str(SERVER["id"]), SERVER["fqdn"]):
        raise missing("No such server")
    return lambda row: row["primary"] == SERVER["fqdn"]


def _at_address(ctx: Context, ref: str) -> Callable[[Row], bool]:
    """By the call's id: the server looks for the address there, as a part of it."""
    return lambda row: ref in row["regCallId"]


def _of_call(ctx: Context, ref: str) -> Callable[[Row], bool]:
    return lambda row: row["regCallId"] == ref


register("user", _of_user, paged=True)
register("server", _of_server, paged=True)
register("serialNo", _of_phone, paged=False)
register("ip", _at_address, paged=False)
register("callid", _of_call, paged=False)


def _shown(ctx: Context, rows: list[Row]) -> Reply:
    """From row `start`, `limit` of them, when both came; then those that expire last come first."""
    start, limit = ctx.query.get("start", ""), ctx.query.get("limit", "")
    if start.isdecimal() and limit.isdecimal():
        rows = sorted(rows, key=lambda row: -row["expires"])
        rows = rows[int(start) : int(start) + int(limit)]
    return listed(ctx, "Registrations", "Registration", rows)
