"""Brokers that tests share, and a tracker that runs; each test takes partitions or declarations of its own."""

import signal
from collections.abc import Iterator

import pytest

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker

from .running import Tracker


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(topics().values()) as one:
        yield one


@pytest.fixture(scope="module")
def _partitions() -> Iterator[int]:
    return iter(range(topics()["declaration-inputs"].partitions))


@pytest.fixture
def partition(_partitions: Iterator[int]) -> int:
    """One that no other test of the file has written to; there are twelve."""
    return next(_partitions)


@pytest.fixture(scope="session")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """A tracker that runs on a broker of its own, with batches so small that there are many."""
    with EmbeddedBroker(topics().values()) as broker:
        settings = {"CLEARANCE_TRACKER_BATCH_RECORDS": "10"}
        one = Tracker(broker.bootstrap, tmp_path_factory.mktemp("tracker"), settings)
        one.start()
        yield one
        one.end(signal.SIGKILL)
