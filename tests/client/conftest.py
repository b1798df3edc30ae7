"""Clients of both flavours over the real API."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.client import Client as AppClient
from tests.api.system import System
from tests.client.flavours import Answering, Between, Flavour, made
from tests.helpers.stores import made_store

from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.client.retries import Retries
from clearance.settings import load

Connect = Callable[..., Any]
QUICK = Retries(attempts=4, first_seconds=0.001, longest_seconds=0.002)


@pytest.fixture(params=["blocking", "asynchronous"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    given: Flavour = request.param
    return given


@pytest.fixture
def connect(flavour: Flavour) -> Iterator[Connect]:
    """Makes clients that are closed in the end; `answering` instead of a network."""
    open_clients = []

    def one(url: str = "http://localhost", answering: Answering | None = None, **named: Any) -> Any:
        between = {} if answering is None else {"transport": Between(answering)}
        client = made(flavour, url, **{"retries": QUICK, **between, **named})
        open_clients.append(client)
        return client

    yield one
    for client in open_clients:
        client.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    engine = made_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def system(store: Engine) -> System:
    return System(store)


@pytest.fixture
def app(system: System) -> FastAPI:
    return app_of(system)


def app_of(system: System) -> FastAPI:
    """A process of the API would make it."""
    stores = Stores(Store(0, system.store), lambda _: system.store)
    app = create_app(stores, system, load(api_command_wait_seconds=0.2), gate=None)
    app.state.read_original = system.read_original
    return app


@pytest.fixture
def api(app: FastAPI) -> Answering:
    """The app, asked without a socket."""
    inside = AppClient(app)

    def answer(request: httpx.Request) -> httpx.Response:
        reply = inside.request(request.method, str(request.url), headers=request.headers, content=request.content)
        told = {name: value for name, value in reply.headers.items() if name != "content-encoding"}
        return httpx.Response(reply.status_code, headers=told, content=reply.content)

    return answer
