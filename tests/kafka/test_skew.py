"""The skew of our clock, by what brokers acknowledge with."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from tests.kafka.measured import measured

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.clients import skew_seconds

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)


class Told(NamedTuple):
    """Of an acknowledgement."""

    timestamp: int
    timestamp_type: int


@pytest.mark.parametrize(
    ("told", "skew"),
    [(Told(NOW_MS - 3_600_000, 1), 3600.0), (Told(NOW_MS + 250, 1), -0.25), (Told(-1, 0), None), (Told(1234, 1), None)],
)
def test_it_is_what_the_broker_says_if_it_says_anything(told: Told, skew: float | None) -> None:
    assert skew_seconds(told, NOW) == (None if skew is None else pytest.approx(skew))


def test_an_embedded_broker_says_nothing(embedded_broker: EmbeddedBroker) -> None:
    assert asyncio.run(measured(embedded_broker.bootstrap)) is None
