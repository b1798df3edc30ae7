"""Answers in gzip for who takes it.

The surprise: their ETags are weak, since a strong one stands for the very bytes. What a client holds is compared weakly
in any case (`etags.py`).
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1024
"""Bytes; below, the headers outweigh what is saved."""
LEVEL = 5
"""Of zlib: a third faster than 6, and two per cent larger."""


class Compressed:
    """Compresses what is larger than `SMALLEST`, large ones in a thread."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(MutableHeaders(scope=message))
            await send(message)

        zips = scope["type"] == "http" and takes_gzip(Headers(scope=scope).get("accept-encoding", ""))
        app = GZipResponder(self.app, SMALLEST, compresslevel=LEVEL) if zips else self.app
        await app(scope, receive, told)


def _tell(headers: MutableHeaders) -> None:
    if "Accept-Encoding" not in headers.get("vary", ""):
        headers.add_vary_header("Accept-Encoding")
    tag = headers.get("etag", "")
    if "content-encoding" in headers and tag.startswith('"'):
        headers["ETag"] = f"W/{tag}"


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, with another weight than 0 (RFC 9110 §12.5.3)."""
    for one in accept_encoding.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return weight.strip().removeprefix("q=").strip("0.") != "" or not weight
    return False
