"""SolSwitch behind the neutral doors. What its calls do not scope to a customer is scoped here, by the CustID of each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.vendors.core import billing, calls, people, reports, routing
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.directory import Declared, OperationDirectory
from apps.vendors.core.errors import NotConfigured, NotFound, Unsupported
from apps.vendors.core.operation import Operation
from apps.vendors.core.replies import Reading, phone
from apps.vendors.solswitch import live

WHOLE_SWITCH = ""


def _of_customer(row: Mapping[str, Any], tenant: str) -> bool:
    """Whether a row is the customer's; no customer named means the whole switch."""
    return tenant == WHOLE_SWITCH or str(row.get("CustID") or "") == tenant


def e164(value: Any) -> str:
    return str(phone(value, Reading()) or "")


def _did(row: Mapping[str, Any], _: str) -> routing.Did:
    route = str(row.get("IRID") or "")
    return routing.Did(
        ref=row["DID"],
        number=e164(row["DID"]),
        tenant=str(row.get("CustID") or ""),
        destination_kind="route" if route else "",
        destination_ref=route,
        raw=dict(row),
    )


class SwitchDids(OperationDirectory[routing.Did]):
    """DIDs. Adding names neither owner nor route: both are set on the switch, and are unset until then."""

    def everything(self) -> Sequence[routing.Did]:
        return self.list(WHOLE_SWITCH)

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        super().add(tenant, values)
        return str(self._client.operation("numbers.add").validate(values)["did"])


class DidRouting:
    """What a DID leads to: the switch's internal route id, and nothing about it."""

    uses = ("numbers.list",)

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(self, tenant: str, did: str) -> routing.Destination | None:
        wanted = e164(did)
        for row in self._client.call("numbers.list"):
            if e164(row["DID"]) == wanted and _of_customer(row, tenant):
                route = str(row.get("IRID") or "")
                return routing.Destination("route", route, f"Route {route}", tenant=tenant, raw=row) if route else None
        raise NotFound("The switch has no such number for this customer.", vendor=self._client.vendor.key)

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        raise live.unsupported(self._client, "to point a DID elsewhere")


class SwitchEmergency:
    """911 entries. They carry the account number, so that a DID's CustID says whose they are. It has no call to change."""

    uses = ("emergency.list", "numbers.list")

    def __init__(self, client: Client) -> None:
        self._client = client

    def customers(self) -> Sequence[str]:
        return [WHOLE_SWITCH]  # neither of the two lists can be narrowed: both are read once

    def records(self, tenant: str) -> list[routing.EmergencyRecord]:
        entries = {e164(row["did"]): row for row in self._client.call("emergency.list")}
        owned = [row for row in self._client.call("numbers.list") if _of_customer(row, tenant)]
        return [_emergency(row, entries.get(e164(row["DID"]))) for row in owned]

    def read(self, tenant: str, ref: str) -> routing.EmergencyRecord:
        found = next((record for record in self.records(tenant) if record.ref == ref), None)
        if found is None:
            raise NotFound("The switch has no such number for this customer.", vendor=self._client.vendor.key)
        return found

    def ref(self, kind: str, subject: str) -> str:
        return subject.removeprefix("+1")

    def fields(self, ref: str, act: str = "change") -> Sequence[routing.EmergencyField]:
        return ()

    def values(self, record: routing.EmergencyRecord) -> dict[str, str]:
        return {}

    def change(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        raise live.unsupported(self._client, "to change a 911 entry")

    def add(self, tenant: str, ref: str, values: dict[str, Any], confirmation: Confirmation) -> None:
        raise live.unsupported(self._client, "to add a 911 entry")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise live.unsupported(self._client, "to remove a 911 entry")


def _emergency(did: Mapping[str, Any], entry: Mapping[str, Any] | None) -> routing.EmergencyRecord:
    """The 911 state of a DID; one without an entry has no address that would be sent."""
    entry = entry or {}
    street = " ".join(str(entry[key]) for key in ("streetnumber", "streetname") if entry.get(key))
    unit = f"unit {entry['unit']}" if entry.get("unit") else ""
    place = (street, unit, entry.get("city"), entry.get("province"), entry.get("postalcode"), entry.get("country"))
    return routing.EmergencyRecord(
        subject=e164(did["DID"]),
        kind="number",
        covered=bool(street),
        address=", ".join(str(part) for part in place if part),
        tenant=str(did.get("CustID") or ""),
        ref=did["DID"],
        raw=dict(entry),
    )


def _account(row: Mapping[str, Any], _: str) -> people.SipAccount:
    return people.SipAccount(
        ref=row["ID"],
        username=str(row.get("Username") or row.get("RegisterUsername") or row.get("Name") or ""),
        description=str(row.get("Description") or ""),
        tenant=str(row.get("CustID") or ""),
        host=str(row.get("Host") or row.get("RegisterDomain") or ""),
        status={"True": "active", "False": "inactive"}.get(str(row.get("Active")), ""),
        raw=_without(row, "Password", "RegisterPassword"),
    )


class SwitchAccounts(OperationDirectory[people.SipAccount]):
    """SIP accounts. An account is added to the customer asked for, and a change never moves it to another."""

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        return super().add(tenant, {**values, "customer": tenant})

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        moved = {"customer": tenant} if {"customer", "CustID"} & values.keys() else {}
        super().change(tenant, ref, {**{k: v for k, v in values.items() if k not in {"customer", "CustID"}}, **moved})


def _trunk(row: Mapping[str, Any], tenant: str) -> routing.SwitchTrunk:
    return routing.SwitchTrunk(
        ref=row["ID"],
        name=str(row.get("Name") or ""),
        tenant=tenant,
        technology={"1": "SIP account", "2": "line card"}.get(str(row.get("TrunkType") or ""), str(row.get("TrunkType") or "")),
        channels=row.get("CallLimit") or None,
        raw=_without(row, "AutoLearnAPIKey"),
    )


class SwitchTrunks(OperationDirectory[routing.SwitchTrunk]):
    """Trunks. A trunk names neither customer nor host, but the SIP account it uses does."""

    also = ("sip_accounts.list",)

    def list(self, tenant: str) -> Sequence[routing.SwitchTrunk]:
        found, accounts = super().list(tenant), self._accounts(tenant)
        used = [(trunk, accounts.get(str(trunk.raw.get("SIPAccountsID") or ""))) for trunk in found]
        return [
            replace(trunk, host=account.host) if account else trunk
            for trunk, account in used
            if account or tenant == WHOLE_SWITCH
        ]

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        self._own_account(tenant, values)
        return super().add(tenant, values)

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        self._own_account(tenant, values)
        super().change(tenant, ref, values)

    def _own(self, tenant: str, ref: str) -> None:
        self.get(tenant, ref)

    def _own_account(self, tenant: str, values: Mapping[str, Any]) -> None:
        account = values.get("sip_account_id") or values.get("SIPAccountsID")
        if account and tenant != WHOLE_SWITCH and str(account) not in self._accounts(tenant):
            raise NotFound(f"There is no SIP account with the id {account}.", vendor=self._client.vendor.key)

    def _accounts(self, tenant: str) -> dict[str, people.SipAccount]:
        return {account.ref: account for account in self._client.capability(people.SipAccounts).list(tenant)}


def _rule(row: Mapping[str, Any], tenant: str) -> routing.FirewallRule:
    return routing.FirewallRule(
        ref=row["ID"],
        name=str(row.get("Name") or ""),
        action=str(row.get("RuleType") or "").lower(),
        address=str(row.get("Address") or row.get("Country") or ""),
        tenant=tenant,
        raw=dict(row),
    )


def _follow_me(row: Mapping[str, Any], tenant: str) -> routing.Destination:
    return routing.Destination(
        kind="ring_group",
        ref=str(row.get("ID") or ""),
        name=str(row.get("Name") or ""),
        number=str(row.get("Extension") or ""),
        tenant=tenant,
        members=tuple(map(str, row.get("Numbers") or ())),
        raw=dict(row),
    )


def _whole_switch_alone(client: Client, tenant: str, what: str) -> None:
    """What the switch keeps without saying whose it is, no customer sees."""
    if tenant != WHOLE_SWITCH:
        raise Unsupported(
            f"SolSwitch does not say which customer a {what} belongs to: read it in the operation console.",
            vendor=client.vendor.key,
        )


class FollowMe(OperationDirectory[routing.Destination]):
    """Find me follow me. The switch does not say whose one is, so none is shown to a customer."""

    def get(self, tenant: str, ref: str) -> routing.Destination:
        _whole_switch_alone(self._client, tenant, "find me follow me")
        return super().get(tenant, ref)


class SwitchFeatures:
    """What is set for an extension. Find me follow me is all the switch tells of, by its own id."""

    uses = ("follow_me.read",)

    _TITLES: Mapping[str, str] = {"follow_me": "Find me follow me"}

    def __init__(self, client: Client) -> None:
        self._client = client

    def features(self) -> Mapping[str, str]:
        return self._TITLES

    def read(self, tenant: str, extension: str, feature: str) -> people.Feature:
        title = self._title(feature)
        _whole_switch_alone(self._client, tenant, "find me follow me")
        return people.Feature(feature, title, None, self._client.call("follow_me.read", {"id": extension}))

    def write(self, tenant: str, extension: str, feature: str, values: dict[str, Any]) -> None:
        raise live.unsupported(self._client, f"to change {self._title(feature).lower()}")

    def _title(self, feature: str) -> str:
        try:
            return self._TITLES[feature]
        except KeyError:
            raise Unsupported(f"SolSwitch tells nothing of a feature {feature}.", vendor=self._client.vendor.key) from None


def _schedule(row: Mapping[str, Any], tenant: str) -> routing.Schedule:
    """A time rule, whose answer says only whether it is open: status 0 is open, 1 closed."""
    return routing.Schedule(
        ref="", name="", kind="time_rule", tenant=tenant,
        open_now={"0": True, "1": False}.get(str(row.get("TimeRuleStatus"))), raw=dict(row),
    )  # fmt: skip


class TimeRules(OperationDirectory[routing.Schedule]):
    """Time rules: read one by its id."""

    def get(self, tenant: str, ref: str) -> routing.Schedule:
        found = super().get(tenant, ref)
        return routing.Schedule(ref, f"Time rule {ref}", found.kind, tenant, found.open_now, raw=found.raw)

    def flip(self, tenant: str, ref: str, *, on: bool) -> None:
        raise live.unsupported(self._client, "to switch a schedule")


def _customer(row: Mapping[str, Any], _: str) -> people.VendorTenant:
    person = " ".join(str(row[key]) for key in ("firstname", "lastname") if row.get(key))
    return people.VendorTenant(ref=row["ID"], name=str(row.get("company") or person), raw=dict(row))


class Customers(OperationDirectory[people.VendorTenant]):
    """Customers of the switch: looked up by the customer number, which then stands in `code`; `ref` is the CustID."""

    def get(self, tenant: str, ref: str) -> people.VendorTenant:
        found = super().get(tenant, ref)
        return people.VendorTenant(found.ref, found.name, code=ref, raw=found.raw)


class _Tolls:
    """Toll plans. The switch has no call that lists them: the connection's option says which there are."""

    uses = ("tolls.rates",)

    def __init__(self, client: Client) -> None:
        self._client = client

    def _plans(self) -> list[str]:
        plans = str(self._client.endpoint.options.get("toll_plans") or "").replace(",", " ").split()
        if not plans:
            raise NotConfigured(
                "SolSwitch has no call that lists its toll plans: enter their ids in the connection's settings (toll_plans).",
                vendor=self._client.vendor.key,
            )
        return plans

    def _rows(self, plan: str) -> Sequence[dict[str, Any]]:
        return self._client.call("tolls.rates", {"plan_id": plan})


class TollRates(_Tolls):
    """Rates of toll plans; the document names no currency, the connection's option does."""

    def list(self, plan: str = "") -> Sequence[billing.Rate]:
        currency = str(self._client.endpoint.options.get("currency") or "USD")
        return [
            billing.Rate(row["Prefix"], str(row.get("Area") or ""), row.get("Value"), currency, each, raw=row)
            for each in ([plan] if plan else self._plans())
            for row in self._rows(each)
        ]


class TollRoutes(_Tolls):
    """Where calls may go out to: the prefixes of the toll plans, which name no trunk. `ref` is the plan's id and the prefix."""

    def list(self, tenant: str) -> Sequence[routing.OutboundRoute]:
        _whole_switch_alone(self._client, tenant, "toll plan")
        return [_toll_route(plan, row) for plan in self._plans() for row in self._rows(plan)]

    def get(self, tenant: str, ref: str) -> routing.OutboundRoute:
        _whole_switch_alone(self._client, tenant, "toll plan")
        plan, _, prefix = ref.partition(":")
        for row in self._rows(plan) if prefix else ():
            if row["Prefix"] == prefix:
                return _toll_route(plan, row)
        raise NotFound(f"There is no route {ref}: write the toll plan's id and the prefix, like 11:1705.", vendor="solswitch")

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise live.unsupported(self._client, "to add routes")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise live.unsupported(self._client, "to change routes")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise live.unsupported(self._client, "to remove routes")

    def operation(self, act: str) -> Operation | None:
        return self._client.vendor.operations["tolls.rates"] if act in {"list", "get"} else None


def _toll_route(plan: str, row: Mapping[str, Any]) -> routing.OutboundRoute:
    return routing.OutboundRoute(f"{plan}:{row['Prefix']}", str(row.get("Area") or ""), row["Prefix"], raw=dict(row))


def _without(row: Mapping[str, Any], *secret: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in secret}


def _reply_id(key: str) -> Callable[[Any], str]:
    return lambda reply: str(reply.get(key) or "")


def _directory(kind: type[OperationDirectory[Any]], declared: Declared[Any]) -> Callable[[Client], Any]:
    return lambda client: kind(client, declared)


_FULL = {"view_type": "Full"}

CAPABILITIES: dict[type, Callable[[Client], Any]] = {
    routing.Dids: _directory(
        SwitchDids,
        Declared("DID", _did, list="numbers.list", add="numbers.add", remove="numbers.remove", ref="did", belongs=_of_customer),
    ),
    routing.NumberRouting: DidRouting,
    routing.Emergency: SwitchEmergency,
    people.SipAccounts: _directory(
        SwitchAccounts,
        Declared(
            "SIP account", _account, list="sip_accounts.list", get="sip_accounts.list", add="sip_accounts.add",
            change="sip_accounts.change", remove="sip_accounts.remove", ref_of=_reply_id("ID"), belongs=_of_customer,
            fixed=_FULL,
        ),
    ),
    routing.SwitchTrunks: _directory(
        SwitchTrunks,
        Declared(
            "trunk", _trunk, list="trunks.list", add="trunks.add", change="trunks.change", remove="trunks.remove",
            ref_of=_reply_id("ID"), fixed=_FULL,
        ),
    ),
    routing.OutboundRoutes: TollRoutes,
    routing.Firewall: Declared(
        "firewall rule", _rule, list="firewall.list", get="firewall.list", add="firewall.add", change="firewall.change",
        remove="firewall.remove", ref_of=_reply_id("ID"), fixed=_FULL,
    ),
    routing.RingGroups: _directory(FollowMe, Declared("find me follow me", _follow_me, get="follow_me.read")),
    routing.Schedules: _directory(TimeRules, Declared("schedule", _schedule, get="time_rules.read", tenant="customer")),
    routing.Queues: live.SwitchQueues,
    people.ExtensionFeatures: SwitchFeatures,
    people.Tenants: _directory(
        Customers,
        Declared(
            "customer", _customer, get="customers.read", add="customers.add", ref="customer_number",
            ref_of=_reply_id("CustomerID"),
        ),
    ),
    calls.LiveCalls: live.SwitchCalls,
    calls.Recordings: live.SwitchRecordings,
    calls.Fax: live.SwitchFax,
    calls.Events: live.SwitchEvents,
    reports.CallRecords: live.SwitchRecords,
    reports.Traffic: live.SwitchTraffic,
    billing.Rates: TollRates,
}  # fmt: skip
