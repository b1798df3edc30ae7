"""Bytes for a terminal: text as text, in the encoding that it declares; anything else as a dump."""

from collections.abc import Iterator

from clearance.cli.options import plain
from clearance.events.receipts.encodings import encoding_of

SHOWN = 65_536
"""Bytes that are shown at most."""
WIDTH = 16


def shown_bytes(data: bytes) -> str:
    """Lines of text, or of a dump: offset, bytes in hexadecimal, printable characters."""
    begin = data[:SHOWN]
    try:
        text = begin.decode(encoding_of(data) or "UTF-8")
    except UnicodeDecodeError:
        text = "\n".join(_dump(begin))
    else:
        text = "\n".join(plain(line.expandtabs(4)) for line in text.splitlines())
    return f"{text}\n… {len(data) - SHOWN:,} more bytes" if len(data) > SHOWN else text


def _dump(data: bytes) -> Iterator[str]:
    for start in range(0, len(data), WIDTH):
        row = data[start : start + WIDTH]
        seen = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        yield f"{start:08x}  {row.hex(' '):<{3 * WIDTH}} {seen}"
