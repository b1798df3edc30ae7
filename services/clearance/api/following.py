"""One client of the feed: its pages, one after the other, and the waiting between them."""

from collections.abc import Callable
from typing import NamedTuple

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
    """`read` makes a page, in a thread; it is given the secret and the cursor. Raises `Problem` as it does."""

    def __init__(self, request: Request, ask: Asked, read: Read) -> None:
        self._ask, self._read = ask, read
        gate: Gate | None = request.app.state.gate
        self.secret = NOBODYS_SECRET if gate is None else gate.secret

    async def page(self, cursor: FeedCursor, seconds: float) -> Written:
        """The next page; an empty one if nothing changes for so many seconds."""
        end = monotonic() + seconds
        while True:
            with self._ask.waiters.waiting(self._keys()) as waiter:
                written = await self._ask.run("list", lambda at=cursor: self._read(self.secret, at))  # type: ignore[misc]
                page = written.page
                if page.changes or not (page.more or await self._ask.news(waiter, end)):
                    return written
                cursor = page.cursor

    def _keys(self) -> tuple[str, ...]:
        viewer = self._ask.viewer
        return (EVERYTHING,) if viewer == EVERYBODY else viewer.identifiers
