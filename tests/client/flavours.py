"""Both clients, asked in one way: a test that says `client.declaration(…)` holds for either."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import isawaitable
from typing import Any, Literal

import httpx

from clearance.client import AsyncClient, Client

Flavour = Literal["blocking", "asynchronous"]
Answering = Callable[[httpx.Request], httpx.Response]
"""What stands between a client and the network: answers, or raises what httpx raises."""


class Between(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Asks a function in this thread."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self.answering(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        reply = await asyncio.to_thread(self.answering, request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    def close(self) -> None:
        """Nothing is open."""


class Asynchronous:
    """An `AsyncClient` in a loop of its own, in which each call is done before it returns."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = AsyncClient(*given, **named)

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            outcome = getattr(self._client, name)(*given, **named)
            if isawaitable(outcome):
                return self._loop.run_until_complete(outcome)
            return self._listed(outcome)

        return call

    def _listed(self, told: AsyncIterator[Any]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._loop.run_until_complete(anext(told))
                except StopAsyncIteration:
                    return
        finally:
            self._loop.run_until_complete(told.aclose())  # type: ignore[attr-defined] # a generator

    def close(self) -> None:
        """The client, then its loop."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._client.close())
            self._loop.close()


def made(flavour: Flavour, url: str, **named: Any) -> Any:
    """A client of this flavour; it behaves as `Client` does."""
    return Client(url, **named) if flavour == "blocking" else Asynchronous(url, **named)
