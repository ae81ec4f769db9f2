"""Phone groups: /api/phoneGroups, their order by weight, and the settings they lay over a model's."""

from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.models import PHONES, phone_model
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.settings import TREES, forget, leaf, store, under, value_of
from apps.sandbox.sipxcom.system import Row, System

from .beans import done, given, listed, missing, plain_text, shown
from .settings import bean as setting_bean

BASE = "/api/phoneGroups"
GROUP: dict[str, Any] = {"id": int, "name": str, "description": str, "weight": int, "count": int}
SETTING: dict[str, Any] = {
    "path": str, "type": str, "options": {"*": True}, "value": str, "defaultValue": str, "label": str, "description": str,
}  # fmt: skip
PROTECTED = "Default"


def bean(row: Row, count: int | None = None) -> Row:
    return {**{name: row[name] for name in ("id", "name", "description", "weight")}, "count": count}


def named(system: System, name: str) -> Row:
    """The group of that name, made when there is none."""
    row = system.find("pgroup", name=name)
    weight = max((each["weight"] for each in system.rows("pgroup")), default=0) + 1
    return row or system.add("pgroup", {"name": name, "description": None, "weight": weight, "erl": ""})


def group(ctx: Context) -> Row:
    """The group of that id or name. Raises 404."""
    ref = ctx.path["group"]
    row = ctx.system.get("pgroup", int(ref)) if ref.isdecimal() else ctx.system.find("pgroup", name=ref)
    if row is None:
        raise missing()
    return row


def ordered(system: System) -> list[Row]:
    return sorted(system.rows("pgroup"), key=lambda row: (row["weight"], row["id"]))


@route("GET", BASE)
def read_all(ctx: Context) -> Reply:
    phones = ctx.system.rows("phone")
    rows = [bean(row, sum(row["id"] in phone["groups"] for phone in phones)) for row in ordered(ctx.system)]
    return listed(ctx, "Groups", "Group", rows)


@route("POST", BASE)
def create(ctx: Context) -> Reply:
    sent = _sent(ctx, None)
    return done(ctx.system.add("pgroup", {**sent, "erl": ""})["id"])


@route("GET", f"{BASE}/{{group}}")
def read(ctx: Context) -> Reply:
    return shown(ctx, "group", bean(group(ctx)))


@route("PUT", f"{BASE}/{{group}}")
def update(ctx: Context) -> Reply:
    row = group(ctx)
    row.update(_sent(ctx, row))
    return done(row["id"])


@route("DELETE", f"{BASE}/{{group}}")
def delete(ctx: Context) -> Reply:
    row = group(ctx)
    if row["name"] == PROTECTED:
        raise Refused(403)
    ctx.system.remove("pgroup", row)
    for phone in ctx.system.rows("phone"):
        phone["groups"] = [ref for ref in phone["groups"] if ref != row["id"]]
    forget(ctx.system, f"phoneGroup/{row['id']}")
    return done()


@route("PUT", f"{BASE}/{{group}}/up")
def up(ctx: Context) -> Reply:
    return _move(ctx, -1)


@route("PUT", f"{BASE}/{{group}}/down")
def down(ctx: Context) -> Reply:
    return _move(ctx, 1)


@route("GET", f"{BASE}/{{group}}/models")
def models(ctx: Context) -> Reply:
    group(ctx)
    return listed(ctx, "Models", "Model", [model.bean for model in PHONES])


@route("GET", f"{BASE}/{{group}}/model/{{model}}/settings")
def read_defaults(ctx: Context) -> Reply:
    """The model's defaults: the group's values are shown for single settings only."""
    _scope(ctx)
    beans = [setting_bean(each, each.default) for each in under(TREES["phone"], "")]
    return listed(ctx, "Settings", "Setting", beans)


@route("PUT", f"{BASE}/{{group}}/model/{{model}}/settings")
def write_several(ctx: Context) -> Reply:
    scope = _scope(ctx)
    for sent in given(ctx, {"settings": [SETTING]})["settings"] or []:
        if not ctx.faults("setting_ignored"):
            store(ctx.system, scope, str(sent["path"]), str(sent["value"]))
    return done()


@route("GET", f"{BASE}/{{group}}/model/{{model}}/settings/{{path:path}}")
def read_setting(ctx: Context) -> Reply:
    scope, path = _scope(ctx), ctx.path["path"]
    setting = leaf(TREES["phone"], path)
    if setting is not None:
        return shown(ctx, "Setting", setting_bean(setting, value_of(ctx.system, scope, setting)))
    found = under(TREES["phone"], path)
    if not found:
        raise missing()
    return listed(ctx, "Settings", "Setting", [setting_bean(each, value_of(ctx.system, scope, each)) for each in found])


@route("PUT", f"{BASE}/{{group}}/model/{{model}}/settings/{{path:path}}")
def write_setting(ctx: Context) -> Reply:
    scope, value = _scope(ctx), plain_text(ctx)
    if not ctx.faults("setting_ignored"):
        store(ctx.system, scope, ctx.path["path"], value)  # whether there is such a setting is not looked at
    return done()


@route("DELETE", f"{BASE}/{{group}}/model/{{model}}/settings/{{path:path}}")
def reset_setting(ctx: Context) -> Reply:
    forget(ctx.system, _scope(ctx), ctx.path["path"])
    return done()


def _scope(ctx: Context) -> str:
    """Where the group's values for the model are kept. Raises 404 for either."""
    model = phone_model(ctx.path["model"])
    if model is None:
        raise missing("No such phone model defined")
    return f"phoneGroup/{group(ctx)['id']}/model/{model.id}"


def _sent(ctx: Context, row: Row | None) -> Row:
    sent = given(ctx, GROUP)
    if sent["weight"] is None:
        raise failed("java.lang.NullPointerException", "null")
    other = ctx.system.find("pgroup", name=sent["name"])
    if other is not None and other is not row:
        raise failed("org.sipfoundry.sipxconfig.setting.DuplicateGroupName", f"A group with name {sent['name']} already exists")
    return {name: sent[name] for name in ("name", "description", "weight")}


def _move(ctx: Context, step: int) -> Reply:
    row, rows = group(ctx), ordered(ctx.system)
    place = rows.index(row)
    if 0 <= place + step < len(rows):
        rows.insert(place + step, rows.pop(place))
        for weight, each in enumerate(rows, start=1):
            each["weight"] = weight
    return done(row["id"])
