"""What is done to the bytes of a message on its way: put into an envelope of its own, or spoiled beyond reading."""

import re
from collections.abc import Callable

from clearance.simulator.life import Handling

CODE = re.compile(rb"((?:CHANNEL|FunctionCode)>)[^<]*<")

MANGLE: dict[Handling, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) * 2 // 3],
    "unclosed": lambda data: data.replace(b"</", b"<", 1),
    "foreign": lambda data: re.sub(rb'encoding="[^"]*"', b'encoding="Big5"', data, count=1),
    "mis-encoded": lambda data: data.decode("gb18030" if b'"GB2312"' in data else "utf-8").encode("utf-16"),
    "emptied": lambda data: CODE.sub(rb"\1<", data, count=1),
}
"""Ways in which a message is beyond reading; each is refused."""
