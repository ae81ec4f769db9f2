"""Ledger, payments, invoices."""

from datetime import date, datetime, timedelta
from typing import Any

from apps.sandbox.core import Reply
from apps.sandbox.core.credentials import secret
from apps.sandbox.core.pdf import pdf

from .accounts import Account, LedgerEntry, Payment, money
from .calls import TIME, Context, Refused, operation

ACTIVITIES = (
    "All Activity",
    "Test Call Credit",
    "Bank Transfer",
    "Bank Fee",
    "Paypal Transfer",
    "Paypal Fee",
    "USF Tax Deduction",
    "Payment Cancelled",
    "Payment Refund",
    "Call Charges",
    "Order (New DIDs)",
    "Order (LNP)",
    "Credit Card",
    "Credit Card Fee",
)
METHODS = ("Paypal", "Bank", "Credit Card")
# make_payment has no amount: the merchant's side decides. Here it is always this, less the fee.
CARD_PAYMENT, CARD_FEE_PER_CENT = 10_000, 3


@operation("financial_summary")
def ledger(ctx: Context) -> dict[str, Any]:
    """Oldest first, as in the document's sample."""
    wanted = ctx.params.choice("activitytype", ACTIVITIES)
    rows = [line for line in ctx.account.ledger if wanted in ("", "All Activity", line.activity)]
    return {"data": [_ledger_row(ctx.account, line) for line in rows]}


@operation("get_payments")
def payments(ctx: Context) -> dict[str, Any]:
    reference, method = ctx.params.text("referenceno"), ctx.params.choice("method", METHODS).lower()
    first, last = period(ctx)
    rows = [
        payment
        for payment in ctx.account.payments
        if reference in ("", payment.referenceno) and method in ("", payment.method) and first <= payment.date[:10] <= last
    ]
    return {"data": [_payment_row(ctx.account, payment) for payment in rows]}


@operation("make_payment", writes=True)
def make_payment(ctx: Context) -> dict[str, Any]:
    """Checks the card as a gateway would. Nothing of the card is kept. A number that ends in 0002 is declined."""
    params = ctx.params
    params.text("firstname", required=True)
    params.text("lastname", required=True)
    card = params.digits("cardnumber", 13, 19, required=True)
    if not _luhn(card) or card.endswith("0002"):
        raise Refused("cardnumber")
    month = params.whole("expmonth", 1, 12)
    year = params.whole("expyear", 0, 9999)
    year += 2000 if year < 100 else 0
    if (year, month) < (ctx.now.year, ctx.now.month):
        raise Refused("expyear")
    params.digits("cvv", 3, 4, required=True)
    fee = CARD_PAYMENT * CARD_FEE_PER_CENT // 100
    reference = f"CC{ctx.carrier.new_id()}"
    ctx.account.payments.append(Payment(ctx.stamp, reference, CARD_PAYMENT, fee, "credit card"))
    ctx.account.book(ctx.stamp, "Credit Card", credit=CARD_PAYMENT, reference=reference)
    ctx.account.book(ctx.stamp, "Credit Card Fee", debit=fee, reference=reference)
    return {"success": "Payment added successfully."}


@operation("get_invoices")
def invoices(ctx: Context) -> dict[str, Any]:
    """One on the first of each month, for the month before, newest first."""
    first, last = period(ctx)
    rows = [
        {"date": f"{day} 00:00:00", "file": f"{ctx.root}/downloads/invoices/{_invoice_name(ctx, day)}"}
        for day in _invoice_days(ctx.account, ctx.now)
        if first <= str(day) <= last
    ]
    return {"data": rows}


def invoice(ctx: Context, name: str) -> Reply | None:
    """The PDF of that name, or None."""
    for day in _invoice_days(ctx.account, ctx.now):
        if name == _invoice_name(ctx, day):
            return Reply(_invoice_pdf(ctx.account, day), content_type="application/pdf")
    return None


def period(ctx: Context) -> tuple[str, str]:
    """The days from `from` to `to`, both included, as text that compares; open ends when not given."""
    first, last = ctx.params.day("from"), ctx.params.day("to")
    if first and last and first > last:
        raise Refused("to")
    return str(first or date.min), str(last or date.max)


def _invoice_days(account: Account, now: datetime) -> list[date]:
    if not account.ledger:
        return []
    opened = datetime.strptime(account.ledger[0].date, TIME).date()
    day, days = now.date().replace(day=1), []
    while day > opened:
        days.append(day)
        day = (day - timedelta(days=1)).replace(day=1)
    return days


def _invoice_name(ctx: Context, day: date) -> str:
    key = secret(ctx.carrier.seed, "invoice", ctx.account.accountno, str(day), length=12)
    return f"{ctx.account.accountno}-{day:%Y-%m}-{key}.pdf"


def _invoice_pdf(account: Account, day: date) -> bytes:
    month = f"{day - timedelta(days=1):%Y-%m}"
    charged = [line for line in account.ledger if line.debit and line.date.startswith(month)]
    lines = [f"Account {account.accountno}, {account.name}", f"Invoice of {day}, for {month}", ""]
    lines += [f"{line.date}   {line.activity:<24} USD {money(line.debit)}" for line in charged]
    lines += ["", f"Total: USD {money(sum(line.debit for line in charged))}"]
    return pdf("Invoice", lines)


def _ledger_row(account: Account, line: LedgerEntry) -> dict[str, str]:
    return {
        "accountno": account.accountno,
        "date": line.date,
        "activity": line.activity,
        "debit": money(line.debit),
        "credit": money(line.credit),
        "balance": money(line.balance),
    }


def _payment_row(account: Account, payment: Payment) -> dict[str, str]:
    return {
        "accountno": account.accountno,
        "date": payment.date,
        "referenceno": payment.referenceno,
        "funded_amount": money(payment.funded),
        "charges": money(payment.charges),
        "amount": money(payment.funded - payment.charges),
        "method": payment.method,
        "status": payment.status,
    }


def _luhn(card: str) -> bool:
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in card[-2::-2]]
    return (sum(doubled) + sum(int(digit) for digit in card[-1::-2])) % 10 == 0
