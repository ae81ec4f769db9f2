"""Beans of /api: read strictly from JSON or XML, written as either, and the refusals that go with them."""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from apps.sandbox.core import Reply
from apps.sandbox.sipxcom.routes import Context, Refused, failed
from apps.sandbox.sipxcom.system import Row
from apps.sandbox.sipxcom.trees import JSON, PLAIN, XML, Listed, parsed, plain, xml

STANDALONE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# A field's kind: a scalar type, another bean, or a list of either.
Bean = Mapping[str, Any]


def wanted(ctx: Context) -> str:
    """The type of the answer, by the ending of the address or by what is accepted."""
    ending = ctx.call.target.partition("?")[0].rpartition(".")[2]
    return {"json": JSON, "xml": XML}.get(ending) or ctx.accepted(JSON, XML, "application/xml")


def shown(ctx: Context, root: str, data: Any) -> Reply:
    """One bean: bare in JSON, under its root in XML."""
    kind = wanted(ctx)
    if kind == JSON:
        return Reply(json.dumps(plain(data, nulls=True), ensure_ascii=False).encode(), 200, JSON)
    return Reply(xml(root, data, head=STANDALONE, capitals=True), 200, kind)


def listed(ctx: Context, root: str, item: str, rows: list[Row]) -> Reply:
    """A list in its wrapper: `{"phones":[…]}`, or `<Phones>` of `<Phone>`."""
    name = root[0].lower() + root[1:]
    if wanted(ctx) == JSON:
        return Reply(json.dumps({name: plain(Listed(item, rows), nulls=True)}, ensure_ascii=False).encode(), 200, JSON)
    return shown(ctx, root, Listed(item, rows))


def done(ref: object = "") -> Reply:
    """200 with an id as the whole body, or nothing."""
    return Reply(str(ref).encode(), 200, JSON)


def text(words: str) -> Reply:
    return Reply(words.encode(), 200, f"{PLAIN};charset=UTF-8")


def missing(words: str = "") -> Refused:
    return Refused(404, words)


def plain_text(ctx: Context) -> str:
    """The body of a request that must be text/plain. Raises 415."""
    if ctx.mimetype != PLAIN:
        raise Refused(415)
    return ctx.text


def given(ctx: Context, bean: Bean) -> Row:
    """The bean that was sent, with None for what was left out. Raises 415, and failures for what it has no field for."""
    if ctx.mimetype == JSON:
        try:
            data = json.loads(ctx.text)
        except ValueError as error:
            raise failed("org.codehaus.jackson.JsonParseException", f"{error}\n at [Source: line: 1]") from None
    elif ctx.mimetype in (XML, "application/xml"):
        data = _from_xml(parsed(ctx.text), bean)
    else:
        raise Refused(415)
    return _read(data, bean)


def _read(data: Any, bean: Bean) -> Row:
    if not isinstance(data, dict):
        raise failed("org.codehaus.jackson.map.JsonMappingException", "Can not deserialize instance out of this token")
    for name in data:
        if name not in bean and not bean.get("*"):
            raise failed("org.codehaus.jackson.map.exc.UnrecognizedPropertyException", f'Unrecognized field "{name}"')
    return {name: _value(data.get(name), kind) for name, kind in bean.items() if name != "*"}


def _value(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise failed("org.codehaus.jackson.map.JsonMappingException", "Can not deserialize instance of java.util.ArrayList")
        return [_value(each, kind[0]) for each in value]
    if isinstance(kind, Mapping):
        return _read(value, kind)
    if kind is bool:
        return value if isinstance(value, bool) else str(value).strip().lower() == "true"
    if kind is int:
        try:
            return int(value)
        except (TypeError, ValueError):
            raise failed("org.codehaus.jackson.map.JsonMappingException", f"Can not construct int from {value!r}") from None
    return str(value)


def _from_xml(element: Element, bean: Bean) -> Row:
    """Elements by name, a first capital made small; the elements of a list are whatever stands in it."""
    data: Row = {}
    for child in element:
        name = child.tag[0].lower() + child.tag[1:]
        kind = bean.get(name)
        if isinstance(kind, list):
            data[name] = [_from_xml(each, kind[0]) if isinstance(kind[0], Mapping) else each.text or "" for each in child]
        elif isinstance(kind, Mapping):
            data[name] = _from_xml(child, kind)
        elif kind is not None:
            data[name] = (child.text or "").strip()
    return data
