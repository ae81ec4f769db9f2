"""Bodies: one plain structure is written as XML and as JSON, in the ways of either server, and both are read as elements."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from .routes import Context, failed

XML, JSON, PLAIN = "text/xml", "application/json", "text/plain"
_XSTREAM = "com.thoughtworks.xstream"


@dataclass
class Listed:
    """A list whose elements have a name in XML; JSON shows them bare."""

    item: str
    rows: list[Any]


class Entries(dict[str, str]):
    """A map as JAXB writes it: `<entry><key/><value/></entry>`."""


# Writing.


def scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def xml(root: str, data: Any, *, head: str = "", capitals: bool = False) -> bytes:
    """XML of a structure; `capitals` is JAXB's way here: elements that hold others begin with a capital. None is left out."""
    element = Element(root)
    _fill(element, data, capitals)
    return head.encode() + tostring(element, encoding="utf-8")


def _fill(element: Element, data: Any, capitals: bool) -> None:
    if isinstance(data, Entries):
        for key, value in data.items():
            entry = SubElement(element, "entry")
            SubElement(entry, "key").text, SubElement(entry, "value").text = key, value
    elif isinstance(data, dict):
        for name, value in data.items():
            if value is not None:
                nested = capitals and isinstance(value, (dict, Listed)) and not isinstance(value, Entries)
                _fill(SubElement(element, name[0].upper() + name[1:] if nested else name), value, capitals)
    elif isinstance(data, Listed):
        for row in data.rows:
            _fill(SubElement(element, data.item), row, capitals)
    else:
        element.text = scalar(data)


def plain(data: Any, *, nulls: bool) -> Any:
    """What `json` can write of a structure; without `nulls`, None is left out."""
    if isinstance(data, dict):
        return {name: plain(value, nulls=nulls) for name, value in data.items() if nulls or value is not None}
    if isinstance(data, Listed):
        return [plain(row, nulls=nulls) for row in data.rows]
    return data


# Reading.


def rest_body(ctx: Context, *roots: str) -> Element:
    """The body of a /rest request as elements: JSON when it is called so, XML in every other case.

    Raises a failure for what cannot be read and for another root than those.
    """
    if ctx.mimetype in (JSON, "*/*"):
        try:
            data = json.loads(ctx.text)
        except ValueError as error:
            raise failed(f"{_XSTREAM}.io.StreamException", f" : {error}") from None
        if not isinstance(data, dict) or len(data) != 1:
            raise failed(f"{_XSTREAM}.io.StreamException", " : JSONObject text must hold one element")
        ((name, value),) = data.items()
        root = Element(name)
        _from_json(root, value)
    else:
        root = parsed(ctx.text)
    if root.tag not in roots:
        raise failed(f"{_XSTREAM}.mapper.CannotResolveClassException", f"{root.tag} : {root.tag}")
    return root


def parsed(text: str) -> Element:
    """The root of an XML text; a failure for a broken one and for any DTD."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise failed(f"{_XSTREAM}.io.StreamException", f' : "{error}"\n\tat line 1') from None
    return root


def _from_json(element: Element, value: Any) -> None:
    """Jettison's mapping: a name is an element, a list is the same element several times."""
    if isinstance(value, dict):
        for name, part in value.items():
            for each in part if isinstance(part, list) else [part]:
                if each is not None:
                    _from_json(SubElement(element, name.removeprefix("@")), each)
    elif isinstance(value, list):
        # A list without the name of its element, as output has it: XStream finds no class of that name.
        raise failed(f"{_XSTREAM}.converters.ConversionException", f"{element.tag}\n---- Debugging information ----")
    elif value is not None:
        element.text = scalar(value)


def only(element: Element, *known: str) -> None:
    """Fail on elements the class has no field for."""
    for child in element:
        if child.tag not in known:
            raise failed(
                f"{_XSTREAM}.converters.ConversionException",
                f"No such field {child.tag}\n---- Debugging information ----\nline number : 1",
            )


def text_of(element: Element, name: str) -> str | None:
    """The text of a child; "" when it is empty, None when it is not there."""
    child = element.find(name)
    return None if child is None else (child.text or "").strip()


def children(element: Element, name: str) -> Iterator[Element]:
    """The elements within the child of that name."""
    child = element.find(name)
    yield from () if child is None else child


def as_int(value: str | None, default: int | None = None) -> int:
    """A whole number as Java reads it; a failure for anything else."""
    try:
        return int(value if value else default)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise failed("java.lang.NumberFormatException", f'For input string: "{value}"') from None
