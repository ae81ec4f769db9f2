"""Who may sign in: users, their groups and tokens, and extension users over WebRTC."""

import hashlib

from apps.sandbox.core.credentials import secret

from .answers import Answer, Rows, record
from .calls import Context, Result, Said, moment, operation
from .devices import peer_name
from .managedb import DELETE, INSERT, echo, keyed, own
from .pbx import Row

ONCE = "ONCE"


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


# MANAGEDB user: the tenants a user may see.


@operation("MANAGEDB user listtenants", "objectid", admin=True)
def user_tenants(ctx: Context) -> Result:
    tenants = own(ctx, "user").get("_tenants", [])
    return keyed({ref: ctx.pbx.shown("tenant", ref) for ref in tenants if ref in ctx.pbx.table("tenant")})


@operation("MANAGEDB user addtenant", "objectid tenantid", admin=True, writes=True)
def user_addtenant(ctx: Context) -> Result:
    user, tenant = own(ctx, "user"), _known(ctx, "tenant", "tenantid")
    if tenant not in user.setdefault("_tenants", []):
        user["_tenants"].append(tenant)
    return _told(ctx, INSERT, tenant)


@operation("MANAGEDB user deltenant", "objectid tenantid", admin=True, writes=True)
def user_deltenant(ctx: Context) -> Result:
    user, tenant = own(ctx, "user"), ctx.text("tenantid")
    if tenant not in user.get("_tenants", []):
        raise Said
    user["_tenants"].remove(tenant)
    return _told(ctx, DELETE, tenant)


def _told(ctx: Context, verb: str, tenant: str) -> str:
    row = {"ut_us_id": ctx.text("objectid"), "ut_te_id": tenant}
    return echo(ctx, verb, "ut_usertenants", row, row if verb == INSERT else None)


def _known(ctx: Context, kind: str, name: str) -> str:
    if ctx.text(name) not in ctx.pbx.table(kind):
        raise Said
    return ctx.text(name)


# USERGROUP.


def _group(ctx: Context) -> Row:
    return ctx.pbx.table("usergroup")[_known(ctx, "usergroup", "usergroupid")]


@operation("USERGROUP list", admin=True)
def usergroups(ctx: Context) -> Result:
    return Rows([ctx.pbx.shown("usergroup", ref) for ref in ctx.pbx.table("usergroup")])


@operation("USERGROUP listtenants", "usergroupid", admin=True)
def usergroup_tenants(ctx: Context) -> Result:
    rows = [(ref, ctx.pbx.table("tenant").get(ref)) for ref in _group(ctx)["_tenants"]]
    return Rows([{"te_id": ref, "te_code": row["te_code"], "te_name": row["te_name"]} for ref, row in rows if row])


@operation("USERGROUP listusers", "usergroupid", admin=True)
def usergroup_users(ctx: Context) -> Result:
    rows = [(ref, inherit, ctx.pbx.table("user").get(ref)) for ref, inherit in _group(ctx)["_users"].items()]
    return Rows([{"us_id": ref, "us_username": row["us_username"], "inerith": inherit} for ref, inherit, row in rows if row])


@operation("USERGROUP addtenant", "usergroupid tenantid", admin=True, writes=True)
def usergroup_addtenant(ctx: Context) -> Result:
    held, tenant = _group(ctx)["_tenants"], _known(ctx, "tenant", "tenantid")
    if tenant not in held:
        held.append(tenant)
    return "OK"


@operation("USERGROUP deltenant", "usergroupid tenantid", admin=True, writes=True)
def usergroup_deltenant(ctx: Context) -> Result:
    held = _group(ctx)["_tenants"]
    if ctx.text("tenantid") not in held:
        raise Said
    held.remove(ctx.text("tenantid"))
    return "OK"


@operation("USERGROUP adduser", "usergroupid userid", admin=True, writes=True)
def usergroup_adduser(ctx: Context) -> Result:
    _group(ctx)["_users"][_known(ctx, "user", "userid")] = ctx.text("inerith")
    return "OK"


@operation("USERGROUP deluser", "usergroupid userid", admin=True, writes=True)
def usergroup_deluser(ctx: Context) -> Result:
    if _group(ctx)["_users"].pop(ctx.text("userid"), None) is None:
        raise Said
    return "OK"


# Signing in.


def _user(ctx: Context, name: str) -> tuple[str, Row]:
    found = ctx.pbx.find("user", "", us_username=ctx.text(name))
    if found is None:
        raise Said
    return found


def _token_fits(ctx: Context, username: str, password: str) -> bool:
    """Whether a token stands for the password; one for single use is spent by it."""
    held = ctx.pbx.fact("token").get(username)
    if not held or held["token"] != password:
        return False
    if held["validity"] == ONCE:
        del ctx.pbx.fact("token")[username]
        ctx.touched = True
        return True
    return ctx.now < moment(held["validity"])


@operation("CHECKAUTH", "username password")
def checkauth(ctx: Context) -> Result:
    """The user's rights; nothing for a wrong password."""
    ref, row = _user(ctx, "username")
    password = ctx.text("password")
    if row.get("us_password") not in (password, digest(password)) and not _token_fits(ctx, row["us_username"], password):
        raise Said
    codes = ",".join(code for code in (ctx.pbx.code(tenant) for tenant in row.get("_tenants", [])) if code)
    return record({"us_id": ref, "us_username": row["us_username"], "us_up_id": row["us_up_id"], "tenants": codes})


@operation("GETWEBRTCAUTH", "username password")
def webrtc(ctx: Context) -> Result:
    """What a browser needs to register as an extension."""
    for row in ctx.pbx.of("extension", ctx.tenant).values():
        name = peer_name(row["ex_number"], ctx.pbx.code(row["_te"]))
        if name == ctx.text("username") and row.get("ex_webpassword") == digest(ctx.text("password")):
            server = {"wss": "wss://pbx.northline.example:8089/ws", "realm": "pbx.northline.example"}
            return record({"username": name, "secret": row.get("password") or row.get("secret") or "", **server})
    raise Said


@operation("AUTHTOKEN generate", "user validity", admin=True, writes=True)
def token_generate(ctx: Context) -> Result:
    row, validity = _user(ctx, "user")[1], ctx.text("validity")
    if validity.upper() != ONCE:
        moment(validity)
    token = secret(ctx.pbx.seed, "mirta", "token", row["us_username"], ctx.now.isoformat())
    ctx.pbx.fact("token")[row["us_username"]] = {"token": token, "validity": ONCE if validity.upper() == ONCE else validity}
    return Answer(token, token)


@operation("AUTHTOKEN reset", "user", admin=True, writes=True)
def token_reset(ctx: Context) -> Result:
    ctx.pbx.fact("token").pop(_user(ctx, "user")[1]["us_username"], None)
    return "OK"
