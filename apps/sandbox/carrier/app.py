"""The sandbox carrier: sign-in, envelope, addresses, what tests and people may look at and change."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

from apps.sandbox.core import Call, Reply, Sandbox
from apps.sandbox.core.credentials import secret
from apps.sandbox.core.numbering import valid_area, valid_exchange

from . import billing, cart, files, lnp, numbers, orders, reports, search, trunks  # noqa: F401 - register operations
from .accounts import Account, Order, Owned, cents, money
from .calls import OPERATIONS, TIME, Context, Params, Refused, refusal, success
from .carrier import Carrier
from .seed import DEMO_ACCOUNT, OTHER_ACCOUNT, seed_accounts
from .stock import Exchange, Stock, default_exchanges

VARIATIONS = {
    "http200_errors": "refusals come with HTTP 200 and the status in the body alone",
    "wrapped": "every answer's fields stand under data; a search gives data.Numbers, absent when nothing fits",
    "duplicate_status_off": "no second status: an order's own status is left out",
    "separate_numbers": "number lists hold one number each, not one joined text",
    "cart_in_reply": "reserve and bulkreserve answer with the whole cart",
    "created_201": "successes are 201, in HTTP and in the body",
    "partial": "only the first half (or `value`) of the numbers: bulkreserve, updatenumber, check_lnp, generate_lnp_order",
    "lnp_shape": "accepted, rejected and acceptedTns as `value` says: separate, joined, nested, keyed or documented",
    "trailing_commas": "a comma before the last bracket, as in the document's samples: no JSON, to be exact",
    "lnp_exception": "the port order will be rejected by the losing carrier",
}


class CarrierSandbox(Sandbox):
    """The US wholesale carrier. `stock` is about how many numbers to sell, or the exchanges themselves.

    `account` is the demo account, `other_account` a second customer; both live, to be read. `lnp_step` is how long
    a port order stays in each of its states.
    """

    vendor = "carrier"
    secrets = frozenset({"token", "cardnumber", "cvv", "expmonth", "expyear", "wirelessPin", "wirelessAccountNumber"})
    variations = VARIATIONS

    def __init__(
        self,
        *,
        stock: int | Iterable[Exchange] = 40_000,
        lnp_step: timedelta = timedelta(days=1),
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._exchanges = default_exchanges(stock, self.seed) if isinstance(stock, int) else list(stock)
        self.lnp_step = lnp_step
        self._tokens = {no: secret(self.seed, "carrier", no) for no in (DEMO_ACCOUNT, OTHER_ACCOUNT)}
        self._scratch: tempfile.TemporaryDirectory | None = None
        self.controls = {"balance": self._set_balance, "advance": self._advance, "stock": self._add_stock, "own": self._own}

    # For tests.

    @property
    def credentials(self) -> dict[str, str]:
        return self._credentials_of(DEMO_ACCOUNT)

    @property
    def other_credentials(self) -> dict[str, str]:
        return self._credentials_of(OTHER_ACCOUNT)

    @property
    def account(self) -> Account:
        return self.carrier.accounts[DEMO_ACCOUNT]

    @property
    def other_account(self) -> Account:
        return self.carrier.accounts[OTHER_ACCOUNT]

    @property
    def stock(self) -> Stock:
        return self.carrier.stock

    def set_balance(self, amount: str, accountno: str = DEMO_ACCOUNT) -> None:
        """Book what makes the balance `amount`, as a bank transfer or a bank fee."""
        with self.lock:
            account = self.carrier.accounts[accountno]
            change = cents(amount) - account.balance_cents
            if change:
                activity = "Bank Transfer" if change > 0 else "Bank Fee"
                account.book(self.now().strftime(TIME), activity, debit=max(-change, 0), credit=max(change, 0))
        self.changed()

    def advance_ports(self, orderno: str = "", status: str = "", steps: int = 1, foc: str = "") -> list[dict[str, str]]:
        """Move port orders on by `steps`, or to a raw status; `foc` sets the losing carrier's date. One order, or all."""
        with self.lock:
            moved = [
                lnp.advance(account, order, self.now(), status=status, steps=steps, foc=foc)
                for account in self.carrier.accounts.values()
                for order in account.port_orders.values()
                if orderno in ("", order.orderno)
            ]
        self.changed()
        return [{"orderno": order.orderno, "status": order.status} for order in moved]

    def add_stock(self, npa_nxx: str, state: str, rate_center: str, count: int) -> None:
        """Put an exchange on sale. Raises ValueError when it could not exist."""
        if not (len(npa_nxx) == 6 and valid_area(npa_nxx[:3]) and valid_exchange(npa_nxx[3:])):
            raise ValueError(f"{npa_nxx} is no NPA-NXX")
        with self.lock:
            self.carrier.add_exchange(Exchange(npa_nxx, state, rate_center, min(int(count), 10_000)))
        self.changed()

    def own(self, npa_nxx: str, count: int, accountno: str = DEMO_ACCOUNT) -> int:
        """Give an account the first `count` numbers of an exchange, as if it had long had them; return how many it has."""
        with self.lock:
            account = self.carrier.accounts[accountno]
            trunk_id = next(iter(account.trunks))
            since = self.now().strftime("%Y-%m-%d %H:%M:%S")
            for line in range(min(int(count), 10_000)):
                number = f"{npa_nxx}{line:04}"
                account.numbers[number] = Owned(number, trunk_id, 95, "Unmetered", "New", "", since)
        self.changed()
        return len(account.numbers)

    # Life.

    def stop(self) -> None:
        super().stop()
        if self._scratch:
            self._scratch.cleanup()
            self._scratch = None

    def seed_state(self) -> None:
        self.carrier = self._empty_carrier()
        seed_accounts(self.carrier, self.now())

    def dump_state(self) -> Any:
        return self.carrier.dump()

    def load_state(self, data: Any) -> None:
        self.carrier = self._empty_carrier()
        self.carrier.load(data)

    def describe(self) -> dict:
        return {
            "url": self.url,
            "credentials": self.credentials,
            "other_credentials": self.other_credentials,
            "faults_url": self.faults_url,
        }

    def show_state(self, params: Mapping[str, str]) -> Any:
        shown = {no: _account_view(account) for no, account in self.carrier.accounts.items()}
        return {**shown[params.get("accountno", DEMO_ACCOUNT)], "stock": self.stock.free(), "accounts": shown}

    def _empty_carrier(self) -> Carrier:
        return Carrier(Stock(self._exchanges, self.seed), self.seed, self._uploads())

    def _uploads(self) -> Path:
        if self.state_dir:
            return self.state_dir / "carrier-uploads"
        self._scratch = self._scratch or tempfile.TemporaryDirectory(prefix="carrier-")
        return Path(self._scratch.name)

    # Answering.

    def rules(self) -> list[Rule]:
        operations = [
            Rule(f"/{operation.name}", endpoint=operation.name, methods=operation.methods) for operation in OPERATIONS.values()
        ]
        return operations + [Rule(path, endpoint="download", methods=["GET"]) for path in files.PATHS]

    def carry_out(self, call: Call) -> Reply:
        if call.operation == "download":
            return self._download(call)
        params = Params(call.params)
        operation = OPERATIONS[call.operation]
        with self.lock:
            try:
                context = self._context(call, params, self._sign_in(params))
                lnp.settle(context.account, context.now, self.lnp_step)
                fields = operation.run(context)
            except Refused as refused:
                return refusal(refused, call.faults)
            reply = success(fields, call.faults)
        if operation.writes:
            self.changed()
        return reply

    def _sign_in(self, params: Params) -> Account:
        """What the carrier says to a wrong token is not known; 401 it is here, in HTTP and in the body."""
        accountno = params.get("accountno", "")
        if accountno not in self._tokens or params.get("token") != self._tokens[accountno]:
            raise Refused(text="Invalid token", status=401)
        return self.carrier.accounts[accountno]

    def _context(self, call: Call, params: Params, account: Account) -> Context:
        return Context(self.carrier, account, params, call.files, call.faults, call.root, self.now())

    def _download(self, call: Call) -> Reply:
        """Links are plain: whoever knows one gets the file."""
        with self.lock:
            accounts = list(self.carrier.accounts.values())
            contexts = [self._context(call, Params(), account) for account in accounts]
            return files.find(contexts, call.path)

    def _credentials_of(self, accountno: str) -> dict[str, str]:
        return {"token": self._tokens[accountno], "accountno": accountno}

    # Control pages.

    def _set_balance(self, data: dict) -> dict:
        accountno = str(data.get("accountno", DEMO_ACCOUNT))
        try:
            self.set_balance(str(data["balance"]), accountno)
        except (ArithmeticError, KeyError):
            raise ValueError('{"balance": "12.34"} is wanted, with the accountno of a known account') from None
        return {"accountno": accountno, "balance": money(self.carrier.accounts[accountno].balance_cents)}

    def _advance(self, data: dict) -> dict:
        wanted = {name: str(data.get(name, "")) for name in ("orderno", "status", "foc")}
        return {"orders": self.advance_ports(**wanted, steps=int(data.get("steps", 1)))}

    def _add_stock(self, data: dict) -> dict:
        self.add_stock(**{name: data.get(name, "") for name in ("npa_nxx", "state", "rate_center", "count")})
        return {"stock": self.stock.free()}

    def _own(self, data: dict) -> dict:
        return {"numbers": self.own(str(data["npa_nxx"]), data["count"])}


def _account_view(account: Account) -> dict[str, Any]:
    """One account for /_sandbox/state."""
    rows = [*account.orders.values(), *account.port_orders.values()]
    debits = [{"amount": money(d.debit), "date": d.date, "orderno": d.reference} for d in account.debits]
    return {
        "accountno": account.accountno,
        "balance": money(account.balance_cents),
        "reserve_id": account.reserve_id,
        "cart": account.cart,
        "orders": [_order_view(order) for order in rows],
        "numbers": len(account.numbers),
        "debits": debits,
    }


def _order_view(order: Order) -> dict[str, Any]:
    return {
        "orderno": order.orderno,
        "type": order.order_type,
        "status": order.status,
        "amount": money(order.amount),
        "numbers": order.numbers,
    }
