"""Heads of requests that need no parser: like one that was parsed before, but for the number asked for and the tag.

A client that polls sends the same header lines again and again. The surprise: nothing is parsed here. A head is cut at
the number and at the tag, both of harmless bytes only; what is left must be, byte for byte, what was left of a head
that the parser has read.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from clearance.api.header_lines import Headers
from clearance.api.plain_questions import A_DECLARATION, Question, question_of

LINE = re.compile(rb"GET (/v1/declarations/[A-Za-z0-9:._%-]{1,100}) HTTP/1\.1\r\n")
TAG = re.compile(rb'\r\n(?i:if-none-match): ((?:W/)?"[A-Za-z0-9._:-]{1,100}")\r\n')
END = b"\r\n\r\n"
LONGEST, MOST = 4096, 1000
"""Bytes of a head that is looked at, and how many clients' are known."""


class Head(NamedTuple):
    """What a head is cut into: the address, what stands before the tag, the tag, and what stands behind it."""

    address: bytes
    before: bytes
    tag: bytes | None
    behind: bytes


def cut(data: bytes) -> Head | None:
    """None for anything but one whole head of such a request."""
    line = LINE.match(data)
    if line is None or len(data) > LONGEST or not data.endswith(END) or data.find(END) != len(data) - len(END):
        return None
    begin = line.end()
    tag = TAG.search(data, begin - 2)
    if tag is None:
        return Head(line[1], data[begin:], None, b"")
    return Head(line[1], data[begin : tag.start(1)], tag[1], data[tag.end(1) :])


class KnownHeads:
    """The header lines that were parsed, and as what."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[bytes, bytes], Headers] = {}

    def question(self, data: bytes) -> Question | None:
        """What is asked by it; None if the parser is to look."""
        head = cut(data)
        headers = self._parsed.get((head.before, head.behind)) if head is not None else None
        if head is None or headers is None:
            return None
        return Question(A_DECLARATION, head.address, headers, head.tag)

    def learn(self, data: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """The parser has read these bytes as one request for this, with these headers and no body."""
        head, asked = cut(data), question_of(url, b"", headers)
        if head is None or asked is None or (head.address, head.tag) != (asked.address, asked.if_none_match):
            return
        if len(self._parsed) >= MOST:
            self._parsed.clear()
        self._parsed[head.before, head.behind] = asked.headers
