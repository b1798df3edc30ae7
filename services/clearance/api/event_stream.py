"""The feed as server-sent events: a page is an event, whose id is the cursor behind it; heartbeats while nothing comes.

Raw ASGI: a stream that waits costs its connection and a waiter. Who does not read is let go by the server of connections
(`connections.py`); who is let in no longer is let go with the next heartbeat.
"""

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clearance.api.feed_cursor import FeedCursor
from clearance.api.following import Following
from clearance.api.problems import Problem

HEARTBEAT_SECONDS = 15.0


class EventStream(Response):
    """Until the client leaves, or may not ask any more."""

    media_type = "text/event-stream"

    def __init__(self, following: Following, cursor: FeedCursor, headers: Mapping[str, str]) -> None:
        super().__init__(headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._following, self._cursor = following, cursor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        cursor, open_ = self._cursor, True
        while open_:
            try:
                page, content = await self._following.page(cursor, HEARTBEAT_SECONDS)
                cursor, event = page.cursor, self._event("changes" if page.changes else "heartbeat", page, content)
            except Problem as problem:
                event, open_ = _ended(problem), False
            await send({"type": "http.response.body", "body": event, "more_body": open_})
