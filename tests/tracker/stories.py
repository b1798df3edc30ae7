"""Stories of one partition on a shared broker: each test takes a partition of its own."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.helpers.partition_logs import state_bytes

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.partition.batch import PartitionFold
from clearance.tracker.owned import Owned

from .by_hand import ByHand, by_hand, keys, receipt

Story = Callable[[ByHand, int, str], Awaitable[None]]


def run(broker: EmbeddedBroker, partition: int, story: Story) -> None:
    async def told() -> None:
        async with by_hand(broker.bootstrap) as hand:
            await story(hand, partition, keys(partition)[0])

    asyncio.run(told())


async def folded(hand: ByHand, partition: int, key: str, *codes: str) -> Owned:
    """A declaration with these receipts, folded one by one."""
    owned = (await hand.restore(partition)).owned
    for minutes, code in enumerate(codes or ("7", "L", "J"), owned.fold.position + 1):
        await hand.append(partition, receipt(key, code, minutes))
        await hand.fold(partition, owned)
    return owned


def standing(owned: Owned) -> tuple[object, ...]:
    fold: PartitionFold = owned.fold
    return state_bytes(fold), fold.position, fold.stream_time, fold.external_clock, fold.counts, fold.partition.due()
