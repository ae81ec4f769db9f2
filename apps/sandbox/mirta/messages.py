"""Voicemail, texts, faxes and sound files."""

import base64
import hashlib
from datetime import timedelta

from apps.sandbox.core import Reply

from .answers import Answer, Rows, record
from .audio import MPEG, sound
from .calls import Context, Result, Said, moment, operation, stamp
from .managedb import UPDATE, echo, keyed, own
from .pbx import Row

KEPT = 100_000  # bytes of an upload that are kept; of larger ones only size and checksum
_INBOX, _OLD = "INBOX", "Old"
_FAX_TAKES = timedelta(seconds=40)


def _file(content: bytes, name: str) -> Reply:
    return Reply(content, content_type=MPEG, headers={"Content-Disposition": f'attachment; filename="{name}.mp3"'})


# Voicemail.


def _messages(ctx: Context, mailbox: str = "", msgid: str = "") -> dict[str, Row]:
    rows = ctx.pbx.of("message", ctx.tenant).items()
    return {ref: row for ref, row in rows if mailbox in ("", row["mailboxuser"]) and msgid in ("", row["msgid"], ref)}


def _message(ctx: Context, *names: str) -> tuple[str, Row]:
    found = _messages(ctx, ctx.text("mailbox"), ctx.text(*names))
    if not found:
        raise Said
    return next(iter(found.items()))


@operation("VOICEMAIL list")
def voicemail_list(ctx: Context) -> Result:
    """Whole rows of the mailboxes, mail server's password and all, with their counts."""
    rows = []
    for ref, row in ctx.pbx.of("voicemail", ctx.tenant).items():
        if ctx.text("mailbox") in ("", row["mailbox"]):
            held = [message["folder"] for message in _messages(ctx, row["mailbox"]).values() if message["_te"] == row["_te"]]
            counts = {"newmessages": str(held.count(_INBOX)), "oldmessages": str(held.count(_OLD))}
            rows.append({**ctx.pbx.shown("voicemail", ref), **counts})
    return Rows(rows, titles={"Mailbox": "mailbox", "Name": "fullname", "New": "newmessages", "Old": "oldmessages"})


@operation("VOICEMAIL messages", "mailbox")
def voicemail_messages(ctx: Context) -> Result:
    ctx.found("voicemail", mailbox=ctx.text("mailbox"))
    rows = [
        {"CallerID": row["callerid"], "Duration": row["duration"], "DateTime": row["origtime"], "Msgid": row["msgid"],
         "Dir": f"/var/spool/asterisk/voicemail/{ctx.pbx.code(row['_te'])}/{row['mailboxuser']}/{row['folder']}"}
        for row in _messages(ctx, ctx.text("mailbox")).values()
    ]  # fmt: skip
    return Rows(rows)


@operation("VOICEMAIL message", "msgid")
def voicemail_message(ctx: Context) -> Result:
    row = _message(ctx, "msgid")[1]
    return _file(sound(row["msgid"], int(row["duration"])), row["msgid"])


@operation("VOICEMAIL delete", "msgid", writes=True)
def voicemail_delete(ctx: Context) -> Result:
    del ctx.pbx.table("message")[_message(ctx, "msgid")[0]]
    return "OK"


def _marking(name: str, folder: str) -> None:
    @operation(f"VOICEMAIL {name}", "msgid", writes=True)
    def act(ctx: Context) -> Result:
        _message(ctx, "msgid")[1]["folder"] = folder
        return "OK"


_marking("markread", _OLD)
_marking("markunread", _INBOX)


@operation("INFO voicemail", "id")
def info_voicemail(ctx: Context) -> Result:
    row = _message(ctx, "id")[1]
    return _file(sound(row["msgid"], int(row["duration"])), row["msgid"])


@operation("INFO voicemailtranscript", "id")
def info_voicemail_transcript(ctx: Context) -> Result:
    text = _message(ctx, "id")[1]["transcript"]
    return Answer({"transcript": text}, text)


@operation("MANAGEDB voicemail listmessages", "objectid/mailboxuser", admin=True)
def listmessages(ctx: Context) -> Result:
    """The messages of a mailbox; `mailbox` names the folder."""
    mailbox = own(ctx, "voicemail")["mailbox"] if ctx.text("objectid") else ctx.text("mailboxuser")
    rows = {ref: ctx.pbx.shown("message", ref) for ref in _messages(ctx, mailbox)}
    return keyed({ref: row for ref, row in rows.items() if ctx.text("mailbox") in ("", row["folder"])})


@operation("MANAGEDB voicemail getmessagerecording", "objectid/id", admin=True)
def getmessagerecording(ctx: Context) -> Result:
    row = ctx.row("message", ctx.text("objectid", "id"))
    kept = row.get("_recording")
    return _file(base64.b64decode(kept) if kept else sound(row["msgid"], int(row["duration"])), row["msgid"])


@operation("MANAGEDB voicemail putmessagerecording", "objectid/id", admin=True, writes=True)
def putmessagerecording(ctx: Context) -> Result:
    row = ctx.row("message", ctx.text("objectid", "id"))
    content = _upload(ctx)
    row["_recording"] = base64.b64encode(content).decode() if len(content) <= KEPT else ""
    return "OK"


def _upload(ctx: Context) -> bytes:
    """What came as the file; nothing is said without one."""
    sent = ctx.files.get("filename")
    content = sent.read() if sent else b""
    if not content:
        raise Said
    return content


# Sound files.


def _sound_of(ctx: Context) -> Result:
    row = ctx.row("mediafile", ctx.text("objectid"))
    kept = row.get("_content")
    return _file(base64.b64decode(kept) if kept else sound(row["me_name"]), f"media-{ctx.text('objectid')}")


operation("MEDIAFILE getaudio", "objectid", tenanted=True)(_sound_of)
operation("MANAGEDB mediafile getbinary", "objectid", admin=True)(_sound_of)


@operation("MANAGEDB mediafile updatebinary", "objectid", admin=True, writes=True)
def updatebinary(ctx: Context) -> Result:
    row, content = own(ctx, "mediafile"), _upload(ctx)
    row["_content"] = base64.b64encode(content).decode() if len(content) <= KEPT else ""
    row |= {"me_size": str(len(content)), "me_md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
    row |= {"me_format": (ctx.files["filename"].filename or "").rpartition(".")[2].lower(), "me_datetime": stamp(ctx.now)}
    return echo(ctx, UPDATE, "me_mediafiles", {"me_id": ctx.text("objectid")}, {"me_md5": row["me_md5"]})


# Texts and faxes.


@operation("SMS", "source dest message", tenanted=True, writes=True)
def sms(ctx: Context) -> Result:
    if not ctx.text("dest").lstrip("+").isdecimal():
        return "Failure|The text cannot be sent|"
    row = {"sm_datetime": stamp(ctx.now), "sm_direction": "OUT", "sm_source": ctx.text("source"), "sm_dest": ctx.text("dest")}
    ref = ctx.pbx.add("sms", {**row, "sm_message": ctx.text("message"), "sm_status": "SENT"}, ctx.tenant)
    return f"Success|Text sent|{ref}|"


@operation("INFO sms")
def info_sms(ctx: Context) -> Result:
    start, end = ctx.span()
    rows = [ctx.pbx.shown("sms", ref) for ref in ctx.pbx.of("sms", ctx.tenant)]
    return Rows([row for row in rows if start <= moment(row["sm_datetime"]) < end])


@operation("FAX send", "source_number dest_number/number filename", tenanted=True, writes=True)
def fax_send(ctx: Context) -> Result:
    """Takes a PDF, as the multipart field `filename`."""
    content = _upload(ctx)
    if not content.startswith(b"%PDF"):
        return "Failure|Only a PDF can be sent|"
    options = {f"fa_{name}": ctx.text(name) for name in ("quality", "pagesize", "rotate", "deleteaftersend", "statusemail")}
    at = moment(ctx.text("schedule")) if ctx.text("schedule") else ctx.now
    row = {"fa_datetime": stamp(at), "fa_source": ctx.text("source_number"), "fa_dest": ctx.text("dest_number", "number")}
    row |= {"fa_pages": str(max(1, content.count(b"/Type /Page") - content.count(b"/Type /Pages"))), "_at": at.isoformat()}
    ref = ctx.pbx.add("fax", {**row, **options, "fa_filename": ctx.files["filename"].filename or ""}, ctx.tenant)
    return f"Success|Fax queued|{ref}|"


@operation("INFO fax", "id")
def info_fax(ctx: Context) -> Result:
    """Queued until its time, then under way, then sent."""
    ref = ctx.text("id")
    row = ctx.row("fax", ref)
    at = moment(row["fa_datetime"])
    status = "SENT" if ctx.now >= at + _FAX_TAKES else "SENDING" if ctx.now >= at else "QUEUED"
    return record({**ctx.pbx.shown("fax", ref), "fa_status": status})
