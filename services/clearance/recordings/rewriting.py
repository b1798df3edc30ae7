"""Rewrite what a message says without touching anything else of its bytes: markup, layout, encoding stay.

Works on the text between the tags, not on a tree: a tree would be written otherwise than it was read. Fields that an
authority keeps (`kept-fields.csv`) stay; comments do not, attributes do. What is inside an envelope is rewritten too.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from functools import cache

from clearance.events.receipts.encodings import encoding_of
from clearance.settings.tables import default_tables

PIECE = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)\]\]>|<!--(?P<comment>.*?)-->|<\?.*?\?>"
    r"|<(?P<tag>/?[^\s<>/!?]+)(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*>|(?P<text>[^<]+)",
    re.DOTALL,
)
SHORT = re.compile(r"\s*[ -~年月日时分秒]{1,32}\s*")
"""What a code, a time (2026年3月2日), a quantity is at most; anything else in such a field is replaced."""
INSIDE = "Data"
"""The field that holds another message in base64."""
REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
TextChange = Callable[[str], str]


class Unwritable(ValueError):
    """The bytes are no text in the encoding that they declare, so that nothing of them can be replaced."""


@cache
def kept_fields() -> frozenset[str]:
    """The local names of all fields that an authority keeps. Raises `InvalidTable`."""
    authorities = default_tables().authorities.values()
    return frozenset[str]().union(*(authority.kept_fields for authority in authorities))


def rewritten(data: bytes, change: TextChange) -> bytes:
    """The message with `change` applied to every text that is not kept. Raises `Unwritable`."""
    encoding = encoding_of(data)
    if not encoding:
        raise Unwritable("the encoding that it declares is not read")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unwritable(f"it is no text in {encoding}: {error.reason} at byte {error.start}") from error
    if text.encode(encoding) != data:
        raise Unwritable(f"its {encoding} cannot be written as it was")
    return _text(text, change).encode(encoding)


def _text(text: str, change: TextChange) -> str:
    field = ""

    def piece(found: re.Match[str]) -> str:
        nonlocal field
        whole = found[0]
        if (tag := found["tag"]) is not None:
            field = "" if tag[0] == "/" or whole[-2] == "/" else tag.rpartition(":")[2]
            return whole
        if found["comment"] is not None:
            return f"<!--{change(found['comment'])}-->"
        if found["data"] is not None:
            return f"<![CDATA[{_said(field, found['data'], change)}]]>"
        return _said(field, whole, change) if found["text"] is not None else whole

    return PIECE.sub(piece, text)


def _said(field: str, text: str, change: TextChange) -> str:
    if not text.strip() or (field in kept_fields() and SHORT.fullmatch(text)):
        return text
    if field == INSIDE and (inside := _inside(text)) is not None:
        other = rewritten(inside, change)
        return text if other == inside else _laid_out(b64encode(other).decode(), text)
    plain = REFERENCE.sub(_literal, text)
    changed = change(plain)
    return text if changed == plain else changed


def _inside(text: str) -> bytes | None:
    """The message that a field holds in base64; None if it holds none."""
    try:
        data = b64decode("".join(text.split()), validate=True)
    except (Error, ValueError):
        return None
    return data if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else None


def _laid_out(letters: str, like: str) -> str:
    """`letters` with the white space of another text between them; what is longer goes before its last white space."""
    body, left = like.rstrip(), iter(letters)
    laid = [char if char.isspace() else next(left, "") for char in body]
    return "".join((*laid, *left, like[len(body) :]))


def _literal(found: re.Match[str]) -> str:
    """A letter or digit that was written as a reference, as itself; other references stay."""
    number = int(found[1], 16) if found[1] else int(found[2])
    char = chr(number) if number <= 0x10FFFF else ""
    return char if char.isalnum() else found[0]
