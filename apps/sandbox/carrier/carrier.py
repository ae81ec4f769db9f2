"""The carrier's whole state: its stock and its accounts."""

from dataclasses import astuple
from pathlib import Path
from typing import Any

from .accounts import Account
from .stock import Exchange, Stock


class Carrier:
    """Not locked: the sandbox's lock is around every use."""

    def __init__(self, stock: Stock, seed: int, uploads: Path) -> None:
        self.stock = stock
        self.seed = seed
        self.uploads = uploads
        self.accounts: dict[str, Account] = {}
        self._added: dict[str, Exchange] = {}
        self._next_id = 700_100

    def new_id(self) -> str:
        """A number never given out before, for carts, orders, trunk groups, payments."""
        self._next_id += 1
        return str(self._next_id)

    def add(self, account: Account) -> Account:
        self.accounts[account.accountno] = account
        for number in account.held():
            self.stock.take(number)
        return account

    def add_exchange(self, exchange: Exchange) -> None:
        """Put an exchange on sale, less what accounts hold of it."""
        self._added[exchange.npa_nxx] = exchange
        self.stock.add(exchange)
        for account in self.accounts.values():
            for number in account.held():
                self.stock.take(number)

    def owner_of(self, number: str) -> Account | None:
        return next((account for account in self.accounts.values() if number in account.numbers), None)

    def dump(self) -> dict[str, Any]:
        """What differs from the seed. The stock does not: the accounts say which numbers are gone."""
        return {
            "next_id": self._next_id,
            "added": [astuple(exchange) for exchange in self._added.values()],
            "accounts": [account.dump() for account in self.accounts.values()],
        }

    def load(self, data: dict[str, Any]) -> None:
        """Replace the accounts. The stock is to be fresh."""
        self._next_id = data["next_id"]
        self.accounts = {}
        for row in data["added"]:
            self.add_exchange(Exchange(*row))
        for account in data["accounts"]:
            self.add(Account.load(account))
