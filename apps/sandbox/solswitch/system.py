"""DIDs, 911, customers, schedules, tolls, and the suites of view, add, edit and delete."""

import ipaddress
from decimal import Decimal

from . import traffic
from .calls import NO_RECORDS, TIME, ZONE, Context, Refused, digit_keys, operation
from .switch import Row

RATES = {
    "1": (("1206", "Seattle, WA", "0.012"), ("1503", "Portland, OR", "0.012"), ("1303", "Denver, CO", "0.013"),
          ("1705", "Sudbury, ON", "0.030"), ("1", "North America", "0.020")),
    "2": (("1", "North America", "0.025"), ("44", "United Kingdom", "0.040")),
}  # fmt: skip


@operation("didreport")
def didreport(ctx: Context) -> Row:
    rows = ctx.switch.table("did").items()
    return digit_keys([
        {"DID": did, "IRID": row["IRID"], "CustID": row["CustID"], "PrimaryRoute": 0} for did, row in rows
    ])  # fmt: skip


@operation("adddid", writes=True)
def adddid(ctx: Context) -> Row:
    did = _did(ctx)
    if did in ctx.switch.table("did"):
        raise Refused("DID already exists")
    ctx.switch.add("did", {"IRID": "", "CustID": ""}, did)
    return {"Status": "OK"}


@operation("removedid", writes=True)
def removedid(ctx: Context) -> Row:
    did = _did(ctx)
    ctx.row("did", did)
    del ctx.switch.table("did")[did]
    return {"Status": "OK"}


def _did(ctx: Context) -> str:
    if not ctx.text("DID").isdecimal():
        raise Refused("Invalid DID Provided")
    return ctx.text("DID")


@operation("911info")
def info911(ctx: Context) -> Row:
    rows = []
    for did, row in ctx.switch.table("did").items():
        customer = ctx.switch.table("customer").get(row["CustID"])
        if customer and row.get("address"):
            place = {name: customer[name] for name in ("streetnumber", "streetname", "unit", "city", "province", "country")}
            rows.append({"custnum": customer["CustomerNumber"], "did": did, **place, "postalcode": customer["postalcode"]})
    return {"Status": "OK", "Data": rows[0] if ctx.faults("one_object") and rows else rows}


@operation("createcustomer", writes=True)
def createcustomer(ctx: Context) -> Row:
    for name in ("RouteGroupID", "TollPlanID", "MaxSIPAccounts", "MaxTrunks", "CustomerNumber", "FirstName", "LastName"):
        ctx.needed(name)
    names = {
        "firstname": "FirstName", "lastname": "LastName", "company": "Company", "streetnumber": "AddressStreetNumber",
        "streetname": "AddressStreetName", "unit": "AddressUnit", "postalcode": "PostalCode", "city": "City",
        "province": "Province", "country": "Country", "telephone": "PhoneNumber", "CustomerNumber": "CustomerNumber",
    }  # fmt: skip
    ref = ctx.switch.add("customer", {ours: ctx.text(theirs) for ours, theirs in names.items()})
    return {"Status": "OK", "CustomerID": ref}


@operation("getcustomerinformation")
def getcustomerinformation(ctx: Context) -> Row:
    wanted = ctx.needed("CustomerNumber")
    for ref, row in ctx.switch.table("customer").items():
        if row["CustomerNumber"] == wanted and ctx.only in ("", ref):
            return {"Status": "OK", "ID": ref, **{name: value for name, value in row.items() if name != "CustomerNumber"}}
    raise Refused("No results returned")


@operation("checktimerule")
def checktimerule(ctx: Context) -> Row:
    row = ctx.row("timerule", ctx.text("ID"), "Time rule not found")
    if row["CustID"] != ctx.customer():
        raise Refused("Time rule not found")
    closed = not (ctx.local.weekday() < 5 and row["opens"] <= ctx.local.hour < row["closes"])
    return {"Status": "OK", "TimeRuleStatus": str(int(closed)), "TimeRuleText": "Closed" if closed else "Open"}


@operation("scheduledrouting")
def scheduledrouting(ctx: Context) -> Row:
    return {"Status": "OK", **ctx.row("scheduledroute", ctx.text("ID"), "No data found.")}


@operation("findmefollowme")
def findmefollowme(ctx: Context) -> Row:
    return {"Status": "OK", "ID": ctx.text("ID"), **ctx.row("followme", ctx.text("ID"))}


@operation("tollrates")
def tollrates(ctx: Context) -> Row:
    plan, prefix = ctx.needed("tollPlanID"), ctx.text("tollPrefix")
    rows = [
        {"Prefix": code, "Area": area, "Value": value}
        for code, area, value in RATES.get(plan, ())
        if not prefix or prefix.startswith(code)
    ]
    if not rows:
        raise Refused("No results to display")
    return digit_keys(rows)


@operation("tollreport")
def tollreport(ctx: Context) -> Row:
    """Call by call for one customer, or what each spent by area; a limited key always gets its own calls."""
    start, end = ctx.span()
    number = ctx.text("CustNum")
    wanted = {ref: row for ref, row in ctx.switch.table("customer").items() if ctx.only in ("", ref)}
    if number:
        wanted = {ref: row for ref, row in wanted.items() if row["CustomerNumber"] == number}
        if not wanted:
            raise Refused("No results to display")
    rows: list[Row] = []
    for ref, customer in wanted.items():
        calls = [call for call in traffic.calls_between(ctx.switch, ref, start, min(end, ctx.now)) if _toll(call)]
        rows += _by_call(customer, calls) if number or ctx.only else _by_area(customer, calls)
    return digit_keys(rows)


def _toll(call: traffic.Call) -> bool:
    return call.answered and call.destination[1] == traffic.TRUNK


def _cost(call: traffic.Call) -> tuple[str, str, Decimal]:
    """Area, rate and cost; the longest prefix counts."""
    fitting = [rate for rate in RATES["1"] if call.destination[0].startswith(rate[0])] or [("", "Other", "0.05")]
    _, area, rate = max(fitting, key=lambda row: len(row[0]))
    return area, rate, (Decimal(rate) * call.seconds / 60).quantize(Decimal("0.01"))


def _by_call(customer: Row, calls: list[traffic.Call]) -> list[Row]:
    rows = []
    for call in calls:
        area, rate, cost = _cost(call)
        rows.append({
            "Company": customer["company"], "Area": area, "RateCost": rate, "CallCost": str(cost), "CallID": call.id,
            "StartTime": call.at.astimezone(ZONE).strftime(TIME), "Length": str(call.seconds),
            "SrcNumber": call.source[0], "DstNumber": call.destination[0],
        })  # fmt: skip
    return rows


def _by_area(customer: Row, calls: list[traffic.Call]) -> list[Row]:
    sums: dict[tuple[str, str], Decimal] = {}
    for call in calls:
        area, rate, cost = _cost(call)
        sums[area, rate] = sums.get((area, rate), Decimal(0)) + cost
    named = {"CustNum": customer["CustomerNumber"], "Company": customer["company"]}
    return [{**named, "Area": area, "RateCost": rate, "CallCost": str(cost)} for (area, rate), cost in sums.items()]


def suite(name: str, needs: tuple[str, ...], partial: tuple[str, ...], hidden: tuple[str, ...], defaults: Row) -> None:
    """Give a suite its view, add, edit and delete. `hidden` fields are kept and never shown."""

    @operation(f"{name}/view")
    def view(ctx: Context) -> Row:
        ref, rows = ctx.text("ID"), ctx.switch.table(name)
        if ref:
            rows = {ref: ctx.row(name, ref)}
        full = bool(ref) or ctx.text("ViewType") == "Full"
        shown = [
            {"ID": key, **{field: value for field, value in row.items() if field not in hidden and (full or field in partial)}}
            for key, row in sorted(rows.items(), key=lambda pair: (int(pair[1].get("Position", 0)), int(pair[0])))
        ]
        if not shown:
            raise Refused(NO_RECORDS)
        return {"Status": "OK", "Results": shown}

    @operation(f"{name}/add", writes=True)
    def add(ctx: Context) -> Row:
        for field in needs:
            ctx.needed(field)
        row = {**defaults, **_sent(ctx)}
        _check(ctx, name, row)
        _make_room(ctx, name, row)
        return {"Status": "OK", "ID": ctx.switch.add(name, row)}

    @operation(f"{name}/edit", writes=True)
    def edit(ctx: Context) -> Row:
        row, sent = ctx.row(name, ctx.needed("ID")), _sent(ctx)
        _check(ctx, name, {**row, **sent})
        if "Position" in sent:
            _make_room(ctx, name, sent)
        row.update(sent)
        return {"Status": "OK"}

    @operation(f"{name}/delete", writes=True)
    def delete(ctx: Context) -> Row:
        ref = ctx.needed("ID")
        ctx.row(name, ref)
        del ctx.switch.table(name)[ref]
        return {"Status": "OK"}


def _sent(ctx: Context) -> Row:
    return {name: str(value) for name, value in ctx.params.items() if name not in ("Key", "ID")}


def _check(ctx: Context, name: str, row: Row) -> None:
    if name == "firewall" and row["AddressType"] in ("Address", "Subnet"):
        try:
            ipaddress.ip_network(row.get("Address", ""), strict=False)
        except ValueError:
            raise Refused("Missing required field Address") from None
    if name == "firewall" and row["AddressType"] == "Country" and not row.get("Country"):
        raise Refused("Missing required field Country")
    if name == "trunks" and row["TrunkType"] == "1":
        ctx.row("sipaccounts", row["SIPAccountsID"])
    if name == "sipaccounts":
        if row["CustID"] not in ctx.switch.table("customer"):
            raise Refused("Unknown Customer ID")
        registers = ("RegisterUsername", "RegisterPassword", "RegisterName", "RegisterDomain")
        needs = {"static": ("Password", "Host"), "dynamic": ("Password",), "register": registers}.get(row["Type"], ())
        for field in needs:
            if not row.get(field):
                raise Refused(f"Missing required field {field}")


def _make_room(ctx: Context, name: str, row: Row) -> None:
    """A firewall rule takes its place, and those from there on move down; without a place it is the last."""
    if name != "firewall":
        return
    rules = ctx.switch.table(name).values()
    if "Position" not in row:
        row["Position"] = str(1 + max((int(rule["Position"]) for rule in rules), default=0))
        return
    for rule in rules:
        if int(rule["Position"]) >= int(row["Position"]):
            rule["Position"] = str(int(rule["Position"]) + 1)


_ON = dict.fromkeys(("Web", "SysAdmin", "Provisioning", "SIP"), "1")
_ACCOUNT = {
    "NAT": "1", "DTMFMode": "rfc2833", "Port": "5060", "TransportType": "UDP", "DynamicFeatures": "1", "StayInAudioPath": "1",
    "Active": "1", "AllowInternational": "0",
}  # fmt: skip
_TRUNK = {"CallLimit": "0", "UseDIDTable": "0", "UseRouteGroup": "0", "Record": "0", "UseE164": "0", "AutoLearnWeight": "23"}
suite("firewall", ("Name", "RuleType", "AddressType"), ("Name",), (), _ON)
suite(
    "sipaccounts", ("CustID", "Description", "Username", "Type"), ("Username", "Description"),
    ("Password", "RegisterPassword"), _ACCOUNT,
)  # fmt: skip
suite("trunks", ("Name", "Description", "TrunkType", "SIPAccountsID"), ("Name", "Description"), (), _TRUNK)
