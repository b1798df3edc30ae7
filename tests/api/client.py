"""Requests to an app in this process: the same ASGI calls that uvicorn makes, without a socket."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

PLAIN = {"Accept-Encoding": "identity"}
"""Tags and lengths as they are; a test that is about gzip asks for it."""


class Client:
    """Each request is answered before the call returns. Errors of the app are answered, not raised."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def put(self, path: str, **given: Any) -> httpx.Response:
        return self.request("PUT", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, given))

    async def _request(self, method: str, path: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=PLAIN) as client:
            return await client.request(method, path, **given)
