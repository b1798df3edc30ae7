"""What happens to every request, as plain ASGI: `BaseHTTPMiddleware` would cost two thirds of the throughput."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clearance.api import problems, refusals
from clearance.metrics import Board
from clearance.settings.clock import monotonic

DIGITS = 12
"""Of a length that is worth reading as a number."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
"""Others are counted as one, so that nobody makes series by making up methods."""


class Counted:
    """Counts requests and measures them, by the template of their route and never by their path."""

    def __init__(self, app: ASGIApp, board: Board) -> None:
        self.app, self.board = app, board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = "499", monotonic()  # 499: the client went before it was answered

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            return await self.app(scope, receive, noted)
        finally:
            route: str = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.board.add("clearance_http_requests_total", method, route, status)
            self.board.observe("clearance_http_request_seconds", route, seconds=monotonic() - began)


class Head:
    """HEAD is GET without the body, for whoever looks at freshness and ETags only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def bare(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, bare)
        finally:
            scope["route"] = asked.get("route")  # as which it is counted


class Leaving:
    """A question ends when whoever asked has left; what was stated goes on, since it is in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        leaving = asyncio.ensure_future(_left(receive))
        answering = asyncio.ensure_future(self.app(scope, _no_body(leaving), send))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            gone = not answering.done() and answering.cancel()
        with suppress(asyncio.CancelledError) if gone else nullcontext():
            await answering


class LastResort:
    """An error that nobody expected becomes a problem of status 500, unless the answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            answer = refusals.bug(error, scope["method"], scope["path"], _spoken(scope))
            await answer(scope, receive, send)


class BodyLimit:
    """Refuses a body that is too large: by its stated length at once, else when it has come that far. `larger` are the
    limits of addresses that have others."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self.app, self.limit, self.larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.larger.get(scope["path"], self.limit)
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and (len(stated) > DIGITS or int(stated) > limit):
            return await problems.answer("body-too-large", _spoken(scope), limit=limit)(scope, receive, send)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise problems.Problem("body-too-large", limit=limit)
            return message

        return await self.app(scope, counted, send)


class RawPath:
    """Routes see the path as it was sent, so that a `/` within a number (`%2F`) does not end it.

    Path parameters arrive percent-encoded; `parameters.py` decodes them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: Any = scope.get("raw_path")
        if raw:
            scope["path"] = raw.decode("latin-1")
        await self.app(scope, receive, send)


def _no_body(leaving: "asyncio.Future[None]") -> Receive:
    """What a question carries, once; then nothing comes until its client leaves. A page may wait for that (files)."""
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.wait({leaving})
        return {"type": "http.disconnect"}

    return receive


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _spoken(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-language", "")
