"""One client of the feed: its pages, one after the other, and the waiting between them."""

from collections.abc import AsyncGenerator, Callable, Hashable
from typing import NamedTuple

import msgspec
from fastapi import Request

from clearance.access.gate import Gate
from clearance.api import feed
from clearance.api.feed_cursor import FeedCursor
from clearance.api.request import Asked
from clearance.api.waiting import EVERYTHING
from clearance.settings.clock import monotonic
from clearance.store.viewer import EVERYBODY

NOBODYS_SECRET = b"nobody is told apart"
"""Signs cursors where no key is asked for: everybody sees everything, and a bent cursor gives nothing away."""


class Written(NamedTuple):
    """A page, the cursor behind it as text, and its bytes."""

    page: feed.Page
    cursor: str
    content: bytes


Read = Callable[[bytes, FeedCursor], Written]


class Following:
    """`read` makes a page, in a thread; it is given the secret and the cursor. Raises `Problem` as it does. `wanted`
    is all else that makes the pages of one viewer differ."""

    def __init__(self, request: Request, ask: Asked, wanted: Hashable, read: Read) -> None:
        self._ask, self._wanted, self._read = ask, wanted, read
        gate: Gate | None = request.app.state.gate
        self.secret = NOBODYS_SECRET if gate is None else gate.secret

    async def pages(self, cursor: FeedCursor, seconds: float) -> AsyncGenerator[Written, None]:
        """One after the other; an empty one whenever nothing has changed for so many seconds, which asks the store
        nothing."""
        woken = False
        while True:
            with self._ask.waiters.waiting(self._keys()) as waiter:
                written = await self._look(cursor, woken)
                cursor, woken = written.page.cursor, True
                if written.page.changes:
                    yield written
                elif not written.page.more:
                    while not await self._ask.news(waiter, monotonic() + seconds):
                        self._ask.check_epoch()
                        yield written

    async def _look(self, cursor: FeedCursor, woken: bool) -> Written:
        """Those who have read as far get one page."""
        key = self._wanted, msgspec.msgpack.encode(cursor)
        return await self._ask.look("list", lambda: self._read(self.secret, cursor), key, woken)

    def _keys(self) -> tuple[str, ...]:
        viewer = self._ask.viewer
        return (EVERYTHING,) if viewer == EVERYBODY else viewer.identifiers
