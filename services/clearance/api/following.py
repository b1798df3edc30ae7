"""One client of the feed: its pages, one after the other, and the waiting between them."""

from collections.abc import Callable

from fastapi import Request

from clearance.access.gate import Gate
from clearance.api import feed
from clearance.api.admission import readmit
from clearance.api.feed_cursor import FeedCursor
from clearance.api.request import Asked
from clearance.api.waiting import EVERYTHING, Waiter, Waiters
from clearance.settings.clock import monotonic
from clearance.store.viewer import EVERYBODY

NOBODYS_SECRET = b"nobody is told apart"
"""Signs cursors where no key is asked for: everybody sees everything, and a bent cursor gives nothing away."""
Read = Callable[[bytes, FeedCursor], tuple[feed.Page, bytes]]


class Following:
    """`read` makes a page and its bytes, in a thread. Raises `Problem` as it does."""

    def __init__(self, request: Request, ask: Asked, read: Read) -> None:
        self._request, self._ask, self._read = request, ask, read
        gate: Gate | None = request.app.state.gate
        self.secret = NOBODYS_SECRET if gate is None else gate.secret
        self._waiters: Waiters = request.app.state.waiters

    async def page(self, cursor: FeedCursor, seconds: float) -> tuple[feed.Page, bytes]:
        """The next page; an empty one after so many seconds without any change."""
        end = monotonic() + seconds
        with self._waiters.waiting(self._keys()) as waiter:
            while True:
                page, content = await self._ask.run("list", lambda: self._read(self.secret, cursor))
                if page.changes or (not page.more and not await self._more_to_come(waiter, end)):
                    return page, content
                cursor = page.cursor

    async def _more_to_come(self, waiter: Waiter, end: float) -> bool:
        if not await waiter.until(end):
            return False
        readmit(self._request)
        return True

    def _keys(self) -> tuple[str, ...]:
        viewer = self._ask.viewer
        return (EVERYTHING,) if viewer == EVERYBODY else viewer.identifiers
