"""Orders: the cart becomes an order, the order is paid ("Origination API")."""

from apps.vendors.carrier.operations.fields import ORDER_FIELDS, identifier, record
from apps.vendors.core import replies
from apps.vendors.core.operation import Effect

OPERATIONS = [
    record(
        "orders.generate", "gen_order", "Make an order of the whole cart", Effect.WRITE,
        identifier("trunk_id", required=True, help="The trunk group the numbers are pointed at."),
        identifier("reserve_id", "reserveId", required=True),
        area="numbers", source="Generate New DID/TFN Order", outcome_from="orders.list", timeout=120,
        returns=replies.obj(**ORDER_FIELDS),
    ),
    record(
        "orders.process", "process_order", "Pay an order and allocate its numbers", Effect.PURCHASE,
        identifier("order_id", "orderId", required=True),
        area="numbers", source="Process New DID Order", outcome_from="orders.list", timeout=120,
        returns=replies.done(success=replies.text, orderId=replies.text),
    ),
    record(
        "orders.list", "get_new_orders", "Orders of the account", Effect.READ,
        identifier("order_id", "orderId"),
        area="numbers", source="Get New Orders", returns=replies.rows("Orders", **ORDER_FIELDS),
    ),
]  # fmt: skip
