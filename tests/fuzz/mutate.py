"""A mutator that knows XML: it keeps the frame of a message and changes what stands in it.

Bytes alone would be refused as malformed nearly always; these reach the code behind the parser.
"""

import re
from base64 import b64decode, b64encode
from random import Random

LEAF = re.compile(rb"<([A-Za-z_][\w.]*)((?: [^<>]*)?)>([^<>]*)</\1>")
DATA = re.compile(rb"<Data>([A-Za-z0-9+/=]+)</Data>")
TIMES = (
    b"2026-03-01T09:18:33", b"20260301T09183350", b"20260301", b"2026-03-01", b"20260301091833Z", b"20260301091833+01",
    b"20260301091833+23:59", b"22000101000000Z", b"99991231T23595999", b"00010101000000Z", b"20261301T00000000",
    b"20260301091860Z", b"20000101T00000000", b"20991231235959-12", b"20260301091833.5Z", b"2026-03-01 09:18:33.123456",
)  # fmt: skip
NUMBERS = (
    b"I20260000000000001", b"E20260000000000002", b"223320261000000762", b"223320260000000763", b"000000000000000000",
    b"Z110000012345", b"Z110000012345 text", b"26GBEXAMPLE00001A0", b"0", b"a" * 40, b"a" * 41, b"a/b:c%d", b"a b",
    "１２３".encode(), "٠١٢".encode(), b"&#10;", b"XG1",
)  # fmt: skip
CODES = (
    b"0", b"-1", b"-0", b"+7", b"7", b"L", b"P", b"R", b"SpL", b"I", b"E", b"Q", b"1", b"2", b"C", b"G", b"H", b"3",
    b"03", b"11", b"39", b"9" * 30, b"", b" ", b"-5.5", b"1e9", b"99999999999", "９".encode(), b"CDS12046",
)  # fmt: skip
VALUES = (*TIMES, *NUMBERS, *CODES, b"x" * 300, b"&lt;", b"&#xD800;", b"<!-- c -->", b"<?p i?>", b"<![CDATA[P]]>")
NAMES = (b"CUS_CIQ_NO", b"SEQ_NO", b"ENTRY_ID", b"CHANNEL", b"NOTICE_DATE", b"ID", b"Declaration", b"SeqNo", b"EntryId")


def mutate(data: bytes, random: Random) -> bytes:
    """One to four changes; into the payload of an envelope as well."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        inner = DATA.search(data)
        if inner and random.random() < 0.5:
            data = data[: inner.start(1)] + b64encode(_change(_opened(inner[1]), random)) + data[inner.end(1) :]
        else:
            data = _change(data, random)
    return data


def _opened(text: bytes) -> bytes:
    try:
        return b64decode(text)
    except ValueError:
        return b""


def _change(data: bytes, random: Random) -> bytes:
    leaves = list(LEAF.finditer(data))
    if not leaves or random.random() < 0.1:
        return _bytes(data, random)
    leaf, other = random.choice(leaves), random.choice(leaves)
    kind = random.randrange(8)
    if kind < 4:
        new = b"<%s%s>%s</%s>" % (leaf[1], leaf[2], random.choice(VALUES), leaf[1])
    elif kind == 4:
        new = b"<%s%s>%s</%s>" % (leaf[1], leaf[2], _bytes(leaf[3], random), leaf[1])
    elif kind == 5:
        new = leaf[0] + other[0]
    elif kind == 6:
        new = b""
    else:
        name = random.choice((*NAMES, other[1]))
        new = leaf[0] + b"<%s>%s</%s>" % (name, random.choice((*VALUES, other[3])), name)
    return data[: leaf.start()] + new + data[leaf.end() :]


def _bytes(data: bytes, random: Random) -> bytes:
    """One change that knows nothing."""
    at = random.randrange(len(data) + 1)
    kind = random.randrange(4)
    if kind == 0:
        return data[:at] + random.randbytes(random.randint(1, 4)) + data[at:]
    if kind == 1:
        return data[:at] + data[at + random.randint(1, 8) :]
    if kind == 2:
        return data[:at] + bytes([random.choice(b"0123456789IEZ<>&;/'\" :%-+T")]) + data[at + 1 :]
    return data[:at] + data[at : at + random.randint(1, 40)] + data[at:]
