"""Many clients that wait, each on a connection of its own, in one process: sockets and bytes, nothing else.

The surprise: a client that waits says nothing, and nothing tells whether it waits yet. All do when the server, given
what it was asked, has nothing more to do.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from clearance.settings.clock import monotonic

AT_ONCE = 50
STAT = "/proc/{}/stat"
"""Of Linux: processor time is in its fields 14 and 15, in hundredths of a second."""


class Waiter(asyncio.Protocol):
    """One client: its request, and when news came."""

    def __init__(self, request: bytes, streams: bool) -> None:
        self.request, self.streams = request, streams
        self.held, self.news = b"", asyncio.Event()
        self.at, self.status, self.refusals = 0.0, "", 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """A stream begins with its headers, and tells news by the event of that name; else the answer is the news. Who
        is refused for want of room asks again, and so does who is told that nothing has changed."""
        self.held += data
        if self.held.startswith(b"HTTP/1.1 304"):
            self.held = b""
            self._ask()
        elif self.held.startswith(b"HTTP/1.1 503"):
            self.held, self.refusals = b"", self.refusals + 1
            asyncio.get_running_loop().call_later(1, self._ask)
        elif not self.news.is_set() and (not self.streams or b"event: changes" in self.held):
            self.at, self.status = monotonic(), self.held[9:12].decode()
            self.news.set()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.news.is_set():
            self.at, self.status = monotonic(), "closed"
            self.news.set()

    def _ask(self) -> None:
        self.transport.write(self.request)


async def connected(port: int, requests: Sequence[bytes], streams: bool) -> list[Waiter]:
    """All of them, so many at a time that no more than `AT_ONCE` come while the server is at work."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    loop, found = asyncio.get_running_loop(), list[Waiter]()
    for first in range(0, len(requests), AT_ONCE):
        some = [Waiter(request, streams) for request in requests[first : first + AT_ONCE]]
        await asyncio.gather(*(loop.create_connection(partial(_itself, one), "127.0.0.1", port) for one in some))
        found += some
        await asyncio.sleep(AT_ONCE / 1000)
    return found


def _itself(one: Waiter) -> Waiter:
    return one


async def at_rest(pid: int, seconds: float = 45.0) -> None:
    """Until the process takes less than a third of a core. Raises `SystemExit` if it never does."""
    end, before = monotonic() + seconds, processor_seconds(pid)
    while monotonic() < end:
        await asyncio.sleep(0.5)
        now = processor_seconds(pid)
        if now - before < 0.15:
            return
        before = now
    raise SystemExit("the API does not come to rest while its clients wait")


def processor_seconds(pid: int) -> float:
    """What the process has taken so far."""
    fields = Path(STAT.format(pid)).read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def answered(waiters: Sequence[Waiter], since: float, seconds: float) -> dict[str, Any]:
    """How each was answered within so many seconds, and when: delays [ms]."""
    pending = asyncio.gather(*(one.news.wait() for one in waiters))
    try:
        async with asyncio.timeout(seconds):
            await pending
    except TimeoutError:
        pass
    times = sorted((one.at - since) * 1000 for one in waiters if one.news.is_set())
    statuses = Counter(one.status or "none" for one in waiters)
    if not times:
        return {"answers": dict(statuses)}
    places = {"first_ms": times[0], "p50_ms": times[len(times) // 2], "last_ms": times[-1]}
    refusals = sum(one.refusals for one in waiters)
    return {"answers": dict(statuses), "refusals": refusals, **{name: round(ms, 1) for name, ms in places.items()}}
