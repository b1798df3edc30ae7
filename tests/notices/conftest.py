"""A store that is filled by the fold, what is kept beside it, and a mail server and a robot that are real."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.api.system import System
from tests.helpers.stores import made_store
from tests.notices.told import Mailbox, MailServer, Robot, Telling, add_organisations, robot_server

from clearance.access.database import opened
from clearance.settings import load


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """On SQLite, or with `indirect` on the database that is named."""
    if getattr(request, "param", "") == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def system(store_url: str) -> Iterator[System]:
    engine = made_store(store_url)
    yield System(engine)
    engine.dispose()


@pytest.fixture
def access(system: System, store_url: str) -> Iterator[Engine]:
    with opened(load(database_url=store_url), 4) as engine:
        add_organisations(engine)
        yield engine


@pytest.fixture
def telling(system: System, access: Engine) -> Telling:
    return Telling(system, access)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_server(mailbox: Mailbox) -> Iterator[MailServer]:
    """A mail server on a port of this machine."""
    server = MailServer(mailbox, hostname="127.0.0.1", port=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def robot() -> Iterator[Robot]:
    """A robot on a port of this machine."""
    with robot_server() as kept:
        yield kept
