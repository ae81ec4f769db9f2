"""Auto attendants: /rest/auto-attendant, their special mode and their dial codes."""

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import no_content, represented
from apps.sandbox.sipxcom.routes import Context, Refused, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Listed

BASE = "/rest/auto-attendant"
AFTER_HOURS = "afterhour"


def ref_of(row: Row) -> str:
    """The system's own are known by name, the others by id."""
    return row["systemId"] or f"xcf-{row['id']}"


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    facts = ctx.system.facts
    rows = [
        {"name": row["name"], "systemId": row["systemId"],
         "specialSelected": facts["special_mode"] and facts["special"] == ref_of(row)}
        for row in ctx.system.rows("attendant")
    ]  # fmt: skip
    return represented(ctx, "autoAttendants", Listed("autoAttendant", rows))


@route("GET", f"{BASE}/specialmode", POST=500)
def read_mode(ctx: Context) -> Reply:
    return represented(ctx, "specialAttendant", {"specialMode": ctx.system.facts["special_mode"]})


@route("PUT", f"{BASE}/specialmode")
def switch_on(ctx: Context) -> Reply:
    """On, whatever the body says. The selected attendant is cleared; without one the after-hours one is taken."""
    facts = ctx.system.facts
    facts |= {"special_mode": True, "special": "" if facts["special"] else AFTER_HOURS}
    return no_content()


@route("DELETE", f"{BASE}/specialmode")
def switch_off(ctx: Context) -> Reply:
    ctx.system.facts |= {"special_mode": False, "special": ""}
    return no_content()


@route("PUT", f"{BASE}/{{attendant}}/special", GET=405, POST=500)
def select(ctx: Context) -> Reply:
    ctx.system.facts["special"] = _known(ctx)
    return no_content()


@route("DELETE", f"{BASE}/{{attendant}}/special")
def deselect(ctx: Context) -> Reply:
    ref = _known(ctx)
    if ctx.system.facts["special_mode"]:
        raise Refused(409)
    if ctx.system.facts["special"] == ref:
        ctx.system.facts["special"] = ""
    return no_content()


@route("PUT", f"{BASE}/livemode/{{code}}", GET=404, POST=500)
def enable(ctx: Context) -> Reply:
    return _live(ctx, True)


@route("DELETE", f"{BASE}/livemode/{{code}}")
def disable(ctx: Context) -> Reply:
    return _live(ctx, False)


def _known(ctx: Context) -> str:
    ref = ctx.path["attendant"]
    if all(ref_of(row) != ref for row in ctx.system.rows("attendant")):
        raise Refused(400)
    return ref


def _live(ctx: Context, enabled: bool) -> Reply:
    """Switch the dial rule of that code."""
    row = ctx.system.find("attendant", code=ctx.path["code"])
    if row is None:
        raise Refused(404)
    row["enabled"] = enabled
    return Reply(b"", content_type="text/plain")
