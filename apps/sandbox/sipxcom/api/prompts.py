"""Prompt files of music on hold, page groups and park orbits."""

import base64
from collections.abc import Mapping

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, failed, route
from apps.sandbox.sipxcom.system import Row

from .beans import done, listed, missing

KINDS = ("moh", "pagegroups", "orbits")
AUDIO = {"wav": "audio/x-wav", "mp3": "audio/mpeg"}
_FOLDERS = {"moh": "moh", "pagegroups": "prompts", "orbits": "parkserver/music"}


def prompts(ctx: Context, kind: str) -> dict[str, Row]:
    return ctx.system.table(f"prompt/{kind}")


def row(content: bytes) -> Row:
    return {"content": base64.b64encode(content).decode()}


def register(kind: str) -> None:
    """Give a kind its files."""

    @route("GET", f"/api/{kind}/prompts")
    def read_all(ctx: Context) -> Reply:
        return listed(ctx, "Files", "File", [_bean(kind, *each) for each in prompts(ctx, kind).items()])

    @route("POST", f"/api/{kind}/prompts")
    def upload(ctx: Context) -> Reply:
        held, refused = prompts(ctx, kind), []
        for part in ctx.call.files.values():
            name = (part.filename or "").rpartition("/")[2]
            if not name or name in held:
                refused.append(name)
            else:
                held[name] = row(part.read())
        if refused or not ctx.call.files:
            raise failed("", ",".join(refused))
        return done()

    @route("GET", f"/api/{kind}/prompts/{{name}}")
    def read(ctx: Context) -> Reply:
        reply = _file(ctx, kind)
        reply.headers["Content-Disposition"] = f"attachment; filename={ctx.path['name']}"
        return reply

    @route("GET", f"/api/{kind}/prompts/{{name}}/stream")
    def stream(ctx: Context) -> Reply:
        return _file(ctx, kind)

    @route("DELETE", f"/api/{kind}/prompts/{{name}}")
    def delete(ctx: Context) -> Reply:
        if prompts(ctx, kind).pop(ctx.path["name"], None) is None:
            raise missing("Prompt not found")
        return done()


def _file(ctx: Context, kind: str) -> Reply:
    accepted = ctx.accepted(*AUDIO.values())
    name = ctx.path["name"]
    held: Mapping[str, str] | None = prompts(ctx, kind).get(name)
    if held is None:
        raise missing("Prompt not found")
    return Reply(base64.b64decode(held["content"]), 200, AUDIO.get(name.rpartition(".")[2].lower(), accepted))


def _bean(kind: str, name: str, held: Row) -> Row:
    size = len(base64.b64decode(held["content"]))
    path = f"/var/sipxdata/mediaserver/data/{_FOLDERS[kind]}/{name}"
    return {"name": name, "type": AUDIO.get(name.rpartition(".")[2].lower()), "size": size, "path": path}


for _kind in KINDS:
    register(_kind)
