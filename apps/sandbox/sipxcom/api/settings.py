"""Settings of services and of single objects: GET of a node or leaf, PUT of a value as text, DELETE to the default."""

from collections.abc import Callable

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.settings import TREES, Setting, Tree, forget, leaf, store, under, value_of
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import Entries

from .beans import done, listed, missing, plain_text, shown

# Where the settings of a request are kept and which they are; raises when the object is not there.
Owner = Callable[[Context], tuple[str, Tree]]
SERVICES = ("dns", "mwi", "moh", "imbot", "proxy", "registrar", "restserver", "saa", "ivr", "pagegroups")


def bean(setting: Setting, value: str | None) -> Row:
    return {
        "path": setting.path,
        "type": setting.type,
        "options": Entries(setting.options) if setting.options else None,
        "value": value,
        "defaultValue": setting.default,
        "label": setting.label,
        "description": setting.description,
    }


def register(base: str, owner: Owner) -> None:
    """Give an address its settings."""

    @route("GET", f"{base}/settings")
    def read_all(ctx: Context) -> Reply:
        return _node(ctx, *owner(ctx), "")

    @route("GET", f"{base}/settings/{{path:path}}")
    def read(ctx: Context) -> Reply:
        return _node(ctx, *owner(ctx), ctx.path["path"])

    @route("PUT", f"{base}/settings/{{path:path}}")
    def write(ctx: Context) -> Reply:
        scope, tree = owner(ctx)
        value = plain_text(ctx)
        setting = leaf(tree, ctx.path["path"])
        # The server walks down as far as it gets and says nothing when there is no such setting.
        if setting is not None and not ctx.faults("setting_ignored"):
            store(ctx.system, scope, setting.path, value)
        return done()

    @route("DELETE", f"{base}/settings/{{path:path}}")
    def reset(ctx: Context) -> Reply:
        scope, tree = owner(ctx)
        if leaf(tree, ctx.path["path"]) is None:
            raise failed("java.lang.NullPointerException", "null")
        forget(ctx.system, scope, ctx.path["path"])
        return done()


def _node(ctx: Context, scope: str, tree: Tree, path: str) -> Reply:
    """A leaf bare, a node's leaves as a list."""
    setting = leaf(tree, path)
    if setting is not None and not setting.hidden:
        return shown(ctx, "Setting", bean(setting, value_of(ctx.system, scope, setting)))
    found = under(tree, path)
    if not found and path:
        raise missing()
    return listed(ctx, "Settings", "Setting", [bean(each, value_of(ctx.system, scope, each)) for each in found])


def _service(name: str) -> Owner:
    return lambda ctx: (name, TREES[name])


for _name in SERVICES:
    register(f"/api/{_name}", _service(_name))
