"""A real API on a port of its own, over a store that the fold of recordings has filled."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine
from tests.api.system import System
from tests.helpers.stores import made_store

from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import load
from clearance.settings.clock import monotonic

STARTS_WITHIN_SECONDS = 20.0


@dataclass
class LiveApi:
    """Where it listens, and the system behind it: what that takes is in the next answer."""

    url: str
    system: System


@pytest.fixture
def live_api(tmp_path: Path) -> Iterator[LiveApi]:
    store = made_store(f"sqlite:///{tmp_path / 'store.db'}")
    system = System(store)
    with serving(system) as url:
        yield LiveApi(url, system)
    store.dispose()


@contextmanager
def serving(system: System, port: int = 0, access: Engine | None = None) -> Iterator[str]:
    """The API over a system, on a port that is free; organisations are kept in `access`."""
    app = create_app(Stores(Store(0, system.store), lambda _: system.store), system, load(), gate=None, access=access)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))

    async def serve() -> None:
        async with app.state.tail.running():
            await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield _url(server)
    finally:
        server.should_exit = True
        thread.join()


def _url(server: uvicorn.Server) -> str:
    end, tick = monotonic() + STARTS_WITHIN_SECONDS, threading.Event()
    while not server.started:
        assert monotonic() < end, "the API did not start"
        tick.wait(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return f"http://127.0.0.1:{port}"
