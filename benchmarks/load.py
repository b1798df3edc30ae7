"""A client that costs less than what it measures: requests as bytes over kept connections, one after the other on each.

The surprise: it reads no more of an answer than it needs to find its end. httpx would take five times as long for one
answer as the server does.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from clearance.settings.clock import monotonic

END_OF_HEADERS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Request = Callable[[], bytes]


@dataclass
class Load:
    """What was measured: how many answers of each status, and how long each took [s]."""

    seconds: float = 0.0
    statuses: "Counter[str]" = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def p99(self) -> float:
        return quantiles(self.times, n=100)[98]

    def figures(self) -> dict[str, object]:
        """In JSON."""
        middle = sorted(self.times)[len(self.times) // 2]
        ms = {"p50_ms": round(middle * 1000, 2), "p99_ms": round(self.p99 * 1000, 2)}
        return {"per_second": round(self.rate), **ms, "statuses": dict(self.statuses)}


class Asking(asyncio.Protocol):
    """One connection: the next request as soon as the last one is answered."""

    def __init__(self, load: Load, request: Request) -> None:
        self.load, self.request = load, request
        self.held, self.left, self.ended = b"", asyncio.Event(), False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.held += data
        end = self.held.find(END_OF_HEADERS)
        if end < 0:
            return
        status = self.held[9:12]
        length = LENGTH.search(self.held, 0, end) if status != b"304" else None
        whole = end + len(END_OF_HEADERS) + (int(length[1]) if length else 0)
        if len(self.held) >= whole:
            self.load.times.append(monotonic() - self.began)
            self.load.statuses[status.decode()] += 1
            self.held = self.held[whole:]
            self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        self.left.set()

    def _ask(self) -> None:
        request = b"" if self.ended else self.request()
        self.ended = not request
        if self.ended:
            self.transport.close()
            return
        self.began = monotonic()
        self.transport.write(request)


async def load(port: int, request: Request, connections: int, seconds: float) -> Load:
    """Ask for so long over so many connections, or until there are no more requests (b""). Raises `SystemExit` if one
    is closed meanwhile."""
    loop, found, began = asyncio.get_running_loop(), Load(), monotonic()
    asking = [
        (await loop.create_connection(lambda: Asking(found, request), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    await asyncio.wait([asyncio.ensure_future(one.left.wait()) for one in asking], timeout=seconds)
    found.seconds = monotonic() - began
    if any(one.left.is_set() and not one.ended for one in asking):
        raise SystemExit("the API closed a connection under load")
    for one in asking:
        one.ended = True
    await asyncio.wait([asyncio.ensure_future(one.left.wait()) for one in asking], timeout=30)
    return found
