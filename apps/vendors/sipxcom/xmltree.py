"""XML in and out: replies read with DTDs and entities refused, requests built, both to and from plain values."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from apps.vendors.core.errors import UnreadableReply

DEEPEST = 40  # the deepest documented reply has seven levels; a hostile one would exhaust the stack


def parse(text: str) -> Element:
    """Return the root of an XML text; UnreadableReply for a broken one, a DTD or an entity."""
    try:
        return fromstring(text.lstrip("\ufeff \r\n\t"), forbid_dtd=True)
    except ParseError as error:
        raise UnreadableReply("The answer breaks off or is not XML.", code="xml") from error
    except DefusedXmlException as error:
        raise UnreadableReply("The answer declares XML entities or a DTD, and was not read.", code="xml_entities") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableReply("The answer is not readable XML.", code="xml") from error


def plain(element: Element, lists: frozenset[str], depth: int = 0) -> Any:
    """Return an element as text, as an object by its children's names, or as a list where its name is in `lists`.

    An empty element is "" (or [] in `lists`); attributes count as children; a child that comes twice makes a list.
    """
    if depth > DEEPEST:
        raise UnreadableReply("The answer's XML is nested too deeply.", code="xml")
    if depth and element.tag in lists:
        return [plain(child, lists, depth + 1) for child in element]
    if not len(element) and not element.attrib:
        return (element.text or "").strip()
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        value = plain(child, lists, depth + 1)
        if child.tag in found:
            held = found[child.tag]
            found[child.tag] = [*held, value] if isinstance(held, list) else [held, value]
        else:
            found[child.tag] = value
    return found


def build(tag: str, value: Any, items: Mapping[str, str]) -> bytes:
    """Return plain values as an XML document; `items` names the element of each list by the list's own name."""
    root = Element(tag)
    _fill(root, value, items)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _fill(element: Element, value: Any, items: Mapping[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            _fill(SubElement(element, name), part, items)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _fill(SubElement(element, items[element.tag]), part, items)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)
