"""In which encoding a message is written: the declared one, unless its bytes are something else.

Senders declare what their template says, whatever they write. Of the two families that customs messages have, UTF-8 and
GB2312 with its successors, bytes that contradict the one are read as the other.
"""

import re

ENCODINGS = {
    **dict.fromkeys((b"UTF-8", b"UTF8", b"US-ASCII", b"ASCII"), "UTF-8"),
    **dict.fromkeys((b"GB2312", b"GBK", b"GB18030", b"X-GBK", b"CP936"), "GB18030"),
}
"""By declared name. GB2312-declared bytes hold characters of its successors: all of the family is GB18030."""
MARK = b"\xef\xbb\xbf"
DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
IN_THREE_BYTES = re.compile("[\u0800-\ufffc]")
"""What UTF-8 writes in three bytes: all of Chinese."""
ASCII = bytes(range(128))
BEYOND_ASCII = re.compile("[^\x00-\x7f]")
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 and UTF-32 begin; without a mark a NUL stands among the first bytes."""
USUAL = b'<?xml version="1.0" encoding="UTF-8"?>'


def encoding_of(data: bytes) -> str:
    """The encoding in which the document is read: the declared one, unless the bytes contradict it; "" for one that
    is not read."""
    return encodings(data)[1]


def encodings(data: bytes) -> tuple[str, str]:
    """The encoding that is declared, and the one in which the document is read; "" for those that are not read."""
    declared = "UTF-8" if data.startswith(USUAL) else _declared(data)
    if declared == "UTF-8" and contradicts_utf8(data):
        return declared, "GB18030"
    if declared == "GB18030" and contradicts_gb(data):
        return declared, "UTF-8"
    return declared, declared


def _declared(data: bytes) -> str:
    if is_wide(data):
        return ""
    found = DECLARED.match(data)
    return "UTF-8" if found is None else ENCODINGS.get(found[1].upper(), "")


def is_wide(data: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32."""
    return data.startswith(WIDE) or b"\0" in data[:4]


def contradicts_utf8(data: bytes) -> bool:
    """Whether bytes that are declared as UTF-8 are of the GB2312 family: more of them are wrong than right in UTF-8,
    and they stand in pairs, unlike those of the alphabets of Europe.

    Where fewer are, a character was cut in half, and all others would be misread; two alone prove nothing, since so
    UTF-8 is written that wants to hide something."""
    if data.isascii() or can_be(data, "UTF-8") or not can_be(data, "GB18030"):
        return False
    plain = data.removeprefix(MARK)
    text, high = plain.decode("UTF-8", "replace"), len(plain.translate(None, ASCII))
    wrong = text.count("\ufffd") > max(2, len(IN_THREE_BYTES.findall(text)))
    return wrong and 2 * high >= 3 * len(BEYOND_ASCII.findall(plain.decode("GB18030")))


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
