"""The body of a request that brings messages → the messages in it, each as it came; or why the body cannot be read.

Three forms: one message, several parts (RFC 2046), or a line of JSON for each. The surprise: the whole body is read
before the first message is taken, so that of a body that is broken somewhere nothing is.
"""

from datetime import datetime
from email.message import Message
from email.parser import HeaderParser
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from clearance.api.problems import Problem, broken
from clearance.events.receipts.parts import conversation_id
from clearance.events.values.times import bounded

ONE = ("application/xml", "text/xml", "application/octet-stream")
LINES = "application/x-ndjson"
PARTS = ("multipart/form-data", "multipart/mixed")
ACCEPTED = (*ONE, *PARTS, LINES)
MOST = 1000
"""Messages in one request."""
LONGEST_NAME = 200
AS_IS = frozenset({"", "7bit", "8bit", "binary"})
"""What `Content-Transfer-Encoding` of a part may be: HTTP needs none (RFC 7578 §4.7)."""


class Brought(Struct, frozen=True, kw_only=True):
    """One message as it came. `name` is that of its file, `received_at` when the connection got it; None is now."""

    data: bytes
    name: str = ""
    received_at: datetime | None = None
    conversation_id: str = ""


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line: the message as text, which becomes UTF-8, or its bytes in base64."""

    message: str = ""
    base64: bytes = b""
    name: Annotated[str, Meta(max_length=LONGEST_NAME)] = ""
    received_at: Annotated[datetime, Meta(tz=True)] | None = None
    conversation_id: str = ""


def read_bundle(content_type: str, body: bytes) -> list[Brought]:
    """The messages of a body, at least one and at most `MOST`. Raises `Problem`."""
    head = Message()
    head["Content-Type"] = content_type
    said = head.get_content_type() if content_type else ""
    if said == LINES:
        found = _lines(body)
    elif said in PARTS:
        found = _parts(body, str(head.get_param("boundary", "")).encode("latin-1", "replace"))
    elif said in ONE:
        found = [Brought(data=body)] if body else []
    else:
        raise Problem("message-media-type", {"Accept": ", ".join(ACCEPTED)}, media_type=content_type[:100] or "none")
    if not 0 < len(found) <= MOST:
        held = f"more than {MOST:,}" if found else "no"
        raise broken("body", f"it holds {held} messages; 1 to {MOST:,} are taken")
    return found


def _lines(body: bytes) -> list[Brought]:
    lines = enumerate(body.split(b"\n", MOST + 1), 1)
    return [_of_line(f"line {number}", line) for number, line in lines if number <= MOST + 1 and line.strip()]


def _of_line(name: str, line: bytes) -> Brought:
    try:
        given = _LINE.decode(line)
        if bool(given.message) == bool(given.base64):
            raise ValueError("it holds either the text of a message, `message`, or its bytes, `base64`")
        return Brought(
            data=given.base64 or given.message.encode(),
            name=_printable(given.name),
            received_at=given.received_at and bounded(given.received_at, str(given.received_at)),
            conversation_id=given.conversation_id and conversation_id(given.conversation_id),
        )
    except ValueError as error:
        raise broken(name, str(error)) from error


def _parts(body: bytes, boundary: bytes) -> list[Brought]:
    if not boundary:
        raise broken("body", "its Content-Type names no boundary")
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST + 2)
    if not parts or not (parts[-1].startswith(b"--") or len(parts) > MOST + 1):
        raise broken("body", "it does not end with its boundary: it is cut off, or its lines do not end with CR LF")
    return [_of_part(f"part {number}", part) for number, part in enumerate(parts[:-1], 1)]


def _of_part(name: str, part: bytes) -> Brought:
    padding, _, rest = part.partition(b"\r\n")
    head, blank, data = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if padding.strip() or not blank:
        raise broken(name, "it has no empty line between its headers and its content")
    headers = HeaderParser().parsestr(head.decode("utf-8", "replace").lstrip())
    if (encoding := headers.get("Content-Transfer-Encoding", "").strip().lower()) not in AS_IS:
        raise broken(name, f"its Content-Transfer-Encoding is {encoding[:40]}: send its bytes as they are")
    return Brought(data=data, name=_printable((headers.get_filename() or "")[:LONGEST_NAME]))


def _printable(name: str) -> str:
    return "".join(one if one.isprintable() else "\ufffd" for one in name)


_LINE = msgspec.json.Decoder(Line)
