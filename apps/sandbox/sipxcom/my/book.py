"""The user's phone book: what the administrator's books hold, the other users, and private entries."""

import json
import re
from itertools import chain
from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import DECLARATION, done
from apps.sandbox.sipxcom.people import ADDRESSES, PROFILE
from apps.sandbox.sipxcom.rest.branches import ADDRESS
from apps.sandbox.sipxcom.rest.phonebooks import as_csv
from apps.sandbox.sipxcom.routes import Context, Refused, failed, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import JSON, PLAIN, XML, Listed, children, parsed, plain, rest_body, text_of, xml

VCARD = "text/x-vcard"
DUPLICATE = 747
_NUMBERS = re.compile(r"start=([^&]+)&end=([^&]+)(?:&filter=([^&]*))?")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,4}")


def entries(ctx: Context) -> list[Row]:
    """All that the user sees, by name."""
    users = [
        {"id": "-1", "first": row["firstName"], "last": row["lastName"], "number": row["userName"], "info": row["profile"]}
        for row in ctx.system.rows("user")[1:]
    ]
    books = chain.from_iterable(row["entries"] for row in ctx.system.rows("phonebook"))
    return sorted([*users, *books, *ctx.user["book"]], key=lambda row: (row["last"] or "", row["first"] or ""))


def bean(row: Row) -> Row:
    head = {"id": row.get("id"), "first-name": row["first"], "last-name": row["last"], "number": row["number"]}
    return {**head, "contact-information": _info(row.get("info") or {})}


def _info(info: Row) -> Row:
    return {name: info[name] for name in (*PROFILE, *ADDRESSES) if info.get(name)}


# The whole book.


@route("GET", "/rest/my/phonebook", PUT=500)
def read_all(ctx: Context) -> Reply:
    return _book(ctx, entries(ctx))


@route("POST", "/rest/my/phonebook")
def import_entries(ctx: Context) -> Reply:
    """Add entries to the private book."""
    for element in rest_body(ctx, "phonebook"):
        _add(ctx, _sent(element))
    return done()


@route("DELETE", "/rest/my/phonebook")
def wipe(ctx: Context) -> Reply:
    """The whole private book."""
    ctx.user["book"] = []
    return done()


@route("GET", "/rest/my/search/phonebook")
def search(ctx: Context) -> Reply:
    """Only with a query that is not empty: the route is the address with it."""
    if not ctx.query.get("query"):
        raise Refused(404)
    return _book(ctx, _matching(entries(ctx), ctx.query["query"]))


@route("GET", "/rest/my/pagedphonebook")
def page(ctx: Context) -> Reply:
    """Rows from `start` up to `end`, which must come in that order."""
    match = _NUMBERS.fullmatch(ctx.call.target.partition("?")[2])
    if match is None:
        raise Refused(404)
    start, end = (int(text) if text.lstrip("-").isdecimal() else other for text, other in ((match[1], 0), (match[2], 100)))
    rows = entries(ctx)
    found = _matching(rows, match[3] or "")
    if start > end or start < 0:
        raise failed("java.lang.IllegalArgumentException", f"fromIndex({start}) > toIndex({end})")
    start, end = min(start, len(found)), min(end, len(found))
    data = {
        "size": len(rows), "filtered-size": len(found), "start-row": start, "end-row": end,
        "show-on-phone": "true" if ctx.user["showContactsOnPhone"] else "false", "google-domain": None,
        "entries": Listed("entry", [bean(row) for row in found[start:end]]),
    }  # fmt: skip
    return _shown(ctx, "phonebook", data)


def _matching(rows: list[Row], text: str) -> list[Row]:
    wanted = text.lower()
    return [row for row in rows if any(wanted in str(row[name] or "").lower() for name in ("first", "last", "number"))]


def _book(ctx: Context, rows: list[Row]) -> Reply:
    kind = ctx.accepted(XML, JSON, PLAIN, VCARD)
    if kind in (XML, JSON):
        return _shown(ctx, "phonebook", Listed("entry", [bean(row) for row in rows]))
    text = as_csv(rows) if kind == PLAIN else "".join(_card(row) for row in rows)
    return Reply(text.encode("latin-1", "replace"), 200, "text/plain;charset=ISO-8859-1")


def _card(row: Row) -> str:
    name = f"N:{row['last']};{row['first']}\r\nFN:{row['first']} {row['last']}"
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\n{name}\r\nTEL;TYPE=work:{row['number']}\r\nEND:VCARD\r\n"


def _shown(ctx: Context, root: str, data: object) -> Reply:
    if ctx.accepted(XML, JSON, PLAIN, VCARD) == JSON:
        return Reply(json.dumps({root: plain(data, nulls=False)}, ensure_ascii=False).encode(), 200, JSON)
    return Reply(xml(root, data, head=DECLARATION), 200, XML)


# Private entries.


@route("GET", "/rest/my/phonebook/entry/{entry}")
def read(ctx: Context) -> Reply:
    row = _private(ctx, ctx.path["entry"])
    if row is None:
        raise Refused(404)
    return _shown(ctx, "entry", {name: value for name, value in bean(row).items() if name != "id"})


@route("POST", "/rest/my/phonebook/entry/{entry}")
def create(ctx: Context) -> Reply:
    """The id of the path is not used, and the new one does not come back."""
    values = _sent(rest_body(ctx, "entry"))
    _unique(ctx, values, None)
    _add(ctx, values)
    return done()


@route("PUT", "/rest/my/phonebook/entry/{entry}")
def update(ctx: Context) -> Reply:
    values, row = _sent(rest_body(ctx, "entry")), _private(ctx, ctx.path["entry"])
    if row is None:
        raise failed("java.lang.NullPointerException", "null")
    _unique(ctx, values, row)
    row.update(values)
    return done()


@route("DELETE", "/rest/my/phonebook/entry/{entry}")
def delete(ctx: Context) -> Reply:
    """Fine too when there is none."""
    ctx.user["book"] = [row for row in ctx.user["book"] if row["id"] != ctx.path["entry"]]
    return done()


@route("PUT", "/rest/my/phonebookentry/{internal}", GET=405, POST=500)
def put_card(ctx: Context) -> Reply:
    """A vCard into the book of the user whom the body names, found by `uid`, else by `internalId`, else made."""
    root = parsed(ctx.text)
    owner, uid = ctx.system.user(text_of(root, "userName") or ""), text_of(root, "uid")
    values = _of_card(text_of(root, "vcard") or "")
    if owner is None or not values["number"]:
        raise failed("java.lang.NullPointerException", "null")
    internal = text_of(root, "internalId")
    row = next((each for each in owner["book"] if each["id"] == uid or (not uid and each["internal"] == internal)), None)
    if row is None and uid:
        raise failed("org.springframework.orm.hibernate3.HibernateObjectRetrievalFailureException", "No row: [PhonebookEntry]")
    if row is None:
        row = {"id": str(ctx.system.new_id("entry")), "internal": internal, "info": {}}
        owner["book"].append(row)
    row.update(values)
    return done()


@route("DELETE", "/rest/my/phonebookentry/{internal}")
def delete_card(ctx: Context) -> Reply:
    ref = ctx.path["internal"]
    for user in ctx.system.rows("user"):
        found = next((row for row in user["book"] if ref in (row["internal"], row["id"])), None)
        if found is not None:
            user["book"].remove(found)
            return done()
    if ref.isdecimal():
        raise Refused(404)
    raise failed("java.lang.NumberFormatException", f'For input string: "{ref}"')


@route("PUT", "/rest/my/phonebook/showContactsOnPhone/{value}", GET=404)
def show_on_phone(ctx: Context) -> Reply:
    ctx.user["showContactsOnPhone"] = ctx.path["value"].lower() == "true"
    return done()


@route("POST", "/rest/my/phonebook/googleImport")
def google(ctx: Context) -> Reply:
    """The service that this asked is gone: the transport fails."""
    rest_body(ctx, "credentials")
    raise Refused(745, "Transport error")


def _private(ctx: Context, ref: str) -> Row | None:
    return next((row for row in ctx.user["book"] if row["id"] == ref), None)


def _add(ctx: Context, values: Row) -> None:
    ctx.user["book"].append({"id": str(ctx.system.new_id("entry")), "internal": None, **values})


def _sent(element: Element) -> Row:
    """An entry as it was sent. Raises 400 on what is missing, a failure without contact information."""
    values = {name: text_of(element, f"{name}-name") for name in ("first", "last")} | {"number": text_of(element, "number")}
    info = element.find("contact-information")
    if info is None:
        raise failed("java.lang.NullPointerException", "null")
    held: Row = {name: text for name in PROFILE if (text := text_of(info, name))}
    for name in ADDRESSES:
        parts = {child.tag: child.text for child in children(info, name) if child.tag in ADDRESS and child.text}
        held |= {name: parts} if parts else {}
    if not all(values.values()):
        raise Refused(400, "First name, last name and number are required")
    for name in ("emailAddress", "alternateEmailAddress"):
        if name in held and not _EMAIL.fullmatch(held[name]):
            raise Refused(400, "Invalid e-mail address")
    return {**values, "info": held}


def _unique(ctx: Context, values: Row, but: Row | None) -> None:
    same = ("first", "last", "number")
    if any(all(row[name] == values[name] for name in same) for row in ctx.user["book"] if row is not but):
        raise Refused(DUPLICATE, "Duplicate entry")


def _of_card(text: str) -> Row:
    """Name and number of a vCard. Fails without a name."""
    lines = dict(line.strip().partition(":")[::2] for line in text.splitlines())
    name = lines.get("N")
    if name is None:
        raise failed("org.sipfoundry.sipxconfig.phonebook.VcardParsingException", "No name")
    last, _, first = name.partition(";")
    number = next((value for key, value in lines.items() if key.split(";")[0] == "TEL"), "")
    return {"first": first.partition(";")[0], "last": last, "number": number}
