"""The accounts a new sandbox starts with: one that has been in use for ninety days, one that is nearly empty."""

from datetime import datetime, timedelta

from apps.sandbox import world

from .accounts import INACTIVE, ORDER_PROCESSED, Account, Owned, Payment, TerminationTrunk, TrunkGroup
from .calls import TIME
from .carrier import Carrier
from .orders import new_order

DEMO_ACCOUNT, OTHER_ACCOUNT = "1004821", "1007733"
OPENING_BALANCE = 500_000
HISTORY_DAYS = 90

Line = tuple[datetime, str, int, int, str]


def seed_accounts(carrier: Carrier, now: datetime) -> None:
    """Add both accounts to an empty carrier; everything dated relative to `now`."""
    start = now.replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=HISTORY_DAYS)
    carrier.add(_demo_account(carrier, start))
    carrier.add(_other_account(carrier, start))


def _demo_account(carrier: Carrier, start: datetime) -> Account:
    account = Account(DEMO_ACCOUNT, world.PROVIDER, carrier.new_id())
    seattle, portland = _trunks(carrier, start)
    account.trunks = {seattle.id: seattle, portland.id: portland}
    for title, ip in (("Seattle out", world.EDGE_ADDRESSES[0]), ("Portland out", world.EDGE_ADDRESSES[2])):
        out = TerminationTrunk(carrier.new_id(), title, ip, ports="120", cps="10")
        account.terminations[out.id] = out
    lines: list[Line] = []
    for week, tenant in enumerate(world.TENANTS):
        trunk = portland if tenant is world.FREIGHT else seattle
        when = start + timedelta(days=7 * week + 1, minutes=11 * week)
        spare = world.SPARE.numbers if tenant is world.DENTAL else ()
        for numbers in ((*tenant.numbers, *spare), tenant.toll_free):
            lines.append(_past_order(carrier, account, trunk, when, list(numbers)))
            when += timedelta(minutes=6)
    for number in account.numbers.values():
        owner = world.tenant_of(number.number)
        number.cnam = owner.cnam if owner else ""
        number.status = number.status if owner else INACTIVE
    _book(account, [*lines, *_charges(start), *_deposits(carrier, account, start)], start, OPENING_BALANCE)
    return account


def _other_account(carrier: Carrier, start: datetime) -> Account:
    account = Account(OTHER_ACCOUNT, "Redwood Hosted Voice", carrier.new_id())
    trunk = TrunkGroup(carrier.new_id(), "Main", "203.0.113.40", start.strftime(TIME))
    account.trunks[trunk.id] = trunk
    _book(account, [], start, 200_000)
    return account


def _trunks(carrier: Carrier, start: datetime) -> tuple[TrunkGroup, TrunkGroup]:
    addresses, date = world.EDGE_ADDRESSES, start.strftime(TIME)
    seattle = TrunkGroup(carrier.new_id(), "Seattle edge", addresses[0], date, secondary_ip=addresses[1])
    seattle.secondary_port, seattle.primary_prefix, seattle.secondary_prefix = "5060", "1001", "1001"
    seattle.billing_type, seattle.sessions = "Unmetered", "48"
    portland = TrunkGroup(carrier.new_id(), "Portland edge", addresses[2], date, secondary_ip=addresses[3])
    portland.secondary_port, portland.primary_prefix, portland.secondary_prefix = "5060", "1002", "1002"
    return seattle, portland


def _past_order(carrier: Carrier, account: Account, trunk: TrunkGroup, when: datetime, numbers: list[str]) -> Line:
    order = new_order(carrier.new_id(), when.strftime(TIME), numbers, trunk)
    order.status = ORDER_PROCESSED
    account.orders[order.orderno] = order
    since = when.strftime("%Y-%m-%d")
    for name in numbers:
        owned = Owned(name, trunk.id, order.rate, order.did_type, "New", order.orderno, since)
        account.numbers[name] = owned
    return (when + timedelta(minutes=4), "Order (New DIDs)", order.amount, 0, order.orderno)


def _charges(start: datetime) -> list[Line]:
    """Call charges each week, a tax each month."""
    weekly = [(start + timedelta(days=day), "Call Charges", 2_140 + 37 * day, 0, "") for day in range(14, 90, 7)]
    monthly = [(start + timedelta(days=day), "USF Tax Deduction", 612 + day, 0, "") for day in (30, 60, 89)]
    return weekly + monthly


def _deposits(carrier: Carrier, account: Account, start: datetime) -> list[Line]:
    lines: list[Line] = [(start + timedelta(hours=1), "Test Call Credit", 0, 200, "")]
    made = (
        (20, "Bank Transfer", "Bank Fee", "bank", 100_000, 1_200),
        (44, "Paypal Transfer", "Paypal Fee", "paypal", 25_000, 755),
        (71, "Credit Card", "Credit Card Fee", "credit card", 50_000, 1_500),
    )
    for day, activity, fee_activity, method, funded, fee in made:
        when, reference = start + timedelta(days=day, hours=2), f"PR{carrier.new_id()}"
        account.payments.append(Payment(when.strftime(TIME), reference, funded, fee, method))
        lines.append((when, activity, 0, funded, reference))
        lines.append((when + timedelta(minutes=1), fee_activity, fee, 0, reference))
    return lines


def _book(account: Account, lines: list[Line], start: datetime, closing: int) -> None:
    """Write the ledger in order of time, opened by the transfer that makes it close at `closing`."""
    opening = closing + sum(debit - credit for _, _, debit, credit, _ in lines)
    account.payments.insert(0, Payment(start.strftime(TIME), f"PR{account.accountno}", opening, 0, "bank"))
    for when, activity, debit, credit, reference in sorted([(start, "Bank Transfer", 0, opening, ""), *lines]):
        account.book(when.strftime(TIME), activity, debit=debit, credit=credit, reference=reference)
