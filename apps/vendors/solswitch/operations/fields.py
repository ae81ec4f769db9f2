"""What SolSwitch's records share: the form of a record, its kinds of parameters, its times."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.vendors.core import params, replies, values
from apps.vendors.core.operation import Effect, Operation, Rule
from apps.vendors.core.params import Param
from apps.vendors.core.replies import Convert, Reading, Shape
from apps.vendors.solswitch.codec import SWITCH_TIME, Decode, Wire

# Route types by id, as the document's last table has them; others are kept as they come.
ROUTE_TYPES = {
    "1": "queue", "2": "fax_to_email", "3": "voicemail", "4": "virtual_extension", "5": "ring_group", "6": "ivr",
    "7": "extension", "8": "recording", "9": "meet_me", "10": "page_group", "11": "route_group", "12": "follow_me",
    "13": "parking_lot", "14": "voip_line", "15": "trunk", "16": "queue_callback", "17": "time_rule", "18": "sol_cast",
    "19": "notify_queue", "20": "scheduled_routing", "21": "fax_switch", "22": "digit_validation", "23": "hold",
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def record(
    name: str,
    function: str,
    title: str,
    effect: Effect,
    *parameters: Param,
    area: str,
    source: str,
    returns: Shape,
    decode: Decode | None = None,
    rules: tuple[Rule, ...] = (),
    repeatable: bool = False,
    outcome_from: str = "",
    slow: bool = False,
    **more: Any,
) -> Operation:
    """One documented function; it is called at /api/<function>/ and documented under that name."""
    return Operation(
        name, title, area, effect, Wire(function, decode), returns, f"solswitch: {source}", (function,), parameters,
        rules=rules, repeatable=repeatable, outcome_from=outcome_from, slow=slow, **more,
    )  # fmt: skip


def identifier(name: str, wire: str = "ID", **options: Any) -> Param:
    """An id of the switch: a positive number, kept as text."""
    return params.text(name, pattern=r"[1-9]\d*", hint="give the id, a positive whole number", wire=wire, **options)


def customer(wire: str = "Customer") -> Param:
    """The customer a call acts on. The switch would take customer 1, somebody's real account, so we insist on it."""
    return identifier(
        "customer", wire, required=True, customer=True, help="Id of the customer (CustID), not its customer number."
    )


def extension(**options: Any) -> Param:
    return params.code("extension", "3-5", wire="Extension", **options)


def dialled(name: str, wire: str, **options: Any) -> Param:
    """A number or extension to dial: digits only."""
    return params.text(name, pattern=r"\d{2,20}", hint="give digits only, like 12065550100", wire=wire, **options)


def flag(name: str, wire: str, help: str = "", default: str = "", **options: Any) -> Param:
    """Yes or no, 1 or 0; `default` is what the switch takes when it is left out."""
    told = " ".join(part for part in (help, f"The switch takes {default} when left out." if default else "") if part)
    return params.boolean(name, wire=wire, help=told, **options)


def table(name: str, wire: str, **options: Any) -> Param:
    """An object of names and values, given as one or as JSON; it may hold credentials, so it is never shown."""

    def clean(value: Any) -> dict[str, Any]:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, Mapping):
            raise ValueError('give a JSON object, like {"name": "value"}')
        return dict(found)

    return Param(name, "text", clean, encode=dict, wire=wire, secret=True, **options)


def switch_time(name: str, wire: str, **options: Any) -> Param:
    """A day, or a moment: with a zone it is sent in the switch's, without one it is the switch's own time."""

    def clean(value: Any) -> str | datetime:
        if not isinstance(value, datetime):
            text = str(value).strip()
            if _DAY.fullmatch(text):
                return values.to_day(text).isoformat()
            value = datetime.fromisoformat(text) if text else None
        if value is None:
            raise ValueError("give a day, like 2026-03-31, or a day and a time")
        return value if value.tzinfo else value.strftime(SWITCH_TIME)

    def told(value: Any) -> str | datetime:
        try:
            return clean(value)
        except ValueError:
            raise ValueError("give a day, like 2026-03-31, or a day and a time, like 2026-03-31 14:30:00") from None

    help = "A day, or a day and a time in the switch's zone."
    return Param(name, "datetime", told, encode=lambda value: value, wire=wire, help=help, **options)


def in_time_order(first: str, last: str) -> Rule:
    """`first` may not lie after `last`, where both are of one kind."""

    def rule(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
        low, high = cleaned.get(first), cleaned.get(last)
        if isinstance(low, str) and isinstance(high, str):
            wrong = low[: len(high)] > high  # a day alone means the whole of it
        else:
            wrong = isinstance(low, datetime) and isinstance(high, datetime) and low > high
        return {last: f"must not lie before {first}"} if wrong else {}

    return rule


def optional(parameters: Iterable[Param]) -> tuple[Param, ...]:
    """The same parameters for an edit, where none is required; a customer named there moves a thing, it limits nothing."""
    return tuple(replace(param, required=False, customer=False) for param in parameters)


def moment(value: Any, reading: Reading) -> datetime | None:
    """A time in the switch's zone; a dash between day and time was seen in the document."""
    text = str(value or "").strip()
    return values.to_moment(re.sub(r"^(\d{4}-\d{2}-\d{2})-", r"\1 ", text), reading.zone) if text else None


def route_type(value: Any, _: Reading) -> str:
    """A route type by its word; an id that the document does not list stays."""
    return ROUTE_TYPES.get(str(value).strip(), str(value).strip())


text: Convert = replies.text
VIEW = (
    identifier("id", help="Only this one, in full."),
    params.choice(
        "view_type", {"Full": "Full", "Partial": "Partial"}, wire="ViewType", help="How much is told; Partial when left out."
    ),
)
