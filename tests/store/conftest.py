"""A store of the test's own, at the current schema: each test that takes it runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.helpers.stores import made_store


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = made_store(url)
    yield engine
    engine.dispose()
