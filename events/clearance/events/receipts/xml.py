"""Bytes → an XML tree, with every guard in one place: nothing that could cost more than it says is ever parsed.

A DTD (and with it every entity, internal or external) is refused on the bytes, before the parser sees them; so are
sizes, numbers of elements and encodings that no customs message has. Depth is bounded by libxml2 (256 levels).
"""

from typing import NamedTuple, cast

from lxml import etree

from clearance.events.receipts.encodings import MARK, encodings, is_wide
from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage

MAX_BYTES = 1 << 20
MAX_TAGS = 80_000
"""Opening and closing ones. A declaration may hold 50 lines of some 100 elements; a rejection that lists an error of
two values 10,000 times is read too."""


def _parser(encoding: str) -> etree.XMLParser[Element]:
    """A parser that reads one encoding, whatever the document declares, and nothing but elements and text."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


PARSERS = {"UTF-8": _parser("UTF-8"), "GB18030": _parser("GB18030")}


def guard(data: bytes) -> None:
    """Refuse what must not be parsed. Raises `InvalidMessage`."""
    if len(data) > MAX_BYTES:
        raise InvalidMessage(f"the message has {len(data):,} bytes; at most {MAX_BYTES:,} are taken")
    if b"<!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise InvalidMessage("the message holds a DTD or an entity; customs messages have none, and it is not read")
    if data.count(b"<") > MAX_TAGS:
        raise InvalidMessage(f"the message has more than {MAX_TAGS:,} tags")


class Document(NamedTuple):
    """What was read. `contradiction` says in words how the bytes contradict their declaration, "" if they do not."""

    root: Element
    contradiction: str


def read(data: bytes) -> Document:
    """The document of bytes that `guard` has passed. Raises `InvalidMessage`."""
    declared, encoding = encodings(data)
    if not encoding:
        which = "encoding is UTF-16 or UTF-32 and" if is_wide(data) else "declared encoding"
        raise InvalidMessage(f"the {which} is not read; send UTF-8 or GB18030")
    contradiction = "" if declared == encoding else f"declared as {declared}, written in {encoding}"
    return Document(_root(data.removeprefix(MARK), encoding), contradiction)


def _root(data: bytes, encoding: str) -> Element:
    try:
        return etree.fromstring(data, PARSERS[encoding])
    except etree.XMLSyntaxError as error:
        raise InvalidMessage(_reason(data, error)) from error
    except ValueError as error:  # what lxml raises for bytes that no XML may hold
        raise InvalidMessage(f"not XML: {error}") from error


def _reason(data: bytes, error: etree.XMLSyntaxError) -> str:
    if not data.strip():
        return "the message is empty"
    return f"not well-formed XML: {error.msg or 'unreadable'}"


def local(element: Element) -> str:
    """The name without its namespace: the same message comes with and without one."""
    tag = cast(str, element.tag)  # comments and instructions are not parsed
    return tag[tag.rfind("}") + 1 :]


def fields(element: Element) -> dict[str, str]:
    """The values of the children that hold text only, by local name. A child with children of its own has no value.

    Raises `InvalidMessage` for a name that stands twice with different values.
    """
    pairs = {child.tag: text.strip() if (text := child.text) and not len(child) else "" for child in element}
    values = cast(dict[str, str], pairs)  # comments and instructions, the other kinds of tag, are not parsed
    if "{" in "".join(values):
        values = {tag[tag.rfind("}") + 1 :]: text for tag, text in values.items()}
    return values if len(values) == len(element) else _fields_that_agree(element)


def _fields_that_agree(element: Element) -> dict[str, str]:
    """The same where names stand twice: they must say the same."""
    values: dict[str, str] = {}
    for inner in element:
        name, text = local(inner), (inner.text or "").strip() if not len(inner) else ""
        if values.setdefault(name, text) != text:
            raise InvalidMessage(f"{name[:40]} stands twice: {values[name][:40]!r} and {text[:40]!r}")
    return values


def child(element: Element, name: str) -> Element | None:
    """The child of that local name. Raises `InvalidMessage` if there are two: which one counts?"""
    children = list(element.iterchildren("{*}" + name))
    if len(children) > 1:
        raise InvalidMessage(f"{name} stands twice in {local(element)[:40]}; a message speaks once")
    return children[0] if children else None


def leaves(element: Element, names: frozenset[str]) -> dict[str, str]:
    """The values of the descendants without children that bear one of the names, at whatever depth.

    Raises `InvalidMessage` for a name that stands twice with different values.
    """
    values: dict[str, str] = {}
    for leaf in element.iter():
        if len(leaf) == 0 and (name := local(leaf)) in names:
            text = (leaf.text or "").strip()
            if values.setdefault(name, text) != text:
                raise InvalidMessage(f"{name} stands twice: {values[name][:40]!r} and {text[:40]!r}")
    return values
