"""Calling a vendor-neutral door by name, with parameters given as text: what `vendor capability` does."""

import inspect
import json
import mimetypes
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from apps.vendors.core import values
from apps.vendors.core.client import Client, Confirmation
from apps.vendors.core.errors import InvalidParameters, Unsupported
from apps.vendors.core.params import Upload


def call_door(client: Client, capability: str, method: str, given: Mapping[str, Any], confirmation: Confirmation) -> Any:
    """Call `method` of a capability ("NumberMarket" or "number_market") and return its typed result.

    `given` holds texts, or lists of them; fields of a parameter that is a record (a StockQuery) are given by
    their own names. Raises Unsupported or InvalidParameters before anything is sent, else what the call does.
    """
    protocol, function = _method(client, capability, method)
    arguments = _arguments(function, given, confirmation)
    return getattr(client.capability(protocol), method)(**arguments)


def parameters_of(client: Client, capability: str, method: str) -> list[str]:
    """Return the names of the parameters of a door's method; raises Unsupported as `call_door` does."""
    return list(inspect.signature(_method(client, capability, method)[1]).parameters)[1:]


def _method(client: Client, capability: str, method: str) -> tuple[type, Any]:
    protocol = _capability(client, capability)
    function = getattr(protocol, method, None) if not method.startswith("_") else None
    if not inspect.isfunction(function):
        names = ", ".join(name for name, _ in inspect.getmembers(protocol, inspect.isfunction) if name[0] != "_")
        raise Unsupported(f"{protocol.__name__} has no method {method}; it has: {names}.", vendor=client.vendor.key)
    return protocol, function


def _capability(client: Client, name: str) -> type:
    wanted = name.replace("_", "").lower()
    for capability in client.vendor.capabilities:
        if capability.__name__.lower() == wanted:
            return capability
    offered = ", ".join(capability.__name__ for capability in client.vendor.capabilities) or "none"
    raise Unsupported(f"{client.vendor.title} does not offer {name}; it offers: {offered}.", vendor=client.vendor.key)


def _arguments(function: Any, given: Mapping[str, Any], confirmation: Confirmation) -> dict[str, Any]:
    """Return keyword arguments, coerced by the type hints; InvalidParameters has every fault at once."""
    hints = get_type_hints(function)
    left, faults, arguments = dict(given), {}, {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        kind = _without_none(hints.get(name, str))
        if kind is Confirmation:
            arguments[name] = confirmation
            continue
        required = parameter.default is inspect.Parameter.empty
        value = _take(left, name, kind, hints, required=required)
        try:
            if value is not None:
                arguments[name] = _coerced(value, kind)
            elif required:
                faults[name] = "is required"
        except InvalidParameters as error:
            faults |= error.fields
        except ValueError as error:
            faults[name] = str(error)
    accepted = ", ".join(_accepted(function, hints)) or "none"
    faults |= dict.fromkeys(left, f"no such parameter; it takes: {accepted}")
    if faults:
        raise InvalidParameters(faults)
    return arguments


def _take(left: dict[str, Any], name: str, kind: Any, hints: Mapping[str, Any], *, required: bool) -> Any:
    """Take one parameter's value out of `left`; a record's is gathered from its fields' names."""
    if name in left or not _is_record(kind):
        return left.pop(name, None)
    # A name that is a parameter of its own (reserve's `number`) does not mean the record's field.
    own = [field.name for field in fields(kind) if field.name in left and field.name not in hints]
    return {field: left.pop(field) for field in own} or ({} if required else None)


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind) and kind not in {Confirmation, Upload}


def _accepted(function: Any, hints: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for name in list(inspect.signature(function).parameters)[1:]:
        kind = _without_none(hints.get(name, str))
        if _is_record(kind):
            names += [field.name for field in fields(kind)]
        elif kind is not Confirmation:
            names.append(name)
    return names


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in {Union, types.UnionType}:
        kinds = [inner for inner in get_args(kind) if inner is not type(None)]
        return kinds[0] if len(kinds) == 1 else kind
    return kind


def _coerced(value: Any, kind: Any) -> Any:
    """Return text as `kind`; ValueError says what is accepted."""
    kind = _without_none(kind)
    origin = get_origin(kind)
    if _is_record(kind):
        return _record(value, kind)
    if origin is Literal:
        if value not in get_args(kind):
            raise ValueError(f"choose one of: {', '.join(map(str, get_args(kind)))}")
        return value
    if origin in {list, tuple, set, frozenset} or getattr(origin, "__name__", "") in {"Sequence", "Iterable"}:
        parts = value.split(",") if isinstance(value, str) else value
        inner = next(iter(get_args(kind)), str)
        collected = [_coerced(part.strip() if isinstance(part, str) else part, inner) for part in parts]
        return collected if origin is list else tuple(collected)
    return _scalar(value, kind)


def _scalar(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        raise ValueError("give it once")
    if kind is dict or get_origin(kind) is dict:
        return _object(value)
    if kind is Upload:
        return _upload(value)
    if kind is bool:
        return values.to_bool(value)
    if kind is int:
        try:
            return int(value)
        except ValueError:
            raise ValueError("give a whole number") from None
    if kind is Decimal:
        return values.to_decimal(value)
    if kind is datetime:
        return values.to_moment(value)
    if kind is date:
        return values.to_day(value)
    return str(value)


def _object(value: Any) -> dict[str, Any]:
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ValueError('give a JSON object, like {"title": "…"}')
    return value


def _upload(path: str) -> Upload:
    try:
        content = Path(path).read_bytes()
    except OSError:
        raise ValueError("give the path of a file that can be read") from None
    return Upload(Path(path).name, content, mimetypes.guess_type(path)[0] or "application/octet-stream")


def _record(value: Any, kind: Any) -> Any:
    """Return a dataclass from its fields, or from a JSON object in text."""
    value = _object(value)
    hints = get_type_hints(kind)
    faults, made = {}, {}
    for name in value:
        if name not in hints:
            faults[name] = f"no such field; {kind.__name__} has: {', '.join(hints)}"
    for field in fields(kind):
        if field.name in value:
            try:
                made[field.name] = _coerced(value[field.name], hints[field.name])
            except ValueError as error:
                faults[field.name] = str(error)
        elif field.default is MISSING and field.default_factory is MISSING:
            faults[field.name] = "is required"
    if faults:
        raise InvalidParameters(faults)
    return kind(**made)
