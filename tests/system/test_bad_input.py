"""Bad input through the running system: each is kept with its reason, the next one is taken, nothing is restarted."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

import pytest
from tests.hostile.case import Refused
from tests.hostile.corpus import CASES

from clearance.contracts.models.dead_letter import DeadLetter
from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import message_record
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.xml import MAX_BYTES
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import outgoing_input, read_dead_letter
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Findings, consult

from .running import PARTITIONS, START, System

FILED_UNDER = "cn:unified:I20260000000000001"
"""Where whoever leaves out the edge says that a message belongs."""
RIGHT = clients.partition_of(FILED_UNDER.encode(), PARTITIONS)
WRONG = (RIGHT + 1) % PARTITIONS
HOSTILE = {name: case.build() for name, case in CASES.items()}
REFUSED = {name for name, case in CASES.items() if isinstance(case.expected, Refused)}


class After:
    """What is in the topics when all has been through."""

    def __init__(self, system: System, found: Findings, letters: list[DeadLetter]) -> None:
        self.system, self.found, self.letters = system, found, letters

    def reasons(self, stage: str) -> dict[str, str]:
        """Reasons of the dead letters of a stage, by the hash of what was refused."""
        return {letter.sha256: letter.reason for letter in self.letters if letter.stage == stage}


@pytest.fixture(scope="module")
def after(own_kafka_of_module: LocalKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[After]:
    system = System.on(own_kafka_of_module, tmp_path_factory.mktemp("bad"))
    try:
        system.start_tracker()
        system.feed(_through_the_edge())
        asyncio.run(_past_the_edge(system.kafka.bootstrap))
        system.rest()
        _, found = asyncio.run(consult(system.kafka.bootstrap, default_tables()))
        yield After(system, found, asyncio.run(_letters(system.kafka.bootstrap)))
    finally:
        system.children.stop()


def _through_the_edge() -> Iterator[Arrival]:
    for name, data in HOSTILE.items():
        yield Arrival(name=name, at=START, data=data, organisation="hostile")


async def _past_the_edge(bootstrap: str) -> None:
    """As a producer of somebody else would: the bytes as they are, under one declaration and under none."""
    producer = clients.new_producer(bootstrap)
    await producer.start()
    try:
        fitting = [data for data in HOSTILE.values() if len(data) <= MAX_BYTES]
        records = [
            outgoing_input(message_record(key, data, received_at=START, organisation="hostile"))
            for data in fitting
            for key in (FILED_UNDER, "nonsense")
        ]
        await clients.write(producer, BASE.inputs, RIGHT, records)
        await clients.write(producer, BASE.inputs, WRONG, records[:1])
    finally:
        await producer.stop()


async def _letters(bootstrap: str) -> list[DeadLetter]:
    reader = clients.new_reader(bootstrap)
    await reader.start()
    try:
        found = []
        for partition in range(PARTITIONS):
            first, after = await clients.ends(reader, BASE.dead_letters, partition)
            async for records in clients.read_stretch(reader, BASE.dead_letters, partition, first, after):
                found += [read_dead_letter(record.value) for record in records]
        return found
    finally:
        await reader.stop()


def test_at_least_two_hundred_are_tried() -> None:
    assert len(REFUSED) >= 200


def test_each_that_the_edge_refuses_is_a_dead_letter_with_a_reason(after: After) -> None:
    reasons = after.reasons("edge")
    missing = [name for name in REFUSED if not reasons.get(sha256(HOSTILE[name]).hexdigest())]
    assert missing == []


def test_each_that_comes_past_the_edge_is_a_dead_letter_with_its_place(after: After) -> None:
    letters = [letter for letter in after.letters if letter.stage == "tracker"]
    assert all(letter.topic == BASE.inputs and letter.partition is not None for letter in letters)
    told = Counter(letter.sha256 for letter in letters)
    fitting = [HOSTILE[name] for name in REFUSED if len(HOSTILE[name]) <= MAX_BYTES]
    assert [data[:60] for data in fitting if told[sha256(data).hexdigest()] < 2] == []


def test_what_lies_in_another_partition_is_not_followed_twice(after: After) -> None:
    elsewhere = [letter for letter in after.letters if letter.partition == WRONG]
    assert ["murmur2" in letter.reason for letter in elsewhere] == [True]


def test_none_is_lost_and_what_could_be_read_is_folded(after: After) -> None:
    assert after.found.exact, (after.found.lost[:5], after.found.wrong[:5], after.found.unasked[:5])
    assert after.found.dead > 200


def test_nothing_was_started_again(after: After) -> None:
    assert after.system.children.look_after() == []
    assert after.system.restarts("tracker") == 0


def test_every_one_is_counted(after: After) -> None:
    dead = after.system.metric("tracker", 'clearance_dead_letters_total{stage="tracker"}')
    assert dead == after.found.dead
