"""A broker for each module: the topics have fixed names, and a log must begin empty."""

from collections.abc import Iterator

import pytest

from clearance.devbroker.local import LocalKafka


@pytest.fixture(scope="module")
def own_kafka_of_module(_kafka_can_run: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A real Kafka that the tests of one module share."""
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
