"""One record an operation: what the vendor documents, declared once. Validation, request, forms and masking follow from it."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from apps.vendors.core.errors import InvalidParameters
from apps.vendors.core.params import Param
from apps.vendors.core.redact import Hidden, mask_names
from apps.vendors.core.replies import Shape

Rule = Callable[[Mapping[str, Any]], Mapping[str, str]]


class Effect(StrEnum):
    """What a call does to the world; declared, never inferred from the HTTP verb."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    PURCHASE = "purchase"
    LIVE = "live"  # acts on a call in progress

    @property
    def needs_confirmation(self) -> bool:
        return self in {Effect.DESTRUCTIVE, Effect.PURCHASE}


class Checked(StrEnum):
    """How far a record was checked."""

    DOCUMENT = "document"  # against the vendor's document
    SOURCE = "source"  # against the source of the vendor's server
    FIELD = "field"  # seen in a recording or a client of the real system
    LIVE = "live"  # run against the real system


@dataclass(frozen=True)
class Operation:
    """A vendor operation.

    `name` is ours (area.thing.verb) and stable: audit entries, permissions and fixtures hang on it. `wire` is whatever the
    vendor's codec understands (verb, path or action, fixed parameters). `repeatable`: may a write be sent twice without harm?
    `outcome_from` names the read that settles an unknown outcome, or is "" when none exists. `needs_option` names the
    connection's yes/no option that the installation's owner must turn on first. `not_callable` gives the reason why a
    documented operation cannot be called from here. `hidden`: fields that are secret by what stands beside them. `owner` is the
    field of each row that names its customer, where the vendor lists everybody's.
    """

    name: str
    title: str
    area: str
    effect: Effect
    wire: Any
    returns: Shape
    source: str
    documented_as: tuple[str, ...]
    params: tuple[Param, ...] = ()
    rules: tuple[Rule, ...] = ()
    repeatable: bool = False
    outcome_from: str = ""
    slow: bool = False
    timeout: float | None = None
    max_bytes: int = 32 * 1024 * 1024
    checked: Checked = Checked.DOCUMENT
    needs_option: str = ""
    not_callable: str = ""
    hidden: Hidden | None = None
    owner: str = ""
    vendor: str = field(default="", compare=False)

    @property
    def may_repeat(self) -> bool:
        """Whether the transport may send it again after a failure."""
        return self.effect is Effect.READ or (self.effect is Effect.WRITE and self.repeatable)

    @cached_property
    def _accepted(self) -> dict[str, Param]:
        also = {name: param for param in self.params for name in param.also}
        return also | {param.wire: param for param in self.params} | {param.name: param for param in self.params}

    @cached_property
    def secret_names(self) -> frozenset[str]:
        """Names, lower case, of secret parameters (ours and the vendor's) and of secret fields of the reply."""
        named = {name.lower() for param in self.params if param.secret for name in (param.name, param.wire, *param.also)}
        return frozenset(named | {name.lower() for name in self.returns.secrets})

    def mask(self, result: Any) -> Any:
        """Return a result or parameters with declared secrets masked, for showing."""
        return mask_names(result, self.secret_names, self.hidden) if self.secret_names or self.hidden else result

    def validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return cleaned values by parameter name, or raise InvalidParameters with every fault at once.

        Parameters may be given by our name or the vendor's. None and "" count as not given.
        """
        cleaned: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, value in given.items():
            param = self._accepted.get(name)
            if param is None:
                faults[name] = self._unknown(name)
            elif value is None or value == "" or value == []:
                continue
            elif param.name in cleaned:
                faults[param.name] = f"given twice, as {param.name} and as {param.wire}"
            else:
                try:
                    cleaned[param.name] = param.cleaned(value)
                except ValueError as error:
                    faults[param.name] = str(error)
        for param in self.params:
            if param.name in cleaned or param.name in faults:
                continue
            if param.default is not None:
                cleaned[param.name] = param.default
            elif param.required:
                faults[param.name] = "is required"
        for rule in self.rules:
            for name, fault in rule(cleaned).items():
                faults.setdefault(name, fault)
        if faults:
            raise InvalidParameters(faults, vendor=self.vendor, operation=self.name)
        return cleaned

    def _unknown(self, name: str) -> str:
        near = difflib.get_close_matches(name, [param.name for param in self.params], n=1)
        if near:
            return f"no such parameter; did you mean {near[0]}?"
        known = ", ".join(param.name for param in self.params) or "none"
        return f"no such parameter; this operation takes: {known}"

    def describe(self) -> dict[str, Any]:
        """Return the record's JSON form (design: `manage.py vendor operations`)."""
        record: dict[str, Any] = {
            "vendor": self.vendor,
            "name": self.name,
            "documented_as": list(self.documented_as),
            "title": self.title,
            "area": self.area,
            "effect": self.effect.value,
            "repeatable": self.may_repeat,
            "parameters": [param.describe() for param in self.params],
            "source": self.source,
            "checked": self.checked.value,
        }
        if self.not_callable:
            record["not_callable"] = self.not_callable
        return record


def required_when(name: str, other: str, *accepted: Any) -> Rule:
    """`name` is required when `other` has one of the `accepted` values (any value when none is listed)."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        applies = other in cleaned and (not accepted or cleaned[other] in accepted)
        if applies and name not in cleaned:
            return {name: f"is required when {other} is {' or '.join(map(str, accepted)) if accepted else 'given'}"}
        return {}

    return rule


def one_of(*names: str) -> Rule:
    """At least one of `names` must be given."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        if any(name in cleaned for name in names):
            return {}
        return dict.fromkeys(names, f"give {' or '.join(names)}")

    return rule


def exclusive(*names: str) -> Rule:
    """At most one of `names` may be given."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        given = [name for name in names if name in cleaned]
        return dict.fromkeys(given[1:], f"cannot be given together with {given[0]}") if len(given) > 1 else {}

    return rule


def together(*names: str) -> Rule:
    """All of `names` or none of them."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        given = [name for name in names if name in cleaned]
        if not given or len(given) == len(names):
            return {}
        return {name: f"is required together with {given[0]}" for name in names if name not in cleaned}

    return rule


def in_order(first: str, last: str) -> Rule:
    """`first` may not lie after `last`."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        if first in cleaned and last in cleaned and cleaned[first] > cleaned[last]:
            return {last: f"must not lie before {first}"}
        return {}

    return rule


def equal_length(*names: str) -> Rule:
    """Lists given in `names` must have the same number of items."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        given = [name for name in names if name in cleaned]
        sizes = {name: len(cleaned[name]) for name in given}
        if len(set(sizes.values())) <= 1:
            return {}
        return dict.fromkeys(given, "must have as many items as " + " and ".join(names))

    return rule


def by_name(vendor: str, operations: Iterable[Operation]) -> dict[str, Operation]:
    """Return operations by name, in the order given; a name used twice is a programming error."""
    named: dict[str, Operation] = {}
    for operation in operations:
        if operation.name in named:
            raise ValueError(f"{vendor}: two operations are called {operation.name}")
        object.__setattr__(operation, "vendor", vendor)
        named[operation.name] = operation
    return named
