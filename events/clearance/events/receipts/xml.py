"""Bytes → an XML tree, with every guard in one place: nothing that could cost more than it says is ever parsed.

A DTD (and with it every entity, internal or external) is refused on the bytes, before the parser sees them; so are
sizes, numbers of elements and encodings that no customs message has. Depth is bounded by libxml2 (256 levels).
"""

import re
from typing import NamedTuple, cast

from lxml import etree

from clearance.events.tables.authority import Element
from clearance.events.values.errors import InvalidMessage

MAX_BYTES = 1 << 20
MAX_TAGS = 20_000
"""A declaration may hold 50 lines of some 100 elements; 20,000 opening and closing tags are four times that."""


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
ENCODINGS = {
    **dict.fromkeys((b"UTF-8", b"UTF8", b"US-ASCII", b"ASCII"), "UTF-8"),
    **dict.fromkeys((b"GB2312", b"GBK", b"GB18030", b"X-GBK", b"CP936"), "GB18030"),
}
"""By declared name. GB2312-declared bytes hold characters of its successors: all of the family is GB18030."""
MARK = b"\xef\xbb\xbf"
DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
IN_THREE_BYTES = re.compile("[\u0800-\ufffc]")
"""What UTF-8 writes in three bytes: all of Chinese."""
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 and UTF-32 begin; without a mark a NUL stands among the first bytes."""
USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'


def guard(data: bytes) -> None:
    """Refuse what must not be parsed. Raises `InvalidMessage`."""
    if len(data) > MAX_BYTES:
        raise InvalidMessage(f"the message has {len(data):,} bytes; at most {MAX_BYTES:,} are taken")
    if b"<!" in data and (b"<!DOCTYPE" in data or b"<!ENTITY" in data):
        raise InvalidMessage("the message holds a DTD or an entity; customs messages have none, and it is not read")
    if data.count(b"<") > MAX_TAGS:
        raise InvalidMessage(f"the message has more than {MAX_TAGS:,} tags")


def encoding_of(data: bytes) -> str:
    """The encoding in which the document is read: the declared one, unless the bytes contradict it; "" for one that
    is not read."""
    return _encodings(data)[1]


def _encodings(data: bytes) -> tuple[str, str]:
    """The encoding that is declared, and the one in which the document is read; "" for those that are not read."""
    if is_wide(data):
        return "", ""
    found = DECLARED.match(data)
    declared = "UTF-8" if found is None else ENCODINGS.get(found[1].upper(), "")
    if declared == "UTF-8" and contradicts_utf8(data):
        return declared, "GB18030"
    if declared == "GB18030" and contradicts_gb(data):
        return declared, "UTF-8"
    return declared, declared


def is_wide(data: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32."""
    return data.startswith(WIDE) or b"\0" in data[:4]


def contradicts_utf8(data: bytes) -> bool:
    """Whether bytes that are declared as UTF-8 are of the GB2312 family: more of them are wrong than right in UTF-8.

    Where fewer are, a character was cut in half, and all others would be misread; two alone prove nothing, since so
    UTF-8 is written that wants to hide something."""
    if can_be(data, "UTF-8") or not can_be(data, "GB18030"):
        return False
    text = data.decode("UTF-8", "replace")
    return text.count("\ufffd") > max(2, len(IN_THREE_BYTES.findall(text)))


def contradicts_gb(data: bytes) -> bool:
    """Whether bytes that are declared as of the GB2312 family are UTF-8: they bear its mark, or can be nothing else.

    Of bytes that can be both the declaration is believed, unless they are no GB2312 and hold what UTF-8 writes in three
    bytes: few words of GBK are UTF-8 by chance, and then of two bytes a character."""
    if data.isascii() or not can_be(data, "UTF-8"):
        return False
    if data.startswith(MARK) or not can_be(data, "GB18030"):
        return True
    return not can_be(data, "GB2312") and IN_THREE_BYTES.search(data.decode()) is not None


def can_be(data: bytes, encoding: str) -> bool:
    """Whether the bytes, apart from a mark at the beginning, are text in this encoding, strictly."""
    try:
        data.removeprefix(MARK).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class Document(NamedTuple):
    """What was read. `contradiction` says in words how the bytes contradict their declaration, "" if they do not."""

    root: Element
    contradiction: str


def read(data: bytes) -> Document:
    """The document of bytes that `guard` has passed. Raises `InvalidMessage`."""
    declared, encoding = _encodings(data)
    if not encoding:
        which = "encoding is UTF-16 or UTF-32 and" if is_wide(data) else "declared encoding"
        raise InvalidMessage(f"the {which} is not read; send UTF-8 or GB18030")
    if declared == encoding:
        return Document(_root(data, encoding), "")
    return Document(_root(data.removeprefix(MARK), encoding), f"declared as {declared}, written in {encoding}")


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
    tag = str(element.tag)
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
