"""The servers that `benchmarks.answers` compares: each a process on the first core, all by the same HTTP server.

`python -m benchmarks.answer_servers KIND PORT`; the API takes its store and its secret from the environment.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from clearance.access.tending import tended
from clearance.api import answers, models
from clearance.api.app import create_app
from clearance.api.connections import Config
from clearance.api.examples import stored
from clearance.api.server import opener
from clearance.api.stores import Store, Stores
from clearance.api.tail import Tail
from clearance.api.words import Words
from clearance.devbroker.local import free_port
from clearance.settings import load
from clearance.settings.clock import monotonic
from clearance.settings.garbage import collect_seldom

PROGRAM = (sys.executable, "-m", "benchmarks.answer_servers")
KINDS = ("ours", "bare", "plain")
START_SECONDS, PAGE = 60.0, 50


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """It answers 304 to everything."""
    await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"0.1"')]})
    await send({"type": "http.response.body", "body": b""})


def plain() -> FastAPI:
    """The same models in the framework alone, from memory: no store, no key, no freshness."""
    app, row, words = FastAPI(), stored(), Words("en")
    one = answers.declaration(row, words, "", None)
    page = models.Declarations(declarations=[answers.in_list(row, words, "", None)] * PAGE, next=None)

    @app.get("/v1/declarations/{number}", response_model=models.Declaration)
    async def declaration(number: str) -> Any:
        return one

    @app.get("/v1/declarations", response_model=models.Declarations)
    async def declarations(limit: int = PAGE) -> Any:
        return page

    return app


def ours(stack: ExitStack) -> ASGIApp:
    """The API over the store that the settings name, without a broker."""
    settings = load()
    gate = stack.enter_context(tended(settings))
    log: Any = type("Log", (), {"skew": None})()
    collect_seldom()
    return create_app(Stores(Store(0, opener(settings)(0)), opener(settings)), log, settings, gate)


def serve(kind: str, port: int) -> None:
    """Be one of them until a signal."""
    os.sched_setaffinity(0, {0})
    with ExitStack() as stack:
        app: Any = ours(stack) if kind == "ours" else plain() if kind == "plain" else bare
        uvloop.run(_serve(app, port))


async def _serve(app: Any, port: int) -> None:
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    tail: Tail | None = getattr(getattr(app, "state", None), "tail", None)
    async with tail.running() if tail is not None else nullcontext():
        config = Config(app, load())
        config.timeout_graceful_shutdown = 1
        await uvicorn.Server(config).serve([listening])


@contextmanager
def started(kind: str, **environment: str) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """Such a server and its port while the block runs. Raises `SystemExit` if it does not come up."""
    port = free_port()
    process = subprocess.Popen([*PROGRAM, kind, str(port)], env={**os.environ, **environment})  # noqa: S603 # ours
    try:
        asyncio.run(_up(port))
        yield process, port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


@contextmanager
def serving(kind: str, **environment: str) -> Iterator[int]:
    """Its port only."""
    with started(kind, **environment) as (_, port):
        yield port


async def _up(port: int) -> None:
    end = monotonic() + START_SECONDS
    while monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return writer.close()
    raise SystemExit("a server does not come up")


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
