"""Porting numbers in ("Origination API", LNP)."""

from typing import Any

from apps.vendors.carrier.operations.fields import ORDER_FIELDS, category, identifier, record
from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, together

_PAPERS = ("pdf", "png", "jpg", "jpeg", "tif", "tiff", "doc", "docx", "zip", "txt", "csv", "xls", "xlsx")
_PORT_FIELDS: dict[str, Any] = {
    "requestedFocDate": replies.moment, "actualFocDate": replies.moment, "lastModifiedDate": replies.moment,
    "billingNumber": replies.phone, "immediately": replies.flag, "triggered": replies.flag,
    "loa": replies.text, "carrier_doc": replies.text,
}  # fmt: skip

OPERATIONS = [
    record(
        "porting.check", "check_lnp", "Check whether numbers can be ported in", Effect.READ,
        params.phones("numbers", digits=11, required=True),
        area="porting", source="Check DID Portability",
        returns=replies.obj(accepted=replies.phones, rejected=replies.phones),
    ),
    record(
        "porting.order", "generate_lnp_order", "Order a port-in", Effect.PURCHASE,
        params.phones("numbers", digits=11, required=True),
        category(required=True),
        params.choice(
            "subscriber_type", {"residential": "Residential", "business": "Business"}, wire="subscriberType", required=True
        ),
        params.text("authorizing_person", wire="loaAuthorizingPerson", required=True, help="First and last name on the LOA."),
        params.file("loa", wire="loa_doc", types=_PAPERS, required=True, help="The signed LOA; several as one ZIP."),
        params.file(
            "carrier_bill", wire="carrier_doc", types=_PAPERS, required=True, help="The losing carrier's bill; more as one ZIP."
        ),
        params.moment("foc_date", wire="requestedFocDate", help="UTC, a business day. Best left empty: the next date is used."),
        params.secret("wireless_account", wire="wirelessAccountNumber", help="Account at the losing wireless carrier."),
        params.secret("wireless_pin", wire="wirelessPin", help="PIN at the losing wireless carrier."),
        rules=(together("wireless_account", "wireless_pin"),),
        area="porting", source="Generate LNP Order", outcome_from="porting.list", timeout=180,
        returns=replies.obj(acceptedTns=replies.phones, **ORDER_FIELDS),
    ),
    record(
        "porting.list", "get_lnp_orders", "Port-in orders of the account", Effect.READ,
        identifier("order_id", "orderId"),
        area="porting", source="Get LNP Orders", returns=replies.rows("Orders", **ORDER_FIELDS, **_PORT_FIELDS),
    ),
]  # fmt: skip
