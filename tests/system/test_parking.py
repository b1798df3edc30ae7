"""One partition of twelve is parked under load: the other eleven keep their rate, and it comes back by the command."""

import asyncio
from pathlib import Path

import pytest
from tests.tracker.by_hand import PARTITIONS, ByHand, by_hand, keys, receipt
from tests.tracker.running import POISONED, PROGRAM, Tracker, ends, exact, positions, running, until
from tests.tracker.test_parking import run_as_printed

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import InputRecord
from clearance.kafka.topics import ensure
from clearance.settings.clock import monotonic

PARKED = 4
DECLARATIONS = 60
INPUTS = 4000
"""Of each partition, in one measurement."""
KEPT = 0.95
"""Of their rate."""


def load(partition: int, start: int, count: int) -> list[InputRecord]:
    """So many receipts of declarations from this rank on, which take turns."""
    names = keys(partition, start, DECLARATIONS)
    return [receipt(names[number % DECLARATIONS], "7LJPR"[number % 5], number) for number in range(count)]


async def rate(hand: ByHand, tracker: Tracker, start: int, count: int) -> float:
    """Inputs per second of the eleven, from the first that was folded to the last."""
    for partition in range(PARTITIONS):
        await hand.append(partition, *load(partition, start, count))
    others = [number for number in range(PARTITIONS) if number != PARKED]
    end, before = await ends(hand), sum((await positions(hand, others)).values())

    async def begun() -> bool:
        return sum((await positions(hand, others)).values()) > before

    async def done() -> bool:
        told = await positions(hand, others)
        return all(told[number] >= end[number] - 1 for number in others)

    async with running(tracker):
        await until(begun, "it has begun")
        at, left = monotonic(), sum(end[number] for number in others) - sum((await positions(hand, others)).values())
        await until(done, "the eleven are folded")
        return left / (monotonic() - at)


@pytest.mark.soak
def test_the_other_eleven_keep_their_rate(own_kafka: LocalKafka, tmp_path: Path) -> None:
    ensure(own_kafka.bootstrap, topics(), replication_factor=1, create=True)

    async def run() -> None:
        async with by_hand(own_kafka.bootstrap) as hand:
            plain = Tracker(own_kafka.bootstrap, tmp_path, program=(PROGRAM,))
            poisoned = Tracker(own_kafka.bootstrap, tmp_path, program=(POISONED, keys(PARKED, DECLARATIONS)[0]))
            await rate(hand, plain, 0, 500)
            before = await rate(hand, plain, 0, INPUTS)
            with_one_parked = await rate(hand, poisoned, DECLARATIONS, INPUTS)
            assert [line["partition"] for line in poisoned.events("partition_parked")] == [PARKED], (
                "while they are folded"
            )
            figures = f"{with_one_parked:.0f} inputs/s of eleven with one parked, {before:.0f} with none"
            assert with_one_parked >= KEPT * before, figures
            async with running(plain):
                await asyncio.to_thread(run_as_printed, plain, poisoned.events("partition_parked")[0])
                found = await exact(plain.bootstrap)
                assert found.exact, found

    asyncio.run(run())
