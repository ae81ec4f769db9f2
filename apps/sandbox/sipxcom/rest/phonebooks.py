"""Phone books: /rest/phonebook, for reading."""

import csv
import io

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.envelope import DECLARATION
from apps.sandbox.sipxcom.routes import Context, Refused, route
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import XML, Listed, xml

CSV = "text/comma-separated-values"
HEADER = ("First name", "Last name", "Number")


@route("GET", "/rest/phonebook")
def read_all(ctx: Context) -> Reply:
    ctx.accepted(XML)
    names = "".join(f'<phonebook name="{row["name"]}"/>' for row in ctx.system.rows("phonebook"))
    return Reply(f"{DECLARATION}<phonebooks>{names}</phonebooks>".encode(), 200, XML)


@route("GET", "/rest/phonebook/{name}")
def read(ctx: Context) -> Reply:
    row = ctx.system.find("phonebook", name=ctx.path["name"])
    if row is None:
        raise Refused(404)
    if ctx.accepted(CSV, XML) == CSV:
        return Reply(as_csv(row["entries"]).encode(), 200, CSV)
    entries = [{"first-name": each["first"], "last-name": each["last"], "number": each["number"]} for each in row["entries"]]
    return Reply(xml("phonebook", Listed("entry", entries), head=DECLARATION), 200, XML)


def as_csv(entries: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows((each["first"], each["last"], each["number"]) for each in entries)
    return text.getvalue()
