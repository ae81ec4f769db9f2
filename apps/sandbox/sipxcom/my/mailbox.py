"""The user's mailbox: PIN, preferences, greeting, personal attendant, and the feed of messages."""

from datetime import datetime
from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret
from apps.sandbox.sipxcom.envelope import DECLARATION
from apps.sandbox.sipxcom.rest.permissions import has
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import DOMAIN, Row
from apps.sandbox.sipxcom.trees import xml

from .jackson import answered, done, flag, sent

GREETINGS = ("NONE", "STANDARD", "OUT_OF_OFFICE", "EXTENDED_ABSENCE")
_CHOICES = {
    "greeting": GREETINGS, "emailAttachType": ("YES", "NO"), "altEmailAttachType": ("YES", "NO"),
    "emailFormat": ("FULL", "MEDIUM", "BRIEF"), "altEmailFormat": ("FULL", "MEDIUM", "BRIEF"),
}  # fmt: skip
_WRITTEN = (*_CHOICES, "email", "emailIncludeAudioAttachment", "altEmail", "altEmailIncludeAudioAttachment")
_LANGUAGES = ("en", "es", "fr")


@route("PUT", "/rest/my/voicemail/pin/{pin}", GET=405, POST=405, DELETE=405)
def pin(ctx: Context) -> Reply:
    if len(ctx.path["pin"]) < 4:
        raise Refused(400, "PIN is too short")
    ctx.user["mailbox"]["pin"] = ctx.path["pin"]
    return done()


@route("GET", "/rest/my/vmprefs", POST=405, DELETE=405)
def preferences(ctx: Context) -> Reply:
    held = {name: value for name, value in ctx.user["mailbox"].items() if name != "pin"}
    return answered(ctx, {**held, "voicemailPermission": has(ctx.system, ctx.user, "Voicemail")})


@route("PUT", "/rest/my/vmprefs")
def set_preferences(ctx: Context) -> Reply:
    data = {name: value for name, value in sent(ctx).items() if name in _WRITTEN and value is not None}
    for name, value in data.items():
        if name in _CHOICES and value not in _CHOICES[name]:
            raise failed("org.codehaus.jackson.map.JsonMappingException", f'"{value}" not one of declared Enum instance names')
    if has(ctx.system, ctx.user, "Voicemail"):
        ctx.user["mailbox"] |= {name: flag(v) if name.endswith("AudioAttachment") else v for name, v in data.items()}
    return done()


@route("PUT", "/rest/my/mailbox/{user}/preferences/activegreeting/{greeting}", GET=404, POST=500, DELETE=500)
def greeting(ctx: Context) -> Reply:
    """Of any user: whose mailbox it is is not looked at."""
    user = ctx.system.user(ctx.path["user"])
    if user is None:
        raise failed("java.lang.NullPointerException", "null")
    wanted = ctx.path["greeting"]
    names = {name.lower().replace("_", ""): name for name in GREETINGS}
    user["mailbox"]["greeting"] = names.get(wanted, GREETINGS[0])
    return done()


# The personal attendant.


@route("GET", "/rest/my/voicemail/attendant", POST=405, DELETE=405)
def attendant(ctx: Context) -> Reply:
    return answered(ctx, {"personalAttendantPermission": _may(ctx), **ctx.user["attendant"]})


@route("PUT", "/rest/my/voicemail/attendant")
def set_attendant(ctx: Context) -> Reply:
    """What is absent stays. The language goes with its flag, and deleting forwarded messages with any of three others."""
    data: dict[str, Any] = {name: value for name, value in sent(ctx).items() if value is not None}
    if not _may(ctx):
        return done()
    held = ctx.user["attendant"]
    if "language" in data:
        if "overrideLanguage" not in data:
            raise failed("java.lang.NullPointerException", "null")
        held |= {"language": data["language"], "overrideLanguage": flag(data["overrideLanguage"])}
    stored = {name: data[name] for name in ("depositVM", "playVMDefaultOptions", "operator") if name in data}
    if stored and "forwardDeleteVM" in data:
        stored["forwardDeleteVM"] = data["forwardDeleteVM"]
    held |= {name: value if name == "operator" else flag(value) for name, value in stored.items()}
    if "menu" in data:
        held["menu"] = data["menu"]
    return done()


@route("GET", "/rest/my/voicemail/attendant/lang")
def languages(ctx: Context) -> Reply:
    return answered(ctx, list(_LANGUAGES))


@route("PUT", "/rest/my/voicemail/operator/{operator}", GET=405, POST=500, DELETE=500)
def set_operator(ctx: Context) -> Reply:
    ctx.user["attendant"]["operator"] = ctx.path["operator"]
    return done()


@route("PUT", "/rest/my/voicemail/operator/", GET=405, POST=500, DELETE=500)
def clear_operator(ctx: Context) -> Reply:
    ctx.user["attendant"]["operator"] = None
    return done()


def _may(ctx: Context) -> bool:
    return has(ctx.system, ctx.user, "PersonalAutoAttendant")


# The feed.


@route("GET", "/rest/my/feed/voicemail/{folder}")
def feed(ctx: Context) -> Reply:
    """RSS of a folder's messages. The links lead nowhere here, as on the server: the sound is fetched elsewhere."""
    ctx.accepted("application/rss+xml")
    folder = ctx.path["folder"]
    key = secret(ctx.system.seed, "sipxcom", "feed", ctx.user["userName"])
    link = f"https://{DOMAIN}/sipxconfig/rest/private/{key}/voicemail/{folder}"
    items = [_item(row, link) for row in ctx.user["messages"] if row["folder"] == folder]
    channel = {"title": f"Voicemail of {ctx.user['userName']}", "link": link, "description": f"Messages in {folder}"}
    head = xml("channel", channel).decode().removesuffix("</channel>")
    return Reply(f'{DECLARATION}<rss version="2.0">{head}{"".join(items)}</channel></rss>'.encode(), 200, "application/rss+xml")


def _item(row: Row, link: str) -> str:
    at = datetime.fromisoformat(row["at"])
    data = {
        "title": f"{row['subject']} from {row['from']}", "link": f"{link}/{row['id']}",
        "description": f"{row['seconds']} seconds received at {at:%H:%M} on {at:%m/%d/%y}",
        "pubDate": f"{at:%a, %d %b %Y %H:%M:%S GMT}", "guid": f"{link}/{row['id']}",
    }  # fmt: skip
    text = xml("item", data).decode().removesuffix("</item>")
    return f'{text}<enclosure url="{link}/{row["id"]}" length="{row["seconds"] * 16_000}" type="audio/wav"/></item>'
