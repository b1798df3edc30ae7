"""Answers that are kept, as the bytes of HTTP/1.1: what is the same for many is written once.

The surprise: the server writes them itself, without asking the application. A task, a cycle and a check of each header
would cost three times what the answer does. Whatever is not a plain GET on an open connection goes the usual way.
"""

from collections.abc import Sequence

from clearance.api.header_lines import written
from clearance.api.plain_questions import Question, question_of
from clearance.api.polled import Found, Polled

STATUS_LINES = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


def raw_answer(
    polled: Polled, url: bytes, headers: Sequence[tuple[bytes, bytes]], default_lines: bytes
) -> bytes | None:
    """What to write for a GET; None if the application is to be asked."""
    path, _, query = url.partition(b"?")
    of = question_of(path, query, headers)
    return answer_to(polled, of, default_lines) if of is not None else None


def answer_to(polled: Polled, of: Question, default_lines: bytes) -> bytes | None:
    """The same where it is known what is asked."""
    found = polled.found(of)
    return _written(found, default_lines) if found is not None else None


def _written(found: Found, default_lines: bytes) -> bytes:
    parts = (
        STATUS_LINES[found.status],
        default_lines,
        found.answer.headers.raw,
        b"" if found.tag else found.answer.whole.raw,
        found.fresh.raw,
        written(found.own),
        b"\r\n",
        found.body,
    )
    return b"".join(parts)
