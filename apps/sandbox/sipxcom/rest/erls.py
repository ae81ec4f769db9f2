"""Emergency locations (ERL) of the closed product: /rest/erls and /rest/erl. As its document has them, read leniently."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import DECLARATION
from apps.sandbox.sipxcom.routes import Context, Refused, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import JSON, PLAIN, XML, Listed, rest_body, text_of, xml

FIELDS = ("location", "elin", "addressInfo", "description")
LIST, ITEM = "e911Locations", "e911Location"


@route("GET", "/rest/erls")
def read_all(ctx: Context) -> Reply:
    return _shown(ctx.system.rows("erl"))


@route("PUT", "/rest/erls")
def save(ctx: Context) -> Reply:
    """Each one is added, or replaces that of its ELIN."""
    for sent in [_sent(element) for element in rest_body(ctx, LIST)]:
        _save(ctx, sent)
    return _done()


@route("DELETE", "/rest/erls")
def delete_several(ctx: Context) -> Reply:
    """By ELIN, from the query or from a body: the document does not say how."""
    elins = [ctx.query["elin"]] if ctx.query.get("elin") else []
    if not elins and ctx.call.body:
        elins = [text_of(element, "elin") or "" for element in rest_body(ctx, LIST)]
    if not elins:
        raise Refused(400, "No ELIN")
    for row in [_known(ctx, elin) for elin in elins]:
        _forget(ctx, row)
    return _done()


@route("GET", "/rest/erl/elin/{elin}")
def read(ctx: Context) -> Reply:
    return _one(ctx, _known(ctx, ctx.path["elin"], 404))


@route("PUT", "/rest/erl/elin/{elin}")
def update(ctx: Context) -> Reply:
    root = rest_body(ctx, ITEM, LIST)
    sent = _sent(root if root.tag == ITEM else root[0])
    _save(ctx, {**sent, "elin": ctx.path["elin"]})
    return _done()


@route("DELETE", "/rest/erl/elin/{elin}")
def delete(ctx: Context) -> Reply:
    _forget(ctx, _known(ctx, ctx.path["elin"], 404))
    return _done()


@route("GET", "/rest/erl/phone/{serial}")
def read_phone(ctx: Context) -> Reply:
    phone = ctx.system.find("phone", serialNo=ctx.path["serial"].lower())
    if phone is None:
        raise Refused(404)
    rows = [_known(ctx, phone["erl"])] if phone["erl"] else []
    return _shown([{**row, "serial": phone["serialNo"]} for row in rows], "serial")


@route("PUT", "/rest/erl/phones")
def assign_phones(ctx: Context) -> Reply:
    """All of them, or none when an ELIN or a serial number is wrong."""
    wanted = []
    for element in rest_body(ctx, "phones", LIST):
        serial = text_of(element, "serial") or text_of(element, "serialNumber") or ""
        phone = ctx.system.find("phone", serialNo=serial.lower())
        if phone is None:
            raise Refused(400, "Wrong serial number")
        wanted.append((phone, _known(ctx, text_of(element, "elin") or "")))
    for phone, row in wanted:
        phone["erl"] = row["elin"]
    return _done()


def register(template: str, holder: Callable[[Context], Row | None], *, text: bool, delete: bool) -> None:
    """Give a kind of holder its location: read as text or as a location, set by ELIN, set to none."""

    def held(ctx: Context) -> Row:
        row = holder(ctx)
        if row is None:
            raise Refused(404)
        return row

    @route("GET", template)
    def read_one(ctx: Context) -> Reply:
        elin = held(ctx)["erl"]
        if text:
            return Reply(elin.encode(), 200, PLAIN)
        return _one(ctx, _known(ctx, elin, 404))

    @route("PUT", template)
    def assign(ctx: Context) -> Reply:
        row = held(ctx)
        row["erl"] = _known(ctx, _elin(ctx))["elin"]
        return _done()

    if delete:

        @route("DELETE", template)
        def clear(ctx: Context) -> Reply:
            held(ctx)["erl"] = ""
            return _done()


register("/rest/erl/user/{name}", lambda ctx: ctx.system.user(ctx.path["name"]), text=True, delete=True)
register("/rest/erl/group/{name}", lambda ctx: _group(ctx, "ugroup"), text=False, delete=False)
register("/rest/erl/phonegroup/{name}", lambda ctx: _group(ctx, "pgroup"), text=False, delete=True)


def _group(ctx: Context, kind: str) -> Row | None:
    """By name; a blank comes as it is written in addresses."""
    return ctx.system.find(kind, name=ctx.path["name"].replace("%20", " "))


def _elin(ctx: Context) -> str:
    """The ELIN that was sent: as text, or within an `<e911Location>`."""
    if ctx.mimetype in (XML, "application/xml", JSON):
        root = rest_body(ctx, ITEM, LIST)
        return text_of(root if root.tag == ITEM else root[0], "elin") or ""
    return ctx.text.strip()


def _known(ctx: Context, elin: str, status: int = 400) -> Row:
    row = ctx.system.find("erl", elin=elin)
    if row is None:
        raise Refused(status, "Wrong ELIN")
    return row


def _sent(element: Element) -> Row:
    return {name: text_of(element, name) or "" for name in FIELDS}


def _save(ctx: Context, sent: Row) -> None:
    if not sent["elin"].isdecimal():
        raise Refused(400, "Wrong ELIN")
    row = ctx.system.find("erl", elin=sent["elin"])
    if row is None:
        ctx.system.add("erl", sent)
    else:
        row.update(sent)


def _forget(ctx: Context, row: Row) -> None:
    ctx.system.remove("erl", row)
    for kind in ("user", "ugroup", "pgroup", "phone"):
        for holder in ctx.system.rows(kind):
            if holder["erl"] == row["elin"]:
                holder["erl"] = ""


def _one(ctx: Context, row: Row) -> Reply:
    """One location, bare; the document shows the form of lists only."""
    if ctx.faults("erl_in_a_list"):
        return _shown([row])
    return Reply(xml(ITEM, {name: row[name] for name in FIELDS}, head=DECLARATION), 200, XML)


def _shown(rows: list[Row], *more: str) -> Reply:
    shown = [{name: row[name] for name in (*FIELDS, *more)} for row in rows]
    return Reply(xml(LIST, Listed(ITEM, shown), head=DECLARATION), 200, XML)


def _done() -> Reply:
    return Reply(b"", 200, PLAIN)
