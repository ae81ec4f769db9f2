"""Reply forms: XML or its JSON twin, JSON, the envelope of writes, ids, texts, files, nothing at all."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any
from xml.etree.ElementTree import Element

from apps.vendors.core import errors
from apps.vendors.core.client import Download
from apps.vendors.core.transport import Incoming
from apps.vendors.sipxcom import xmltree
from apps.vendors.sipxcom.refusals import envelope_of, refusal_in

Read = Callable[[Incoming], Any]
_WORDS_LIMIT = 20_000


def text_of(incoming: Incoming) -> str:
    """The body as text, by its charset; undeclared, UTF-8 and failing that Latin-1 (some routes answer in it)."""
    header = Message()
    header["content-type"] = incoming.headers.get("content-type", "")
    for charset in (header.get_content_charset(), "utf-8"):
        if charset:
            try:
                return incoming.content.decode(charset)
            except (LookupError, UnicodeDecodeError):
                continue
    return incoming.content.decode("latin-1")


def tree(*roots: str, lists: str = "", whole: bool = False) -> Read:
    """XML under one of `roots`, or the JSON twin of it, as plain values without the root.

    `lists` names the elements, parted by |, whose children are rows; `whole`: the root's own children are the rows.
    """
    names = frozenset(lists.split("|")) if lists else frozenset()

    def read(incoming: Incoming) -> Any:
        text = _filled(incoming)
        if text[0] in "{[":
            return _unwrapped(_json(text), roots)
        root = xmltree.parse(text)
        if root.tag == "response":
            raise refusal_in(incoming.status, envelope_of(root))
        if root.tag not in roots:
            raise _unreadable(f"<{roots[0]}> is due", "html" if root.tag.lower() == "html" else "shape")
        if whole:
            return [xmltree.plain(child, names, 1) for child in root]
        found = xmltree.plain(root, names)
        return {} if found == "" else found

    return read


def _unwrapped(data: Any, roots: tuple[str, ...]) -> Any:
    if isinstance(data, Mapping) and len(data) == 1:
        ((name, inner),) = data.items()
        if name in roots:
            return inner
    return data


def decoded(incoming: Incoming) -> Any:
    """JSON; 204 is how some routes say that there is nothing under this name."""
    if incoming.status == 204:
        raise errors.NotFound("sipXcom has nothing under this name.", code="204")
    return _json(_filled(incoming))


def settings(incoming: Incoming) -> Any:
    """A list of settings; a leaf, which comes bare, as a list of one."""
    data = decoded(incoming)
    return {"settings": [data]} if isinstance(data, Mapping) and "settings" not in data and "path" in data else data


def envelope(incoming: Incoming) -> Any:
    """What a write on /rest answers: code, message, id (or name) of what was written."""
    text = _filled(incoming)
    if text[0] in "{[":
        raise _unreadable("<response> is due")
    root = xmltree.parse(text)
    if root.tag != "response":
        raise _unreadable("<response> is due", "html" if root.tag.lower() == "html" else "shape")
    found = envelope_of(root)
    if not found["code"].startswith("SUCCESS"):
        raise refusal_in(incoming.status, found)
    return found


def nothing(incoming: Incoming) -> Any:
    """An empty body: done. Anything else is a page of something that stands before the server."""
    text = text_of(incoming).strip()
    if not text:
        return {"done": True}
    if text.startswith("<response"):
        return {"done": True, **envelope(incoming)}
    raise _unreadable("an empty body is due", "html" if _is_page(text) else "shape")


def acknowledged(incoming: Incoming) -> Any:
    """What writes answer of which no document shows a reply: nothing, the envelope, or a short text."""
    text = text_of(incoming).strip()
    if text and not text.startswith("<response"):
        return {"done": True, **words(incoming)}
    return nothing(incoming)


def identifier(incoming: Incoming) -> Any:
    """The bare id of what was written, as JSON or as text."""
    text = _filled(incoming).strip().strip('"')
    if not re.fullmatch(r"[\w.@+-]{1,80}", text):
        raise _unreadable("an id is due")
    return {"id": text}


def words(incoming: Incoming) -> Any:
    """A short text, which may be empty."""
    text = text_of(incoming).strip()
    if _is_page(text) or text.startswith(("{", "[")) or len(text) > _WORDS_LIMIT:
        raise _unreadable("a short text is due", "html" if _is_page(text) else "shape")
    return {"text": text}


def said(incoming: Incoming) -> Any:
    """A short text that may not be empty."""
    found = words(incoming)
    if not found["text"]:
        raise errors.UnreadableReply("sipXcom's answer was empty.", code="empty")
    return found


def truth(incoming: Incoming) -> Any:
    """A bare true or false."""
    return {"value": _json(_filled(incoming))}


def command(incoming: Incoming) -> Any:
    """What FreeSWITCH says to a conference command; it refuses in a 200 as well."""
    text = said(incoming)["text"]
    inner = re.fullmatch(r"(?s)<command-response>(.*)</command-response>", text)
    words = inner.group(1).strip() if inner else text
    if re.search(r"(?i)\bnot found\b|non-exist[ae]nt|no such", words):
        raise errors.NotFound(f"The conference server answered: {words[:200]}", code="freeswitch")
    if re.match(r"(?i)error|-err", words):
        raise errors.VendorFault(f"The conference server did not take the command: {words[:200]}", code="fault")
    return {"text": words}


def conference_members(incoming: Incoming) -> Any:
    """FreeSWITCH's XML of a conference, as plain values; its refusals come as text."""
    text = text_of(incoming).strip()
    if not text.startswith("<") or text.startswith("<command-response>"):
        return {"members": [], **command(incoming)}
    root = xmltree.parse(_filled(incoming))
    found = xmltree.plain(root, frozenset({"members"}))
    inner = found.get("conference", found) if isinstance(found, Mapping) else {}
    if not isinstance(inner, Mapping) or root.tag not in {"conferences", "conference"}:
        raise _unreadable("<conferences> is due")
    return {"members": [], **inner}


def feed(incoming: Incoming) -> Any:
    """An RSS feed's items: title, description, moment, caller, the audio's type, and the message's id.

    The links are left out: they hold a key that opens all of the user's services without a password.
    """
    root = xmltree.parse(_filled(incoming))
    if root.tag != "rss":
        raise _unreadable("<rss> is due", "html" if root.tag == "html" else "shape")
    return [_item(item) for item in root.iter("item")]


def _item(item: Element) -> dict[str, str]:
    audio = item.find("enclosure")
    attributes = {} if audio is None else audio.attrib
    link = attributes.get("url") or item.findtext("link") or ""
    texts = {name: (item.findtext(name) or "").strip() for name in ("title", "description", "pubDate", "author")}
    return {**texts, "type": attributes.get("type", ""), "message": link.strip().rpartition("/")[2]}


def contacts(incoming: Incoming) -> Any:
    """A phone book as CSV under a header line, or as XML entries: rows of first-name, last-name, number."""
    text = _filled(incoming)
    if text[0] == "<":
        return tree("phonebook", whole=True)(incoming)
    lines = list(csv.reader(io.StringIO(text)))
    header = [name.strip().lower().replace(" ", "-") for name in lines[0]]
    if "number" not in header:
        raise _unreadable("a header line is due")
    return [dict(zip(header, line, strict=False)) for line in lines[1:] if line]


def download(incoming: Incoming) -> Download:
    """A file by its own name; the address names it where the server does not."""
    kind = incoming.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
    if kind in {"application/json", "text/html"}:
        raise _unreadable("a file is due", "html" if kind == "text/html" else "shape")
    header = Message()
    header["content-disposition"] = incoming.headers.get("content-disposition", "")
    return Download(header.get_filename() or "", kind, incoming.content)


def _filled(incoming: Incoming) -> str:
    text = text_of(incoming).lstrip("\ufeff \r\n\t")
    if not text:
        raise errors.UnreadableReply("sipXcom's answer was empty.", code="empty")
    if _is_page(text):
        raise _unreadable("data is due", "html")
    return text


def _is_page(text: str) -> bool:
    return bool(re.match(r"(?i)<!doctype html|<html|<h1", text))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.UnreadableReply("sipXcom's answer breaks off or is not JSON.", code="json") from error


def _unreadable(fault: str, code: str = "shape") -> errors.UnreadableReply:
    if code == "html":
        return errors.UnreadableReply("sipXcom answered with a web page where data was due.", code=code)
    return errors.UnreadableReply(f"The answer does not have the documented form ({fault}).", code=code)
