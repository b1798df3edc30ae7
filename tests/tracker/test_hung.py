"""A tracker whose event loop hangs ends by itself, and leaves its group first: its partitions go on at once."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.names import BASE
from clearance.settings.clock import monotonic
from clearance.tracker.free_name import GROUP

from .by_hand import PARTITIONS, by_hand, keys, receipt
from .running import HANGING, SESSION_SECONDS, Tracker, owns_all, running, until

PARTITION = 3
SESSION = float(SESSION_SECONDS)
FEW = 4.0
"""Seconds for what comes beside: a look of the watchdog, a process on a busy machine."""


def test_a_fold_without_end_is_given_up_after_a_session(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    [key] = keys(PARTITION)
    tracker = Tracker(embedded_broker.bootstrap, tmp_path, program=(HANGING, key))

    async def run() -> None:
        async with by_hand(embedded_broker.bootstrap) as hand, running(tracker):
            await until(lambda: owns_all(tracker), "all partitions are open")
            await hand.append(PARTITION, receipt(key, "7"))
            begun = monotonic()
            assert await asyncio.to_thread(tracker.ended) == 70
            assert monotonic() - begun == pytest.approx(SESSION, abs=FEW)
            words = tracker.last_words
            assert (words["event"], words["service"]) == ("stopped", "tracker")
            assert words["reason"].startswith("the event loop has not turned for 6.0 s: it hangs in step (<string>:")
            assert any("batch.py" in line for line in words["stack"])
            assert await partitions_of_next(embedded_broker.bootstrap) == PARTITIONS
            assert monotonic() - begun < SESSION + 2 * FEW, "nobody waits for the session of what has ended"

    asyncio.run(run())


async def partitions_of_next(bootstrap: str) -> int:
    """How many partitions the group gives to the next member, as soon as it gives any."""
    async with AIOKafkaConsumer(BASE.inputs, bootstrap_servers=bootstrap, group_id=GROUP) as member:

        async def assigned() -> int:
            await member.getmany(timeout_ms=50)
            return len(member.assignment())

        return int(await until(assigned, "the group gives partitions"))
