"""A flood of bad input slows the connection that it comes through, and no other."""

import asyncio

import pytest

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import open_edge
from clearance.edge.slowing import FREE, PER_SECOND, Slowing
from clearance.events.partition.replay import Arrival
from clearance.metrics import Board
from clearance.metrics.declared import EDGE
from clearance.settings.clock import monotonic, utc_now


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_some_refusals_cost_nothing_and_the_next_ones_wait() -> None:
    slowing = Slowing(Clock())
    assert {slowing.refused("a") for _ in range(FREE)} == {0.0}
    assert slowing.refused("a") == 1 / PER_SECOND
    assert slowing.refused("a") == 2 / PER_SECOND


def test_another_connection_does_not_wait() -> None:
    slowing = Slowing(Clock())
    for _ in range(FREE + 50):
        slowing.refused("a")
    assert slowing.refused("b") == 0.0


def test_who_waits_as_told_is_taken_at_the_rate() -> None:
    clock = Clock()
    slowing = Slowing(clock)
    for _ in range(FREE + 1_000):
        clock.now += slowing.refused("a")
    assert abs(clock.now - 1_000 / PER_SECOND) < 1


def test_refusals_are_forgiven_in_time() -> None:
    clock = Clock()
    slowing = Slowing(clock)
    for _ in range(FREE + 50):
        slowing.refused("a")
    clock.now += (FREE + 50) / PER_SECOND
    assert slowing.refused("a") == 0.0


def test_the_edge_makes_a_flood_wait_and_counts_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that stands still: on a slow machine the refusals come back while the others are written."""
    monkeypatch.setattr("clearance.edge.append.Slowing", lambda: Slowing(Clock()))
    flood = [
        Arrival(name=str(number), at=utc_now(), data=b"no message", organisation="a") for number in range(FREE + 10)
    ]

    async def told(bootstrap: str, board: Board) -> int:
        async with open_edge(bootstrap, board) as edge:
            return sum([taken.result == "refused" async for taken in edge.take_many(flood)])

    board, begun = Board(EDGE), monotonic()
    with EmbeddedBroker(topics().values()) as broker:
        assert asyncio.run(told(broker.bootstrap, board)) == len(flood)
    waited = board.value("clearance_edge_slowed_seconds_total")
    assert waited == pytest.approx(sum(range(1, 11)) / PER_SECOND)
    assert waited < monotonic() - begun
