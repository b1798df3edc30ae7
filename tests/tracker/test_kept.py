"""On an embedded broker that has dropped what is old, a partition comes back whole, by what the keeper kept."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.keeping import DROPPED_AFTER, Keeper
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing

from .by_hand import ByHand, keys
from .stories import folded, run

LARGE = 350_000
"""Bytes that no codec makes smaller; of two in one batch zstd would find the second in the first."""


@pytest.fixture(scope="module")
def keeper(broker: EmbeddedBroker) -> Iterator[Keeper]:
    one = Keeper(broker.bootstrap, topics().values())
    yield one
    one.stop()


async def push_out(hand: ByHand, partition: int, other: str, keeper: Keeper) -> None:
    """States of another declaration, more than a partition holds; not more at a time than the keeper can have read."""
    await folded(hand, partition, other)
    last = (await hand.states(partition))[-1]
    again = Outgoing(last.key, last.value, [*last.headers, ("padding", os.urandom(LARGE))])
    for _ in range(6):
        await hand.write(BASE.status, partition, *[again] * (DROPPED_AFTER // 3 // LARGE))
        await asyncio.to_thread(keeper.settle)


def test_a_partition_comes_back_with_the_states_that_were_dropped(
    broker: EmbeddedBroker, partition: int, keeper: Keeper
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *"7LJCPR")
        await push_out(hand, partition, keys(partition, 1)[0], keeper)
        assert (await clients.ends(hand.reader, BASE.status, partition))[0] > 0
        found = (await hand.restore(partition)).owned
        await hand.bring_back(found, key)
        assert found.fold.partition.states[key] == owned.fold.partition.states[key]

    run(broker, partition, story)


def test_what_was_kept_is_no_foreign_state_and_is_found_at_its_new_place(
    broker: EmbeddedBroker, partition: int, keeper: Keeper
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = await folded(hand, partition, key, *"7LJCPR")
        before = owned.fold.partition.states[key]
        owned.let_go(0)
        assert owned.fold.partition.states.away((key,)) == {key: 5}
        await push_out(hand, partition, keys(partition, 1)[0], keeper)
        await hand.heal(owned)
        [place] = owned.fold.partition.states.away((key,)).values()
        assert place >= (await clients.ends(hand.reader, BASE.status, partition))[0] > 5
        await hand.bring_back(owned, key)
        assert owned.fold.partition.states[key] == before

    run(broker, partition, story)
