"""Trunk groups: where calls to the account's numbers go, and from where calls may come for termination."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.core.pdf import pdf

from .accounts import ACTIVE, INACTIVE, TerminationTrunk, TrunkGroup
from .calls import Context, Refused, operation

BILLING_TYPES = ("Metered", "Unmetered")


@operation("defineTrunk", writes=True)
def define_trunk(ctx: Context) -> dict[str, Any]:
    """The reply names no id: get_trunk has it."""
    params = ctx.params
    trunk = TrunkGroup(
        id="",
        title=params.text("title", required=True),
        primary_ip=params.ip("primaryTrunk", required=True),
        date=ctx.stamp,
        billing_type=params.choice("billingType", BILLING_TYPES, required=True),
    )
    trunk.sessions = params.digits("sessions", 1, 6, required=trunk.billing_type == "Unmetered") or "0"
    trunk.mou = params.choice("mou", ("Unlimited",))
    _change_routing(trunk, ctx)
    trunk.id = ctx.carrier.new_id()
    ctx.account.trunks[trunk.id] = trunk
    return {"success": "Trunk group added successfully."}


@operation("get_trunk")
def list_trunks(ctx: Context) -> dict[str, Any]:
    return {"data": [_trunk_row(ctx, trunk) for trunk in _wanted(ctx, ctx.account.trunks)]}


@operation("update_trunk", writes=True)
def update_trunk(ctx: Context) -> dict[str, Any]:
    """What is not sent stays as it is."""
    trunk = ctx.account.trunks.get(ctx.params.digits("trunkid", 1, 12, required=True))
    if trunk is None:
        raise Refused("trunkid")
    title, primary = ctx.params.text("title"), ctx.params.ip("primaryTrunk")
    _change_routing(trunk, ctx)
    trunk.title = title or trunk.title
    trunk.primary_ip = primary or trunk.primary_ip
    return {"trunkid": trunk.id, "success": "Trunk successfully Updated."}


@operation("defineTrunk_termination", writes=True)
def define_termination(ctx: Context) -> dict[str, Any]:
    params = ctx.params
    trunk = TerminationTrunk(
        id="",
        title=params.text("title", required=True),
        ip=params.ip("ipaddress", required=True),
        ports=str(params.whole("ports", 1, 1000)),
        cps=params.digits("cps", 1, 4),
    )
    trunk.id = ctx.carrier.new_id()
    ctx.account.terminations[trunk.id] = trunk
    return {"success": "Trunk group added successfully."}


@operation("get_trunk_termination")
def list_terminations(ctx: Context) -> dict[str, Any]:
    return {"data": [_termination_row(ctx, trunk) for trunk in _wanted(ctx, ctx.account.terminations)]}


@operation("disable_trunk_termination", writes=True)
def disable_termination(ctx: Context) -> dict[str, Any]:
    """The reply's key and its spelling are the document's."""
    trunk = ctx.account.terminations.get(ctx.params.digits("tg_id", 1, 12, required=True))
    if trunk is None:
        raise Refused("tg_id")
    trunk.status = INACTIVE
    return {"Removed TNs": "Diabled Successfully"}


def settings_pdf(ip: str) -> Reply:
    """The paper behind a termination trunk's `config` link."""
    lines = [f"Termination trunk {ip}", "Send calls to: sip.carrier.example:5060 (UDP)", "Format: 11 digits, E.164"]
    return Reply(pdf("Trunk settings", lines), content_type="application/pdf")


def _wanted(ctx: Context, trunks: dict[str, Any]) -> list[Any]:
    """All, or the one that tg_id names."""
    trunk_id = ctx.params.digits("tg_id", 1, 12)
    if trunk_id and trunk_id not in trunks:
        raise Refused("tg_id")
    return [trunks[trunk_id]] if trunk_id else list(trunks.values())


def _change_routing(trunk: TrunkGroup, ctx: Context) -> None:
    """Check every value that was sent, then change those: a refusal changes nothing."""
    params = ctx.params
    sent = {
        "primary_port": params.digits("primaryPort", 4),
        "primary_prefix": params.digits("primaryPrefix", 4, 6),
        "secondary_ip": params.ip("secondaryTrunk"),
        "secondary_port": params.digits("secondaryPort", 4),
        "secondary_prefix": params.digits("secondaryPrefix", 4, 6),
        "call_forwarding": params.digits("call_forwarding", 11),
    }
    for name, value in sent.items():
        if value:
            setattr(trunk, name, value)


def _trunk_row(ctx: Context, trunk: TrunkGroup) -> dict[str, str]:
    return {
        "id": trunk.id,
        "accountno": ctx.account.accountno,
        "title": trunk.title,
        "primaryIP": trunk.primary_ip,
        "primaryPort": trunk.primary_port,
        "prefix_1": trunk.primary_prefix,
        "secondaryIP": trunk.secondary_ip,
        "secondaryPort": trunk.secondary_port,
        "prefix_2": trunk.secondary_prefix,
        "date": trunk.date,
        "req_sessions": trunk.sessions,
        "alloc_sessions": trunk.sessions if trunk.billing_type == "Unmetered" else "0",
        "status": trunk.status,
    }


def _termination_row(ctx: Context, trunk: TerminationTrunk) -> dict[str, str]:
    granted = trunk.status == ACTIVE
    return {
        "id": trunk.id,
        "accountno": ctx.account.accountno,
        "ipaddress": trunk.ip,
        "ports": trunk.ports,
        "cps": trunk.cps,
        "ports_assigned": trunk.ports if granted else "0",
        "cps_assigned": (trunk.cps or "5") if granted else "0",
        "config": f"{ctx.root}/ajax/settings_pdf/{trunk.ip}",
        "status": trunk.status,
    }
