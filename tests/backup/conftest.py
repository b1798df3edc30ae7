"""A real Kafka on which nothing is, for each test."""

from collections.abc import Iterator

import pytest

from clearance.devbroker.local import LocalKafka
from clearance.kafka.admin import Admin


@pytest.fixture(scope="module")
def _own_kafka(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def empty_kafka(_own_kafka: LocalKafka) -> Iterator[str]:
    """Its address."""
    yield _own_kafka.bootstrap
    admin = Admin(_own_kafka.bootstrap)
    if there := [*admin.metadata().topics]:
        admin.delete(there)
