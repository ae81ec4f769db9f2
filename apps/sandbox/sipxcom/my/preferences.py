"""The user's own data and preferences: contact information, presence, buttons, fax, password, and who is signed in."""

from typing import Any
from urllib.parse import unquote_plus

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import done, represented
from apps.sandbox.sipxcom.people import ADDRESSES, MORE_PROFILE, PROFILE
from apps.sandbox.sipxcom.rest.branches import ADDRESS
from apps.sandbox.sipxcom.rest.permissions import has
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import SERVER, Row
from apps.sandbox.sipxcom.trees import Listed, children, only, rest_body, text_of

from .jackson import answered, flag, sent

CONTACT = "contact-information"
KEPT = ("imId", "salutation", "manager", "employeeId")
_FLAGS = ("useBranchAddress", "enabled", "ldapManaged")


@route("GET", "/rest/my/contact-information")
def contact(ctx: Context) -> Reply:
    user, profile = ctx.user, ctx.user["profile"]
    data: Row = {name: profile.get(name) for name in (*PROFILE, *MORE_PROFILE)}
    data |= {name: profile.get(name) or {} for name in ADDRESSES}
    data["emailAddressAliases"] = Listed("string", profile["emailAddressAliases"])
    data |= {"useBranchAddress": profile["useBranchAddress"], "enabled": True, "ldapManaged": False}
    data |= {"timestamp": 0, "firstName": user["firstName"], "lastName": user["lastName"]}
    return represented(ctx, CONTACT, data)


@route("PUT", "/rest/my/contact-information")
def set_contact(ctx: Context) -> Reply:
    """The whole profile anew, names too; a few fields are the administrator's and stay."""
    root = rest_body(ctx, CONTACT)
    dates = ("timestamp", "lastImportedDate", "disabledDate")
    only(root, *PROFILE, *MORE_PROFILE, *ADDRESSES, *_FLAGS, *dates, "emailAddressAliases", "firstName", "lastName")
    kept = {name: ctx.user["profile"].get(name) for name in KEPT}
    profile: Row = {name: text_of(root, name) for name in (*PROFILE, *MORE_PROFILE)}
    for name in ADDRESSES:
        profile[name] = {child.tag: child.text for child in children(root, name) if child.tag in ADDRESS and child.text}
    aliases = sorted({(each.text or "").strip() for each in children(root, "emailAddressAliases")})
    flags = {"useBranchAddress": text_of(root, "useBranchAddress") == "true", "emailAddressAliases": aliases}
    ctx.user["profile"] = {**profile, **flags, **kept}
    ctx.user |= {name: text_of(root, name) for name in ("firstName", "lastName")}
    return done()


def _register_flags(path: str, key: str, texts: tuple[str, ...] = ()) -> None:
    """A handful of preferences: read as they are, written in part."""

    @route("GET", path, POST=405, DELETE=405)
    def read(ctx: Context) -> Reply:
        return answered(ctx, ctx.user[key])

    @route("PUT", path)
    def write(ctx: Context) -> Reply:
        held: dict[str, Any] = ctx.user[key]
        given = {name: value for name, value in sent(ctx).items() if name in held and value is not None}
        held |= {name: str(value) if name in texts else flag(value) for name, value in given.items()}
        return done()


_register_flags("/rest/my/im/prefs", "im", ("otpMessage",))
_register_flags("/rest/my/imbot/prefs", "imbot")


# Buttons.


@route("GET", "/rest/my/speeddial", POST=405, DELETE=405)
def speed_dial(ctx: Context) -> Reply:
    held = ctx.user["speeddial"]
    buttons = [{**button, "name": f"{button['label']}={button['number']}"} for button in held["buttons"]]
    own = {"buttons": buttons, "groupSpeedDial": held["groupSpeedDial"], "updatePhones": None}
    return answered(ctx, {**own, "canSubscribeToPresence": _presence(ctx)})


@route("PUT", "/rest/my/speeddial")
def set_speed_dial(ctx: Context) -> Reply:
    """All buttons anew, or the group's. With `updatePhones` the user's phones are sent their profiles."""
    data = sent(ctx)
    buttons = data.get("buttons")
    if flag(data.get("groupSpeedDial")):
        ctx.user["speeddial"] = {"buttons": [], "groupSpeedDial": True}
    elif not isinstance(buttons, list):
        raise failed("java.lang.NullPointerException", "null")
    else:
        own = [
            {"label": each.get("label"), "number": each.get("number"), "blf": _presence(ctx) and flag(each.get("blf"))}
            for each in buttons
        ]
        ctx.user["speeddial"] = {"buttons": own, "groupSpeedDial": False}
    if flag(data.get("updatePhones")):
        for phone in ctx.system.rows("phone"):
            if any(line.get("user") == ctx.user["id"] for line in phone["lines"]):
                phone["sent"] = {"at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}", "restart": True}
    return done()


def _presence(ctx: Context) -> bool:
    return has(ctx.system, ctx.user, "SubscribeToPresence")


# The user and the server.


@route("PUT", "/rest/my/portal/password/{password}", GET=405, POST=405, DELETE=405)
def password(ctx: Context) -> Reply:
    new = unquote_plus(ctx.path["password"])
    if len(new) < 8:
        raise Refused(400, "Password must be at least 8 characters long")
    ctx.user["pin"] = new
    return done()


@route("GET", "/rest/my/faxprefs")
def fax(ctx: Context) -> Reply:
    return answered(ctx, {"extension": ctx.user.get("faxExtension"), "did": ctx.user.get("faxDid")})


@route("GET", "/rest/my/time")
def time(ctx: Context) -> Reply:
    """For people: how it is written depends on the server's locale."""
    return Reply(f"{ctx.now:%b} {ctx.now.day}, {ctx.now:%Y %I:%M:%S %p}".encode(), 200, "text/plain")


@route("GET", "/rest/my/keepalive")
def keep_alive(ctx: Context) -> Reply:
    return done()


def _login(ctx: Context) -> Row:
    user = ctx.user
    return {
        "userName": user["userName"], "imId": user["profile"]["imId"], "ldapImAuth": False, "sipPassword": user["sipPassword"],
    }  # fmt: skip


@route("GET", "/rest/my/logindetails")
def login_details(ctx: Context) -> Reply:
    return represented(ctx, "login-details", _login(ctx))


@route("GET", "/rest/my/logindetailsunite")
def login_details_unite(ctx: Context) -> Reply:
    """With the password just used, and where the clients' servers are."""
    places = {
        "im-locations": Listed("im-location", [{"fqdn": SERVER["fqdn"]}]),
        "wrtc-locations": Listed("wrtc-location", [{"fqdn": SERVER["fqdn"], "port": 7443}]),
    }
    return represented(ctx, "login-details", {**_login(ctx), "pin": ctx.user["pin"], **places})
