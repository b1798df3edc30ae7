"""What is kept of access, on SQLite and on PostgreSQL: each test that takes it runs on both."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tests.helpers.stores import opened_access


@pytest.fixture
def access(url: str) -> Iterator[Engine]:
    with opened_access(url) as engine:
        yield engine
