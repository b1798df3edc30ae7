"""What analysts have told of a real log, beside what they must tell; once they and the trackers are at rest."""

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from msgspec.structs import replace
from tests.tracker.by_hand import PARTITIONS

from clearance.evaluation.comparing import Comparer
from clearance.events.learning.part import Part
from clearance.events.log.input_records import is_of_kind, read_input
from clearance.events.log.inputs import ExpectationsInput
from clearance.events.receipts.related import UNRELATED, Says
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.part_records import read_part
from clearance.kafka.wire import incoming_input
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Truth

from .oracle import expected

Place = tuple[int, bytes, int]
"""Partition, key and `src` of a part."""


@dataclass
class Told:
    """Parts by their places. `repeats` are identical, and counted; `altered` are those that are not."""

    parts: dict[Place, Part] = field(default_factory=dict)
    repeats: int = 0
    altered: list[Place] = field(default_factory=list)

    def take(self, number: int, key: bytes, value: bytes) -> None:
        part = read_part(value)
        place = (number, key, part.src)
        self.repeats += place in self.parts
        if self.parts.setdefault(place, part) != part:
            self.altered.append(place)


def all_expected(truth: Truth) -> dict[Place, Part]:
    """What follows from the log, which was folded whole."""
    told = (part for n, some in enumerate(by_partition(truth)) for part in expected(some, truth.passed.get(n, []), n))
    return {place_of(part): part for part in told}


def by_partition(truth: Truth) -> list[list[Any]]:
    """The events that follow from the log."""
    events: list[list[Any]] = [[] for _ in range(PARTITIONS)]
    for event in truth.history:
        events[clients.partition_of(event.declaration.encode(), PARTITIONS)].append(event)
    return events


def place_of(part: Part) -> tuple[int, bytes, int]:
    return part.partition, f"{part.partition}/{part.slice}".encode(), part.src


async def written(bootstrap: str) -> Told:
    """All parts in the topic."""
    told = Told()
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            async for records in clients.read_whole(reader, BASE.parts, number):
                for record in records:
                    told.take(number, record.key, record.value)
    return told


def related_wanted(truth: Truth) -> dict[str, Says]:
    """What each declaration is related to, if to any, by the filings of all partitions, one partition after the other.
    An alias is told nothing more once it is one."""
    comparer = Comparer(default_tables())
    for event in chain.from_iterable(by_partition(truth)):
        comparer.take(event)
    book = comparer.telling.book
    filed = {name: book.filing(name) for name, state in truth.states.items() if not state.merged_into}
    found = {name: book.says(one) for name, one in filed.items() if one is not None}
    return {name: says for name, says in found.items() if says != UNRELATED.says}


def related_held(truth: Truth) -> dict[str, Says]:
    """The same as the log tells it to each."""
    held = {name: state.facts.related for name, state in truth.states.items() if not state.merged_into}
    return {name: related.says for name, related in held.items() if related.says != UNRELATED.says}


async def given(bootstrap: str) -> dict[int, list[ExpectationsInput]]:
    """The tables in each partition of the log, repeats among them."""
    found: dict[int, list[ExpectationsInput]] = {}
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            stretches = [one async for one in clients.read_whole(reader, BASE.inputs, number)]
            read = [
                incoming_input(one) for some in stretches for one in some if is_of_kind("expectations", one.headers)
            ]
            inputs = [read_input(one, default_tables()) for one in read]
            found[number] = [replace(one, position=-1) for one in inputs if isinstance(one, ExpectationsInput)]
    return found
