"""The account's money ("Billing API")."""

from apps.vendors.carrier.operations.fields import period, record
from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, in_order

ACTIVITIES = (
    "All Activity", "Test Call Credit", "Bank Transfer", "Bank Fee", "Paypal Transfer", "Paypal Fee", "USF Tax Deduction",
    "Payment Cancelled", "Payment Refund", "Call Charges", "Order (New DIDs)", "Order (LNP)", "Credit Card", "Credit Card Fee",
)  # fmt: skip

OPERATIONS = [
    record(
        "billing.invoices", "get_invoices", "Invoices", Effect.READ,
        *period(), rules=(in_order("first", "last"),),
        area="billing", source="Get Invoices",
        returns=replies.rows("data", date=replies.day, file=replies.text, required=("date", "file")),
    ),
    record(
        "billing.ledger", "financial_summary", "Ledger: every debit and credit", Effect.READ,
        params.choice("activity", {name: name for name in ACTIVITIES}, wire="activitytype"),
        area="billing", source="Financial Summary", slow=True,
        returns=replies.rows(
            "data", date=replies.moment, activity=replies.text, debit=replies.money, credit=replies.money,
            balance=replies.money, required=("date",),
        ),
    ),
    record(
        "billing.payments", "get_payments", "Payments and their state", Effect.READ,
        params.text("reference", wire="referenceno"),
        params.moment("first", wire="from"),
        params.moment("last", wire="to"),
        params.choice("method", {"Paypal": "Paypal", "Bank": "Bank", "Credit Card": "Credit card"}),
        rules=(in_order("first", "last"),),
        area="billing", source="Get Payment Details",
        returns=replies.rows(
            "data", date=replies.moment, referenceno=replies.text, funded_amount=replies.money, charges=replies.money,
            amount=replies.money, method=replies.text, status=replies.text,
        ),
    ),
    record(
        # The document has no parameter for the amount: what is charged is the gateway's to say.
        "billing.pay", "make_payment", "Pay into the account by card", Effect.PURCHASE,
        params.text("first_name", wire="firstname", required=True),
        params.text("last_name", wire="lastname", required=True),
        params.code("card_number", "12-19", wire="cardnumber", required=True, secret=True),
        params.integer("expiry_month", wire="expmonth", minimum=1, maximum=12, required=True),
        params.integer("expiry_year", wire="expyear", minimum=2000, maximum=2100, required=True),
        params.text("address"),
        params.text("address2"),
        params.text("state"),
        params.text("city"),
        params.text("zip_code", wire="zipcode"),
        params.code("cvv", "3-4", required=True, secret=True),
        area="billing", source="Make Payment", outcome_from="billing.payments", timeout=120, needs_option="card_payments",
        returns=replies.done(success=replies.text),
    ),
]  # fmt: skip
