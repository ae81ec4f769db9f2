"""What stands alone under /api: the DNS advisor and the closed product's license."""

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import DOMAIN, SERVER

from .beans import shown, text


@route("GET", "/api/dns/advisor/server/{server}")
def advisor(ctx: Context) -> Reply:
    """Zone-file lines that are missing; the demo's zone lacks one record."""
    if ctx.path["server"] not in (str(SERVER["id"]), SERVER["fqdn"]):
        raise failed("org.sipfoundry.sipxconfig.common.UserException", "DNS test script failed")
    return text(f';; Missing naptr records\n{DOMAIN}. IN NAPTR 1 0 "s" "SIP+D2T" "" _sip._tcp\n')


@route("GET", "/api/license")
def license_of(ctx: Context) -> Reply:
    return shown(ctx, "License", ctx.system.facts["license"])


@route("POST", "/api/license/{uid}")
def set_license(ctx: Context) -> Reply:
    ctx.system.facts["license"]["uid"] = ctx.path["uid"]
    return shown(ctx, "License", ctx.system.facts["license"])
