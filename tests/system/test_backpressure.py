"""An hour's messages (300,000 a day) after an outage: fifty times as many in one partition, and some near the limit."""

import asyncio
from dataclasses import dataclass

import pytest
from tests.helpers.partition_logs import TABLES
from tests.messages import dec_result
from tests.tracker.by_hand import AT, PARTITIONS, ByHand, by_hand, keys, receipt
from tests.tracker.running import Tracker, ends, positions, running, until

from clearance.contracts import topics
from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import InputRecord, message_record
from clearance.events.receipts.xml import MAX_BYTES
from clearance.kafka.topics import ensure
from clearance.testing.oracle import Findings, consult

BUSY, HEAVY = 5, 7
"""The partition with many messages, and the one with large ones."""
FEW, LARGE = 200, 30
SKEW = 50
CODES = "7LJPR"
DECLARATIONS = 40


def ordinary(partition: int, count: int) -> list[InputRecord]:
    """So many receipts of the declarations of a partition, which take turns."""
    names = keys(partition, count=DECLARATIONS)
    return [
        receipt(names[number % DECLARATIONS], CODES[number // DECLARATIONS % len(CODES)], number // DECLARATIONS)
        for number in range(count)
    ]


def large(partition: int) -> list[InputRecord]:
    """Receipts whose note fills the message up to the limit."""
    found = []
    for number in range(LARGE):
        key = keys(partition, number)[0]
        data = dec_result(CUS_CIQ_NO=key.rpartition(":")[2], CHANNEL="L", NOTE="x" * (MAX_BYTES - 200))
        found.append(message_record(key, data, received_at=AT))
    return found


@dataclass
class Seen:
    """What was seen of the run: how far the busy partition was when the last other one was done, and the outcome."""

    busy: int
    end: int
    found: Findings


@pytest.fixture(scope="module")
def seen(own_kafka_of_module: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    bootstrap = own_kafka_of_module.bootstrap
    ensure(bootstrap, topics(), replication_factor=1, create=True)
    return asyncio.run(outage(bootstrap, Tracker(bootstrap, tmp_path_factory.mktemp("tracker"))))


async def outage(bootstrap: str, tracker: Tracker) -> Seen:
    """Everything lies in the log when the tracker starts."""
    async with by_hand(bootstrap) as hand:
        for partition in range(PARTITIONS):
            count = FEW * (SKEW if partition == BUSY else 1)
            await hand.append(partition, *ordinary(partition, count))
        await hand.append(HEAVY, *large(HEAVY))
        async with running(tracker):
            wanted = await ends(hand)
            await until(lambda: done(hand, wanted, {*range(PARTITIONS)} - {BUSY, HEAVY}), "the others are done")
            busy = (await positions(hand, [BUSY]))[BUSY]
            await until(lambda: done(hand, wanted, {BUSY, HEAVY}), "all are done")
            return Seen(busy, wanted[BUSY], (await consult(bootstrap, TABLES))[1])


async def done(hand: ByHand, wanted: dict[int, int], partitions: set[int]) -> bool:
    return all(at >= wanted[number] - 1 for number, at in (await positions(hand, partitions)).items())


def test_no_partition_starves_beside_a_busy_one(seen: Seen) -> None:
    assert seen.end >= SKEW * FEW
    assert seen.busy < seen.end - 1, "the others were done first"


def test_all_of_it_is_folded_exactly(seen: Seen) -> None:
    assert seen.found.exact, (seen.found.lost[:3], seen.found.wrong[:3], seen.found.unasked[:3])
    assert seen.found.inputs >= FEW * (PARTITIONS - 1 + SKEW) + LARGE
    assert seen.found.dead == 0
