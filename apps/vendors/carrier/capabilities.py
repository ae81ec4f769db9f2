"""The carrier behind the neutral doors: our values in, the documented operations out, typed results back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.vendors.core import numbers as n
from apps.vendors.core.billing import Billing, Invoice, LedgerEntry, Payment, Rate, Rates
from apps.vendors.core.client import Client, Confirmation, Download
from apps.vendors.core.errors import NotFound, Unsupported
from apps.vendors.core.operation import Operation
from apps.vendors.core.people import Tenants, VendorTenant
from apps.vendors.core.reports import CallRecord, CallRecords, DailyFiles, Traffic, TrafficCounters, TrafficFigures
from apps.vendors.core.routing import ORIGINATION, Destination, NumberRouting, TrunkGroup, Trunks
from apps.vendors.core.values import is_toll_free, to_e164

CATEGORY = {n.LOCAL: "landline", n.TOLL_FREE: "tollfree"}
STATUS = {n.ACTIVE: "1", n.INACTIVE: "0", n.CANCELLED: "2"}
_STATUS_WORD = {code: word for word, code in STATUS.items()}


def no_call(what: str) -> Unsupported:
    return Unsupported(f"The carrier documents no call {what}: do it in its own portal.", vendor="carrier")


class _Door:
    def __init__(self, client: Client) -> None:
        self._call = client.call
        self._download = client.download
        self._account = str(client.endpoint.credentials.get("accountno") or "")

    def _own(self, tenant: str) -> None:
        """A connection is one account, so no other can be meant."""
        if tenant not in {"", self._account}:
            raise NotFound(f"This connection is not that of the account {tenant}.", vendor="carrier")


def _kind(category: Any) -> str:
    """Categories come as "Landline", "landline" or "TollFree"."""
    return n.TOLL_FREE if "toll" in str(category or "").lower() else n.LOCAL


def _order_id(row: Mapping[str, Any]) -> str:
    """The order's id, which has four spellings ("Order NO" was seen in the field)."""
    return next((str(row[key]) for key in ("orderId", "orderno", "orderNo", "Order NO") if row.get(key)), "")


class CarrierMarket(_Door):
    """NumberMarket of the carrier."""

    uses = (
        "stock.states",
        "stock.exchanges",
        "stock.search",
        "stock.search_toll_free",
        "cart.reserve",
        "cart.reserve_many",
        "cart.release",
        "orders.generate",
        "orders.process",
        "orders.list",
    )

    def areas(self) -> list[str]:
        return self._call("stock.states")

    def rate_centres(self, area: str) -> list[n.RateCentre]:
        rows = self._call("stock.exchanges", {"state": area})
        return [n.RateCentre(row["NPANXX"], row.get("RateCenter") or "", area) for row in rows]

    def search(self, query: n.StockQuery) -> list[n.StockNumber]:
        if query.kind == n.TOLL_FREE:
            rows = self._call("stock.search_toll_free", {"tfn_prefix": query.prefix})
        else:
            wanted = {"state": query.area, "npa_nxx": query.npa_nxx, "number": query.number}
            rows = self._call("stock.search", wanted)
        return [n.StockNumber(row["TN"], query.kind, row.get("statusid") or "", row.get("RateCenter") or "") for row in rows]

    def reserve(self, number: str, query: n.StockQuery) -> n.Reservation:
        return _reservation(self._call("cart.reserve", {**_selection(query), "number": number}))

    def reserve_many(self, query: n.StockQuery, quantity: int) -> n.Reservation:
        return _reservation(self._call("cart.reserve_many", {**_selection(query), "quantity": quantity}))

    def release(self, reservation_id: str, numbers: list[str], confirmation: Confirmation) -> n.Released:
        if not numbers:
            raise ValueError("name the numbers to release: none would empty the whole cart of the account")
        reply = self._call("cart.release", {"reserve_id": reservation_id, "numbers": numbers}, confirmation=confirmation)
        return n.Released(tuple(reply.get("Removed TNs") or ()), tuple(reply.get("TNs not available") or ()))

    def order(self, reservation_id: str, trunk_group_id: str) -> n.NumberOrder:
        reply = self._call("orders.generate", {"reserve_id": reservation_id, "trunk_id": trunk_group_id})
        # The reply's own status comes first; the order's is the second of the same name, or missing.
        return replace(_order(reply), status=reply.get("order_status") or "")

    def process(self, order_id: str, confirmation: Confirmation) -> str:
        reply = self._call("orders.process", {"order_id": order_id}, confirmation=confirmation)
        return reply.get("success") or ""

    def orders(self, order_id: str = "") -> list[n.NumberOrder]:
        return [_order(row) for row in self._call("orders.list", {"order_id": order_id})]


def _selection(query: n.StockQuery) -> dict[str, Any]:
    if query.kind == n.TOLL_FREE:
        return {"category": CATEGORY[query.kind], "tfn_prefix": query.prefix}
    return {
        "category": CATEGORY[query.kind],
        "state": query.area,
        "npa_nxx": query.npa_nxx,
        "city": query.city,
    }


def _reservation(reply: Mapping[str, Any]) -> n.Reservation:
    return n.Reservation(reply["reserveId"], tuple(reply.get("TNs") or ()))


def _order(row: Mapping[str, Any]) -> n.NumberOrder:
    return n.NumberOrder(
        order_id=_order_id(row),
        placed_at=row.get("date"),
        amount=row.get("amount"),
        per_order_cost=row.get("per_order_cost"),
        taxes=row.get("taxes"),
        other_charges=row.get("other_charges"),
        discount=row.get("discount"),
        trunk_group_id=row.get("tg_id") or "",
        order_type=row.get("orderType") or "",
        kind=_kind(row.get("didCategory")),
        did_type=row.get("didType") or "",
        status=row.get("status") or "",
        numbers=tuple(row.get("numbers") or ()),
        raw=dict(row),
    )


class CarrierInventory(_Door):
    """NumberInventory of the carrier."""

    uses = ("numbers.list", "numbers.change", "numbers.cancel")

    def list(
        self, *, kind: str = "", status: str = "", trunk_group_id: str = "", order_id: str = ""
    ) -> Sequence[n.OwnedNumber]:
        rows = self._call(
            "numbers.list",
            {
                "category": CATEGORY.get(kind, ""),
                "status": STATUS.get(status, ""),
                "trunk_id": trunk_group_id,
                "order_id": order_id,
            },
        )
        return [_owned(row) for row in rows]

    def change(self, numbers: Sequence[str], *, trunk_group_id: str = "", status: str = "") -> str:
        wanted = {"numbers": numbers, "trunk_id": trunk_group_id, "status": STATUS.get(status, status)}
        return self._call("numbers.change", wanted).get("success") or ""

    def cancel(self, numbers: Sequence[str], confirmation: Confirmation) -> str:
        return self._call("numbers.cancel", {"numbers": numbers}, confirmation=confirmation).get("success") or ""


def _owned(row: Mapping[str, Any]) -> n.OwnedNumber:
    number, status = row["didnumber"], row.get("status") or ""
    return n.OwnedNumber(
        number=number,
        kind=n.TOLL_FREE if is_toll_free(number) else n.LOCAL,
        status=_STATUS_WORD.get(status, status),
        trunk_group=row.get("trunkGroup") or "",
        trunk_group_backup=row.get("trunkGroup2") or "",
        did_type=row.get("didType") or "",
        order_type=row.get("orderType") or "",
        monthly_rate=row.get("didRate"),
        cnam=row.get("cnam") or "",
        raw=dict(row),
    )


class CarrierPorting(_Door):
    """Porting of the carrier."""

    uses = ("porting.check", "porting.order", "porting.list")

    def check(self, numbers: list[str]) -> n.Portability:
        reply = self._call("porting.check", {"numbers": numbers})
        return n.Portability(tuple(reply.get("accepted") or ()), tuple(reply.get("rejected") or ()))

    def order(self, request: n.PortRequest, confirmation: Confirmation) -> n.PortOrder:
        reply = self._call(
            "porting.order",
            {
                "numbers": request.numbers,
                "category": CATEGORY[request.kind],
                "subscriber_type": request.subscriber_type,
                "authorizing_person": request.authorizing_person,
                "loa": request.papers,
                "carrier_bill": request.bill,
                "foc_date": request.foc_date,
                "wireless_account": request.wireless_account,
                "wireless_pin": request.wireless_pin,
            },
            confirmation=confirmation,
        )
        accepted = tuple(reply.get("acceptedTns") or ())
        return replace(_port_order(reply), status=reply.get("order_status") or "", numbers=accepted)

    def orders(self, order_id: str = "") -> list[n.PortOrder]:
        return [_port_order(row) for row in self._call("porting.list", {"order_id": order_id})]


def _port_order(row: Mapping[str, Any]) -> n.PortOrder:
    return n.PortOrder(
        order_id=_order_id(row),
        placed_at=row.get("date"),
        status=row.get("status") or "",
        numbers=tuple(row.get("numbers") or ()),
        amount=row.get("amount"),
        kind=_kind(row.get("didCategory")),
        requested_foc=row.get("requestedFocDate"),
        actual_foc=row.get("actualFocDate"),
        billing_number=row.get("billingNumber") or "",
        authorizing_person=row.get("loaAuthorizingPerson") or "",
        losing_carrier=row.get("losingCarrierName") or "",
        changed_at=row.get("lastModifiedDate"),
        papers_link=row.get("loa") or "",
        bill_link=row.get("carrier_doc") or "",
        raw=dict(row),
    )


class CarrierTrunks(_Door):
    """Trunks of the carrier."""

    uses = (
        "trunks.list",
        "trunks.add",
        "trunks.change",
        "termination.trunks.list",
        "termination.trunks.add",
        "termination.trunks.disable",
    )

    def list(self, direction: str = ORIGINATION, trunk_group_id: str = "") -> Sequence[TrunkGroup]:
        name = "trunks.list" if direction == ORIGINATION else "termination.trunks.list"
        return [_trunk(row, direction) for row in self._call(name, {"tg_id": trunk_group_id})]

    def add(self, direction: str, values: dict[str, Any]) -> str:
        name = "trunks.add" if direction == ORIGINATION else "termination.trunks.add"
        return self._call(name, values).get("success") or ""

    def change(self, trunk_group_id: str, values: dict[str, Any]) -> str:
        return self._call("trunks.change", {**values, "trunk_id": trunk_group_id}).get("success") or ""

    def disable(self, trunk_group_id: str, confirmation: Confirmation) -> str:
        reply = self._call("termination.trunks.disable", {"tg_id": trunk_group_id}, confirmation=confirmation)
        return reply.get("Removed TNs") or reply.get("success") or ""


def _trunk(row: Mapping[str, Any], direction: str) -> TrunkGroup:
    if direction == ORIGINATION:
        places = (("primaryIP", "primaryPort", "prefix_1"), ("secondaryIP", "secondaryPort", "prefix_2"))
        hosts = tuple(tuple(row.get(key) or "" for key in place) for place in places if row.get(place[0]))
        asked, allocated = row.get("req_sessions"), row.get("alloc_sessions")
    else:
        hosts = ((row.get("ipaddress") or "", "", ""),)
        asked, allocated = row.get("ports"), row.get("ports_assigned")
    return TrunkGroup(
        trunk_group_id=row["id"],
        title=row.get("title") or row.get("ipaddress") or row["id"],
        direction=direction,
        hosts=hosts,  # type: ignore[arg-type]
        status=row.get("status") or "",
        sessions_asked=asked,
        sessions=allocated,
        calls_per_second=row.get("cps_assigned"),
        created_at=row.get("date"),
        raw=dict(row),
    )


class CarrierRouting(_Door):
    """NumberRouting of the carrier: a number leads to a trunk group, which its list shows by addresses alone."""

    uses = ("numbers.list", "numbers.change", "trunks.list")

    def read(self, tenant: str, did: str) -> Destination | None:
        self._own(tenant)
        wanted = to_e164(did)
        row = next((row for row in self._call("numbers.list") if row["didnumber"] == wanted), None)
        if row is None:
            raise NotFound(f"The account has no number {wanted}.", vendor="carrier")
        shown = (row.get("trunkGroup") or "", row.get("trunkGroup2") or "")
        if not any(shown):
            return None
        groups = [
            group
            for group in self._call("trunks.list")
            if (group.get("primaryIP") or "", group.get("secondaryIP") or "") == shown
        ]
        if len(groups) > 1:  # groups that share their addresses are told apart by their numbers
            groups = [group for group in groups if self._holds(group["id"], wanted)]
        group = groups[0] if groups else {"id": "", "title": shown[0]}
        return Destination("trunk_group", group["id"], group.get("title") or group["id"], tenant=tenant, raw=dict(row))

    def point(self, tenant: str, did: str, kind: str, ref: str) -> None:
        self._own(tenant)
        if kind != "trunk_group":
            raise Unsupported("The carrier sends a number to a trunk group and to nothing else: choose one.", vendor="carrier")
        self._call("numbers.change", {"numbers": [did], "trunk_id": ref})

    def _holds(self, group: str, number: str) -> bool:
        return any(row["didnumber"] == number for row in self._call("numbers.list", {"trunk_id": group}))


class CarrierAccount(_Door):
    """Tenants of the carrier: it knows one customer, the account that this connection signs in with."""

    uses = ()  # the account is in the connection itself

    def list(self, tenant: str) -> Sequence[VendorTenant]:
        return [VendorTenant(self._account, f"Account {self._account}", self._account)]

    def get(self, tenant: str, ref: str) -> VendorTenant:
        self._own(ref)
        return self.list(tenant)[0]

    def add(self, tenant: str, values: Mapping[str, Any]) -> str:
        raise no_call("to add an account")

    def change(self, tenant: str, ref: str, values: Mapping[str, Any]) -> None:
        raise no_call("to change the account")

    def remove(self, tenant: str, ref: str, confirmation: Confirmation) -> None:
        raise no_call("to close the account")

    def operation(self, act: str) -> Operation | None:
        return None


class CarrierRates(_Door):
    """Rates of the carrier: what each number costs a month, which is all it says of prices."""

    uses = ("numbers.list",)

    def list(self, plan: str = "") -> Sequence[Rate]:
        if plan:
            raise Unsupported(
                "The carrier keeps no rate plans: leave the plan out for what each number costs.", vendor="carrier"
            )
        rows = self._call("numbers.list")
        return [Rate(row["didnumber"], row.get("didType") or "", None, per_month=row.get("didRate"), raw=row) for row in rows]


class CarrierCallRecords(_Door):
    """CallRecords of the carrier: CSV files, a pair a day."""

    uses = ("call_records.days", "termination.call_records.days")

    def between(self, tenant: str, first: datetime, last: datetime) -> Iterator[CallRecord]:
        raise Unsupported("The carrier gives call records as daily files, not as rows: use the files.", vendor="carrier")

    def days(self, first: date | None = None, last: date | None = None, *, direction: str = ORIGINATION) -> list[DailyFiles]:
        rows = self._call(f"{_prefix(direction)}call_records.days", {"first": first, "last": last})
        return [DailyFiles(row["date"], row.get("success") or "", row.get("failed") or "") for row in rows]

    def fetch(self, link: str) -> Download:
        return self._download(link)


class CarrierTraffic(_Door):
    """Traffic of the carrier."""

    uses = ("traffic.numbers", "traffic.trunks", "traffic.months", "termination.traffic.trunks", "termination.traffic.months")

    def counters(self, tenant: str) -> list[TrafficCounters]:
        raise Unsupported(
            "The carrier counts by number, trunk group and month, not at this moment: ask for the figures of one of these.",
            vendor="carrier",
        )

    def numbers(self, numbers: list[str]) -> list[TrafficFigures]:
        return [_figures(row) for row in self._call("traffic.numbers", {"numbers": numbers})]

    def trunk_groups(self, trunk_group_ids: list[str], *, direction: str = ORIGINATION) -> list[TrafficFigures]:
        rows = self._call(f"{_prefix(direction)}traffic.trunks", {"tg_id": trunk_group_ids})
        return [_figures(row) for row in rows]

    def months(self, year: int, month: int | None = None, *, direction: str = ORIGINATION) -> list[TrafficFigures]:
        rows = self._call(f"{_prefix(direction)}traffic.months", {"year": year, "month": month})
        return [_figures(row) for row in rows]


def _prefix(direction: str) -> str:
    return "" if direction == ORIGINATION else "termination."


def _figures(row: Mapping[str, Any]) -> TrafficFigures:
    return TrafficFigures(
        subject=row.get("number") or "",
        processed=row.get("processed"),
        completed=row.get("completed"),
        acd=row.get("acd"),
        asr=row.get("asr"),
        minutes=row.get("mou"),
        peak=row.get("peak"),
        month=row.get("month"),
        raw=dict(row),
    )


class CarrierBilling(_Door):
    """Billing of the carrier. The ledger's order is not documented, so it is sorted here."""

    uses = ("billing.ledger", "billing.invoices", "billing.payments")

    def balance(self) -> LedgerEntry | None:
        entries = self.ledger()
        return entries[0] if entries else None

    def ledger(self, activity: str = "") -> list[LedgerEntry]:
        rows = self._call("billing.ledger", {"activity": activity})
        entries = [
            LedgerEntry(
                row["date"],
                row.get("activity") or "",
                row.get("debit") or Decimal(0),
                row.get("credit") or Decimal(0),
                row.get("balance") or Decimal(0),
            )
            for row in rows
        ]
        # The document's sample is oldest first; among lines of one second the later one in the reply is the newer.
        entries.reverse()
        return sorted(entries, key=lambda entry: entry.at, reverse=True)

    def invoices(self, first: date | None = None, last: date | None = None) -> list[Invoice]:
        return [Invoice(row["date"], row["file"]) for row in self._call("billing.invoices", {"first": first, "last": last})]

    def payments(self, *, reference: str = "", method: str = "") -> list[Payment]:
        rows = self._call("billing.payments", {"reference": reference, "method": method})
        return [
            Payment(
                at=row["date"],
                reference=row.get("referenceno") or "",
                funded=row.get("funded_amount"),
                charges=row.get("charges"),
                amount=row.get("amount"),
                method=row.get("method") or "",
                status=row.get("status") or "",
                raw=dict(row),
            )
            for row in rows
        ]

    def fetch(self, link: str) -> Download:
        return self._download(link)


CAPABILITIES: dict[type, Any] = {
    n.NumberMarket: CarrierMarket,
    n.NumberInventory: CarrierInventory,
    n.Porting: CarrierPorting,
    NumberRouting: CarrierRouting,
    Trunks: CarrierTrunks,
    Tenants: CarrierAccount,
    CallRecords: CarrierCallRecords,
    Traffic: CarrierTraffic,
    Rates: CarrierRates,
    Billing: CarrierBilling,
}
