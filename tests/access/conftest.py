"""What is kept of access, on SQLite and on PostgreSQL: each test that takes it runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from clearance.access.database import opened
from clearance.settings import load


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def access(url: str) -> Iterator[Engine]:
    with opened(load(database_url=url)) as engine:
        yield engine
