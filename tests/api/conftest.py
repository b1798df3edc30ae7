"""An API over a store of its own, filled by the fold of recordings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.api.client import Client
from tests.api.system import System
from tests.helpers.stores import made_store

from clearance.access.gate import Gate
from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.settings import load


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """On SQLite, or with `indirect` on the database that is named."""
    postgres = getattr(request, "param", "") == "postgresql"
    engine = made_store(request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path / 'store.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def system(store: Engine) -> System:
    return System(store)


@pytest.fixture
def gate() -> Gate | None:
    """No key is asked for, unless a test has a gate of its own."""
    return None


@pytest.fixture
def app(system: System, gate: Gate | None) -> FastAPI:
    made = create_app(
        Stores(Store(0, system.store), lambda _: system.store),
        system,
        load(api_command_wait_seconds=0.2, api_stale_seconds=300),
        gate,
    )
    made.state.read_original = system.read_original
    return made


@pytest.fixture
def client(app: FastAPI) -> Client:
    return Client(app)
