"""A client for one journey: reads only, each at most once, within so many calls and so much time."""

import json
import time
from collections.abc import Mapping
from copy import copy
from typing import Any

from apps.vendors.core.client import Client
from apps.vendors.core.errors import VendorError
from apps.vendors.core.operation import Effect


class Spent(Exception):
    """The time or the calls of this journey are used up; the message is meant for the screen."""


class Budget:
    """What one system may be asked for one journey."""

    def __init__(self, *, seconds: float, calls: int) -> None:
        self._until = time.monotonic() + seconds
        self._calls = calls

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._until - time.monotonic()

    def spend(self) -> float:
        """Count one call and return the seconds it may take. Raises Spent."""
        if self.left <= 0:
            raise Spent("Not read in time: it answers too slowly.")
        if self._calls <= 0:
            raise Spent("Not followed further: this took as many calls as one journey may.")
        self._calls -= 1
        return self.left


class Asked:
    """`client` is the client to hand to doors; what it was asked is remembered, and told by `titles`."""

    def __init__(self, client: Client, budget: Budget) -> None:
        self.client = copy(client)
        self.client.call = self._call  # type: ignore[method-assign]
        self._plain = client
        self._budget = budget
        self._known: dict[str, Any] = {}
        self._titles: list[str] = []

    @property
    def place(self) -> int:
        """How many questions there were until now; see `titles`."""
        return len(self._titles)

    def titles(self, since: int) -> tuple[str, ...]:
        """Return what was asked since `place` was so many, by title, each once."""
        return tuple(dict.fromkeys(self._titles[since:]))

    def _call(self, name: str, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        operation = self._plain.operation(name)
        if operation.effect is not Effect.READ:
            raise ValueError(f"{name} is no read")
        self._titles.append(operation.title.partition(". ")[0])
        key = json.dumps([name, params or {}], sort_keys=True, default=str)
        if key not in self._known:
            self._known[key] = self._answer(name, params)
        answer = self._known[key]
        if isinstance(answer, VendorError):
            raise answer
        return answer

    def _answer(self, name: str, params: Mapping[str, Any] | None) -> Any:
        usual = self._plain.operation(name).timeout or self._plain.endpoint.read_timeout
        try:
            return self._plain.call(name, params, timeout=min(usual, self._budget.spend()))
        except VendorError as error:
            return error
