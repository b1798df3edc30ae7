"""The feed as server-sent events: a page is an event, whose id is the cursor behind it; else there are heartbeats.

Raw ASGI: a stream that waits costs its connection and a waiter. Who does not read is let go by `connections.py`. What
ends a stream from here, a key that was revoked or another epoch, is its last event.
"""

import json
from collections.abc import Mapping
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clearance.api.feed_cursor import FeedCursor
from clearance.api.following import Following, Written
from clearance.api.problems import Problem, body
from clearance.api.words import Language

HEARTBEAT_SECONDS = 15.0


class EventStream(Response):
    """Until the client leaves, or may not ask any more."""

    media_type = "text/event-stream"

    def __init__(
        self, following: Following, cursor: FeedCursor, headers: Mapping[str, str], language: Language
    ) -> None:
        super().__init__(headers={**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._following, self._cursor, self._language = following, cursor, language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._following.pages(self._cursor, HEARTBEAT_SECONDS)) as pages:
            goes_on = True
            while goes_on:
                try:
                    event = _event(await anext(pages))
                except Problem as problem:
                    goes_on, event = False, self._end(problem)
                await send({"type": "http.response.body", "body": event, "more_body": goes_on})

    def _end(self, problem: Problem) -> bytes:
        told = json.dumps(body(problem.slug, self._language, **problem.members), ensure_ascii=False)
        return f"event: problem\ndata: {told}\n\n".encode()


def _event(written: Written) -> bytes:
    """Without changes a heartbeat: the cursor may have moved all the same."""
    if not written.page.changes:
        return f"event: heartbeat\nid: {written.cursor}\ndata: {{}}\n\n".encode()
    return b"event: changes\nid: %b\ndata: %b\n\n" % (written.cursor.encode(), written.content)
