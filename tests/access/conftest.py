"""What is kept of access, on SQLite and on PostgreSQL: each test that takes it runs on both."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from clearance.access.database import opened
from clearance.settings import load


@pytest.fixture
def access(url: str) -> Iterator[Engine]:
    with opened(load(database_url=url)) as engine:
        yield engine
