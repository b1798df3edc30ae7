"""Two clusters with a log on the first and room for it on the second, and what a fold says of either."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

from msgspec.structs import replace
from tests.backup.original import TABLES

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.partition.batch import PartitionFold
from clearance.kafka import clients
from clearance.kafka.move_records import Order
from clearance.kafka.names import BASE, EPOCHS, BaseLog, Names
from clearance.kafka.wire import is_seal
from clearance.rebuild.archived import Archived
from clearance.rebuild.last_checkpoint import Cluster
from clearance.rebuild.moving import Mover
from clearance.rebuild.pace import TrackerPace
from clearance.rebuild.set_aside_marks import Aside

MORE = 24
NEW = Names.of(1, BaseLog(1, MORE))
NEEDED = (NEW.inputs, NEW.dead_letters, NEW.progress, NEW.set_aside, EPOCHS)


@contextmanager
def clusters() -> Iterator[tuple[EmbeddedBroker, EmbeddedBroker]]:
    """The old one with all topics, and the new one with those that a move needs."""
    cards = NEW.cards()
    with EmbeddedBroker(topics().values()) as old, EmbeddedBroker([cards[name] for name in NEEDED]) as new:
        yield old, new


@asynccontextmanager
async def mover(old: str, new: str, order: Order | None = None) -> AsyncIterator[Mover]:
    """One between these addresses, with clients of its own."""
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(clients.new_reader(address)) for address in (old, old, new, new)]
        producers = [await stack.enter_async_context(clients.new_producer(address)) for address in (old, new)]
        yield Mover(
            order or Order(1, MORE, new),
            Cluster(BASE, readers[0], producers[0]),
            Cluster(NEW, readers[2], producers[1]),
            pace=TrackerPace(readers[3], NEW),
            aside=Aside(readers[1], BASE),
            archived=Archived({}),
        )


async def read(address: str, topic: str, count: int) -> list[list[Any]]:
    """All records of a topic, by partition."""
    async with clients.new_reader(address) as reader:
        return [
            [record async for records in clients.read_whole(reader, topic, number) for record in records]
            for number in range(count)
        ]


def without_seals(log: list[list[Any]]) -> list[list[Any]]:
    """What was said before the log ended."""
    return [[record for record in records if not is_seal(record)] for records in log]


def folded(log: list[list[InputRecord]]) -> dict[str, tuple[object, object]]:
    """What a tracker says of each declaration in the end: what it sends comes behind all."""
    count = len(log)
    folds = [PartitionFold(TABLES, mine=clients.belongs_to(number, count)) for number in range(count)]
    waiting = log
    while any(waiting):
        sent: list[list[InputRecord]] = [[] for _ in range(count)]
        for number, records in enumerate(waiting):
            begin = folds[number].position + 1
            placed = [replace(record, position=begin + nth) for nth, record in enumerate(records)]
            for send in folds[number].fold(placed).sends:
                home = clients.partition_of(send.to.encode(), count)
                sent[home].append(input_record(send.to, send.input))
        waiting = sent
    return {one.id: (one.facts, one.track) for fold in folds for one in fold.partition.states.values()}
